//! What a person calls themselves. Any script and any number of words, but nothing that could reach out of its place on
//! a page: no control characters, none that turn the direction of writing, and not only characters that nobody sees.

/// Longest name, in characters.
pub const MAX: usize = 100;

/// A name that can be shown, or the empty text of somebody who has given none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a name cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// More than 100 characters.
    TooLong,
    /// Something that is no letter, sign or picture.
    Characters,
    /// Nothing of it would be seen.
    Invisible,
}

impl Problem {
    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "A name has at most 100 characters.",
            Self::Characters => "That name holds a character that cannot be shown. Type it anew instead of pasting it.",
            Self::Invisible => "Nobody would see that name. Type at least one letter, or leave it empty.",
        }
    }
}

impl Name {
    /// Reads what a person typed: spaces around it are dropped, any space inside becomes one.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_typed(typed: &str) -> Result<Self, Problem> {
        let mut name = String::new();
        for word in typed.split_whitespace() {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(word);
        }
        if name.chars().any(is_refused) {
            return Err(Problem::Characters);
        }
        if name.chars().count() > MAX {
            return Err(Problem::TooLong);
        }
        if !name.is_empty() && name.chars().all(is_unseen) {
            return Err(Problem::Invisible);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Controls, marks that turn the direction of writing, and separators that no space stands for.
pub(crate) fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Characters that leave no mark by themselves: joiners, variation selectors, fillers.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_names_of_the_world() {
        for name in ["Ann", "Мира Ковалёва", "李小龍", "أمينة", "Zoë O'Neill-Łącka", "👩🏽‍🍳 Bea", "नेहा", "می‌خواهم", ""]
        {
            assert_eq!(Name::from_typed(name).unwrap().as_str(), name);
        }
        assert_eq!(Name::from_typed("  Ann \t of\u{a0}\nGraz ").unwrap().as_str(), "Ann of Graz");
        assert!(Name::from_typed(&"ж".repeat(100)).is_ok());
    }

    #[test]
    fn says_what_is_wrong() {
        for (typed, problem) in [
            ("Ann\u{0}", Problem::Characters),
            ("Ann\u{1b}[2J", Problem::Characters),
            ("Ann\u{202e}nimda", Problem::Characters),
            ("\u{2066}Ann\u{2069}", Problem::Characters),
            ("A\u{200b}nn", Problem::Characters),
            ("\u{feff}Ann", Problem::Characters),
            ("\u{3164}", Problem::Invisible),
            ("\u{200d} \u{fe0f}", Problem::Invisible),
        ] {
            assert_eq!(Name::from_typed(typed), Err(problem), "{typed:?}");
        }
        assert_eq!(Name::from_typed(&"ж".repeat(101)), Err(Problem::TooLong));
    }

    proptest! {
        #[test]
        fn a_name_stays_what_it_is_when_read_again(typed in ".{0,120}") {
            if let Ok(name) = Name::from_typed(&typed) {
                prop_assert!(name.as_str().chars().count() <= MAX);
                prop_assert!(!name.as_str().chars().any(char::is_control));
                prop_assert_eq!(Name::from_typed(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
