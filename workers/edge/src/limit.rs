//! Limits: asking the buckets of `vetka_domain::limit`, which are kept by one object a subject (`Limiter`, in the agent
//! worker). One object judges one request after another, so requests at the same time get no more than requests in a row.
//!
//! A limiter that does not answer limits nothing: it is there to protect people, and must not lock them out.

use crate::{Error, Result, auth, error, trace};
use futures::future::{Either, join_all, select};
use serde::{Deserialize, Serialize};
use std::{pin::pin, time::Duration};
use vetka_domain::{
    limit::{Limit, Subject, seconds, words},
    session::Key,
};
use worker::{Env, Headers, Method, Request, RequestInit};

/// Binding of the objects' namespace.
pub const LIMITER: &str = "LIMITER";
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A limit, and whom it is counted for.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a>(pub Limit, pub Subject<'a>);

/// What an object is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Which of the subject's buckets.
    pub bucket: String,
    /// Its size.
    pub burst: i64,
    /// Its pace, in milliseconds.
    pub every_ms: i64,
    /// Whether one is put back, instead of taken.
    #[serde(default)]
    pub put_back: bool,
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Milliseconds; 0 when one was taken.
    pub wait_ms: i64,
}

/// Takes one from the bucket of every rule, or from none. Rules are asked one after another. A network's comes first: for
/// each subject that is asked an object comes to be, and nobody is to make one for each address they can think of.
///
/// # Errors
/// 429 `too_many_requests` with the wait, by the first rule that refuses.
pub async fn take(env: &Env, rules: &[Rule<'_>]) -> Result<()> {
    let key = auth::key(env)?;
    let mut taken = Vec::with_capacity(rules.len());
    for rule in rules {
        match ask(env, &key, rule, false).await {
            Ok(Judged { wait_ms: ..=0 }) => taken.push(rule),
            Ok(Judged { wait_ms }) => {
                // What was refused counts nowhere.
                join_all(taken.into_iter().map(|rule| ask(env, &key, rule, true))).await;
                return Err(too_many(wait_ms));
            }
            Err(failure) => failure.log("limit"),
        }
    }
    Ok(())
}

/// 429, with the wait for people, for programs, and as a header.
pub fn too_many(wait_ms: i64) -> Error {
    let wait = seconds(wait_ms);
    error::too_many_requests(format!("That was a lot at once. Try again in {}.", words(wait)))
        .with_header("retry-after", wait.to_string())
        .with_extra(serde_json::json!({ "retryAfter": wait }))
}

async fn ask(env: &Env, key: &Key, Rule(limit, subject): &Rule<'_>, put_back: bool) -> Result<Judged> {
    let asked = Asked { bucket: limit.name.to_owned(), burst: limit.burst, every_ms: limit.every_ms, put_back };
    let headers = Headers::new();
    trace::tell(&headers)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(serde_json::to_string(&asked)?.into()));
    let request = Request::new_with_init("http://limiter.internal/", &init)?;
    let stub = env.durable_object(LIMITER)?.get_by_name(&subject.object_name(key))?;
    let answered = pin!(async {
        let mut response = stub.fetch_with_request(request).await?;
        if response.status_code() != 200 {
            return Err(error::internal(format!("a limiter answered {}", response.status_code())));
        }
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    });
    match select(answered, pin!(worker::Delay::from(PATIENCE))).await {
        Either::Left((judged, _)) => judged,
        Either::Right(_) => Err(error::internal("a limiter did not answer in time")),
    }
}
