//! The built files of the pages, from the ASSETS binding, and the manifest that knows their names.

use crate::{
    answer::{Body, Response},
    pages::Assets,
};
use std::{cell::RefCell, rc::Rc};
use vetka_edge::{Result, error, log, service};
use worker::Env;

/// No host that anybody can have: the binding only looks at the path.
const HOST: &str = "http://assets.internal";
/// What is kept of how the binding describes a file.
const KEPT: [&str; 3] = ["content-type", "cache-control", "etag"];

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
    let file = ask(env, "/assets/manifest.json", None).await?;
    if file.status() != 200 {
        return Err(error::internal(format!("the manifest answers {}", file.status())));
    }
    let bytes = file.bytes().await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| error::internal("the manifest is no text"))?;
    Ok(Assets::parse(text)?)
}

/// A file as the binding has it, with its type and how long it may be kept, both of which the build has decided.
pub async fn fetch(env: &Env, path: &str, if_none_match: Option<&str>) -> Result<Response> {
    let file = ask(env, path, if_none_match).await?;
    let headers = KEPT.into_iter().filter_map(|name| Some((name, file.header(name)?))).collect();
    Ok(Response { status: file.status(), headers, body: Body::Bytes(file.bytes().await?) })
}

async fn ask(env: &Env, path: &str, if_none_match: Option<&str>) -> Result<service::Answer> {
    service::get(env, "ASSETS", &format!("{HOST}{path}"), if_none_match).await
}
