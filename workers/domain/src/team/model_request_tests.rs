//! Tests of the model proxy's door.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const RULES: Rules<'static> =
    Rules { models: &["claude-sonnet-5", "claude-haiku-4-5"], max_tokens: 64_000, max_bytes: 10_000 };

/// What the Agent SDK sends.
fn usual() -> Value {
    json!({
        "model": "claude-sonnet-5", "max_tokens": 32_000, "stream": true, "metadata": { "user_id": "x" },
        "thinking": { "type": "adaptive" }, "output_config": { "effort": "high" },
        "context_management": { "edits": [{ "type": "clear_thinking_20251015", "keep": "all" }] },
        "system": [{ "type": "text", "text": "You are …", "cache_control": { "type": "ephemeral" } }],
        "tools": [{ "name": "Bash", "description": "…", "input_schema": { "type": "object" } }, { "type": "custom", "name": "Read", "input_schema": {} }],
        "messages": [
            { "role": "user", "content": "Make the header blue" },
            { "role": "assistant", "content": [
                { "type": "thinking", "thinking": "…", "signature": "…" },
                { "type": "tool_use", "id": "t1", "name": "Read", "input": { "source": { "type": "url", "url": "https://x" } } },
            ] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t1", "content": [
                { "type": "text", "text": "<header>" },
                { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA".repeat(500) } },
            ] }] },
            { "role": "system", "content": "USD budget: 5" },
        ],
    })
}

fn asked(value: &Value) -> Result<Request, Refusal> {
    check(Endpoint::Messages, value.to_string().as_bytes(), &RULES)
}

fn with(name: &str, value: Value) -> Value {
    let mut body = usual();
    body[name] = value;
    body
}

#[test]
fn what_the_agent_sends_goes_through() {
    let request = asked(&usual()).unwrap();
    assert_eq!((request.model.as_str(), request.max_tokens, request.stream), ("claude-sonnet-5", 32_000, true));
    let bytes = usual().to_string().len() as u64;
    assert_eq!(request.prompt, Prompt { text_bytes: bytes - 2000, pictures: 1, documents: 0, for_an_hour: false });
    assert!(request.estimate() > MicroUsd::new(320_000) && request.estimate() < MicroUsd::new(400_000));
}

#[test]
fn only_the_two_endpoints_of_a_conversation() {
    assert_eq!(endpoint("POST", "/v1/messages", Some("beta=true")), Ok(Endpoint::Messages));
    assert_eq!(endpoint("POST", "/v1/messages/count_tokens", None), Ok(Endpoint::CountTokens));
    for (method, path, query) in [
        ("GET", "/v1/messages", None),
        ("POST", "/v1/messages/", None),
        ("POST", "/v1/messages/batches", None),
        ("POST", "/v1/files", None),
        ("POST", "/v1/agents", None),
        ("GET", "/v1/models", None),
        ("POST", "/v1/messages/../files", None),
        ("POST", "//v1/messages", None),
        ("POST", "/v1/messages", Some("beta=true&x=1")),
        ("POST", "/v1/complete", None),
    ] {
        assert!(endpoint(method, path, query).is_err(), "{method} {path} {query:?}");
    }
}

#[test]
fn only_models_of_the_project() {
    assert!(asked(&with("model", json!("claude-haiku-4-5-20251001"))).is_ok());
    for model in [
        json!("claude-opus-5-5"),
        json!("claude-sonnet-5-5"),
        json!("claude-sonnet-5 "),
        json!(""),
        json!(null),
        json!(["claude-sonnet-5"]),
    ] {
        assert_eq!(asked(&with("model", model.clone())).unwrap_err().status, 404, "{model}");
    }
}

#[test]
fn a_body_that_two_readers_would_read_differently_is_refused() {
    let body = br#"{"model":"claude-sonnet-5","max_tokens":1,"messages":[],"model":"claude-fable-5"}"#;
    assert!(check(Endpoint::Messages, body, &RULES).unwrap_err().message.contains("twice"));
    let tool = br#"{"model":"claude-sonnet-5","max_tokens":1,"messages":[],"tools":[{"type":"custom","type":"web_fetch_20260318"}]}"#;
    assert!(check(Endpoint::Messages, tool, &RULES).is_err());
}

#[test]
fn an_answer_and_a_question_have_their_size() {
    for bad in [json!(64_001), json!(-1), json!("9"), json!(null), json!(1.5)] {
        assert!(asked(&with("max_tokens", bad.clone())).unwrap_err().message.contains("64000"), "{bad}");
    }
    assert_eq!(asked(&with("system", json!("x".repeat(10_000)))).unwrap_err().status, 413);
    let mut body = usual();
    body.as_object_mut().unwrap().remove("max_tokens");
    assert!(asked(&body).is_err());
    let counted = check(Endpoint::CountTokens, body.to_string().as_bytes(), &RULES).unwrap();
    assert_eq!(counted.max_tokens, 0);
}

#[test]
fn nothing_that_runs_or_fetches_at_the_service() {
    for kind in [
        "web_search_20260318",
        "web_fetch_20260318",
        "code_execution_20260521",
        "mcp_toolset",
        "advisor_20260301",
        "tomorrow_20990101",
    ] {
        let refusal = asked(&with("tools", json!([{ "type": kind, "name": "x" }]))).unwrap_err();
        assert!(refusal.message.contains(kind), "{refusal:?}");
    }
    for (name, value) in [
        ("mcp_servers", json!([{ "type": "url", "url": "https://x", "name": "x" }])),
        ("container", json!("c1")),
        ("fallbacks", json!([{ "model": "claude-fable-5" }])),
        ("speed", json!("fast")),
        ("inference_geo", json!("us")),
        ("billing_policy", json!({ "type": "billing_policy" })),
        ("thread", json!({ "type": "create" })),
        ("compaction", json!({ "type": "summarize" })),
        ("context_management", json!({ "edits": [{ "type": "compact_20260112" }] })),
        ("tomorrow", json!(true)),
    ] {
        let refusal = asked(&with(name, value)).unwrap_err();
        assert!(refusal.status == 400 && refusal.message.starts_with(name), "{refusal:?}");
    }
    for harmless in [
        ("mcp_servers", json!([])),
        ("speed", json!("standard")),
        ("container", json!(null)),
        ("inference_geo", json!(null)),
    ] {
        assert!(asked(&with(harmless.0, harmless.1.clone())).is_ok(), "{harmless:?}");
    }
}

#[test]
fn pictures_and_documents_stand_in_the_request() {
    let block = |block: Value| asked(&with("messages", json!([{ "role": "user", "content": [block] }])));
    for (kind, source) in [
        ("image", json!({ "type": "url", "url": "https://x/y.png" })),
        ("image", json!({ "type": "file", "file_id": "file_1" })),
        ("document", json!({ "type": "file", "file_id": "file_1" })),
        (
            "document",
            json!({ "type": "content", "content": [{ "type": "image", "source": { "type": "url", "url": "x" } }] }),
        ),
        ("container_upload", json!(null)),
        ("mcp_tool_use", json!(null)),
        ("web_fetch_tool_result", json!(null)),
    ] {
        assert!(block(json!({ "type": kind, "source": source })).is_err(), "{kind} {source}");
    }
    assert!(
        block(json!({ "type": "tool_result", "content": [{ "type": "image", "source": { "type": "url" } }] })).is_err()
    );
    assert!(block(json!({ "type": "tool_addition", "tool": { "type": "tool_definition", "definition": { "type": "web_fetch_20260318" } } })).is_err());
    assert!(block(json!({ "type": "tool_addition", "tool": { "type": "tool_reference", "name": "Bash" } })).is_ok());
    assert_eq!(
        block(json!({ "type": "document", "source": { "type": "base64", "data": "AA" } })).unwrap().prompt.documents,
        1
    );
}

#[test]
fn a_cache_for_an_hour_is_reckoned_with_wherever_it_is_asked_for() {
    let hour = json!([{ "type": "text", "text": "x", "cache_control": { "type": "ephemeral", "ttl": "1h" } }]);
    assert!(asked(&with("system", hour)).unwrap().prompt.for_an_hour);
    assert!(!asked(&with("cache_control", json!({ "type": "ephemeral", "ttl": "5m" }))).unwrap().prompt.for_an_hour);
}

#[test]
fn headers_carry_no_key_and_no_preview_that_does_more_than_talk() {
    for never in [
        "x-api-key",
        "authorization",
        "cookie",
        "anthropic-user-profile-id",
        "anthropic-beta",
        "x-forwarded-for",
        "host",
    ] {
        assert!(!passes(never), "{never}");
    }
    assert!(passes("anthropic-version") && passes("content-type"));
    assert!(!passes_back("set-cookie") && !passes_back("anthropic-organization-id") && passes_back("retry-after"));
    assert_eq!(
        betas("claude-code-20250219, interleaved-thinking-2025-05-14,files-api-2025-04-14,mcp-client-2025-11-20,fast-mode-2026-02-01,thinking-token-count-2026-05-13,output-128k-2025-02-19,context-1m-2025-08-07"),
        Some("claude-code-20250219,interleaved-thinking-2025-05-14,thinking-token-count-2026-05-13,output-128k-2025-02-19,context-1m-2025-08-07".into())
    );
    assert_eq!(
        betas("files-api-2025-04-14,code-execution-2025-05-22,inline-tools-2026-09-15,message-threads-2026-08-12"),
        None
    );
    assert_eq!(betas("claude-code-20250219\r\nx-api-key: 1"), None);
}

#[test]
fn refusals_are_in_the_services_form() {
    let refusal = Refusal::over_budget(MicroUsd::new(123_456));
    let value: Value = serde_json::from_str(&refusal.to_json()).unwrap();
    assert_eq!(value["error"]["type"], "invalid_request_error");
    assert!(
        value["error"]["message"].as_str().unwrap().starts_with(BUDGET_MARK)
            && value["error"]["message"].as_str().unwrap().contains("$0.12")
    );
    assert_eq!(Refusal::too_many().status, 429);
}

proptest! {
    #[test]
    fn no_body_can_break_it(text in r#"\{("(model|tools|messages|system|max_tokens)":("claude-sonnet-5"|\[\{"type":"image","source":7\}\]|\[\[1\]\]|null|9|\{\}),?)*\}"#) {
        let _ = check(Endpoint::Messages, text.as_bytes(), &RULES);
    }
}
