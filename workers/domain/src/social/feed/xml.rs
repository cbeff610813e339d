//! RSS of every version, and Atom of both, in one reading: elements are known by their names and by what they stand in.
//!
//! What is not well-formed is read on: a name that was not opened is passed over, an ampersand stands for itself, and
//! what is cut off ends there. The entry that it is cut off in is none.

use super::{
    Feed, MAX_ENTRIES,
    finish::{self, Kind, Raw, Text},
};
use crate::{entity, social::Resolve};
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};
use std::borrow::Cow;

/// Longest text of one element that is kept, in bytes.
const MAX_TEXT: usize = 128 * 1024;
/// Deeper than any feed goes.
const MAX_DEPTH: usize = 100;
const MINUTE_MS: i64 = 60_000;

pub(super) fn parse(text: &str, url: &str, resolve: Resolve<'_>) -> Feed {
    let text = clean(text);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut state = State::new(url, resolve);
    // After a mistake that cannot be read over, what came before it counts.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => state.open(&tag),
            Event::Empty(tag) => {
                state.open(&tag);
                state.close(tag.name().as_ref());
            }
            Event::End(tag) => state.close(tag.name().as_ref()),
            Event::Text(text) => state.text(&text),
            Event::CData(text) => state.cdata(&text),
            Event::GeneralRef(reference) => state.reference(&reference),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        if state.entries.len() >= MAX_ENTRIES {
            break;
        }
    }
    state.finish()
}

/// Without the characters that XML does not know.
fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace() || c.is_control());
    let strange = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(strange) { Cow::Owned(text.replace(strange, "")) } else { Cow::Borrowed(text) }
}

/// An element that is open.
struct Open {
    name: String,
    /// Against what addresses in it are meant.
    base: Option<String>,
}

/// The text of an element, while it is read.
struct Capture {
    /// How many elements are open around it.
    depth: usize,
    text: Text,
    /// Whether markup in it is the text's own: then it stays as it is written.
    markup: bool,
    no_link: bool,
}

struct State<'a> {
    resolve: Resolve<'a>,
    url: &'a str,
    /// The prefix of the root: what else has it is as if it had none.
    prefix: String,
    open: Vec<Open>,
    capture: Option<Capture>,
    entry: Option<Raw>,
    entries: Vec<Raw>,
    title: String,
    home: String,
    minutes: Option<i64>,
    period: Option<i64>,
    frequency: i64,
}

impl<'a> State<'a> {
    fn new(url: &'a str, resolve: Resolve<'a>) -> Self {
        Self {
            resolve,
            url,
            prefix: String::new(),
            open: Vec::new(),
            capture: None,
            entry: None,
            entries: Vec::new(),
            title: String::new(),
            home: String::new(),
            minutes: None,
            period: None,
            frequency: 1,
        }
    }

    /// A name in lower case, without the root's prefix and without Atom's.
    fn name(&self, written: &str) -> String {
        let lower = written.to_ascii_lowercase();
        match lower.split_once(':') {
            Some((prefix, local)) if prefix == self.prefix || prefix == "atom" => local.to_owned(),
            _ => lower,
        }
    }

    fn base(&self) -> &str {
        self.open.iter().rev().find_map(|open| open.base.as_deref()).unwrap_or(self.url)
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        if self.open.is_empty() {
            let root = tag.name();
            self.prefix =
                root.as_ref().split_once(':').map_or(String::new(), |(prefix, _)| prefix.to_ascii_lowercase());
        }
        let name = self.name(tag.name().as_ref());
        if let Some(capture) = &mut self.capture {
            // Markup that nobody escaped.
            capture.push(&format!("<{}{}>", tag.name().as_ref(), tag.attributes_raw()));
        } else {
            self.begin(&name, tag);
        }
        let base = attribute(tag, "xml:base").and_then(|base| (self.resolve)(self.base(), &base));
        if self.open.len() < MAX_DEPTH {
            self.open.push(Open { name, base });
        }
    }

    /// What an element outside of texts means.
    fn begin(&mut self, name: &str, tag: &BytesStart<'_>) {
        let parent = self.open.last().map_or("", |open| open.name.as_str());
        let in_entry = matches!(parent, "item" | "entry");
        match name {
            "item" | "entry" if self.entry.is_none() => {
                let about = attribute(tag, "rdf:about").or_else(|| attribute(tag, "about")).unwrap_or_default();
                self.entry = Some(Raw { id: about, ..Raw::default() });
            }
            "link" if in_entry || matches!(parent, "channel" | "feed") => match attribute(tag, "href") {
                Some(href) => self.link(tag, in_entry, &href),
                None => self.capture(Kind::Text, tag),
            },
            _ if in_entry && self.entry.is_some() && FIELDS.contains(&name) => {
                let kind = kind(tag, matches!(name, "description" | "content:encoded"), parent == "entry");
                self.capture(kind, tag);
            }
            "title" | "ttl" | "sy:updateperiod" | "sy:updatefrequency" if matches!(parent, "channel" | "feed") => {
                self.capture(kind(tag, false, parent == "feed"), tag);
            }
            _ => {}
        }
    }

    fn capture(&mut self, kind: Kind, tag: &BytesStart<'_>) {
        let xhtml = attribute(tag, "type").is_some_and(|kind| kind.contains("xhtml"));
        let escaped = attribute(tag, "mode").is_some_and(|mode| mode == "escaped");
        self.capture = Some(Capture {
            depth: self.open.len(),
            text: Text { written: String::new(), kind },
            markup: xhtml && !escaped,
            no_link: attribute(tag, "ispermalink").is_some_and(|said| said.eq_ignore_ascii_case("false")),
        });
    }

    /// Atom's links. The page itself is the one without a relation, or the alternate; HTML before others.
    fn link(&mut self, tag: &BytesStart<'_>, in_entry: bool, href: &str) {
        let relation = attribute(tag, "rel").unwrap_or_default().to_ascii_lowercase();
        if !matches!(relation.trim(), "" | "alternate") {
            return;
        }
        let html = attribute(tag, "type").is_none_or(|kind| kind.contains("html"));
        let base = attribute(tag, "xml:base").and_then(|base| (self.resolve)(self.base(), &base));
        let base = base.unwrap_or_else(|| self.base().to_owned());
        match &mut self.entry {
            Some(entry) if in_entry && (entry.link.is_empty() || (html && !entry.link_is_html)) => {
                (entry.link, entry.base, entry.link_is_html) = (href.to_owned(), base, html);
            }
            None if self.home.is_empty() => self.home = (self.resolve)(&base, href.trim()).unwrap_or_default(),
            _ => {}
        }
    }

    fn close(&mut self, written: &str) {
        let name = self.name(written);
        // One that was never opened closes nothing.
        let Some(at) = self.open.iter().rposition(|open| open.name == name) else { return };
        if let Some(capture) = &mut self.capture {
            if at > capture.depth {
                capture.push(&format!("</{written}>"));
            } else {
                self.take();
            }
        }
        if matches!(name.as_str(), "item" | "entry")
            && !self.open.iter().take(at).any(|open| matches!(open.name.as_str(), "item" | "entry"))
        {
            self.entries.extend(self.entry.take());
        }
        self.open.truncate(at);
    }

    /// What a text that has ended is.
    fn take(&mut self) {
        let Some(capture) = self.capture.take() else { return };
        let Some(name) = self.open.get(capture.depth).map(|open| open.name.clone()) else { return };
        let base = self.base().to_owned();
        let text = capture.text;
        let Some(entry) = &mut self.entry else { return self.of_feed(&name, &text, &base) };
        match name.as_str() {
            "guid" => (entry.id, entry.id_is_no_link) = (text.written, capture.no_link),
            "id" => entry.id = text.written,
            "link" if entry.link.is_empty() || !text.written.trim().is_empty() => {
                // The website's own address is known only later.
                (entry.link, entry.base, entry.link_is_html) = (text.written, String::new(), true);
            }
            "title" | "dc:title" if entry.title.written.trim().is_empty() => entry.title = text,
            "description" | "summary" if entry.summary.written.trim().is_empty() => entry.summary = text,
            "content" | "content:encoded" => entry.content = text,
            "pubdate" | "published" | "issued" => entry.published = text.written,
            "dc:date" | "created" if entry.published.is_empty() => entry.published = text.written,
            "updated" | "modified" | "dcterms:modified" => entry.updated = text.written,
            _ => {}
        }
    }

    fn of_feed(&mut self, name: &str, text: &Text, base: &str) {
        let said = text.written.trim();
        match name {
            "title" if self.title.is_empty() => self.title = text.plain(),
            "link" if !said.is_empty() => self.home = (self.resolve)(base, said).unwrap_or_default(),
            "ttl" => self.minutes = said.parse().ok().filter(|minutes| (1..100_000).contains(minutes)),
            "sy:updateperiod" => {
                self.period = match said.to_ascii_lowercase().as_str() {
                    "hourly" => Some(60),
                    "daily" => Some(24 * 60),
                    "weekly" => Some(7 * 24 * 60),
                    "monthly" => Some(30 * 24 * 60),
                    "yearly" => Some(365 * 24 * 60),
                    _ => None,
                }
            }
            "sy:updatefrequency" => self.frequency = said.parse().unwrap_or(1).clamp(1, 1000),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(capture) = &mut self.capture {
            capture.push(text);
        }
    }

    fn cdata(&mut self, text: &str) {
        if let Some(capture) = &mut self.capture {
            if capture.markup {
                capture.push(&text.replace('&', "&amp;").replace('<', "&lt;"));
            } else {
                capture.push(text);
            }
        }
    }

    /// Numbers, and names that HTML knows; what a feed declares itself stays as it is written.
    fn reference(&mut self, reference: &BytesRef<'_>) {
        let Some(capture) = &mut self.capture else { return };
        let name: &str = reference;
        let written = format!("&{name};");
        if capture.markup {
            capture.push(&written);
        } else {
            capture.push(&entity::decode(&written));
        }
    }

    fn finish(self) -> Feed {
        let Self { resolve, url, title, home, mut entries, minutes, period, frequency, .. } = self;
        // Addresses in RSS are meant against the website's.
        let base = if home.is_empty() { url } else { home.as_str() };
        for entry in &mut entries {
            if entry.base.is_empty() {
                entry.base = base.to_owned();
            }
        }
        let minutes = minutes.max(period.map(|period| period / frequency));
        let home = Some(home.clone()).filter(|home| !home.is_empty());
        finish::feed(&title, home, minutes.map(|minutes| minutes * MINUTE_MS), entries, resolve)
    }
}

impl Capture {
    fn push(&mut self, text: &str) {
        if self.text.written.len() + text.len() <= MAX_TEXT {
            self.text.written.push_str(text);
        }
    }
}

/// Elements of an entry whose text is wanted.
const FIELDS: [&str; 16] = [
    "id",
    "guid",
    "title",
    "dc:title",
    "description",
    "summary",
    "content",
    "content:encoded",
    "pubdate",
    "published",
    "issued",
    "dc:date",
    "created",
    "updated",
    "modified",
    "dcterms:modified",
];

/// How a text is meant. Atom says so; RSS says nothing, and everybody writes HTML.
fn kind(tag: &BytesStart<'_>, html: bool, atom: bool) -> Kind {
    match attribute(tag, "type").map(|kind| kind.to_ascii_lowercase()) {
        Some(kind) if kind.contains("html") => Kind::Html,
        Some(_) if atom => Kind::Text,
        None if atom => Kind::Text,
        _ if html => Kind::Html,
        _ => Kind::Either,
    }
}

/// An attribute by its lower-cased name, as it is meant.
fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let mut attributes = tag.html_attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(wanted))?;
    Some(entity::decode(&found.value).into_owned())
}
