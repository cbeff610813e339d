//! What a browser may say to a conversation, checked once at the border.

use serde::Deserialize;

/// Characters in one message.
pub const LONGEST_TEXT: usize = 20_000;
/// Files with one message.
pub const MOST_ATTACHMENTS: usize = 10;
/// Messages that may wait behind the running turn.
pub const LONGEST_QUEUE: i64 = 10;

/// A message as it arrives, through either door.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Say {
    /// The words.
    #[serde(default)]
    pub text: String,
    /// Ids of uploads.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// The sender's own name for it: the same one twice is one message.
    #[serde(default)]
    pub client_id: Option<String>,
}

/// A frame from a browser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Say something.
    ChatMessage(Say),
    /// Stop the running turn.
    Stop {},
    /// Take a message back that still waits.
    Unqueue {
        /// Its turn.
        turn: i64,
    },
}

/// Why something is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: &'static str,
    /// For the person.
    pub message: &'static str,
}

impl ClientFrame {
    /// Reads a frame.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        serde_json::from_str(text).map_err(|_| Refusal {
            code: "malformed_frame",
            message: "That could not be understood. Reload the page and try again.",
        })
    }
}

impl Say {
    /// Checks the limits and trims the text.
    ///
    /// # Errors
    /// When it is empty, too long, or carries too many files or no id at all.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.text = self.text.trim().to_owned();
        if self.text.is_empty() && self.attachments.is_empty() {
            return Err(Refusal { code: "empty_message", message: "Write something first, then send it." });
        }
        if self.text.chars().count() > LONGEST_TEXT {
            return Err(Refusal {
                code: "message_too_long",
                message: "That message is too long. Send it in several parts, or as a text file.",
            });
        }
        if self.attachments.len() > MOST_ATTACHMENTS {
            return Err(Refusal { code: "too_many_attachments", message: "Send at most ten files with one message." });
        }
        let mut once = std::collections::BTreeSet::new();
        self.attachments.retain(|id| once.insert(id.clone()));
        if self.client_id.as_ref().is_some_and(|id| !is_client_id(id)) {
            return Err(Refusal {
                code: "malformed_client_id",
                message: "That could not be understood. Reload the page and try again.",
            });
        }
        Ok(self)
    }
}

fn is_client_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_frames() {
        let say = ClientFrame::parse(r#"{"type":"chat_message","text":"hi","clientId":"a-1"}"#).unwrap();
        assert_eq!(
            say,
            ClientFrame::ChatMessage(Say { text: "hi".into(), attachments: vec![], client_id: Some("a-1".into()) })
        );
        assert_eq!(ClientFrame::parse(r#"{"type":"stop"}"#).unwrap(), ClientFrame::Stop {});
        assert_eq!(ClientFrame::parse(r#"{"type":"unqueue","turn":5}"#).unwrap(), ClientFrame::Unqueue { turn: 5 });
        assert_eq!(ClientFrame::parse("nonsense").unwrap_err().code, "malformed_frame");
        assert_eq!(ClientFrame::parse(r#"{"type":"cost_update"}"#).unwrap_err().code, "malformed_frame");
    }

    #[test]
    fn refuses_what_is_empty_too_long_or_odd() {
        let say = |text: &str| Say { text: text.into(), ..Say::default() };
        assert_eq!(say("  \n").check().unwrap_err().code, "empty_message");
        assert_eq!(say(&"é".repeat(LONGEST_TEXT)).check().unwrap().text.chars().count(), LONGEST_TEXT);
        assert_eq!(say(&"x".repeat(LONGEST_TEXT + 1)).check().unwrap_err().code, "message_too_long");
        let odd = Say { client_id: Some("a b".into()), ..say("x") };
        assert_eq!(odd.check().unwrap_err().code, "malformed_client_id");
        let many = Say { attachments: (0..11).map(|n| n.to_string()).collect(), ..say("x") };
        assert_eq!(many.check().unwrap_err().code, "too_many_attachments");
        let twice = Say { attachments: vec!["a".into(), "a".into()], ..say("") };
        assert_eq!(twice.check().unwrap().attachments, ["a"]);
    }
}
