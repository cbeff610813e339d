//! A session, as its object holds it. Everything that changes goes through here, and this is the only writer.
//!
//! - [`memory`] and [`store`]: what is kept. [`record`]: what of it the database is told, for lists and sums.
//! - [`room`]: who looks on, and [`others`]: who works on the same project elsewhere. [`talk`]: what they may do. [`tray`]: what
//!   they point at.
//! - [`work`]: one piece of work at a time, taken up again after a restart. It is one of [`provision`] (making the sandbox
//!   ready), [`turns`] (the agent at work, whose end is [`saving`]) and [`ending`].
//! - [`money`]: what calls of the model cost. [`passes`]: who may look at the preview, and [`views`]: what the session itself
//!   sees of it.

pub mod access;
pub mod ending;
pub mod memory;
pub mod money;
mod others;
pub mod passes;
mod provision;
pub mod record;
pub mod room;
mod saving;
pub mod store;
pub mod talk;
mod tray;
mod turns;
mod views;
mod work;

pub use provision::METADATA;

use crate::sandbox::{Failure, Sandbox, Sandboxes};
use futures::channel::oneshot;
use memory::{Begin, Memory};
use room::Onlooker;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use store::Store;
use vetka_domain::team::{
    agent::turn::Turn,
    branch::Branch,
    frame::{Body, Standing},
    project::dollars,
    session::{self, Status},
};
use vetka_edge::{Error, Result, error, id, object_sql::Sql, room::Room, time};
use worker::{Env, State};

/// How often the alarm looks after an object that has something to do, milliseconds.
pub const WATCH_MS: i64 = 30_000;
/// Before its end a session says that the end is near, milliseconds.
const WARNING_MS: i64 = 10 * 60_000;
/// Messages in one part of [`Object::said_after`].
const PART: i64 = 200;

/// A session in memory. What must not be lost is in the store.
pub struct Object {
    /// The runtime's handle: sockets, alarm, storage.
    pub state: Rc<State>,
    /// Bindings.
    pub env: Env,
    /// Tables.
    pub store: Store,
    /// Who looks on.
    pub room: Room<Onlooker>,
    /// Something is being worked at in this memory.
    working: Cell<bool>,
    /// Wakes the work at hand, to look whether it should stop.
    wake: RefCell<Option<oneshot::Sender<()>>>,
    /// Those who wait for the end that they wished for.
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// The turn at work, with what is kept of it nowhere else.
    turn: RefCell<Option<Turn>>,
    /// When what is being written was last shown.
    streamed_at: Cell<i64>,
    /// Whoever says something comes after what they said before: of each, by their account, what the next one waits for.
    lines: RefCell<Vec<(String, oneshot::Receiver<()>)>>,
    /// What has gone wrong on the page that our own browser looks at.
    reports: RefCell<Vec<String>>,
    /// Why the last wish to end was refused, for those who wait.
    refused: RefCell<Option<(u16, &'static str, String)>>,
}

impl Object {
    /// An object that has just been woken.
    pub fn new(state: State, env: Env) -> Self {
        let store = Store::new(Sql::of(&state));
        if let Err(failure) = store.prepare() {
            failure.log("session");
        }
        let state = Rc::new(state);
        Self {
            room: Room::new(Rc::clone(&state), room::LIMITS),
            state,
            env,
            store,
            working: Cell::new(false),
            wake: RefCell::default(),
            waiting: RefCell::default(),
            turn: RefCell::default(),
            streamed_at: Cell::new(0),
            lines: RefCell::default(),
            reports: RefCell::default(),
            refused: RefCell::default(),
        }
    }

    /// What the session knows of itself; `None` before it has begun.
    pub fn memory(&self) -> Result<Option<Memory>> {
        self.store.memory()
    }

    /// The same, of one that has begun.
    ///
    /// # Errors
    /// 404 for one that has not.
    pub fn known(&self) -> Result<Memory> {
        self.memory()?.ok_or_else(crate::organization::no_session)
    }

    /// Changes what the session knows of itself, and keeps it.
    fn change<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> Result<T> {
        let mut memory = self.known()?;
        let changed = change(&mut memory);
        self.store.keep(&memory)?;
        Ok(changed)
    }

    /// Begins. The same wish twice is one session.
    pub fn begin(self: &Rc<Self>, begin: Begin) -> Result<()> {
        if self.memory()?.is_some() {
            return Ok(());
        }
        let token = format!("vs_{}_{}", begin.id, hex(&id::bytes::<24>()?));
        self.store.keep(&Memory::new(begin, token, time::now_ms()))?;
        self.append(&Body::SessionStatus(self.standing()?))?;
        self.kick()
    }

    /// How the session is doing, as a frame has it.
    pub fn standing(&self) -> Result<Standing> {
        let memory = self.known()?;
        let is_starting = memory.status == Status::Starting;
        let text = match memory.status {
            // Also of one whose time was over, or that broke, before its work was handed over.
            status if status.is_over() && memory.outcome.is_some() => ended_words(&memory),
            Status::Starting => memory.step.clone().unwrap_or_else(|| memory.phase.sentence().to_owned()),
            Status::Running if memory.has_preview => "Ready. Say what you would like to change.".to_owned(),
            Status::Running => "Ready, but without a preview. Say what you would like to change.".to_owned(),
            Status::Stopping => "Handing the work over".to_owned(),
            Status::Completed => ended_words(&memory),
            Status::TimedOut => {
                "The time of this session is over. What was done is kept, and can still be handed over.".to_owned()
            }
            Status::Errored => memory.trouble.clone().unwrap_or_else(|| {
                "This session could not go on. What was saved is kept, and can still be handed over.".to_owned()
            }),
        };
        let is_open = !memory.status.is_over();
        Ok(Standing {
            status: memory.status,
            phase: is_starting.then_some(memory.phase),
            text,
            usual: None,
            since: is_starting.then(|| time::rfc3339(memory.phase_since)),
            ends_at: is_open.then(|| time::rfc3339(memory.ends_at)),
            can_extend: is_open && !memory.extended,
            has_preview: memory.has_preview && memory.status == Status::Running,
            outcome: memory.outcome,
            pr_url: memory.pr_url,
            commit_sha: memory.commit_sha,
            replayed: None,
        })
    }

    /// What the session has cost, as a frame has it.
    pub fn cost(&self) -> Result<Body> {
        let memory = self.known()?;
        Ok(Body::CostUpdate {
            cost_usd: dollars(memory.ledger.spent().as_i64()),
            budget_usd: dollars(memory.ledger.budget().as_i64()),
            left_usd: dollars(memory.ledger.left().as_i64()),
            tokens_in: memory.tokens_in,
            tokens_out: memory.tokens_out,
        })
    }

    /// What was said after a number, a part at a time, as JSON: [`crate::contract::SessionMessages`].
    pub fn said_after(&self, after: i64) -> Result<String> {
        self.known()?;
        let part = self.store.messages_after(after, PART)?;
        let is_full = i64::try_from(part.len()).is_ok_and(|length| length == PART);
        let next =
            part.last().filter(|_| is_full).map_or_else(|| "null".to_owned(), |last| format!("\"{}\"", last.seq));
        let messages: Vec<String> = part.into_iter().map(|frame| frame.frame).collect();
        Ok(format!(r#"{{"messages":[{}],"nextCursor":{next}}}"#, messages.join(",")))
    }

    /// Its branch.
    fn branch(&self) -> Result<Branch> {
        Branch::of(&self.known()?.begin.id).ok_or_else(|| error::internal("a session's id that is none"))
    }

    /// Its sandbox, to work in.
    fn sandbox(&self) -> core::result::Result<Sandbox, Failure> {
        let unreadable = |failure: Error| Failure::Unavailable(failure.code.to_owned());
        let held = self.known().map_err(unreadable)?.sandbox.ok_or(Failure::Gone)?;
        Ok(Sandboxes::of(&self.env).map_err(unreadable)?.sandbox(&held.id, &held.token))
    }

    /// Gives it more time, once.
    ///
    /// # Errors
    /// 409 when it was given some, or is over.
    pub async fn extend(self: &Rc<Self>) -> Result<()> {
        let memory = self.known()?;
        if memory.extended || memory.status.is_over() {
            return Err(error::conflict(
                "cannot_extend",
                "This session cannot be given more time. Finish with what is there.",
            ));
        }
        self.change(|memory| {
            memory.extended = true;
            memory.warned = false;
            memory.ends_at += memory.begin.project.minutes * 60_000 / 2;
        })?;
        if let Some(held) = self.known()?.sandbox {
            let left = provision::lifetime_s(self.known()?.ends_at);
            let extended = Sandboxes::of(&self.env)?.set_timeout(&held.id, left).await;
            if let Err(failure) = extended {
                // The sandbox would end before its session: better to say that now.
                self.change(|memory| memory.extended = false)?;
                return Err(error::upstream(
                    "sandbox_unavailable",
                    "More time could not be had just now. Try again in a minute.",
                    failure.cause(),
                ));
            }
        }
        self.append(&Body::SessionStatus(self.standing()?))?;
        self.kick()
    }

    /// Forgets everything. What runs in its sandbox ends with it.
    pub async fn forget(&self) -> Result<()> {
        if let Some(held) = self.memory()?.and_then(|memory| memory.sandbox)
            && let Ok(sandboxes) = Sandboxes::of(&self.env)
            && let Err(failure) = sandboxes.kill(&held.id).await
        {
            // The cleanup finds it by what it was made with.
            vetka_edge::log::error("session", "sandbox_left", &failure.cause());
        }
        self.close_doors();
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await?;
        self.store.prepare()
    }

    /// The watchdog: takes up what nobody carries, and comes back while there is anything to watch.
    pub async fn watch(self: &Rc<Self>) -> Result<()> {
        let Some(memory) = self.memory()? else { return Ok(()) };
        let now = time::now_ms();
        if memory.status == Status::Running && !memory.warned && memory.ends_at - now <= WARNING_MS {
            self.change(|memory| memory.warned = true)?;
            self.append(&Body::SessionStatus(self.standing()?))?;
            let words = format!(
                "This session ends in {}. What is done is kept either way.",
                session::about(memory.ends_at - now)
            );
            self.tell(None, "time_almost_over", &words)?;
        }
        self.look_up();
        self.kick()?;
        let closed = self.close_ended().await;
        let written = self.write_transcripts().await;
        let told = self.tell_database().await;
        self.set_alarm().await?;
        closed.and(written).and(told)
    }

    /// Comes back when there is something to watch.
    async fn set_alarm(&self) -> Result<()> {
        let Some(memory) = self.memory()? else { return Ok(()) };
        let now = time::now_ms();
        let is_busy = self.working.get() || memory.sandbox.is_some() && memory.status.is_over() || !memory.is_told;
        let next = if is_busy || !self.store.transcripts.unwritten()?.is_empty() {
            Some(now + WATCH_MS)
        } else if memory.status.is_over() {
            None
        } else {
            let warning = memory.ends_at - WARNING_MS;
            Some(if memory.warned { memory.ends_at } else { warning.max(now + 1000) })
        };
        if let Some(next) = next {
            // Whoever sits there is looked up again at least every five minutes.
            self.state.storage().set_alarm(next.min(now + 5 * 60_000) - now).await?;
        }
        Ok(())
    }

    /// Tells people of something.
    fn tell(&self, turn: Option<i64>, code: &str, message: &str) -> Result<()> {
        self.append(&Body::Error { turn, code: code.to_owned(), message: message.to_owned(), r#final: false })
    }
}

fn ended_words(memory: &Memory) -> String {
    use session::Outcome::{CommittedToMain, Discarded, PrCreated};
    match memory.outcome {
        Some(PrCreated) => "The pull request is made. The project’s developers look at it from here.".to_owned(),
        Some(CommittedToMain) => "The changes are in the main branch.".to_owned(),
        Some(Discarded) => "The changes were discarded.".to_owned(),
        None => "This session was ended. What was done is kept, and can still be handed over.".to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
