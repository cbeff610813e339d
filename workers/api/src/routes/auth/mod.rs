//! `/api/auth/*`: BetterAuth's wire protocol, as far as codes by mail and sessions need it, so that its official browser
//! client works unchanged. Statuses, codes, messages and the order of checks are that protocol's.
//!
//! `wire` holds what all endpoints share: bodies, errors, the origin rules.

mod codes;
mod session;
mod wire;

pub use wire::limited;

use crate::{
    answer::{self, Answer},
    ask::Ask,
};
use axum::body::Bytes;
use serde_json::json;

/// The GET endpoints. None of them checks where the request comes from, because none changes anything.
#[worker::send]
pub async fn get(ask: Ask) -> Answer {
    match endpoint(&ask) {
        "ok" => answer::json(200, &json!({ "ok": true })),
        "get-session" => session::get(&ask).await,
        _ => Ok(answer::empty(404)),
    }
}

/// The POST endpoints.
#[worker::send]
pub async fn post(ask: Ask, body: Bytes) -> Answer {
    match endpoint(&ask) {
        "email-otp/send-verification-otp" => codes::send(&ask, &body).await,
        "email-otp/check-verification-otp" => codes::check(&ask, &body).await,
        "sign-in/email-otp" => codes::sign_in(&ask, &body).await,
        "sign-out" => session::sign_out(&ask, &body).await,
        "get-session" => Err(session::wrong_method()),
        _ => Ok(answer::empty(404)),
    }
}

/// The path as it was sent: `//`, a trailing slash or an escape makes it another one, which is not there.
fn endpoint(ask: &Ask) -> &str {
    ask.target().path.strip_prefix("/api/auth/").unwrap_or_default()
}
