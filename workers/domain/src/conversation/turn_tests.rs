//! The turn against histories, in order, doubled, cut and replayed.

use super::context::Context;
use super::event::Event;
use super::frame::{Body, Outcome, StepState};
use super::turn::{Ask, Effect, Previews, Turn};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const AT: &str = "2026-11-21T08:00:00Z";

fn said(id: &str, marker: &str, applied: bool) -> Value {
    let context = Context {
        marker,
        site_id: "s",
        site_url: "u",
        deploy_url: "d",
        live: None,
        fresh_session: false,
        uploads: &[],
    };
    let text = context.prepend("hello");
    json!({ "id": id, "type": "user.message", "content": [{ "type": "text", "text": text }], "processed_at": if applied { json!(AT) } else { json!(null) } })
}

fn plain(id: &str, kind: &str) -> Value {
    json!({ "id": id, "type": kind, "processed_at": AT })
}

fn message(id: &str, text: &str) -> Value {
    json!({ "id": id, "type": "agent.message", "content": [{ "type": "text", "text": text }], "processed_at": AT })
}

fn idle(id: &str, reason: Value) -> Value {
    json!({ "id": id, "type": "session.status_idle", "stop_reason": reason, "processed_at": AT })
}

fn tool(id: &str, path: &str) -> Value {
    json!({ "id": id, "type": "agent.tool_use", "name": "write", "input": { "path": path }, "processed_at": AT })
}

fn result(id: &str, call: &str, failed: bool) -> Value {
    json!({ "id": id, "type": "agent.tool_result", "tool_use_id": call, "is_error": failed, "processed_at": AT })
}

/// What the object does around the reducer: skip what was delivered before.
#[derive(Clone)]
struct Log {
    turn: Turn,
    seen: BTreeSet<String>,
    effects: Vec<Effect>,
    stopping: bool,
}

impl Log {
    fn new() -> Self {
        Self { turn: Turn::new(1, "m1"), seen: BTreeSet::new(), effects: Vec::new(), stopping: false }
    }

    fn deliver(&mut self, raw: &Value) {
        let event = Event::read(raw);
        if let Some(key) = event.key()
            && !self.seen.insert(key)
        {
            return;
        }
        // A restart in between: the state must survive being written down.
        self.turn = serde_json::from_str(&serde_json::to_string(&self.turn).unwrap()).unwrap();
        self.effects.extend(self.turn.take(&event, self.stopping));
    }

    fn run(history: &[Value]) -> Self {
        let mut log = Self::new();
        history.iter().for_each(|raw| log.deliver(raw));
        log
    }

    fn texts(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Append(
                    Body::ChatMessage { text, .. } | Body::AgentStatus { text, state: StepState::Started, .. },
                ) => Some(text.as_str()),
                Effect::Append(Body::Error { code, .. }) => Some(code.as_str()),
                _ => None,
            })
            .collect()
    }

    fn outcome(&self) -> Option<Outcome> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::End(outcome) => Some(*outcome),
            _ => None,
        })
    }
}

fn whole_turn() -> Vec<Value> {
    vec![
        said("e1", "m1", false),
        said("e1", "m1", true),
        plain("e2", "session.status_running"),
        plain("e3", "agent.thinking"),
        message("e4", "I start with the home page."),
        tool("e5", "/site/index.html"),
        result("e6", "e5", false),
        plain("e6b", "agent.telepathy"),
        json!({ "id": "e7", "type": "agent.custom_tool_use", "name": "get_deploy_credentials", "input": {}, "processed_at": AT }),
        idle("e8", json!({ "type": "requires_action", "event_ids": ["e7"] })),
        json!({ "id": "e9", "type": "user.custom_tool_result", "custom_tool_use_id": "e7", "content": [], "processed_at": AT }),
        plain("e10", "session.status_running"),
        message("e11", "It is live."),
        plain("e12", "session.usage"),
        idle("e13", json!({ "type": "end_turn" })),
    ]
}

#[test]
fn a_turn_from_start_to_end() {
    let log = Log::run(&whole_turn());
    assert_eq!(
        log.texts(),
        ["Thinking", "I start with the home page.", "Writing the home page", "Getting ready to publish", "It is live."]
    );
    assert_eq!(log.outcome(), Some(Outcome::Done));
    assert_eq!(log.turn.waiting().count(), 0);
}

#[test]
fn a_call_stays_pending_until_its_answer_is_in_the_history() {
    let log = Log::run(&whole_turn()[..10]);
    assert_eq!(log.turn.waiting().collect::<Vec<_>>(), [("e7", &Ask::Tool("get_deploy_credentials".into()))]);
    assert_eq!(log.outcome(), None);
}

#[test]
fn an_idle_of_older_work_is_not_ours() {
    let mut history = vec![
        idle("old", json!({ "type": "end_turn" })),
        message("old2", "older words"),
        said("e0", "m0", true),
        said("e1", "m1", false),
    ];
    history.push(idle("old3", json!({ "type": "end_turn" })));
    let log = Log::run(&history);
    assert!(log.effects.is_empty());
    assert!(log.turn.arrived);
}

#[test]
fn an_interrupted_turn_ends_as_stopped_with_its_steps_closed() {
    let mut log = Log::run(&whole_turn()[..6]);
    log.stopping = true;
    log.deliver(&idle("e99", json!({ "type": "end_turn" })));
    assert_eq!(log.outcome(), Some(Outcome::Stopped));
    assert!(
        matches!(&log.effects[log.effects.len() - 2], Effect::Append(Body::AgentStatus { step, state: StepState::Failed, .. }) if step == "e5")
    );
}

#[test]
fn troubles_are_told_once_and_an_end_says_why() {
    let trouble = |id: &str, retry: &str| json!({ "id": id, "type": "session.error", "processed_at": AT, "error": { "type": "model_overloaded_error", "message": "raw", "retry_status": { "type": retry } } });
    let mut log = Log::run(&whole_turn()[..3]);
    for (id, retry) in [("x1", "retrying"), ("x2", "retrying"), ("x3", "exhausted")] {
        log.deliver(&trouble(id, retry));
    }
    log.deliver(&idle("x4", json!({ "type": "retries_exhausted" })));
    assert_eq!(log.texts(), ["agent_overloaded", "agent_overloaded"]);
    assert_eq!(log.outcome(), Some(Outcome::Failed));
    assert!(!format!("{:?}", log.effects).contains("raw"));
}

#[test]
fn other_ends_are_told_in_words() {
    for (reason, code) in
        [("refusal", "agent_refused"), ("budget_reached", "budget_reached"), ("retries_exhausted", "agent_trouble")]
    {
        let mut log = Log::run(&whole_turn()[..3]);
        log.deliver(&idle("x", json!({ "type": reason })));
        assert_eq!((log.texts(), log.outcome()), (vec![code], Some(Outcome::Failed)));
    }
    let mut log = Log::run(&whole_turn()[..3]);
    log.deliver(&idle("x", json!({ "type": "reason_of_next_year" })));
    assert_eq!(log.outcome(), Some(Outcome::Done));
}

#[test]
fn a_lost_session_closes_its_steps_and_the_turn_can_begin_again() {
    let mut log = Log::run(&whole_turn()[..6]);
    log.deliver(&plain("dead", "session.status_terminated"));
    assert_eq!(log.effects.last(), Some(&Effect::SessionLost));
    assert_eq!(log.outcome(), None);
    let closed = log.turn.restart();
    assert!(
        matches!(&closed[..], [Effect::Append(Body::AgentStatus { step, state: StepState::Failed, .. })] if step == "e5")
    );
    for raw in whole_turn() {
        let mut raw = raw;
        for key in ["id", "tool_use_id", "custom_tool_use_id"] {
            if let Some(id) = raw.get(key).and_then(Value::as_str) {
                raw[key] = json!(format!("n{id}"));
            }
        }
        log.deliver(&raw);
    }
    assert_eq!(log.outcome(), Some(Outcome::Done));
}

#[test]
fn a_question_for_permission_is_answered_too() {
    let mut log = Log::run(&whole_turn()[..3]);
    let mut ask = tool("p1", "/x");
    ask["evaluated_permission"] = json!("ask");
    log.deliver(&ask);
    assert_eq!(log.turn.waiting().collect::<Vec<_>>(), [("p1", &Ask::Permission)]);
    log.deliver(&json!({ "id": "p2", "type": "user.tool_confirmation", "tool_use_id": "p1", "result": "deny", "processed_at": AT }));
    assert_eq!(log.turn.waiting().count(), 0);
}

#[test]
fn a_message_of_nothing_but_code_is_not_shown() {
    let mut log = Log::run(&whole_turn()[..3]);
    log.deliver(&message("c", "```\ncode\n```"));
    assert!(log.texts().is_empty());
}

#[test]
fn previews_show_the_filtered_text_so_far() {
    let mut previews = Previews::default();
    let start = Event::read(&json!({ "type": "event_start", "event": { "type": "agent.message", "id": "e3" } }));
    let piece = |text: &str| {
        Event::read(
            &json!({ "type": "event_delta", "event_id": "e3", "delta": { "type": "content_delta", "index": 0, "content": { "type": "text", "text": text } } }),
        )
    };
    assert_eq!(previews.take(1, &start), None);
    let shown = |body: Option<Body>| match body {
        Some(Body::AgentStreaming { text, .. }) => text,
        _ => String::new(),
    };
    assert_eq!(shown(previews.take(1, &piece("Hello v"))), "Hello v");
    assert_eq!(shown(previews.take(1, &piece("dt_abc there\n```js\nlet secret"))), "Hello [hidden] there");
    assert_eq!(previews.take(1, &Event::read(&message("e3", "Hello"))), None);
    assert_eq!(previews.take(1, &piece("late")), None);
}

/// How the service may deliver a history: pieces of the stream, some twice, and after each cut the list so far.
fn delivery(history: &[Value], cuts: &[(usize, bool)]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut at = 0;
    for &(length, twice) in cuts {
        let until = (at + length).min(history.len());
        for raw in &history[at..until] {
            out.push(raw.clone());
            if twice {
                out.push(raw.clone());
            }
        }
        // The connection breaks: events pass unseen until the new stream is open, and the list has them.
        let until = (until + length % 3).min(history.len());
        out.extend(history[..until].iter().cloned());
        // What came between opening the stream and listing is on both.
        at = until.saturating_sub(length % 2);
    }
    out.extend(history[at..].iter().cloned());
    out
}

fn histories() -> impl Strategy<Value = Vec<Value>> {
    let step = prop_oneof![
        Just("thinking"),
        Just("message"),
        Just("tool"),
        Just("failed tool"),
        Just("custom"),
        Just("error"),
        Just("unknown"),
        Just("usage"),
        Just("moved"),
    ];
    (proptest::collection::vec(step, 0..12), prop_oneof![Just("end_turn"), Just("retries_exhausted"), Just("new")], any::<bool>()).prop_map(
        |(steps, stop, stale)| {
            let mut history = Vec::new();
            if stale {
                history.extend([message("s1", "older"), idle("s2", json!({ "type": "end_turn" }))]);
            }
            history.extend([said("u", "m1", false), said("u", "m1", true), plain("r", "session.status_running")]);
            for (n, step) in steps.into_iter().enumerate() {
                let (a, b, c) = (format!("a{n}"), format!("b{n}"), format!("c{n}"));
                match step {
                    "thinking" => history.push(plain(&a, "agent.thinking")),
                    "message" => history.push(message(&a, "words")),
                    "tool" | "failed tool" => history.extend([tool(&a, "index.html"), result(&b, &a, step != "tool")]),
                    "custom" => history.extend([
                        json!({ "id": a, "type": "agent.custom_tool_use", "name": "x", "processed_at": AT }),
                        idle(&b, json!({ "type": "requires_action", "event_ids": [a] })),
                        json!({ "id": c, "type": "user.custom_tool_result", "custom_tool_use_id": a, "processed_at": AT }),
                    ]),
                    "error" => history.push(json!({ "id": a, "type": "session.error", "error": { "type": "unknown_error", "retry_status": { "type": "retrying" } } })),
                    "moved" => history.push(plain(&a, "session.status_rescheduled")),
                    other => history.push(plain(&a, other)),
                }
            }
            history.push(idle("end", json!({ "type": stop })));
            history
        },
    )
}

proptest! {
    #[test]
    fn any_delivery_of_a_history_writes_the_same_log(
        history in histories(), cuts in proptest::collection::vec((0usize..6, any::<bool>()), 0..6)
    ) {
        let straight = Log::run(&history);
        let odd = Log::run(&delivery(&history, &cuts));
        prop_assert_eq!(&straight.effects, &odd.effects);
        prop_assert_eq!(straight.effects.iter().filter(|effect| matches!(effect, Effect::End(_))).count(), 1);
        // Every step that began has ended, once.
        let mut open = BTreeSet::new();
        for effect in &odd.effects {
            if let Effect::Append(Body::AgentStatus { step, state, .. }) = effect {
                if *state == StepState::Started { prop_assert!(open.insert(step.clone())) } else { prop_assert!(open.remove(step)) }
            }
        }
        prop_assert!(open.is_empty());
    }
}
