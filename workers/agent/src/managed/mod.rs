//! The driver for Managed Agents: carries a turn through a session of the service.
//!
//! Stream first, then send. A broken stream is opened again, then the history is listed, and what was seen before is
//! skipped. The service knows no idempotency key, so before a message is sent a second time the history is searched
//! for the turn's marker. What the service waits for is part of the turn's state: a new life of the object answers anew.
//!
//! - [`client`]: the wire.
//! - [`session`]: the session, the files in it, the message.
//! - [`answers`]: what the service asks us, above all for a deploy token.

mod answers;
mod client;
mod session;

use crate::{
    conversation::{Object, turns::Taken},
    driver::{AgentName, Driver, Given},
};
use client::{Client, Failure};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeSet, future::Future, rc::Rc, time::Duration};
use vetka_domain::{
    conversation::retry::{self, Advice},
    target::encode_component,
};
use vetka_edge::{Result, id, log, trace};
use worker::Delay;

/// Why an attempt at a turn did not end it.
enum Trouble {
    /// Try again; the service may ask for a pause.
    Again(Failure),
    /// The session is gone for good.
    Lost,
    /// The person stopped it before there was anything to stop.
    Stopped,
    /// There is no way on.
    Fatal(&'static str, &'static str),
    /// Our own side failed.
    Ours(vetka_edge::Error),
}

impl From<vetka_edge::Error> for Trouble {
    fn from(failure: vetka_edge::Error) -> Self {
        Self::Ours(failure)
    }
}

/// How often, and how many milliseconds apart, a deletion is tried.
const FORGET_TRIES: u32 = 10;
const FORGET_EVERY_MS: u64 = 1_000;

type Attempt<T> = core::result::Result<T, Trouble>;

const UNAVAILABLE: Trouble = Trouble::Fatal(
    "agent_unavailable",
    "The agent cannot be reached right now. That is on our side; what you have is safe. Try again later.",
);

/// The driver of one conversation.
pub struct ManagedAgents {
    object: Rc<Object>,
    /// Questions that were answered in this life of the object.
    answered: RefCell<BTreeSet<String>>,
}

/// How often it went wrong since it last went well.
#[derive(Default)]
struct Streak {
    failures: u32,
    told: bool,
}

impl ManagedAgents {
    /// A driver for this conversation.
    pub fn new(object: Rc<Object>) -> Self {
        Self { object, answered: RefCell::default() }
    }

    /// Gives the session up, for an operator: the next message begins a new one, and so does a turn that is at work in this
    /// one. False when there is none.
    pub fn give_up(&self) -> Result<bool> {
        let Some(session) = self.known_session()? else { return Ok(false) };
        self.forget_session()?;
        self.object.store.set_meta("cursor", None)?;
        if let Ok(client) = self.client() {
            self.object.state.wait_until(trace::keep(async move { delete_session(&client, &session).await }));
        }
        Ok(true)
    }

    fn client(&self) -> Result<Client> {
        Client::from_env(&self.object.env)
    }

    /// One connection's worth of a turn. Comes back when the turn has ended.
    async fn attempt(&self, turn: i64, streak: &mut Streak) -> Attempt<()> {
        let client = self.client()?;
        let session = self.session(&client).await?;
        self.mount(&client, &session).await?;
        let mut stream = match client.stream(&session).await {
            Ok(stream) => stream,
            Err(failure) => return Err(self.judge(&client, &session, failure).await),
        };
        if self.object.store.turn(turn)?.is_some_and(|row| row.may_have_sent()) {
            let since = self.object.store.meta("cursor")?;
            let missed = match client.history(&session, since.as_deref()).await {
                Ok(missed) => missed,
                Err(failure) => return Err(self.judge(&client, &session, failure).await),
            };
            for event in &missed {
                if self.take(turn, event)? == Taken::Ended {
                    return Ok(());
                }
            }
        }
        self.speak(&client, &session, turn).await?;
        loop {
            self.answer(&client, &session, turn).await?;
            let event = stream.next().await.map_err(Trouble::Again)?.ok_or(Trouble::Again(Failure::Unreachable))?;
            match self.take(turn, &event)? {
                Taken::Ended => return Ok(()),
                // Only what is new shows that it goes on: a service that repeats itself must not keep us for ever.
                Taken::Going => *streak = Streak::default(),
                _ => {}
            }
        }
    }

    fn take(&self, turn: i64, event: &Value) -> Attempt<Taken> {
        match self.object.take(turn, event)? {
            Taken::Lost => Err(Trouble::Lost),
            taken => Ok(taken),
        }
    }

    /// What a failed request about a session means. Asks the service whether the session still lives when that is in doubt.
    async fn judge(&self, client: &Client, session: &str, failure: Failure) -> Trouble {
        match failure.status() {
            404 | 410 => return Trouble::Lost,
            400 | 409 => match client.get(&session::path(session)).await {
                Ok(found) if session::is_over(&found) => return Trouble::Lost,
                Err(found) if found.status() == 404 => return Trouble::Lost,
                _ => {}
            },
            _ => {}
        }
        judge(failure)
    }

    /// Waits as long as it should after a failure, and tells the person what is going on. `Some`: it is enough.
    async fn pause(&self, turn: i64, streak: &mut Streak, failure: &Failure) -> Result<Option<Given>> {
        streak.failures += 1;
        let (is_busy, asked) = match failure {
            Failure::Refused { status, wait_ms, .. } => (matches!(status, 429 | 529), *wait_ms),
            Failure::Unreachable => (false, None),
        };
        log::info("agent_trouble", json!({ "turn": turn, "status": failure.status(), "failures": streak.failures }));
        if streak.failures > retry::PATIENCE || asked.is_some_and(|ms| ms > retry::LONGEST_WAIT_MS) {
            return Ok(Some(if is_busy {
                Given::Failed {
                    code: "agent_overloaded",
                    message: "The agent is too busy right now. Nothing is lost; send your message again in a few minutes.",
                }
            } else {
                Given::Failed {
                    code: "agent_unreachable",
                    message: "The agent cannot be reached right now. Nothing is lost; send your message again in a few minutes.",
                }
            }));
        }
        // A stream that breaks once is mended before anybody notices; that is not worth a word.
        if !streak.told && (is_busy || streak.failures > 1) {
            streak.told = true;
            let (code, message) = if is_busy {
                ("agent_overloaded", "The agent is very busy right now. Your message waits and goes on by itself.")
            } else {
                (
                    "agent_unreachable",
                    "The connection to the agent is interrupted. It goes on by itself as soon as it is back.",
                )
            };
            self.object.tell(turn, code, message)?;
        }
        let [random] = id::bytes::<1>()?;
        let wait = asked.unwrap_or_else(|| retry::backoff_ms(streak.failures, random));
        Delay::from(Duration::from_millis(wait)).await;
        Ok(None)
    }

    async fn carry(&self, turn: i64) -> Result<Given> {
        let mut streak = Streak::default();
        loop {
            let trouble = match self.attempt(turn, &mut streak).await {
                Ok(()) => return Ok(Given::Ended),
                Err(trouble) => trouble,
            };
            self.answered.borrow_mut().clear();
            match trouble {
                Trouble::Stopped => return Ok(Given::Stopped),
                Trouble::Fatal(code, message) => return Ok(Given::Failed { code, message }),
                Trouble::Ours(failure) => return Err(failure),
                Trouble::Lost => {
                    if let Some(given) = self.replace(turn)? {
                        return Ok(given);
                    }
                }
                Trouble::Again(failure) => {
                    if let Some(given) = self.pause(turn, &mut streak, &failure).await? {
                        return Ok(given);
                    }
                }
            }
        }
    }
}

impl Driver for ManagedAgents {
    async fn run(&self, turn: i64) -> Given {
        match self.carry(turn).await {
            Ok(given) => given,
            Err(failure) => {
                failure.log("turn");
                Given::Failed {
                    code: "internal_error",
                    message: "Something went wrong on our side. What was published is kept. Send your message again to go on.",
                }
            }
        }
    }

    async fn interrupt(&self) {
        let Ok(Some(session)) = self.known_session() else { return };
        let Ok(client) = self.client() else { return };
        // Not being heard is no reason to keep the person waiting; whoever asked to stop asks again in a moment.
        let _ = client.send(&session, json!([{ "type": "user.interrupt" }])).await;
    }

    fn forget(&self) -> impl Future<Output = ()> + 'static {
        let session = self.known_session().ok().flatten();
        let uploads = self.object.store.uploads().unwrap_or_default();
        let client = self.client().ok();
        async move {
            let Some(client) = client else { return };
            for file in uploads.iter().filter_map(|file| file.file_id.as_deref()) {
                let _ = client.delete(&format!("/v1/files/{}", encode_component(file))).await;
            }
            if let Some(session) = session {
                delete_session(&client, &session).await;
            }
        }
    }

    async fn agent(&self) -> Option<AgentName> {
        self.agent_name().await
    }
}

/// Deletes a session at the service, as well as it goes. One that is still running is not deleted; it takes a moment to be
/// interrupted.
async fn delete_session(client: &Client, session: &str) {
    let _ = client.send(session, json!([{ "type": "user.interrupt" }])).await;
    for _ in 0..FORGET_TRIES {
        match client.delete(&session::path(session)).await {
            Ok(_) => return,
            Err(failure) if failure.status() == 404 => return,
            Err(_) => Delay::from(Duration::from_millis(FORGET_EVERY_MS)).await,
        }
    }
    log::info("session_left", json!({ "session": session }));
}

/// What a failed request means when no session is in doubt.
fn judge(failure: Failure) -> Trouble {
    match &failure {
        Failure::Unreachable => Trouble::Again(failure),
        Failure::Refused { advice: Advice::Retry, .. } => Trouble::Again(failure),
        Failure::Refused { status: 401..=403, .. } => UNAVAILABLE,
        Failure::Refused { status: 404, .. } => UNAVAILABLE,
        Failure::Refused { status, .. } => {
            log::info("agent_refused", json!({ "status": status }));
            Trouble::Fatal(
                "agent_refused_message",
                "The agent could not take this message. Try saying it in another way, or without the files.",
            )
        }
    }
}
