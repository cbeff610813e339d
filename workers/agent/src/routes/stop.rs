//! `POST /api/agent/stop`: interrupts the running turn.

use crate::access;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vetka_edge::{Result, auth, reply};
use worker::{Env, Headers, Method, Request, Response};

/// Which turn to stop: the running one of a conversation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    /// Which conversation. Absent: one's only one.
    conversation_id: Option<String>,
}

/// What stopping answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stopping {
    /// Always true.
    pub ok: bool,
}

/// 202: it has been told to stop; the log says when it has.
pub async fn post(mut request: Request, env: &Env) -> Result<Response> {
    let viewer = auth::writer(env, request.headers()).await?;
    let body: Stop = reply::read_json(&mut request, 1024).await?;
    let conversation = access::find(env, &viewer.user_id, body.conversation_id.as_deref()).await?;
    let answer = conversation.ask(env, Method::Post, "/stop", Headers::new(), None).await?;
    access::pass_on(answer, &viewer)
}
