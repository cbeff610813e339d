//! `/api/sites`: names, and the sites that have them.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    external::connect,
    limits,
    site::{self, NewSite, Sites},
    version,
};
use vetka_edge::error;

/// `GET /api/sites/check?label=`: whether a name is free, and what is free near it.
pub async fn check(ask: Ask) -> Answer {
    limits::name_checks(&ask).await?;
    let typed = ask
        .param("label")
        .ok_or_else(|| error::bad_request("missing_label", "Say which name to look for, as ?label=name."))?;
    answer::json(200, &site::check(&ask, &typed).await?)
}

/// `GET /api/sites`: one's own.
pub async fn list(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    let sites = site::mine(&ask, &viewer.user_id).await?;
    answer::json(200, &Sites { sites, next_cursor: None })
}

/// `POST /api/sites`: claims a name, or connects a website.
pub async fn create(ask: Ask, body: Vec<u8>) -> Answer {
    let viewer = ask.writer().await?;
    match ask.json(&body)? {
        NewSite::Generated { label } => answer::json(201, &site::claim(&ask, &viewer.user_id, &label).await?),
        NewSite::External { domain } => {
            let domain = connect::read(&ask, &domain)?;
            answer::json(201, &connect::connect(&ask, &viewer.user_id, &domain).await?)
        }
    }
}

/// `GET /api/sites/:domain`.
pub async fn get(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.signed_in().await?;
    answer::json(200, &site::owned(&ask, &domain, &viewer.user_id).await?)
}

/// `DELETE /api/sites/:domain`: the site goes away for good, with its versions and its conversation.
pub async fn delete(ask: Ask, Named(domain): Named) -> Answer {
    let viewer = ask.writer().await?;
    let site = site::owned(&ask, &domain, &viewer.user_id).await?;
    Ok(answer::empty(version::delete_site(&ask, &site, &viewer.user_id).await?))
}
