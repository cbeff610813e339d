//! Who looks on: sockets and event streams, two doors to the same log. The sockets are in the room of `vetka_edge`; the
//! streams are here.

use super::{Object, store::Frame};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use vetka_domain::conversation::{
    frame::{Body, Status},
    sse,
};
use vetka_edge::{
    Result,
    room::{self, Limits, Log as _},
    time,
};
use worker::{Headers, Response, WebSocket};

/// Sockets of one conversation.
pub const LIMITS: Limits = Limits {
    tabs: 30,
    sockets: 1_000,
    refusal: "This conversation is open in too many places. Close some and reload.",
};

/// An event stream that waits for the end of a turn.
pub struct Door {
    turn: i64,
    sender: UnboundedSender<worker::Result<Vec<u8>>>,
}

impl Object {
    /// Opens a socket: replays what came after `after`, says that this was it, and goes on live.
    pub fn open_socket(&self, after: i64, session_id: String) -> Result<Response> {
        let (pair, last) = self.room.open(&self.store, after, &session_id, &session_id)?;
        let running = self.store.running()?;
        let status = match &running {
            Some(turn) if turn.is_stopping() => Status::Stopping,
            Some(_) => Status::Running,
            None => Status::Idle,
        };
        let hello =
            Body::SessionStatus { status, turn: running.map(|turn| turn.number), outcome: None, replayed: Some(last) };
        pair.server.send_with_str(passing(&hello))?;
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
        self.room.show(&self.store, frames);
        self.doors.borrow_mut().retain(|door| {
            frames.iter().all(|frame| {
                let sent =
                    door.sender.unbounded_send(Ok(sse::write(Some(frame.seq), &frame.door, &frame.frame).into_bytes()));
                sent.is_ok() && !(frame.door == "done" && frame.turn == Some(door.turn))
            })
        });
    }

    /// Shows a frame that is not kept.
    pub fn show_passing(&self, body: &Body) {
        let json = passing(body);
        self.room.pass(&json);
        let event = sse::write(None, body.sse_name(), &json);
        self.doors.borrow_mut().retain(|door| door.sender.unbounded_send(Ok(event.clone().into_bytes())).is_ok());
    }

    /// Keeps event streams from being taken for dead.
    pub fn keep_doors_open(&self) {
        self.doors.borrow_mut().retain(|door| door.sender.unbounded_send(Ok(b": still here\n\n".to_vec())).is_ok());
    }

    /// Closes the sockets of sessions that are over.
    pub async fn close_signed_out(&self) -> Result<()> {
        let user_id = self.identity()?.user_id;
        let stands = async |session_id: &String| crate::access::session_stands(&self.env, session_id, &user_id).await;
        self.room.close_ended(stands, sign_out).await
    }

    /// Closes everything: the conversation is gone.
    pub fn close_doors(&self) {
        let last_words = refusal("conversation_gone", "This site was deleted, and what was said here with it.");
        self.room.close(&passing(&last_words));
        self.doors.borrow_mut().clear();
    }
}

fn passing(body: &Body) -> String {
    body.to_json(None, &time::rfc3339(time::now_ms()))
}

fn refusal(code: &str, message: &str) -> Body {
    Body::Error { turn: None, code: code.to_owned(), message: message.to_owned(), r#final: true }
}

/// Tells one socket that something was refused.
pub fn refuse(socket: &WebSocket, code: &str, message: &str) {
    let _ = socket.send_with_str(passing(&refusal(code, message)));
}

/// Ends a socket whose session is over.
pub fn sign_out(socket: &WebSocket) {
    refuse(socket, "unauthorized", "You are not signed in any more. Sign in and try again.");
    room::sign_out(socket);
}
