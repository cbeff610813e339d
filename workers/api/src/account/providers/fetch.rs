//! Asking a provider something: no redirect is followed, no answer is waited for or read without end, and nothing of what
//! is sent or answered reaches a log.

use futures::{
    StreamExt,
    future::{Either, select},
};
use std::{pin::pin, time::Duration};
use vetka_edge::{Result, error};
use worker::{AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response};

/// A person is waiting.
const TIMEOUT: Duration = Duration::from_secs(8);
/// More than any of the answers that are asked for.
const MAX_BODY: usize = 256 * 1024;

/// What was answered.
pub struct Answer {
    /// HTTP status. 3xx is an answer like any other.
    pub status: u16,
    /// All of it.
    pub body: Vec<u8>,
    /// `max-age` of its `Cache-Control`, in seconds.
    pub max_age_s: Option<i64>,
}

/// Gets a JSON document.
///
/// # Errors
/// For the log: what went wrong with the asking, without the address.
pub async fn get(url: &str, authorization: Option<&str>) -> core::result::Result<Answer, String> {
    asked(request(url, authorization, None)).await
}

/// Posts a form.
///
/// # Errors
/// As [`get`].
pub async fn post(url: &str, form: &[(&str, &str)]) -> core::result::Result<Answer, String> {
    let encode = vetka_domain::target::encode_component;
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    asked(request(url, None, Some(&body.join("&")))).await
}

fn request(url: &str, authorization: Option<&str>, form: Option<&str>) -> Result<Request> {
    let headers = Headers::new();
    headers.set("accept", "application/json")?;
    // GitHub answers nobody without one.
    headers.set("user-agent", "Vetka")?;
    if let Some(authorization) = authorization {
        headers.set("authorization", authorization)?;
    }
    let mut init = RequestInit::new();
    init.with_redirect(RequestRedirect::Manual);
    if let Some(form) = form {
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        init.with_method(Method::Post).with_body(Some(form.into()));
    }
    init.with_headers(headers);
    Ok(Request::new_with_init(url, &init)?)
}

async fn asked(request: Result<Request>) -> core::result::Result<Answer, String> {
    let request = request.map_err(|failure| failure.internal.unwrap_or_default())?;
    let abort = AbortController::default();
    let signal = abort.signal();
    let fetch = Fetch::Request(request);
    let answered = async {
        let response = fetch.send_with_signal(&signal).await.map_err(|failure| error::describe(&failure))?;
        read(response).await
    };
    match select(pin!(answered), pin!(Delay::from(TIMEOUT))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            abort.abort();
            Err("no answer in time".to_owned())
        }
    }
}

async fn read(mut response: Response) -> core::result::Result<Answer, String> {
    let status = response.status_code();
    let cache_control = response.headers().get("cache-control").ok().flatten().unwrap_or_default();
    let mut body = Vec::new();
    let mut stream = response.stream().map_err(|failure| error::describe(&failure))?;
    while let Some(chunk) = stream.next().await {
        body.extend(chunk.map_err(|failure| error::describe(&failure))?);
        if body.len() > MAX_BODY {
            return Err("an answer without end".to_owned());
        }
    }
    Ok(Answer { status, body, max_age_s: max_age(&cache_control) })
}

fn max_age(cache_control: &str) -> Option<i64> {
    cache_control.split(',').find_map(|part| {
        let (name, seconds) = part.trim().split_once('=')?;
        name.eq_ignore_ascii_case("max-age").then(|| seconds.trim_matches('"').parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::max_age;

    #[test]
    fn reads_how_long_an_answer_may_be_kept() {
        assert_eq!(max_age("public, max-age=20391, must-revalidate, no-transform"), Some(20391));
        assert_eq!(max_age("Max-Age=\"60\""), Some(60));
        assert_eq!(max_age("s-maxage=60"), None);
        assert_eq!(max_age("max-age=soon"), None);
    }
}
