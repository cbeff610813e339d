//! Having an older version back, or a draft go live.

use super::{
    D1,
    pointer::{self, SELECT_POINTER},
    versions::{MARK_LIVE, MOVE_LIVE},
};
use vetka_domain::audit::Kind;
use vetka_edge::{Result, d1};
use vetka_r2::{
    SnapshotId,
    publish::{Expected, NewRestore, RestoreCommitted},
};

/// The words of a restored version are those of the one that made its files, for as long as that is kept.
const SELECT_TARGET: &str =
    "SELECT t.status, t.manifest_id, t.message, t.live_at IS NULL AS draft, m.message AS made_as,
    s.live_snapshot_id AS live, l.manifest_id AS live_manifest, s.taken_down_at IS NOT NULL AS taken_down
    FROM site s JOIN site_snapshot t ON t.id = ?2 AND t.site_id = s.id
    LEFT JOIN site_snapshot m ON m.id = t.manifest_id LEFT JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE s.id = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";
const INSERT_RESTORE: &str = "INSERT INTO site_snapshot
    (id, site_id, manifest_id, restored_from, file_count, byte_size, message, status, triggered_by, created_at, finished_at, blobs_recorded)
    SELECT ?3, t.site_id, t.manifest_id, t.id, t.file_count, t.byte_size, ?4, 'success', 'manual', ?5, ?5, t.blobs_recorded
    FROM site_snapshot t JOIN site s ON s.id = t.site_id
    WHERE t.id = ?2 AND t.site_id = ?1 AND t.status = 'success' AND s.deleted_at IS NULL AND s.taken_down_at IS NULL
    AND s.live_snapshot_id IS ?6";

/// How often a restore tries again when something else went live in between.
const RESTORE_TRIES: usize = 5;

#[derive(d1::FromRow)]
struct Target {
    status: String,
    #[column(parse)]
    manifest_id: SnapshotId,
    message: String,
    draft: u8,
    made_as: Option<String>,
    #[column(parse)]
    live: Option<SnapshotId>,
    #[column(parse)]
    live_manifest: Option<SnapshotId>,
    taken_down: u8,
}

impl D1 {
    /// Writes the row of a restore and makes it the live one, if the conditions hold.
    pub(super) async fn restore_version(&self, wish: &NewRestore<'_>) -> Result<RestoreCommitted> {
        let (site, wanted, id) = (wish.site.as_str(), wish.target.as_str(), wish.snapshot.as_str());
        for _ in 0..RESTORE_TRIES {
            let target: Option<Target> = d1::first(&self.db, SELECT_TARGET, [site.into(), wanted.into()]).await?;
            let Some(target) = target else { return Ok(RestoreCommitted::NotFound) };
            if let Some(refusal) = refusal(&target, wish.expected) {
                return Ok(refusal);
            }
            let (message, kind) = match target.draft {
                0 => (restore_message(&target), Kind::RolledBack),
                _ => (target.message, Kind::Deployed),
            };
            // The insert holds only while what was judged above is still so; otherwise it is judged again.
            let insert = d1::prepare(
                &self.db,
                INSERT_RESTORE,
                [
                    site.into(),
                    wanted.into(),
                    id.into(),
                    (&message).into(),
                    self.now.into(),
                    target.live.as_ref().map(SnapshotId::as_str).into(),
                ],
            )?;
            let values = || [site.into(), id.into(), self.now.into()];
            let move_live = d1::prepare(&self.db, MOVE_LIVE, values())?;
            let written = self.write_down(wish.site, kind)?;
            let mark_live = d1::prepare(&self.db, MARK_LIVE, values())?;
            let look = d1::prepare(&self.db, SELECT_POINTER, [site.into()])?;
            let results = d1::batch(&self.db, vec![insert, move_live, written, mark_live, look]).await?;
            if let Some(pointer) = pointer::of(&results, 4, wish.snapshot)? {
                return Ok(RestoreCommitted::Live(pointer));
            }
        }
        Ok(RestoreCommitted::LiveChanged)
    }
}

fn refusal(target: &Target, expected: Expected<'_>) -> Option<RestoreCommitted> {
    if target.taken_down == 1 {
        return Some(RestoreCommitted::TakenDown);
    }
    if target.status != "success" {
        return Some(RestoreCommitted::NotFinished);
    }
    let as_expected = match expected {
        Expected::Any => true,
        Expected::Nothing => target.live.is_none(),
        Expected::Version(id) => target.live.as_ref() == Some(id),
    };
    if !as_expected {
        return Some(RestoreCommitted::LiveChanged);
    }
    (target.live_manifest.as_ref() == Some(&target.manifest_id)).then_some(RestoreCommitted::AlreadyLive)
}

/// Names the version by what it had done, since a time would be in nobody's time zone; the list shows that beside it.
fn restore_message(target: &Target) -> String {
    match &target.made_as {
        Some(words) if !words.is_empty() => format!("Went back to “{words}”"),
        // Itself a restore of a version that is no longer kept: it says already what it went back to.
        None if !target.message.is_empty() => target.message.clone(),
        _ => "Went back to an earlier version".to_owned(),
    }
}
