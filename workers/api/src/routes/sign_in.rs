//! `/signin`, `/signup`, `/auth/callback` and `/api/v1/auth`: signing in and out at the addresses of the teams' pages and of their
//! API. The ways and the sessions are those of the forms and of BetterAuth's wire.

use super::sign_in_forms::to_provider;
use crate::{
    account::sessions::{self, User},
    answer::{self, Answer},
    ask::{Ask, Named},
};
use schemars::JsonSchema;
use serde::Serialize;
use vetka_domain::{cookie, destination::Next, oauth::Provider, target::encode_component};
use vetka_edge::error;

/// Whose the session is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WhoAmI")]
pub struct Me {
    /// The account.
    user: User,
}

/// `GET /signin` and `GET /signup`: the dialog is for those who come back and for those who are new. It goes on to `?next=`.
pub async fn dialog(ask: Ask) -> Answer {
    let next = ask.param("next");
    let next = next.as_deref().and_then(Next::parse).map(|next| format!("&next={}", encode_component(next.as_str())));
    Ok(answer::see_other(&format!("/?sign-in{}", next.unwrap_or_default())))
}

/// `GET /auth/callback/:provider`: each provider knows one address of ours, and whatever is brought here belongs there.
pub async fn callback(ask: Ask, Named(provider): Named) -> Answer {
    let query = ask.target().query;
    Ok(answer::see_other(&format!("/api/auth/callback/{}?{query}", encode_component(&provider))))
}

/// `GET /api/v1/auth/google`: the browser goes to Google, and comes back to `?next=`.
pub async fn google(ask: Ask) -> Answer {
    let next = ask.param("next").unwrap_or_default();
    to_provider(&ask, Provider::Google, &next).await
}

/// `GET /api/v1/auth/google/callback`: as [`callback`].
pub async fn google_callback(ask: Ask) -> Answer {
    callback(ask, Named("google".to_owned())).await
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
