//! Finds our script tags in a page, as a browser would find them. What stands in a comment, in a text field, inside
//! another script or in a template is no tag, whatever it looks like: a guest book's visitor must not be able to prove
//! the guest book.

use crate::html::{self, Next, Tag};

/// Longest key that is looked at.
const MAX_KEY: usize = 64;
/// How many different keys are remembered of one page.
const MAX_KEYS: usize = 16;

/// Our tags in a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// The keys in `data-vetka` of each script that is ours.
    pub keys: Vec<String>,
    /// Whether a script of ours stands there without a key.
    pub without_key: bool,
}

/// Looks for `<script src="{script}" data-vetka="…">`.
pub fn find(page: &[u8], script: &str) -> Tags {
    let mut found = Tags::default();
    let mut templates = 0_usize;
    for next in html::tags(page) {
        match next {
            Next::Start(tag) if tag.name == "script" && templates == 0 => found.note(&tag, script),
            Next::Start(tag) if tag.name == "template" => templates += 1,
            Next::End(name) if name == "template" => templates = templates.saturating_sub(1),
            _ => {}
        }
    }
    found
}

impl Tags {
    fn note(&mut self, tag: &Tag, script: &str) {
        let without_scheme = script.split_once(':').map_or(script, |(_, rest)| rest);
        let src = tag.get("src").unwrap_or_default().trim();
        if src != script && src != without_scheme {
            return;
        }
        match tag.get("data-vetka").map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()) {
            None => self.without_key = true,
            Some(key) if key.len() <= MAX_KEY && self.keys.len() < MAX_KEYS && !self.keys.contains(&key) => {
                self.keys.push(key);
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCRIPT: &str = "https://vetka.sh/notch.js";
    const TAG: &str = r#"<script async src="https://vetka.sh/notch.js" data-vetka="vt_1"></script>"#;

    fn keys(page: &str) -> Vec<String> {
        find(page.as_bytes(), SCRIPT).keys
    }

    #[test]
    fn finds_the_tag_however_it_is_written() {
        for tag in [
            TAG,
            "<script src=https://vetka.sh/notch.js data-vetka=vt_1></script>",
            "<SCRIPT\n\tDATA-VETKA='vt_1'\n\tSRC='https://vetka.sh/notch.js' ASYNC=''></SCRIPT>",
            r#"<script data-vetka = "vt_1" type="module" src = " //vetka.sh/notch.js " defer/>"#,
            r#"<script src="https://vetka.sh/notch.js"data-vetka="vt_1">"#,
            r#"<script a=">" b='<!--' src="https://vetka.sh/notch.js" data-vetka="vt_1">"#,
            r#"<script src="https://vetka.sh/notch.js" src="https://evil.example/" data-vetka="vt_1" data-vetka="vt_2">"#,
        ] {
            assert_eq!(keys(&format!("<!doctype html><html><head><title>a</title>{tag}</head>")), ["vt_1"], "{tag}");
        }
    }

    #[test]
    fn finds_it_after_whatever_may_stand_before() {
        for before in [
            "",
            "<!---->",
            "<!-->",
            "<!--->",
            "<!-- a -- b --->",
            "<!-- a --!>",
            "<!-- <script> -->",
            "<?php ?>",
            "<!x>",
            "</>",
            "</ x>",
            "<style>a{}</style>",
            "<title></title>",
            "<textarea></textarea >",
            "<script>1<2; '<!--'; '-->'</script>",
            "<script>/*<!-- <script> </script> -->*/</script>",
            "<script><!--></script>",
            "<script><!-- a </script>",
            "<template></template>",
            "<noscript><p></noscript>",
            "<p title='<!--'>",
            "a < b",
            "<3",
            "</template>",
            "<svg><title>x</title></svg>",
            "<svg><![CDATA[ <a> ]]></svg>",
            "<script>\"</scripts>\"</script>",
        ] {
            assert_eq!(keys(&format!("{before}{TAG}")), ["vt_1"], "{before}");
        }
    }

    #[test]
    fn what_is_text_is_no_tag() {
        for (before, after) in [
            ("<!--", "-->"),
            ("<!-- > ", "-->"),
            ("<!-- -- >", "-->"),
            ("<textarea>", "</textarea>"),
            ("<title>", "</title>"),
            ("<style>", "</style>"),
            ("<xmp>", "</xmp>"),
            ("<iframe>", "</iframe>"),
            ("<noscript>", "</noscript>"),
            ("<noembed>", "</noembed>"),
            ("<noframes>", "</noframes>"),
            ("<plaintext>", ""),
            ("<template>", "</template>"),
            ("<template><template></template>", "</template>"),
            ("<textarea></textareas>", "</textarea>"),
            ("<TEXTAREA>", "</TextArea>"),
            ("<script>", "</script>"),
            ("<script><!--<script>", "</script>--></script>"),
            ("<p title='", "'>"),
            ("<script><!--<script></script>", "</script>"),
            ("&lt;", ""),
            ("<svg><![CDATA[>", "]]></svg>"),
            ("<?", "?>"),
            ("<![CDATA[", "]]>"),
        ] {
            let page = if before == "&lt;" { TAG.replace('<', "&lt;") } else { format!("{before}{TAG}{after}") };
            assert_eq!(keys(&page), [""; 0], "{page}");
        }
    }

    #[test]
    fn other_scripts_are_not_ours() {
        for src in [
            "https://evil.example/notch.js",
            "https://vetka.sh/notch.js?x",
            "http://vetka.sh/notch.js",
            "/notch.js",
            "https://vetka.sh.evil.example/notch.js",
        ] {
            assert_eq!(keys(&format!("<script src='{src}' data-vetka=vt_1></script>")), [""; 0], "{src}");
        }
        assert_eq!(keys("<div src='https://vetka.sh/notch.js' data-vetka=vt_1>"), [""; 0]);
        assert_eq!(keys("<scripts src='https://vetka.sh/notch.js' data-vetka=vt_1>"), [""; 0]);
    }

    #[test]
    fn a_tag_that_was_cut_off_is_none() {
        for length in 0..TAG.len() - "</script>".len() {
            assert_eq!(keys(&TAG[..length]), [""; 0], "{length}");
        }
    }

    #[test]
    fn tells_several_keys_and_a_missing_one() {
        let page = format!("{TAG}{}{TAG}<script src='{SCRIPT}'></script>", TAG.replace("vt_1", "vt_2"));
        assert_eq!(find(page.as_bytes(), SCRIPT), Tags { keys: vec!["vt_1".into(), "vt_2".into()], without_key: true });
        let many: String = (0..100).map(|at| TAG.replace("vt_1", &format!("vt_{at}"))).collect();
        assert_eq!(keys(&many).len(), MAX_KEYS);
    }

    proptest! {
        #[test]
        fn reading_anything_ends_and_does_not_panic(page in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = find(&page, SCRIPT);
        }

        #[test]
        fn reading_anything_like_html_ends_and_does_not_panic(page in "(<|>|!|-|/|'|\"|=|script|title|template|a| |\\[CDATA\\[|\\]\\]){0,60}") {
            let _ = find(page.as_bytes(), SCRIPT);
        }

        #[test]
        fn text_that_was_escaped_proves_nothing(text in ".{0,80}") {
            let escaped = format!("{text}{TAG}").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            let (inside, quoted) = (format!("<p>{escaped}</p>"), format!("<p title=\"{escaped}\">"));
            prop_assert!(keys(&inside).is_empty() && keys(&quoted).is_empty());
        }

        #[test]
        fn a_comment_hides_the_tag(text in "[a-z <>!]{0,40}") {
            prop_assume!(!text.starts_with('>'));
            let page = format!("<!--{text}{TAG}-->");
            prop_assert!(keys(&page).is_empty());
        }
    }
}
