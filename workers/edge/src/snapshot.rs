//! An entry of the list of versions, as every worker's JSON has it (`GET /api/sites/:domain/snapshots`).

use crate::{config::Config, d1, time};
use schemars::JsonSchema;
use serde::Serialize;

/// A row of `site_snapshot`, with the id of the version that is live now as `live`, whichever it is.
#[derive(Debug, d1::FromRow)]
pub struct Row {
    /// Its place in the order of starts.
    pub seq: i64,
    id: String,
    created_at: i64,
    message: String,
    status: String,
    file_count: u32,
    byte_size: i64,
    triggered_by: String,
    restored_from: Option<String>,
    name: String,
    note: String,
    pinned_at: Option<i64>,
    live_at: Option<i64>,
    live: Option<String>,
}

/// A version of a site.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Snapshot id.
    pub id: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// One plain sentence of what changed.
    pub message: String,
    /// `pending`, `building`, `success` or `failed`.
    #[schemars(extend("enum" = ["pending", "building", "success", "failed"]))]
    pub status: String,
    /// Number of files.
    pub file_count: u32,
    /// Bytes of all files.
    pub byte_size: u64,
    /// `agent` or `manual`.
    #[schemars(extend("enum" = ["agent", "manual"]))]
    pub triggered_by: String,
    /// Whether visitors see this one now.
    pub live: bool,
    /// The version that this one brought back.
    pub restored_from: Option<String>,
    /// Where to look at it, live or not.
    pub preview_url: String,
    /// What its owner calls it; empty when they do not.
    pub name: String,
    /// What its owner wrote about it; empty when they did not.
    pub note: String,
    /// Whether it is kept for good, whatever comes after it.
    pub pinned: bool,
    /// Whether it is finished and no visitor has ever seen it.
    pub draft: bool,
    /// Unix milliseconds UTC, for pages.
    #[serde(skip)]
    pub created_at_ms: i64,
}

/// What going back to a version answers: the entry that it made in the list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Restored {
    /// The new entry, which is live.
    pub snapshot: Snapshot,
}

impl Row {
    /// The entry that this row is.
    pub fn into_snapshot(self, config: &Config) -> Snapshot {
        Snapshot {
            live: self.live.as_deref() == Some(self.id.as_str()),
            preview_url: config.version_url(&self.id),
            name: self.name,
            note: self.note,
            pinned: self.pinned_at.is_some(),
            draft: self.status == "success" && self.live_at.is_none(),
            id: self.id,
            created_at: time::rfc3339(self.created_at),
            created_at_ms: self.created_at,
            message: self.message,
            status: self.status,
            file_count: self.file_count,
            byte_size: u64::try_from(self.byte_size).unwrap_or_default(),
            triggered_by: self.triggered_by,
            restored_from: self.restored_from,
        }
    }
}
