// The line to the server over which it is told that something happened. What happened is then asked for; nothing is taken from
// the line itself. Without it everything is there on the next look.

import { signal } from "./signal.ts";
import { backoff } from "../conversation/backoff.ts";
import { type Json, object, text } from "../json.ts";
import { openLine } from "./api.ts";

/** How often each kind of thing happened since this page is open. Whoever shows such things reads it, and asks anew. */
export const happened = signal<Readonly<Record<string, number>>>({});

let socket: WebSocket | null = null;
let wanted = false;
let attempt = 0;
let next: ReturnType<typeof setTimeout>;

/** Keeps the line open. `again` is run when it is there again after it was not: something may have been missed. */
export function keepOpen(again: () => void): void {
  if (wanted) return;
  wanted = true;
  let was = false;
  const connect = (): void => {
    clearTimeout(next);
    if (!wanted || socket !== null || !navigator.onLine) return;
    let line: WebSocket;
    try {
      line = openLine();
    } catch {
      return;
    }
    socket = line;
    line.onopen = () => {
      attempt = 0;
      if (was) again();
      was = true;
    };
    line.onmessage = ({ data }) => {
      if (typeof data !== "string") return;
      try {
        const type = text(object<Json>(JSON.parse(data)) ?? {}, "type");
        if (type !== "") happened.value = { ...happened.peek(), [type]: (happened.peek()[type] ?? 0) + 1 };
      } catch {
        // Not for us.
      }
    };
    line.onclose = () => {
      if (socket === line) socket = null;
      next = setTimeout(connect, backoff(attempt++, Math.random()));
    };
  };
  addEventListener("online", connect);
  addEventListener("pageshow", ({ persisted }) => {
    // What the browser froze with the page may only look open.
    if (!persisted) return;
    socket?.close();
    socket = null;
    connect();
  });
  connect();
}

/** Lets the line go. */
export function letGo(): void {
  wanted = false;
  clearTimeout(next);
  socket?.close();
  socket = null;
}
