//! Who looks on: hibernating sockets and event streams, two doors to the same log. A socket's attachment says how far
//! it has been served, so a socket that outlives the object's memory misses nothing and gets nothing twice.

use super::{Object, store::Frame};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vetka_domain::conversation::{
    frame::{Body, Status},
    sse,
};
use vetka_edge::{Error, Result, time};
use worker::{Headers, Response, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

/// Sockets of one conversation.
const MOST_SOCKETS: usize = 1_000;
/// Sockets of one session in it: tabs that somebody left open.
const MOST_TABS: usize = 30;
/// Close code: the session behind the socket is over.
const SIGNED_OUT: u16 = 4401;
/// Close code: the conversation is gone.
const GONE: u16 = 4404;

/// What a socket carries through hibernation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seat {
    /// The last number it was sent.
    pub after: i64,
    /// The session of whoever sits there.
    pub session_id: String,
}

/// An event stream that waits for the end of a turn.
pub struct Door {
    turn: i64,
    sender: UnboundedSender<worker::Result<Vec<u8>>>,
}

/// Lets the runtime answer pings while the object sleeps.
pub fn answer_pings(state: &State) {
    if let Ok(pair) = WebSocketRequestResponsePair::new("ping", "pong") {
        state.set_websocket_auto_response(&pair);
    }
}

impl Object {
    /// Opens a socket: replays what came after `after`, says that this was it, and goes on live.
    pub fn open_socket(&self, after: i64, session_id: String) -> Result<Response> {
        let tabs = self.state.get_websockets_with_tag(&session_id).len();
        if tabs >= MOST_TABS || self.state.get_websockets().len() >= MOST_SOCKETS {
            return Err(Error::new(
                429,
                "too_many_tabs",
                "This conversation is open in too many places. Close some and reload.",
            ));
        }
        let last = self.store.last_seq()?;
        // A number from another life of this conversation: begin again rather than stay silent.
        let after = if after > last { 0 } else { after };
        let pair = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&pair.server, &[&session_id]);
        for frame in self.store.after(after)? {
            pair.server.send_with_str(&frame.frame)?;
        }
        pair.server.serialize_attachment(Seat { after: last, session_id })?;
        let running = self.store.running()?;
        let status = match &running {
            Some(turn) if turn.is_stopping() => Status::Stopping,
            Some(_) => Status::Running,
            None => Status::Idle,
        };
        let hello =
            Body::SessionStatus { status, turn: running.map(|turn| turn.number), outcome: None, replayed: Some(last) };
        pair.server.send_with_str(hello.to_json(None, &time::rfc3339(time::now_ms())))?;
        Ok(Response::from_websocket(pair.client)?)
    }

    /// Opens an event stream: replays what came after `after`, and stays open until `turn` is over, if it is not yet.
    pub fn open_stream(&self, after: i64, turn: Option<i64>) -> Result<Response> {
        let (sender, receiver) = unbounded();
        let replay: String = self
            .store
            .after(after)?
            .iter()
            .map(|frame| sse::write(Some(frame.seq), &frame.door, &frame.frame))
            .collect();
        // A first comment makes the headers go out at once.
        let _ = sender.unbounded_send(Ok(format!(": open\n\n{replay}").into_bytes()));
        if let Some(turn) = turn
            && self.store.turn(turn)?.is_some_and(|row| !row.is_over())
        {
            self.doors.borrow_mut().push(Door { turn, sender });
        }
        let headers = Headers::new();
        headers.set("content-type", "text/event-stream; charset=utf-8")?;
        headers.set("cache-control", "no-store")?;
        headers.set("x-content-type-options", "nosniff")?;
        Ok(Response::from_stream(receiver)?.with_headers(headers))
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
        self.doors.borrow_mut().retain(|door| {
            frames.iter().all(|frame| {
                let sent =
                    door.sender.unbounded_send(Ok(sse::write(Some(frame.seq), &frame.door, &frame.frame).into_bytes()));
                sent.is_ok() && !(frame.door == "done" && frame.turn == Some(door.turn))
            })
        });
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
        let json = body.to_json(None, &time::rfc3339(time::now_ms()));
        for socket in self.state.get_websockets() {
            let _ = socket.send_with_str(&json);
        }
        let event = sse::write(None, body.sse_name(), &json);
        self.doors.borrow_mut().retain(|door| door.sender.unbounded_send(Ok(event.clone().into_bytes())).is_ok());
    }

    /// Keeps event streams from being taken for dead.
    pub fn keep_doors_open(&self) {
        self.doors.borrow_mut().retain(|door| door.sender.unbounded_send(Ok(b": still here\n\n".to_vec())).is_ok());
    }

    /// Closes the sockets of sessions that are over.
    pub async fn close_signed_out(&self) -> Result<()> {
        let mut stands = BTreeMap::new();
        let user_id = self.identity()?.user_id;
        for socket in self.state.get_websockets() {
            let Ok(Some(seat)) = socket.deserialize_attachment::<Seat>() else { continue };
            let known = stands.get(&seat.session_id).copied();
            let ok = match known {
                Some(ok) => ok,
                None => crate::access::session_stands(&self.env, &seat.session_id, &user_id).await?,
            };
            stands.insert(seat.session_id, ok);
            if !ok {
                sign_out(&socket);
            }
        }
        Ok(())
    }

    /// Closes everything: the conversation is gone.
    pub fn close_doors(&self) {
        for socket in self.state.get_websockets() {
            refuse(&socket, "conversation_gone", "This site was deleted, and what was said here with it.");
            let _ = socket.close(Some(GONE), Some("gone"));
        }
        self.doors.borrow_mut().clear();
    }
}

fn serve(socket: &WebSocket, frames: &[Frame], seat: Seat, last: i64) {
    let sent = frames.iter().all(|frame| socket.send_with_str(&frame.frame).is_ok());
    if sent {
        // A socket that cannot be written to is closing; whoever comes back says what they saw.
        let _ = socket.serialize_attachment(Seat { after: last, ..seat });
    }
}

/// Tells one socket that something was refused.
pub fn refuse(socket: &WebSocket, code: &str, message: &str) {
    let body = Body::Error { turn: None, code: code.to_owned(), message: message.to_owned(), r#final: true };
    let _ = socket.send_with_str(body.to_json(None, &time::rfc3339(time::now_ms())));
}

/// Ends a socket whose session is over.
pub fn sign_out(socket: &WebSocket) {
    refuse(socket, "unauthorized", "You are not signed in any more. Sign in and try again.");
    let _ = socket.close(Some(SIGNED_OUT), Some("signed out"));
}
