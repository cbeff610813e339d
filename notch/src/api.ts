// Asking our own server. Owns how a failure becomes a sentence; refuses to know what was asked.

import { type Wire, object, text } from "./json.ts";

export interface Failure {
  ok: false;
  /** 0 when no answer came at all. */
  status: number;
  code: string;
  message: string;
  /** Seconds to wait, when the server says so. */
  retryAfter: number | null;
  /** What else the answer says. */
  body: unknown;
}

export type Answer = { ok: true; status: number; body: unknown } | Failure;

interface Question {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
  /** Asks as the bearer of this, and not as who is signed in. */
  token?: string;
}

export const OFFLINE = "No answer came. Check that you are online and try again.";
const SIGNED_OUT = "You are signed out. Sign in in another tab, then do this once more; nothing here is lost.";
const UNKNOWN = "That did not work, and it is not your fault. Try again in a moment.";

/** Sends JSON, reads JSON. Never throws, except for the abort that the caller asked for. */
export async function ask(path: string, { method = "GET", body, signal, token }: Question = {}): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method, credentials: token === undefined ? "same-origin" : "omit", headers };
  if (signal !== undefined) init.signal = signal;
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    return failure(0, null, null);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, status: response.status, body: answer };
  const refused = failure(response.status, answer, response.headers.get("retry-after") ?? response.headers.get("x-retry-after"));
  // The page would lose what stands in it if it led to the sign-in itself.
  return refused.code === "unauthorized" && token === undefined ? { ...refused, message: SIGNED_OUT } : refused;
}

/**
 * Whether the sign-in is over at the server. What only reads believes a cookie for some minutes after that, so its answer cannot
 * tell; this one looks, and takes the cookie away.
 */
export async function isSignedOut(): Promise<boolean> {
  const answer = await ask("/api/auth/get-session");
  return answer.ok && answer.body === null;
}

/** A failure from what little may be known about it. */
export function failure(status: number, answer: unknown, retryAfter: string | null): Failure {
  const said = object<Wire<"Error">>(answer) ?? {};
  const wait = retryAfter === null ? Number.NaN : Number.parseInt(retryAfter, 10);
  return {
    ok: false,
    status,
    code: status === 0 ? "offline" : text(said, "code", "unknown"),
    message: status === 0 ? OFFLINE : text(said, "message", UNKNOWN),
    retryAfter: Number.isFinite(wait) ? wait : null,
    body: answer,
  };
}
