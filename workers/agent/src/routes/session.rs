//! `GET /api/agent/session`: gets or begins the conversation, with its history from our own log.

use super::asked_conversation;
use crate::access;
use serde_json::{Value, json};
use vetka_domain::target::Target;
use vetka_edge::{Result, auth, config::Config, error, reply};
use worker::{Env, Headers, Method, Request, Response};

/// Answers also when the agent service is down: then nobody knows the agent's name, and that is all.
pub async fn get(request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let viewer = auth::reader(env, request.headers()).await?.ok_or_else(error::unauthorized)?;
    let conversation = access::find_or_begin(env, &viewer.user_id, asked_conversation(target).as_deref()).await?;
    let mut opened = conversation.ask(env, Method::Get, "/open", Headers::new(), None).await?;
    if opened.status_code() != 200 {
        return Ok(opened);
    }
    let mut body: Value = opened.json().await?;
    if let Some(body) = body.as_object_mut() {
        let url = Config::from_env(env)?.site_url(&conversation.label);
        let site = json!({ "id": conversation.site_id, "domain": conversation.domain, "label": conversation.label, "url": url });
        body.insert("conversationId".into(), conversation.id.into());
        body.insert("site".into(), site);
    }
    access::pass_on(reply::json(200, &body)?, &viewer)
}
