//! Reports: finding the site that one is about, keeping it, and what an operator does with it.

use crate::ask::Ask;
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::report::Report;
use vetka_edge::{Result, d1, id, time, url};
use worker::D1Database;

const SELECT_BY_LABEL: &str = "SELECT id, domain FROM site WHERE subdomain = ?1 AND deleted_at IS NULL";
const SELECT_BY_VERSION: &str = "SELECT s.id, s.domain FROM site_snapshot v JOIN site s ON s.id = v.site_id
    WHERE v.id = ?1 AND s.deleted_at IS NULL";
const SELECT_BY_DOMAIN: &str =
    "SELECT id, domain FROM site WHERE (domain = ?1 OR custom_domain = ?1) AND deleted_at IS NULL";
const INSERT: &str = "INSERT INTO report (id, site_id, url, reason, details, email, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const SELECT_OPEN: &str = "SELECT r.id, r.url, r.reason, r.details, r.email, r.created_at, s.id AS site_id, s.domain
    FROM report r JOIN site s ON s.id = r.site_id WHERE r.closed_at IS NULL ORDER BY r.created_at LIMIT ?1";
const CLOSE: &str = "UPDATE report SET closed_at = ?2, outcome = ?3 WHERE id = ?1 AND closed_at IS NULL RETURNING id";
const FORGET_CLOSED: &str = "DELETE FROM report WHERE closed_at < ?1";

/// How long a report is kept after it was closed: long enough to answer whoever asks about it.
const KEEP_CLOSED_MS: i64 = 90 * 24 * 60 * 60_000;
/// Characters of a reference: somebody may have to read it to somebody else.
const REFERENCE: usize = 10;

/// The site that a page belongs to.
#[derive(Debug, d1::FromRow)]
pub struct Reported {
    /// Its id.
    pub id: String,
    /// Its domain.
    pub domain: String,
}

/// A report that waits for an operator.
#[derive(Debug, d1::FromRow, Serialize, JsonSchema)]
#[serde(rename_all(serialize = "camelCase"))]
#[schemars(rename = "OpenReport")]
pub struct Open {
    /// The reference that whoever reported it was given.
    pub id: String,
    /// The page, as it was given.
    pub url: String,
    /// `vetka_domain::report::Reason`.
    pub reason: String,
    /// In their words; may be empty.
    pub details: String,
    /// Where an answer goes, if one is wanted.
    pub email: Option<String>,
    /// Unix milliseconds UTC.
    pub created_at: i64,
    /// The site.
    pub site_id: String,
    /// Its domain.
    pub domain: String,
}

/// The site that an address belongs to, with the address as it is kept. `None` when it is none of ours.
pub async fn find(ask: &Ask, typed: &str) -> Result<Option<(Reported, String)>> {
    let Some(page) = url::typed(typed) else { return Ok(None) };
    let db = ask.db()?;
    let below = page.host.strip_suffix(ask.config().sites_domain()).and_then(|label| label.strip_suffix('.'));
    let site: Option<Reported> = match below {
        Some(label) => match label.strip_prefix("v--") {
            Some(version) => d1::first(&db, SELECT_BY_VERSION, [version.into()]).await?,
            None => d1::first(&db, SELECT_BY_LABEL, [label.into()]).await?,
        },
        None => {
            let port = page.port.map_or_else(String::new, |port| format!(":{port}"));
            d1::first(&db, SELECT_BY_DOMAIN, [format!("{}{port}", page.host).as_str().into()]).await?
        }
    };
    let port = page.port.map_or_else(String::new, |port| format!(":{port}"));
    Ok(site.map(|site| (site, format!("{}://{}{port}{}", page.scheme, page.host, page.path))))
}

/// Keeps a report; gives its reference.
pub async fn keep(ask: &Ask, site: &Reported, url: &str, report: &Report) -> Result<String> {
    let reference: String = id::random()?.chars().take(REFERENCE).collect();
    let values = [
        (&reference).into(),
        (&site.id).into(),
        url.into(),
        report.reason.as_str().into(),
        (&report.details).into(),
        report.email.as_ref().map(|email| email.as_str()).into(),
        ask.now().into(),
    ];
    d1::run(&ask.db()?, INSERT, values).await?;
    Ok(reference)
}

/// Whether a text has the shape of a reference.
pub fn is_reference(text: &str) -> bool {
    text.len() == REFERENCE && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The reports that nobody has looked at, the oldest first.
pub async fn open(db: &D1Database, at_most: i64) -> Result<Vec<Open>> {
    d1::all(db, SELECT_OPEN, [at_most.into()]).await
}

/// Closes a report, with what was done in the operator's words. False when there is no such open report.
pub async fn close(db: &D1Database, id: &str, outcome: &str) -> Result<bool> {
    #[derive(d1::FromRow)]
    struct Closed {}
    let closed: Option<Closed> = d1::first(db, CLOSE, [id.into(), time::now_ms().into(), outcome.into()]).await?;
    Ok(closed.is_some())
}

/// Forgets reports that were closed long ago.
pub async fn forget_closed(db: &D1Database, now: i64) -> Result<()> {
    d1::run(db, FORGET_CLOSED, [(now - KEEP_CLOSED_MS).into()]).await
}
