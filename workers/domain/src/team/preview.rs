//! The door of a preview: what of a request goes on into a sandbox, and what of the answer comes back out.
//!
//! Behind it runs a program that a model wrote, for the eyes of one organization. Each session has an origin of its own. What
//! is ours on that origin begins with [`PREFIX`], and is the only thing the sandbox neither sees nor says. Everything else
//! passes: a development server is to see the request as it came, and a browser the answer as it was made.

use super::token::is_session;
use crate::cookie;
use crate::origin::Sender;

/// Where our own addresses on a preview's origin begin.
pub const PREFIX: &str = "/__vetka/";
/// How the names of all our cookies begin that could be on such an origin.
const OUR_COOKIES: &str = "__Host-vetka";
/// Where the session's id stands in the setting.
const PLACE: &str = "{session}";

/// The session that a host is the preview of. `template` is the setting: `https://{session}.preview.vetka.sh`.
pub fn session<'a>(template: &str, host: &'a str) -> Option<&'a str> {
    let (_, rest) = template.split_once(PLACE)?;
    let domain = rest.split_once(':').map_or(rest, |(domain, _)| domain);
    host.strip_suffix(domain).filter(|session| !domain.is_empty() && is_session(session))
}

/// A session's origin, without a slash at its end.
pub fn origin(template: &str, session: &str) -> String {
    template.replace(PLACE, session)
}

/// Where on this origin a link may lead: a path, or the first page.
pub fn place(to: Option<&str>) -> &str {
    let is_path = |to: &str| {
        to.len() <= 2000
            && to.starts_with('/')
            && !to.starts_with("//")
            && to.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\')
    };
    to.filter(|to| is_path(to)).unwrap_or("/")
}

/// Whether a page of another origin asks for something that is only for the preview's own pages: for anything but a page in
/// a tab or a frame. Sites that people make may be its neighbours, so their requests come with its cookie.
pub fn is_from_elsewhere(sender: &Sender<'_>, origin: &str) -> bool {
    if sender.fetch_mode == Some("navigate") {
        return false;
    }
    sender.origin.is_some_and(|from| from != origin) || matches!(sender.fetch_site, Some("same-site" | "cross-site"))
}

/// Whether a header of the request, by its lower-case name, goes on into the sandbox. Those that are set anew do not, nor
/// those of one connection, nor what the edge and the way to the sandbox say.
pub fn goes_in(name: &str) -> bool {
    const STAYS: [&str; 19] = [
        "host",
        // What an answer is packed in is between the edge and the sandbox: a page is read on its way.
        "accept-encoding",
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "content-length",
        "upgrade",
        "cookie",
        "origin",
        "forwarded",
        "true-client-ip",
        "x-real-ip",
        "cdn-loop",
        "x-request-id",
    ];
    const BEGINS: [&str; 6] =
        ["e2b-", "cf-", "x-forwarded-", "sec-websocket-key", "sec-websocket-extensions", "sec-websocket-version"];
    !STAYS.contains(&name) && !BEGINS.iter().any(|begin| name.starts_with(begin))
}

/// The `Cookie` header without our cookies; `None` when nothing is left of it.
pub fn cookies_in(header: &str) -> Option<String> {
    let is_ours = |pair: &str| pair.trim().split('=').next().unwrap_or_default().trim().starts_with(OUR_COOKIES);
    let kept: Vec<&str> =
        header.split(';').filter(|pair| !pair.trim().is_empty() && !is_ours(pair)).map(str::trim).collect();
    (!kept.is_empty()).then(|| kept.join("; "))
}

/// Whether a header of the answer, by its lower-case name, comes back out as it is. Of the others [`set_cookie`],
/// [`location`], [`policy`] and [`cache_control`] make what comes out instead.
pub fn comes_out(name: &str) -> bool {
    const STAYS: [&str; 14] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "set-cookie",
        "location",
        "content-security-policy",
        "cache-control",
        "x-frame-options",
        "strict-transport-security",
        // It would empty the place where our cookie lies, too.
        "clear-site-data",
    ];
    !STAYS.contains(&name) && !["e2b-", "cf-", "alt-svc"].iter().any(|begin| name.starts_with(begin))
}

/// A cookie that the sandbox sets: for this origin alone, and none with a name of ours.
pub fn set_cookie(value: &str) -> Option<String> {
    let mut parts = value.split(';').map(str::trim);
    let pair = parts.next().filter(|pair| !pair.is_empty())?;
    // A cookie without a name is read by its value's beginning by some.
    if pair.split('=').any(|part| part.trim().starts_with(OUR_COOKIES)) {
        return None;
    }
    let is_domain = |part: &str| part.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("domain"));
    let kept: Vec<&str> = std::iter::once(pair).chain(parts.filter(|part| !is_domain(part))).collect();
    Some(kept.join("; "))
}

/// Where a sandbox is, as it may say so itself.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox<'a> {
    /// Its id.
    pub id: &'a str,
    /// The port that is shown.
    pub port: u16,
    /// The host and port by which it is asked: `sandbox.e2b.app`.
    pub asked_at: &'a str,
}

/// Where a redirect leads: to the preview, when the sandbox names itself.
pub fn location(value: &str, origin: &str, sandbox: &Sandbox<'_>) -> String {
    let lower = value.to_ascii_lowercase();
    let rest =
        lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://")).or_else(|| lower.strip_prefix("//"));
    let Some(rest) = rest else { return value.to_owned() };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (Some(host), Some(tail)) = (rest.get(..end), value.get(value.len() - (rest.len() - end)..)) else {
        return value.to_owned();
    };
    let local = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].map(|name| format!("{name}:{}", sandbox.port));
    let is_itself = host == sandbox.asked_at
        || local.iter().any(|name| name == host)
        || host.starts_with(&format!("{}-{}.", sandbox.port, sandbox.id));
    if is_itself { format!("{origin}{tail}") } else { value.to_owned() }
}

/// A content security policy without what it says of frames: the preview stands in one of ours. `None` when nothing is left.
pub fn policy(value: &str) -> Option<String> {
    let is_kept = |directive: &str| {
        let name = directive.split_ascii_whitespace().next().unwrap_or_default();
        !name.is_empty() && !name.eq_ignore_ascii_case("frame-ancestors") && !name.eq_ignore_ascii_case("sandbox")
    };
    let one = |policy: &str| {
        let kept: Vec<&str> = policy.split(';').map(str::trim).filter(|directive| is_kept(directive)).collect();
        (!kept.is_empty()).then(|| kept.join("; "))
    };
    let kept: Vec<String> = value.split(',').filter_map(one).collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// What is said of keeping an answer. Whoever looks wants to see what was just changed, so a browser asks again for whatever
/// does not carry its content in its name. Nothing on the way keeps anything.
pub fn cache_control(value: Option<&str>) -> &'static str {
    let says =
        |word: &str| value.is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)));
    if says("immutable") && !says("no-store") { "private, max-age=31536000, immutable" } else { "no-store" }
}

/// Whether an answer is not the sandbox's but says that there is none, or that nothing listens in it. `body` may be the
/// beginning of it: JSON for programs, a page for browsers; either names the sandbox.
pub fn is_absence(status: u16, body: &[u8], sandbox_id: &str) -> bool {
    let id = sandbox_id.as_bytes();
    matches!(status, 409 | 502) && !id.is_empty() && body.windows(id.len()).any(|window| window == id)
}

/// Our cookie among those of a request.
pub fn cookie(header: &str) -> Option<&str> {
    cookie::find(header, cookie::PREVIEW).filter(|value| !value.is_empty())
}

#[cfg(test)]
#[path = "preview_tests.rs"]
mod tests;
