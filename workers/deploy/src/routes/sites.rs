//! `DELETE /sites/{site}` from the api worker, which has asked who is asking: the site goes away for good.

use super::site_in;
use crate::{bucket::R2, ledger::D1, notify};
use std::cell::Cell;
use vetka_edge::{Result, reply, time};
use vetka_r2::publish;
use worker::{Env, Response};

/// Deletes: 204 when nothing is left, 202 when visitors see it no more and the schedule finishes the rest.
pub async fn delete(env: &Env, params: &[String]) -> Result<Response> {
    let site = site_in(params)?;
    let (bucket, ledger) = (R2::new(env)?, D1::new(env, time::now_ms())?);
    let unseen = Cell::new(false);
    let deleted = publish::delete(&bucket, &ledger, &site, async || {
        unseen.set(true);
        bucket.remove_thumbnails(&site).await?;
        notify::forget(env, &site).await
    })
    .await;
    match deleted {
        Ok(()) => Ok(reply::empty(204)),
        Err(failure) if unseen.get() => {
            failure.log(site.as_str());
            Ok(reply::empty(202))
        }
        Err(failure) => Err(failure),
    }
}
