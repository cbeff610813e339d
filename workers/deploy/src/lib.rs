//! The deploy worker: the only writer of blobs, manifests and live records.
//!
//! `routes/` holds what can be asked of it, `upload` what a request to publish says, `bucket` and `ledger` the two
//! stores of the publishing protocol, which itself is in `vetka_r2::publish` and tested there without a network.

mod bucket;
pub mod contract;
mod grant;
mod ledger;
mod links;
mod listing;
mod notify;
mod repair_cron;
mod routes;
mod rules;
mod upload;

use vetka_domain::routes::{DEPLOY, DEPLOY_INTERNAL, Deploy, DeployInternal, Match, find, row};
use vetka_edge::{
    Result, error, reply,
    rest::Rest,
    trace::{self, Visit},
};
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Its name in logs and metrics.
const WORKER: &str = "vetka-deploy";
/// Where other workers reach this one. No public name can be this.
const INTERNAL_HOST: &str = "deploy.internal";

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let visit = Visit::begin(WORKER, &request, |target, method| match target.host {
        INTERNAL_HOST => trace::row(row(DEPLOY_INTERNAL, method, target.path)),
        _ => trace::row(row(DEPLOY, method, target.path)),
    });
    let (request_id, rest) = (visit.id(), Rest::of(&request));
    let answered = async {
        match answer(request, &env, &context).await {
            Ok(response) => Ok(response),
            Err(refusal) => {
                rest.hear_out().await;
                refusal.into_response(&request_id)
            }
        }
    };
    visit.answer(&env, answered).await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    trace::alone(repair_cron::run(&env)).await;
}

async fn answer(request: Request, env: &Env, context: &Context) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    let method = request.method().to_string();
    if target.host == INTERNAL_HOST {
        return match find(DEPLOY_INTERNAL, &method, target.path) {
            Match::Found(DeployInternal::Restore, site) => routes::restore::restore(request, env, context, &site).await,
            Match::Found(DeployInternal::Configure, site) => routes::settings::configure(request, env, &site).await,
            Match::Found(DeployInternal::DeleteSite, site) => routes::sites::delete(env, &site).await,
            Match::Found(DeployInternal::Health, _) => routes::health(env).await,
            Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed)),
            Match::NotFound => Err(error::not_found("There is nothing at this address.")),
        };
    }
    match find(DEPLOY, &method, target.path) {
        Match::Found(Deploy::Publish, _) => routes::publish::publish(request, env, context).await,
        Match::Found(Deploy::DeployScript, _) => routes::script::script(),
        Match::Found(Deploy::BeginUpload, _) => routes::uploads::begin(request, env).await,
        Match::Found(Deploy::UploadState, upload) => routes::uploads::state(&request, env, &upload).await,
        Match::Found(Deploy::PutBlob, blob) => routes::uploads::put_blob(&request, env, &blob).await,
        Match::Found(Deploy::CommitUpload, upload) => routes::uploads::commit(&request, env, context, &upload).await,
        Match::Found(Deploy::AbandonUpload, upload) => routes::uploads::abandon(&request, env, &upload).await,
        Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed)),
        Match::NotFound => Err(error::not_found("There is nothing at this address.")),
    }
}
