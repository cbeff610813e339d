//! What happens to every request: it gets an id, its origin is asked for, its body is read up to a limit, a route answers,
//! and the answer gets the headers that protect whoever receives it. Every refusal becomes JSON or a page here.
//!
//! Requests and answers are converted here too. Bodies are known bytes on both sides: a stream through WASM costs more
//! than anything these bodies hold. The one exception is what does not fit into memory, see [`answer::stream`].

use crate::{
    account::providers,
    answer::{self, add, set_missing},
    ask::{Ask, Request},
    facts, limits, pages, router, routes,
};
use axum::{
    body::{Body, Bytes},
    http::{self, HeaderMap, HeaderName, HeaderValue, Method},
    response::Response,
};
use futures::{StreamExt, TryStreamExt};
use std::sync::Arc;
use vetka_domain::picture;
use vetka_edge::{Error, Result, auth, error, id, log, reply, rest::Rest, time};
use worker::Env;

/// The longest body that a route here takes, but for pictures. Files go to other workers.
const MAX_BODY: usize = 64 * 1024;

/// Answers one request.
pub async fn enter(mut request: worker::Request, env: Env) -> worker::Result<worker::Response> {
    let request_id = id::random().unwrap_or_default();
    let answered = async {
        let asked = Request {
            method: Method::from_bytes(request.inner().method().as_bytes())
                .map_err(|_| error::method_not_allowed(&["GET", "POST"]))?,
            url: reply::url(&request),
            headers: header_map(request.headers()),
            request_id: request_id.clone(),
            now: time::now_ms(),
            place: place(&request),
            env,
        };
        let ask = Ask::new(asked)?;
        let rest = Rest::of(&request);
        let response = match route(&ask, &mut request).await {
            Ok(response) => response,
            Err(refused) => {
                rest.hear_out().await;
                axum::response::IntoResponse::into_response(answer::Refused::from(refused))
            }
        };
        leave(&ask, response).await
    };
    match answered.await {
        Ok(response) => Ok(response),
        Err(failure) => failure.into_response(&request_id),
    }
}

async fn route(ask: &Ask, request: &mut worker::Request) -> Result<Response> {
    let target = ask.target();
    // BetterAuth has a rule of its own, which its client was made for.
    if ask.changes_something() && !target.path.starts_with("/api/auth/") {
        auth::require_origin(ask.header("origin"), &ask.config().app_origin)?;
    }
    if target.path.starts_with("/api/auth/") {
        limits::auth(ask).await?;
    }
    let body = if ask.changes_something() { read(request, longest(target.path)).await? } else { Bytes::new() };
    let uri =
        if target.query.is_empty() { target.path.to_owned() } else { format!("{}?{}", target.path, target.query) };
    let asked = http::Request::builder()
        .method(request.inner().method().as_str())
        .uri(uri)
        .extension(ask.clone())
        .body(Body::from(body))
        .map_err(|_| error::bad_request("malformed_url", "That address cannot be read."))?;
    Ok(router::answer(asked).await)
}

fn longest(path: &str) -> usize {
    if path == "/api/account/picture" { picture::MAX_BYTES } else { MAX_BODY }
}

async fn read(request: &mut worker::Request, longest: usize) -> Result<Bytes> {
    reply::require_length(request.headers(), longest)?;
    if request.inner().body().is_none() {
        return Ok(Bytes::new());
    }
    let mut body = Vec::new();
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        body.extend(chunk?);
        if body.len() > longest {
            return Err(error::too_large("That is more than fits in one request."));
        }
    }
    Ok(body.into())
}

async fn leave(ask: &Ask, response: Response) -> Result<worker::Response> {
    let mut response = match answer::refusal(&response) {
        Some(refusal) => {
            refusal.log(ask.request_id());
            said(ask, &refusal, &response).await
        }
        None => response,
    };
    for cookie in ask.take_cookies() {
        add(&mut response, "set-cookie", &cookie);
    }
    protect(ask, &mut response);
    let pieces = answer::take_pieces(&mut response);
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|failure| error::internal(format!("a body could not be read: {failure}")))?;
    let headers = worker::Headers::new();
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            headers.append(name.as_str(), value)?;
        }
    }
    let builder = worker::Response::builder().with_status(parts.status.as_u16()).with_headers(headers);
    if let Some(pieces) = pieces {
        let pieces = pieces.map_err(|failure| worker::Error::RustError(failure.code.to_owned()));
        return Ok(builder.from_stream(pieces)?);
    }
    Ok(if body.is_empty() { builder.empty() } else { builder.fixed(body.to_vec()) })
}

/// A refusal in words: JSON for programs, a page for people. `bare` is what the router made of it, with an `Allow`.
async fn said(ask: &Ask, refusal: &Arc<Error>, bare: &Response) -> Response {
    let path = ask.target().path.to_owned();
    let told = if path.starts_with("/api/auth/") && refusal.status == 429 {
        routes::auth::limited(ask, refusal)
    } else if path.starts_with("/api/") || path == "/healthz" {
        answer::json(refusal.status, &refusal.body())
    } else {
        problem_page(ask, refusal).await
    };
    let mut response = told.unwrap_or_else(|_| answer::empty(refusal.status));
    for (name, value) in bare.headers() {
        response.headers_mut().append(name, value.clone());
    }
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

/// The headers that are text; a header that is not cannot mean anything to us.
fn header_map(headers: &worker::Headers) -> HeaderMap {
    headers
        .entries()
        .filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(&value).ok()?))
        })
        .collect()
}
