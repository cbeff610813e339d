//! HTML as a browser would read it: the standard's tokenizer, as far as it decides what is a tag and what is text. What
//! stands in a comment, in a text field or inside a script is no tag, whatever it looks like.
//!
//! Bytes are enough: every encoding that a page of today has writes tags in ASCII.

mod parts;

pub use parts::{Part, Parts, parts};

/// Elements whose content is text up to their own end tag.
const TEXT_ELEMENTS: [&str; 8] = ["iframe", "noembed", "noframes", "noscript", "style", "textarea", "title", "xmp"];

/// The tags of a page, one after another. One that is cut off by the end of what was read is no tag.
pub struct Tags<'a> {
    cursor: Cursor<'a>,
}

/// The tags of a page and the text between them. What stands in an element whose content is text up to its own end tag
/// (a script, a text field) does not come.
pub struct Pieces<'a> {
    cursor: Cursor<'a>,
}

/// What a page is made of.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A tag.
    Tag(Next),
    /// Text as it is written, references and all.
    Text(&'a [u8]),
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// A start tag.
    Start(Tag),
    /// An end tag, by its name.
    End(String),
}

/// A start tag.
#[derive(Debug)]
pub struct Tag {
    /// Lower-cased.
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The names of its attributes, lower-cased.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    /// An attribute by its lower-cased name, as it is written. Of two with one name the first counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a page's tags and its text.
pub fn pieces(page: &[u8]) -> Pieces<'_> {
    Pieces { cursor: Cursor { rest: page } }
}

/// Reads a page's tags.
pub fn tags(page: &[u8]) -> Tags<'_> {
    Tags { cursor: Cursor { rest: page } }
}

impl Iterator for Tags<'_> {
    type Item = Next;

    fn next(&mut self) -> Option<Next> {
        while self.cursor.skip_past(b"<") {
            match self.cursor.markup() {
                Markup::Tag(next) => return Some(next),
                Markup::Cut => return None,
                Markup::Nothing => {}
            }
        }
        None
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        while self.cursor.peek().is_some() {
            let text = self.cursor.text();
            if !text.is_empty() {
                return Some(Piece::Text(text));
            }
            self.cursor.skip(1);
            match self.cursor.markup() {
                Markup::Tag(next) => return Some(Piece::Tag(next)),
                Markup::Cut => return None,
                Markup::Nothing => {}
            }
        }
        None
    }
}

/// What stood after a `<`.
enum Markup {
    Tag(Next),
    /// A comment, say, or a `<` that is only a sign.
    Nothing,
    /// A tag that never ends.
    Cut,
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

    /// Up to the next `<` that a tag, a comment or the like begins with.
    fn text(&mut self) -> &'a [u8] {
        let begins = |pair: &[u8]| matches!(pair, [b'<', after] if after.is_ascii_alphabetic() || matches!(after, b'!' | b'?' | b'/'));
        let length = self.rest.windows(2).position(begins).unwrap_or(self.rest.len());
        let text = self.rest.get(..length).unwrap_or_default();
        self.skip(length);
        text
    }

    /// From after a `<`. What an element holds that holds nothing but text is gone past with its start tag.
    fn markup(&mut self) -> Markup {
        match self.peek() {
            Some(b'!') => self.declaration(),
            Some(b'?') => {
                self.skip_past(b">");
            }
            Some(b'/') => {
                self.skip(1);
                if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
                    return self.tag().map_or(Markup::Cut, |tag| Markup::Tag(Next::End(tag.name)));
                }
                self.skip_past(b">");
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let Some(tag) = self.tag() else { return Markup::Cut };
                match tag.name.as_str() {
                    "script" => self.script(),
                    // All that follows is text.
                    "plaintext" => self.skip(usize::MAX),
                    name if TEXT_ELEMENTS.contains(&name) => self.text_element(name),
                    _ => {}
                }
                return Markup::Tag(Next::Start(tag));
            }
            _ => {}
        }
        Markup::Nothing
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
        let mut tag = Tag { name: String::from_utf8_lossy(name).to_ascii_lowercase(), attributes: Vec::new() };
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
            tag.attributes.push((String::from_utf8_lossy(&name).into_owned(), value));
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

/// Text as it is meant, of text as HTML writes it. Knows numbers and those names that turn up in addresses.
pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match reference(after) {
            Some((meant, length)) => {
                out.push(meant);
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

/// The character that a reference after `&` means, and how long the reference is.
fn reference(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 14] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos;", '\''),
        ("colon;", ':'),
        ("sol;", '/'),
        ("period;", '.'),
        ("quest;", '?'),
        ("equals;", '='),
        ("num;", '#'),
        ("percnt;", '%'),
        ("Tab;", '\t'),
        ("NewLine;", '\n'),
    ];
    if let Some(number) = text.strip_prefix('#') {
        let (digits, radix, skipped) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 2),
            None => (number, 10, 1),
        };
        let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let code = u32::from_str_radix(digits.get(..length)?, radix).ok()?;
        let ends = usize::from(digits.get(length..).is_some_and(|after| after.starts_with(';')));
        return Some((char::from_u32(code)?, skipped + length + ends));
    }
    let (name, meant) = NAMED.into_iter().find(|(name, _)| text.starts_with(name))?;
    let ends = usize::from(!name.ends_with(';') && text.get(name.len()..).is_some_and(|after| after.starts_with(';')));
    Some((meant, name.len() + ends))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_read_as_browsers_read_them() {
        for (written, meant) in [
            ("a&amp;b&ampc&", "a&b&c&"),
            ("&#104;ttp&#x3A;//&#X78&#46;test", "http://x.test"),
            ("ht&Tab;tp&colon;&sol;&sol;x&period;test", "ht\ttp://x.test"),
            ("&#0;&#x110000;&#;&nosuch;", "\0&#x110000;&#;&nosuch;"),
            ("?a=1&b=2", "?a=1&b=2"),
        ] {
            assert_eq!(decode(written), meant, "{written}");
        }
    }

    #[test]
    fn tags_come_with_their_attributes_and_nothing_else_comes() {
        let page = b"<!-- <a href=1> --><A HREF='2' href=3 x>t</a><script>'<a>'</script><plaintext><a>";
        let read: Vec<String> = tags(page)
            .map(|next| match next {
                Next::Start(tag) => format!("{} {}", tag.name, tag.get("href").unwrap_or("-")),
                Next::End(name) => format!("/{name}"),
            })
            .collect();
        assert_eq!(read, ["a 2", "/a", "script -", "/script", "plaintext -"]);
    }

    #[test]
    fn the_text_between_tags_comes_as_it_is_written() {
        let page = b"1 < 2 &amp; <b>3</b><!-- no -->4</ ><script>5</script><textarea>6</textarea>7<i";
        let read: Vec<String> = pieces(page)
            .map(|piece| match piece {
                Piece::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Piece::Tag(Next::Start(tag)) => format!("<{}>", tag.name),
                Piece::Tag(Next::End(name)) => format!("</{name}>"),
            })
            .collect();
        let wanted =
            ["1 < 2 &amp; ", "<b>", "3", "</b>", "4", "<script>", "</script>", "<textarea>", "</textarea>", "7"];
        assert_eq!(read, wanted);
    }

    proptest! {
        #[test]
        fn tags_are_the_same_with_text_and_without(page in "(<|>|/|!|-|a|b|script|title|=|\"|'| |é){0,60}") {
            let alone: Vec<String> = tags(page.as_bytes()).map(|next| format!("{next:?}")).collect();
            let among = pieces(page.as_bytes()).filter_map(|piece| match piece {
                Piece::Tag(next) => Some(format!("{next:?}")),
                Piece::Text(_) => None,
            });
            prop_assert_eq!(alone, among.collect::<Vec<_>>());
        }

        #[test]
        fn whatever_is_written_is_decoded_without_a_panic(text in any::<String>(), entities in "(&|#|x|;|amp|[0-9a-f]|é){0,40}") {
            let _ = (decode(&text), decode(&entities));
        }

        #[test]
        fn text_without_an_ampersand_means_itself(text in "[^&]{0,60}") {
            prop_assert_eq!(decode(&text), text);
        }
    }
}
