//! One piece of work at a time. What is to be done is read from what is kept, so whoever wakes this object next (a
//! request, a socket, the alarm) finds it and takes it up; and each piece may be begun again where it stopped.

use super::{Object, memory::Memory, store::TurnRow};
use crate::sandbox::{Failure, Sandboxes};
use futures::channel::oneshot;
use std::{rc::Rc, time::Duration};
use vetka_domain::team::{
    frame::Body,
    session::{Event, Status},
};
use vetka_edge::{Error, Result, error, log, time, trace};
use worker::Delay;

/// How often one piece of work is taken up in vain.
const MOST_ATTEMPTS: u32 = 6;
/// How often an end is: a person waits for the answer.
const MOST_OF_ENDING: u32 = 4;
/// Waits between two attempts, in milliseconds; each is twice the one before.
const FIRST_WAIT_MS: u64 = 500;

/// Something to do.
enum Job {
    /// Make the sandbox ready.
    Provision,
    /// Carry a turn.
    Turn(Box<TurnRow>),
    /// End as somebody wishes.
    End,
    /// The time is over.
    TimeOver,
    /// The sandbox is not needed any more.
    Clear,
}

/// Why a piece of work did not come to its end.
#[derive(Debug)]
pub(super) enum Setback {
    /// It may go better in a moment. In words for the log.
    Passing(String),
    /// It will not: the session cannot go on. For the person.
    Final(String),
    /// Something else is to be done first.
    Interrupted,
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Gone => Self::Final(
                "The workspace of this session is gone. What was saved is kept, and can still be handed over."
                    .to_owned(),
            ),
            Failure::Refused(_) => {
                log::error("session", "sandbox_refused", &failure.cause());
                Self::Final("The workspace could not be used. Start a new session; if that does not help, ask an admin to prepare the project again.".to_owned())
            }
            other => Self::Passing(other.cause()),
        }
    }
}

impl From<Error> for Setback {
    fn from(failure: Error) -> Self {
        Self::Passing(failure.internal.unwrap_or(failure.message))
    }
}

impl Object {
    /// Sees to it that work goes on if there is any. Cheap; called whenever the object is woken.
    pub fn kick(self: &Rc<Self>) -> Result<()> {
        self.room.catch_up_all(&self.store);
        if self.working.get() || self.next()?.is_none() {
            return Ok(());
        }
        self.working.set(true);
        let object = Rc::clone(self);
        self.state.wait_until(trace::keep(async move { object.work().await }));
        Ok(())
    }

    /// Has the work at hand look whether it should stop.
    pub fn look_up(&self) {
        if let Some(wake) = self.wake.borrow_mut().take() {
            let _ = wake.send(());
        }
    }

    /// Waits until something may have to stop.
    pub(super) async fn woken(&self) {
        let (wake, woken) = oneshot::channel();
        self.wake.replace(Some(wake));
        let _ = woken.await;
    }

    fn next(&self) -> Result<Option<Job>> {
        let Some(memory) = self.memory()? else { return Ok(None) };
        if memory.ending.is_some() {
            return Ok(Some(Job::End));
        }
        if memory.status.is_over() {
            return Ok(memory.sandbox.is_some().then_some(Job::Clear));
        }
        if is_time_over(&memory) {
            return Ok(Some(Job::TimeOver));
        }
        Ok(match memory.status {
            Status::Starting => Some(Job::Provision),
            Status::Running => {
                let turn = self.store.at_work()?.or(self.store.queue()?.into_iter().next());
                turn.map(|turn| Job::Turn(Box::new(turn)))
            }
            _ => None,
        })
    }

    /// Works until there is nothing to do.
    async fn work(self: Rc<Self>) {
        loop {
            if let Err(failure) = self.state.storage().set_alarm(super::WATCH_MS).await {
                Error::from(failure).log("session");
            }
            match self.next() {
                Ok(Some(job)) => {
                    if let Err(setback) = self.carry(job).await {
                        self.set_back(setback).await;
                    }
                }
                Ok(None) => break,
                Err(failure) => {
                    // Nothing can be read; the alarm tries again.
                    failure.log("session");
                    break;
                }
            }
        }
        self.working.set(false);
        let after = async {
            self.write_transcripts().await?;
            self.tell_database().await?;
            self.set_alarm().await
        };
        if let Err(failure) = after.await {
            failure.log("session");
        }
    }

    async fn carry(self: &Rc<Self>, job: Job) -> core::result::Result<(), Setback> {
        match job {
            Job::Provision => self.provision().await?,
            Job::Turn(turn) => self.carry_turn(*turn).await?,
            Job::End => self.carry_ending().await?,
            Job::TimeOver => self.time_over().await?,
            Job::Clear => self.clear().await?,
        }
        self.change(|memory| memory.attempts = 0)?;
        Ok(())
    }

    async fn set_back(&self, setback: Setback) {
        let noted = match setback {
            Setback::Interrupted => return,
            Setback::Final(words) => self.broke(&words).await,
            Setback::Passing(cause) => {
                log::error("session", "set_back", &cause);
                match self.change(|memory| {
                    memory.attempts += 1;
                    memory.attempts
                }) {
                    Ok(attempts) if attempts >= MOST_OF_ENDING && self.is_ending() => {
                        self.refuse_ending(503, "not_handed_over", "Something that is needed for this does not answer right now. Nothing is lost. Try again in a minute.").await
                    }
                    Ok(attempts) if attempts >= MOST_ATTEMPTS && self.is_in_turn() => self.give_turn_up(),
                    Ok(attempts) if attempts >= MOST_ATTEMPTS => {
                        self.broke("Something this session needs does not answer. What was saved is kept, and can still be handed over. Try a new session in a few minutes.").await
                    }
                    Ok(attempts) => {
                        Delay::from(Duration::from_millis(FIRST_WAIT_MS << attempts.min(8))).await;
                        Ok(())
                    }
                    Err(failure) => Err(failure),
                }
            }
        };
        if let Err(failure) = noted {
            failure.log("session");
        }
    }

    fn is_ending(&self) -> bool {
        self.memory().ok().flatten().is_some_and(|memory| memory.ending.is_some())
    }

    fn is_in_turn(&self) -> bool {
        let is_running = self.memory().ok().flatten().is_some_and(|memory| memory.status == Status::Running);
        is_running && self.store.at_work().is_ok_and(|turn| turn.is_some())
    }

    /// What a turn needs does not answer. The session goes on: the next one may go well, and saves what this one did.
    fn give_turn_up(&self) -> Result<()> {
        self.change(|memory| memory.attempts = 0)?;
        let Some(turn) = self.store.at_work()? else { return Ok(()) };
        self.conclude(turn.number, "The workspace of this session does not answer right now. What was done so far is there. Send your message again in a minute.")
    }

    /// Follows an event; gives the state after it. What cannot happen now changes nothing.
    pub(super) async fn follow(&self, event: Event) -> Result<Status> {
        let status = self.change(|memory| {
            if let Some(next) = memory.status.after(event) {
                memory.status = next;
                memory.is_told = false;
            }
            memory.status
        })?;
        if status.is_over() {
            let turns = self.store.queue()?;
            for turn in turns {
                self.drop_turn(turn.number)?;
            }
        }
        self.append(&Body::SessionStatus(self.standing()?))?;
        self.tell_database().await?;
        Ok(status)
    }

    /// It cannot go on.
    async fn broke(&self, words: &str) -> Result<()> {
        if let Some(turn) = self.store.at_work()? {
            self.conclude(turn.number, words)?;
        }
        self.change(|memory| {
            memory.trouble = Some(words.to_owned());
            memory.ending = None;
            memory.attempts = 0;
        })?;
        self.refuse_waiting(502, "session_broke", words);
        self.follow(Event::Broke).await?;
        Ok(())
    }

    async fn time_over(self: &Rc<Self>) -> core::result::Result<(), Setback> {
        self.stop_all().await?;
        if self.known()?.sandbox.is_some() && self.known()?.is_ready {
            // What lies there uncommitted is somebody's work. When it cannot be saved, the time is over nevertheless.
            if let Err(Setback::Passing(cause)) = self.save_all("Work up to the end of the session").await {
                log::error("session", "not_saved", &cause);
            }
        }
        self.follow(Event::TimeOver).await?;
        Ok(())
    }

    /// Ends the sandbox.
    async fn clear(&self) -> core::result::Result<(), Setback> {
        let memory = self.known()?;
        let Some(held) = memory.sandbox else { return Ok(()) };
        match Sandboxes::of(&self.env)?.kill(&held.id).await {
            Ok(()) => {}
            Err(failure) if memory.attempts + 1 < MOST_ATTEMPTS => return Err(Setback::Passing(failure.cause())),
            // The cleanup finds it by what it was made with, and e2b ends it by itself a little later.
            Err(failure) => log::error("session", "sandbox_left", &failure.cause()),
        }
        self.change(|memory| memory.sandbox = None)?;
        self.mark_sandbox_gone().await?;
        Ok(())
    }

    /// Whether what is being worked at must make way for something else.
    pub(super) fn must_stop(&self) -> bool {
        let Ok(Some(memory)) = self.memory() else { return true };
        memory.ending.is_some() || memory.status.is_over() || is_time_over(&memory)
    }

    /// Somebody is not in the organization any more.
    pub async fn left(self: &Rc<Self>, user_id: &str) -> Result<()> {
        let Some(memory) = self.memory()? else { return Ok(()) };
        self.store.drop_passes(user_id)?;
        self.store.drop_pins(user_id)?;
        self.show_pins()?;
        self.close_ended().await?;
        if memory.begin.person.id == user_id {
            self.end_now("Whoever started this session is not in the team any more. What was saved is kept.").await?;
        }
        Ok(())
    }

    /// The session of a person who is gone.
    pub async fn end_now(self: &Rc<Self>, words: &str) -> Result<()> {
        if self.memory()?.is_none_or(|memory| memory.status.is_over()) {
            return Ok(());
        }
        self.look_up();
        self.broke(words).await?;
        self.kick()
    }
}

fn is_time_over(memory: &Memory) -> bool {
    // What is being handed over is not cut off by the clock.
    matches!(memory.status, Status::Starting | Status::Running) && time::now_ms() >= memory.ends_at
}

/// 409: nothing can be said in a session that is over.
pub(super) fn gone() -> Error {
    error::conflict("session_over", "This session is over. Start a new one to go on.")
}
