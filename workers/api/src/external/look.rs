//! Looking at a website, to see whose it proves to be: its first page and its DNS record, both at once. Nothing of what was
//! read goes to whoever asked.

use futures::{
    future::{Either, select},
    join,
};
use std::{pin::pin, time::Duration};
use vetka_domain::external::{
    domain::Domain,
    fetch::{TIMEOUT_MS, Unseen},
    proof::{self, Look},
    tag::{self, Tags},
};
use vetka_edge::{
    Result,
    config::{self, Config},
    dns,
    fetch::{self, Ask, To},
};
use worker::{AbortController, Delay, Env};

/// Looks at a website's first page and at its DNS record.
///
/// # Errors
/// Internal, when a setting is missing. What goes wrong with the website is part of the look.
pub async fn at(env: &Env, domain: &Domain) -> Result<Look> {
    let config = Config::from_env(env)?;
    let (page, texts) = join!(page(env, &config, domain), texts(env, domain));
    Ok(Look { page: page?, texts: texts? })
}

async fn page(env: &Env, config: &Config, domain: &Domain) -> Result<core::result::Result<Tags, Unseen>> {
    let address = format!("{}/", domain.origin(&config.house()));
    let user_agent = fetch::user_agent(config, "VetkaBot/1.0", "");
    let ask = Ask { accept: "text/html", to: To::Website(domain), ..Ask::page(&address, &user_agent) };
    Ok(fetch::fetch(env, &ask).await?.and_then(|got| {
        if !matches!(got.status, 200..=299) {
            return Err(Unseen::Failed);
        }
        if got.essence() != "text/html" {
            return Err(Unseen::NotHtml);
        }
        Ok(tag::find(&got.body, &proof::script(&config.app_origin)))
    }))
}

async fn texts(env: &Env, domain: &Domain) -> Result<Option<Vec<String>>> {
    let (resolver, record) = (config::var(env, "DNS_URL")?, domain.record_name());
    let abort = AbortController::default();
    let signal = abort.signal();
    let texts = {
        let timeout = Delay::from(Duration::from_millis(TIMEOUT_MS));
        match select(pin!(dns::texts(&resolver, &record, &signal)), pin!(timeout)).await {
            Either::Left((texts, _)) => texts,
            Either::Right(_) => None,
        }
    };
    abort.abort();
    Ok(texts)
}
