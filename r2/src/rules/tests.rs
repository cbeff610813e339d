//! What the two files may say, and what comes of it.

use super::{Change, Compiled, HEADERS, REDIRECTS, Warning, compile};
use crate::{
    BlobHash, Manifest, SitePath,
    lookup::{Found, Route, route},
    manifest::File,
    settings::NotFound,
};
use proptest::prelude::*;

const FILES: &[&str] = &["index.html", "about.html", "new.html", "target.html", "app/shell.html", "app/main.js"];

fn version_of(names: &[&str], redirects: &str, headers: &str) -> (Manifest, Vec<Warning>) {
    let files: Vec<File> = names
        .iter()
        .map(|name| File { path: SitePath::parse(name).unwrap(), hash: BlobHash::of(name.as_bytes()), size: 1 })
        .collect();
    let manifest = Manifest::build(&files, &Compiled::default());
    let (compiled, warnings) = compile(Some(redirects.as_bytes()), Some(headers.as_bytes()), &manifest);
    let manifest = Manifest::build(&files, &compiled);
    let read = Manifest::open(manifest.as_bytes().to_vec()).unwrap();
    assert_eq!(read, manifest);
    (read, warnings)
}

/// A version without files.
fn none() -> Manifest {
    Manifest::build(&[], &Compiled::default())
}

fn version(redirects: &str) -> Manifest {
    let (manifest, warnings) = version_of(FILES, redirects, "");
    assert_eq!(warnings, [], "{redirects}");
    manifest
}

/// What answers, in a few words.
fn answer(manifest: &Manifest, address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    match route(manifest, path, query, NotFound::Page) {
        Route::Redirect(redirect) => format!("{} {}", redirect.status, redirect.to),
        Route::Found(Found::File(entry)) => entry.path.to_owned(),
        Route::Found(Found::Moved(to)) => format!("moved {to}"),
        Route::Found(Found::App(entry)) => format!("app {}", entry.path),
        Route::Found(Found::NotFound(_)) => "nothing".to_owned(),
    }
}

/// The run-time cases that were observed of Cloudflare; where ours differ, a comment says so.
#[test]
fn redirects_as_cloudflare_has_them() {
    for (rule, address, expected) in [
        ("/old /new", "/old", "302 /new"),
        ("/old /new", "/old?z=1", "302 /new?z=1"),
        ("/old /new", "/old/", "nothing"),
        ("/old /new", "/OLD", "nothing"),
        ("/old /new", "/%6Fld", "nothing"),
        ("/old /new", "/old%20", "nothing"),
        ("old /new", "/old", "302 /new"),
        ("/qs /new?keep=1 301", "/qs?z=2", "301 /new?keep=1"),
        ("/frag /new#sec 301 # c", "/frag", "301 /new#sec"),
        ("/frag /new#sec 301 # c", "/frag?a=b", "301 /new?a=b#sec"),
        ("/ext https://ext.example/base 301", "/ext?z=3", "301 https://ext.example/base?z=3"),
        ("/ext HTTPS://Ext.Example:8443 308", "/ext", "308 https://ext.example:8443/"),
        ("/ext https://ext.example?a=1", "/ext", "302 https://ext.example/?a=1"),
        ("/about /new 302", "/about", "302 /new"),
        ("/about /new 302", "/about.html", "moved /about"),
        ("/rw /target 200", "/rw", "target.html"),
        // Cloudflare sends the visitor to /target, which is what a rewrite is there to avoid.
        ("/rwhtml /target.html 200", "/rwhtml", "target.html"),
        ("/rwnope /missing 200", "/rwnope", "nothing"),
        ("/trail/ /new", "/trail", "nothing"),
        ("/trail/ /new", "/trail/", "302 /new"),
        ("/blog/old/* /blog/new/:splat", "/blog/old/a/b?q=1", "302 /blog/new/a/b?q=1"),
        ("/blog/old/* /blog/new/:splat", "/blog/old/", "302 /blog/new/"),
        ("/blog/old/* /blog/new/:splat", "/blog/old", "nothing"),
        ("/blog/old/* /blog/new/:splat", "/blog/old///x", "302 /blog/new/x"),
        ("/blog/old/* /blog/new/:splat", "/blog/old/a%20b", "302 /blog/new/a%20b"),
        ("/m/:y/:slug /posts/:slug-:y", "/m/2024/hi", "302 /posts/hi-2024"),
        ("/m/:y/:slug /posts/:slug-:y", "/m/2024/hi/", "nothing"),
        ("/p/:a/x/* /q/:a/:splat", "/p/1/x/2/3", "302 /q/1/2/3"),
        ("/ext2/* https://ext.example/:splat", "/ext2//evil.com/x", "302 https://ext.example//evil.com/x"),
        ("/sub/:id.html /s/:id", "/sub/7.html", "302 /s/7"),
        ("/sub/:id.html /s/:id", "/sub/.html", "nothing"),
        ("/f/*.php /g/:splat", "/f/a/b.php", "302 /g/a/b"),
        ("/f/*.php /g/:splat", "/f/a/b.html", "nothing"),
        ("/f/*/end/:x /g/:splat/:x", "/f/a/end/b/end/c", "302 /g/a/end/b/c"),
        ("/n/:one /x/:two", "/n/1", "302 /x/:two"),
        ("/café /new", "/caf%C3%A9", "302 /new"),
        ("/é/* /ü/:splat", "/%C3%A9/a", "302 /%C3%BC/a"),
        ("/find/* /search?q=:splat&p=1", "/find/a&b+c", "302 /search?q=a%26b%2Bc&p=1"),
    ] {
        assert_eq!(answer(&version(rule), address), expected, "{rule}: {address}");
    }
}

#[test]
fn the_first_rule_that_matches_holds() {
    let manifest = version("/a/* /1/:splat\n/a/b /2\n/c/d /3\n/c/* /4\n/c/:x /5");
    assert_eq!(answer(&manifest, "/a/b"), "302 /1/b");
    assert_eq!(answer(&manifest, "/c/d"), "302 /3");
    assert_eq!(answer(&manifest, "/c/e"), "302 /4");
}

/// A single-page application's one rule.
#[test]
fn a_page_for_everything_answers_where_there_is_no_file() {
    let app = version("/app/* /app/shell.html 200\n/old /new 301\n/* / 200");
    for (address, expected) in [
        ("/app/users/7", "app app/shell.html"),
        ("/app/main.js", "app/main.js"),
        ("/app/missing.js", "nothing"),
        ("/app/shell", "app/shell.html"),
        ("/users/7", "app index.html"),
        ("/about", "about.html"),
        ("/about.html", "moved /about"),
        ("/old", "301 /new"),
        ("/logo.png", "nothing"),
    ] {
        assert_eq!(answer(&app, address), expected, "{address}");
    }
    let closed = version("/* /target.html 200!");
    assert_eq!(answer(&closed, "/about"), "target.html");
    assert_eq!(answer(&version("/* /missing 200"), "/x"), "nothing");
}

fn one_warning(file: &str, text: &str) -> String {
    let (redirects, headers) = if file == REDIRECTS { (text, "") } else { ("", text) };
    let (_, warnings) = version_of(FILES, redirects, headers);
    assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
    assert_eq!(warnings[0].file, file);
    warnings[0].message.clone()
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    for (line, part) in [
        ("/a", "one path only"),
        ("/a /b 301 x", "too many parts"),
        ("/a /b 301 Country=de", "too many parts"),
        ("/a id=:id /b 301", "query"),
        ("/a?id=1 /b", "query"),
        ("/a#b /c", "after #"),
        ("/a /b 404", "404.html"),
        ("/a /b 418", "no status"),
        ("/a /b 99999999999", "no status"),
        ("/a /b moved", "no status"),
        ("https://a.example/b /c", "names a host"),
        ("//a.example/b /c", "names a host"),
        ("/a http://b.example/", "begin with / or https"),
        ("/a javascript:alert(1)", "begin with / or https"),
        ("/a //b.example/", "//"),
        ("/a \\\\b.example/", "begin with / or https"),
        ("/a https://:x.example/", "written out"),
        ("/:x https://:x/", "written out"),
        ("/:x https://b.example:x/", "written out"),
        ("/:x https://b.example:80:x/", "written out"),
        ("/a https:///b.example", "written out"),
        ("/a https://u@b.example/", "written out"),
        ("/a https://b.example\\@c.example/", "written out"),
        ("/a https://b..example/", "written out"),
        ("/a https://bücher.example/", "written out"),
        ("/a https://[::1]/", "written out"),
        ("/a https://b.example/ 200", "another site"),
        ("/a /a 301", "leads to itself"),
        ("/*/* /b", "only one *"),
        ("/:a/:a /b", "twice"),
        ("/*/:splat /b", "twice"),
        ("/:a-:b /c", "one placeholder"),
        ("/:a* /c", "one placeholder"),
        ("/a/../b /c", "only dots"),
    ] {
        let message = one_warning(REDIRECTS, line);
        assert!(message.contains(part), "{line}: {message}");
    }
    for (text, part) in [
        ("X-A: b", "below a path"),
        ("/a\n  X-A", "no colon"),
        ("/a\n  X-A:", "no value"),
        ("/a\n  : b", "letters"),
        ("/a\n  X A: b", "letters"),
        ("/a\n  X-A : b\n  X-B: é", "plain letters"),
        ("/a\n  X-A: b\u{0}c", "plain letters"),
        ("/a\n  !X-A", "space"),
        ("/a\n  ! X-A: b", "nothing else"),
        ("/a\n  ! Content-Security-Policy", "always sent"),
        ("/a\n  ! X-Content-Type-Options", "not the site's"),
        ("/a\n  X-Content-Type-Options: sniff", "not the site's"),
        ("/a\n  Set-Cookie: a=b", "not the site's"),
        ("/a\n  Clear-Site-Data: \"cookies\"", "not the site's"),
        ("/a\n  location: /b", "not the site's"),
        ("/a\n  CF-Ray: 1", "not the site's"),
        ("/a\n  Strict-Transport-Security: max-age=1", "not the site's"),
        ("https://a.example/b\n  X-A: b", "every address"),
        ("/a*b*\n  X-A: b\n  X-B: c", "only one *"),
        ("/a b\n  X-A: b", "spaces"),
        ("/a?b\n  X-A: b", "query"),
    ] {
        let message = one_warning(HEADERS, text);
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn warnings_name_the_line_and_the_others_hold() {
    let (manifest, warnings) =
        version_of(FILES, "\u{feff}# hello\r\n\r\n/a\r\n/old /new # why\r\n/old /about 301\r\n", "");
    assert_eq!(answer(&manifest, "/old"), "302 /new");
    let lines: Vec<(u32, &str)> = warnings.iter().map(|warning| (warning.line, warning.message.as_str())).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].0, 3);
    assert_eq!(lines[1], (5, "This line was left out: an earlier rule is for the same path."));
}

#[test]
fn limits_hold_at_their_edge() {
    let exactly: String = (0..2_000).map(|n| format!("/a{n} /b{n}\n")).collect();
    let (manifest, warnings) = version_of(FILES, &exactly, "");
    assert_eq!(warnings, []);
    assert_eq!(answer(&manifest, "/a1999"), "302 /b1999");
    let (manifest, warnings) = version_of(FILES, &(exactly + "# fine\n/more /b\n/most /b\n"), "");
    assert_eq!(warnings.len(), 1);
    assert_eq!((warnings[0].line, answer(&manifest, "/more").as_str()), (2_002, "nothing"));
    let placeholders: String = (0..2_000).map(|n| format!("/a{n}/* /b{n}/:splat\n")).collect();
    assert_eq!(answer(&version(&placeholders), "/a1999/x"), "302 /b1999/x");

    let long = format!("/a /{}", "é".repeat(2_000 - 4));
    assert!(answer(&version(&long), "/a").starts_with("302 /%C3%A9"));
    assert!(one_warning(REDIRECTS, &(long + "é")).contains("2,000 characters"));
    assert!(one_warning(REDIRECTS, &"#\n".repeat(300_000)).contains("512 KB"));
    let (_, warnings) = compile(Some(b"/a \xff"), None, &none());
    assert!(warnings[0].message.contains("UTF-8"));
    assert_eq!(warnings[0].line, 0);

    let (_, warnings) = version_of(FILES, &"/a\n".repeat(1_000), "");
    assert_eq!((warnings.len(), warnings[49].line), (50, 50));
    assert!(warnings[49].message.contains("more like this"));
}

#[test]
fn no_rules_are_no_bytes() {
    assert_eq!(compile(Some(b"# nothing\n"), Some(b"/a\n"), &none()), compile(None, None, &none()));
    let (manifest, _) = version_of(FILES, "", "");
    assert_eq!(manifest.as_bytes()[4], 1);
    assert_eq!(version("/a /b").as_bytes()[4], 2);
}

/// What becomes of the headers, in a few words: `=` set, `+` beside, `-` removed.
fn changes(headers: &str, path: &str) -> Vec<String> {
    let (manifest, warnings) = version_of(FILES, "", headers);
    assert_eq!(warnings, [], "{headers}");
    let mut list = Vec::new();
    manifest.header_changes(path, |change| {
        list.push(match change {
            Change::Set { name, value } => format!("{name} = {value}"),
            Change::Append { name, value } => format!("{name} + {value}"),
            Change::Remove { name } => format!("{name} -"),
        });
    });
    list
}

#[test]
fn headers_as_cloudflare_has_them() {
    let assets = "/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n  ! X-Old\n";
    assert_eq!(changes(assets, "/assets/a/b.js"), ["x-old -", "cache-control = public, max-age=31536000, immutable"]);
    assert_eq!(changes(assets, "/assets"), [""; 0]);
    assert_eq!(changes(assets, "/Assets/a.js"), [""; 0]);
    let several = "/*\n  X-Multi: one\nX-Multi: two\n\n# more\n/about\nX-Multi: three\n! X-Multi\n";
    assert_eq!(changes(several, "/about"), ["x-multi = one, two", "x-multi -", "x-multi + three"]);
    let filled = "/:a/*\n  X-A: :a, :splat; :other\n  Link: <https://x.example/:splat>; rel=canonical";
    assert_eq!(
        changes(filled, "/x/y,z;w"),
        ["x-a = x, y%2Cz%3Bw; :other", "link = <https://x.example/y%2Cz%3Bw>; rel=canonical"]
    );
    // A policy of the site's own comes beside ours, never in its place.
    let policy =
        "/*\n  Content-Security-Policy: default-src 'self'\n  X-Frame-Options: DENY\n  X-Content-Type-Options: nosniff";
    assert_eq!(changes(policy, "/"), ["content-security-policy + default-src 'self'", "x-frame-options = DENY"]);
}

/// The same rules, read the slow way: every line in order, by trying all ways to split a path.
mod naive {
    pub fn values(pattern: &[u8], path: &[u8]) -> Option<Vec<(String, String)>> {
        let Some((&first, rest)) = pattern.split_first() else { return path.is_empty().then(Vec::new) };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        if first == b'*' {
            return (0..=path.len()).rev().find_map(|end| {
                let mut values = values(rest, &path[end..])?;
                values.insert(0, ("splat".to_owned(), text(&path[..end])));
                Some(values)
            });
        }
        if first == b':' && rest.first().is_some_and(u8::is_ascii_alphabetic) {
            let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            let most = path.iter().take_while(|byte| **byte != b'/').count();
            return (1..=most).rev().find_map(|end| {
                let mut values = values(&rest[length..], &path[end..])?;
                values.insert(0, (text(&rest[..length]), text(&path[..end])));
                Some(values)
            });
        }
        (path.first() == Some(&first)).then(|| values(rest, &path[1..])).flatten()
    }

    pub fn redirect(rules: &[(String, String)], path: &str) -> Option<String> {
        rules.iter().find_map(|(from, to)| {
            let values = values(from.as_bytes(), path.as_bytes())?;
            let mut out = to.clone();
            for (name, value) in values {
                out = out.replace(&format!(":{name}"), &value);
            }
            while out.contains("//") {
                out = out.replace("//", "/");
            }
            Some(out).filter(|out| out != path)
        })
    }
}

/// Under `/s`, so that nothing that leads to `/t0` goes round in circles.
fn some_pattern() -> impl Strategy<Value = String> {
    "/s/(a|b|:x|a:x|:xb|ab)(/(a|:z|b:z))?((/\\*|/a\\*|/\\*b)(/(b|:y))?)?/?"
}

fn some_path() -> impl Strategy<Value = String> {
    "/s(/[ab]{0,3}){1,5}"
}

proptest! {
    #[test]
    fn agrees_with_trying_everything(
        rules in prop::collection::vec((some_pattern(), "/t[0-9](/:x)?(/:splat)?"), 1..12),
        paths in prop::collection::vec(some_path(), 1..12),
    ) {
        let mut seen = std::collections::BTreeSet::new();
        let rules: Vec<_> = rules.into_iter().filter(|(from, _)| seen.insert(from.clone())).collect();
        let text: String = rules.iter().map(|(from, to)| format!("{from} {to} 301\n")).collect();
        let (manifest, warnings) = version_of(&["index.html"], &text, "");
        prop_assert_eq!(warnings, []);
        for path in paths {
            let found = manifest.redirect(&path, "").map(|redirect| redirect.to);
            prop_assert_eq!(found, naive::redirect(&rules, &path), "{} in {}", path, text);
        }
    }

    /// Whatever a file says and a visitor asks for: an answer, and one that stays on this site or goes to a host that
    /// stands in the file.
    #[test]
    fn nothing_leads_where_the_file_does_not_say(
        redirects in "(/([a:*/.\\\\]|:x|%2[eEfF]|é){0,6} (/|//|/\\\\|https://good\\.example|https://good\\.example/|http://|https:)([a:*/.?#&@\\\\]|:x|:splat|é|\t){0,8}( 30[12378]| 200!?)?\n){1,4}",
        path in "/([a/.:@\\\\?#é\r\n]|%2[eEfF]|%5[cC]|evil\\.example){0,8}",
        query in "[a=&#/\r\n é\\\\:]{0,6}",
    ) {
        let (manifest, _) = version_of(FILES, &redirects, "");
        if let Some(redirect) = manifest.redirect(&path, &query) {
            let to = &redirect.to;
            prop_assert!(to.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)), "{}", to);
            let here = to.starts_with('/') && !to.starts_with("//");
            prop_assert!(here || to.starts_with("https://good.example/"), "{} from {}", to, redirects);
        }
        let _ = route(&manifest, &path, &query, NotFound::Auto);
    }

    /// Header values that visitors had a part in begin nothing new.
    #[test]
    fn a_value_stays_one_value(path in "/([a/,;\r\n\"é]|%0[aAdD]){0,10}") {
        let (manifest, _) = version_of(FILES, "", "/*\n  X-A: [:splat]");
        manifest.header_changes(&path, |change| {
            let Change::Set { value, .. } = change else { panic!("{change:?}") };
            let inner = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap();
            assert!(inner.bytes().all(|byte| byte.is_ascii_graphic() && !b",;\"".contains(&byte)), "{value}");
        });
    }

    #[test]
    fn any_bytes_can_be_read(redirects in prop::collection::vec(any::<u8>(), 0..200), headers in "([ /!:*a\n-]|é|X-A: b|:x|https://){0,40}") {
        let (compiled, _) = compile(Some(&redirects), Some(headers.as_bytes()), &none());
        let manifest = Manifest::build(&[], &compiled);
        manifest.header_changes("/a", |_| {});
        let _ = manifest.redirect("/a", "");
    }

    /// Stored rules that rotted give an answer or none, and never a panic.
    #[test]
    fn damaged_rules_do_no_harm(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10), path in some_path()) {
        let (manifest, _) = version_of(
            FILES,
            "/a/b /c\n/a /b 301\n/:x/* /d/:x/:splat 307\n/a/* /about 200\n",
            "/*\n  X-A: :splat\n  ! X-B\n/a/:x\n  X-A: :x\n",
        );
        let mut bytes = manifest.as_bytes().to_vec();
        let rules_at = bytes.len() - 400;
        for (at, byte) in damage {
            let at = rules_at + at.index(bytes.len() - rules_at);
            bytes[at] = byte;
        }
        if let Ok(manifest) = Manifest::open(bytes) {
            let _ = manifest.redirect(&path, "a=b");
            manifest.header_changes(&path, |_| {});
            let _ = route(&manifest, &path, "", NotFound::Auto);
        }
    }
}
