//! The sessions that an organization has and had, and those of a project that go on: whoever starts one is told of them.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Named, Within},
    contract::{ActiveSessions, Sessions},
    history, organization, project,
};
use vetka_app::paging::Wanted;
use vetka_domain::team::organization::Right;

/// `GET /api/v1/orgs/:orgId/sessions`.
pub async fn list(ask: Ask, Named(id): Named) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &id, Right::See).await?;
    let wanted = Wanted::parse(ask.param("limit").as_deref(), ask.param("cursor").as_deref())?;
    let search = ask.param("q").unwrap_or_default();
    let (rows, next_cursor) = history::list(&ask, &organization.id, &search, wanted).await?;
    answer::json(200, &Sessions { sessions: rows.into_iter().map(history::Row::into_json).collect(), next_cursor })
}

/// `GET /api/v1/orgs/:orgId/projects/:projectId/active-sessions`.
pub async fn active(ask: Ask, Within(organization, id): Within) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &organization, Right::See).await?;
    let project = project::find(&ask, &organization.id, &id).await?;
    let rows = history::active_of_project(&ask, &organization.id, &project.id).await?;
    answer::json(200, &ActiveSessions { sessions: rows.into_iter().map(history::Row::into_json).collect() })
}
