//! A turn: from the message that a person sent to the event that ends the agent's work on it.
//!
//! A reducer without I/O: an upstream event and the turn's state give frames for the log and, at last, an end. The
//! agent service delivers at least once and replays its history after a reconnect; the caller skips deliveries whose
//! key it has seen, so that each event comes here once and in the order of the history. What the service waits for is
//! part of the state, hence a restarted object answers anew.
//!
//! Whose idle is it? A session may still be finishing older work when our message goes in. Nothing counts as ours
//! before our own message has taken effect: found by its marker, with `processed_at` set.

use super::context;
use super::event::{Event, Kind, Retry, Stop};
use super::filter::{self, Words};
use super::frame::{Body, Outcome, Phase, Role, StepState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the service waits for us to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// A custom tool, by its name.
    Tool(String),
    /// A permission for a tool of its own.
    Permission,
}

/// Everything a turn must remember between events. Stored with each step, in the same write as its frames.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number in the conversation.
    pub number: i64,
    /// What marks our message in the agent's history.
    pub marker: String,
    /// Our message is known to have arrived.
    pub arrived: bool,
    /// Our message has taken effect; from here on everything is ours.
    applied: bool,
    /// Steps that have begun.
    open: BTreeMap<String, Words>,
    /// A step that is over as soon as anything else happens: thinking, waiting.
    passing: Option<(String, Words)>,
    waiting: BTreeMap<String, Ask>,
    /// The trouble that was told last, so that the same is not told again.
    trouble: Option<String>,
    failure: Option<(String, String)>,
    ended: bool,
}

/// What follows from an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A frame for the log.
    Append(Body),
    /// The turn is over.
    End(Outcome),
    /// The session is gone for good; the turn is not.
    SessionLost,
}

impl Turn {
    /// A turn that has not begun.
    pub fn new(number: i64, marker: impl Into<String>) -> Self {
        Self { number, marker: marker.into(), ..Self::default() }
    }

    /// What the service waits for, in no particular order.
    pub fn waiting(&self) -> impl Iterator<Item = (&str, &Ask)> {
        self.waiting.iter().map(|(id, ask)| (id.as_str(), ask))
    }

    /// Whether what the agent does now is an answer to our message.
    pub fn is_ours(&self) -> bool {
        self.applied && !self.ended
    }

    /// Takes the next event. `stopping`: the person asked to stop, which the service reports as an ordinary end.
    pub fn take(&mut self, event: &Event, stopping: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.ended {
            return effects;
        }
        if let Kind::Terminated = event.kind {
            effects.push(Effect::SessionLost);
            return effects;
        }
        if let Kind::UserMessage(text) = &event.kind {
            if context::marker(text) == Some(self.marker.as_str()) {
                self.arrived = true;
                self.applied |= event.processed_at.is_some();
            }
            return effects;
        }
        if self.applied {
            self.take_ours(event, stopping, &mut effects);
        }
        effects
    }

    fn take_ours(&mut self, event: &Event, stopping: bool, effects: &mut Vec<Effect>) {
        let id = event.id.clone().unwrap_or_default();
        match &event.kind {
            Kind::Thinking => self.pass(id, Words::new(Phase::Thinking, "Thinking"), effects),
            Kind::Compacted => {
                self.pass(id, Words::new(Phase::Thinking, "Looking back over the conversation"), effects)
            }
            Kind::Rescheduled => self.pass(id, Words::new(Phase::Working, "Moving to another workspace"), effects),
            Kind::Message(text) => {
                self.go_on(effects);
                let text = filter::text(text);
                if !text.is_empty() {
                    let turn = Some(self.number);
                    let (attachments, client_id) = (Vec::new(), None);
                    effects.push(Effect::Append(Body::ChatMessage {
                        id,
                        role: Role::Assistant,
                        text,
                        turn,
                        attachments,
                        client_id,
                    }));
                }
            }
            Kind::ToolUse { name, server, input, asks } => {
                self.go_on(effects);
                if *asks {
                    self.waiting.insert(id.clone(), Ask::Permission);
                }
                self.begin(id, filter::tool(name, server.as_deref(), input), effects);
            }
            Kind::CustomToolUse { name } => {
                self.go_on(effects);
                self.waiting.insert(id.clone(), Ask::Tool(name.clone()));
                self.begin(id, filter::tool(name, None, &serde_json::Value::Null), effects);
            }
            Kind::Answer { call, failed } => {
                if let Some(Ask::Tool(_)) = self.waiting.remove(call) {
                    self.finish(call, *failed, effects);
                }
            }
            Kind::ToolResult { call, failed } => {
                self.waiting.remove(call);
                self.finish(call, *failed, effects);
            }
            Kind::Error { kind, retry } => self.take_error(kind, *retry, effects),
            Kind::Idle(Stop::RequiresAction(_)) => {}
            Kind::Idle(stop) => self.end(stop, stopping, effects),
            _ => {}
        }
    }

    fn take_error(&mut self, kind: &str, retry: Retry, effects: &mut Vec<Effect>) {
        let (code, now, later) = trouble(kind);
        match retry {
            Retry::Retrying => {
                if self.trouble.as_deref() != Some(code) {
                    self.trouble = Some(code.to_owned());
                    effects.push(Effect::Append(error(self.number, code, now, false)));
                }
            }
            Retry::Exhausted | Retry::Terminal => self.failure = Some((code.to_owned(), later.to_owned())),
        }
    }

    fn end(&mut self, stop: &Stop, stopping: bool, effects: &mut Vec<Effect>) {
        let failure = match stop {
            _ if stopping => None,
            Stop::Refusal => Some((
                "agent_refused".to_owned(),
                "The agent does not want to do this. Try asking for it in another way.".to_owned(),
            )),
            Stop::BudgetReached => Some((
                "budget_reached".to_owned(),
                "The budget for this conversation is used up, so the agent had to stop. What it published is kept."
                    .to_owned(),
            )),
            Stop::RetriesExhausted => Some(self.failure.take().unwrap_or_else(|| {
                let (code, _, later) = trouble("");
                (code.to_owned(), later.to_owned())
            })),
            _ => self.failure.take(),
        };
        let outcome = match (&failure, stopping) {
            (_, true) => Outcome::Stopped,
            (Some(_), _) => Outcome::Failed,
            (None, _) => Outcome::Done,
        };
        effects.extend(self.over(outcome, failure));
    }

    /// Ends the turn from outside: the person stopped it, or it cannot go on. Closes what is open and says why.
    pub fn over(&mut self, outcome: Outcome, failure: Option<(String, String)>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.ended {
            return effects;
        }
        self.close_steps(if outcome == Outcome::Done { StepState::Done } else { StepState::Failed }, &mut effects);
        if let Some((code, message)) = failure {
            effects.push(Effect::Append(error(self.number, &code, &message, true)));
        }
        self.ended = true;
        self.waiting.clear();
        effects.push(Effect::End(outcome));
        effects
    }

    /// Closes what was open and forgets what belonged to a session that is gone, so that the message can be sent to a
    /// new one.
    pub fn restart(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.close_steps(StepState::Failed, &mut effects);
        *self = Self::new(self.number, std::mem::take(&mut self.marker));
        effects
    }

    fn pass(&mut self, id: String, words: Words, effects: &mut Vec<Effect>) {
        if self.passing.as_ref().is_some_and(|(_, passing)| *passing == words) {
            return;
        }
        self.go_on(effects);
        effects.push(self.step(&id, StepState::Started, &words));
        self.passing = Some((id, words));
    }

    fn go_on(&mut self, effects: &mut Vec<Effect>) {
        self.trouble = None;
        if let Some((id, words)) = self.passing.take() {
            effects.push(self.step(&id, StepState::Done, &words));
        }
    }

    fn begin(&mut self, id: String, words: Words, effects: &mut Vec<Effect>) {
        effects.push(self.step(&id, StepState::Started, &words));
        self.open.insert(id, words);
    }

    fn finish(&mut self, id: &str, failed: bool, effects: &mut Vec<Effect>) {
        if let Some(words) = self.open.remove(id) {
            effects.push(self.step(id, if failed { StepState::Failed } else { StepState::Done }, &words));
        }
    }

    fn close_steps(&mut self, state: StepState, effects: &mut Vec<Effect>) {
        self.go_on(effects);
        for (id, words) in std::mem::take(&mut self.open) {
            effects.push(self.step(&id, state, &words));
        }
    }

    fn step(&self, id: &str, state: StepState, words: &Words) -> Effect {
        Effect::Append(Body::AgentStatus {
            turn: self.number,
            step: id.to_owned(),
            state,
            phase: words.phase,
            text: words.text.clone(),
            detail: words.detail.clone(),
        })
    }
}

fn error(turn: i64, code: &str, message: &str, r#final: bool) -> Body {
    Body::Error { turn: Some(turn), code: code.to_owned(), message: message.to_owned(), r#final }
}

/// Code, what to say while it is being retried, what to say when it ended the turn.
fn trouble(kind: &str) -> (&'static str, &'static str, &'static str) {
    match kind {
        "model_overloaded_error" | "model_rate_limited_error" => (
            "agent_overloaded",
            "Many people are asking the agent right now. It keeps trying by itself.",
            "The agent was too busy to finish this. What it published is kept. Send your message again in a few minutes.",
        ),
        "tool_use_limit_reached_error" | "compaction_limit_reached_error" => (
            "agent_limit",
            "The agent is near the limit of what it can do in one go.",
            "This was more than the agent can do in one go. Ask it to go on, or for a smaller step.",
        ),
        "billing_error" => (
            "agent_unavailable",
            "The agent cannot be reached right now.",
            "The agent cannot be reached right now. That is on our side; try again later.",
        ),
        _ => (
            "agent_trouble",
            "Something went wrong on the agent’s side. It tries again by itself.",
            "Something went wrong on the agent’s side and it could not finish. Send your message again to go on.",
        ),
    }
}

/// The texts of messages that are being written. Kept in memory only: previews are never replayed.
#[derive(Debug, Default)]
pub struct Previews {
    blocks: BTreeMap<String, Vec<String>>,
}

impl Previews {
    /// Takes an event; gives the frame to show when a message has grown.
    pub fn take(&mut self, turn: i64, event: &Event) -> Option<Body> {
        match &event.kind {
            Kind::PreviewStart { message } => {
                self.blocks.insert(message.clone(), Vec::new());
                None
            }
            Kind::PreviewPiece { message, block, text } => {
                let blocks = self.blocks.get_mut(message)?;
                if *block == blocks.len() {
                    blocks.push(String::new());
                }
                blocks.get_mut(*block)?.push_str(text);
                let text = filter::text(&blocks.concat());
                (!text.is_empty()).then(|| Body::AgentStreaming { turn, message_id: message.clone(), text })
            }
            Kind::Message(_) => {
                self.blocks.remove(event.id.as_deref().unwrap_or_default());
                None
            }
            Kind::RequestEnd => {
                self.blocks.clear();
                None
            }
            _ => None,
        }
    }
}
