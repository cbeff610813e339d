//! `teams.json`: the teams that somebody is in, and the sessions that they started. As for [`super::others`] the database writes it.
//! Of secrets only the kinds are told.
//! What was said in a session, and what came of it, is the team's.

use crate::ask::Ask;
use vetka_edge::{Result, d1};

const SELECT: &str = "SELECT json_object(
    'teams', (SELECT json_group_array(json_object('name', o.name, 'role', m.role, 'since', strftime('%Y-%m-%dT%H:%M:%SZ', m.created_at / 1000, 'unixepoch')))
      FROM organization_member m JOIN organization o ON o.id = m.organization_id WHERE m.user_id = ?1),
    'secrets', (SELECT json_group_array(kind) FROM user_secret WHERE user_id = ?1),
    'sessions', (SELECT json_group_array(json_object('id', s.id, 'team', o.name, 'projectName', p.name, 'repository', p.repository,
        'title', s.title, 'status', s.status, 'outcome', s.outcome, 'prUrl', s.pr_url, 'totalCostUsd', s.cost / 1000000.0,
        'startedAt', strftime('%Y-%m-%dT%H:%M:%SZ', s.started_at / 1000, 'unixepoch'),
        'endedAt', strftime('%Y-%m-%dT%H:%M:%SZ', s.ended_at / 1000, 'unixepoch')))
      FROM work_session s JOIN project p ON p.id = s.project_id JOIN organization o ON o.id = s.organization_id WHERE s.user_id = ?1)
    ) AS text, EXISTS (SELECT 1 FROM organization_member WHERE user_id = ?1) OR EXISTS (SELECT 1 FROM work_session WHERE user_id = ?1)
      OR EXISTS (SELECT 1 FROM user_secret WHERE user_id = ?1) AS has_any";

#[derive(d1::FromRow)]
struct Row {
    text: String,
    has_any: i64,
}

/// All of it, as JSON; `None` when there is nothing.
pub async fn read(ask: &Ask, user_id: &str) -> Result<Option<String>> {
    let row: Option<Row> = d1::first(&ask.db()?, SELECT, [user_id.into()]).await?;
    Ok(row.filter(|row| row.has_any == 1).map(|row| row.text))
}
