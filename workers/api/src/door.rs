//! What happens to every request: it gets an id, its origin is asked for, its body is read up to a limit, a route answers,
//! and the answer gets the headers that protect whoever receives it. Every refusal becomes JSON or a page here.
//!
//! Requests and answers are converted here too. Bodies are known bytes on both sides: a stream through WASM costs more
//! than anything these bodies hold. The one exception is what does not fit into memory, see [`answer::stream`].

use crate::{
    account::providers,
    answer::{self, Body, Refused, Response, add, set_missing},
    ask::{Ask, Request},
    facts, limits, pages, router, routes,
};
use futures::{StreamExt, TryStreamExt};
use vetka_domain::{
    picture,
    routes::{API, row},
};
use vetka_edge::{
    Error, Result, auth, error, log, reply,
    rest::Rest,
    time,
    trace::{self, Visit},
};
use worker::Env;

/// Its name in logs and metrics.
pub const WORKER: &str = "vetka-api";
/// The longest body that a route here takes, but for pictures. Files go to other workers.
const MAX_BODY: usize = 64 * 1024;

/// Answers one request.
pub async fn enter(mut request: worker::Request, env: Env) -> worker::Result<worker::Response> {
    let visit = Visit::begin(WORKER, &request, |target, method| trace::row(row(API, method, target.path)));
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
        let response = match taken(&ask, &mut request).await {
            Ok(body) => match router::answer(ask.clone(), body).await {
                Ok(response) => response,
                Err(Refused::Error(refusal)) => said(&ask, &refusal).await,
                Err(Refused::Elsewhere(path)) => answer::see_other(&path),
            },
            Err(refusal) => {
                rest.hear_out().await;
                said(&ask, &refusal).await
            }
        };
        leave(&ask, response)
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
async fn taken(ask: &Ask, request: &mut worker::Request) -> Result<Vec<u8>> {
    let target = ask.target();
    // BetterAuth has a rule of its own, which its client was made for.
    if ask.changes_something() && !target.path.starts_with("/api/auth/") {
        auth::require_origin(ask.header("origin"), &ask.config().app_origin)?;
    }
    if target.path.starts_with("/api/auth/") {
        limits::auth(ask).await?;
    }
    if ask.changes_something() { read(request, longest(target.path)).await } else { Ok(Vec::new()) }
}

fn longest(path: &str) -> usize {
    if path == "/api/account/picture" { picture::MAX_BYTES } else { MAX_BODY }
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

fn leave(ask: &Ask, mut response: Response) -> Result<worker::Response> {
    for cookie in ask.take_cookies() {
        add(&mut response, "set-cookie", &cookie);
    }
    protect(ask, &mut response);
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
async fn said(ask: &Ask, refusal: &Error) -> Response {
    refusal.log(ask.request_id());
    let path = ask.target().path.to_owned();
    let told = if path.starts_with("/api/auth/") && refusal.status == 429 {
        routes::auth::limited(ask, refusal)
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
    let facts = if refusal.status < 500 { facts::of(ask).await } else { facts::none(ask).await };
    let facts = facts.inspect_err(|failure| log::error(ask.request_id(), "no_facts", failure.code)).unwrap_or_default();
    answer::page(refusal.status, pages::problem::page(facts.shell(), problem))
}

/// Headers of every response.
fn protect(ask: &Ask, response: &mut Response) {
    let config = ask.config();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'; frame-src {}; form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
        config.sites_frame_source(),
        // Browsers follow a form over redirects and want every step of it allowed.
        providers::form_targets(ask)
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
