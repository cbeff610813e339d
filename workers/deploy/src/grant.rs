//! Who may publish: whoever has a deploy token, to the site of the token and to no other.

use crate::ledger::{D1, Origin};
use vetka_edge::{Error, Result, d1, hash};
use vetka_r2::{SiteId, SnapshotId, publish::TriggeredBy};
use worker::Request;

/// What the token's hash leads to, with what is live now for comparing.
const SELECT_GRANT: &str =
    "SELECT t.site_id AS site, t.expires_at, t.triggered_by, s.subdomain AS label, l.manifest_id AS live_manifest
    FROM deploy_token t JOIN site s ON s.id = t.site_id LEFT JOIN site_snapshot l ON l.id = s.live_snapshot_id
    WHERE t.token_hash = ?1 AND s.deleted_at IS NULL AND s.subdomain IS NOT NULL";

/// What a token allows.
#[derive(d1::FromRow)]
pub struct Grant {
    /// To publish to this site.
    #[column(parse)]
    pub site: SiteId,
    /// Its name.
    pub label: String,
    /// The files that visitors see now.
    #[column(parse)]
    pub live_manifest: Option<SnapshotId>,
    /// Whom the token was made for.
    #[column(parse)]
    pub triggered_by: TriggeredBy,
    expires_at: i64,
}

impl Grant {
    /// The ledger as asked by whoever has the token: for what a person does it is written down from where.
    pub fn asks(&self, ledger: D1, request: &Request) -> Result<D1> {
        Ok(match self.triggered_by {
            TriggeredBy::Agent => ledger,
            TriggeredBy::Manual => ledger.asked_from(Origin::of(request)?),
        })
    }
}

/// What the request's token allows.
///
/// # Errors
/// 401, with a code of its own for a token that has expired.
pub async fn grant(request: &Request, ledger: &D1) -> Result<Grant> {
    let grant: Option<Grant> = d1::first(ledger.db(), SELECT_GRANT, [(&token_hash(request)?).into()]).await?;
    let grant = grant.ok_or_else(unknown)?;
    require_valid(grant.expires_at, ledger.now())?;
    Ok(grant)
}

/// The hash of the token that the request bears; that of no token when it bears none.
pub fn token_hash(request: &Request) -> Result<String> {
    let header = request.headers().get("authorization")?.unwrap_or_default();
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    };
    Ok(hash::sha256_hex(token.as_bytes()))
}

/// 401 for a token that nobody knows.
pub fn unknown() -> Error {
    unauthorized("token_invalid", "This deploy token is not known. Ask for new deploy credentials.")
}

/// 401 for a token whose time is over.
pub fn require_valid(expires_at: i64, now: i64) -> Result<()> {
    if expires_at > now {
        return Ok(());
    }
    Err(unauthorized("token_expired", "This deploy token has expired. Ask for new deploy credentials."))
}

fn unauthorized(code: &'static str, message: &str) -> Error {
    Error::new(401, code, message).with_header("www-authenticate", "Bearer")
}
