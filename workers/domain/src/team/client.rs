//! What a browser may say to a session through its socket, checked once at the border.

use super::frame::Pin;
use crate::conversation::client::{LONGEST_TEXT, Refusal};
use serde::Deserialize;

/// Messages that may wait behind the running turn.
pub const LONGEST_QUEUE: i64 = 10;
/// Places in the preview with one message.
pub const MOST_PINS: usize = 12;

/// A message as it arrives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Say {
    /// The session that it is for.
    pub session_id: String,
    /// The words.
    pub content: String,
    /// The sender's own name for it: the same one twice is one message.
    pub client_id: Option<String>,
    /// Places in the preview that it is about.
    pub pins: Vec<Pin>,
}

/// A frame from a browser. Each names the session, which a socket has only one of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Be there. A socket is already when it opens.
    JoinSession {
        /// Which session.
        session_id: String,
    },
    /// Go.
    LeaveSession {
        /// Which session.
        session_id: String,
    },
    /// Say something.
    ChatMessage(Say),
    /// Stop the running turn.
    StopTurn {
        /// Which session.
        session_id: String,
    },
    /// End the session without handing anything over. Its branch stays.
    StopSession {
        /// Which session.
        session_id: String,
    },
}

const MALFORMED: Refusal =
    Refusal { code: "malformed_frame", message: "That could not be understood. Reload the page and try again." };

impl ClientFrame {
    /// Reads a frame of a socket that belongs to `session`.
    ///
    /// # Errors
    /// When it is none, or for another session.
    pub fn parse(text: &str, session: &str) -> Result<Self, Refusal> {
        let frame: Self = serde_json::from_slice(text.as_bytes()).map_err(|_| MALFORMED)?;
        if frame.session_id() == session { Ok(frame) } else { Err(MALFORMED) }
    }

    fn session_id(&self) -> &str {
        match self {
            Self::ChatMessage(Say { session_id, .. })
            | Self::JoinSession { session_id }
            | Self::LeaveSession { session_id }
            | Self::StopTurn { session_id }
            | Self::StopSession { session_id } => session_id,
        }
    }
}

impl Say {
    /// Checks the limits and trims the texts.
    ///
    /// # Errors
    /// When it is empty, too long, or has what no page of ours sends.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.content = self.content.trim().to_owned();
        if self.content.is_empty()
            && self.pins.iter().all(|pin| pin.note.as_deref().unwrap_or_default().trim().is_empty())
        {
            return Err(Refusal { code: "empty_message", message: "Write something first, then send it." });
        }
        if self.content.chars().count() > LONGEST_TEXT {
            return Err(Refusal {
                code: "message_too_long",
                message: "That message is too long. Send it in several parts.",
            });
        }
        if self.pins.len() > MOST_PINS {
            return Err(Refusal { code: "too_many_pins", message: "Point at twelve places at most with one message." });
        }
        if self.client_id.as_ref().is_some_and(|id| !is_client_id(id)) {
            return Err(MALFORMED);
        }
        self.pins.iter_mut().for_each(tidy);
        Ok(self)
    }
}

/// What a pin says comes from a page that somebody else wrote: one line each, of a bounded length.
fn tidy(pin: &mut Pin) {
    let line = |text: &str, most: usize| -> String {
        let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        visible.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(most).collect()
    };
    pin.selector = line(&pin.selector, 300);
    pin.label = line(&pin.label, 120);
    pin.text = line(&pin.text, 300);
    pin.page = line(&pin.page, 200);
    pin.width = pin.width.min(10_000);
    pin.note = pin.note.as_deref().map(|note| line(note, 1000)).filter(|note| !note.is_empty());
}

fn is_client_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_frames_of_the_spec() {
        let read = |text: &str| ClientFrame::parse(text, "s1");
        assert_eq!(
            read(r#"{"type":"join_session","sessionId":"s1"}"#),
            Ok(ClientFrame::JoinSession { session_id: "s1".into() })
        );
        let say = read(r#"{"type":"chat_message","sessionId":"s1","content":" hi ","clientId":"a-1"}"#).unwrap();
        let ClientFrame::ChatMessage(say) = say else { panic!("no message") };
        let say = say.check().unwrap();
        assert_eq!((say.content.as_str(), say.client_id.as_deref()), ("hi", Some("a-1")));
        assert!(matches!(read(r#"{"type":"stop_session","sessionId":"s1"}"#), Ok(ClientFrame::StopSession { .. })));
        assert!(matches!(read(r#"{"type":"stop_turn","sessionId":"s1"}"#), Ok(ClientFrame::StopTurn { .. })));
        for odd in [
            "",
            "[]",
            r#"{"type":"cost_update","sessionId":"s1"}"#,
            r#"{"type":"stop_turn","sessionId":"s2"}"#,
            r#"{"type":"stop_turn"}"#,
        ] {
            assert_eq!(read(odd), Err(MALFORMED), "{odd}");
        }
    }

    #[test]
    fn refuses_what_is_empty_or_too_much() {
        let say = |content: &str| Say { content: content.into(), ..Say::default() };
        assert_eq!(say("  \n").check().unwrap_err().code, "empty_message");
        assert_eq!(say(&"x".repeat(LONGEST_TEXT + 1)).check().unwrap_err().code, "message_too_long");
        let pin = |note: Option<&str>| Pin {
            selector: "main > h1\n".into(),
            label: "the heading\u{1b}[31m".into(),
            text: "x".repeat(1000),
            page: "/".into(),
            width: 390,
            note: note.map(str::to_owned),
        };
        assert_eq!(Say { pins: vec![pin(None)], ..say("") }.check().unwrap_err().code, "empty_message");
        let noted = Say { pins: vec![pin(Some("bigger"))], ..say("") }.check().unwrap();
        assert_eq!((noted.pins[0].selector.as_str(), noted.pins[0].text.len()), ("main > h1", 300));
        assert!(!noted.pins[0].label.contains('\u{1b}'));
        assert_eq!(Say { pins: vec![pin(None); 13], ..say("a") }.check().unwrap_err().code, "too_many_pins");
        assert_eq!(Say { client_id: Some("a b".into()), ..say("a") }.check(), Err(MALFORMED));
    }
}
