//! What people left on the pages of a site, as its owner sees it: everything, hidden ones and lost ones included.

use super::{AnchorRow, Author, AuthorRow, PlaceInJson};
use crate::{ask::Ask, paging::Wanted};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::social::signal::Signal;
use vetka_edge::{Result, d1, time};

const SELECT: &str = "SELECT r.seq, r.id AS reaction_id, r.signal, r.body, r.source_url, r.created_at, r.hidden_at,
    p.url AS page_url, r.author_name, r.author_url, s.id, s.domain, s.subdomain, s.custom_domain, s.canonical, u.name,
    i.image_id, a.exact, a.prefix, a.suffix, a.start, a.css, a.x, a.y, a.state
    FROM reaction r CROSS JOIN page p ON p.id = r.page_id CROSS JOIN anchor a ON a.id = r.anchor_id
    LEFT JOIN site s ON s.id = r.author_site_id LEFT JOIN user u ON u.id = s.user_id
    LEFT JOIN site_image i ON i.site_id = s.id
    WHERE r.site_id = ?1 AND r.seq < ?2 ORDER BY r.seq DESC LIMIT ?3";

/// What people left on a site's pages.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedReactions {
    /// Newest first.
    pub reactions: Vec<Received>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// Something that was left on a page of one's own.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReceivedReaction")]
pub struct Received {
    /// Opaque.
    pub id: String,
    /// The page.
    pub url: String,
    /// The place.
    pub anchor: PlaceInJson,
    /// What was left; `comment` for words alone.
    pub signal: Signal,
    /// The words with it; may be empty.
    pub body: String,
    /// Who left it.
    pub author: Author,
    /// Where it was written, if that was elsewhere on the web; empty otherwise.
    pub source_url: String,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Whether one has hidden it.
    pub hidden: bool,
    /// Unix milliseconds UTC, for pages.
    #[serde(skip)]
    pub created_at_ms: i64,
}

#[derive(d1::FromRow)]
struct Row {
    seq: i64,
    reaction_id: String,
    #[column(parse)]
    signal: Signal,
    body: String,
    source_url: String,
    created_at: i64,
    hidden_at: Option<i64>,
    page_url: String,
    #[column(flatten)]
    author: AuthorRow,
    #[column(flatten)]
    anchor: AnchorRow,
}

/// A page of what was left on a site's pages. The caller has asked whose the site is.
pub async fn by_site(ask: &Ask, site_id: &str, wanted: Wanted) -> Result<ReceivedReactions> {
    let values = [site_id.into(), wanted.before().into(), wanted.to_fetch().into()];
    let mut rows: Vec<Row> = d1::all(&ask.db()?, SELECT, values).await?;
    let next_cursor = wanted.cut(&mut rows, |row| row.seq);
    let received = |row: Row| Received {
        id: row.reaction_id,
        url: row.page_url,
        anchor: row.anchor.into_json(),
        signal: row.signal,
        body: row.body,
        author: row.author.into_author(ask.config()),
        source_url: row.source_url,
        created_at: time::rfc3339(row.created_at),
        hidden: row.hidden_at.is_some(),
        created_at_ms: row.created_at,
    };
    Ok(ReceivedReactions { reactions: rows.into_iter().map(received).collect(), next_cursor })
}
