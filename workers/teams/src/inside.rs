//! What only other workers may ask of this one, through a service binding. No public name can be `teams.internal`.

use crate::{reseal, router::House, session_do::WORK_SESSION};
use futures::join;
use vetka_app::door::House as _;
use vetka_domain::routes::{Match, TEAMS_INTERNAL, TeamsInternal, find};
use vetka_edge::{Result, error, health, id, limit, reply};
use worker::{Env, Request, Response};

const HOST: &str = "teams.internal";
/// The name of a row and little else.
const MAX_BODY: usize = 4096;

/// Whether a request comes from inside.
pub fn is_internal(request: &Request) -> bool {
    reply::target(&reply::url(request)).is_ok_and(|target| target.host == HOST)
}

/// Answers it.
pub async fn answer(request: Request, env: &Env) -> worker::Result<Response> {
    match route(request, env).await {
        Ok(response) => Ok(response),
        Err(refusal) => refusal.into_response(&id::random().unwrap_or_default()),
    }
}

async fn route(mut request: Request, env: &Env) -> Result<Response> {
    let (url, method) = (reply::url(&request), request.method());
    match find(TEAMS_INTERNAL, method.as_ref(), reply::target(&url)?.path) {
        Match::Found(TeamsInternal::Health, _) => health(env).await,
        Match::Found(TeamsInternal::Reseal, _) => {
            let which = reply::read_json(&mut request, MAX_BODY).await?;
            reply::json(200, &reseal::part(env, &which).await?)
        }
        Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed)),
        Match::NotFound => Err(error::not_found("There is nothing at this address.")),
    }
}

async fn health(env: &Env) -> Result<Response> {
    let look = async {
        let (database, limits, sessions) = join!(
            health::database(env),
            health::object(env, "limits", limit::LIMITER),
            health::object(env, "sessions", WORK_SESSION)
        );
        vec![database, limits, sessions]
    };
    health::answer(&health::of(env, House::WORKER, look).await)
}
