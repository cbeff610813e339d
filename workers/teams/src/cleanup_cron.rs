//! Every five minutes: no sandbox outlives its session by more than that, whatever went wrong between the two. What the
//! database believes to go on is looked at, and what e2b knows of ours is held against it.

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
const GONE: &str = "UPDATE work_session SET sandbox_gone_at = ?2 WHERE id = ?1 AND sandbox_gone_at IS NULL";

/// Sessions that were deleted with their project, and of which something may be left elsewhere.
const DELETED: &str = "SELECT id, 0 AS is_active FROM deleted_work_session WHERE id > '' ORDER BY id LIMIT 20";
const FORGOTTEN: &str = "DELETE FROM deleted_work_session WHERE id = ?1";

#[derive(d1::FromRow)]
struct Row {
    id: String,
    is_active: i64,
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
        note(forget(env).await);
        // Nobody else moves a build on that no person looks at.
        note(template::look_at_all(env).await);
    })
    .await;
}

async fn look(env: &Env) -> Result<()> {
    let db = env.d1(auth::DB)?;
    for row in d1::all::<Row, 0>(&db, ORPHANED, []).await? {
        let words = "Whoever began this session is not here any more. What was saved is kept.";
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

/// Deletes what is left of deleted sessions: their objects, and what they have in the bucket.
async fn forget(env: &Env) -> Result<()> {
    let db = env.d1(auth::DB)?;
    for row in d1::all::<Row, 0>(&db, DELETED, []).await? {
        let forgotten = async {
            session_do::tell(env, &row.id, Method::Delete, "/", &()).await?;
            bucket::forget(env, &row.id).await?;
            d1::run(&db, FORGOTTEN, [(&row.id).into()]).await
        };
        note(forgotten.await);
    }
    Ok(())
}

fn note(done: core::result::Result<(), Error>) {
    if let Err(failure) = done {
        failure.log("cleanup");
    }
}
