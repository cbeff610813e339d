//! From a version and a path to an answer: the site's own rules, its files, and what the browser may do with them.
//!
//! In this order: a rule that leads elsewhere; a file under its one address; the file's other addresses, which lead to that;
//! the home page or the site's own `404.html`, as the site is set; our notice.

use crate::{
    answer::Answer,
    asked::Name,
    conditional::{Conditions, Verdict},
    content::{self, Body, Came, Content, Piece},
    fields::Fields,
    isolate::Installation,
    pages::{self, Here, Notice},
    range::Span,
    stores::Edge,
    tag::Tag,
};
use vetka_domain::target::Target;
use vetka_edge::Result;
use vetka_r2::{
    Manifest, Settings, content_type,
    lookup::{Found, Route, route},
    manifest::Entry,
    rules::Change,
};
use worker::web_sys::Headers;

/// For names that change with their content.
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";
/// For everything else: keep it, and ask each time whether it is still right.
const ASK_EACH_TIME: &str = "public, max-age=0, must-revalidate";
/// For a version's own address, which is for looking and goes away with its site.
const ASK_EACH_TIME_PRIVATELY: &str = "private, max-age=0, must-revalidate";
const KEEP_NOTHING: &str = "no-store";

/// What a site takes.
pub const ALLOW: &str = "GET, HEAD, OPTIONS";

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Look.
    Get,
    /// Know what looking would show.
    Head,
    /// Know what can be done.
    Options,
    /// Anything else.
    Other,
}

impl Method {
    /// Reads the name of a method.
    pub fn of(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }
}

/// Somebody's visit to a version.
pub struct Visit<'a> {
    /// Under which name.
    pub name: &'a Name,
    /// Its files and rules.
    pub manifest: &'a Manifest,
    /// What the site is set to.
    pub settings: &'a Settings,
    /// Shown on the app's own origin.
    pub sandboxed: bool,
    /// Where this worker runs.
    pub installation: &'a Installation,
    /// What was asked for.
    pub target: &'a Target<'a>,
    /// The path of it that is the site's.
    pub path: &'a str,
    /// What with.
    pub method: Method,
    /// The request's headers.
    pub headers: &'a Headers,
}

/// Answers a visit.
///
/// # Errors
/// Internal, when what a manifest names cannot be had.
pub async fn respond(visit: &Visit<'_>, source: &Edge<'_>) -> Result<Answer> {
    let found = match route(visit.manifest, visit.path, visit.target.query, visit.settings.not_found) {
        // Cloudflare follows rules whatever the method, and so do forms that are posted to an old address.
        Route::Redirect(redirect) => return Ok(visit.elsewhere(redirect.status, &redirect.to)),
        Route::Found(found) => found,
    };
    match (found, visit.method) {
        (Found::NotFound(Some(page)), _) => visit.missing(&page, source).await,
        (Found::NotFound(None), _) => Ok(visit.notice(&Notice::NoFile { host: visit.target.host })),
        (_, Method::Options) => Ok(visit.options()),
        (_, Method::Other) => Ok(visit.notice(&Notice::WrongMethod)),
        (Found::Moved(path), _) => {
            let query = visit.target.query;
            let to = if query.is_empty() { path } else { format!("{path}?{query}") };
            Ok(visit.elsewhere(307, &to))
        }
        (Found::File(entry) | Found::App(entry), _) => visit.file(&entry, source).await,
    }
}

impl Visit<'_> {
    /// A file that is there.
    async fn file(&self, entry: &Entry<'_>, source: &Edge<'_>) -> Result<Answer> {
        let conditions = self.conditions()?;
        let plain = Content::of(entry, None);
        let is_page = entry.media_type.starts_with("text/html");
        let mut page = None;
        let content = match self.tag(entry) {
            None => plain,
            Some(tag) => {
                let tagged = Content::of(entry, Some(tag));
                // Whoever has these bytes got them here, so that they are this page's: nothing need be looked up.
                if conditions.lists_only(&tagged.etag()) {
                    return Ok(self.unchanged(entry, &tagged));
                }
                let known = content::page(source, entry).await?;
                let content = if known.is_document { tagged } else { plain };
                page = Some(known);
                content
            }
        };
        let (size, etag) = (content.len(), content.etag());
        let verdict = conditions.decide(&etag, size);
        let (status, parts) = match verdict {
            Verdict::NotModified => return Ok(self.unchanged(entry, &content)),
            Verdict::Failed => (412, None),
            Verdict::Unsatisfiable => (416, None),
            Verdict::Whole => (200, None),
            Verdict::Parts(parts) => (206, Some(parts)),
        };
        if status >= 400 {
            let mut fields = self.file_fields(entry, &etag, "");
            fields.remove("content-type");
            fields.set("content-length", "0");
            if status == 416 {
                fields.set("content-range", format!("bytes */{size}"));
            }
            return Ok(Answer::empty(status, fields));
        }
        if is_page && page.is_none() {
            page = Some(content::page(source, entry).await?);
        }
        let mut fields = self.file_fields(entry, &etag, page.as_deref().map_or("", |page| &page.links));
        let (pieces, len) = match parts.as_deref() {
            None => (None, size),
            Some([span]) => {
                fields.set("content-range", span.of(size));
                (Some(vec![Piece::Bytes(*span)]), span.len())
            }
            Some(parts) => {
                let (pieces, len) = multipart(&content, parts, fields.get("content-type"));
                fields.set("content-type", format!("multipart/byteranges; boundary={}", content.boundary()));
                (Some(pieces), len)
            }
        };
        fields.set("content-length", len.to_string());
        let (body, came) = match (self.method, pieces) {
            (Method::Head, _) => (Body::Empty, Came::None),
            (_, None) => content.whole(source).await?,
            (_, Some(pieces)) => content.pieces(source, pieces, len).await?,
        };
        Ok(Answer { status, fields, body, came })
    }

    /// The site's own page for what is not there. It is not the thing that was asked for, so no condition is about it.
    async fn missing(&self, entry: &Entry<'_>, source: &Edge<'_>) -> Result<Answer> {
        let tag = match self.tag(entry) {
            Some(tag) => content::page(source, entry).await?.is_document.then_some(tag),
            None => None,
        };
        let content = Content::of(entry, tag);
        let mut fields = self.fields(&|fields| {
            fields.set("content-type", entry.media_type.to_owned());
            fields.set("cache-control", self.caching(None));
        });
        fields.set("content-length", content.len().to_string());
        if self.method == Method::Head {
            return Ok(Answer::empty(404, fields));
        }
        let (body, came) = content.whole(source).await?;
        Ok(Answer { status: 404, fields, body, came })
    }

    fn unchanged(&self, entry: &Entry<'_>, content: &Content<'_>) -> Answer {
        let mut fields = self.file_fields(entry, &content.etag(), "");
        fields.remove("content-type");
        Answer::empty(304, fields)
    }

    /// Sends a visitor elsewhere. Nobody is to keep that: the next version may have something here.
    fn elsewhere(&self, status: u16, to: &str) -> Answer {
        // On the app's own origin a site's paths lie below one of the app's.
        let above = self.target.path.strip_suffix(self.path).unwrap_or_default();
        let location = if to.starts_with('/') { format!("{above}{to}") } else { to.to_owned() };
        let mut fields = self.fields(&|fields| fields.set("cache-control", KEEP_NOTHING));
        fields.set("location", location);
        Answer::empty(status, fields)
    }

    fn options(&self) -> Answer {
        let mut fields = self.fields(&|_| {});
        fields.set("allow", ALLOW);
        Answer::empty(204, fields)
    }

    fn notice(&self, notice: &Notice<'_>) -> Answer {
        pages::answer(notice, &Here::at(self.installation, self.target), self.method == Method::Head)
    }

    /// Notch's tag, for a page that is to have it. A version's own address is for looking at what will be: what visitors
    /// say there would belong to no page that stays.
    fn tag(&self, entry: &Entry<'_>) -> Option<&Tag> {
        let wanted = self.settings.notch && !self.sandboxed && !matches!(self.name, Name::Version(_));
        if !wanted || !entry.media_type.starts_with("text/html") {
            return None;
        }
        // The site's rules may have made something else of it.
        let mut sent = true;
        self.manifest.header_changes(self.path, |change| match change {
            Change::Set { name: "content-type", value } => sent = value.trim_start().starts_with("text/html"),
            Change::Remove { name: "content-type" } => sent = false,
            _ => {}
        });
        sent.then_some(&self.installation.tag)
    }

    fn file_fields(&self, entry: &Entry<'_>, etag: &str, links: &str) -> Fields {
        let mut fields = self.fields(&|fields| {
            fields.set("content-type", entry.media_type.to_owned());
            fields.set("cache-control", self.caching(Some(entry)));
            if !links.is_empty() {
                fields.set("link", links.to_owned());
            }
            // Where people may leave something, what they write elsewhere can be told of.
            if self.tag(entry).is_some() {
                fields.append(
                    "link",
                    format!("<{}/webmention>; rel=\"webmention\"", self.installation.config.app_origin),
                );
            }
        });
        fields.set("etag", etag.to_owned());
        fields.set("accept-ranges", "bytes");
        fields
    }

    /// What every answer of a site carries: what is usual, then what the site's own rules make of it, then what no rule
    /// can change.
    fn fields(&self, usual: &dyn Fn(&mut Fields)) -> Fields {
        let mut fields = Fields::default();
        fields.set("referrer-policy", "strict-origin-when-cross-origin");
        usual(&mut fields);
        let looking = self.sandboxed || matches!(self.name, Name::Version(_));
        self.manifest.header_changes(self.path, |change| {
            let (Change::Set { name, .. } | Change::Append { name, .. } | Change::Remove { name }) = change;
            // A version is looked at by who has its address. No rule makes search engines or caches have it too.
            if looking && matches!(name, "cache-control" | "x-robots-tag") {
                return;
            }
            match change {
                Change::Set { name, value } => fields.set(name.to_owned(), value.to_owned()),
                Change::Append { name, value } => fields.append(name.to_owned(), value.to_owned()),
                Change::Remove { name } => fields.remove(name),
            }
        });
        fields.set("x-content-type-options", "nosniff");
        // Neighbouring sites share a domain; this keeps a page from being talked into sharing more.
        fields.set("origin-agent-cluster", "?1");
        // The app shows sites in a frame and a site may frame itself. Nobody else: what visitors do through Notch on a site
        // must not be clickable through a stranger's page. The site's own policies hold beside this one.
        let sandbox = if self.sandboxed { "; sandbox" } else { "" };
        let policy = format!("frame-ancestors 'self' {}{sandbox}", self.installation.config.app_origin);
        fields.append("content-security-policy", policy);
        if matches!(self.name, Name::Version(_)) {
            fields.set("x-robots-tag", "noindex");
        }
        fields
    }

    /// How long an answer may be kept; without a file, a page that says that there is none.
    fn caching(&self, entry: Option<&Entry<'_>>) -> &'static str {
        let is_page = entry.is_none_or(|entry| content_type::is_page(entry.media_type));
        match self.name {
            Name::Version(_) if is_page => KEEP_NOTHING,
            Name::Version(_) => ASK_EACH_TIME_PRIVATELY,
            // A rule may show a file under another name, which promises nothing.
            _ if !is_page
                && entry.is_some_and(|entry| entry.hashed_name && self.path.strip_prefix('/') == Some(entry.path)) =>
            {
                FOR_A_YEAR
            }
            _ => ASK_EACH_TIME,
        }
    }

    fn conditions(&self) -> Result<Conditions> {
        let get = |name| self.headers.get(name).map_err(worker::Error::from);
        let range = if self.method == Method::Get { get("range")? } else { None };
        let if_range = if range.is_some() { get("if-range")? } else { None };
        Ok(Conditions { if_match: get("if-match")?, if_none_match: get("if-none-match")?, range, if_range })
    }
}

/// The pieces of an answer with several ranges (RFC 9110, section 14.6), and their length together.
fn multipart(content: &Content<'_>, parts: &[Span], media_type: Option<&str>) -> (Vec<Piece>, u64) {
    let boundary = content.boundary();
    let media_type = media_type.map_or_else(String::new, |value| format!("content-type: {value}\r\n"));
    let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
    let mut before = "";
    for span in parts {
        let range = span.of(content.len());
        pieces.push(Piece::Text(format!("{before}--{boundary}\r\n{media_type}content-range: {range}\r\n\r\n")));
        pieces.push(Piece::Bytes(*span));
        before = "\r\n";
    }
    pieces.push(Piece::Text(format!("\r\n--{boundary}--\r\n")));
    let len = pieces.iter().map(Piece::len).sum();
    (pieces, len)
}
