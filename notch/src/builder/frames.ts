// The frames of a conversation, read from the wire. What is unknown or misshapen is left out rather than guessed.

import { webAddress } from "../conversation/address.ts";
import { type Claimed, type Wire, list, number, object, oneOf, text } from "../json.ts";

export type Attachment = Wire<"Attachment">;

type Sent = Wire<"Frame">;

/** A frame as it is read: all of it is there. `seq` is null on what is only passing by. */
type Read<Type extends Sent["type"]> = Required<Omit<Extract<Sent, { type: Type }>, "seq">> & { seq: number | null };

export type ChatMessage = Read<"chat_message">;
export type SessionStatus = Read<"session_status">;
export type AgentStatus = Read<"agent_status">;
export type PreviewUpdated = Read<"preview_updated">;
export type ErrorFrame = Read<"error">;
export type Streaming = Read<"agent_streaming">;
export type Frame = ChatMessage | SessionStatus | AgentStatus | PreviewUpdated | ErrorFrame | Streaming;

export type TurnStatus = Wire<"Status">;
export type Outcome = Wire<"Outcome">;
export type StepState = Wire<"StepState">;

interface Stamp {
  seq: number | null;
  at: string;
}

const PHASES: readonly Wire<"Phase">[] = ["thinking", "looking", "writing", "drawing", "building", "publishing", "working"];

export function readAttachment(value: unknown): Attachment | null {
  const from = object<Attachment>(value);
  if (from === null) return null;
  const id = text(from, "id");
  // Files are ours and live under our own paths; an address of any other kind is not for clicking.
  const url = text(from, "url");
  if (id === "" || !/^\/(?!\/)/.test(url)) return null;
  return { id, name: text(from, "name", "file"), mediaType: text(from, "mediaType"), size: number(from, "size") ?? 0, url };
}

export function readFrame(value: unknown): Frame | null {
  const from = object<Sent>(value);
  if (from === null) return null;
  const stamp: Stamp = { seq: number(from, "seq"), at: text(from, "at") };
  const turn = number(from, "turn");
  switch (from["type"]) {
    case "chat_message":
      return readMessage(from, stamp, turn);
    case "session_status": {
      const status = oneOf(from["status"], ["queued", "running", "stopping", "idle"]);
      if (status === null) return null;
      const outcome = oneOf(from["outcome"], ["done", "stopped", "failed"]);
      return { ...stamp, type: "session_status", status, turn, outcome, replayed: number(from, "replayed") };
    }
    case "agent_status": {
      const state = oneOf(from["state"], ["started", "done", "failed"]);
      if (state === null || turn === null) return null;
      const detail = text(from, "detail");
      return {
        ...stamp, type: "agent_status", turn, state, step: text(from, "step"), phase: oneOf(from["phase"], PHASES) ?? "working",
        text: text(from, "text", "Working"), detail: detail === "" ? null : detail,
      };
    }
    case "preview_updated": {
      const url = webAddress(text(from, "url"));
      return url === null ? null : { ...stamp, type: "preview_updated", turn, snapshotId: text(from, "snapshotId"), url };
    }
    case "error":
      return { ...stamp, type: "error", turn, code: text(from, "code"), message: text(from, "message"), final: from["final"] === true };
    case "agent_streaming":
      return turn === null ? null : { ...stamp, type: "agent_streaming", turn, messageId: text(from, "messageId"), text: text(from, "text") };
    default:
      return null;
  }
}

function readMessage(from: Claimed<Sent>, stamp: Stamp, turn: number | null): ChatMessage | null {
  const role = oneOf(from["role"], ["user", "assistant", "system"]);
  if (role === null) return null;
  const clientId = text(from, "clientId");
  return {
    ...stamp, type: "chat_message", id: text(from, "id"), role, turn, text: text(from, "text"),
    attachments: list(from, "attachments", readAttachment), clientId: clientId === "" ? null : clientId,
  };
}
