// A session's reducer: order, repetition, receipts and their undoing; and the words that its state becomes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Entry, doing, has, request, running, visible } from "../src/conversation/conversation.ts";
import { type ChatMessage, type Frame, type Receipt, type Standing, messageFrame, readFrame, readHandover, readKept, readPin } from "../src/session/frames.ts";
import { initials, moneyWords, timeWords } from "../src/session/meters.ts";
import { type SessionState, INITIAL, broughtBack, isOver, reduce, undone } from "../src/session/reducer.ts";
import { ending, inShort, minutesLeft, priced, record, elapsed } from "../src/session/words.ts";

let seq = 0;
const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 26, 8, 0, seconds)).toISOString();
const logged = (frame: object, seconds = 0): object => ({ ...frame, seq: ++seq, at: at(seconds) });
const status = (status: string, more: object = {}): object => ({ type: "session_status", status, text: "", canExtend: false, hasPreview: false, ...more });
const turn = (turn: number, status: string, outcome?: string): object => ({ type: "turn_status", turn, status, outcome });
const said = (turn: number | null, role: string, text: string, more: object = {}): object => ({ type: "chat_message", id: `${role}-${turn}-${text}`, role, text, turn, ...more });
const step = (turn: number, step: string, state: string, text: string, phase = "writing"): object => ({ type: "agent_status", turn, step, state, phase, text });
const receipt = (turn: number, more: object = {}): object => ({ type: "receipt", turn, changed: ["a page (index.html)"], checked: [], costUsd: 0.02, canUndo: true, ...more });

function read(raw: object): Frame {
  const frame = readFrame(raw);
  assert.ok(frame, `not a frame: ${JSON.stringify(raw)}`);
  return frame;
}
const stateOf = (frames: object[], start: SessionState = INITIAL): SessionState => frames.reduce<SessionState>((state, raw) => reduce(state, read(raw)), start);

const shape = (entry: Entry<ChatMessage, Receipt>): string => {
  switch (entry.kind) {
    case "message": return `${entry.message.author?.name ?? entry.message.role}: ${entry.message.text}`;
    case "steps": return entry.steps.map(({ text, state }) => `[${text} ${state}]`).join("");
    case "result": return `receipt ${entry.result.turn}`;
    case "error": return `error: ${entry.error.message}`;
  }
};
const shapes = ({ conversation }: SessionState): string[] => conversation.turns.flatMap((turn) => turn.entries.map(shape));

describe("the order of things", () => {
  test("a whole turn reads from what was asked to its receipt", () => {
    seq = 0;
    const state = stateOf([
      logged(said(1, "user", "a friendlier headline", { author: { id: "a", name: "Ann" }, clientId: "c1" })), logged(turn(1, "running"), 1),
      logged(step(1, "s1", "started", "Editing files")), logged(step(1, "s1", "done", "Editing files")),
      logged(said(1, "assistant", "It says hello now.")), logged(receipt(1)), logged({ type: "preview_updated", turn: 1 }), logged(turn(1, "idle", "done"), 9),
    ]);
    assert.deepEqual(shapes(state), ["Ann: a friendlier headline", "[Editing files done]", "assistant: It says hello now.", "receipt 1"]);
    assert.equal(running(state.conversation), null);
    assert.deepEqual([state.conversation.turns[0]?.startedAt, state.conversation.turns[0]?.endedAt], [Date.parse(at(1)), Date.parse(at(9))]);
    assert.ok(has(state.conversation, "c1") && !has(state.conversation, "c2"));
  });

  test("a queued message stands below the turn that runs, whatever comes meanwhile", () => {
    seq = 0;
    const state = stateOf([
      logged(said(1, "user", "one")), logged(turn(1, "running")), logged(said(2, "user", "two")), logged(turn(2, "queued")),
      logged(step(1, "a", "started", "Thinking", "thinking")), logged(step(1, "b", "started", "Reading the page", "looking")),
    ]);
    assert.deepEqual(shapes(state), ["user: one", "[Thinking started][Reading the page started]", "user: two"]);
    const now = running(state.conversation);
    assert.ok(now);
    assert.equal(doing(now), "Reading the page");
  });

  test("what came before comes again and changes nothing", () => {
    seq = 0;
    const frames = [logged(said(1, "user", "one")), logged(turn(1, "running")), logged({ type: "cost_update", costUsd: 1, budgetUsd: 5, leftUsd: 4, tokensIn: 1, tokensOut: 1 })];
    const state = stateOf(frames);
    assert.equal(stateOf(frames, state), state);
  });

  test("streaming stands until the message is there, and never comes back late", () => {
    seq = 0;
    const streaming = { type: "agent_streaming", turn: 1, messageId: "assistant-1-Done.", text: "Do" };
    const writing = stateOf([logged(turn(1, "running")), streaming]);
    assert.equal(writing.conversation.streaming?.text, "Do");
    const there = stateOf([logged(said(1, "assistant", "Done."))], writing);
    assert.equal(there.conversation.streaming, null);
    assert.equal(stateOf([streaming], there).conversation.streaming, null);
    assert.equal(stateOf([logged(turn(1, "idle", "stopped"))], writing).conversation.streaming, null);
  });

  test("a turn that failed leaves no step in the making", () => {
    seq = 0;
    const state = stateOf([logged(turn(1, "running")), logged(step(1, "a", "started", "Building")), logged({ type: "error", turn: 1, code: "key_refused", message: "Refused.", final: true }), logged(turn(1, "idle", "failed"))]);
    assert.deepEqual(shapes(state), ["[Building failed]", "error: Refused."]);
  });

  test("a turn that failed is asked again with what was pointed at", () => {
    seq = 0;
    const pins = [{ id: "p1", label: "the heading", page: "/", width: 390, note: "Warmer", author: { id: "b", name: "Bo" } }, { id: "p2", label: "the menu", page: "/", width: 390 }];
    const state = stateOf([
      logged(said(1, "user", "These, please", { author: { id: "a", name: "Ann" }, pins })), logged(turn(1, "running")),
      logged({ type: "error", turn: 1, code: "key_refused", message: "Refused.", final: true }), logged(turn(1, "idle", "failed")),
    ]);
    const [failed] = state.conversation.turns;
    const asked = failed && request(failed);
    assert.ok(asked);
    const frame = messageFrame({ clientId: "c2", text: asked.text, attachments: asked.pins, state: "waiting", problem: "" }, "/menu");
    assert.deepEqual(frame, { type: "chat_message", content: "These, please", clientId: "c2", page: "/menu", pins: ["p1", "p2"] });
  });

  test("an answer to one tab is not in the conversation", () => {
    const state = stateOf([{ type: "error", code: "x", message: "Slower.", final: true }]);
    assert.deepEqual(state.conversation.turns, []);
  });
});

describe("undoing", () => {
  test("a turn is undone by another, and comes back when that one is undone", () => {
    seq = 0;
    const first = [logged(receipt(1)), logged(receipt(2)), logged(receipt(3, { undoOf: 1 }))];
    assert.deepEqual([...undone(stateOf(first).conversation)], [[1, 3]]);
    const second = [...first, logged(receipt(4, { undoOf: 3 }))];
    const receipts = stateOf(second).conversation.turns.flatMap(({ entries }) => entries.flatMap((entry) => (entry.kind === "result" ? [entry.result] : [])));
    assert.deepEqual(receipts.map((one) => broughtBack(stateOf(second).conversation, one)), [false, false, false, true]);
    assert.deepEqual([...undone(stateOf(second).conversation)], [[3, 4]]);
    assert.deepEqual([...undone(stateOf([...second, logged(receipt(5, { undoOf: 1 }))]).conversation)].sort(), [[1, 5], [3, 4]]);
  });

  test("steps are shown once, without the thinking", () => {
    seq = 0;
    const state = stateOf([logged(step(1, "a", "done", "Thinking", "thinking")), logged(step(1, "b", "done", "Editing")), logged(step(1, "c", "done", "Editing")), logged(step(1, "d", "done", "Checking"))]);
    const [work] = state.conversation.turns[0]?.entries ?? [];
    assert.ok(work?.kind === "steps");
    assert.deepEqual(visible(work.steps).map(({ text }) => text), ["Editing", "Checking"]);
  });
});

describe("what arrives is not trusted", () => {
  test("frames that are none, and parts that are not what they should be, are left out", () => {
    for (const wrong of [null, [], "x", {}, { type: "else" }, { type: "session_status", status: "DANCING" }, { type: "turn_status", turn: "1", status: "idle" }, { type: "receipt" }]) {
      assert.equal(readFrame(wrong), null, JSON.stringify(wrong));
    }
    const { standing } = read(status("COMPLETED", { outcome: "PR_CREATED", prUrl: "javascript:alert(1)", endsAt: "soon" })) as Frame & { type: "session_status" };
    assert.deepEqual([standing.prUrl, standing.endsAt, standing.outcome], [null, null, "PR_CREATED"]);
    const people = read({ type: "people", people: [{ id: "a", name: "Ann" }, { name: "nobody" }, 7] });
    assert.deepEqual(people.type === "people" && people.people, [{ id: "a", name: "Ann" }]);
  });

  test("pins are cut to what a message may carry", () => {
    const pin = readPin({ label: "x".repeat(900), selector: "y".repeat(900), text: "z".repeat(900), page: "/".repeat(900), width: 390.4 });
    assert.deepEqual(pin && [pin.label.length, pin.selector.length, pin.text.length, pin.page.length, pin.width, pin.note], [120, 300, 300, 200, 390, ""]);
    assert.equal(readPin({ selector: "body" }), null);
  });

  test("answers of the routes", () => {
    assert.equal(readHandover({}), null);
    const [page, setting] = [{ what: "a page (index.html)", change: "added" }, { what: "a setting (x.yml)", change: "changed" }];
    assert.deepEqual(readHandover({ files: [setting, page, setting], outside: [{ what: setting.what, why: "" }], count: 3 }), {
      files: [page, setting], outside: [{ what: setting.what, why: "" }], count: 3, views: [],
    });
    assert.equal(readKept({ status: "?" }), null);
    assert.equal(readKept({ status: "COMPLETED", startedBy: null, totalCostUsd: 0.4 })?.cost, 0.4);
  });
});

describe("words", () => {
  const standing = (more: Partial<Standing> = {}): Standing => ({ status: "RUNNING", phase: null, text: "", usual: "", since: null, endsAt: null, canExtend: false, hasPreview: true, outcome: null, prUrl: null, ...more });

  test("money speaks from four fifths on", () => {
    assert.equal(moneyWords(null), "");
    assert.equal(moneyWords({ spent: 3.9, budget: 5, left: 1.1 }), "");
    assert.match(moneyWords({ spent: 4, budget: 5, left: 1 }), /\$1\.00 of \$5\.00 are left/);
    assert.match(moneyWords({ spent: 5, budget: 5, left: 0 }), /used up/);
    assert.deepEqual([priced(0), priced(0.001), priced(0.42)], ["$0.00", "less than a cent", "$0.42"]);
  });

  test("time speaks in its last ten minutes", () => {
    const now = 1_000_000;
    assert.equal(timeWords(standing({ endsAt: now + 11 * 60_000 }), now), "");
    assert.match(timeWords(standing({ endsAt: now + 9.5 * 60_000, canExtend: true }), now), /10 minutes.*add time/);
    assert.match(timeWords(standing({ endsAt: now + 30_000 }), now), /in 1 minute\. .*branch/);
    assert.equal(timeWords(standing({ status: "STOPPING", endsAt: now }), now), "");
    assert.equal(minutesLeft(now - 5, now), 0);
    assert.deepEqual([elapsed(now, now - 50), elapsed(0, 1000), elapsed(0, 95_000)], ["0 seconds so far", "1 second so far", "1:35 minutes so far"]);
  });

  test("every end has a title and words", () => {
    assert.ok(isOver("ERRORED") && !isOver("STOPPING") && !isOver(undefined));
    for (const [status, outcome] of [["COMPLETED", "PR_CREATED"], ["COMPLETED", "COMMITTED_TO_MAIN"], ["COMPLETED", "DISCARDED"], ["COMPLETED", null], ["TIMED_OUT", null], ["ERRORED", null]] as const) {
      const { title, words } = ending(status, outcome, "");
      assert.ok(title !== "" && words !== "");
    }
    assert.match(ending("ERRORED", null, "The project did not start.").words, /^The project did not start\. Start a new one/);
    assert.equal(record({ status: "COMPLETED", outcome: null, prUrl: null, startedBy: "Ann", cost: 0.4, startedAt: 0, endedAt: 12 * 60_000 }), "Started by Ann. Cost $0.40, 12 minutes.");
  });

  test("lists and names are short", () => {
    assert.deepEqual([inShort([]), inShort(["a"]), inShort(["a", "b"]), inShort(["a", "b", "c", "d"])], ["Nothing was changed.", "Changed a.", "Changed a and b.", "Changed a, b and 2 more."]);
    assert.deepEqual([initials("Ann Ode"), initials("bo"), initials("Éva van Dam"), initials("?!")], ["AO", "B", "ÉD", "?"]);
  });
});
