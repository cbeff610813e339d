//! Frames: the rows of a conversation's log, and the few that are shown and forgotten. The same JSON goes through the
//! WebSocket, the SSE door and the history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// The agent.
    Assistant,
    /// The product itself.
    System,
}

/// Where a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for the turn before it.
    Queued,
    /// At work.
    Running,
    /// Was told to stop.
    Stopping,
    /// Over, or nothing going on.
    Idle,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should.
    Done,
    /// The person stopped it.
    Stopped,
    /// It could not be finished; an error frame before it says why.
    Failed,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Begun.
    Started,
    /// Over.
    Done,
    /// Over, and it did not work; the agent usually tries another way.
    Failed,
}

/// The kind of work, for an icon and for folding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No visible work yet.
    Thinking,
    /// Reading files or the web.
    Looking,
    /// Words and pages.
    Writing,
    /// Pictures.
    Drawing,
    /// Putting the site together.
    Building,
    /// Making it live.
    Publishing,
    /// Anything else.
    Working,
}

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Id of the upload.
    pub id: String,
    /// File name, as the person's device had it.
    pub name: String,
    /// What the bytes were found to be.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// Where its owner gets it.
    pub url: String,
}

/// A frame as it goes out: what it says, and when. One that is in the log has a number.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Frame<'a> {
    /// Its place in the log. Absent on what is only passing by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// RFC 3339 UTC.
    pub at: &'a str,
    /// What it says.
    #[serde(flatten)]
    pub body: &'a Body,
}

/// What a frame says. `seq` and `at` are added when it is written or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Body {
    /// Something was said.
    ChatMessage {
        /// Opaque.
        id: String,
        /// By whom.
        role: Role,
        /// Plain words, Markdown without code.
        text: String,
        /// In which turn.
        turn: Option<i64>,
        /// Files that came with it.
        attachments: Vec<Attachment>,
        /// The sender's own name for it, so that a tab knows its own message again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// A turn began, waits or ended.
    SessionStatus {
        /// Where it stands.
        status: Status,
        /// Which turn.
        turn: Option<i64>,
        /// With `idle` only.
        outcome: Option<Outcome>,
        /// Sent once after the replay on connecting: the last number that was replayed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replayed: Option<i64>,
    },
    /// A step of the agent, in plain words.
    AgentStatus {
        /// In which turn.
        turn: i64,
        /// The same for start and end of one step.
        step: String,
        /// How far it is.
        state: StepState,
        /// What kind of work it is.
        phase: Phase,
        /// "Writing the home page".
        text: String,
        /// A file name or the like, to be folded away.
        detail: Option<String>,
    },
    /// Another version is live.
    PreviewUpdated {
        /// In which turn, when it was the agent's doing.
        turn: Option<i64>,
        /// Which version.
        snapshot_id: String,
        /// The version's own address.
        url: String,
    },
    /// Something is wrong, in words.
    Error {
        /// In which turn.
        turn: Option<i64>,
        /// For programs.
        code: String,
        /// For the person: what happened, what to do next.
        message: String,
        /// Whether the turn (or the request) is over because of it.
        r#final: bool,
    },
    /// The text so far of a message that is being written. Never stored.
    AgentStreaming {
        /// In which turn.
        turn: i64,
        /// The id that the finished message will have.
        message_id: String,
        /// All of it so far.
        text: String,
    },
}

impl Body {
    /// The name on the wire, also kept beside a stored frame so that it can be selected without parsing.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChatMessage { .. } => "chat_message",
            Self::SessionStatus { .. } => "session_status",
            Self::AgentStatus { .. } => "agent_status",
            Self::PreviewUpdated { .. } => "preview_updated",
            Self::Error { .. } => "error",
            Self::AgentStreaming { .. } => "agent_streaming",
        }
    }

    /// The turn it belongs to.
    pub fn turn(&self) -> Option<i64> {
        match self {
            Self::ChatMessage { turn, .. }
            | Self::SessionStatus { turn, .. }
            | Self::PreviewUpdated { turn, .. }
            | Self::Error { turn, .. } => *turn,
            Self::AgentStatus { turn, .. } | Self::AgentStreaming { turn, .. } => Some(*turn),
        }
    }

    /// The event name of the SSE door: the first spec's words for the same things.
    pub fn sse_name(&self) -> &'static str {
        match self {
            Self::ChatMessage { .. } | Self::AgentStreaming { .. } => "text",
            Self::AgentStatus { phase: Phase::Thinking, .. } => "thinking",
            Self::AgentStatus { state: StepState::Started, .. } => "tool_use",
            Self::AgentStatus { .. } => "tool_result",
            Self::PreviewUpdated { .. } => "preview",
            Self::Error { .. } => "error",
            Self::SessionStatus { status: Status::Idle, outcome: Some(_), .. } => "done",
            Self::SessionStatus { .. } => "status",
        }
    }

    /// The JSON of a frame. A frame without a number is one that is not in the log.
    pub fn to_json(&self, seq: Option<i64>, at: &str) -> String {
        serde_json::to_string(&Frame { seq, at, body: self }).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_agreed_shape() {
        let frame =
            Body::SessionStatus { status: Status::Idle, turn: Some(3), outcome: Some(Outcome::Done), replayed: None };
        let json: serde_json::Value =
            serde_json::from_str(&frame.to_json(Some(13), "2026-11-21T08:00:00.000Z")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "seq": 13, "type": "session_status", "status": "idle", "turn": 3, "outcome": "done",
                "at": "2026-11-21T08:00:00.000Z"
            })
        );
        let preview = Body::PreviewUpdated { turn: None, snapshot_id: "s".into(), url: "http://v--s.x/".into() };
        let json: serde_json::Value = serde_json::from_str(&preview.to_json(None, "t")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "type": "preview_updated", "turn": null, "snapshotId": "s", "url": "http://v--s.x/", "at": "t" })
        );
    }

    #[test]
    fn frames_are_read_back_as_they_were_written() {
        let frame = Body::Error { turn: Some(1), code: "x".into(), message: "y".into(), r#final: true };
        let json = frame.to_json(Some(1), "t");
        assert!(json.contains("\"final\":true"));
        assert_eq!(serde_json::from_str::<Body>(&json).unwrap(), frame);
    }

    #[test]
    fn the_sse_door_speaks_the_first_specs_words() {
        let step = |state, phase| Body::AgentStatus {
            turn: 1,
            step: "s".into(),
            state,
            phase,
            text: String::new(),
            detail: None,
        };
        assert_eq!(step(StepState::Started, Phase::Thinking).sse_name(), "thinking");
        assert_eq!(step(StepState::Started, Phase::Writing).sse_name(), "tool_use");
        assert_eq!(step(StepState::Failed, Phase::Writing).sse_name(), "tool_result");
    }
}
