//! What a person may send along: pictures, PDF and plain text. The bytes decide, not the name or the browser's word.

/// Bytes of one file.
pub const LARGEST: f64 = 20.0 * 1024.0 * 1024.0;

/// Bytes from the beginning of a file that [`sniff`] wants.
pub const HEAD: usize = 4096;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A raster picture, by its media type.
    Image(&'static str),
    /// `application/pdf`.
    Pdf,
    /// Text, by its media type.
    Text(&'static str),
}

impl Kind {
    /// The media type that is stored and served.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Image(media_type) | Self::Text(media_type) => media_type,
            Self::Pdf => "application/pdf",
        }
    }

    /// Reads a stored media type again.
    pub fn of(media_type: &str) -> Option<Self> {
        let texts = TEXTS.iter().map(|(_, kind)| Self::Text(kind));
        IMAGES
            .iter()
            .map(|kind| Self::Image(kind))
            .chain([Self::Pdf])
            .chain(texts)
            .find(|kind| kind.media_type() == media_type)
    }
}

const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Extensions of plain text. Markup and scripts are not among them: nothing here should ever run in a browser.
const TEXTS: [(&str, &str); 8] = [
    ("txt", "text/plain"),
    ("text", "text/plain"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("markdown", "text/markdown"),
    ("csv", "text/csv"),
    ("tsv", "text/tab-separated-values"),
    ("json", "application/json"),
];

/// Tells what a file is from its first bytes and its name; `None` when it is nothing we take.
pub fn sniff(name: &str, head: &[u8]) -> Option<Kind> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Kind::Image("image/png"));
    }
    if head.starts_with(b"\xff\xd8\xff") {
        return Some(Kind::Image("image/jpeg"));
    }
    if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        return Some(Kind::Image("image/gif"));
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some(Kind::Image("image/webp"));
    }
    if head.starts_with(b"%PDF-") {
        return Some(Kind::Pdf);
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let (_, media_type) = TEXTS.iter().find(|(known, _)| *known == extension)?;
    is_text(head).then_some(Kind::Text(media_type))
}

fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character that the cut went through is no fault of the file.
        Err(error) => error.error_len().is_none() && head.len() - error.valid_up_to() < 4,
    };
    whole && !head.iter().any(|&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// A file name that can stand in a header, a path and the agent's sandbox: at most 100 characters, never empty.
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')') { c } else { '_' })
        .collect();
    let clean = clean.trim_matches(['.', ' ']);
    let skip = clean.chars().count().saturating_sub(100);
    // The end holds the extension, so that is what stays.
    let clean: String = clean.chars().skip(skip).collect();
    if clean.is_empty() { "file".into() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_decide() {
        assert_eq!(sniff("a.txt", b"\x89PNG\r\n\x1a\n...."), Some(Kind::Image("image/png")));
        assert_eq!(sniff("a.png", b"<html>"), None);
        assert_eq!(sniff("a.webp", b"RIFF\0\0\0\0WEBPVP8 "), Some(Kind::Image("image/webp")));
        assert_eq!(sniff("x", b"%PDF-1.7"), Some(Kind::Pdf));
        assert_eq!(sniff("notes.MD", "# Grüße".as_bytes()), Some(Kind::Text("text/markdown")));
        assert_eq!(sniff("notes.txt", b"a\0b"), None);
        assert_eq!(sniff("page.html", b"<b>x</b>"), None);
        assert_eq!(sniff("drawing.svg", b"<svg onload=alert(1)>"), None);
    }

    #[test]
    fn text_cut_inside_a_character_is_text() {
        let text = "é".repeat(10);
        assert_eq!(sniff("a.txt", &text.as_bytes()[..9]), Some(Kind::Text("text/plain")));
        assert_eq!(sniff("a.txt", b"ab\xff"), None);
    }

    #[test]
    fn every_kind_is_found_again_by_its_media_type() {
        for media_type in IMAGES.into_iter().chain(["application/pdf"]).chain(TEXTS.map(|(_, kind)| kind)) {
            assert_eq!(Kind::of(media_type).unwrap().media_type(), media_type);
        }
        assert_eq!(Kind::of("text/html"), None);
    }

    #[test]
    fn names_are_made_harmless() {
        assert_eq!(clean_name("../../etc/pass\"wd\r\n.txt"), "pass_wd__.txt");
        assert_eq!(clean_name("C:\\dog.png"), "dog.png");
        assert_eq!(clean_name("..."), "file");
    }

    proptest! {
        #[test]
        fn a_clean_name_is_short_and_stays_clean(name in ".*") {
            let clean = clean_name(&name);
            prop_assert!((1..=100).contains(&clean.chars().count()));
            prop_assert!(!clean.contains(['/', '\\', '"', '\n', '<']));
        }
    }
}
