//! `PATCH /sites/{site}/settings` from the api worker, which has asked who is asking: a site is set otherwise.

use super::{site_in, site_not_found};
use crate::{bucket::R2, ledger::D1};
use vetka_edge::{Result, error, log, reply, time};
use vetka_r2::publish::{Change, Configured, configure as configure_site};
use worker::{Env, Request, Response};

/// Changes settings. `{}` changes nothing and has the edge told once more.
pub async fn configure(mut request: Request, env: &Env, params: &[String]) -> Result<Response> {
    let site = site_in(params)?;
    let change: Change = reply::read_json(&mut request, 8192).await?;
    let (bucket, ledger) = (R2::new(env)?, D1::new(env, time::now_ms())?);
    match configure_site(&bucket, &ledger, &site, &change).await? {
        Configured::Set { untold } => {
            if let Some(failure) = untold {
                failure.log(site.as_str());
            }
            if let Some(taken_down) = change.taken_down {
                log::info("taken_down", serde_json::json!({ "site": site, "for": taken_down }));
            }
            Ok(reply::empty(204))
        }
        Configured::SiteGone => Err(site_not_found()),
        Configured::DomainTaken => Err(error::conflict("domain_taken", "Another site is reached at this domain.")),
    }
}
