//! The teams worker: organizations, their projects, and the sessions in which an agent changes a repository for them.
//!
//! Read in this order: `vetka_app::door` (what happens to every request), `router` (which handler answers which route), then
//! any file under `routes/`. Below the handlers stand `organization` (who is in which, and may do what), `invite`, `secrets`
//! (keys and tokens, sealed), `github`, `model` and `sandbox` (what is asked of these three), `project`, `template`
//! (what its sandboxes start from), `session` (one that goes on, in its object `session_do`), `ending` (what becomes of its
//! work) and `history` (those that were). What sessions keep beside the database is in the `bucket`, what people see in
//! `pages`. Three doors are not the app's: `proxy` is the sandboxes' way out, `preview` the people's way in, and `socket`
//! what is live. The rules are in `vetka_domain::team`.

mod bucket;
mod cleanup_cron;
pub mod contract;
mod ending;
mod evidence;
mod github;
mod history;
mod inside;
mod invite;
mod model;
mod object;
mod organization;
mod pages;
mod preview;
mod project;
mod proxy;
mod reseal;
mod router;
mod routes;
mod sandbox;
mod secrets;
mod session;
mod session_do;
mod socket;
mod start;
mod template;

use router::House;
// What all workers of this origin share is called here as if it stood here.
use vetka_app::{answer, ask, door};
use vetka_edge::reply;
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// The name of this worker in logs and metrics.
const WORKER: &str = "vetka-teams";

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let url = reply::url(&request);
    let host = reply::target(&url).map(|target| target.host).unwrap_or_default();
    if inside::is_internal(&request) {
        inside::answer(request, &env).await
    } else if proxy::is_at(&env, host) {
        proxy::enter(request, env, context).await
    } else if let Some(session) = preview::session_at(&env, host) {
        preview::enter(request, env, session).await
    } else if socket::is_socket(&request) {
        socket::answer(request, &env).await
    } else {
        door::enter::<House>(request, env).await
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    cleanup_cron::run(&env).await;
}
