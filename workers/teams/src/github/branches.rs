//! Branches.

use super::client::{Client, Outcome};
use serde_json::json;
use vetka_domain::{
    target::encode_component,
    team::{
        forge::{self, Asked, Comparison, Failure},
        project::Repository,
    },
};
use worker::Method;

/// Bytes of a comparison: GitHub tells of 300 files, with their changes as long as these are not.
const LONGEST_COMPARISON: usize = 8 * 1024 * 1024;

impl Client {
    /// The newest commit of a branch, if it is there.
    pub async fn branch_head(&self, repository: &Repository, branch: &str) -> Outcome<Option<String>> {
        match self.get(&format!("/repos/{}/git/ref/heads/{}", repository.as_str(), encode_component(branch))).await {
            Ok(answer) => Ok(Some(forge::branch_head(&answer.body).map_err(Failure::Unavailable)?)),
            // GitHub says the same of a repository that they may not see.
            Err(Failure::Missing) => self.repository(repository).await.map(|_| None),
            Err(failure) => Err(failure),
        }
    }

    /// Makes a branch that begins with a commit. One that is there with that commit will do.
    pub async fn create_branch(&self, repository: &Repository, branch: &str, sha: &str) -> Outcome<()> {
        let path = format!("/repos/{}/git/refs", repository.as_str());
        let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": sha });
        match self.send(Asked::CreateBranch, Method::Post, &path, &body).await {
            Ok(_) => Ok(()),
            // Whoever may look but not push is told that nothing is there.
            Err(Failure::Missing) => {
                self.repository(repository).await?;
                Err(Failure::NotAllowed)
            }
            // It may have been made, and the answer lost on the way.
            Err(failure @ (Failure::BranchTaken | Failure::Unavailable(_))) => {
                let head = self.branch_head(repository, branch).await?;
                if head.as_deref() == Some(sha) { Ok(()) } else { Err(failure) }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Deletes a branch. One that is not there will do.
    pub async fn delete_branch(&self, repository: &Repository, branch: &str) -> Outcome<()> {
        let url = self.url(&format!("/repos/{}/git/refs/heads/{}", repository.as_str(), encode_component(branch)));
        match self.ask(Asked::DeleteBranch, self.question(Method::Delete, &url)).await {
            Ok(_) => Ok(()),
            Err(failure @ (Failure::Missing | Failure::Unavailable(_))) => {
                match (self.branch_head(repository, branch).await?, failure) {
                    (None, _) => Ok(()),
                    (Some(_), Failure::Missing) => Err(Failure::NotAllowed),
                    (Some(_), failure) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// What `head` has that `base` has not; both are branches or commits. GitHub names 300 files at most.
    pub async fn compare(&self, repository: &Repository, base: &str, head: &str) -> Outcome<Comparison> {
        // The files all come with the first page of the commits, which are not needed.
        let url = self.url(&format!(
            "/repos/{}/compare/{}...{}?per_page=1",
            repository.as_str(),
            encode_component(base),
            encode_component(head)
        ));
        let answer = self.ask(Asked::Look, self.question(Method::Get, &url).longest(LONGEST_COMPARISON)).await?;
        forge::comparison(&answer.body).map_err(Failure::Unavailable)
    }
}
