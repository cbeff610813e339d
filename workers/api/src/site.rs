//! Sites: their rows, how they are claimed, and how they look from outside.
//!
//! A name is claimed by one insert and nothing else. Whoever comes second is told that it is taken; nothing that exists
//! is ever changed by a claim.

use crate::{
    ask::Ask,
    limits,
    pages::{Connection, SiteCard, SiteStatus, Takedown},
    thumbnail,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_domain::{
    audit::Kind,
    external::domain::Domain,
    label::{self, Label},
};
use vetka_edge::{
    Error, Result,
    audit::{self, Entry},
    config::Config,
    d1, error, id, time,
};

const SELECT_MINE: &str = "SELECT id, domain, kind, subdomain, status, live_snapshot_id, created_at,
    proof_method, proved_at, proof_missing_since, proof_lost_at, former_domain, taken_down_at, taken_down_for, taken_down_note,
    (SELECT image_id FROM site_image WHERE site_id = site.id) AS image_id FROM site
    WHERE user_id = ?1 AND deleted_at IS NULL";
const SELECT_OWNED: &str = "SELECT id, domain, kind, subdomain, status, live_snapshot_id, created_at,
    proof_method, proved_at, proof_missing_since, proof_lost_at, former_domain, taken_down_at, taken_down_for, taken_down_note,
    (SELECT image_id FROM site_image WHERE site_id = site.id) AS image_id FROM site
    WHERE domain = ?1 AND user_id = ?2 AND deleted_at IS NULL";
const INSERT_GENERATED: &str = "INSERT INTO site (id, domain, user_id, kind, subdomain, status, created_at, updated_at)
    VALUES (?1, ?2, ?3, 'generated', ?4, 'draft', ?5, ?5)";
const SELECT_TAKEN: &str = "SELECT subdomain FROM site
    WHERE subdomain IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// How many names are asked about at once: the parameters of [`SELECT_TAKEN`].
const ASKED_AT_ONCE: usize = 12;
/// How many free names are offered.
const OFFERED: usize = 3;

/// A row of `site`, as far as its owner sees it.
#[derive(Debug, d1::FromRow)]
pub struct Row {
    /// Opaque.
    pub id: String,
    /// `ann.vetka.sh`.
    pub domain: String,
    /// `generated` or `external`.
    pub kind: String,
    /// The label, of generated sites.
    pub subdomain: Option<String>,
    /// `draft`, `building`, `live` or `error`.
    pub status: String,
    /// Which version visitors see.
    pub live_snapshot_id: Option<String>,
    /// Unix milliseconds UTC.
    pub created_at: i64,
    /// `tag` or `dns`, of connected sites.
    pub proof_method: Option<String>,
    /// Unix milliseconds UTC.
    pub proved_at: Option<i64>,
    /// Unix milliseconds UTC.
    pub proof_missing_since: Option<i64>,
    /// Unix milliseconds UTC.
    pub proof_lost_at: Option<i64>,
    /// The domain, when somebody else has proven it since.
    pub former_domain: Option<String>,
    /// Unix milliseconds UTC.
    pub taken_down_at: Option<i64>,
    /// `law`, `abuse` or `unsafe`.
    pub taken_down_for: Option<String>,
    /// Why, in the operator's words; empty when there are none.
    pub taken_down_note: String,
    /// The picture of what is live.
    pub image_id: Option<String>,
}

impl Row {
    /// With the address that people open.
    pub fn into_site(self, config: &Config) -> Site {
        let url = match &self.subdomain {
            Some(label) => config.site_url(label),
            None => format!("{}/", Domain::from_column(&self.domain).origin(&config.house())),
        };
        let proof = self.proof_method.map(|method| Proof {
            method,
            proved_at: self.proved_at.map(time::rfc3339),
            missing_since: self.proof_missing_since.map(time::rfc3339),
            lost_at: self.proof_lost_at.map(time::rfc3339),
            missing_since_ms: self.proof_missing_since,
            former_domain: self.former_domain,
        });
        let taken_down = self.taken_down_at.map(|at| TakenDown {
            at: time::rfc3339(at),
            reason: self.taken_down_for.unwrap_or_default(),
            note: self.taken_down_note,
            at_ms: at,
        });
        let picture = self.image_id.filter(|_| taken_down.is_none()).map(|image| thumbnail::path(&self.id, &image));
        Site {
            image: picture.as_ref().map(|path| format!("{}{path}", config.app_origin)),
            picture,
            taken_down,
            id: self.id,
            domain: self.domain,
            kind: self.kind,
            label: self.subdomain,
            url,
            status: self.status,
            live_snapshot_id: self.live_snapshot_id,
            created_at: time::rfc3339(self.created_at),
            proof,
            created_at_ms: self.created_at,
        }
    }
}

/// How a website that somebody owned already was proven to be theirs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// By a `tag` in its first page or by a `dns` record.
    #[schemars(extend("enum" = ["tag", "dns"]))]
    pub method: String,
    /// When the proof was last seen, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub proved_at: Option<String>,
    /// Since when it has been missing, RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub missing_since: Option<String>,
    /// When it had been missing for so long that the site was marked, RFC 3339 UTC. Its data stays.
    #[schemars(extend("format" = "date-time"))]
    pub lost_at: Option<String>,
    /// What the domain was, when somebody else has proven it since. The site then has a name that leads nowhere.
    pub former_domain: Option<String>,
    #[serde(skip)]
    missing_since_ms: Option<i64>,
}

/// That an operator has taken a site down. Nobody sees it then, and nothing can be published.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenDown {
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// Because of an order by `law`, because it breaks the rules (`abuse`), or because it is `unsafe` to look at.
    #[schemars(extend("enum" = ["law", "abuse", "unsafe"]))]
    pub reason: String,
    /// More about why, in an operator's words; may be empty.
    pub note: String,
    #[serde(skip)]
    at_ms: i64,
}

/// A site, as its owner sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Opaque.
    pub id: String,
    /// `ann.vetka.sh`.
    pub domain: String,
    /// `generated` or `external`.
    #[schemars(extend("enum" = ["generated", "external"]))]
    pub kind: String,
    /// `ann`, of generated sites.
    pub label: Option<String>,
    /// Where it is.
    #[schemars(extend("format" = "uri"))]
    pub url: String,
    /// `draft`, `building`, `live` or `error`.
    #[schemars(extend("enum" = ["draft", "building", "live", "error"]))]
    pub status: String,
    /// Which version visitors see.
    pub live_snapshot_id: Option<String>,
    /// RFC 3339 UTC.
    #[schemars(extend("format" = "date-time"))]
    pub created_at: String,
    /// Of sites that were connected; null for those that are made here.
    pub proof: Option<Proof>,
    /// While an operator keeps it down; null otherwise.
    pub taken_down: Option<TakenDown>,
    /// A picture of what is live, 1280 by 720, WebP; null while there is none.
    #[schemars(extend("format" = "uri"))]
    pub image: Option<String>,
    #[serde(skip)]
    created_at_ms: i64,
    #[serde(skip)]
    picture: Option<String>,
}

impl Site {
    /// For pages.
    pub fn card(&self) -> SiteCard {
        SiteCard {
            domain: self.domain.clone(),
            label: self.label.clone().unwrap_or_else(|| self.domain.clone()),
            url: self.url.clone(),
            status: SiteStatus::from_column(&self.status),
            created_at: self.created_at_ms,
            picture: self.picture.clone(),
            taken_down: self.taken_down.as_ref().map(|down| Takedown {
                at: down.at_ms,
                reason: down.reason.clone(),
                note: down.note.clone(),
            }),
            connected: self.proof.as_ref().map(|proof| match (&proof.former_domain, proof.lost_at.is_some()) {
                (Some(domain), _) => Connection::PassedOn { domain: domain.clone() },
                (None, true) => Connection::Lost { since: proof.missing_since_ms.unwrap_or(self.created_at_ms) },
                (None, false) => Connection::Proven { by_tag: proof.method == "tag" },
            }),
        }
    }
}

/// Whether a name is to be had.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// Whether it is.
    pub available: bool,
    /// `taken`, `invalid` or `reserved`.
    #[schemars(extend("enum" = ["taken", "invalid", "reserved"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// For the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
    /// Free names near it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

/// Somebody's sites.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sites {
    /// One at most, for now.
    pub sites: Vec<Site>,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
}

/// A site to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NewSite {
    /// One that an agent builds.
    Generated {
        /// The name: `ann` in `ann.vetka.sh`.
        label: String,
    },
    /// One that exists already, and proves to be one's own at this moment.
    External {
        /// Where it is: `ann.example`.
        domain: String,
    },
}

const TAKEN: &str = "Somebody has that name already. Pick another.";

/// Somebody's sites.
pub async fn mine(ask: &Ask, user_id: &str) -> Result<Vec<Site>> {
    let rows: Vec<Row> = d1::all(&ask.db()?, SELECT_MINE, [user_id.into()]).await?;
    Ok(rows.into_iter().map(|row| row.into_site(ask.config())).collect())
}

/// The site of that domain, if it is theirs.
///
/// # Errors
/// 404 when there is none, and also when it is somebody else's.
pub async fn owned(ask: &Ask, domain: &str, user_id: &str) -> Result<Site> {
    let domain = domain.to_ascii_lowercase();
    let row: Option<Row> = d1::first(&ask.db()?, SELECT_OWNED, [(&domain).into(), user_id.into()]).await?;
    row.map(|row| row.into_site(ask.config())).ok_or_else(|| error::not_found("There is no such site among yours."))
}

/// Whether what somebody typed is to be had.
pub async fn check(ask: &Ask, typed: &str) -> Result<Availability> {
    let refused = |reason, message| Availability {
        available: false,
        reason: Some(reason),
        message: Some(message),
        suggestions: Vec::new(),
    };
    let mut answer = match Label::from_typed(typed) {
        Err(problem) => refused(problem.reason(), problem.sentence()),
        Ok(label) if is_taken(ask, &label).await? => refused("taken", TAKEN),
        Ok(_) => return Ok(Availability { available: true, reason: None, message: None, suggestions: Vec::new() }),
    };
    answer.suggestions = free_near(ask, typed).await?;
    Ok(answer)
}

/// Claims a name for somebody.
///
/// # Errors
/// 422 `invalid` or `reserved`, 409 `taken`, each with suggestions; 409 `one_site_per_account`; 429.
pub async fn claim(ask: &Ask, user_id: &str, typed: &str) -> Result<Site> {
    limits::names(ask, user_id).await?;
    let label = match Label::from_typed(typed) {
        Ok(label) => label,
        Err(problem) => {
            let refusal = Error::new(422, problem.reason(), problem.sentence());
            return Err(with_suggestions(ask, refusal, typed).await?);
        }
    };
    let row = Row {
        id: id::random()?,
        domain: format!("{label}.{}", ask.config().sites_domain()),
        kind: "generated".to_owned(),
        subdomain: Some(label.to_string()),
        status: "draft".to_owned(),
        live_snapshot_id: None,
        created_at: ask.now(),
        proof_method: None,
        proved_at: None,
        proof_missing_since: None,
        proof_lost_at: None,
        former_domain: None,
        taken_down_at: None,
        taken_down_for: None,
        taken_down_note: String::new(),
        image_id: None,
    };
    let values = [(&row.id).into(), (&row.domain).into(), user_id.into(), label.as_str().into(), row.created_at.into()];
    let db = ask.db()?;
    let entry = Entry { user_id, kind: Kind::SiteCreated, subject: &row.domain, from: ask.from(), at: ask.now() };
    let statements = vec![d1::prepare(&db, INSERT_GENERATED, values)?, audit::statement(&db, &entry)?];
    match d1::batch_unique(&db, statements).await? {
        Ok(_) => Ok(row.into_site(ask.config())),
        // The constraints do not say which was looked at first, and somebody with a site need not hear about names.
        Err(_) if !mine(ask, user_id).await?.is_empty() => Err(one_site()),
        Err(columns) if columns == "site.user_id" => Err(being_deleted()),
        Err(_) => Err(with_suggestions(ask, error::conflict("taken", TAKEN), typed).await?),
    }
}

/// 409 for somebody who has a site.
pub fn one_site() -> Error {
    error::conflict(
        "one_site_per_account",
        "You already have a site, and for now each person has one. Delete it first to start another.",
    )
}

/// 409 for somebody whose last site is not quite gone.
pub fn being_deleted() -> Error {
    error::conflict("being_deleted", "Your last site is still being deleted. Try again in a minute.")
}

async fn with_suggestions(ask: &Ask, refusal: Error, typed: &str) -> Result<Error> {
    let suggestions = free_near(ask, typed).await?;
    Ok(refusal.with_extra(serde_json::json!({ "suggestions": suggestions })))
}

async fn is_taken(ask: &Ask, label: &Label) -> Result<bool> {
    Ok(!taken(ask, std::slice::from_ref(label)).await?.is_empty())
}

async fn free_near(ask: &Ask, typed: &str) -> Result<Vec<String>> {
    let mut near = label::suggestions(typed);
    if near.is_empty() {
        return Ok(Vec::new());
    }
    near.truncate(ASKED_AT_ONCE);
    let taken = taken(ask, &near).await?;
    let free = near.iter().map(ToString::to_string).filter(|name| !taken.contains(name));
    Ok(free.take(OFFERED).collect())
}

async fn taken(ask: &Ask, labels: &[Label]) -> Result<Vec<String>> {
    #[derive(d1::FromRow)]
    struct Taken {
        subdomain: String,
    }
    let values: [d1::Value<'_>; ASKED_AT_ONCE] = std::array::from_fn(|at| labels.get(at).map(Label::as_str).into());
    let rows: Vec<Taken> = d1::all(&ask.db()?, SELECT_TAKEN, values).await?;
    Ok(rows.into_iter().map(|row| row.subdomain).collect())
}
