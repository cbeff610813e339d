//! Asking the workers behind this one, through service bindings. They answer such requests only at `<worker>.internal`.

use axum::body::Bytes;
use vetka_edge::{Result, error};
use worker::{Env, Headers, Method, RequestInit};

/// Largest answer that is taken from inside.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// What another worker said.
pub struct Said {
    /// HTTP status.
    pub status: u16,
    /// JSON, mostly.
    pub body: Bytes,
}

/// Asks `binding` at its internal `host`.
///
/// # Errors
/// 503 when it does not answer at all.
pub async fn ask(env: &Env, binding: &str, method: Method, url: &str, json: Option<String>) -> Result<Said> {
    let mut init = RequestInit::new();
    init.with_method(method);
    if let Some(json) = json {
        let headers = Headers::new();
        headers.set("content-type", "application/json")?;
        init.with_headers(headers).with_body(Some(json.into()));
    }
    let response = env.service(binding)?.fetch(url, Some(init)).await.map_err(|failure| {
        let mut silent = vetka_edge::Error::new(
            503,
            "not_ready",
            "A part of Vetka is not answering, so nothing was changed. Try again in a moment.",
        );
        silent.internal = Some(format!("{binding}: {}", error::describe(&failure)));
        silent
    })?;
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(axum::body::Body::new(response.into_body()), MAX_ANSWER)
        .await
        .map_err(|failure| error::internal(format!("{binding}: the answer broke off: {failure}")))?;
    Ok(Said { status, body })
}
