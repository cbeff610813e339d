//! Letting us work on one's repositories: the way to GitHub and back, and the token that comes of it. Asked for when it is
//! first needed, apart from signing in, for which no token is kept.
//!
//! The state is bound to the browser by its cookie, and to whoever is signed in there by being asked again on the way back.

use crate::{
    ask::Ask,
    secrets::{self, Kind},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use vetka_domain::{
    cookie,
    oauth::{callback, flow, github},
    target::encode_component,
};
use vetka_edge::{
    Error, Result, auth, config, error, id, log,
    outside::{self, Question},
};
use worker::{Env, Method};

/// Where GitHub sends the browser back to. Below the address that is registered there.
const CALLBACK: &str = "/api/v1/auth/github/callback";
/// What we may do: `repo` for the code, `read:user` for the name. Never `workflow`: without it GitHub itself refuses a push
/// that changes what runs there with the repository's secrets.
const SCOPES: &str = "repo read:user";

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The browser came back with something that was not begun here, or too late.
    NotBegun,
    /// The person said no at GitHub.
    Declined,
    /// GitHub did not do its part.
    Unavailable,
    /// They did not allow the repositories.
    NotEnough,
}

impl Refusal {
    /// Stands in the address of the page that says it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotBegun => "github-not-begun",
            Self::Declined => "github-declined",
            Self::Unavailable => "github-unavailable",
            Self::NotEnough => "github-not-enough",
        }
    }
}

/// The address at GitHub that the browser is sent to; on the way back it goes on to `next`.
///
/// # Errors
/// 404 `github_not_offered` when this installation has no client there.
pub fn begin(ask: &Ask, next: &str) -> Result<String> {
    let (client_id, _) = client(ask)?;
    let key = auth::key(ask.env())?;
    let state = flow::state(&key, &id::bytes::<18>()?);
    let next = if callback::is_trusted(next, &ask.config().app_origin) { next } else { "/orgs" };
    let kept = format!("{state}.{}", URL_SAFE_NO_PAD.encode(next));
    ask.add_cookie(cookie::set(cookie::GITHUB_STATE, &kept, flow::COOKIE_MS / 1000));
    let query = [
        ("client_id", client_id.as_str()),
        ("redirect_uri", &redirect_uri(ask)),
        ("scope", SCOPES),
        ("state", &state),
        ("code_challenge", &flow::challenge(&flow::verifier(&key, &state))),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| format!("{name}={}", encode_component(value)));
    Ok(format!("{}/login/oauth/authorize?{}", config::var(ask.env(), "GITHUB_URL")?, query.join("&")))
}

/// Ends the way: exchanges the code and keeps the token for `user_id`. Gives where to go on.
///
/// # Errors
/// Internal only; what a person or GitHub can do wrong is the inner error, with where to go on as well.
pub async fn finish(ask: &Ask, user_id: &str) -> Result<(String, core::result::Result<(), Refusal>)> {
    let kept = ask.header("cookie").and_then(|header| cookie::find(header, cookie::GITHUB_STATE)).unwrap_or_default();
    ask.add_cookie(cookie::clear(cookie::GITHUB_STATE));
    let (state, next) = kept.split_once('.').unwrap_or_default();
    let next = URL_SAFE_NO_PAD
        .decode(next)
        .ok()
        .and_then(|next| String::from_utf8(next).ok())
        .filter(|next| callback::is_trusted(next, &ask.config().app_origin))
        .unwrap_or_else(|| "/orgs".to_owned());
    if !flow::is_state(state) || ask.param("state").as_deref() != Some(state) {
        return Ok((next, Err(Refusal::NotBegun)));
    }
    let Some(code) = ask.param("code").filter(|code| !code.is_empty()) else {
        return Ok((next, Err(Refusal::Declined)));
    };
    let outcome = exchange(ask, state, &code).await?;
    let kept = match outcome {
        Ok(token) if !token.scopes.iter().any(|scope| scope == "repo") => Err(Refusal::NotEnough),
        Ok(token) => {
            secrets::put(ask.env(), user_id, Kind::GithubToken, &token.access_token, ask.now()).await?;
            Ok(())
        }
        Err(refusal) => Err(refusal),
    };
    Ok((next, kept))
}

async fn exchange(ask: &Ask, state: &str, code: &str) -> Result<core::result::Result<github::Token, Refusal>> {
    let (client_id, client_secret) = client(ask)?;
    let keys = auth::keys(ask.env())?;
    let key = flow::made_with(&keys, state).ok_or_else(|| error::internal("no key"))?;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", &client_secret),
        ("code", code),
        ("redirect_uri", &redirect_uri(ask)),
        ("code_verifier", &flow::verifier(key, state)),
    ];
    let url = format!("{}/login/oauth/access_token", config::var(ask.env(), "GITHUB_URL")?);
    let said = match outside::post(&url, &form).await {
        Ok(answer) if answer.status == 200 => github::token(&answer.body),
        Ok(answer) => Err(format!("status {}", answer.status)),
        Err(cause) => Err(cause),
    };
    Ok(said.map_err(|cause| {
        log::error(ask.request_id(), "github_token", &cause);
        Refusal::Unavailable
    }))
}

/// Forgets somebody's connection, and ends its token at GitHub: what we have forgotten must not be good any more, wherever it may have
/// got to. It is forgotten here whatever GitHub says.
///
/// # Errors
/// Internal only.
pub async fn end(ask: &Ask, user_id: &str) -> Result<()> {
    let token = secrets::get(ask.env(), user_id, Kind::GithubToken).await;
    secrets::forget(ask.env(), user_id, Kind::GithubToken).await?;
    let Some((token, (client_id, client_secret))) = token?.zip(client(ask).ok()) else { return Ok(()) };
    let url =
        format!("{}/applications/{}/token", config::var(ask.env(), "GITHUB_API_URL")?, encode_component(&client_id));
    let asked = Question::new(Method::Delete, &url)
        .header("accept", "application/vnd.github+json")
        .header("authorization", format!("Basic {}", STANDARD.encode(format!("{client_id}:{client_secret}"))))
        .body("application/json", serde_json::json!({ "access_token": token }).to_string());
    let cause = match asked.ask().await {
        // 404 and 422: it was not good any more.
        Ok(answer) if matches!(answer.status, 204 | 404 | 422) => return Ok(()),
        Ok(answer) => format!("status {}", answer.status),
        Err(cause) => cause,
    };
    log::error(ask.request_id(), "github_token_not_ended", &cause);
    Ok(())
}

/// What lets us ask GitHub for somebody.
///
/// # Errors
/// 409 `github_not_connected`, with the way to connect it.
pub async fn token(env: &Env, user_id: &str) -> Result<String> {
    secrets::get(env, user_id, Kind::GithubToken).await?.ok_or_else(not_connected)
}

pub fn not_connected() -> Error {
    with_way(error::conflict(
        "github_not_connected",
        "Connect your GitHub account first, so that we can reach your repositories.",
    ))
}

/// A refusal that says where to connect it.
pub fn with_way(refusal: Error) -> Error {
    refusal.with_extra(serde_json::json!({ "connectUrl": "/api/v1/auth/github" }))
}

/// Whether this installation has a client at GitHub.
pub fn is_offered(ask: &Ask) -> bool {
    client(ask).is_ok()
}

fn client(ask: &Ask) -> Result<(String, String)> {
    let set = |name| config::optional(ask.env(), name);
    set("GITHUB_CLIENT_ID").zip(set("GITHUB_CLIENT_SECRET")).ok_or_else(|| {
        Error::new(
            404,
            "github_not_offered",
            "GitHub cannot be connected here yet. Whoever runs this Vetka has to set it up.",
        )
    })
}

fn redirect_uri(ask: &Ask) -> String {
    format!("{}{CALLBACK}", ask.config().app_origin)
}
