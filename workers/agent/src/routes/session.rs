//! `GET /api/agent/session`: gets or begins the conversation, with its history from our own log.

use super::asked_conversation;
use crate::{access, conversation::Opened};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::target::Target;
use vetka_edge::{Result, auth, config::Config, error, reply};
use worker::{Env, Headers, Method, Request, Response};

/// A conversation: which, about which site, and all a page needs to begin with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Opaque.
    conversation_id: String,
    site: Site,
    #[serde(flatten)]
    opened: Opened,
}

/// The site that a conversation is about.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConversationSite")]
struct Site {
    /// Opaque.
    id: String,
    /// `ann.vetka.sh`.
    domain: String,
    /// `ann`.
    label: String,
    /// Where it is.
    url: String,
}

/// Answers also when the agent service is down: then nobody knows the agent's name, and that is all.
pub async fn get(request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let viewer = auth::reader(env, request.headers()).await?.ok_or_else(error::unauthorized)?;
    let conversation = access::find_or_begin(env, &viewer.user_id, asked_conversation(target).as_deref()).await?;
    let mut opened = conversation.ask(env, Method::Get, "/open", Headers::new(), None).await?;
    if opened.status_code() != 200 {
        return Ok(opened);
    }
    let opened: Opened = opened.json().await?;
    let access::Conversation { id, site_id, domain, label, .. } = conversation;
    let site = Site { url: Config::from_env(env)?.site_url(&label), id: site_id, domain, label };
    let body = Session { conversation_id: id, site, opened };
    access::pass_on(reply::json(200, &body)?, &viewer)
}
