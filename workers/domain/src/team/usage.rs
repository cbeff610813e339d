//! What a call of the Messages API used, as its answer says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tokens by what they cost, and what else is charged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read anew.
    pub input: u64,
    /// Written by the model, its thinking included.
    pub output: u64,
    /// Put into the cache for five minutes.
    pub cache_write_5m: u64,
    /// Put into the cache for an hour.
    pub cache_write_1h: u64,
    /// Read from the cache.
    pub cache_read: u64,
    /// Searches of the web that the service made.
    pub searches: u64,
    /// It ran in the United States only, which costs a tenth more.
    pub us_only: bool,
}

impl Usage {
    /// Everything that the model read.
    pub fn prompt(&self) -> u64 {
        [self.input, self.cache_write_5m, self.cache_write_1h, self.cache_read]
            .iter()
            .fold(0, |sum, more| sum.saturating_add(*more))
    }

    /// Reads a `usage` object. What is missing is nothing.
    pub fn read(value: &Value) -> Self {
        let mut usage = Self::default();
        usage.update(value);
        usage
    }

    /// Takes a later `usage` object of the same answer. Its numbers are totals so far; one that it leaves out, or that is
    /// smaller than what was said before, changes nothing.
    pub fn update(&mut self, value: &Value) {
        let own = Self::own(value);
        // A summary that the service makes by itself in the middle of an answer is charged, but not in the totals.
        let beside = value.get("iterations").and_then(Value::as_array).into_iter().flatten().filter(|iteration| {
            !matches!(iteration.get("type").and_then(Value::as_str), None | Some("message" | "fallback_message"))
        });
        let new = beside.map(Self::own).fold(own, Self::plus);
        self.input = self.input.max(new.input);
        self.output = self.output.max(new.output);
        self.cache_read = self.cache_read.max(new.cache_read);
        self.searches = self.searches.max(new.searches);
        self.us_only |= new.us_only;
        // A later object may give the sum of what is written only. How it divides was said before; the rest is taken for
        // the cheaper kind, which is what a call gets that does not ask for an hour.
        self.cache_write_1h = self.cache_write_1h.max(new.cache_write_1h);
        let written = (self.cache_write_5m.saturating_add(self.cache_write_1h))
            .max(new.cache_write_5m.saturating_add(new.cache_write_1h));
        self.cache_write_5m = written.saturating_sub(self.cache_write_1h);
    }

    fn own(value: &Value) -> Self {
        let number = |at: &Value, key: &str| at.get(key).and_then(Value::as_u64).unwrap_or(0);
        let inner = |key: &str| value.get(key).unwrap_or(&Value::Null);
        let hour = number(inner("cache_creation"), "ephemeral_1h_input_tokens");
        let five = number(inner("cache_creation"), "ephemeral_5m_input_tokens");
        let written = number(value, "cache_creation_input_tokens").max(hour.saturating_add(five));
        Self {
            input: number(value, "input_tokens"),
            output: number(value, "output_tokens"),
            cache_write_5m: written.saturating_sub(hour),
            cache_write_1h: hour,
            cache_read: number(value, "cache_read_input_tokens"),
            searches: number(inner("server_tool_use"), "web_search_requests"),
            us_only: value.get("inference_geo").and_then(Value::as_str) == Some("us"),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cache_write_5m: self.cache_write_5m.saturating_add(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.saturating_add(other.cache_write_1h),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            searches: self.searches.saturating_add(other.searches),
            us_only: self.us_only || other.us_only,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn later_numbers_are_totals_and_missing_ones_change_nothing() {
        let mut usage = Usage::read(&json!({
            "input_tokens": 25, "output_tokens": 1, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 4000,
            "cache_creation": { "ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200 }, "inference_geo": "us"
        }));
        usage.update(&json!({ "output_tokens": 15, "cache_creation_input_tokens": null }));
        usage.update(&json!({ "output_tokens": 40, "cache_creation_input_tokens": 350, "server_tool_use": { "web_search_requests": 2 } }));
        assert_eq!(
            usage,
            Usage {
                input: 25,
                output: 40,
                cache_write_5m: 150,
                cache_write_1h: 200,
                cache_read: 4000,
                searches: 2,
                us_only: true
            }
        );
        assert_eq!(usage.prompt(), 4375);
    }

    #[test]
    fn a_summary_made_by_the_service_is_charged_too() {
        let usage = Usage::read(&json!({ "input_tokens": 10, "output_tokens": 5, "iterations": [
            { "type": "compaction", "input_tokens": 180, "output_tokens": 35 }, { "type": "message", "input_tokens": 10, "output_tokens": 5 }
        ] }));
        assert_eq!((usage.input, usage.output), (190, 40));
    }

    #[test]
    fn what_is_no_usage_is_nothing() {
        for odd in
            [json!(null), json!([]), json!("x"), json!({ "input_tokens": -1, "output_tokens": "9", "iterations": 7 })]
        {
            assert_eq!(Usage::read(&odd), Usage::default());
        }
    }
}
