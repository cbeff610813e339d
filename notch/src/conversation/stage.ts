// A frame that is never blank: what comes loads behind what stands, and takes its place when it is there.

import { h, say } from "../dom.ts";

/** A page that takes longer than this is shown as far as it is. */
const PATIENCE_MS = 8_000;
const FADE_MS = 240;

export class Stage {
  /** What stands; null while nothing does. */
  frame: HTMLIFrameElement | null;
  #place: HTMLElement;
  #over = h("p", { class: "now", hidden: true });
  #title: string;
  #came: () => void;

  /** `came` is told when something has taken its place. */
  constructor(place: HTMLElement, title: string, came: () => void) {
    this.#place = place;
    this.#title = title;
    this.#came = came;
    this.frame = place.querySelector("iframe");
    place.append(this.#over);
  }

  /** Says something over what stands; null takes it back. */
  say(words: string | null): void {
    this.#over.hidden = words === null || this.frame === null;
    if (words !== null) say(this.#over, words);
  }

  load(url: string): void {
    for (const stale of this.#place.querySelectorAll("iframe.arriving")) stale.remove();
    const next = h("iframe", {
      class: "frame arriving", title: this.#title, src: url, referrerpolicy: "no-referrer",
      sandbox: "allow-scripts allow-same-origin allow-forms allow-popups",
    });
    let settled = false;
    const settle = (): void => {
      if (settled || !next.isConnected) return;
      settled = true;
      const old = this.frame;
      this.frame = next;
      next.classList.remove("arriving");
      this.#came();
      setTimeout(() => old?.remove(), FADE_MS);
    };
    next.addEventListener("load", settle);
    setTimeout(settle, PATIENCE_MS);
    this.#place.append(next);
  }

  /** Takes away all that stands and comes. */
  clear(): void {
    for (const frame of this.#place.querySelectorAll("iframe")) frame.remove();
    this.frame = null;
  }
}
