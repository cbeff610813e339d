//! `/assets/*`, `/favicon.svg`, `/robots.txt`, `/api/openapi.json`. How long a built file may be kept was decided where it was named.

use crate::{
    answer::{self, Answer},
    ask::Ask,
    assets,
};
use axum::{body::Body, response::Response};
use vetka_edge::error;

const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /setup\nDisallow: /settings\nDisallow: /sites\n";

/// A built file.
#[worker::send]
pub async fn built(ask: Ask) -> Answer {
    file(&ask, ask.target().path).await
}

/// The mark, at the address where programs look for it. Its own name changes with each drawing.
#[worker::send]
pub async fn favicon(ask: Ask) -> Answer {
    let path = assets::manifest(ask.env()).await.url("favicon.svg");
    let mut response = file(&ask, &path).await?;
    response.headers_mut().remove("cache-control");
    answer::add(&mut response, "cache-control", "public, max-age=86400");
    Ok(response)
}

/// The document that describes every JSON route. It is the same for everybody, so every page of the web may read it.
#[worker::send]
pub async fn openapi(ask: Ask) -> Answer {
    let path = assets::manifest(ask.env()).await.url("openapi.json");
    let mut response = file(&ask, &path).await?;
    response.headers_mut().remove("cache-control");
    answer::add(&mut response, "cache-control", "public, max-age=300");
    answer::add(&mut response, "access-control-allow-origin", "*");
    answer::add(&mut response, "cross-origin-resource-policy", "cross-origin");
    Ok(response)
}

/// Which pages are worth finding.
pub async fn robots() -> Response {
    let headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "public, max-age=86400")];
    answer::with(200, &headers, ROBOTS.into())
}

async fn file(ask: &Ask, path: &str) -> Answer {
    let file = assets::fetch(ask.env(), path, ask.header("if-none-match")).await?;
    match file.status().as_u16() {
        200 | 304 => {
            let mut response = file.map(Body::from);
            answer::set_missing(&mut response, "cache-control", "no-cache");
            Ok(response)
        }
        _ => Err(error::not_found("There is nothing at this address.").into()),
    }
}
