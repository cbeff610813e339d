// What the builder shows, built from frames by a pure reducer: the conversation, and the version that is live.

import { type Conversation, type State, EMPTY, adding, holding, reduceCommon, seeing } from "../conversation/conversation.ts";
import type { ChatMessage, Frame } from "./frames.ts";

/** A version that is on the web. */
export interface Arrival {
  snapshotId: string;
  url: string;
  byAgent: boolean;
}

export type BuilderConversation = Conversation<ChatMessage, Arrival>;

export interface BuilderState extends State<ChatMessage, Arrival> {
  /** The version that the log names last. */
  preview: { snapshotId: string; url: string } | null;
}

export const INITIAL: BuilderState = { conversation: EMPTY, preview: null };

/** The state after one more frame. The same object when the frame says nothing new. */
export function reduce(state: BuilderState, frame: Frame): BuilderState {
  const conversation = seeing(state.conversation, frame);
  if (conversation === null) return state;
  if (frame.type !== "preview_updated") return holding(state, reduceCommon(conversation, frame));
  const { seq, turn, snapshotId, url } = frame;
  const arrival = { snapshotId, url, byAgent: turn !== null };
  return { preview: { snapshotId, url }, conversation: adding(conversation, turn, { kind: "result", key: `v${seq ?? snapshotId}`, result: arrival }) };
}

/** How long a turn that came to a good end usually took here, in milliseconds; null when there was none. */
export function usual({ turns }: Conversation): number | null {
  const took = turns
    .flatMap(({ outcome, startedAt, endedAt }) => (outcome === "done" && startedAt !== null && endedAt !== null ? [endedAt - startedAt] : []))
    .sort((one, other) => one - other);
  return took[Math.floor(took.length / 2)] ?? null;
}
