//! Domains that people own and want their generated site at. The rules are in `vetka_domain::custom_domain`.
//!
//! Read in this order: this file (what an owner can do), `follow` (one look, and what comes of it), `row` (what is
//! remembered), `edge` (how visitors get there), `cloudflare` and `names` (who is asked).
//!
//! A domain is whose record says so. Many may want it; the first whose record is seen has it, and keeps it until the last
//! trace of it is gone at Cloudflare. As with connected websites, a holder whose record has been missing for so long that
//! they were told gives way to whoever proves it now.

mod cloudflare;
mod edge;
pub mod follow;
mod names;
mod row;

use crate::{ask::Ask, external::connect, limits, site::Site};
use cloudflare::Cloudflare;
use follow::By;
use row::Row;
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::{
    audit::Kind,
    custom_domain::{self as rules, Pointing, State, Trouble},
    external::{domain::Domain, proof},
};
use vetka_edge::{
    Error, Result,
    audit::{self, Entry, From},
    auth, d1, error, id, time,
};
use worker::Env;

const INSERT: &str = "INSERT INTO custom_domain (id, hostname, site_id, state, since, due_at, created_at)
    SELECT ?1, ?2, id, 'unproven', ?4, ?4, ?4 FROM site WHERE id = ?3 AND deleted_at IS NULL AND kind = 'generated'";

/// A record to set in the domain's DNS.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Record {
    /// `TXT` or `CNAME`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["TXT", "CNAME"]))]
    pub kind: &'static str,
    /// Its whole name.
    pub name: String,
    /// The part of it that some services want: without the domain that was bought, `@` for that domain itself.
    pub short: String,
    /// What it says.
    pub value: String,
    /// Whether it was there at the last look; null before the first.
    pub seen: Option<bool>,
}

/// A domain of somebody's own, for a site that is made here.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomDomain {
    /// `www.ann.example`.
    pub hostname: String,
    /// Where the site is then.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// How far it has got.
    #[schemars(extend("enum" = ["unproven", "unpointed", "certificate", "active", "moved", "blocked", "refused", "leaving"]))]
    pub state: &'static str,
    /// Since when, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub since: String,
    /// What is missing and what to do, for a person.
    pub message: &'static str,
    /// When that was looked at, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub looked_at: Option<String>,
    /// When the proof had been missing for so long that somebody else may take the domain, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub proof_lost_at: Option<String>,
    /// Whether the name is a domain as it was bought, where many services allow no CNAME.
    pub apex: bool,
    /// What its owner sets in its DNS.
    pub records: Vec<Record>,
    /// `since` in Unix milliseconds UTC.
    #[serde(skip)]
    pub since_ms: i64,
    /// `looked_at` in Unix milliseconds UTC.
    #[serde(skip)]
    pub looked_at_ms: Option<i64>,
    /// Whether it is worth looking every few seconds.
    #[serde(skip)]
    pub is_on_its_way: bool,
}

/// Whether this installation offers it at all.
pub fn is_offered(env: &Env) -> bool {
    Cloudflare::from_env(env).is_some()
}

/// The domain of a site.
pub async fn of_site(ask: &Ask, site: &Site) -> Result<Option<CustomDomain>> {
    Ok(find(ask, &site.id).await?.map(|row| shown(ask, &row)))
}

/// Begins with a domain, and looks at it at once. The same one again is looked at again.
///
/// # Errors
/// 404 `not_offered`, 422 `invalid_domain` with the reason, 409 `one_domain_per_site` or `taken`, 429.
pub async fn begin(ask: &Ask, user_id: &str, site: &Site, typed: &str) -> Result<CustomDomain> {
    require_offered(ask)?;
    require_generated(site)?;
    let domain = connect::read(ask, typed)?;
    let (hostname, db) = (domain.host(), ask.db()?);
    if let Some(row) = find(ask, &site.id).await? {
        if row.hostname == hostname {
            return look_again(ask, user_id, site).await;
        }
        return Err(error::conflict(
            "one_domain_per_site",
            format!("This site has {} already. Remove it first to use another.", row.hostname),
        ));
    }
    limits::domains(ask, user_id).await?;
    limits::looks(ask, user_id, hostname).await?;
    if is_held(ask, &domain).await? {
        return Err(taken());
    }
    let id = id::random()?;
    let values = [(&id).into(), hostname.into(), (&site.id).into(), ask.now().into()];
    // Somebody who presses twice has one domain.
    let _ = d1::run_unique(&db, INSERT, values).await?;
    look(ask, &site.id).await
}

/// Looks at the domain of a site now.
///
/// # Errors
/// 404 when it has none; 429.
pub async fn look_again(ask: &Ask, user_id: &str, site: &Site) -> Result<CustomDomain> {
    require_offered(ask)?;
    let row = find(ask, &site.id).await?.ok_or_else(none)?;
    limits::looks(ask, user_id, &row.hostname).await?;
    look(ask, &site.id).await
}

/// Takes the domain of a site out. Visitors get there no more when this is done; what Cloudflare has not confirmed by then
/// is followed up by the schedule. That there is none is as good.
pub async fn remove(ask: &Ask, user_id: &str, site: &Site) -> Result<()> {
    let Some(row) = find(ask, &site.id).await? else { return Ok(()) };
    let db = ask.db()?;
    let entry = Entry { user_id, kind: Kind::DomainRemoved, subject: &row.hostname, from: ask.from(), at: ask.now() };
    d1::batch(&db, vec![row::leave(&db, &row.id, ask.now())?, audit::statement_of_change(&db, &entry)?]).await?;
    undo_of(ask.env(), &site.id, ask.now()).await
}

/// Undoes what is on its way out of a site, which may be gone. What does not work now is the schedule's.
///
/// # Errors
/// When the database cannot be asked.
pub async fn undo_of(env: &Env, site_id: &str, now: i64) -> Result<()> {
    for row in row::of_site(&env.d1(auth::DB)?, site_id).await? {
        if row.state() == State::Leaving
            && let Err(failure) = follow::attend(env, row, now, By::Owner).await
        {
            failure.log("custom_domain");
        }
    }
    Ok(())
}

/// Whether somebody has a domain and will not give way.
async fn is_held(ask: &Ask, domain: &Domain) -> Result<bool> {
    let holder = row::holder(&ask.db()?, domain.host()).await?;
    let firmly = holder.is_some_and(|holder| holder.state() != State::Leaving && holder.proof_lost_at.is_none());
    Ok(firmly || connect::is_held(ask, domain).await?)
}

/// Whether nobody has proven a domain for their site. A holder whose record has been missing for long, and is missing now,
/// gives way; theirs is undone before this says yes. Only for whoever has just proven the domain.
///
/// # Errors
/// When the database or the resolver cannot be asked.
pub async fn may_have(ask: &Ask, hostname: &str) -> Result<bool> {
    let db = ask.db()?;
    let Some(holder) = row::holder(&db, hostname).await? else { return Ok(true) };
    if let Some(holder_id) = holder.user_id.as_deref().filter(|_| holder.state() != State::Leaving) {
        if holder.proof_lost_at.is_none() {
            return Ok(false);
        }
        let texts = names::look_up(ask.env(), hostname).await?.texts;
        let record = proof::record(&proof::key(holder_id));
        if texts.is_none_or(|texts| texts.iter().any(|text| text.trim() == record)) {
            return Ok(false);
        }
        let (kind, at) = (Kind::DomainPassedOn, ask.now());
        let entry = Entry { user_id: holder_id, kind, subject: hostname, from: From::default(), at };
        d1::batch(&db, vec![row::leave_lost(&db, &holder.id, at)?, audit::statement_of_change(&db, &entry)?]).await?;
    }
    undo_of(ask.env(), &holder.site_id, ask.now()).await?;
    Ok(row::holder(&db, hostname).await?.is_none())
}

async fn look(ask: &Ask, site_id: &str) -> Result<CustomDomain> {
    let row = find(ask, site_id).await?.ok_or_else(none)?;
    let (hostname, was) = (row.hostname.clone(), row.state());
    follow::attend(ask.env(), row, ask.now(), By::Owner).await?;
    let mut row = find(ask, site_id).await?.ok_or_else(none)?;
    // Whoever has it may be somebody whose record has been gone for long.
    let is_taken = was == State::Unproven && row.trouble() == Some(Trouble::Taken);
    if is_taken && may_have(ask, &hostname).await? && connect::may_have(ask, &Domain::from_column(&hostname)).await? {
        follow::attend(ask.env(), row, ask.now(), By::Owner).await?;
        row = find(ask, site_id).await?.ok_or_else(none)?;
    }
    Ok(shown(ask, &row))
}

async fn find(ask: &Ask, site_id: &str) -> Result<Option<Row>> {
    let rows = row::of_site(&ask.db()?, site_id).await?;
    Ok(rows.into_iter().find(|row| row.state() != State::Leaving && row.user_id.is_some()))
}

fn shown(ask: &Ask, row: &Row) -> CustomDomain {
    let (state, looked) = (row.state(), row.looked_at.is_some());
    let pointing = row.pointing();
    let key = row.user_id.as_deref().map(proof::key).unwrap_or_default();
    let record = |kind, name: String, value, seen| Record {
        kind,
        short: rules::short_name(&name, &row.hostname),
        name,
        value,
        seen: looked.then_some(seen),
    };
    CustomDomain {
        url: url(ask, &row.hostname),
        state: state.as_str(),
        since: time::rfc3339(row.since),
        message: rules::sentence(state, pointing, row.trouble()),
        looked_at: row.looked_at.map(time::rfc3339),
        proof_lost_at: row.proof_lost_at.map(time::rfc3339),
        apex: rules::is_apex(&row.hostname),
        records: vec![
            record(
                "TXT",
                format!("_vetka.{}", row.hostname),
                proof::record(&key),
                row.proved_at.is_some() && row.standing().missing_since.is_none(),
            ),
            record(
                "CNAME",
                row.hostname.clone(),
                rules::fallback_host(ask.config().sites_domain()),
                pointing == Some(Pointing::Here),
            ),
        ],
        since_ms: row.since,
        looked_at_ms: row.looked_at,
        is_on_its_way: matches!(state, State::Unproven | State::Unpointed | State::Certificate),
        hostname: row.hostname.clone(),
    }
}

/// Where a domain is opened. On a developer's machine that is at the port of the app.
pub fn url(ask: &Ask, hostname: &str) -> String {
    let config = ask.config();
    let port = config.app_origin.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    match (Domain::from_column(hostname).is_development(&config.house()), port) {
        (true, Some(port)) => format!("http://{hostname}:{port}/"),
        (true, None) => format!("http://{hostname}/"),
        (false, _) => format!("https://{hostname}/"),
    }
}

fn require_offered(ask: &Ask) -> Result<()> {
    if is_offered(ask.env()) { Ok(()) } else { Err(not_offered()) }
}

fn not_offered() -> Error {
    Error::new(404, "not_offered", "This Vetka offers no domains of your own.")
}

/// A website that somebody connected has its domain already.
pub fn require_generated(site: &Site) -> Result<()> {
    if site.label.is_some() {
        return Ok(());
    }
    Err(error::conflict("not_made_here", "This website is made elsewhere, and keeps its settings there."))
}

fn none() -> Error {
    error::not_found("This site has no domain of its own.")
}

fn taken() -> Error {
    error::conflict(
        "taken",
        "That domain belongs to another account here. Remove it there first, or, if that account is not yours, take its record out of your DNS and wait a few days.",
    )
}
