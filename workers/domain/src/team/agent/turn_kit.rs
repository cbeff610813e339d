//! What tests of a turn are written with: lines as the Agent SDK prints them, and what came of them.

use super::message::Message;
use super::trouble::Trouble;
use super::turn::{Effect, Metadata, Spent, Turn};
use crate::conversation::frame::{Outcome, StepState};
use crate::team::money::MicroUsd;
use serde_json::{Value, json};

pub fn message(value: &Value) -> Message {
    Message::read(value.to_string().as_bytes()).unwrap()
}

/// Lines with ids, as they come.
#[derive(Default)]
pub struct Script(pub Vec<Value>);

impl Script {
    pub fn line(mut self, mut value: Value) -> Self {
        value["uuid"] = json!(format!("u{}", self.0.len()));
        value["session_id"] = json!("s1");
        self.0.push(value);
        self
    }

    pub fn init(self) -> Self {
        self.line(json!({ "type": "system", "subtype": "init", "model": "claude-sonnet-5" }))
    }

    pub fn block(self, message: &str, block: Value) -> Self {
        self.line(json!({ "type": "assistant", "message": { "id": message, "content": [block] }, "parent_tool_use_id": null }))
    }

    pub fn text(self, message: &str, text: &str) -> Self {
        self.block(message, json!({ "type": "text", "text": text }))
    }

    pub fn tool(self, id: &str, name: &str, input: Value) -> Self {
        self.block("msg", json!({ "type": "tool_use", "id": id, "name": name, "input": input }))
    }

    pub fn result_of(self, id: &str, error: Option<&str>) -> Self {
        let block = json!({ "type": "tool_result", "tool_use_id": id, "is_error": error.is_some(), "content": error.unwrap_or("ok") });
        self.line(json!({ "type": "user", "message": { "role": "user", "content": [block] } }))
    }

    pub fn write(self, id: &str, path: &str) -> Self {
        self.tool(id, "Write", json!({ "file_path": path, "content": "zqxcanary" })).result_of(id, None)
    }

    pub fn event(self, message: &str, event: Value) -> Self {
        self.line(
            json!({ "type": "stream_event", "api_message_id": message, "event": event, "parent_tool_use_id": null }),
        )
    }

    pub fn streamed(self, message: &str, pieces: &[&str]) -> Self {
        let start = self.event(message, json!({ "type": "message_start", "message": { "id": message } })).event(
            message,
            json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        );
        let all = pieces.iter().fold(start, |script, piece| {
            script.event(
                message,
                json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": piece } }),
            )
        });
        all.text(message, &pieces.concat()).event(message, json!({ "type": "content_block_stop", "index": 0 }))
    }

    pub fn success(self, total: f64) -> Self {
        self.line(json!({
            "type": "result", "subtype": "success", "is_error": false, "result": "x", "total_cost_usd": total, "terminal_reason": "completed",
            "usage": { "input_tokens": 10, "output_tokens": 5 }
        }))
    }

    pub fn failure(self, value: Value) -> Self {
        let mut line = json!({ "type": "result", "subtype": "error_during_execution", "is_error": true });
        line.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        self.line(line)
    }

    pub fn run(&self) -> Run {
        self.run_in(Turn::new(2, MicroUsd::new(10_080)))
    }

    pub fn run_in(&self, mut turn: Turn) -> Run {
        let effects = self.0.iter().flat_map(|line| turn.take(&message(line))).collect();
        Run { turn, effects }
    }
}

pub struct Run {
    pub turn: Turn,
    pub effects: Vec<Effect>,
}

impl Run {
    pub fn said(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|effect| if let Effect::Say { text, .. } = effect { Some(text.as_str()) } else { None })
            .collect()
    }

    pub fn statuses(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Status { state: StepState::Started, work, .. } => Some(work.text()),
                _ => None,
            })
            .collect()
    }

    pub fn end(&self) -> (Outcome, Option<&Trouble>, &Metadata, Spent) {
        let ends: Vec<_> = self
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::End { outcome, trouble, metadata, spent } => {
                    Some((*outcome, trouble.as_ref(), metadata, *spent))
                }
                _ => None,
            })
            .collect();
        assert_eq!(ends.len(), 1, "{:?}", self.effects);
        ends[0]
    }

    pub fn code(&self) -> &str {
        self.end().1.map_or("", |trouble| trouble.code.as_str())
    }
}
