//! Asking the workers behind this one, through service bindings. They answer such requests only at `<worker>.internal`.

use vetka_edge::{Result, service};
use worker::{Env, Method};

/// What another worker said.
pub struct Said {
    /// HTTP status.
    pub status: u16,
    /// JSON, mostly.
    pub body: Vec<u8>,
}

/// Asks `binding` at its internal `host`.
///
/// # Errors
/// 503 when it does not answer at all.
pub async fn ask(env: &Env, binding: &str, method: Method, url: &str, json: Option<String>) -> Result<Said> {
    let answer = service::ask(env, binding, method.as_ref(), url, json.as_deref()).await.map_err(|failure| {
        let mut silent = vetka_edge::Error::new(
            503,
            "not_ready",
            "A part of Vetka is not answering, so nothing was changed. Try again in a moment.",
        );
        silent.internal = failure.internal.map(|cause| format!("{binding}: {cause}"));
        silent
    })?;
    let status = answer.status();
    Ok(Said { status, body: answer.bytes().await? })
}
