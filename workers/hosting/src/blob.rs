//! A file's bytes, from the data centre's cache or from R2, handed to the runtime without passing through WASM.

use crate::source::{Edge, KEEP_FOREVER_SECONDS, keep_for};
use vetka_edge::{Result, error};
use vetka_r2::{keys, manifest::Entry};
use worker::{Response, ResponseBody};

/// The body of a file.
///
/// # Errors
/// Internal, when the bucket lacks what a manifest names, or cannot be reached.
pub async fn body(source: &Edge<'_>, entry: &Entry<'_>) -> Result<ResponseBody> {
    if entry.size == 0 {
        return Ok(ResponseBody::Empty);
    }
    let key = keys::blob(&entry.hash);
    if let Some(cached) = source.in_cache(&key).await {
        return Ok(cached.into_parts().1);
    }
    let object = source.bucket().get(key.clone()).execute().await?;
    let body = object.as_ref().and_then(worker::Object::body);
    let body = body.ok_or_else(|| error::internal(format!("{key} is named and not there")))?.response_body()?;
    // The runtime splits the stream in two: one for the visitor, one for the cache.
    let mut response = Response::builder().with_headers(keep_for(KEEP_FOREVER_SECONDS)?).body(body);
    source.to_cache(&key, response.cloned()?);
    Ok(response.into_parts().1)
}
