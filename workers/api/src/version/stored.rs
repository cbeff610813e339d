//! A version as it is stored: its row, and the list of its files.

use crate::{ask::Ask, site::Site};
use vetka_edge::{Result, d1, error, id};
use vetka_r2::{Manifest, SiteId, SnapshotId, keys};
use worker::{Bucket, Object};

const SELECT: &str = "SELECT seq, id, manifest_id, status, name, created_at FROM site_snapshot
    WHERE id = ?2 AND site_id = ?1";
const SELECT_LIVE: &str = "SELECT l.seq, l.id, l.manifest_id, l.status, l.name, l.created_at FROM site s
    JOIN site_snapshot l ON l.id = s.live_snapshot_id WHERE s.id = ?1 AND s.deleted_at IS NULL";
const SELECT_BEFORE: &str = "SELECT seq, id, manifest_id, status, name, created_at FROM site_snapshot
    WHERE site_id = ?1 AND seq < ?2 AND manifest_id <> ?3 AND status = 'success' AND live_at IS NOT NULL
    ORDER BY seq DESC LIMIT 1";

/// A finished version.
#[derive(d1::FromRow)]
pub struct Stored {
    seq: i64,
    id: String,
    #[column(parse)]
    manifest_id: SnapshotId,
    status: String,
    /// What its owner calls it; empty when they do not.
    pub name: String,
    /// Unix milliseconds UTC.
    pub created_at: i64,
}

impl Stored {
    /// Its id alone.
    pub fn into_id(self) -> String {
        self.id
    }
}

/// A version of a site, by its id.
///
/// # Errors
/// 404, 409 `version_not_finished`.
pub async fn find(ask: &Ask, site: &Site, id: &str) -> Result<Stored> {
    if !id::is_id(id) {
        return Err(super::not_found());
    }
    let found: Option<Stored> = d1::first(&ask.db()?, SELECT, [(&site.id).into(), id.into()]).await?;
    found.ok_or_else(super::not_found)?.finished()
}

/// The version that visitors see.
///
/// # Errors
/// 404 when there is none.
pub async fn live(ask: &Ask, site: &Site) -> Result<Stored> {
    let live: Option<Stored> = d1::first(&ask.db()?, SELECT_LIVE, [(&site.id).into()]).await?;
    live.ok_or_else(|| error::not_found("Nothing of this site has been published yet."))
}

/// The one that visitors saw before a version was begun. One with the same list of files is the version itself, which was
/// made to be looked at first, or has been brought back.
pub async fn before(ask: &Ask, site: &Site, version: &Stored) -> Result<Option<Stored>> {
    d1::first(&ask.db()?, SELECT_BEFORE, [(&site.id).into(), version.seq.into(), version.manifest_id.as_str().into()])
        .await
}

/// The list of its files.
pub async fn manifest(bucket: &Bucket, site: &Site, version: &Stored) -> Result<Manifest> {
    let site = SiteId::parse(&site.id).ok_or_else(super::not_found)?;
    let object = bucket.get(keys::manifest(&site, &version.manifest_id)).execute().await?;
    // Between the row and the list lies a moment in which a version can have been tidied away.
    let Some(body) = object.as_ref().and_then(Object::body) else { return Err(super::not_found()) };
    Manifest::open(body.bytes().await?).map_err(|problem| error::internal(problem.to_string()))
}

impl Stored {
    fn finished(self) -> Result<Self> {
        if self.status == "success" { Ok(self) } else { Err(super::not_finished()) }
    }
}
