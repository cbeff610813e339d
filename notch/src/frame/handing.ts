// Signing in on somebody's page, from the frame's side: a window of our own is opened, the person agrees there, and what comes
// back is redeemed with a secret that never left the frame. What the browser gives is handed in, so that every way through it
// can be walked in a test.

import { type Signal, signal } from "./signal.ts";
import type { Answer } from "../api.ts";
import { type Json, object, text } from "../json.ts";
import { type FromFrame, type Said, fromPopup, verifier } from "../handover.ts";

/** `typing`: no word can come from the window, so its code is typed; `kept`: the browser does not keep what it was given. */
export type Step = "getting-ready" | "ready" | "open" | "typing" | "redeeming" | "done" | "refused" | "closed" | "failed" | "kept";

/** A window, as far as it can be used. */
export interface Popup {
  readonly closed: boolean;
  postMessage(message: FromFrame, target: string): void;
  close(): void;
}

export interface Browser {
  /** Our own origin. */
  app: string;
  /** On which origin the frame stands, and on whose page. */
  origin: string;
  domain: string;
  open: (url: string) => Popup | null;
  listen: (hear: (said: Said) => void) => () => void;
  every: (ms: number, run: () => void) => () => void;
  redeem: (body: { code: string; verifier: string }) => Promise<Answer>;
  /** Asks for something else to be known by, where what was redeemed is not kept. */
  retry: (body: { retry: string; verifier: string }) => Promise<unknown>;
  /** Looks who is there; whether anybody is. */
  look: () => Promise<boolean>;
}

export interface Handing {
  step: Signal<Step>;
  /** What went wrong, in words. */
  why: Signal<string>;
  /** Opens the window. To be called in the click itself, or the browser opens none. */
  begin: () => void;
  /** Redeems the code that the window shows. */
  type: (code: string) => Promise<void>;
  /** Where the window leads, for a link. */
  address: () => string;
  stop: () => void;
}

export function handing(browser: Browser, secrets: () => ReturnType<typeof verifier> = verifier): Handing {
  const step = signal<Step>("getting-ready");
  const why = signal("");
  let secret: Awaited<ReturnType<typeof verifier>> | null = null;
  let popup: Popup | null = null;
  let stopListening = (): void => {};

  // Before the click: making the challenge takes a moment, and a window opens only in the click itself.
  const prepare = async (): Promise<void> => {
    secret = await secrets();
    if (step.peek() === "getting-ready") step.value = "ready";
  };
  const address = (): string =>
    secret === null ? "" : `/connect?${new URLSearchParams({ c: secret.challenge, s: secret.state, o: browser.origin })}`;
  const stop = (): void => {
    stopListening();
    stopListening = () => {};
    popup = null;
  };
  /** A secret is used for one attempt. */
  const end = (to: Step, words = ""): void => {
    stop();
    why.value = words;
    step.value = to;
    secret = null;
    if (to !== "done") void prepare();
  };

  const redeem = async (code: string, typed: boolean): Promise<void> => {
    if (secret === null || step.peek() === "redeeming") return;
    step.value = "redeeming";
    const { verifier } = secret;
    const answer = await browser.redeem({ code, verifier });
    if (!answer.ok) {
      // A mistyped code can be typed again, a lost connection tried again; the window has done its part.
      if (typed || answer.status === 0) {
        why.value = answer.message;
        step.value = "typing";
      } else end("failed", answer.message);
      return;
    }
    let isKnown = await browser.look();
    if (!isKnown) {
      await browser.retry({ retry: text(object<Json>(answer.body) ?? {}, "retry"), verifier });
      isKnown = await browser.look();
    }
    end(isKnown ? "done" : "kept");
  };

  const hear = (said: Said): void => {
    if (secret === null || popup === null) return;
    const message = fromPopup(said, popup, browser.app, secret.state);
    if (message === null) return;
    if (message.t === "hello") popup.postMessage({ t: "who", s: secret.state, origin: browser.origin, domain: browser.domain }, browser.app);
    else if (message.t === "no") {
      popup.close();
      end("refused");
    } else if (step.peek() !== "redeeming") void redeem(message.code, false);
  };

  const begin = (): void => {
    if (secret === null || step.peek() === "redeeming") return;
    stop();
    why.value = "";
    const opened = browser.open(address());
    if (opened === null) {
      step.value = "typing";
      return;
    }
    popup = opened;
    step.value = "open";
    const quiet = browser.listen(hear);
    // Closed and cut off look the same from here; either way a code can still be typed.
    let gone = 0;
    const still = browser.every(500, () => {
      gone = opened.closed ? gone + 1 : 0;
      if (gone === 3 && step.peek() === "open") step.value = "closed";
    });
    stopListening = () => {
      quiet();
      still();
    };
  };

  void prepare();
  return { step, why, begin, address, stop, type: async (code) => await redeem(code.toUpperCase().replace(/[^A-Z0-9]/g, ""), true) };
}
