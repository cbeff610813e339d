//! On which sites somebody is known in the frame: agreeing to it, which gives a code; redeeming the code, which gives a grant;
//! the list of grants, and ending them.
//!
//! A code is burnt by whoever names it, and held against the challenge and the origin in the same statement, so that of
//! many tries at once one finds it, and a wrong one leaves nothing behind. A code that is typed has few bits, so it is looked
//! for by the challenge, which only the frame that began can meet, and each try is counted before it is judged.
//!
//! With its grant the frame gets the word by which it says, once, that the browser has not kept the cookie: see [`bearers`].

use super::{
    actor::Grant,
    bearers,
    brief::{BriefRow, SiteBrief},
    origins::{self, Place},
};
use crate::{account::sessions, ask::Ask};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::{
    audit::Kind,
    cookie,
    notch::{self, CODE_MS, Granted, LIFETIME_MS, MOST_GRANTS, TYPED_MS, TYPED_TRIES},
};
use vetka_edge::{
    Error, Result,
    audit::{self, Entry},
    d1, error, id,
    notch::{Asked, grant_cookie, holder},
    time,
};

const DELETE_WAITING: &str =
    "DELETE FROM notch_grant WHERE challenge = ?1 AND code_hash IS NOT NULL AND (user_id = ?2 OR code_until <= ?3)";
const INSERT_GRANT: &str = "INSERT INTO notch_grant
    (id, user_id, origin, site_id, share, code_hash, challenge, code_until, created_at, used_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?8)";
const DELETE_OLDEST: &str = "DELETE FROM notch_grant WHERE user_id = ?1 AND id IN
    (SELECT id FROM notch_grant WHERE user_id = ?1 ORDER BY used_at DESC, id LIMIT -1 OFFSET ?2)";
const REDEEM: &str = "UPDATE notch_grant SET code_hash = NULL, used_at = ?5,
    expires_at = CASE WHEN challenge = ?2 AND origin = ?3 THEN ?4 ELSE 0 END
    WHERE code_hash = ?1 AND code_until > ?5
    AND EXISTS (SELECT 1 FROM user WHERE id = notch_grant.user_id AND deleting_at IS NULL)
    RETURNING id, user_id, share, expires_at";
const REDEEM_TYPED: &str = "UPDATE notch_grant SET code_tries = code_tries + 1, used_at = ?5,
    expires_at = CASE WHEN code_hash = ?3 THEN ?4 ELSE expires_at END,
    code_hash = CASE WHEN code_hash = ?3 THEN NULL ELSE code_hash END
    WHERE challenge = ?1 AND origin = ?2 AND code_hash IS NOT NULL AND code_until > ?5 AND code_tries < ?6
    AND EXISTS (SELECT 1 FROM user WHERE id = notch_grant.user_id AND deleting_at IS NULL)
    RETURNING id, user_id, share, CASE WHEN code_hash IS NULL THEN expires_at ELSE 0 END AS expires_at";
const DELETE_ONE: &str = "DELETE FROM notch_grant WHERE id = ?1";
const SELECT_GRANTS: &str = "SELECT g.id AS grant_id, g.origin, g.share, g.created_at, g.used_at, g.expires_at,
    s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name, i.image_id
    FROM notch_grant g LEFT JOIN site s ON s.id = g.site_id AND s.deleted_at IS NULL
    LEFT JOIN user u ON u.id = s.user_id LEFT JOIN site_image i ON i.site_id = s.id
    WHERE g.user_id = ?1 AND g.code_hash IS NULL AND g.expires_at > ?2 ORDER BY g.used_at DESC, g.id";
const SELECT_SHARED: &str = "SELECT g.site_id FROM notch_grant g WHERE g.id = ?1 AND g.share = 1";
const DELETE_GRANT: &str =
    "DELETE FROM notch_grant WHERE id = ?1 AND user_id = ?2 AND code_hash IS NULL RETURNING origin";
const DELETE_ALL: &str = "DELETE FROM notch_grant WHERE user_id = ?1";

/// What somebody agrees to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewGrant {
    /// base64url of the SHA-256 of what the frame keeps back.
    #[schemars(extend("pattern" = "^[A-Za-z0-9_-]{43}$"))]
    pub challenge: String,
    /// Where the frame stands, as the browser writes it: `https://maya.dev`.
    pub origin: String,
    /// Whether the page may learn who they are.
    #[serde(default)]
    pub share: bool,
    /// Whether they will type the code themselves, because the two windows cannot talk.
    #[serde(default)]
    pub typed: bool,
}

/// For the frame.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NotchCode")]
pub struct Code {
    /// Works once.
    pub code: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
}

/// What the frame gives for a grant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Redemption {
    /// As the window handed it over, or as it was typed.
    pub code: String,
    /// What the challenge was made of (RFC 7636).
    pub verifier: String,
}

/// What came of it; the grant itself is in a cookie.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Redeemed {
    /// Whether the page may learn who they are.
    pub shared: bool,
    /// For `POST /api/notch/bearer`, should the browser not keep the cookie. Works once, for a minute.
    pub retry: String,
    /// When it ends unless it is used before, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
}

/// A place where somebody is known in the frame.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Grant")]
pub struct Listed {
    /// Opaque.
    pub id: String,
    /// Where: `https://maya.dev`.
    pub origin: String,
    /// Whose site that is; null when it is none any more.
    pub site: Option<SiteBrief>,
    /// Whether the page may learn who they are.
    pub shared: bool,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Exact to the hour, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub used_at: String,
    /// When it ends unless it is used before, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Unix milliseconds UTC, for pages.
    #[serde(skip)]
    pub used_at_ms: i64,
}

/// All such places of somebody.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grants {
    /// The one that was used last first; a hundred at most.
    pub grants: Vec<Listed>,
    /// There is never more than one page.
    pub next_cursor: Option<String>,
}

/// Makes a code for somebody who agreed to be known on an origin.
///
/// # Errors
/// 400 `invalid_challenge`, 422 `unknown_site` where the frame does not stand on any member's site, 409 `already` when
/// somebody else has agreed with the same frame.
pub async fn agree(ask: &Ask, user_id: &str, wish: &NewGrant) -> Result<Code> {
    if !notch::is_challenge(&wish.challenge) {
        return Err(error::bad_request("invalid_challenge", "Start again from the bar on the website."));
    }
    let place = origins::of_origin(ask, &wish.origin).await?.ok_or_else(unknown_site)?;
    let (code, hash, until) = if wish.typed {
        let code = notch::typed_code(id::bytes()?);
        let hash = notch::typed_hash(&wish.challenge, &code);
        (code, hash, ask.now() + TYPED_MS)
    } else {
        let code = id::secret("vc_")?;
        let hash = notch::code_hash(&code);
        (code, hash, ask.now() + CODE_MS)
    };
    let (db, now, id) = (ask.db()?, ask.now(), id::random()?);
    let row = [
        (&id).into(),
        user_id.into(),
        (&wish.origin).into(),
        place.site_id.as_deref().into(),
        i64::from(wish.share).into(),
        (&hash).into(),
        (&wish.challenge).into(),
        until.into(),
        now.into(),
    ];
    let statements = vec![
        d1::prepare(&db, DELETE_WAITING, [(&wish.challenge).into(), user_id.into(), now.into()])?,
        d1::prepare(&db, INSERT_GRANT, row)?,
        d1::prepare(&db, DELETE_OLDEST, [user_id.into(), MOST_GRANTS.into()])?,
    ];
    if d1::batch_unique(&db, statements).await?.is_err() {
        return Err(error::conflict("already", "Somebody else has just said yes there. Start again from the website."));
    }
    Ok(Code { code, expires_at: time::rfc3339(until) })
}

/// Makes a grant of a code, and sends its cookie. What the frame had before, with another account or another choice of what
/// the page may learn, ends.
///
/// # Errors
/// 403 `code_refused` whatever is wrong with it; nobody is to learn which of its parts was right.
pub async fn redeem(ask: &Ask, asked: &Asked<'_>, given: &Redemption) -> Result<Redeemed> {
    if !notch::is_verifier(&given.verifier) {
        return Err(refused());
    }
    let (db, now, until) = (ask.db()?, ask.now(), ask.now() + LIFETIME_MS);
    let challenge = notch::challenge(&given.verifier);
    let row: Option<RedeemedRow> = if let Some(code) = notch::read_typed(&given.code) {
        let hash = notch::typed_hash(&challenge, &code);
        let values =
            [(&challenge).into(), asked.origin.into(), (&hash).into(), until.into(), now.into(), TYPED_TRIES.into()];
        d1::first(&db, REDEEM_TYPED, values).await?
    } else {
        let hash = notch::code_hash(&given.code);
        let values = [(&hash).into(), (&challenge).into(), asked.origin.into(), until.into(), now.into()];
        let row: Option<RedeemedRow> = d1::first(&db, REDEEM, values).await?;
        if let Some(RedeemedRow { id, expires_at: ..=0, .. }) = &row {
            d1::run(&db, DELETE_ONE, [id.into()]).await?;
        }
        row
    };
    let RedeemedRow { id, user_id, share, .. } = row.filter(|row| row.expires_at > 0).ok_or_else(refused)?;
    let subject = origins::host(asked.origin);
    audit::write(&db, &Entry { user_id: &user_id, kind: Kind::KnownOn, subject, from: ask.from(), at: now }).await?;
    if let Ok(Some(before)) = holder(ask.env(), asked).await {
        d1::run(&db, DELETE_ONE, [(&before.grant_id).into()]).await?;
    }
    for name in notch::surplus(asked.cookie.unwrap_or_default(), &notch::cookie_name(asked.origin)) {
        ask.add_cookie(cookie::set_partitioned(name, "", 0));
    }
    let retry = bearers::retry(ask, &id).await?;
    let granted = Granted { grant_id: id, user_id, origin: asked.origin.to_owned() };
    ask.add_cookie(grant_cookie(ask.env(), &granted, until, now)?);
    Ok(Redeemed { shared: share, retry, expires_at: time::rfc3339(until) })
}

/// Whether the page under the frame may learn who is in it: they have agreed to that, and it is still the same site.
///
/// # Errors
/// Internal only.
pub async fn is_shared(ask: &Ask, grant: &Grant, place: &Place) -> Result<bool> {
    let row: Option<SharedRow> = d1::first(&ask.db()?, SELECT_SHARED, [(&grant.id).into()]).await?;
    Ok(row.is_some_and(|row| row.site_id == place.site_id))
}

/// Where somebody is known in the frame.
///
/// # Errors
/// Internal only.
pub async fn list(ask: &Ask, user_id: &str) -> Result<Vec<Listed>> {
    let rows: Vec<GrantRow> = d1::all(&ask.db()?, SELECT_GRANTS, [user_id.into(), ask.now().into()]).await?;
    Ok(rows.into_iter().map(|row| row.into_listed(ask)).collect())
}

/// Ends one. What is not theirs is not there.
///
/// # Errors
/// 404.
pub async fn end(ask: &Ask, user_id: &str, id: &str) -> Result<()> {
    let db = ask.db()?;
    let row: Option<EndedRow> = d1::first(&db, DELETE_GRANT, [id.into(), user_id.into()]).await?;
    let EndedRow { origin } =
        row.ok_or_else(|| error::not_found("There is no such site among those that know you."))?;
    let entry =
        Entry { user_id, kind: Kind::ForgottenOn, subject: origins::host(&origin), from: ask.from(), at: ask.now() };
    audit::write(&db, &entry).await?;
    sessions::shut_sockets(ask.env(), user_id).await
}

/// The statement that ends all grants of somebody.
///
/// # Errors
/// Internal only.
pub fn end_all(db: &worker::D1Database, user_id: &str) -> Result<worker::D1PreparedStatement> {
    d1::prepare(db, DELETE_ALL, [user_id.into()])
}

fn refused() -> Error {
    error::forbidden("code_refused", "That code is not right, or it took too long. Start again from the button.")
}

/// 422 for what is no member's site.
pub fn unknown_site() -> Error {
    Error::new(422, "unknown_site", "That website is not connected to Vetka, so nobody can be known there.")
}

#[derive(d1::FromRow)]
struct RedeemedRow {
    id: String,
    user_id: String,
    share: bool,
    expires_at: i64,
}

#[derive(d1::FromRow)]
struct SharedRow {
    site_id: Option<String>,
}

#[derive(d1::FromRow)]
struct EndedRow {
    origin: String,
}

#[derive(d1::FromRow)]
struct GrantRow {
    grant_id: String,
    origin: String,
    share: bool,
    created_at: i64,
    used_at: i64,
    expires_at: i64,
    #[column(flatten)]
    site: BriefRow,
}

impl GrantRow {
    fn into_listed(self, ask: &Ask) -> Listed {
        Listed {
            id: self.grant_id,
            origin: self.origin,
            site: self.site.brief(ask.config()),
            shared: self.share,
            created_at: time::rfc3339(self.created_at),
            used_at: time::rfc3339(self.used_at),
            expires_at: time::rfc3339(self.expires_at),
            used_at_ms: self.used_at,
        }
    }
}
