// The line over the field that says what is wrong with the connection, and what can be done about it.

import { type Child, fill, h, need, textButton } from "../dom.ts";
import type { Link } from "./connection.ts";

/** A loss shorter than this is nobody's business. */
const LOSS_SHOWN_AFTER_MS = 1_500;

export class ConnectionLine {
  /** Whether a loss lasts long enough to be spoken of. */
  lost = false;
  #place = need("connection", HTMLElement);
  #link: Link = "connecting";
  #timer = 0;
  #end: { words: string; action: Child; gone: boolean } | null = null;
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether nobody is let in any more, whatever the connection does. */
  get refused(): boolean {
    return this.#end !== null;
  }

  /** Whether what is written here can reach nobody any more, not even after signing in. */
  get gone(): boolean {
    return this.#end?.gone === true;
  }

  linked(link: Link): void {
    this.#link = link;
    clearTimeout(this.#timer);
    if (link === "open") this.lost = false;
    else {
      this.#timer = window.setTimeout(() => {
        this.lost = true;
        this.#changed();
      }, link === "offline" ? 0 : LOSS_SHOWN_AFTER_MS);
    }
  }

  signedOut(): void {
    const back = `/?sign-in&next=${encodeURIComponent(location.pathname)}`;
    this.#end = { words: "You are signed out. What you wrote is kept. ", action: h("a", { href: back }, "Sign in again"), gone: false };
  }

  /** Says for good why nobody is let in. */
  refuse(words: string, action: Child): void {
    this.#end = { words: `${words} `, action, gone: true };
  }

  /** Nothing is lost any more: all is over. */
  quiet(): void {
    clearTimeout(this.#timer);
    this.lost = false;
  }

  /** `now` tries at once; null where that is no use yet. */
  show(now: (() => void) | null): void {
    if (this.#end !== null) this.#say(this.#end.words, this.#end.action);
    else if (!this.lost) this.#say("", null);
    else if (this.#link === "offline" || !navigator.onLine) this.#say("You are offline. What you write is kept, and sent when you are back.", null);
    else this.#say("The connection was lost. Trying again.", now && textButton("Try now", now));
  }

  #say(words: string, action: Child): void {
    this.#place.hidden = words === "";
    if (this.#place.dataset["words"] === words) return;
    this.#place.dataset["words"] = words;
    fill(this.#place, words, action);
  }
}
