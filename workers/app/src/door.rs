//! What happens to every request: it gets an id, its origin is asked for, its body is read up to a limit, a route answers,
//! and the answer gets the headers that protect whoever receives it. Every refusal becomes JSON or a page here.
//!
//! Requests and answers are converted here too. Bodies are known bytes on both sides: a stream through WASM costs more
//! than anything these bodies hold. The one exception is what does not fit into memory, see [`answer::stream`].

use crate::{
    answer::{self, Answer, Body, Refused, Response, add, set_missing},
    ask::{Ask, Request},
    facts, pages,
};
use futures::{StreamExt, TryStreamExt};
use vetka_edge::{
    Error, Result, error, log, reply,
    rest::Rest,
    time,
    trace::{self, Visit},
};
use worker::Env;

/// The longest body that a route takes when nothing else is said.
pub const MAX_BODY: usize = 64 * 1024;

/// A worker behind the door: its routes, and what it has otherwise of its own.
#[allow(async_fn_in_trait, reason = "an isolate has one thread, and nobody else names these futures")]
pub trait House {
    /// Its name in logs and metrics.
    const WORKER: &'static str;

    /// The row of its tables that a request is for.
    fn row(method: &str, path: &str) -> trace::Row;

    /// The longest body that is taken at a path, in bytes.
    fn longest(path: &str) -> usize {
        let _ = path;
        MAX_BODY
    }

    /// Whether a request may come in, before its body is read. What changes something comes from the app's own pages.
    ///
    /// # Errors
    /// 403 `wrong_origin`.
    async fn admit(ask: &Ask) -> Result<()> {
        if ask.changes_something() { ask.require_origin() } else { Ok(()) }
    }

    /// Finds the route's handler and has it answer.
    async fn answer(ask: Ask, body: Vec<u8>) -> Answer;

    /// A refusal in words of the route's own; `None` for the usual ones.
    fn refused(ask: &Ask, refusal: &Error) -> Option<Answer> {
        let _ = (ask, refusal);
        None
    }

    /// What pages may show in frames, as a source list of a content security policy.
    fn frames(ask: &Ask) -> String;

    /// Where forms may lead over redirects, beside this origin; each with a space before it.
    fn form_targets(ask: &Ask) -> String {
        let _ = ask;
        String::new()
    }
}

/// Answers one request.
///
/// # Errors
/// Never in words of a handler; only what the runtime refuses.
pub async fn enter<H: House>(mut request: worker::Request, env: Env) -> worker::Result<worker::Response> {
    let visit = Visit::begin(H::WORKER, &request, |target, method| H::row(method, target.path));
    let (request_id, bindings) = (visit.id(), env.clone());
    let asked_id = request_id.to_string();
    let answered = async {
        let asked = Request {
            method: request.inner().method(),
            url: reply::url(&request),
            headers: request.headers().entries().collect(),
            request_id: asked_id,
            now: time::now_ms(),
            place: place(&request),
            env,
        };
        let ask = Ask::new(asked)?;
        let rest = Rest::of(&request);
        let response = match taken::<H>(&ask, &mut request).await {
            Ok(body) => match H::answer(ask.clone(), body).await {
                Ok(response) => response,
                Err(Refused::Error(refusal)) => said::<H>(&ask, &refusal).await,
                Err(Refused::Elsewhere(path)) => answer::see_other(&path),
            },
            Err(refusal) => {
                rest.hear_out().await;
                said::<H>(&ask, &refusal).await
            }
        };
        leave::<H>(&ask, response)
    };
    let answered = async {
        match answered.await {
            Ok(response) => Ok(response),
            Err(failure) => failure.into_response(&request_id),
        }
    };
    visit.answer(&bindings, answered).await
}

/// The body of a request that may go on to a handler.
async fn taken<H: House>(ask: &Ask, request: &mut worker::Request) -> Result<Vec<u8>> {
    H::admit(ask).await?;
    if ask.changes_something() { read(request, H::longest(ask.target().path)).await } else { Ok(Vec::new()) }
}

async fn read(request: &mut worker::Request, longest: usize) -> Result<Vec<u8>> {
    reply::require_length(request.headers(), longest)?;
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut body = Vec::new();
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        body.extend(chunk?);
        if body.len() > longest {
            return Err(error::too_large("That is more than fits in one request."));
        }
    }
    Ok(body)
}

fn leave<H: House>(ask: &Ask, mut response: Response) -> Result<worker::Response> {
    for (name, value) in ask.take_told() {
        add(&mut response, name, &value);
    }
    protect::<H>(ask, &mut response);
    let headers = worker::Headers::new();
    for (name, value) in &response.headers {
        headers.append(name, value)?;
    }
    let builder = worker::Response::builder().with_status(response.status).with_headers(headers);
    Ok(match response.body {
        Body::Bytes(bytes) if bytes.is_empty() => builder.empty(),
        Body::Bytes(bytes) => builder.fixed(bytes),
        Body::Pieces(pieces) => {
            builder.from_stream(pieces.map_err(|failure| worker::Error::RustError(failure.code.to_owned())))?
        }
    })
}

/// A refusal in words: JSON for programs, a page for people.
async fn said<H: House>(ask: &Ask, refusal: &Error) -> Response {
    refusal.log(ask.request_id());
    let path = ask.target().path.to_owned();
    let told = if let Some(told) = H::refused(ask, refusal) {
        told
    } else if path.starts_with("/api/") || path == "/healthz" {
        answer::json(refusal.status, &refusal.body())
    } else {
        problem_page(ask, refusal).await
    };
    let mut response = told.unwrap_or_else(|_| answer::empty(refusal.status));
    for (name, value) in &refusal.headers {
        add(&mut response, name, value);
    }
    response
}

async fn problem_page(ask: &Ask, refusal: &Error) -> answer::Answer {
    let problem = pages::problem::Problem {
        status: refusal.status,
        request_id: Some(ask.request_id()),
        retry_after: refusal.headers.iter().find(|(name, _)| *name == "retry-after").and_then(|(_, s)| s.parse().ok()),
    };
    // Who is asking only decides what stands in the navigation. When we ourselves are in trouble, it is not asked.
    let facts = if refusal.status < 500 { facts::of(ask).await } else { Ok(facts::none(ask).await) };
    let facts = facts.inspect_err(|failure| log::error(ask.request_id(), "no_facts", failure.code)).unwrap_or_default();
    answer::page(refusal.status, pages::problem::page(facts.shell(), problem))
}

/// Headers of every response.
fn protect<H: House>(ask: &Ask, response: &mut Response) {
    let config = ask.config();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'; frame-src {}; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
        H::frames(ask),
        // Browsers follow a form over redirects and want every step of it allowed.
        H::form_targets(ask)
    );
    set_missing(response, "content-security-policy", &policy);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        // With less, browsers send `Origin: null` with our own forms, and we would refuse them.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("origin-agent-cluster", "?1"),
        ("permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("x-request-id", ask.request_id()),
    ] {
        set_missing(response, name, value);
    }
    if config.app_origin.starts_with("https://") {
        set_missing(response, "strict-transport-security", "max-age=31536000");
    }
}

/// Where the edge thinks the request came from: `Graz, AT`.
fn place(request: &worker::Request) -> String {
    let seen = request.cf().map(|cf| [cf.city(), cf.country()]);
    seen.into_iter().flatten().flatten().collect::<Vec<_>>().join(", ")
}
