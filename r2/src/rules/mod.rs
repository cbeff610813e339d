//! A version's own rules: its `_redirects` and `_headers` files, in the format that Netlify and Cloudflare share.
//!
//! They are read and checked once, when the version is published ([`compile`]), and kept in its manifest in a form that
//! is searched where it lies. What a line says that cannot be done is left out with a [`Warning`]; the other lines hold.
//!
//! The two hosts differ in much. As a rule Cloudflare's reading holds, and redirects run before files. Otherwise:
//! - Together 2,000 rules a file, whether they have placeholders or not, and the first that matches in the order of the
//!   file wins. (Cloudflare: 2,000 and 100, to the same effect.)
//! - A rewrite of everything below a folder to one page (`/* /index.html 200`) is what single-page applications ask for. It
//!   answers where there is no file, as on Netlify. Cloudflare refuses it, or hides the page's own scripts behind the page.
//!   `200!` comes before files.
//! - A line that asks for what we lack (a condition on the query, a country, another site's content) is left out. A rule
//!   that ignored its condition would send visitors away who should stay: `/?p=12 /hello` is not about the home page.
//! - One placeholder or splat in each part between slashes. More would be ambiguous, and slow to tell apart.
//! - Nobody is sent round in circles. Of rules that lead to each other the last one is left out, with a warning that names
//!   the circle; and when a version is served, no redirect is given by which the visitor would come back.
//!
//! Nothing here reaches another site: only a redirect to `https` does, to a host that stands in the file letter by letter.

mod circles;
mod headers;
mod location;
mod pattern;
mod redirects;
mod serve;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use location::push_encoded;
pub use serve::{Change, Redirect};
pub(crate) use table::Rules;

use crate::Manifest;
use serde::Serialize;
use table::Writer;

/// The file of redirects and rewrites. It is never served.
pub const REDIRECTS: &str = "_redirects";
/// The file of response headers. It is never served.
pub const HEADERS: &str = "_headers";

/// Rules of one file.
pub const MAX_RULES: usize = 2_000;
/// Characters of one line.
pub const MAX_LINE_CHARS: usize = 2_000;
/// Bytes of one file: what 2,000 rules of ordinary length need, and no more than a manifest can carry along.
pub const MAX_FILE_BYTES: usize = 512 * 1024;
/// Warnings about one file. Whoever has more than this has misunderstood the format, and the first ones say how.
const MAX_WARNINGS: usize = 50;

/// Something in a file of rules that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// In which file.
    pub file: &'static str,
    /// In which line, from 1; 0 when it is about the file as a whole.
    pub line: u32,
    /// What is wrong, in one plain sentence or two.
    pub message: String,
}

/// The rules of a version as its manifest keeps them. Without rules it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compiled(Vec<u8>);

impl Compiled {
    /// The bytes to keep.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Sorts by line. Few stand out of order, and a sort of its own would weigh more than the rest.
fn in_order(warnings: &mut [Warning]) {
    for at in 1..warnings.len() {
        let (before, rest) = warnings.split_at(at);
        let place = rest.first().map_or(at, |this| before.partition_point(|other| other.line <= this.line));
        if let Some(moved) = warnings.get_mut(place..=at) {
            moved.rotate_right(1);
        }
    }
}

/// Reads a version's two files of rules; `files` are all of its files, since where a redirect ends is theirs to say.
/// Whatever the rules hold, there is an answer; what cannot be done is warned of.
pub fn compile(redirects: Option<&[u8]>, headers: Option<&[u8]>, files: &Manifest) -> (Compiled, Vec<Warning>) {
    let mut writer = Writer::default();
    let mut warnings = Vec::new();
    if let Some(bytes) = redirects {
        let mut lines = Lines::new(REDIRECTS, &mut warnings);
        if let Some(text) = lines.text(bytes) {
            let taken = redirects::read(text, &mut lines, &mut writer);
            for circle in circles::leave_out(&mut writer, files) {
                lines.line = taken.get(usize::from(circle.closed_by)).copied().unwrap_or_default();
                lines.skip(&circle.to_string());
            }
            in_order(&mut warnings);
        }
    }
    if let Some(bytes) = headers {
        let mut lines = Lines::new(HEADERS, &mut warnings);
        if let Some(text) = lines.text(bytes) {
            headers::read(text, &mut lines, &mut writer);
        }
    }
    (Compiled(writer.finish()), warnings)
}

/// Where in which file the reading is, and what there was to warn of.
struct Lines<'a> {
    file: &'static str,
    line: u32,
    warnings: &'a mut Vec<Warning>,
    left: usize,
}

impl<'a> Lines<'a> {
    fn new(file: &'static str, warnings: &'a mut Vec<Warning>) -> Self {
        Self { file, line: 0, warnings, left: MAX_WARNINGS }
    }

    /// The file as text, as far as it is read.
    fn text<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b str> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.warn("The file is not UTF-8 text, so none of it was used.");
            return None;
        };
        if text.len() > MAX_FILE_BYTES {
            self.warn("The file is larger than 512 KB, so none of it was used.");
            return None;
        }
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Goes to the next line; `None` when there is nothing to read in it.
    fn next<'b>(&mut self, line: &'b str) -> Option<&'b str> {
        self.line += 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if line.len() > MAX_LINE_CHARS && line.chars().count() > MAX_LINE_CHARS {
            self.warn("This line was left out: it has more than 2,000 characters.");
            return None;
        }
        Some(line)
    }

    fn warn(&mut self, message: &str) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let message = if left == 0 { "There is more like this in the lines from here on." } else { message };
        self.warnings.push(Warning { file: self.file, line: self.line, message: message.to_owned() });
    }

    /// Says that a line is left out, and why.
    fn skip(&mut self, why: &str) {
        self.warn(&["This line was left out: ", why].concat());
    }
}
