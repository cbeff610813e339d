//! Notch's tag, which pages of a site get at their very end, after the last byte that is their own.

use vetka_domain::external::proof;

/// The tag of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What is added. A connected site's tag has a key beside it that proves whose the site is; there is nothing to prove
    /// about a site that we made.
    pub html: String,
    /// Tells a page with this tag from the page without it, and with another: eight hex digits.
    pub mark: String,
}

impl Tag {
    /// The tag that loads Notch from the app's origin.
    pub fn of(app_origin: &str) -> Self {
        let html = format!("<script async src=\"{}\"></script>", proof::script(app_origin));
        // FNV-1a: this only has to change when the tag does.
        let mark = html.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self { html, mark: format!("{mark:08x}") }
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn another_tag_has_another_mark() {
        let tag = Tag::of("https://vetka.sh");
        assert_eq!(tag.html, "<script async src=\"https://vetka.sh/notch.js\"></script>");
        assert_eq!(tag.mark.len(), 8);
        assert_ne!(tag.mark, Tag::of("https://vetka.example").mark);
    }
}
