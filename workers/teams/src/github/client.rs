//! Questions to GitHub's REST API with somebody's token. Each answer is read into what is needed of it; each refusal says
//! what a person can do. What is asked of a branch, a pull request or a file stands in the files beside this one.

use super::connection;
use crate::{contract::Repository, secrets};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use vetka_domain::team::{
    forge::{Asked, Failure, Reply},
    project,
};
use vetka_edge::{
    Error, Result, config,
    outside::{Answer, Question},
    time,
};
use worker::{Env, Method};

/// The version of the API that the answers are read in.
const API_VERSION: &str = "2022-11-28";
/// Bytes of a page of repositories: each is some 6 KB.
const LONGEST: usize = 2 * 1024 * 1024;
/// Repositories of a page.
const PER_PAGE: usize = 50;
/// Pages of GitHub's that one search looks through.
const SEARCH_PAGES: usize = 6;

/// What GitHub answered, or why it did not.
pub type Outcome<T> = core::result::Result<T, Failure>;

/// Somebody at GitHub.
pub struct Client {
    env: Env,
    api: String,
    token: String,
    user_id: String,
    request_id: String,
}

/// A part of a list.
pub struct Page<T> {
    /// What it has.
    pub items: Vec<T>,
    /// The number of the next part.
    pub next: Option<usize>,
}

impl Client {
    /// For somebody who has connected GitHub. What goes wrong is written down under `request_id`.
    ///
    /// # Errors
    /// 409 `github_not_connected`.
    pub async fn of(env: &Env, user_id: &str, request_id: &str) -> Result<Self> {
        Ok(Self {
            env: env.clone(),
            api: config::var(env, "GITHUB_API_URL")?,
            token: connection::token(env, user_id).await?,
            user_id: user_id.to_owned(),
            request_id: request_id.to_owned(),
        })
    }

    /// What they are called there.
    pub async fn login(&self) -> Outcome<String> {
        #[derive(Deserialize)]
        struct User {
            login: String,
        }
        let user: User = read(&self.get("/user").await?)?;
        Ok(user.login)
    }

    /// The repositories that they can push to or see, newest push first. `search` is a part of the full name.
    pub async fn repositories(&self, page: usize, search: &str) -> Outcome<Page<Repository>> {
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
    pub async fn repository(&self, repository: &project::Repository) -> Outcome<Repository> {
        let found: Found = read(&self.get(&format!("/repos/{}", repository.as_str())).await?)?;
        Ok(found.into_json())
    }

    /// Looks at something.
    pub(super) async fn get(&self, path: &str) -> Outcome<Answer> {
        self.ask(Asked::Look, self.question(Method::Get, &self.url(path)).longest(LONGEST)).await
    }

    /// Changes something.
    pub(super) async fn send(&self, asked: Asked, method: Method, path: &str, body: &Value) -> Outcome<Answer> {
        let url = self.url(path);
        self.ask(asked, self.question(method, &url).body("application/json", body.to_string())).await
    }

    /// A question, for who wants more of it than [`Self::get`].
    pub(super) fn question<'a>(&self, method: Method, url: &'a str) -> Question<'a> {
        Question::new(method, url)
            .header("accept", "application/vnd.github+json")
            .header("authorization", format!("Bearer {}", self.token))
            .header("x-github-api-version", API_VERSION)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    /// Asks; whatever is no success is a failure.
    pub(super) async fn ask(&self, asked: Asked, question: Question<'_>) -> Outcome<Answer> {
        let answer = question.ask().await.map_err(Failure::Unavailable)?;
        if (200..=299).contains(&answer.status) {
            return Ok(answer);
        }
        let [retry_after, remaining, reset, sso] =
            ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-github-sso"]
                .map(|name| answer.header(name));
        Err(Failure::of(
            asked,
            &Reply {
                status: answer.status,
                body: &answer.body,
                retry_after: retry_after.as_deref(),
                remaining: remaining.as_deref(),
                reset: reset.as_deref(),
                sso: sso.as_deref(),
                now: time::now_ms(),
            },
        ))
    }

    /// The failure as a refusal in words. A token that is not good any more is forgotten, so that the way to connect shows.
    pub async fn refusal(&self, failure: Failure) -> Error {
        let (status, code) = failure.code();
        let refusal = Error::new(status, code, failure.sentence());
        match failure {
            Failure::Revoked => {
                if let Err(kept) = secrets::forget(&self.env, &self.user_id, secrets::Kind::GithubToken).await {
                    kept.log(&self.request_id);
                }
                connection::with_way(refusal)
            }
            Failure::Later(seconds) => refusal.with_header("retry-after", seconds.to_string()),
            Failure::Unavailable(cause) => Error { internal: Some(cause), ..refusal },
            _ => refusal,
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

fn read<T: DeserializeOwned>(answer: &Answer) -> Outcome<T> {
    serde_json::from_slice(&answer.body)
        .map_err(|failure| Failure::Unavailable(format!("unreadable at {}:{}", failure.line(), failure.column())))
}
