//! `GET /healthz`: whether a worker reaches what it is bound to, and which version it is.
//!
//! A look at the stores is kept for some seconds, and one look at a time is taken an isolate, so that asking often costs the
//! stores nothing. A worker asks others only about themselves where no circle can come of it: api asks the three behind it.

use crate::{Result, auth, error, log, reply, service, time, trace};
use futures::future::{Either, join, select};
use serde::{Deserialize, Serialize};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    pin::pin,
    time::Duration,
};
use worker::{Env, Headers, Method, Request, RequestInit, Response};

/// How long a look is believed, in milliseconds.
const KEEP_MS: i64 = 5_000;
/// How long each thing may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Binding of what the platform knows of the version that runs.
const VERSION: &str = "CF_VERSION";

const SELECT_NOTHING: &str = "SELECT 1";

thread_local! {
    static LAST: RefCell<Option<(i64, Health)>> = const { RefCell::new(None) };
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// How a worker is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Health {
    /// Which worker says so.
    pub worker: String,
    /// Whether it reaches everything that it needs.
    pub ok: bool,
    /// The version that runs; empty where there are none.
    pub version: String,
    /// What it is bound to, and whether that answers.
    pub checks: BTreeMap<String, bool>,
}

/// A thing that was looked at.
pub type Check = (&'static str, bool);

/// How this worker is: the last look, or a new one by `look` when that is too old.
pub async fn of(env: &Env, worker: &str, look: impl Future<Output = Vec<Check>>) -> Health {
    loop {
        let last = LAST.with_borrow(Clone::clone);
        if let Some((at, health)) = last
            && time::now_ms() - at < KEEP_MS
        {
            return health;
        }
        if !LOOKING.get() {
            break;
        }
        worker::Delay::from(Duration::from_millis(50)).await;
    }
    LOOKING.set(true);
    let looking = Looking;
    let checks = look.await;
    drop(looking);
    let mut named = BTreeMap::new();
    for (name, ok) in &checks {
        named.insert((*name).to_owned(), *ok);
    }
    let health = Health {
        worker: worker.to_owned(),
        ok: checks.iter().all(|(_, ok)| *ok),
        version: version(env),
        checks: named,
    };
    LAST.set(Some((time::now_ms(), health.clone())));
    health
}

/// 200, or 503 when something is not reached.
pub fn answer(health: &Health) -> Result<Response> {
    reply::json(if health.ok { 200 } else { 503 }, health)
}

/// Lets the next one look, also when whoever was looking went away.
struct Looking;

impl Drop for Looking {
    fn drop(&mut self) {
        LOOKING.set(false);
    }
}

/// Whether something answers in time. Why not goes to the log.
pub async fn check(name: &'static str, work: impl Future<Output = Result<()>>) -> Check {
    let failure = match select(pin!(work), pin!(worker::Delay::from(PATIENCE))).await {
        Either::Left((Ok(()), _)) => return (name, true),
        Either::Left((Err(failure), _)) => failure.internal.unwrap_or_else(|| failure.code.to_owned()),
        Either::Right(_) => "no answer in time".to_owned(),
    };
    log::error("health", name, &failure);
    (name, false)
}

/// The database.
pub async fn database(env: &Env) -> Check {
    check("database", async {
        env.d1(auth::DB)?.prepare(SELECT_NOTHING).run().await?;
        Ok(())
    })
    .await
}

/// The bucket.
pub async fn bucket(env: &Env) -> Check {
    check("bucket", async {
        env.bucket("BUCKET")?.head("healthz").await?;
        Ok(())
    })
    .await
}

/// Both of these, at once: what every worker has.
pub async fn stores(env: &Env) -> Vec<Check> {
    let (database, bucket) = join(database(env), bucket(env)).await;
    vec![database, bucket]
}

/// The sessions' records.
pub async fn sessions(env: &Env) -> Check {
    check("sessions", async {
        env.kv(auth::SESSIONS)?.get("healthz").text().await?;
        Ok(())
    })
    .await
}

/// A Durable Object of a namespace, one that is there for this only.
pub async fn object(env: &Env, name: &'static str, binding: &str) -> Check {
    check(name, async {
        let request = Request::new_with_init("http://object.internal/healthz", &asking()?)?;
        let answer = env.durable_object(binding)?.get_by_name("healthz")?.fetch_with_request(request).await?;
        if answer.status_code() == 204 { Ok(()) } else { Err(error::internal(answer.status_code().to_string())) }
    })
    .await
}

/// Another worker, asked at `url` how it is.
pub async fn worker(env: &Env, name: &'static str, binding: &str, url: &str) -> Check {
    check(name, async {
        let status = service::ask(env, binding, "GET", url, None).await?.status();
        if (200..300).contains(&status) { Ok(()) } else { Err(error::internal(status.to_string())) }
    })
    .await
}

fn asking() -> Result<RequestInit> {
    let headers = Headers::new();
    trace::tell(&headers)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    Ok(init)
}

/// The version that runs; empty where the binding is missing, or on a machine without versions.
pub fn version(env: &Env) -> String {
    env.get_binding::<worker::WorkerVersionMetadata>(VERSION).map(|version| version.id()).unwrap_or_default()
}
