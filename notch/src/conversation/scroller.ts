// The end of a conversation stays in view, for whoever wants it there.

import { h } from "../dom.ts";

/** Keeps the end in view for those who are at the end, and offers the way there to those who are not. */
export class Scroller {
  #box: HTMLElement;
  #jump: HTMLButtonElement;
  /** Off while there is nothing to follow: the empty state is read from its top. */
  follows = false;

  constructor(box: HTMLElement) {
    this.#box = box;
    this.#jump = h("button", { type: "button", class: "button to-end", hidden: true, onclick: () => this.toEnd() }, "Further down");
    box.append(this.#jump);
    box.addEventListener("scroll", () => {
      if (this.#atEnd()) this.#jump.hidden = true;
    }, { passive: true });
    new ResizeObserver(() => {
      if (this.follows && this.#jump.hidden) this.toEnd();
    }).observe(box);
  }

  around(change: () => void): void {
    const stays = this.#atEnd() || this.#box.clientHeight === 0;
    const height = this.#box.scrollHeight;
    change();
    if (!this.follows) return;
    if (stays) this.toEnd();
    else if (this.#box.scrollHeight > height) this.#jump.hidden = false;
  }

  toEnd(): void {
    this.#jump.hidden = true;
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  #atEnd(): boolean {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < 80;
  }
}
