//! A turn of the agent in a sandbox: from the message that a member sent to the end of the agent's work on it.
//!
//! A reducer without I/O: a message of the runner and the turn's state give what follows. The runner's log may be read
//! again from an earlier place after a stream was lost; a message that was taken before changes nothing. Everything but the
//! text that is being written is part of the state, so that a restarted object goes on where it stopped.

use super::message::{Block, Kind, Message, RunResult, StreamEvent, ToolResult};
use super::preview::{self, Preview};
use super::status::{self, Work};
use super::trouble::{self, Trouble};
use super::{filter, word};
use crate::conversation::filter::{base_name, file_detail};
use crate::conversation::frame::{Outcome, StepState};
use crate::team::money::MicroUsd;
use crate::team::usage::Usage;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How often the same tool may say the same complaint, one after the other.
const SAME_FAILURE: u32 = 3;
/// Messages that are known again. A turn has some hundreds.
const MOST_SEEN: usize = 5000;
/// Files that are kept in the record of a turn.
const MOST_FILES: usize = 500;
/// Names of files in a summary.
const NAMED: usize = 5;

/// What a turn did, for the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Files that its tools wrote, as the agent named them.
    pub files_changed: Vec<String>,
    /// Tools that it used.
    pub tools_used: Vec<String>,
    /// Something did not work, on the way or at the end.
    pub has_errors: bool,
}

/// What a turn cost, by the agent's own reckoning. What is charged is what the proxy metered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    /// Tokens of this turn.
    pub usage: Usage,
    /// This turn alone.
    pub cost: MicroUsd,
    /// The conversation so far; the next turn begins with it.
    pub total: MicroUsd,
}

/// What follows from a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A step began or is over.
    Status {
        /// The same for both.
        step: String,
        /// Which.
        state: StepState,
        /// What kind of step it is.
        work: Work,
    },
    /// A text that is being written has grown.
    Streaming {
        /// The id that the finished message will have.
        id: String,
        /// What has come to it.
        delta: String,
    },
    /// The agent said something.
    Say {
        /// Its id.
        id: String,
        /// What is shown.
        text: String,
        /// What it said, for the record; never shown.
        raw: String,
        /// With the last words of a turn: what the turn did.
        metadata: Option<Metadata>,
    },
    /// Something is wrong, and the turn goes on.
    Trouble(Trouble),
    /// The runner is to be stopped; the turn ends when it has.
    StopRunner,
    /// The conversation that was to be continued is gone: the turn is to be begun again in a new one, after
    /// [`Turn::restart`].
    ConversationLost,
    /// The turn is over.
    End {
        /// How.
        outcome: Outcome,
        /// Why it failed.
        trouble: Option<Trouble>,
        /// What it did.
        metadata: Metadata,
        /// What it cost.
        spent: Spent,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Call {
    tool: String,
    file: Option<String>,
}

/// Words that wait: the last ones of a turn carry what the turn did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Words {
    uuid: Option<String>,
    id: String,
    text: String,
    raw: String,
}

/// Everything that a turn must remember between messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Turn {
    /// Its number in the session.
    pub number: i64,
    /// What the conversation had cost before.
    total_before: MicroUsd,
    conversation: Option<String>,
    stopping: bool,
    ended: bool,
    seen: BTreeSet<String>,
    /// How many texts of each of the model's messages are whole.
    texts: BTreeMap<String, u32>,
    step: Option<(String, Work)>,
    steps: u32,
    /// Those under way, few at once.
    calls: Vec<(String, Call)>,
    metadata: Metadata,
    /// The last complaint of each tool that did not work the last time, and how often it came.
    failures: Vec<(String, (u64, u32))>,
    waiting: Option<Words>,
    has_spoken: bool,
    has_changed_since: bool,
    service_error: Option<String>,
    told: Option<String>,
    verdict: Option<Trouble>,
    #[serde(skip)]
    preview: Preview,
}

impl Turn {
    /// A turn that has not begun. `total_before`: what the conversation had cost when the turn before ended.
    pub fn new(number: i64, total_before: MicroUsd) -> Self {
        Self { number, total_before, ..Self::default() }
    }

    /// The agent's conversation, once it is known: what the next turn goes on with.
    pub fn conversation(&self) -> Option<&str> {
        self.conversation.as_deref()
    }

    /// Whether nothing can follow any more.
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// The text that is being written: its id, and all of it that may be shown.
    pub fn streaming(&self) -> Option<(String, &str)> {
        self.preview.shown()
    }

    /// The member asked to stop; however the runner ends now, it was stopped.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Takes the next message.
    pub fn take(&mut self, message: &Message) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.ended {
            return effects;
        }
        let uuid = message.uuid.as_deref();
        if let Kind::Stream { id, event } = &message.kind {
            if !message.is_nested {
                self.stream(uuid, id.as_deref(), event, &mut effects);
            }
            return effects;
        }
        if let Some(uuid) = uuid {
            let is_new = self.seen.len() >= MOST_SEEN || self.seen.insert(uuid.to_owned());
            if !is_new {
                return effects;
            }
        }
        if let Some(session) = &message.session {
            self.conversation = Some(session.clone());
        }
        match &message.kind {
            Kind::Init { .. } => self.begin(Work::Thinking, &mut effects),
            Kind::Compacting => self.begin(Work::Remembering, &mut effects),
            Kind::Assistant { id, blocks, error, supersedes } => {
                self.waiting.take_if(|words| words.uuid.as_ref().is_some_and(|uuid| supersedes.contains(uuid)));
                if error.is_some() {
                    // What stands in it is the service's error, which is told when the turn ends by it.
                    self.service_error.clone_from(error);
                } else {
                    (self.service_error, self.told) = (None, None);
                    for block in blocks {
                        self.block(message, id, block, &mut effects);
                    }
                }
            }
            Kind::Results(results) => results.iter().for_each(|result| self.tool_result(result, &mut effects)),
            Kind::Retry { error, status } => {
                let trouble = Trouble::while_retrying(error, *status);
                if self.told.as_ref() != Some(&trouble.code) {
                    self.told = Some(trouble.code.clone());
                    effects.push(Effect::Trouble(trouble));
                }
            }
            Kind::Result(result) => self.result(result, &mut effects),
            Kind::RunnerError(_) => self.end(Outcome::Failed, Some(Trouble::broke()), None, &mut effects),
            Kind::RunnerStopped => self.end(Outcome::Stopped, None, None, &mut effects),
            Kind::Compacted | Kind::Stream { .. } | Kind::Other => {}
        }
        effects
    }

    /// Ends the turn from outside, when the runner is gone without a word or cannot be waited for.
    pub fn over(&mut self, outcome: Outcome, trouble: Option<Trouble>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.ended {
            self.end(outcome, trouble, None, &mut effects);
        }
        effects
    }

    /// Forgets everything, so that the same message can be sent in a new conversation.
    pub fn restart(&mut self) {
        *self = Self { stopping: self.stopping, ..Self::new(self.number, MicroUsd::ZERO) };
    }

    fn stream(&mut self, uuid: Option<&str>, id: Option<&str>, event: &StreamEvent, effects: &mut Vec<Effect>) {
        let grown = self.preview.take(uuid, id, event, &self.texts);
        effects.extend(grown.map(|(id, delta)| Effect::Streaming { id, delta }));
    }

    fn block(&mut self, message: &Message, id: &str, block: &Block, effects: &mut Vec<Effect>) {
        match block {
            Block::Text(raw) if !message.is_nested => {
                self.speak(None, effects);
                let text = self.texts.entry(id.to_owned()).or_default();
                let number = std::mem::replace(text, *text + 1);
                self.preview.finish(id, number);
                let shown = filter::text(raw);
                if !shown.is_empty() {
                    let (uuid, id) = (message.uuid.clone(), preview::id(id, number));
                    self.waiting = Some(Words { uuid, id, text: shown, raw: raw.clone() });
                }
            }
            Block::Thinking if !message.is_nested => self.begin(Work::Thinking, effects),
            Block::ToolUse { id, name, input } => {
                self.speak(None, effects);
                if !self.metadata.tools_used.contains(name) {
                    self.metadata.tools_used.push(name.clone());
                }
                let file = status::written_file(name, input).map(str::to_owned);
                take(&mut self.calls, id);
                self.calls.push((id.clone(), Call { tool: name.clone(), file }));
                self.begin(Work::of(name, input), effects);
            }
            _ => {}
        }
    }

    /// Whether it is being ended because it gets nowhere. Nothing more is to be spent on it.
    pub fn is_given_up(&self) -> bool {
        self.verdict.is_some()
    }

    fn tool_result(&mut self, result: &ToolResult, effects: &mut Vec<Effect>) {
        let Some(call) = take(&mut self.calls, &result.call) else { return };
        if !result.failed {
            take(&mut self.failures, &call.tool);
            if let Some(file) = call.file {
                self.has_changed_since = true;
                let files = &mut self.metadata.files_changed;
                if files.len() < MOST_FILES && !files.contains(&file) {
                    files.push(file);
                }
            }
            return;
        }
        self.metadata.has_errors = true;
        let complaint = fingerprint(result.error.trim());
        let times = match take(&mut self.failures, &call.tool) {
            Some((same, times)) if same == complaint => times + 1,
            _ => 1,
        };
        self.failures.push((call.tool, (complaint, times)));
        if times >= SAME_FAILURE && self.verdict.is_none() {
            self.verdict = Some(Trouble::same_failure());
            effects.push(Effect::StopRunner);
        }
    }

    fn result(&mut self, result: &RunResult, effects: &mut Vec<Effect>) {
        if trouble::is_conversation_lost(result) && self.calls.is_empty() && !self.has_spoken {
            self.ended = true;
            effects.push(Effect::ConversationLost);
            return;
        }
        let total = result.total_cost.unwrap_or(self.total_before);
        // A conversation that was begun anew counts from nothing again.
        let cost = if total >= self.total_before { total.minus(self.total_before) } else { total };
        let spent = Spent { usage: result.usage, cost, total };
        let trouble = result.is_error.then(|| Trouble::of_result(result, self.service_error.as_deref()));
        let outcome = if result.is_error { Outcome::Failed } else { Outcome::Done };
        self.end(outcome, trouble, Some(spent), effects);
    }

    fn end(&mut self, outcome: Outcome, trouble: Option<Trouble>, spent: Option<Spent>, effects: &mut Vec<Effect>) {
        let (outcome, trouble) = match (self.verdict.take(), self.stopping) {
            // Done is done, also when somebody would have stopped it a moment later.
            _ if outcome == Outcome::Done => (outcome, None),
            (_, true) => (Outcome::Stopped, None),
            (Some(verdict), false) => (Outcome::Failed, Some(verdict)),
            (None, false) => (outcome, trouble),
        };
        if let Some((step, work)) = self.step.take() {
            let state = if outcome == Outcome::Done { StepState::Done } else { StepState::Failed };
            effects.push(Effect::Status { step, state, work });
        }
        self.metadata.has_errors |= outcome == Outcome::Failed;
        let metadata = self.metadata.clone();
        if self.waiting.is_none() && outcome == Outcome::Done && (self.has_changed_since || !self.has_spoken) {
            let (id, text) = (format!("summary-{}", self.number), summary(&metadata.files_changed));
            self.waiting = Some(Words { uuid: None, id, text, raw: String::new() });
        }
        self.speak(Some(&metadata), effects);
        self.ended = true;
        let unknown = Spent { total: self.total_before, ..Spent::default() };
        effects.push(Effect::End { outcome, trouble, metadata, spent: spent.unwrap_or(unknown) });
    }

    /// Says what waits to be said.
    fn speak(&mut self, metadata: Option<&Metadata>, effects: &mut Vec<Effect>) {
        if let Some(Words { id, text, raw, .. }) = self.waiting.take() {
            (self.has_spoken, self.has_changed_since) = (true, false);
            effects.push(Effect::Say { id, text, raw, metadata: metadata.cloned() });
        }
    }

    fn begin(&mut self, work: Work, effects: &mut Vec<Effect>) {
        if self.step.as_ref().is_some_and(|(_, current)| *current == work) {
            return;
        }
        if let Some((step, work)) = self.step.take() {
            effects.push(Effect::Status { step, state: StepState::Done, work });
        }
        self.steps += 1;
        let step = format!("{}-{}", self.number, self.steps);
        effects.push(Effect::Status { step: step.clone(), state: StepState::Started, work });
        self.step = Some((step, work));
    }
}

/// What is said of a turn in which nothing was said. The one place where files are named, without their folders.
fn summary(files: &[String]) -> String {
    let count = files.len();
    if count == 0 {
        return "I'm done. No files were changed.".to_owned();
    }
    let names: Vec<String> = files
        .iter()
        .filter_map(|file| file_detail(base_name(file)).filter(|name| !word::has_secret(name)))
        .take(NAMED)
        .collect();
    let more = if names.len() < count { format!(" and {} more", count - names.len()) } else { String::new() };
    let noun = if count == 1 { "file" } else { "files" };
    if names.is_empty() {
        format!("I've updated {count} {noun}.")
    } else {
        format!("I've updated {count} {noun}: {}{more}.", names.join(", "))
    }
}

/// Takes what is kept under a name.
fn take<T>(kept: &mut Vec<(String, T)>, name: &str) -> Option<T> {
    let at = kept.iter().position(|(known, _)| known == name)?;
    Some(kept.swap_remove(at).1)
}

/// Tells texts apart without keeping them: FNV-1a.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
