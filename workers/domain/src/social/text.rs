//! What a page says, as one normalised text. A place on a page is told by a quote from this text and by where in it the
//! quote begins, counted in code points, so the server and the browser must come to the same text.
//!
//! These are the rules, number 1 (`vetka:norm=1`). A browser follows them over the DOM below `document.body`:
//!
//! 1. An element is skipped, with all that is in it, when its tag is in [`SKIPPED`] or it has the attribute `hidden` or
//!    `data-no-annotate`, whatever their values. Styles are not asked: the server does not know them.
//! 2. Where an element whose tag is in [`BLOCKS`] begins and where it ends is a boundary, also when it is skipped. All
//!    other elements are none, unknown ones included. Tags are compared in lower case.
//! 3. Of each text node, with its references decoded: U+00AD, U+200B, U+2060 and U+FEFF are dropped, then it is put into
//!    form C (`normalize('NFC')`), each by itself.
//! 4. A run of white space, across nodes and boundaries, is one space (U+0020); a boundary counts as white space. White
//!    space is what JavaScript's `\s` matches, and U+0085. The text neither begins nor ends with a space.
//!
//! ```js
//! const walk = (node) => {
//!   if (node.nodeType === 3) add(node.data.replace(/[\u00ad\u200b\u2060\ufeff]/g, '').normalize('NFC'))
//!   else if (node.nodeType === 1) {
//!     const tag = node.localName, block = BLOCKS.has(tag)
//!     if (block) space = true
//!     if (!SKIPPED.has(tag) && !node.hasAttribute('hidden') && !node.hasAttribute('data-no-annotate')) node.childNodes.forEach(walk)
//!     if (block) space = true
//!   }
//! }
//! ```
//!
//! How elements nest is read as browsers do where pages are written as the standard allows, end tags left out included;
//! of what they repair beyond that, only what is common.

use crate::{
    entity,
    html::{self, Next, Piece, Tag},
    nfc::nfc,
};

/// Elements that say nothing that could be quoted.
pub const SKIPPED: [&str; 18] = [
    "audio",
    "canvas",
    "datalist",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "video",
];

/// Elements that stand by themselves, and the ones that break a line.
pub const BLOCKS: [&str; 50] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
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
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "xmp",
];

/// Elements that have no content and no end tag.
const VOID: [&str; 16] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta",
    "source", "track", "wbr",
];
/// Beyond these an end tag closes nothing.
const SCOPES: [&str; 10] = ["caption", "html", "marquee", "object", "select", "svg", "table", "td", "template", "th"];
/// Elements that close an open paragraph when they begin.
const NOT_IN_PARAGRAPHS: [&str; 36] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
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
    "hgroup",
    "hr",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];
/// Where the search for an open item of a list ends: what may stand in an item and hold a list itself.
const HOLDS_ITEMS: [&str; 20] = [
    "article",
    "aside",
    "blockquote",
    "dl",
    "details",
    "fieldset",
    "figure",
    "footer",
    "form",
    "header",
    "main",
    "menu",
    "nav",
    "ol",
    "section",
    "table",
    "td",
    "template",
    "th",
    "ul",
];
const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
/// As deep as browsers nest elements.
const DEEPEST: usize = 512;

/// The text of a page.
pub fn of_html(page: &[u8]) -> String {
    let mut reader = Reader::default();
    for piece in html::pieces(page) {
        match piece {
            Piece::Text(text) if !reader.skips() => {
                reader.written.text(&entity::decode(&String::from_utf8_lossy(text)));
            }
            Piece::Text(_) => {}
            Piece::Tag(Next::Start(tag)) => reader.start(&tag),
            Piece::Tag(Next::End(name)) => reader.end(name),
        }
    }
    reader.written.out
}

/// Text that stands nowhere in HTML, under the same rules: a quote that a browser took, say.
pub fn of_plain(text: &str) -> String {
    let mut written = Written::default();
    written.text(text);
    written.out
}

/// How many code points a text has.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// The beginning of a text, up to so many code points.
pub fn first(text: &str, length: usize) -> &str {
    text.char_indices().nth(length).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

#[derive(Default)]
struct Written {
    out: String,
    space: bool,
}

impl Written {
    fn boundary(&mut self) {
        self.space = true;
    }

    fn text(&mut self, text: &str) {
        let kept: String = text.chars().filter(|c| !is_dropped(*c)).collect();
        for c in nfc(&kept).chars() {
            if c.is_whitespace() {
                self.space = true;
                continue;
            }
            if std::mem::take(&mut self.space) && !self.out.is_empty() {
                self.out.push(' ');
            }
            self.out.push(c);
        }
    }
}

fn is_dropped(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

struct Open {
    name: String,
    skipped: bool,
}

#[derive(Default)]
struct Reader {
    written: Written,
    /// The elements that are open, the innermost last.
    open: Vec<Open>,
}

impl Reader {
    fn skips(&self) -> bool {
        self.open.last().is_some_and(|open| open.skipped)
    }

    fn boundary(&mut self) {
        if !self.skips() {
            self.written.boundary();
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name = tag.name.as_str();
        self.close_for(name);
        if BLOCKS.contains(&name) {
            self.boundary();
        }
        if VOID.contains(&name) || self.open.len() >= DEEPEST {
            return;
        }
        let marked = |attribute: &str| tag.get(attribute).is_some();
        let skipped = self.skips() || SKIPPED.contains(&name) || marked("hidden") || marked("data-no-annotate");
        self.open.push(Open { name: tag.name.clone(), skipped });
    }

    fn end(&mut self, name: String) {
        match name.as_str() {
            "br" => self.boundary(),
            // One that nobody opened is an empty one.
            "p" if !self.close(&["p"], &SCOPES) => self.boundary(),
            "p" => {}
            "caption" | "table" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr" => {
                self.close(&[name.as_str()], if name == "table" { &["template"] } else { &["table", "template"] });
            }
            heading if HEADINGS.contains(&heading) => {
                self.close(&HEADINGS, &SCOPES);
            }
            block if BLOCKS.contains(&block) || SKIPPED.contains(&block) => {
                // A form of controls, a drawing or a template is a scope, but not to its own end tag.
                self.close(&[block], &SCOPES);
            }
            // Bold text that ends in another paragraph than it began in leaves that paragraph open.
            inline => {
                self.close(&[inline], &BLOCKS);
            }
        }
    }

    /// What a start tag closes that has no end tag of its own.
    fn close_for(&mut self, name: &str) {
        if NOT_IN_PARAGRAPHS.contains(&name) {
            self.close(&["p"], &SCOPES);
        }
        match name {
            "li" => self.close(&["li"], &HOLDS_ITEMS),
            "dd" | "dt" => self.close(&["dd", "dt"], &HOLDS_ITEMS),
            "td" | "th" => self.close(&["td", "th"], &["table", "template", "tr"]),
            "tr" => self.close(&["tr"], &["table", "template"]),
            "tbody" | "tfoot" | "thead" => self.close(&["tbody", "tfoot", "thead", "caption"], &["table", "template"]),
            _ => false,
        };
        if HEADINGS.contains(&name) && self.open.last().is_some_and(|open| HEADINGS.contains(&open.name.as_str())) {
            self.open.pop();
        }
    }

    /// Closes the innermost of these elements and all that is open in it, unless a scope is met first.
    fn close(&mut self, names: &[&str], scopes: &[&str]) -> bool {
        let met = |open: &&Open| names.contains(&open.name.as_str()) || scopes.contains(&open.name.as_str());
        let inside = self.open.iter().rev().take_while(|open| !met(open)).count();
        let Some(at) = self.open.len().checked_sub(inside + 1) else { return false };
        if !self.open.get(at).is_some_and(|open| names.contains(&open.name.as_str())) {
            return false;
        }
        while self.open.len() > at {
            if self.open.pop().is_some_and(|open| BLOCKS.contains(&open.name.as_str())) {
                self.boundary();
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
