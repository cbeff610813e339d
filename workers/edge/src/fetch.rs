//! The careful fetch: asking for a stranger's page as one opens a stranger's door. Its name is looked up first and
//! refused unless every address is public, at each redirect again; a time and a size are set beforehand; nothing of ours
//! goes along but our name. What comes back is hostile text, whatever it says it is.

use crate::{Result, config, config::Config, dns, url};
use futures::{
    StreamExt,
    future::{Either, select},
};
use std::{pin::pin, time::Duration};
use vetka_domain::external::{
    address,
    domain::{Domain, House, Parts, is_below},
    fetch::{self, MAX_BYTES, MAX_REDIRECTS, Place, TIMEOUT_MS, Unseen},
};
use worker::{
    AbortController, AbortSignal, CacheMode, Delay, Env, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
    Response, js_sys::Uint8Array, web_sys::TextDecoder,
};

/// What one asks for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Where.
    pub url: &'a str,
    /// What is wanted, by its content types.
    pub accept: &'a str,
    /// Who we say that we are; [`user_agent`] makes one.
    pub user_agent: &'a str,
    /// Further headers, as conditions are.
    pub headers: &'a [(&'a str, &'a str)],
    /// A form to send; without one it is a GET.
    pub form: Option<&'a str>,
    /// Where redirects may lead.
    pub to: To<'a>,
    /// How much of it is wanted.
    pub limits: Limits,
}

impl<'a> Ask<'a> {
    /// A page or a file, wherever it is.
    pub fn page(url: &'a str, user_agent: &'a str) -> Self {
        let (accept, to) = ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.1", To::Anywhere);
        Self { url, accept, user_agent, headers: &[], form: None, to, limits: Limits::PAGE }
    }
}

/// Where redirects may lead.
#[derive(Debug, Clone, Copy)]
pub enum To<'a> {
    /// To the same website alone, encrypted: what is read there proves whose it is.
    Website(&'a Domain),
    /// To any website.
    Anywhere,
}

/// What a fetch may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Milliseconds in all, names and redirects included.
    pub timeout_ms: u64,
    /// Of the body, once it is unpacked.
    pub bytes: usize,
    /// How often it may send us on.
    pub redirects: usize,
}

impl Limits {
    /// For a page.
    pub const PAGE: Self = Self { timeout_ms: TIMEOUT_MS, bytes: MAX_BYTES, redirects: MAX_REDIRECTS };
    /// For a page that somebody elsewhere names: there is time, since nobody waits.
    pub const PATIENT: Self = Self { timeout_ms: 10_000, bytes: MAX_BYTES, redirects: 5 };
    /// For a feed.
    pub const FEED: Self = Self { timeout_ms: 10_000, bytes: 5 * MAX_BYTES, redirects: 5 };
}

/// What came back, after all redirects.
pub struct Got {
    /// Where it came from in the end.
    pub url: String,
    /// Its status; no redirect.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// What it said, if it was a success; not more than was wanted.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
    /// The statuses of the redirects on the way.
    pub hops: Vec<u16>,
}

impl Got {
    /// A header, if it is there and can be read.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    /// What it says that it is, lower-cased and without parameters: `text/html`.
    pub fn essence(&self) -> String {
        let given = self.header("content-type").unwrap_or_default();
        given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether every redirect on the way was for good.
    pub fn moved_for_good(&self) -> bool {
        !self.hops.is_empty() && self.hops.iter().all(|status| matches!(status, 301 | 308))
    }

    /// The body as text, in the encoding of that name. One that nobody knows is taken for UTF-8.
    pub fn text(&self, encoding: &str) -> String {
        decode(&self.body, encoding)
    }
}

/// Bytes as text; what is wrong in them becomes U+FFFD, and a byte order mark goes.
pub fn decode(bytes: &[u8], encoding: &str) -> String {
    if encoding.eq_ignore_ascii_case("utf-8") {
        return String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_owned();
    }
    TextDecoder::new_with_label(encoding)
        .and_then(|decoder| decoder.decode_with_buffer_source(&Uint8Array::from(bytes)))
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

/// Who we say that we are: `VetkaFeed/1 (+https://vetka.sh; 3 subscribers)`.
pub fn user_agent(config: &Config, name: &str, more: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!("; {more}") };
    format!("{name} (+{}{more})", config.app_origin)
}

/// Asks. What goes wrong at the other end is `Ok(Err(_))`.
///
/// # Errors
/// Internal, when a setting is missing.
pub async fn fetch(env: &Env, ask: &Ask<'_>) -> Result<core::result::Result<Got, Unseen>> {
    let (config, resolver) = (Config::from_env(env)?, config::var(env, "DNS_URL")?);
    let abort = AbortController::default();
    let visit = Visit { house: config.house(), resolver: &resolver, ask, signal: abort.signal() };
    let got = {
        let timeout = Delay::from(Duration::from_millis(ask.limits.timeout_ms));
        match select(pin!(visit.go()), pin!(timeout)).await {
            Either::Left((got, _)) => got,
            Either::Right(_) => Err(Unseen::TooSlow),
        }
    };
    // Whatever is still on its way is not waited for, and a page without an end is left.
    abort.abort();
    Ok(got)
}

struct Visit<'a> {
    house: House<'a>,
    resolver: &'a str,
    ask: &'a Ask<'a>,
    signal: AbortSignal,
}

impl Visit<'_> {
    async fn go(&self) -> core::result::Result<Got, Unseen> {
        let mut address = url::resolve(self.ask.url, self.ask.url).ok_or(Unseen::OffLimits)?;
        let mut hops = Vec::new();
        loop {
            let place = match self.ask.to {
                // The rule of redirects has judged everything but the first, which is its own website.
                To::Website(domain) if domain.is_development(&self.house) => Place::Development,
                To::Website(_) => Place::Public,
                To::Anywhere => fetch::may_ask(&address, &self.house)?,
            };
            if place == Place::Public {
                self.require_public(bare(&address.host)).await?;
            }
            let at = spelled(&address);
            let response = self.send(&at).await.map_err(|_| Unseen::NoAnswer)?;
            let status = response.status_code();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return self.read(response, at, hops).await;
            }
            if hops.len() >= self.ask.limits.redirects {
                return Err(Unseen::TooManyRedirects);
            }
            hops.push(status);
            let location = response.headers().get("location").ok().flatten().ok_or(Unseen::Failed)?;
            let to = url::resolve(&at, &location).ok_or(Unseen::Elsewhere)?;
            if let To::Website(domain) = self.ask.to {
                fetch::follow(domain, &to, &self.house)?;
            }
            address = to;
        }
    }

    async fn require_public(&self, host: &str) -> core::result::Result<(), Unseen> {
        let addresses = dns::addresses(self.resolver, host, &self.signal).await.ok_or(Unseen::NotLookedUp)?;
        if addresses.is_empty() {
            return Err(Unseen::NoAddress);
        }
        if addresses.into_iter().all(address::is_public) { Ok(()) } else { Err(Unseen::NotPublic) }
    }

    async fn send(&self, at: &str) -> worker::Result<Response> {
        let headers = Headers::new();
        headers.set("user-agent", self.ask.user_agent)?;
        headers.set("accept", self.ask.accept)?;
        for (name, value) in self.ask.headers {
            headers.set(name, value)?;
        }
        let mut init = RequestInit::new();
        init.with_redirect(RequestRedirect::Manual).with_cache(CacheMode::NoStore);
        if let Some(form) = self.ask.form {
            headers.set("content-type", "application/x-www-form-urlencoded")?;
            init.with_method(Method::Post).with_body(Some(form.into()));
        }
        init.with_headers(headers);
        Fetch::Request(Request::new_with_init(at, &init)?).send_with_signal(&self.signal).await
    }

    async fn read(&self, mut response: Response, url: String, hops: Vec<u16>) -> core::result::Result<Got, Unseen> {
        let (status, headers) = (response.status_code(), response.headers().clone());
        let (mut body, mut truncated) = (Vec::new(), false);
        if matches!(status, 200..=299) && !matches!(status, 204 | 205) {
            let mut stream = response.stream().map_err(|_| Unseen::NoAnswer)?;
            while let Some(bytes) = stream.next().await {
                body.extend(bytes.map_err(|_| Unseen::NoAnswer)?);
                if body.len() > self.ask.limits.bytes {
                    truncated = true;
                    break;
                }
            }
            body.truncate(self.ask.limits.bytes);
        }
        Ok(Got { url, status, headers, body, truncated, hops })
    }
}

/// A name as it is looked up.
fn bare(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// An address in one piece again, without the dot that may stand behind a name.
fn spelled(to: &Parts) -> String {
    let port = to.port.map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{}{port}{}", to.scheme, bare(&to.host), to.path)
}

/// Whether a host is the app's, or that of a site that is made here.
pub fn is_ours(host: &str, house: &House<'_>) -> bool {
    is_below(bare(host), house.app_host) || is_below(bare(host), house.sites_domain)
}
