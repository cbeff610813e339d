//! What handlers give: an answer, or a refusal. A refusal is carried out as it is and becomes JSON or a page at the door,
//! in one place, because only there it is known who asked and for what.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response as HttpResponse, StatusCode},
    response::{IntoResponse, Response},
};
use futures::stream::LocalBoxStream;
use serde::Serialize;
use std::sync::{Arc, Mutex};
use vetka_edge::Error;
use worker::send::SendWrapper;

/// A body in pieces.
pub type Pieces = LocalBoxStream<'static, vetka_edge::Result<Vec<u8>>>;

/// Where pieces wait for the door. An isolate has one thread, which the wrapper vouches for.
#[derive(Clone)]
struct Streamed(Arc<Mutex<Option<SendWrapper<Pieces>>>>);

/// What every handler returns.
pub type Answer = Result<Response, Refused>;

/// Why there is no answer.
#[derive(Debug)]
pub enum Refused {
    /// Said to the asker, as JSON or as a page.
    Error(Error),
    /// The asker is sent to another page, to sign in, say.
    Elsewhere(String),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<worker::Error> for Refused {
    fn from(error: worker::Error) -> Self {
        Self::Error(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Error(error) => {
                let mut response = HttpResponse::new(Body::empty());
                *response.status_mut() =
                    StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                response.extensions_mut().insert(Arc::new(error));
                response
            }
            Self::Elsewhere(path) => see_other(&path),
        }
    }
}

/// The refusal that a response carries.
pub fn refusal(response: &Response) -> Option<Arc<Error>> {
    response.extensions().get::<Arc<Error>>().cloned()
}

/// A JSON answer that no cache keeps.
pub fn json<T: Serialize>(status: u16, body: &T) -> Answer {
    let body = serde_json::to_vec(body).map_err(Error::from)?;
    Ok(with(status, &[("content-type", "application/json"), ("cache-control", "no-store")], body.into()))
}

/// A page. It shows one person's things, so only their own browser may keep it, and asks before it shows it again.
pub fn page(status: u16, markup: maud::Markup) -> Answer {
    let headers = [("content-type", "text/html; charset=utf-8"), ("cache-control", "private, no-cache")];
    Ok(with(status, &headers, markup.into_string().into()))
}

/// An answer without a body.
pub fn empty(status: u16) -> Response {
    with(status, &[], Body::empty())
}

/// An answer that is made while it is being sent. It goes past the router as it is.
pub fn stream(status: u16, headers: &[(&'static str, &str)], pieces: Pieces) -> Response {
    let mut response = with(status, headers, Body::empty());
    response.extensions_mut().insert(Streamed(Arc::new(Mutex::new(Some(SendWrapper::new(pieces))))));
    response
}

/// The pieces of such an answer, once.
pub fn take_pieces(response: &mut Response) -> Option<Pieces> {
    let Streamed(pieces) = response.extensions_mut().remove()?;
    let taken = pieces.lock().ok()?.take();
    taken.map(|pieces| pieces.0)
}

/// Sends the browser to a path of ours with GET, whatever it came with.
pub fn see_other(path: &str) -> Response {
    with(303, &[("location", path), ("cache-control", "no-store")], Body::empty())
}

/// Any answer. Headers that cannot be said are left out, which only a bug can cause.
pub fn with(status: u16, headers: &[(&'static str, &str)], body: Body) -> Response {
    let mut response = HttpResponse::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        add(&mut response, name, value);
    }
    response
}

/// Adds a header beside those that are there. For `set-cookie` each one counts.
pub fn add(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(HeaderName::from_static(name), value);
    }
}

/// A page that says a refusal in words of its own, with the headers that belong to the refusal.
pub fn refusing(mut page: Response, refusal: &Error) -> Response {
    for (name, value) in &refusal.headers {
        add(&mut page, name, value);
    }
    page
}

/// Sets a header unless the handler has set it.
pub fn set_missing(response: &mut Response, name: &'static str, value: &str) {
    if !response.headers().contains_key(name) {
        add(response, name, value);
    }
}

/// The content type's essence, lower-cased: `application/json`.
pub fn essence(content_type: Option<&str>) -> String {
    content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
