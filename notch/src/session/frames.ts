// The frames of a session, read from the wire. What is unknown or misshapen is left out rather than guessed.

import { webAddress } from "../conversation/address.ts";
import { type CommonFrame, type Message, type Stamp, readCommon, readMessage, readStamp, readTurn, time } from "../conversation/frames.ts";
import type { Unsent } from "../conversation/outbox.ts";
import { type Json, list, number, object, oneOf, text } from "../json.ts";

const STATUSES = ["STARTING", "RUNNING", "STOPPING", "COMPLETED", "ERRORED", "TIMED_OUT"] as const;
const OUTCOMES = ["PR_CREATED", "COMMITTED_TO_MAIN", "DISCARDED"] as const;
/** What is done before people can talk, in this order. */
export const PHASES = ["sandbox", "repository", "services", "startup", "preview"] as const;
/** Characters of what is wished at a pin. */
export const LONGEST_NOTE = 500;

export type Status = (typeof STATUSES)[number];
export type Outcome = (typeof OUTCOMES)[number];
export type Phase = (typeof PHASES)[number];

export interface Person {
  id: string;
  name: string;
}

/** A place in the preview. */
interface Place {
  label: string;
  page: string;
  width: number;
  note: string;
}

/** A place that somebody points at, as everybody sees it, whether it waits or a message has taken it. */
export interface ShownPin extends Place {
  /** What a message takes it by. */
  id: string;
  /** Who pointed; null where it is not said. */
  author: Person | null;
  /** A picture's name; null while there is none. */
  picture: string | null;
}

/** The same as the agent is told of it. */
export interface Pin extends Place {
  selector: string;
  text: string;
}

/** How the session stands. Times are Unix milliseconds. */
export interface Standing {
  status: Status;
  phase: Phase | null;
  text: string;
  usual: string;
  since: number | null;
  endsAt: number | null;
  canExtend: boolean;
  hasPreview: boolean;
  outcome: Outcome | null;
  prUrl: string | null;
}

export interface Cost {
  spent: number;
  budget: number;
  left: number;
}

export interface OtherSession {
  id: string;
  title: string;
  by: string;
}

export interface Receipt {
  turn: number;
  changed: readonly string[];
  checked: readonly string[];
  cost: number;
  canUndo: boolean;
  undoOf: number | null;
  view: View | null;
}

/** A page of the preview before and after something was changed: names of pictures. */
export interface View {
  page: string;
  before: string | null;
  after: string;
}

export interface ChatMessage extends Message {
  author: Person | null;
  pins: readonly ShownPin[];
}

type Own =
  | { type: "session_status"; standing: Standing }
  | { type: "preview_updated" }
  | { type: "cost_update"; cost: Cost }
  | { type: "receipt"; receipt: Receipt }
  | { type: "conflict_warning"; text: string; sessions: OtherSession[] }
  | { type: "people"; people: Person[] }
  | { type: "pins"; pins: ShownPin[] };

export type Frame = CommonFrame<ChatMessage> | (Stamp & Own);

export function readFrame(value: unknown): Frame | null {
  const from = object(value);
  if (from === null) return null;
  const stamp = readStamp(from);
  switch (from["type"]) {
    case "session_status": {
      const standing = readStanding(from);
      return standing && { ...stamp, type: "session_status", standing };
    }
    case "turn_status": {
      const turn = readTurn(from);
      return turn && turn.turn !== null ? { ...stamp, ...turn } : null;
    }
    case "chat_message": {
      const message = readMessage(from);
      return message && { ...stamp, type: "chat_message", message: { ...message, author: readPerson(from["author"]), pins: list(from, "pins", readShownPin) } };
    }
    case "preview_updated":
      return { ...stamp, type: "preview_updated" };
    case "cost_update": {
      const [spent, budget] = [number(from, "costUsd") ?? 0, number(from, "budgetUsd") ?? 0];
      return { ...stamp, type: "cost_update", cost: { spent, budget, left: number(from, "leftUsd") ?? Math.max(0, budget - spent) } };
    }
    case "receipt": {
      const receipt = readReceipt(from);
      return receipt && { ...stamp, type: "receipt", receipt };
    }
    case "conflict_warning":
      return { ...stamp, type: "conflict_warning", text: text(from, "text"), sessions: list(from, "sessions", readOther) };
    case "people":
      return { ...stamp, type: "people", people: list(from, "people", readPerson) };
    case "pins":
      return { ...stamp, type: "pins", pins: list(from, "pins", readShownPin) };
    default: {
      const frame = readCommon(from);
      return frame && { ...stamp, ...frame };
    }
  }
}

/** What a message goes out as. `page`: what the preview shows. */
export function messageFrame({ text: content, clientId, attachments }: Unsent<ShownPin>, page: string): object {
  const pins = attachments.map(({ id }) => id);
  return { type: "chat_message", content, clientId, page, ...(pins.length > 0 && { pins }) };
}

function readReceipt(from: Json): Receipt | null {
  const turn = number(from, "turn");
  return turn === null ? null : {
    turn, changed: list(from, "changed", words), checked: list(from, "checked", words), cost: number(from, "costUsd") ?? 0,
    canUndo: from["canUndo"] === true, undoOf: number(from, "undoOf"), view: readView(from["view"]),
  };
}

function readView(value: unknown): View | null {
  const from = object(value);
  return from === null || text(from, "after") === "" ? null : { page: text(from, "page") || "/", before: text(from, "before") || null, after: text(from, "after") };
}

function readStanding(from: Json): Standing | null {
  const status = oneOf(from["status"], STATUSES);
  if (status === null) return null;
  return {
    status, phase: oneOf(from["phase"], PHASES), text: text(from, "text"), usual: text(from, "usual"), since: time(from, "since"),
    endsAt: time(from, "endsAt"), canExtend: from["canExtend"] === true, hasPreview: from["hasPreview"] === true,
    outcome: oneOf(from["outcome"], OUTCOMES), prUrl: webAddress(text(from, "prUrl")),
  };
}

/** What was pointed at, from the shelf or from the preview: cut to what a message may carry. */
export function readPin(value: unknown): Pin | null {
  const from = object(value);
  const place = from && readPlace(from);
  return place && { ...place, selector: text(from, "selector").slice(0, 300), text: text(from, "text").slice(0, 300) };
}

export function readShownPin(value: unknown): ShownPin | null {
  const from = object(value);
  const place = from && readPlace(from);
  return place && text(from, "id") !== "" ? { ...place, id: text(from, "id"), author: readPerson(from["author"]), picture: text(from, "picture") || null } : null;
}

function readPlace(from: Json): Place | null {
  if (text(from, "label") === "") return null;
  const width = Math.round(number(from, "width") ?? 0);
  return { label: text(from, "label").slice(0, 120), page: (text(from, "page") || "/").slice(0, 200), width, note: text(from, "note").slice(0, LONGEST_NOTE) };
}

export function readPerson(value: unknown): Person | null {
  const from = object(value);
  return from === null || text(from, "id") === "" ? null : { id: text(from, "id"), name: text(from, "name") };
}

function readOther(value: unknown): OtherSession | null {
  const from = object(value);
  if (from === null || text(from, "id") === "") return null;
  return { id: text(from, "id"), title: text(from, "title"), by: readPerson(from["startedBy"])?.name ?? text(from, "startedBy") };
}

const words = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** What became of a session, as `GET /api/v1/sessions/{sessionId}` tells it. */
export interface Kept {
  status: Status;
  outcome: Outcome | null;
  prUrl: string | null;
  startedBy: string;
  cost: number;
  startedAt: number | null;
  endedAt: number | null;
}

export function readKept(value: unknown): Kept | null {
  const from = object(value);
  const status = oneOf(from?.["status"], STATUSES);
  if (from === null || status === null) return null;
  return {
    status, outcome: oneOf(from["outcome"], OUTCOMES), prUrl: webAddress(text(from, "prUrl")), startedBy: readPerson(from["startedBy"])?.name ?? "",
    cost: number(from, "totalCostUsd") ?? 0, startedAt: time(from, "startedAt"), endedAt: time(from, "endedAt"),
  };
}

/** What would be handed over, as `GET /api/v1/sessions/{sessionId}/changes` tells it. */
export interface Handover {
  /** Those that may be handed over, as far as they are named. */
  files: { what: string; change: "added" | "changed" | "removed" }[];
  outside: { what: string; why: string }[];
  /** How many there are, those outside among them. */
  count: number;
  /** What can be shown of them. */
  views: View[];
}

export function readHandover(value: unknown): Handover | null {
  const from = object(value);
  if (from === null || !Array.isArray(from["files"])) return null;
  const files = list(from, "files", (item) => {
    const file = object(item);
    return file && { what: text(file, "what"), change: oneOf(file["change"], ["added", "changed", "removed"]) ?? "changed" };
  });
  const outside = list(from, "outside", (item) => {
    const file = object(item);
    return file && { what: text(file, "what"), why: text(file, "why") };
  });
  const count = number(from, "count") ?? files.length;
  // Those outside are among the files. Two may go by the same words, so each is taken out once.
  for (const { what } of outside) {
    const at = files.findIndex((file) => file.what === what);
    if (at >= 0) files.splice(at, 1);
  }
  return { files, outside, count, views: list(from, "views", readView) };
}
