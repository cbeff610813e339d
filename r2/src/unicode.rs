//! What Unicode says of a text, by the tables of whatever this runs on: in a worker they are the runtime's, and weigh nothing.

/// Whether normalizing to form C would change nothing.
pub fn is_nfc(text: &str) -> bool {
    text.is_ascii() || platform::is_nfc(text)
}

/// The text without a difference between capitals and small letters: by way of capitals, so that `ß` and `ss`, `ſ` and `s` meet.
pub fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { platform::folded(text) }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    pub fn is_nfc(text: &str) -> bool {
        unicode_normalization::is_nfc(text)
    }

    pub fn folded(text: &str) -> String {
        text.to_uppercase().to_lowercase()
    }
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use js_sys::JsString;

    pub fn is_nfc(text: &str) -> bool {
        let text = JsString::from(text);
        text.normalize("NFC") == text
    }

    pub fn folded(text: &str) -> String {
        JsString::from(text).to_upper_case().to_lower_case().into()
    }
}
