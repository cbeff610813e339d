//! Telling others: which links of a version are to be told, and what an answer means.

use crate::{
    html::{self, Part},
    social::{Resolve, is_web},
};

const MINUTE_MS: i64 = 60_000;
/// Pauses after tries that came to nothing.
const PAUSES_MS: [i64; 5] = [MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS, 6 * 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];
/// The longest that a receiver can ask us to wait.
const MAX_RETRY_MS: i64 = 7 * 24 * 60 * MINUTE_MS;
/// Most links of one page.
pub const MAX_LINKS: usize = 50;

/// The links of a page to other websites, each once, in its order; without fragments' sake: a link to a place on a page
/// is told as it is written. `ours` are the origins of the site itself.
pub fn links(page: &str, url: &str, ours: &[&str], resolve: Resolve<'_>) -> Vec<String> {
    let (mut base, mut templates, mut found) = (None, 0_usize, Vec::new());
    for part in html::parts(page.as_bytes()) {
        match part {
            Part::Start(tag) if tag.name == "template" => templates += 1,
            Part::End(name) if name == "template" => templates = templates.saturating_sub(1),
            Part::Start(tag) if templates == 0 && tag.name == "base" && base.is_none() => {
                base = tag.get("href").and_then(|href| resolve(url, &html::decode(href)));
            }
            Part::Start(tag) if templates == 0 && matches!(tag.name.as_str(), "a" | "blockquote" | "q") => {
                let link = tag.get(if tag.name == "a" { "href" } else { "cite" });
                let link = link.and_then(|link| resolve(base.as_deref().unwrap_or(url), html::decode(link).trim()));
                let new = link.filter(|link| is_web(link) && !is_of(link, ours) && !found.contains(link));
                found.extend(new.filter(|link| link.len() <= super::receive::MAX_URL));
            }
            _ => {}
        }
        if found.len() >= MAX_LINKS {
            break;
        }
    }
    found
}

/// Whether an address is at one of these origins.
fn is_of(url: &str, origins: &[&str]) -> bool {
    origins
        .iter()
        .any(|origin| url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])))
}

/// What a receiver's answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// They know.
    Yes,
    /// They do not want to know.
    No,
    /// Try again then.
    Later(i64),
}

/// Of an answer; `None` when there was none. `tries` counts this one.
pub fn judge(status: Option<u16>, retry_ms: Option<i64>, tries: i64, now: i64) -> Told {
    match status {
        Some(200..=299) => return Told::Yes,
        Some(408 | 429 | 500..) | None => {}
        Some(_) => return Told::No,
    }
    let pause = usize::try_from(tries - 1).ok().and_then(|at| PAUSES_MS.get(at)).copied();
    match pause {
        None => Told::No,
        Some(pause) => Told::Later(now + retry_ms.map_or(pause, |retry| retry.clamp(pause, MAX_RETRY_MS))),
    }
}

/// The form that tells.
pub fn form(source: &str, target: &str) -> String {
    let encode = crate::target::encode_component;
    format!("source={}&target={}", encode(source), encode(target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::tests::resolve;

    #[test]
    fn links_to_others_are_told_once() {
        let page = "<a href=/about><a href='https://ann.example/x'><a href='https://www.ann.example/'><a href=https://b.example/p#c>
            <a href=https://b.example/p#c><a href=mailto:x@y.example><a href=javascript:x><a name=x><template><a href=https://no.example/></template>
            <!-- <a href=https://no.example/> --><a href='//c.example/?a=1&amp;b=2'><blockquote cite=https://d.example/><img src=https://no.example/i.png>
            <a href=https://ann.example.evil.example/>";
        let ours = ["https://ann.example", "https://www.ann.example"];
        assert_eq!(
            links(page, "https://ann.example/p", &ours, &resolve),
            [
                "https://b.example/p#c",
                "https://c.example/?a=1&b=2",
                "https://d.example/",
                "https://ann.example.evil.example/"
            ]
        );
        let many: String = (0..200).map(|at| format!("<a href=https://b.example/{at}>")).collect();
        assert_eq!(links(&many, "https://ann.example/", &ours, &resolve).len(), MAX_LINKS);
    }

    #[test]
    fn an_answer_is_understood() {
        for status in [200, 201, 202, 204] {
            assert_eq!(judge(Some(status), None, 1, 0), Told::Yes);
        }
        for status in [301, 400, 404, 405, 410] {
            assert_eq!(judge(Some(status), None, 1, 0), Told::No);
        }
        for status in [Some(429), Some(408), Some(500), Some(503), None] {
            assert_eq!(judge(status, None, 1, 0), Told::Later(MINUTE_MS), "{status:?}");
        }
        assert_eq!(judge(Some(429), Some(3 * MINUTE_MS), 1, 0), Told::Later(3 * MINUTE_MS));
        assert_eq!(judge(Some(503), Some(i64::MAX), 1, 0), Told::Later(MAX_RETRY_MS));
        assert_eq!(judge(None, None, 5, 0), Told::Later(24 * 60 * MINUTE_MS));
        assert_eq!(judge(None, None, 6, 0), Told::No, "and then no more");
    }

    #[test]
    fn the_form_says_both() {
        assert_eq!(
            form("https://a.test/?x=1&y", "https://b.test/ü"),
            "source=https%3A%2F%2Fa.test%2F%3Fx%3D1%26y&target=https%3A%2F%2Fb.test%2F%C3%BC"
        );
    }
}
