//! The name of a file inside a site.
//!
//! A path is stored, listed and compared exactly as it was sent: nothing is decoded, folded or put right on the way,
//! because the links inside the pages name the files by those very bytes. What would need putting right is refused
//! with the reason, so that whoever made the files can mend both the name and the links.

use crate::unicode::is_nfc;
use std::fmt;
use thiserror::Error;

/// How long a path may be, in bytes of UTF-8.
pub const MAX_PATH_BYTES: usize = 512;

/// A relative path of one or more segments, safe to show, to store and to look up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SitePath(String);

/// Why a path is refused. The text continues a sentence that begins with the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathProblem {
    /// No name at all.
    #[error("has an empty name")]
    Empty,
    /// More than [`MAX_PATH_BYTES`].
    #[error("has a name that is too long (512 bytes at most)")]
    TooLong,
    /// Bytes that are no text.
    #[error("has a name that is not valid UTF-8")]
    NotUtf8,
    /// Begins with a slash.
    #[error("begins with a slash; names are relative to the site")]
    Absolute,
    /// Two slashes together, or one at the end.
    #[error("has an empty part between slashes")]
    EmptySegment,
    /// `.` or `..`.
    #[error("has a part that is only dots")]
    Dots,
    /// `\`, which some systems take for a slash.
    #[error("has a backslash in its name; use / between folders")]
    Backslash,
    /// NUL, line ends, and marks that turn the direction of text to disguise a name.
    #[error("has an invisible control character in its name")]
    Control,
    /// `%2e`, `%2f`, `%00` and every other encoded byte: names are written plainly.
    #[error("has a percent-encoded character in its name; write the character itself")]
    Encoded,
    /// Not in Unicode normalization form C: it would look like another name and be a different one.
    #[error("has accents written as separate characters; write the name in Unicode NFC")]
    NotNormalized,
}

impl SitePath {
    /// Checks a path.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, PathProblem> {
        if text.is_empty() {
            return Err(PathProblem::Empty);
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(PathProblem::TooLong);
        }
        if text.chars().any(is_control) {
            return Err(PathProblem::Control);
        }
        if text.contains('\\') {
            return Err(PathProblem::Backslash);
        }
        if text.starts_with('/') {
            return Err(PathProblem::Absolute);
        }
        if has_encoded_byte(text.as_bytes()) {
            return Err(PathProblem::Encoded);
        }
        for segment in text.split('/') {
            match segment {
                "" => return Err(PathProblem::EmptySegment),
                "." | ".." => return Err(PathProblem::Dots),
                _ => {}
            }
        }
        if !is_nfc(text) {
            return Err(PathProblem::NotNormalized);
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks a path that comes as bytes, from an archive say.
    ///
    /// # Errors
    /// As [`SitePath::parse`], and [`PathProblem::NotUtf8`].
    pub fn from_utf8(bytes: &[u8]) -> Result<Self, PathProblem> {
        Self::parse(std::str::from_utf8(bytes).map_err(|_| PathProblem::NotUtf8)?)
    }

    /// The path as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Control characters, line and paragraph separators, and the bidirectional marks by which `exe.gnp` reads `png.exe`.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn has_encoded_byte(text: &[u8]) -> bool {
    text.windows(3).any(|three| matches!(three, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_names_are_taken_as_they_are() {
        for path in
            ["index.html", "a/b/c.css", "blog/été.html", "100%.html", "a b.txt", ".well-known/x", "...", "日本/猫.png"]
        {
            assert_eq!(SitePath::parse(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn each_trick_is_refused_with_its_reason() {
        use PathProblem::*;
        let cases = [
            ("", Empty),
            ("/etc/passwd", Absolute),
            ("//host/x", Absolute),
            ("../index.html", Dots),
            ("a/../../b", Dots),
            ("a/..", Dots),
            ("./a", Dots),
            ("a//b", EmptySegment),
            ("a/", EmptySegment),
            ("a\\b", Backslash),
            ("..\\..\\x", Backslash),
            ("a\0b", Control),
            ("a\nb", Control),
            ("a\u{7f}", Control),
            ("a\u{85}", Control),
            ("gepj.\u{202e}exe", Control),
            ("%2e%2e/x", Encoded),
            ("a%2Fb", Encoded),
            ("a%00.html", Encoded),
            ("%5cx", Encoded),
            ("e\u{301}.html", NotNormalized),
        ];
        for (path, problem) in cases {
            assert_eq!(SitePath::parse(path), Err(problem), "{path:?}");
        }
        assert_eq!(SitePath::from_utf8(b"a\xff"), Err(NotUtf8));
    }

    #[test]
    fn the_limit_counts_bytes() {
        assert!(SitePath::parse(&"a".repeat(512)).is_ok());
        assert_eq!(SitePath::parse(&"a".repeat(513)), Err(PathProblem::TooLong));
        assert_eq!(SitePath::parse(&"é".repeat(257)), Err(PathProblem::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever is accepted stays where it is put, however often somebody decodes or resolves it.
        #[test]
        fn nothing_accepted_can_escape(text in r"([a.%/\\ ]|\.\.|%2e|%2F|%252e|\x00|é|e\u{301}){0,12}") {
            if let Ok(path) = SitePath::parse(&text) {
                prop_assert_eq!(path.as_str(), &text);
                let root = std::path::Path::new("/site");
                let mut depth = 0;
                for part in root.join(path.as_str()).components().skip(2) {
                    prop_assert!(matches!(part, std::path::Component::Normal(_)), "{:?}", part);
                    depth += 1;
                }
                prop_assert_eq!(depth, text.split('/').count());
                prop_assert_eq!(decode_eagerly(&text), text);
            }
        }

        #[test]
        fn parsing_twice_is_parsing_once(text in ".{0,40}") {
            if let Ok(path) = SitePath::parse(&text) {
                prop_assert_eq!(SitePath::parse(path.as_str()), Ok(path.clone()));
                prop_assert_eq!(SitePath::from_utf8(text.as_bytes()), Ok(path));
            }
        }
    }

    /// An independent, eager percent-decoder: on an accepted path it must find nothing to decode.
    fn decode_eagerly(text: &str) -> String {
        let mut out = Vec::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let code =
                bytes.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
            match (bytes[at], code) {
                (b'%', Some(byte)) => {
                    out.push(byte);
                    at += 3;
                }
                (byte, _) => {
                    out.push(byte);
                    at += 1;
                }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}
