//! Publishing by a person: the permission to speak the protocol that agents speak, for an hour and for one site.

use crate::{ask::Ask, site::Site};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::conversation::redact::TOKEN_PREFIX;
use vetka_edge::{Result, d1, error, hash, id, time};

/// How long a token is good for, milliseconds.
const TOKEN_MS: i64 = 60 * 60_000;

const INSERT_TOKEN: &str = "INSERT INTO deploy_token (id, site_id, token_hash, expires_at, created_at, triggered_by)
    VALUES (?1, ?2, ?3, ?4, ?5, 'manual')";
const DROP_EXPIRED: &str = "DELETE FROM deploy_token WHERE site_id = ?1 AND expires_at <= ?2";

/// What a browser needs to publish files of its own.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// For the `Authorization` header: `Bearer`, a space, and this.
    token: String,
    /// Where to begin.
    #[schemars(extend("format" = "uri"))]
    upload_url: String,
    /// Until when the token is good, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    expires_at: String,
}

/// Makes a token. Only its hash is kept.
///
/// # Errors
/// 409 `lives_elsewhere` for a connected website.
pub async fn permit(ask: &Ask, site: &Site) -> Result<Permission> {
    if site.label.is_none() {
        return Err(error::conflict(
            "lives_elsewhere",
            "This website lives at its own address. Publish to it there, as you always do.",
        ));
    }
    let (now, token, token_id) = (ask.now(), id::secret(TOKEN_PREFIX)?, id::random()?);
    let (token_hash, expires_at) = (hash::sha256_hex(token.as_bytes()), now + TOKEN_MS);
    let values = [(&token_id).into(), (&site.id).into(), (&token_hash).into(), expires_at.into(), now.into()];
    let db = ask.db()?;
    let drop_expired = d1::prepare(&db, DROP_EXPIRED, [(&site.id).into(), now.into()])?;
    d1::batch(&db, vec![drop_expired, d1::prepare(&db, INSERT_TOKEN, values)?]).await?;
    Ok(Permission {
        token,
        upload_url: format!("{}/api/agent/deploy/uploads", ask.config().app_origin),
        expires_at: time::rfc3339(expires_at),
    })
}
