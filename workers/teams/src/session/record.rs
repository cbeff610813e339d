//! What the database is told of a session: for lists, for the history, for what an organization may spend in a month, and for
//! how long things usually take.

use super::Object;
use vetka_domain::team::session::{self, Phase};
use vetka_edge::{Result, auth, d1, time};

const TELL: &str = "UPDATE work_session SET status = ?2, outcome = ?3, pr_url = ?4, commit_sha = ?5, tokens_in = ?6,
    tokens_out = ?7, cost = ?8, title = ?9, ended_at = COALESCE(ended_at, ?10), held = ?11 WHERE id = ?1";
const SANDBOX_MADE: &str = "UPDATE work_session SET sandbox_id = ?2, sandbox_gone_at = NULL WHERE id = ?1";
const SANDBOX_GONE: &str = "UPDATE work_session SET sandbox_gone_at = ?2 WHERE id = ?1";
/// What is spent and set aside, if the organization's month has room for it.
const HOLD: &str = "UPDATE work_session SET cost = ?2, held = ?3 WHERE id = ?1 AND NOT EXISTS (
      SELECT 1 FROM organization o WHERE o.id = work_session.organization_id AND o.monthly_budget IS NOT NULL AND ?3 > 0
      AND o.monthly_budget < ?2 + ?3 + (SELECT COALESCE(sum(other.cost + other.held), 0) FROM work_session other
        WHERE other.organization_id = work_session.organization_id AND other.started_at >= ?4 AND other.id <> ?1))
    RETURNING id";
const TOOK: &str =
    "INSERT INTO session_phase (project_id, phase, took_ms, at) SELECT id, ?2, ?3, ?4 FROM project WHERE id = ?1";
const USUAL: &str = "SELECT took_ms FROM session_phase WHERE project_id = ?1 AND phase = ?2 ORDER BY at DESC LIMIT 9";

impl Object {
    /// Brings the database up to what is known here.
    pub(super) async fn tell_database(&self) -> Result<()> {
        let memory = self.known()?;
        if memory.is_told {
            return Ok(());
        }
        let title = self.store.turn(1)?.map(|turn| first_line(&turn.said)).unwrap_or_default();
        let tokens = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let values = [
            (&memory.begin.id).into(),
            memory.status.as_str().into(),
            memory.outcome.map(session::Outcome::as_str).into(),
            memory.pr_url.as_deref().into(),
            memory.commit_sha.as_deref().into(),
            tokens(memory.tokens_in).into(),
            tokens(memory.tokens_out).into(),
            memory.ledger.spent().as_i64().into(),
            (&title).into(),
            memory.status.is_over().then(time::now_ms).into(),
            if memory.status.is_over() { 0 } else { memory.ledger.reserved().as_i64() }.into(),
        ];
        d1::run(&self.env.d1(auth::DB)?, TELL, values).await?;
        self.change(|memory| memory.is_told = true)
    }

    pub(super) async fn mark_sandbox_gone(&self) -> Result<()> {
        let id = self.known()?.begin.id;
        d1::run(&self.env.d1(auth::DB)?, SANDBOX_GONE, [(&id).into(), time::now_ms().into()]).await
    }
}

/// What the session cost, and what it is called by what was asked for first.
pub(super) async fn spent(object: &Object) -> Result<()> {
    object.change(|memory| memory.is_told = false)?;
    object.tell_database().await
}

/// A sandbox is there: from now on somebody has to see to its end.
pub(super) async fn sandbox_made(object: &Object, sandbox_id: &str) -> Result<()> {
    let id = object.known()?.begin.id;
    d1::run(&object.env.d1(auth::DB)?, SANDBOX_MADE, [(&id).into(), sandbox_id.into()]).await
}

/// Tells what is spent and set aside; false when the organization's month has no room for it.
pub(super) async fn hold(object: &Object) -> Result<bool> {
    let memory = object.known()?;
    let month = time::month_start(time::now_ms());
    let (spent, held) = (memory.ledger.spent().as_i64(), memory.ledger.reserved().as_i64());
    let values = [(&memory.begin.id).into(), spent.into(), held.into(), month.into()];
    let row: Option<Id> = d1::first(&object.env.d1(auth::DB)?, HOLD, values).await?;
    Ok(row.is_some())
}

/// Remembers how long the phase took that ends now. Nothing hangs on it.
pub(super) async fn took(object: &Object) {
    let told = async {
        let memory = object.known()?;
        let now = time::now_ms();
        let values = [
            (&memory.begin.project_id).into(),
            memory.phase.as_str().into(),
            (now - memory.phase_since).into(),
            now.into(),
        ];
        d1::run(&object.env.d1(auth::DB)?, TOOK, values).await
    };
    if let Err(failure) = told.await {
        failure.log("session");
    }
}

/// How long the phase at hand usually takes, in words.
pub(super) async fn usual(object: &Object) -> Option<String> {
    let memory = object.memory().ok()??;
    let found = of_phase(object, &memory.begin.project_id, memory.phase).await;
    session::usual(found.ok()?).map(session::about)
}

async fn of_phase(object: &Object, project_id: &str, phase: Phase) -> Result<Vec<i64>> {
    let values = [project_id.into(), phase.as_str().into()];
    let rows: Vec<Took> = d1::all(&object.env.d1(auth::DB)?, USUAL, values).await?;
    Ok(rows.into_iter().map(|row| row.took_ms).collect())
}

/// What a list shows of a first message.
fn first_line(said: &str) -> String {
    let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let short: String = line.chars().take(120).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}

#[derive(d1::FromRow)]
struct Took {
    took_ms: i64,
}

#[derive(d1::FromRow)]
struct Id {
    #[column(name = "id")]
    _id: String,
}
