//! Connecting a website, and proving it once more.
//!
//! A domain belongs to whoever proved it first, and claiming it again takes nothing from anyone. There is one exception:
//! when the holder's proof has been missing for so long that their site is marked, and a look right now does not find it
//! either, whoever proves the domain now gets it. The site before keeps its row and all that belongs to it, under a name
//! that nobody can type.

use super::look;
use crate::{
    ask::Ask,
    custom_domain, limits,
    site::{self, Site},
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::{
    audit::Kind,
    external::{
        domain::{self, Domain, Problem},
        proof::{self, Finding, Look, Method},
    },
};
use vetka_edge::{
    Error, Result,
    audit::{self, Entry, From},
    d1, error, id, url,
};
use worker::{D1Database, D1PreparedStatement};

const SELECT_HOLDER: &str = "SELECT id, user_id, kind, proof_lost_at, deleted_at FROM site WHERE domain = ?1";
const SET_ASIDE: &str = "UPDATE site SET domain = ?2, former_domain = domain, proof_due_at = NULL, updated_at = ?4
    WHERE id = ?1 AND domain = ?3 AND proof_lost_at IS NOT NULL AND deleted_at IS NULL";
const INSERT_EXTERNAL: &str =
    "INSERT INTO site (id, domain, user_id, kind, status, proof_method, proved_at, proof_due_at, created_at, updated_at)
    SELECT ?1, ?2, ?3, 'external', 'live', ?4, ?5, ?6, ?5, ?5
    WHERE NOT EXISTS (SELECT 1 FROM custom_domain WHERE hostname = ?7 AND proved_at IS NOT NULL)";
const PROVED_AGAIN: &str = "UPDATE site SET proof_method = ?3, proved_at = ?4, proof_due_at = ?5, proof_misses = 0,
    proof_missing_since = NULL, proof_lost_at = NULL, updated_at = ?4
    WHERE id = ?1 AND domain = ?2 AND deleted_at IS NULL";

/// What a look at a website told about whoever asked for it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// As it was understood: `www.ann.example`.
    pub domain: String,
    /// Whether the proof is there.
    pub found: bool,
    /// `tag` or `dns`, when it was found.
    #[schemars(extend("enum" = ["tag", "dns", null]))]
    pub method: Option<&'static str>,
    /// Why it was not, as a word for programs.
    pub reason: Option<&'static str>,
    /// What was seen, for a person.
    pub message: &'static str,
}

impl Seen {
    fn new(domain: &Domain, finding: Finding) -> Self {
        let method = match finding {
            Finding::Found(method) => Some(method.as_str()),
            Finding::Missing(_) | Finding::Unknown => None,
        };
        Self {
            domain: domain.to_string(),
            found: method.is_some(),
            method,
            reason: finding.code(),
            message: finding.sentence(),
        }
    }
}

/// Reads what somebody typed as the address of their website.
///
/// # Errors
/// 422 `invalid_domain` with the reason.
pub fn read(ask: &Ask, typed: &str) -> Result<Domain> {
    let parsed = match url::typed(typed) {
        Some(parts) => Domain::from_parts(&parts, &ask.config().house()),
        None if typed.trim().is_empty() => Err(Problem::Empty),
        None => Err(Problem::Unreadable),
    };
    parsed.map_err(|problem| {
        let reason = serde_json::json!({ "reason": problem.code() });
        Error::new(422, "invalid_domain", problem.sentence()).with_extra(reason)
    })
}

/// Looks whether a website is theirs. Changes nothing.
///
/// # Errors
/// 429 when they, or everybody together, have looked there too often.
pub async fn check(ask: &Ask, user_id: &str, domain: &Domain) -> Result<Seen> {
    let look = look_at(ask, user_id, domain).await?;
    Ok(Seen::new(domain, look.finding(&proof::key(user_id))))
}

/// Connects a website that proves to be theirs now.
///
/// # Errors
/// 409 `one_site_per_account` or `taken`, 422 `not_proven` with the reason, 429.
pub async fn connect(ask: &Ask, user_id: &str, domain: &Domain) -> Result<Site> {
    if !site::mine(ask, user_id).await?.is_empty() {
        return Err(site::one_site());
    }
    let db = ask.db()?;
    let holder: Option<Holder> = d1::first(&db, SELECT_HOLDER, [domain.as_str().into()]).await?;
    if holder.as_ref().is_some_and(|holder| !holder.may_be_set_aside()) {
        return Err(taken());
    }
    let look = look_at(ask, user_id, domain).await?;
    let method = match look.finding(&proof::key(user_id)) {
        Finding::Found(method) => method,
        finding => return Err(not_proven(finding)),
    };
    // Somebody may have their generated site there.
    if !custom_domain::may_have(ask, domain.host()).await? {
        return Err(taken());
    }
    let (site_id, now) = (id::random()?, ask.now());
    let mut batch = Vec::new();
    if let Some(holder) = &holder {
        if !matches!(look.finding(&proof::key(&holder.user_id)), Finding::Missing(_)) {
            return Err(taken());
        }
        // When the holder proves it again meanwhile, this changes nothing, and then the insert below undoes it all.
        batch.extend(set_aside(&db, holder, domain, now)?);
    }
    let due = now + proof::WEEK_MS;
    let values = [
        (&site_id).into(),
        domain.as_str().into(),
        user_id.into(),
        method.as_str().into(),
        now.into(),
        due.into(),
        domain.host().into(),
    ];
    batch.push(d1::prepare(&db, INSERT_EXTERNAL, values)?);
    batch.push(audit::statement_of_change(&db, &entry(user_id, Kind::SiteCreated, domain, ask.from(), now))?);
    match d1::batch_unique(&db, batch).await? {
        // Nothing was put there when somebody has proven the domain for their generated site in this moment.
        Ok(_) => site::owned(ask, domain.as_str(), user_id)
            .await
            .map_err(|failure| if failure.status == 404 { taken() } else { failure }),
        Err(_) if !site::mine(ask, user_id).await?.is_empty() => Err(site::one_site()),
        Err(columns) if columns == "site.user_id" => Err(site::being_deleted()),
        Err(_) => Err(taken()),
    }
}

/// Whether a domain is a connected website whose proof stands.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_held(ask: &Ask, domain: &Domain) -> Result<bool> {
    let holder: Option<Holder> = d1::first(&ask.db()?, SELECT_HOLDER, [domain.as_str().into()]).await?;
    Ok(holder.is_some_and(|holder| !holder.may_be_set_aside()))
}

/// Whether a domain is nobody's connected website. A holder whose proof has been missing for long, and is missing now, gives
/// way. Only for whoever has just proven the domain.
///
/// # Errors
/// When the database cannot be asked.
pub async fn may_have(ask: &Ask, domain: &Domain) -> Result<bool> {
    let db = ask.db()?;
    let holder: Option<Holder> = d1::first(&db, SELECT_HOLDER, [domain.as_str().into()]).await?;
    let Some(holder) = holder else { return Ok(true) };
    if !holder.may_be_set_aside() {
        return Ok(false);
    }
    let look = look::at(ask.env(), domain).await?;
    if !matches!(look.finding(&proof::key(&holder.user_id)), Finding::Missing(_)) {
        return Ok(false);
    }
    d1::batch(&db, set_aside(&db, &holder, domain, ask.now())?.into()).await?;
    Ok(true)
}

/// The statements that set a holder aside, unless their proof was found meanwhile.
fn set_aside(db: &D1Database, holder: &Holder, domain: &Domain, now: i64) -> Result<[D1PreparedStatement; 2]> {
    let lost = domain::lost_name(&holder.id);
    let values = [(&holder.id).into(), (&lost).into(), domain.as_str().into(), now.into()];
    let entry = entry(&holder.user_id, Kind::DomainPassedOn, domain, From::default(), now);
    Ok([d1::prepare(db, SET_ASIDE, values)?, audit::statement_of_change(db, &entry)?])
}

/// Looks at a connected website again. What is found counts at once; what is not found counts for nothing, since the
/// schedule does the counting.
///
/// # Errors
/// 409 `not_connected` for a site that is made here, or whose domain somebody else has proven since; 429.
pub async fn prove_again(ask: &Ask, user_id: &str, site: &Site) -> Result<Seen> {
    let Some(proof) = site.proof.as_ref().filter(|proof| proof.former_domain.is_none()) else {
        return Err(error::conflict("not_connected", "There is no website of yours to look at here."));
    };
    let domain = Domain::from_column(&site.domain);
    let finding = look_at(ask, user_id, &domain).await?.finding(&proof::key(user_id));
    if let Finding::Found(method) = finding {
        note_found(ask, user_id, site, &domain, method, proof.lost_at.is_some()).await?;
    }
    Ok(Seen::new(&domain, finding))
}

async fn note_found(
    ask: &Ask,
    user_id: &str,
    site: &Site,
    domain: &Domain,
    method: Method,
    was_lost: bool,
) -> Result<()> {
    let (db, now) = (ask.db()?, ask.now());
    let due = now + proof::WEEK_MS;
    let values = [(&site.id).into(), domain.as_str().into(), method.as_str().into(), now.into(), due.into()];
    let mut batch = vec![d1::prepare(&db, PROVED_AGAIN, values)?];
    if was_lost {
        batch.push(audit::statement(&db, &entry(user_id, Kind::ProofFound, domain, ask.from(), now))?);
    }
    d1::batch(&db, batch).await?;
    Ok(())
}

async fn look_at(ask: &Ask, user_id: &str, domain: &Domain) -> Result<Look> {
    limits::looks(ask, user_id, domain.as_str()).await?;
    look::at(ask.env(), domain).await
}

fn entry<'a>(user_id: &'a str, kind: Kind, domain: &'a Domain, from: From<'a>, at: i64) -> Entry<'a> {
    Entry { user_id, kind, subject: domain.as_str(), from, at }
}

fn not_proven(finding: Finding) -> Error {
    Error::new(422, "not_proven", finding.sentence()).with_extra(serde_json::json!({ "reason": finding.code() }))
}

fn taken() -> Error {
    error::conflict(
        "taken",
        "That website is connected to another account. Sign in with the address that was used then.",
    )
}

#[derive(d1::FromRow)]
struct Holder {
    id: String,
    user_id: String,
    kind: String,
    proof_lost_at: Option<i64>,
    deleted_at: Option<i64>,
}

impl Holder {
    fn may_be_set_aside(&self) -> bool {
        self.kind == "external" && self.proof_lost_at.is_some() && self.deleted_at.is_none()
    }
}
