//! The teams worker: organizations, their projects, and the sessions in which an agent changes a repository for them.
//!
//! Read in this order: `vetka_app::door` (what happens to every request), `router` (which handler answers which route), then
//! any file under `routes/`. Below the handlers stand `organization` (who is in which, and may do what), `invite`, `secrets`
//! (keys and tokens, sealed), `github` and `model` (what is asked of these two), and `project`. The rules are in
//! `vetka_domain::team`.

pub mod contract;
mod github;
mod inside;
mod invite;
mod model;
mod organization;
mod project;
mod reseal;
mod router;
mod routes;
mod secrets;

use router::House;
// What all workers of this origin share is called here as if it stood here.
use vetka_app::{answer, ask, door};
use worker::{Context, Env, Request, Response, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    if inside::is_internal(&request) {
        inside::answer(request, &env).await
    } else {
        door::enter::<House>(request, env).await
    }
}
