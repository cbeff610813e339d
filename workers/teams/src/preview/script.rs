//! The script that stands in every page of a preview, and how it gets there: it tells the session's page where one is, and
//! lets people point at things.

use std::{cell::Cell, rc::Rc};
use vetka_app::{answer::Body, assets};
use vetka_edge::{Result, error};
use worker::{
    Env, Headers, Response,
    js_sys::{Object, Reflect},
    wasm_bindgen::{JsValue, closure::Closure, prelude::wasm_bindgen},
    web_sys,
};

/// Its name among the built files.
const NAME: &str = "preview.js";

#[wasm_bindgen]
extern "C" {
    /// The runtime's own reader of HTML, which rewrites it while it passes.
    #[wasm_bindgen(js_name = HTMLRewriter)]
    type HtmlRewriter;
    #[wasm_bindgen(constructor, catch, js_class = HTMLRewriter)]
    fn new() -> core::result::Result<HtmlRewriter, JsValue>;
    #[wasm_bindgen(method, catch, js_class = HTMLRewriter)]
    fn on(this: &HtmlRewriter, selector: &str, handlers: &JsValue) -> core::result::Result<HtmlRewriter, JsValue>;
    #[wasm_bindgen(method, catch, js_class = HTMLRewriter, js_name = onDocument)]
    fn on_document(this: &HtmlRewriter, handlers: &JsValue) -> core::result::Result<HtmlRewriter, JsValue>;
    #[wasm_bindgen(method, catch, js_class = HTMLRewriter)]
    fn transform(this: &HtmlRewriter, response: &web_sys::Response)
    -> core::result::Result<web_sys::Response, JsValue>;

    /// An element, or the end of a document.
    type Place;
    #[wasm_bindgen(method, structural)]
    fn prepend(this: &Place, content: &str, options: &JsValue);
    #[wasm_bindgen(method, structural)]
    fn append(this: &Place, content: &str, options: &JsValue);
}

/// Serves it. Its address never changes, so a browser asks each time whether it has.
pub async fn serve(env: &Env, if_none_match: Option<&str>) -> Result<Response> {
    let path = assets::manifest(env).await.url(NAME);
    let file = assets::fetch(env, &path, if_none_match).await?;
    if !matches!(file.status, 200 | 304) {
        return Err(error::not_found("There is nothing at this address."));
    }
    let headers = Headers::new();
    for (name, value) in file.headers.iter().filter(|(name, _)| *name != "cache-control") {
        headers.set(name, value)?;
    }
    headers.set("cache-control", "no-cache")?;
    headers.set("x-content-type-options", "nosniff")?;
    let builder = Response::builder().with_status(file.status).with_headers(headers);
    Ok(match file.body {
        Body::Bytes(bytes) if file.status == 200 => builder.fixed(bytes),
        _ => builder.empty(),
    })
}

/// A page with the script in its head, or at its end when it has no head.
pub fn added(app_origin: &str, response: Response, status: u16, headers: Headers) -> Result<Response> {
    // Not `async`: what goes wrong while a page loads goes wrong before such a script is there.
    let tag = Rc::new(format!(r#"<script src="/__vetka/{NAME}" data-app="{app_origin}"></script>"#));
    let is_there = Rc::new(Cell::new(false));
    let options = Object::new();
    set(&options, "html", &true.into())?;
    let options = JsValue::from(options);
    let in_head = {
        let (tag, is_there, options) = (Rc::clone(&tag), Rc::clone(&is_there), options.clone());
        handler("element", move |head| {
            if !is_there.replace(true) {
                head.prepend(&tag, &options);
            }
        })?
    };
    let at_end = handler("end", move |end| {
        if !is_there.replace(true) {
            end.append(&tag, &options);
        }
    })?;
    let rewritten = HtmlRewriter::new().and_then(|rewriter| {
        let rewriter = rewriter.on("head", &in_head)?.on_document(&at_end)?;
        let (_, body) = response.into_parts();
        let page = Response::builder().with_status(status).with_headers(headers).body(body);
        rewriter.transform(&page.into())
    });
    Ok(rewritten.map_err(worker::Error::from)?.into())
}

/// An object with one function. The runtime lets go of it with the page.
fn handler(name: &str, work: impl FnMut(Place) + 'static) -> Result<JsValue> {
    let object = Object::new();
    set(&object, name, &Closure::<dyn FnMut(Place)>::new(work).into_js_value())?;
    Ok(object.into())
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<()> {
    Reflect::set(object, &name.into(), value).map_err(worker::Error::from)?;
    Ok(())
}
