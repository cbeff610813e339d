//! Where a page wants to be told.

use crate::{
    html::{self, Next},
    social::{Resolve, is_web, link_header},
};

/// The relation that names the place.
const RELATION: &str = "webmention";

/// Finds the place of a page that came from `url`: the first that its `Link` headers name, or else, in HTML, the first
/// `link` or `a` in the order of the page. One that cannot be asked is none, and nothing after it is looked at: it is what
/// the page says.
pub fn endpoint(links: &[String], is_html: bool, page: &[u8], url: &str, resolve: Resolve<'_>) -> Option<String> {
    let here = resolve(url, "");
    let about_this = |anchor: &Option<String>| anchor.as_ref().is_none_or(|anchor| resolve(url, anchor) == here);
    let mut said = links.iter().flat_map(|value| link_header::read(value));
    if let Some(link) = said.find(|link| link.has_rel(RELATION) && about_this(&link.anchor)) {
        return resolve(url, &link.target).filter(|found| is_web(found));
    }
    if is_html { in_page(page, url, resolve).filter(|found| is_web(found)) } else { None }
}

fn in_page(page: &[u8], url: &str, resolve: Resolve<'_>) -> Option<String> {
    let (mut base, mut templates) = (None, 0_usize);
    for part in html::parts(page).without_scripting() {
        let tag = match part {
            html::Part::Start(tag) => tag,
            html::Part::End(name) if name == "template" => {
                templates = templates.saturating_sub(1);
                continue;
            }
            _ => continue,
        };
        let href = tag.get("href").map(|href| html::decode(href).trim().to_owned());
        match (tag.name.as_str(), href) {
            ("template", _) => templates += 1,
            _ if templates > 0 => {}
            ("base", Some(href)) if base.is_none() => base = resolve(url, &href),
            ("link" | "a", Some(href)) if has_rel(tag.get("rel")) => {
                return resolve(base.as_deref().unwrap_or(url), &href);
            }
            _ => {}
        }
    }
    None
}

fn has_rel(rel: Option<&str>) -> bool {
    rel.unwrap_or_default().split_ascii_whitespace().any(|token| token.eq_ignore_ascii_case(RELATION))
}

/// Whether a page says of itself that it is gone, as those do whose server cannot say it.
pub fn says_gone(page: &[u8]) -> bool {
    html::tags(page).any(|next| match next {
        Next::Start(tag) => {
            tag.name == "meta"
                && tag.get("http-equiv").is_some_and(|equiv| equiv.trim().eq_ignore_ascii_case("status"))
                && tag.get("content").is_some_and(|content| content.trim().starts_with("410"))
        }
        Next::End(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        external::{
            domain::{House, Parts},
            fetch,
        },
        social::tests::resolve,
    };
    use proptest::prelude::*;

    const E: &str = "https://ann.example/e";
    const HOUSE: House<'_> = House { app_host: "vetka.sh", sites_domain: "vetka.sh", development: None };

    struct Case {
        name: &'static str,
        links: &'static [&'static str],
        page: &'static str,
        url: &'static str,
        expect: Option<&'static str>,
    }

    const fn case(
        name: &'static str,
        links: &'static [&'static str],
        page: &'static str,
        expect: Option<&'static str>,
    ) -> Case {
        Case { name, links, page, url: "https://ann.example/p", expect }
    }

    /// webmention.rocks' discovery tests 1 to 23, and cases that it lacks.
    const CASES: &[Case] = &[
        case("1", &["</e>; rel=webmention"], "", Some(E)),
        case("2", &["<https://ann.example/e>; rel=webmention"], "", Some(E)),
        case("3", &[], "<link rel=\"webmention\" href=\"/e\">", Some(E)),
        case("4", &[], "<link href=\"https://ann.example/e\" rel=\"webmention\">", Some(E)),
        case("5", &[], "<a rel=\"webmention\" href=\"/e\">", Some(E)),
        case("6", &[], "<a href=\"https://ann.example/e\" rel=\"webmention\">", Some(E)),
        // The platform knows names of headers in any case.
        case("7", &["<https://ann.example/e>; rel=webmention"], "", Some(E)),
        case("8", &["<https://ann.example/e>; rel=\"webmention\""], "", Some(E)),
        case("9", &[], "<link rel=\"webmention somethingelse\" href=\"https://ann.example/e\">", Some(E)),
        case("10", &["<https://ann.example/e>; rel=\"webmention somethingelse\""], "", Some(E)),
        case("11", &["</e>; rel=webmention"], "<link rel=webmention href=/no><a rel=webmention href=/no>", Some(E)),
        case("12", &[], "<link rel=\"not-webmention\" href=\"/no\"><a rel=webmention href=/e>", Some(E)),
        case("13", &[], "<!-- <a href=\"/no\" rel=\"webmention\"></a> --><a href=\"/e\" rel=\"webmention\">", Some(E)),
        case(
            "14",
            &[],
            "<code>&lt;a href=\"/no\" rel=\"webmention\"&gt;</code><a href=\"/e\" rel=\"webmention\">",
            Some(E),
        ),
        case("15", &[], "<link rel=\"webmention\" href=\"\">", Some("https://ann.example/p")),
        case("16", &[], "<a href=/e rel=webmention></a><link rel=webmention href=/no>", Some(E)),
        case("17", &[], "<body><link rel=webmention href=/e><a href=/no rel=webmention></a>", Some(E)),
        case("18", &["</no>; rel=\"other\"", "</e>; rel=\"webmention\""], "", Some(E)),
        case("19", &["</no>; rel=\"other\", </e>; rel=\"webmention\""], "", Some(E)),
        case("20", &[], "<link rel=\"webmention\"><a href=/e rel=webmention></a>", Some(E)),
        case("21", &[], "<link rel=webmention href=\"/e?query=yes\">", Some("https://ann.example/e?query=yes")),
        Case {
            name: "22",
            links: &[],
            page: "<link rel=webmention href=\"22/e\">",
            url: "https://ann.example/t/22",
            expect: Some("https://ann.example/t/22/e"),
        },
        Case {
            name: "23",
            links: &[],
            page: "<link rel=webmention href=\"e\">",
            url: "https://ann.example/after/redirect",
            expect: Some("https://ann.example/after/e"),
        },
        case("x01", &[], "<link REL=\"WEBMENTION\" HREF=/e>", Some(E)),
        case("x02", &["</e>; REL=WebMention"], "", Some(E)),
        case("x03", &["</no,a;b>; rel=x, </e>; rel=webmention"], "", Some(E)),
        case("x04", &["</no>; title=\"x, <b>; rel=webmention\""], "", None),
        case("x05", &["</no>; rel=other; rel=webmention"], "", None),
        case(
            "x06",
            &["</no>; rel=webmention; anchor=\"https://other.example/\""],
            "<a rel=webmention href=/e>",
            Some(E),
        ),
        case("x06b", &["</e>; rel=webmention; anchor=\"#here\""], "", None),
        case("x07", &[], "<base href=https://b.example/><link rel=webmention href=e>", Some("https://b.example/e")),
        case("x08", &["<e>; rel=webmention"], "<base href=https://b.example/>", Some(E)),
        case("x09", &[], "<b rel=webmention href=/no>", None),
        case("x10", &[], "<area rel=webmention href=/no>", None),
        case(
            "x11",
            &[],
            "<script>'<a rel=webmention href=/no>'</script><textarea><a rel=webmention href=/no></textarea><template><a rel=webmention href=/no></template>",
            None,
        ),
        case("x12", &[], "<style><a rel=webmention href=/no></style><title><a rel=webmention href=/no></title>", None),
        case("x13", &[], "<link rel=\"a\n\twebmention\tb\" href=/e>", Some(E)),
        case("x14", &[], "<link rel=webmention href=\" \n/e \">", Some(E)),
        case("x15", &[], "<link rel=webmention href=\"/e?a=1&amp;b=2\">", Some("https://ann.example/e?a=1&b=2")),
        case("x16", &[], "<link rel=webmention href=\"mailto:a@ann.example\"><a rel=webmention href=/no>", None),
        case("x19", &["<>; rel=webmention"], "", Some("https://ann.example/p")),
        case("x20", &[], "<link rel=\"http://webmention.org/\" href=/no>", None),
        case("x21", &[], "<noscript><a rel=webmention href=/e></a></noscript>", Some(E)),
        Case {
            name: "x23",
            links: &[],
            page: "<link rel=webmention href=\"\">",
            url: "https://ann.example/p?id=7#f",
            expect: Some("https://ann.example/p?id=7"),
        },
    ];

    #[test]
    fn finds_the_place_that_the_page_means() {
        for Case { name, links, page, url, expect } in CASES {
            let links: Vec<String> = links.iter().map(|link| (*link).to_owned()).collect();
            assert_eq!(endpoint(&links, true, page.as_bytes(), url, &resolve).as_deref(), *expect, "{name}");
        }
    }

    #[test]
    fn what_is_no_page_has_no_links_and_headers_all_the_same() {
        let page = b"<a rel=webmention href=/no>";
        assert_eq!(endpoint(&[], false, page, "https://ann.example/p", &resolve), None, "x17");
        let links = ["</e>; rel=webmention".to_owned()];
        assert_eq!(endpoint(&links, false, page, "https://ann.example/p", &resolve).as_deref(), Some(E), "x18");
    }

    #[test]
    fn a_place_on_this_machine_is_refused() {
        for link in [
            "<http://localhost/e>; rel=webmention",
            "<http://127.0.0.1/e>; rel=webmention",
            "<http://[::1]/e>; rel=webmention",
        ] {
            let found = endpoint(&[link.to_owned()], true, b"", "https://ann.example/p", &resolve).unwrap();
            let url = url::Url::parse(&found).unwrap();
            let to = Parts {
                scheme: url.scheme().into(),
                host: url.host_str().unwrap().into(),
                port: url.port(),
                credentials: false,
                path: "/".into(),
            };
            assert!(fetch::may_ask(&to, &HOUSE).is_err(), "x22 {found}");
        }
    }

    #[test]
    fn a_page_can_say_that_it_is_gone() {
        assert!(says_gone(b"<meta http-equiv=status content=\"410 Gone\">"));
        assert!(!says_gone(
            b"<meta http-equiv=status content=\"200 OK\"><!-- <meta http-equiv=status content=410> -->"
        ));
    }

    proptest! {
        #[test]
        fn whatever_is_found_can_be_asked(page in "(<a |<link |rel=webmention|href=|/e| |>|'|\"|<base |mailto:x|<template>|</template>){0,40}") {
            if let Some(found) = endpoint(&[], true, page.as_bytes(), "https://ann.example/p", &resolve) {
                prop_assert!(is_web(&found));
            }
        }
    }
}
