//! The Durable Object that keeps the buckets of one subject: an address, an account, a network. It knows neither who that
//! is nor what is limited. What it keeps goes when every bucket is full again, and then it is as if it had never been.

use std::rc::Rc;
use vetka_domain::limit::{self, Limit, Taken};
use vetka_edge::{
    Result,
    limit::{Asked, Judged},
    object_sql::Sql,
    reply, time, trace,
};
use worker::{DurableObject, Env, Method, Request, Response, SqlStorageValue, State, durable_object};

/// Soonest time for looking whether everything may go, in milliseconds: a bucket in use is rarely full for long.
const KEEP_MS: i64 = 10_000;

const PREPARE: &str =
    "CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, full_at INTEGER NOT NULL) WITHOUT ROWID";
const SELECT: &str = "SELECT full_at AS n FROM bucket WHERE name = ?";
const UPSERT: &str =
    "INSERT INTO bucket (name, full_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET full_at = excluded.full_at";
const LAST: &str = "SELECT MAX(full_at) AS n FROM bucket";

/// The buckets of one subject. See [`vetka_edge::limit`].
#[durable_object]
pub struct Limiter {
    state: State,
}

impl DurableObject for Limiter {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let id = trace::of_object(&request);
        trace::within(Rc::clone(&id), async {
            match self.answer(request).await {
                Ok(response) => Ok(response),
                Err(failure) => failure.into_response(&id),
            }
        })
        .await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        // A failure is not thrown: after six of them the runtime would give the alarm up for good.
        if let Err(failure) = trace::alone(self.forget(time::now_ms())).await {
            failure.log("limiter");
            self.state.storage().set_alarm(KEEP_MS).await?;
        }
        Response::empty()
    }
}

impl Limiter {
    async fn answer(&self, mut request: Request) -> Result<Response> {
        if request.method() == Method::Get {
            // Whether objects answer at all.
            return Ok(reply::empty(204));
        }
        let asked: Asked = serde_json::from_slice(&request.bytes().await?)?;
        let now = time::now_ms();
        let judged = self.judge(&asked, now)?;
        if self.state.storage().get_alarm().await?.is_none() {
            self.state.storage().set_alarm(KEEP_MS).await?;
        }
        reply::json(200, &judged)
    }

    /// Reads, decides and writes with nothing in between: no other request is heard meanwhile.
    fn judge(&self, asked: &Asked, now: i64) -> Result<Judged> {
        let limit = Limit { name: "", burst: asked.burst, every_ms: asked.every_ms };
        let sql = Sql::of(&self.state);
        sql.run(PREPARE, vec![])?;
        let full_at = sql.number(SELECT, vec![asked.bucket.as_str().into()])?;
        let (full_at, wait_ms) = if asked.put_back {
            (limit::put_back(full_at, limit), 0)
        } else {
            match limit::take(full_at, now, limit) {
                Taken::Yes { full_at } => (full_at, 0),
                Taken::Wait { ms } => (full_at, ms),
            }
        };
        if wait_ms == 0 {
            sql.run(UPSERT, vec![asked.bucket.as_str().into(), SqlStorageValue::try_from_i64(full_at)?])?;
        }
        Ok(Judged { wait_ms })
    }

    /// Deletes everything once all buckets are full, and otherwise looks again when they are.
    async fn forget(&self, now: i64) -> Result<()> {
        let (storage, sql) = (self.state.storage(), Sql::of(&self.state));
        sql.run(PREPARE, vec![])?;
        let full_at = sql.number(LAST, vec![])?;
        if full_at > now {
            storage.set_alarm((full_at - now).max(KEEP_MS)).await?;
            return Ok(());
        }
        Ok(storage.delete_all().await?)
    }
}
