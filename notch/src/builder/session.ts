// `GET /api/agent/session`: which conversation this is, who answers in it, and where its log stands.

import { type Answer, ask } from "../api.ts";
import { type Wire, list, number, object, text } from "../json.ts";
import { type Frame, readFrame } from "./frames.ts";

export interface Session extends Pick<Wire<"Session">, "conversationId" | "lastSeq"> {
  /** `Agent: Ada (some model)`; empty while nobody has answered yet. */
  agent: string;
  messages: Frame[];
}

export function readSession(body: unknown): Session | null {
  const from = object<Wire<"Session">>(body);
  if (from === null || text(from, "conversationId") === "") return null;
  const agent = object<Wire<"AgentName">>(from["agent"]);
  const name = agent === null ? "" : text(agent, "name");
  const model = agent === null ? "" : text(agent, "model");
  return {
    conversationId: text(from, "conversationId"),
    agent: name === "" ? "" : `Agent: ${name}${model === "" ? "" : ` (${model})`}`,
    lastSeq: number(from, "lastSeq") ?? 0,
    messages: list(from, "messages", readFrame),
  };
}

export async function fetchSession(): Promise<{ session: Session | null; answer: Answer }> {
  const answer = await ask("/api/agent/session");
  return { session: answer.ok ? readSession(answer.body) : null, answer };
}
