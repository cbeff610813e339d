//! Every minute: finish what a crash left half done, give up what builds for too long, forget old tokens, remove old
//! versions, sweep blobs.

use crate::{WORKER, bucket::R2, ledger::D1, notify};
use vetka_edge::{Result, d1, log, metrics, time};
use vetka_r2::{SiteId, publish};
use worker::Env;

/// How long a version may be building, in milliseconds. No request lives nearly as long; an upload says itself when it
/// ends.
const MAX_BUILDING_MS: i64 = 15 * 60 * 1000;
/// How long an expired token is kept, so that whoever shows it hears that it expired and not that it is unknown.
const KEEP_TOKEN_MS: i64 = 24 * 60 * 60 * 1000;

const MARK_SITES: &str = "UPDATE site SET status = 'error', updated_at = ?2 WHERE live_snapshot_id IS NULL
    AND id IN (SELECT site_id FROM site_snapshot WHERE status = 'building' AND created_at < ?1
    AND (upload_expires_at IS NULL OR upload_expires_at < ?2))";
const GIVE_UP: &str =
    "UPDATE site_snapshot SET status = 'failed', finished_at = ?2 WHERE status = 'building' AND created_at < ?1
    AND (upload_expires_at IS NULL OR upload_expires_at < ?2)";
const FORGET_TOKENS: &str = "DELETE FROM deploy_token WHERE expires_at < ?1";

/// Runs all of it; one that fails does not keep the others from running.
pub async fn run(env: &Env) {
    let now = time::now_ms();
    for result in [
        repair(env, now).await,
        give_up(env, now).await,
        forget_tokens(env, now).await,
        prune(env, now).await,
        sweep(env, now).await,
    ] {
        if let Err(failure) = result {
            failure.log("cron");
            metrics::write(env, WORKER, 1, &metrics::Event::Error { what: "repair" });
        }
    }
}

async fn repair(env: &Env, now: i64) -> Result<()> {
    let (bucket, ledger) = (R2::new(env)?, D1::new(env, now)?);
    let farewell = async |site: &SiteId| {
        bucket.remove_thumbnails(site).await?;
        notify::forget(env, site).await
    };
    let repaired = publish::repair(&bucket, &ledger, farewell).await?;
    for failure in &repaired.failures {
        failure.log("cron");
    }
    if repaired.settled + repaired.deleted > 0 {
        let fields = serde_json::json!({ "settled": repaired.settled, "deleted": repaired.deleted });
        log::info("repaired", fields);
    }
    Ok(())
}

async fn give_up(env: &Env, now: i64) -> Result<()> {
    let db = env.d1("DB")?;
    let values = || [(now - MAX_BUILDING_MS).into(), now.into()];
    let statements = vec![d1::prepare(&db, MARK_SITES, values())?, d1::prepare(&db, GIVE_UP, values())?];
    d1::batch(&db, statements).await?;
    Ok(())
}

async fn forget_tokens(env: &Env, now: i64) -> Result<()> {
    d1::run(&env.d1("DB")?, FORGET_TOKENS, [(now - KEEP_TOKEN_MS).into()]).await
}

async fn prune(env: &Env, now: i64) -> Result<()> {
    let pruned = publish::prune(&R2::new(env)?, &D1::new(env, now)?, publish::KEPT).await?;
    for failure in &pruned.failures {
        failure.log("cron");
    }
    if pruned.versions + pruned.manifests > 0 {
        log::info("pruned", serde_json::json!({ "versions": pruned.versions, "manifests": pruned.manifests }));
    }
    Ok(())
}

async fn sweep(env: &Env, now: i64) -> Result<()> {
    let swept = publish::sweep(&R2::new(env)?, &D1::new(env, now)?).await?;
    if swept.recorded + swept.removed > 0 {
        log::info("swept", serde_json::json!({ "recorded": swept.recorded, "removed": swept.removed }));
    }
    Ok(())
}
