// The frames of the builder's conversation, read from the wire. What is unknown or misshapen is left out rather than guessed.

import { webAddress } from "../conversation/address.ts";
import { type CommonFrame, type Message, type Stamp, readCommon, readMessage, readStamp, readTurn } from "../conversation/frames.ts";
import { type Wire, list, number, object, text } from "../json.ts";

export type Attachment = Wire<"Attachment">;

export interface ChatMessage extends Message {
  attachments: readonly Attachment[];
}

/** Another version is live. */
export interface PreviewUpdated {
  type: "preview_updated";
  /** Null when it was not the agent's doing. */
  turn: number | null;
  snapshotId: string;
  url: string;
}

export type Frame = CommonFrame<ChatMessage> | (Stamp & PreviewUpdated);

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
  const from = object<Wire<"Frame">>(value);
  if (from === null) return null;
  const stamp = readStamp(from);
  switch (from["type"]) {
    case "chat_message": {
      const message = readMessage(from);
      return message && { ...stamp, type: "chat_message", message: { ...message, attachments: list(from, "attachments", readAttachment) } };
    }
    // What is called the session's status on this wire is that of a turn.
    case "session_status": {
      const turn = readTurn(from);
      return turn && { ...stamp, ...turn };
    }
    case "preview_updated": {
      const url = webAddress(text(from, "url"));
      return url === null ? null : { ...stamp, type: "preview_updated", turn: number(from, "turn"), snapshotId: text(from, "snapshotId"), url };
    }
    default: {
      const frame = readCommon(from);
      return frame && { ...stamp, ...frame };
    }
  }
}
