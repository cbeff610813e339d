//! What somebody writes about a page: plain text, as people type it, and whom they call by name in it.

use crate::name::{is_refused, is_unseen};

/// Longest comment, in characters.
pub const MAX: usize = 1000;
/// How many of those whom a comment names are told.
pub const MAX_MENTIONS: usize = 5;

/// Why a comment cannot be left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// More than [`MAX`] characters.
    Long,
    /// Something that cannot be shown, or only unseen things.
    Characters,
}

impl Problem {
    /// What the person reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Long => "A comment has at most 1,000 characters.",
            Self::Characters => "There is a character in it that cannot be shown. Type it anew instead of pasting it.",
        }
    }
}

/// A comment as it is kept: lines stay lines, with no more than one empty one between them. Empty when there is none.
///
/// # Errors
/// What is wrong with it.
pub fn from_typed(typed: &str) -> Result<String, Problem> {
    let mut kept = String::new();
    let mut empty = 0;
    for line in typed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            empty += 1;
            continue;
        }
        if !kept.is_empty() {
            kept.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        kept.push_str(&words.join(" "));
    }
    if kept.chars().any(|c| c != '\n' && is_refused(c)) || (!kept.is_empty() && kept.chars().all(is_unseen)) {
        return Err(Problem::Characters);
    }
    if kept.chars().count() > MAX { Err(Problem::Long) } else { Ok(kept) }
}

/// Whom a comment calls: `@ann.example` by the domain of their site, `@ann` by their handle; lower-cased, each once, the
/// first few. An address of mail calls nobody.
pub fn mentions(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let starts =
            c == '@' && !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '/'));
        before = Some(c);
        if !starts {
            continue;
        }
        let after = text.get(at + 1..).unwrap_or_default();
        let end = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
        let name = after.get(..end).unwrap_or_default().trim_end_matches(['.', '-', ':', '_']).to_ascii_lowercase();
        let is_address = after.get(end..).is_some_and(|rest| rest.starts_with('@'));
        if !name.is_empty() && !is_address && !found.contains(&name) {
            found.push(name);
        }
        if found.len() == MAX_MENTIONS {
            break;
        }
    }
    found
}

/// What stands in a domain, a port included, or in a handle.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_stay_and_nothing_else_does() {
        for (typed, kept) in [
            ("  Nice \t work  ", "Nice work"),
            ("a\r\n\r\n\r\n  b\n", "a\n\nb"),
            ("\n\n", ""),
            ("<b>not bold</b> & so on", "<b>not bold</b> & so on"),
            ("👩🏽‍🍳 می‌خواهم", "👩🏽‍🍳 می‌خواهم"),
        ] {
            assert_eq!(from_typed(typed).as_deref(), Ok(kept));
        }
        for typed in ["a\u{0}", "a\u{202e}b", "\u{200d}", "\u{1b}[2J"] {
            assert_eq!(from_typed(typed), Err(Problem::Characters), "{typed:?}");
        }
        assert!(from_typed(&"ж".repeat(MAX)).is_ok());
        assert_eq!(from_typed(&"ж".repeat(MAX + 1)), Err(Problem::Long));
    }

    #[test]
    fn people_are_called_by_domain_or_handle() {
        let names = |text: &str| mentions(text).join(" ");
        assert_eq!(names("@Ann, see @bob.example. And (@eve.localhost:5000)"), "ann bob.example eve.localhost:5000");
        assert_eq!(names("@ann @ANN @ann."), "ann");
        assert_eq!(names("mail ann@x.test or @ann@x.test, a/@b, @@c, @"), "");
        assert_eq!(mentions("@a @b @c @d @e @f @g").len(), MAX_MENTIONS);
    }

    proptest! {
        #[test]
        fn a_comment_stays_what_it_is_when_read_again(typed in "(.|\\n|@|a|\\.){0,60}") {
            let _ = mentions(&typed);
            if let Ok(kept) = from_typed(&typed) {
                prop_assert!(!kept.contains("\n\n\n"));
                prop_assert_eq!(from_typed(&kept), Ok(kept.clone()));
            }
        }
    }
}
