//! The Durable Object of a session: a shell. Each event wakes the work that may have been left lying, and then does what it
//! is for. Only this worker can reach it, and its routes have looked who is asking.

use crate::session::{
    Object,
    memory::{Begin, Ending},
    money::{Reserve, Settle},
    passes::{Entry, Mint, Report, Stay},
    room,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use std::rc::Rc;
use vetka_domain::team::frame::Person;
use vetka_edge::{Error, Result, error, reply, room::close_back, trace};
use worker::{
    DurableObject, Env, Headers, Method, Request, RequestInit, Response, State, WebSocket, WebSocketIncomingMessage,
    durable_object,
};

/// Bytes of what this worker's routes send.
const LARGEST: usize = 512 * 1024;

/// One session. See [`crate::session`].
#[durable_object]
pub struct WorkSession {
    object: Rc<Object>,
}

impl DurableObject for WorkSession {
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
            self.object.state.storage().set_alarm(crate::session::WATCH_MS).await?;
        }
        Response::empty()
    }

    async fn websocket_message(&self, ws: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        let WebSocketIncomingMessage::String(text) = message else {
            room::refuse(&ws, "malformed_frame", "That could not be understood. Reload the page and try again.");
            return Ok(());
        };
        trace::alone(async {
            let heard = match self.object.kick() {
                Ok(()) => self.object.hear(&ws, &text).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = heard {
                failure.log("socket");
                room::refuse(&ws, failure.code, &failure.message);
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
        self.object.room.leave(&ws);
        close_back(&ws, code);
        self.object.show_people();
        Ok(())
    }

    async fn websocket_error(&self, ws: WebSocket, _error: worker::Error) -> worker::Result<()> {
        // A socket that broke is gone; whoever sat there comes back and says what they saw last.
        self.object.room.leave(&ws);
        self.object.show_people();
        Ok(())
    }
}

#[derive(Deserialize)]
struct Shown {
    token: String,
}

/// Somebody wants to take a turn back.
#[derive(Deserialize)]
struct Undo {
    turn: i64,
    person: Person,
}

/// Somebody is not in the organization any more.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Left {
    user_id: String,
}

/// The session cannot go on, for a reason outside of it.
#[derive(Deserialize)]
struct EndNow {
    words: String,
}

async fn answer(object: &Rc<Object>, mut request: Request) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    if target.path == "/healthz" {
        // Whether objects answer at all; this one is no session and becomes none.
        return Ok(reply::empty(204));
    }
    let number = |name: &str| target.param(name).and_then(|number| number.parse().ok()).unwrap_or_default();
    match (request.method().as_ref(), target.path) {
        ("POST", "/begin") => {
            object.begin(body::<Begin>(&mut request).await?)?;
            Ok(reply::empty(204))
        }
        ("POST", "/proxy/who") => reply::json(200, &object.who(&body::<Shown>(&mut request).await?.token)?),
        ("POST", "/model/reserve") => {
            let asked: Reserve = body(&mut request).await?;
            reply::json(200, &object.reserve(&asked).await?)
        }
        ("POST", "/model/settle") => {
            object.settle(&body::<Settle>(&mut request).await?).await?;
            Ok(reply::empty(204))
        }
        ("POST", "/preview/mint") => reply::json(200, &object.mint(&body::<Mint>(&mut request).await?)?),
        ("POST", "/preview/enter") => reply::json(200, &object.admit(&body::<Entry>(&mut request).await?)?),
        ("POST", "/preview/look") => {
            let stay: Stay = body(&mut request).await?;
            reply::json(200, &object.look(&stay).await?)
        }
        ("POST", "/preview/report") => reply::json(200, &object.report(&body::<Report>(&mut request).await?)?),
        ("GET", "/socket") => {
            object.kick()?;
            let header =
                |name: &str| -> Result<String> { request.headers().get(name)?.ok_or_else(error::unauthorized) };
            let person: Person = serde_json::from_slice(header(PERSON)?.as_bytes())?;
            object.open_socket(number("after"), header(SIGNED_IN)?, person)
        }
        ("GET", "/messages") => Ok(Response::builder().fixed(object.said_after(number("after"))?.into_bytes())),
        ("GET", "/changes") => reply::json(200, &object.changes().await?),
        ("POST", "/end") => {
            let ending: Ending = body(&mut request).await?;
            object.end(ending).await?;
            Ok(reply::empty(204))
        }
        ("POST", "/end-now") => {
            object.end_now(&body::<EndNow>(&mut request).await?.words).await?;
            Ok(reply::empty(204))
        }
        ("POST", "/extend") => {
            object.extend().await?;
            Ok(reply::empty(204))
        }
        ("POST", "/undo") => {
            let Undo { turn, person } = body(&mut request).await?;
            object.undo(turn, person).await?;
            Ok(reply::empty(202))
        }
        ("POST", "/others") => {
            object.tell_of_others(body(&mut request).await?)?;
            Ok(reply::empty(204))
        }
        ("POST", "/left") => {
            object.left(&body::<Left>(&mut request).await?.user_id).await?;
            Ok(reply::empty(204))
        }
        ("POST", "/watch") => {
            // Whether there is such a session, and whether its sandbox is still needed.
            object.watch().await?;
            let memory = object.known()?;
            reply::json(
                200,
                &json!({ "isOver": memory.status.is_over(), "sandboxId": memory.sandbox.map(|held| held.id) }),
            )
        }
        ("DELETE", "/") => {
            object.forget().await?;
            Ok(reply::empty(204))
        }
        _ => Err(error::not_found("There is nothing at this address.")),
    }
}

/// Tells the object who sits at the other end of a socket.
pub const PERSON: &str = "x-vetka-person";
/// And which sign-in they came with.
pub const SIGNED_IN: &str = "x-vetka-session";

async fn body<T: DeserializeOwned>(request: &mut Request) -> Result<T> {
    let body = request.bytes().await?;
    if body.len() > LARGEST {
        return Err(error::too_large("That is more than fits in one request."));
    }
    serde_json::from_slice(&body).map_err(|failure| reply::bad_json(&failure))
}

/// Binding of the objects' namespace.
pub const WORK_SESSION: &str = "WORK_SESSION";

/// Asks a session's object. Who may is for the caller to know.
pub async fn ask(
    env: &Env,
    session: &str,
    method: Method,
    path: &str,
    headers: Headers,
    body: Option<String>,
) -> Result<Response> {
    trace::tell(&headers)?;
    let mut init = RequestInit::new();
    init.with_method(method).with_headers(headers).with_body(body.map(Into::into));
    let request = Request::new_with_init(&format!("http://session.internal{path}"), &init)?;
    Ok(env.durable_object(WORK_SESSION)?.get_by_name(session)?.fetch_with_request(request).await?)
}

/// Asks it with JSON, and reads its JSON.
///
/// # Errors
/// The object's own refusals.
pub async fn ask_json<T: DeserializeOwned>(
    env: &Env,
    session: &str,
    method: Method,
    path: &str,
    body: &impl Serialize,
) -> Result<T> {
    let mut response = asked(env, session, method, path, Some(serde_json::to_string(body)?)).await?;
    Ok(serde_json::from_slice(&response.bytes().await?)?)
}

/// Asks it for JSON.
///
/// # Errors
/// The object's own refusals.
pub async fn get(env: &Env, session: &str, path: &str) -> Result<Vec<u8>> {
    Ok(asked(env, session, Method::Get, path, None).await?.bytes().await?)
}

/// Tells it something.
///
/// # Errors
/// The object's own refusals.
pub async fn tell(env: &Env, session: &str, method: Method, path: &str, body: &impl Serialize) -> Result<()> {
    asked(env, session, method, path, Some(serde_json::to_string(body)?)).await?;
    Ok(())
}

async fn asked(env: &Env, session: &str, method: Method, path: &str, body: Option<String>) -> Result<Response> {
    let mut response = ask(env, session, method, path, Headers::new(), body).await?;
    let status = response.status_code();
    if status < 400 {
        return Ok(response);
    }
    let said: Refused = serde_json::from_slice(&response.bytes().await?)?;
    Err(Error::told(status, &said.code, said.message))
}

#[derive(Deserialize)]
struct Refused {
    code: String,
    message: String,
}
