//! Pull requests.

use super::client::{Client, Outcome};
use serde_json::{Map, Value, json};
use std::time::Duration;
use vetka_domain::{
    target::encode_component,
    team::{
        forge::{self, Asked, Failure, Merged, Method, PullRequest},
        project::Repository,
    },
};

/// Bytes of a list of pull requests: each tells of its repository, twice.
const LONGEST_LIST: usize = 2 * 1024 * 1024;
/// Merging takes its time in a large repository.
const MERGING: Duration = Duration::from_secs(20);

/// How a pull request is to be merged.
#[derive(Debug, Clone, Copy)]
pub struct Merge<'a> {
    /// The commit that it has to end with: that of which all was looked at.
    pub head: &'a str,
    /// The first line of the commit.
    pub title: &'a str,
    /// What stands below it, perhaps nothing.
    pub message: &'a str,
    /// Into which form.
    pub method: Method,
}

impl Client {
    /// The pull request of a branch of this repository, whatever became of it: an open one if there is any, or else the
    /// newest.
    pub async fn pull_request_of(&self, repository: &Repository, branch: &str) -> Outcome<Option<PullRequest>> {
        let head = encode_component(&format!("{}:{branch}", repository.owner()));
        let path = format!("/repos/{}/pulls?head={head}&state=all&per_page=30", repository.as_str());
        let url = self.url(&path);
        let answer = self.ask(Asked::Look, self.question(worker::Method::Get, &url).longest(LONGEST_LIST)).await?;
        let mut found = forge::pull_requests(&answer.body).map_err(Failure::Unavailable)?;
        // A filter that GitHub does not understand filters nothing.
        found.retain(|pull_request| pull_request.branch == branch);
        found.sort_by_key(|pull_request| (!pull_request.is_open, std::cmp::Reverse(pull_request.number)));
        Ok(found.into_iter().next())
    }

    /// A pull request, with whether it could be merged.
    pub async fn pull_request(&self, repository: &Repository, number: u64) -> Outcome<PullRequest> {
        let answer = self.get(&format!("/repos/{}/pulls/{number}", repository.as_str())).await?;
        forge::pull_request(&answer.body).map_err(Failure::Unavailable)
    }

    /// Opens a pull request. Not to be repeated: look with [`Self::pull_request_of`] first.
    pub async fn create_pull_request(
        &self,
        repository: &Repository,
        head: &str,
        base: &str,
        title: &str,
        body: &str,
    ) -> Outcome<PullRequest> {
        let path = format!("/repos/{}/pulls", repository.as_str());
        let wish = json!({ "title": title, "head": head, "base": base, "body": body });
        let answer = self.send(Asked::PullRequest, worker::Method::Post, &path, &wish).await?;
        forge::pull_request(&answer.body).map_err(Failure::Unavailable)
    }

    /// Gives a pull request another title or description; what is left out stays as it is.
    pub async fn describe_pull_request(
        &self,
        repository: &Repository,
        number: u64,
        title: Option<&str>,
        body: Option<&str>,
    ) -> Outcome<()> {
        let path = format!("/repos/{}/pulls/{number}", repository.as_str());
        let wish: Map<String, Value> = [("title", title), ("body", body)]
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text?.into())))
            .collect();
        self.send(Asked::PullRequest, worker::Method::Patch, &path, &wish.into()).await?;
        Ok(())
    }

    /// Closes a pull request.
    pub async fn close_pull_request(&self, repository: &Repository, number: u64) -> Outcome<()> {
        let path = format!("/repos/{}/pulls/{number}", repository.as_str());
        self.send(Asked::PullRequest, worker::Method::Patch, &path, &json!({ "state": "closed" })).await?;
        Ok(())
    }

    /// Merges a pull request. Not to be repeated: look with [`Self::pull_request`] first.
    pub async fn merge(&self, repository: &Repository, number: u64, wish: &Merge<'_>) -> Outcome<Merged> {
        let url = self.url(&format!("/repos/{}/pulls/{number}/merge", repository.as_str()));
        let body = json!({
            "sha": wish.head,
            "commit_title": wish.title,
            "commit_message": wish.message,
            "merge_method": wish.method.as_str(),
        });
        let question = self.question(worker::Method::Put, &url).body("application/json", body.to_string());
        let answer = self.ask(Asked::Merge, question.timeout(MERGING)).await?;
        forge::merged(&answer.body).map_err(Failure::Unavailable)
    }
}
