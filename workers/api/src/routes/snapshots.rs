//! `/api/sites/:domain/snapshots`: the versions of a site, going back to one, what people write on them, what is different
//! in them, taking one home, and publishing by hand.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named, Within},
    limits,
    paging::Wanted,
    publish, site,
    version::{self, Wish, archive, changes, stored, words},
};

/// The list, newest first.
pub async fn list(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    answer::json(200, &version::list(&ask, &site, wanted).await?)
}

/// Makes a version live again. The deploy worker's answer is passed on as it is: it speaks our error shape.
pub async fn restore(ask: Ask, Named(domain): Named, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let wish: Wish = ask.json(&body)?;
    let said = version::restore(&ask, &site, &wish).await?;
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    Ok(answer::with(said.status, &headers, said.body))
}

/// Writes a name or a note on a version, or keeps it for good.
pub async fn change(ask: Ask, Within(domain, id): Within, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let wish: words::Wish = ask.json(&body)?;
    answer::json(200, &words::write(&ask, &site, &id, &wish).await?)
}

/// What is different in a version.
pub async fn changes(ask: Ask, Within(domain, id): Within) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    limits::comparisons(&ask, &viewer.user_id).await?;
    let (from, path) = (ask.param("from"), ask.param("path"));
    answer::json(200, &changes::between(&ask, &site, &id, from.as_deref(), path.as_deref()).await?)
}

/// A version, to take home.
pub async fn archive(ask: Ask, Within(domain, id): Within) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let version = stored::find(&ask, &site, &id).await?;
    archive::zip(&ask, &site, &viewer.user_id, &version).await
}

/// The version that visitors see, to take home.
pub async fn live_archive(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    let version = stored::live(&ask, &site).await?;
    archive::zip(&ask, &site, &viewer.user_id, &version).await
}

/// Lets a person publish files of their own.
pub async fn permit(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    answer::json(201, &publish::permit(&ask, &site).await?)
}
