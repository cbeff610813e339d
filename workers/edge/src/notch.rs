//! Who is in the frame that stands on somebody else's page. [`reader`] believes the signed token for its few minutes;
//! [`writer`] asks for the grant's row in D1, so that revoking it works at once for everything that changes something.
//!
//! A request is taken for one of the frame when it has the form of [`vetka_domain::notch::check`] and its token was made
//! for the origin that it names. The session's cookie is never looked at here: on a neighbour's page the browser sends it
//! along, and that page's visitor has agreed to nothing.
//!
//! Where the browser does not keep the cookie, the same is held against a [`bearer`], which is always looked up.
//!
//! Owns the reading and renewing of grants. Refuses to begin or end one: the api worker does that.

mod bearer;

use crate::{
    Error, Result,
    auth::{DB, key, keys},
    d1, error, time,
};
use vetka_domain::{
    cookie,
    notch::{self, Granted, Refusal, Sent},
    origin,
    session::Token,
};
use worker::Env;

/// A grant's row counts when its code is redeemed, its end is not reached, its account is not on its way out, and the site
/// is still whose it was: what somebody agreed to with Maya is not for whoever has the domain after her. A bearer's does too.
const SELECT_GRANT: &str = "SELECT g.user_id, g.origin, g.used_at, g.expires_at FROM notch_grant g
    JOIN user u ON u.id = g.user_id LEFT JOIN site s ON s.id = g.site_id
    WHERE g.id = ?1 AND g.code_hash IS NULL AND g.expires_at > ?2 AND u.deleting_at IS NULL
    AND (g.site_id IS NULL OR (s.deleted_at IS NULL AND s.taken_down_at IS NULL AND s.proof_lost_at IS NULL))";
const NOTE_USED: &str = "UPDATE notch_grant SET used_at = ?2, expires_at = ?3 WHERE id = ?1 AND expires_at > ?2";

/// How exactly it is noted when a grant was last used.
const USED_EVERY_MS: i64 = 60 * 60_000;

/// Somebody who is known in the frame.
#[derive(Debug, Clone)]
pub struct Known {
    /// Their account.
    pub user_id: String,
    /// By which grant.
    pub grant_id: String,
    /// Where the frame stands.
    pub origin: String,
    /// A renewed cookie: send it as `Set-Cookie` with the answer.
    pub set_cookie: Option<String>,
    /// The bearer that takes the place of theirs: send it as [`notch::BEARER_HEADER`] with the answer.
    pub bearer: Option<String>,
}

/// What the headers of a request of the frame say.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// `X-Notch`; of a socket, the query's `notch`.
    pub origin: &'a str,
    /// The `Cookie` header.
    pub cookie: Option<&'a str>,
    /// The bearer, from wherever the request has it.
    pub bearer: Option<&'a str>,
}

/// Whether a request has the form that only our frame can give it.
///
/// # Errors
/// 403 `wrong_origin` from elsewhere or where no origin is named, 415 for a change that is no JSON.
pub fn check(sent: &Sent<'_>) -> Result<()> {
    notch::check(sent).map_err(|refusal| match refusal {
        Refusal::Elsewhere | Refusal::NoOrigin => {
            error::forbidden("wrong_origin", "This request did not come from Notch itself, so nothing was done.")
        }
        Refusal::NotJson => error::unsupported_media_type(),
    })
}

/// Whether the handshake of a socket comes from our frame: a browser says no more of it than its Origin.
///
/// # Errors
/// 403 `wrong_origin`.
pub fn check_socket(from: Option<&str>, app_origin: &str, named: &str) -> Result<()> {
    let fetch_site = origin::ours(from, app_origin).then_some("same-origin");
    check(&Sent { fetch_site, origin: named, changes: false, content_type: "" })
}

/// Who is in the frame, for an answer that changes nothing. No I/O while the token is young. The request was checked.
///
/// # Errors
/// 403 `other_site` when the token is another site's, 403 `wrong_origin` when there is a bearer beside the cookie; a stranger
/// is `Ok(None)`.
pub async fn reader(env: &Env, asked: &Asked<'_>) -> Result<Option<Known>> {
    let now = time::now_ms();
    if let Some(bearer) = alone(asked)? {
        return bearer::used(env, asked, bearer, now).await;
    }
    match presented(env, asked, now)? {
        Token::Fresh(granted) => Ok(Some(known(granted, None))),
        Token::Stale(granted) => look(env, granted, true, now).await,
        Token::Forged => Ok(None),
    }
}

/// As [`reader`], for a socket: what answers it cannot bring the frame another bearer, so it keeps the one that it has.
///
/// # Errors
/// As [`reader`].
pub async fn listener(env: &Env, asked: &Asked<'_>) -> Result<Option<Known>> {
    match alone(asked)? {
        Some(bearer) => Ok(bearer::held(env, asked, bearer, time::now_ms()).await?.map(|granted| known(granted, None))),
        None => reader(env, asked).await,
    }
}

/// Who is in the frame, for an answer that changes something. The request was checked, its Origin too.
///
/// # Errors
/// As [`reader`]; 401 unless the grant stands in D1.
pub async fn writer(env: &Env, asked: &Asked<'_>) -> Result<Known> {
    let now = time::now_ms();
    if let Some(bearer) = alone(asked)? {
        return bearer::used(env, asked, bearer, now).await?.ok_or_else(error::unauthorized);
    }
    let found = match presented(env, asked, now)? {
        Token::Fresh(granted) => look(env, granted, false, now).await?,
        Token::Stale(granted) => look(env, granted, true, now).await?,
        Token::Forged => None,
    };
    found.ok_or_else(|| {
        let forget = cookie::set_partitioned(&notch::cookie_name(asked.origin), "", 0);
        error::unauthorized().with_header("set-cookie", forget)
    })
}

/// Whom the cookie's token names, whatever its age, or who holds the bearer. For ending a grant.
///
/// # Errors
/// As [`reader`].
pub async fn holder(env: &Env, asked: &Asked<'_>) -> Result<Option<Granted>> {
    match alone(asked)? {
        Some(bearer) => bearer::held(env, asked, bearer, time::now_ms()).await,
        None => claimed(env, asked),
    }
}

/// Whom the cookie's token names, whatever its age.
///
/// # Errors
/// As [`reader`].
pub fn claimed(env: &Env, asked: &Asked<'_>) -> Result<Option<Granted>> {
    Ok(match presented(env, asked, time::now_ms())? {
        Token::Fresh(granted) | Token::Stale(granted) => Some(granted),
        Token::Forged => None,
    })
}

/// The cookie of a grant that ends at `expires_at`, with a new token.
///
/// # Errors
/// Internal only.
pub fn grant_cookie(env: &Env, granted: &Granted, expires_at: i64, now: i64) -> Result<String> {
    let token = notch::sign(&key(env)?, granted, now).ok_or_else(|| error::internal("the clock has no date"))?;
    Ok(cookie::set_partitioned(&notch::cookie_name(&granted.origin), &token, (expires_at - now) / 1000))
}

/// Whether the browser has kept the cookie for where the frame stands.
pub fn has_cookie(asked: &Asked<'_>) -> bool {
    token(asked).is_some()
}

fn token<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    let name = notch::cookie_name(asked.origin);
    asked.cookie.and_then(|header| cookie::find(header, &name)).filter(|token| !token.is_empty())
}

/// The bearer, which the frame sends only where there is no cookie: beside one, somebody else has put it there.
fn alone<'a>(asked: &Asked<'a>) -> Result<Option<&'a str>> {
    if asked.bearer.is_some() && has_cookie(asked) {
        return Err(error::forbidden(
            "wrong_origin",
            "This request did not come from Notch itself, so nothing was done.",
        ));
    }
    Ok(asked.bearer)
}

fn presented(env: &Env, asked: &Asked<'_>, now: i64) -> Result<Token<Granted>> {
    let Some(token) = token(asked) else { return Ok(Token::Forged) };
    let token = notch::read_with(&keys(env)?, token, now);
    match &token {
        Token::Fresh(granted) | Token::Stale(granted) if granted.origin != asked.origin => Err(other_site()),
        _ => Ok(token),
    }
}

fn other_site() -> Error {
    error::forbidden("other_site", "You said yes to another website, not to this one.")
}

/// Asks for the grant's row, and extends it when that is due.
async fn look(env: &Env, granted: Granted, renew: bool, now: i64) -> Result<Option<Known>> {
    let db = env.d1(DB)?;
    let row: Option<GrantRow> = d1::first(&db, SELECT_GRANT, [(&granted.grant_id).into(), now.into()]).await?;
    let Some(row) = row.filter(|row| row.user_id == granted.user_id && row.origin == granted.origin) else {
        return Ok(None);
    };
    if !renew {
        return Ok(Some(known(granted, None)));
    }
    let until = notch::extended(row.expires_at, now).unwrap_or(row.expires_at);
    if until != row.expires_at || now - row.used_at >= USED_EVERY_MS {
        d1::run(&db, NOTE_USED, [(&granted.grant_id).into(), now.into(), until.into()]).await?;
    }
    let set_cookie = grant_cookie(env, &granted, until, now)?;
    Ok(Some(known(granted, Some(set_cookie))))
}

fn known(granted: Granted, set_cookie: Option<String>) -> Known {
    let Granted { grant_id, user_id, origin } = granted;
    Known { user_id, grant_id, origin, set_cookie, bearer: None }
}

#[derive(d1::FromRow)]
struct GrantRow {
    user_id: String,
    origin: String,
    used_at: i64,
    expires_at: i64,
}
