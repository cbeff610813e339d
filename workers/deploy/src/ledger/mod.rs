//! D1 as the publishing protocol's ledger: each method is one statement or one batch, which D1 runs as a transaction.

mod holds;
mod pointer;
mod restore;
mod retention;
mod settings;
mod sites;
pub mod uploads;
mod versions;

use serde::Deserialize;
use vetka_domain::audit::Kind;
use vetka_edge::{Result, d1, error};
use vetka_r2::SiteId;
use worker::{D1Database, D1PreparedStatement, Env, Request};

/// In a batch right after the live pointer moved, for its owner to read: once for each time that it really did.
const WRITE_DOWN: &str = "INSERT INTO audit_event (user_id, kind, subject, ip_address, user_agent, place, created_at)
    SELECT user_id, ?2, domain, ?3, ?4, ?5, ?6 FROM site WHERE id = ?1 AND changes() > 0";

/// What is kept of a browser's name for itself, in characters.
const MAX_USER_AGENT: usize = 300;

/// The database, at one moment.
pub struct D1 {
    env: Env,
    db: D1Database,
    now: i64,
    from: Origin,
}

/// From where a person asked; empty for what an agent or the schedule does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    ip_address: String,
    user_agent: String,
    place: String,
}

impl Origin {
    /// From where a request comes, as far as the edge and the browser tell.
    pub fn of(request: &Request) -> Result<Self> {
        let header = |name| request.headers().get(name).map(Option::unwrap_or_default);
        let seen = request.cf().map(|cf| [cf.city(), cf.country()]);
        Ok(Self {
            ip_address: header("cf-connecting-ip")?,
            user_agent: header("user-agent")?.chars().take(MAX_USER_AGENT).collect(),
            place: seen.into_iter().flatten().flatten().collect::<Vec<_>>().join(", "),
        })
    }
}

impl D1 {
    /// Opens the binding. `now` is what rows will say, in Unix milliseconds.
    pub fn new(env: &Env, now: i64) -> Result<Self> {
        Ok(Self { env: env.clone(), db: env.d1("DB")?, now, from: Origin::default() })
    }

    /// As asked for by somebody from there.
    #[must_use]
    pub fn asked_from(self, from: Origin) -> Self {
        Self { from, ..self }
    }

    fn write_down(&self, site: &SiteId, kind: Kind) -> Result<D1PreparedStatement> {
        let Origin { ip_address, user_agent, place } = &self.from;
        let values = [
            site.as_str().into(),
            kind.as_str().into(),
            ip_address.into(),
            user_agent.into(),
            place.into(),
            self.now.into(),
        ];
        d1::prepare(&self.db, WRITE_DOWN, values)
    }

    /// The moment, in Unix milliseconds.
    pub const fn now(&self) -> i64 {
        self.now
    }

    /// For queries that are no part of the protocol.
    pub const fn db(&self) -> &D1Database {
        &self.db
    }
}

fn number(count: impl TryInto<i64>) -> Result<i64> {
    count.try_into().map_err(|_| error::internal("a number too large for the ledger"))
}
