// Asking our server from the frame. Every request names the origin on which the frame stands; the server holds it against what
// the visitor agreed to there, and takes no other credential.
//
// Who that is says a cookie that scripts cannot read. Only where the browser does not keep it, there is a bearer instead, for
// this origin, in this part of the storage: a day at most, another one each hour. What could run a script in here could take
// it along, so it is never asked for where the cookie is there (the server gives none beside it).

import { type Answer, failure } from "../api.ts";
import { keep, recall } from "./storage.ts";

const PATIENCE_MS = 20_000;

let holder = "";

/** Says once on which origin the frame stands. */
export function standOn(origin: string): void {
  holder = origin;
}

const place = (): string => `bearer ${holder}`;

/** The bearer that is kept here, if there is one. */
export const borne = (): string | null | undefined => recall(place());

/** Keeps a bearer; an empty one ends that. */
export const bear = (bearer: string): void => keep(place(), bearer);

/** Sends JSON, reads JSON. Never throws. */
export async function call(path: string, method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" = "GET", body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json", "content-type": "application/json", "x-notch": holder };
  const bearer = borne();
  if (bearer) headers["authorization"] = `Notch ${bearer}`;
  const init: RequestInit = { method, headers };
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
  const next = response.headers.get("x-notch-bearer");
  if (next !== null) bear(next);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return { ok: true, status: response.status, body: answer };
  return failure(response.status, answer, response.headers.get("retry-after"));
}

/** Opens the live socket. A bearer goes along as a protocol: an address would be written into logs. */
export function openLine(): WebSocket {
  const bearer = borne();
  return new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/notch/live?notch=${encodeURIComponent(holder)}`, bearer ? ["vetka-notch", bearer] : []);
}
