//! A list of what is new. What one site did several times in a row stands there once, with the rest folded away.

use super::{Site, initials, when};
use crate::pages::text;
use maud::{Markup, html};

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A version that went live.
    Version,
    /// A new member.
    Member,
    /// A post.
    Post,
}

impl Kind {
    /// Reads the column `feed_item.kind`.
    pub fn from_column(value: &str) -> Self {
        match value {
            "member" => Self::Member,
            "post" => Self::Post,
            _ => Self::Version,
        }
    }
}

/// Something new.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Which member it is of; `None` for a website that is no member's.
    pub site: Option<Site>,
    /// What the website is called.
    pub source: String,
    /// Where the website is.
    pub source_url: String,
    /// Where to read it.
    pub url: String,
    /// May be empty.
    pub title: String,
    /// May be empty.
    pub summary: String,
    /// Unix milliseconds UTC.
    pub at: i64,
}

impl Entry {
    fn is_by_whom(&self, other: &Self) -> bool {
        let (one, two) = (self.site.as_ref(), other.site.as_ref());
        let folds = |kind| matches!(kind, Kind::Version | Kind::Member);
        folds(self.kind) && folds(other.kind) && one.zip(two).is_some_and(|(one, two)| one.domain == two.domain)
    }
}

/// The entries, those that belong together in one item. `named` says whose they are; on a site's own page that is known.
pub fn list(entries: &[Entry], named: bool) -> Markup {
    html! {
        ol.news #news-list role="list" {
            @for group in entries.chunk_by(Entry::is_by_whom) { (item(group, named)) }
        }
    }
}

fn item(group: &[Entry], named: bool) -> Markup {
    // A first version makes a member, and both are one piece of news.
    let new_here = group.iter().any(|entry| entry.kind == Kind::Member);
    let Some((newest, earlier)) = group.split_first() else { return html! {} };
    let shown = if newest.kind == Kind::Member { earlier.first().unwrap_or(newest) } else { newest };
    let rest: Vec<&Entry> =
        earlier.iter().filter(|entry| entry.kind == Kind::Version && !std::ptr::eq(*entry, shown)).collect();
    let did = match (newest.kind, new_here, named) {
        (Kind::Post, _, true) => "posted",
        (Kind::Post, _, false) => "A post",
        (_, true, true) => "is new here",
        (_, true, false) => "New here",
        (_, false, true) => "changed their site",
        (_, false, false) => "A change",
    };
    html! {
        li.news-item {
            @if named { (initials(&shown.source)) }
            div.news-words {
                p.news-who {
                    @if named {
                        @match &shown.site {
                            Some(site) => a href=(site.path()) { (site.name) },
                            None => a href=(shown.source_url) rel="nofollow ugc noopener" { (shown.source) },
                        }
                        " "
                    }
                    span.quiet { (did) " · " (when(newest.at)) }
                }
                @if !shown.title.is_empty() {
                    p.news-title { a href=(shown.url) rel="nofollow ugc noopener" { (shown.title) } }
                }
                @if !shown.summary.is_empty() { p.news-summary { (shown.summary) } }
                @if named && shown.kind != Kind::Post { (picture(shown)) }
                @if !rest.is_empty() { (folded(&rest)) }
            }
        }
    }
}

fn picture(entry: &Entry) -> Markup {
    let Some((site, picture)) = entry.site.as_ref().and_then(|site| Some((site, site.picture.as_ref()?))) else {
        return html! {};
    };
    html! {
        a.news-shot href=(site.url) rel="nofollow ugc noopener" {
            img src=(picture) alt={ "The first page of " (site.name) } width="1280" height="720" loading="lazy" decoding="async";
        }
    }
}

fn folded(rest: &[&Entry]) -> Markup {
    let count = text::count(rest.len().try_into().unwrap_or(u64::MAX), "change", "changes");
    html! {
        details.news-rest {
            summary { (count) " before that" }
            ul {
                @for entry in rest {
                    li { (if entry.title.is_empty() { "A new version" } else { &entry.title }) " " span.quiet { (when(entry.at)) } }
                }
            }
        }
    }
}

/// The way to what came before; `back` when this is not the newest page.
pub fn older(href: Option<&str>, newest: Option<&str>) -> Markup {
    html! {
        @if href.is_some() || newest.is_some() {
            p.row #news-pages {
                @if let Some(newest) = newest { a.button.plain href=(newest) { "Newest" } }
                @if let Some(href) = href { a.button.plain #older href=(href) { "Show more" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, by: &str, title: &str) -> Entry {
        let site = Site { domain: by.to_owned(), name: by.to_owned(), url: format!("https://{by}/"), picture: None };
        Entry {
            kind,
            source: by.to_owned(),
            source_url: site.url.clone(),
            url: site.url.clone(),
            site: Some(site),
            title: title.to_owned(),
            summary: String::new(),
            at: 0,
        }
    }

    fn items(entries: &[Entry]) -> usize {
        list(entries, true).into_string().matches("class=\"news-item\"").count()
    }

    #[test]
    fn what_a_site_did_in_a_row_is_one_item_and_its_posts_are_not() {
        let version = |by, title| entry(Kind::Version, by, title);
        assert_eq!(items(&[version("a", "1"), version("a", "2"), version("b", "3"), version("a", "4")]), 3);
        assert_eq!(items(&[entry(Kind::Post, "a", "1"), entry(Kind::Post, "a", "2"), version("a", "3")]), 3);
        let html = list(&[version("a", "one"), version("a", "two"), version("a", "three")], true).into_string();
        assert!(html.contains("2 changes before that") && html.contains("three"), "{html}");
    }

    #[test]
    fn a_first_version_makes_a_member_and_is_one_piece_of_news_in_either_order() {
        let (version, member) = (entry(Kind::Version, "a", "First page"), entry(Kind::Member, "a", ""));
        for both in [[version.clone(), member.clone()], [member.clone(), version.clone()]] {
            let html = list(&both, true).into_string();
            assert_eq!(items(&both), 1);
            assert!(html.contains("is new here") && html.contains("First page"), "{html}");
            assert!(!html.contains("before that"), "{html}");
        }
        assert!(list(&[member], true).into_string().contains("is new here"));
    }

    #[test]
    fn websites_that_are_no_members_are_never_one_item() {
        let outside = Entry { site: None, ..entry(Kind::Version, "a", "x") };
        assert_eq!(items(&[outside.clone(), outside]), 2);
    }
}
