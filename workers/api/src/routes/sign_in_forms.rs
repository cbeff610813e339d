//! Signing in and out by plain forms, with and without JavaScript: the same codes, providers and sessions as on BetterAuth's
//! wire.

use crate::{
    account::{
        codes::{self, Tried, Use},
        providers::{self, Start},
        sessions::{self, Introduction, Way},
    },
    answer::{self, Answer},
    ask::Ask,
    facts,
    pages::{Notice, hub, sign_in::SignIn},
};
use vetka_domain::{destination::Next, email::Email, oauth::Provider, otp::Verdict, target::encode_component};

const NO_ADDRESS: &str = "That does not look like an e-mail address. Check it and try again.";

/// Sends a code and asks for it.
pub async fn send_code(ask: Ask, body: Vec<u8>) -> Answer {
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
pub async fn take_code(ask: Ask, body: Vec<u8>) -> Answer {
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
pub async fn sign_out(ask: Ask) -> Answer {
    sessions::end(&ask).await?;
    Ok(answer::see_other(&format!("/?notice={}", Notice::SignedOut.code())))
}

/// Sends the browser to a provider. The dialog is where it comes back to when that fails.
pub async fn social(ask: Ask, body: Vec<u8>) -> Answer {
    let form = ask.form(&body)?;
    let provider = Provider::parse(&form.get("provider")).ok_or_else(providers::not_offered)?;
    to_provider(&ask, provider, &form.get("next")).await
}

/// Sends the browser to a provider, from where it comes back to `next`.
pub async fn to_provider(ask: &Ask, provider: Provider, next: &str) -> Answer {
    let (callback, error) = match Next::parse(next) {
        Some(next) => (next.as_str(), format!("/?sign-in&next={}", encode_component(next.as_str()))),
        None => ("/after-sign-in", "/?sign-in".to_owned()),
    };
    match providers::start(ask, &Start { error: Some(&error), ..Start::new(provider, callback) }).await {
        Ok(url) => Ok(answer::see_other(&url)),
        Err(failure) if failure.status == 502 => {
            failure.log(ask.request_id());
            let view = SignIn::Email { email: "", problem: None };
            show(ask, failure.status, view, next, Some(&failure.message)).await
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn dialog(ask: &Ask, status: u16, sign_in: SignIn<'_>, next: &str) -> Answer {
    show(ask, status, sign_in, next, None).await
}

async fn show(ask: &Ask, status: u16, sign_in: SignIn<'_>, next: &str, failure: Option<&str>) -> Answer {
    let facts = facts::none(ask).await;
    let next = Next::parse(next).map(Next::as_str);
    let welcome =
        hub::Welcome { sign_in, providers: &providers::offered(ask), failure, next, notice: None, news: None };
    answer::page(status, hub::welcome(facts.shell(), welcome))
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
