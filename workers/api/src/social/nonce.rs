//! Proof that an act was begun inside the frame: asked for by the protected click, used once, within half a minute. What is
//! kept is a hash that only the same grant can use.

use super::actor::Grant;
use crate::ask::Ask;
use vetka_domain::notch;
use vetka_edge::{Error, Result, d1, error, id};

const INSERT_NONCE: &str = "INSERT INTO notch_nonce (hash, grant_id, expires_at) VALUES (?1, ?2, ?3)";
const BURN_NONCE: &str = "DELETE FROM notch_nonce WHERE hash = ?1 AND grant_id = ?2 RETURNING expires_at";

/// A new one for whoever is known by this grant.
///
/// # Errors
/// Internal only.
pub async fn make(ask: &Ask, grant: &Grant) -> Result<String> {
    let nonce = id::secret("vn_")?;
    let hash = notch::nonce_hash(&grant.id, &nonce);
    let values = [(&hash).into(), (&grant.id).into(), (ask.now() + notch::NONCE_MS).into()];
    d1::run(&ask.db()?, INSERT_NONCE, values).await?;
    Ok(nonce)
}

/// Uses one up, whether or not what it was for comes to pass. On our own pages, where there is no grant, none is needed.
///
/// # Errors
/// 403 `nonce_needed` when there is none, or it was used, is too old, or is another grant's.
pub async fn burn(ask: &Ask, grant: Option<&Grant>, nonce: Option<&str>) -> Result<()> {
    let Some(grant) = grant else { return Ok(()) };
    let hash = notch::nonce_hash(&grant.id, nonce.ok_or_else(needed)?);
    let burnt: Option<Burnt> = d1::first(&ask.db()?, BURN_NONCE, [(&hash).into(), (&grant.id).into()]).await?;
    burnt.filter(|row| row.expires_at > ask.now()).map(|_| ()).ok_or_else(needed)
}

fn needed() -> Error {
    error::forbidden("nonce_needed", "That took too long, or was done already. Try it once more.")
}

#[derive(d1::FromRow)]
struct Burnt {
    expires_at: i64,
}
