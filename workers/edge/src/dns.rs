//! Asking a resolver over HTTPS. Its answer decides what may be fetched, so it is asked over an encrypted line, and what
//! it cannot say counts as nothing known.

use crate::{Result, error};
use std::net::IpAddr;
use vetka_domain::{
    external::dns::{Answer, Kind},
    target::encode_component,
};
use worker::{AbortSignal, Fetch, Headers, Request, RequestInit};

/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// The addresses under a name, of both kinds. `None` when either could not be looked up.
pub async fn addresses(resolver: &str, name: &str, signal: &AbortSignal) -> Option<Vec<IpAddr>> {
    let (four, six) = futures::join!(ask(resolver, name, Kind::A, signal), ask(resolver, name, Kind::Aaaa, signal));
    let mut all = four.ok()?.addresses()?;
    all.extend(six.ok()?.addresses()?);
    Some(all)
}

/// The other names that a name stands for. `None` when they could not be looked up.
pub async fn aliases(resolver: &str, name: &str, signal: &AbortSignal) -> Option<Vec<String>> {
    ask(resolver, name, Kind::Cname, signal).await.ok()?.aliases()
}

/// The texts under a name. `None` when they could not be looked up.
pub async fn texts(resolver: &str, name: &str, signal: &AbortSignal) -> Option<Vec<String>> {
    ask(resolver, name, Kind::Txt, signal).await.ok()?.texts()
}

async fn ask(resolver: &str, name: &str, kind: Kind, signal: &AbortSignal) -> Result<Answer> {
    let headers = Headers::new();
    headers.set("accept", "application/dns-json")?;
    let mut init = RequestInit::new();
    init.with_headers(headers);
    let url = format!("{resolver}?name={}&type={}", encode_component(name), kind.name());
    let mut response = Fetch::Request(Request::new_with_init(&url, &init)?).send_with_signal(signal).await?;
    let body = response.bytes().await?;
    if response.status_code() != 200 || body.len() > MAX_ANSWER {
        return Err(error::internal(format!("the resolver answered {}", response.status_code())));
    }
    Ok(serde_json::from_slice(&body)?)
}
