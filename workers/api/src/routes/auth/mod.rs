//! `/api/auth/*`: BetterAuth's wire protocol, as far as codes by mail, providers, sessions and accounts need it, so that
//! its official browser client works unchanged. Statuses, codes, messages and the order of checks are that protocol's; the
//! name of the cookie is ours. A path or a method that is not there is 404 without a body.
//!
//! `wire` holds what all endpoints share: bodies, errors, the origin rules, who is asking. No GET checks where it comes
//! from, because none changes anything; the way back from a provider is bound to its browser by a cookie.

mod answers;
pub mod codes;
pub mod session;
pub mod social;
pub mod user;
mod wire;

pub use answers::{Account, Deleted, Redirect, Running, SessionAndUser, SignedIn, Status, Success};
pub use wire::limited;

use crate::{
    answer::{self, Answer},
    ask::Ask,
};

/// `GET /ok`.
pub async fn ok(_: Ask) -> Answer {
    answer::json(200, &Running { ok: true })
}
