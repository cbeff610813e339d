//! Tests of a turn, on lines as the Agent SDK prints them.

use super::trouble::Trouble;
use super::turn::{Effect, Turn};
use super::turn_kit::{Run, Script, message};
use crate::conversation::frame::{Outcome, StepState};
use crate::team::model_request::Refusal;
use crate::team::money::MicroUsd;
use proptest::prelude::*;
use serde_json::json;

fn whole_turn() -> Script {
    Script::default()
        .init()
        .block("msg_1", json!({ "type": "thinking", "thinking": "zqxcanary" }))
        .streamed("msg_2", &["I look at the ", "`src/Hea", "der.tsx` component."])
        .tool("t1", "Read", json!({ "file_path": "/workspace/src/Header.tsx" }))
        .result_of("t1", None)
        .write("t2", "/workspace/src/Header.tsx")
        .tool("t3", "Bash", json!({ "command": "npm test -- zqxcanary" }))
        .result_of("t3", Some("Exit code 1\nzqxcanary"))
        .write("t4", "/workspace/src/App.tsx")
        .streamed("msg_3", &["The header is ", "blue now.\n\n```js\nzqxcanary\n```"])
        .success(0.01512)
}

#[test]
fn a_turn_from_start_to_end() {
    let run = whole_turn().run();
    assert_eq!(run.said(), ["I look at the component.", "The header is blue now."]);
    assert_eq!(
        run.statuses(),
        ["Thinking…", "Looking through the files…", "Editing files…", "Running checks…", "Editing files…"]
    );
    let (outcome, trouble, metadata, spent) = run.end();
    assert_eq!((outcome, trouble), (Outcome::Done, None));
    assert_eq!(
        serde_json::to_value(metadata).unwrap(),
        json!({ "filesChanged": ["/workspace/src/Header.tsx", "/workspace/src/App.tsx"], "toolsUsed": ["Read", "Write", "Bash"], "hasErrors": true })
    );
    assert_eq!((spent.cost, spent.total, spent.usage.output), (MicroUsd::new(5_040), MicroUsd::new(15_120), 5));
    assert_eq!(run.turn.conversation(), Some("s1"));
    // The last words carry what the turn did, and only they.
    let carried: Vec<bool> = run
        .effects
        .iter()
        .filter_map(|effect| if let Effect::Say { metadata, .. } = effect { Some(metadata.is_some()) } else { None })
        .collect();
    assert_eq!(carried, [false, true]);
    // Each step that began is over.
    let count = |wanted: StepState| {
        run.effects.iter().filter(|effect| matches!(effect, Effect::Status { state, .. } if *state == wanted)).count()
    };
    assert_eq!(count(StepState::Started), count(StepState::Done));
}

#[test]
fn nothing_raw_is_shown() {
    for effect in whole_turn().run().effects {
        let shown = match effect {
            Effect::Say { text, .. } => text,
            Effect::Streaming { delta, .. } => delta,
            Effect::Status { work, .. } => work.text().to_owned(),
            Effect::Trouble(trouble) => trouble.message,
            _ => continue,
        };
        assert!(!shown.contains("zqxcanary") && !shown.contains("src/") && !shown.contains("```"), "{shown}");
    }
}

#[test]
fn what_is_streamed_has_the_id_of_its_message_and_is_its_beginning() {
    let run = whole_turn().run();
    for effect in &run.effects {
        let Effect::Say { id, text, .. } = effect else { continue };
        let streamed: String = run
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Streaming { id: of, delta } if of == id => Some(delta.as_str()),
                _ => None,
            })
            .collect();
        assert!(!streamed.is_empty() && text.starts_with(&streamed), "{streamed:?} {text:?}");
    }
    let half = Script(whole_turn().0.into_iter().take(5).collect()).run();
    assert_eq!(half.turn.streaming(), Some(("msg_2.0".to_owned(), "I look at the")));
}

#[test]
fn a_log_that_is_read_twice_changes_nothing() {
    let script = whole_turn();
    let once = script.run().effects;
    for (from, to) in (0..script.0.len()).flat_map(|from| [(from, from + 3), (0, from), (from, from + 1)]) {
        let to = to.min(script.0.len());
        // Everything up to `to`, then again from `from`.
        let again = script.0[..to].iter().chain(&script.0[from.min(to)..]).cloned().collect();
        assert_eq!(Script(again).run().effects, once, "{from} {to}");
    }
}

#[test]
fn a_restarted_object_goes_on_where_it_stopped() {
    let script = whole_turn();
    let whole = script.run().effects;
    let lasting = |effects: Vec<Effect>| {
        effects.into_iter().filter(|effect| !matches!(effect, Effect::Streaming { .. })).collect::<Vec<_>>()
    };
    for cut in 0..script.0.len() {
        let first = Script(script.0[..cut].to_vec()).run();
        let kept: Turn = serde_json::from_str(&serde_json::to_string(&first.turn).unwrap()).unwrap();
        let second = Script(script.0[cut..].to_vec()).run_in(kept);
        let mut effects = first.effects;
        effects.extend(second.effects);
        // What is being written may be shown less far; what is said and done is the same.
        assert!(effects.iter().all(|effect| whole.contains(effect)), "{cut}");
        assert_eq!(lasting(effects), lasting(whole.clone()), "{cut}");
    }
}

#[test]
fn who_says_nothing_is_summed_up() {
    let script = || {
        Script::default()
            .init()
            .write("a", "/workspace/src/App.tsx")
            .write("b", "src/Header.tsx")
            .write("c", "src/App2.tsx")
    };
    assert_eq!(script().success(0.02).run().said(), ["I've updated 3 files: App.tsx, Header.tsx, App2.tsx."]);
    let many =
        (0..7).fold(Script::default().init(), |script, at| script.write(&format!("w{at}"), &format!("/x/{at}.css")));
    assert_eq!(
        many.success(0.02).run().said(),
        ["I've updated 7 files: 0.css, 1.css, 2.css, 3.css, 4.css and 2 more."]
    );
    let odd = Script::default().init().write("a", "/x/<b>\u{1b}.html").success(0.02).run();
    assert_eq!(odd.said(), ["I've updated 1 file."]);
    // Words from before the change do not tell of it.
    let early = Script::default().init().text("m", "I will change it.").write("a", "/x/App.tsx").success(0.02).run();
    assert_eq!(early.said(), ["I will change it.", "I've updated 1 file: App.tsx."]);
    assert_eq!(Script::default().init().success(0.02).run().said(), ["I'm done. No files were changed."]);
    // A file that could not be written has not changed.
    let failed = Script::default()
        .init()
        .tool("a", "Write", json!({ "file_path": "/x" }))
        .result_of("a", Some("no"))
        .success(0.02)
        .run();
    assert!(failed.end().2.files_changed.is_empty() && failed.end().2.has_errors);
}

#[test]
fn the_same_failure_three_times_stops_the_agent() {
    let fail = |script: Script, id: &str, error: &str| {
        script.tool(id, "Bash", json!({ "command": "npm test" })).result_of(id, Some(error))
    };
    let twice = fail(fail(Script::default().init(), "1", "boom"), "2", "boom");
    let stops = |run: &Run| run.effects.iter().filter(|effect| **effect == Effect::StopRunner).count();
    assert_eq!(stops(&twice.run()), 0);
    // Another tool in between does not make it another failure; its own success, or another complaint, does.
    let read_between = fail(Script(twice.0.clone()).tool("r", "Read", json!({})).result_of("r", None), "3", "boom");
    assert_eq!(stops(&read_between.run()), 1);
    let success_between = fail(Script(twice.0.clone()).tool("s", "Bash", json!({})).result_of("s", None), "3", "boom");
    assert_eq!(stops(&success_between.run()), 0);
    assert_eq!(stops(&fail(Script(twice.0.clone()), "3", "bang").run()), 0);
    let stopped = fail(read_between, "4", "boom").line(json!({ "type": "runner_stopped" })).run();
    assert_eq!((stops(&stopped), stopped.end().0, stopped.code()), (1, Outcome::Failed, "same_failure"));
}

#[test]
fn a_member_stops_a_turn() {
    let mut turn = Turn::new(2, MicroUsd::ZERO);
    turn.take(&message(&whole_turn().0[0]));
    turn.stop();
    let ended = turn.over(Outcome::Failed, Some(Trouble::broke()));
    assert!(matches!(ended.last(), Some(Effect::End { outcome: Outcome::Stopped, trouble: None, .. })), "{ended:?}");
    assert!(turn.is_over() && turn.over(Outcome::Failed, None).is_empty());
    assert!(turn.take(&message(&whole_turn().0[1])).is_empty());
}

#[test]
fn failures_become_sentences() {
    let api = |error: &str, status: u64| {
        Script::default()
            .init()
            .line(json!({ "type": "assistant", "error": error, "message": { "id": "m", "model": "<synthetic>", "content": [{ "type": "text", "text": "API Error zqx" }] } }))
            .failure(json!({ "subtype": "success", "terminal_reason": "api_error", "result": "API Error zqx", "api_error_status": status }))
            .run()
    };
    let refused = api("authentication_failed", 401);
    assert_eq!((refused.end().0, refused.code()), (Outcome::Failed, "key_refused"));
    assert!(refused.said().is_empty() && refused.end().2.has_errors);
    assert_eq!(api("billing_error", 400).code(), "no_credit");
    assert_eq!(api("overloaded", 529).code(), "service_overloaded");
    let turns = Script::default()
        .init()
        .failure(json!({ "subtype": "error_max_turns", "errors": ["Reached maximum number of turns (2)"] }))
        .run();
    assert_eq!(turns.code(), "too_many_steps");
    let budget = Script::default().failure(json!({ "terminal_reason": "api_error", "result": format!("API Error: 400 {}", Refusal::over_budget(MicroUsd::ZERO).to_json()), "api_error_status": 400 })).run();
    assert_eq!(budget.code(), "budget_reached");
    let broke = Script::default().init().line(json!({ "type": "runner_error", "message": "ENOENT /secret" })).run();
    assert_eq!(broke.code(), "agent_broke");
    assert!(!broke.end().1.unwrap().message.contains("secret"));
}

#[test]
fn an_error_that_passed_is_no_reason_for_a_later_end() {
    let run = Script::default()
        .init()
        .line(json!({ "type": "assistant", "error": "overloaded", "message": { "content": [] } }))
        .text("m", "Here I am again.")
        .failure(json!({ "subtype": "error_max_turns", "errors": ["x"] }))
        .run();
    assert_eq!(run.code(), "too_many_steps");
}

#[test]
fn trouble_is_told_once_until_it_is_over() {
    let retry = |script: Script| {
        script.line(json!({ "type": "system", "subtype": "api_retry", "error": "overloaded", "error_status": 529 }))
    };
    let run = retry(retry(retry(Script::default().init())).text("m", "Hello.")).run();
    let told = run.effects.iter().filter(|effect| matches!(effect, Effect::Trouble(_))).count();
    assert_eq!(told, 2);
}

#[test]
fn a_lost_conversation_is_begun_anew() {
    let mut run = Script::default()
        .failure(json!({ "errors": ["No conversation found with session ID: s0"], "total_cost_usd": 0 }))
        .run();
    assert_eq!(run.effects, [Effect::ConversationLost]);
    run.turn.restart();
    let again = whole_turn().run_in(run.turn);
    assert_eq!(again.end().3.cost, MicroUsd::new(15_120), "the new conversation counts from nothing");
}

#[test]
fn agents_that_the_agent_sent_work_but_do_not_speak() {
    let mut inner = Script::default().init();
    for block in [
        json!({ "type": "text", "text": "Inner words" }),
        json!({ "type": "tool_use", "id": "i", "name": "Write", "input": { "file_path": "/a.css" } }),
    ] {
        inner = inner.line(
            json!({ "type": "assistant", "parent_tool_use_id": "t0", "message": { "id": "n", "content": [block] } }),
        );
    }
    let run = inner
        .line(json!({ "type": "stream_event", "parent_tool_use_id": "t0", "api_message_id": "n", "event": { "type": "content_block_start", "index": 0, "content_block": { "type": "text" } } }))
        .line(json!({ "type": "stream_event", "parent_tool_use_id": "t0", "api_message_id": "n", "event": { "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "Inner words here. " } } }))
        .result_of("i", None)
        .text("m", "All done.")
        .success(0.02)
        .run();
    assert_eq!(run.said(), ["All done."]);
    assert_eq!(run.end().2.files_changed, ["/a.css"]);
    assert!(!run.effects.iter().any(|effect| matches!(effect, Effect::Streaming { .. })));
}

#[test]
fn words_that_are_taken_back_before_the_next_ones_are_not_said() {
    let run = Script::default()
        .init()
        .text("m1", "First try.")
        .line(json!({ "type": "assistant", "supersedes": ["u1"], "message": { "id": "m2", "content": [{ "type": "text", "text": "Second try." }] } }))
        .success(0.02)
        .run();
    assert_eq!(run.said(), ["Second try."]);
}

proptest! {
    #[test]
    fn no_order_of_messages_can_break_a_turn(order in prop::collection::vec(0usize..40, 0..60)) {
        let lines = whole_turn().failure(json!({ "errors": ["x"] })).line(json!({ "type": "runner_stopped" })).line(json!({ "type": "system", "subtype": "status", "status": "compacting" })).0;
        let mut turn = Turn::new(1, MicroUsd::ZERO);
        let mut ends = 0;
        for at in order {
            for effect in turn.take(&message(&lines[at % lines.len()])) {
                prop_assert!(ends == 0, "nothing follows the end");
                ends += usize::from(matches!(effect, Effect::End { .. }));
            }
        }
        prop_assert_eq!(turn.is_over(), ends == 1);
    }
}
