// The frames that every conversation has, read from the wire. What is unknown or misshapen is left out rather than guessed.

import { type Claimed, type Wire, number, oneOf, text } from "../json.ts";

export type TurnStatus = Wire<"Status">;
export type TurnOutcome = Wire<"Outcome">;
export type StepState = Wire<"StepState">;

/** What every frame has. */
export interface Stamp {
  /** Null on what is only passing by. */
  seq: number | null;
  /** Unix milliseconds. */
  at: number | null;
  /** The last number that was replayed, on the frame that ends a replay. */
  replayed: number | null;
}

/** A message; each page adds what goes along with it there. */
export interface Message {
  id: string;
  role: Wire<"Role">;
  text: string;
  turn: number | null;
  /** The sender's own name for it. */
  clientId: string | null;
}

export interface TurnFrame {
  type: "turn_status";
  turn: number | null;
  status: TurnStatus;
  outcome: TurnOutcome | null;
}

export interface StepFrame {
  type: "agent_status";
  turn: number;
  step: string;
  state: StepState;
  phase: Wire<"Phase">;
  text: string;
  detail: string | null;
}

export interface StreamingFrame {
  type: "agent_streaming";
  turn: number;
  messageId: string;
  text: string;
}

export interface ErrorFrame {
  type: "error";
  turn: number | null;
  code: string;
  message: string;
  final: boolean;
}

export type CommonFrame<M extends Message = Message> = Stamp & ({ type: "chat_message"; message: M } | TurnFrame | StepFrame | StreamingFrame | ErrorFrame);

const PHASES: readonly Wire<"Phase">[] = ["thinking", "looking", "writing", "drawing", "building", "publishing", "working"];

type Sent = Claimed<Wire<"Frame">>;

export function readStamp(from: Sent): Stamp {
  return { seq: number(from, "seq"), at: time(from, "at"), replayed: number(from, "replayed") };
}

export function readMessage(from: Sent): Message | null {
  const role = oneOf(from["role"], ["user", "assistant", "system"]);
  return role && { id: text(from, "id"), role, text: text(from, "text"), turn: number(from, "turn"), clientId: text(from, "clientId") || null };
}

export function readTurn(from: Sent): TurnFrame | null {
  const status = oneOf(from["status"], ["queued", "running", "stopping", "idle"]);
  return status && { type: "turn_status", turn: number(from, "turn"), status, outcome: oneOf(from["outcome"], ["done", "stopped", "failed"]) };
}

/** A frame of those that need no more than its own type to be read; null for all others. */
export function readCommon(from: Sent): StepFrame | StreamingFrame | ErrorFrame | null {
  const turn = number(from, "turn");
  switch (from["type"]) {
    case "agent_status": {
      const state = oneOf(from["state"], ["started", "done", "failed"]);
      if (turn === null || state === null) return null;
      return {
        type: "agent_status", turn, step: text(from, "step"), state, phase: oneOf(from["phase"], PHASES) ?? "working", text: text(from, "text", "Working"),
        detail: text(from, "detail") || null,
      };
    }
    case "agent_streaming":
      return turn === null ? null : { type: "agent_streaming", turn, messageId: text(from, "messageId"), text: text(from, "text") };
    case "error":
      return { type: "error", turn, code: text(from, "code"), message: text(from, "message"), final: from["final"] === true };
    default:
      return null;
  }
}

/** The moment under a key, in Unix milliseconds, or null. */
export function time<Key extends string>(from: { readonly [key in Key]?: unknown }, key: Key): number | null {
  const at = Date.parse(text(from, key));
  return Number.isNaN(at) ? null : at;
}

const COMMON = ["chat_message", "turn_status", "agent_status", "agent_streaming", "error"];

/** Whether every conversation has a frame of this type. Those are read here and nowhere else. */
export function isCommon(frame: Stamp & { type: string }): frame is CommonFrame {
  return COMMON.includes(frame.type);
}
