//! Finds our script tags in a page, as a browser would find them: the HTML standard's tokenizer, as far as it decides
//! what is a tag and what is text. What stands in a comment, in a text field, inside another script or in a template is
//! no tag, whatever it looks like: a guest book's visitor must not be able to prove the guest book.

/// Longest key that is looked at.
const MAX_KEY: usize = 64;
/// How many different keys are remembered of one page.
const MAX_KEYS: usize = 16;

/// Elements whose content is text up to their own end tag.
const TEXT_ELEMENTS: [&str; 8] = ["iframe", "noembed", "noframes", "noscript", "style", "textarea", "title", "xmp"];

/// Our tags in a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// The keys in `data-vetka` of each script that is ours.
    pub keys: Vec<String>,
    /// Whether a script of ours stands there without a key.
    pub without_key: bool,
}

/// Looks for `<script src="{script}" data-vetka="…">`. Bytes are enough: every encoding that a page of today has writes
/// tags in ASCII. A tag that is cut off by the end of what was read is no tag.
pub fn find(page: &[u8], script: &str) -> Tags {
    let mut found = Tags::default();
    let mut cursor = Cursor { rest: page };
    let mut templates = 0_usize;
    while cursor.skip_past(b"<") {
        match cursor.peek() {
            Some(b'!') => cursor.declaration(),
            Some(b'?') => {
                cursor.skip_past(b">");
            }
            Some(b'/') => {
                cursor.skip(1);
                if cursor.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
                    let Some(tag) = cursor.tag() else { break };
                    templates -= usize::from(tag.name == "template" && templates > 0);
                } else {
                    cursor.skip_past(b">");
                }
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let Some(tag) = cursor.tag() else { break };
                match tag.name.as_str() {
                    "script" => {
                        if templates == 0 {
                            found.note(tag, script);
                        }
                        cursor.script();
                    }
                    "template" => templates += 1,
                    "plaintext" => break,
                    name if TEXT_ELEMENTS.contains(&name) => cursor.text_element(name),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found
}

impl Tags {
    fn note(&mut self, tag: Tag, script: &str) {
        let without_scheme = script.split_once(':').map_or(script, |(_, rest)| rest);
        let src = tag.src.unwrap_or_default();
        if src.trim() != script && src.trim() != without_scheme {
            return;
        }
        match tag.key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()) {
            None => self.without_key = true,
            Some(key) if key.len() <= MAX_KEY && self.keys.len() < MAX_KEYS && !self.keys.contains(&key) => {
                self.keys.push(key);
            }
            Some(_) => {}
        }
    }
}

#[derive(Default)]
struct Tag {
    name: String,
    src: Option<String>,
    key: Option<String>,
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// Goes on after the next `needle`, or to the end.
    fn skip_past(&mut self, needle: &[u8]) -> bool {
        let at = self.rest.windows(needle.len()).position(|window| window == needle);
        self.skip(at.map_or(self.rest.len(), |at| at + needle.len()));
        at.is_some()
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|byte| !wanted(*byte)).unwrap_or(self.rest.len());
        let taken = self.rest.get(..length).unwrap_or_default();
        self.skip(length);
        taken
    }

    fn begins(&self, text: &str) -> bool {
        self.rest.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// `<name` or `</name`, and not the beginning of a longer name.
    fn begins_tag(&self, start: &str) -> bool {
        self.begins(start)
            && self.rest.get(start.len()).is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
    }

    /// From the `!`: a comment, a document type, or nonsense that ends at the next `>`.
    fn declaration(&mut self) {
        if self.begins("!--") {
            self.skip(3);
            if self.begins(">") || self.begins("->") {
                self.skip_past(b">");
                return;
            }
            while self.skip_past(b"--") {
                // Of a row of dashes the last two count.
                while self.begins("-") {
                    self.skip(1);
                }
                if self.begins(">") || self.begins("!>") {
                    self.skip_past(b">");
                    return;
                }
            }
        } else if self.begins("![CDATA[") {
            // Text where it is allowed, in drawings. Elsewhere it would end sooner; then we see less than there is.
            self.skip_past(b"]]>");
        } else {
            self.skip_past(b">");
        }
    }

    /// From the first letter of a tag's name to after its `>`. `None` when it never ends.
    fn tag(&mut self) -> Option<Tag> {
        let name = self.take_while(|byte| !is_space(byte) && byte != b'/' && byte != b'>');
        let mut tag = Tag { name: String::from_utf8_lossy(name).to_ascii_lowercase(), ..Tag::default() };
        loop {
            self.take_while(|byte| is_space(byte) || byte == b'/');
            if self.peek()? == b'>' {
                self.skip(1);
                return Some(tag);
            }
            let first = self.rest.get(..1).unwrap_or_default();
            self.skip(1);
            let more = self.take_while(|byte| !is_space(byte) && !matches!(byte, b'/' | b'>' | b'='));
            let name = [first, more].concat().to_ascii_lowercase();
            let value = self.value()?;
            // Of two attributes with one name the first counts.
            match name.as_slice() {
                b"src" => tag.src = tag.src.or(Some(value)),
                b"data-vetka" => tag.key = tag.key.or(Some(value)),
                _ => {}
            }
        }
    }

    /// What follows an attribute's name.
    fn value(&mut self) -> Option<String> {
        self.take_while(is_space);
        if self.peek()? != b'=' {
            return Some(String::new());
        }
        self.skip(1);
        self.take_while(is_space);
        let value = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                self.skip(1);
                let value = self.take_while(|byte| byte != quote);
                self.peek()?;
                self.skip(1);
                value
            }
            _ => self.take_while(|byte| !is_space(byte) && byte != b'>'),
        };
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// From after a script's start tag to its end tag. Scripts may quote scripts inside `<!-- -->`.
    fn script(&mut self) {
        enum State {
            Code,
            Escaped,
            Quoting,
        }
        let mut state = State::Code;
        while let Some(byte) = self.peek() {
            match (byte, &state) {
                (b'-', State::Escaped | State::Quoting) if self.begins("-->") => {
                    self.skip(2);
                    state = State::Code;
                }
                // The two dashes may be the first two of `-->`.
                (b'<', State::Code) if self.begins("<!--") => {
                    self.skip(1);
                    state = State::Escaped;
                }
                (b'<', State::Code | State::Escaped) if self.begins_tag("</script") => return,
                (b'<', State::Escaped) if self.begins_tag("<script") => state = State::Quoting,
                (b'<', State::Quoting) if self.begins_tag("</script") => state = State::Escaped,
                _ => {}
            }
            self.skip(1);
        }
    }

    /// From after the start tag of an element that holds text to its end tag.
    fn text_element(&mut self, name: &str) {
        let end = format!("</{name}");
        while self.peek().is_some() && !self.begins_tag(&end) {
            self.skip(1);
            self.take_while(|byte| byte != b'<');
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
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
