//! The files of a site's versions, as they lie in the bucket. Read only.

use vetka_edge::{Result, auth, d1, error};
use vetka_r2::{
    Manifest, SiteId, SnapshotId, keys,
    lookup::{self, Found},
    settings::NotFound,
};
use worker::Env;

const SELECT_MANIFEST: &str =
    "SELECT manifest_id FROM site_snapshot WHERE id = ?1 AND site_id = ?2 AND status = 'success'";
/// Largest page that is read, in bytes.
const MAX_PAGE: u32 = 1024 * 1024;

#[derive(d1::FromRow)]
struct Row {
    manifest_id: String,
}

/// The list of a version's files; `None` when it is not kept any more.
pub async fn manifest(env: &Env, site_id: &str, snapshot_id: &str) -> Result<Option<Manifest>> {
    let row: Option<Row> = d1::first(&env.d1(auth::DB)?, SELECT_MANIFEST, [snapshot_id.into(), site_id.into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let (Some(site), Some(manifest)) = (SiteId::parse(site_id), SnapshotId::parse(&row.manifest_id)) else {
        return Ok(None);
    };
    let Some(bytes) = bytes(env, &keys::manifest(&site, &manifest)).await? else { return Ok(None) };
    Manifest::open(bytes).map(Some).map_err(|problem| error::internal(problem.to_string()))
}

/// Whether a version has a page at a path, which may have a query.
pub fn has_page(manifest: &Manifest, path: &str) -> bool {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    matches!(lookup::look_up(manifest, path, NotFound::Page), Found::File(_) | Found::Moved(_))
}

/// The page that a version shows at a path; `None` when there is none.
pub async fn page(env: &Env, manifest: &Manifest, path: &str) -> Result<Option<Vec<u8>>> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let moved = match lookup::look_up(manifest, path, NotFound::Page) {
        Found::Moved(to) => to,
        _ => path.to_owned(),
    };
    match lookup::look_up(manifest, &moved, NotFound::Page) {
        Found::File(entry) if entry.size <= MAX_PAGE => bytes(env, &keys::blob(&entry.hash)).await,
        _ => Ok(None),
    }
}

/// A file, by its hash; `None` when it is larger than pages are.
pub async fn blob(env: &Env, entry: &vetka_r2::manifest::Entry<'_>) -> Result<Option<Vec<u8>>> {
    if entry.size > MAX_PAGE { Ok(None) } else { bytes(env, &keys::blob(&entry.hash)).await }
}

async fn bytes(env: &Env, key: &str) -> Result<Option<Vec<u8>>> {
    let Some(object) = env.bucket("BUCKET")?.get(key).execute().await? else { return Ok(None) };
    let Some(body) = object.body() else { return Ok(None) };
    Ok(Some(body.bytes().await?))
}
