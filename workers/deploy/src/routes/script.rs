//! `GET /api/agent/deploy.sh`: the program that publishes a folder, for wherever there is a shell and curl.

use vetka_edge::Result;
use worker::{Headers, Response};

const SCRIPT: &str = include_str!("../../deploy.sh");

/// The script. It is the same for everybody and holds no secret.
pub fn script() -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/plain; charset=utf-8")?;
    headers.set("cache-control", "public, max-age=300")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(Response::builder().with_headers(headers).fixed(SCRIPT.as_bytes().to_vec()))
}
