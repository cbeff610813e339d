//! The rows of `custom_domain`. Whoever works at one takes a turn first; what they found is written only when nobody has
//! taken another one meanwhile, so that a stalled look never overwrites what somebody has decided since. What is on its way
//! out waits for whoever was at work then: they may have made something at Cloudflare that has to be undone as well.

use vetka_domain::{
    custom_domain::{Pointing, State, Trouble},
    external::proof::Standing,
};
use vetka_edge::{Result, auth, d1};
use worker::{D1Database, D1PreparedStatement, Env};

/// How long somebody may work at a row before the schedule takes it for abandoned.
const TURN_MS: i64 = 2 * 60_000;

const SELECT_OF_SITE: &str = "SELECT d.id, d.hostname, d.site_id, d.state, d.since, d.proved_at, d.proof_misses,
    d.proof_missing_since, d.proof_lost_at, d.pointing, d.hostname_id, d.hostname_status, d.ssl_status, d.trouble, d.looked_at,
    d.attempts, d.turn, d.linger_until, s.subdomain AS label, s.custom_domain AS served, s.user_id, u.email
    FROM custom_domain d LEFT JOIN site s ON s.id = d.site_id AND s.deleted_at IS NULL LEFT JOIN user u ON u.id = s.user_id
    WHERE d.site_id = ?1";
const SELECT_DUE: &str = "SELECT d.id, d.hostname, d.site_id, d.state, d.since, d.proved_at, d.proof_misses,
    d.proof_missing_since, d.proof_lost_at, d.pointing, d.hostname_id, d.hostname_status, d.ssl_status, d.trouble, d.looked_at,
    d.attempts, d.turn, d.linger_until, s.subdomain AS label, s.custom_domain AS served, s.user_id, u.email
    FROM custom_domain d LEFT JOIN site s ON s.id = d.site_id AND s.deleted_at IS NULL LEFT JOIN user u ON u.id = s.user_id
    WHERE d.due_at <= ?1 ORDER BY d.due_at LIMIT 20";
const SELECT_HOLDER: &str = "SELECT d.id, d.site_id, d.state, d.proof_lost_at, s.user_id FROM custom_domain d
    LEFT JOIN site s ON s.id = d.site_id WHERE d.hostname = ?1 AND d.proved_at IS NOT NULL";
const TAKE_TURN: &str = "UPDATE custom_domain SET turn = turn + 1, busy_until = ?3, due_at = ?3
    WHERE id = ?1 AND turn = ?2 AND (state <> 'leaving' OR busy_until <= ?4) RETURNING turn";
const CLAIM: &str =
    "UPDATE custom_domain SET proved_at = ?3, state = 'unpointed', since = ?3, attempts = 0, trouble = NULL
    WHERE id = ?1 AND turn = ?2 AND state = 'unproven'
    AND NOT EXISTS (SELECT 1 FROM site WHERE site.domain = custom_domain.hostname)";
const SETTLE: &str = "UPDATE custom_domain SET state = ?3, since = ?4, proved_at = ?5, proof_misses = ?6,
    proof_missing_since = ?7, proof_lost_at = ?8, pointing = ?9, hostname_id = ?10, hostname_status = ?11, ssl_status = ?12,
    trouble = ?13, looked_at = ?14, attempts = ?15, due_at = ?16, busy_until = 0 WHERE id = ?1 AND turn = ?2";
const LEAVE: &str =
    "UPDATE custom_domain SET state = 'leaving', since = ?2, attempts = 0, turn = turn + 1, due_at = ?2,
    linger_until = busy_until, busy_until = 0
    WHERE id = ?1 AND state <> 'leaving'";
const LEAVE_LOST: &str =
    "UPDATE custom_domain SET state = 'leaving', since = ?2, attempts = 0, turn = turn + 1, due_at = ?2,
    linger_until = busy_until, busy_until = 0
    WHERE id = ?1 AND state <> 'leaving' AND proof_lost_at IS NOT NULL";
const FORGET: &str = "DELETE FROM custom_domain WHERE id = ?1 AND state = 'leaving'";

/// A row, with what its site says.
#[derive(Debug, Clone, d1::FromRow)]
pub struct Row {
    /// Opaque.
    pub id: String,
    /// `www.ann.example`.
    pub hostname: String,
    /// Which may be gone.
    pub site_id: String,
    state: String,
    /// Since when it is in that state, Unix milliseconds UTC.
    pub since: i64,
    /// When the proof was last seen, Unix milliseconds UTC.
    pub proved_at: Option<i64>,
    proof_misses: i64,
    proof_missing_since: Option<i64>,
    /// When the proof had been missing for too long, Unix milliseconds UTC.
    pub proof_lost_at: Option<i64>,
    pointing: Option<String>,
    /// At Cloudflare.
    pub hostname_id: Option<String>,
    /// In Cloudflare's words.
    pub hostname_status: String,
    /// In Cloudflare's words.
    pub ssl_status: String,
    trouble: Option<String>,
    /// Unix milliseconds UTC.
    pub looked_at: Option<i64>,
    /// Looks in this state.
    pub attempts: i64,
    /// Counts every change.
    pub turn: i64,
    /// Until when somebody may still be making things for a domain that is on its way out, Unix milliseconds UTC.
    pub linger_until: i64,
    /// The site's label; `None` when the site is gone.
    pub label: Option<String>,
    /// The domain in the site's settings.
    pub served: Option<String>,
    /// Whose site it is; `None` when it is gone.
    pub user_id: Option<String>,
    /// Their address.
    pub email: Option<String>,
}

/// Who has proven a domain.
#[derive(Debug, d1::FromRow)]
pub struct Holder {
    /// Of the row.
    pub id: String,
    /// Which may be gone.
    pub site_id: String,
    state: String,
    /// When their proof had been missing for too long, Unix milliseconds UTC.
    pub proof_lost_at: Option<i64>,
    /// `None` when their site is gone.
    pub user_id: Option<String>,
}

#[derive(d1::FromRow)]
struct Turn {
    turn: i64,
}

impl Holder {
    /// How far it has got.
    pub fn state(&self) -> State {
        State::from_column(&self.state)
    }
}

impl Row {
    /// How far it has got.
    pub fn state(&self) -> State {
        State::from_column(&self.state)
    }

    /// Moves it on. What is counted within a state begins anew.
    pub fn enter(&mut self, state: State, now: i64) {
        if self.state() != state {
            (self.since, self.attempts) = (now, 0);
            state.as_str().clone_into(&mut self.state);
        }
    }

    /// Where it led at the last look.
    pub fn pointing(&self) -> Option<Pointing> {
        self.pointing.as_deref().and_then(Pointing::from_column)
    }

    /// Writes down where it leads; that nobody can tell changes nothing.
    pub fn point(&mut self, pointing: Option<Pointing>) {
        if let Some(pointing) = pointing {
            self.pointing = Some(pointing.as_str().to_owned());
        }
    }

    /// What stood in the way of the last look.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.as_deref().and_then(Trouble::from_column)
    }

    /// Writes down what stands in the way.
    pub fn meet(&mut self, trouble: Option<Trouble>) {
        self.trouble = trouble.map(|trouble| trouble.as_str().to_owned());
    }

    /// How its proof stands.
    pub fn standing(&self) -> Standing {
        Standing { misses: self.proof_misses, missing_since: self.proof_missing_since, lost_at: self.proof_lost_at }
    }

    /// Writes down how its proof stands.
    pub fn stand(&mut self, Standing { misses, missing_since, lost_at }: Standing) {
        (self.proof_misses, self.proof_missing_since, self.proof_lost_at) = (misses, missing_since, lost_at);
    }

    /// Whether the site's settings name it.
    pub fn is_served(&self) -> bool {
        self.served.as_deref() == Some(self.hostname.as_str())
    }
}

/// The domains of a site, which may be gone: the one that it has, and what it had that is still on its way out.
pub async fn of_site(db: &D1Database, site_id: &str) -> Result<Vec<Row>> {
    d1::all(db, SELECT_OF_SITE, [site_id.into()]).await
}

/// What the schedule should look at.
pub async fn due(env: &Env, now: i64) -> Result<Vec<Row>> {
    d1::all(&env.d1(auth::DB)?, SELECT_DUE, [now.into()]).await
}

/// Who has proven a domain.
pub async fn holder(db: &D1Database, hostname: &str) -> Result<Option<Holder>> {
    d1::first(db, SELECT_HOLDER, [hostname.into()]).await
}

/// Takes a turn at a row; `None` when somebody else was faster. Undoing is done by one at a time.
pub async fn take_turn(db: &D1Database, mut row: Row, now: i64) -> Result<Option<Row>> {
    let values = [(&row.id).into(), row.turn.into(), (now + TURN_MS).into(), now.into()];
    let taken: Option<Turn> = d1::first(db, TAKE_TURN, values).await?;
    Ok(taken.map(|Turn { turn }| {
        row.turn = turn;
        row
    }))
}

/// The statement that makes a domain its owner's. A UNIQUE constraint refuses it when somebody else has it; when somebody
/// has connected it as a website, it changes nothing.
pub fn claim(db: &D1Database, row: &Row, now: i64) -> Result<D1PreparedStatement> {
    d1::prepare(db, CLAIM, [(&row.id).into(), row.turn.into(), now.into()])
}

/// The statement that writes a row as it was found, if it is still this one's turn.
pub fn settle(db: &D1Database, row: &Row, due_at: i64) -> Result<D1PreparedStatement> {
    let values = [
        (&row.id).into(),
        row.turn.into(),
        (&row.state).into(),
        row.since.into(),
        row.proved_at.into(),
        row.proof_misses.into(),
        row.proof_missing_since.into(),
        row.proof_lost_at.into(),
        row.pointing.as_deref().into(),
        row.hostname_id.as_deref().into(),
        (&row.hostname_status).into(),
        (&row.ssl_status).into(),
        row.trouble.as_deref().into(),
        row.looked_at.into(),
        row.attempts.into(),
        due_at.into(),
    ];
    d1::prepare(db, SETTLE, values)
}

/// The statement that sends a domain on its way out.
pub fn leave(db: &D1Database, id: &str, now: i64) -> Result<D1PreparedStatement> {
    d1::prepare(db, LEAVE, [id.into(), now.into()])
}

/// The same, unless its proof was found meanwhile.
pub fn leave_lost(db: &D1Database, id: &str, now: i64) -> Result<D1PreparedStatement> {
    d1::prepare(db, LEAVE_LOST, [id.into(), now.into()])
}

/// Forgets what is undone. Only now may somebody else have the domain.
pub async fn forget(db: &D1Database, row: &Row) -> Result<()> {
    d1::run(db, FORGET, [(&row.id).into()]).await
}
