//! Text of strangers as plain text: no tag, no script, nothing that turns lines around or hides in them.

use crate::{
    entity,
    html::{self, Part},
    nfc::nfc,
};

/// What is inside these is for machines.
const HIDDEN: [&str; 6] = ["script", "style", "template", "iframe", "svg", "head"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 34] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];

/// The text of HTML: a line for each block, `- ` before an item of a list, an image's own words in its place.
pub fn of_html(page: &str) -> String {
    let mut out = Lines::default();
    let mut hidden: Vec<String> = Vec::new();
    for part in html::parts(page.as_bytes()) {
        match part {
            Part::Start(tag) if HIDDEN.contains(&tag.name.as_str()) => hidden.push(tag.name),
            Part::End(name) if hidden.contains(&name) => {
                // What was opened inside of it and not closed ends with it.
                while hidden.pop().is_some_and(|open| open != name) {}
            }
            _ if !hidden.is_empty() => {}
            Part::Start(tag) => {
                if BLOCKS.contains(&tag.name.as_str()) {
                    out.end_line();
                }
                match tag.name.as_str() {
                    "li" => out.begin_item(),
                    "td" | "th" => out.push(" "),
                    "img" => out.push(&entity::decode(tag.get("alt").unwrap_or_default())),
                    _ => {}
                }
            }
            Part::End(name) if BLOCKS.contains(&name.as_str()) => out.end_line(),
            Part::Text(text) => out.push(&entity::decode(&String::from_utf8_lossy(text))),
            Part::End(_) | Part::Inside(_) => {}
        }
    }
    out.text()
}

/// The same of text that may be HTML and may be not, as titles in feeds are: it is when there is a tag or a character's
/// name in it.
pub fn of_either(text: &str) -> String {
    let is_html = html::tags(text.as_bytes()).next().is_some() || entity::decode(text) != text;
    if is_html { of_html(text) } else { of_text(text) }
}

/// Text that is text: without what hides in it, and with one space where there were many.
pub fn of_text(text: &str) -> String {
    let mut out = Lines::default();
    out.push(text);
    out.text()
}

/// The first of a text's lines.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Not more than so many characters of it, the ellipsis included; ends with a word where one is near, and never inside of
/// what looks like one character.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let end = text.char_indices().nth(most.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let (mut kept, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if rest.starts_with(joins) || kept.ends_with('\u{200d}') {
        // The last one goes whole, with all that was joined to it.
        while let Some(last) = kept.chars().next_back() {
            kept = kept.get(..kept.len() - last.len_utf8()).unwrap_or_default();
            if !joins(last) && !kept.ends_with('\u{200d}') {
                break;
            }
        }
    }
    let word = kept.rfind([' ', '\n']).filter(|at| kept.len() - at <= 24 && *at > 0);
    let kept = word.and_then(|at| kept.get(..at)).unwrap_or(kept);
    format!("{}…", kept.trim_end_matches([' ', '\n', ',', ';', ':', '-', '–', '—']))
}

/// Characters that are shown as a part of the one before.
fn joins(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{200c}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{e0020}'..='\u{e007f}')
}

/// Characters that show nothing, or turn around what follows.
fn hides(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
        || (character.is_control() && !character.is_whitespace())
}

#[derive(Default)]
struct Lines {
    out: String,
    space: bool,
    line: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        for character in text.chars().filter(|character| !hides(*character)) {
            if character.is_whitespace() {
                self.space = true;
                continue;
            }
            self.separate();
            self.out.push(character);
        }
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            if self.line {
                self.out.push('\n');
            } else if self.space && !self.out.ends_with("\n- ") && self.out != "- " {
                self.out.push(' ');
            }
        }
        (self.space, self.line) = (false, false);
    }

    fn end_line(&mut self) {
        self.line = true;
    }

    fn begin_item(&mut self) {
        self.separate();
        self.out.push_str("- ");
    }

    fn text(self) -> String {
        nfc(self.out.strip_suffix("- ").unwrap_or(&self.out).trim_end()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn html_becomes_text() {
        for (html, text) in [
            ("<p>A</p><p>B", "A\nB"),
            ("x<script>1</script>y", "xy"),
            ("1 &lt; 2 &amp;&amp; 3", "1 < 2 && 3"),
            ("<img alt=\"cat\">", "cat"),
            ("a<br/>b&nbsp;c", "a\nb c"),
            ("<a href=\"javascript:x\">t</a>", "t"),
            ("<ul><li>one<li> two</ul>after", "- one\n- two\nafter"),
            (
                "a<style>b</style><svg><title>c</title><text>d</text></svg><template>e</template><iframe>f</iframe>g",
                "ag",
            ),
            ("<head><title>t</title></head><body>b", "b"),
            ("a\u{202e}b\u{200b}c\u{7}d", "abcd"),
            ("  a \n\t b  ", "a b"),
            ("x<svg><path></svg>y", "xy"),
            ("<noscript>n</noscript>m", "m"),
            ("<!-- a --><plaintext><b>", ""),
            ("<td>a<td>b", "a b"),
        ] {
            assert_eq!(of_html(html), text, "{html}");
        }
    }

    #[test]
    fn a_title_may_be_html() {
        for (title, text) in [
            ("a & b", "a & b"),
            ("AT&amp;T <b>x</b>", "AT&T x"),
            ("1 < 2", "1 < 2"),
            ("if a<3 then", "if a<3 then"),
            ("caf&eacute;", "café"),
        ] {
            assert_eq!(of_either(title), text, "{title}");
        }
    }

    #[test]
    fn is_cut_at_words_and_never_inside_a_character() {
        assert_eq!(cut("one two three", 13), "one two three");
        assert_eq!(cut("one two three", 12), "one two…");
        assert_eq!(cut("abcdefghij", 5), "abcd…");
        assert_eq!(cut("xx👩\u{200d}👩\u{200d}👧", 5), "xx…");
        assert_eq!(cut("xe\u{301}y", 3), "x…");
        assert_eq!(cut("👍🏽👍🏽", 2), "…");
    }

    proptest! {
        #[test]
        fn whatever_it_is_ends_up_without_control_characters(text in any::<String>(), page in "(<|>|/|p|br|script|svg|&amp;|&lt;|li| |a|\u{202e}){0,60}") {
            for out in [of_html(&text), of_html(&page), of_text(&text), of_either(&page)] {
                prop_assert!(!out.contains(|c: char| hides(c) || (c.is_control() && c != '\n')), "{out:?}");
                prop_assert_eq!(out.trim(), out.as_str());
            }
        }

        #[test]
        fn nothing_grows_by_being_cut(text in any::<String>(), most in 1usize..50) {
            prop_assert!(cut(&text, most).chars().count() <= most);
        }
    }
}
