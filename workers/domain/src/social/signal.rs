//! The eight signals: all that can be said about a page with one click. They look and mean the same on every site.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody leaves on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Love this.
    Heart,
    /// A standout.
    Star,
    /// This is great.
    Fire,
    /// That surprised me.
    Wow,
    /// Agree, nice work.
    Like,
    /// Insightful.
    Idea,
    /// Keep for later.
    Save,
    /// I have a question.
    Question,
    /// None of the eight: only words.
    Comment,
}

/// Which of the two pairs of colours a signal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// How it feels.
    Coral,
    /// What it is good for.
    Sage,
}

impl Signal {
    /// The eight, in the order in which they are offered.
    pub const EIGHT: [Self; 8] =
        [Self::Heart, Self::Star, Self::Fire, Self::Wow, Self::Like, Self::Idea, Self::Save, Self::Question];

    /// The column `reaction.signal`, and `signal` in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Heart => "heart",
            Self::Star => "star",
            Self::Fire => "fire",
            Self::Wow => "wow",
            Self::Like => "like",
            Self::Idea => "idea",
            Self::Save => "save",
            Self::Question => "question",
            Self::Comment => "comment",
        }
    }

    /// The signal that a column names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::EIGHT.into_iter().chain([Self::Comment]).find(|signal| signal.as_str() == text)
    }

    /// Its colours.
    pub const fn family(self) -> Family {
        match self {
            Self::Heart | Self::Star | Self::Fire | Self::Wow => Family::Coral,
            Self::Like | Self::Idea | Self::Save | Self::Question | Self::Comment => Family::Sage,
        }
    }

    /// What it says, for whoever hears the page instead of seeing it.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Heart => "Love this",
            Self::Star => "A standout",
            Self::Fire => "This is great",
            Self::Wow => "That surprised me",
            Self::Like => "Agree, nice work",
            Self::Idea => "Insightful",
            Self::Save => "Keep for later",
            Self::Question => "I have a question",
            Self::Comment => "A comment",
        }
    }

    /// Why somebody leaves it, in the words of the Web Annotation vocabulary.
    pub const fn motivation(self) -> &'static str {
        match self {
            Self::Save => "bookmarking",
            Self::Question => "questioning",
            Self::Comment => "commenting",
            _ => "assessing",
        }
    }
}

impl TryFrom<String> for Signal {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        Self::parse(&text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_are_those_of_the_json() {
        for signal in Signal::EIGHT.into_iter().chain([Signal::Comment]) {
            assert_eq!(Signal::parse(signal.as_str()), Some(signal));
            assert_eq!(serde_json::to_value(signal).unwrap(), signal.as_str());
            assert!(!signal.says().is_empty());
        }
        assert_eq!(Signal::parse("Heart"), None);
        assert_eq!(Signal::parse("👍"), None);
    }

    #[test]
    fn four_are_coral_and_four_sage() {
        assert_eq!(Signal::EIGHT.iter().filter(|signal| signal.family() == Family::Coral).count(), 4);
    }
}
