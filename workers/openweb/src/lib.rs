//! The openweb worker: what other websites and their programs speak. Entry points and the route table; everything else is
//! in the modules.
//!
//! Reading order: [`site`] (whose page an address is of), [`routes`] (what the outside may ask), [`cron`] and [`jobs`] (what
//! is done every minute). The rules are in `vetka_domain::social`; all that comes from elsewhere is fetched with care and is
//! hostile text.

pub mod contract;
mod cron;
mod jobs;
mod mention;
mod pages;
mod routes;
mod site;
mod version;

use vetka_domain::routes::{Match, OPENWEB, OPENWEB_INTERNAL, Openweb, OpenwebInternal, find, row};
use vetka_edge::{
    Result, error, reply,
    rest::Rest,
    trace::{self, Visit},
};
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Its name in logs and metrics.
const WORKER: &str = "vetka-openweb";
/// Only service bindings can ask for this host: no public route leads to it.
const INTERNAL_HOST: &str = "openweb.internal";

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let visit = Visit::begin(WORKER, &request, |target, method| match target.host {
        INTERNAL_HOST => trace::row(row(OPENWEB_INTERNAL, method, target.path)),
        _ => trace::row(row(OPENWEB, method, target.path)),
    });
    let (request_id, rest) = (visit.id(), Rest::of(&request));
    let answered = async {
        let response = match answer(request, &env).await {
            Ok(response) => response,
            Err(refusal) => {
                rest.hear_out().await;
                refusal.into_response(&request_id)?
            }
        };
        // Pages say more; nothing of ours stands in anybody's frame.
        if !response.headers().has("content-security-policy")? {
            response.headers().set("content-security-policy", "frame-ancestors 'none'")?;
        }
        Ok(response)
    };
    visit.answer(&env, answered).await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    trace::alone(cron::run(&env)).await;
}

async fn answer(request: Request, env: &Env) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    let method = request.method().to_string();
    if target.host == INTERNAL_HOST {
        return match find(OPENWEB_INTERNAL, &method, target.path) {
            Match::Found(OpenwebInternal::Health, _) => routes::health(env).await,
            other => Err(unmatched(&other)),
        };
    }
    match find(OPENWEB, &method, target.path) {
        Match::Found(Openweb::WebmentionPage, _) => routes::webmention::explain(env),
        Match::Found(Openweb::Webmention, _) => routes::webmention::take(request, env).await,
        Match::Found(Openweb::WebmentionState, params) => routes::webmention::state(&request, env, &params).await,
        Match::Found(Openweb::AtomFeed, params) => routes::feeds::atom(&request, env, &params).await,
        Match::Found(Openweb::JsonFeed, params) => routes::feeds::json(&request, env, &params).await,
        Match::Found(Openweb::Webfinger, _) => routes::webfinger::get(env, &target).await,
        Match::Found(Openweb::UnsubscribePage, _) => routes::unsubscribe::page_of(env, &target),
        Match::Found(Openweb::Unsubscribe, _) => routes::unsubscribe::post(request, env, &target).await,
        other => Err(unmatched(&other)),
    }
}

fn unmatched<Id>(found: &Match<Id>) -> vetka_edge::Error {
    match found {
        Match::WrongMethod(allowed) => error::method_not_allowed(allowed),
        _ => error::not_found("There is nothing at this address."),
    }
}
