//! The account on BetterAuth's wire: changing it and leaving.

use super::{
    answers::{Deleted, Status},
    wire::{self, refused},
};
use crate::{
    account::{
        deletion,
        profile::{self, Change},
        sessions::{self, Which},
    },
    answer::{self, Answer},
    ask::Ask,
};
use serde_json::Value;
use vetka_domain::session;

/// `POST /update-user`: the name and the address of a picture. Whatever else is sent is left out, as that protocol has it.
pub async fn update(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let Some(Value::Object(fields)) = &body else {
        return Err(refused(400, "BODY_MUST_BE_AN_OBJECT", "Body must be an object").into());
    };
    let here = wire::here(&ask).await?;
    if fields.get("email").is_some_and(|email| !matches!(email, Value::Null | Value::Bool(false))) {
        return Err(refused(400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated").into());
    }
    let wrong = |name: &str| refused(400, "VALIDATION_ERROR", format!("[body.{name}] Invalid input: expected string"));
    let name = match fields.get("name") {
        None => None,
        Some(Value::String(name)) => Some(name.as_str()),
        Some(_) => return Err(wrong("name").into()),
    };
    let image = match fields.get("image") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(image)) => Some(Some(image.as_str())),
        Some(_) => return Err(wrong("image").into()),
    };
    if name.is_none() && image.is_none() {
        return wire::plain(400, "No fields to update");
    }
    let change = Change { name, image, handle: None };
    profile::change(&ask, &here.viewer, &change).await.map_err(|failure| match failure.status {
        422 => refused(400, "VALIDATION_ERROR", failure.message),
        _ => failure,
    })?;
    here.send_cookie(&ask)?;
    answer::json(200, &Status::default())
}

/// `POST /delete-user`. To this wire the account is gone: every session ends, and the cookie with it. For seven days
/// whoever signs in again finds it, and may keep it.
pub async fn delete(ask: Ask, body: Vec<u8>) -> Answer {
    wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let here = wire::here(&ask).await?;
    if !session::is_fresh(here.began_at, ask.now()) {
        let message = "Session expired. Re-authenticate to perform this action.";
        return Err(refused(400, "SESSION_EXPIRED", message).into());
    }
    deletion::ask_for(&ask, &here.user.id).await?;
    sessions::revoke(&ask, &here.viewer, Which::All).await?;
    answer::json(200, &Deleted { success: true, message: "User deleted" })
}
