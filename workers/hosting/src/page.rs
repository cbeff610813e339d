//! What the head of a page says that its answer needs: whether it is a document, and what the browser will want next.
//!
//! Read once, when a page is served cold, and remembered by its hash. Deriving it when a version is published would cost a
//! read of every page of every upload, for pages that may never be asked for, and say nothing of older versions.

use vetka_domain::html::{self, Next, Tag};

/// How much of a page is looked at, in bytes.
pub const LOOKED_AT: u64 = 16 * 1024;
/// How many addresses a `Link` header names.
const MAX_LINKS: usize = 10;
/// The longest `Link` header, in bytes.
const MAX_LINK_BYTES: usize = 2_000;

/// What a preload can be for (Fetch standard, destinations that preload knows).
const DESTINATIONS: [&str; 6] = ["fetch", "font", "image", "script", "style", "track"];
/// What else a tag may say for its address to be worth fetching early. Anything more (`media`, `imagesrcset`) may be a reason
/// not to.
const UNDERSTOOD: [&str; 7] = ["rel", "href", "as", "type", "crossorigin", "fetchpriority", "id"];

/// What is known of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Whether it is a document of its own, and not a piece that a script puts into one. A document says so: with a
    /// document type, or with `html`, `head` or `body`.
    pub is_document: bool,
    /// A value for the `Link` header, which Cloudflare makes into Early Hints; empty when there is nothing to hint at.
    pub links: String,
}

impl Page {
    /// Reads the beginning of a page. What comes after [`LOOKED_AT`] bytes is not looked at.
    pub fn read(bytes: &[u8]) -> Self {
        let bytes = bytes.get(..LOOKED_AT as usize).unwrap_or(bytes);
        let mut page = Self { is_document: begins_as_document(bytes), links: String::new() };
        let mut count = 0;
        let mut based = false;
        let mut templates = 0_usize;
        for next in html::tags(bytes) {
            let tag = match next {
                Next::Start(tag) => tag,
                Next::End(name) => {
                    templates = templates.saturating_sub(usize::from(name == "template"));
                    continue;
                }
            };
            match tag.name.as_str() {
                "template" => templates += 1,
                _ if templates > 0 => {}
                "html" | "head" => page.is_document = true,
                "body" => {
                    page.is_document = true;
                    break;
                }
                // Addresses in a header do not know of it.
                "base" => based |= tag.get("href").is_some(),
                "link" => {
                    if let Some(link) = link(&tag)
                        && count < MAX_LINKS
                        && page.links.len() + link.len() + 2 <= MAX_LINK_BYTES
                    {
                        let separator = if count == 0 { "" } else { ", " };
                        page.links.push_str(separator);
                        page.links.push_str(&link);
                        count += 1;
                    }
                }
                _ => {}
            }
        }
        if based || !page.is_document {
            page.links.clear();
        }
        page
    }
}

fn begins_as_document(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    bytes.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype"))
}

/// What a `link` element asks to be fetched, as RFC 8288 writes it. Every part comes from a short list or is checked letter
/// by letter: the page is somebody's, and the header is ours.
fn link(tag: &Tag) -> Option<String> {
    if !tag.names().all(|name| UNDERSTOOD.contains(&name)) {
        return None;
    }
    let rel = one_of(tag.get("rel")?, &["preload", "modulepreload", "preconnect"])?;
    let href = address(tag.get("href")?)?;
    let mut link = format!("<{href}>; rel={rel}");
    let destination = tag.get("as").filter(|text| !text.trim().is_empty());
    match (rel, destination) {
        ("preload", None) => return None,
        ("preconnect", _) if !href.starts_with("https://") => return None,
        ("preload" | "modulepreload", Some(destination)) => {
            link.push_str("; as=");
            link.push_str(one_of(destination, &DESTINATIONS)?);
        }
        _ => {}
    }
    if let Some(mode) = tag.get("crossorigin") {
        link.push_str(match one_of(mode, &["use-credentials"]) {
            Some(_) => "; crossorigin=use-credentials",
            None => "; crossorigin",
        });
    }
    if let Some(media_type) = tag.get("type").map(str::trim).filter(|text| !text.is_empty()) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/+-.".contains(&byte);
        if media_type.len() > 100 || !media_type.bytes().all(plain) {
            return None;
        }
        link.push_str(&format!("; type=\"{media_type}\""));
    }
    if let Some(priority) = tag.get("fetchpriority").and_then(|text| one_of(text, &["high", "low"])) {
        link.push_str("; fetchpriority=");
        link.push_str(priority);
    }
    Some(link)
}

/// The word of a list that a text is, in our own spelling.
fn one_of<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    words.iter().copied().find(|word| text.trim().eq_ignore_ascii_case(word))
}

/// An address on this site, or elsewhere over `https`, that a header can hold as it is.
fn address(href: &str) -> Option<&str> {
    let href = href.trim_matches([' ', '\t', '\n', '\r', '\x0c']);
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"'\\^`{|}&,;".contains(&byte);
    if href.is_empty() || href.len() > 500 || !href.bytes().all(plain) {
        return None;
    }
    let before_path = href.split(['/', '?', '#']).next().unwrap_or_default();
    let has_scheme = before_path.contains(':');
    let good = if has_scheme { href.starts_with("https://") } else { !href.starts_with("//") };
    good.then_some(href)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(head: &str) -> String {
        Page::read(format!("<!doctype html><html><head>{head}</head><body>").as_bytes()).links
    }

    #[test]
    fn a_document_says_that_it_is_one() {
        for page in
            ["<!doctype html><p>", "\u{feff}\n <!DOCTYPE html>", "<html>", "<!-- ours --><HTML lang=en>", "<body>x"]
        {
            assert!(Page::read(page.as_bytes()).is_document, "{page}");
        }
        for page in
            ["", "<p>a piece</p>", "google-site-verification: google1.html", "<!-- <html> -->", "<title><html></title>"]
        {
            assert!(!Page::read(page.as_bytes()).is_document, "{page}");
        }
    }

    #[test]
    fn what_a_page_preloads_is_hinted_at() {
        for (tag, expected) in [
            ("<link rel=preload href=/a.css as=style>", "</a.css>; rel=preload; as=style"),
            (
                "<LINK REL='Preload' AS=font href=\"fonts/a.woff2?v=1\" type=font/woff2 crossorigin>",
                "<fonts/a.woff2?v=1>; rel=preload; as=font; crossorigin; type=\"font/woff2\"",
            ),
            ("<link rel=modulepreload href=./app.js>", "<./app.js>; rel=modulepreload"),
            (
                "<link rel=preconnect href=https://fonts.example crossorigin=anonymous>",
                "<https://fonts.example>; rel=preconnect; crossorigin",
            ),
            (
                "<link rel=preload as=image href=a.webp fetchpriority=high>",
                "<a.webp>; rel=preload; as=image; fetchpriority=high",
            ),
        ] {
            assert_eq!(links(tag), expected, "{tag}");
        }
        assert_eq!(
            links("<link rel=preload href=a.css as=style><link rel=preload href=b.js as=script>"),
            "<a.css>; rel=preload; as=style, <b.js>; rel=preload; as=script"
        );
    }

    #[test]
    fn nothing_else_is() {
        for tag in [
            "<link rel=stylesheet href=/a.css>",
            "<link rel=preload href=/a.css>",
            "<link rel=preload href=/a.css as=document>",
            "<link rel=preload href=/a.css as=style media=print>",
            "<link rel=preload href=//elsewhere.example/a.css as=style>",
            "<link rel=preload href=http://elsewhere.example/a.css as=style>",
            "<link rel=preload href=javascript:alert(1) as=script>",
            "<link rel=preload href='\\\\elsewhere.example\\a' as=script>",
            "<link rel=preload href='/a>; rel=preconnect, <https://evil.example' as=script>",
            "<link rel=preload href='/a\r\nSet-Cookie: x=1' as=script>",
            "<link rel=preload href=/a type='x\"; rel=\"y' as=script>",
            "<link rel=preload href=/é.css as=style>",
            "<link rel=preconnect href=/here>",
            "<base href=/elsewhere/><link rel=preload href=a.css as=style>",
            "<noscript><link rel=preload href=/a.css as=style></noscript>",
            "<!-- <link rel=preload href=/a.css as=style> -->",
            "</head><body><link rel=preload href=/a.css as=style>",
        ] {
            assert_eq!(links(tag), "", "{tag}");
        }
    }

    #[test]
    fn hints_have_an_end() {
        let many = "<link rel=preload href=/a.css as=style>".repeat(50);
        assert_eq!(links(&many).matches("rel=preload").count(), MAX_LINKS);
        let long = format!("<link rel=preload href=/{} as=style>", "a".repeat(450)).repeat(50);
        assert!(links(&long).len() <= MAX_LINK_BYTES);
        let far = format!("<!-- {} -->", " ".repeat(LOOKED_AT as usize));
        assert_eq!(links(&format!("{far}<link rel=preload href=/a.css as=style>")), "");
    }

    proptest! {
        /// Nobody writes a header's line, or a second link, into ours.
        #[test]
        fn a_page_writes_no_header_of_its_own(href in ".{0,30}", media_type in ".{0,20}", mode in ".{0,10}") {
            let links = links(&format!("<link rel=preload as=style href=\"{href}\" type='{media_type}' crossorigin=\"{mode}\">"));
            prop_assert!(links.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '));
            prop_assert!(links.matches('<').count() <= 1 && !links.contains(','));
        }
    }
}
