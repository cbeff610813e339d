//! The Durable Object of a conversation: a shell. Each event wakes the turn that may have been left lying, and then
//! does what it is for.

use crate::{
    conversation::{Object, doors},
    driver::Driver,
    managed::ManagedAgents,
    routes::{internal::Published, socket, stop, stream},
};
use std::rc::Rc;
use vetka_edge::{Result, error, reply, room::close_back, trace};
use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

/// Bytes of what the worker's routes send.
const LARGEST: usize = 256 * 1024;

/// One conversation. See [`crate::conversation`].
#[durable_object]
pub struct Conversation {
    object: Rc<Object>,
}

impl DurableObject for Conversation {
    fn new(state: State, env: Env) -> Self {
        Self { object: Rc::new(Object::new(state, env)) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let id = trace::of_object(&request);
        trace::within(Rc::clone(&id), async {
            match answer(&self.object, request).await {
                Ok(response) => trace::signed(response, &id),
                Err(error) => error.into_response(&id),
            }
        })
        .await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // A failure is not thrown: after six of them the runtime would give the alarm up for good.
        if let Err(failure) = trace::alone(self.object.watch()).await {
            failure.log("alarm");
            self.object.state.storage().set_alarm(crate::conversation::WATCH_MS).await?;
        }
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        let WebSocketIncomingMessage::String(text) = message else {
            doors::refuse(&ws, "malformed_frame", "That could not be understood. Reload the page and try again.");
            return Ok(());
        };
        trace::alone(async {
            let heard = match self.object.kick() {
                Ok(()) => self.object.hear(&ws, &text).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = heard {
                failure.log("socket");
                doors::refuse(&ws, failure.code, &failure.message);
            }
        })
        .await;
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
        // A socket that broke is gone; whoever sat there comes back and says what they saw last.
        Ok(())
    }
}

async fn answer(object: &Rc<Object>, mut request: Request) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    let method = request.method().to_string();
    if target.path == "/healthz" {
        // Whether objects answer at all; this one is no conversation and becomes none.
        return Ok(reply::empty(204));
    }
    object.introduce(&request)?;
    if method == "DELETE" && target.path == "/agent-session" {
        return match ManagedAgents::new(Rc::clone(object)).give_up()? {
            true => Ok(reply::empty(204)),
            false => Err(error::not_found("The agent has no session of this conversation.")),
        };
    }
    if method == "DELETE" {
        object.forget(&ManagedAgents::new(Rc::clone(object))).await?;
        return Ok(reply::empty(204));
    }
    object.kick()?;
    match target.path {
        "/open" => {
            let agent = ManagedAgents::new(Rc::clone(object)).agent().await;
            reply::json(200, &object.opened(agent)?)
        }
        "/messages" => {
            let after = target.param("after").and_then(|after| after.parse().ok()).unwrap_or_default();
            reply::json(200, &object.said_after(after)?)
        }
        "/stream" => {
            let ask: stream::Ask = reply_body(&mut request).await?;
            object.say_and_stream(ask).await
        }
        "/stop" => {
            object.stop()?;
            reply::json(202, &stop::Stopping { ok: true })
        }
        "/published" => {
            let version: Published = reply_body(&mut request).await?;
            object.published(version.snapshot_id, version.url)?;
            Ok(reply::empty(204))
        }
        "/socket" => {
            let after = target.param("after").and_then(|after| after.parse().ok()).unwrap_or_default();
            let session = request.headers().get(socket::SESSION)?.ok_or_else(error::unauthorized)?;
            object.open_socket(after, session)
        }
        _ => Err(error::not_found("There is nothing at this address.")),
    }
}

async fn reply_body<T: serde::de::DeserializeOwned>(request: &mut Request) -> Result<T> {
    let body = request.bytes().await?;
    if body.len() > LARGEST {
        return Err(error::too_large("That is more than fits in one request."));
    }
    serde_json::from_slice(&body).map_err(|failure| reply::bad_json(&failure))
}
