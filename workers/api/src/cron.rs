//! Every five minutes: what is due, and what has run out. Jobs run one after another; one that fails is logged and does
//! not keep the others from running. A job does a bounded piece of work a run, may be cut off anywhere, and does no harm
//! when it runs twice.

use crate::{account, custom_domain, external::review, report, router::Apex, thumbnail};
use vetka_app::door::House;
use vetka_edge::{Result, auth, d1, metrics, time};
use worker::Env;

/// How long an expired code is kept, so that whoever comes late is told so rather than that the code is wrong.
const KEEP_CODE_MS: i64 = 24 * 60 * 60_000;

const FORGET_CODES: &str = "DELETE FROM verification WHERE expires_at < ?1";
const FORGET_SESSIONS: &str = "DELETE FROM session WHERE expires_at <= ?1";
const FORGET_STATES: &str = "DELETE FROM oauth_state WHERE expires_at <= ?1";

/// Runs every job.
pub async fn run(env: &Env) {
    let now = time::now_ms();
    for (job, result) in [
        ("forget_codes", forget_codes(env, now).await),
        ("forget_sessions", forget_sessions(env, now).await),
        ("forget_states", forget_states(env, now).await),
        ("review_proofs", review::run(env, now).await),
        ("forget_reports", forget_reports(env, now).await),
        ("follow_domains", custom_domain::follow::run(env, now).await),
        ("delete_accounts", account::purge::run(env, now).await),
        // Last: it is the slowest.
        ("take_thumbnails", thumbnail::run(env, now).await),
    ] {
        if let Err(failure) = result {
            failure.log(job);
            metrics::write(env, Apex::WORKER, 1, &metrics::Event::Error { what: job });
        }
    }
}

async fn forget_codes(env: &Env, now: i64) -> Result<()> {
    d1::run(&env.d1(auth::DB)?, FORGET_CODES, [(now - KEEP_CODE_MS).into()]).await
}

/// Sessions that ran out. Their records in KV go by themselves.
async fn forget_sessions(env: &Env, now: i64) -> Result<()> {
    d1::run(&env.d1(auth::DB)?, FORGET_SESSIONS, [now.into()]).await
}

/// Reports that were settled long ago.
async fn forget_reports(env: &Env, now: i64) -> Result<()> {
    report::forget_closed(&env.d1(auth::DB)?, now).await
}

/// Sign-ins through a provider that nobody came back from.
async fn forget_states(env: &Env, now: i64) -> Result<()> {
    d1::run(&env.d1(auth::DB)?, FORGET_STATES, [now.into()]).await
}
