//! What only other workers may ask of this one, through a service binding. No public name can be `api.internal`.

use crate::safe_browsing;
use vetka_domain::routes::{API_INTERNAL, ApiInternal, Match, find};
use vetka_edge::{Result, error, id, reply};
use worker::{Env, Request, Response};

const HOST: &str = "api.internal";
/// Ids and little else.
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
    let url = reply::url(&request);
    let method = request.method().to_string();
    match find(API_INTERNAL, &method, reply::target(&url)?.path) {
        Match::Found(ApiInternal::CheckLinks, site) => {
            let asked = reply::read_json(&mut request, MAX_BODY).await?;
            let site = site.first().map(String::as_str).unwrap_or_default();
            reply::json(200, &safe_browsing::look(env, site, &asked).await?)
        }
        Match::WrongMethod(allowed) => Err(error::method_not_allowed(&allowed)),
        Match::NotFound => Err(error::not_found("There is nothing at this address.")),
    }
}
