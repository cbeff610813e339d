//! One entry of the list of versions, in the same words as the api worker's list has it.

use serde::{Deserialize, Serialize};
use vetka_edge::{Result, config::Config, d1, time};
use vetka_r2::{SiteId, SnapshotId};
use worker::D1Database;

const SELECT_SNAPSHOT: &str = "SELECT n.created_at, n.message, n.status, n.file_count, n.byte_size, n.triggered_by,
    n.restored_from, s.live_snapshot_id AS live
    FROM site_snapshot n JOIN site s ON s.id = n.site_id WHERE n.id = ?1 AND n.site_id = ?2";

#[derive(Deserialize)]
struct Row {
    created_at: i64,
    message: String,
    status: String,
    file_count: u32,
    byte_size: i64,
    triggered_by: String,
    restored_from: Option<String>,
    live: Option<SnapshotId>,
}

/// What a client gets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View<'a> {
    id: &'a SnapshotId,
    created_at: String,
    message: String,
    status: String,
    file_count: u32,
    byte_size: i64,
    triggered_by: String,
    live: bool,
    restored_from: Option<String>,
    preview_url: String,
}

/// Reads one entry.
pub async fn view<'a>(db: &D1Database, config: &Config, site: &SiteId, id: &'a SnapshotId) -> Result<Option<View<'a>>> {
    let row: Option<Row> = d1::first(db, SELECT_SNAPSHOT, [id.as_str().into(), site.as_str().into()]).await?;
    Ok(row.map(|row| View {
        live: row.live.as_ref() == Some(id),
        id,
        created_at: time::rfc3339(row.created_at),
        message: row.message,
        status: row.status,
        file_count: row.file_count,
        byte_size: row.byte_size,
        triggered_by: row.triggered_by,
        restored_from: row.restored_from,
        preview_url: config.version_url(id.as_str()),
    }))
}
