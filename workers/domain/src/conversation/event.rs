//! Upstream events, read leniently: every union of the agent service is open, so what is unknown is kept harmless and
//! a missing field never fails a turn.

use serde_json::Value;

/// An event of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `None` for previews and for the odd event without one.
    pub id: Option<String>,
    /// When it took effect. Input events arrive once without and once with it.
    pub processed_at: Option<String>,
    /// What it is.
    pub kind: Kind,
}

/// Why a session paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The agent is through, or was interrupted.
    EndTurn,
    /// It waits for answers to these events.
    RequiresAction(Vec<String>),
    /// The service gave up trying.
    RetriesExhausted,
    /// The session's budget is spent.
    BudgetReached,
    /// The model declined.
    Refusal,
    /// Something newer than this code; the turn is over.
    Other,
}

/// What the service does about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Tries again by itself.
    Retrying,
    /// Has given up on the turn.
    Exhausted,
    /// Will end the session.
    Terminal,
}

/// The kinds that matter to a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Something we sent: its text, of all text blocks.
    UserMessage(String),
    /// An answer we gave to a custom tool or a question for permission.
    Answer {
        /// The event it answers.
        call: String,
        /// Whether it told the agent of a failure.
        failed: bool,
    },
    /// The agent said something.
    Message(String),
    /// The agent is thinking.
    Thinking,
    /// A tool that runs in the sandbox or at an MCP server.
    ToolUse {
        /// Name of the tool.
        name: String,
        /// Name of the MCP server, when it is one of its tools.
        server: Option<String>,
        /// Its input, whatever that is.
        input: Value,
        /// Whether it waits for a permission.
        asks: bool,
    },
    /// A tool that we run.
    CustomToolUse {
        /// Name of the tool.
        name: String,
    },
    /// A tool is through.
    ToolResult {
        /// The event that began it.
        call: String,
        /// Whether it failed.
        failed: bool,
    },
    /// The agent's history was summed up.
    Compacted,
    /// The session paused.
    Idle(Stop),
    /// The session moves to another machine.
    Rescheduled,
    /// The session is over for good.
    Terminated,
    /// Something went wrong.
    Error {
        /// `model_overloaded_error`, …
        kind: String,
        /// What happens next.
        retry: Retry,
    },
    /// A message begins to be written.
    PreviewStart {
        /// The id it will have.
        message: String,
    },
    /// A piece of a message that is being written.
    PreviewPiece {
        /// The id it will have.
        message: String,
        /// Which block.
        block: usize,
        /// The piece.
        text: String,
    },
    /// A model request is over: previews without a message will not get one.
    RequestEnd,
    /// Anything else, also what does not exist yet.
    Other,
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn kind_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(|inner| inner.get("type")).and_then(Value::as_str).unwrap_or_default()
}

/// The text blocks of a message, one after the other. What is no text (a redacted block, say) is left out.
fn text(value: &Value) -> String {
    match value.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => blocks
            .iter()
            .filter(|block| block.get("type").and_then(Value::as_str) == Some("text"))
            .filter_map(|block| block.get("text").and_then(Value::as_str))
            .collect(),
        _ => String::new(),
    }
}

impl Event {
    /// Reads an event. Never fails.
    pub fn read(value: &Value) -> Self {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        Self {
            id: string(value, "id").filter(|id| !id.is_empty()),
            processed_at: string(value, "processed_at"),
            kind: Kind::read(kind, value).unwrap_or(Kind::Other),
        }
    }

    /// What a delivery is known by, so that the second one is skipped. An input event that has taken effect is another
    /// delivery than the same one still waiting. `None`: not to be remembered.
    pub fn key(&self) -> Option<String> {
        let id = self.id.as_ref()?;
        let is_input = matches!(self.kind, Kind::UserMessage(_) | Kind::Answer { .. });
        Some(if is_input && self.processed_at.is_none() { format!("{id}?") } else { id.clone() })
    }
}

impl Kind {
    fn read(kind: &str, value: &Value) -> Option<Self> {
        Some(match kind {
            "user.message" => Self::UserMessage(text(value)),
            "user.custom_tool_result" => {
                Self::Answer { call: string(value, "custom_tool_use_id")?, failed: flag(value, "is_error") }
            }
            "user.tool_confirmation" => Self::Answer { call: string(value, "tool_use_id")?, failed: false },
            "agent.message" => Self::Message(text(value)),
            "agent.thinking" => Self::Thinking,
            "agent.tool_use" | "agent.mcp_tool_use" => Self::ToolUse {
                name: string(value, "name").unwrap_or_default(),
                server: string(value, "mcp_server_name"),
                input: value.get("input").cloned().unwrap_or_default(),
                // An unknown verdict is taken for a question, or the session would wait for ever.
                asks: string(value, "evaluated_permission")
                    .is_some_and(|verdict| verdict != "allow" && verdict != "deny"),
            },
            "agent.custom_tool_use" => Self::CustomToolUse { name: string(value, "name").unwrap_or_default() },
            "agent.tool_result" => {
                Self::ToolResult { call: string(value, "tool_use_id")?, failed: flag(value, "is_error") }
            }
            "agent.mcp_tool_result" => {
                Self::ToolResult { call: string(value, "mcp_tool_use_id")?, failed: flag(value, "is_error") }
            }
            "agent.thread_context_compacted" => Self::Compacted,
            "session.status_idle" => Self::Idle(Stop::read(value)),
            "session.status_rescheduled" => Self::Rescheduled,
            "session.status_terminated" | "session.deleted" => Self::Terminated,
            "session.error" => {
                let error = value.get("error")?;
                Self::Error {
                    kind: string(error, "type").unwrap_or_default(),
                    retry: match kind_of(error, "retry_status") {
                        "exhausted" => Retry::Exhausted,
                        "terminal" => Retry::Terminal,
                        _ => Retry::Retrying,
                    },
                }
            }
            "event_start" if kind_of(value, "event") == "agent.message" => {
                Self::PreviewStart { message: string(value.get("event")?, "id")? }
            }
            "event_delta" => {
                let delta = value.get("delta")?;
                Self::PreviewPiece {
                    message: string(value, "event_id")?,
                    block: delta.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok())?,
                    text: string(delta.get("content")?, "text")?,
                }
            }
            "span.model_request_end" => Self::RequestEnd,
            _ => Self::Other,
        })
    }
}

impl Stop {
    fn read(value: &Value) -> Self {
        match kind_of(value, "stop_reason") {
            "end_turn" => Self::EndTurn,
            "requires_action" => {
                let ids = value.get("stop_reason").and_then(|stop| stop.get("event_ids")).and_then(Value::as_array);
                Self::RequiresAction(ids.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            "retries_exhausted" => Self::RetriesExhausted,
            "budget_reached" => Self::BudgetReached,
            "refusal" => Self::Refusal,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_the_documented_example() {
        let event = Event::read(&json!({
            "id": "sevt_9", "type": "session.status_idle", "processed_at": "2026-11-20T10:00:05Z",
            "stop_reason": { "type": "requires_action", "event_ids": ["sevt_7", "sevt_8"] }, "stop_details": null
        }));
        assert_eq!(event.kind, Kind::Idle(Stop::RequiresAction(vec!["sevt_7".into(), "sevt_8".into()])));
        assert_eq!(event.key().as_deref(), Some("sevt_9"));
    }

    #[test]
    fn what_is_unknown_is_harmless() {
        for odd in [
            json!({}),
            json!([]),
            json!(null),
            json!({ "type": "agent.telepathy", "id": "x" }),
            json!({ "type": "agent.tool_result" }),
        ] {
            assert_eq!(Event::read(&odd).kind, Kind::Other);
        }
        assert_eq!(
            Event::read(&json!({ "type": "session.status_idle", "stop_reason": { "type": "new" } })).kind,
            Kind::Idle(Stop::Other)
        );
    }

    #[test]
    fn a_waiting_input_and_the_same_one_applied_are_two_deliveries() {
        let at = |time: Value| {
            Event::read(&json!({ "id": "e1", "type": "user.message", "content": [], "processed_at": time })).key()
        };
        assert_ne!(at(json!(null)), at(json!("2026-11-20T10:00:05Z")));
        assert_eq!(Event::read(&json!({ "id": "", "type": "user.interrupt" })).key(), None);
    }

    proptest! {
        #[test]
        fn no_json_can_break_the_reading(text in r#"\{("(type|id|content|error|delta|stop_reason)":("agent\.message"|"session\.error"|\{\}|\[1\]|null),?)*\}"#) {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let _ = Event::read(&value).key();
            }
        }
    }
}
