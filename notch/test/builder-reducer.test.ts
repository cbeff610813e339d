// The builder's reducer: order, repetition, queue, stop, replay.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ChatMessage, readFrame } from "../src/builder/frames.ts";
import { type Arrival, type BuilderState, INITIAL, reduce, usual } from "../src/builder/reducer.ts";
import { type Entry, doing, has, running, visible } from "../src/conversation/conversation.ts";

let seq = 0;
const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 21, 8, 0, seconds)).toISOString();
const logged = (frame: object, seconds = 0): object => ({ ...frame, seq: ++seq, at: at(seconds) });
const said = (turn: number | null, role: string, text: string, more: object = {}): object => ({ type: "chat_message", id: `${role}-${turn}-${text}`, role, text, turn, attachments: [], ...more });
const status = (turn: number, state: string, outcome: string | null = null): object => ({ type: "session_status", status: state, turn, outcome });
const step = (turn: number, id: string, state: string, text: string, more: object = {}): object => ({ type: "agent_status", turn, step: id, state, phase: "writing", text, detail: null, ...more });

function stateOf(frames: object[], start: BuilderState = INITIAL): BuilderState {
  return frames.reduce<BuilderState>((state, raw) => {
    const frame = readFrame(raw);
    assert.ok(frame, `not a frame: ${JSON.stringify(raw)}`);
    return reduce(state, frame);
  }, start);
}

const shape = (entry: Entry<ChatMessage, Arrival>): string => {
  switch (entry.kind) {
    case "message": return `${entry.message.role}: ${entry.message.text}`;
    case "steps": return entry.steps.map(({ text, state }) => `[${text} ${state}]`).join("");
    case "result": return `version ${entry.result.snapshotId}`;
    case "error": return `error: ${entry.error.message}`;
  }
};
const shapes = ({ conversation }: BuilderState): string[] => conversation.turns.flatMap((turn) => turn.entries.map(shape));

describe("the order of things", () => {
  test("a whole turn reads from the request to the version", () => {
    seq = 0;
    const state = stateOf([
      logged(said(1, "user", "a bakery")), logged(status(1, "running")), logged(said(1, "assistant", "I will")),
      logged(step(1, "a", "started", "Writing the home page")), logged(step(1, "a", "done", "Writing the home page")),
      logged(step(1, "b", "started", "Publishing")), logged(step(1, "b", "done", "Publishing")),
      logged({ type: "preview_updated", turn: 1, snapshotId: "s1", url: "http://v--s1.vetka.localhost/" }),
      logged(said(1, "assistant", "There it is")), logged(status(1, "idle", "done")),
    ]);
    assert.deepEqual(shapes(state), ["user: a bakery", "assistant: I will", "[Writing the home page done][Publishing done]", "version s1", "assistant: There it is"]);
    assert.deepEqual(state.preview, { snapshotId: "s1", url: "http://v--s1.vetka.localhost/" });
    assert.equal(running(state.conversation), null);
  });

  test("a queued message stands below the turn that runs, whatever comes meanwhile", () => {
    seq = 0;
    const state = stateOf([
      logged(said(1, "user", "one")), logged(status(1, "running")), logged(said(2, "user", "two")), logged(status(2, "queued")),
      logged(step(1, "a", "started", "Writing")), logged(said(1, "assistant", "still at one")),
    ]);
    assert.deepEqual(shapes(state), ["user: one", "[Writing started]", "assistant: still at one", "user: two"]);
    assert.equal(state.conversation.turns[1]?.status, "queued");
    assert.equal(running(state.conversation)?.number, 1);
  });

  test("what belongs to no turn stands with the latest", () => {
    seq = 0;
    const state = stateOf([logged(said(1, "user", "one")), logged({ type: "preview_updated", turn: null, snapshotId: "r", url: "http://v--r.x/" })]);
    assert.deepEqual(shapes(state), ["user: one", "version r"]);
  });
});

describe("frames that come late, twice or never", () => {
  test("a replay that overlaps changes nothing and gives the same object", () => {
    seq = 0;
    const frames = [logged(said(1, "user", "one")), logged(status(1, "running")), logged(step(1, "a", "started", "Writing"))];
    const state = stateOf(frames);
    assert.equal(stateOf(frames, state), state);
  });

  test("the end of a turn ends what was still in the making", () => {
    seq = 0;
    const begun = [logged(said(1, "user", "one")), logged(status(1, "running")), logged(step(1, "a", "started", "Writing"))];
    assert.deepEqual(shapes(stateOf([logged(status(1, "idle", "stopped"))], stateOf(begun))).at(-1), "[Writing failed]");
    seq = 3;
    assert.deepEqual(shapes(stateOf([logged(status(1, "idle", "done"))], stateOf(begun))).at(-1), "[Writing done]");
  });

  test("text that is being written gives way to the message, and does not come back after it", () => {
    seq = 0;
    const streaming = { type: "agent_streaming", turn: 1, messageId: "m", text: "so f", at: at(0) };
    const begun = stateOf([logged(said(1, "user", "one")), streaming]);
    assert.equal(begun.conversation.streaming?.text, "so f");
    const whole = stateOf([logged({ type: "chat_message", id: "m", role: "assistant", text: "so far", turn: 1, attachments: [] })], begun);
    assert.equal(whole.conversation.streaming, null);
    assert.equal(stateOf([streaming], whole).conversation.streaming, null);
  });

  test("a message taken back never ran", () => {
    seq = 0;
    const state = stateOf([logged(said(2, "user", "two")), logged(status(2, "queued")), logged(status(2, "idle", "stopped"))]);
    assert.equal(state.conversation.turns[0]?.ran, false);
    assert.equal(state.conversation.turns[0]?.outcome, "stopped");
  });

  test("a refusal of what this tab sent is no part of the conversation", () => {
    const state = stateOf([{ type: "error", turn: null, code: "queue_full", message: "Too many", final: true, at: at(0) }]);
    assert.equal(state, INITIAL);
  });
});

describe("what is said about it", () => {
  test("knows its own message again", () => {
    seq = 0;
    const state = stateOf([logged(said(1, "user", "one", { clientId: "c1" }))]);
    assert.ok(has(state.conversation, "c1"));
    assert.ok(!has(state.conversation, "c2"));
  });

  test("names the work, not the thinking", () => {
    seq = 0;
    const state = stateOf([logged(status(1, "running")), logged(step(1, "a", "started", "Writing")), logged(step(1, "t", "started", "Thinking", { phase: "thinking" }))]);
    const turn = running(state.conversation);
    assert.ok(turn);
    assert.equal(doing(turn), "Writing");
  });

  test("how long it usually takes is the middle of those that came to a good end", () => {
    seq = 0;
    const turns = [[1, 10, "done"], [2, 30, "done"], [3, 500, "failed"], [4, 20, "done"]] as const;
    const state = stateOf(turns.flatMap(([turn, took, outcome]) => [logged(status(turn, "running"), 0), logged(status(turn, "idle", outcome), took)]));
    assert.equal(usual(state.conversation), 20_000);
    assert.equal(usual(INITIAL.conversation), null);
  });

  test("the same words twice in a row are one line, and thinking is gone when it is over", () => {
    const line = (id: string, state: "started" | "done", text: string, phase: "looking" | "thinking" = "looking") => ({ id, state, phase, text, detail: null });
    const lines = visible([line("t", "done", "Thinking", "thinking"), line("a", "done", "Looking at the files"), line("b", "started", "Looking at the files"), line("c", "started", "Publishing")]);
    assert.deepEqual(lines.map(({ id }) => id), ["b", "c"]);
  });
});

describe("reading frames", () => {
  test("leaves out what is unknown, misshapen or dangerous", () => {
    for (const raw of [null, 1, [], {}, { type: "cost_update" }, { type: "agent_status", state: "started" }, { type: "session_status", status: "asleep" },
      { type: "preview_updated", turn: 1, snapshotId: "x", url: "javascript:alert(1)" }]) {
      assert.equal(readFrame(raw), null);
    }
    const frame = readFrame({ type: "chat_message", id: "m", role: "user", text: "x", turn: 1, seq: 1, attachments: [
      { id: "a", name: "n", mediaType: "image/png", size: 1, url: "javascript:alert(1)" }, { id: "b", name: "n", mediaType: "image/png", size: 1, url: "//evil.test/x" },
      { id: "c", name: "n", mediaType: "image/png", size: 1, url: "/api/agent/uploads/c" }] });
    assert.deepEqual(frame?.type === "chat_message" && frame.message.attachments.map(({ id }) => id), ["c"]);
  });
});
