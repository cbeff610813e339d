//! The versions of a site: the list, bringing one back, which the deploy worker does, what people write on them, what is
//! different in them, and taking one home.

pub mod archive;
pub mod changes;
pub mod stored;
pub mod words;

use crate::{
    ask::Ask,
    custom_domain,
    inside::{self, Said},
    pages::{self, VersionStatus},
    paging::Wanted,
    site::Site,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::audit::Kind;
use vetka_edge::{
    Error, Result,
    audit::{self, Entry, From},
    d1, error, id,
    snapshot::{Row, Snapshot},
};
use worker::Method;

const SELECT_PAGE: &str =
    "SELECT seq, id, created_at, message, status, file_count, byte_size, triggered_by, restored_from, name, note,
    pinned_at, live_at, (SELECT live_snapshot_id FROM site WHERE id = ?1) AS live
    FROM site_snapshot WHERE site_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";

/// The entry as pages show it.
pub fn for_page(snapshot: Snapshot) -> pages::Version {
    pages::Version {
        id: snapshot.id,
        created_at: snapshot.created_at_ms,
        message: snapshot.message,
        status: VersionStatus::from_column(&snapshot.status),
        file_count: snapshot.file_count,
        byte_size: snapshot.byte_size,
        live: snapshot.live,
        restored_from: snapshot.restored_from,
        preview_url: snapshot.preview_url,
        name: snapshot.name,
        note: snapshot.note,
        pinned: snapshot.pinned,
        draft: snapshot.draft,
    }
}

/// A page of the list, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// Newest first.
    pub snapshots: Vec<Snapshot>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// The versions of a site.
pub async fn list(ask: &Ask, site: &Site, wanted: Wanted) -> Result<Versions> {
    let values = [(&site.id).into(), wanted.before().into(), wanted.to_fetch().into()];
    let mut rows: Vec<Row> = d1::all(&ask.db()?, SELECT_PAGE, values).await?;
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    let snapshots = rows.into_iter().map(|row| row.into_snapshot(ask.config())).collect();
    Ok(Versions { snapshots, next_cursor })
}

/// A wish, and from where it comes, for what is written down about it.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    wish: &'a Wish,
    from: From<'a>,
}

/// Brings a version back; the answer is the deploy worker's own.
pub async fn restore(ask: &Ask, site: &Site, wish: &Wish) -> Result<Said> {
    if !id::is_id(&wish.snapshot_id) {
        return Err(not_found());
    }
    let url = format!("http://deploy.internal/sites/{}/restore", site.id);
    inside::ask(
        ask.env(),
        "DEPLOY",
        Method::Post,
        &url,
        Some(serde_json::to_string(&Asked { wish, from: ask.from() })?),
    )
    .await
}

/// Deletes a site with all that belongs to it. Gives the status: 204, or 202 when visitors see it no more and the rest
/// follows.
pub async fn delete_site(ask: &Ask, site: &Site, user_id: &str) -> Result<u16> {
    let url = format!("http://deploy.internal/sites/{}", site.id);
    match inside::ask(ask.env(), "DEPLOY", Method::Delete, &url, None).await?.status {
        status @ 200..=299 => {
            let entry =
                Entry { user_id, kind: Kind::SiteDeleted, subject: &site.domain, from: ask.from(), at: ask.now() };
            audit::write(&ask.db()?, &entry).await?;
            custom_domain::undo_of(ask.env(), &site.id, ask.now()).await?;
            Ok(status)
        }
        status => Err(error::internal(format!("deploy answered {status} to deleting a site"))),
    }
}

/// Which version to bring back.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "Restore")]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// The version.
    pub snapshot_id: String,
    /// The version that the asker saw live; when another one is by now, nothing is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_live: Option<String>,
}

/// 404: a version that never was, or is no longer kept.
pub fn not_found() -> Error {
    error::not_found("There is no such version of this site. It may have made room for newer ones.")
}

fn not_finished() -> Error {
    error::conflict("version_not_finished", "This version was never finished.")
}
