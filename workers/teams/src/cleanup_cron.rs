//! Every five minutes: no sandbox outlives its session by more than that, whatever went wrong between the two. What the
//! database believes to go on is looked at, and what e2b knows of ours is held against it. And of sessions that are deleted,
//! nothing stays behind.

use crate::{bucket, sandbox::Sandboxes, session::METADATA, session_do, template};
use serde::Deserialize;
use std::collections::BTreeMap;
use vetka_edge::{Error, Result, auth, d1, error, log, time, trace};
use worker::{Env, Method};

/// What the database believes to go on, or to have left a sandbox; those first that were looked at least.
const OPEN: &str = "SELECT id, status IN ('STARTING', 'RUNNING', 'STOPPING') AS is_active FROM work_session
    WHERE sandbox_gone_at IS NULL ORDER BY seq LIMIT 200";
const ACTIVE: &str = "SELECT id, 1 AS is_active FROM work_session WHERE status IN ('STARTING', 'RUNNING', 'STOPPING')
    ORDER BY started_at LIMIT 200";
const ORPHANED: &str = "SELECT id, 1 AS is_active FROM work_session WHERE status IN ('STARTING', 'RUNNING', 'STOPPING')
    AND user_id IS NULL LIMIT 50";
const LOST: &str = "UPDATE work_session SET status = 'ERRORED', ended_at = ?2, held = 0 WHERE id = ?1
    AND status IN ('STARTING', 'RUNNING', 'STOPPING')";
/// Those that were deleted a moment ago may still have something under way.
const DELETED: &str = "SELECT id FROM work_session_gone WHERE gone_at <= ?1 ORDER BY gone_at LIMIT 50";
const FORGOTTEN: &str = "DELETE FROM work_session_gone WHERE id = ?1";
const GONE: &str = "UPDATE work_session SET sandbox_gone_at = ?2 WHERE id = ?1 AND sandbox_gone_at IS NULL";

/// After that, whatever was under way in a session that was deleted has come to its end. Milliseconds.
const SETTLED_MS: i64 = 60_000;

#[derive(d1::FromRow)]
struct Row {
    id: String,
    is_active: i64,
}

#[derive(d1::FromRow)]
struct Deleted {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Watched {
    is_over: bool,
    sandbox_id: Option<String>,
}

/// Looks after everything once.
pub async fn run(env: &Env) {
    trace::alone(async {
        note(look(env).await);
        // Nobody else moves a build on that no person looks at.
        note(template::look_at_all(env).await);
        note(forget_deleted(env).await);
    })
    .await;
}

async fn look(env: &Env) -> Result<()> {
    let db = env.d1(auth::DB)?;
    for row in d1::all::<Row, 0>(&db, ORPHANED, []).await? {
        let words = "Whoever started this session is not here any more. What was saved is kept.";
        let ended =
            session_do::tell(env, &row.id, Method::Post, "/end-now", &serde_json::json!({ "words": words })).await;
        note(ended);
    }
    let mut needed: BTreeMap<String, bool> = BTreeMap::new();
    let open: Vec<Row> = d1::all(&db, OPEN, []).await?;
    let active: Vec<Row> = d1::all(&db, ACTIVE, []).await?;
    for row in open.into_iter().chain(active) {
        if needed.contains_key(&row.id) {
            continue;
        }
        // Being asked, the object takes up what was left lying.
        match session_do::ask_json::<Watched>(env, &row.id, Method::Post, "/watch", &()).await {
            Ok(watched) => {
                let is_needed = !watched.is_over;
                needed.insert(row.id.clone(), is_needed);
                if watched.is_over && watched.sandbox_id.is_none() {
                    d1::run(&db, GONE, [(&row.id).into(), time::now_ms().into()]).await?;
                }
            }
            // It never began, or was deleted.
            Err(failure) if failure.status == 404 => {
                needed.insert(row.id.clone(), false);
                if row.is_active == 1 {
                    d1::run(&db, LOST, [(&row.id).into(), time::now_ms().into()]).await?;
                }
            }
            Err(failure) => {
                // Not known: it keeps its sandbox until the next look, and e2b ends that in time by itself.
                needed.insert(row.id.clone(), true);
                failure.log("cleanup");
            }
        }
    }
    let Ok(sandboxes) = Sandboxes::of(env) else { return Ok(()) };
    let listed = sandboxes.list_all().await.map_err(|failure| error::internal(failure.cause()))?;
    for sandbox in listed {
        // Those of others in the same account are none of ours.
        let Some(session) = sandbox.metadata.get(METADATA) else { continue };
        if needed.get(session).copied().unwrap_or(false) {
            continue;
        }
        log::info("sandbox_swept", serde_json::json!({ "session": session }));
        match sandboxes.kill(&sandbox.sandbox_id).await {
            Ok(()) => d1::run(&db, GONE, [session.into(), time::now_ms().into()]).await?,
            Err(failure) => log::error("cleanup", "sandbox_left", &failure.cause()),
        }
    }
    Ok(())
}

/// Forgets what was said in sessions that are deleted, and what their agents printed.
async fn forget_deleted(env: &Env) -> Result<()> {
    let (db, before) = (env.d1(auth::DB)?, time::now_ms() - SETTLED_MS);
    for Deleted { id } in d1::all(&db, DELETED, [before.into()]).await? {
        match forget(env, &id).await {
            Ok(()) => d1::run(&db, FORGOTTEN, [(&id).into()]).await?,
            // The next look tries it again.
            Err(failure) => failure.log("cleanup"),
        }
    }
    Ok(())
}

async fn forget(env: &Env, id: &str) -> Result<()> {
    session_do::tell(env, id, Method::Delete, "/", &()).await?;
    bucket::forget(env, id).await
}

fn note(done: core::result::Result<(), Error>) {
    if let Err(failure) = done {
        failure.log("cleanup");
    }
}
