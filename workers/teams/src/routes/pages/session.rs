//! `/session/:sessionId`: the page of a session, for whoever is in its organization.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    organization,
    pages::{Team, session},
};
use vetka_app::facts;
use vetka_domain::team::{organization::Role, preview, session::Status};
use vetka_edge::{config, d1, id};

const SELECT: &str = "SELECT s.id, s.organization_id, o.name AS organization, p.name AS project, s.status, m.role
    FROM work_session s
    JOIN organization_member m ON m.organization_id = s.organization_id AND m.user_id = ?2
    JOIN organization o ON o.id = s.organization_id
    JOIN project p ON p.id = s.project_id
    WHERE s.id = ?1";

#[derive(d1::FromRow)]
struct Row {
    id: String,
    organization_id: String,
    organization: String,
    project: String,
    #[column(parse)]
    status: Status,
    #[column(parse)]
    role: Role,
}

/// `GET /session/:sessionId`.
pub async fn show(ask: Ask, Named(id): Named) -> Answer {
    let viewer = ask.page_viewer().await?;
    let row: Option<Row> = d1::first(&ask.db()?, SELECT, [(&id).into(), (&viewer.user_id).into()]).await?;
    let row = row.ok_or_else(organization::no_session)?;
    let facts = facts::of_viewer(&ask, &viewer.user_id).await?;
    let view = session::View {
        id: &row.id,
        project: &row.project,
        team: Team { id: &row.organization_id, name: &row.organization, is_admin: row.role == Role::Admin },
        viewer: &viewer.user_id,
        status: row.status,
        preview: &preview_of(&ask).unwrap_or_default(),
    };
    answer::page(200, session::page(facts.shell(), view))
}

/// The origin of the preview that a request's page shows; `None` for any other page than a session's.
pub fn preview_of(ask: &Ask) -> Option<String> {
    let id = ask.target().path.strip_prefix("/session/").filter(|id| id::is_id(id))?;
    Some(preview::origin(&config::optional(ask.env(), "PREVIEW_ORIGIN")?, id))
}
