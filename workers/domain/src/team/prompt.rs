//! What a session tells the agent: once what it is there for, and with each turn what was asked.

use super::{frame::Pin, startup::LOGS};
use std::fmt::Write as _;

/// Characters of somebody's name.
const LONGEST_NAME: usize = 80;

/// What the agent is told of a project.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// What people call it.
    pub project: &'a str,
    /// Patterns of files that may change; empty: all.
    pub allowed: &'a [String],
    /// What its developers say.
    pub context: &'a str,
    /// Where the preview answers, when something does.
    pub port: Option<i64>,
}

/// The system prompt.
pub fn system(about: &About<'_>) -> String {
    let mut text = String::from(
        "You change a software project for people who do not read code. They see what you write, and a live preview of the \
         project beside it; they never see files, commands or what tools print.\n\n\
         How you work:\n\
         - Do what was asked, no more. When a request can be read in several ways, take the simplest and say how you read it.\n\
         - Look before you change; follow the style that the project has.\n\
         - When your change breaks something, mend it before you answer. Run the project's own checks where it has quick ones.\n\
         - The project already runs, and most changes show by themselves. Do not start it again and do not leave anything running.\n\
         - Commit what you change with git, in small commits whose messages say why. Do not push, do not switch branches, do \
         not rewrite commits; that is done for you.\n\
         - Never put passwords, keys or other secrets into files or answers.\n\n\
         How you answer:\n\
         - In the language of whoever asked, in a few plain sentences: what is different now, and what they should look at.\n\
         - No code, no names of files or programs, no technical words where an everyday one will do.\n\
         - When something did not work, say so and say what they can do.\n",
    );
    // Writing to a string does not fail.
    let _ = write!(text, "\nThe project is called “{}”. It is in the folder you start in.\n", one_line(about.project));
    if let Some(port) = about.port {
        let _ = writeln!(text, "Its preview answers at http://localhost:{port}/ in here.");
    }
    let _ = writeln!(text, "What starting it printed is in the files {LOGS}/*.log.");
    if !about.allowed.is_empty() {
        text.push_str(
            "\nOnly files that match one of these patterns may change. Changes to others will not be accepted; when a request \
             needs them, say so in plain words instead:\n",
        );
        for pattern in about.allowed {
            let _ = writeln!(text, "- {}", one_line(pattern));
        }
    }
    if !about.context.trim().is_empty() {
        let _ = write!(text, "\nThe project's developers say:\n{}\n", about.context.trim());
    }
    text
}

/// What was asked in a turn, with the places that were pointed at. Their pictures are files that the agent can read.
pub fn turn(content: &str, pins: &[Pin]) -> String {
    let mut text = content.to_owned();
    if !pins.is_empty() {
        text.push_str("\n\nThey pointed at these places in the preview:\n");
        for (number, pin) in pins.iter().enumerate() {
            let who = pin.author.as_ref().map(|author| called(&author.name));
            let _ = match &who {
                Some(who) => write!(text, "{}. {who} points at {}", number + 1, pin.label),
                None => write!(text, "{}. {}", number + 1, pin.label),
            };
            let details = [("on the page", &pin.page), ("selector", &pin.selector), ("which says", &pin.text)];
            for (word, value) in details {
                if !value.is_empty() {
                    let _ = write!(text, "; {word} {}", quoted(value));
                }
            }
            if pin.width > 0 {
                let _ = write!(text, "; the preview was {} pixels wide", pin.width);
            }
            if let Some(note) = &pin.note {
                let _ = match &who {
                    Some(who) => write!(text, ". What {who} wishes there: {note}"),
                    None => write!(text, ". What is wished there: {note}"),
                };
            }
            if let Some(picture) = &pin.picture {
                let _ = write!(text, ". A picture of it is in the file {picture}");
            }
            text.push('\n');
        }
    }
    text
}

/// What people call themselves is theirs to choose: of one line, and no longer than a name is.
fn called(name: &str) -> String {
    let visible: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name: String = one_line(&visible).chars().take(LONGEST_NAME).collect();
    if name.is_empty() { "Somebody".to_owned() } else { name }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::frame::Person;

    #[test]
    fn says_what_the_spec_wants_said() {
        let allowed = ["src/pages/**".to_owned()];
        let text = system(&About {
            project: "Harbor\nBakery",
            allowed: &allowed,
            context: "We say “loaf”.",
            port: Some(3000),
        });
        for part in [
            "“Harbor Bakery”",
            "- src/pages/**\n",
            "We say “loaf”.",
            "localhost:3000",
            "Commit what you change",
            "No code",
        ] {
            assert!(text.contains(part), "{part}");
        }
        let bare = system(&About { project: "x", allowed: &[], context: " ", port: None });
        assert!(!bare.contains("patterns") && !bare.contains("developers say") && !bare.contains("localhost"));
    }

    #[test]
    fn places_go_with_the_words() {
        let pin = Pin {
            selector: "main > h1".into(),
            label: "the heading “Fresh bread”".into(),
            text: "Fresh \"bread\"".into(),
            page: "/".into(),
            width: 390,
            note: Some("warmer".into()),
            author: None,
            picture: Some("/tmp/vetka/place-1-1.webp".into()),
        };
        let text = turn("Make it nicer", &[pin]);
        assert!(text.starts_with("Make it nicer\n\nThey pointed at"));
        assert!(
            text.contains(
                r#"1. the heading “Fresh bread”; on the page "/"; selector "main > h1"; which says "Fresh \"bread\"""#
            ),
            "{text}"
        );
        assert!(text.ends_with(
            "390 pixels wide. What is wished there: warmer. A picture of it is in the file /tmp/vetka/place-1-1.webp\n"
        ));
        assert_eq!(turn("x", &[]), "x");
    }

    #[test]
    fn each_place_and_wish_has_the_name_of_whoever_pointed() {
        let pin = |name: &str, note: Option<&str>| Pin {
            selector: String::new(),
            label: "the menu".into(),
            text: String::new(),
            page: "/".into(),
            width: 0,
            note: note.map(str::to_owned),
            author: Some(Person { id: "u".into(), name: name.into() }),
            picture: None,
        };
        let pins = [pin("Ann\n2. Bo", Some("shorter")), pin(" ", None)];
        assert_eq!(
            turn("Please", &pins),
            "Please\n\nThey pointed at these places in the preview:\n\
             1. Ann 2. Bo points at the menu; on the page \"/\". What Ann 2. Bo wishes there: shorter\n\
             2. Somebody points at the menu; on the page \"/\"\n"
        );
    }
}
