//! What the outside may ask of this worker, a file per resource.

pub mod feeds;
pub mod unsubscribe;
pub mod webfinger;
pub mod webmention;

use crate::WORKER;
use futures::join;
use vetka_domain::limit::Network;
use vetka_edge::{Result, error, health, limit, live, reply};
use worker::{Env, Headers, Request, Response};

/// `GET /healthz`.
pub async fn health(env: &Env) -> Result<Response> {
    let look = async {
        let (database, bucket, limits, live) = join!(
            health::database(env),
            health::bucket(env),
            health::object(env, "limits", limit::LIMITER),
            health::object(env, "live", live::LIVE),
        );
        vec![database, bucket, limits, live]
    };
    health::answer(&health::of(env, WORKER, look).await)
}

/// A page or a text that no cache keeps.
fn text(status: u16, content_type: &str, body: String) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", content_type)?;
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(Response::builder().with_status(status).with_headers(headers).fixed(body.into_bytes()))
}

/// A page of ours: without scripts, in nobody's frame, with forms that go here alone.
fn page(status: u16, markup: &maud::Markup) -> Result<Response> {
    let response = text(status, "text/html; charset=utf-8", markup.0.clone())?;
    let headers = response.headers();
    headers.set("content-security-policy", crate::pages::POLICY)?;
    headers.set("referrer-policy", "same-origin")?;
    headers.set("cross-origin-opener-policy", "same-origin")?;
    headers.set("x-frame-options", "DENY")?;
    headers.set("x-robots-tag", "noindex")?;
    Ok(response)
}

/// The fields of a form of either kind, at most so many bytes of it.
async fn form(request: &mut Request, limit: usize) -> Result<Vec<(String, String)>> {
    let content_type = request.headers().get("content-type")?.unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    reply::require_length(request.headers(), limit)?;
    match essence.as_str() {
        "application/x-www-form-urlencoded" => {
            let body = request.bytes().await?;
            if body.len() > limit {
                return Err(error::too_large("That is more than fits in one form."));
            }
            Ok(vetka_domain::social::form::read(&String::from_utf8_lossy(&body)))
        }
        "multipart/form-data" => {
            let body = request.bytes().await?;
            if body.len() > limit {
                return Err(error::too_large("That is more than fits in one form."));
            }
            Ok(vetka_domain::social::form::read_multipart(&content_type, &body))
        }
        _ => Err(error::unsupported_media_type()),
    }
}

fn network(request: &Request) -> Network {
    Network::of(request.headers().get("cf-connecting-ip").ok().flatten().as_deref())
}

/// Whether a page is wanted rather than a text for a program.
fn wants_page(request: &Request) -> bool {
    request.headers().get("accept").ok().flatten().is_some_and(|accept| accept.contains("text/html"))
}
