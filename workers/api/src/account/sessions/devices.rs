//! The devices that somebody is signed in on: listing them, and ending what they no longer want.
//!
//! A row in D1 that is gone stops everything that changes something at once; readers may believe a young token for its
//! five minutes.

use crate::{ask::Ask, social::grants};
use vetka_domain::{audit::Kind, cookie};
use vetka_edge::{
    Result,
    auth::{self, Viewer},
    d1, live,
};
use worker::Env;

const SELECT_DEVICES: &str =
    "SELECT id, token, ip_address, user_agent, place, created_at, updated_at, last_seen_at, expires_at
    FROM session WHERE user_id = ?1 AND expires_at > ?2 ORDER BY last_seen_at DESC, created_at DESC, id";
/// One of somebody's sessions by its id or by its public name, all but one, or, with nothing said, all.
const WRITE_REVOKED: &str =
    "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT user_id, CASE id WHEN ?2 THEN ?6 ELSE ?7 END, CASE id WHEN ?2 THEN '' ELSE user_agent END, ?8, ?9, ?10, ?11
    FROM session WHERE user_id = ?1 AND expires_at > ?11
    AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR token = ?4) AND (?5 IS NULL OR id <> ?5)
    ORDER BY created_at, id";
const DELETE_REVOKED: &str = "DELETE FROM session WHERE user_id = ?1
    AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR token = ?3) AND (?4 IS NULL OR id <> ?4) RETURNING id";
const SELECT_ALL: &str = "SELECT id FROM session WHERE user_id = ?1";
const SELECT_SITE: &str = "SELECT id FROM site WHERE user_id = ?1 AND deleted_at IS NULL";
const DELETE_ALL: &str = "DELETE FROM session WHERE user_id = ?1 RETURNING id";

/// A browser that somebody is signed in with.
#[derive(Debug, Clone, d1::FromRow)]
pub struct Device {
    /// The session's id.
    pub id: String,
    /// Its public name on BetterAuth's wire. No authority.
    pub token: String,
    /// From where they signed in; empty when the edge did not tell.
    pub ip_address: String,
    /// The browser's name for itself when they signed in.
    pub user_agent: String,
    /// `Graz, AT`, where they signed in; empty when the edge did not tell.
    pub place: String,
    /// When they signed in, Unix milliseconds UTC.
    pub created_at: i64,
    /// When the session was last extended, Unix milliseconds UTC.
    pub updated_at: i64,
    /// When it was last used, exact to the hour, Unix milliseconds UTC.
    pub last_seen_at: i64,
    /// When it ends, unless it is used before, Unix milliseconds UTC.
    pub expires_at: i64,
}

/// Which sessions of somebody are meant.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// The one with this id.
    Id(&'a str),
    /// The one with this public name.
    Token(&'a str),
    /// All but the one that asks.
    Others,
    /// All of them.
    All,
}

/// Where somebody is signed in, the device that was used last first.
pub async fn list(ask: &Ask, user_id: &str) -> Result<Vec<Device>> {
    d1::all(&ask.db()?, SELECT_DEVICES, [user_id.into(), ask.now().into()]).await
}

/// Ends sessions of the viewer, and writes down which. What is not theirs is not there: nothing happens, and nothing is
/// said about it. When their own is among them, their browser is told to forget its cookie. With all others at once every
/// website forgets them too; with a single one none does.
pub async fn revoke(ask: &Ask, viewer: &Viewer, which: Which<'_>) -> Result<()> {
    let (user_id, own) = (viewer.user_id.as_str(), viewer.session_id.as_str());
    let (id, token, but) = match which {
        Which::Id(id) => (Some(id), None, None),
        Which::Token(token) => (None, Some(token), None),
        Which::Others => (None, None, Some(own)),
        Which::All => (None, None, None),
    };
    let (db, from) = (ask.db()?, ask.from());
    let written = [
        user_id.into(),
        own.into(),
        id.into(),
        token.into(),
        but.into(),
        Kind::SignedOut.as_str().into(),
        Kind::SessionRevoked.as_str().into(),
        from.ip_address.into(),
        from.user_agent.into(),
        from.place.into(),
        ask.now().into(),
    ];
    let ended = [user_id.into(), id.into(), token.into(), but.into()];
    let mut statements = Vec::new();
    if matches!(which, Which::Others | Which::All) {
        // Whoever wants to be nowhere else wants to be in no frame on other people's pages either.
        statements.push(grants::end_all(&db, user_id)?);
    }
    statements.push(d1::prepare(&db, WRITE_REVOKED, written)?);
    statements.push(d1::prepare(&db, DELETE_REVOKED, ended)?);
    let results = d1::batch(&db, statements).await?;
    let rows: Vec<Ended> = d1::last_rows(&results)?;
    for row in &rows {
        auth::forget(ask.env(), &row.id).await?;
    }
    if !rows.is_empty() {
        shut_sockets(ask.env(), user_id).await?;
    }
    if rows.iter().any(|row| row.id == own) {
        ask.add_cookie(cookie::clear(cookie::SESSION));
    }
    Ok(())
}

/// Shuts the sockets that were opened with a session that is over. Where this fails, the next thing that is told does it.
pub async fn shut_sockets(env: &Env, user_id: &str) -> Result<()> {
    let site: Option<Ended> = d1::first(&env.d1(auth::DB)?, SELECT_SITE, [user_id.into()]).await?;
    if let Some(site) = site {
        live::closed(env, &site.id).await;
    }
    Ok(())
}

/// Ends every session of somebody whose account goes. Nothing is written down: what is written goes with the account.
pub async fn end_all(env: &Env, user_id: &str) -> Result<()> {
    let db = env.d1(auth::DB)?;
    // The records first, so that nothing is left behind when this is cut short; then those that were written meanwhile.
    let mut rows: Vec<Ended> = d1::all(&db, SELECT_ALL, [user_id.into()]).await?;
    for row in &rows {
        auth::forget(env, &row.id).await?;
    }
    rows = d1::all(&db, DELETE_ALL, [user_id.into()]).await?;
    for row in &rows {
        auth::forget(env, &row.id).await?;
    }
    shut_sockets(env, user_id).await
}

#[derive(d1::FromRow)]
struct Ended {
    id: String,
}
