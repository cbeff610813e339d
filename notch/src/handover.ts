// What the frame and the pop-up in which somebody signs in say to each other. Both are pages of ours and of one origin, so the
// target is always that origin, spelled out; and each believes only the window that it opened or was opened by, saying the
// state that the frame drew for this one attempt. The page that embeds the frame hears none of it and can say none of it.
//
//   pop-up  -> frame   hello   I am there
//   frame   -> pop-up  who     on which origin I stand, and on whose page
//   pop-up  -> frame   code    the person agreed; redeem this
//   pop-up  -> frame   no      the person did not
//
// The pop-up's address: /connect?c=<challenge>&s=<state>&o=<origin>. `o` is for when the two cannot talk (the embedding page
// cuts windows off): the pop-up then shows a short code that the person types into the frame.

import { type Json, object } from "./json.ts";

export type FromPopup = { t: "hello"; s: string } | { t: "code"; s: string; code: string } | { t: "no"; s: string };
export type FromFrame = { t: "who"; s: string; origin: string; domain: string };

/** What of a message event counts. */
export interface Said {
  source: unknown;
  origin: string;
  data: unknown;
}

const STATE = /^[A-Za-z0-9_-]{16,64}$/;
const CODE = /^[A-Za-z0-9_-]{6,200}$/;

/** What the pop-up that we opened says about this attempt; null for everything else. */
export function fromPopup(said: Said, popup: unknown, app: string, state: string): FromPopup | null {
  const message = trusted(said, popup, app);
  if (message === null || message["s"] !== state || !STATE.test(state)) return null;
  const { t, code } = message;
  if (t === "hello" || t === "no") return { t, s: state };
  if (t === "code" && typeof code === "string" && CODE.test(code)) return { t, s: state, code };
  return null;
}

/** What the frame that opened us says about this attempt; null for everything else. */
export function fromFrame(said: Said, opener: unknown, app: string, state: string): FromFrame | null {
  const message = trusted(said, opener, app);
  if (message === null || message["s"] !== state || !STATE.test(state)) return null;
  const { t, origin, domain } = message;
  if (t !== "who" || typeof origin !== "string" || !isOrigin(origin) || typeof domain !== "string" || domain.length > 253) return null;
  return { t, s: state, origin, domain };
}

/** Whether a text is an origin as browsers write one. */
export function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.origin === text;
  } catch {
    return false;
  }
}

function trusted(said: Said, from: unknown, app: string): Json | null {
  if (from === null || from === undefined || said.source !== from || said.origin !== app) return null;
  return object<Json>(said.data);
}

/** A new secret and what may be told of it beforehand (RFC 7636, S256). */
export async function verifier(): Promise<{ verifier: string; challenge: string; state: string }> {
  const secret = random(32);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return { verifier: secret, challenge: base64url(new Uint8Array(digest)), state: random(18) };
}

function random(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
