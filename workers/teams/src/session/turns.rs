//! The agent at work in the sandbox: its runner is started, what it prints is read line by line, and how far that has come
//! is kept with what came of it. A runner whose stream was lost goes on by itself; the rest is read from its log.

use super::{Object, store::TurnRow, work::Setback};
use crate::sandbox::{Command, Events, Failure, Sandbox, Signal};
use futures::{
    StreamExt,
    future::{Either, select},
};
use serde_json::json;
use std::{cell::Cell, pin::pin, rc::Rc, time::Duration};
use vetka_domain::{
    conversation::frame::{Outcome, Role, Status as TurnStatus},
    team::{
        agent::{
            lines::{Line, Lines},
            message::{Kind, Message},
            status::Work,
            trouble::Trouble,
            turn::{Effect, Turn},
        },
        frame::{Body, Pin},
        money::MicroUsd,
        project::dollars,
        prompt,
        sandbox::Event,
        startup::{LOGS, WORKSPACE},
    },
};
use vetka_edge::{Result, config, error, log, time};
use worker::Delay;

/// Fewest milliseconds between two looks at a message that is being written.
const STREAM_EVERY_MS: i64 = 80;
/// Between two looks at the log of a runner whose stream was lost.
const POLL: Duration = Duration::from_millis(700);
/// Looks at a log that does not grow although its runner has ended, before it is given up.
const QUIET_LOOKS: u32 = 3;
/// A runner that was asked to stop gets so long before it is made to.
const TERM_WAIT: Duration = Duration::from_secs(8);
const KILL_WAIT: Duration = Duration::from_secs(3);
/// For how long calls of the turn before are waited for, in milliseconds.
const SETTLING_MS: i64 = 20_000;
/// How often a turn is taken up.
const MOST_ATTEMPTS: i64 = 8;
/// Characters of what was said before, for an agent that lost its conversation.
const MOST_HISTORY: usize = 40_000;

/// Where the runner stands after some of its words.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Heard {
    /// The turn is over.
    all: bool,
    /// It is to be started once more, in a new conversation.
    again: bool,
    /// It is to be stopped.
    stop: bool,
}

impl Object {
    /// Carries a turn to its end, wherever it stands.
    pub(super) async fn carry_turn(self: &Rc<Self>, turn: TurnRow) -> core::result::Result<(), Setback> {
        let number = turn.number;
        if turn.attempts >= MOST_ATTEMPTS && !turn.is_saving() {
            let words = "This was interrupted too often on our side. What was done so far is kept. Send your message again to go on.";
            return Ok(self.conclude(number, words)?);
        }
        self.store.begin_turn(number)?;
        if turn.is_queued() {
            self.wait_for_settling().await?;
            let now = time::now_ms();
            let head = self.change(|memory| {
                // What is open now nobody will settle any more.
                memory.ledger.write_off(now);
                memory.spent_before_turn = memory.ledger.spent();
                memory.head.clone()
            })?;
            self.store.set_before(number, &head.unwrap_or_default())?;
            self.append(&Body::TurnStatus { turn: number, status: TurnStatus::Running, outcome: None })?;
        }
        if !turn.is_saving() {
            if turn.run == 0 {
                self.look_before(number).await?;
            }
            match turn.undoes {
                Some(undone) => self.undo_turn(number, undone).await?,
                None => self.run_agent(number).await?,
            }
        }
        self.save_turn(number).await
    }

    /// Calls of an agent that was just ended may still be read to their end, which says what they cost. Their reservations
    /// are not to stand in the way of the next turn, nor to be counted in full.
    async fn wait_for_settling(&self) -> Result<()> {
        let until = time::now_ms() + SETTLING_MS;
        while self.known()?.ledger.reserved() > MicroUsd::ZERO && time::now_ms() < until && !self.must_stop() {
            Delay::from(POLL).await;
        }
        Ok(())
    }

    /// Has the agent work until it is done, or stopped.
    async fn run_agent(&self, number: i64) -> core::result::Result<(), Setback> {
        let sandbox = self.sandbox()?;
        let is_asked = Cell::new(false);
        let listening = async {
            // Once more, when the conversation that was to go on is not there any more.
            while self.listen(&sandbox, number).await?.again {
                self.begin_conversation_anew(number)?;
            }
            Ok::<(), Setback>(())
        };
        let stopping = async {
            while !self.must_stop() && !self.row(number)?.is_stopping() {
                self.woken().await;
            }
            is_asked.set(true);
            self.store.set_stopping(number)?;
            self.with_turn(number, Turn::stop)?;
            for (signal, wait) in [(Signal::Term, TERM_WAIT), (Signal::Kill, KILL_WAIT)] {
                self.signal(&sandbox, number, signal).await;
                Delay::from(wait).await;
            }
            Ok::<(), Setback>(())
        };
        match select(pin!(listening), pin!(stopping)).await {
            Either::Left((heard, _)) => heard?,
            Either::Right((stopped, _)) => stopped?,
        }
        // A runner that is gone without a last word.
        let (outcome, trouble) =
            if is_asked.get() { (Outcome::Stopped, None) } else { (Outcome::Failed, Some(Trouble::broke())) };
        let effects = self.with_turn(number, |turn| turn.over(outcome, trouble))?;
        self.follow_effects(number, effects)?;
        Ok(())
    }

    async fn signal(&self, sandbox: &Sandbox, number: i64, signal: Signal) {
        if let Ok(row) = self.row(number)
            && let Err(failure) = sandbox.signal(&tag(&row), signal).await
        {
            log::error("session", "not_signalled", &failure.cause());
        }
    }

    /// Starts the runner or finds it again, and takes what it says.
    async fn listen(&self, sandbox: &Sandbox, number: i64) -> core::result::Result<Heard, Setback> {
        let row = self.row(number)?;
        if row.is_saving() {
            return Ok(Heard { all: true, ..Heard::default() });
        }
        let is_there =
            row.run > 0 && (is_running(sandbox, &row).await? || sandbox.read(&log_of(&row), 0).await?.is_some());
        if is_there {
            return self.follow_log(sandbox, number).await;
        }
        end_runners(sandbox).await?;
        self.store.start_run(number)?;
        let row = self.row(number)?;
        let job = format!("{LOGS}/turn-{number}-{}.json", row.run);
        let pins = self.pins_for_agent(sandbox, &row).await?;
        sandbox.write_private(&job, self.job(&row, &pins)?.as_bytes()).await?;
        let events = sandbox.start(&self.runner(&row, &job)?).await?;
        match self.follow_stream(sandbox, number, events).await {
            Err(Setback::Passing(cause)) => {
                log::error("session", "stream_lost", &cause);
                self.follow_log(sandbox, number).await
            }
            heard => heard,
        }
    }

    async fn follow_stream(
        &self,
        sandbox: &Sandbox,
        number: i64,
        mut events: Events,
    ) -> core::result::Result<Heard, Setback> {
        let mut lines = Lines::default();
        while let Some(event) = events.next().await {
            match event? {
                Event::Stdout(bytes) => {
                    let heard = self.take(number, lines.feed(&bytes))?;
                    if heard.all || heard.again {
                        return Ok(heard);
                    }
                    if heard.stop {
                        self.signal(sandbox, number, Signal::Term).await;
                    }
                }
                Event::End(_) => return Ok(Heard { all: true, ..Heard::default() }),
                Event::Start(_) | Event::Stderr(_) => {}
            }
        }
        Err(Failure::Cut.into())
    }

    async fn follow_log(&self, sandbox: &Sandbox, number: i64) -> core::result::Result<Heard, Setback> {
        let mut quiet = 0;
        loop {
            let row = self.row(number)?;
            // Asked before the log is read: what it said last is there when it is gone.
            let runs = is_running(sandbox, &row).await?;
            let place = u64::try_from(row.place).unwrap_or_default();
            let bytes = sandbox.read(&log_of(&row), place).await?.unwrap_or_default();
            let whole = Lines::at(place).feed(&bytes);
            let end = whole.last().map(|(_, end)| i64::try_from(*end).unwrap_or(i64::MAX));
            let heard = self.take(number, whole)?;
            // Also behind what was only shown: it is not read twice.
            if let Some(end) = end {
                self.store.set_place(number, end)?;
            }
            if heard.all || heard.again {
                return Ok(heard);
            }
            if heard.stop {
                self.signal(sandbox, number, Signal::Term).await;
            }
            quiet = if runs || end.is_some() { 0 } else { quiet + 1 };
            if quiet >= QUIET_LOOKS {
                return Ok(Heard { all: true, ..Heard::default() });
            }
            Delay::from(POLL).await;
        }
    }

    /// Takes lines: what follows from one and how far the log is taken are one write.
    fn take(&self, number: i64, lines: Vec<(Line, u64)>) -> Result<Heard> {
        let mut heard = Heard::default();
        for (line, place) in lines {
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            let Line::Whole(bytes) = line else {
                self.store.set_place(number, place)?;
                continue;
            };
            let Ok(message) = Message::read(&bytes) else {
                self.store.set_place(number, place)?;
                continue;
            };
            if let Kind::Stream { .. } = message.kind {
                // Shown and forgotten: the finished message takes its place.
                let mut turn = self.turn_in_memory(&self.row(number)?)?;
                let has_grown = !turn.take(&message).is_empty();
                let shown = turn.streaming().map(|(id, text)| (id, text.to_owned()));
                self.turn.replace(Some(turn));
                if let Some((id, text)) = shown.filter(|_| has_grown) {
                    self.stream(number, id, text);
                }
                continue;
            }
            self.keep_line(number, &bytes)?;
            let effects = self.with_turn(number, |turn| turn.take(&message))?;
            self.store.set_place(number, place)?;
            heard.again |= effects.contains(&Effect::ConversationLost);
            heard.stop |= effects.contains(&Effect::StopRunner);
            self.follow_effects(number, effects)?;
            heard.all |= self.row(number)?.is_saving();
            if heard.all || heard.again {
                break;
            }
        }
        Ok(heard)
    }

    /// Changes the reducer's memory and keeps it.
    fn with_turn<T>(&self, number: i64, change: impl FnOnce(&mut Turn) -> T) -> Result<T> {
        let mut turn = self.turn_in_memory(&self.row(number)?)?;
        let changed = change(&mut turn);
        self.store.save_state(&turn)?;
        self.turn.replace(Some(turn));
        Ok(changed)
    }

    /// The reducer, with what it knows of the text that is being written, which is kept nowhere else.
    fn turn_in_memory(&self, row: &TurnRow) -> Result<Turn> {
        match self.turn.take().filter(|turn| turn.number == row.number) {
            Some(turn) => Ok(turn),
            None => row.state(),
        }
    }

    /// Writes down what follows, and shows it.
    pub(super) fn follow_effects(&self, number: i64, effects: Vec<Effect>) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::Status { step, state, work } => {
                    if work == Work::Checking {
                        self.store.note_checks(number)?;
                    }
                    let (phase, text) = (work.phase(), work.text().to_owned());
                    self.append(&Body::AgentStatus { turn: number, step, state, phase, text })?;
                }
                Effect::Say { id, text, .. } => self.answer(number, id, text)?,
                Effect::Trouble(trouble) => self.tell(Some(number), &trouble.code, &trouble.message)?,
                Effect::End { outcome, trouble, spent, .. } => {
                    let conversation = self.with_turn(number, |turn| turn.conversation().map(str::to_owned))?;
                    let month_is_over = self.change(|memory| {
                        memory.conversation_total = spent.total;
                        memory.conversation = conversation.or(memory.conversation.take());
                        std::mem::take(&mut memory.month_is_over)
                    })?;
                    if let Some(Trouble { code, message }) = trouble {
                        let message = if month_is_over { super::money::MONTH_OVER.to_owned() } else { message };
                        self.append(&Body::Error { turn: Some(number), code, message, r#final: true })?;
                    }
                    self.store.begin_saving(number, outcome)?;
                }
                Effect::Streaming { .. } | Effect::StopRunner | Effect::ConversationLost => {}
            }
        }
        Ok(())
    }

    /// Something that the agent says.
    pub(super) fn answer(&self, number: i64, id: String, text: String) -> Result<()> {
        self.append(&Body::ChatMessage {
            id,
            role: Role::Assistant,
            text,
            turn: Some(number),
            author: None,
            client_id: None,
            pins: Vec::new(),
        })
    }

    fn stream(&self, turn: i64, message_id: String, text: String) {
        let now = time::now_ms();
        if now - self.streamed_at.get() >= STREAM_EVERY_MS {
            self.streamed_at.set(now);
            self.show_passing(&Body::AgentStreaming { turn, message_id, text });
        }
    }

    /// Ends a turn from our side.
    pub(super) fn conclude(&self, number: i64, words: &str) -> Result<()> {
        let trouble = Trouble { code: "interrupted".to_owned(), message: words.to_owned() };
        let effects = self.with_turn(number, |turn| turn.over(Outcome::Failed, Some(trouble)))?;
        self.follow_effects(number, effects)?;
        self.end_turn(number, Outcome::Failed, None)
    }

    /// A turn that waits and will not begin.
    pub(super) fn drop_turn(&self, number: i64) -> Result<()> {
        self.end_turn(number, Outcome::Stopped, None)
    }

    /// Ends a turn, and says so.
    pub(super) fn end_turn(&self, number: i64, outcome: Outcome, after: Option<&str>) -> Result<()> {
        self.store.end_turn(number, outcome, after)?;
        self.append(&Body::TurnStatus { turn: number, status: TurnStatus::Idle, outcome: Some(outcome) })
    }

    /// Stops the turn at work and lets none follow; what was done in it stays where it is.
    pub(super) async fn stop_all(&self) -> core::result::Result<(), Setback> {
        if let Some(row) = self.store.at_work()? {
            if let (Ok(sandbox), false) = (self.sandbox(), row.is_saving()) {
                self.signal(&sandbox, row.number, Signal::Kill).await;
            }
            let effects = self.with_turn(row.number, |turn| turn.over(Outcome::Stopped, None))?;
            self.follow_effects(row.number, effects)?;
            self.end_turn(row.number, row.outcome().unwrap_or(Outcome::Stopped), None)?;
        }
        for row in self.store.queue()? {
            self.drop_turn(row.number)?;
        }
        Ok(())
    }

    fn begin_conversation_anew(&self, number: i64) -> Result<()> {
        self.change(|memory| (memory.conversation, memory.conversation_total) = (None, MicroUsd::ZERO))?;
        self.with_turn(number, Turn::restart)?;
        self.store.forget_run(number)
    }

    /// A turn that must be there.
    pub(super) fn row(&self, number: i64) -> Result<TurnRow> {
        self.store.turn(number)?.ok_or_else(|| error::internal("a turn without a row"))
    }

    /// What the runner is told.
    fn job(&self, row: &TurnRow, pins: &[Pin]) -> Result<String> {
        let memory = self.known()?;
        let project = &memory.begin.project;
        let about = prompt::About {
            project: &project.name,
            allowed: &project.allowed,
            context: &project.context,
            port: memory.has_preview.then_some(i64::from(project.port)),
        };
        // The agent counts from the beginning of its conversation. The proxy is what really holds it to the budget.
        let most = dollars(memory.ledger.left().plus(memory.conversation_total).as_i64()).max(0.01);
        let mut job = json!({
            "prompt": prompt::turn(&row.said, pins),
            "cwd": WORKSPACE,
            "system": prompt::system(&about),
            "model": project.model,
            "maxBudgetUsd": most,
            "log": log_of(row),
        });
        if let Some(job) = job.as_object_mut() {
            if let Some(conversation) = memory.conversation {
                job.insert("resume".to_owned(), conversation.into());
            }
            let history = self.history()?;
            if !history.is_empty() {
                job.insert("history".to_owned(), history.into());
            }
        }
        Ok(job.to_string())
    }

    /// What was said so far, in words, the newest whole.
    fn history(&self) -> Result<String> {
        let mut history = String::new();
        for (asked, answered) in self.exchanges()?.iter().rev() {
            let part = format!("They asked:\n{asked}\n\nYou answered:\n{answered}\n\n");
            if history.len() + part.len() > MOST_HISTORY {
                break;
            }
            history.insert_str(0, &part);
        }
        Ok(history)
    }

    fn runner(&self, row: &TurnRow, job: &str) -> Result<Command> {
        Ok(Command::new("node")
            .args(["/sandbox-agent/runner.mjs", job])
            .folder(WORKSPACE)
            .tag(&tag(row))
            .variable("ANTHROPIC_BASE_URL", &config::var(&self.env, "PROXY_ORIGIN")?)
            .variable("ANTHROPIC_API_KEY", &self.known()?.token))
    }
}

async fn is_running(sandbox: &Sandbox, row: &TurnRow) -> core::result::Result<bool, Failure> {
    Ok(sandbox.list().await?.iter().any(|process| process.tag.as_deref() == Some(tag(row).as_str())))
}

/// Ends runners of turns that were given up: a sandbox that did not answer may come back with its agent at work.
async fn end_runners(sandbox: &Sandbox) -> core::result::Result<(), Failure> {
    for tag in sandbox.list().await?.into_iter().filter_map(|process| process.tag) {
        if tag.starts_with("turn-") {
            sandbox.signal(&tag, Signal::Kill).await?;
        }
    }
    Ok(())
}

/// What a run of the runner is found by.
fn tag(row: &TurnRow) -> String {
    format!("turn-{}-{}", row.number, row.run)
}

/// Where it writes down what it says.
fn log_of(row: &TurnRow) -> String {
    format!("{LOGS}/turn-{}-{}.jsonl", row.number, row.run)
}
