//! Who looks on: hibernating sockets that follow the numbered log of their object. A socket's attachment says how far it has
//! been served, so one that outlives the object's memory misses nothing and gets nothing twice.

use crate::{Error, Result, error};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{cell::Cell, marker::PhantomData, rc::Rc};
use worker::{State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

/// Close code: whoever sat there may not be here any more.
pub const SIGNED_OUT: u16 = 4401;
/// Close code: what was followed is gone.
pub const GONE: u16 = 4404;

/// What is followed. What was written once stays as it is.
pub trait Log {
    /// One entry.
    type Frame: Frame;

    /// Everything after a number.
    fn after(&self, seq: i64) -> Result<Vec<Self::Frame>>;

    /// The number of the newest frame, 0 when there is none.
    fn last_seq(&self) -> Result<i64>;
}

/// An entry of a log.
pub trait Frame {
    /// Its number.
    fn seq(&self) -> i64;

    /// The JSON that goes out.
    fn json(&self) -> &str;
}

/// How many sockets an object has room for.
pub struct Limits {
    /// Behind one tag: tabs that somebody left open.
    pub tabs: usize,
    /// In all.
    pub sockets: usize,
    /// What is said to one more.
    pub refusal: &'static str,
}

impl Limits {
    /// Looks whether there is room for one more.
    ///
    /// # Errors
    /// 429 `too_many_tabs`.
    pub fn check(&self, state: &State, tag: &str) -> Result<()> {
        if state.get_websockets_with_tag(tag).len() >= self.tabs || state.get_websockets().len() >= self.sockets {
            return Err(Error::new(429, "too_many_tabs", self.refusal));
        }
        Ok(())
    }
}

/// What a socket carries through hibernation.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seat<Who> {
    /// The last number it was sent.
    after: i64,
    /// Who sits there.
    who: Who,
}

/// The sockets of one object.
pub struct Room<Who> {
    state: Rc<State>,
    limits: Limits,
    /// Surviving sockets have been given what they missed.
    caught_up: Cell<bool>,
    /// It is the attachments that say who sits there.
    who: PhantomData<Who>,
}

impl<Who: Serialize + DeserializeOwned + PartialEq> Room<Who> {
    /// That of an object which has just been woken.
    pub fn new(state: Rc<State>, limits: Limits) -> Self {
        answer_pings(&state);
        Self { state, limits, caught_up: Cell::new(false), who: PhantomData }
    }

    /// Opens a socket, and replays what came after `after`. Gives the number up to which that was; what else it is told
    /// first is for the object to say.
    pub fn open(&self, log: &impl Log, after: i64, tag: &str, who: &Who) -> Result<(WebSocketPair, i64)> {
        self.limits.check(&self.state, tag)?;
        let last = log.last_seq()?;
        // A number from another life: begin again rather than stay silent.
        let after = if after > last { 0 } else { after };
        let pair = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&pair.server, &[tag]);
        for frame in log.after(after)? {
            pair.server.send_with_str(frame.json())?;
        }
        pair.server.serialize_attachment(Seat { after: last, who })?;
        Ok((pair, last))
    }

    /// Shows frames that have just been written.
    pub fn show<L: Log>(&self, log: &L, frames: &[L::Frame]) {
        let Some(first) = frames.first() else { return };
        for (socket, seat) in self.seats() {
            if seat.after + 1 == first.seq() {
                serve(&socket, frames, seat);
            } else {
                catch_up(&socket, log, seat);
            }
        }
    }

    /// Gives sockets that outlived their object's memory what they missed.
    pub fn catch_up_all(&self, log: &impl Log) {
        if self.caught_up.replace(true) {
            return;
        }
        for (socket, seat) in self.seats() {
            catch_up(&socket, log, seat);
        }
    }

    /// Shows a frame that is not kept.
    pub fn pass(&self, json: &str) {
        for socket in self.state.get_websockets() {
            let _ = socket.send_with_str(json);
        }
    }

    /// Who sits at a socket.
    ///
    /// # Errors
    /// 401 when nobody does.
    pub fn who(&self, socket: &WebSocket) -> Result<Who> {
        let seat: Seat<Who> = socket.deserialize_attachment()?.ok_or_else(error::unauthorized)?;
        Ok(seat.who)
    }

    /// Who is here, once for each socket.
    pub fn all(&self) -> impl Iterator<Item = Who> {
        self.seats().map(|(_, seat)| seat.who)
    }

    /// Nobody sits there any more. The runtime lists a socket for a while after it was closed.
    pub fn leave(&self, socket: &WebSocket) {
        let _ = socket.serialize_attachment(None::<Seat<Who>>);
    }

    /// Has those signed out who may not be here any more; of each it is asked once.
    pub async fn close_ended(
        &self,
        stands: impl AsyncFn(&Who) -> Result<bool>,
        sign_out: impl Fn(&WebSocket),
    ) -> Result<()> {
        let mut known: Vec<(Who, bool)> = Vec::new();
        for (socket, Seat { who, .. }) in self.seats() {
            let ok = match known.iter().find(|(asked, _)| *asked == who) {
                Some((_, ok)) => *ok,
                None => {
                    let ok = stands(&who).await?;
                    known.push((who, ok));
                    ok
                }
            };
            if !ok {
                sign_out(&socket);
            }
        }
        Ok(())
    }

    /// Closes everything, with last words: what was followed is gone.
    pub fn close(&self, json: &str) {
        self.pass(json);
        for socket in self.state.get_websockets() {
            let _ = socket.close(Some(GONE), Some("gone"));
        }
    }

    fn seats(&self) -> impl Iterator<Item = (WebSocket, Seat<Who>)> {
        self.state.get_websockets().into_iter().filter_map(|socket| {
            let seat = socket.deserialize_attachment().ok().flatten()?;
            Some((socket, seat))
        })
    }
}

fn catch_up<Who: Serialize>(socket: &WebSocket, log: &impl Log, seat: Seat<Who>) {
    if let Ok(frames) = log.after(seat.after) {
        serve(socket, &frames, seat);
    }
}

fn serve<Who: Serialize>(socket: &WebSocket, frames: &[impl Frame], seat: Seat<Who>) {
    let Some(last) = frames.last() else { return };
    let sent = frames.iter().all(|frame| socket.send_with_str(frame.json()).is_ok());
    if sent {
        // A socket that cannot be written to is closing; whoever comes back says what they saw.
        let _ = socket.serialize_attachment(Seat { after: last.seq(), ..seat });
    }
}

/// Lets the runtime answer pings while the object sleeps.
pub fn answer_pings(state: &State) {
    if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
        state.set_websocket_auto_response(&pair);
    }
}

/// Ends a socket of whoever may not be here any more.
pub fn sign_out(socket: &WebSocket) {
    let _ = socket.close(Some(SIGNED_OUT), Some("signed out"));
}

/// Closes a socket that the other side has closed.
pub fn close_back(socket: &WebSocket, code: usize) {
    // The other side waits for this answer; codes under 3000 besides 1000 may not be sent by programs.
    let code = u16::try_from(code).ok().filter(|code| (3000..5000).contains(code)).unwrap_or(1000);
    let _ = socket.close(Some(code), Some(""));
}
