//! `/api/v1/auth`: signing in and out at the addresses of the teams' API. The ways and the sessions are those of the forms and
//! of BetterAuth's wire.

use super::sign_in_forms::to_provider;
use crate::{
    account::sessions::{self, User},
    answer::{self, Answer},
    ask::Ask,
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::{cookie, oauth::Provider};
use vetka_edge::error;

/// Whose the session is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WhoAmI")]
pub struct Me {
    /// The account.
    user: User,
}

/// `GET /api/v1/auth/google`: the browser goes to Google, and comes back to `?next=`.
pub async fn google(ask: Ask) -> Answer {
    let next = ask.param("next").unwrap_or_default();
    to_provider(&ask, Provider::Google, &next).await
}

/// `GET /api/v1/auth/google/callback`: Google knows one address of ours, and whatever is brought here belongs there.
pub async fn google_callback(ask: Ask) -> Answer {
    let query = ask.target().query;
    Ok(answer::see_other(&format!("/api/auth/callback/google?{query}")))
}

/// `GET /api/v1/auth/me`, by the session's row: what is over is nobody's.
pub async fn me(ask: Ask) -> Answer {
    let viewer = ask.signed_in().await?;
    let Some(here) = sessions::read(&ask, &viewer, true).await? else {
        return Err(error::unauthorized().with_header("set-cookie", cookie::clear(cookie::SESSION)).into());
    };
    answer::json(200, &Me { user: here.user })
}

/// `POST /api/v1/auth/logout`. The same answer with and without a session.
pub async fn log_out(ask: Ask) -> Answer {
    sessions::end(&ask).await?;
    Ok(answer::empty(204))
}
