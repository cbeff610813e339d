//! `GET /healthz`: how this worker is, and the ones behind it.

use crate::{answer::Answer, ask::Ask, inside, router::Apex};
use futures::join;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use vetka_app::door::House;
use vetka_edge::{error, health, limit, live};
use worker::{Env, Method};

/// How Vetka is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// Whether all of it is well.
    ok: bool,
    /// Which worker says so.
    worker: String,
    /// The version of it that runs; empty where there are none.
    version: String,
    /// What it is bound to, and whether that answers.
    checks: BTreeMap<String, bool>,
    /// The workers behind it.
    workers: Workers,
}

/// The workers behind it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Workers {
    /// Conversations.
    agent: Part,
    /// Publishing.
    deploy: Part,
    /// Sites.
    hosting: Part,
    /// What other websites speak.
    openweb: Part,
    /// Organizations and what they work on.
    teams: Part,
}

/// How one of them is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Part {
    /// Whether it answers and is well.
    ok: bool,
    /// The version of it that runs; empty when it does not answer.
    version: String,
    /// What it is bound to, and whether that answers.
    checks: BTreeMap<String, bool>,
}

/// 200 when all is well, 503 when something is not, and what.
pub async fn show(ask: Ask) -> Answer {
    let env = ask.env();
    let (own, agent, deploy, hosting, openweb, teams) = join!(
        health::of(env, Apex::WORKER, look(env)),
        part(env, "AGENT", "http://agent.internal/healthz"),
        part(env, "DEPLOY", "http://deploy.internal/healthz"),
        part(env, "HOSTING", "http://hosting.internal/healthz"),
        part(env, "OPENWEB", "http://openweb.internal/healthz"),
        part(env, "TEAMS", "http://teams.internal/healthz"),
    );
    let ok = own.ok && agent.ok && deploy.ok && hosting.ok && openweb.ok && teams.ok;
    let health::Health { worker, version, checks, .. } = own;
    let workers = Workers { agent, deploy, hosting, openweb, teams };
    crate::answer::json(if ok { 200 } else { 503 }, &Health { ok, worker, version, checks, workers })
}

async fn look(env: &Env) -> Vec<health::Check> {
    let (database, bucket, sessions, limits, lives, pages) = join!(
        health::database(env),
        health::bucket(env),
        health::sessions(env),
        health::object(env, "limits", limit::LIMITER),
        health::object(env, "live", live::LIVE),
        health::check("pages", async {
            let manifest = crate::assets::fetch(env, "/assets/manifest.json", None).await?;
            if manifest.status == 200 { Ok(()) } else { Err(error::internal(manifest.status.to_string())) }
        }),
    );
    vec![database, bucket, sessions, limits, lives, pages]
}

/// How a worker behind this one says that it is. One that does not say it is not well.
async fn part(env: &Env, binding: &'static str, url: &str) -> Part {
    let mut said = None;
    health::check(binding, async {
        let answer = inside::ask(env, binding, Method::Get, url, None).await?;
        said = Some(serde_json::from_slice::<health::Health>(&answer.body)?);
        Ok(())
    })
    .await;
    match said {
        Some(health::Health { ok, version, checks, .. }) => Part { ok, version, checks },
        None => Part { ok: false, version: String::new(), checks: BTreeMap::new() },
    }
}
