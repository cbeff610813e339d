//! Asking the api worker whether a version's pages lead to places known to be unsafe. Only where the setting
//! `SAFE_BROWSING` is `on`; and what cannot be looked up is let through, because a list that is out of reach must not
//! keep people from publishing.

use serde::Deserialize;
use vetka_edge::{Error, Result, config, error, log, service};
use vetka_r2::{SiteId, SnapshotId};
use worker::Env;

/// The code of that refusal.
pub const UNSAFE_LINK: &str = "unsafe_link";

#[derive(Deserialize)]
struct Looked {
    found: Option<Unsafe>,
}

#[derive(Deserialize)]
struct Unsafe {
    path: String,
    link: String,
    message: String,
}

/// Lets a version through whose files are in the bucket.
///
/// # Errors
/// 422 `unsafe_link` with the page and the link.
pub async fn check(env: &Env, site: &SiteId, snapshot: &SnapshotId) -> Result<()> {
    if config::optional(env, "SAFE_BROWSING").as_deref() != Some("on") {
        return Ok(());
    }
    match look(env, site, snapshot).await {
        Ok(Looked { found: None }) => Ok(()),
        Ok(Looked { found: Some(Unsafe { path, link, message }) }) => {
            Err(Error::new(422, UNSAFE_LINK, message).with_extra(serde_json::json!({ "path": path, "link": link })))
        }
        Err(failure) => {
            log::error(site.as_str(), "links_not_looked_up", &failure.internal.unwrap_or(failure.message));
            Ok(())
        }
    }
}

async fn look(env: &Env, site: &SiteId, snapshot: &SnapshotId) -> Result<Looked> {
    let body = serde_json::json!({ "snapshotId": snapshot }).to_string();
    let url = format!("http://api.internal/sites/{site}/links");
    let answer = service::ask(env, "API", "POST", &url, Some(&body)).await?;
    match answer.status() {
        200 => Ok(serde_json::from_slice(&answer.bytes().await?)?),
        status => Err(error::internal(format!("the api worker answered {status}"))),
    }
}
