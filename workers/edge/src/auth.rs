//! Who is asking. [`reader`] believes the signed token for its few minutes and renews it from KV; [`writer`] checks the
//! Origin and the session's row in D1, so that signing out works at once for everything that changes something.
//!
//! Owns the reading and renewing of sessions. Refuses to begin or end one: the api worker does that.

use crate::{Result, config, d1, error, time};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use vetka_domain::{
    cookie, origin,
    session::{self, Identity, Key, Token},
};
use worker::Env;

/// Binding of the KV namespace with one record a session.
pub const SESSIONS: &str = "SESSIONS";
/// Binding of the database.
pub const DB: &str = "DB";

const SELECT_SESSION: &str = "SELECT user_id, expires_at, last_seen_at FROM session WHERE id = ?1";
const EXTEND_SESSION: &str = "UPDATE session SET expires_at = ?2, updated_at = ?3, last_seen_at = ?3
    WHERE id = ?1 AND expires_at > ?3 RETURNING created_at";
const NOTE_SEEN: &str = "UPDATE session SET last_seen_at = ?2 WHERE id = ?1 AND expires_at > ?2 RETURNING created_at";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Their account.
    pub user_id: String,
    /// The session they use.
    pub session_id: String,
    /// A renewed cookie: send it as `Set-Cookie` with the answer.
    pub set_cookie: Option<String>,
}

/// What a look at the cookie tells.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Signed in.
    Viewer(Viewer),
    /// The cookie was ours, but its session is over. Send this `Set-Cookie` to make the browser forget it.
    Ended(String),
    /// No cookie, or none of ours.
    Nobody,
}

/// The headers that say who is asking and from where.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The `Cookie` header.
    pub cookie: Option<String>,
    /// The `Origin` header.
    pub origin: Option<String>,
}

impl From<&worker::Headers> for Credentials {
    fn from(headers: &worker::Headers) -> Self {
        let get = |name| headers.get(name).ok().flatten();
        Self { cookie: get("cookie"), origin: get("origin") }
    }
}

/// What KV holds under `session:<id>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The account.
    pub user_id: String,
    /// Unix milliseconds UTC.
    pub expires_at: i64,
    /// Unix milliseconds UTC; never moves, as freshness is counted from it.
    pub created_at: i64,
    /// When it was last noted that the session is in use. Records from before this was noted say nothing.
    #[serde(default)]
    pub seen_at: i64,
}

/// Who is asking, for an answer that changes nothing. No I/O while the token is young.
///
/// # Errors
/// Internal only: a stranger is `Ok(None)`.
pub async fn reader(env: &Env, from: impl Into<Credentials>) -> Result<Option<Viewer>> {
    Ok(match look(env, from).await? {
        Seen::Viewer(viewer) => Some(viewer),
        Seen::Ended(_) | Seen::Nobody => None,
    })
}

/// As [`reader`], and tells a session that has ended from no session at all.
///
/// # Errors
/// Internal only.
pub async fn look(env: &Env, from: impl Into<Credentials>) -> Result<Seen> {
    let now = time::now_ms();
    match presented(env, &from.into(), now)? {
        Token::Fresh(Identity { session_id, user_id }) => {
            Ok(Seen::Viewer(Viewer { user_id, session_id, set_cookie: None }))
        }
        Token::Stale(identity) => renew(env, identity, now).await,
        Token::Forged => Ok(Seen::Nobody),
    }
}

/// Who is asking, for an answer that changes something.
///
/// # Errors
/// 403 `wrong_origin` unless the request comes from the app itself; 401 unless its session stands in D1.
pub async fn writer(env: &Env, from: impl Into<Credentials>) -> Result<Viewer> {
    let from = from.into();
    require_origin(from.origin.as_deref(), &config::var(env, "APP_ORIGIN")?)?;
    let now = time::now_ms();
    let (identity, stale) = match presented(env, &from, now)? {
        Token::Fresh(identity) => (identity, false),
        Token::Stale(identity) => (identity, true),
        Token::Forged => return Err(error::unauthorized()),
    };
    let row: Option<SessionRow> = d1::first(&env.d1(DB)?, SELECT_SESSION, [(&identity.session_id).into()]).await?;
    let Some(row) = row.filter(|row| row.user_id == identity.user_id && row.expires_at > now) else {
        return Err(error::unauthorized().with_header("set-cookie", cookie::clear(cookie::SESSION)));
    };
    if !stale {
        return Ok(Viewer { user_id: identity.user_id, session_id: identity.session_id, set_cookie: None });
    }
    if session::is_seen_due(row.last_seen_at, now) {
        note_seen(env, &identity, now).await?;
    }
    let set_cookie = Some(session_cookie(env, &identity, row.expires_at, now)?);
    Ok(Viewer { user_id: identity.user_id, session_id: identity.session_id, set_cookie })
}

/// 403 unless `origin` is the app's. For forms that people post before they are signed in, too.
///
/// # Errors
/// 403 `wrong_origin`.
pub fn require_origin(origin: Option<&str>, app_origin: &str) -> Result<()> {
    if origin::ours(origin, app_origin) {
        return Ok(());
    }
    Err(error::forbidden(
        "wrong_origin",
        "This request did not come from Vetka itself, so nothing was changed. Open Vetka and try there.",
    ))
}

/// The identity that a cookie proves, whatever its age. For ending a session.
///
/// # Errors
/// Internal only.
pub fn claimed(env: &Env, from: impl Into<Credentials>) -> Result<Option<Identity>> {
    Ok(match presented(env, &from.into(), time::now_ms())? {
        Token::Fresh(identity) | Token::Stale(identity) => Some(identity),
        Token::Forged => None,
    })
}

/// Extends a session that is due for it, in D1 first: a session that was signed out meanwhile is not revived.
/// Gives its end, unchanged when it was not due; `None` when the session is over.
///
/// # Errors
/// Internal only.
pub async fn extend(env: &Env, identity: &Identity, expires_at: i64, now: i64) -> Result<Option<i64>> {
    let Some(until) = session::extended(expires_at, now) else { return Ok(Some(expires_at)) };
    let values = [(&identity.session_id).into(), until.into(), now.into()];
    let row: Option<TouchedRow> = d1::first(&env.d1(DB)?, EXTEND_SESSION, values).await?;
    let Some(TouchedRow { created_at }) = row else {
        forget(env, &identity.session_id).await?;
        return Ok(None);
    };
    remember(env, identity, until, created_at, now).await?;
    Ok(Some(until))
}

/// Notes that a session is in use. Gives when it began; `None` when it is over.
async fn note_seen(env: &Env, identity: &Identity, now: i64) -> Result<Option<i64>> {
    let values = [(&identity.session_id).into(), now.into()];
    let row: Option<TouchedRow> = d1::first(&env.d1(DB)?, NOTE_SEEN, values).await?;
    Ok(row.map(|row| row.created_at))
}

/// Writes the session's record, which lives as long as the session. Whoever writes it has just seen the session in use.
///
/// # Errors
/// Internal only.
pub async fn remember(env: &Env, identity: &Identity, expires_at: i64, created_at: i64, now: i64) -> Result<()> {
    let record = Record { user_id: identity.user_id.clone(), expires_at, created_at, seen_at: now };
    // KV refuses less than a minute.
    let seconds = u64::try_from((expires_at - now) / 1000).unwrap_or_default().max(60);
    let put = env.kv(SESSIONS)?.put(&record_key(&identity.session_id), serde_json::to_string(&record)?)?;
    Ok(put.expiration_ttl(seconds).execute().await?)
}

/// Removes the session's record. Readers may believe the token for the rest of its five minutes.
///
/// # Errors
/// Internal only.
pub async fn forget(env: &Env, session_id: &str) -> Result<()> {
    Ok(env.kv(SESSIONS)?.delete(&record_key(session_id)).await?)
}

/// The cookie of a session that ends at `expires_at`, with a new token.
///
/// # Errors
/// Internal only.
pub fn session_cookie(env: &Env, identity: &Identity, expires_at: i64, now: i64) -> Result<String> {
    let token = session::sign(&key(env)?, identity, now).ok_or_else(|| error::internal("the clock has no date"))?;
    Ok(cookie::set(cookie::SESSION, &token, (expires_at - now) / 1000))
}

/// The key in `SESSION_KEY`, which everything new is made with.
///
/// # Errors
/// Internal, when it is not base64 of at least 32 bytes.
pub fn key(env: &Env) -> Result<Key> {
    read_key("SESSION_KEY", &config::secret(env, "SESSION_KEY")?)
}

/// The key, and while it is being changed the one in `SESSION_KEY_PREVIOUS` after it: what either has made is taken. Which of
/// two is the older one does not matter, so that workers that learn of a change at different times get along meanwhile.
///
/// # Errors
/// As [`key`].
pub fn keys(env: &Env) -> Result<Vec<Key>> {
    let mut keys = vec![key(env)?];
    if let Some(previous) = config::optional(env, "SESSION_KEY_PREVIOUS") {
        keys.push(read_key("SESSION_KEY_PREVIOUS", &previous)?);
    }
    Ok(keys)
}

fn read_key(name: &str, text: &str) -> Result<Key> {
    let key = STANDARD.decode(text.trim()).ok().and_then(Key::new);
    key.ok_or_else(|| error::internal(format!("{name} must be base64 of at least 32 bytes")))
}

async fn renew(env: &Env, identity: Identity, now: i64) -> Result<Seen> {
    let ended = || Ok(Seen::Ended(cookie::clear(cookie::SESSION)));
    let Some(text) = env.kv(SESSIONS)?.get(&record_key(&identity.session_id)).text().await? else { return ended() };
    let record: Record = serde_json::from_slice(text.as_bytes())?;
    if record.user_id != identity.user_id || record.expires_at <= now {
        return ended();
    }
    let Some(until) = extend(env, &identity, record.expires_at, now).await? else { return ended() };
    if until == record.expires_at && session::is_seen_due(record.seen_at, now) {
        let Some(created_at) = note_seen(env, &identity, now).await? else {
            forget(env, &identity.session_id).await?;
            return ended();
        };
        remember(env, &identity, until, created_at, now).await?;
    }
    let set_cookie = Some(session_cookie(env, &identity, until, now)?);
    Ok(Seen::Viewer(Viewer { user_id: identity.user_id, session_id: identity.session_id, set_cookie }))
}

fn presented(env: &Env, from: &Credentials, now: i64) -> Result<Token> {
    let token = from.cookie.as_deref().and_then(|header| cookie::find(header, cookie::SESSION));
    match token {
        Some(token) if !token.is_empty() => Ok(session::read_with(&keys(env)?, token, now)),
        _ => Ok(Token::Forged),
    }
}

fn record_key(session_id: &str) -> String {
    format!("session:{session_id}")
}

#[derive(d1::FromRow)]
struct SessionRow {
    user_id: String,
    expires_at: i64,
    last_seen_at: i64,
}

#[derive(d1::FromRow)]
struct TouchedRow {
    created_at: i64,
}
