//! What a session has seen of its preview: pages before and after a turn, in pictures and in words.

use super::preview;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Pages whose pictures a pull request shows.
const MOST_SHOWN: usize = 3;
/// Characters of a page's path in a sentence.
const LONGEST_PATH: usize = 60;

/// A page of the preview before and after something was changed. Its pictures are at `/session/{id}/pictures/{picture}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SessionView")]
pub struct View {
    /// Its path and query.
    pub page: String,
    /// The picture from before; absent when none could be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The picture from after.
    pub after: String,
}

/// How a page of the preview answered, without anybody looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// With this status.
    Status(u16),
    /// Not in time.
    Never,
}

/// The page that somebody had before them, as a browser says it; the first page, when that cannot be one.
pub fn page(said: &str) -> &str {
    let path = said.split('#').next().unwrap_or_default();
    preview::place(Some(path))
}

/// What a receipt says of a page. `wrong`: how many different errors a browser met on it; `None` when none has looked.
pub fn checked(page: &str, answered: Answered, wrong: Option<usize>) -> String {
    let name = name(page);
    match (answered, wrong) {
        (Answered::Status(..400), None) => format!("{name} opens."),
        (Answered::Status(..400), Some(0)) => format!("{name} opens in a browser without errors."),
        (Answered::Status(..400), Some(_)) => {
            format!("{name} opens, but something goes wrong on it. Ask the agent to look into it.")
        }
        (Answered::Status(404), _) => format!("There is nothing at {}.", lower(name)),
        (Answered::Status(502), _) => "The preview does not answer right now.".to_owned(),
        (Answered::Status(_), _) => format!("{name} answers with an error. Ask the agent to look into it."),
        (Answered::Never, _) => format!("{name} did not open in time."),
    }
}

/// Those views whose pictures a pull request shows: of each page the first picture and the last, those pages first that were
/// changed last.
pub fn for_pull_request(views: Vec<View>) -> Vec<View> {
    let mut pages: Vec<View> = Vec::new();
    for view in views {
        let known = pages.iter().position(|known| known.page == view.page).map(|at| pages.remove(at));
        pages.push(View { before: known.and_then(|known| known.before).or(view.before), ..view });
    }
    pages.into_iter().rev().take(MOST_SHOWN).collect()
}

/// The part of a pull request's text that shows them; empty when there is none. `base`: what stands before a picture's name.
pub fn for_text(views: &[View], base: &str) -> String {
    if views.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n\n**How it looks**\n\n| | Before | After |\n|-|-|-|\n");
    for View { page, before, after } in views {
        let before = before.as_ref().map(|before| format!("![Before]({base}{before})")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {} | {before} | ![After]({base}{after}) |", name(page));
    }
    text
}

/// What people call a page. Of its path only what no forge and no page reads as anything else.
fn name(page: &str) -> String {
    if page == "/" {
        return "The first page".to_owned();
    }
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.');
    let path: String = page.split('?').next().unwrap_or_default().chars().filter(is_plain).take(LONGEST_PATH).collect();
    format!("The page {path}")
}

fn lower(name: String) -> String {
    name.replacen('T', "t", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(page: &str, before: Option<&str>, after: &str) -> View {
        View { page: page.into(), before: before.map(str::to_owned), after: after.into() }
    }

    #[test]
    fn a_page_is_a_path_of_the_preview() {
        assert_eq!(page("/menu?day=1#top"), "/menu?day=1");
        for odd in ["", "#x", "//evil.example/", "https://evil.example/", "/a b", "/\u{e9}"] {
            assert_eq!(page(odd), "/", "{odd}");
        }
    }

    #[test]
    fn says_what_was_seen() {
        let said = |page: &str, status: u16, wrong: Option<usize>| checked(page, Answered::Status(status), wrong);
        assert_eq!(said("/", 200, None), "The first page opens.");
        assert_eq!(said("/menu?a=1", 304, Some(0)), "The page /menu opens in a browser without errors.");
        assert!(said("/", 200, Some(2)).contains("something goes wrong on it"));
        assert_eq!(said("/menu", 404, Some(0)), "There is nothing at the page /menu.");
        assert!(said("/", 500, Some(0)).contains("answers with an error"));
        assert_eq!(checked("/", Answered::Never, None), "The first page did not open in time.");
    }

    #[test]
    fn of_each_page_the_first_and_the_last() {
        let seen = vec![view("/", Some("a"), "b"), view("/menu", None, "c"), view("/", Some("b"), "d")];
        assert_eq!(for_pull_request(seen), [view("/", Some("a"), "d"), view("/menu", None, "c")]);
        let many = (0..5).map(|page| view(&format!("/{page}"), None, "x")).collect();
        let shown: Vec<String> = for_pull_request(many).into_iter().map(|view| view.page).collect();
        assert_eq!(shown, ["/4", "/3", "/2"]);
    }

    #[test]
    fn what_a_pull_request_shows_gives_a_path_no_power() {
        assert_eq!(for_text(&[], "x"), "");
        let text = for_text(&[view("/a|b@ann#1<img>_", Some("p1"), "p2")], "https://vetka.sh/session/s/pictures/");
        assert!(text.ends_with(
            "| The page /abann1img | ![Before](https://vetka.sh/session/s/pictures/p1) | ![After](https://vetka.sh/session/s/pictures/p2) |\n"
        ), "{text}");
    }
}
