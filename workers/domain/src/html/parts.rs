//! A page in parts: its tags, and the text between them.

use super::{Cursor, TEXT_ELEMENTS, Tag};

/// A page in parts, one after another. A tag that is cut off by the end of what was read is none.
pub struct Parts<'a> {
    cursor: Cursor<'a>,
    scripting: bool,
    inside: Option<&'a [u8]>,
}

/// What a page is made of. Text is as it is written, references and all.
#[derive(Debug)]
pub enum Part<'a> {
    /// A start tag.
    Start(Tag),
    /// An end tag, by its name.
    End(String),
    /// Text between tags. A comment parts it in two.
    Text(&'a [u8]),
    /// All that is inside an element that holds nothing but text, a `script` or a `title`; comes after its start tag.
    Inside(&'a [u8]),
}

/// Reads a page, its text too.
pub fn parts(page: &[u8]) -> Parts<'_> {
    Parts { cursor: Cursor { rest: page }, scripting: true, inside: None }
}

impl Parts<'_> {
    /// As whoever runs no scripts reads it: what is inside `noscript` is part of the page.
    pub fn without_scripting(mut self) -> Self {
        self.scripting = false;
        self
    }

    /// How many bytes of the page are still to be read.
    pub fn left(&self) -> usize {
        self.cursor.rest.len()
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if let Some(inside) = self.inside.take() {
            return Some(Part::Inside(inside));
        }
        let cursor = &mut self.cursor;
        loop {
            let text = cursor.take_while(|byte| byte != b'<');
            if !text.is_empty() {
                return Some(Part::Text(text));
            }
            let begin = cursor.rest;
            if !cursor.skip_past(b"<") {
                return None;
            }
            match cursor.peek() {
                Some(b'!') => cursor.declaration(),
                Some(b'?') => {
                    cursor.skip_past(b">");
                }
                Some(b'/') => {
                    cursor.skip(1);
                    if cursor.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
                        return cursor.tag().map(|tag| Part::End(tag.name));
                    }
                    cursor.skip_past(b">");
                }
                Some(byte) if byte.is_ascii_alphabetic() => {
                    let tag = cursor.tag()?;
                    self.inside = inside(cursor, &tag.name, self.scripting);
                    return Some(Part::Start(tag));
                }
                // It stands for itself.
                _ => return begin.get(..1).map(Part::Text),
            }
        }
    }
}

/// From after the start tag of an element that holds nothing but text: that text. `None` for any other element.
fn inside<'a>(cursor: &mut Cursor<'a>, name: &str, scripting: bool) -> Option<&'a [u8]> {
    let begin = cursor.rest;
    match name {
        "script" => cursor.script(),
        // All that follows is text.
        "plaintext" => cursor.skip(usize::MAX),
        "noscript" if !scripting => return None,
        name if TEXT_ELEMENTS.contains(&name) => cursor.text_element(name),
        _ => return None,
    }
    begin.get(..begin.len() - cursor.rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::{Next, tags};
    use proptest::prelude::*;

    #[test]
    fn text_comes_between_the_tags() {
        let read = |page: &'static str| -> Vec<String> {
            parts(page.as_bytes())
                .without_scripting()
                .map(|part| match part {
                    Part::Start(tag) => format!("<{}>", tag.name),
                    Part::End(name) => format!("</{name}>"),
                    Part::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    Part::Inside(text) => format!("[{}]", String::from_utf8_lossy(text)),
                })
                .collect()
        };
        assert_eq!(read("a<b>c<!-- d -->e</b> f"), ["a", "<b>", "c", "e", "</b>", " f"]);
        assert_eq!(read("1 < 2<p"), ["1 ", "<", " 2"]);
        assert_eq!(
            read("<title>a<b></title><script>1</script>"),
            ["<title>", "[a<b>]", "</title>", "<script>", "[1]", "</script>"]
        );
        assert_eq!(read("<noscript><a></noscript>"), ["<noscript>", "<a>", "</noscript>"]);
        assert_eq!(read("<textarea>x"), ["<textarea>", "[x]"]);
    }

    proptest! {
        #[test]
        fn the_tags_are_those_of_the_page(page in "(<|>|!|-|/|'|\"|=|script|title|template|a| |\\[CDATA\\[|\\]\\]){0,60}") {
            let name = |next: Next| match next {
                Next::Start(tag) => tag.name,
                Next::End(name) => format!("/{name}"),
            };
            let of_parts = parts(page.as_bytes()).filter_map(|part| match part {
                Part::Start(tag) => Some(tag.name),
                Part::End(name) => Some(format!("/{name}")),
                Part::Text(_) | Part::Inside(_) => None,
            });
            prop_assert_eq!(of_parts.collect::<Vec<_>>(), tags(page.as_bytes()).map(name).collect::<Vec<_>>());
        }
    }
}
