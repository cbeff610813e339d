//! The deploy worker: the only writer of blobs, manifests and live records.
//!
//! `routes/` holds what can be asked of it, `upload` what a request to publish says, `bucket` and `ledger` the two
//! stores of the publishing protocol, which itself is in `vetka_r2::publish` and tested there without a network.

mod bucket;
pub mod contract;
mod holds;
mod ledger;
mod notify;
mod repair_cron;
mod routes;
mod upload;

use vetka_domain::routes::{DEPLOY, DEPLOY_INTERNAL, Deploy, DeployInternal, Match, find};
use vetka_edge::{Result, error, id, reply, rest::Rest};
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Where other workers reach this one. No public name can be this.
const INTERNAL_HOST: &str = "deploy.internal";

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let request_id = id::random().unwrap_or_default();
    let rest = Rest::of(&request);
    match answer(request, &env, &context).await {
        Ok(response) => Ok(response),
        Err(refusal) => {
            rest.hear_out().await;
            refusal.into_response(&request_id)
        }
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    repair_cron::run(&env).await;
}

async fn answer(request: Request, env: &Env, context: &Context) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    let method = request.method().to_string();
    if target.host == INTERNAL_HOST {
        return match find(DEPLOY_INTERNAL, &method, target.path) {
            Match::Found(DeployInternal::Restore, site) => routes::restore::restore(request, env, context, &site).await,
            Match::Found(DeployInternal::DeleteSite, site) => routes::sites::delete(env, &site).await,
            Match::Found(DeployInternal::Health, _) => reply::health("vetka-deploy"),
            Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed)),
            Match::NotFound => Err(error::not_found("There is nothing at this address.")),
        };
    }
    match find(DEPLOY, &method, target.path) {
        Match::Found(Deploy::Publish, _) => routes::publish::publish(request, env, context).await,
        Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed)),
        Match::NotFound => Err(error::not_found("There is nothing at this address.")),
    }
}
