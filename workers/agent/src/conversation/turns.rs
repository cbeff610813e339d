//! Turns: one at a time, in the order they were asked for. A turn has a row before it has a future, so whoever wakes
//! this object next (a request, a socket, the alarm) finds a turn without a future and takes it up again.

use super::{Object, WATCH_MS, store::Frame};
use crate::{
    WORKER,
    driver::{Driver, Given},
    managed::ManagedAgents,
    uploads,
};
use futures::{
    channel::oneshot,
    future::{Either, select},
};
use serde_json::{Value, json};
use std::{pin::pin, rc::Rc, time::Duration};
use vetka_domain::conversation::{
    event::Event,
    frame::{Body, Outcome, Status},
    redact, retry,
    turn::{Effect, Turn},
};
use vetka_edge::{
    Result, error, log,
    metrics::{self, Event as Counted},
    time, trace,
};
use worker::Delay;

/// Bytes of one line of a transcript; what is longer is only named.
const LONGEST_LINE: usize = 256 * 1024;
/// Waits after each interrupt, milliseconds. When the last is over the turn ends, whatever the service does.
const STOP_WAITS_MS: [u64; 3] = [2_500, 3_500, 4_000];
/// Fewest milliseconds between two previews of a message that is being written.
const PREVIEW_EVERY_MS: i64 = 80;

impl Object {
    /// Sees to it that a turn runs if there is one to run. Cheap; called whenever the object is woken.
    pub fn kick(self: &Rc<Self>) -> Result<()> {
        self.room.catch_up_all(&self.store);
        while self.running.get().is_none() {
            let next = match self.store.running()? {
                Some(orphan) => orphan,
                None => match self.store.queue()?.into_iter().next() {
                    Some(next) => next,
                    None => return Ok(()),
                },
            };
            if next.attempts >= retry::MAX_ATTEMPTS {
                let why = "This was interrupted too often on our side. What was published is kept. Send your message again to go on.";
                self.conclude(next.number, Outcome::Failed, Some(("too_many_restarts".into(), why.into())))?;
                continue;
            }
            self.begin(next.number, next.is_queued())?;
        }
        Ok(())
    }

    fn begin(self: &Rc<Self>, number: i64, is_new: bool) -> Result<()> {
        self.store.begin_turn(number)?;
        if is_new {
            self.append(&Body::SessionStatus {
                status: Status::Running,
                turn: Some(number),
                outcome: None,
                replayed: None,
            })?;
        }
        self.running.set(Some(number));
        self.began.set(time::now_ms());
        self.sending.set(false);
        self.previews.replace(Default::default());
        let (stop, stopped) = oneshot::channel();
        self.stop.replace(Some(stop));
        let object = Rc::clone(self);
        self.state.wait_until(trace::keep(async move { object.carry(number, stopped).await }));
        Ok(())
    }

    /// Carries a turn to its end, and then the next one.
    async fn carry(self: Rc<Self>, number: i64, stopped: oneshot::Receiver<()>) {
        if let Err(failure) = self.state.storage().set_alarm(WATCH_MS).await {
            vetka_edge::Error::from(failure).log("conversation");
        }
        let driver = ManagedAgents::new(Rc::clone(&self));
        let given = {
            let work = pin!(driver.run(number));
            let stop = pin!(self.stop_watch(&driver, number, stopped));
            match select(work, stop).await {
                Either::Left((given, _)) => given,
                Either::Right(((), _)) => Given::Stopped,
            }
        };
        let ended = match given {
            Given::Ended => Ok(()),
            Given::Stopped => self.conclude(number, Outcome::Stopped, None),
            Given::Failed { code, message } => {
                self.conclude(number, Outcome::Failed, Some((code.into(), message.into())))
            }
        };
        self.running.set(None);
        // A turn that could not be ended stays an orphan; the alarm takes it up.
        let after = ended.and_then(|()| self.kick());
        if let Err(failure) = after {
            failure.log("conversation");
        }
        if let Err(failure) = self.write_transcripts().await {
            failure.log("conversation");
        }
    }

    /// Waits for the person to stop the turn, tells the agent service, and gives it some seconds to comply.
    async fn stop_watch(&self, driver: &impl Driver, number: i64, stopped: oneshot::Receiver<()>) {
        let is_stopping = || self.store.turn(number).ok().flatten().is_some_and(|row| row.is_stopping());
        if !is_stopping() {
            let _ = stopped.await;
        }
        if !is_stopping() {
            // Nobody can ask any more; the turn ends by itself.
            futures::future::pending::<()>().await;
        }
        // An interrupt before the message has arrived would interrupt nothing.
        for _ in 0..200 {
            if !self.sending.get() {
                break;
            }
            Delay::from(Duration::from_millis(50)).await;
        }
        if !self.store.turn(number).ok().flatten().is_some_and(|row| row.may_have_sent()) {
            return;
        }
        for wait in STOP_WAITS_MS {
            driver.interrupt().await;
            Delay::from(Duration::from_millis(wait)).await;
        }
    }

    /// Takes an event of the running turn: what was seen, what follows and what is remembered are one write.
    pub fn take(&self, number: i64, raw: &Value) -> Result<Taken> {
        let event = Event::read(raw);
        let row = self.store.turn(number)?.ok_or_else(|| error::internal("a turn without a row"))?;
        if row.is_over() {
            return Ok(Taken::Ended);
        }
        let mut turn = row.state()?;
        self.preview(&turn, &event);
        let Some(key) = event.key() else { return Ok(Taken::Known) };
        if !self.store.see(&key, number)? {
            return Ok(Taken::Known);
        }
        self.store.transcripts.keep(number, &line(raw))?;
        if let Some(at) = &event.processed_at {
            self.store.set_meta("cursor", Some(at))?;
        }
        let effects = turn.take(&event, row.is_stopping());
        self.store.save_state(&turn)?;
        self.follow(number, effects)
    }

    /// Writes down what follows, shows it, and says how the turn stands.
    fn follow(&self, number: i64, effects: Vec<Effect>) -> Result<Taken> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut taken = Taken::Going;
        for effect in effects {
            match effect {
                Effect::Append(body) => frames.push(self.store.append(&body)?),
                Effect::SessionLost => taken = Taken::Lost,
                Effect::End(outcome) => {
                    self.store.end_turn(number, outcome)?;
                    let ms = time::now_ms() - self.began.get();
                    let outcome_name = match outcome {
                        Outcome::Done => "done",
                        Outcome::Stopped => "stopped",
                        Outcome::Failed => "failed",
                    };
                    metrics::write(&self.env, WORKER, 1, &Counted::Turn { outcome: outcome_name, ms });
                    let idle = Body::SessionStatus {
                        status: Status::Idle,
                        turn: Some(number),
                        outcome: Some(outcome),
                        replayed: None,
                    };
                    frames.push(self.store.append(&idle)?);
                    taken = Taken::Ended;
                }
            }
        }
        self.show(&frames);
        Ok(taken)
    }

    /// Ends a turn from our side. Does nothing when it has ended already.
    fn conclude(&self, number: i64, outcome: Outcome, failure: Option<(String, String)>) -> Result<()> {
        let Some(row) = self.store.turn(number)?.filter(|row| !row.is_over()) else { return Ok(()) };
        // Whoever asked to stop does not want to read what went wrong while stopping.
        let (outcome, failure) = if row.is_stopping() { (Outcome::Stopped, None) } else { (outcome, failure) };
        let mut turn = row.state()?;
        let effects = turn.over(outcome, failure);
        self.store.save_state(&turn)?;
        self.follow(number, effects)?;
        Ok(())
    }

    /// The turn as it is remembered.
    pub fn turn_state(&self, number: i64) -> Result<Turn> {
        self.store.turn(number)?.ok_or_else(|| error::internal("a turn without a row"))?.state()
    }

    /// Notes that the message has arrived, also when the service's answer does not show it.
    pub fn arrived(&self, number: i64) -> Result<()> {
        let mut turn = self.turn_state(number)?;
        turn.arrived = true;
        self.store.save_state(&turn)
    }

    /// Forgets the session of a turn and closes what was open in it.
    pub fn lose_session(&self, number: i64) -> Result<()> {
        let mut turn = self.turn_state(number)?;
        let effects = turn.restart();
        self.store.lose_session(number)?;
        self.store.set_meta("cursor", None)?;
        self.store.save_state(&turn)?;
        self.follow(number, effects)?;
        Ok(())
    }

    /// Tells the person of a trouble that is being dealt with.
    pub fn tell(&self, number: i64, code: &str, message: &str) -> Result<()> {
        self.append(&Body::Error { turn: Some(number), code: code.into(), message: message.into(), r#final: false })?;
        Ok(())
    }

    fn preview(&self, turn: &Turn, event: &Event) {
        let body = self.previews.borrow_mut().take(turn.number, event);
        let now = time::now_ms();
        if let Some(body) = body.filter(|_| turn.is_ours() && now - self.preview_shown.get() >= PREVIEW_EVERY_MS) {
            self.preview_shown.set(now);
            self.show_passing(&body);
        }
    }

    /// Moves the transcripts of turns that are over to the bucket.
    pub async fn write_transcripts(&self) -> Result<()> {
        for turn in self.store.transcripts.unwritten()? {
            let (text, last) = self.store.transcripts.of(turn)?;
            let key = format!("transcripts/{}/{turn:06}", self.identity()?.id);
            uploads::bucket(&self.env)?.put(key, text).execute().await?;
            self.store.transcripts.forget(turn, last)?;
        }
        Ok(())
    }

    /// The watchdog: takes up what nobody carries, and comes back while there is anything to watch.
    pub async fn watch(self: &Rc<Self>) -> Result<()> {
        self.kick()?;
        self.keep_doors_open();
        let written = self.write_transcripts().await;
        let signed_out = self.close_signed_out().await;
        if self.running.get().is_some() || written.is_err() {
            self.state.storage().set_alarm(WATCH_MS).await?;
        }
        written.and(signed_out)
    }
}

/// How a turn stands after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// As before: the event was no news.
    Known,
    /// It goes on.
    Going,
    /// It is over.
    Ended,
    /// Its session is.
    Lost,
}

fn line(raw: &Value) -> String {
    let line = redact::transcript_line(raw);
    if line.len() <= LONGEST_LINE {
        return line;
    }
    log::info("long_event", json!({ "bytes": line.len() }));
    json!({ "id": raw.get("id"), "type": raw.get("type"), "processed_at": raw.get("processed_at"), "leftOutBytes": line.len() }).to_string()
}
