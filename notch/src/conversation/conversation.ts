// A conversation as it is shown, built from frames by pure functions. Owns the order of things and what a late or repeated
// frame does (nothing); refuses to know elements, sockets or clocks.

import type { CommonFrame, ErrorFrame, Message, Stamp, StepFrame, StepState, TurnFrame, TurnOutcome, TurnStatus } from "./frames.ts";

export interface Step extends Pick<StepFrame, "state" | "phase" | "text" | "detail"> {
  id: string;
}

/** One thing in the conversation. `key` is its own for ever, and a changed entry is a new object. A result is what came of a
 *  turn, which is another thing on every page. */
export type Entry<M extends Message, Result> =
  | { kind: "message"; key: string; message: M }
  | { kind: "steps"; key: string; steps: readonly Step[] }
  | { kind: "error"; key: string; error: Pick<ErrorFrame, "code" | "message" | "final"> }
  | { kind: "result"; key: string; result: Result };

export interface Turn<M extends Message = Message, Result = unknown> {
  number: number;
  status: TurnStatus;
  outcome: TurnOutcome | null;
  /** Whether it ever ran: a turn that ends without was taken back. */
  ran: boolean;
  /** Unix milliseconds. */
  startedAt: number | null;
  endedAt: number | null;
  entries: readonly Entry<M, Result>[];
}

export interface Conversation<M extends Message = Message, Result = unknown> {
  lastSeq: number;
  /** Ascending by number: a queued message stands below the turn that runs. */
  turns: readonly Turn<M, Result>[];
  streaming: { turn: number; messageId: string; text: string } | null;
}

export const EMPTY: Conversation<never, never> = { lastSeq: 0, turns: [], streaming: null };

/** What a page knows: its conversation, and what else its frames say. */
export interface State<M extends Message = Message, Result = unknown> {
  conversation: Conversation<M, Result>;
}

/** The state with its conversation put in place of the one before; the same object when that is the same. */
export function holding<S extends State>(state: S, conversation: S["conversation"]): S {
  return conversation === state.conversation ? state : { ...state, conversation };
}

/** The conversation with the number of a frame seen; null when it was seen before. */
export function seeing<C extends Conversation>(conversation: C, { seq }: Stamp): C | null {
  if (seq === null) return conversation;
  return seq <= conversation.lastSeq ? null : { ...conversation, lastSeq: seq };
}

/** The conversation after one more frame. The same object when the frame says nothing new. */
export function reduceCommon<M extends Message, R>(conversation: Conversation<M, R>, frame: CommonFrame<M>): Conversation<M, R> {
  switch (frame.type) {
    case "chat_message": {
      const { message } = frame;
      const streaming = conversation.streaming?.messageId === message.id ? null : conversation.streaming;
      return adding({ ...conversation, streaming }, message.turn, { kind: "message", key: `m${message.id}`, message });
    }
    case "turn_status":
      return frame.turn === null ? conversation : turned(conversation, frame.turn, frame);
    case "agent_status":
      return inTurn(conversation, frame.turn, (turn) => ({ ...turn, entries: withStep(turn.entries, frame) }));
    case "agent_streaming": {
      const { turn, messageId, text } = frame;
      const isThere = conversation.turns.some(({ entries }) => entries.some((entry) => entry.kind === "message" && entry.message.id === messageId));
      return isThere ? conversation : { ...conversation, streaming: { turn, messageId, text } };
    }
    case "error": {
      // What is not in the log is an answer to what this tab sent; the outbox shows it there.
      if (frame.seq === null) return conversation;
      const { code, message, final } = frame;
      return adding(conversation, frame.turn, { kind: "error", key: `e${frame.seq}`, error: { code, message, final } });
    }
  }
}

/** The conversation with one more entry at the end of a turn. */
export function adding<M extends Message, R>(conversation: Conversation<M, R>, turn: number | null, entry: Entry<M, R>): Conversation<M, R> {
  return inTurn(conversation, turn, (old) => ({ ...old, entries: [...old.entries, entry] }));
}

function turned<M extends Message, R>(conversation: Conversation<M, R>, number: number, frame: Stamp & TurnFrame): Conversation<M, R> {
  const { status, outcome, at } = frame;
  const over = status === "idle";
  const streaming = over && conversation.streaming?.turn === number ? null : conversation.streaming;
  return inTurn({ ...conversation, streaming }, number, (turn) => ({
    ...turn,
    status,
    outcome: over ? outcome : null,
    ran: turn.ran || status === "running",
    startedAt: status === "running" ? (turn.startedAt ?? at) : turn.startedAt,
    endedAt: over ? at : null,
    entries: over ? turn.entries.map((entry) => settled(entry, outcome)) : turn.entries,
  }));
}

/** Nothing is in the making any more when its turn is over. */
function settled<M extends Message, R>(entry: Entry<M, R>, outcome: TurnOutcome | null): Entry<M, R> {
  if (entry.kind !== "steps" || entry.steps.every((step) => step.state !== "started")) return entry;
  const state: StepState = outcome === "done" ? "done" : "failed";
  return { ...entry, steps: entry.steps.map((step) => (step.state === "started" ? { ...step, state } : step)) };
}

/** Changes one turn, making it when it is new. What belongs to no turn stands with the latest. */
function inTurn<M extends Message, R>(conversation: Conversation<M, R>, number: number | null, change: (turn: Turn<M, R>) => Turn<M, R>): Conversation<M, R> {
  const { turns } = conversation;
  const wanted = number ?? turns.at(-1)?.number ?? 0;
  const index = turns.findIndex((turn) => turn.number === wanted);
  const found = turns[index];
  if (found !== undefined) return { ...conversation, turns: turns.with(index, change(found)) };
  const fresh: Turn<M, R> = { number: wanted, status: "idle", outcome: null, ran: false, startedAt: null, endedAt: null, entries: [] };
  return { ...conversation, turns: [...turns, change(fresh)].sort((one, other) => one.number - other.number) };
}

/** Steps that follow each other stand together; a step that is known already changes where it stands. */
function withStep<M extends Message, R>(entries: readonly Entry<M, R>[], { turn, step: id, state, phase, text, detail }: StepFrame): readonly Entry<M, R>[] {
  const step: Step = { id, state, phase, text, detail };
  const at = entries.findIndex((entry) => entry.kind === "steps" && entry.steps.some((known) => known.id === id));
  const known = entries[at];
  if (known?.kind === "steps") {
    const steps = known.steps.map((old) => (old.id === id ? { ...step, detail: detail ?? old.detail } : old));
    return entries.with(at, { ...known, steps });
  }
  const last = entries.at(-1);
  if (last?.kind === "steps") return entries.with(-1, { ...last, steps: [...last.steps, step] });
  return [...entries, { kind: "steps", key: `w${turn}.${id}`, steps: [step] }];
}

/** The turn at work, if any. */
export function running<M extends Message, R>({ turns }: Conversation<M, R>): Turn<M, R> | null {
  return turns.find(({ status }) => status === "running" || status === "stopping") ?? null;
}

/** What is being done right now, in the agent's plain words. */
export function doing(turn: Turn): string {
  const started = turn.entries.flatMap((entry) => (entry.kind === "steps" ? entry.steps : [])).filter(({ state }) => state === "started");
  return (started.findLast(({ phase }) => phase !== "thinking") ?? started.at(-1))?.text ?? "Thinking";
}

/** Whether the log holds the message that this tab sent under this name. */
export function has({ turns }: Conversation, clientId: string): boolean {
  return turns.some(({ entries }) => entries.some((entry) => entry.kind === "message" && entry.message.clientId === clientId));
}

/** What a turn was asked for; null when nobody asked. */
export function request<M extends Message, R>({ entries }: Turn<M, R>): M | null {
  return entries.flatMap((entry) => (entry.kind === "message" && entry.message.role === "user" ? [entry.message] : []))[0] ?? null;
}

/** The steps worth a line: thinking only while it lasts, and the same words twice in a row only once. */
export function visible(steps: readonly Step[]): Step[] {
  const lines: Step[] = [];
  for (const step of steps) {
    if (step.phase === "thinking" && step.state !== "started") continue;
    const last = lines.at(-1);
    if (last?.text === step.text && last.state !== "started") lines[lines.length - 1] = step;
    else lines.push(step);
  }
  return lines;
}
