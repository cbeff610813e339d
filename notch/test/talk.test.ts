// The conversation's reducer: order, repetition, queue, stop, replay.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFrame } from "../src/builder/frames.ts";
import { type Entry, type Talk, SILENCE, has, phase, reduce, running, usual, visible } from "../src/builder/talk.ts";

let seq = 0;
const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 21, 8, 0, seconds)).toISOString();
const logged = (frame: object, seconds = 0): object => ({ ...frame, seq: ++seq, at: at(seconds) });
const said = (turn: number | null, role: string, text: string, more: object = {}): object => ({ type: "chat_message", id: `${role}-${turn}-${text}`, role, text, turn, attachments: [], ...more });
const status = (turn: number, state: string, outcome: string | null = null): object => ({ type: "session_status", status: state, turn, outcome });
const step = (turn: number, id: string, state: string, text: string, more: object = {}): object => ({ type: "agent_status", turn, step: id, state, phase: "writing", text, detail: null, ...more });

function talkOf(frames: object[], start: Talk = SILENCE): Talk {
  return frames.reduce<Talk>((talk, raw) => {
    const frame = readFrame(raw);
    assert.ok(frame, `not a frame: ${JSON.stringify(raw)}`);
    return reduce(talk, frame);
  }, start);
}

const shape = (entry: Entry): string => {
  switch (entry.kind) {
    case "said": return `${entry.role}: ${entry.text}`;
    case "work": return entry.steps.map(({ text, state }) => `[${text} ${state}]`).join("");
    case "arrived": return `version ${entry.snapshotId}`;
    case "trouble": return `trouble: ${entry.message}`;
  }
};
const shapes = (talk: Talk): string[] => talk.turns.flatMap((turn) => turn.entries.map(shape));

describe("the order of things", () => {
  test("a whole turn reads from the request to the version", () => {
    seq = 0;
    const talk = talkOf([
      logged(said(1, "user", "a bakery")), logged(status(1, "running")), logged(said(1, "assistant", "I will")),
      logged(step(1, "a", "started", "Writing the home page")), logged(step(1, "a", "done", "Writing the home page")),
      logged(step(1, "b", "started", "Publishing")), logged(step(1, "b", "done", "Publishing")),
      logged({ type: "preview_updated", turn: 1, snapshotId: "s1", url: "http://v--s1.vetka.localhost/" }),
      logged(said(1, "assistant", "There it is")), logged(status(1, "idle", "done")),
    ]);
    assert.deepEqual(shapes(talk), ["user: a bakery", "assistant: I will", "[Writing the home page done][Publishing done]", "version s1", "assistant: There it is"]);
    assert.deepEqual(talk.preview, { snapshotId: "s1", url: "http://v--s1.vetka.localhost/" });
    assert.equal(running(talk), null);
  });

  test("a queued message stands below the turn that runs, whatever comes meanwhile", () => {
    seq = 0;
    const talk = talkOf([
      logged(said(1, "user", "one")), logged(status(1, "running")), logged(said(2, "user", "two")), logged(status(2, "queued")),
      logged(step(1, "a", "started", "Writing")), logged(said(1, "assistant", "still at one")),
    ]);
    assert.deepEqual(shapes(talk), ["user: one", "[Writing started]", "assistant: still at one", "user: two"]);
    assert.equal(talk.turns[1]?.status, "queued");
    assert.equal(running(talk)?.number, 1);
  });

  test("what belongs to no turn stands with the latest", () => {
    seq = 0;
    const talk = talkOf([logged(said(1, "user", "one")), logged({ type: "preview_updated", turn: null, snapshotId: "r", url: "http://v--r.x/" })]);
    assert.deepEqual(shapes(talk), ["user: one", "version r"]);
  });
});

describe("frames that come late, twice or never", () => {
  test("a replay that overlaps changes nothing and gives the same object", () => {
    seq = 0;
    const frames = [logged(said(1, "user", "one")), logged(status(1, "running")), logged(step(1, "a", "started", "Writing"))];
    const talk = talkOf(frames);
    assert.equal(talkOf(frames, talk), talk);
  });

  test("the end of a turn ends what was still in the making", () => {
    seq = 0;
    const begun = [logged(said(1, "user", "one")), logged(status(1, "running")), logged(step(1, "a", "started", "Writing"))];
    assert.deepEqual(shapes(talkOf([logged(status(1, "idle", "stopped"))], talkOf(begun))).at(-1), "[Writing failed]");
    seq = 3;
    assert.deepEqual(shapes(talkOf([logged(status(1, "idle", "done"))], talkOf(begun))).at(-1), "[Writing done]");
  });

  test("text that is being written gives way to the message, and does not come back after it", () => {
    seq = 0;
    const streaming = { type: "agent_streaming", turn: 1, messageId: "m", text: "so f", at: at(0) };
    const begun = talkOf([logged(said(1, "user", "one")), streaming]);
    assert.equal(begun.streaming?.text, "so f");
    const whole = talkOf([logged({ type: "chat_message", id: "m", role: "assistant", text: "so far", turn: 1, attachments: [] })], begun);
    assert.equal(whole.streaming, null);
    assert.equal(talkOf([streaming], whole).streaming, null);
  });

  test("a message taken back never ran", () => {
    seq = 0;
    const talk = talkOf([logged(said(2, "user", "two")), logged(status(2, "queued")), logged(status(2, "idle", "stopped"))]);
    assert.equal(talk.turns[0]?.ran, false);
    assert.equal(talk.turns[0]?.outcome, "stopped");
  });

  test("a refusal of what this tab sent is no part of the conversation", () => {
    const talk = talkOf([{ type: "error", turn: null, code: "queue_full", message: "Too many", final: true, at: at(0) }]);
    assert.equal(talk, SILENCE);
  });
});

describe("what is said about it", () => {
  test("knows its own message again", () => {
    seq = 0;
    const talk = talkOf([logged(said(1, "user", "one", { clientId: "c1" }))]);
    assert.ok(has(talk, "c1"));
    assert.ok(!has(talk, "c2"));
  });

  test("names the work, not the thinking", () => {
    seq = 0;
    const talk = talkOf([logged(status(1, "running")), logged(step(1, "a", "started", "Writing")), logged(step(1, "t", "started", "Thinking", { phase: "thinking" }))]);
    const turn = running(talk);
    assert.ok(turn);
    assert.equal(phase(turn), "Writing");
  });

  test("how long it usually takes is the middle of those that came to a good end", () => {
    seq = 0;
    const turns = [[1, 10, "done"], [2, 30, "done"], [3, 500, "failed"], [4, 20, "done"]] as const;
    const talk = talkOf(turns.flatMap(([turn, took, outcome]) => [logged(status(turn, "running"), 0), logged(status(turn, "idle", outcome), took)]));
    assert.equal(usual(talk), 20_000);
    assert.equal(usual(SILENCE), null);
  });

  test("the same words twice in a row are one line, and thinking is gone when it is over", () => {
    const line = (id: string, state: "started" | "done", text: string, phase = "looking") => ({ id, state, phase, text, detail: null });
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
    assert.deepEqual(frame?.type === "chat_message" && frame.attachments.map(({ id }) => id), ["c"]);
  });
});
