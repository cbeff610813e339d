// The conversation as it is shown, built from frames by a pure reducer. Owns the order of things and what a late or
// repeated frame does (nothing); refuses to know elements, sockets or clocks.

import type { AgentStatus, Attachment, ChatMessage, Frame, Outcome, SessionStatus, StepState, TurnStatus } from "./frames.ts";

export interface Step {
  id: string;
  state: StepState;
  phase: string;
  text: string;
  detail: string | null;
}

/** One thing in the conversation. `key` is its own for ever, and a changed entry is a new object. */
export type Entry =
  | { kind: "said"; key: string; id: string; role: ChatMessage["role"]; text: string; attachments: readonly Attachment[]; clientId: string | null }
  | { kind: "work"; key: string; steps: readonly Step[] }
  | { kind: "arrived"; key: string; snapshotId: string; url: string; byAgent: boolean }
  | { kind: "trouble"; key: string; code: string; message: string; final: boolean };

export interface Turn {
  number: number;
  status: TurnStatus;
  outcome: Outcome | null;
  /** Whether it ever ran: a turn that ends without was taken back. */
  ran: boolean;
  /** Unix milliseconds. */
  startedAt: number | null;
  endedAt: number | null;
  entries: readonly Entry[];
}

export interface Talk {
  lastSeq: number;
  /** Ascending by number: a queued message stands below the turn that runs. */
  turns: readonly Turn[];
  streaming: { turn: number; messageId: string; text: string } | null;
  /** The version that the log names last. */
  preview: { snapshotId: string; url: string } | null;
}

export const SILENCE: Talk = { lastSeq: 0, turns: [], streaming: null, preview: null };

/** The conversation after one more frame. The same object when the frame says nothing new. */
export function reduce(talk: Talk, frame: Frame): Talk {
  if (frame.seq !== null && frame.seq <= talk.lastSeq) return talk;
  const next = apply(talk, frame);
  return frame.seq === null || next.lastSeq === frame.seq ? next : { ...next, lastSeq: frame.seq };
}

function apply(talk: Talk, frame: Frame): Talk {
  switch (frame.type) {
    case "chat_message": {
      const said: Entry = {
        kind: "said", key: `m${frame.id}`, id: frame.id, role: frame.role, text: frame.text, attachments: frame.attachments,
        clientId: frame.clientId,
      };
      const streaming = talk.streaming?.messageId === frame.id ? null : talk.streaming;
      return inTurn({ ...talk, streaming }, frame.turn, (turn) => ({ ...turn, entries: [...turn.entries, said] }));
    }
    case "session_status":
      return frame.turn === null ? talk : statusOf(talk, frame, frame.turn);
    case "agent_status":
      return inTurn(talk, frame.turn, (turn) => ({ ...turn, entries: withStep(turn.entries, frame) }));
    case "preview_updated": {
      const { snapshotId, url } = frame;
      const arrived: Entry = { kind: "arrived", key: `v${frame.seq ?? snapshotId}`, snapshotId, url, byAgent: frame.turn !== null };
      return inTurn({ ...talk, preview: { snapshotId, url } }, frame.turn, (turn) => ({ ...turn, entries: [...turn.entries, arrived] }));
    }
    case "error": {
      // What is not in the log is an answer to what this tab sent; the outbox shows it there.
      if (frame.seq === null) return talk;
      const trouble: Entry = { kind: "trouble", key: `e${frame.seq}`, code: frame.code, message: frame.message, final: frame.final };
      return inTurn(talk, frame.turn, (turn) => ({ ...turn, entries: [...turn.entries, trouble] }));
    }
    case "agent_streaming": {
      const done = talk.turns.some((turn) => turn.entries.some((entry) => entry.kind === "said" && entry.id === frame.messageId));
      return done ? talk : { ...talk, streaming: { turn: frame.turn, messageId: frame.messageId, text: frame.text } };
    }
  }
}

function statusOf(talk: Talk, frame: SessionStatus, number: number): Talk {
  const at = Date.parse(frame.at);
  const moment = Number.isNaN(at) ? null : at;
  const over = frame.status === "idle";
  const streaming = over && talk.streaming?.turn === number ? null : talk.streaming;
  return inTurn({ ...talk, streaming }, number, (turn) => ({
    ...turn,
    status: frame.status,
    outcome: over ? frame.outcome : null,
    ran: turn.ran || frame.status === "running",
    startedAt: frame.status === "running" ? (turn.startedAt ?? moment) : turn.startedAt,
    endedAt: over ? moment : null,
    entries: over ? turn.entries.map((entry) => settled(entry, frame.outcome)) : turn.entries,
  }));
}

/** Nothing is in the making any more when its turn is over. */
function settled(entry: Entry, outcome: Outcome | null): Entry {
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
  const turns = [...talk.turns, change(fresh)].sort((one, other) => one.number - other.number);
  return { ...talk, turns };
}

/** Steps that follow each other stand together; a step that is known already changes where it stands. */
function withStep(entries: readonly Entry[], frame: AgentStatus): readonly Entry[] {
  const step: Step = { id: frame.step, state: frame.state, phase: frame.phase, text: frame.text, detail: frame.detail };
  const at = entries.findIndex((entry) => entry.kind === "work" && entry.steps.some((known) => known.id === step.id));
  const known = entries[at];
  if (known?.kind === "work") {
    const steps = known.steps.map((old) => (old.id === step.id ? { ...step, detail: step.detail ?? old.detail } : old));
    return entries.with(at, { ...known, steps });
  }
  const last = entries.at(-1);
  if (last?.kind === "work") return entries.with(-1, { ...last, steps: [...last.steps, step] });
  return [...entries, { kind: "work", key: `w${frame.turn}.${step.id}`, steps: [step] }];
}

/** The turn at work, if any. */
export function running(talk: Talk): Turn | null {
  return talk.turns.find((turn) => turn.status === "running" || turn.status === "stopping") ?? null;
}

/** What is being done right now, in the agent's plain words. */
export function phase(turn: Turn): string {
  const steps = turn.entries.flatMap((entry) => (entry.kind === "work" ? entry.steps : []));
  return steps.findLast((step) => step.state === "started" && step.phase !== "thinking")?.text ?? steps.at(-1)?.text ?? "Thinking";
}

/** Whether the log holds the message that this tab sent under this name. */
export function has(talk: Talk, clientId: string): boolean {
  return talk.turns.some((turn) => turn.entries.some((entry) => entry.kind === "said" && entry.clientId === clientId));
}

/** How long a turn that came to a good end usually took here, in milliseconds; null when there was none. */
export function usual(talk: Talk): number | null {
  const took = talk.turns
    .flatMap(({ outcome, startedAt, endedAt }) => (outcome === "done" && startedAt !== null && endedAt !== null ? [endedAt - startedAt] : []))
    .sort((one, other) => one - other);
  return took[Math.floor(took.length / 2)] ?? null;
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
