//! What is live and what the site is set to, as both go to the edge.

use super::{D1, number};
use vetka_edge::{Result, d1};
use vetka_r2::{
    LiveRecord, Settings, SiteId, SnapshotId,
    live::LiveVersion,
    publish::Pointer,
    settings::{Canonical, NotFound, TakenDown},
};
use worker::D1Database;

/// In the batch that changed either of them.
pub(super) const SELECT_POINTER: &str =
    "SELECT s.id AS site, s.subdomain AS label, l.seq, l.id AS snapshot, l.manifest_id,
    s.settings_seq, s.not_found, s.notch, s.custom_domain, s.canonical, s.taken_down_for
    FROM site s JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE s.id = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";
const SELECT_UNSETTLED: &str = "SELECT s.id AS site, s.subdomain AS label, l.seq, l.id AS snapshot, l.manifest_id,
    s.settings_seq, s.not_found, s.notch, s.custom_domain, s.canonical, s.taken_down_for
    FROM site s JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE s.live_snapshot_id IS NOT NULL
    AND (s.live_snapshot_id IS NOT s.edge_snapshot_id OR s.settings_seq <> s.edge_settings_seq)
    AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL ORDER BY s.updated_at LIMIT 100";
const CONFIRM: &str = "UPDATE site SET edge_snapshot_id = ?2, edge_settings_seq = ?3
    WHERE id = ?1 AND live_snapshot_id = ?2 AND settings_seq = ?3";

#[derive(d1::FromRow)]
struct Row {
    #[column(parse)]
    site: SiteId,
    label: String,
    seq: u64,
    #[column(parse)]
    snapshot: SnapshotId,
    #[column(parse)]
    manifest_id: SnapshotId,
    settings_seq: u64,
    #[column(parse)]
    not_found: NotFound,
    notch: u8,
    custom_domain: Option<String>,
    #[column(parse)]
    canonical: Canonical,
    #[column(parse)]
    taken_down_for: Option<TakenDown>,
}

impl From<Row> for Pointer {
    fn from(row: Row) -> Self {
        let settings = Settings {
            not_found: row.not_found,
            notch: row.notch == 1,
            domain: row.custom_domain,
            canonical: row.canonical,
            taken_down: row.taken_down_for,
        };
        Self {
            label: row.label,
            record: LiveRecord {
                seq: row.seq,
                site_id: row.site,
                settings_seq: row.settings_seq,
                settings,
                version: Some(LiveVersion { snapshot_id: row.snapshot, manifest_id: row.manifest_id }),
            },
        }
    }
}

/// What [`SELECT_POINTER`] gave.
pub(super) fn live(results: &d1::Results, at: usize) -> Result<Option<Pointer>> {
    Ok(d1::row::<Row>(results, at)?.map(Pointer::from))
}

/// What [`SELECT_POINTER`] gave, if this version is what it gave.
pub(super) fn of(results: &d1::Results, at: usize, snapshot: &SnapshotId) -> Result<Option<Pointer>> {
    Ok(d1::row::<Row>(results, at)?.filter(|row| row.snapshot == *snapshot).map(Pointer::from))
}

/// What the edge may not know.
pub(super) async fn unsettled(db: &D1Database) -> Result<Vec<Pointer>> {
    let rows: Vec<Row> = d1::all(db, SELECT_UNSETTLED, []).await?;
    Ok(rows.into_iter().map(Pointer::from).collect())
}

impl D1 {
    /// Notes that the edge knows.
    pub(super) async fn confirm_record(&self, record: &LiveRecord) -> Result<()> {
        let snapshot = record.version.as_ref().map(|version| version.snapshot_id.as_str());
        let values = [record.site_id.as_str().into(), snapshot.into(), number(record.settings_seq)?.into()];
        d1::run(&self.db, CONFIRM, values).await
    }
}
