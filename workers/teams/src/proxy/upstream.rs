//! Asking what stands behind the proxies: no redirect is followed, nothing is kept on the way, and nothing of what is sent
//! reaches a log.

use futures::{
    StreamExt,
    future::{Either, select},
};
use std::{pin::pin, time::Duration};
use vetka_edge::{Result, error};
use worker::{
    AbortController, AbortSignal, ByteStream, CacheMode, Delay, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect, Response, js_sys::Uint8Array, wasm_bindgen::JsValue,
};

/// A request to somebody else's server.
pub struct Question {
    request: Request,
}

impl Question {
    /// A request with these headers. `body` is bytes or a stream of them.
    ///
    /// # Errors
    /// Internal, when the runtime takes a header for none.
    pub fn new(method: Method, url: &str, headers: Headers, body: Option<JsValue>) -> Result<Self> {
        let mut init = RequestInit::new();
        init.with_method(method).with_headers(headers).with_body(body);
        // Anybody's answers have the same addresses: a cache in between would mix them up.
        init.with_redirect(RequestRedirect::Manual).with_cache(CacheMode::NoStore);
        Ok(Self { request: Request::new_with_init(url, &init)? })
    }

    /// Asks, and waits so long for the beginning of an answer.
    ///
    /// # Errors
    /// For the log, without the address.
    pub async fn ask(self, patience: Duration, signal: &AbortSignal) -> core::result::Result<Response, String> {
        let fetch = Fetch::Request(self.request);
        match select(pin!(fetch.send_with_signal(signal)), pin!(Delay::from(patience))).await {
            Either::Left((answered, _)) => answered.map_err(|failure| error::describe(&failure)),
            Either::Right(_) => Err("no answer in time".to_owned()),
        }
    }
}

/// What came next of a body.
pub enum Next {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Nothing more comes: it is whole.
    End,
    /// It broke off, or nothing came for too long.
    Broken,
}

/// Waits so long for the next piece.
pub async fn next(body: &mut ByteStream, patience: Duration) -> Next {
    match select(body.next(), pin!(Delay::from(patience))).await {
        Either::Left((Some(Ok(bytes)), _)) => Next::Bytes(bytes),
        Either::Left((None, _)) => Next::End,
        Either::Left((Some(Err(_)), _)) | Either::Right(_) => Next::Broken,
    }
}

/// What comes of a body within a length and a time.
pub async fn beginning(body: &mut ByteStream, longest: usize, patience: Duration) -> Vec<u8> {
    let mut read = Vec::new();
    let mut limit = pin!(Delay::from(patience));
    while read.len() < longest
        && let Either::Left((Some(Ok(piece)), _)) = select(body.next(), limit.as_mut()).await
    {
        read.extend(piece);
    }
    read.truncate(longest);
    read
}

/// Takes in what is left of a body, up to a length and a time, and lets it go.
pub async fn hear_out(body: &mut ByteStream, longest: u64, patience: Duration) {
    let mut limit = pin!(Delay::from(patience));
    let mut heard = 0;
    while heard <= longest
        && let Either::Left((Some(Ok(piece)), _)) = select(body.next(), limit.as_mut()).await
    {
        heard += piece.len() as u64;
    }
}

/// Bytes as a body.
pub fn bytes(body: &[u8]) -> JsValue {
    Uint8Array::from(body).into()
}

/// What stops a request when it goes out of sight before it was let go.
pub struct Stop(Option<AbortController>);

impl Stop {
    /// For one request.
    pub fn new() -> Self {
        Self(Some(AbortController::default()))
    }

    /// What the request listens to.
    pub fn signal(&self) -> AbortSignal {
        self.0.as_ref().map_or_else(AbortSignal::abort, AbortController::signal)
    }

    /// Stops it now.
    pub fn now(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}
