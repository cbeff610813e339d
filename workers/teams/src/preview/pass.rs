//! A request on its way into a sandbox, and the answer on its way out. Both bodies pass outside of WASM.

use super::{Visitor, header, script};
use crate::{
    object::Look,
    proxy::upstream::{self, Question, Stop},
};
use std::time::Duration;
use vetka_domain::{
    target::Target,
    team::preview::{self as rules, Sandbox},
};
use vetka_edge::{Result, config, log};
use worker::{Headers, Method, Request, Response, wasm_bindgen::JsValue};

/// A development server may build a page when it is first asked for.
const PATIENCE: Duration = Duration::from_secs(90);
/// Bytes of an answer in which it is looked for whose it is.
const LOOKED_AT: usize = 64 * 1024;

/// Asks the sandbox; `None` when there is none, or nothing listens in it.
pub async fn pass(
    visitor: &Visitor<'_>,
    request: Request,
    target: &Target<'_>,
    look: &Look,
    sandbox_id: &str,
    wants_page: bool,
) -> Result<Option<Response>> {
    let method = request.method();
    let base = config::var(visitor.env, "E2B_SANDBOX_URL")?;
    let is_socket = header(&request, "upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"));
    let headers = headers_in(visitor, &request, look, sandbox_id, is_socket)?;
    let body = request.inner().body().map(JsValue::from);
    let mark = if target.query.is_empty() { "" } else { "?" };
    let url = format!("{base}{}{mark}{}", target.path, target.query);
    let asked = Question::new(method.clone(), &url, headers, body)?.ask(PATIENCE, &Stop::new().signal()).await;
    let mut response = match asked {
        Ok(response) => response,
        Err(cause) => {
            log::error(visitor.session, "preview_unreachable", &cause);
            return Ok(None);
        }
    };
    let asked_at = base.split_once("://").map_or("", |(_, host)| host);
    let headers = headers_out(visitor, &response, &Sandbox { id: sandbox_id, port: look.port, asked_at })?;
    let status = response.status_code();
    if status == 101 {
        let builder = Response::builder().with_status(101).with_headers(headers);
        return Ok(response.websocket().map(|socket| builder.with_websocket(socket).empty()));
    }
    if matches!(status, 409 | 502)
        && let Ok(mut body) = response.stream()
    {
        let beginning = upstream::beginning(&mut body, LOOKED_AT, PATIENCE).await;
        if rules::is_absence(status, &beginning, sandbox_id) {
            return Ok(None);
        }
        return Ok(Some(Response::builder().with_status(status).with_headers(headers).fixed(beginning)));
    }
    if wants_page && method != Method::Head && is_page(&response, status) {
        headers.delete("content-length")?;
        headers.delete("content-encoding")?;
        return Ok(Some(script::added(&visitor.app_origin, response, status, headers)?));
    }
    let (_, body) = response.into_parts();
    Ok(Some(Response::builder().with_status(status).with_headers(headers).body(body)))
}

fn headers_in(
    visitor: &Visitor<'_>,
    request: &Request,
    look: &Look,
    sandbox_id: &str,
    is_socket: bool,
) -> Result<Headers> {
    let headers = Headers::new();
    for (name, value) in request.headers().entries().filter(|(name, _)| rules::goes_in(name)) {
        headers.append(&name, &value)?;
    }
    if let Some(cookies) = header(request, "cookie").and_then(|cookies| rules::cookies_in(&cookies)) {
        headers.set("cookie", &cookies)?;
    }
    if let Some(origin) = header(request, "origin") {
        // Development servers that look where a socket comes from know this machine and not us.
        let seen = if is_socket { format!("http://localhost:{}", look.port) } else { origin };
        headers.set("origin", &seen)?;
    }
    if is_socket {
        headers.set("upgrade", "websocket")?;
    }
    let (scheme, host) = visitor.origin.split_once("://").unwrap_or(("https", &visitor.origin));
    headers.set("x-forwarded-proto", scheme)?;
    headers.set("x-forwarded-host", host)?;
    headers.set("e2b-sandbox-id", sandbox_id)?;
    headers.set("e2b-sandbox-port", &look.port.to_string())?;
    if let Some(token) = &look.traffic_token {
        headers.set("e2b-traffic-access-token", token)?;
    }
    Ok(headers)
}

fn headers_out(visitor: &Visitor<'_>, response: &Response, sandbox: &Sandbox<'_>) -> Result<Headers> {
    let said = response.headers();
    let headers = Headers::new();
    for (name, value) in said.entries().filter(|(name, _)| rules::comes_out(name)) {
        headers.append(&name, &value)?;
    }
    for cookie in said.get_all("set-cookie")?.iter().filter_map(|cookie| rules::set_cookie(cookie)) {
        headers.append("set-cookie", &cookie)?;
    }
    if let Some(location) = said.get("location")? {
        headers.set("location", &rules::location(&location, &visitor.origin, sandbox))?;
    }
    if let Some(policy) = said.get("content-security-policy")?.and_then(|policy| rules::policy(&policy)) {
        headers.append("content-security-policy", &policy)?;
    }
    // Beside what it says itself, and for what it shows in frames of its own.
    headers.append("content-security-policy", &format!("frame-ancestors 'self' {}", visitor.app_origin))?;
    headers.set("cache-control", rules::cache_control(said.get("cache-control")?.as_deref()))?;
    headers.set("x-robots-tag", "noindex")?;
    if !said.has("referrer-policy")? {
        headers.set("referrer-policy", "same-origin")?;
    }
    Ok(headers)
}

fn is_page(response: &Response, status: u16) -> bool {
    let content_type = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    !matches!(status, 204 | 205 | 206 | 304) && essence.eq_ignore_ascii_case("text/html")
}
