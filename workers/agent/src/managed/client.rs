//! HTTP to the Managed Agents service, after its fact sheet: headers, errors, waits, and the event stream. Knows no turn.

use futures::{
    StreamExt,
    future::{Either, select},
};
use serde_json::{Value, json};
use std::{collections::VecDeque, future::Future, pin::pin, time::Duration};
use vetka_domain::{
    conversation::{
        retry::{self, Advice},
        sse,
    },
    target::encode_component,
};
use vetka_edge::config;
use worker::{
    AbortController, AbortSignal, ByteStream, Delay, Env, Fetch, Headers, Method, Request, RequestInit, Response,
    wasm_bindgen::JsValue, web_sys,
};

const VERSION: &str = "2026-10-21";
const BETA: &str = "managed-agents-2026-04-01";
/// Milliseconds until an answer must be there. A stream has this long for its headers only.
const ANSWER_MS: u64 = 30_000;
/// Milliseconds for sending a file of 20 MB.
const UPLOAD_MS: u64 = 120_000;

/// What can go wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The service answered with an error.
    Refused {
        /// HTTP status.
        status: u16,
        /// Whether it may go well next time.
        advice: Advice,
        /// How long the service asks to wait, milliseconds.
        wait_ms: Option<u64>,
        /// The service's own words, for telling apart and never for showing.
        message: String,
    },
    /// No answer, or half of one.
    Unreachable,
}

impl Failure {
    /// The status, 0 when there was no answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Unreachable => 0,
        }
    }
}

/// Where the service is, and how we show who we are.
pub struct Client {
    base: String,
    key: String,
}

impl Client {
    /// Reads the settings.
    pub fn from_env(env: &Env) -> vetka_edge::Result<Self> {
        let base = config::var(env, "ANTHROPIC_BASE_URL")?.trim_end_matches('/').to_owned();
        Ok(Self { base, key: config::secret(env, "ANTHROPIC_API_KEY")? })
    }

    fn headers(&self, beta: bool) -> worker::Result<Headers> {
        let headers = Headers::new();
        headers.set("x-api-key", &self.key)?;
        headers.set("anthropic-version", VERSION)?;
        if beta {
            headers.set("anthropic-beta", BETA)?;
        }
        Ok(headers)
    }

    fn request(&self, method: Method, path: &str, headers: Headers, body: Option<JsValue>) -> worker::Result<Request> {
        let mut init = RequestInit::new();
        init.with_method(method).with_headers(headers).with_body(body);
        Request::new_with_init(&format!("{}{path}", self.base), &init)
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.headers(true).and_then(|headers| self.request(Method::Get, path, headers, None));
        within(ANSWER_MS, json_answer(request.map_err(|_| Failure::Unreachable)?)).await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        let request = self.headers(true).and_then(|headers| self.request(Method::Delete, path, headers, None));
        within(ANSWER_MS, json_answer(request.map_err(|_| Failure::Unreachable)?)).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.headers(true).and_then(|headers| {
            headers.set("content-type", "application/json")?;
            self.request(Method::Post, path, headers, Some(body.to_string().into()))
        });
        within(ANSWER_MS, json_answer(request.map_err(|_| Failure::Unreachable)?)).await
    }

    /// Sends a file; gives its id. The bytes stay on the runtime's side.
    pub async fn upload(&self, name: &str, blob: &web_sys::Blob) -> Result<String, Failure> {
        let request = self.headers(false).and_then(|headers| {
            let form = web_sys::FormData::new()?;
            form.append_with_blob_and_filename("file", blob, name)?;
            self.request(Method::Post, "/v1/files", headers, Some(form.into()))
        });
        let file = within(UPLOAD_MS, json_answer(request.map_err(|_| Failure::Unreachable)?)).await?;
        file.get("id").and_then(Value::as_str).map(str::to_owned).ok_or(Failure::Unreachable)
    }

    /// Opens the stream of a session's events; it is open when this comes back.
    pub async fn stream(&self, session: &str) -> Result<Events, Failure> {
        let path = format!("/v1/sessions/{}/events/stream?event_deltas%5B%5D=agent.message", encode_component(session));
        let request = self.headers(true).and_then(|headers| self.request(Method::Get, &path, headers, None));
        let request = request.map_err(|_| Failure::Unreachable)?;
        let abort = Abort(Some(AbortController::default()));
        let mut response = within(ANSWER_MS, send(request, abort.signal())).await?;
        let body = response.stream().map_err(|_| Failure::Unreachable)?;
        Ok(Events { body, reader: sse::Reader::default(), ready: VecDeque::new(), _abort: abort })
    }

    /// The history of a session, oldest first, all pages. `since` is the time of the last event that was seen.
    pub async fn history(&self, session: &str, since: Option<&str>) -> Result<Vec<Value>, Failure> {
        let since = since.map(|at| format!("&created_at%5Bgte%5D={}", encode_component(at))).unwrap_or_default();
        self.pages(session, &format!("order=asc&limit=1000{since}"), usize::MAX).await
    }

    /// The newest of our own messages in a session.
    pub async fn last_messages(&self, session: &str) -> Result<Vec<Value>, Failure> {
        self.pages(session, "order=desc&limit=20&types%5B%5D=user.message", 1).await
    }

    async fn pages(&self, session: &str, query: &str, most: usize) -> Result<Vec<Value>, Failure> {
        let base = format!("/v1/sessions/{}/events?{query}", encode_component(session));
        let mut events = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..most {
            let page =
                cursor.as_deref().map(|cursor| format!("&page={}", encode_component(cursor))).unwrap_or_default();
            let mut answer = self.get(&format!("{base}{page}")).await?;
            if let Some(Value::Array(data)) = answer.get_mut("data").map(Value::take) {
                events.extend(data);
            }
            match answer.get("next_page").and_then(Value::as_str) {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        Ok(events)
    }

    /// Sends events to a session. What the service makes of them is read from the stream, where it stands in its place:
    /// taken from this answer it would overtake what came before it.
    pub async fn send(&self, session: &str, events: Value) -> Result<(), Failure> {
        let path = format!("/v1/sessions/{}/events", encode_component(session));
        self.post(&path, &json!({ "events": events })).await.map(|_| ())
    }
}

/// An open stream. Dropping it ends the request.
pub struct Events {
    body: ByteStream,
    reader: sse::Reader,
    ready: VecDeque<Value>,
    _abort: Abort,
}

impl Events {
    /// The next event; `None` when the service closed the stream.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] when the connection broke or was silent for too long.
    pub async fn next(&mut self) -> Result<Option<Value>, Failure> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let body = &mut self.body;
            let read = within(retry::STREAM_IDLE_MS, async move { Ok(body.next().await) }).await?;
            let Some(bytes) = read else { return Ok(None) };
            let bytes = bytes.map_err(|_| Failure::Unreachable)?;
            for message in self.reader.feed(&bytes).map_err(|_| Failure::Unreachable)? {
                match message.name.as_str() {
                    "ping" => {}
                    "error" => return Err(Failure::Unreachable),
                    _ => self.ready.push_back(serde_json::from_str(&message.data).map_err(|_| Failure::Unreachable)?),
                }
            }
        }
    }
}

/// Aborts its request when dropped.
struct Abort(Option<AbortController>);

impl Abort {
    fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

async fn within<T>(ms: u64, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match select(pin!(work), pin!(Delay::from(Duration::from_millis(ms)))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(Failure::Unreachable),
    }
}

async fn json_answer(request: Request) -> Result<Value, Failure> {
    let mut response = send(request, None).await?;
    let text = response.text().await.map_err(|_| Failure::Unreachable)?;
    serde_json::from_str(&text).map_err(|_| Failure::Unreachable)
}

async fn send(request: Request, signal: Option<AbortSignal>) -> Result<Response, Failure> {
    let fetch = Fetch::Request(request);
    let answer = match &signal {
        Some(signal) => fetch.send_with_signal(signal).await,
        None => fetch.send().await,
    };
    let mut response = answer.map_err(|_| Failure::Unreachable)?;
    let status = response.status_code();
    if (200..300).contains(&status) {
        return Ok(response);
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let advice = retry::advice(status, header("x-should-retry").as_deref());
    let wait_ms = retry::asked_wait_ms(header("retry-after-ms").as_deref(), header("retry-after").as_deref());
    let body: Value = response.text().await.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let message = body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default().to_owned();
    Err(Failure::Refused { status, advice, wait_ms, message })
}
