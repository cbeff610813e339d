//! What handlers give: an answer, or a refusal. A refusal is carried out as it is and becomes JSON or a page at the door,
//! in one place, because only there it is known who asked and for what.

use futures::stream::LocalBoxStream;
use serde::Serialize;
use vetka_edge::Error;

/// A body in pieces.
pub type Pieces = LocalBoxStream<'static, vetka_edge::Result<Vec<u8>>>;

/// What every handler returns.
pub type Answer = Result<Response, Refused>;

/// An answer on its way to the door.
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// In the order in which they were added; a name may be there several times.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent after them.
    pub body: Body,
}

/// What an answer carries.
pub enum Body {
    /// Known bytes; none is no body.
    Bytes(Vec<u8>),
    /// Made while it is being sent.
    Pieces(Pieces),
}

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

/// A JSON answer that no cache keeps.
pub fn json<T: Serialize>(status: u16, body: &T) -> Answer {
    let body = serde_json::to_vec(body).map_err(Error::from)?;
    Ok(with(status, &[("content-type", "application/json"), ("cache-control", "no-store")], body))
}

/// A page. It shows one person's things, so only their own browser may keep it, and asks before it shows it again.
pub fn page(status: u16, markup: maud::Markup) -> Answer {
    let headers = [("content-type", "text/html; charset=utf-8"), ("cache-control", "private, no-cache")];
    Ok(with(status, &headers, markup.into_string().into_bytes()))
}

/// An answer without a body.
pub fn empty(status: u16) -> Response {
    with(status, &[], Vec::new())
}

/// An answer that is made while it is being sent.
pub fn stream(status: u16, headers: &[(&'static str, &str)], pieces: Pieces) -> Response {
    Response { body: Body::Pieces(pieces), ..with(status, headers, Vec::new()) }
}

/// Sends the browser to a path of ours with GET, whatever it came with.
pub fn see_other(path: &str) -> Response {
    with(303, &[("location", path), ("cache-control", "no-store")], Vec::new())
}

/// Any answer. Headers that cannot be said are left out, which only a bug can cause.
pub fn with(status: u16, headers: &[(&'static str, &str)], body: Vec<u8>) -> Response {
    let mut response = Response { status, headers: Vec::with_capacity(headers.len()), body: Body::Bytes(body) };
    for (name, value) in headers {
        add(&mut response, name, value);
    }
    response
}

/// Adds a header beside those that are there. For `set-cookie` each one counts.
pub fn add(response: &mut Response, name: &'static str, value: &str) {
    if value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        response.headers.push((name, value.to_owned()));
    }
}

/// Sets a header, whatever it was.
pub fn set(response: &mut Response, name: &'static str, value: &str) {
    response.headers.retain(|(set, _)| *set != name);
    add(response, name, value);
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
    if !response.headers.iter().any(|(set, _)| *set == name) {
        add(response, name, value);
    }
}

/// The content type's essence, lower-cased: `application/json`.
pub fn essence(content_type: Option<&str>) -> String {
    content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
