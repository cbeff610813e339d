//! From the path of a request to the file that answers it.
//!
//! Every page has one address: `/about` for `about.html`, `/blog/` for `blog/index.html`, each character written as RFC
//! 3986 has it. Who asks otherwise (`/about/`, `/about.html`, `//about`, `/%61bout`) is sent there, if the very file that
//! was meant answers there, and so nobody is ever sent twice. The forms are those of Cloudflare's `auto-trailing-slash`.

use crate::{
    files::INDEX,
    manifest::{Entry, Manifest},
    path::MAX_PATH_BYTES,
    rules::{HEADERS, REDIRECTS, Redirect, push_encoded},
    settings::NotFound,
};
use std::borrow::Cow;

/// The page that answers where nothing is found, in its folder and below.
const NOT_FOUND_PAGE: &str = "404.html";

/// What a path finds in a version.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// This file.
    File(Entry<'a>),
    /// A file that has another address: this path, encoded, without a query. Sent there only temporarily, since the next
    /// version may have another file here.
    Moved(String),
    /// Nothing by that name, and a page was asked for: the site's own router may know it, so this page answers with 200.
    App(Entry<'a>),
    /// Nothing. The version's own page that says so, if it has one.
    NotFound(Option<Entry<'a>>),
}

/// What answers at an address.
#[derive(Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// The site's own rules lead elsewhere. Never a rewrite.
    Redirect(Redirect),
    /// This.
    Found(Found<'a>),
}

/// Finds what answers at an address: the version's rules first, then its files. `path` begins with `/`; path and query
/// are percent-encoded as they came.
pub fn route<'a>(manifest: &'a Manifest, path: &str, query: &str, not_found: NotFound) -> Route<'a> {
    match manifest.redirect(path, query) {
        None => Route::Found(look_up(manifest, path, not_found)),
        // Followed once. No rule is asked about where it leads, and what is not there is not found.
        Some(rewrite) if rewrite.status == 200 => {
            let to = rewrite.to.split(['?', '#']).next().unwrap_or_default();
            let found = entry_at(manifest, to).map(Found::File);
            Route::Found(found.unwrap_or_else(|| look_up(manifest, to, NotFound::Page)))
        }
        Some(redirect) => Route::Redirect(redirect),
    }
}

/// Looks a request's path up among the files.
///
/// `path` begins with `/` and is percent-encoded as it came. It is decoded once, and the result is only ever compared
/// with names in the manifest: there is nothing that it could climb out of.
pub fn look_up<'a>(manifest: &'a Manifest, path: &str, not_found: NotFound) -> Found<'a> {
    let Some(name) = decode(path) else { return Found::NotFound(exact(manifest, NOT_FOUND_PAGE)) };
    match find(manifest, &name) {
        Some(Seen { entry, at: None }) => match other_form(path, &name) {
            None => Found::File(entry),
            Some(form) => Found::Moved(form),
        },
        Some(Seen { at: Some(at), .. }) => {
            // `/index/` is `/index`, and that is `/`: both steps at once.
            let further = find(manifest, &at).and_then(|seen| seen.at);
            Found::Moved(encode(&further.unwrap_or(at)))
        }
        None => missing(manifest, path, &name, not_found),
    }
}

/// The file that a path leads to, under whichever of its addresses.
pub(crate) fn entry_at<'a>(manifest: &'a Manifest, path: &str) -> Option<Entry<'a>> {
    find(manifest, &decode(path)?).map(|seen| seen.entry)
}

/// A file, and the address where it is if that is another.
struct Seen<'a> {
    entry: Entry<'a>,
    at: Option<String>,
}

/// Finds a file by a name as people write it, without its first slash.
fn find<'a>(manifest: &'a Manifest, name: &str) -> Option<Seen<'a>> {
    let here = |entry| Seen { entry, at: None };
    // A file is sent for under another address only if it alone is what answers there.
    let moved = |file: &str, to: &str| {
        let entry = exact(manifest, file)?;
        let there = if to.is_empty() || to.ends_with('/') { exact(manifest, &format!("{to}{INDEX}")) } else { None };
        let there = there.or_else(|| exact(manifest, &format!("{to}.html")));
        let same = exact(manifest, to).is_none() && there.is_some_and(|there| there.path == entry.path);
        same.then(|| Seen { entry, at: Some(to.to_owned()) })
    };
    let page = |stem: &str| moved(&format!("{stem}.html"), stem);
    let folder = |stem: &str| moved(&format!("{stem}/{INDEX}"), &format!("{stem}/"));

    if name.is_empty() || name.ends_with('/') {
        let index = exact(manifest, &format!("{name}{INDEX}")).map(here);
        return index.or_else(|| page(name.strip_suffix('/')?));
    }
    // `/blog/index.html` is `/blog/`, and `/about/index.html` is `/about`.
    let inside = |last: &str| name.strip_suffix(last).filter(|base| base.is_empty() || base.ends_with('/'));
    if let Some(base) = inside(INDEX) {
        let other = moved(name, base).or_else(|| page(base.strip_suffix('/')?));
        if other.is_some() {
            return other;
        }
    } else if let Some(stem) = name.strip_suffix(".html") {
        let other = page(stem).or_else(|| folder(stem));
        if other.is_some() {
            return other;
        }
    }
    if let Some(entry) = exact(manifest, name) {
        return Some(here(entry));
    }
    if let Some(base) = inside("index") {
        let other = moved(&format!("{name}.html"), base).or_else(|| page(base.strip_suffix('/')?));
        if other.is_some() {
            return other;
        }
    }
    exact(manifest, &format!("{name}.html")).map(here).or_else(|| folder(name))
}

/// A file by its very name. The files of rules are not for visitors.
fn exact<'a>(manifest: &'a Manifest, name: &str) -> Option<Entry<'a>> {
    if matches!(name, REDIRECTS | HEADERS) { None } else { manifest.find(name) }
}

fn missing<'a>(manifest: &'a Manifest, path: &str, name: &str, not_found: NotFound) -> Found<'a> {
    let page = is_page_name(name);
    // What the version itself says about this path comes before what the site is set to.
    if let Some(entry) = Some(()).filter(|()| page).and_then(|()| manifest.fallback(path)) {
        return Found::App(entry);
    }
    let own = || nearest(manifest, name);
    let home = || exact(manifest, INDEX).filter(|_| page).map(Found::App);
    match not_found {
        NotFound::Page => Found::NotFound(own()),
        NotFound::App => home().unwrap_or_else(|| Found::NotFound(own())),
        NotFound::Auto => match own() {
            Some(entry) => Found::NotFound(Some(entry)),
            None => home().unwrap_or(Found::NotFound(None)),
        },
    }
}

/// The `404.html` of the folder that a name is in, or of the next one up that has one.
fn nearest<'a>(manifest: &'a Manifest, name: &str) -> Option<Entry<'a>> {
    let mut inside = name;
    while let Some((folder, _)) = inside.rsplit_once('/') {
        // Deeper than any file can be; what was asked for may be long.
        if folder.len() < MAX_PATH_BYTES
            && let Some(entry) = exact(manifest, &format!("{folder}/{NOT_FOUND_PAGE}"))
        {
            return Some(entry);
        }
        inside = folder;
    }
    exact(manifest, NOT_FOUND_PAGE)
}

/// Whether somebody who asks for this may want a page: no part is empty, hidden (`.well-known`) or dots alone, and the
/// last has no file's extension. `/release/v1.2` is a page's name, `/logo.png` is not.
fn is_page_name(path: &str) -> bool {
    let mut segments = path.strip_suffix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() || segment.starts_with('.') {
            return false;
        }
        if segments.peek().is_none() && has_extension(segment) {
            return false;
        }
    }
    true
}

fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=11).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && extension.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// A path as a name: without its first slash, percent-decoded, several slashes together taken for one. `None` for what no
/// file can be called: a backslash, a control character, bytes that are no UTF-8. An encoded slash is a slash like any
/// other, and a percent sign that begins no code stands for itself.
fn decode(path: &str) -> Option<Cow<'_, str>> {
    let name = path.trim_start_matches('/');
    if name.bytes().any(|byte| byte == b'\\' || byte.is_ascii_control()) {
        return None;
    }
    if !name.contains('%') && !name.contains("//") {
        return Some(Cow::Borrowed(name));
    }
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let mut decoded = byte;
        if let (b'%', Some((code, after))) = (byte, after.split_first_chunk::<2>())
            && let Some(value) = hex(*code)
        {
            decoded = value;
            rest = after;
        }
        if decoded == b'\\' || decoded.is_ascii_control() {
            return None;
        }
        if decoded != b'/' || !matches!(out.last(), None | Some(b'/')) {
            out.push(decoded);
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// A name as a path, each character as RFC 3986 has it: what may stand in a path does, all else is encoded.
fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    out.push('/');
    for byte in name.bytes() {
        if byte == b'/' || is_plain(byte) { out.push(char::from(byte)) } else { push_encoded(&mut out, byte) }
    }
    out
}

/// The form of a name's path, when it was asked for in another.
fn other_form(path: &str, name: &str) -> Option<String> {
    let plain = path.strip_prefix('/') == Some(name) && name.bytes().all(|byte| byte == b'/' || is_plain(byte));
    if plain {
        return None;
    }
    Some(encode(name)).filter(|form| form != path)
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlobHash, SitePath, manifest::File, rules::Compiled};
    use proptest::prelude::*;

    fn manifest_of(names: &[&str]) -> Manifest {
        let files: Vec<File> = names
            .iter()
            .map(|name| File { path: SitePath::parse(name).unwrap(), hash: BlobHash::of(name.as_bytes()), size: 1 })
            .collect();
        Manifest::build(&files, &Compiled::default())
    }

    fn found_in(manifest: &Manifest, path: &str, not_found: NotFound) -> String {
        match look_up(manifest, path, not_found) {
            Found::File(entry) => entry.path.to_owned(),
            Found::Moved(to) => format!("to {to}"),
            Found::App(entry) => format!("app {}", entry.path),
            Found::NotFound(None) => "nothing".to_owned(),
            Found::NotFound(Some(entry)) => format!("404 {}", entry.path),
        }
    }

    const SHEET: &[&str] = &[
        "index.html",
        "about.html",
        "blog/index.html",
        "blog/post.html",
        "both.html",
        "both/index.html",
        "style.css",
        "raw",
        "v1.2.html",
        "404.html",
        "docs/404.html",
        "docs/sub/index.html",
        "a b.html",
        "x[1].html",
        "é.html",
        "@ann.html",
        "100%.html",
        "_redirects",
        "_headers",
        "sub/_headers",
    ];

    /// The column `auto-trailing-slash` of what was observed of Cloudflare, and where we differ.
    #[test]
    fn every_page_has_one_address() {
        for (path, expected) in [
            ("/", "index.html"),
            ("/index", "to /"),
            ("/index.html", "to /"),
            ("/about", "about.html"),
            ("/about/", "to /about"),
            ("/about.html", "to /about"),
            ("/about/index", "to /about"),
            ("/about/index.html", "to /about"),
            ("/blog", "to /blog/"),
            ("/blog/", "blog/index.html"),
            ("/blog.html", "to /blog/"),
            ("/blog/index", "to /blog/"),
            ("/blog/index.html", "to /blog/"),
            ("/blog/post", "blog/post.html"),
            ("/blog/post/", "to /blog/post"),
            ("/both", "both.html"),
            ("/both/", "both/index.html"),
            ("/both.html", "to /both"),
            ("/both/index", "to /both/"),
            ("/both/index.html", "to /both/"),
            ("/style.css", "style.css"),
            ("/raw", "raw"),
            ("/style.css/", "404 404.html"),
            ("/raw/", "404 404.html"),
            ("/v1.2", "v1.2.html"),
            ("/a%20b", "a b.html"),
            ("/x[1]", "to /x%5B1%5D"),
            ("/x%5B1%5D", "x[1].html"),
            ("/%C3%A9", "é.html"),
            ("/%c3%a9", "to /%C3%A9"),
            ("/é", "to /%C3%A9"),
            ("//about", "to /about"),
            ("/blog//post", "to /blog/post"),
            ("///", "to /"),
            ("/blog%2Fpost", "to /blog/post"),
            ("/%61bout.html", "to /about"),
            ("/About", "404 404.html"),
            ("/404", "404.html"),
            ("/404.html", "to /404"),
            ("/docs/nope", "404 docs/404.html"),
            ("/docs/sub/x/y", "404 docs/404.html"),
            ("/docs/sub/", "docs/sub/index.html"),
            ("/nope", "404 404.html"),
            ("/%", "404 404.html"),
            ("/@ann", "@ann.html"),
            ("/%40ann", "to /@ann"),
            ("/100%25", "100%.html"),
            ("/100%", "to /100%25"),
            ("/_redirects", "404 404.html"),
            ("/_headers", "404 404.html"),
            ("/sub/_headers", "sub/_headers"),
        ] {
            assert_eq!(found_in(&manifest_of(SHEET), path, NotFound::Auto), expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_found_is_as_the_site_is_set() {
        let without = manifest_of(&["index.html", "raw", "blog/index.html"]);
        for (path, auto, app, page) in [
            ("/contact", "app index.html", "app index.html", "nothing"),
            ("/users/7/", "app index.html", "app index.html", "nothing"),
            ("/release/v1.2", "app index.html", "app index.html", "nothing"),
            ("/raw/", "app index.html", "app index.html", "nothing"),
            ("/style.css", "nothing", "nothing", "nothing"),
            ("/blog/cat.JPG", "nothing", "nothing", "nothing"),
            ("/site.webmanifest", "nothing", "nothing", "nothing"),
            ("/.well-known/webfinger", "nothing", "nothing", "nothing"),
            ("/.env", "nothing", "nothing", "nothing"),
        ] {
            let answers =
                [NotFound::Auto, NotFound::App, NotFound::Page].map(|not_found| found_in(&without, path, not_found));
            assert_eq!(answers, [auto, app, page], "{path}");
        }
        let with = manifest_of(&["index.html", "404.html"]);
        for (path, auto, app, page) in [
            ("/contact", "404 404.html", "app index.html", "404 404.html"),
            ("/style.css", "404 404.html", "404 404.html", "404 404.html"),
        ] {
            let answers =
                [NotFound::Auto, NotFound::App, NotFound::Page].map(|not_found| found_in(&with, path, not_found));
            assert_eq!(answers, [auto, app, page], "{path}");
        }
    }

    #[test]
    fn a_file_without_an_ending_comes_before_the_page_of_that_name() {
        let both = manifest_of(&["index.html", "a", "a.html"]);
        assert_eq!(found_in(&both, "/a", NotFound::Auto), "a");
        assert_eq!(found_in(&both, "/a.html", NotFound::Auto), "a.html", "or it could not be reached at all");
        let index = manifest_of(&["index.html", "index"]);
        assert_eq!(found_in(&index, "/index", NotFound::Auto), "index");
        assert_eq!(found_in(&index, "/index.html", NotFound::Auto), "to /");
        let nested = manifest_of(&["index.html", "index/index.html"]);
        assert_eq!(found_in(&nested, "/index/", NotFound::Auto), "index/index.html");
    }

    #[test]
    fn disguised_paths_find_nothing() {
        let manifest = manifest_of(&["index.html", "blog/post.html"]);
        for path in ["/%5C", "/a\\b", "/%00", "/%ff", "/../x", "/..", "/%2e%2e/x", "/%2e%2e%2fx", "/a/./b"] {
            assert_eq!(found_in(&manifest, path, NotFound::Auto), "nothing", "{path}");
        }
    }

    proptest! {
        /// In its own form, every published name finds its own file; in any other, the way there, at once.
        #[test]
        fn every_published_name_can_be_asked_for(name in "[a-z%é ?#&+@日.]{1,8}(/(index|[a-z]{1,3}))?(\\.html)?") {
            if let Ok(path) = SitePath::parse(&name) {
                let files = [File { path, hash: BlobHash::of(b"x"), size: 1 }];
                let manifest = Manifest::build(&files, &Compiled::default());
                let every_byte: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
                for asked in [encode(&name), format!("/{every_byte}"), format!("//{every_byte}")] {
                    match look_up(&manifest, &asked, NotFound::Page) {
                        Found::File(entry) => prop_assert_eq!(entry.path, &name),
                        Found::Moved(to) => match look_up(&manifest, &to, NotFound::Page) {
                            Found::File(entry) => prop_assert_eq!(entry.path, &name),
                            other => prop_assert!(false, "{asked} leads to {to}, and that to {other:?}"),
                        },
                        other => prop_assert!(false, "{asked} finds {other:?}"),
                    }
                }
            }
        }

        /// Whoever is sent on arrives, and is never sent to another host.
        #[test]
        fn any_path_gets_an_answer(
            names in prop::collection::vec("(a|b|index|404)(/(a|index|b))?(\\.html)?", 1..8),
            path in prop_oneof!["[/ab]{0,3}(index|a|b|404|//)?(/|\\.html|/index)?", "/?.{0,20}"],
        ) {
            let distinct: std::collections::BTreeSet<&str> = names.iter().map(String::as_str).collect();
            let manifest = manifest_of(&distinct.into_iter().collect::<Vec<_>>());
            if let Found::Moved(to) = look_up(&manifest, &path, NotFound::Auto) {
                prop_assert!(to.starts_with('/') && !to.starts_with("//") && to.is_ascii(), "{}", to);
                let there = look_up(&manifest, &to, NotFound::Auto);
                prop_assert!(matches!(there, Found::File(_)), "{} to {} to {:?}", path, to, there);
            }
        }
    }
}
