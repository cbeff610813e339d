//! Questions to GitHub's REST API with somebody's token. Each answer is read into what is needed of it; each refusal says
//! what a person can do.

use super::connection;
use crate::{ask::Ask, contract::Repository, secrets};
use serde::{Deserialize, de::DeserializeOwned};
use vetka_domain::team::project;
use vetka_edge::{
    Error, Result, config, error,
    outside::{Answer, Question},
};
use worker::Method;

/// The version of the API that the answers are read in.
const API_VERSION: &str = "2022-11-28";
/// Bytes of a page of repositories: each is some 6 KB.
const LONGEST: usize = 2 * 1024 * 1024;
/// Repositories of a page.
const PER_PAGE: usize = 50;
/// Pages of GitHub's that one search looks through.
const SEARCH_PAGES: usize = 6;

/// Somebody at GitHub.
pub struct Client {
    api: String,
    token: String,
    user_id: String,
}

/// A part of a list.
pub struct Page<T> {
    /// What it has.
    pub items: Vec<T>,
    /// The number of the next part.
    pub next: Option<usize>,
}

/// Why GitHub did not do it.
#[derive(Debug)]
pub enum Failure {
    /// The token is not good any more.
    Revoked,
    /// There is no such thing, or not for them.
    Missing,
    /// They asked too often.
    Later,
    /// It refuses, with its own words.
    Refused(String),
    /// It did not answer, or not so that it can be read.
    Unavailable(String),
}

impl Client {
    /// For somebody who has connected GitHub.
    ///
    /// # Errors
    /// 409 `github_not_connected`.
    pub async fn of(ask: &Ask, user_id: &str) -> Result<Self> {
        let token = connection::token(ask, user_id).await?;
        Ok(Self { api: config::var(ask.env(), "GITHUB_API_URL")?, token, user_id: user_id.to_owned() })
    }

    /// What they are called there.
    pub async fn login(&self) -> core::result::Result<String, Failure> {
        #[derive(Deserialize)]
        struct User {
            login: String,
        }
        let user: User = read(&self.get("/user").await?)?;
        Ok(user.login)
    }

    /// The repositories that they can push to or see, newest push first. `search` is a part of the full name.
    pub async fn repositories(&self, page: usize, search: &str) -> core::result::Result<Page<Repository>, Failure> {
        let search = search.to_lowercase();
        let mut items = Vec::new();
        let mut number = page.max(1);
        // GitHub's list has no search of its own. A part of it that holds nothing wanted is no reason to stop.
        for _ in 0..SEARCH_PAGES {
            let answer = self.get(&format!("/user/repos?per_page={PER_PAGE}&page={number}&sort=pushed")).await?;
            let is_last = !answer.header("link").is_some_and(|link| link.contains("rel=\"next\""));
            let found: Vec<Found> = read(&answer)?;
            items.extend(
                found
                    .into_iter()
                    .filter(|found| found.full_name.to_lowercase().contains(&search))
                    .map(Found::into_json),
            );
            if is_last {
                return Ok(Page { items, next: None });
            }
            number += 1;
            if search.is_empty() || items.len() >= PER_PAGE {
                break;
            }
        }
        Ok(Page { items, next: Some(number) })
    }

    /// One repository.
    pub async fn repository(&self, repository: &project::Repository) -> core::result::Result<Repository, Failure> {
        let found: Found = read(&self.get(&format!("/repos/{}", repository.as_str())).await?)?;
        Ok(found.into_json())
    }

    async fn get(&self, path: &str) -> core::result::Result<Answer, Failure> {
        let url = format!("{}{path}", self.api);
        let asked = Question::new(Method::Get, &url)
            .header("accept", "application/vnd.github+json")
            .header("authorization", format!("Bearer {}", self.token))
            .header("x-github-api-version", API_VERSION)
            .longest(LONGEST)
            .ask()
            .await;
        judged(asked.map_err(Failure::Unavailable)?)
    }

    /// The failure as a refusal in words. A token that is not good any more is forgotten, so that the way to connect shows.
    pub async fn refusal(&self, ask: &Ask, failure: Failure) -> Error {
        match failure {
            Failure::Revoked => {
                if let Err(kept) = secrets::forget(ask, &self.user_id, secrets::Kind::GithubToken).await {
                    kept.log(ask.request_id());
                }
                connection::not_connected()
            }
            Failure::Missing => error::not_found("GitHub knows no such repository, or you may not see it there."),
            Failure::Later => Error::new(
                503,
                "github_busy",
                "GitHub has been asked a lot for you and wants a pause. Try again in a few minutes.",
            )
            .with_header("retry-after", "120"),
            Failure::Refused(words) => Error::new(422, "github_refused", format!("GitHub refuses: {words}")),
            Failure::Unavailable(cause) => {
                error::upstream("github_unavailable", "GitHub is not answering. Try again in a minute.", cause)
            }
        }
    }
}

/// A repository, as GitHub tells of it.
#[derive(Deserialize)]
struct Found {
    full_name: String,
    description: Option<String>,
    private: bool,
    default_branch: String,
    html_url: String,
    pushed_at: Option<String>,
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

impl Found {
    fn into_json(self) -> Repository {
        Repository {
            full_name: self.full_name,
            description: self.description.filter(|text| !text.is_empty()),
            private: self.private,
            default_branch: self.default_branch,
            // It becomes a link.
            url: Some(self.html_url)
                .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
                .unwrap_or_default(),
            can_push: !self.archived && self.permissions.is_some_and(|permissions| permissions.push),
            pushed_at: self.pushed_at,
        }
    }
}

fn judged(answer: Answer) -> core::result::Result<Answer, Failure> {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    let is_limit =
        answer.header("retry-after").is_some() || answer.header("x-ratelimit-remaining").as_deref() == Some("0");
    match answer.status {
        200..=299 => Ok(answer),
        401 => Err(Failure::Revoked),
        404 => Err(Failure::Missing),
        403 | 429 if is_limit || answer.status == 429 => Err(Failure::Later),
        400..=499 => {
            let said = serde_json::from_slice::<Said>(&answer.body).map(|said| said.message).unwrap_or_default();
            Err(Failure::Refused(words(&said)))
        }
        status => Err(Failure::Unavailable(format!("status {status}"))),
    }
}

/// GitHub's own words, as a person may read them: some of them, on one line.
fn words(said: &str) -> String {
    let words: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if words.trim().is_empty() { "it does not say why.".to_owned() } else { words }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> core::result::Result<T, Failure> {
    serde_json::from_slice(&answer.body)
        .map_err(|failure| Failure::Unavailable(format!("unreadable at {}:{}", failure.line(), failure.column())))
}
