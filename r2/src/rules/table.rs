//! Compiled rules, as a manifest carries them after its string table. Little-endian throughout:
//!
//! ```text
//!  0  4  length of all of this
//!  4  2  number of fixed redirects: from paths without placeholders
//!  6  2  number of other redirects
//!  8  2  number of header rules
//! 10  2  zero
//! 12  4  number of header changes
//! 16  16 x fixed redirects, sorted by path
//!     16 x other redirects, in the order of the file
//!     16 x header rules, in the order of the file
//!     16 x header changes, rule by rule
//!     texts, UTF-8
//! ```
//!
//! Every record is two texts and what there is to say about them:
//!
//! ```text
//!  0  4  where the first text begins: a path, or the name of a header
//!  4  4  where the second begins: a target, or a value. In a header rule: its first change
//!  8  2  length of the first
//! 10  2  length of the second. In a header rule: the number of its changes
//! 12  2  place in the order of the file. In a header change: 1 when it removes
//! 14  1  how much of the path stands for itself, 255 when that is more
//! 15  1  of a redirect: which status (its place in STATUSES), and 128 when it only answers where there is no file
//! ```

use super::{
    pattern,
    serve::{Change, STATUSES},
};

const HEADER: usize = 16;
const RECORD: usize = 16;
const FALLBACK: u8 = 128;

/// Gathers rules while they are read.
#[derive(Default)]
pub struct Writer {
    /// Sorted by path.
    fixed: Vec<(String, Target)>,
    other: Vec<(String, Target)>,
    headers: Vec<(String, Vec<HeaderChange>)>,
}

/// Where a redirect leads.
pub struct Target {
    pub to: String,
    pub number: u16,
    pub status: u8,
    pub fallback: bool,
}

/// A header and its new value; `None` to take it away.
pub type HeaderChange = (String, Option<String>);

impl Writer {
    /// Takes a redirect, unless one from the same path is there.
    pub fn redirect(&mut self, from: String, target: Target) -> bool {
        if pattern::is_fixed(&from) {
            let place = self.fixed.binary_search_by(|(known, _)| known.as_str().cmp(&from));
            return place.map_err(|at| self.fixed.insert(at, (from, target))).is_err();
        }
        let free = self.other.iter().all(|(known, _)| *known != from);
        if free {
            self.other.push((from, target));
        }
        free
    }

    /// Takes redirects out again, by their places in the order of the file.
    pub fn leave_out(&mut self, gone: &dyn Fn(u16) -> bool) {
        self.fixed.retain(|(_, target)| !gone(target.number));
        self.other.retain(|(_, target)| !gone(target.number));
    }

    /// Takes a rule of headers.
    pub fn headers(&mut self, path: String, changes: Vec<HeaderChange>) {
        self.headers.push((path, changes));
    }

    /// How many redirects there are.
    pub fn redirects(&self) -> usize {
        self.fixed.len() + self.other.len()
    }

    /// How many rules of headers there are.
    pub fn header_rules(&self) -> usize {
        self.headers.len()
    }

    /// The bytes; none when there is no rule.
    pub fn finish(&self) -> Vec<u8> {
        if self.redirects() + self.headers.len() == 0 {
            return Vec::new();
        }
        let changes: usize = self.headers.iter().map(|(_, changes)| changes.len()).sum();
        let mut out = Vec::new();
        let mut texts = String::new();
        out.extend_from_slice(&[0; 4]);
        for count in [self.fixed.len(), self.other.len(), self.headers.len(), 0] {
            out.extend_from_slice(&(count as u16).to_le_bytes());
        }
        out.extend_from_slice(&(changes as u32).to_le_bytes());
        let fixed = self.fixed.iter().map(|(from, target)| (from.as_str(), target));
        let other = self.other.iter().map(|(from, target)| (from.as_str(), target));
        for (from, target) in fixed.chain(other) {
            let code = target.status | if target.fallback { FALLBACK } else { 0 };
            let (from_at, to_at) = (append(&mut texts, from), append(&mut texts, &target.to));
            record(&mut out, [from_at, to_at], [from.len(), target.to.len()], target.number, [prefix(from), code]);
        }
        let mut first_change = 0;
        for (path, changes) in &self.headers {
            let at = append(&mut texts, path);
            record(&mut out, [at, first_change], [path.len(), changes.len()], 0, [prefix(path), 0]);
            first_change += changes.len();
        }
        for (name, value) in self.headers.iter().flat_map(|(_, changes)| changes) {
            let text = value.as_deref().unwrap_or_default();
            let (name_at, text_at) = (append(&mut texts, name), append(&mut texts, text));
            record(&mut out, [name_at, text_at], [name.len(), text.len()], u16::from(value.is_none()), [0; 2]);
        }
        out.extend_from_slice(texts.as_bytes());
        let length = (out.len() as u32).to_le_bytes();
        if let Some(field) = out.get_mut(..4) {
            field.copy_from_slice(&length);
        }
        out
    }
}

fn append(texts: &mut String, text: &str) -> usize {
    let at = texts.len();
    texts.push_str(text);
    at
}

fn prefix(path: &str) -> u8 {
    pattern::fixed_length(path).min(255) as u8
}

fn record(out: &mut Vec<u8>, at: [usize; 2], lengths: [usize; 2], number: u16, last: [u8; 2]) {
    for at in at {
        out.extend_from_slice(&(at as u32).to_le_bytes());
    }
    for length in lengths {
        out.extend_from_slice(&(length as u16).to_le_bytes());
    }
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&last);
}

/// Compiled rules, read where they lie. Damaged ones give an answer or none.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    records: &'a [u8],
    texts: &'a [u8],
    fixed: usize,
    other: usize,
    headers: usize,
}

/// A redirect that was found.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub number: u16,
    pub status: u16,
    pub fallback: bool,
}

impl<'a> Rules<'a> {
    /// Looks at the header alone. `None` when the bytes are something else.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let [fixed, other, headers] = [u16_at(bytes, 4)?, u16_at(bytes, 6)?, u16_at(bytes, 8)?].map(usize::from);
        let changes = u32_at(bytes, 12)? as usize;
        let records = (fixed + other + headers).checked_add(changes)?.checked_mul(RECORD)?;
        let (records, texts) = bytes.get(HEADER..)?.split_at_checked(records)?;
        (length == bytes.len()).then_some(Self { records, texts, fixed, other, headers })
    }

    /// All redirects, those without placeholders first.
    pub fn redirects(&self) -> impl Iterator<Item = Found<'a>> {
        let rules = *self;
        (0..rules.fixed + rules.other).filter_map(move |at| rules.found(rules.record(at)?))
    }

    /// The redirect from exactly this path.
    pub fn fixed(&self, path: &str) -> Option<Found<'a>> {
        let (mut low, mut high) = (0, self.fixed);
        while low < high {
            let middle = low + (high - low) / 2;
            let record = self.record(middle)?;
            match self.first(record)?.cmp(path.as_bytes()) {
                std::cmp::Ordering::Equal => return self.found(record),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The redirects with placeholders that match a path, in the order of the file.
    pub fn others<'b>(&self, path: &'b str) -> impl Iterator<Item = Found<'a>> + use<'a, 'b> {
        let rules = *self;
        (rules.fixed..rules.fixed + rules.other)
            .filter_map(move |at| rules.found(rules.record(at).filter(|record| rules.may_match(record, path))?))
            .filter(move |found| pattern::matches(found.from, path))
    }

    /// Tells the changes of headers for a path, in the order of the file, with the pattern that each is for.
    pub fn header_changes(&self, path: &str, tell: &mut dyn FnMut(&'a str, Change<'a>)) {
        let first_rule = self.fixed + self.other;
        for at in first_rule..first_rule + self.headers {
            let Some(record) = self.record(at).filter(|record| self.may_match(record, path)) else { continue };
            let Some(pattern) = self.first_text(record).filter(|pattern| pattern::matches(pattern, path)) else {
                continue;
            };
            let (Some(from), Some(count)) = (u32_at(record, 4), u16_at(record, 10)) else { continue };
            let first_change = first_rule + self.headers + from as usize;
            for at in first_change..first_change + usize::from(count) {
                if let Some(change) = self.change(at) {
                    tell(pattern, change);
                }
            }
        }
    }

    fn change(&self, at: usize) -> Option<Change<'a>> {
        let record = self.record(at)?;
        let (name, value) = (self.first_text(record)?, self.second_text(record)?);
        Some(if u16_at(record, 12)? == 0 { Change::Set { name, value } } else { Change::Remove { name } })
    }

    fn record(&self, at: usize) -> Option<&'a [u8]> {
        let start = at.checked_mul(RECORD)?;
        self.records.get(start..start + RECORD)
    }

    /// Whether a path begins as a rule's does. Most rules are done with after this.
    fn may_match(&self, record: &[u8], path: &str) -> bool {
        let length = record.get(14).copied().map(usize::from);
        let begins = length.and_then(|length| self.first(record)?.get(..length));
        begins.is_some_and(|begins| path.as_bytes().starts_with(begins))
    }

    fn found(&self, record: &'a [u8]) -> Option<Found<'a>> {
        let code = *record.get(15)?;
        Some(Found {
            from: self.first_text(record)?,
            to: self.second_text(record)?,
            number: u16_at(record, 12)?,
            status: *STATUSES.get(usize::from(code & !FALLBACK))?,
            fallback: code & FALLBACK != 0,
        })
    }

    fn first(&self, record: &[u8]) -> Option<&'a [u8]> {
        let at = u32_at(record, 0)? as usize;
        self.texts.get(at..at + usize::from(u16_at(record, 8)?))
    }

    fn first_text(&self, record: &[u8]) -> Option<&'a str> {
        std::str::from_utf8(self.first(record)?).ok()
    }

    fn second_text(&self, record: &[u8]) -> Option<&'a str> {
        let at = u32_at(record, 4)? as usize;
        std::str::from_utf8(self.texts.get(at..at + usize::from(u16_at(record, 10)?))?).ok()
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
