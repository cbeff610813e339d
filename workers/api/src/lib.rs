//! The api worker: the apex of the product, with its pages, accounts and sites.
//!
//! Read in this order: `vetka_app::door` (what happens to every request), `router` (which handler answers which route), then
//! any file under `routes/`. Below the handlers stand `account/`
//! (codes, sessions, mail) and `site` (names and rows); `pages/` turns facts into HTML; `cron` is what happens by itself.

mod account;
mod archive;
pub mod contract;
mod cron;
mod custom_domain;
mod external;
mod facts;
mod inside;
mod internal;
mod limits;
mod operator;
pub mod pages;
mod publish;
pub mod report;
mod router;
mod routes;
mod safe_browsing;
mod site;
mod site_settings;
pub mod social;
pub mod takedown;
mod thumbnail;
mod version;

use router::Apex;
// What all workers of this origin share is called here as if it stood here.
use vetka_app::{answer, ask, assets, door, paging};
use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    if internal::is_internal(&request) {
        internal::answer(request, &env).await
    } else {
        door::enter::<Apex>(request, env).await
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    vetka_edge::trace::alone(cron::run(&env)).await;
}
