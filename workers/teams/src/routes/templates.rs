//! Templates: admins have them built, everybody in the organization sees how far they are.

use crate::{
    answer::{self, Answer},
    ask::{Ask, Within},
    organization, project, template,
};
use vetka_domain::{
    limit::{Subject, TEMPLATES},
    team::organization::Right,
};
use vetka_edge::limit::{Rule, take};

/// `POST /api/v1/orgs/:orgId/projects/:projectId/build-template`.
pub async fn build(ask: Ask, Within(organization, id): Within) -> Answer {
    let (viewer, organization) = organization::for_writer(&ask, &organization, Right::ManageProjects).await?;
    let project = project::find(&ask, &organization.id, &id).await?;
    take(ask.env(), &[Rule(TEMPLATES, Subject::Account(&viewer.user_id))]).await?;
    answer::json(202, &template::build(ask.env(), &project.id).await?)
}

/// `GET /api/v1/orgs/:orgId/projects/:projectId/template-status`.
pub async fn status(ask: Ask, Within(organization, id): Within) -> Answer {
    let (_, organization) = organization::for_reader(&ask, &organization, Right::See).await?;
    let project = project::find(&ask, &organization.id, &id).await?;
    answer::json(200, &template::status(ask.env(), &project.id).await?)
}
