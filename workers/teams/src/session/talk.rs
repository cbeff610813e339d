//! What people may do in a session: say something, stop what runs, take a turn back, end it.

use super::{
    Object, WATCH_MS, access,
    memory::{Ending, Way},
    room,
};
use futures::channel::oneshot;
use std::rc::Rc;
use vetka_domain::{
    conversation::{
        client::Refusal,
        frame::{Role, Status as TurnStatus},
    },
    limit::{MESSAGES, MESSAGES_ORGANIZATION, Subject},
    team::{
        agent::turn::Turn,
        client::{ClientFrame, LONGEST_QUEUE, Say},
        frame::{Body, Person, Pin},
        organization::Right,
        session::Status,
        tray::Kept,
        view,
    },
};
use vetka_edge::{
    Error, Result, error,
    limit::{self, Rule},
};
use worker::WebSocket;

/// Bytes of one frame from a browser.
const LARGEST_FRAME: usize = 128 * 1024;

pub(super) fn refused(refusal: Refusal) -> Error {
    error::bad_request(refusal.code, refusal.message)
}

impl Object {
    /// Takes a message. The same client id twice is one message.
    pub async fn say(self: &Rc<Self>, say: Say, person: Person) -> Result<()> {
        let say = say.check().map_err(refused)?;
        let is_known = |object: &Self| -> Result<bool> {
            let turn = say.client_id.as_deref().map(|id| object.store.turn_of_client(id)).transpose()?.flatten();
            Ok(turn.is_some())
        };
        if is_known(self)? {
            return Ok(());
        }
        self.require_talk()?;
        let organization = self.known()?.begin.organization_id;
        let rules = [
            Rule(MESSAGES, Subject::Account(&person.id)),
            Rule(MESSAGES_ORGANIZATION, Subject::Organization(&organization)),
        ];
        limit::take(&self.env, &rules).await?;
        // The same message may have come in once more, or the session have ended meanwhile.
        if is_known(self)? {
            return Ok(());
        }
        self.require_talk()?;
        let pins = self.wanted_pins(&say.pins)?;
        say.check_wish(pins.iter().map(|kept| &kept.pin)).map_err(refused)?;
        self.ask(&person, &say.content, pins, say.client_id.as_deref(), view::page(&say.page), None)?;
        self.go_on().await
    }

    /// Takes a turn back, as a turn of its own.
    ///
    /// # Errors
    /// 409 when there is nothing to take back.
    pub async fn undo(self: &Rc<Self>, number: i64, person: Person) -> Result<()> {
        self.require_talk()?;
        let turn = self.store.turn(number)?.filter(|turn| turn.is_over());
        let turn = turn.ok_or_else(|| error::not_found("There is no such turn, or it is not over yet."))?;
        let has_changed = matches!((&turn.before, &turn.after), (Some(before), Some(after)) if before != after);
        if !has_changed {
            return Err(error::conflict(
                "nothing_to_undo",
                "That did not change anything, so there is nothing to undo.",
            ));
        }
        let words = match turn.undoes {
            Some(_) => "Undo the undoing".to_owned(),
            None => format!("Undo: {}", turn.said.lines().next().unwrap_or_default()),
        };
        let page = self.store.view(number)?.map_or_else(|| "/".to_owned(), |row| row.page);
        self.ask(&person, &words, Vec::new(), None, &page, Some(number))?;
        self.go_on().await
    }

    fn ask(
        &self,
        person: &Person,
        said: &str,
        taken: Vec<Kept>,
        client_id: Option<&str>,
        page: &str,
        undoes: Option<i64>,
    ) -> Result<()> {
        let queue = i64::try_from(self.store.queue()?.len()).unwrap_or(i64::MAX);
        if queue >= LONGEST_QUEUE {
            return Err(error::conflict(
                "queue_full",
                "Several messages are waiting already. Let the agent finish some first.",
            ));
        }
        let memory = self.known()?;
        let must_wait = queue > 0 || self.store.at_work()?.is_some() || memory.status == Status::Starting;
        let number = self.store.next_turn()?;
        let pins: Vec<Pin> = taken.iter().map(Kept::told).collect();
        taken.iter().try_for_each(|kept| self.store.take_pin(&kept.id, number))?;
        self.store.add_turn(&Turn::new(number, memory.conversation_total), client_id, person, said, &pins, undoes)?;
        self.store.add_view(number, page)?;
        self.append(&Body::ChatMessage {
            id: format!("turn-{number}"),
            role: Role::User,
            text: said.to_owned(),
            turn: Some(number),
            author: Some(person.clone()),
            client_id: client_id.map(str::to_owned),
            pins: taken.into_iter().map(Kept::shown).collect(),
        })?;
        if !pins.is_empty() {
            self.show_pins()?;
        }
        if must_wait {
            self.append(&Body::TurnStatus { turn: number, status: TurnStatus::Queued, outcome: None })?;
        }
        self.change(|memory| memory.is_told = false)
    }

    async fn go_on(self: &Rc<Self>) -> Result<()> {
        self.kick()?;
        self.state.storage().set_alarm(WATCH_MS).await?;
        Ok(())
    }

    /// Talk needs a session that goes on.
    pub(super) fn require_talk(&self) -> Result<()> {
        self.require_open()?;
        let memory = self.known()?;
        if memory.status == Status::Stopping || memory.ending.is_some() {
            return Err(error::conflict(
                "session_ending",
                "This session is being handed over. Wait for that, then start a new one to go on.",
            ));
        }
        Ok(())
    }

    /// Stops the turn at work, if there is one.
    pub fn stop_turn(&self) -> Result<()> {
        let Some(turn) = self.store.at_work()?.filter(|turn| !turn.is_stopping() && !turn.is_saving()) else {
            return Ok(());
        };
        self.store.set_stopping(turn.number)?;
        self.append(&Body::TurnStatus { turn: turn.number, status: TurnStatus::Stopping, outcome: None })?;
        self.look_up();
        Ok(())
    }

    /// A place behind what somebody said before: what is held until this is done, and what is waited for.
    fn line_up(&self, user_id: &str) -> (oneshot::Sender<()>, Option<oneshot::Receiver<()>>) {
        let (done, next) = oneshot::channel();
        let mut lines = self.lines.borrow_mut();
        match lines.iter_mut().find(|(id, _)| id == user_id) {
            Some((_, last)) => (done, Some(std::mem::replace(last, next))),
            None => {
                lines.push((user_id.to_owned(), next));
                (done, None)
            }
        }
    }

    /// Does what a browser asks through its socket. Everything it may ask changes something, so the sign-in must stand.
    pub async fn hear(self: &Rc<Self>, socket: &WebSocket, text: &str) -> Result<()> {
        if text.len() > LARGEST_FRAME {
            return Err(error::too_large("That message is too long. Send it in several parts."));
        }
        let who = self.room.who(socket)?;
        let memory = self.known()?;
        let frame = ClientFrame::parse(text, &memory.begin.id).map_err(refused)?;
        let mut line = frame.keeps_order().then(|| self.line_up(&who.person.id));
        if let Some((_, Some(before))) = &mut line {
            // It is over, or it was given up; either way it is this one's turn.
            let _ = before.await;
        }
        let stands = access::stands(&self.env, &who.signed_in, &who.person.id, &memory.begin.organization_id).await?;
        if !stands {
            room::sign_out(socket);
            return Ok(());
        }
        match frame {
            ClientFrame::JoinSession => {
                self.show_people();
                Ok(())
            }
            ClientFrame::LeaveSession => {
                let _ = socket.close(Some(1000), Some("left"));
                Ok(())
            }
            ClientFrame::ChatMessage(say) => self.say(say, who.person).await,
            ClientFrame::Pin(point) => self.point(point, &who.person),
            ClientFrame::Unpin { id } => self.unpoint(&id, &who.person),
            ClientFrame::StopTurn => self.stop_turn(),
            ClientFrame::StopSession => {
                access::of(&self.env, &who.person.id, &memory.begin.id, Right::Work).await?;
                let way = Way::Stop;
                let ending = Ending::plain(way, who.person);
                self.end(ending).await
            }
        }
    }
}
