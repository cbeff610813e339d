// Asking our server from the frame. Every request names the origin on which the frame stands; the server holds it against what
// the visitor agreed to there, and takes no other credential.

import { type Answer, failure } from "../api.ts";

const PATIENCE_MS = 20_000;

let holder = "";

/** Says once on which origin the frame stands. */
export function standOn(origin: string): void {
  holder = origin;
}

/** Sends JSON, reads JSON. Never throws. */
export async function call(path: string, method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" = "GET", body?: unknown): Promise<Answer> {
  const init: RequestInit = {
    method,
    headers: { accept: "application/json", "content-type": "application/json", "x-notch": holder },
  };
  if (method !== "GET") init.body = JSON.stringify(body ?? {});
  return await send(path, init);
}

/** Asks as anybody could who is not signed in. */
export const askAsNobody = async (path: string): Promise<Answer> => await send(path, { credentials: "omit" });

async function send(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return failure(0, null, null);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, status: response.status, body: answer };
  return failure(response.status, answer, response.headers.get("retry-after"));
}

/** The address of the live socket. */
export function liveAddress(): string {
  return `${location.origin.replace(/^http/, "ws")}/api/notch/live?notch=${encodeURIComponent(holder)}`;
}
