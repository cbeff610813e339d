//! Bearers, for the frame of a browser that does not keep its cookie: made once for a grant, by the frame that redeemed the
//! code of that grant, within a minute. Scripts can read a bearer, so no browser gets one that has kept the cookie. How one is
//! used and exchanged is in [`vetka_edge::notch`].

use crate::ask::Ask;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::notch::{self, BEARER_MS, RETRY_MS};
use vetka_edge::{
    Error, Result, d1, error, id,
    notch::{Asked, has_cookie},
    time,
};

/// The word waits where nonces do; neither is ever the other's hash.
const INSERT_RETRY: &str = "INSERT INTO notch_nonce (hash, grant_id, expires_at) VALUES (?1, ?2, ?3)";
const BURN_RETRY: &str = "DELETE FROM notch_nonce WHERE hash = ?1 RETURNING grant_id, expires_at";
const INSERT_BEARER: &str = "INSERT INTO notch_bearer (grant_id, hash, made_at)
    SELECT g.id, ?2, ?3 FROM notch_grant g JOIN user u ON u.id = g.user_id
    WHERE g.id = ?1 AND g.origin = ?4 AND g.challenge = ?5 AND g.code_hash IS NULL AND g.expires_at > ?3
    AND u.deleting_at IS NULL ON CONFLICT DO NOTHING RETURNING grant_id";
/// A grant that nobody can use any more after a day ends then, unless it is used.
const SHORTEN: &str = "UPDATE notch_grant SET expires_at = ?2 WHERE id = ?1";

/// What the frame says when the cookie was not kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NotchRetry")]
pub struct Retry {
    /// From the answer of `redeem`.
    pub retry: String,
    /// What the challenge was made of (RFC 7636), as there.
    pub verifier: String,
}

/// What the frame keeps in the place of the cookie.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NotchBearer")]
pub struct Bearer {
    /// For that origin alone.
    pub bearer: String,
    /// When it ends unless it is used before, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
}

/// A word for whoever has just redeemed a code.
///
/// # Errors
/// Internal only.
pub async fn retry(ask: &Ask, grant_id: &str) -> Result<String> {
    let retry = id::secret("vr_")?;
    let hash = notch::retry_hash(&retry);
    let values = [(&hash).into(), grant_id.into(), (ask.now() + RETRY_MS).into()];
    d1::run(&ask.db()?, INSERT_RETRY, values).await?;
    Ok(retry)
}

/// Makes the bearer of a grant. Whatever comes of it, the word is used up.
///
/// # Errors
/// 409 `cookie_kept` where none is needed, 403 `retry_refused` whatever is wrong with the word or who names it.
pub async fn make(ask: &Ask, asked: &Asked<'_>, given: &Retry) -> Result<Bearer> {
    let (db, now) = (ask.db()?, ask.now());
    let burnt: Option<Burnt> = d1::first(&db, BURN_RETRY, [(&notch::retry_hash(&given.retry)).into()]).await?;
    if has_cookie(asked) {
        return Err(error::conflict("cookie_kept", "This browser keeps who is there, so nothing else is needed."));
    }
    let Burnt { grant_id, .. } = burnt.filter(|row| row.expires_at > now).ok_or_else(refused)?;
    let bearer = id::secret(notch::BEARER)?;
    let (hash, challenge) = (notch::bearer_hash(&bearer), notch::challenge(&given.verifier));
    let values = [(&grant_id).into(), (&hash).into(), now.into(), asked.origin.into(), (&challenge).into()];
    let made: Option<Made> = d1::first(&db, INSERT_BEARER, values).await?;
    let Made { grant_id } = made.ok_or_else(refused)?;
    let until = now + BEARER_MS;
    d1::run(&db, SHORTEN, [(&grant_id).into(), until.into()]).await?;
    Ok(Bearer { bearer, expires_at: time::rfc3339(until) })
}

fn refused() -> Error {
    error::forbidden("retry_refused", "That took too long, or was done already. Start again from the button.")
}

#[derive(d1::FromRow)]
struct Burnt {
    grant_id: String,
    expires_at: i64,
}

#[derive(d1::FromRow)]
struct Made {
    grant_id: String,
}
