//! The bearer of a grant, where the browser does not keep the cookie: looked up each time, and after an hour exchanged for
//! another one by whoever uses it first. Of several at once one gets the new one; the others go on with the old one for as
//! long as their requests take.

use super::{Asked, DB, Granted, Known, NOTE_USED, d1, known, notch, other_site};
use crate::{Result, id};
use worker::Env;

/// Of a grant that counts, as the cookie's does.
const SELECT_BEARER: &str = "SELECT g.user_id, g.origin, g.id AS grant_id, b.made_at, b.hash = ?1 AS is_newest
    FROM notch_bearer b JOIN notch_grant g ON g.id = b.grant_id
    JOIN user u ON u.id = g.user_id LEFT JOIN site s ON s.id = g.site_id
    WHERE (b.hash = ?1 OR (b.former_hash = ?1 AND b.former_until > ?2)) AND b.made_at > ?3
    AND g.code_hash IS NULL AND g.expires_at > ?2 AND u.deleting_at IS NULL
    AND (g.site_id IS NULL OR (s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.proof_lost_at IS NULL))";
const ROTATE: &str = "UPDATE notch_bearer SET former_hash = hash, former_until = ?4, hash = ?2, made_at = ?3
    WHERE hash = ?1 RETURNING grant_id";

/// Whoever holds it.
pub(super) async fn held(env: &Env, asked: &Asked<'_>, bearer: &str, now: i64) -> Result<Option<Granted>> {
    Ok(look(env, asked, bearer, now).await?.map(BearerRow::granted))
}

/// Whoever uses it, and their next one when it is time for that.
pub(super) async fn used(env: &Env, asked: &Asked<'_>, bearer: &str, now: i64) -> Result<Option<Known>> {
    let Some(row) = look(env, asked, bearer, now).await? else { return Ok(None) };
    let next =
        if row.is_newest && notch::is_rotated(row.made_at, now) { rotate(env, bearer, now).await? } else { None };
    Ok(Some(Known { bearer: next, ..known(row.granted(), None) }))
}

async fn look(env: &Env, asked: &Asked<'_>, bearer: &str, now: i64) -> Result<Option<BearerRow>> {
    let hash = notch::bearer_hash(bearer);
    let values = [(&hash).into(), now.into(), (now - notch::BEARER_MS).into()];
    let row: Option<BearerRow> = d1::first(&env.d1(DB)?, SELECT_BEARER, values).await?;
    match row {
        Some(row) if row.origin != asked.origin => Err(other_site()),
        row => Ok(row),
    }
}

async fn rotate(env: &Env, bearer: &str, now: i64) -> Result<Option<String>> {
    let (db, next) = (env.d1(DB)?, id::secret(notch::BEARER)?);
    let (hash, next_hash) = (notch::bearer_hash(bearer), notch::bearer_hash(&next));
    let values = [(&hash).into(), (&next_hash).into(), now.into(), (now + notch::FORMER_MS).into()];
    let rotated: Option<Rotated> = d1::first(&db, ROTATE, values).await?;
    let Some(Rotated { grant_id }) = rotated else { return Ok(None) };
    d1::run(&db, NOTE_USED, [(&grant_id).into(), now.into(), (now + notch::BEARER_MS).into()]).await?;
    Ok(Some(next))
}

#[derive(d1::FromRow)]
struct BearerRow {
    user_id: String,
    origin: String,
    grant_id: String,
    made_at: i64,
    is_newest: bool,
}

impl BearerRow {
    fn granted(self) -> Granted {
        let Self { user_id, origin, grant_id, .. } = self;
        Granted { grant_id, user_id, origin }
    }
}

#[derive(d1::FromRow)]
struct Rotated {
    grant_id: String,
}
