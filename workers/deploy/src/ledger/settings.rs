//! What a site is set to.

use super::{
    D1,
    pointer::{self, SELECT_POINTER},
};
use vetka_edge::{Result, d1, error};
use vetka_r2::{
    SiteId,
    publish::{Change, Changed, Configure},
    settings::{Canonical, NotFound, TakenDown},
};

/// `?6` and `?8` say whether the domain and the takedown are to change at all: both can be set to nothing.
const CONFIGURE: &str = "UPDATE site SET settings_seq = settings_seq + 1, updated_at = ?2,
    not_found = COALESCE(?3, not_found), notch = COALESCE(?4, notch), canonical = COALESCE(?5, canonical),
    custom_domain = CASE WHEN ?6 THEN ?7 ELSE custom_domain END,
    taken_down_for = CASE WHEN ?8 THEN ?9 ELSE taken_down_for END,
    taken_down_at = CASE WHEN NOT ?8 THEN taken_down_at WHEN ?9 IS NULL THEN NULL ELSE COALESCE(taken_down_at, ?2) END,
    taken_down_note = COALESCE(?10, CASE WHEN ?8 THEN '' ELSE taken_down_note END)
    WHERE id = ?1 AND deleted_at IS NULL AND subdomain IS NOT NULL RETURNING id AS site";

#[derive(d1::FromRow)]
struct Found {}

impl Configure for D1 {
    async fn configure(&self, site: &SiteId, change: &Change) -> Result<Changed> {
        let taken_down = change.taken_down.flatten().map(TakenDown::as_str);
        let configure = d1::prepare(
            &self.db,
            CONFIGURE,
            [
                site.as_str().into(),
                self.now.into(),
                change.not_found.map(NotFound::as_str).into(),
                change.notch.map(i64::from).into(),
                change.canonical.map(Canonical::as_str).into(),
                i64::from(change.domain.is_some()).into(),
                change.domain.as_ref().and_then(Option::as_deref).into(),
                i64::from(change.taken_down.is_some()).into(),
                taken_down.into(),
                change.note.as_deref().into(),
            ],
        )?;
        let look = d1::prepare(&self.db, SELECT_POINTER, [site.as_str().into()])?;
        let results = match d1::batch_unique(&self.db, vec![configure, look]).await? {
            Ok(results) => results,
            Err(columns) if columns == "site.custom_domain" => return Ok(Changed::DomainTaken),
            Err(columns) => return Err(error::internal(format!("settings refused for {columns}"))),
        };
        if d1::row::<Found>(&results, 0)?.is_none() {
            return Ok(Changed::SiteGone);
        }
        Ok(pointer::live(&results, 1)?.map_or(Changed::NothingLive, Changed::Live))
    }
}
