//! What can be asked of this worker, one file a thing.

pub mod publish;
pub mod restore;
pub mod script;
pub mod settings;
pub mod sites;
pub mod uploads;

use crate::WORKER;
use vetka_edge::{Result, error, health};
use vetka_r2::SiteId;
use worker::{Env, Response};

/// `GET /healthz`.
pub async fn health(env: &Env) -> Result<Response> {
    let look = async {
        let mut checks = health::stores(env).await;
        checks.push(health::worker(env, "agent", "AGENT", "http://agent.internal/healthz").await);
        checks
    };
    health::answer(&health::of(env, WORKER, look).await)
}

/// The site that an internal path names.
fn site_in(params: &[String]) -> Result<SiteId> {
    params.first().and_then(|id| SiteId::parse(id)).ok_or_else(site_not_found)
}

fn site_not_found() -> vetka_edge::Error {
    error::not_found("There is no such site. It may have been deleted.")
}
