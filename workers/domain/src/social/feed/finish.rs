//! What entries have in common however they were written: an id that stays, an address that can be opened, plain text.

use super::{Entry, Feed, MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE, MAX_URL};
use crate::social::{Resolve, date, is_web, plain};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// An entry as it was found.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub id: String,
    /// A `guid` that says of itself that it is no address.
    pub id_is_no_link: bool,
    pub link: String,
    /// Whether the link is known to lead to a page.
    pub link_is_html: bool,
    /// Where the link stands.
    pub base: String,
    pub title: Text,
    pub summary: Text,
    pub content: Text,
    pub published: String,
    pub updated: String,
}

/// A text, and how it is meant.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub written: String,
    pub kind: Kind,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Either,
    Text,
    Html,
}

impl Text {
    pub(super) fn plain(&self) -> String {
        match self.kind {
            Kind::Either => plain::of_either(&self.written),
            Kind::Text => plain::of_text(&self.written),
            Kind::Html => plain::of_html(&self.written),
        }
    }
}

impl Raw {
    fn finish(self, resolve: Resolve<'_>) -> Entry {
        let id = self.id.trim();
        let link = self.link.trim();
        let link = if link.is_empty() && !self.id_is_no_link && is_web(id) { id } else { link };
        let url = if link.is_empty() { None } else { resolve(&self.base, link) };
        let url = url.filter(|url| is_web(url) && url.len() <= MAX_URL).unwrap_or_default();
        let title = plain::cut(&self.title.plain().replace('\n', " "), MAX_TITLE);
        let short = self.summary.plain();
        let summary = if short.is_empty() { self.content.plain() } else { short };
        let id = match (id, url.as_str()) {
            ("", "") => hash(&[&title, &self.published, &summary]),
            ("", url) => url.to_owned(),
            (id, _) if id.len() > MAX_URL => hash(&[id]),
            (id, _) => id.to_owned(),
        };
        Entry {
            id,
            url,
            title,
            summary: plain::cut(&summary, MAX_SUMMARY),
            published: date::read(&self.published),
            updated: date::read(&self.updated),
        }
    }
}

/// The feed of these entries. Of two with one id the later change counts, and else the first.
pub(super) fn feed(
    title: &str,
    home: Option<String>,
    rest_ms: Option<i64>,
    raw: Vec<Raw>,
    resolve: Resolve<'_>,
) -> Feed {
    let mut entries: Vec<Entry> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for raw in raw.into_iter().take(MAX_ENTRIES) {
        let entry = raw.finish(resolve);
        match known.get(&entry.id).and_then(|at| entries.get_mut(*at)) {
            Some(earlier) if entry.updated > earlier.updated => *earlier = entry,
            Some(_) => {}
            None => {
                known.insert(entry.id.clone(), entries.len());
                entries.push(entry);
            }
        }
    }
    let home = home.filter(|url| is_web(url) && url.len() <= MAX_URL);
    Feed { title: plain::cut(&title.replace('\n', " "), MAX_TITLE), home, rest_ms, entries }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(16).fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}
