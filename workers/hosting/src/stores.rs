//! The stores behind an answer: the data centre's cache and R2.

use crate::{isolate::Installation, range::Span};
use std::future::Future;
use vetka_edge::{Result, error};
use worker::{
    Context, Env,
    js_sys::{self, JSON, Promise, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{Cache, ReadableStream, Request, Response, WorkerGlobalScope},
    worker_sys::{R2Bucket, R2ObjectBody, ext::CacheStorageExt},
};

/// How long a data centre may keep what never changes, in seconds. Nobody gets at it without a live version that
/// names it, so this is about room, not about truth.
pub const KEEP_FOREVER_SECONDS: u32 = 24 * 60 * 60;

/// The stores, for one request. Nothing is opened before it is needed: most answers need none of them.
pub struct Edge<'a> {
    /// The bindings.
    pub env: &'a Env,
    context: &'a Context,
    installation: &'a Installation,
}

impl<'a> Edge<'a> {
    /// The stores that this request may ask.
    pub const fn new(env: &'a Env, context: &'a Context, installation: &'a Installation) -> Self {
        Self { env, context, installation }
    }

    /// The bytes of an object, or some of them, on their way; `None` when it is not there.
    ///
    /// # Errors
    /// Internal, when R2 cannot be reached.
    pub async fn object(&self, key: &str, span: Option<Span>) -> Result<Option<ReadableStream>> {
        let bucket: R2Bucket = JsValue::from(self.env.bucket("BUCKET")?).unchecked_into();
        let options = match span {
            None => JsValue::UNDEFINED,
            Some(span) => {
                let range = format!("{{\"range\":{{\"offset\":{},\"length\":{}}}}}", span.start, span.len());
                JSON::parse(&range).map_err(worker::Error::from)?
            }
        };
        let object = settled(bucket.get(key.to_owned(), options)).await?;
        if object.is_null() {
            return Ok(None);
        }
        let body = object.unchecked_into::<R2ObjectBody>().body();
        Ok(Some(body.map_err(worker::Error::from)?))
    }

    /// The same of a blob, which a manifest names and so must be there.
    pub async fn blob(&self, key: &str, span: Option<Span>) -> Result<ReadableStream> {
        let stream = self.object(key, span).await?;
        stream.ok_or_else(|| error::internal([key, " is named and not there"].concat()))
    }

    /// What the data centre's cache has under a key. A cache that fails has nothing.
    pub async fn in_cache(&self, key: &str) -> Option<ReadableStream> {
        cached(cache()?.match_with_str(&self.cache_key(key))).await?.body()
    }

    /// Some bytes of what the data centre's cache has under a key. The cache cuts them.
    pub async fn part_in_cache(&self, key: &str, span: Span) -> Option<ReadableStream> {
        let asking = Request::new_with_str(&self.cache_key(key)).ok()?;
        let range = [span.start.to_string(), (span.end - 1).to_string()].join("-");
        asking.headers().set("range", &["bytes=", &range].concat()).ok()?;
        let cached = cached(cache()?.match_with_request(&asking)).await?;
        let stream = cached.body()?;
        let given = cached.headers().get("content-range").ok().flatten().unwrap_or_default();
        if cached.status() == 206 && given.starts_with(&["bytes ", &range, "/"].concat()) {
            return Some(stream);
        }
        let _ = stream.cancel();
        None
    }

    /// Gives the data centre's cache something to keep, after the answer.
    fn to_cache(&self, key: &str, response: Response) {
        let key = self.cache_key(key);
        self.afterwards(async move {
            if let Some(cache) = cache() {
                // A cache that does not take it costs the next visitor a moment, nothing else.
                let _ = JsFuture::from(cache.put_with_str(&key, &response)).await;
            }
        });
    }

    /// The same with bytes from memory.
    pub fn bytes_to_cache(&self, key: &str, bytes: &Uint8Array, seconds: u32) -> Result<()> {
        let kept = Response::new_with_opt_js_u8_array(Some(bytes)).map_err(worker::Error::from)?;
        keep(&kept, seconds, bytes.length().into())?;
        self.to_cache(key, kept);
        Ok(())
    }

    /// Splits a stream of what never changes in two: one for the visitor, and one for the cache.
    pub fn shared_with_cache(&self, key: &str, stream: &ReadableStream, len: u64) -> Result<ReadableStream> {
        let shared = Response::new_with_opt_readable_stream(Some(stream)).map_err(worker::Error::from)?;
        keep(&shared, KEEP_FOREVER_SECONDS, len)?;
        self.to_cache(key, shared.clone().map_err(worker::Error::from)?);
        shared.body().ok_or_else(|| error::internal("a stream without a body"))
    }

    /// Does something after the answer has begun.
    pub fn afterwards(&self, work: impl Future<Output = ()> + 'static) {
        self.context.wait_until(work);
    }

    fn cache_key(&self, key: &str) -> String {
        [self.installation.cache_origin.as_str(), key].concat()
    }
}

fn cache() -> Option<Cache> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    scope.caches().ok().map(|caches| CacheStorageExt::default(&caches))
}

async fn cached(asked: Promise) -> Option<Response> {
    let found = JsFuture::from(asked).await.ok()?;
    (!found.is_undefined()).then(|| found.unchecked_into())
}

async fn settled(asked: core::result::Result<Promise, JsValue>) -> Result<JsValue> {
    let promise = asked.map_err(worker::Error::from)?;
    Ok(JsFuture::from(promise).await.map_err(worker::Error::from)?)
}

/// How long the cache may keep something. It cuts ranges only from what says how long it is.
fn keep(response: &Response, seconds: u32, len: u64) -> Result<()> {
    let headers = response.headers();
    let set = |name, value: &str| headers.set(name, value).map_err(worker::Error::from);
    set("cache-control", &format!("max-age={seconds}"))?;
    set("content-length", &len.to_string())?;
    Ok(())
}
