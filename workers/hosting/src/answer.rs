//! From a version and a path to an answer: which file, whether the browser has it already, and what may be done with it.

use crate::{
    asked::Name,
    blob, conditional,
    pages::{self, Notice},
    source::Edge,
};
use vetka_domain::target::Target;
use vetka_edge::{Result, config::Config};
use vetka_r2::{
    Manifest, content_type,
    lookup::{Found, look_up},
    manifest::Entry,
};
use worker::{Headers, Method, Request, Response};

/// For names that change with their content.
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";
/// For everything else: keep it, and ask each time whether it is still right.
const ASK_EACH_TIME: &str = "public, max-age=0, must-revalidate";
/// For a version's own address, which is for looking and goes away with its site.
const ASK_EACH_TIME_PRIVATELY: &str = "private, max-age=0, must-revalidate";
const KEEP_NOTHING: &str = "no-store";

/// The version that a request reached.
pub struct Site<'a> {
    /// Under which name.
    pub name: &'a Name,
    /// Its files.
    pub manifest: &'a Manifest,
    /// Shown on the app's own origin.
    pub sandboxed: bool,
    /// Settings.
    pub config: &'a Config,
}

/// Answers a GET or a HEAD.
pub async fn respond(
    site: &Site<'_>,
    request: &Request,
    target: &Target<'_>,
    path: &str,
    source: &Edge<'_>,
) -> Result<Response> {
    let head = request.method() == Method::Head;
    let entry = match look_up(site.manifest, path) {
        Found::File(entry) | Found::Fallback(entry) => entry,
        Found::Folder => return to_folder(site, target),
        Found::Missing => {
            return pages::respond(&Notice::NoFile { host: target.host }, &site.config.app_origin, head);
        }
    };
    let etag = format!("\"{}\"", entry.hash);
    let headers = headers(site, &entry, &etag)?;
    let known = request.headers().get("if-none-match")?;
    if known.is_some_and(|header| conditional::none_match_names(&header, &etag)) {
        return Ok(Response::builder().with_status(304).with_headers(headers).empty());
    }
    headers.set("content-type", entry.media_type)?;
    headers.set("content-length", &entry.size.to_string())?;
    let builder = Response::builder().with_headers(headers);
    if head { Ok(builder.empty()) } else { Ok(builder.body(blob::body(source, &entry).await?)) }
}

/// What every answer with a file carries, a 304 as well.
fn headers(site: &Site<'_>, entry: &Entry<'_>, etag: &str) -> Result<Headers> {
    let headers = common_headers(site)?;
    headers.set("etag", etag)?;
    headers.set("cache-control", caching(site.name, entry))?;
    Ok(headers)
}

fn common_headers(site: &Site<'_>) -> Result<Headers> {
    let headers = Headers::new();
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("referrer-policy", "strict-origin-when-cross-origin")?;
    // Neighbouring sites share a domain; this keeps a page from being talked into sharing more.
    headers.set("origin-agent-cluster", "?1")?;
    // The app shows sites in a frame and a site may frame itself. Nobody else: what visitors do through Notch on a
    // site must not be clickable through a stranger's page.
    let mut policy = format!("frame-ancestors 'self' {}", site.config.app_origin);
    if site.sandboxed {
        policy.push_str("; sandbox");
    }
    headers.set("content-security-policy", &policy)?;
    if matches!(site.name, Name::Version(_)) {
        headers.set("x-robots-tag", "noindex")?;
    }
    Ok(headers)
}

fn caching(name: &Name, entry: &Entry<'_>) -> &'static str {
    match name {
        Name::Version(_) if content_type::is_page(entry.media_type) => KEEP_NOTHING,
        Name::Version(_) => ASK_EACH_TIME_PRIVATELY,
        Name::Label(_) if entry.hashed_name && !content_type::is_page(entry.media_type) => FOR_A_YEAR,
        Name::Label(_) => ASK_EACH_TIME,
    }
}

/// Sends a folder's address on to the one with the slash. Temporarily, since the next version may have a file there.
fn to_folder(site: &Site<'_>, target: &Target<'_>) -> Result<Response> {
    let headers = common_headers(site)?;
    let query = if target.query.is_empty() { String::new() } else { format!("?{}", target.query) };
    headers.set("location", &format!("{}/{query}", target.path))?;
    headers.set("cache-control", KEEP_NOTHING)?;
    Ok(Response::builder().with_status(307).with_headers(headers).empty())
}
