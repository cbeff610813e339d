//! Signing in and out without JavaScript: plain forms, the same codes and sessions as on BetterAuth's wire.

use crate::{
    account::{
        codes::{self, Tried, Use},
        sessions::{self, Introduction, Way},
    },
    answer::{self, Answer},
    ask::Ask,
    facts,
    pages::{Notice, hub, sign_in::SignIn},
};
use axum::body::Bytes;
use vetka_domain::{destination::Next, email::Email, otp::Verdict};

const NO_ADDRESS: &str = "That does not look like an e-mail address. Check it and try again.";

/// Sends a code and asks for it.
#[worker::send]
pub async fn send_code(ask: Ask, body: Bytes) -> Answer {
    let form = ask.form(&body)?;
    let (typed, next) = (form.get("email"), form.get("next"));
    let Some(email) = Email::parse(&typed) else {
        let view = SignIn::Email { email: &typed, problem: Some(NO_ADDRESS) };
        return dialog(&ask, 422, view, &next).await;
    };
    match codes::send(&ask, &email).await {
        Ok(()) => dialog(&ask, 200, SignIn::Code { email: email.as_str(), problem: None }, &next).await,
        Err(failure) if failure.status == 429 || matches!(failure.code, "INVALID_EMAIL" | "EMAIL_NOT_SENT") => {
            failure.log(ask.request_id());
            let view = SignIn::Email { email: email.as_str(), problem: Some(&failure.message) };
            Ok(answer::refusing(dialog(&ask, failure.status, view, &next).await?, &failure))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Takes the code and signs in.
#[worker::send]
pub async fn take_code(ask: Ask, body: Bytes) -> Answer {
    let form = ask.form(&body)?;
    let (typed, next) = (form.get("email"), form.get("next"));
    let Some(email) = Email::parse(&typed) else {
        let view = SignIn::Email { email: &typed, problem: Some(NO_ADDRESS) };
        return dialog(&ask, 422, view, &next).await;
    };
    let tried = match codes::try_code(&ask, &email, &form.get("code"), Use::Consume).await {
        Ok(tried) => tried,
        Err(failure) if failure.status == 429 => {
            let view = SignIn::Code { email: email.as_str(), problem: Some(&failure.message) };
            return Ok(answer::refusing(dialog(&ask, failure.status, view, &next).await?, &failure));
        }
        Err(failure) => return Err(failure.into()),
    };
    if let Some(problem) = words(tried) {
        return dialog(&ask, 422, SignIn::Code { email: email.as_str(), problem: Some(problem) }, &next).await;
    }
    sessions::begin(&ask, &email, Way::Code(&Introduction::default())).await?;
    Ok(answer::see_other(Next::parse(&next).map_or("/after-sign-in", Next::as_str)))
}

/// Signs out.
#[worker::send]
pub async fn sign_out(ask: Ask) -> Answer {
    sessions::end(&ask).await?;
    Ok(answer::see_other(&format!("/?notice={}", Notice::SignedOut.code())))
}

async fn dialog(ask: &Ask, status: u16, sign_in: SignIn<'_>, next: &str) -> Answer {
    let facts = facts::none(ask).await?;
    let next = Next::parse(next).map(Next::as_str);
    answer::page(status, hub::welcome(facts.shell(), hub::Welcome { sign_in, next, notice: None }))
}

/// What was wrong, for the person; nothing when the code was right.
fn words(tried: Tried) -> Option<&'static str> {
    match tried {
        Tried::Judged(Verdict::Right) => None,
        Tried::Judged(Verdict::Wrong) => {
            Some("That code is not right. Take the one from the newest mail, in the browser that asked for it.")
        }
        Tried::Judged(Verdict::Expired) => Some("That code is too old. Ask for a new one below."),
        Tried::Judged(Verdict::TooMany) => {
            Some("That was one try too many, so the code stopped working. Ask for a new one below.")
        }
        Tried::OtherBrowser => {
            Some("That code was asked for in another browser. Use it there, or ask for a new one here.")
        }
    }
}
