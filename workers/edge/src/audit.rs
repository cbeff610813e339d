//! Writing down what was done with an account. Rows are only ever added; the database refuses everything else.
//!
//! An entry is a statement for a batch, so that what was done and the note of it stand or fall together.

use crate::{Result, d1};
use serde::Serialize;
use vetka_domain::audit::Kind;
use worker::{D1Database, D1PreparedStatement};

const INSERT_EVENT: &str = "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM user WHERE id = ?1";
const INSERT_EVENT_OF_CHANGE: &str =
    "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM user WHERE id = ?1 AND changes() > 0";

const INSERT_EVENT_OF_SESSION: &str =
    "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT user_id, ?2, ?3, ?4, ?5, ?6, ?7 FROM session WHERE id = ?1";

/// Where a request came from, as far as the edge and the browser tell.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct From<'a> {
    /// The network's address.
    pub ip_address: &'a str,
    /// The browser's name for itself.
    pub user_agent: &'a str,
    /// `Graz, AT`.
    pub place: &'a str,
}

/// One entry.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Whose account. An entry for an account that is gone is not written.
    pub user_id: &'a str,
    /// What was done.
    pub kind: Kind,
    /// What it was done to.
    pub subject: &'a str,
    /// From where; empty for what happened by itself.
    pub from: From<'a>,
    /// Unix milliseconds UTC.
    pub at: i64,
}

/// The statement that writes an entry.
pub fn statement(db: &D1Database, entry: &Entry<'_>) -> Result<D1PreparedStatement> {
    prepare(db, INSERT_EVENT, entry.user_id, entry)
}

/// The statement that writes an entry if the statement right before it in the same batch changed a row: what turned out
/// to be nothing to do is not written down.
pub fn statement_of_change(db: &D1Database, entry: &Entry<'_>) -> Result<D1PreparedStatement> {
    prepare(db, INSERT_EVENT_OF_CHANGE, entry.user_id, entry)
}

fn prepare(db: &D1Database, sql: &str, whose: &str, entry: &Entry<'_>) -> Result<D1PreparedStatement> {
    let Entry { kind, subject, from, at, .. } = *entry;
    let From { ip_address, user_agent, place } = from;
    let values = [
        whose.into(),
        kind.as_str().into(),
        subject.into(),
        ip_address.into(),
        user_agent.into(),
        place.into(),
        at.into(),
    ];
    d1::prepare(db, sql, values)
}

/// The statement that writes an entry for whose session this is: as `entry` has it, but for the session instead of the
/// user id. No session, no entry; so it stands before the statement that ends one, and after the one that begins it.
pub fn of_session(db: &D1Database, session_id: &str, entry: &Entry<'_>) -> Result<D1PreparedStatement> {
    prepare(db, INSERT_EVENT_OF_SESSION, session_id, entry)
}

/// Writes an entry that nothing else has to stand or fall with.
pub async fn write(db: &D1Database, entry: &Entry<'_>) -> Result<()> {
    statement(db, entry)?.run().await?;
    Ok(())
}
