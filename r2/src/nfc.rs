//! Whether a text is in Unicode normalization form C, by the tables of whatever this runs on.

/// Whether normalizing would change nothing.
pub fn is_nfc(text: &str) -> bool {
    text.is_ascii() || is_nfc_beyond_ascii(text)
}

#[cfg(not(target_arch = "wasm32"))]
fn is_nfc_beyond_ascii(text: &str) -> bool {
    unicode_normalization::is_nfc(text)
}

#[cfg(target_arch = "wasm32")]
fn is_nfc_beyond_ascii(text: &str) -> bool {
    let text = js_sys::JsString::from(text);
    text.normalize("NFC") == text
}
