//! What was done with an account, as its owner reads it.

use crate::{ask::Ask, paging::Wanted};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_edge::{Result, d1, time};

const SELECT_EVENTS: &str = "SELECT seq, kind, subject, ip_address, user_agent, place, created_at FROM audit_event
    WHERE user_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";

/// Something that was done.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What it was.
    #[schemars(with = "vetka_domain::audit::Kind")]
    pub kind: String,
    /// What it was done to: a domain, a device, a provider. Empty when there is nothing to name.
    pub subject: String,
    /// The network's address; empty for what happened by itself.
    pub ip_address: String,
    /// The browser's name for itself; empty for what happened by itself.
    pub user_agent: String,
    /// `Graz, AT`, as far as the edge knew.
    pub place: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Unix milliseconds UTC, for pages.
    #[serde(skip)]
    pub created_at_ms: i64,
}

/// A page of the list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Events {
    /// Newest first.
    pub events: Vec<Event>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// What was done with somebody's account.
pub async fn list(ask: &Ask, user_id: &str, wanted: Wanted) -> Result<Events> {
    let values = [user_id.into(), wanted.before().into(), wanted.to_fetch().into()];
    let mut rows: Vec<EventRow> = d1::all(&ask.db()?, SELECT_EVENTS, values).await?;
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    Ok(Events { events: rows.into_iter().map(EventRow::into_event).collect(), next_cursor })
}

#[derive(d1::FromRow)]
struct EventRow {
    seq: i64,
    kind: String,
    subject: String,
    ip_address: String,
    user_agent: String,
    place: String,
    created_at: i64,
}

impl EventRow {
    fn into_event(self) -> Event {
        Event {
            kind: self.kind,
            subject: self.subject,
            ip_address: self.ip_address,
            user_agent: self.user_agent,
            place: self.place,
            created_at: time::rfc3339(self.created_at),
            created_at_ms: self.created_at,
        }
    }
}
