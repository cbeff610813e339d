//! The agent worker: conversations. Entry points and the route table; everything else is in the modules.
//!
//! Reading order: [`access`] (who may speak where), [`routes`] (what the outside may ask), [`conversation_do`] and
//! [`conversation`] (the object that holds one conversation), [`driver`] and [`managed`] (who does the work of a turn).
//! Two stand apart: [`limiter_do`], the objects that count for all workers, and [`live_do`], those that tell the open pages of
//! a person what happens to their site.

mod access;
pub mod contract;
mod conversation;
mod conversation_do;
mod driver;
mod limiter_do;
mod live_do;
mod managed;
mod routes;
mod uploads;

use vetka_domain::routes::{AGENT, AGENT_INTERNAL, Agent, AgentInternal, Match, find, row};
use vetka_edge::{
    Result, error, reply,
    rest::Rest,
    trace::{self, Visit},
};
use worker::{Context, Env, Request, Response, event};

/// Its name in logs and metrics.
const WORKER: &str = "vetka-agent";
/// Only service bindings can ask for this host: no public route leads to it.
const INTERNAL_HOST: &str = "agent.internal";

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let visit = Visit::begin(WORKER, &request, |target, method| match target.host {
        INTERNAL_HOST => trace::row(row(AGENT_INTERNAL, method, target.path)),
        _ => trace::row(row(AGENT, method, target.path)),
    });
    let (request_id, rest) = (visit.id(), Rest::of(&request));
    let answered = async {
        match answer(request, &env).await {
            Ok(response) => Ok(response),
            Err(refusal) => {
                rest.hear_out().await;
                refusal.into_response(&request_id)
            }
        }
    };
    visit.answer(&env, answered).await
}

async fn answer(request: Request, env: &Env) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    let method = request.method().to_string();
    if target.host == INTERNAL_HOST {
        return match find(AGENT_INTERNAL, &method, target.path) {
            Match::Found(AgentInternal::Health, _) => routes::internal::health(env).await,
            Match::Found(AgentInternal::Published, params) => routes::internal::published(request, env, &params).await,
            Match::Found(AgentInternal::Conversation, params) => routes::internal::read(env, &target, &params).await,
            Match::Found(AgentInternal::ClearSession, params) => routes::internal::clear_session(env, &params).await,
            Match::Found(AgentInternal::Forget, params) => routes::internal::forget(env, &params).await,
            other => Err(unmatched(&other)),
        };
    }
    match find(AGENT, &method, target.path) {
        Match::Found(Agent::Session, _) => routes::session::get(request, env, &target).await,
        Match::Found(Agent::Stream, _) => routes::stream::post(request, env).await,
        Match::Found(Agent::Stop, _) => routes::stop::post(request, env).await,
        Match::Found(Agent::Upload, _) => routes::upload::post(request, env, &target).await,
        Match::Found(Agent::GetUpload, params) => routes::upload::get(request, env, &params).await,
        Match::Found(Agent::Socket, _) => routes::socket::get(request, env, &target).await,
        Match::Found(Agent::Live, _) => routes::live::get(request, env, &target).await,
        other => Err(unmatched(&other)),
    }
}

fn unmatched<Id>(found: &Match<Id>) -> vetka_edge::Error {
    match found {
        Match::WrongMethod(allowed) => error::method_not_allowed(allowed),
        _ => error::not_found("There is nothing at this address."),
    }
}
