//! Asking another worker, through a service binding. By the platform's own `fetch`: what `worker` makes of it carries the
//! `http` crate and every option of a fetch on the open web into each worker.

use crate::{Error, Result, error, trace};
use js_sys::{JSON, Promise, Reflect, Uint8Array};
use worker::{
    Env, Headers,
    wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

#[wasm_bindgen]
extern "C" {
    type Service;
    #[wasm_bindgen(structural, method, catch)]
    fn fetch(this: &Service, url: &str, init: &web_sys::RequestInit) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(structural, method, catch, js_name = fetch)]
    fn fetch_request(this: &Service, request: &web_sys::Request) -> core::result::Result<Promise, JsValue>;
}

/// What another worker answered.
pub struct Answer(web_sys::Response);

impl Answer {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status()
    }

    /// A header of it.
    pub fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }

    /// Its body, which a worker of ours made and so is believed to fit into memory.
    ///
    /// # Errors
    /// Internal, when the line breaks.
    pub async fn bytes(self) -> Result<Vec<u8>> {
        let buffer = JsFuture::from(self.0.array_buffer().map_err(failed)?).await.map_err(failed)?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

/// Asks the worker behind a binding, under the id of the request that is being answered. `url` has the host by which that
/// worker knows its own kind; `body` is JSON.
///
/// # Errors
/// Internal, when there is no such binding or no answer. A refusal is an answer.
pub async fn ask(env: &Env, binding: &str, method: &str, url: &str, body: Option<&str>) -> Result<Answer> {
    let headers = Headers::new();
    trace::tell(&headers)?;
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        headers.set("content-type", "application/json")?;
        init.set_body(&body.into());
    }
    init.set_headers(&headers.0);
    fetch(env, binding, url, &init).await
}

/// Has another worker answer a request as it came: a socket, say.
///
/// # Errors
/// Internal, when there is no such binding or no answer.
pub async fn pass_on(env: &Env, binding: &str, request: &worker::Request) -> Result<worker::Response> {
    let answer = bound(env, binding)?.fetch_request(request.inner()).map_err(failed)?;
    let answer: web_sys::Response = JsFuture::from(answer).await.map_err(failed)?.unchecked_into();
    Ok(answer.into())
}

/// Gets what a binding holds at a path, unless it still is what an entity tag names: 304 then.
///
/// # Errors
/// Internal, when there is no such binding or no answer.
pub async fn get(env: &Env, binding: &str, url: &str, if_none_match: Option<&str>) -> Result<Answer> {
    let init = web_sys::RequestInit::new();
    if let Some(etag) = if_none_match {
        let headers = Headers::new();
        headers.set("if-none-match", etag)?;
        init.set_headers(&headers.0);
    }
    fetch(env, binding, url, &init).await
}

async fn fetch(env: &Env, binding: &str, url: &str, init: &web_sys::RequestInit) -> Result<Answer> {
    let answer = bound(env, binding)?.fetch(url, init).map_err(failed)?;
    Ok(Answer(JsFuture::from(answer).await.map_err(failed)?.unchecked_into()))
}

fn bound(env: &Env, binding: &str) -> Result<Service> {
    let service = Reflect::get(env.as_ref(), &binding.into()).map_err(failed)?;
    if service.is_undefined() {
        Err(error::internal(format!("no binding {binding}")))
    } else {
        Ok(service.unchecked_into())
    }
}

/// The message alone: a stack is nobody's business.
fn failed(failure: JsValue) -> Error {
    let message = Reflect::get(&failure, &"message".into()).ok().and_then(|message| message.as_string());
    error::internal(message.or_else(|| JSON::stringify(&failure).ok().map(String::from)).unwrap_or_default())
}
