//! Every minute: what is due, and what has run out. Jobs go on beside each other, since most of their time is waiting for
//! other websites; one that fails is logged and does not keep the others from running. Each does a bounded piece of work,
//! may be cut off anywhere, and does no harm when it runs twice: whoever takes a row up moves its time first.

use crate::{WORKER, jobs};
use futures::join;
use vetka_edge::{Result, metrics, time};
use worker::Env;

/// After this long no job begins anything more: the next minute is another one's.
const RUN_MS: i64 = 45_000;

/// One run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub env: &'a Env,
    /// When it began, Unix milliseconds UTC.
    pub now: i64,
}

impl Run<'_> {
    /// Whether there is time for one thing more.
    pub fn has_time(&self) -> bool {
        time::now_ms() - self.now < RUN_MS
    }
}

/// Runs every job.
pub async fn run(env: &Env) {
    let run = Run { env, now: time::now_ms() };
    join!(
        job(env, "poll_feeds", jobs::feeds::run(run)),
        job(env, "look_home", jobs::homes::run(run)),
        job(env, "verify_rel_me", jobs::rel_me::run(run)),
        job(env, "verify_mentions", jobs::mentions::run(run)),
        // One after the other: what the first finds is for the second to tell.
        job(env, "look_through_versions", async {
            jobs::versions::run(run).await?;
            jobs::sending::run(run).await
        }),
        job(env, "send_digests", jobs::digests::run(run)),
        job(env, "forget", jobs::forget::run(run)),
    );
}

async fn job(env: &Env, name: &'static str, work: impl Future<Output = Result<()>>) {
    if let Err(failure) = work.await {
        failure.log(name);
        metrics::write(env, WORKER, 1, &metrics::Event::Error { what: name });
    }
}
