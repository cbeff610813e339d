//! Unicode normalization form C, by the tables of whatever this runs on.

use std::borrow::Cow;

/// The text in form C.
pub fn nfc(text: &str) -> Cow<'_, str> {
    // Everything below the first combining mark is in form C whatever stands beside it.
    if text.chars().all(|c| c < '\u{300}') { Cow::Borrowed(text) } else { Cow::Owned(composed(text)) }
}

#[cfg(not(target_arch = "wasm32"))]
fn composed(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfc().collect()
}

#[cfg(target_arch = "wasm32")]
fn composed(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

#[cfg(test)]
mod tests {
    use super::nfc;
    use proptest::prelude::*;

    #[test]
    fn marks_are_put_on_their_letters() {
        for (written, composed) in [("cafe\u{301}", "café"), ("й", "й"), ("\u{212b}", "Å"), ("plain", "plain")] {
            assert_eq!(nfc(written), composed);
        }
    }

    proptest! {
        #[test]
        fn the_short_way_says_what_the_long_one_says(text in "[\u{0}-\u{2ff}]{0,20}") {
            prop_assert_eq!(nfc(&text), super::composed(&text));
        }
    }
}
