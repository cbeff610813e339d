// A session as it is shown, built from frames by a pure reducer. Owns the order of things and what a late or repeated frame
// does (nothing); refuses to know elements, sockets or clocks.

import type { Cost, Frame, OtherSession, Person, Receipt, ShownPin, Standing, Status, StepState, TurnOutcome, TurnStatus } from "./frames.ts";

export interface Step {
  id: string;
  state: StepState;
  thinking: boolean;
  text: string;
}

/** One thing in the conversation. `key` is its own for ever, and a changed entry is a new object. */
export type Entry =
  | {
      kind: "said"; key: string; id: string; role: "user" | "assistant" | "system"; text: string; author: Person | null; pins: readonly ShownPin[];
      clientId: string | null;
    }
  | { kind: "work"; key: string; steps: readonly Step[] }
  | { kind: "receipt"; key: string; receipt: Receipt }
  | { kind: "trouble"; key: string; code: string; message: string; final: boolean };

export interface Turn {
  number: number;
  status: TurnStatus;
  outcome: TurnOutcome | null;
  /** Whether it ever ran: a turn that ends without was taken back. */
  ran: boolean;
  /** Unix milliseconds. */
  startedAt: number | null;
  endedAt: number | null;
  entries: readonly Entry[];
}

export interface Talk {
  lastSeq: number;
  standing: Standing | null;
  /** Ascending by number: a queued message stands below the turn that runs. */
  turns: readonly Turn[];
  streaming: { turn: number; messageId: string; text: string } | null;
  cost: Cost | null;
  people: readonly Person[];
  conflict: { text: string; sessions: readonly OtherSession[] } | null;
}

export const SILENCE: Talk = { lastSeq: 0, standing: null, turns: [], streaming: null, cost: null, people: [], conflict: null };

/** The session after one more frame. The same object when the frame says nothing new. */
export function reduce(before: Talk, frame: Frame): Talk {
  if (frame.seq !== null && frame.seq <= before.lastSeq) return before;
  const talk = frame.seq === null ? before : { ...before, lastSeq: frame.seq };
  const add = (turn: number | null, entry: Entry): Talk => inTurn(talk, turn, (old) => ({ ...old, entries: [...old.entries, entry] }));
  switch (frame.type) {
    case "session_status": {
      const over = isOver(frame.standing.status);
      return { ...talk, standing: frame.standing, streaming: over ? null : talk.streaming };
    }
    case "turn_status":
      return statusOf(talk, frame);
    case "chat_message": {
      const { id, role, text, author, pins, clientId } = frame;
      const said: Entry = { kind: "said", key: `m${id}`, id, role, text, author, pins, clientId };
      const streaming = talk.streaming?.messageId === id ? null : talk.streaming;
      return { ...add(frame.turn, said), streaming };
    }
    case "agent_status":
      return inTurn(talk, frame.turn, (turn) => ({ ...turn, entries: withStep(turn.entries, frame) }));
    case "agent_streaming": {
      const { turn, messageId, text } = frame;
      const done = talk.turns.some((known) => known.entries.some((entry) => entry.kind === "said" && entry.id === messageId));
      return done ? talk : { ...talk, streaming: { turn, messageId, text } };
    }
    case "cost_update":
      return { ...talk, cost: frame.cost };
    case "receipt":
      return add(frame.receipt.turn, { kind: "receipt", key: `r${frame.seq ?? frame.receipt.turn}`, receipt: frame.receipt });
    case "conflict_warning":
      return { ...talk, conflict: frame.sessions.length === 0 && frame.text === "" ? null : { text: frame.text, sessions: frame.sessions } };
    case "people":
      return { ...talk, people: frame.people };
    case "error": {
      // What is not in the log is an answer to what this tab sent; the outbox shows it there.
      if (frame.seq === null) return talk;
      return add(frame.turn, { kind: "trouble", key: `e${frame.seq}`, code: frame.code, message: frame.message, final: frame.final });
    }
    // What the tray has is the tray's.
    case "pins":
    case "preview_updated":
      return talk;
  }
}

function statusOf(talk: Talk, frame: Frame & { type: "turn_status" }): Talk {
  const over = frame.status === "idle";
  const streaming = over && talk.streaming?.turn === frame.turn ? null : talk.streaming;
  return inTurn({ ...talk, streaming }, frame.turn, (turn) => ({
    ...turn,
    status: frame.status,
    outcome: over ? frame.outcome : null,
    ran: turn.ran || frame.status === "running",
    startedAt: frame.status === "running" ? (turn.startedAt ?? frame.at) : turn.startedAt,
    endedAt: over ? frame.at : null,
    entries: over ? turn.entries.map((entry) => settled(entry, frame.outcome)) : turn.entries,
  }));
}

/** Nothing is in the making any more when its turn is over. */
function settled(entry: Entry, outcome: TurnOutcome | null): Entry {
  if (entry.kind !== "work" || entry.steps.every((step) => step.state !== "started")) return entry;
  const state: StepState = outcome === "done" ? "done" : "failed";
  return { ...entry, steps: entry.steps.map((step) => (step.state === "started" ? { ...step, state } : step)) };
}

/** Changes one turn, making it when it is new. What belongs to no turn stands with the latest. */
function inTurn(talk: Talk, number: number | null, change: (turn: Turn) => Turn): Talk {
  const wanted = number ?? talk.turns.at(-1)?.number ?? 0;
  const index = talk.turns.findIndex((turn) => turn.number === wanted);
  const found = talk.turns[index];
  if (found !== undefined) return { ...talk, turns: talk.turns.with(index, change(found)) };
  const fresh: Turn = { number: wanted, status: "idle", outcome: null, ran: false, startedAt: null, endedAt: null, entries: [] };
  return { ...talk, turns: [...talk.turns, change(fresh)].sort((one, other) => one.number - other.number) };
}

/** Steps that follow each other stand together; a step that is known already changes where it stands. */
function withStep(entries: readonly Entry[], frame: Frame & { type: "agent_status" }): readonly Entry[] {
  const step: Step = { id: frame.step, state: frame.state, thinking: frame.phase === "thinking", text: frame.text };
  const at = entries.findIndex((entry) => entry.kind === "work" && entry.steps.some((known) => known.id === step.id));
  const known = entries[at];
  if (known?.kind === "work") return entries.with(at, { ...known, steps: known.steps.map((old) => (old.id === step.id ? step : old)) });
  const last = entries.at(-1);
  if (last?.kind === "work") return entries.with(-1, { ...last, steps: [...last.steps, step] });
  return [...entries, { kind: "work", key: `w${frame.turn}.${step.id}`, steps: [step] }];
}

/** Whether a session has come to its end. */
export function isOver(status: Status | undefined): boolean {
  return status === "COMPLETED" || status === "ERRORED" || status === "TIMED_OUT";
}

/** The turn at work, if any. */
export function running(talk: Talk): Turn | null {
  return talk.turns.find((turn) => turn.status === "running" || turn.status === "stopping") ?? null;
}

/** What is being done right now, in plain words. */
export function doing(turn: Turn): string {
  const steps = turn.entries.flatMap((entry) => (entry.kind === "work" ? entry.steps : []));
  return (steps.findLast((step) => step.state === "started" && !step.thinking) ?? steps.findLast((step) => step.state === "started"))?.text ?? "Thinking";
}

/** Whether the log holds the message that this tab sent under this name. */
export function has(talk: Talk, clientId: string): boolean {
  return talk.turns.some((turn) => turn.entries.some((entry) => entry.kind === "said" && entry.clientId === clientId));
}

/** Which turns stand undone, and which turn undid each. Undoing an undo brings the first one back. */
export function undone(talk: Talk): ReadonlyMap<number, number> {
  const receipts = talk.turns.flatMap((turn) => turn.entries.flatMap((entry) => (entry.kind === "receipt" ? [entry.receipt] : [])));
  const by = new Map<number, number>();
  // The latest first: whether an undo still stands is known before what it undid is looked at.
  for (const receipt of receipts.sort((one, other) => other.turn - one.turn)) {
    if (receipt.undoOf !== null && !by.has(receipt.turn) && !by.has(receipt.undoOf)) by.set(receipt.undoOf, receipt.turn);
  }
  return by;
}

/** Whether a turn took back what was taken back before. */
export function broughtBack(talk: Talk, { undoOf }: Receipt): boolean {
  const undoes = (number: number): number | null =>
    talk.turns.flatMap(({ entries }) => entries).flatMap((entry) => (entry.kind === "receipt" && entry.receipt.turn === number ? [entry.receipt.undoOf] : []))[0] ?? null;
  let depth = 0;
  for (let at = undoOf; at !== null && depth < talk.turns.length + 1; at = undoes(at)) depth += 1;
  return depth % 2 === 0 && depth > 0;
}

/** The steps worth a line: no thinking, and the same words twice in a row only once. */
export function visible(steps: readonly Step[]): Step[] {
  const lines: Step[] = [];
  for (const step of steps) {
    if (step.thinking) continue;
    if (lines.at(-1)?.text === step.text) lines[lines.length - 1] = step;
    else lines.push(step);
  }
  return lines;
}
