//! `rel=me`: other places of a person on the web, which count once they link back.

use crate::{
    html::{self, Next},
    social::{Resolve, is_web, webmention::receive::without_fragment},
};

const DAY_MS: i64 = 24 * 60 * 60_000;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Looks in a row that found nothing, before a place does not count any more; they lie within two weeks.
const FAILURES: i64 = 3;
/// Most places of one site.
pub const MAX: usize = 10;
const MAX_URL: usize = 500;

/// Where a page says that its owner is too, each once, in its order.
pub fn links(page: &[u8], url: &str, resolve: Resolve<'_>) -> Vec<String> {
    let (mut base, mut templates, mut found) = (None, 0_usize, Vec::new());
    for next in html::tags(page) {
        let tag = match next {
            Next::Start(tag) => tag,
            Next::End(name) => {
                templates = templates.saturating_sub(usize::from(name == "template"));
                continue;
            }
        };
        match tag.name.as_str() {
            "template" => templates += 1,
            "base" if templates == 0 && base.is_none() => {
                base = tag.get("href").and_then(|href| resolve(url, &html::decode(href)))
            }
            "a" | "link" if templates == 0 && has_me(tag.get("rel")) => {
                let link =
                    tag.get("href").and_then(|href| resolve(base.as_deref().unwrap_or(url), html::decode(href).trim()));
                let new = link.filter(|link| is_web(link) && link.len() <= MAX_URL && !found.contains(link));
                found.extend(new);
            }
            _ => {}
        }
        if found.len() >= MAX {
            break;
        }
    }
    found
}

fn has_me(rel: Option<&str>) -> bool {
    rel.unwrap_or_default().split_ascii_whitespace().any(|token| token.eq_ignore_ascii_case("me"))
}

/// Whether one of these links leads to the website at `home`: `http` for `https` and the missing slash after a bare
/// domain are the same place, and nothing else is.
pub fn links_back(links: &[String], home: &str) -> bool {
    links.iter().any(|link| place(link) == place(home))
}

fn place(url: &str) -> &str {
    let url = without_fragment(url);
    let url = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    match url.split_once('/') {
        Some((host, "")) => host,
        _ => url,
    }
}

/// Whether a place may be reached through these redirects: encrypted all the way, and not by a third website.
pub fn may_lead(from: &str, to: &str) -> bool {
    from.starts_with("https://") && to.starts_with("https://") && host(from) == host(to)
}

fn host(url: &str) -> &str {
    let host = place(url).split(['/', '?']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// How it stands with a place after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it linked back last; `None` when it does not count.
    pub verified_at: Option<i64>,
    /// Looks in a row without it.
    pub failures: i64,
    /// When to look again.
    pub due_at: i64,
}

/// After a look at `now`.
pub fn after(verified_at: Option<i64>, failures: i64, links_back: bool, now: i64) -> Standing {
    if links_back {
        return Standing { verified_at: Some(now), failures: 0, due_at: now + WEEK_MS };
    }
    let failures = failures + 1;
    let kept = verified_at.filter(|_| failures < FAILURES);
    // Whoever counted is looked at more often, so that what was a bad day costs nothing.
    let pause = if kept.is_some() { 3 * DAY_MS } else { WEEK_MS };
    Standing { verified_at: kept, failures, due_at: now + pause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::tests::resolve;

    #[test]
    fn finds_places() {
        let page = b"<link rel=me href=https://a.example/ann><a rel='nofollow ME' href='//b.example/?a&amp;b'><a rel=menu href=https://no.example/>
            <!-- <a rel=me href=https://no.example/> --><a rel=me href=mailto:ann@ann.example><a rel=me href=/about><a rel=me href=https://a.example/ann>
            <template><a rel=me href=https://no.example/></template>";
        assert_eq!(
            links(page, "https://ann.example/", &resolve),
            ["https://a.example/ann", "https://b.example/?a&b", "https://ann.example/about"]
        );
    }

    #[test]
    fn a_place_counts_when_it_links_back() {
        for (link, home, yes) in [
            ("https://a.test", "https://a.test/", true),
            ("https://a.test/", "https://a.test", true),
            ("http://a.test/", "https://a.test/", true),
            ("https://a.test/#me", "https://a.test/", true),
            ("https://a.test/about", "https://a.test/", false),
            ("https://www.a.test/", "https://a.test/", false),
            ("https://a.test.evil.test/", "https://a.test/", false),
            ("https://a.test/ann/", "https://a.test/ann", false),
            ("https://a.test/?x", "https://a.test/", false),
        ] {
            assert_eq!(links_back(&[link.to_owned()], home), yes, "{link} {home}");
        }
        assert!(
            may_lead("https://b.test/ann", "https://b.test/@ann") && may_lead("https://b.test/", "https://www.b.test/")
        );
        assert!(!may_lead("https://t.test/x", "https://b.test/ann"), "a shortener says nothing");
        assert!(!may_lead("http://b.test/", "https://b.test/"));
    }

    #[test]
    fn is_looked_at_every_week_and_not_given_up_at_once() {
        assert_eq!(after(None, 5, true, 0), Standing { verified_at: Some(0), failures: 0, due_at: WEEK_MS });
        assert_eq!(after(None, 0, false, 0), Standing { verified_at: None, failures: 1, due_at: WEEK_MS });
        let first = after(Some(1), 0, false, 0);
        assert_eq!(first, Standing { verified_at: Some(1), failures: 1, due_at: 3 * DAY_MS });
        let second = after(first.verified_at, first.failures, false, 3 * DAY_MS);
        assert_eq!(second.verified_at, Some(1));
        assert_eq!(after(second.verified_at, second.failures, false, 6 * DAY_MS).verified_at, None);
    }
}
