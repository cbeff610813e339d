//! The session as BetterAuth's client sees it, and signing out.

use super::wire::{self, refused};
use crate::{
    account::sessions,
    answer::{self, Answer, Refused},
    ask::Ask,
};
use serde_json::{Value, json};
use vetka_domain::cookie;
use vetka_edge::auth::Seen;

/// `GET /get-session`. Signed out is 200 and `null`; a session that is over also takes its cookie along.
pub async fn get(ask: &Ask) -> Answer {
    let refresh = ask.param("disableRefresh").as_deref() != Some("true");
    let found = match ask.look().await? {
        Seen::Viewer(viewer) => {
            let found = sessions::read(ask, &viewer, refresh).await?;
            if found.is_none() {
                ask.add_cookie(cookie::clear(cookie::SESSION));
            }
            found
        }
        Seen::Ended(_) | Seen::Nobody => None,
    };
    let body = match found {
        Some((session, user)) => json!({ "session": session, "user": user }),
        None => Value::Null,
    };
    let mut response = answer::json(200, &body)?;
    answer::add(&mut response, "pragma", "no-cache");
    Ok(response)
}

/// `POST /get-session`, which only exists for a way of refreshing that we do not use.
pub fn wrong_method() -> Refused {
    let message = "POST method requires deferSessionRefresh to be enabled in session config";
    refused(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", message).into()
}

/// `POST /sign-out`. The same answer with and without a session.
pub async fn sign_out(ask: &Ask, body: &[u8]) -> Answer {
    wire::read(ask, body)?;
    wire::require_origin(ask)?;
    sessions::end(ask).await?;
    answer::json(200, &json!({ "success": true }))
}
