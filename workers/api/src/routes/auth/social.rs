//! Providers on BetterAuth's wire: the way there, the way back, and what is connected.

use super::{
    answers::{Account, Redirect, Status},
    wire::{self, Fields, refused},
};
use crate::{
    account::providers::{self, Returned, Start},
    answer::{self, Answer, Response},
    ask::{Ask, Named},
};
use serde_json::Value;
use vetka_domain::{
    oauth::{
        Provider,
        callback::{location, with_error},
        failure::tidy_code,
    },
    target::encode_component,
};
use vetka_edge::Error;

/// What is remembered of a provider's own words for a refusal, in characters.
const MAX_DESCRIPTION: usize = 200;
const MAX_HINT: usize = 254;

/// `POST /sign-in/social`. Status 200 with a `Location`, as that protocol has it.
pub async fn sign_in(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    wire::callbacks(&ask, body.as_ref())?;
    let wish = Wish::read(body.as_ref())?;
    go(&ask, &wish, None).await
}

/// `POST /link-social`: connects an identity with the account of whoever asks, whatever its address. Only they can ask, and
/// only while they are signed in can it end, so it joins nothing behind anybody's back.
pub async fn link(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    wire::callbacks(&ask, body.as_ref())?;
    let wish = Wish::read(body.as_ref())?;
    let here = wire::here(&ask).await?;
    go(&ask, &wish, Some(&here.user.id)).await
}

/// The fields that are read. `scopes` may be sent and are not: a provider is asked who it is, and for nothing else.
struct Wish<'a> {
    provider: &'a str,
    callback: Option<&'a str>,
    error: Option<&'a str>,
    new_user: Option<&'a str>,
    login_hint: Option<&'a str>,
    stay: bool,
    has_id_token: bool,
}

impl<'a> Wish<'a> {
    fn read(body: Option<&'a Value>) -> vetka_edge::Result<Self> {
        let url = |name: &str| body?.get(name)?.as_str().filter(|url| !url.is_empty());
        let mut fields = Fields::of(body);
        let wish = Self {
            provider: fields.text("provider"),
            callback: url("callbackURL"),
            error: url("errorCallbackURL"),
            new_user: url("newUserCallbackURL"),
            login_hint: fields.optional("loginHint", MAX_HINT),
            stay: fields.flag("disableRedirect"),
            has_id_token: body.and_then(|body| body.get("idToken")).is_some_and(|token| !token.is_null()),
        };
        fields.flag("requestSignUp");
        fields.unread_texts("scopes");
        fields.finish()?;
        Ok(wish)
    }
}

async fn go(ask: &Ask, wish: &Wish<'_>, link: Option<&str>) -> Answer {
    let provider = Provider::parse(wish.provider).filter(|provider| providers::offered(ask).contains(provider));
    let provider = provider.ok_or_else(providers::not_offered)?;
    if wish.has_id_token {
        return Err(refused(404, "ID_TOKEN_NOT_SUPPORTED", "id_token not supported").into());
    }
    let start = Start {
        error: wish.error,
        new_user: wish.new_user,
        link,
        login_hint: wish.login_hint,
        ..Start::new(provider, wish.callback.unwrap_or(&ask.config().app_origin))
    };
    let url = providers::start(ask, &start).await.map_err(in_their_words)?;
    let mut response = answer::json(200, &Redirect { url: url.clone(), redirect: !wish.stay })?;
    if !wish.stay {
        answer::add(&mut response, "location", &url);
    }
    Ok(response)
}

/// Codes on this wire are upper-case.
fn in_their_words(mut failure: Error) -> Error {
    if failure.code == "provider_unavailable" {
        failure.code = "PROVIDER_UNAVAILABLE";
    }
    failure
}

/// `GET /callback/:provider`: the browser comes back.
pub async fn callback(ask: Ask, Named(provider): Named) -> Answer {
    let shorten = |text: String| text.chars().filter(|c| !c.is_control()).take(MAX_DESCRIPTION).collect();
    let returned = Returned {
        provider,
        code: ask.param("code"),
        state: ask.param("state").filter(|state| !state.is_empty()),
        error: ask.param("error").filter(|error| !error.is_empty()),
        error_description: ask.param("error_description").map(shorten).filter(|words: &String| !words.is_empty()),
        iss: ask.param("iss"),
    };
    Ok(found(&providers::finish(&ask, &returned).await?))
}

/// `POST /callback/:provider`, for providers that come back with a form: the same with GET, so that the cookie comes along.
pub async fn callback_form(ask: Ask, Named(provider): Named, body: Vec<u8>) -> Answer {
    let form = ask.form(&body).ok();
    let query: Vec<String> = ["code", "error", "error_description", "state", "iss"]
        .into_iter()
        .filter_map(|name| {
            let posted = form.as_ref().map(|form| form.get(name)).filter(|value| !value.is_empty());
            ask.param(name).or(posted).map(|value| format!("{name}={}", encode_component(&value)))
        })
        .collect();
    let origin = &ask.config().app_origin;
    Ok(found(&format!("{origin}/api/auth/callback/{}?{}", encode_component(&provider), query.join("&"))))
}

/// `GET /error`: where a failure ends that has no other place. The sign-in dialog says it in words.
pub async fn error(ask: Ask) -> Answer {
    let code = ask.param("error").unwrap_or_default();
    Ok(found(&with_error("/?sign-in", tidy_code(&code), None)))
}

/// `GET /list-accounts`.
pub async fn list(ask: Ask) -> Answer {
    let here = wire::here(&ask).await?;
    let connected = providers::connected(&ask, &here.user.id).await?;
    let all: Vec<Account> = connected.into_iter().map(|one| Account::of(one, &here.user.id)).collect();
    answer::json(200, &all)
}

/// `POST /unlink-account`. The last one may go too: everybody can sign in with a code.
pub async fn unlink(ask: Ask, body: Vec<u8>) -> Answer {
    let body = wire::read(&ask, &body)?;
    wire::require_origin(&ask)?;
    let mut fields = Fields::of(body.as_ref());
    let id = fields.text("accountId");
    fields.finish()?;
    let here = wire::here_freshly(&ask).await?;
    if !providers::disconnect(&ask, &here.user.id, id).await? {
        return Err(refused(400, "ACCOUNT_NOT_FOUND", "Account not found").into());
    }
    answer::json(200, &Status::default())
}

fn found(url: &str) -> Response {
    let headers = [("location", &*location(url)), ("cache-control", "no-store"), ("content-type", "application/json")];
    answer::with(302, &headers, Vec::new())
}
