//! The Durable Object that holds the open sockets of one site's owner and tells them what happens. It keeps nothing: whoever
//! comes late asks for what they show. Between events it sleeps, and its sockets with it.
//!
//! A socket outlives the cookie it was opened with. So before something is told, whoever sits there is looked up again, at
//! most every two minutes, and at once on a hint that a session or a grant has ended.

use crate::access;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, rc::Rc};
use vetka_edge::{
    Result, error, reply,
    room::{Limits, answer_pings, close_back, sign_out},
    time, trace,
};
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, WebSocketPair, durable_object,
};

/// Tells the object who sits at the other end of a socket: a [`Credential`].
pub const WHO: &str = "x-vetka-who";
/// What a socket may speak; what the object is told here it answers.
pub const PROTOCOLS: &str = "sec-websocket-protocol";

/// Sockets of one site's owner.
const LIMITS: Limits =
    Limits { tabs: 30, sockets: 200, refusal: "Vetka is open in too many places. Close some and reload." };
/// Bytes of an event.
const LARGEST: usize = 4096;
/// How long a look at who sits there is believed, in milliseconds.
const BELIEVED_MS: i64 = 2 * 60 * 1000;
/// Close code: pages have nothing to say here.
const LISTEN_ONLY: u16 = 4400;

/// What a socket was opened with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Credential {
    /// A session of the app.
    Session(String),
    /// A grant for the frame on somebody's page.
    Grant(String),
}

impl Credential {
    fn id(&self) -> &str {
        match self {
            Self::Session(id) | Self::Grant(id) => id,
        }
    }
}

/// What a socket carries through hibernation.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seat {
    who: Credential,
    /// Whose site this is; the object itself does not know.
    site_id: String,
    /// When it was last looked up, Unix milliseconds UTC.
    looked_at: i64,
}

/// The open pages of a site's owner. See [`vetka_edge::live`].
#[durable_object]
pub struct Live {
    state: State,
    env: Env,
}

impl DurableObject for Live {
    fn new(state: State, env: Env) -> Self {
        answer_pings(&state);
        Self { state, env }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let id = trace::of_object(&request);
        trace::within(Rc::clone(&id), async {
            match self.answer(request).await {
                Ok(response) => trace::signed(response, &id),
                Err(failure) => failure.into_response(&id),
            }
        })
        .await
    }

    async fn websocket_message(&self, ws: WebSocket, _message: WebSocketIncomingMessage) -> worker::Result<()> {
        let _ = ws.close(Some(LISTEN_ONLY), Some("listen only"));
        Ok(())
    }

    async fn websocket_close(
        &self,
        ws: WebSocket,
        code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> worker::Result<()> {
        close_back(&ws, code);
        Ok(())
    }

    async fn websocket_error(&self, _ws: WebSocket, _error: worker::Error) -> worker::Result<()> {
        // A socket that broke is gone; its page comes back and asks for what it shows.
        Ok(())
    }
}

impl Live {
    async fn answer(&self, mut request: Request) -> Result<Response> {
        let url = reply::url(&request);
        let target = reply::target(&url)?;
        match target.path {
            "/healthz" => Ok(reply::empty(204)),
            "/tell" => {
                let event = request.text().await?;
                if event.len() > LARGEST {
                    return Err(error::too_large("That is more than an event holds."));
                }
                self.close_ended(BELIEVED_MS).await?;
                for socket in self.state.get_websockets() {
                    // One that cannot be written to is closing; its page comes back.
                    let _ = socket.send_with_str(&event);
                }
                Ok(reply::empty(204))
            }
            "/closed" => {
                self.close_ended(0).await?;
                Ok(reply::empty(204))
            }
            "/socket" => {
                let site_id = target.param("site").ok_or_else(error::unauthorized)?;
                let who = request.headers().get(WHO)?.ok_or_else(error::unauthorized)?;
                let opened = self.open(serde_json::from_str(&who)?, site_id).await?;
                if let Some(protocol) = request.headers().get(PROTOCOLS)? {
                    opened.headers().set(PROTOCOLS, &protocol)?;
                }
                Ok(opened)
            }
            _ => Err(error::not_found("There is nothing at this address.")),
        }
    }

    async fn open(&self, who: Credential, site_id: String) -> Result<Response> {
        if LIMITS.check(&self.state, who.id()).is_err() {
            // Some may sit there for nobody any more.
            self.close_ended(0).await?;
            LIMITS.check(&self.state, who.id())?;
        }
        let pair = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&pair.server, &[who.id()]);
        pair.server.serialize_attachment(Seat { who, site_id, looked_at: time::now_ms() })?;
        Ok(Response::from_websocket(pair.client)?)
    }

    /// Closes the sockets of whoever is not to hear any more, asking only about those last looked up so long ago.
    async fn close_ended(&self, believed_ms: i64) -> Result<()> {
        let now = time::now_ms();
        let mut stands = BTreeMap::new();
        for socket in self.state.get_websockets() {
            let Ok(Some(seat)) = socket.deserialize_attachment::<Seat>() else {
                sign_out(&socket);
                continue;
            };
            if seat.looked_at + believed_ms > now {
                continue;
            }
            let ok = match stands.get(&seat.who).copied() {
                Some(ok) => ok,
                None => access::may_listen(&self.env, &seat.who, &seat.site_id).await?,
            };
            stands.insert(seat.who.clone(), ok);
            if ok {
                let _ = socket.serialize_attachment(Seat { looked_at: now, ..seat });
            } else {
                sign_out(&socket);
            }
        }
        Ok(())
    }
}
