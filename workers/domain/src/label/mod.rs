//! The name of a generated site: `ann` in `ann.vetka.sh`. Parsed once; whoever holds a [`Label`] need not check it again.
//!
//! `reserved` holds the names that are the house's own and the rule for what looks like one of them; `suggest` finds
//! free neighbours of a name that is not to be had.

pub(crate) mod reserved;
pub(crate) mod suggest;

pub use suggest::suggestions;

use std::fmt;

/// Shortest name. Shorter ones would be gone on the first day.
pub const MIN: usize = 3;
/// Longest name, which is what one label of a host name can hold (RFC 1123).
pub const MAX: usize = 63;

/// A name that a site may have: RFC 1123, lower-case, 3 to 63 characters, not the house's own and not like one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

/// Why a name is not to be had, by itself. Whether it is taken is for the database to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was typed.
    Empty,
    /// Fewer than three characters.
    TooShort,
    /// More than 63 characters.
    TooLong,
    /// Something other than a-z, 0-9 and hyphens.
    Characters,
    /// Begins or ends with a hyphen.
    EdgeHyphen,
    /// Two hyphens in a row, which host names keep for encoded letters (`xn--`) and we for addresses of versions.
    DoubleHyphen,
    /// The house needs it, or it looks like one that the house needs.
    Reserved,
}

impl Problem {
    /// `reason` in the answer of `GET /api/sites/check`.
    pub fn reason(self) -> &'static str {
        if self == Self::Reserved { "reserved" } else { "invalid" }
    }

    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "Type the name that you want.",
            Self::TooShort => "A name has at least 3 characters.",
            Self::TooLong => "A name has at most 63 characters.",
            Self::Characters => "A name is made of the letters a to z, digits and hyphens.",
            Self::EdgeHyphen => "A name begins and ends with a letter or a digit.",
            Self::DoubleHyphen => "A name cannot have two hyphens in a row.",
            Self::Reserved => "That name, or one that looks like it, is kept for Vetka itself. Pick another.",
        }
    }
}

impl Label {
    /// Reads a label as it stands in a host name.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() {
            return Err(Problem::Empty);
        }
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
        if reserved::is_reserved(text) {
            return Err(Problem::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads what a person typed: spaces around it and capitals are no mistakes.
    ///
    /// # Errors
    /// As [`Label::parse`].
    pub fn from_typed(text: &str) -> Result<Self, Problem> {
        Self::parse(&text.trim().to_ascii_lowercase())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_ordinary_names() {
        for name in ["ann", "a1b", "anns-bakery", "2cats", "corn", "ian", "bill", "modern", "vivian", &"a".repeat(63)] {
            assert_eq!(Label::parse(name).map(|label| label.to_string()), Ok(name.to_owned()));
        }
        assert_eq!(Label::from_typed("  Ann ").unwrap().as_str(), "ann");
    }

    #[test]
    fn says_what_is_wrong() {
        let long = "a".repeat(64);
        let cases = [
            ("", Problem::Empty),
            ("ab", Problem::TooShort),
            (long.as_str(), Problem::TooLong),
            ("Ann", Problem::Characters),
            ("ann.b", Problem::Characters),
            ("ann_b", Problem::Characters),
            ("änn", Problem::Characters),
            ("ann b", Problem::Characters),
            ("аnn", Problem::Characters), // the first letter is Cyrillic
            ("-ann", Problem::EdgeHyphen),
            ("ann-", Problem::EdgeHyphen),
            ("---", Problem::EdgeHyphen),
            ("a--b", Problem::DoubleHyphen),
            ("xn--nn-xka", Problem::DoubleHyphen),
            ("v--abcdefghijklmnopqrstuvwx", Problem::DoubleHyphen),
            ("www", Problem::Reserved),
        ];
        for (text, problem) in cases {
            assert_eq!(Label::parse(text), Err(problem), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_is_one_label_of_a_host_name(text in "[a-zA-Z0-9._-]{0,70}") {
            if let Ok(label) = Label::parse(&text) {
                let text = label.as_str();
                prop_assert!((MIN..=MAX).contains(&text.len()));
                prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
                prop_assert!(!text.starts_with('-') && !text.ends_with('-') && !text.contains("--"));
            }
        }

        #[test]
        fn parsing_anything_does_not_panic(text in ".*") {
            let _ = Label::from_typed(&text);
        }
    }
}
