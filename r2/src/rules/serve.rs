//! Rules at the moment of an answer: which redirect holds for a path, and what becomes of the headers.

use super::{
    location::{self, Part},
    table,
};
use crate::{
    Manifest,
    lookup::{self, Found},
    manifest::Entry,
    settings::NotFound,
};

/// The statuses that a redirect can have; the first is a rewrite.
pub const STATUSES: [u16; 6] = [200, 301, 302, 303, 307, 308];

/// The header to which a site can only add: browsers enforce every policy that is sent, so that ours holds beside theirs.
const ADDED_ONLY: &str = "content-security-policy";

/// How often browsers follow before they say that a page redirects too often.
const MOST_HOPS: usize = 20;

/// Where a rule leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// 200 for a rewrite: the file at `to` answers at the address that was asked for. Else 301, 302, 303, 307 or 308.
    pub status: u16,
    /// A path of this site, with its query, or an address on `https`; safe in a `Location` header.
    pub to: String,
}

/// What becomes of one header. Names are in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// This value instead of what is there.
    Set {
        /// Which header.
        name: &'a str,
        /// Its value.
        value: &'a str,
    },
    /// This value beside what is there.
    Append {
        /// Which header.
        name: &'a str,
        /// Its value.
        value: &'a str,
    },
    /// Not at all.
    Remove {
        /// Which header.
        name: &'a str,
    },
}

impl Manifest {
    /// The redirect or rewrite that a version has for an address, before any file is looked for. `path` begins with `/`;
    /// path and query are percent-encoded as they came.
    ///
    /// Nobody is sent round in circles: a rule by which visitors would come back here, or not arrive before their browsers
    /// give up, does not hold here, and the next rule or the file answers.
    pub fn redirect(&self, path: &str, query: &str) -> Option<Redirect> {
        let arrives = |_: u16, found: &Redirect| found.status == 200 || self.arrives(path, &found.to);
        self.first(path, query, &arrives).map(|(_, found)| found)
    }

    /// Where a visitor at a path is sent next, and by which rule; by none when the site sends them to the address of a
    /// file. Rules that do not `hold` are not asked.
    pub(super) fn next(&self, path: &str, hold: &dyn Fn(u16) -> bool) -> Option<(Option<u16>, String)> {
        match self.first(path, "", &|number, _| hold(number)) {
            Some((number, found)) => (found.status != 200).then_some((Some(number), found.to)),
            None => match lookup::look_up(self, path, NotFound::Page) {
                Found::Moved(to) => Some((None, to)),
                _ => None,
            },
        }
    }

    /// Whether somebody who is sent on from `path` arrives.
    fn arrives(&self, path: &str, to: &str) -> bool {
        let mut at = to.to_owned();
        for _ in 0..MOST_HOPS {
            let Some(place) = location::path_of(&at) else { return true };
            if place == path {
                return false;
            }
            match self.next(place, &|_| true) {
                None => return true,
                Some((_, further)) => at = further,
            }
        }
        false
    }

    /// The first rule for a path that leads elsewhere and is good for the purpose, and what it makes of the address.
    fn first(&self, path: &str, query: &str, good: &dyn Fn(u16, &Redirect) -> bool) -> Option<(u16, Redirect)> {
        let rules = self.rules()?;
        let fixed = rules.fixed(path);
        let place = fixed.map_or(u16::MAX, |rule| rule.number);
        let others = || rules.others(path).filter(|rule| !rule.fallback);
        let earlier = others().take_while(|rule| rule.number < place);
        let later = fixed.into_iter().flat_map(|_| others().skip_while(|rule| rule.number < place));
        earlier.chain(fixed).chain(later).find_map(|rule| {
            let found = applied(&rule, path, query)?;
            good(rule.number, &found).then_some((rule.number, found))
        })
    }

    /// The page that stands in at a path without a file, by a rule of the version.
    pub(crate) fn fallback(&self, path: &str) -> Option<Entry<'_>> {
        self.rules()?.others(path).filter(|rule| rule.fallback).find_map(|rule| lookup::entry_at(self, rule.to))
    }

    /// Tells what becomes of the headers of an answer at a path, in order. `path` is what was asked for, before any
    /// rewrite. The worker's own safety comes after these: it sets again what no site may unset.
    pub fn header_changes(&self, path: &str, mut each: impl FnMut(Change<'_>)) {
        let Some(rules) = self.rules() else { return };
        let mut set: Vec<&str> = Vec::new();
        let mut filled = String::new();
        rules.header_changes(path, &mut |pattern, change| match change {
            Change::Set { name, value } | Change::Append { name, value } => {
                filled.clear();
                location::fill(&mut filled, value, pattern, path, Part::Value);
                // The first rule replaces what the server says; further rules add to the first.
                let again = name == ADDED_ONLY || set.contains(&name);
                if !again {
                    set.push(name);
                }
                let value = filled.as_str();
                each(if again { Change::Append { name, value } } else { Change::Set { name, value } });
            }
            Change::Remove { name } => each(Change::Remove { name }),
        });
    }
}

/// What a rule makes of an address; `None` when it leads to where the visitor is.
fn applied(rule: &table::Found<'_>, path: &str, query: &str) -> Option<Redirect> {
    let to = location::build(rule.to, rule.from, path, query);
    if location::path_of(&to) == Some(path) {
        return None;
    }
    Some(Redirect { status: rule.status, to })
}
