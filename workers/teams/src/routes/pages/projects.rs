//! Pages of projects: picking a repository, setting it up, its settings.

use super::{Door, Open, notice, open};
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named, Within},
    github,
    pages::{self, pick::Github},
    project::{self, Project},
    secrets::{self, Kind},
};
use futures::try_join;
use vetka_domain::team::organization::Right;
use vetka_edge::Result;

/// Picking a repository.
pub async fn pick(ask: Ask, Named(id): Named) -> Answer {
    let open = match open(&ask, &id, Right::ManageProjects).await? {
        Door::Open(open) => open,
        Door::Closed(page) => return Ok(page),
    };
    let github = if secrets::is_set(ask.env(), &open.viewer.user_id, Kind::GithubToken).await? {
        Github::Connected
    } else if github::is_offered(&ask) {
        Github::NotConnected
    } else {
        Github::NotOffered
    };
    answer::page(200, pages::pick::show(open.shell(), open.team(), github, notice(&ask)))
}

/// Setting it up.
pub async fn setup(ask: Ask, Within(organization, id): Within) -> Answer {
    let open = match open(&ask, &organization, Right::ManageProjects).await? {
        Door::Open(open) => open,
        Door::Closed(page) => return Ok(page),
    };
    let (project, variables) = read(&ask, &open, &id).await?;
    answer::page(200, pages::setup::show(open.shell(), open.team(), &project, &variables))
}

/// Its settings.
pub async fn settings(ask: Ask, Within(organization, id): Within) -> Answer {
    let open = match open(&ask, &organization, Right::ManageProjects).await? {
        Door::Open(open) => open,
        Door::Closed(page) => return Ok(page),
    };
    let (project, variables) = read(&ask, &open, &id).await?;
    answer::page(200, pages::project::show(open.shell(), open.team(), &project, &variables, notice(&ask)))
}

/// A project, and the names of its variables.
async fn read(ask: &Ask, open: &Open, id: &str) -> Result<(Project, Vec<String>)> {
    let (project, variables) =
        try_join!(project::find(ask, &open.organization.id, id), secrets::variables(ask.env(), id))?;
    Ok((project, variables.into_keys().collect()))
}
