//! `/assets/*`, `/notch.js`, `/favicon.svg`, `/robots.txt`, `/api/openapi.json`. How long a built file may be kept was decided where it was named.

use crate::{
    answer::{self, Answer, Response},
    ask::Ask,
    assets,
};
use vetka_edge::error;

const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /setup\nDisallow: /report\nDisallow: /settings\nDisallow: /sites\nDisallow: /embed/\nDisallow: /connect\nDisallow: /notch/\n";

/// A built file. What the loader fetches for the page that it stands on may be read by any page, as the loader itself.
pub async fn built(ask: Ask) -> Answer {
    let path = ask.target().path;
    let mut response = file(&ask, path).await?;
    if path.starts_with("/assets/notch-") {
        for_any_origin(&mut response);
    }
    Ok(response)
}

/// The mark, at the address where programs look for it. Its own name changes with each drawing.
pub async fn favicon(ask: Ask) -> Answer {
    let path = assets::manifest(ask.env()).await.url("favicon.svg");
    let mut response = file(&ask, &path).await?;
    answer::set(&mut response, "cache-control", "public, max-age=86400");
    Ok(response)
}

/// What sites load. It has one name for ever, so what it is may be kept for a few minutes only; and any site may load it.
pub async fn notch(ask: Ask) -> Answer {
    for_every_page(&ask, "notch.js").await
}

/// The document that describes every JSON route. It is the same for everybody, so every page of the web may read it.
pub async fn openapi(ask: Ask) -> Answer {
    for_every_page(&ask, "openapi.json").await
}

async fn for_every_page(ask: &Ask, name: &str) -> Answer {
    let path = assets::manifest(ask.env()).await.url(name);
    let mut response = file(ask, &path).await?;
    answer::set(&mut response, "cache-control", "public, max-age=300");
    for_any_origin(&mut response);
    Ok(response)
}

fn for_any_origin(response: &mut Response) {
    answer::add(response, "access-control-allow-origin", "*");
    answer::add(response, "cross-origin-resource-policy", "cross-origin");
}

/// Which pages are worth finding.
pub async fn robots(_: Ask) -> Answer {
    let headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "public, max-age=86400")];
    Ok(answer::with(200, &headers, ROBOTS.into()))
}

async fn file(ask: &Ask, path: &str) -> Answer {
    let mut response = assets::fetch(ask.env(), path, ask.header("if-none-match")).await?;
    match response.status {
        200 | 304 => {
            answer::set_missing(&mut response, "cache-control", "no-cache");
            Ok(response)
        }
        _ => Err(error::not_found("There is nothing at this address.").into()),
    }
}
