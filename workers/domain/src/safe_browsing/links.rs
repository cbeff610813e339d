//! Where a page leads: its links, the forms it sends, and what it loads to run or to show in a frame.

use crate::html::{Next, Tag, decode, tags};

/// Longest address that is looked at. Browsers go no further than this either way.
const MAX_BYTES: usize = 2000;

/// The addresses in a page as they are written there, in order, each once; `at_most` of them. Relative ones too: which
/// of them leave the site depends on [`base`].
pub fn links(page: &[u8], at_most: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for next in tags(page) {
        let Next::Start(tag) = next else { continue };
        for address in addresses(&tag) {
            if found.len() == at_most {
                return found;
            }
            if !address.is_empty() && address.len() <= MAX_BYTES && !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}

/// What the page's relative addresses are relative to, if it says so.
pub fn base(page: &[u8]) -> Option<String> {
    tags(page).find_map(|next| match next {
        Next::Start(tag) if tag.name == "base" => tag.get("href").map(|href| decode(href).trim().to_owned()),
        _ => None,
    })
}

fn addresses(tag: &Tag) -> Vec<String> {
    let attributes: &[&str] = match tag.name.as_str() {
        "a" | "area" => &["href"],
        "form" => &["action"],
        "button" | "input" => &["formaction"],
        "script" | "iframe" | "frame" | "embed" => &["src"],
        "object" => &["data"],
        "meta" => return refresh(tag).into_iter().collect(),
        _ => &[],
    };
    attributes.iter().filter_map(|name| tag.get(name)).map(|value| decode(value).trim().to_owned()).collect()
}

/// `<meta http-equiv="refresh" content="0; url=https://…">`.
fn refresh(tag: &Tag) -> Option<String> {
    if !tag.get("http-equiv")?.trim().eq_ignore_ascii_case("refresh") {
        return None;
    }
    let content = decode(tag.get("content")?);
    let (_, after) = content.split_once([';', ','])?;
    let after = after.trim_start();
    let address = match after.get(..3) {
        Some(url) if url.eq_ignore_ascii_case("url") => after.get(3..)?.trim_start().strip_prefix('=')?,
        _ => after,
    };
    Some(address.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn finds_what_leads_away() {
        let page = br#"<!doctype html><base href="https://base.test/x/"><a href="https://a.test/?x=1&amp;y=2">a</a>
            <A HREF='/own'>own</A><area href=b.test><form action="https://c.test/login"><button formaction="https://d.test/">
            </form><script src="//e.test/x.js"></script><iframe src="https://f.test/"></iframe><object data="https://g.test/">
            <embed src="https://h.test/"><meta http-equiv=Refresh content="0;URL='https://i.test/'"><a href="https://a.test/?x=1&y=2">
            <img src="https://picture.test/"><!-- <a href="https://no.test/"> --><script>"<a href='https://no.test/'>"</script>
            <a href="&#104;ttps&colon;//j.test/">"#;
        let found = links(page, 100);
        let expected = [
            "https://a.test/?x=1&y=2",
            "/own",
            "b.test",
            "https://c.test/login",
            "https://d.test/",
            "//e.test/x.js",
            "https://f.test/",
            "https://g.test/",
            "https://h.test/",
            "https://i.test/",
            "https://j.test/",
        ];
        assert_eq!(found, expected);
        assert_eq!(links(page, 3), expected[..3]);
        assert_eq!(base(page).as_deref(), Some("https://base.test/x/"));
        assert_eq!(base(b"<p>"), None);
    }

    #[test]
    fn a_page_that_goes_on_by_itself_says_where_in_many_ways() {
        for content in [
            "0; url=https://a.test/",
            "5;https://a.test/",
            "0, URL = \"https://a.test/\"",
            " 0 ; Url='https://a.test/'",
        ] {
            let page = format!("<meta http-equiv='refresh' content='{}'>", content.replace('\'', "&#39;"));
            assert_eq!(links(page.as_bytes(), 9), ["https://a.test/"], "{content}");
        }
        assert!(links(b"<meta http-equiv=refresh content=5>", 9).is_empty());
    }

    proptest! {
        #[test]
        fn reading_anything_ends(page in "(<|>|a|meta|href|http-equiv|content|refresh|=|'|\"|;|é| |url|&|#|x){0,60}") {
            let _ = (links(page.as_bytes(), 9), base(page.as_bytes()));
        }
    }
}
