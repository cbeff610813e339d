//! The api worker: the apex of the product, with its pages, accounts and sites.
//!
//! Read in this order: `door` (what happens to every request), `router` (which handler answers which route), `ask` and
//! `answer` (what a handler is given and gives), then any file under `routes/`. Below the handlers stand `account/`
//! (codes, sessions, mail) and `site` (names and rows); `pages/` turns facts into HTML; `cron` is what happens by itself.

mod account;
mod answer;
mod archive;
mod ask;
mod assets;
pub mod contract;
mod cron;
mod custom_domain;
mod door;
mod external;
mod facts;
mod inside;
mod internal;
mod limits;
mod operator;
pub mod pages;
mod paging;
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

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    if internal::is_internal(&request) {
        internal::answer(request, &env).await
    } else {
        door::enter(request, env).await
    }
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    vetka_edge::trace::alone(cron::run(&env)).await;
}
