//! The door of the model proxy: what a sandbox may ask of the Messages API with somebody's key.
//!
//! A sandbox runs code that a model wrote. It may hold a conversation with the models that its project allows, and nothing
//! else that the key could do: no other endpoints, no files of the account, nothing that runs or fetches at the service,
//! nothing that is billed in another way. Lists here name what is allowed: what is new is refused until somebody has
//! looked at it.

use super::price::{self, Prompt};
use super::{money::MicroUsd, strict_json};
use serde_json::Value;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// An answer of the model; costs money.
    Messages,
    /// How long a prompt is; free.
    CountTokens,
}

/// What a project allows.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Names of models, without dates.
    pub models: &'a [&'a str],
    /// Tokens that the model may write in one answer.
    pub max_tokens: u64,
    /// Bytes of a body.
    pub max_bytes: usize,
}

/// Bytes of a body unless a project says otherwise: half of what the service takes, since it is read whole.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Tokens of an answer unless a project says otherwise: the most that any model writes.
pub const MAX_TOKENS: u64 = 128_000;

/// A request that may be passed on, and what is needed to know what it may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The model's name as it was given.
    pub model: String,
    /// The most it may write; nothing when only counting.
    pub max_tokens: u64,
    /// The answer comes as a stream.
    pub stream: bool,
    /// What there is to read.
    pub prompt: Prompt,
}

impl Request {
    /// The most it may cost.
    pub fn estimate(&self) -> MicroUsd {
        price::estimate(&self.model, &self.prompt, self.max_tokens)
    }
}

/// Why a request is not passed on, in the service's own form, so that the agent understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The service's word for it.
    pub kind: &'static str,
    /// What is wrong.
    pub message: String,
}

/// Stands in the message of a refusal for want of money. The agent hands the message on, and so the turn knows why it ended.
pub const BUDGET_MARK: &str = "[vetka:budget]";

impl Refusal {
    fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, kind: "invalid_request_error", message: message.into() }
    }

    /// The session's budget does not allow the call. A status that the agent does not try again upon.
    pub fn over_budget(left: MicroUsd) -> Self {
        Self::invalid(format!(
            "{BUDGET_MARK} This call could cost more than the {left} that are left of the session's budget."
        ))
    }

    /// Too many calls are under way; the agent tries again by itself.
    pub fn too_many() -> Self {
        Self {
            status: 429,
            kind: "rate_limit_error",
            message: "Too many calls of this session are under way.".to_owned(),
        }
    }

    /// The body of the answer.
    pub fn to_json(&self) -> String {
        serde_json::json!({ "type": "error", "error": { "type": self.kind, "message": self.message } }).to_string()
    }
}

/// Reads method, path and query. The path is what follows the proxy's own part of it.
///
/// # Errors
/// For anything but the two endpoints of a conversation.
pub fn endpoint(method: &str, path: &str, query: Option<&str>) -> Result<Endpoint, Refusal> {
    let endpoint = match path {
        "/v1/messages" => Endpoint::Messages,
        "/v1/messages/count_tokens" => Endpoint::CountTokens,
        _ => {
            let message = "Only /v1/messages and /v1/messages/count_tokens are here.".to_owned();
            return Err(Refusal { status: 404, kind: "not_found_error", message });
        }
    };
    if method != "POST" {
        return Err(Refusal {
            status: 405,
            kind: "invalid_request_error",
            message: "Only POST is allowed.".to_owned(),
        });
    }
    match query {
        None | Some("" | "beta=true") => Ok(endpoint),
        Some(_) => Err(Refusal::invalid("Only ?beta=true is allowed after the path.")),
    }
}

/// Fields of a body that change neither who pays, nor how much, nor what the service does beside answering.
const FIELDS: [&str; 17] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "stream",
    "stop_sequences",
    "temperature",
    "top_p",
    "top_k",
    "thinking",
    "metadata",
    "output_config",
    "output_format",
    "cache_control",
    "diagnostics",
];

/// Fields that may have these values, or none.
const VALUES: [(&str, &[&str]); 3] =
    [("speed", &["standard"]), ("inference_geo", &["global"]), ("service_tier", &["auto", "standard_only"])];

/// Beginnings of the types of tools that run in the sandbox, and of the search among the tools that were given.
const TOOLS: [&str; 4] = ["bash_", "text_editor_", "memory_", "tool_search_tool_"];

/// Blocks without anything in them that would have to be looked at.
const BLOCKS: [&str; 9] = [
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "server_tool_use",
    "tool_search_tool_result",
    "tool_reference",
    "tool_removal",
    "search_result",
];

/// Checks a body.
///
/// # Errors
/// For what the project, or this proxy, does not allow.
pub fn check(endpoint: Endpoint, body: &[u8], rules: &Rules<'_>) -> Result<Request, Refusal> {
    if body.len() > rules.max_bytes {
        let message = format!("The request is larger than {} bytes.", rules.max_bytes);
        return Err(Refusal { status: 413, kind: "request_too_large", message });
    }
    let value =
        strict_json::from_slice(body).map_err(|error| Refusal::invalid(format!("The body is no JSON: {error}.")))?;
    let fields = value.as_object().ok_or_else(|| Refusal::invalid("The body is no JSON object."))?;
    for (name, value) in fields {
        field(name, value)?;
    }
    let model = fields.get("model").and_then(Value::as_str).unwrap_or_default();
    if !rules.models.contains(&price::undated(model)) {
        let message = format!("model: {} is not allowed in this project.", quoted(model));
        return Err(Refusal { status: 404, kind: "not_found_error", message });
    }
    let max_tokens = match (endpoint, fields.get("max_tokens")) {
        (Endpoint::CountTokens, _) => 0,
        (Endpoint::Messages, given) => given
            .and_then(Value::as_u64)
            .filter(|max| *max <= rules.max_tokens)
            .ok_or_else(|| Refusal::invalid(format!("max_tokens: must be a number up to {}.", rules.max_tokens)))?,
    };
    for tool in list(fields.get("tools")) {
        check_tool(tool)?;
    }
    let mut look = Look::default();
    look.blocks(fields.get("system"))?;
    for message in list(fields.get("messages")) {
        look.blocks(message.get("content"))?;
    }
    let prompt = Prompt {
        text_bytes: (body.len() as u64).saturating_sub(look.data_bytes),
        pictures: look.pictures,
        documents: look.documents,
        for_an_hour: asks_for_an_hour(&value),
    };
    let stream = fields.get("stream").and_then(Value::as_bool).unwrap_or(false);
    Ok(Request { model: model.to_owned(), max_tokens, stream, prompt })
}

fn field(name: &str, value: &Value) -> Result<(), Refusal> {
    let is_allowed = if let Some((_, values)) = VALUES.iter().find(|(field, _)| *field == name) {
        value.is_null() || value.as_str().is_some_and(|value| values.contains(&value))
    } else if name == "context_management" {
        // Forgetting is free; a summary made by the service is another call.
        let edits = list(value.get("edits"));
        edits.iter().all(|edit| edit.get("type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("clear_")))
    } else {
        // What says nothing is harmless whatever it is called.
        FIELDS.contains(&name) || value.is_null() || value.as_array().is_some_and(Vec::is_empty)
    };
    if is_allowed { Ok(()) } else { Err(Refusal::invalid(format!("{}: not allowed here.", quoted(name)))) }
}

fn check_tool(tool: &Value) -> Result<(), Refusal> {
    match tool.get("type") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(kind)) if kind == "custom" || TOOLS.iter().any(|begin| kind.starts_with(begin)) => Ok(()),
        Some(kind) => Err(Refusal::invalid(format!(
            "tools: {} runs at the service and is not allowed here.",
            quoted(kind.as_str().unwrap_or("this"))
        ))),
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A name from a request as it may stand in an error.
fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// Whether anything asks for a cache that is dearer than the usual one.
fn asks_for_an_hour(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(asks_for_an_hour),
        Value::Object(map) => {
            map.get("ttl").is_some_and(|ttl| ttl.as_str() != Some("5m")) || map.values().any(asks_for_an_hour)
        }
        _ => false,
    }
}

#[derive(Default)]
struct Look {
    pictures: u64,
    documents: u64,
    data_bytes: u64,
}

impl Look {
    /// Looks through content: a text, or blocks.
    fn blocks(&mut self, content: Option<&Value>) -> Result<(), Refusal> {
        for block in list(content) {
            let source = block.get("source").unwrap_or(&Value::Null);
            let from = source.get("type").and_then(Value::as_str).unwrap_or_default();
            match block.get("type").and_then(Value::as_str).unwrap_or_default() {
                "image" if from == "base64" => {
                    self.pictures += 1;
                    self.data(source);
                }
                "document" if from == "base64" => {
                    self.documents += 1;
                    self.data(source);
                }
                "document" if from == "text" => {}
                "document" if from == "content" => self.blocks(source.get("content"))?,
                "image" | "document" => {
                    // Neither an address, behind which may be more than anybody reckoned with, nor a file of the account.
                    return Err(Refusal::invalid("Pictures and documents must stand in the request itself."));
                }
                "tool_result" => self.blocks(block.get("content"))?,
                "tool_addition"
                    if block.get("tool").and_then(|tool| tool.get("type")).and_then(Value::as_str)
                        == Some("tool_reference") => {}
                kind if BLOCKS.contains(&kind) => {}
                kind => return Err(Refusal::invalid(format!("Content of type {} is not allowed here.", quoted(kind)))),
            }
        }
        Ok(())
    }

    fn data(&mut self, source: &Value) {
        self.data_bytes += source.get("data").and_then(Value::as_str).map_or(0, str::len) as u64;
    }
}

/// Whether a header of the request goes on to the service, by its lower-case name. The key is set by the proxy itself, and
/// `anthropic-beta` goes through [`betas`].
pub fn passes(name: &str) -> bool {
    matches!(name, "anthropic-version" | "content-type" | "accept")
}

/// Whether a header of the answer goes back to the sandbox, by its lower-case name.
pub fn passes_back(name: &str) -> bool {
    matches!(name, "content-type" | "request-id" | "retry-after" | "retry-after-ms" | "x-should-retry")
}

/// Previews of the service that change how a conversation goes and nothing else, without their dates.
const BETAS: [&str; 22] = [
    "advanced-tool-use",
    "cache-diagnosis",
    "claude-code",
    "context-1m",
    "context-management",
    "effort",
    "extended-cache-ttl",
    "fine-grained-tool-streaming",
    "interleaved-thinking",
    "mid-conversation-output-config",
    "mid-conversation-system",
    "mid-conversation-system-clear-at",
    "mid-conversation-tool-changes",
    "model-context-window-exceeded",
    "output-128k",
    "prompt-caching",
    "prompt-caching-scope",
    "redact-thinking",
    "structured-outputs",
    "task-budgets",
    "token-counting",
    "token-efficient-tools",
];
/// The beginning of the names of previews that are about how thinking is shown and counted.
const THINKING: &str = "thinking-";

/// What of an `anthropic-beta` header goes on.
pub fn betas(header: &str) -> Option<String> {
    let kept: Vec<&str> = header.split(',').map(str::trim).filter(|beta| is_harmless(beta)).take(40).collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

fn is_harmless(beta: &str) -> bool {
    let name = beta.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    let is_plain = beta.len() <= 80 && beta.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_plain && (BETAS.contains(&name) || name.starts_with(THINKING))
}

#[cfg(test)]
#[path = "model_request_tests.rs"]
mod tests;
