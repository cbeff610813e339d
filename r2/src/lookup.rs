//! From the path of a request to the file that answers it.

use crate::{
    files::INDEX,
    manifest::{Entry, Manifest},
};

/// What a path finds in a version.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// This file.
    File(Entry<'a>),
    /// A folder that was asked for without its final slash. Sent on to the address with one, because the relative
    /// links of the folder's page would otherwise lead one level too high.
    Folder,
    /// Nothing by that name, and a page was asked for: the site's own router may know it, so the home page answers.
    Fallback(Entry<'a>),
    /// Nothing.
    Missing,
}

/// Looks a request's path up: the exact file, a folder's `index.html`, the page of that name without its `.html`, and
/// for what looks like a page the home page.
///
/// `path` begins with `/` and is percent-encoded as it came. It is decoded once, and the result is only ever compared
/// with names in the manifest: there is nothing that it could climb out of.
pub fn look_up<'a>(manifest: &'a Manifest, path: &str) -> Found<'a> {
    let Some(path) = decode(path.strip_prefix('/').unwrap_or(path)) else { return Found::Missing };
    let folder = path.is_empty() || path.ends_with('/');
    let index = if folder { format!("{path}{INDEX}") } else { format!("{path}/{INDEX}") };
    if folder {
        if let Some(entry) = manifest.find(&index) {
            return Found::File(entry);
        }
    } else if let Some(entry) = manifest.find(&path) {
        return Found::File(entry);
    } else if manifest.find(&index).is_some() {
        return Found::Folder;
    } else if let Some(entry) = manifest.find(&format!("{path}.html")) {
        return Found::File(entry);
    }
    if is_page_name(&path) {
        return manifest.find(INDEX).map_or(Found::Missing, Found::Fallback);
    }
    Found::Missing
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

/// Percent-decodes a whole path. `None` for what no file can be called: an encoded slash or backslash (another path in
/// disguise), a control character, bytes that are no UTF-8, a percent sign that begins no code.
fn decode(path: &str) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let decoded = if byte == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            let decoded = u8::try_from(high * 16 + low).ok()?;
            if decoded == b'/' {
                return None;
            }
            decoded
        } else {
            byte
        };
        if decoded == b'\\' || decoded.is_ascii_control() {
            return None;
        }
        out.push(decoded);
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlobHash, SitePath, manifest::File};
    use proptest::prelude::*;

    fn manifest() -> Manifest {
        let names = [
            "index.html",
            "about.html",
            "blog/index.html",
            "blog/post.html",
            "raw",
            "a b.html",
            "é.html",
            "logo.png",
            "100%.html",
            "docs.html",
            "docs/index.html",
        ];
        let files: Vec<File> = names
            .iter()
            .map(|name| File { path: SitePath::parse(name).unwrap(), hash: BlobHash::of(name.as_bytes()), size: 1 })
            .collect();
        Manifest::build(&files)
    }

    fn found(path: &str) -> String {
        match look_up(&manifest(), path) {
            Found::File(entry) => entry.path.to_owned(),
            Found::Folder => "folder".to_owned(),
            Found::Fallback(entry) => format!("fallback {}", entry.path),
            Found::Missing => "missing".to_owned(),
        }
    }

    #[test]
    fn finds_files_folders_and_pages() {
        for (path, expected) in [
            ("/", "index.html"),
            ("/index.html", "index.html"),
            ("/about.html", "about.html"),
            ("/about", "about.html"),
            ("/blog/", "blog/index.html"),
            ("/blog", "folder"),
            ("/docs", "folder"),
            ("/blog/post", "blog/post.html"),
            ("/raw", "raw"),
            ("/a%20b.html", "a b.html"),
            ("/%C3%A9.html", "é.html"),
            ("/100%25.html", "100%.html"),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }

    #[test]
    fn an_unknown_page_is_the_home_page_and_an_unknown_file_is_missing() {
        for (path, expected) in [
            ("/contact", "fallback index.html"),
            ("/users/7", "fallback index.html"),
            ("/users/7/", "fallback index.html"),
            ("/release/v1.2", "fallback index.html"),
            ("/style.css", "missing"),
            ("/blog/cat.JPG", "missing"),
            ("/site.webmanifest", "missing"),
            ("/.well-known/webfinger", "missing"),
            ("/.env", "missing"),
            ("/raw/", "fallback index.html"),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }

    #[test]
    fn disguised_paths_find_nothing() {
        for path in [
            "/blog%2Fpost.html",
            "/%5C",
            "/a\\b",
            "/%00",
            "/%",
            "/%4",
            "/%zz",
            "/%ff",
            "//",
            "//blog/",
            "/../x",
            "/..",
            "/%2e%2e/x",
            "/a/./b",
        ] {
            assert_eq!(found(path), "missing", "{path}");
        }
    }

    proptest! {
        /// Encoded in full, every published name finds its own file.
        #[test]
        fn every_published_name_can_be_asked_for(name in "[a-z%é ?#&+日.]{1,8}") {
            if let Ok(path) = SitePath::parse(&name) {
                let files = [File { path, hash: BlobHash::of(b"x"), size: 1 }];
                let manifest = Manifest::build(&files);
                let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
                let asked = format!("/{encoded}");
                let found = matches!(look_up(&manifest, &asked), Found::File(entry) if entry.path == name);
                prop_assert!(found, "{}", asked);
            }
        }

        #[test]
        fn any_path_gets_an_answer(path in ".{0,30}") {
            let _ = look_up(&manifest(), &path);
        }
    }
}
