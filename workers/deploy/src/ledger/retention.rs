//! Which versions of a site stay.

use super::{
    D1,
    holds::{self, Hash},
    number,
};
use vetka_edge::{Result, d1};
use vetka_r2::{
    BlobHash, SiteId, SnapshotId,
    publish::{Going, Retention, Version, VersionState, Versions},
};

/// How long a failed version is listed, and how long a manifest stays after the last version that names it: no request
/// lives nearly as long.
const KEPT_FOR_MS: i64 = 24 * 60 * 60 * 1000;
/// How long whoever is given a site has for it: longer than a scheduled event may run.
const TURN_MS: i64 = 20 * 60 * 1000;
/// Blobs that are asked for at once, and let go of in one statement: 670 KB of the 2 MB that a parameter may have.
const BLOBS_AT_ONCE: usize = 10_000;

const TAKE_TURNS: &str = "UPDATE site SET prune_at = ?2
    WHERE id IN (SELECT id FROM site WHERE prune_at <= ?1 ORDER BY prune_at LIMIT 50) RETURNING id AS site";
const SELECT_VERSIONS_SEQ: &str = "SELECT versions_seq AS seq FROM site WHERE id = ?1 AND deleted_at IS NULL";
const SELECT_VERSIONS: &str = "SELECT n.id, n.manifest_id, n.file_count, n.blobs_recorded AS recorded, CASE
    WHEN n.status = 'failed' THEN CASE WHEN COALESCE(n.finished_at, n.created_at) <= ?2 THEN 'long' ELSE 'failed' END
    WHEN n.status <> 'success' THEN 'building'
    WHEN n.pinned_at IS NOT NULL OR n.id IS s.live_snapshot_id THEN 'needed' ELSE 'finished' END AS state
    FROM site_snapshot n JOIN site s ON s.id = n.site_id WHERE n.site_id = ?1 ORDER BY n.seq DESC";
const SELECT_HELD: &str = "SELECT hash FROM blob_use WHERE site_id = ?1 AND hash > ?2 ORDER BY hash LIMIT ?3";

// One transaction. All of it holds only while nothing has happened to the site's versions; taking rows away counts as
// nothing, so that the last statement is under the same condition as the first.
const DOOM_MANIFESTS: &str = "INSERT INTO manifest_doomed (manifest_id, site_id, doomed_at)
    SELECT value, ?1, ?4 FROM json_each(?3)
    WHERE EXISTS (SELECT 1 FROM site WHERE id = ?1 AND versions_seq = ?2 AND deleted_at IS NULL)
    ON CONFLICT (manifest_id) DO NOTHING";
const DOOM_BLOBS: &str = "INSERT INTO blob_doomed (hash, doomed_at) SELECT value, ?4 FROM json_each(?3)
    WHERE EXISTS (SELECT 1 FROM site WHERE id = ?1 AND versions_seq = ?2 AND deleted_at IS NULL)
    AND EXISTS (SELECT 1 FROM blob_use WHERE hash = value AND site_id = ?1)
    AND NOT EXISTS (SELECT 1 FROM blob_use WHERE hash = value AND site_id <> ?1)
    ON CONFLICT (hash) DO UPDATE SET doomed_at = MAX(excluded.doomed_at, COALESCE(deleting_at, 0))";
const LET_GO: &str = "DELETE FROM blob_use WHERE site_id = ?1 AND hash IN (SELECT value FROM json_each(?3))
    AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND versions_seq = ?2 AND deleted_at IS NULL)";
const REMOVE: &str = "DELETE FROM site_snapshot WHERE site_id = ?1 AND id IN (SELECT value FROM json_each(?3))
    AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND versions_seq = ?2 AND deleted_at IS NULL) RETURNING id AS snapshot";

const LOOKED_AT: &str = "UPDATE site SET prune_at =
    (SELECT MIN(COALESCE(finished_at, created_at)) + ?3 FROM site_snapshot WHERE site_id = ?1 AND status = 'failed')
    WHERE id = ?1 AND versions_seq = ?2";
const SELECT_DOOMED: &str = "SELECT site_id AS site, manifest_id AS manifest FROM manifest_doomed
    WHERE doomed_at <= ?1 ORDER BY doomed_at LIMIT 500";
const FORGET_MANIFESTS: &str = "DELETE FROM manifest_doomed WHERE manifest_id IN (SELECT value FROM json_each(?1))";

#[derive(d1::FromRow)]
struct Turn {
    #[column(parse)]
    site: SiteId,
}

#[derive(d1::FromRow)]
struct Seq {
    seq: u64,
}

#[derive(d1::FromRow)]
struct Row {
    #[column(parse)]
    id: SnapshotId,
    #[column(parse)]
    manifest_id: SnapshotId,
    file_count: u64,
    recorded: u8,
    state: String,
}

#[derive(d1::FromRow)]
struct Removed {}

#[derive(d1::FromRow)]
struct Doomed {
    #[column(parse)]
    site: SiteId,
    #[column(parse)]
    manifest: SnapshotId,
}

impl From<Row> for Version {
    fn from(row: Row) -> Self {
        let state = match row.state.as_str() {
            "long" => VersionState::FailedLongAgo,
            "failed" => VersionState::Failed,
            "finished" => VersionState::Finished,
            "needed" => VersionState::Needed,
            _ => VersionState::Building,
        };
        let Row { id, manifest_id: manifest, file_count, recorded, .. } = row;
        Self { id, manifest, file_count, state, recorded: recorded == 1 }
    }
}

impl Retention for D1 {
    async fn to_look_at(&self) -> Result<Vec<SiteId>> {
        let values = [self.now.into(), (self.now + TURN_MS).into()];
        let rows: Vec<Turn> = d1::all(&self.db, TAKE_TURNS, values).await?;
        Ok(rows.into_iter().map(|row| row.site).collect())
    }

    async fn versions(&self, site: &SiteId) -> Result<Option<Versions>> {
        let seq = d1::prepare(&self.db, SELECT_VERSIONS_SEQ, [site.as_str().into()])?;
        let long_ago = self.now - KEPT_FOR_MS;
        let list = d1::prepare(&self.db, SELECT_VERSIONS, [site.as_str().into(), long_ago.into()])?;
        let results = d1::batch(&self.db, vec![seq, list]).await?;
        let Some(Seq { seq }) = d1::row(&results, 0)? else { return Ok(None) };
        Ok(Some(Versions { seq, list: d1::rows::<Row>(&results, 1)?.into_iter().map(Version::from).collect() }))
    }

    async fn held(&self, site: &SiteId, after: Option<&BlobHash>) -> Result<Vec<BlobHash>> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let values = [site.as_str().into(), (&after).into(), number(BLOBS_AT_ONCE)?.into()];
        let rows: Vec<Hash> = d1::all(&self.db, SELECT_HELD, values).await?;
        holds::hashes(rows)
    }

    async fn remove(&self, site: &SiteId, seq: u64, going: &Going) -> Result<bool> {
        let seq = number(seq)?;
        let prepare = |sql, list: &str| d1::prepare(&self.db, sql, [site.as_str().into(), seq.into(), list.into()]);
        let doom = |sql, list: &str| {
            d1::prepare(&self.db, sql, [site.as_str().into(), seq.into(), list.into(), self.now.into()])
        };
        let mut statements = vec![doom(DOOM_MANIFESTS, &serde_json::to_string(&going.manifests)?)?];
        for blobs in going.blobs.chunks(BLOBS_AT_ONCE) {
            let blobs = holds::list(blobs)?;
            statements.push(doom(DOOM_BLOBS, &blobs)?);
            statements.push(prepare(LET_GO, &blobs)?);
        }
        let last = statements.len();
        statements.push(prepare(REMOVE, &serde_json::to_string(&going.versions)?)?);
        Ok(d1::row::<Removed>(&d1::batch(&self.db, statements).await?, last)?.is_some())
    }

    /// What failed lately is looked at when it is a day old.
    async fn looked_at(&self, site: &SiteId, seq: u64) -> Result<()> {
        d1::run(&self.db, LOOKED_AT, [site.as_str().into(), number(seq)?.into(), KEPT_FOR_MS.into()]).await
    }

    async fn doomed_manifests(&self) -> Result<Vec<(SiteId, SnapshotId)>> {
        let rows: Vec<Doomed> = d1::all(&self.db, SELECT_DOOMED, [(self.now - KEPT_FOR_MS).into()]).await?;
        Ok(rows.into_iter().map(|row| (row.site, row.manifest)).collect())
    }

    async fn forget_manifests(&self, manifests: &[(SiteId, SnapshotId)]) -> Result<()> {
        let ids: Vec<&SnapshotId> = manifests.iter().map(|(_, id)| id).collect();
        d1::run(&self.db, FORGET_MANIFESTS, [(&serde_json::to_string(&ids)?).into()]).await
    }
}
