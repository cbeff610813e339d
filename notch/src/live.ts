// The live door: hears what happens to one's site while a page is open. It says only that there is something to ask for, and
// says so too whenever it has been deaf for a while.

import { type Json, object, text } from "./json.ts";

export interface LiveEvent {
  /** `message`, `message_changed`, `read`, `notification`, `reaction` or `unread`. */
  type: string;
  /** The domain of the site at the other end; empty where there is none. */
  with: string;
}

export interface Ears {
  heard: (event: LiveEvent) => void;
  /** The door is open again: what happened meanwhile was not heard. */
  opened: () => void;
  /** Whether it is open, when that changes. */
  state: (open: boolean) => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const PING_MS = 30_000;
const PATIENCE_MS = 10_000;
/** The session is over, or there is nothing to say here: coming again would change nothing. */
const FINAL = new Set([4400, 4401]);

/** Opens it, and keeps it open while the page lives. */
export function listen(ears: Ears): void {
  let socket: WebSocket | null = null;
  let pause = FIRST_PAUSE_MS;
  let again = 0;
  let ping = 0;
  let deaf = 0;

  const open = (): void => {
    clearTimeout(again);
    if (socket !== null) return;
    const url = new URL("/api/notch/live", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const here = new WebSocket(url);
    socket = here;
    here.addEventListener("open", () => {
      pause = FIRST_PAUSE_MS;
      ping = window.setInterval(() => {
        here.send("ping");
        clearTimeout(deaf);
        deaf = window.setTimeout(() => here.close(), PATIENCE_MS);
      }, PING_MS);
      ears.state(true);
      ears.opened();
    });
    here.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (data === "pong") return clearTimeout(deaf);
      const event = read(data);
      if (event !== null) ears.heard(event);
    });
    here.addEventListener("close", ({ code }) => {
      clearInterval(ping);
      clearTimeout(deaf);
      socket = null;
      ears.state(false);
      if (FINAL.has(code)) return;
      // Not all pages at once after an outage.
      again = window.setTimeout(open, pause * (0.75 + Math.random() / 2));
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    });
  };

  const soon = (): void => {
    if (socket !== null || document.visibilityState === "hidden") return;
    pause = FIRST_PAUSE_MS;
    open();
  };
  window.addEventListener("online", soon);
  document.addEventListener("visibilitychange", soon);
  open();
}

function read(data: unknown): LiveEvent | null {
  if (typeof data !== "string") return null;
  try {
    const event = object<Json>(JSON.parse(data));
    return event === null ? null : { type: text(event, "type"), with: text(event, "with") };
  } catch {
    return null;
  }
}
