//! The built files of the pages, from the ASSETS binding, and the manifest that knows their names.

use crate::pages::Assets;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response};
use std::{cell::RefCell, rc::Rc};
use vetka_edge::{Result, error, log};
use worker::{Env, Headers, RequestInit};

/// No host that anybody can have: the binding only looks at the path.
const HOST: &str = "http://assets.internal";
const MAX_FILE: usize = 4 * 1024 * 1024;

thread_local! {
    /// A build's names do not change while its isolate lives.
    static MANIFEST: RefCell<Option<Rc<Assets>>> = const { RefCell::new(None) };
}

/// The names of the built files. Without a manifest pages are plain, but they are there.
pub async fn manifest(env: &Env) -> Rc<Assets> {
    if let Some(known) = MANIFEST.with_borrow(Clone::clone) {
        return known;
    }
    match read_manifest(env).await {
        Ok(assets) => {
            let assets = Rc::new(assets);
            MANIFEST.set(Some(Rc::clone(&assets)));
            assets
        }
        Err(failure) => {
            log::error("", "no_manifest", &failure.internal.unwrap_or_default());
            Rc::default()
        }
    }
}

async fn read_manifest(env: &Env) -> Result<Assets> {
    let file = fetch(env, "/assets/manifest.json", None).await?;
    if file.status().as_u16() != 200 {
        return Err(error::internal(format!("the manifest answers {}", file.status())));
    }
    let text = std::str::from_utf8(file.body()).map_err(|_| error::internal("the manifest is no text"))?;
    Ok(Assets::parse(text)?)
}

/// A file as the binding has it, with its type and how long it may be kept, both of which the build has decided.
pub async fn fetch(env: &Env, path: &str, if_none_match: Option<&str>) -> Result<Response<Bytes>> {
    let mut init = RequestInit::new();
    if let Some(etag) = if_none_match {
        let headers = Headers::new();
        headers.set("if-none-match", etag)?;
        init.with_headers(headers);
    }
    let (parts, body) = env.assets("ASSETS")?.fetch(format!("{HOST}{path}"), Some(init)).await?.into_parts();
    let body = axum::body::to_bytes(Body::new(body), MAX_FILE)
        .await
        .map_err(|failure| error::internal(format!("asset {path} broke off: {failure}")))?;
    let mut response = Response::new(body);
    *response.status_mut() = parts.status;
    *response.headers_mut() = kept(&parts.headers);
    Ok(response)
}

fn kept(headers: &HeaderMap) -> HeaderMap {
    use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
    [CONTENT_TYPE, CACHE_CONTROL, ETAG]
        .into_iter()
        .filter_map(|name| headers.get(&name).map(|value| (name, value.clone())))
        .collect()
}
