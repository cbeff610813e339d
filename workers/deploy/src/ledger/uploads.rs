//! Uploads in D1: versions that come in several requests.

use super::{
    D1,
    holds::Leaving,
    number,
    versions::{IsDown, MARK_SITE_BUILDING, SELECT_TAKEN_DOWN},
};
use std::fmt::Write;
use vetka_edge::{Result, d1, error};
use vetka_r2::{
    BlobHash, SiteId, SnapshotId,
    publish::{
        NewVersion, Refusal,
        upload::{BegunUpload, Lacking, MAX_UNFINISHED, Sized, State, UPLOAD_MS, Uploads},
    },
};

/// What was begun with the same key and cannot go live any more, because something that was started later is live.
const FAIL_OVERTAKEN: &str = "UPDATE site_snapshot SET status = 'failed', finished_at = ?3
    WHERE site_id = ?1 AND upload_key = ?2 AND status = 'building' AND upload_key IS NOT NULL AND go_live = 1
    AND seq < (SELECT l.seq FROM site s JOIN site_snapshot l ON l.id = s.live_snapshot_id WHERE s.id = ?1)";
const INSERT_UPLOAD: &str = "INSERT INTO site_snapshot
    (id, site_id, manifest_id, file_count, byte_size, message, status, triggered_by, created_at, blobs_recorded, go_live,
    upload_key, upload_expires_at)
    SELECT ?2, id, ?2, ?3, ?4, ?5, 'building', ?6, ?7, 1, ?8, ?9, ?10 FROM site
    WHERE id = ?1 AND deleted_at IS NULL AND subdomain IS NOT NULL AND taken_down_at IS NULL
    ON CONFLICT (site_id, upload_key) WHERE status = 'building' AND upload_key IS NOT NULL
    DO UPDATE SET upload_expires_at = excluded.upload_expires_at RETURNING id";
const FAIL_OLDEST: &str = "UPDATE site_snapshot SET status = 'failed', finished_at = ?3
    WHERE id IN (SELECT id FROM site_snapshot WHERE site_id = ?1 AND status = 'building' AND upload_key IS NOT NULL
    ORDER BY seq DESC LIMIT -1 OFFSET ?2)";

// Blobs are held only together with the row that names them. They come as one JSON object, hash to size: 10,000 of them are 770 KB of the 2 MB that a parameter may have.
const HOLD: &str = "INSERT INTO blob_use (hash, site_id, size) SELECT key, ?1, value FROM json_each(?3)
    WHERE EXISTS (SELECT 1 FROM site_snapshot WHERE site_id = ?1 AND upload_key = ?2 AND status = 'building')
    ON CONFLICT (hash, site_id) DO UPDATE SET size = excluded.size
    WHERE blob_use.stored_at IS NULL AND blob_use.size IS NOT excluded.size";
const REVOKE_DOOM: &str =
    "DELETE FROM blob_doomed WHERE deleting_at IS NULL AND hash IN (SELECT key FROM json_each(?3))
    AND EXISTS (SELECT 1 FROM site_snapshot WHERE site_id = ?1 AND upload_key = ?2 AND status = 'building')";
const SELECT_LEAVING: &str = "SELECT 1 AS leaving FROM blob_doomed
    WHERE deleting_at IS NOT NULL AND hash IN (SELECT key FROM json_each(?1)) LIMIT 1";
/// What the site does not hold is missing, too: somebody gave the upload up meanwhile.
const SELECT_LACKING: &str = "SELECT json_each.key AS hash, u.stored_at FROM json_each(?2)
    LEFT JOIN blob_use u ON u.hash = json_each.key AND u.site_id = ?1
    WHERE u.stored_at IS NULL OR u.size IS NOT json_each.value";
const MARK_STORED: &str = "UPDATE blob_use SET stored_at = ?3, size = json_each.value FROM json_each(?2)
    WHERE blob_use.hash = json_each.key AND blob_use.site_id = ?1 AND (stored_at IS NULL OR size IS NOT json_each.value)";
const SELECT_STATE: &str = "SELECT status FROM site_snapshot WHERE id = ?2 AND site_id = ?1 AND upload_key IS NOT NULL";

#[derive(d1::FromRow)]
struct Begun {
    #[column(parse)]
    id: SnapshotId,
}

#[derive(d1::FromRow)]
struct LackingRow {
    hash: String,
    stored_at: Option<i64>,
}

#[derive(d1::FromRow)]
struct Status {
    status: String,
}

impl Uploads for D1 {
    async fn begin_upload(
        &self,
        version: &NewVersion<'_>,
        key: &str,
        blobs: &[Sized],
    ) -> Result<core::result::Result<BegunUpload, Refusal>> {
        let (db, site, now) = (&self.db, version.site.as_str(), self.now);
        let sizes = object(blobs);
        let insert = [
            site.into(),
            version.snapshot.as_str().into(),
            number(version.file_count)?.into(),
            number(version.byte_size)?.into(),
            version.message.into(),
            version.triggered_by.as_str().into(),
            now.into(),
            i64::from(version.go_live).into(),
            key.into(),
            (now + UPLOAD_MS).into(),
        ];
        let statements = vec![
            d1::prepare(db, FAIL_OVERTAKEN, [site.into(), key.into(), now.into()])?,
            d1::prepare(db, INSERT_UPLOAD, insert)?,
            d1::prepare(db, MARK_SITE_BUILDING, [site.into(), now.into(), i64::from(version.go_live).into()])?,
            d1::prepare(db, FAIL_OLDEST, [site.into(), number(MAX_UNFINISHED)?.into(), now.into()])?,
            d1::prepare(db, HOLD, [site.into(), key.into(), (&sizes).into()])?,
            d1::prepare(db, REVOKE_DOOM, [site.into(), key.into(), (&sizes).into()])?,
            d1::prepare(db, SELECT_LEAVING, [(&sizes).into()])?,
            d1::prepare(db, SELECT_LACKING, [site.into(), (&sizes).into()])?,
            d1::prepare(db, SELECT_TAKEN_DOWN, [site.into()])?,
        ];
        let results = d1::batch(db, statements).await?;
        let Some(Begun { id: snapshot }) = d1::row(&results, 1)? else {
            return Ok(Err(IsDown::refusal(d1::row(&results, 8)?)));
        };
        let leaving = d1::row::<Leaving>(&results, 6)?.is_some();
        Ok(Ok(BegunUpload { snapshot, leaving, lacking: lacking(d1::rows(&results, 7)?)? }))
    }

    async fn lacking(&self, site: &SiteId, blobs: &[Sized]) -> Result<Lacking> {
        lacking(d1::all(&self.db, SELECT_LACKING, [site.as_str().into(), (&object(blobs)).into()]).await?)
    }

    async fn stored(&self, site: &SiteId, blobs: &[Sized]) -> Result<()> {
        d1::run(&self.db, MARK_STORED, [site.as_str().into(), (&object(blobs)).into(), self.now.into()]).await
    }

    async fn state(&self, site: &SiteId, upload: &SnapshotId) -> Result<Option<State>> {
        let row: Option<Status> =
            d1::first(&self.db, SELECT_STATE, [site.as_str().into(), upload.as_str().into()]).await?;
        Ok(row.map(|row| state(&row.status)))
    }
}

/// What a row's status means for an upload.
pub fn state(status: &str) -> State {
    match status {
        "building" => State::Building,
        "success" => State::Done,
        _ => State::Over,
    }
}

fn lacking(rows: Vec<LackingRow>) -> Result<Lacking> {
    let mut lacking = Lacking::default();
    for row in rows {
        let hash = BlobHash::from_hex(&row.hash).ok_or_else(|| error::internal("a blob without a hash"))?;
        if row.stored_at.is_none() { &mut lacking.missing } else { &mut lacking.misstated }.push(hash);
    }
    Ok(lacking)
}

/// `{"<hash>":<size>}`.
fn object(blobs: &[Sized]) -> String {
    let mut json = String::with_capacity(blobs.len() * 80 + 2);
    for (hash, size) in blobs {
        let start = if json.is_empty() { '{' } else { ',' };
        // Writing to a text does not fail.
        let _ = write!(json, "{start}\"{hash}\":{size}");
    }
    if json.is_empty() {
        json.push('{');
    }
    json.push('}');
    json
}
