//! A worker that does nothing, built as our workers are: what WASM itself costs a request, for `scripts/bench`.

use worker::{Context, Env, Request, Response, event};

#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> worker::Result<Response> {
    Response::ok("ok")
}
