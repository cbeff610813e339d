//! `GET /ws`: the live door. Browsers send cookies along from any page, so the Origin decides whether this is ours.

use super::asked_conversation;
use crate::access;
use vetka_domain::target::Target;
use vetka_edge::{Error, Result, auth, config, error};
use worker::{Env, Headers, Method, Request, Response};

/// Tells the object who sits at the other end of a socket.
pub const SESSION: &str = "x-vetka-session";

/// Replays everything after `?after=`, then stays open.
pub async fn get(request: Request, env: &Env, target: &Target<'_>) -> Result<Response> {
    let viewer = auth::reader(env, request.headers()).await?.ok_or_else(error::unauthorized)?;
    let conversation = access::find_or_begin(env, &viewer.user_id, asked_conversation(target).as_deref()).await?;
    auth::require_origin(request.headers().get("origin")?.as_deref(), &config::var(env, "APP_ORIGIN")?)?;
    let after =
        match target.param("after") {
            None => 0,
            Some(after) => after.parse::<i64>().ok().filter(|&after| after >= 0).ok_or_else(|| {
                error::bad_request("malformed_number", "`after` is the number of a frame, 0 or more.")
            })?,
        };
    if request.headers().get("upgrade")?.is_none_or(|upgrade| !upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Error::new(426, "upgrade_required", "This address speaks WebSocket only.")
            .with_header("upgrade", "websocket"));
    }
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    headers.set(SESSION, &viewer.session_id)?;
    conversation.ask(env, Method::Get, &format!("/socket?after={after}"), headers, None).await
}
