//! Looking at a website, as carefully as one looks at a stranger's: its name is looked up first and refused unless every
//! address is public, at each redirect again; encrypted, at the usual port; five seconds and a megabyte at most; nothing
//! of what was read goes to whoever asked.

use super::dns;
use futures::{
    StreamExt,
    future::{Either, select},
    join,
};
use std::{pin::pin, time::Duration};
use vetka_domain::external::{
    address,
    domain::{Domain, Parts},
    fetch::{self, MAX_BYTES, MAX_REDIRECTS, TIMEOUT_MS, Unseen},
    proof::{self, Look},
    tag::{self, Tags},
};
use vetka_edge::{Result, config, config::Config, url};
use worker::{
    AbortController, AbortSignal, CacheMode, Delay, Env, Fetch, Headers, Request, RequestInit, RequestRedirect,
    Response,
};

/// Looks at a website's first page and at its DNS record, both at once.
///
/// # Errors
/// Internal, when a setting is missing. What goes wrong with the website is part of the look.
pub async fn at(env: &Env, domain: &Domain) -> Result<Look> {
    let (config, resolver) = (Config::from_env(env)?, config::var(env, "DNS_URL")?);
    let abort = AbortController::default();
    let visit = Visit { config: &config, resolver: &resolver, domain, signal: abort.signal() };
    let record = domain.record_name();
    let looked = {
        let (page, texts) = (
            within(visit.page(), || Err(Unseen::TooSlow)),
            within(dns::texts(&resolver, &record, &visit.signal), || None),
        );
        let (page, texts) = join!(page, texts);
        Look { page, texts }
    };
    // Whatever is still on its way is not waited for, and a page without an end is left.
    abort.abort();
    Ok(looked)
}

async fn within<T>(work: impl Future<Output = T>, too_late: impl FnOnce() -> T) -> T {
    match select(pin!(work), pin!(Delay::from(Duration::from_millis(TIMEOUT_MS)))).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => too_late(),
    }
}

struct Visit<'a> {
    config: &'a Config,
    resolver: &'a str,
    domain: &'a Domain,
    signal: AbortSignal,
}

impl Visit<'_> {
    async fn page(&self) -> core::result::Result<Tags, Unseen> {
        let house = self.config.house();
        let mut address = format!("{}/", self.domain.origin(&house));
        let mut host = self.domain.host().to_owned();
        for _ in 0..=MAX_REDIRECTS {
            if !self.domain.is_development(&house) {
                self.require_public(&host).await?;
            }
            let response = self.get(&address).await.map_err(|_| Unseen::NoAnswer)?;
            match response.status_code() {
                200..=299 => return self.read(response).await,
                300..=399 => {
                    let location = response.headers().get("location").ok().flatten().ok_or(Unseen::Failed)?;
                    let to = url::resolve(&address, &location).ok_or(Unseen::Elsewhere)?;
                    fetch::follow(self.domain, &to, &house)?;
                    (address, host) = spelled(&to);
                }
                _ => return Err(Unseen::Failed),
            }
        }
        Err(Unseen::TooManyRedirects)
    }

    async fn require_public(&self, host: &str) -> core::result::Result<(), Unseen> {
        let addresses = dns::addresses(self.resolver, host, &self.signal).await.ok_or(Unseen::NotLookedUp)?;
        if addresses.is_empty() {
            return Err(Unseen::NoAddress);
        }
        if addresses.into_iter().all(address::is_public) { Ok(()) } else { Err(Unseen::NotPublic) }
    }

    async fn get(&self, address: &str) -> worker::Result<Response> {
        let headers = Headers::new();
        headers.set("user-agent", &format!("VetkaBot/1.0 (+{})", self.config.app_origin))?;
        headers.set("accept", "text/html")?;
        let mut init = RequestInit::new();
        init.with_headers(headers).with_redirect(RequestRedirect::Manual).with_cache(CacheMode::NoStore);
        Fetch::Request(Request::new_with_init(address, &init)?).send_with_signal(&self.signal).await
    }

    async fn read(&self, mut response: Response) -> core::result::Result<Tags, Unseen> {
        let content_type = response.headers().get("content-type").ok().flatten();
        if crate::answer::essence(content_type.as_deref()) != "text/html" {
            return Err(Unseen::NotHtml);
        }
        let mut stream = response.stream().map_err(|_| Unseen::NoAnswer)?;
        let mut page = Vec::new();
        while page.len() < MAX_BYTES {
            match stream.next().await {
                Some(Ok(bytes)) => page.extend(bytes),
                Some(Err(_)) => return Err(Unseen::NoAnswer),
                None => break,
            }
        }
        page.truncate(MAX_BYTES);
        Ok(tag::find(&page, &proof::script(&self.config.app_origin)))
    }
}

/// An address in one piece again, and its host as names are looked up.
fn spelled(to: &Parts) -> (String, String) {
    let host = to.host.strip_suffix('.').unwrap_or(&to.host);
    let port = to.port.map_or_else(String::new, |port| format!(":{port}"));
    (format!("{}://{host}{port}{}", to.scheme, to.path), host.to_owned())
}
