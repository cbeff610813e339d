//! `POST /sites/{site}/restore` from the api worker, which has asked who is asking: an older version becomes live.

use super::{
    publish::{new_snapshot_id, taken_down},
    site_in,
};
use crate::{
    WORKER,
    bucket::R2,
    ledger::{D1, Origin},
    notify,
};
use serde::{Deserialize, Deserializer};
use vetka_edge::{
    Result,
    config::Config,
    d1, error,
    metrics::{self, Event},
    reply,
    snapshot::{self, Row, Snapshot},
    time,
};
use vetka_r2::{
    SnapshotId,
    publish::{Expected, NewRestore, Restored, restore as restore_version},
};
use worker::{Context, Env, Request, Response};

const SELECT_SNAPSHOT: &str =
    "SELECT seq, id, created_at, message, status, file_count, byte_size, triggered_by, restored_from, name, note,
    pinned_at, live_at, (SELECT live_snapshot_id FROM site WHERE id = ?1) AS live
    FROM site_snapshot WHERE site_id = ?1 AND id = ?2";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    snapshot_id: String,
    /// Absent: whatever is live. Null: nothing is live. A text: this version is live.
    #[serde(default, deserialize_with = "present")]
    expected_live: Option<Option<String>>,
    /// From where the person asked.
    #[serde(default)]
    from: Origin,
}

/// Tells a null that was written from a field that was not.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Restores.
pub async fn restore(mut request: Request, env: &Env, context: &Context, params: &[String]) -> Result<Response> {
    let site = site_in(params)?;
    let wish: Wish = reply::read_json(&mut request, 4096).await?;
    let config = Config::from_env(env)?;
    let (bucket, ledger) = (R2::new(env)?, D1::new(env, time::now_ms())?.asked_from(wish.from));
    let target = SnapshotId::parse(&wish.snapshot_id).ok_or_else(version_not_found)?;
    let expected_id = match &wish.expected_live {
        Some(Some(id)) => Some(SnapshotId::parse(id).ok_or_else(live_changed)?),
        _ => None,
    };
    let expected = match (&wish.expected_live, &expected_id) {
        (None, _) => Expected::Any,
        (Some(_), None) => Expected::Nothing,
        (Some(_), Some(id)) => Expected::Version(id),
    };
    let id = new_snapshot_id()?;
    let wish = NewRestore { site: &site, target: &target, snapshot: &id, expected };
    match restore_version(&bucket, &ledger, &wish).await? {
        Restored::Live { seq, untold } => {
            if let Some(failure) = untold {
                failure.log(site.as_str());
            }
            notify::published(env, context, &site, &id, seq);
            let values = [site.as_str().into(), id.as_str().into()];
            let row: Option<Row> = d1::first(ledger.db(), SELECT_SNAPSHOT, values).await?;
            let snapshot = row.ok_or_else(version_not_found)?.into_snapshot(&config);
            count(env, &ledger, &snapshot);
            reply::json(200, &snapshot::Restored { snapshot })
        }
        Restored::NotFound => Err(version_not_found()),
        Restored::NotFinished => Err(error::conflict(
            "version_not_finished",
            "This version was never finished, so it cannot be brought back.",
        )),
        Restored::AlreadyLive => {
            Err(error::conflict("already_live", "This version is the one that visitors see already."))
        }
        Restored::LiveChanged => Err(live_changed()),
        Restored::TakenDown => Err(taken_down()),
    }
}

/// Counts a version that was there already and went live: only people bring one back.
fn count(env: &Env, ledger: &D1, version: &Snapshot) {
    let (ms, files) = (time::now_ms() - ledger.now(), version.file_count as usize);
    let event = Event::Deploy { by: "manual", outcome: "restored", ms, files, bytes: version.byte_size };
    metrics::write(env, WORKER, 1, &event);
}

fn version_not_found() -> vetka_edge::Error {
    error::not_found("There is no such version of this site. It may have made room for newer ones.")
}

fn live_changed() -> vetka_edge::Error {
    error::conflict(
        "live_changed",
        "The site has changed since you looked. Look at the list of versions again before you go back to one.",
    )
}
