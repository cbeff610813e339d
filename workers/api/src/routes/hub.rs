//! `/` and `/after-sign-in`: where people arrive, and where they are sent on from.

use crate::{
    account::providers,
    answer::{self, Answer},
    ask::Ask,
    facts,
    pages::{
        Notice, hub,
        sign_in::{SignIn, failure_words},
    },
};
use vetka_domain::destination::{self, Next};

/// The hub: what Vetka is, for a visitor; where to go on, for somebody who is signed in.
#[worker::send]
pub async fn show(ask: Ask) -> Answer {
    let facts = facts::of(&ask).await?;
    let (wants_sign_in, next) = (ask.param("sign-in").is_some(), ask.param("next"));
    let next = next.as_deref().and_then(Next::parse).map(Next::as_str);
    let notice = ask.param("notice").as_deref().and_then(Notice::from_code);
    if facts.signed_in() {
        // They have signed in meanwhile, in another tab say.
        if let Some(next) = next.filter(|_| wants_sign_in) {
            return Ok(answer::see_other(next));
        }
        let card = facts.site.as_ref().map(crate::site::Site::card);
        return answer::page(200, hub::home(facts.shell(), hub::Home { site: card.as_ref(), notice }));
    }
    let sign_in = if wants_sign_in { SignIn::Email { email: "", problem: None } } else { SignIn::Closed };
    let (providers, error) = (providers::offered(&ask), ask.param("error"));
    let failure = error.as_deref().filter(|_| wants_sign_in).map(failure_words);
    let welcome = hub::Welcome { sign_in, providers: &providers, failure, next, notice };
    answer::page(200, hub::welcome(facts.shell(), welcome))
}

/// Sends somebody on: to the page they wanted, else home with a site, else to get one.
#[worker::send]
pub async fn after_sign_in(ask: Ask) -> Answer {
    let facts = facts::of(&ask).await?;
    if !facts.signed_in() {
        return Ok(answer::see_other("/?sign-in"));
    }
    let next = ask.param("next");
    let next = next.as_deref().and_then(Next::parse).map(Next::as_str);
    Ok(answer::see_other(next.unwrap_or_else(|| destination::post_login(facts.site.is_some()))))
}
