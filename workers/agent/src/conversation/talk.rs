//! What people may do in a conversation: say something, take it back while it waits, stop what runs.

use super::{Object, WATCH_MS, doors};
use crate::{access, routes::stream, uploads};
use std::rc::Rc;
use vetka_domain::{
    conversation::{
        client::{ClientFrame, LONGEST_QUEUE, Refusal, Say},
        frame::{Attachment, Body, Outcome, Role, Status},
        turn::Turn,
    },
    limit::{MESSAGES, Subject},
};
use vetka_edge::{
    Error, Result, error,
    limit::{self, Rule},
};
use worker::{Response, WebSocket};

/// Bytes of one frame from a browser.
const LARGEST_FRAME: usize = 128 * 1024;

/// Where a message has gone.
pub struct Said {
    /// Its turn.
    pub turn: i64,
    /// The number of the frame that holds it.
    pub seq: i64,
}

fn refused(refusal: Refusal) -> Error {
    error::bad_request(refusal.code, refusal.message)
}

impl Object {
    /// Takes a message. The same client id twice is one message.
    pub async fn say(self: &Rc<Self>, say: Say) -> Result<Said> {
        let say = say.check().map_err(refused)?;
        if let Some(known) = self.known(&say)? {
            return Ok(known);
        }
        limit::take(&self.env, &[Rule(MESSAGES, Subject::Account(&self.identity()?.user_id))]).await?;
        let attachments = self.attachments(&say.attachments).await?;
        // The same message may have come in once more meanwhile.
        if let Some(known) = self.known(&say)? {
            return Ok(known);
        }
        let queue = self.store.queue()?.len();
        if i64::try_from(queue).unwrap_or(i64::MAX) >= LONGEST_QUEUE {
            return Err(error::conflict(
                "queue_full",
                "Several messages are waiting already. Let the agent finish some first.",
            ));
        }
        let must_wait = queue > 0 || self.store.running()?.is_some();
        let turn = self.store.next_turn()?;
        let identity = self.identity()?;
        let mut frames = vec![self.store.append(&Body::ChatMessage {
            id: format!("turn-{turn}"),
            role: Role::User,
            text: say.text.clone(),
            turn: Some(turn),
            attachments: attachments.clone(),
            client_id: say.client_id.clone(),
        })?];
        let seq = frames.first().map(|frame| frame.seq).unwrap_or_default();
        let state = Turn::new(turn, format!("{}-{turn}", identity.id));
        self.store.add_turn(&state, say.client_id.as_deref(), &say.text, &attachments, seq)?;
        attachments.iter().try_for_each(|file| self.store.add_upload(file))?;
        if must_wait {
            let status =
                Body::SessionStatus { status: Status::Queued, turn: Some(turn), outcome: None, replayed: None };
            frames.push(self.store.append(&status)?);
        }
        self.show(&frames);
        self.kick()?;
        self.state.storage().set_alarm(WATCH_MS).await?;
        Ok(Said { turn, seq })
    }

    fn known(&self, say: &Say) -> Result<Option<Said>> {
        let turn = say.client_id.as_deref().map(|id| self.store.turn_of_client(id)).transpose()?.flatten();
        Ok(turn.map(|turn| Said { turn: turn.number, seq: turn.said_seq }))
    }

    async fn attachments(&self, ids: &[String]) -> Result<Vec<Attachment>> {
        let conversation = self.identity()?.id;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let file = uploads::find(&self.env, &conversation, id).await?;
            found.push(file.ok_or_else(|| {
                Error::new(404, "upload_not_found", "One of the files is not there any more. Add it again and send.")
            })?);
        }
        Ok(found)
    }

    /// Takes a message back that has not begun. One that has is left alone.
    pub fn unqueue(&self, turn: i64) -> Result<()> {
        if self.store.turn(turn)?.is_some_and(|row| row.is_queued()) {
            self.store.end_turn(turn, Outcome::Stopped)?;
            self.append(&Body::SessionStatus {
                status: Status::Idle,
                turn: Some(turn),
                outcome: Some(Outcome::Stopped),
                replayed: None,
            })?;
        }
        Ok(())
    }

    /// Stops the running turn, if there is one.
    pub fn stop(&self) -> Result<()> {
        let Some(turn) = self.store.running()?.filter(|turn| !turn.is_stopping()) else { return Ok(()) };
        self.store.set_stopping(turn.number)?;
        let status = Status::Stopping;
        self.append(&Body::SessionStatus { status, turn: Some(turn.number), outcome: None, replayed: None })?;
        if let Some(stop) = self.stop.borrow_mut().take() {
            let _ = stop.send(());
        }
        Ok(())
    }

    /// Says what is asked, and streams.
    pub async fn say_and_stream(self: &Rc<Self>, ask: stream::Ask) -> Result<Response> {
        let Some(say) = ask.say else {
            let running = self.store.running()?.map(|turn| turn.number);
            return self.open_stream(ask.after.unwrap_or_default(), running);
        };
        let said = self.say(say.into()).await?;
        self.open_stream(ask.after.unwrap_or(said.seq - 1), Some(said.turn))
    }

    /// Does what a browser asks through its socket. Everything it may ask changes something, so the session must stand.
    pub async fn hear(self: &Rc<Self>, socket: &WebSocket, text: &str) -> Result<()> {
        if text.len() > LARGEST_FRAME {
            return Err(error::too_large("That message is too long. Send it in several parts, or as a text file."));
        }
        let session_id = self.room.who(socket)?;
        let frame = ClientFrame::parse(text).map_err(refused)?;
        if !access::session_stands(&self.env, &session_id, &self.identity()?.user_id).await? {
            doors::sign_out(socket);
            return Ok(());
        }
        match frame {
            ClientFrame::ChatMessage(say) => self.say(say).await.map(|_| ()),
            ClientFrame::Stop {} => self.stop(),
            ClientFrame::Unqueue { turn } => self.unqueue(turn),
        }
    }
}
