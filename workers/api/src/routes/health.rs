//! `GET /healthz`: whether this worker answers, and the ones behind it.

use crate::{answer::Answer, ask::Ask, inside};
use futures::join;
use schemars::JsonSchema;
use serde::Serialize;
use worker::Method;

/// Whether Vetka answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// Whether all of it does.
    ok: bool,
    /// Which worker says so.
    worker: &'static str,
    workers: Workers,
}

/// The workers behind it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Workers {
    /// Conversations.
    agent: bool,
    /// Publishing.
    deploy: bool,
    /// Sites.
    hosting: bool,
}

/// 200 when all answer, 503 when one does not, and which.
#[worker::send]
pub async fn show(ask: Ask) -> Answer {
    let is_up = async |binding: &str, url: &str| {
        let said = inside::ask(ask.env(), binding, Method::Get, url, None).await;
        said.is_ok_and(|said| said.status == 200)
    };
    let (agent, deploy, hosting) = join!(
        is_up("AGENT", "http://agent.internal/healthz"),
        is_up("DEPLOY", "http://deploy.internal/healthz"),
        is_up("HOSTING", "http://hosting.internal/healthz"),
    );
    let ok = agent && deploy && hosting;
    let workers = Workers { agent, deploy, hosting };
    crate::answer::json(if ok { 200 } else { 503 }, &Health { ok, worker: "vetka-api", workers })
}
