//! What the resolver says of a domain: whose it proves to be, and where it leads.

use futures::{
    future::{Either, select},
    join,
};
use std::{net::IpAddr, pin::pin, time::Duration};
use vetka_domain::{
    custom_domain::{self, Pointing},
    external::fetch::TIMEOUT_MS,
};
use vetka_edge::{Result, config, config::Config, dns};
use worker::{AbortController, AbortSignal, Delay, Env};

/// What was seen of a domain's names at one moment.
#[derive(Debug)]
pub struct Names {
    /// The texts under `_vetka.`; `None` when they could not be looked up.
    pub texts: Option<Vec<String>>,
    /// Where it leads; `None` when that could not be looked up.
    pub pointing: Option<Pointing>,
}

/// Looks a domain up.
///
/// # Errors
/// Internal, when a setting is missing. What cannot be looked up is part of the look.
pub async fn look_up(env: &Env, hostname: &str) -> Result<Names> {
    let (config, resolver) = (Config::from_env(env)?, config::var(env, "DNS_URL")?);
    let fallback = custom_domain::fallback_host(config.sites_domain());
    let abort = AbortController::default();
    let signal = abort.signal();
    let record = format!("_vetka.{hostname}");
    let names = {
        let looking = pin!(async {
            let (texts, pointing) =
                join!(dns::texts(&resolver, &record, &signal), pointing(&resolver, hostname, &fallback, &signal));
            Names { texts, pointing }
        });
        match select(looking, pin!(Delay::from(Duration::from_millis(TIMEOUT_MS)))).await {
            Either::Left((names, _)) => names,
            Either::Right(_) => Names { texts: None, pointing: None },
        }
    };
    abort.abort();
    Ok(names)
}

async fn pointing(resolver: &str, hostname: &str, fallback: &str, signal: &AbortSignal) -> Option<Pointing> {
    let aliases = dns::aliases(resolver, hostname, signal).await?;
    let (addresses, ours): (Vec<IpAddr>, Vec<IpAddr>) = if aliases.is_empty() {
        let (addresses, ours) =
            join!(dns::addresses(resolver, hostname, signal), dns::addresses(resolver, fallback, signal));
        (addresses?, ours.unwrap_or_default())
    } else {
        Default::default()
    };
    Some(custom_domain::pointing(&aliases, &addresses, &ours, fallback))
}
