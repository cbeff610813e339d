//! What whoever runs Vetka may ask of it: to find somebody who wrote to them, and to set right what got stuck. They are let
//! in by a key that is nobody's account, and whoever is concerned reads of it in the list of what was done.

use crate::{ask::Ask, inside, limits, report};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vetka_domain::{audit::Kind, operator};
use vetka_edge::{
    Result,
    audit::{self, Entry, From},
    config, d1, error, log, time,
};
use worker::Method;

/// How many sites one request may have looked at again.
const AT_MOST: i64 = 1000;

const SELECT_ACCOUNTS: &str = "SELECT id, email, name, handle, created_at, deletion_at,
    (SELECT COUNT(*) FROM session WHERE user_id = user.id AND expires_at > ?2) AS sessions FROM user
    WHERE id = ?1 UNION
    SELECT id, email, name, handle, created_at, deletion_at,
    (SELECT COUNT(*) FROM session WHERE user_id = user.id AND expires_at > ?2) AS sessions FROM user
    WHERE email = ?1 UNION
    SELECT id, email, name, handle, created_at, deletion_at,
    (SELECT COUNT(*) FROM session WHERE user_id = user.id AND expires_at > ?2) AS sessions FROM user
    WHERE handle = ?1";
const SELECT_SITES: &str = "SELECT id FROM site WHERE id = ?1 UNION SELECT id FROM site WHERE domain = ?1
    UNION SELECT id FROM site WHERE subdomain = ?1 UNION SELECT id FROM site WHERE user_id = ?1";
const SELECT_SITE: &str = "SELECT s.id, s.domain, s.kind, s.status, s.user_id, u.email,
    s.live_snapshot_id AS live, s.live_snapshot_id IS NOT s.edge_snapshot_id OR s.settings_seq <> s.edge_settings_seq AS waiting,
    s.taken_down_for AS taken_down, s.created_at, s.deleted_at,
    (SELECT COUNT(*) FROM site_snapshot WHERE site_id = s.id) AS versions,
    (SELECT COUNT(*) FROM conversation WHERE site_id = s.id) AS conversations
    FROM site s JOIN user u ON u.id = s.user_id WHERE s.id = ?1";
const SELECT_OWNER: &str = "SELECT id, domain, user_id FROM site WHERE id = ?1";
const SELECT_LIVE: &str = "SELECT id, domain, user_id FROM site
    WHERE subdomain IS NOT NULL AND live_snapshot_id IS NOT NULL AND deleted_at IS NULL AND id > ?1 ORDER BY id LIMIT ?2";
const FORGET_EDGE: &str = "UPDATE site SET edge_snapshot_id = NULL WHERE id = ?1 AND live_snapshot_id IS NOT NULL";

/// An account, as an operator sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundAccount {
    id: String,
    email: String,
    name: String,
    handle: Option<String>,
    /// RFC 3339 UTC.
    created_at: String,
    /// When it goes for good, RFC 3339 UTC; null when nobody asked for that.
    deletion_at: Option<String>,
    /// Where it is signed in.
    sessions: u32,
}

/// A site, as an operator sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundSite {
    id: String,
    domain: String,
    /// `generated` or `external`.
    kind: String,
    status: String,
    /// Whose it is.
    user_id: String,
    email: String,
    /// The version that visitors are to see.
    live: Option<String>,
    /// Whether the edge's copy is yet to be told.
    waiting: bool,
    /// `law`, `abuse` or `unsafe` when it was taken down.
    taken_down: Option<String>,
    versions: u32,
    /// 1 when somebody has talked about it.
    conversations: u32,
    /// RFC 3339 UTC.
    created_at: String,
    /// Whether it is on its way out.
    deleted: bool,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    accounts: Vec<FoundAccount>,
    sites: Vec<FoundSite>,
}

/// Which sites to look at again.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WhichSites {
    /// One, by its id; all when it is left out.
    pub site: Option<String>,
    /// Where to go on, with all of them: `next` of the answer before.
    #[serde(default)]
    pub after: String,
}

/// How far that went.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Resynced {
    /// How many sites are looked at.
    sites: usize,
    /// Where to go on; null when there are no more.
    next: Option<String>,
}

/// Which part of all secrets.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct WhichSecrets {
    /// Where to go on: `next` of the answer before.
    #[serde(default)]
    pub after: String,
}

/// Why a site is taken down.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Takedown {
    /// `law`, `abuse` or `unsafe`.
    #[schemars(extend("enum" = ["law", "abuse", "unsafe"]))]
    pub reason: String,
    /// More about it, for the site's owner.
    #[serde(default)]
    pub note: String,
}

/// Reports that nobody has looked at.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reports {
    /// The oldest first.
    pub reports: Vec<report::Open>,
}

/// How a report is closed.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Closing {
    /// What was done, in the operator's words.
    #[serde(default)]
    pub outcome: String,
}

/// Notes in the log what an operator did.
pub fn did(what: &str, to: &str) {
    log::info("operator", json!({ "did": what, "to": to }));
}

/// Lets the bearer of the operator's key in.
///
/// # Errors
/// 404 where there is no key, so that there is no door either; 429; 401 for another key.
pub async fn enter(ask: &Ask) -> Result<()> {
    let Some(key) = config::optional(ask.env(), "ADMIN_KEY").filter(|key| key.len() >= operator::SHORTEST_KEY) else {
        return Err(error::not_found("There is nothing at this address."));
    };
    limits::operator(ask).await?;
    let presented = ask.header("authorization").and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    if operator::is_key(&key, presented) {
        return Ok(());
    }
    log::info("operator_refused", json!({}));
    let refusal = vetka_edge::Error::new(401, "wrong_key", "This is not the operator's key of this installation.");
    Err(refusal.with_header("www-authenticate", "Bearer"))
}

/// Finds accounts and their sites, by whatever somebody calls them.
pub async fn find(ask: &Ask, asked: &str) -> Result<Found> {
    let db = ask.db()?;
    let asked = asked.trim().to_lowercase();
    let accounts: Vec<AccountRow> = d1::all(&db, SELECT_ACCOUNTS, [(&asked).into(), ask.now().into()]).await?;
    let mut ids: Vec<IdRow> = d1::all(&db, SELECT_SITES, [(&asked).into()]).await?;
    for account in &accounts {
        ids.extend(d1::all::<IdRow, 1>(&db, SELECT_SITES, [(&account.id).into()]).await?);
    }
    ids.sort_by(|a, b| a.id.cmp(&b.id));
    ids.dedup_by(|a, b| a.id == b.id);
    let mut sites = Vec::new();
    for IdRow { id } in &ids {
        let row: Option<SiteRow> = d1::first(&db, SELECT_SITE, [id.into()]).await?;
        sites.extend(row.map(SiteRow::shown));
    }
    log::info("operator", json!({ "did": "find", "accounts": accounts.len(), "sites": sites.len() }));
    let mut concerned: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    concerned.extend(sites.iter().map(|site| site.user_id.as_str()));
    concerned.sort_unstable();
    concerned.dedup();
    for user_id in concerned {
        note(ask, user_id, Kind::OperatorLooked, "").await?;
    }
    Ok(Found { accounts: accounts.into_iter().map(AccountRow::shown).collect(), sites })
}

/// Has the agent of a site begin anew.
///
/// # Errors
/// 404 when there is no such site, or its agent has no session.
pub async fn clear_session(ask: &Ask, site: &str) -> Result<()> {
    let site = owner(ask, site).await?;
    let url = format!("http://agent.internal/sites/{}/agent-session", site.id);
    match inside::ask(ask.env(), "AGENT", Method::Delete, &url, None).await?.status {
        204 => {}
        404 => return Err(error::not_found("The agent has no session of this site.")),
        status => return Err(error::internal(format!("agent answered {status} to giving a session up"))),
    }
    log::info("operator", json!({ "did": "clear_session", "site": site.id }));
    note(ask, &site.user_id, Kind::AgentRestarted, &site.domain).await
}

/// Forgets that the edge's copies were confirmed, so that the schedule writes them once more where they differ.
pub async fn resync(ask: &Ask, which: &WhichSites) -> Result<Resynced> {
    let db = ask.db()?;
    let sites: Vec<OwnerRow> = match &which.site {
        Some(site) => vec![owner(ask, site).await?],
        None => d1::all(&db, SELECT_LIVE, [(&which.after).into(), AT_MOST.into()]).await?,
    };
    for some in sites.chunks(50) {
        let mut statements = Vec::with_capacity(some.len() * 2);
        for site in some {
            let from = From::default();
            let entry =
                Entry { user_id: &site.user_id, kind: Kind::Resynced, subject: &site.domain, from, at: ask.now() };
            statements.push(d1::prepare(&db, FORGET_EDGE, [(&site.id).into()])?);
            statements.push(audit::statement_of_change(&db, &entry)?);
        }
        d1::batch(&db, statements).await?;
    }
    log::info("operator", json!({ "did": "resync", "sites": sites.len() }));
    let more = which.site.is_none() && sites.len() as i64 == AT_MOST;
    let next = sites.last().filter(|_| more).map(|site| site.id.clone());
    Ok(Resynced { sites: sites.len(), next })
}

/// Has a part of people's secrets sealed again by the worker that keeps them. Gives its answer as it is.
pub async fn reseal(ask: &Ask, which: &WhichSecrets) -> Result<Vec<u8>> {
    let body = Some(serde_json::to_string(which)?);
    let said = inside::ask(ask.env(), "TEAMS", Method::Post, "http://teams.internal/secrets/reseal", body).await?;
    match said.status {
        200 => Ok(said.body),
        status => Err(error::internal(format!("teams answered {status} to sealing again"))),
    }
}

async fn owner(ask: &Ask, site: &str) -> Result<OwnerRow> {
    let row = d1::first(&ask.db()?, SELECT_OWNER, [site.into()]).await?;
    row.ok_or_else(|| error::not_found("There is no site with this id."))
}

/// Written without an address: the operator's is nobody's to read.
async fn note(ask: &Ask, user_id: &str, kind: Kind, subject: &str) -> Result<()> {
    audit::write(&ask.db()?, &Entry { user_id, kind, subject, from: From::default(), at: ask.now() }).await
}

#[derive(d1::FromRow)]
struct IdRow {
    id: String,
}

#[derive(d1::FromRow)]
struct OwnerRow {
    id: String,
    domain: String,
    user_id: String,
}

#[derive(d1::FromRow)]
struct AccountRow {
    id: String,
    email: String,
    name: String,
    handle: Option<String>,
    created_at: i64,
    deletion_at: Option<i64>,
    sessions: u32,
}

impl AccountRow {
    fn shown(self) -> FoundAccount {
        let Self { id, email, name, handle, created_at, deletion_at, sessions } = self;
        let (created_at, deletion_at) = (time::rfc3339(created_at), deletion_at.map(time::rfc3339));
        FoundAccount { id, email, name, handle, created_at, deletion_at, sessions }
    }
}

#[derive(d1::FromRow)]
struct SiteRow {
    id: String,
    domain: String,
    kind: String,
    status: String,
    user_id: String,
    email: String,
    live: Option<String>,
    waiting: u32,
    taken_down: Option<String>,
    versions: u32,
    conversations: u32,
    created_at: i64,
    deleted_at: Option<i64>,
}

impl SiteRow {
    fn shown(self) -> FoundSite {
        FoundSite {
            id: self.id,
            domain: self.domain,
            kind: self.kind,
            status: self.status,
            user_id: self.user_id,
            email: self.email,
            live: self.live,
            waiting: self.waiting != 0,
            taken_down: self.taken_down,
            versions: self.versions,
            conversations: self.conversations,
            created_at: time::rfc3339(self.created_at),
            deleted: self.deleted_at.is_some(),
        }
    }
}
