//! Redaction: a deploy token never stands in anything that is stored, logged or shown, however it is cut up.

use serde_json::Value;
use std::borrow::Cow;

/// How every deploy token begins.
pub const TOKEN_PREFIX: &str = "vdt_";

/// What stands in a token's place.
pub const HIDDEN: &str = "[hidden]";

fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Byte ranges of `vdt_[A-Za-z0-9_-]+`.
fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(TOKEN_PREFIX)) {
        let start = from + at;
        let body = start + TOKEN_PREFIX.len();
        let length = text.get(body..).map_or(0, |rest| rest.bytes().take_while(|&byte| in_token(byte)).count());
        if length > 0 {
            found.push((start, body + length));
        }
        from = body + length;
    }
    found
}

/// The text with every token replaced.
pub fn text(text: &str) -> Cow<'_, str> {
    let spans = spans(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(cut(text, 0, &spans))
}

/// Copies `part`, which begins at `offset` of the text the spans are in, without what they cover. The replacement
/// stands in the part where the span begins.
fn cut(part: &str, offset: usize, spans: &[(usize, usize)]) -> String {
    let mut out = String::with_capacity(part.len());
    let mut at = 0;
    for &(start, end) in spans {
        if end <= offset || start >= offset + part.len() {
            continue;
        }
        let local_start = start.saturating_sub(offset);
        out.push_str(part.get(at..local_start).unwrap_or_default());
        if start >= offset {
            out.push_str(HIDDEN);
        }
        at = (end - offset).min(part.len());
    }
    out.push_str(part.get(at..).unwrap_or_default());
    out
}

/// Redacts every string and key of a JSON value, also a token that is spread over neighbouring strings of a list, as
/// when a service cuts one text into blocks.
pub fn json(value: &mut Value) {
    match value {
        Value::String(string) => {
            if let Cow::Owned(clean) = text(string) {
                *string = clean;
            }
        }
        Value::Array(items) => {
            join_blocks(items);
            items.iter_mut().for_each(json);
        }
        Value::Object(map) => {
            let spoilt: Vec<String> = map.keys().filter(|key| !spans(key).is_empty()).cloned().collect();
            for key in spoilt {
                if let Some(inner) = map.remove(&key) {
                    map.insert(text(&key).into_owned(), inner);
                }
            }
            map.values_mut().for_each(json);
        }
        _ => {}
    }
}

/// The string that an element of a list of blocks adds to the whole text.
fn block_text(item: &mut Value) -> Option<&mut String> {
    let inner = match item {
        Value::Object(map) => map.get_mut("text")?,
        other => other,
    };
    match inner {
        Value::String(string) => Some(string),
        _ => None,
    }
}

fn join_blocks(items: &mut [Value]) {
    let mut joined = String::new();
    for item in items.iter_mut() {
        if let Some(part) = block_text(item) {
            joined.push_str(part);
        }
    }
    let spans = spans(&joined);
    if spans.is_empty() {
        return;
    }
    let mut offset = 0;
    for item in items.iter_mut() {
        if let Some(part) = block_text(item) {
            let length = part.len();
            *part = cut(part, offset, &spans);
            offset += length;
        }
    }
}

/// One line of a transcript: the raw event as JSON without any token.
pub fn transcript_line(event: &Value) -> String {
    let mut event = event.clone();
    json(&mut event);
    // Once more over the text: what one string escapes another parser may join.
    text(&event.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn hides_tokens_and_nothing_else() {
        assert_eq!(text("a vdt_Ab-9_x, b"), "a [hidden], b");
        assert_eq!(text("vdt_ is how they begin"), "vdt_ is how they begin");
        assert_eq!(text("vdt_avdt_b"), "[hidden]");
        assert!(matches!(text("nothing here"), Cow::Borrowed(_)));
    }

    #[test]
    fn hides_a_token_that_is_spread_over_blocks() {
        let mut value = json!({ "content": [
            { "type": "text", "text": "token: v" }, { "type": "text", "text": "dt_abc" },
            { "type": "text", "text": "DEF ghi" },
        ], "input": { "parts": ["vdt_a", "bc", " d"] } });
        super::json(&mut value);
        assert_eq!(value["content"][0]["text"], "token: [hidden]");
        assert_eq!(value["content"][1]["text"], "");
        assert_eq!(value["content"][2]["text"], " ghi");
        assert_eq!(value["input"]["parts"], json!(["[hidden]", "", " d"]));
    }

    #[test]
    fn hides_a_token_in_a_key_and_behind_an_escape() {
        let event: Value = serde_json::from_str(r#"{"vdt_key":"\u0076dt_secret"}"#).unwrap();
        let line = transcript_line(&event);
        assert!(!line.contains("secret") && !line.contains("vdt_key"), "{line}");
    }

    proptest! {
        #[test]
        fn no_token_survives_wherever_it_is_cut(
            before in "[^v]{0,20}", body in "[A-Za-z0-9_-]{43}", after in "[ .,\"\n]{1,5}", cuts in proptest::collection::vec(0usize..70, 0..5)
        ) {
            let whole = format!("{before}vdt_{body}{after}");
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(whole.len())).filter(|&cut| whole.is_char_boundary(cut)).collect();
            cuts.sort_unstable();
            let mut parts = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([whole.len()]) {
                parts.push(json!({ "type": "text", "text": whole[from..cut] }));
                from = cut;
            }
            let mut value = json!({ "content": parts });
            super::json(&mut value);
            let left: String = value["content"].as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap()).collect();
            prop_assert_eq!(left, format!("{before}{HIDDEN}{after}"));
        }
    }
}
