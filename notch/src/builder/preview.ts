// The preview: a frame that is never blank. A new version loads behind the one that stands and takes its place when it
// is there. Owns the bar over it and the words on it.

import { type Child, fill, h, need, say } from "../dom.ts";

/** A version's page that takes longer than this is shown as far as it is. */
const PATIENCE_MS = 8_000;
const FADE_MS = 240;

export class Preview {
  #stage = need("stage", HTMLElement);
  #skeleton = need("skeleton", HTMLElement);
  #phase = need("phase", HTMLElement);
  #howLong = need("how-long", HTMLElement);
  #looking = need("looking", HTMLElement);
  #now = h("p", { class: "now", hidden: true });
  #frame: HTMLIFrameElement | null;
  #title: string;
  #url: string | null;

  constructor(domain: string, liveUrl: string | null) {
    this.#frame = this.#stage.querySelector("iframe");
    this.#title = `Preview of ${domain}`;
    this.#url = liveUrl;
    this.#stage.append(this.#now);
    need("reload", HTMLButtonElement).addEventListener("click", () => {
      if (this.#url !== null) this.#load(this.#url);
    });
    const screen = need("as-screen", HTMLButtonElement);
    const phone = need("as-phone", HTMLButtonElement);
    const narrow = (yes: boolean): void => {
      this.#stage.classList.toggle("phone", yes);
      phone.setAttribute("aria-pressed", String(yes));
      screen.setAttribute("aria-pressed", String(!yes));
    };
    screen.addEventListener("click", () => narrow(false));
    phone.addEventListener("click", () => narrow(true));
  }

  /** Goes to a version's own address. */
  show(url: string): void {
    if (url === this.#url && this.#frame !== null) return;
    this.#load(url);
  }

  /** What is going on, over the page that stands or in the place of one. */
  working(phase: string | null, howLong: string): void {
    const first = this.#frame === null;
    this.#now.hidden = first || phase === null;
    if (phase !== null) say(this.#now, phase);
    say(this.#phase, first && phase !== null ? phase : "Your site will appear here");
    say(this.#howLong, first && phase !== null ? howLong : "");
  }

  /** Says that this is not what visitors see; null takes it back. */
  lookingAt(words: string | null, ...actions: Child[]): void {
    this.#looking.hidden = words === null;
    fill(this.#looking, words, ...actions);
  }

  #load(url: string): void {
    this.#url = url;
    for (const stale of this.#stage.querySelectorAll("iframe.arriving")) stale.remove();
    const next = h("iframe", {
      class: "frame arriving", title: this.#title, src: url, referrerpolicy: "no-referrer",
      sandbox: "allow-scripts allow-same-origin allow-forms allow-popups",
    });
    let settled = false;
    const settle = (): void => {
      if (settled || !next.isConnected) return;
      settled = true;
      const old = this.#frame;
      this.#frame = next;
      next.classList.remove("arriving");
      this.#skeleton.hidden = true;
      setTimeout(() => old?.remove(), FADE_MS);
    };
    next.addEventListener("load", settle);
    setTimeout(settle, PATIENCE_MS);
    this.#stage.append(next);
  }
}
