//! In which encoding something is written, by all that says so. The decoding itself is the platform's.

/// How far into a text a declaration may stand.
const HEAD: usize = 1024;

/// The encoding of a feed: a byte order mark says it best, then whoever sent it, then the XML declaration. Without any of
/// them it is UTF-8 if it can be, and what was usual before otherwise.
pub fn of_feed(content_type: Option<&str>, bytes: &[u8]) -> String {
    marked(bytes)
        .map(str::to_owned)
        .or_else(|| parameter(content_type.unwrap_or_default()))
        .or_else(|| wide(bytes).map(str::to_owned))
        .or_else(|| declared(bytes))
        .unwrap_or_else(|| guessed(bytes).to_owned())
}

/// The encoding of a page, in the same order; a page declares it in a `meta`.
pub fn of_page(content_type: Option<&str>, bytes: &[u8]) -> String {
    marked(bytes)
        .map(str::to_owned)
        .or_else(|| parameter(content_type.unwrap_or_default()))
        .or_else(|| in_meta(bytes))
        .unwrap_or_else(|| guessed(bytes).to_owned())
}

fn marked(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some("utf-8"),
        [0xff, 0xfe, ..] => Some("utf-16le"),
        [0xfe, 0xff, ..] => Some("utf-16be"),
        _ => None,
    }
}

/// Two bytes a character, without a mark: a `<` shows which comes first.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0, b'<', ..] => Some("utf-16be"),
        [b'<', 0, ..] => Some("utf-16le"),
        _ => None,
    }
}

fn parameter(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    name(value)
}

fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD.min(bytes.len()))?).to_ascii_lowercase();
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start().strip_prefix(['"', '\''])?;
    // Nobody could have read so far if it were.
    name(value).filter(|name| !name.starts_with("utf-16"))
}

fn in_meta(bytes: &[u8]) -> Option<String> {
    crate::html::tags(bytes.get(..(8 * HEAD).min(bytes.len()))?).find_map(|next| match next {
        crate::html::Next::Start(tag) if tag.name == "meta" => match tag.get("charset") {
            Some(charset) => name(&charset.trim().to_ascii_lowercase()),
            None => tag.get("content").and_then(parameter),
        },
        _ => None,
    })
}

/// The name at the beginning of a text.
fn name(text: &str) -> Option<String> {
    let length = text
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.'))
        .count();
    text.get(..length).filter(|name| (1..=40).contains(&name.len())).map(str::to_owned)
}

fn guessed(bytes: &[u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(_) => "utf-8",
        // Cut off in the middle of a character.
        Err(failure) if failure.error_len().is_none() => "utf-8",
        Err(_) => "windows-1252",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_read_as_whoever_knows_best_says() {
        for (content_type, bytes, encoding) in [
            (None, &b"<rss/>"[..], "utf-8"),
            (Some("text/xml"), b"<?xml version='1.0' encoding='windows-1251'?><rss/>", "windows-1251"),
            (Some("text/xml; charset=ISO-8859-1"), b"<?xml version='1.0' encoding='utf-8'?>", "iso-8859-1"),
            (Some("text/xml; charset=\"koi8-r\""), b"<rss/>", "koi8-r"),
            (Some("text/xml; charset=iso-8859-1"), b"\xef\xbb\xbf<rss/>", "utf-8"),
            (None, b"\xff\xfe<\0", "utf-16le"),
            (None, b"<\0?\0", "utf-16le"),
            (None, b"\0<\0?", "utf-16be"),
            (None, b"<?xml version='1.0' encoding='utf-16'?>", "utf-8"),
            (None, b"<rss>caf\xe9</rss>", "windows-1252"),
            (None, b"<rss>caf\xc3", "utf-8"),
            (None, b"", "utf-8"),
        ] {
            assert_eq!(of_feed(content_type, bytes), encoding, "{content_type:?} {bytes:?}");
        }
    }

    #[test]
    fn a_page_declares_it_in_a_meta() {
        assert_eq!(of_page(None, b"<meta charset=Shift_JIS>"), "shift_jis");
        let old = b"<meta http-equiv=content-type content='text/html; charset=koi8-r'>";
        assert_eq!(of_page(None, old), "koi8-r");
        assert_eq!(of_page(Some("text/html; charset=utf-8"), old), "utf-8");
        assert_eq!(of_page(None, b"<p>caf\xe9</p>"), "windows-1252");
    }
}
