//! The two ways out of a sandbox: to the model and to the forge. What comes in here was written by a program that a model
//! wrote, with the session's token and nothing else; what goes out carries somebody's key. The rules of both are in
//! `vetka_domain::team`; here they meet the platform, and bodies pass in pieces.

mod forge;
mod model;
pub mod upstream;

use vetka_domain::{target::Target, team::git::request::PREFIX};
use vetka_edge::{Result, config, error, reply, rest::Rest, trace::Visit};
use worker::{Context, Env, Request, Response};

/// Whether a host is the proxies', which `PROXY_ORIGIN` names.
pub fn is_at(env: &Env, host: &str) -> bool {
    let origin = config::optional(env, "PROXY_ORIGIN");
    origin.is_some_and(|origin| Target::parse(&origin).is_some_and(|proxy| proxy.host == host))
}

/// Answers a request to the proxies' host.
pub async fn enter(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let visit = Visit::begin(crate::WORKER, &request, |target, _| row(target.path));
    let (id, bindings, rest) = (visit.id(), env.clone(), Rest::of(&request));
    let answered = async {
        match route(request, &env, &context).await {
            Ok(response) => {
                // What was refused may still be on its way in; a line that is cut says nothing.
                if response.status_code() >= 400 {
                    rest.hear_out().await;
                }
                Ok(response)
            }
            Err(failure) => {
                rest.hear_out().await;
                failure.into_response(&id)
            }
        }
    };
    visit.answer(&bindings, answered).await
}

async fn route(request: Request, env: &Env, context: &Context) -> Result<Response> {
    let url = reply::url(&request);
    let target = reply::target(&url)?;
    match target.path {
        "/healthz" => reply::json(200, &serde_json::json!({ "ok": true })),
        path if path.starts_with("/v1/") => model::answer(request, env, context, &target).await,
        path if path.starts_with(PREFIX) => forge::answer(request, env, &target).await,
        _ => Err(error::not_found("There is nothing at this address.")),
    }
}

/// What is written down of a request. The path has names of others' repositories in it.
fn row(path: &str) -> Option<(&'static str, &'static str)> {
    Some(match path {
        "/healthz" => ("GET", "/healthz"),
        "/v1/messages" => ("POST", "/v1/messages"),
        "/v1/messages/count_tokens" => ("POST", "/v1/messages/count_tokens"),
        path if path.starts_with(PREFIX) => match path.rsplit('/').next() {
            Some("git-upload-pack") => ("POST", "/git/{repository}/git-upload-pack"),
            Some("git-receive-pack") => ("POST", "/git/{repository}/git-receive-pack"),
            _ => ("GET", "/git/{repository}/info/refs"),
        },
        _ => return None,
    })
}

/// A header of a request.
fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// The query of an address, when there is one.
fn query<'a>(target: &Target<'a>) -> Option<&'a str> {
    Some(target.query).filter(|query| !query.is_empty())
}
