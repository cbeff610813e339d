//! What a person writes on a version: its name, a note, and that it is to be kept.

use crate::{ask::Ask, site::Site};
use schemars::JsonSchema;
use serde::Deserialize;
use vetka_domain::version::{self, MAX_PINS};
use vetka_edge::{
    Error, Result, d1, error, id,
    snapshot::{Row, Snapshot},
};

/// Writes what was said and leaves the rest. A version is pinned only while there is room for one more pin.
const UPDATE: &str = "UPDATE site_snapshot SET name = COALESCE(?3, name), note = COALESCE(?4, note),
    pinned_at = CASE ?5 WHEN 1 THEN COALESCE(pinned_at, ?6) WHEN 0 THEN NULL ELSE pinned_at END
    WHERE id = ?2 AND site_id = ?1 AND (?5 IS NOT 1 OR pinned_at IS NOT NULL OR (status = 'success'
    AND (SELECT COUNT(*) FROM site_snapshot WHERE site_id = ?1 AND pinned_at IS NOT NULL) < ?7))
    RETURNING id";
const SELECT: &str =
    "SELECT seq, id, created_at, message, status, file_count, byte_size, triggered_by, restored_from, name, note,
    pinned_at, live_at, (SELECT live_snapshot_id FROM site WHERE id = ?1) AS live
    FROM site_snapshot WHERE id = ?2 AND site_id = ?1";

/// What may be changed; at least one of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "SnapshotChange")]
pub struct Wish {
    /// At most 60 characters; the empty text takes the name away.
    name: Option<String>,
    /// At most 500 characters; the empty text takes the note away.
    note: Option<String>,
    /// Whether it is kept for good, whatever comes after it.
    pinned: Option<bool>,
}

/// Writes it down, and gives the version as it is then.
///
/// # Errors
/// 400 `nothing_to_change`, 404, 409 `too_many_pins` or `version_not_finished`, 422 `invalid_words`.
pub async fn write(ask: &Ask, site: &Site, id: &str, wish: &Wish) -> Result<Snapshot> {
    if wish.name.is_none() && wish.note.is_none() && wish.pinned.is_none() {
        let message = "There is nothing to change in this. Send a name, a note, or whether it is pinned.";
        return Err(error::bad_request("nothing_to_change", message));
    }
    if !id::is_id(id) {
        return Err(super::not_found());
    }
    let name = read(wish.name.as_deref(), version::name)?;
    let note = read(wish.note.as_deref(), version::note)?;
    let values = [
        (&site.id).into(),
        id.into(),
        name.as_deref().into(),
        note.as_deref().into(),
        wish.pinned.map(i64::from).into(),
        ask.now().into(),
        MAX_PINS.into(),
    ];
    #[derive(d1::FromRow)]
    struct Written {}
    let db = ask.db()?;
    let written: Option<Written> = d1::first(&db, UPDATE, values).await?;
    let row: Option<Row> = d1::first(&db, SELECT, [(&site.id).into(), id.into()]).await?;
    let snapshot = row.ok_or_else(super::not_found)?.into_snapshot(ask.config());
    match written {
        Some(_) => Ok(snapshot),
        None if snapshot.status != "success" => Err(super::not_finished()),
        None => Err(error::conflict(
            "too_many_pins",
            "50 versions of this site are kept already. Let one of them go before you keep another.",
        )),
    }
}

/// What is to be written; the empty text where there is to be none, and `None` where nothing was said.
fn read(
    typed: Option<&str>,
    rule: impl Fn(&str) -> core::result::Result<Option<String>, version::Problem>,
) -> Result<Option<String>> {
    let Some(typed) = typed else { return Ok(None) };
    let kept = rule(typed).map_err(|problem| Error::new(422, "invalid_words", problem.sentence()))?;
    Ok(Some(kept.unwrap_or_default()))
}
