//! Taking word of mentions. Nothing is asked of anybody while somebody waits: what was told is noted, and looked at within
//! the minute.

use super::{form, network, page, text, wants_page};
use crate::{contract::MentionState, mention, pages};
use vetka_domain::{
    limit::{MENTIONS_NETWORK, Subject},
    social::webmention::receive::{self, MAX_FORM},
};
use vetka_edge::{
    Result, auth,
    config::Config,
    d1, error, id,
    limit::{self, Rule},
    reply, url,
};
use worker::{Env, Request, Response};

const SELECT_STATE: &str = "SELECT state, reason FROM mention WHERE id = ?1";

#[derive(d1::FromRow)]
struct State {
    state: String,
    reason: String,
}

/// `GET /webmention`: what this is, and a form for people.
pub fn explain(env: &Env) -> Result<Response> {
    page(200, &pages::webmention(&Config::from_env(env)?.app_origin))
}

/// `POST /webmention`: 202, and no more is known yet.
pub async fn take(mut request: Request, env: &Env) -> Result<Response> {
    let config = Config::from_env(env)?;
    limit::take(env, &[Rule(MENTIONS_NETWORK, Subject::Network(&network(&request)))]).await?;
    let fields = form(&mut request, MAX_FORM).await?;
    let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let told = receive::read(pairs, |address| url::join(address, address))
        .map_err(|problem| mention::refused(problem.sentence()))?;
    let mention = mention::take(env, &config, &told).await?;
    if wants_page(&request) {
        return page(202, &pages::taken(&config.app_origin, &mention));
    }
    let response =
        text(202, "text/plain; charset=utf-8", "Thank you. We look at it within a few minutes.\n".to_owned())?;
    response.headers().set("access-control-allow-origin", "*")?;
    Ok(response)
}

/// `GET /webmention/{id}`: what has become of it.
pub async fn state(request: &Request, env: &Env, params: &[String]) -> Result<Response> {
    let asked = params.first().map(String::as_str).unwrap_or_default();
    let unknown = || error::not_found("Nothing is known under that address, or not any more.");
    if !id::is_id(asked) {
        return Err(unknown());
    }
    let row: Option<State> = d1::first(&env.d1(auth::DB)?, SELECT_STATE, [asked.into()]).await?;
    let row = row.ok_or_else(unknown)?;
    let state = MentionState::of(&row.state, &row.reason);
    if wants_page(request) {
        return page(200, &pages::mention(&Config::from_env(env)?.app_origin, &state));
    }
    reply::json(200, &state)
}
