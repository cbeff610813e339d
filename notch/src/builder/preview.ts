// The preview: the page of a version, the bar over it and the words on it.

import { Stage } from "../conversation/stage.ts";
import { type Child, fill, need, say } from "../dom.ts";

export class Preview {
  #stage = need("stage", HTMLElement);
  #skeleton = need("skeleton", HTMLElement);
  #phase = need("phase", HTMLElement);
  #howLong = need("how-long", HTMLElement);
  #looking = need("looking", HTMLElement);
  #shown: Stage;
  #url: string | null;

  constructor(domain: string, liveUrl: string | null) {
    this.#shown = new Stage(this.#stage, `Preview of ${domain}`, () => (this.#skeleton.hidden = true));
    this.#url = liveUrl;
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
    if (url === this.#url && this.#shown.frame !== null) return;
    this.#load(url);
  }

  /** What is going on, over the page that stands or in the place of one. */
  working(phase: string | null, howLong: string): void {
    const first = this.#shown.frame === null;
    this.#shown.say(phase);
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
    this.#shown.load(url);
  }
}
