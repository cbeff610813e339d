//! What is in a repository.

use super::client::{Client, Outcome};
use vetka_domain::{
    target::encode_component,
    team::{
        forge::{self, Asked, Entry, Failure},
        project::Repository,
    },
};
use worker::Method;

impl Client {
    /// What is in a folder, at most a thousand of it; nothing when there is no such folder. The top one's path is empty.
    pub async fn folder(&self, repository: &Repository, path: &str, reference: &str) -> Outcome<Vec<Entry>> {
        match self.get(&contents(repository, path, reference)).await {
            Ok(answer) => Ok(forge::entries(&answer.body).map_err(Failure::Unavailable)?.unwrap_or_default()),
            // An empty repository has no top folder either.
            Err(Failure::Missing) => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    /// A file of at most so many bytes; `None` when there is no such file or it is no text.
    pub async fn file(
        &self,
        repository: &Repository,
        path: &str,
        reference: &str,
        longest: usize,
    ) -> Outcome<Option<String>> {
        let url = self.url(&contents(repository, path, reference));
        let question = self.question(Method::Get, &url).header("accept", "application/vnd.github.raw+json");
        match self.ask(Asked::Look, question.longest(longest)).await {
            // A folder is told as JSON all the same.
            Ok(answer) if !answer.header("content-type").is_some_and(|kind| kind.contains("raw")) => Ok(None),
            Ok(answer) => Ok(String::from_utf8(answer.body).ok()),
            Err(Failure::Missing) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn contents(repository: &Repository, path: &str, reference: &str) -> String {
    let path: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(encode_component).collect();
    let slash = if path.is_empty() { "" } else { "/" };
    let reference = encode_component(reference);
    format!("/repos/{}/contents{slash}{}?ref={reference}", repository.as_str(), path.join("/"))
}
