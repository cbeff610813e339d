//! Settings for a repository, proposed from what is in it.

use super::invalid;
use crate::{
    answer::{self, Answer},
    ask::{Ask, Named},
    evidence,
    github::Client,
    organization,
};
use vetka_domain::{
    limit::{PROPOSALS, Subject},
    team::{organization::Right, project::Repository, proposal::propose},
};
use vetka_edge::limit::{Rule, take};

/// `GET /api/v1/orgs/:orgId/proposal`.
pub async fn get(ask: Ask, Named(organization): Named) -> Answer {
    let (viewer, _) = organization::for_reader(&ask, &organization, Right::ManageProjects).await?;
    let repository = ask.param("repository").as_deref().and_then(Repository::parse);
    let repository = repository.ok_or_else(|| invalid("invalid_repository", "Name the repository as owner/name."))?;
    take(ask.env(), &[Rule(PROPOSALS, Subject::Account(&viewer.user_id))]).await?;
    let client = Client::of(ask.env(), &viewer.user_id, ask.request_id()).await?;
    match evidence::gather(&client, &repository).await {
        Ok(evidence) => answer::json(200, &propose(&evidence)),
        Err(failure) => Err(client.refusal(failure).await.into()),
    }
}
