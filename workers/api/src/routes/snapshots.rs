//! `/api/sites/:domain/snapshots`: the versions of a site, and going back to one.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    paging::Wanted,
    site,
    version::{self, Wish},
};
use axum::body::Bytes;

/// The list, newest first.
#[worker::send]
pub async fn list(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &version::list(&ask, &site, wanted).await?)
}

/// Makes a version live again. The deploy worker's answer is passed on as it is: it speaks our error shape.
#[worker::send]
pub async fn restore(ask: Ask, Named(domain): Named, body: Bytes) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let wish: Wish = ask.json(&body)?;
    let said = version::restore(&ask, &site, &wish).await?;
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    Ok(answer::with(said.status, &headers, said.body.into()))
}
