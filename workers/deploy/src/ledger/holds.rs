//! Which sites hold which blobs, and which blobs are doomed: the part of the ledger that the sweep is about.

use super::D1;
use vetka_edge::{Result, d1, error};
use vetka_r2::{
    BlobHash, SiteId, SnapshotId,
    publish::{Holds, Unrecorded},
};
use worker::{D1Database, D1PreparedStatement};

/// How long a blob stays after its last holder let go: no request lives nearly as long, and no blob is swept young.
const DOOMED_FOR_MS: i64 = 24 * 60 * 60 * 1000;
/// When a sweep that does not answer is over for certain: a scheduled event may run for 15 minutes.
const LAPSE_MS: i64 = 20 * 60 * 1000;

/// Only together with the row of the version that names them: what no row explains, nobody would let go of.
const HOLD: &str = "INSERT INTO blob_use (hash, site_id) SELECT value, ?1 FROM json_each(?3)
    WHERE EXISTS (SELECT 1 FROM site_snapshot WHERE id = ?2 AND site_id = ?1) ON CONFLICT DO NOTHING";
const REVOKE_DOOM: &str =
    "DELETE FROM blob_doomed WHERE deleting_at IS NULL AND hash IN (SELECT value FROM json_each(?3))
    AND EXISTS (SELECT 1 FROM site_snapshot WHERE id = ?2 AND site_id = ?1)";
const SELECT_LEAVING: &str = "SELECT 1 AS leaving FROM blob_doomed
    WHERE deleting_at IS NOT NULL AND hash IN (SELECT value FROM json_each(?1)) LIMIT 1";

/// One that is on its way out already is doomed once more: what a sleeper of the erased site puts later must go too.
const DOOM: &str = "INSERT INTO blob_doomed (hash, doomed_at) SELECT hash, ?2 FROM blob_use
    WHERE site_id = ?1 AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND deleted_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM blob_use other WHERE other.hash = blob_use.hash AND other.site_id <> ?1)
    ON CONFLICT (hash) DO UPDATE SET doomed_at = MAX(excluded.doomed_at, COALESCE(deleting_at, 0))";

const SELECT_UNRECORDED: &str = "SELECT site_id AS site, manifest_id AS manifest FROM site_snapshot
    WHERE blobs_recorded = 0 AND status <> 'building' ORDER BY seq LIMIT 50";
const SELECT_UNRECORDED_OF: &str = "SELECT site_id AS site, manifest_id AS manifest FROM site_snapshot
    WHERE site_id = ?1 AND blobs_recorded = 0 AND status <> 'building' ORDER BY seq LIMIT 50";
const RECORD_HOLD: &str = "INSERT INTO blob_use (hash, site_id) SELECT value, ?1 FROM json_each(?3)
    WHERE EXISTS (SELECT 1 FROM site_snapshot WHERE site_id = ?1 AND manifest_id = ?2 AND blobs_recorded = 0)
    ON CONFLICT DO NOTHING";
const MARK_RECORDED: &str = "UPDATE site_snapshot SET blobs_recorded = 1
    WHERE site_id = ?1 AND manifest_id = ?2 AND status <> 'building'";

const LAPSE: &str = "UPDATE blob_doomed SET deleting_at = NULL WHERE deleting_at <= ?1";
const FORGET_HELD: &str = "DELETE FROM blob_doomed WHERE doomed_at <= ?1 AND deleting_at IS NULL
    AND EXISTS (SELECT 1 FROM blob_use WHERE blob_use.hash = blob_doomed.hash)";
/// As many as the bucket removes with one call, and half of it for comfort.
const CONDEMN: &str = "UPDATE blob_doomed SET deleting_at = ?1
    WHERE hash IN (SELECT hash FROM blob_doomed WHERE doomed_at <= ?2 AND deleting_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM blob_use WHERE blob_use.hash = blob_doomed.hash) ORDER BY doomed_at LIMIT 500)
    AND NOT EXISTS (SELECT 1 FROM site_snapshot WHERE blobs_recorded = 0) RETURNING hash";
const FORGET: &str = "DELETE FROM blob_doomed
    WHERE hash IN (SELECT value FROM json_each(?1)) AND deleting_at = ?2 AND doomed_at < deleting_at";
const REPRIEVE: &str = "UPDATE blob_doomed SET deleting_at = NULL
    WHERE hash IN (SELECT value FROM json_each(?1)) AND deleting_at = ?2";

/// Says that some are on their way out.
#[derive(d1::FromRow)]
pub(super) struct Leaving {}

/// A blob, as a row has it.
#[derive(d1::FromRow)]
pub(super) struct Hash {
    hash: String,
}

#[derive(d1::FromRow)]
struct UnrecordedRow {
    #[column(parse)]
    site: SiteId,
    #[column(parse)]
    manifest: SnapshotId,
}

/// Hashes as one parameter, whatever their number: 10,000 of them are 670 KB of the 2 MB that a parameter may have.
pub(super) fn list(blobs: &[BlobHash]) -> Result<String> {
    Ok(serde_json::to_string(&blobs.iter().map(ToString::to_string).collect::<Vec<_>>())?)
}

/// The statements that take hold of the blobs of a version that has a row, and say whether some are on their way out.
pub(super) fn take(
    db: &D1Database,
    site: &SiteId,
    snapshot: &SnapshotId,
    blobs: &[BlobHash],
) -> Result<[D1PreparedStatement; 3]> {
    let list = list(blobs)?;
    let values = || [site.as_str().into(), snapshot.as_str().into(), (&list).into()];
    Ok([
        d1::prepare(db, HOLD, values())?,
        d1::prepare(db, REVOKE_DOOM, values())?,
        d1::prepare(db, SELECT_LEAVING, [(&list).into()])?,
    ])
}

/// What the last of those statements said.
pub(super) fn said_leaving(results: &d1::Results, at: usize) -> Result<bool> {
    Ok(d1::row::<Leaving>(results, at)?.is_some())
}

/// Whether some are on their way out.
pub(super) async fn leaving(db: &D1Database, blobs: &[BlobHash]) -> Result<bool> {
    let found: Option<Leaving> = d1::first(db, SELECT_LEAVING, [(&list(blobs)?).into()]).await?;
    Ok(found.is_some())
}

/// The statement that dooms what only a closed site holds. It lets go itself when its row goes.
pub(super) fn doom(db: &D1Database, site: &SiteId, now: i64) -> Result<D1PreparedStatement> {
    d1::prepare(db, DOOM, [site.as_str().into(), now.into()])
}

impl Holds for D1 {
    async fn unrecorded(&self, site: Option<&SiteId>) -> Result<Vec<Unrecorded>> {
        let rows: Vec<UnrecordedRow> = match site {
            Some(site) => d1::all(&self.db, SELECT_UNRECORDED_OF, [site.as_str().into()]).await?,
            None => d1::all(&self.db, SELECT_UNRECORDED, []).await?,
        };
        Ok(rows.into_iter().map(|UnrecordedRow { site, manifest }| Unrecorded { site, manifest }).collect())
    }

    /// For the restores of it too.
    async fn record(&self, version: &Unrecorded, blobs: &[BlobHash]) -> Result<()> {
        let (site, manifest) = (version.site.as_str(), version.manifest.as_str());
        let statements = vec![
            d1::prepare(&self.db, RECORD_HOLD, [site.into(), manifest.into(), (&list(blobs)?).into()])?,
            d1::prepare(&self.db, MARK_RECORDED, [site.into(), manifest.into()])?,
        ];
        d1::batch(&self.db, statements).await?;
        Ok(())
    }

    /// With the moment as the mark.
    async fn condemn(&self) -> Result<Vec<BlobHash>> {
        let old = self.now - DOOMED_FOR_MS;
        let statements = vec![
            d1::prepare(&self.db, LAPSE, [(self.now - LAPSE_MS).into()])?,
            d1::prepare(&self.db, FORGET_HELD, [old.into()])?,
            d1::prepare(&self.db, CONDEMN, [self.now.into(), old.into()])?,
        ];
        hashes(d1::rows(&d1::batch(&self.db, statements).await?, 2)?)
    }

    async fn forget_blobs(&self, blobs: &[BlobHash]) -> Result<()> {
        let list = list(blobs)?;
        let statements = vec![
            d1::prepare(&self.db, FORGET, [(&list).into(), self.now.into()])?,
            d1::prepare(&self.db, REPRIEVE, [(&list).into(), self.now.into()])?,
        ];
        d1::batch(&self.db, statements).await?;
        Ok(())
    }

    async fn reprieve(&self, blobs: &[BlobHash]) -> Result<()> {
        d1::run(&self.db, REPRIEVE, [(&list(blobs)?).into(), self.now.into()]).await
    }
}

/// Reads rows.
pub(super) fn hashes(rows: Vec<Hash>) -> Result<Vec<BlobHash>> {
    let hash = |row: Hash| BlobHash::from_hex(&row.hash).ok_or_else(|| error::internal("a blob without a hash"));
    rows.into_iter().map(hash).collect()
}
