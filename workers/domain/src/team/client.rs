//! What a browser may say to a session through its socket, checked once at the border.

use super::frame::Pin;
use crate::conversation::client::{LONGEST_TEXT, Refusal};
use serde::{Deserialize, de::DeserializeOwned};

/// Messages that may wait behind the running turn.
pub const LONGEST_QUEUE: i64 = 10;
/// Places in the preview that wait to be asked for: of one person, those that are shown, and those that one message takes.
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
    /// Ids of the pins that it takes along, of whomever: those that wait, and those of a turn that failed.
    pub pins: Vec<String>,
    /// The page of the preview that they have before them: its path. What is none counts as the first page.
    pub page: String,
}

/// A pin as it arrives: a new one, or one's own with another note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Point {
    /// The browser's own name for it: the same one twice is one pin.
    pub id: String,
    /// The place.
    pub pin: Pin,
}

/// A frame from a browser. Each names the session, which a socket has only one of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Be there. A socket is already when it opens.
    JoinSession,
    /// Go.
    LeaveSession,
    /// Say something.
    ChatMessage(Say),
    /// Point at something.
    Pin(Point),
    /// Do not point at it any more.
    Unpin {
        /// Which pin.
        id: String,
    },
    /// Stop the running turn.
    StopTurn,
    /// End the session without handing anything over. Its branch stays.
    StopSession,
}

/// What every frame has, and one that takes a pin away. The kinds are read one by one rather than as one tagged enum: that
/// would be read into a tree first, by code that is larger than all of this.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    r#type: String,
    session_id: String,
    #[serde(default)]
    id: String,
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_slice(text.as_bytes()).map_err(|_| MALFORMED)
}

const EMPTY: Refusal = Refusal { code: "empty_message", message: "Write something first, then send it." };
const MALFORMED: Refusal =
    Refusal { code: "malformed_frame", message: "That could not be understood. Reload the page and try again." };

impl ClientFrame {
    /// Reads a frame of a socket that belongs to `session`.
    ///
    /// # Errors
    /// When it is none, or for another session.
    pub fn parse(text: &str, session: &str) -> Result<Self, Refusal> {
        let Head { r#type, session_id, id } = read(text)?;
        if session_id != session {
            return Err(MALFORMED);
        }
        match r#type.as_str() {
            "join_session" => Ok(Self::JoinSession),
            "leave_session" => Ok(Self::LeaveSession),
            "chat_message" => Ok(Self::ChatMessage(read(text)?)),
            "pin" => Ok(Self::Pin(read(text)?)),
            "unpin" => Ok(Self::Unpin { id }),
            "stop_turn" => Ok(Self::StopTurn),
            "stop_session" => Ok(Self::StopSession),
            _ => Err(MALFORMED),
        }
    }

    /// Whether it must be heard after what the same person said before. A message takes pins as they are when it comes, with
    /// the notes that were sent just before it.
    pub fn keeps_order(&self) -> bool {
        matches!(self, Self::ChatMessage(_) | Self::Pin(_) | Self::Unpin { .. })
    }
}

impl Say {
    /// Checks the limits and trims the texts.
    ///
    /// # Errors
    /// When it is empty, too long, or has what no page of ours sends.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.content = self.content.trim().to_owned();
        if self.content.is_empty() && self.pins.is_empty() {
            return Err(EMPTY);
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
        if self.client_id.iter().chain(&self.pins).any(|id| !is_client_id(id)) {
            return Err(MALFORMED);
        }
        Ok(self)
    }

    /// Whether the words, with the pins that were there to be taken, ask for something.
    ///
    /// # Errors
    /// When there are no words, and no wish in the pins.
    pub fn check_wish<'a>(&self, mut taken: impl Iterator<Item = &'a Pin>) -> Result<(), Refusal> {
        if self.content.is_empty() && taken.all(|pin| pin.note.is_none()) { Err(EMPTY) } else { Ok(()) }
    }
}

impl Point {
    /// Checks the name and trims the texts. Who pointed, and what it looks like, is not for the browser to say.
    ///
    /// # Errors
    /// When it has what no page of ours sends.
    pub fn check(mut self) -> Result<Self, Refusal> {
        if !is_client_id(&self.id) {
            return Err(MALFORMED);
        }
        tidy(&mut self.pin);
        (self.pin.author, self.pin.picture) = (None, None);
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
        assert_eq!(read(r#"{"type":"join_session","sessionId":"s1"}"#), Ok(ClientFrame::JoinSession));
        let say = read(r#"{"type":"chat_message","sessionId":"s1","content":" hi ","clientId":"a-1"}"#).unwrap();
        let ClientFrame::ChatMessage(say) = say else { panic!("no message") };
        let say = say.check().unwrap();
        assert_eq!((say.content.as_str(), say.client_id.as_deref()), ("hi", Some("a-1")));
        assert!(matches!(read(r#"{"type":"stop_session","sessionId":"s1"}"#), Ok(ClientFrame::StopSession)));
        assert!(matches!(read(r#"{"type":"stop_turn","sessionId":"s1"}"#), Ok(ClientFrame::StopTurn)));
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
        let naming =
            |content: &str, ids: &[&str]| Say { pins: ids.iter().map(|&id| id.into()).collect(), ..say(content) };
        assert_eq!(naming("", &["p", "q"]).check().unwrap().pins, ["p", "q"]);
        assert_eq!(naming("a", &["p"; 13]).check().unwrap_err().code, "too_many_pins");
        assert_eq!(naming("a", &["p q"]).check(), Err(MALFORMED));
        assert_eq!(Say { client_id: Some("a b".into()), ..say("a") }.check(), Err(MALFORMED));
    }

    #[test]
    fn a_pin_is_tidied_and_says_nothing_of_its_author() {
        let frame = r#"{"type":"pin","sessionId":"s1","id":"p-1","pin":{"selector":"main > h1\n","label":"the heading\u001b[31m",
            "text":"TEXT","page":"/","width":390,"note":" bigger ","author":{"id":"u","name":"Ann"}}}"#;
        let frame = frame.replace("TEXT", &"x".repeat(1000));
        let ClientFrame::Pin(point) = ClientFrame::parse(&frame, "s1").unwrap() else { panic!("no pin") };
        let pin = point.clone().check().unwrap().pin;
        assert_eq!((pin.selector.as_str(), pin.text.len(), pin.note.as_deref()), ("main > h1", 300, Some("bigger")));
        assert!(pin.author.is_none() && !pin.label.contains('\u{1b}'));
        assert_eq!(Point { id: "p 1".into(), ..point }.check(), Err(MALFORMED));
        assert!(ClientFrame::parse(r#"{"type":"unpin","sessionId":"s1","id":"p-1"}"#, "s1").unwrap().keeps_order());

        let wish = |content: &str, note: Option<&str>| {
            let pin = Pin { note: note.map(str::to_owned), ..pin.clone() };
            Say { content: content.into(), ..Say::default() }
                .check_wish([&pin].into_iter())
                .map_err(|refusal| refusal.code)
        };
        assert_eq!(wish("", None), Err("empty_message"));
        assert_eq!((wish("", Some("bigger")), wish("a", None)), (Ok(()), Ok(())));
    }
}
