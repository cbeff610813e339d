// Telling somebody who looks elsewhere: the tab's title and dot for those in another window, a live region for those who
// listen. For those who look there is `toast`.

import { need, say } from "../dom.ts";

export class Notify {
  #title = document.title;
  #icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  #plainIcon = this.#icon?.getAttribute("href") ?? "";
  #spoken = need("spoken", HTMLElement);

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#mark(null);
    });
  }

  /** Marks the tab, if nobody is looking at it. */
  finished(words: string): void {
    if (document.visibilityState !== "visible") this.#mark(words);
  }

  speak(words: string): void {
    say(this.#spoken, words);
  }

  #mark(words: string | null): void {
    document.title = words === null ? this.#title : `● ${words} · ${this.#title}`;
    const news = this.#icon?.dataset["news"];
    if (news !== undefined) this.#icon?.setAttribute("href", words === null ? this.#plainIcon : news);
  }
}
