//! Asking a service that a setting names: no redirect is followed, no answer is waited for or read without end, and nothing
//! of what is sent or answered reaches a log. Addresses that people give are for [`crate::fetch`].

use crate::{Result, error};
use futures::{
    StreamExt,
    future::{Either, select},
};
use std::{pin::pin, time::Duration};
use worker::{
    AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    js_sys::Uint8Array, wasm_bindgen::JsValue,
};

/// A person is waiting.
const TIMEOUT: Duration = Duration::from_secs(8);
/// More than any of the answers that are asked for when nothing else is said.
const MAX_BODY: usize = 256 * 1024;

/// What is asked of a service.
pub struct Question<'a> {
    method: Method,
    url: &'a str,
    headers: Vec<(&'static str, String)>,
    body: Option<JsValue>,
    longest: usize,
    timeout: Duration,
}

/// What was answered.
pub struct Answer {
    /// HTTP status. 3xx is an answer like any other.
    pub status: u16,
    /// All of it.
    pub body: Vec<u8>,
    /// `max-age` of its `Cache-Control`, in seconds.
    pub max_age_s: Option<i64>,
    headers: Headers,
}

impl Answer {
    /// A header of it, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }
}

impl<'a> Question<'a> {
    /// A question that wants JSON.
    pub fn new(method: Method, url: &'a str) -> Self {
        // GitHub answers nobody without a name.
        let headers = vec![("accept", "application/json".to_owned()), ("user-agent", "Vetka".to_owned())];
        Self { method, url, headers, body: None, longest: MAX_BODY, timeout: TIMEOUT }
    }

    /// Adds a header, in place of one of that name.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(set, _)| *set != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Sends text of a type.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: String) -> Self {
        self.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// Sends bytes of a type.
    #[must_use]
    pub fn bytes(mut self, content_type: &'static str, body: &[u8]) -> Self {
        self.body = Some(Uint8Array::from(body).into());
        self.header("content-type", content_type)
    }

    /// Takes an answer of at most so many bytes.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Waits for so long.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    /// For the log: what went wrong with the asking, without the address.
    pub async fn ask(self) -> core::result::Result<Answer, String> {
        let (longest, timeout) = (self.longest, self.timeout);
        let request = self.request().map_err(|failure| failure.internal.unwrap_or_default())?;
        let abort = AbortController::default();
        let signal = abort.signal();
        let fetch = Fetch::Request(request);
        let answered = async {
            let response = fetch.send_with_signal(&signal).await.map_err(|failure| error::describe(&failure))?;
            read(response, longest).await
        };
        match select(pin!(answered), pin!(Delay::from(timeout))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                abort.abort();
                Err("no answer in time".to_owned())
            }
        }
    }

    fn request(self) -> Result<Request> {
        let headers = Headers::new();
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        let mut init = RequestInit::new();
        init.with_method(self.method).with_redirect(RequestRedirect::Manual).with_headers(headers);
        init.with_body(self.body);
        Ok(Request::new_with_init(self.url, &init)?)
    }
}

/// Gets a JSON document.
///
/// # Errors
/// As [`Question::ask`].
pub async fn get(url: &str, authorization: Option<&str>) -> core::result::Result<Answer, String> {
    let question = Question::new(Method::Get, url);
    match authorization {
        Some(authorization) => question.header("authorization", authorization),
        None => question,
    }
    .ask()
    .await
}

/// Posts a form.
///
/// # Errors
/// As [`Question::ask`].
pub async fn post(url: &str, form: &[(&str, &str)]) -> core::result::Result<Answer, String> {
    let encode = vetka_domain::target::encode_component;
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    Question::new(Method::Post, url).body("application/x-www-form-urlencoded", body.join("&")).ask().await
}

async fn read(mut response: Response, longest: usize) -> core::result::Result<Answer, String> {
    let (status, headers) = (response.status_code(), response.headers().clone());
    let cache_control = headers.get("cache-control").ok().flatten().unwrap_or_default();
    let mut body = Vec::new();
    // A 204 has none to read.
    if let Ok(mut stream) = response.stream() {
        while let Some(chunk) = stream.next().await {
            body.extend(chunk.map_err(|failure| error::describe(&failure))?);
            if body.len() > longest {
                return Err("an answer without end".to_owned());
            }
        }
    }
    Ok(Answer { status, body, max_age_s: max_age(&cache_control), headers })
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
