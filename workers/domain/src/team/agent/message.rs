//! The messages of the Claude Agent SDK, as its runner prints them: one JSON object a line. Kinds and fields grow, so what
//! is unknown is kept harmless and what is missing never fails a turn. Whether a run went well is said by `is_error`, not
//! by `subtype`.

use crate::team::money::MicroUsd;
use crate::team::usage::Usage;
use serde_json::Value;

/// A message, and what all of them have.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Each message has its own, but for those of the runner itself.
    pub uuid: Option<String>,
    /// The conversation, with which the next turn goes on.
    pub session: Option<String>,
    /// It comes from an agent that the agent has sent for something.
    pub is_nested: bool,
    /// What it says.
    pub kind: Kind,
}

/// A line that is no message: broken, or cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The kinds that matter to a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// The turn begins.
    Init {
        /// The model that will work.
        model: String,
    },
    /// The agent said or did something; usually one block a message.
    Assistant {
        /// The model's message. Several of ours may be parts of one.
        id: String,
        /// What it consists of.
        blocks: Vec<Block>,
        /// It was made up by the SDK to tell of this error of the service.
        error: Option<String>,
        /// Messages, by their uuids, in whose place it comes.
        supersedes: Vec<String>,
    },
    /// What came of tools.
    Results(Vec<ToolResult>),
    /// A piece of a message that is being written.
    Stream {
        /// The model's message, where it is said.
        id: Option<String>,
        /// What happens to it.
        event: StreamEvent,
    },
    /// The turn is over.
    Result(Box<RunResult>),
    /// The service did not answer; the SDK tries again.
    Retry {
        /// `overloaded`, …
        error: String,
        /// HTTP status; none when there was no answer.
        status: Option<u64>,
    },
    /// The conversation so far is being summed up, which takes a while.
    Compacting,
    /// It was.
    Compacted,
    /// Our runner could not go on.
    RunnerError(String),
    /// Our runner was told to stop, and did.
    RunnerStopped,
    /// Anything else, also what does not exist yet.
    Other,
}

/// A part of what the agent says.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Words for a person.
    Text(String),
    /// Words for itself.
    Thinking,
    /// It uses a tool.
    ToolUse {
        /// Comes back with the result.
        id: String,
        /// `Write`, …
        name: String,
        /// Whatever the tool takes.
        input: Value,
    },
    /// Something else.
    Other,
}

/// What came of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    /// The use of the tool.
    pub call: String,
    /// It did not work.
    pub failed: bool,
    /// What it said, when it did not work.
    pub error: String,
}

/// An event of the Messages API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// A message begins.
    MessageStart,
    /// A block of words begins.
    TextStart(u64),
    /// A block begins in which the model thinks.
    ThinkingStart,
    /// More words of a block.
    Text(u64, String),
    /// A block is whole.
    BlockStop(u64),
    /// Anything else.
    Other,
}

/// How a turn went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunResult {
    /// It went wrong.
    pub is_error: bool,
    /// `success`, `error_max_turns`, …
    pub subtype: String,
    /// Why it ended: `completed`, `api_error`, …
    pub reason: String,
    /// The last words, or what went wrong.
    pub text: String,
    /// HTTP status of the service's refusal.
    pub status: Option<u64>,
    /// What the whole conversation has cost so far, by the SDK's reckoning.
    pub total_cost: Option<MicroUsd>,
    /// What this turn used.
    pub usage: Usage,
}

/// Bytes of a tool's complaint that are read.
const MOST_OF_ERROR: usize = 2000;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn owned(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn start(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

impl Message {
    /// Reads a line.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn read(line: &[u8]) -> Result<Self, Unreadable> {
        let value: Value = serde_json::from_slice(line).map_err(|_| Unreadable)?;
        if !value.is_object() {
            return Err(Unreadable);
        }
        Ok(Self {
            uuid: owned(&value, "uuid"),
            session: owned(&value, "session_id"),
            is_nested: value.get("parent_tool_use_id").is_some_and(Value::is_string),
            kind: Kind::read(&value),
        })
    }
}

impl Kind {
    fn read(value: &Value) -> Self {
        let inner = |key: &str| value.get(key).unwrap_or(&Value::Null);
        match (text(value, "type"), text(value, "subtype")) {
            ("system", "init") => Self::Init { model: text(value, "model").to_owned() },
            ("system", "api_retry") => {
                Self::Retry { error: text(value, "error").to_owned(), status: inner("error_status").as_u64() }
            }
            ("system", "status") if text(value, "status") == "compacting" => Self::Compacting,
            ("system", "compact_boundary") => Self::Compacted,
            ("assistant", _) => Self::Assistant {
                id: text(inner("message"), "id").to_owned(),
                blocks: list(inner("message"), "content").map(Block::read).collect(),
                error: owned(value, "error"),
                supersedes: list(value, "supersedes").filter_map(Value::as_str).map(str::to_owned).collect(),
            },
            ("user", _) => Self::Results(list(inner("message"), "content").filter_map(ToolResult::read).collect()),
            ("stream_event", _) => {
                let event = inner("event");
                let id = owned(value, "api_message_id").or_else(|| owned(event.get("message")?, "id"));
                Self::Stream { id, event: StreamEvent::read(event) }
            }
            ("result", _) => Self::Result(Box::new(RunResult::read(value))),
            ("runner_error", _) => Self::RunnerError(start(text(value, "message"), MOST_OF_ERROR).to_owned()),
            ("runner_stopped", _) => Self::RunnerStopped,
            _ => Self::Other,
        }
    }
}

impl Block {
    fn read(value: &Value) -> Self {
        match text(value, "type") {
            "text" => Self::Text(text(value, "text").to_owned()),
            "thinking" | "redacted_thinking" => Self::Thinking,
            "tool_use" => Self::ToolUse {
                id: text(value, "id").to_owned(),
                name: text(value, "name").to_owned(),
                input: value.get("input").cloned().unwrap_or_default(),
            },
            _ => Self::Other,
        }
    }
}

impl ToolResult {
    fn read(value: &Value) -> Option<Self> {
        if text(value, "type") != "tool_result" {
            return None;
        }
        let failed = flag(value, "is_error");
        let said = match value.get("content") {
            _ if !failed => String::new(),
            Some(Value::String(text)) => text.clone(),
            _ => list(value, "content").map(|block| text(block, "text")).collect::<Vec<_>>().join("\n"),
        };
        Some(Self {
            call: text(value, "tool_use_id").to_owned(),
            failed,
            error: start(&said, MOST_OF_ERROR).to_owned(),
        })
    }
}

impl StreamEvent {
    fn read(value: &Value) -> Self {
        let index = value.get("index").and_then(Value::as_u64).unwrap_or(0);
        let inner = |key: &str| value.get(key).unwrap_or(&Value::Null);
        match text(value, "type") {
            "message_start" => Self::MessageStart,
            "content_block_start" => match text(inner("content_block"), "type") {
                "text" => Self::TextStart(index),
                "thinking" => Self::ThinkingStart,
                _ => Self::Other,
            },
            "content_block_delta" if text(inner("delta"), "type") == "text_delta" => {
                Self::Text(index, text(inner("delta"), "text").to_owned())
            }
            "content_block_stop" => Self::BlockStop(index),
            _ => Self::Other,
        }
    }
}

impl RunResult {
    fn read(value: &Value) -> Self {
        let errors: Vec<&str> = list(value, "errors").filter_map(Value::as_str).collect();
        let said = if errors.is_empty() { text(value, "result").to_owned() } else { errors.join("\n") };
        let total_cost = match value.get("total_cost_usd") {
            Some(Value::Number(number)) => MicroUsd::from_json(number),
            _ => None,
        };
        Self {
            is_error: flag(value, "is_error"),
            subtype: text(value, "subtype").to_owned(),
            reason: text(value, "terminal_reason").to_owned(),
            text: said,
            status: value.get("api_error_status").and_then(Value::as_u64),
            total_cost,
            usage: Usage::read(value.get("usage").unwrap_or(&Value::Null)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(line: &str) -> Message {
        Message::read(line.as_bytes()).unwrap()
    }

    /// Lines as the SDK printed them.
    const PRINTED: [&str; 7] = [
        r#"{"type":"system","subtype":"init","session_id":"s1","uuid":"u1","cwd":"/code","model":"claude-opus-5-5","permissionMode":"bypassPermissions","apiKeySource":"ANTHROPIC_API_KEY","tools":["Bash","Write"],"mcp_servers":[]}"#,
        r#"{"type":"assistant","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"I will write that file now."}],"stop_reason":null,"usage":{"input_tokens":1000}},"parent_tool_use_id":null,"session_id":"s1","uuid":"u2"}"#,
        r#"{"type":"assistant","message":{"id":"msg_1","content":[{"type":"tool_use","id":"toolu_1","name":"Write","input":{"file_path":"/code/a","content":"x"}}]},"parent_tool_use_id":"toolu_0","session_id":"s1","uuid":"u3"}"#,
        r#"{"type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_1","type":"tool_result","is_error":true,"content":"Exit code 3\nout\nerr"}]},"parent_tool_use_id":null,"session_id":"s1","uuid":"u4","tool_use_result":"Error: Exit code 3"}"#,
        r#"{"type":"stream_event","event":{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I will"}},"session_id":"s1","parent_tool_use_id":null,"uuid":"u5","api_message_id":"msg_1"}"#,
        r#"{"type":"result","subtype":"success","is_error":false,"result":"Done: …","num_turns":2,"terminal_reason":"completed","total_cost_usd":0.01008,"usage":{"input_tokens":2000,"output_tokens":100,"cache_read_input_tokens":400,"cache_creation_input_tokens":0},"api_error_status":null,"session_id":"s1","uuid":"u6"}"#,
        r#"{"type":"system","subtype":"api_retry","attempt":1,"max_retries":10,"retry_delay_ms":600,"error_status":529,"error":"overloaded","uuid":"u7","session_id":"s1"}"#,
    ];

    #[test]
    fn reads_what_the_sdk_prints() {
        let messages: Vec<Message> = PRINTED.iter().map(|line| read(line)).collect();
        assert!(messages.iter().all(|message| message.session.as_deref() == Some("s1") && message.uuid.is_some()));
        let kinds: Vec<&Kind> = messages.iter().map(|message| &message.kind).collect();
        assert_eq!(*kinds[0], Kind::Init { model: "claude-opus-5-5".into() });
        let assistant =
            |block: Block| Kind::Assistant { id: "msg_1".into(), blocks: vec![block], error: None, supersedes: vec![] };
        assert_eq!(*kinds[1], assistant(Block::Text("I will write that file now.".into())));
        let input = json!({ "file_path": "/code/a", "content": "x" });
        assert_eq!(*kinds[2], assistant(Block::ToolUse { id: "toolu_1".into(), name: "Write".into(), input }));
        assert!(messages[2].is_nested && !messages[1].is_nested);
        assert_eq!(
            *kinds[3],
            Kind::Results(vec![ToolResult {
                call: "toolu_1".into(),
                failed: true,
                error: "Exit code 3\nout\nerr".into()
            }])
        );
        assert_eq!(*kinds[4], Kind::Stream { id: Some("msg_1".into()), event: StreamEvent::Text(1, "I will".into()) });
        let usage = Usage { input: 2000, output: 100, cache_read: 400, ..Usage::default() };
        assert_eq!(
            *kinds[5],
            Kind::Result(Box::new(RunResult {
                subtype: "success".into(),
                reason: "completed".into(),
                text: "Done: …".into(),
                total_cost: Some(MicroUsd::new(10_080)),
                usage,
                ..RunResult::default()
            }))
        );
        assert_eq!(*kinds[6], Kind::Retry { error: "overloaded".into(), status: Some(529) });
    }

    #[test]
    fn an_error_is_told_by_its_flag_and_not_by_its_name() {
        let Kind::Result(result) = read(r#"{"type":"result","subtype":"success","is_error":true,"result":"API Error: 401","api_error_status":401,"terminal_reason":"api_error"}"#).kind else { panic!() };
        assert!(result.is_error && result.status == Some(401));
        let Kind::Result(result) = read(r#"{"type":"result","subtype":"error_max_turns","is_error":true,"errors":["Reached maximum number of turns (2)"]}"#).kind else { panic!() };
        assert_eq!((result.text.as_str(), result.total_cost), ("Reached maximum number of turns (2)", None));
    }

    #[test]
    fn the_runners_own_messages() {
        assert_eq!(read(r#"{"type":"runner_error","message":"boom"}"#).kind, Kind::RunnerError("boom".into()));
        assert_eq!(read(r#"{"type":"runner_stopped"}"#).kind, Kind::RunnerStopped);
    }

    #[test]
    fn what_is_unknown_is_harmless() {
        for odd in [
            "{}",
            r#"{"type":"telepathy"}"#,
            r#"{"type":7}"#,
            r#"{"type":"system","subtype":"tomorrow"}"#,
            r#"{"type":"tool_progress"}"#,
        ] {
            assert_eq!(read(odd).kind, Kind::Other, "{odd}");
        }
        for odd in [
            r#"{"type":"user","message":{"content":"<local-command-stdout>x"}}"#,
            r#"{"type":"user"}"#,
            r#"{"type":"user","message":{"content":[7,{"type":"text","text":"hi"}]}}"#,
        ] {
            assert_eq!(read(odd).kind, Kind::Results(vec![]), "{odd}");
        }
        for broken in ["", "{", "[]", "null", "7", r#"{"type":"result""#, "Warning: something", "\u{0}"] {
            assert_eq!(Message::read(broken.as_bytes()), Err(Unreadable), "{broken}");
        }
        assert_eq!(Message::read(b"{\"type\":\"\xff\"}"), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn no_cut_or_changed_line_can_break_the_reading(which in 0..PRINTED.len(), cut in 0usize..400, at in 0usize..400, with in any::<u8>()) {
            let mut bytes = PRINTED[which].as_bytes().to_vec();
            let length = bytes.len();
            bytes[at % length] = with;
            let _ = Message::read(&bytes);
            bytes.truncate(cut);
            let _ = Message::read(&bytes);
        }
    }
}
