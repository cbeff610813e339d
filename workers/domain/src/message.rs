//! What one site's owner may write to another's: text and nothing else. How long it may be, until when it can be changed, and
//! who may write to whom.

use crate::name::{is_refused, is_unseen};

/// Characters of one message.
pub const LONGEST: usize = 4_000;
/// How long a message can be edited and deleted, in milliseconds.
pub const CHANGEABLE_MS: i64 = 15 * 60 * 1000;
/// Longest name that a page gives a message it sends.
const LONGEST_CLIENT_ID: usize = 64;

/// The words of a message, as they are kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(String);

/// Why something cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nothing of it would be seen.
    Empty,
    /// More than 4,000 characters.
    TooLong,
}

impl Problem {
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty_message",
            Self::TooLong => "message_too_long",
        }
    }

    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "There is nothing to send yet. Write something first.",
            Self::TooLong => "A message has at most 4,000 characters. Send it as two.",
        }
    }
}

impl Words {
    /// Cleans what somebody typed or pasted: lines end in one way, a tab is a space, and what could reach out of the message's
    /// place on a page is left out (controls, marks that turn the direction of writing), and so is white space around it.
    ///
    /// # Errors
    /// When nothing is left, or too much.
    pub fn from_typed(typed: &str) -> Result<Self, Problem> {
        let lines = typed.replace("\r\n", "\n");
        let cleaned: String = lines
            .chars()
            .filter_map(|c| match c {
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
                '\t' => Some(' '),
                c if is_refused(c) => None,
                c => Some(c),
            })
            .collect();
        let words = cleaned.trim();
        if words.chars().all(is_unseen) {
            return Err(Problem::Empty);
        }
        if words.chars().count() > LONGEST {
            return Err(Problem::TooLong);
        }
        Ok(Self(words.to_owned()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text can be the name that a page gives a message, by which sending it twice is sending it once.
pub fn is_client_id(text: &str) -> bool {
    (1..=LONGEST_CLIENT_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether a message that was sent at `sent_at` can still be edited or deleted.
pub fn is_changeable(sent_at: i64, now: i64) -> bool {
    now - sent_at < CHANGEABLE_MS
}

/// How two sites stand to each other, as far as writing goes. Whether the other has blocked the writer is not here: they are
/// not to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing<'a> {
    /// Whom the other lets write first: `everyone`, `following` or `nobody`.
    pub messages_from: &'a str,
    /// Whether the other follows the writer.
    pub followed: bool,
    /// Whether the other has ever written to the writer.
    pub answered: bool,
    /// Whether the writer has blocked the other.
    pub blocked: bool,
}

/// Why somebody may not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The writer has blocked the other.
    Blocked,
    /// The other takes messages of those they follow.
    Following,
    /// The other takes none.
    Nobody,
}

impl Closed {
    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Following | Self::Nobody => "messages_closed",
        }
    }

    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Blocked => "You have blocked this site. Take that back first, and then write.",
            Self::Following => "Only sites that this one follows can write to it.",
            Self::Nobody => "This site takes no messages.",
        }
    }
}

impl Standing<'_> {
    /// Whether the writer may write. Whoever was written to may always answer.
    ///
    /// # Errors
    /// Why not.
    pub fn may_write(self) -> Result<(), Closed> {
        match self.messages_from {
            _ if self.blocked => Err(Closed::Blocked),
            _ if self.answered => Ok(()),
            "nobody" => Err(Closed::Nobody),
            "following" if !self.followed => Err(Closed::Following),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_text() {
        let words = |typed: &str| Words::from_typed(typed).map(|words| words.0);
        assert_eq!(words("  <b>hi</b> & bye \n"), Ok("<b>hi</b> & bye".into()));
        assert_eq!(words("one\r\ntwo\rthree\u{2028}four\n\n\nfive"), Ok("one\ntwo\nthree\nfour\n\n\nfive".into()));
        assert_eq!(words("a\tb\u{0}c\u{1b}[2Jd"), Ok("a bc[2Jd".into()));
        assert_eq!(words("safe\u{202e}fdp.exe\u{2066}\u{200f}"), Ok("safefdp.exe".into()));
        assert_eq!(words("می‌خواهم 👩🏽‍🍳"), Ok("می‌خواهم 👩🏽‍🍳".into()));
        for nothing in ["", " \n\t", "\u{200b}\u{202e}", "\u{3164}\u{200d}", "\u{0}"] {
            assert_eq!(words(nothing), Err(Problem::Empty), "{nothing:?}");
        }
        assert!(words(&"ж".repeat(4_000)).is_ok());
        assert_eq!(words(&"ж".repeat(4_001)), Err(Problem::TooLong));
    }

    #[test]
    fn pages_name_messages() {
        assert!(is_client_id("0b7c-Q_9") && is_client_id(&"a".repeat(64)));
        for text in ["", "a b", "ä", "a/b", &"a".repeat(65)] {
            assert!(!is_client_id(text), "{text}");
        }
    }

    #[test]
    fn a_message_can_be_changed_for_a_quarter_of_an_hour() {
        assert!(is_changeable(1_000, 1_000) && is_changeable(0, CHANGEABLE_MS - 1));
        assert!(!is_changeable(0, CHANGEABLE_MS));
    }

    #[test]
    fn who_may_write() {
        let may = |messages_from, followed, answered, blocked| {
            Standing { messages_from, followed, answered, blocked }.may_write()
        };
        assert_eq!(may("everyone", false, false, false), Ok(()));
        assert_eq!(may("following", true, false, false), Ok(()));
        assert_eq!(may("following", false, false, false), Err(Closed::Following));
        assert_eq!(may("nobody", true, false, false), Err(Closed::Nobody));
        for messages_from in ["everyone", "following", "nobody"] {
            assert_eq!(may(messages_from, false, true, false), Ok(()), "whoever was written to may answer");
            assert_eq!(may(messages_from, true, true, true), Err(Closed::Blocked));
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_can_be_shown_and_stays_what_it_is(typed in "(?s).{0,200}") {
            if let Ok(words) = Words::from_typed(&typed) {
                prop_assert!(!words.as_str().chars().any(|c| c != '\n' && is_refused(c)));
                prop_assert_eq!(Words::from_typed(words.as_str()), Ok(words.clone()));
            }
        }
    }
}
