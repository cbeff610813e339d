//! People's keys and tokens, and projects' variables, sealed in their rows. They are opened only where they are used, and
//! never go back to a browser.

use std::collections::BTreeMap;
use vetka_edge::{
    Result, auth, d1,
    seal::{self, Sealed},
};
use worker::{D1Database, D1PreparedStatement, Env};

/// The table of people's secrets.
pub const OF_USERS: &str = "user_secret";
/// The table of projects' secrets.
pub const OF_PROJECTS: &str = "project_secret";

const PUT_OF_USER: &str = "INSERT INTO user_secret (user_id, kind, key_version, iv, ciphertext, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id, kind) DO UPDATE SET key_version = excluded.key_version,
    iv = excluded.iv, ciphertext = excluded.ciphertext, updated_at = excluded.updated_at";
const SELECT_OF_USER: &str = "SELECT key_version, iv, ciphertext FROM user_secret WHERE user_id = ?1 AND kind = ?2";
const DELETE_OF_USER: &str = "DELETE FROM user_secret WHERE user_id = ?1 AND kind = ?2";
const PUT_OF_PROJECT: &str = "INSERT INTO project_secret (project_id, kind, key_version, iv, ciphertext, updated_at)
    VALUES (?1, 'environment', ?2, ?3, ?4, ?5) ON CONFLICT (project_id, kind) DO UPDATE SET
    key_version = excluded.key_version, iv = excluded.iv, ciphertext = excluded.ciphertext, updated_at = excluded.updated_at";
const SELECT_OF_PROJECT: &str =
    "SELECT key_version, iv, ciphertext FROM project_secret WHERE project_id = ?1 AND kind = 'environment'";

/// What is kept of a person.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Their key for the model.
    ApiKey,
    /// What lets us work on their repositories.
    GithubToken,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "anthropic_api_key",
            Self::GithubToken => "github_token",
        }
    }

    fn row(self, user_id: &str) -> String {
        row(OF_USERS, user_id, self.as_str())
    }
}

/// The name that a secret is sealed under: its table, whose it is, and what it is.
pub fn row(table: &str, owner: &str, kind: &str) -> String {
    format!("{table}/{owner}/{kind}")
}

/// Keeps a person's secret in place of the one before. `now` is in Unix milliseconds UTC, here and below.
pub async fn put(env: &Env, user_id: &str, kind: Kind, secret: &str, now: i64) -> Result<()> {
    let Sealed { key_version, iv, ciphertext } = seal::seal(env, &kind.row(user_id), secret.as_bytes()).await?;
    let values =
        [user_id.into(), kind.as_str().into(), key_version.into(), (&iv).into(), (&ciphertext).into(), now.into()];
    d1::run(&db(env)?, PUT_OF_USER, values).await
}

/// Whether there is one.
pub async fn is_set(env: &Env, user_id: &str, kind: Kind) -> Result<bool> {
    let sealed: Option<Sealed> = d1::first(&db(env)?, SELECT_OF_USER, [user_id.into(), kind.as_str().into()]).await?;
    Ok(sealed.is_some())
}

/// A person's secret in the clear, if there is one.
pub async fn get(env: &Env, user_id: &str, kind: Kind) -> Result<Option<String>> {
    let sealed: Option<Sealed> = d1::first(&db(env)?, SELECT_OF_USER, [user_id.into(), kind.as_str().into()]).await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let secret = seal::open(env, &kind.row(user_id), &sealed).await?;
    Ok(Some(String::from_utf8_lossy(&secret).into_owned()))
}

/// Forgets it.
pub async fn forget(env: &Env, user_id: &str, kind: Kind) -> Result<()> {
    d1::run(&db(env)?, DELETE_OF_USER, [user_id.into(), kind.as_str().into()]).await
}

/// The statement that keeps a project's environment variables in place of those before.
pub async fn put_variables(
    env: &Env,
    project_id: &str,
    variables: &BTreeMap<String, String>,
    now: i64,
) -> Result<D1PreparedStatement> {
    let plain = serde_json::to_vec(variables)?;
    let Sealed { key_version, iv, ciphertext } = seal::seal(env, &row_of_project(project_id), &plain).await?;
    let values = [project_id.into(), key_version.into(), (&iv).into(), (&ciphertext).into(), now.into()];
    d1::prepare(&db(env)?, PUT_OF_PROJECT, values)
}

/// A project's environment variables.
pub async fn variables(env: &Env, project_id: &str) -> Result<BTreeMap<String, String>> {
    let sealed: Option<Sealed> = d1::first(&db(env)?, SELECT_OF_PROJECT, [project_id.into()]).await?;
    let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
    let plain = seal::open(env, &row_of_project(project_id), &sealed).await?;
    Ok(serde_json::from_slice(&plain)?)
}

fn row_of_project(project_id: &str) -> String {
    row(OF_PROJECTS, project_id, "environment")
}

fn db(env: &Env) -> Result<D1Database> {
    Ok(env.d1(auth::DB)?)
}
