//! What somebody wrote and was written, to take home: all that they can see here, and nothing else.

use crate::ask::Ask;
use serde::Serialize;
use vetka_edge::{Result, d1, time};

/// One query's share. An export reads everything, a part at a time.
const PART: i64 = 500;

const SELECT_PART: &str =
    "SELECT g.seq, g.from_id = ?1 AS mine, s.domain, g.body, g.created_at, g.edited_at, g.deleted_at, g.read_at
    FROM message g JOIN site s ON s.id = CASE g.from_id WHEN ?1 THEN g.to_id ELSE g.from_id END
    WHERE g.thread_id = ?2 AND g.seq > ?3 AND (g.withheld = 0 OR g.from_id = ?1) ORDER BY g.seq LIMIT ?4";
const SELECT_THREADS: &str = "SELECT thread_id FROM thread_member WHERE site_id = ?1 ORDER BY last_seq DESC";

/// A message, as it is taken home.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// The domain of the site at the other end.
    with: String,
    /// `me` or `them`.
    from: &'static str,
    body: String,
    sent_at: String,
    edited_at: Option<String>,
    deleted: bool,
    read_at: Option<String>,
}

#[derive(d1::FromRow)]
struct ThreadId {
    thread_id: String,
}

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    mine: bool,
    domain: String,
    body: String,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    read_at: Option<i64>,
}

/// Everything, thread by thread, oldest first within each.
pub async fn export(ask: &Ask, site_id: &str) -> Result<Vec<Said>> {
    let db = ask.db()?;
    let threads: Vec<ThreadId> = d1::all(&db, SELECT_THREADS, [site_id.into()]).await?;
    let mut said = Vec::new();
    for ThreadId { thread_id } in threads {
        let mut after = 0;
        loop {
            let values = [site_id.into(), (&thread_id).into(), after.into(), PART.into()];
            let rows: Vec<Row> = d1::all(&db, SELECT_PART, values).await?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            said.extend(rows.into_iter().map(Said::of));
        }
    }
    Ok(said)
}

impl Said {
    fn of(row: Row) -> Self {
        Self {
            with: row.domain,
            from: if row.mine { "me" } else { "them" },
            body: row.body,
            sent_at: time::rfc3339(row.created_at),
            edited_at: row.edited_at.map(time::rfc3339),
            deleted: row.deleted_at.is_some(),
            read_at: row.read_at.map(time::rfc3339),
        }
    }
}
