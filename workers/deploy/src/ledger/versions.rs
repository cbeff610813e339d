//! How a version begins, goes live, or fails, and which one is live.

use super::{
    D1, holds, number,
    pointer::{self, SELECT_POINTER},
};
use crate::links;
use std::time::Duration;
use vetka_domain::audit::Kind;
use vetka_edge::{Error, Result, d1};
use vetka_r2::{
    BlobHash, LiveRecord, SiteId, SnapshotId,
    publish::{Begun, Committed, Ledger, NewRestore, NewVersion, Pointer, Refusal, RestoreCommitted},
};
use worker::Delay;

const INSERT_BUILDING: &str = "INSERT INTO site_snapshot
    (id, site_id, manifest_id, file_count, byte_size, message, status, triggered_by, created_at, blobs_recorded, go_live)
    SELECT ?2, id, ?2, ?3, ?4, ?5, 'building', ?7, ?6, 1, ?8 FROM site
    WHERE id = ?1 AND deleted_at IS NULL AND subdomain IS NOT NULL AND taken_down_at IS NULL RETURNING seq";
/// Right after that: a site that has nothing yet says that something is on its way.
pub(super) const MARK_SITE_BUILDING: &str = "UPDATE site SET status = 'building', updated_at = ?2
    WHERE id = ?1 AND live_snapshot_id IS NULL AND ?3 AND changes() > 0";
pub(super) const SELECT_TAKEN_DOWN: &str = "SELECT taken_down_at IS NOT NULL AS taken_down FROM site
    WHERE id = ?1 AND deleted_at IS NULL AND subdomain IS NOT NULL";

const FINISH: &str = "UPDATE site_snapshot SET status = 'success', finished_at = ?3
    WHERE id = ?2 AND site_id = ?1 AND status = 'building'
    AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND deleted_at IS NULL)
    RETURNING go_live";
/// Forward only: the version that is live now must have been started earlier.
pub(super) const MOVE_LIVE: &str = "UPDATE site SET live_snapshot_id = ?2, status = 'live', updated_at = ?3
    WHERE id = ?1 AND deleted_at IS NULL
    AND (SELECT seq FROM site_snapshot WHERE id = ?2 AND site_id = ?1 AND status = 'success' AND go_live = 1)
      > COALESCE((SELECT seq FROM site_snapshot WHERE id = site.live_snapshot_id), 0)";
/// Right after that: since when visitors have seen these files. A draft that is brought live is one no longer.
pub(super) const MARK_LIVE: &str = "UPDATE site_snapshot SET live_at = ?3
    WHERE site_id = ?1 AND live_at IS NULL AND id IN (?2, (SELECT restored_from FROM site_snapshot WHERE id = ?2))
    AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND live_snapshot_id = ?2)";

const MARK_FAILED: &str = "UPDATE site_snapshot SET status = 'failed', finished_at = ?3
    WHERE id = ?2 AND site_id = ?1 AND status = 'building'";
/// A site that never had a version and has none on its way says that something went wrong.
const MARK_SITE_FAILED: &str = "UPDATE site SET status = 'error', updated_at = ?2
    WHERE id = ?1 AND live_snapshot_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM site_snapshot WHERE site_id = ?1 AND status = 'building')";

/// Between two looks for blobs that are on their way out.
const PAUSE: Duration = Duration::from_millis(700);

#[derive(d1::FromRow)]
struct Seq {
    seq: u64,
}

/// A row of [`SELECT_TAKEN_DOWN`].
#[derive(d1::FromRow)]
pub(super) struct IsDown {
    taken_down: u8,
}

impl IsDown {
    /// Why a site with this row, or none, takes no version.
    pub(super) fn refusal(row: Option<Self>) -> Refusal {
        if row.is_some_and(|site| site.taken_down == 1) { Refusal::TakenDown } else { Refusal::SiteGone }
    }
}

#[derive(d1::FromRow)]
struct Finished {
    go_live: u8,
}

impl Ledger for D1 {
    type Error = Error;

    async fn begin(
        &self,
        version: &NewVersion<'_>,
        blobs: &[BlobHash],
    ) -> Result<core::result::Result<Begun, Refusal>> {
        let (site, now) = (version.site.as_str(), self.now);
        let insert = d1::prepare(
            &self.db,
            INSERT_BUILDING,
            [
                site.into(),
                version.snapshot.as_str().into(),
                number(version.file_count)?.into(),
                number(version.byte_size)?.into(),
                version.message.into(),
                now.into(),
                version.triggered_by.as_str().into(),
                i64::from(version.go_live).into(),
            ],
        )?;
        let mark = [site.into(), now.into(), i64::from(version.go_live).into()];
        let mark = d1::prepare(&self.db, MARK_SITE_BUILDING, mark)?;
        let [hold, revoke_doom, look] = holds::take(&self.db, version.site, version.snapshot, blobs)?;
        let is_down = d1::prepare(&self.db, SELECT_TAKEN_DOWN, [site.into()])?;
        let results = d1::batch(&self.db, vec![insert, mark, hold, revoke_doom, look, is_down]).await?;
        if let Some(Seq { seq }) = d1::row(&results, 0)? {
            return Ok(Ok(Begun { seq, leaving: holds::said_leaving(&results, 4)? }));
        }
        Ok(Err(IsDown::refusal(d1::row(&results, 5)?)))
    }

    async fn leaving(&self, blobs: &[BlobHash]) -> Result<bool> {
        holds::leaving(&self.db, blobs).await
    }

    async fn pause(&self) {
        Delay::from(PAUSE).await;
    }

    async fn commit(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<Committed> {
        links::check(&self.env, site, snapshot).await?;
        let values = || [site.as_str().into(), snapshot.as_str().into(), self.now.into()];
        let finish = d1::prepare(&self.db, FINISH, values())?;
        let move_live = d1::prepare(&self.db, MOVE_LIVE, values())?;
        let written = self.write_down(site, Kind::Deployed)?;
        let mark_live = d1::prepare(&self.db, MARK_LIVE, values())?;
        let look = d1::prepare(&self.db, SELECT_POINTER, [site.as_str().into()])?;
        let results = d1::batch(&self.db, vec![finish, move_live, written, mark_live, look]).await?;
        let Some(Finished { go_live }) = d1::row(&results, 0)? else { return Ok(Committed::Lost) };
        if go_live == 0 {
            return Ok(Committed::Draft);
        }
        Ok(match pointer::of(&results, 4, snapshot)? {
            Some(pointer) => Committed::Live(pointer),
            None => Committed::Superseded,
        })
    }

    async fn fail(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<()> {
        let mark = [site.as_str().into(), snapshot.as_str().into(), self.now.into()];
        let mark = d1::prepare(&self.db, MARK_FAILED, mark)?;
        let mark_site = d1::prepare(&self.db, MARK_SITE_FAILED, [site.as_str().into(), self.now.into()])?;
        d1::batch(&self.db, vec![mark, mark_site]).await?;
        Ok(())
    }

    async fn restore(&self, wish: &NewRestore<'_>) -> Result<RestoreCommitted> {
        self.restore_version(wish).await
    }

    async fn confirm(&self, record: &LiveRecord) -> Result<()> {
        self.confirm_record(record).await
    }

    async fn unsettled(&self) -> Result<Vec<Pointer>> {
        pointer::unsettled(&self.db).await
    }
}
