//! Logs: one JSON object a line, so that fields can be searched. No user content, no address, no secret goes in. Every
//! line says which request it belongs to, see [`crate::trace`].

use crate::trace;
use serde_json::json;

/// Something failed that an operator may want to look at. `about` is the part that failed: a job, a site's id.
pub fn error(about: &str, code: &str, cause: &str) {
    let id = trace::current();
    let about = Some(about).filter(|about| !about.is_empty() && **about != *id);
    worker::console_error!(
        "{}",
        json!({ "level": "error", "requestId": &*id, "about": about, "code": code, "cause": cause })
    );
}

/// Something worth knowing happened.
pub fn info(event: &str, fields: serde_json::Value) {
    let id = trace::current();
    worker::console_log!("{}", json!({ "level": "info", "requestId": &*id, "event": event, "fields": fields }));
}

/// A request was answered. All of it is ours: names of workers and routes, and an id.
pub fn request(worker: &str, method: &str, route: &str, status: u16, ms: i64) {
    let id = trace::current();
    worker::console_log!(
        r#"{{"level":"info","requestId":"{id}","event":"request","worker":"{worker}","method":"{method}","route":"{route}","status":{status},"ms":{ms}}}"#
    );
}
