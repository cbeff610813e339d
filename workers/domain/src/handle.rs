//! What a person is called by others here: `ann`, written `@ann`. Parsed once; whoever holds a [`Handle`] need not check
//! it again. The house's own names are kept as they are for sites, so that nobody signs as `support`.

use crate::label::{reserved, suggest};
use std::fmt;

/// Shortest handle: two letters are somebody's initials.
pub const MIN: usize = 2;
/// Longest handle, which still fits beside a message on a phone.
pub const MAX: usize = 30;

/// A handle that a person may have: a to z, digits and single hyphens inside, lower-case, 2 to 30 characters, not the
/// house's own name and not like one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(String);

/// Why a handle is not to be had, by itself. Whether it is taken is for the database to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// One character or none.
    TooShort,
    /// More than 30 characters.
    TooLong,
    /// Something other than a-z, 0-9 and hyphens.
    Characters,
    /// Begins or ends with a hyphen.
    EdgeHyphen,
    /// Two hyphens in a row.
    DoubleHyphen,
    /// The house's own, or it looks like it.
    Reserved,
}

impl Problem {
    /// `code` of the refusal in JSON.
    pub fn code(self) -> &'static str {
        if self == Self::Reserved { "reserved_handle" } else { "invalid_handle" }
    }

    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooShort => "A handle has at least 2 characters.",
            Self::TooLong => "A handle has at most 30 characters.",
            Self::Characters => "A handle is made of the letters a to z, digits and hyphens.",
            Self::EdgeHyphen => "A handle begins and ends with a letter or a digit.",
            Self::DoubleHyphen => "A handle cannot have two hyphens in a row.",
            Self::Reserved => "That handle, or one that looks like it, is kept for Vetka itself. Pick another.",
        }
    }
}

impl Handle {
    /// Reads what a person typed: spaces around it, an `@` before it and capitals are no mistakes.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_typed(typed: &str) -> Result<Self, Problem> {
        let typed = typed.trim();
        let text = typed.strip_prefix('@').unwrap_or(typed).to_ascii_lowercase();
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(Problem::Characters);
        }
        if text.len() < MIN {
            return Err(Problem::TooShort);
        }
        if text.len() > MAX {
            return Err(Problem::TooLong);
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err(Problem::EdgeHyphen);
        }
        if text.contains("--") {
            return Err(Problem::DoubleHyphen);
        }
        if reserved::is_reserved(&text) {
            return Err(Problem::Reserved);
        }
        Ok(Self(text))
    }

    /// The handle, without an `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many neighbours are offered to the database at most.
pub const NEIGHBOURS: usize = 8;

/// Handles near what a person typed, best first. Whether they are free is for the database to say. A handle that is kept
/// for the house has none.
pub fn suggestions(typed: &str) -> Vec<Handle> {
    let base = suggest::base(typed);
    if base.is_empty() || Handle::from_typed(&base) == Err(Problem::Reserved) {
        return Vec::new();
    }
    let short: String = base.chars().take(MAX - 6).collect();
    let short = short.trim_end_matches('-');
    let wishes = [
        base.clone(),
        base.replace('-', ""),
        format!("{short}-2"),
        format!("{short}-here"),
        format!("its-{short}"),
        format!("hi-{short}"),
        format!("{short}-web"),
        format!("{short}-3"),
    ];
    let typed = typed.trim().to_ascii_lowercase();
    let mut found: Vec<Handle> = Vec::new();
    for wish in wishes.iter().filter(|wish| **wish != typed) {
        match Handle::from_typed(wish) {
            Ok(handle) if !found.contains(&handle) => found.push(handle),
            _ => {}
        }
    }
    found.truncate(NEIGHBOURS);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_ordinary_handles_however_they_are_typed() {
        for (typed, handle) in
            [("ann", "ann"), (" @Ann ", "ann"), ("jo", "jo"), ("a1", "a1"), ("mira-b-2", "mira-b-2"), ("42", "42")]
        {
            assert_eq!(Handle::from_typed(typed).map(|handle| handle.to_string()), Ok(handle.to_owned()), "{typed:?}");
        }
        assert!(Handle::from_typed(&"a".repeat(30)).is_ok());
    }

    #[test]
    fn says_what_is_wrong() {
        let long = "a".repeat(31);
        for (typed, problem) in [
            ("", Problem::TooShort),
            ("@", Problem::TooShort),
            ("a", Problem::TooShort),
            (long.as_str(), Problem::TooLong),
            ("ann.b", Problem::Characters),
            ("ann b", Problem::Characters),
            ("@@ann", Problem::Characters),
            ("änn", Problem::Characters),
            ("аnn", Problem::Characters), // the first letter is Cyrillic
            ("ann\u{202e}", Problem::Characters),
            ("-ann", Problem::EdgeHyphen),
            ("ann-", Problem::EdgeHyphen),
            ("a--b", Problem::DoubleHyphen),
            ("support", Problem::Reserved),
            ("supp0rt", Problem::Reserved),
            ("vetka-team", Problem::Reserved),
            ("Admin", Problem::Reserved),
        ] {
            assert_eq!(Handle::from_typed(typed), Err(problem), "{typed:?}");
        }
    }

    #[test]
    fn a_taken_handle_gets_neighbours_and_not_itself() {
        let near: Vec<String> = suggestions("Ann").iter().map(ToString::to_string).collect();
        assert_eq!(near[..3], ["ann-2", "ann-here", "its-ann"]);
        assert!(suggestions("support").is_empty());
        assert!(suggestions("日本").is_empty());
    }

    proptest! {
        #[test]
        fn what_parses_is_short_and_plain(typed in "[a-zA-Z0-9@. -]{0,40}") {
            if let Ok(handle) = Handle::from_typed(&typed) {
                let text = handle.as_str();
                prop_assert!((MIN..=MAX).contains(&text.len()));
                prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
                prop_assert!(!text.starts_with('-') && !text.ends_with('-') && !text.contains("--"));
                prop_assert_eq!(Handle::from_typed(text), Ok(handle.clone()));
            }
        }

        #[test]
        fn every_suggestion_is_a_handle_and_comes_once(typed in ".{0,60}") {
            let near = suggestions(&typed);
            prop_assert!(near.len() <= NEIGHBOURS);
            for handle in &near {
                prop_assert_eq!(Handle::from_typed(handle.as_str()), Ok(handle.clone()));
                prop_assert_eq!(near.iter().filter(|other| *other == handle).count(), 1);
            }
        }
    }
}
