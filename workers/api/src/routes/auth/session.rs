//! Sessions as BetterAuth's client sees them: the one that asks, the others, and the end of each.

use super::{
    answers::{SessionAndUser, Status, Success},
    wire::{self, Fields, refused},
};
use crate::{
    account::sessions::{self, Session, Which},
    answer::{self, Answer},
    ask::Ask,
};
use vetka_domain::cookie;
use vetka_edge::auth::Seen;

/// `GET /get-session`. Signed out is 200 and `null`; a session that is over also takes its cookie along.
pub async fn get(ask: Ask) -> Answer {
    let refresh = ask.param("disableRefresh").as_deref() != Some("true");
    let found = match ask.look().await? {
        Seen::Viewer(viewer) => {
            let found = sessions::read(&ask, &viewer, refresh).await?;
            if found.is_none() {
                ask.add_cookie(cookie::clear(cookie::SESSION));
            }
            found
        }
        Seen::Ended(_) | Seen::Nobody => None,
    };
    let body = found.map(|here| SessionAndUser { session: here.session, user: here.user });
    let mut response = answer::json(200, &body)?;
    answer::add(&mut response, "pragma", "no-cache");
    Ok(response)
}

/// `POST /get-session`, which only exists for a way of refreshing that we do not use.
pub async fn wrong_method(_: Ask) -> Answer {
    let message = "POST method requires deferSessionRefresh to be enabled in session config";
    Err(refused(405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED", message).into())
}

/// `POST /sign-out`. The same answer with and without a session.
pub async fn sign_out(ask: Ask, body: Vec<u8>) -> Answer {
    wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    sessions::end(&ask).await?;
    answer::json(200, &Success::default())
}

/// `GET /list-sessions`: those that have not run out, the one that was used last first.
pub async fn list(ask: Ask) -> Answer {
    let here = wire::here_freshly(&ask).await?;
    let devices = sessions::list(&ask, &here.user.id).await?;
    let all: Vec<Session> = devices.into_iter().map(|device| Session::of(device, &here.user.id)).collect();
    answer::json(200, &all)
}

/// `POST /revoke-session`. A session that is not there, or not theirs, is the same answer: nothing happens.
pub async fn revoke(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let mut fields = Fields::of(body.as_ref());
    let token = fields.text("token");
    fields.finish()?;
    let here = wire::here(&ask).await?;
    sessions::revoke(&ask, &here.viewer, Which::Token(token)).await?;
    answer::json(200, &Status::default())
}

/// `POST /revoke-sessions`: all of them, with the one that asks.
pub async fn revoke_all(ask: Ask, body: Vec<u8>) -> Answer {
    end(&ask, &body, Which::All).await
}

/// `POST /revoke-other-sessions`.
pub async fn revoke_others(ask: Ask, body: Vec<u8>) -> Answer {
    end(&ask, &body, Which::Others).await
}

async fn end(ask: &Ask, body: &[u8], which: Which<'_>) -> Answer {
    wire::read(ask, body)?;
    wire::require_origin(ask)?;
    let here = wire::here(ask).await?;
    sessions::revoke(ask, &here.viewer, which).await?;
    answer::json(200, &Status::default())
}
