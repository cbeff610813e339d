//! Feeds of others: finding one, reading it however it is written, and asking for it politely.
//!
//! A feed is read as far as it can be: what stands whole before a mistake counts. Nothing in it is ever expanded that it
//! declares itself, and all that it says becomes plain text.

pub mod discover;
mod finish;
mod json;
pub mod schedule;
mod xml;

use super::Resolve;

/// Most entries that are read of one feed.
const MAX_ENTRIES: usize = 1000;
/// Longest title, in characters.
const MAX_TITLE: usize = 200;
/// Longest summary, in characters.
const MAX_SUMMARY: usize = 600;
/// Longest id or address, in bytes.
const MAX_URL: usize = 2000;

/// A feed, as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    /// Plain text.
    pub title: String,
    /// The website's address, when the feed says it.
    pub home: Option<String>,
    /// How long it should be left alone, as it says itself, in milliseconds.
    pub rest_ms: Option<i64>,
    /// In the order in which they stand there; no id twice.
    pub entries: Vec<Entry>,
}

/// One of its entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The same each time, and no other entry's.
    pub id: String,
    /// Where to read it; empty when it says nowhere.
    pub url: String,
    /// Plain text; empty for an entry without one.
    pub title: String,
    /// The beginning of it, as plain text.
    pub summary: String,
    /// Unix milliseconds UTC; `None` when it has no date that can be read.
    pub published: Option<i64>,
    /// When it was last changed.
    pub updated: Option<i64>,
}

/// What was read is no feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAFeed;

impl Feed {
    /// The newest entries, the newest first. Those without a date count by where they stand: feeds begin with the newest.
    pub fn newest(&self, most: usize) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        if entries.iter().all(|entry| entry.date().is_some()) {
            entries.sort_by_key(|entry| core::cmp::Reverse(entry.date()));
        }
        entries.truncate(most);
        entries
    }
}

impl Entry {
    /// When it was published, or else changed.
    pub fn date(&self) -> Option<i64> {
        self.published.or(self.updated)
    }
}

/// What a text is, by its first characters, whatever it is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Xml,
    Json,
}

/// Whether a text looks like a feed.
pub fn is_feed(text: &str) -> bool {
    form(text).is_some()
}

fn form(text: &str) -> Option<Form> {
    let mut rest = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace() || c.is_control());
    if rest.starts_with('{') {
        return json::is_feed(rest).then_some(Form::Json);
    }
    loop {
        rest = rest.trim_start();
        let (begin, end) = match rest {
            _ if rest.starts_with("<!--") => ("<!--", "-->"),
            _ if rest.starts_with("<?") => ("<?", "?>"),
            _ if rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype")) => {
                // It may declare things of its own, which nobody reads.
                let declares = rest.split('>').next().is_some_and(|head| head.contains('['));
                if declares { ("<!", "]") } else { ("<!", ">") }
            }
            _ => break,
        };
        rest = rest.get(begin.len()..)?.split_once(end)?.1.trim_start().trim_start_matches('>');
    }
    let name = rest.strip_prefix('<')?;
    let name = name.get(..name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?)?;
    let name = name.rsplit(':').next()?.to_ascii_lowercase();
    matches!(name.as_str(), "rss" | "feed" | "rdf").then_some(Form::Xml)
}

/// Reads a feed that was found at `url`.
///
/// # Errors
/// It is none.
pub fn parse(text: &str, url: &str, resolve: Resolve<'_>) -> Result<Feed, NotAFeed> {
    match form(text).ok_or(NotAFeed)? {
        Form::Json => json::parse(text, url, resolve),
        Form::Xml => Ok(xml::parse(text, url, resolve)),
    }
}

#[cfg(test)]
mod tests;
