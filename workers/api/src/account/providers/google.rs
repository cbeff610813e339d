//! Google's side of a way through it: where its endpoints are, the exchange of a code, and the check of what it signs.
//!
//! Discovery and keys are kept in the isolate's memory for as long as their answers allow.

use super::Client;
use crate::ask::Ask;
use serde::Deserialize;
use std::{cell::RefCell, rc::Rc};
use vetka_domain::oauth::{
    Failure, Profile,
    google::{self, Discovery, Expected, Key, Unverified},
};
use vetka_edge::{Result, config, error, log, outside, rs256};

/// How long an answer is kept that does not say it.
const KEEP_S: i64 = 5 * 60;
/// The longest that any answer is kept, whatever it says.
const KEEP_AT_MOST_S: i64 = 24 * 60 * 60;
/// How often keys are fetched before they have run out, because a signature did not fit them.
const REFETCH_AFTER_MS: i64 = 60_000;

/// Something fetched.
struct Kept<T> {
    url: String,
    value: Rc<T>,
    until: i64,
    /// When it was last fetched before its time.
    refetched_at: i64,
}

thread_local! {
    static DISCOVERY: RefCell<Option<Kept<Discovery>>> = const { RefCell::new(None) };
    static KEYS: RefCell<Option<Kept<Vec<Key>>>> = const { RefCell::new(None) };
}

/// The issuer.
pub fn issuer(ask: &Ask) -> Result<String> {
    config::var(ask.env(), "GOOGLE_ISSUER")
}

/// Where the issuer's endpoints are.
///
/// # Errors
/// 502 when it does not say so.
pub async fn discovery(ask: &Ask) -> Result<Rc<Discovery>> {
    let issuer = issuer(ask)?;
    let url = format!("{issuer}/.well-known/openid-configuration");
    if let Some(known) = DISCOVERY.with_borrow(|kept| usable(kept.as_ref(), &url, ask.now())) {
        return Ok(known);
    }
    let silent =
        |cause| error::upstream("provider_unavailable", "Google is not answering. Try again in a minute.", cause);
    let answer = outside::get(&url, None).await.map_err(silent)?;
    let found = Discovery::parse(&answer.body, &issuer).filter(|_| answer.status == 200);
    let value = Rc::new(found.ok_or_else(|| silent(format!("discovery answered {} and was no use", answer.status)))?);
    let until = ask.now() + keep_ms(answer.max_age_s);
    DISCOVERY.set(Some(Kept { url, value: Rc::clone(&value), until, refetched_at: 0 }));
    Ok(value)
}

/// Exchanges a code for who it was, and what was allowed. The tokens end here.
pub async fn profile(
    ask: &Ask,
    client: &Client,
    form: &[(&str, &str)],
    nonce: &str,
) -> core::result::Result<(Profile, Vec<String>), Failure> {
    #[derive(Deserialize)]
    struct Tokens {
        id_token: String,
        scope: Option<String>,
    }
    let failed = |failure: Failure, cause: &str| {
        log::error(ask.request_id(), failure.as_str(), &format!("google: {cause}"));
        failure
    };
    let internal = |failure: vetka_edge::Error| {
        let cause = failure.internal.unwrap_or_default();
        log::error(ask.request_id(), failure.code, &format!("google: {cause}"));
        Failure::UnableToGetUserInfo
    };
    let discovery = discovery(ask).await.map_err(internal)?;
    let answer =
        outside::post(&discovery.token_endpoint, form).await.map_err(|cause| failed(Failure::InvalidCode, &cause))?;
    if answer.status != 200 {
        let cause = format!("the token endpoint answered {} {}", answer.status, refusal(&answer.body));
        return Err(failed(Failure::InvalidCode, &cause));
    }
    let tokens: Tokens = serde_json::from_slice(&answer.body)
        .map_err(|_| failed(Failure::InvalidCode, "the token endpoint's answer cannot be read"))?;
    let token = Unverified::parse(&tokens.id_token)
        .ok_or_else(|| failed(Failure::UnableToGetUserInfo, "the id_token is not one of RS256"))?;
    if !is_signed(ask, &discovery.jwks_uri, &token).await.map_err(internal)? {
        return Err(failed(Failure::UnableToGetUserInfo, "no key of the issuer has signed the id_token"));
    }
    let issuer = issuer(ask).map_err(internal)?;
    let expected = Expected { issuer: &issuer, client_id: &client.id, nonce, now_ms: ask.now() };
    let profile = token
        .verified()
        .profile(&expected)
        .map_err(|fault| failed(Failure::UnableToGetUserInfo, &format!("the id_token's claims: {fault:?}")))?;
    Ok((profile, vetka_domain::oauth::scopes(tokens.scope.as_deref().unwrap_or_default())))
}

/// Whether one of the issuer's keys has signed the token. Keys change, and an issuer may even give a new key an old name:
/// when none fits, they are fetched anew, but not for every token that somebody makes up.
async fn is_signed(ask: &Ask, url: &str, token: &Unverified<'_>) -> Result<bool> {
    if let Some(known) = KEYS.with_borrow(|kept| usable(kept.as_ref(), url, ask.now())) {
        if fits(&known, token).await? {
            return Ok(true);
        }
        let now = ask.now();
        let may_refetch = KEYS.with_borrow_mut(|kept| match kept {
            Some(kept) if now - kept.refetched_at >= REFETCH_AFTER_MS => {
                kept.refetched_at = now;
                true
            }
            _ => false,
        });
        if !may_refetch {
            return Ok(false);
        }
    }
    fits(&keys(ask, url).await?, token).await
}

async fn fits(keys: &[Key], token: &Unverified<'_>) -> Result<bool> {
    for key in keys.iter().filter(|key| key.kid == token.kid) {
        if rs256::verify(&key.n, &key.e, token.signed.as_bytes(), &token.signature).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Fetches the keys.
async fn keys(ask: &Ask, url: &str) -> Result<Rc<Vec<Key>>> {
    let answer = outside::get(url, None).await.map_err(error::internal)?;
    let found = google::keys(&answer.body).filter(|_| answer.status == 200);
    let value =
        Rc::new(found.ok_or_else(|| error::internal(format!("keys answered {} and were no use", answer.status)))?);
    let until = ask.now() + keep_ms(answer.max_age_s);
    KEYS.with_borrow_mut(|kept| {
        let refetched_at = kept.as_ref().filter(|kept| kept.url == url).map_or(0, |kept| kept.refetched_at);
        *kept = Some(Kept { url: url.to_owned(), value: Rc::clone(&value), until, refetched_at });
    });
    Ok(value)
}

fn usable<T>(kept: Option<&Kept<T>>, url: &str, now: i64) -> Option<Rc<T>> {
    kept.filter(|kept| kept.url == url && now < kept.until).map(|kept| Rc::clone(&kept.value))
}

fn keep_ms(max_age_s: Option<i64>) -> i64 {
    max_age_s.unwrap_or(KEEP_S).clamp(0, KEEP_AT_MOST_S) * 1000
}

/// The `error` of an OAuth refusal, for the log.
fn refusal(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
    refusal.map(|refusal| vetka_domain::oauth::failure::tidy_code(&refusal.error).to_owned()).unwrap_or_default()
}
