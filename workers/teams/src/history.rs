//! The sessions that an organization has and had, as the database keeps them for lists. What is said in one, and its money
//! while it goes on, live in its own object.

use crate::{ask::Ask, contract};
use vetka_app::paging::Wanted;
use vetka_domain::team::{
    project::dollars,
    session::{Outcome, Status},
};
use vetka_edge::{Result, d1, time};

/// By the newest first. What is searched for is no pattern, so nothing in it has to be escaped.
const SELECT: &str =
    "SELECT s.seq, s.id, s.organization_id, s.project_id, p.name AS project_name, s.title, s.branch, s.status,
    s.outcome, s.pr_url, s.commit_sha, s.tokens_in, s.tokens_out, s.cost, s.started_at, s.ended_at, u.id AS user_id,
    COALESCE(NULLIF(u.name, ''), u.handle, substr(u.email, 1, instr(u.email, '@') - 1)) AS user_name
    FROM work_session s JOIN project p ON p.id = s.project_id LEFT JOIN user u ON u.id = s.user_id
    WHERE s.organization_id = ?1 AND s.seq < ?2
    AND (?3 = '' OR instr(lower(s.title), ?3) > 0 OR instr(lower(p.name), ?3) > 0
      OR instr(lower(COALESCE(NULLIF(u.name, ''), u.handle, substr(u.email, 1, instr(u.email, '@') - 1))), ?3) > 0)
    ORDER BY s.seq DESC LIMIT ?4";
const SELECT_ONE: &str =
    "SELECT s.seq, s.id, s.organization_id, s.project_id, p.name AS project_name, s.title, s.branch, s.status,
    s.outcome, s.pr_url, s.commit_sha, s.tokens_in, s.tokens_out, s.cost, s.started_at, s.ended_at, u.id AS user_id,
    COALESCE(NULLIF(u.name, ''), u.handle, substr(u.email, 1, instr(u.email, '@') - 1)) AS user_name
    FROM work_session s JOIN project p ON p.id = s.project_id LEFT JOIN user u ON u.id = s.user_id WHERE s.id = ?1";
const SELECT_ACTIVE_OF_PROJECT: &str =
    "SELECT s.seq, s.id, s.organization_id, s.project_id, p.name AS project_name, s.title,
    s.branch, s.status, s.outcome, s.pr_url, s.commit_sha, s.tokens_in, s.tokens_out, s.cost, s.started_at, s.ended_at,
    u.id AS user_id, COALESCE(NULLIF(u.name, ''), u.handle, substr(u.email, 1, instr(u.email, '@') - 1)) AS user_name
    FROM work_session s JOIN project p ON p.id = s.project_id LEFT JOIN user u ON u.id = s.user_id
    WHERE s.project_id = ?1 AND s.organization_id = ?2 AND s.status IN ('STARTING', 'RUNNING', 'STOPPING')
    ORDER BY s.seq DESC LIMIT 50";
const SELECT_ACTIVE: &str = "SELECT s.seq, s.id, s.organization_id, s.project_id, p.name AS project_name, s.title,
    s.branch, s.status, s.outcome, s.pr_url, s.commit_sha, s.tokens_in, s.tokens_out, s.cost, s.started_at, s.ended_at,
    u.id AS user_id, COALESCE(NULLIF(u.name, ''), u.handle, substr(u.email, 1, instr(u.email, '@') - 1)) AS user_name
    FROM project p JOIN work_session s ON s.project_id = p.id LEFT JOIN user u ON u.id = s.user_id
    WHERE p.organization_id = ?1 AND s.status IN ('STARTING', 'RUNNING', 'STOPPING')
    ORDER BY s.seq DESC LIMIT 200";
const SELECT_SPENT: &str = "SELECT COALESCE(SUM(cost), 0) AS micro FROM work_session WHERE organization_id = ?1
    AND started_at >= unixepoch(?2 / 1000, 'unixepoch', 'start of month') * 1000";

/// Characters of what is searched for.
const MAX_SEARCH: usize = 100;

/// A session, for a list.
#[derive(d1::FromRow)]
pub struct Row {
    seq: i64,
    /// Opaque.
    pub id: String,
    organization_id: String,
    /// What it works on.
    pub project_id: String,
    /// What people call that.
    pub project_name: String,
    /// The first thing that was asked for.
    pub title: String,
    branch: String,
    /// How it is doing.
    #[column(parse)]
    pub status: Status,
    /// What became of its work.
    #[column(parse)]
    pub outcome: Option<Outcome>,
    /// The pull request's page.
    pub pr_url: Option<String>,
    commit_sha: Option<String>,
    tokens_in: i64,
    tokens_out: i64,
    /// Micro-dollars.
    pub cost: i64,
    /// Unix milliseconds UTC.
    pub started_at: i64,
    /// Unix milliseconds UTC.
    pub ended_at: Option<i64>,
    user_id: Option<String>,
    /// Who started it, as the others call them.
    pub user_name: Option<String>,
}

impl Row {
    /// As JSON.
    pub fn into_json(self) -> contract::Session {
        contract::Session {
            id: self.id,
            org_id: self.organization_id,
            project_id: self.project_id,
            project_name: self.project_name,
            title: self.title,
            branch_name: self.branch,
            status: self.status.as_str(),
            outcome: self.outcome.map(Outcome::as_str),
            pr_url: self.pr_url,
            commit_sha: self.commit_sha,
            started_by: self.user_id.zip(self.user_name).map(|(id, name)| contract::Person { id, name }),
            total_tokens_in: self.tokens_in,
            total_tokens_out: self.tokens_out,
            total_cost_usd: dollars(self.cost),
            started_at: time::rfc3339(self.started_at),
            ended_at: self.ended_at.map(time::rfc3339),
        }
    }
}

/// A part of an organization's sessions, and the cursor of the next one. `search` is a part of what was asked for, of the
/// project's name, or of who started it; it may be empty.
pub async fn list(
    ask: &Ask,
    organization_id: &str,
    search: &str,
    wanted: Wanted,
) -> Result<(Vec<Row>, Option<String>)> {
    // The database knows upper and lower case of ASCII only; so do we here.
    let search: String = search.trim().chars().take(MAX_SEARCH).collect::<String>().to_ascii_lowercase();
    let values = [organization_id.into(), wanted.before().into(), (&search).into(), wanted.to_fetch().into()];
    let mut rows: Vec<Row> = d1::all(&ask.db()?, SELECT, values).await?;
    let next = wanted.cut(&mut rows, |row| row.seq);
    Ok((rows, next))
}

/// One. Whether whoever asks may see it is for the caller to know.
///
/// # Errors
/// 404 when there is none of that id.
pub async fn one(ask: &Ask, id: &str) -> Result<contract::Session> {
    let row: Option<Row> = d1::first(&ask.db()?, SELECT_ONE, [id.into()]).await?;
    Ok(row.ok_or_else(crate::organization::no_session)?.into_json())
}

/// Those of a project that go on.
pub async fn active_of_project(ask: &Ask, organization_id: &str, project_id: &str) -> Result<Vec<Row>> {
    d1::all(&ask.db()?, SELECT_ACTIVE_OF_PROJECT, [project_id.into(), organization_id.into()]).await
}

/// Those of all projects of an organization that go on.
pub async fn active(ask: &Ask, organization_id: &str) -> Result<Vec<Row>> {
    d1::all(&ask.db()?, SELECT_ACTIVE, [organization_id.into()]).await
}

/// Micro-dollars that the sessions of an organization have cost which began in this calendar month, in UTC.
pub async fn spent_this_month(ask: &Ask, organization_id: &str) -> Result<i64> {
    let sum: Option<Sum> = d1::first(&ask.db()?, SELECT_SPENT, [organization_id.into(), ask.now().into()]).await?;
    Ok(sum.map_or(0, |sum| sum.micro))
}

#[derive(d1::FromRow)]
struct Sum {
    micro: i64,
}
