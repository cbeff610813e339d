//! What the agent worker is told: that a version went live, and that a site is going.

use vetka_edge::{Result, error, log, service, trace};
use vetka_r2::{SiteId, SnapshotId};
use worker::{Context, Env};

/// Tells the conversation of a version that went live, after the answer and as well as it goes: the conversation also
/// looks for itself.
pub fn published(env: &Env, context: &Context, site: &SiteId, snapshot: &SnapshotId, seq: u64) {
    let (env, site) = (env.clone(), site.clone());
    let body = serde_json::json!({ "snapshotId": snapshot, "seq": seq }).to_string();
    context.wait_until(trace::keep(async move {
        match send(&env, "POST", &format!("/sites/{site}/published"), Some(&body)).await {
            Ok(status) if status < 300 => {}
            Ok(status) => log::error(site.as_str(), "published_not_told", &format!("agent answered {status}")),
            Err(failure) => failure.log(site.as_str()),
        }
    }));
}

/// Has the conversation of a site forgotten. Before the site's row goes, by which it is found.
pub async fn forget(env: &Env, site: &SiteId) -> Result<()> {
    match send(env, "DELETE", &format!("/sites/{site}/conversation"), None).await? {
        200..=299 | 404 => Ok(()),
        status => Err(error::internal(format!("agent answered {status} to forgetting a conversation"))),
    }
}

async fn send(env: &Env, method: &str, path: &str, body: Option<&str>) -> Result<u16> {
    Ok(service::ask(env, "AGENT", method, &format!("http://agent.internal{path}"), body).await?.status())
}
