//! The meter: reads what a call used out of its answer while that passes by, and keeps no more of it than one event.

use super::money::MicroUsd;
use super::price;
use super::usage::Usage;
use crate::conversation::sse;
use serde_json::Value;

/// Bytes of an answer that comes in one piece. The longest that a model writes is far below.
const MOST: usize = 8 * 1024 * 1024;

/// Bytes of an event of a stream around the piece of text that it carries, at least.
const ENVELOPE: u64 = 80;

/// Bytes of written text that make a token, at least.
const BYTES_PER_TOKEN: u64 = 2;

enum Reading {
    Stream(sse::Reader),
    Whole(Vec<u8>),
    /// It was no answer of the Messages API.
    Lost,
}

/// Reads one answer.
pub struct Meter {
    reading: Reading,
    usage: Option<Usage>,
    model: Option<String>,
    /// Bytes that the model was seen to write.
    written: u64,
    complete: bool,
    error: Option<String>,
}

/// What a call comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metered {
    /// What it used; `None` when it failed before anything was counted.
    pub usage: Option<Usage>,
    /// The model that answered, where the answer says so.
    pub model: Option<String>,
    /// The answer came to its end, so that the usage is exact.
    pub complete: bool,
    /// The kind of the error that the answer told of: `overloaded_error`.
    pub error: Option<String>,
}

impl Meter {
    /// For an answer with this content type.
    pub fn new(content_type: Option<&str>) -> Self {
        let is_stream =
            content_type.is_some_and(|name| name.trim_start().to_ascii_lowercase().starts_with("text/event-stream"));
        let reading = if is_stream { Reading::Stream(sse::Reader::default()) } else { Reading::Whole(Vec::new()) };
        Self { reading, usage: None, model: None, written: 0, complete: false, error: None }
    }

    /// Takes the next bytes. Never fails: the answer goes on to whom it is for, understood or not.
    pub fn feed(&mut self, bytes: &[u8]) {
        match &mut self.reading {
            Reading::Stream(reader) => match reader.feed(bytes) {
                Ok(events) => events.iter().for_each(|event| self.take(event)),
                Err(_) => self.reading = Reading::Lost,
            },
            Reading::Whole(whole) if whole.len() + bytes.len() <= MOST => whole.extend_from_slice(bytes),
            Reading::Whole(_) => self.reading = Reading::Lost,
            Reading::Lost => {}
        }
    }

    fn take(&mut self, event: &sse::Message) {
        match event.name.as_str() {
            "content_block_delta" | "content_block_start" => {
                self.written += (event.data.len() as u64).saturating_sub(ENVELOPE);
            }
            "message_start" | "message_delta" | "error" => {
                if let Ok(value) = serde_json::from_slice::<Value>(event.data.as_bytes()) {
                    self.read(&event.name, &value);
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, name: &str, value: &Value) {
        match name {
            "message_start" => self.read_message(value.get("message").unwrap_or(&Value::Null)),
            "message_delta" => {
                if let Some(usage) = value.get("usage") {
                    self.usage.get_or_insert_default().update(usage);
                }
                // More than one may come; the one that says why the model stopped has the last totals.
                self.complete |=
                    value.get("delta").and_then(|delta| delta.get("stop_reason")).is_some_and(Value::is_string);
            }
            "error" => {
                let kind = value.get("error").and_then(|error| error.get("type")).and_then(Value::as_str);
                self.error = Some(kind.unwrap_or("api_error").to_owned());
            }
            _ => {}
        }
    }

    fn read_message(&mut self, message: &Value) {
        if let Some(usage) = message.get("usage") {
            self.usage.get_or_insert_default().update(usage);
        }
        self.model = message.get("model").and_then(Value::as_str).map(str::to_owned);
    }

    /// The answer is over, or its reader has gone.
    pub fn finish(mut self) -> Metered {
        if let Reading::Whole(whole) = &self.reading
            && let Ok(value) = serde_json::from_slice::<Value>(whole)
        {
            if value.get("type").and_then(Value::as_str) == Some("error") {
                self.read("error", &value);
            } else {
                self.read_message(&value);
                self.complete = self.usage.is_some();
            }
        }
        if let Some(usage) = self.usage.as_mut().filter(|_| !self.complete) {
            // Cut short: what was written so far is charged, and only the text that passed by tells how much it was.
            usage.output = usage.output.max(self.written / BYTES_PER_TOKEN);
        }
        Metered { usage: self.usage, model: self.model, complete: self.complete, error: self.error }
    }
}

impl Metered {
    /// What the call cost, or `None` when it is to be released: it failed before anything was counted. `asked` is the model
    /// of the request, `reserved` what was set aside; `accepted` whether the service answered with a status below 300.
    pub fn cost(&self, asked: &str, reserved: MicroUsd, accepted: bool) -> Option<MicroUsd> {
        match &self.usage {
            Some(usage) => {
                Some(price::cost(self.model.as_deref().filter(|model| price::is_known(model)).unwrap_or(asked), usage))
            }
            // It was taken on, and then not understood: better too much than nothing.
            None if accepted && self.error.is_none() => Some(reserved),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const STREAM: &str = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-sonnet-5\",\"usage\":{\"input_tokens\":25,\"cache_read_input_tokens\":1000,\"output_tokens\":1}}}\n\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Grüße, and many more words than the envelope takes\"}}\n\n",
        "event: telepathy\ndata: {\"usage\":{\"input_tokens\":999999}}\n\n",
        "event: message_delta\r\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null},\"usage\":{\"output_tokens\":15}}\r\n\r\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":40,\"cache_creation_input_tokens\":7}}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );

    fn metered(parts: &[&[u8]], content_type: &str) -> Metered {
        let mut meter = Meter::new(Some(content_type));
        parts.iter().for_each(|part| meter.feed(part));
        meter.finish()
    }

    fn whole() -> Metered {
        metered(&[STREAM.as_bytes()], "text/event-stream; charset=utf-8")
    }

    #[test]
    fn reads_a_stream_to_its_last_word() {
        let metered = whole();
        let usage = Usage { input: 25, output: 40, cache_write_5m: 7, cache_read: 1000, ..Usage::default() };
        assert_eq!(
            metered,
            Metered { usage: Some(usage), model: Some("claude-sonnet-5".into()), complete: true, error: None }
        );
        assert_eq!(metered.cost("x", MicroUsd::new(9), true), Some(price::cost("claude-sonnet-5", &usage)));
    }

    #[test]
    fn a_stream_cut_short_counts_what_was_written() {
        let cut = STREAM.find("event: message_delta").unwrap();
        let metered = metered(&[&STREAM.as_bytes()[..cut]], "text/event-stream");
        assert!(!metered.complete);
        let usage = metered.usage.unwrap();
        assert_eq!((usage.input, usage.cache_read), (25, 1000));
        assert!(usage.output > 10 && usage.output < 60, "{}", usage.output);
    }

    #[test]
    fn an_error_before_anything_was_counted_costs_nothing() {
        let overloaded =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n";
        let in_stream = metered(&[overloaded.as_bytes()], "text/event-stream");
        assert_eq!(in_stream.error.as_deref(), Some("overloaded_error"));
        assert_eq!(in_stream.cost("claude-sonnet-5", MicroUsd::new(9), true), None);
        let body = metered(&[br#"{"type":"error","error":{"type":"rate_limit_error"}}"#], "application/json");
        assert_eq!(
            (body.error.as_deref(), body.cost("claude-sonnet-5", MicroUsd::new(9), false)),
            (Some("rate_limit_error"), None)
        );
        // A gateway's page with a bad status, and what nobody understands with a good one.
        assert_eq!(metered(&[b"<html>"], "text/html").cost("x", MicroUsd::new(9), false), None);
        assert_eq!(metered(&[b"<html>"], "text/html").cost("x", MicroUsd::new(9), true), Some(MicroUsd::new(9)));
    }

    #[test]
    fn an_error_after_tokens_were_counted_costs_them() {
        let cut = STREAM.find("event: message_delta").unwrap();
        let stream =
            format!("{}event: error\ndata: {{\"error\":{{\"type\":\"overloaded_error\"}}}}\n\n", &STREAM[..cut]);
        let metered = metered(&[stream.as_bytes()], "text/event-stream");
        assert!(metered.cost("claude-sonnet-5", MicroUsd::new(9), true).unwrap() > MicroUsd::new(250));
    }

    #[test]
    fn reads_an_answer_in_one_piece() {
        let body = json!({ "type": "message", "model": "claude-opus-5-5", "content": [], "usage": { "input_tokens": 3, "output_tokens": 4 } }).to_string();
        let (a, b) = body.as_bytes().split_at(20);
        let metered = metered(&[a, b], "application/json");
        assert_eq!(metered.usage, Some(Usage { input: 3, output: 4, ..Usage::default() }));
        assert!(metered.complete);
    }

    #[test]
    fn keeps_no_more_than_it_may() {
        let mut meter = Meter::new(Some("text/event-stream"));
        let line = vec![b'x'; 1024 * 1024];
        (0..20).for_each(|_| meter.feed(&line));
        assert!(matches!(meter.reading, Reading::Lost));
        let mut meter = Meter::new(None);
        (0..20).for_each(|_| meter.feed(&line));
        assert!(matches!(meter.reading, Reading::Lost));
        assert_eq!(meter.finish().usage, None);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_the_bytes_are_cut(cuts in proptest::collection::vec(0..STREAM.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let parts: Vec<&[u8]> = cuts.windows(2).map(|pair| &STREAM.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(metered(&parts, "text/event-stream"), whole());
        }

        #[test]
        fn no_bytes_can_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), stream: bool) {
            metered(&[&bytes], if stream { "text/event-stream" } else { "application/json" });
        }
    }
}
