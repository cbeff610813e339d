//! What holds for every page of ours, whichever worker makes it. A worker's tests draw all of its pages, and ask here.

use std::collections::BTreeSet;

/// Text that would break out of wherever it is put without care.
pub const HOSTILE: &str = r#"ends"here><script>alert('x')</script><img src=x onerror=alert(1)>&amp;"#;

/// The name of a page, for whoever reads that a test failed, and its HTML.
pub type Drawn = (&'static str, String);

/// The values of an attribute, in order.
pub fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What is to be read on a page.
pub fn words(html: &str) -> String {
    html.split('<').filter_map(|tag| tag.split_once('>').map(|(_, text)| text)).collect()
}

/// Of pages drawn with [`HOSTILE`]: it is shown, and does nothing.
pub fn text_stays_text(pages: &[Drawn]) {
    for (name, html) in pages {
        assert!(!html.contains("<script>alert"), "{name}");
        assert!(!html.contains("<img src=x"), "{name}");
        assert!(!html.contains("ends\"here"), "{name}: an attribute was ended early");
        assert!(!html.contains("href=\"javascript:"), "{name}");
    }
}

/// Scripts and styles are files of ours: pages live under a CSP of `'self'`.
pub fn nothing_is_inline(pages: &[Drawn]) {
    for (name, html) in pages {
        assert!(!html.contains("<style"), "{name}");
        assert!(!html.contains(" style="), "{name}");
        assert!(!html.contains("javascript:"), "{name}");
        for tag in html.split('<').filter(|tag| tag.starts_with("script")) {
            assert!(tag.contains(" src=\"/assets/"), "{name}: a script without a file");
        }
        for handler in [" onclick=", " onload=", " onerror=", " onsubmit=", " oninput="] {
            assert!(!html.contains(handler), "{name}: {handler}");
        }
    }
}

/// No id stands twice, and what is pointed at is there. `pointing`: attributes of the worker's own that name an id.
pub fn ids_are_there_once(pages: &[Drawn], pointing: &[&str]) {
    for (name, html) in pages {
        let ids = values(html, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        for attribute in ["for", "aria-labelledby", "aria-describedby", "aria-controls"].iter().chain(pointing) {
            for target in values(html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(unique.contains(target), "{name}: {attribute} points at {target}, which is not there");
            }
        }
        for link in values(html, "href").into_iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(unique.contains(link), "{name}: #{link} is not there");
        }
    }
}

/// No tag says a thing twice.
pub fn tags_say_each_thing_once(pages: &[Drawn]) {
    for (name, html) in pages {
        for tag in html.split('<') {
            let tag = tag.split('>').next().unwrap_or_default();
            for attribute in ["class", "id", "href", "hidden"] {
                assert!(tag.matches(&format!(" {attribute}=\"")).count() <= 1, "{name}: <{tag}>");
            }
        }
    }
}

/// Forms post to these addresses, and to each of them.
pub fn forms_post_to(pages: &[Drawn], known: &[&str]) {
    let mut seen = BTreeSet::new();
    for (name, html) in pages {
        for action in values(html, "action") {
            assert!(known.contains(&action), "{name}: {action}");
            seen.insert(action);
        }
    }
    assert_eq!(seen.len(), known.len(), "{seen:?}");
}

/// One heading, one main part, and a way past the navigation.
pub fn parts_are_in_place(pages: &[Drawn]) {
    for (name, html) in pages {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main").count(), 1, "{name}");
        // In a window there is one thing to do, and nothing before it to get past.
        let window = html.contains("<body class=\"window\">");
        assert!(window || html.contains("href=\"#main\""), "{name}");
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{name}");
    }
}
