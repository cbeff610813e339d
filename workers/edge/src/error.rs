//! One error for every worker: what a person is told and what the log is told are kept apart.
//!
//! Use a lower-case constructor ([`bad_request`], [`not_found`], …) when the caller can do something about it; let `?`
//! turn everything else into an internal error, which answers 500 without a detail and logs the cause.

use schemars::JsonSchema;
use serde::Serialize;
use std::cell::RefCell;
use worker::{Headers, Response};

/// What handlers return.
pub type Result<T> = core::result::Result<T, Error>;

/// What a refusal says, everywhere but on BetterAuth's wire, which has codes of its own. Some refusals say more.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub struct Body<'a> {
    /// For programs; stable.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9_]*$"))]
    pub code: &'a str,
    /// For a person: what happened, and what to do next.
    pub message: &'a str,
    #[serde(flatten)]
    #[schemars(skip)]
    extra: Option<&'a serde_json::Value>,
}

/// A refusal or a failure on its way to becoming a response `{"code","message"}`.
#[derive(Debug)]
pub struct Error {
    /// HTTP status, 400 or more.
    pub status: u16,
    /// For programs; `snake_case`, stable.
    pub code: &'static str,
    /// For a person: what happened, and what to do next.
    pub message: String,
    /// For the log only. Never holds user content or a secret.
    pub internal: Option<String>,
    /// `Allow` of a 405, say.
    pub headers: Vec<(&'static str, String)>,
    /// Further fields of the JSON answer, an object.
    pub extra: Option<Box<serde_json::Value>>,
}

impl Error {
    /// An error with any status.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), internal: None, headers: Vec::new(), extra: None }
    }

    /// A refusal that another worker or object of ours gave, to be passed on.
    pub fn told(status: u16, code: &str, message: impl Into<String>) -> Self {
        thread_local! {
            static CODES: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
        }
        // Codes are words of our own programs, so there is an end to them, and each is kept once.
        let code = CODES.with_borrow_mut(|codes| {
            if let Some(known) = codes.iter().find(|known| **known == code) {
                return *known;
            }
            let kept: &'static str = Box::leak(code.to_owned().into_boxed_str());
            codes.push(kept);
            kept
        });
        Self::new(status, code, message)
    }

    /// Adds a response header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds fields to the JSON answer.
    #[must_use]
    pub fn with_extra(mut self, extra: serde_json::Value) -> Self {
        self.extra = Some(Box::new(extra));
        self
    }

    /// The names that the refusal offers instead, when it does.
    pub fn suggestions(&self) -> Vec<String> {
        let listed = self.extra.as_ref().and_then(|extra| extra.get("suggestions")?.as_array());
        listed.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// The JSON body: `code`, `message`, and what was added.
    pub fn body(&self) -> Body<'_> {
        Body { code: self.code, message: &self.message, extra: self.extra.as_deref() }
    }

    /// The answer. Logs the internal cause, if there is one, under the request's id.
    pub fn into_response(self, request_id: &str) -> worker::Result<Response> {
        self.log(request_id);
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        headers.set("cache-control", "no-store")?;
        headers.set("x-content-type-options", "nosniff")?;
        headers.set("x-request-id", request_id)?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        Ok(Response::builder().with_status(self.status).with_headers(headers).fixed(serde_json::to_vec(&self.body())?))
    }

    /// Writes the internal cause to the log, once, where the error becomes an answer.
    pub fn log(&self, request_id: &str) {
        if let Some(cause) = &self.internal {
            crate::log::error(request_id, self.code, cause);
        }
    }
}

/// 400: the request itself is wrong.
pub fn bad_request(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(400, code, message)
}

/// 401: nobody is signed in.
pub fn unauthorized() -> Error {
    Error::new(401, "unauthorized", "You are not signed in. Sign in and try again.")
}

/// 403: somebody, but not from here or not this.
pub fn forbidden(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(403, code, message)
}

/// 404, also for what belongs to somebody else: whether it exists is not for the asker to know.
pub fn not_found(message: impl Into<String>) -> Error {
    Error::new(404, "not_found", message)
}

/// 405 with the methods that would do.
pub fn method_not_allowed(allowed: &[&str]) -> Error {
    Error::new(405, "method_not_allowed", "That cannot be done at this address.")
        .with_header("allow", allowed.join(", "))
}

/// 409: the world has changed, or the thing is taken.
pub fn conflict(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(409, code, message)
}

/// 413 with the limit in words.
pub fn too_large(message: impl Into<String>) -> Error {
    Error::new(413, "too_large", message)
}

/// 415: JSON routes take JSON and nothing else, so that no foreign form can post to them.
pub fn unsupported_media_type() -> Error {
    Error::new(415, "unsupported_media_type", "Send this as application/json.")
}

/// 429. [`crate::limit::too_many`] adds the wait.
pub fn too_many_requests(message: impl Into<String>) -> Error {
    Error::new(429, "too_many_requests", message)
}

/// 500. `cause` goes to the log and nowhere else.
pub fn internal(cause: impl Into<String>) -> Error {
    let mut error = Error::new(500, "internal_error", "Something went wrong on our side. Try again in a moment.");
    error.internal = Some(cause.into());
    error
}

/// 502: a service behind us did not do its part.
pub fn upstream(code: &'static str, message: impl Into<String>, cause: impl Into<String>) -> Error {
    let mut error = Error::new(502, code, message);
    error.internal = Some(cause.into());
    error
}

/// A cause that may be logged, without the traps: formatting D1's inner error hangs the request, and an unknown
/// JavaScript error prints its stack.
pub fn describe(error: &worker::Error) -> String {
    match error {
        worker::Error::D1(inner) => inner.cause(),
        worker::Error::UnknownJsError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

impl From<worker::Error> for Error {
    fn from(error: worker::Error) -> Self {
        internal(describe(&error))
    }
}

impl From<worker::kv::KvError> for Error {
    fn from(error: worker::kv::KvError) -> Self {
        internal(format!("kv: {error}"))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        // Line, column and kind, but not the text that failed to parse.
        internal(format!("json: {:?} at {}:{}", error.classify(), error.line(), error.column()))
    }
}
