//! What the other workers tell this one.

use crate::{WORKER, access, uploads};
use futures::join;
use serde::{Deserialize, Serialize};
use vetka_domain::target::Target;
use vetka_edge::{Result, config::Config, health, id, limit, live, reply};
use worker::{Env, Headers, Method, Request, Response};

/// `GET /healthz`.
pub async fn health(env: &Env) -> Result<Response> {
    let look = async {
        let (database, bucket, sessions, conversations, limits, lives) = join!(
            health::database(env),
            health::bucket(env),
            health::sessions(env),
            health::object(env, "conversations", access::CONVERSATION),
            health::object(env, "limits", limit::LIMITER),
            health::object(env, "live", live::LIVE),
        );
        vec![database, bucket, sessions, conversations, limits, lives]
    };
    health::answer(&health::of(env, WORKER, look).await)
}

/// A version that went live.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Which version.
    pub snapshot_id: String,
    /// Its own address; filled in here.
    #[serde(default)]
    pub url: String,
}

/// `POST /sites/{site}/published`: shows the version to whoever looks at the conversation.
pub async fn published(mut request: Request, env: &Env, params: &[String]) -> Result<Response> {
    let mut version: Published = reply::read_json(&mut request, 4096).await?;
    let site = params.first().map(String::as_str).unwrap_or_default();
    if id::is_id(&version.snapshot_id)
        && let Some(conversation) = access::of_site(env, site).await?
    {
        version.url = Config::from_env(env)?.version_url(&version.snapshot_id);
        let body = serde_json::to_string(&version)?;
        return conversation.ask(env, Method::Post, "/published", Headers::new(), Some(body)).await;
    }
    // A site that nobody has talked about yet.
    Ok(reply::empty(204))
}

/// `GET /sites/{site}/conversation?after=`: what was said, from a number on, for its owner to take along.
pub async fn read(env: &Env, target: &Target<'_>, params: &[String]) -> Result<Response> {
    let site = params.first().map(String::as_str).unwrap_or_default();
    let conversation = access::of_site(env, site).await?.ok_or_else(access::no_conversation)?;
    let after: i64 = target.param("after").and_then(|after| after.parse().ok()).unwrap_or_default();
    conversation.ask(env, Method::Get, &format!("/messages?after={after}"), Headers::new(), None).await
}

/// `DELETE /sites/{site}/agent-session`: 204 when there was one, 404 when there was none.
pub async fn clear_session(env: &Env, params: &[String]) -> Result<Response> {
    let site = params.first().map(String::as_str).unwrap_or_default();
    let conversation = access::of_site(env, site).await?.ok_or_else(access::no_conversation)?;
    conversation.ask(env, Method::Delete, "/agent-session", Headers::new(), None).await
}

/// `DELETE /sites/{site}/conversation`: forgets all that was said, its transcripts and its files.
pub async fn forget(env: &Env, params: &[String]) -> Result<Response> {
    let site = params.first().map(String::as_str).unwrap_or_default();
    if let Some(conversation) = access::of_site(env, site).await? {
        conversation.ask(env, Method::Delete, "/", Headers::new(), None).await?;
        uploads::forget(env, &conversation.id).await?;
    }
    Ok(reply::empty(204))
}
