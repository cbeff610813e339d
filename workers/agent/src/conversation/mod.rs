//! One conversation, as its object holds it. Everything that changes goes through here, and this is the only writer.
//!
//! - [`store`]: the tables.
//! - [`doors`]: who looks on, through sockets and event streams.
//! - [`talk`]: what people may do: say, take back, stop.
//! - [`turns`]: one turn at a time, watched, taken up again after a restart, and always ended.

pub mod doors;
pub mod store;
pub mod talk;
pub mod turns;

use crate::{
    access,
    driver::{AgentName, Driver},
};
use doors::Door;
use futures::channel::oneshot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use store::{Frame, Store};
use vetka_domain::conversation::{
    frame::{self, Body, Status},
    turn::Previews,
};
use vetka_edge::{
    Result, error,
    object_sql::Sql,
    room::{Log as _, Room},
};
use worker::{Env, Request, State};

/// How often the alarm looks after a busy object, milliseconds. Also what keeps the runtime from evicting it.
pub const WATCH_MS: i64 = 30_000;

/// Messages in one part of [`Object::said_after`].
const PART: usize = 200;

const IDENTITY: &str = "identity";

/// A conversation in memory. What must not be lost is in the store.
pub struct Object {
    /// The runtime's handle: sockets, alarm, storage.
    pub state: Rc<State>,
    /// Bindings.
    pub env: Env,
    /// Tables.
    pub store: Store,
    /// Who looks on through sockets, by their sessions.
    room: Room<String>,
    /// The turn that runs in this memory. A running row without this is an orphan.
    running: Cell<Option<i64>>,
    /// When it began here, Unix milliseconds UTC.
    began: Cell<i64>,
    /// Wakes whoever waits for the person to stop the running turn.
    stop: RefCell<Option<oneshot::Sender<()>>>,
    /// Our message is on its way to the agent service, so that an interrupt would come too early.
    pub sending: Cell<bool>,
    previews: RefCell<Previews>,
    preview_shown: Cell<i64>,
    doors: RefCell<Vec<Door>>,
}

/// What the session route is told.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// Who answers; null while that cannot be found out.
    agent: Option<AgentName>,
    /// `running` while a turn is at work, `idle` otherwise.
    status: Status,
    /// The frames of the log that were said, oldest first.
    #[schemars(with = "Vec<frame::Frame<'_>>")]
    messages: Vec<Value>,
    /// The number of the newest frame.
    last_seq: i64,
    /// Messages that wait behind the running turn.
    queue: Vec<Waiting>,
}

/// A part of what was said.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    conversation_id: String,
    messages: Vec<Value>,
    /// Where the next part begins; absent when there is none.
    next_after: Option<i64>,
}

/// A message that waits.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    turn: i64,
    text: String,
}

impl Object {
    /// An object that has just been woken.
    pub fn new(state: State, env: Env) -> Self {
        let store = Store::new(Sql::of(&state));
        if let Err(failure) = store.prepare() {
            failure.log("conversation");
        }
        let state = Rc::new(state);
        Self {
            room: Room::new(Rc::clone(&state), doors::LIMITS),
            state,
            env,
            store,
            running: Cell::new(None),
            began: Cell::new(0),
            stop: RefCell::new(None),
            sending: Cell::new(false),
            previews: RefCell::default(),
            preview_shown: Cell::new(0),
            doors: RefCell::default(),
        }
    }

    /// Remembers which conversation this is; the alarm has nobody to ask.
    pub fn introduce(&self, request: &Request) -> Result<()> {
        if let Some(identity) = request.headers().get(access::IDENTITY)?
            && self.store.meta(IDENTITY)?.as_deref() != Some(identity.as_str())
        {
            self.store.set_meta(IDENTITY, Some(&identity))?;
        }
        Ok(())
    }

    /// Which conversation this is.
    pub fn identity(&self) -> Result<access::Conversation> {
        let identity = self.store.meta(IDENTITY)?.ok_or_else(|| error::internal("a conversation without identity"))?;
        Ok(serde_json::from_str(&identity)?)
    }

    /// Everything a page needs to begin with.
    pub fn opened(&self, agent: Option<AgentName>) -> Result<Opened> {
        Ok(Opened {
            agent,
            status: if self.store.running()?.is_some() { Status::Running } else { Status::Idle },
            messages: self
                .store
                .messages()?
                .iter()
                .map(|frame| Ok(serde_json::from_str(frame)?))
                .collect::<Result<_>>()?,
            last_seq: self.store.last_seq()?,
            queue: self.store.queue()?.into_iter().map(|turn| Waiting { turn: turn.number, text: turn.said }).collect(),
        })
    }

    /// What was said after a number, a part at a time.
    pub fn said_after(&self, after: i64) -> Result<Said> {
        let part = self.store.messages_after(after, PART)?;
        let next_after = part.last().map(|frame| frame.seq).filter(|_| part.len() == PART);
        let messages = part.iter().map(|frame| Ok(serde_json::from_str(&frame.frame)?)).collect::<Result<_>>()?;
        Ok(Said { conversation_id: self.identity()?.id, messages, next_after })
    }

    /// Appends a frame and shows it. For what stands alone; a group is written first and shown after.
    pub fn append(&self, body: &Body) -> Result<Frame> {
        let frame = self.store.append(body)?;
        self.show(std::slice::from_ref(&frame));
        Ok(frame)
    }

    /// A version went live.
    pub fn published(&self, snapshot_id: String, url: String) -> Result<()> {
        if !self.store.is_previewed(&snapshot_id)? {
            let turn = self.store.running()?.map(|turn| turn.number);
            self.append(&Body::PreviewUpdated { turn, snapshot_id, url })?;
        }
        Ok(())
    }

    /// Forgets everything that was said, here and at the agent's side.
    pub async fn forget(&self, driver: &impl Driver) -> Result<()> {
        self.state.wait_until(driver.forget());
        self.close_doors();
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await?;
        self.store.prepare()
    }
}
