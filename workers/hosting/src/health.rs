//! `/healthz` for the workers that are bound to this one: whether it reaches its stores, by the very ways that visits take.
//!
//! The api worker is the one that asks. It keeps the answer for some seconds and does not wait for ever, so that neither need
//! be done here: it would be a sixteenth of this worker's WASM.

use crate::{
    answer::Answer,
    content::{Body, Came},
    fields::Fields,
    stores::Edge,
};
use serde::Serialize;
use vetka_edge::{Result, health};

/// In the form of [`health::Health`].
#[derive(Serialize)]
struct Health<'a> {
    worker: &'a str,
    ok: bool,
    version: String,
    checks: Checks,
}

#[derive(Serialize)]
struct Checks {
    bucket: bool,
    database: bool,
}

/// How this worker is: 200, or 503 when something is not reached.
///
/// # Errors
/// Never for what is written here.
pub async fn answer(worker: &str, source: &Edge<'_>) -> Result<Answer> {
    let checks = Checks {
        bucket: reached("bucket", source.object("healthz", None).await),
        database: reached("database", source.named("healthz").await),
    };
    let ok = checks.bucket && checks.database;
    let body = serde_json::to_string(&Health { worker, ok, version: health::version(source.env), checks })?;
    let mut fields = Fields::default();
    fields.set("content-type", "application/json");
    fields.set("cache-control", "no-store");
    fields.set("x-content-type-options", "nosniff");
    Ok(Answer { status: if ok { 200 } else { 503 }, fields, body: Body::Text(body), came: Came::None })
}

/// Why not goes to the log.
fn reached<T>(name: &str, looked: Result<T>) -> bool {
    if let Err(problem) = &looked {
        problem.log(name);
    }
    looked.is_ok()
}
