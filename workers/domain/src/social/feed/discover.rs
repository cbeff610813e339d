//! Where a website says that its feed is.

use crate::{
    html::{self, Next, Tag},
    social::{Resolve, is_web, link_header},
};

/// Where feeds usually are, for a website that says nothing. Tried once, in this order.
pub const GUESSES: [&str; 6] = ["/feed", "/feed.xml", "/atom.xml", "/rss.xml", "/index.xml", "/feed.json"];

/// Most feeds that are taken of one page.
const MAX: usize = 20;

/// Finds the feeds of a page, the one to take first: of all its feeds those of comments come last, and otherwise they
/// stand in the page's order. `links` are the values of its `Link` headers.
pub fn feeds(page: &[u8], links: &[String], url: &str, resolve: Resolve<'_>) -> Vec<String> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for link in links.iter().flat_map(|value| link_header::read(value)) {
        if link.has_rel("alternate")
            && link.anchor.is_none()
            && is_feed_type(link.parameter("type"), link.parameter("title"), &link.target)
        {
            add(&mut first, resolve(url, &link.target));
        }
    }
    let (mut base, mut templates) = (None, 0_usize);
    for next in html::tags(page) {
        match next {
            Next::Start(tag) if tag.name == "template" => templates += 1,
            Next::End(name) if name == "template" => templates = templates.saturating_sub(1),
            Next::Start(tag) if templates == 0 && tag.name == "base" && base.is_none() => {
                base = href(&tag).and_then(|href| resolve(url, &href));
            }
            Next::Start(tag) if templates == 0 && matches!(tag.name.as_str(), "link" | "a") && is_feed(&tag) => {
                let found = href(&tag).and_then(|href| resolve(base.as_deref().unwrap_or(url), &href));
                let comments = title(&tag).is_some_and(|title| title.to_ascii_lowercase().contains("comment"));
                add(if comments { &mut last } else { &mut first }, found);
            }
            _ => {}
        }
    }
    for url in last {
        add(&mut first, Some(url));
    }
    first.truncate(MAX);
    first
}

fn add(to: &mut Vec<String>, url: Option<String>) {
    to.extend(url.filter(|url| is_web(url) && !to.contains(url)));
}

fn is_feed(tag: &Tag) -> bool {
    let rel = tag.get("rel").unwrap_or_default();
    let has = |wanted: &str| rel.split_ascii_whitespace().any(|token| token.eq_ignore_ascii_case(wanted));
    if has("stylesheet") {
        return false;
    }
    // `feed` is from an old draft. Elsewhere than in a `link` alternates are for people.
    (has("feed") && tag.name == "link")
        || (has("alternate")
            && tag.name == "link"
            && is_feed_type(tag.get("type"), title(tag).as_deref(), &href(tag).unwrap_or_default()))
}

fn is_feed_type(kind: Option<&str>, title: Option<&str>, href: &str) -> bool {
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/atom+xml"
        | "application/rss+xml"
        | "application/feed+json"
        | "application/rdf+xml"
        | "text/xml"
        | "application/xml" => true,
        "application/json" => format!("{} {href}", title.unwrap_or_default()).to_ascii_lowercase().contains("feed"),
        _ => false,
    }
}

fn href(tag: &Tag) -> Option<String> {
    tag.get("href").map(|href| html::decode(href).trim().to_owned()).filter(|href| !href.is_empty())
}

fn title(tag: &Tag) -> Option<String> {
    tag.get("title").map(html::decode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::social::tests::resolve;

    fn found(page: &str) -> Vec<String> {
        feeds(page.as_bytes(), &[], "https://ann.example/blog/", &resolve)
    }

    #[test]
    fn finds_what_is_a_feed() {
        for (page, url) in [
            ("<link rel=alternate type=application/atom+xml href=atom.xml>", "https://ann.example/blog/atom.xml"),
            ("<link rel=ALTERNATE type='Application/RSS+XML; charset=utf-8' href=/rss>", "https://ann.example/rss"),
            ("<link rel='feed' href=/f>", "https://ann.example/f"),
            (
                "<link rel='alternate home' type=application/feed+json href=//x.example/f?a=1&amp;b=2>",
                "https://x.example/f?a=1&b=2",
            ),
            ("<link rel=alternate type=application/json href=/feed.json>", "https://ann.example/feed.json"),
            ("<link rel=alternate type=application/json title='My feed' href=/x>", "https://ann.example/x"),
            ("<body><link rel=alternate type=text/xml href=' /x '>", "https://ann.example/x"),
            (
                "<base href=https://b.example/c/><link rel=alternate type=application/rss+xml href=d>",
                "https://b.example/c/d",
            ),
        ] {
            assert_eq!(found(page), [url], "{page}");
        }
    }

    #[test]
    fn what_is_none_is_not_found() {
        for page in [
            "<link rel='alternate stylesheet' type=application/rss+xml href=x>",
            "<link rel=alternate hreflang=de href=/de>",
            "<link rel=alternate type=application/json href=/api/data>",
            "<link rel=alternate type=application/rss+xml>",
            "<link rel=alternate type=application/rss+xml href=''>",
            "<link rel=alternate type=application/rss+xml href=javascript:x>",
            "<!-- <link rel=alternate type=application/rss+xml href=x> -->",
            "<script>'<link rel=alternate type=application/rss+xml href=x>'</script>",
            "<template><link rel=alternate type=application/rss+xml href=x></template>",
            "<a rel=alternate type=application/rss+xml href=x>",
        ] {
            assert_eq!(found(page), [""; 0], "{page}");
        }
    }

    #[test]
    fn comments_come_last_and_nothing_comes_twice() {
        let page = "<link rel=alternate type=application/rss+xml title='Comments' href=/c>
            <link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/atom+xml href=/b>
            <link rel=alternate type=application/rss+xml href=/a>";
        assert_eq!(found(page), ["https://ann.example/a", "https://ann.example/b", "https://ann.example/c"]);
    }

    #[test]
    fn a_header_says_it_first() {
        let links = ["</h>; rel=\"alternate\"; type=\"application/atom+xml\", </s.css>; rel=stylesheet".to_owned()];
        let page = b"<base href=https://b.example/><link rel=alternate type=application/rss+xml href=/p>";
        assert_eq!(
            feeds(page, &links, "https://ann.example/", &resolve),
            ["https://ann.example/h", "https://b.example/p"]
        );
    }
}
