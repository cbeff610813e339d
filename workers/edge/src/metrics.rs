//! What is counted, in Workers Analytics Engine: one data set, written to by every worker. Never anything of a person: no
//! address, no name, no path, no id.
//!
//! | `blob1` event | `blob2` worker | `blob3` | `blob4` | `double2` | `double3` | `double4` |
//! |---|---|---|---|---|---|---|
//! | `request` | who answered | route, as in the tables | `2xx` to `5xx` | milliseconds | status | |
//! | `error` | who failed | route, or the schedule's job | | | | |
//! | `cache` | `vetka-hosting` | `name`, `manifest` or `blob` | `memory`, `edge` or `store` | | | |
//! | `deploy` | `vetka-deploy` | `agent` or `manual` | `live`, `draft`, `late` or `restored` | milliseconds | files | bytes |
//! | `turn` | `vetka-agent` | `done`, `stopped` or `failed` | | milliseconds | | |
//!
//! `index1` is the worker. `double1` says how many of its kind a point stands for: visits are sampled
//! ([`crate::trace::SAMPLE`]), everything else is counted whole. So a sum of `_sample_interval * double1` is a count.
//!
//! A worker without the binding counts nothing, and nothing else changes.

use worker::{AnalyticsEngineDataPointBuilder, Env};

/// Binding of the data set.
pub const METRICS: &str = "METRICS";

/// Something that is counted.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A request was answered.
    Request {
        /// Its route.
        route: &'a str,
        /// HTTP status.
        status: u16,
        /// How long it took until the answer's head.
        ms: i64,
    },
    /// Something failed on our side.
    Error {
        /// A route, or a job.
        what: &'a str,
    },
    /// Something that a visit needed was looked for.
    Cache {
        /// `name`, `manifest` or `blob`.
        what: &'a str,
        /// Where it was found: `memory`, `edge` or `store`.
        found: &'a str,
    },
    /// A version was published or brought back.
    Deploy {
        /// `agent` or `manual`.
        by: &'a str,
        /// `live`, `draft`, `late` (a later one went live first), or `restored`: one that was there already went live.
        outcome: &'a str,
        /// How long it took.
        ms: i64,
        /// How many files it has.
        files: usize,
        /// And how many bytes.
        bytes: u64,
    },
    /// An agent's turn ended.
    Turn {
        /// `done`, `stopped` or `failed`.
        outcome: &'a str,
        /// How long it took, from its beginning in this life of the object.
        ms: i64,
    },
}

impl<'a> Event<'a> {
    fn fields(&self) -> ([&'a str; 3], [f64; 3]) {
        match *self {
            Self::Request { route, status, ms } => {
                (["request", route, class(status)], [ms as f64, f64::from(status), 0.0])
            }
            Self::Error { what } => (["error", what, ""], [0.0; 3]),
            Self::Cache { what, found } => (["cache", what, found], [0.0; 3]),
            Self::Deploy { by, outcome, ms, files, bytes } => {
                (["deploy", by, outcome], [ms as f64, files as f64, bytes as f64])
            }
            Self::Turn { outcome, ms } => (["turn", outcome, ""], [ms as f64, 0.0, 0.0]),
        }
    }
}

/// Counts something that stands for so many of its kind. What cannot be counted is not.
pub fn write(env: &Env, worker: &str, stands_for: u32, event: &Event<'_>) {
    let Ok(dataset) = env.analytics_engine(METRICS) else { return };
    let ([kind, a, b], [x, y, z]) = event.fields();
    let point = AnalyticsEngineDataPointBuilder::new().indexes([worker]).blobs([kind, worker, a, b]).doubles([
        f64::from(stands_for),
        x,
        y,
        z,
    ]);
    let _ = point.write_to(&dataset);
}

/// Counts where a visit found what it needed, if this visit is one of those that are looked at.
pub fn cache(env: &Env, what: &str, found: &str) {
    if crate::trace::is_sampled() {
        write(env, "vetka-hosting", crate::trace::SAMPLE, &Event::Cache { what, found });
    }
}

fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
