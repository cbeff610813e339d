//! Logs: one JSON object a line, so that fields can be searched. No user content, no address, no secret goes in.

use serde_json::json;

/// Something failed that an operator may want to look at.
pub fn error(request_id: &str, code: &str, cause: &str) {
    worker::console_error!("{}", json!({ "level": "error", "requestId": request_id, "code": code, "cause": cause }));
}

/// Something worth knowing happened.
pub fn info(event: &str, fields: serde_json::Value) {
    worker::console_log!("{}", json!({ "level": "info", "event": event, "fields": fields }));
}
