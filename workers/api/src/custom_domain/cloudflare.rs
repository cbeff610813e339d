//! Cloudflare for SaaS: the API for hostnames of other people's in our zone. Statuses are handed on in Cloudflare's words;
//! what they mean is the rules' business.

use futures::future::{Either, select};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::{pin::pin, time::Duration};
use vetka_domain::target::encode_component;
use vetka_edge::{config, log};
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit};

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// Cloudflare's codes, from its page "Custom hostnames, error codes".
const FULL: [i64; 2] = [1404, 1405];
const DUPLICATE: i64 = 1406;
const NOT_A_NAME: std::ops::RangeInclusive<i64> = 1407..=1411;
const NOT_THERE: i64 = 1436;

/// Our zone there.
pub struct Cloudflare {
    base: String,
    zone: String,
    token: String,
}

/// A hostname, as far as we ask.
#[derive(Debug, Deserialize)]
pub struct Hostname {
    /// Cloudflare's name for it.
    pub id: String,
    hostname: String,
    /// Whether visitors of it come to our zone.
    #[serde(default)]
    pub status: String,
    ssl: Option<Ssl>,
}

#[derive(Debug, Deserialize)]
struct Ssl {
    #[serde(default)]
    status: String,
}

impl Hostname {
    /// How far its certificate has got.
    pub fn ssl_status(&self) -> &str {
        self.ssl.as_ref().map_or("", |ssl| ssl.status.as_str())
    }
}

/// Why something was not done.
#[derive(Debug)]
pub enum Failure {
    /// Nothing can be told: no answer, an answer that is none, our token, or too much at once.
    Silent {
        /// How long we were told to wait, in milliseconds.
        wait_ms: i64,
    },
    /// There is no room for more.
    Full,
    /// It is there already.
    Duplicate,
    /// Cloudflare does not take such a name.
    NotAName,
    /// There is no such hostname.
    NotThere,
}

#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(default)]
    errors: Vec<Problem>,
    result: Option<T>,
}

#[derive(Deserialize)]
struct Problem {
    code: i64,
}

#[derive(Deserialize)]
struct Deleted {
    #[serde(rename = "id")]
    _id: String,
}

impl Cloudflare {
    /// `None` for an installation that offers no domains: it has no zone for them, or no token.
    pub fn from_env(env: &Env) -> Option<Self> {
        Some(Self {
            base: config::optional(env, "CLOUDFLARE_API_URL")?,
            zone: config::optional(env, "SAAS_ZONE_ID")?,
            token: config::optional(env, "CLOUDFLARE_SAAS_TOKEN")?,
        })
    }

    /// Makes a hostname.
    pub async fn create(&self, hostname: &str) -> Result<Hostname, Failure> {
        self.ask(Method::Post, "", Some(json!({ "hostname": hostname, "ssl": ssl() }))).await
    }

    /// The hostname of that name.
    pub async fn find(&self, hostname: &str) -> Result<Option<Hostname>, Failure> {
        let all: Vec<Hostname> =
            self.ask(Method::Get, &format!("?hostname={}", encode_component(hostname)), None).await?;
        Ok(all.into_iter().find(|one| one.hostname.eq_ignore_ascii_case(hostname)))
    }

    /// A hostname as it stands.
    pub async fn get(&self, id: &str) -> Result<Hostname, Failure> {
        self.ask(Method::Get, &format!("/{}", encode_component(id)), None).await
    }

    /// Has it validated again: Cloudflare asks less and less often by itself, and at last not any more.
    pub async fn refresh(&self, id: &str) -> Result<Hostname, Failure> {
        self.ask(Method::Patch, &format!("/{}", encode_component(id)), Some(json!({ "ssl": ssl() }))).await
    }

    /// Takes a hostname away, with its certificate. One that is gone is as good as taken away.
    pub async fn delete(&self, id: &str) -> Result<(), Failure> {
        let deleted = self.ask::<Deleted>(Method::Delete, &format!("/{}", encode_component(id)), None).await;
        match deleted {
            Ok(_) | Err(Failure::NotThere) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Result<T, Failure> {
        let abort = AbortController::default();
        let url = format!("{}/zones/{}/custom_hostnames{path}", self.base, encode_component(&self.zone));
        let what = format!("{} custom_hostnames", method.as_ref());
        let answered = {
            let answer = pin!(self.send(method, &url, body, &abort));
            match select(answer, pin!(Delay::from(TIMEOUT))).await {
                Either::Left((answer, _)) => answer.map_err(|failure| vetka_edge::error::describe(&failure)),
                Either::Right(_) => Err("no answer in time".to_owned()),
            }
        };
        abort.abort();
        let (status, wait_ms, bytes) = answered.map_err(|cause| silent(&what, &cause, 0))?;
        let envelope: Option<Envelope<T>> = serde_json::from_slice(&bytes).ok();
        let code = envelope.as_ref().and_then(|envelope| envelope.errors.first()).map_or(0, |problem| problem.code);
        match (status, envelope.and_then(|envelope| envelope.result)) {
            (200..=299, Some(result)) => Ok(result),
            _ if FULL.contains(&code) => Err(Failure::Full),
            _ if code == DUPLICATE => Err(Failure::Duplicate),
            _ if NOT_A_NAME.contains(&code) => Err(Failure::NotAName),
            (404, _) => Err(Failure::NotThere),
            _ if code == NOT_THERE => Err(Failure::NotThere),
            _ => Err(silent(&what, &format!("answered {status}, code {code}"), wait_ms)),
        }
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        body: Option<serde_json::Value>,
        abort: &AbortController,
    ) -> worker::Result<(u16, i64, Vec<u8>)> {
        let headers = Headers::new();
        headers.set("authorization", &format!("Bearer {}", self.token))?;
        let mut init = RequestInit::new();
        init.with_method(method);
        if let Some(body) = body {
            headers.set("content-type", "application/json")?;
            init.with_body(Some(body.to_string().into()));
        }
        init.with_headers(headers);
        let request = Request::new_with_init(url, &init)?;
        let mut response = Fetch::Request(request).send_with_signal(&abort.signal()).await?;
        let seconds: i64 =
            response.headers().get("retry-after")?.and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        let mut bytes = response.bytes().await?;
        bytes.truncate(MAX_ANSWER);
        Ok((response.status_code(), seconds.clamp(0, 24 * 60 * 60) * 1000, bytes))
    }
}

/// Validated by a file that Cloudflare itself serves as soon as the domain leads there: nothing more for people to set.
fn ssl() -> serde_json::Value {
    json!({ "method": "http", "type": "dv", "bundle_method": "ubiquitous", "wildcard": false, "settings": { "min_tls_version": "1.2" } })
}

/// Neither the token nor the domain is in the log.
fn silent(what: &str, cause: &str, wait_ms: i64) -> Failure {
    log::error("custom_domain", "cloudflare", &format!("{what}: {cause}"));
    Failure::Silent { wait_ms }
}
