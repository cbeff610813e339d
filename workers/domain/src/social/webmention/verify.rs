//! Whether a page does link to another, and what becomes of a mention after each look at its source.

use crate::{
    html::{self, Part},
    social::Resolve,
};
use serde_json::Value;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How long a mention is kept whose source does not let us in any more.
const FORBIDDEN_MS: i64 = 30 * DAY_MS;
/// Tries of a source that does not answer, when it is new.
const TRIES: i64 = 3;
/// A mention that is shown is looked at again after this long.
const AGAIN_MS: i64 = 30 * DAY_MS;

/// Attributes in which a page links.
const LINKS: [(&str, &str); 11] = [
    ("a", "href"),
    ("link", "href"),
    ("img", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("source", "src"),
    ("iframe", "src"),
    ("embed", "src"),
    ("blockquote", "cite"),
    ("q", "cite"),
    ("object", "data"),
];

/// Whether a text of a content type links to the target, when it came from `url`.
pub fn links(essence: &str, text: &str, url: &str, target: &str, resolve: Resolve<'_>) -> bool {
    match essence {
        "text/html" | "application/xhtml+xml" => in_html(text, url, resolve, &|link| same(link, target)),
        "text/plain" | "text/markdown" => in_text(text, target),
        json if json == "application/json" || json.ends_with("+json") => {
            serde_json::from_str(text).is_ok_and(|value: Value| in_json(&value, target, 0))
        }
        _ => false,
    }
}

/// A link to a place on the page is one to the page, unless another place was named.
fn same(link: &str, target: &str) -> bool {
    link == target || (!target.contains('#') && super::receive::without_fragment(link) == target)
}

fn in_html(text: &str, url: &str, resolve: Resolve<'_>, wanted: &dyn Fn(&str) -> bool) -> bool {
    let (mut base, mut templates) = (None, 0_usize);
    for part in html::parts(text.as_bytes()).without_scripting() {
        match part {
            Part::Start(tag) if tag.name == "template" => templates += 1,
            Part::End(name) if name == "template" => templates = templates.saturating_sub(1),
            Part::Start(tag) if templates == 0 => {
                if tag.name == "base" && base.is_none() {
                    base = tag.get("href").and_then(|href| resolve(url, &html::decode(href)));
                }
                let links =
                    LINKS.iter().filter(|(name, _)| *name == tag.name).filter_map(|(_, attribute)| tag.get(attribute));
                for link in links {
                    let link = resolve(base.as_deref().unwrap_or(url), html::decode(link).trim());
                    if link.is_some_and(|link| wanted(&link)) {
                        return true;
                    }
                }
            }
            _ => {}
        }
    }
    false
}

fn in_text(text: &str, target: &str) -> bool {
    text.match_indices(target).any(|(at, _)| {
        let after = text.get(at + target.len()..).and_then(|rest| rest.chars().next());
        after.is_none_or(|next| !(next.is_alphanumeric() || "-._~:/?#[]@!$&'*+,;=%".contains(next)))
            || after.is_some_and(|next| ".,;:!?'".contains(next) && ends(text.get(at + target.len() + 1..)))
    })
}

/// Whether a word ends here.
fn ends(rest: Option<&str>) -> bool {
    rest.and_then(|rest| rest.chars().next()).is_none_or(char::is_whitespace)
}

fn in_json(value: &Value, target: &str, depth: usize) -> bool {
    match value {
        _ if depth > 64 => false,
        Value::String(text) => text == target,
        Value::Array(items) => items.iter().any(|item| in_json(item, target, depth + 1)),
        Value::Object(fields) => fields.values().any(|field| in_json(field, target, depth + 1)),
        _ => false,
    }
}

/// What a look at a source showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It links.
    Links,
    /// It was read whole and does not.
    Without,
    /// What could be read of it does not, but there is more.
    CutOff,
    /// It is gone, and says so.
    Gone,
    /// There is nothing.
    Missing,
    /// It is not for us.
    Forbidden,
    /// It could not be looked at.
    Failed,
}

impl Seen {
    /// By the status of the answer, when it was no success.
    pub const fn of_status(status: u16) -> Self {
        match status {
            410 => Self::Gone,
            404 => Self::Missing,
            401 | 403 | 451 => Self::Forbidden,
            _ => Self::Failed,
        }
    }
}

/// How it stands with a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it was verified before.
    pub known: bool,
    /// Tries in a row that came to nothing.
    pub tries: i64,
    /// Since when it is not there.
    pub missing_since: Option<i64>,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is true: keep what it says, and look again then.
    True {
        /// When.
        again_at: i64,
    },
    /// Nothing is known yet: look again then.
    Later {
        /// When.
        again_at: i64,
        /// Tries in a row.
        tries: i64,
        /// Since when it is not there.
        missing_since: Option<i64>,
        /// Whether it is not to be shown until then.
        hide: bool,
    },
    /// It is not, or not any more.
    Over {
        /// Why, for whoever asks.
        why: &'static str,
    },
}

impl Standing {
    /// After a look at `now`.
    pub fn after(self, seen: Seen, now: i64) -> Verdict {
        match (seen, self.known) {
            (Seen::Links, _) => Verdict::True { again_at: now + AGAIN_MS },
            (Seen::Without, _) => Verdict::Over { why: "The page does not link here." },
            (Seen::Gone, _) => Verdict::Over { why: "The page is gone." },
            (Seen::CutOff, false) => Verdict::Over { why: "The part of the page that we read does not link here." },
            (Seen::CutOff, true) => Verdict::True { again_at: now + AGAIN_MS },
            (Seen::Missing, false) => Verdict::Over { why: "There is no such page." },
            (Seen::Missing, true) => self.missing(now),
            (Seen::Forbidden, false) => Verdict::Over { why: "The page is not public." },
            (Seen::Forbidden, true) => {
                let since = self.missing_since.unwrap_or(now);
                let hide = now - since >= FORBIDDEN_MS;
                Verdict::Later { again_at: now + 7 * DAY_MS, tries: 0, missing_since: Some(since), hide }
            }
            (Seen::Failed, false) if self.tries + 1 >= TRIES => Verdict::Over { why: "The page could not be read." },
            (Seen::Failed, known) => {
                let pause = [10 * MINUTE_MS, 60 * MINUTE_MS, DAY_MS];
                let at = usize::try_from(self.tries).unwrap_or(0).min(pause.len() - 1);
                let again_at = now + pause.get(at).copied().unwrap_or(DAY_MS) * if known { 7 } else { 1 };
                Verdict::Later { again_at, tries: self.tries + 1, missing_since: self.missing_since, hide: false }
            }
        }
    }

    /// A page that was there: hidden at once, looked for after a day and after seven.
    fn missing(self, now: i64) -> Verdict {
        let Some(since) = self.missing_since else {
            return Verdict::Later { again_at: now + DAY_MS, tries: 0, missing_since: Some(now), hide: true };
        };
        if now - since >= 7 * DAY_MS {
            return Verdict::Over { why: "The page is gone." };
        }
        Verdict::Later { again_at: since + 7 * DAY_MS, tries: 0, missing_since: Some(since), hide: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::tests::resolve;
    use proptest::prelude::*;

    const TARGET: &str = "https://a.test/p";
    const NOW: i64 = 1_800_000_000_000;

    fn html(page: &str, target: &str) -> bool {
        links("text/html", page, "https://b.test/post", target, &resolve)
    }

    #[test]
    fn a_page_links_or_does_not() {
        for page in [
            "<a href='https://a.test/p'>",
            "<a rel=nofollow href=https://a.test/p>",
            "<img src=https://a.test/p>",
            "<video src=https://a.test/p>",
            "<audio><source src=https://a.test/p></audio>",
            "<iframe src=https://a.test/p></iframe>",
            "<blockquote cite=https://a.test/p>",
            "<link href=https://a.test/p>",
            "<a href=HTTPS://A.TEST/p>",
            "<a href='https://a.test/p#c1'>",
            "<base href=https://a.test/><a href=p>",
            "<a href=' https://a.test/p '>",
            "<noscript><a href=https://a.test/p></noscript>",
        ] {
            assert!(html(page, TARGET), "{page}");
        }
        for page in [
            "<a href=https://a.test/p/>",
            "<a href=http://a.test/p>",
            "<a href='https://a.test/p?utm_source=x'>",
            "https://a.test/p",
            "<!-- <a href=https://a.test/p> -->",
            "<script><a href=https://a.test/p></script>",
            "<template><a href=https://a.test/p></template>",
            "<code>&lt;a href=https://a.test/p&gt;</code>",
            "<a href=https://t.example/x>https://a.test/p</a>",
            "<p title=https://a.test/p>",
        ] {
            assert!(!html(page, TARGET), "{page}");
        }
        assert!(html("<a href=https://a.test/p#c1>", "https://a.test/p#c1"));
        assert!(!html("<a href=https://a.test/p#c2>", "https://a.test/p#c1"));
        assert!(html("<a href='https://a.test/?a=1&amp;b=2'>", "https://a.test/?a=1&b=2"));
    }

    #[test]
    fn other_texts_link_too() {
        let link = |essence, text| links(essence, text, "https://b.test/", TARGET, &resolve);
        assert!(link("application/json", r#"{"a":[{"b":"https://a.test/p"}]}"#));
        assert!(link("application/activity+json", r#"["https://a.test/p"]"#));
        assert!(!link("application/json", r#"{"a":"see https://a.test/p"}"#));
        assert!(!link("application/json", "not json https://a.test/p"));
        for text in [
            "https://a.test/p",
            "see https://a.test/p.",
            "(https://a.test/p)",
            "<https://a.test/p>",
            "https://a.test/p\nx",
        ] {
            assert!(link("text/plain", text), "{text}");
        }
        for text in ["https://a.test/pp", "https://a.test/p/", "https://a.test/p?x", "https://a.test/p.html"] {
            assert!(!link("text/plain", text), "{text}");
        }
        assert!(!link("image/png", "https://a.test/p"));
    }

    #[test]
    fn what_becomes_of_it() {
        let new = Standing { known: false, tries: 0, missing_since: None };
        let known = Standing { known: true, ..new };
        let over = |standing: Standing, seen| matches!(standing.after(seen, NOW), Verdict::Over { .. });
        for seen in [Seen::Without, Seen::CutOff, Seen::Gone, Seen::Missing, Seen::Forbidden] {
            assert!(over(new, seen), "{seen:?}");
        }
        for seen in [Seen::Without, Seen::Gone] {
            assert!(over(known, seen), "{seen:?}");
        }
        for standing in [new, known] {
            assert_eq!(standing.after(Seen::Links, NOW), Verdict::True { again_at: NOW + AGAIN_MS });
        }
        assert!(matches!(known.after(Seen::CutOff, NOW), Verdict::True { .. }), "what was cut off is not removed");
        let tried = |tries| Standing { tries, ..new };
        assert!(matches!(tried(0).after(Seen::Failed, NOW), Verdict::Later { tries: 1, hide: false, .. }));
        assert!(matches!(tried(1).after(Seen::Failed, NOW), Verdict::Later { tries: 2, .. }));
        assert!(over(tried(2), Seen::Failed));
        assert!(!over(Standing { tries: 50, ..known }, Seen::Failed), "a server that is down deletes nothing");
    }

    #[test]
    fn a_page_that_is_missing_is_hidden_and_looked_for() {
        let known = Standing { known: true, tries: 0, missing_since: None };
        let first = known.after(Seen::Missing, NOW);
        assert_eq!(first, Verdict::Later { again_at: NOW + DAY_MS, tries: 0, missing_since: Some(NOW), hide: true });
        let since = Standing { missing_since: Some(NOW), ..known };
        assert!(
            matches!(since.after(Seen::Missing, NOW + DAY_MS), Verdict::Later { again_at, .. } if again_at == NOW + 7 * DAY_MS)
        );
        assert!(matches!(since.after(Seen::Missing, NOW + 7 * DAY_MS), Verdict::Over { .. }));
        assert!(matches!(since.after(Seen::Links, NOW + DAY_MS), Verdict::True { .. }));
        assert!(matches!(since.after(Seen::Forbidden, NOW + DAY_MS), Verdict::Later { hide: false, .. }));
        assert!(matches!(since.after(Seen::Forbidden, NOW + 30 * DAY_MS), Verdict::Later { hide: true, .. }));
    }

    proptest! {
        #[test]
        fn looking_through_anything_ends(text in any::<String>(), essence in "text/html|text/plain|application/json") {
            let _ = links(&essence, &text, "https://b.test/", TARGET, &resolve);
        }

        #[test]
        fn a_mention_is_always_looked_at_again_or_over(known: bool, tries in 0i64..1000, missing in proptest::option::of(0i64..NOW), status in 200u16..600) {
            let standing = Standing { known, tries, missing_since: missing };
            match standing.after(Seen::of_status(status), NOW) {
                Verdict::True { again_at } | Verdict::Later { again_at, .. } => prop_assert!(again_at > NOW || missing.is_some()),
                Verdict::Over { why } => prop_assert!(!why.is_empty()),
            }
        }
    }
}
