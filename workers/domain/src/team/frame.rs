//! Frames of a session: the rows of its log, and the few that are shown and forgotten. The same JSON goes through the
//! socket and the history.

use super::{
    session::{Outcome as SessionOutcome, Phase, Status},
    view::View,
};
use crate::conversation::frame::{Outcome, Phase as Work, Role, Status as TurnStatus, StepState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SessionPerson")]
pub struct Person {
    /// Opaque.
    pub id: String,
    /// What they call themselves.
    pub name: String,
}

/// A place in the preview that a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    /// Where it is in the page, for the agent: a CSS selector.
    pub selector: String,
    /// What a person calls it: `the heading “Fresh bread”`.
    pub label: String,
    /// Words that stand there.
    #[serde(default)]
    pub text: String,
    /// The page's path.
    #[serde(default)]
    pub page: String,
    /// How wide the preview was, in pixels.
    #[serde(default)]
    pub width: u32,
    /// What is wished there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who pointed. Written here and never believed from a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Person>,
    /// A picture of it: its name, and for the agent its file. Never believed from a browser either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// A pin as everybody sees it. Where exactly it is in the page is for the agent alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownPin {
    /// What a message takes it by.
    pub id: String,
    /// Who pointed.
    pub author: Person,
    /// What a person calls it: `the heading “Fresh bread”`.
    pub label: String,
    /// The page's path.
    pub page: String,
    /// How wide the preview was, in pixels.
    pub width: u32,
    /// What is wished there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// A picture of it, as in a [`View`]; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// Another session of the same project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Other {
    /// Which.
    pub id: String,
    /// What was asked for in it first; empty when nothing yet.
    pub title: String,
    /// Who began it; null when they are gone.
    pub started_by: Option<Person>,
}

/// What a frame says. `seq` and `at` are added when it is written or sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[schemars(rename = "SessionFrame")]
pub enum Body {
    /// How the session is doing, and what is being waited for.
    SessionStatus(Standing),
    /// A turn began, waits or ended.
    TurnStatus {
        /// Which.
        turn: i64,
        /// Where it stands.
        status: TurnStatus,
        /// With `idle` only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Outcome>,
    },
    /// Something was said.
    ChatMessage {
        /// Opaque.
        id: String,
        /// By whom.
        role: Role,
        /// Plain words, Markdown without code.
        text: String,
        /// In which turn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<i64>,
        /// Which person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<Person>,
        /// The sender's own name for it, so that a tab knows its own message again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Places in the preview that it is about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pins: Vec<ShownPin>,
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
        phase: Work,
        /// "Editing files…".
        text: String,
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
    /// What the preview shows has changed.
    PreviewUpdated {
        /// In which turn, when it was the agent's doing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<i64>,
    },
    /// What the session has cost so far.
    CostUpdate {
        /// Dollars.
        cost_usd: f64,
        /// Dollars that it may cost.
        budget_usd: f64,
        /// Dollars that are neither spent nor set aside for calls under way.
        left_usd: f64,
        /// Tokens that the model read.
        tokens_in: u64,
        /// Tokens that it wrote.
        tokens_out: u64,
    },
    /// What came of a turn, in plain words.
    Receipt {
        /// Which.
        turn: i64,
        /// `a page (index.html)`.
        changed: Vec<String>,
        /// `The home page opens without errors.`
        checked: Vec<String>,
        /// Dollars that it cost.
        cost_usd: f64,
        /// Whether it can be taken back.
        can_undo: bool,
        /// The turn that it took back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo_of: Option<i64>,
        /// The page that whoever asked had before them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        view: Option<View>,
    },
    /// Others work on the same project.
    ConflictWarning {
        /// For the person.
        text: String,
        /// Which sessions.
        sessions: Vec<Other>,
    },
    /// Who looks on. Never stored.
    People {
        /// Each once.
        people: Vec<Person>,
    },
    /// What those who look on point at, until a message takes it along. Never stored.
    Pins {
        /// All of it, in the order in which it came.
        pins: Vec<ShownPin>,
    },
    /// Something is wrong, in words.
    Error {
        /// In which turn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turn: Option<i64>,
        /// For programs.
        code: String,
        /// For the person: what happened, what to do next.
        message: String,
        /// Whether the turn (or the request) is over because of it.
        r#final: bool,
    },
}

/// How a session is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SessionStanding")]
pub struct Standing {
    /// Its state.
    pub status: Status,
    /// What is being done before people can talk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The same for the person who waits.
    pub text: String,
    /// How long this usually takes: `about 20 seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<String>,
    /// Since when, RFC 3339 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// When its time is over, RFC 3339 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// Whether it can be given more time.
    pub can_extend: bool,
    /// Whether there is something to look at.
    pub has_preview: bool,
    /// What became of its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SessionOutcome>,
    /// The pull request's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr_url: Option<String>,
    /// The commit in the main branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_sha: Option<String>,
    /// Sent once after the replay on connecting: the last number that was replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<i64>,
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    at: &'a str,
    #[serde(flatten)]
    body: &'a Body,
}

impl Body {
    /// The name on the wire, also kept beside a stored frame so that it can be selected without parsing.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SessionStatus(_) => "session_status",
            Self::TurnStatus { .. } => "turn_status",
            Self::ChatMessage { .. } => "chat_message",
            Self::AgentStatus { .. } => "agent_status",
            Self::AgentStreaming { .. } => "agent_streaming",
            Self::PreviewUpdated { .. } => "preview_updated",
            Self::CostUpdate { .. } => "cost_update",
            Self::Receipt { .. } => "receipt",
            Self::ConflictWarning { .. } => "conflict_warning",
            Self::People { .. } => "people",
            Self::Pins { .. } => "pins",
            Self::Error { .. } => "error",
        }
    }

    /// The JSON of a frame. A frame without a number is one that is not in the log.
    pub fn to_json(&self, seq: Option<i64>, at: &str) -> String {
        serde_json::to_string(&Frame { seq, at, body: self }).unwrap_or_default()
    }
}

/// An error in words that ends what was asked.
pub fn refusal(code: &str, message: &str) -> Body {
    Body::Error { turn: None, code: code.to_owned(), message: message.to_owned(), r#final: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value(body: &Body, seq: Option<i64>) -> Value {
        serde_json::from_str(&body.to_json(seq, "2026-11-26T10:00:00Z")).unwrap()
    }

    #[test]
    fn frames_have_the_names_of_the_spec() {
        let status = Body::SessionStatus(Standing {
            status: Status::Starting,
            phase: Some(Phase::Sandbox),
            text: Phase::Sandbox.sentence().to_owned(),
            usual: None,
            since: None,
            ends_at: None,
            can_extend: false,
            has_preview: false,
            outcome: None,
            pr_url: None,
            commit_sha: None,
            replayed: None,
        });
        assert_eq!(
            value(&status, Some(3)),
            json!({ "type": "session_status", "seq": 3, "at": "2026-11-26T10:00:00Z", "status": "STARTING", "phase": "sandbox",
                "text": "Preparing a private workspace", "canExtend": false, "hasPreview": false })
        );
        let said = Body::ChatMessage {
            id: "turn-1".into(),
            role: Role::User,
            text: "hi".into(),
            turn: Some(1),
            author: Some(Person { id: "u".into(), name: "Ann".into() }),
            client_id: None,
            pins: vec![],
        };
        assert_eq!(
            value(&said, None),
            json!({ "type": "chat_message", "at": "2026-11-26T10:00:00Z", "id": "turn-1", "role": "user", "text": "hi", "turn": 1,
                "author": { "id": "u", "name": "Ann" } })
        );
        for body in [status, said, refusal("x", "y"), Body::People { people: vec![] }, Body::Pins { pins: vec![] }] {
            assert_eq!(value(&body, None)["type"], body.kind());
        }
    }
}
