//! `POST /api/agent/stop`: interrupts the running turn.

use crate::access;
use serde::Deserialize;
use vetka_edge::{Result, auth, reply};
use worker::{Env, Headers, Method, Request, Response};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    conversation_id: Option<String>,
}

/// 202: it has been told to stop; the log says when it has.
pub async fn post(mut request: Request, env: &Env) -> Result<Response> {
    let viewer = auth::writer(env, request.headers()).await?;
    let body: Body = reply::read_json(&mut request, 1024).await?;
    let conversation = access::find(env, &viewer.user_id, body.conversation_id.as_deref()).await?;
    let answer = conversation.ask(env, Method::Post, "/stop", Headers::new(), None).await?;
    access::pass_on(answer, &viewer)
}
