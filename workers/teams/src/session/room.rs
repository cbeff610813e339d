//! Who looks on: hibernating sockets. A socket's attachment says how far it has been served, so one that outlives the
//! object's memory misses nothing and gets nothing twice.

use super::{Object, access, store::Frame};
use serde::{Deserialize, Serialize};
use vetka_domain::team::frame::{Body, Person, refusal};
use vetka_edge::{Error, Result, time};
use worker::{Response, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

/// Sockets of one session of work.
const MOST_SOCKETS: usize = 300;
/// Sockets of one sign-in in it: tabs that somebody left open.
const MOST_TABS: usize = 20;
/// Close code: whoever sat there may not be here any more.
const SIGNED_OUT: u16 = 4401;
/// Close code: the session is gone.
const GONE: u16 = 4404;

/// What a socket carries through hibernation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seat {
    /// The last number it was sent.
    pub after: i64,
    /// The sign-in of whoever sits there.
    pub signed_in: String,
    /// Who sits there.
    pub person: Person,
}

/// Lets the runtime answer pings while the object sleeps.
pub fn answer_pings(state: &State) {
    if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
        state.set_websocket_auto_response(&pair);
    }
}

impl Object {
    /// Opens a socket: replays what came after `after`, says that this was it, and goes on live.
    pub fn open_socket(&self, after: i64, signed_in: String, person: Person) -> Result<Response> {
        let tabs = self.state.get_websockets_with_tag(&signed_in).len();
        if tabs >= MOST_TABS || self.state.get_websockets().len() >= MOST_SOCKETS {
            return Err(Error::new(
                429,
                "too_many_tabs",
                "This session is open in too many places. Close some and reload.",
            ));
        }
        let last = self.store.last_seq()?;
        // A number from another life: begin again rather than stay silent.
        let after = if after > last { 0 } else { after };
        let pair = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&pair.server, &[&signed_in]);
        for frame in self.store.after(after)? {
            pair.server.send_with_str(&frame.frame)?;
        }
        pair.server.serialize_attachment(Seat { after: last, signed_in, person })?;
        pair.server.send_with_str(passing(&self.pins()?))?;
        let mut standing = self.standing()?;
        standing.replayed = Some(last);
        pair.server.send_with_str(passing(&Body::SessionStatus(standing)))?;
        pair.server.send_with_str(passing(&self.cost()?))?;
        self.show_people();
        Ok(Response::from_websocket(pair.client)?)
    }

    /// Appends a frame and shows it.
    pub fn append(&self, body: &Body) -> Result<()> {
        let frame = self.store.append(body)?;
        self.show(std::slice::from_ref(&frame));
        Ok(())
    }

    /// Shows frames that have just been written.
    pub fn show(&self, frames: &[Frame]) {
        let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return };
        for socket in self.state.get_websockets() {
            let Ok(Some(seat)) = socket.deserialize_attachment::<Seat>() else { continue };
            if seat.after + 1 == first.seq {
                serve(&socket, frames, seat, last.seq);
            } else {
                self.catch_up(&socket, seat);
            }
        }
    }

    /// Gives sockets that outlived this object's memory what they missed.
    pub fn catch_up_all(&self) {
        if self.caught_up.replace(true) {
            return;
        }
        for socket in self.state.get_websockets() {
            if let Ok(Some(seat)) = socket.deserialize_attachment::<Seat>() {
                self.catch_up(&socket, seat);
            }
        }
    }

    fn catch_up(&self, socket: &WebSocket, seat: Seat) {
        let Ok(frames) = self.store.after(seat.after) else { return };
        if let Some(last) = frames.last().map(|frame| frame.seq) {
            serve(socket, &frames, seat, last);
        }
    }

    /// Shows a frame that is not kept.
    pub fn show_passing(&self, body: &Body) {
        let json = passing(body);
        for socket in self.state.get_websockets() {
            let _ = socket.send_with_str(&json);
        }
    }

    /// Shows who is here, and with that what they point at.
    pub fn show_people(&self) {
        self.show_passing(&Body::People { people: self.people_here() });
        if let Err(failure) = self.show_pins_anew() {
            failure.log("session");
        }
    }

    /// Who is here, each once, by their ids.
    pub fn people_here(&self) -> Vec<Person> {
        let mut people: Vec<Person> = Vec::new();
        for socket in self.state.get_websockets() {
            let Ok(Some(Seat { person, .. })) = socket.deserialize_attachment() else { continue };
            if let Err(at) = people.binary_search_by(|known| known.id.cmp(&person.id)) {
                people.insert(at, person);
            }
        }
        people
    }

    /// Closes the sockets of those who are signed out or not in the organization any more.
    pub async fn close_ended(&self) -> Result<()> {
        let Some(memory) = self.memory()? else { return Ok(()) };
        let mut stands: Vec<((String, String), bool)> = Vec::new();
        for socket in self.state.get_websockets() {
            let Ok(Some(seat)) = socket.deserialize_attachment::<Seat>() else { continue };
            let who = (seat.signed_in, seat.person.id);
            let ok = match stands.iter().find(|(known, _)| *known == who) {
                Some((_, ok)) => *ok,
                None => {
                    let ok = access::stands(&self.env, &who.0, &who.1, &memory.begin.organization_id).await?;
                    stands.push((who, ok));
                    ok
                }
            };
            if !ok {
                sign_out(&socket);
            }
        }
        Ok(())
    }

    /// Closes everything: the session is gone.
    pub fn close_doors(&self) {
        for socket in self.state.get_websockets() {
            refuse(&socket, "session_gone", "This session was deleted, and what was said in it with it.");
            let _ = socket.close(Some(GONE), Some("gone"));
        }
    }
}

fn serve(socket: &WebSocket, frames: &[Frame], seat: Seat, last: i64) {
    let sent = frames.iter().all(|frame| socket.send_with_str(&frame.frame).is_ok());
    if sent {
        // A socket that cannot be written to is closing; whoever comes back says what they saw.
        let _ = socket.serialize_attachment(Seat { after: last, ..seat });
    }
}

fn passing(body: &Body) -> String {
    body.to_json(None, &time::rfc3339(time::now_ms()))
}

/// Tells one socket that something was refused.
pub fn refuse(socket: &WebSocket, code: &str, message: &str) {
    let _ = socket.send_with_str(passing(&refusal(code, message)));
}

/// Nobody sits there any more. The runtime lists a socket for a while after it was closed.
pub fn leave(socket: &WebSocket) {
    let _ = socket.serialize_attachment(None::<Seat>);
}

/// Ends a socket whose sign-in is over.
pub fn sign_out(socket: &WebSocket) {
    refuse(socket, "unauthorized", "You are not signed in here any more. Sign in and try again.");
    let _ = socket.close(Some(SIGNED_OUT), Some("signed out"));
}
