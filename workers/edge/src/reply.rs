//! Answers and the reading of bodies, for the workers that match requests by hand.

use crate::{Error, Result, error};
use serde::{Serialize, de::DeserializeOwned};
use vetka_domain::target::Target;
use worker::{Headers, Request, Response};

/// A JSON answer that no cache keeps.
pub fn json<T: Serialize>(status: u16, body: &T) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    let body = serde_json::to_vec(body)?;
    Ok(Response::builder().with_status(status).with_headers(headers).fixed(body))
}

/// An empty answer, 204 say.
pub fn empty(status: u16) -> Response {
    Response::builder().with_status(status).empty()
}

/// Reads a JSON body of at most `limit` bytes.
///
/// # Errors
/// 415 for another content type, 413 when it is too large, 400 when it is not the JSON that is wanted.
pub async fn read_json<T: DeserializeOwned>(request: &mut Request, limit: usize) -> Result<T> {
    require_json(request.headers())?;
    require_length(request.headers(), limit)?;
    let body = request.bytes().await?;
    if body.len() > limit {
        return Err(error::too_large("That is more than fits in one request."));
    }
    serde_json::from_slice(&body).map_err(|failure| bad_json(&failure))
}

/// 415 unless the content type is JSON.
pub fn require_json(headers: &Headers) -> Result<()> {
    let given = headers.get("content-type")?.unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(error::unsupported_media_type()) }
}

/// 413 when the announced length is over the limit; the real length is for the reader to check.
pub fn require_length(headers: &Headers, limit: usize) -> Result<()> {
    let announced = headers.get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    match announced {
        Some(length) if length > limit => Err(error::too_large("That is more than fits in one request.")),
        _ => Ok(()),
    }
}

/// 400 that says where the JSON breaks, without repeating it.
pub fn bad_json(failure: &serde_json::Error) -> Error {
    error::bad_request(
        "malformed_json",
        format!(
            "The request is not the JSON that is expected here (line {}, column {}).",
            failure.line(),
            failure.column()
        ),
    )
}

/// The request's URL as the runtime has it. Split it with [`target`].
pub fn url(request: &Request) -> String {
    request.inner().url()
}

/// Splits a request's URL.
pub fn target(url: &str) -> Result<Target<'_>> {
    Target::parse(url).ok_or_else(|| error::bad_request("malformed_url", "That address cannot be read."))
}
