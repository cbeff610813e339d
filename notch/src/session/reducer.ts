// What a session shows, built from frames by a pure reducer: the conversation, how the session stands, what it has cost, who
// is there. Owns what is undone.

import { type Conversation, type State, EMPTY, adding, holding, reduceCommon, seeing } from "../conversation/conversation.ts";
import type { ChatMessage, Cost, Frame, OtherSession, Person, Receipt, Standing, Status } from "./frames.ts";

export type SessionConversation = Conversation<ChatMessage, Receipt>;

export interface SessionState extends State<ChatMessage, Receipt> {
  standing: Standing | null;
  cost: Cost | null;
  people: readonly Person[];
  conflict: { text: string; sessions: readonly OtherSession[] } | null;
}

export const INITIAL: SessionState = { conversation: EMPTY, standing: null, cost: null, people: [], conflict: null };

/** The session after one more frame. The same object when the frame says nothing new. */
export function reduce(before: SessionState, frame: Frame): SessionState {
  const conversation = seeing(before.conversation, frame);
  if (conversation === null) return before;
  const state = holding(before, conversation);
  switch (frame.type) {
    case "session_status": {
      const { standing } = frame;
      return { ...state, standing, conversation: isOver(standing.status) ? { ...conversation, streaming: null } : conversation };
    }
    case "cost_update":
      return { ...state, cost: frame.cost };
    case "receipt": {
      const { seq, receipt } = frame;
      return holding(state, adding(conversation, receipt.turn, { kind: "result", key: `r${seq ?? receipt.turn}`, result: receipt }));
    }
    case "conflict_warning":
      return { ...state, conflict: frame.sessions.length === 0 && frame.text === "" ? null : { text: frame.text, sessions: frame.sessions } };
    case "people":
      return { ...state, people: frame.people };
    // What the tray has is the tray's.
    case "pins":
    case "preview_updated":
      return state;
    default:
      return holding(state, reduceCommon(conversation, frame));
  }
}

/** Whether a session has come to its end. */
export function isOver(status: Status | undefined): boolean {
  return status === "COMPLETED" || status === "ERRORED" || status === "TIMED_OUT";
}

const receipts = ({ turns }: SessionConversation): Receipt[] => turns.flatMap(({ entries }) => entries.flatMap((entry) => (entry.kind === "result" ? [entry.result] : [])));

/** Which turns stand undone, and which turn undid each. Undoing an undo brings the first one back. */
export function undone(conversation: SessionConversation): ReadonlyMap<number, number> {
  const by = new Map<number, number>();
  // The latest first: whether an undo still stands is known before what it undid is looked at.
  for (const receipt of receipts(conversation).sort((one, other) => other.turn - one.turn)) {
    if (receipt.undoOf !== null && !by.has(receipt.turn) && !by.has(receipt.undoOf)) by.set(receipt.undoOf, receipt.turn);
  }
  return by;
}

/** Whether a turn took back what was taken back before. */
export function broughtBack(conversation: SessionConversation, { undoOf }: Receipt): boolean {
  const all = receipts(conversation);
  const undoes = (number: number): number | null => all.find(({ turn }) => turn === number)?.undoOf ?? null;
  let depth = 0;
  for (let at = undoOf; at !== null && depth <= all.length; at = undoes(at)) depth += 1;
  return depth % 2 === 0 && depth > 0;
}
