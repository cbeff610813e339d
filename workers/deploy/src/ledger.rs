//! D1 as the publishing protocol's ledger: each method is one statement or one batch, which D1 runs as a transaction.

use crate::holds;
use serde::Deserialize;
use std::time::Duration;
use vetka_domain::audit::Kind;
use vetka_edge::{Error, Result, d1, error};
use vetka_r2::{
    BlobHash, LiveRecord, SiteId, SnapshotId,
    publish::{
        Begun, Burial, Committed, Expected, Ledger, NewRestore, NewVersion, Pointer, RestoreCommitted, Unrecorded,
    },
};
use worker::{D1Database, D1PreparedStatement, Delay, Env};

const INSERT_BUILDING: &str = "INSERT INTO site_snapshot
    (id, site_id, manifest_id, file_count, byte_size, message, status, triggered_by, created_at, blobs_recorded)
    SELECT ?2, id, ?2, ?3, ?4, ?5, 'building', 'agent', ?6, 1 FROM site
    WHERE id = ?1 AND deleted_at IS NULL AND subdomain IS NOT NULL RETURNING seq";
const MARK_SITE_BUILDING: &str = "UPDATE site SET status = 'building', updated_at = ?2
    WHERE id = ?1 AND live_snapshot_id IS NULL AND deleted_at IS NULL AND subdomain IS NOT NULL";

const FINISH: &str = "UPDATE site_snapshot SET status = 'success', finished_at = ?3
    WHERE id = ?2 AND site_id = ?1 AND status = 'building'
    AND EXISTS (SELECT 1 FROM site WHERE id = ?1 AND deleted_at IS NULL)
    RETURNING seq, manifest_id";
/// Forward only: the version that is live now must have been started earlier.
const MOVE_LIVE: &str = "UPDATE site SET live_snapshot_id = ?2, status = 'live', updated_at = ?3
    WHERE id = ?1 AND deleted_at IS NULL
    AND (SELECT seq FROM site_snapshot WHERE id = ?2 AND site_id = ?1 AND status = 'success')
      > COALESCE((SELECT seq FROM site_snapshot WHERE id = site.live_snapshot_id), 0)
    RETURNING subdomain AS label";

/// In a batch right after [`MOVE_LIVE`], for its owner to read: once for each time that a version really went live.
const WRITE_DOWN: &str = "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT user_id, ?2, domain, ?3, ?4, ?5, ?6 FROM site WHERE id = ?1 AND changes() > 0";

const MARK_FAILED: &str = "UPDATE site_snapshot SET status = 'failed', finished_at = ?3
    WHERE id = ?2 AND site_id = ?1 AND status = 'building'";
/// A site that never had a version and has none on its way says that something went wrong.
const MARK_SITE_FAILED: &str = "UPDATE site SET status = 'error', updated_at = ?2
    WHERE id = ?1 AND live_snapshot_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM site_snapshot WHERE site_id = ?1 AND status = 'building')";

/// The words of a restored version are those of the one that made its files.
const SELECT_TARGET: &str =
    "SELECT t.status, t.manifest_id, m.message, s.live_snapshot_id AS live, l.manifest_id AS live_manifest
    FROM site s JOIN site_snapshot t ON t.id = ?2 AND t.site_id = s.id
    LEFT JOIN site_snapshot m ON m.id = t.manifest_id LEFT JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE s.id = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";
const INSERT_RESTORE: &str = "INSERT INTO site_snapshot
    (id, site_id, manifest_id, restored_from, file_count, byte_size, message, status, triggered_by, created_at, finished_at, blobs_recorded)
    SELECT ?3, t.site_id, t.manifest_id, t.id, t.file_count, t.byte_size, ?4, 'success', 'manual', ?5, ?5, t.blobs_recorded
    FROM site_snapshot t JOIN site s ON s.id = t.site_id
    WHERE t.id = ?2 AND t.site_id = ?1 AND t.status = 'success' AND s.deleted_at IS NULL AND s.live_snapshot_id IS ?6
    RETURNING seq, manifest_id";

const CONFIRM: &str = "UPDATE site SET edge_snapshot_id = ?2 WHERE id = ?1 AND live_snapshot_id = ?2";
const SELECT_UNSETTLED: &str = "SELECT s.id AS site, s.subdomain AS label, l.seq, l.id AS snapshot, l.manifest_id
    FROM site s JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE s.live_snapshot_id IS NOT s.edge_snapshot_id AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL
    ORDER BY s.updated_at LIMIT 100";

const CLOSE: &str = "UPDATE site SET deleted_at = COALESCE(deleted_at, ?2) WHERE id = ?1 RETURNING subdomain AS label";
const LAST_SEQ: &str = "SELECT COALESCE(MAX(seq), 0) AS seq FROM site_snapshot WHERE site_id = ?1";
const DELETE_TOKENS: &str = "DELETE FROM deploy_token WHERE site_id = ?1";
const ERASE: &str = "DELETE FROM site WHERE id = ?1 AND deleted_at IS NOT NULL";
const SELECT_CLOSED: &str = "SELECT id AS site FROM site WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 100";

/// Between two looks for blobs that are on their way out.
const PAUSE: Duration = Duration::from_millis(700);

/// How often a restore tries again when something else went live in between.
const RESTORE_TRIES: usize = 5;

/// The database, at one moment.
pub struct D1 {
    db: D1Database,
    now: i64,
    from: Origin,
}

/// From where a person asked; empty for what an agent or the schedule does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    ip_address: String,
    user_agent: String,
    place: String,
}

#[derive(Deserialize)]
struct Seq {
    seq: u64,
}

#[derive(Deserialize)]
struct Made {
    seq: u64,
    manifest_id: SnapshotId,
}

#[derive(Deserialize)]
struct Name {
    label: Option<String>,
}

#[derive(Deserialize)]
struct Closed {
    site: SiteId,
}

#[derive(Deserialize)]
struct Unsettled {
    site: SiteId,
    label: String,
    seq: u64,
    snapshot: SnapshotId,
    manifest_id: SnapshotId,
}

#[derive(Deserialize)]
struct Target {
    status: String,
    manifest_id: SnapshotId,
    message: Option<String>,
    live: Option<SnapshotId>,
    live_manifest: Option<SnapshotId>,
}

impl D1 {
    /// Opens the binding. `now` is what rows will say, in Unix milliseconds.
    pub fn new(env: &Env, now: i64) -> Result<Self> {
        Ok(Self { db: env.d1("DB")?, now, from: Origin::default() })
    }

    /// As asked for by somebody from there.
    #[must_use]
    pub fn asked_from(self, from: Origin) -> Self {
        Self { from, ..self }
    }

    fn write_down(&self, site: &SiteId, kind: Kind) -> Result<D1PreparedStatement> {
        let Origin { ip_address, user_agent, place } = &self.from;
        let values = [
            site.as_str().into(),
            kind.as_str().into(),
            ip_address.into(),
            user_agent.into(),
            place.into(),
            self.now.into(),
        ];
        d1::prepare(&self.db, WRITE_DOWN, values)
    }

    /// For queries that are no part of the protocol.
    pub const fn db(&self) -> &D1Database {
        &self.db
    }
}

impl Ledger for D1 {
    type Error = Error;

    async fn begin(&self, version: &NewVersion<'_>, blobs: &[BlobHash]) -> Result<Option<Begun>> {
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
            ],
        )?;
        let mark = d1::prepare(&self.db, MARK_SITE_BUILDING, [site.into(), now.into()])?;
        let [hold, revoke_doom, look] = holds::take(&self.db, version.site, blobs)?;
        let results = d1::batch(&self.db, vec![insert, mark, hold, revoke_doom, look]).await?;
        let Some(Seq { seq }) = d1::row(&results, 0)? else { return Ok(None) };
        Ok(Some(Begun { seq, leaving: holds::said_leaving(&results, 4)? }))
    }

    async fn leaving(&self, blobs: &[BlobHash]) -> Result<bool> {
        holds::leaving(&self.db, blobs).await
    }

    async fn pause(&self) {
        Delay::from(PAUSE).await;
    }

    async fn commit(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<Committed> {
        let values = || [site.as_str().into(), snapshot.as_str().into(), self.now.into()];
        let finish = d1::prepare(&self.db, FINISH, values())?;
        let move_live = d1::prepare(&self.db, MOVE_LIVE, values())?;
        let written = self.write_down(site, Kind::Deployed)?;
        let results = d1::batch(&self.db, vec![finish, move_live, written]).await?;
        let Some(made) = d1::row::<Made>(&results, 0)? else { return Ok(Committed::Lost) };
        Ok(match d1::row::<Name>(&results, 1)?.and_then(|name| name.label) {
            Some(label) => {
                let record = LiveRecord::live(made.seq, site.clone(), snapshot.clone(), made.manifest_id);
                Committed::Live(Pointer { label, record })
            }
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
        let (site, wanted, id) = (wish.site.as_str(), wish.target.as_str(), wish.snapshot.as_str());
        for _ in 0..RESTORE_TRIES {
            let target: Option<Target> = d1::first(&self.db, SELECT_TARGET, [site.into(), wanted.into()]).await?;
            let Some(target) = target else { return Ok(RestoreCommitted::NotFound) };
            if let Some(refusal) = refusal(&target, wish.expected) {
                return Ok(refusal);
            }
            // The insert holds only while what was judged above is still so; otherwise it is judged again.
            let insert = d1::prepare(
                &self.db,
                INSERT_RESTORE,
                [
                    site.into(),
                    wanted.into(),
                    id.into(),
                    (&restore_message(target.message.as_deref())).into(),
                    self.now.into(),
                    target.live.as_ref().map(SnapshotId::as_str).into(),
                ],
            )?;
            let move_live = d1::prepare(&self.db, MOVE_LIVE, [site.into(), id.into(), self.now.into()])?;
            let written = self.write_down(wish.site, Kind::RolledBack)?;
            let results = d1::batch(&self.db, vec![insert, move_live, written]).await?;
            let (made, name) = (d1::row::<Made>(&results, 0)?, d1::row::<Name>(&results, 1)?);
            if let (Some(made), Some(Name { label: Some(label) })) = (made, name) {
                let record = LiveRecord::live(made.seq, wish.site.clone(), wish.snapshot.clone(), made.manifest_id);
                return Ok(RestoreCommitted::Live(Pointer { label, record }));
            }
        }
        Ok(RestoreCommitted::LiveChanged)
    }

    async fn confirm(&self, site: &SiteId, snapshot: &SnapshotId) -> Result<()> {
        d1::run(&self.db, CONFIRM, [site.as_str().into(), snapshot.as_str().into()]).await
    }

    async fn unsettled(&self) -> Result<Vec<Pointer>> {
        let rows: Vec<Unsettled> = d1::all(&self.db, SELECT_UNSETTLED, []).await?;
        let pointer = |row: Unsettled| Pointer {
            label: row.label,
            record: LiveRecord::live(row.seq, row.site, row.snapshot, row.manifest_id),
        };
        Ok(rows.into_iter().map(pointer).collect())
    }

    async fn close(&self, site: &SiteId) -> Result<Option<Burial>> {
        let close = d1::prepare(&self.db, CLOSE, [site.as_str().into(), self.now.into()])?;
        let last = d1::prepare(&self.db, LAST_SEQ, [site.as_str().into()])?;
        let tokens = d1::prepare(&self.db, DELETE_TOKENS, [site.as_str().into()])?;
        let results = d1::batch(&self.db, vec![close, last, tokens]).await?;
        let Some(name) = d1::row::<Name>(&results, 0)? else { return Ok(None) };
        let last_seq = d1::row::<Seq>(&results, 1)?.map_or(0, |last| last.seq);
        Ok(Some(Burial { label: name.label, last_seq }))
    }

    async fn erase(&self, site: &SiteId) -> Result<()> {
        let doom = holds::doom(&self.db, site, self.now)?;
        let erase = d1::prepare(&self.db, ERASE, [site.as_str().into()])?;
        d1::batch(&self.db, vec![doom, erase]).await?;
        Ok(())
    }

    async fn closed(&self) -> Result<Vec<SiteId>> {
        let rows: Vec<Closed> = d1::all(&self.db, SELECT_CLOSED, []).await?;
        Ok(rows.into_iter().map(|row| row.site).collect())
    }

    async fn unrecorded(&self, site: Option<&SiteId>) -> Result<Vec<Unrecorded>> {
        holds::unrecorded(&self.db, site).await
    }

    async fn record(&self, version: &Unrecorded, blobs: &[BlobHash]) -> Result<()> {
        holds::record(&self.db, version, blobs).await
    }

    async fn condemn(&self) -> Result<Vec<BlobHash>> {
        holds::condemn(&self.db, self.now).await
    }

    async fn forget_blobs(&self, blobs: &[BlobHash]) -> Result<()> {
        holds::forget(&self.db, blobs, self.now).await
    }

    async fn reprieve(&self, blobs: &[BlobHash]) -> Result<()> {
        holds::reprieve(&self.db, blobs, self.now).await
    }
}

fn refusal(target: &Target, expected: Expected<'_>) -> Option<RestoreCommitted> {
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
fn restore_message(original: Option<&str>) -> String {
    match original {
        Some(words) if !words.is_empty() => format!("Went back to “{words}”"),
        _ => "Went back to an earlier version".to_owned(),
    }
}

fn number(count: impl TryInto<i64>) -> Result<i64> {
    count.try_into().map_err(|_| error::internal("a number too large for the ledger"))
}
