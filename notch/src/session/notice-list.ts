// Lines over the field: what is worth a word now, and what can be done about it. What was waved away stays away.

import { DrawnList } from "../conversation/drawn-list.ts";
import { type Child, h, textButton } from "../dom.ts";

export interface Notice {
  /** Its own as long as it is about the same. */
  key: string;
  words: string;
  /** What it offers, by name. */
  actions: readonly { words: string; press: () => void }[];
  links?: readonly { words: string; href: string }[];
  /** Whether it can be waved away. */
  leaves: boolean;
}

export class NoticeList {
  #list: DrawnList;
  #away = new Set<string>();
  #changed: () => void;

  constructor(list: HTMLElement, changed: () => void) {
    this.#list = new DrawnList(list);
    this.#changed = changed;
  }

  show(notices: readonly (Notice | false)[]): void {
    this.#list.show((place) => {
      for (const notice of notices) {
        if (notice === false || notice.words === "" || this.#away.has(notice.key)) continue;
        place(notice.key, [notice.words, notice.actions.length], () => this.#line(notice));
      }
    });
  }

  #line({ key, words, actions, links = [], leaves }: Notice): HTMLLIElement {
    const parts: Child[] = [
      ...links.map(({ words, href }) => h("a", { href, target: "_blank" }, words)),
      ...actions.map(({ words, press }) => textButton(words, press)),
      leaves && textButton("Not now", () => this.#wave(key)),
    ];
    return h("li", { class: "connection" }, h("span", {}, words), ...parts);
  }

  #wave(key: string): void {
    this.#away.add(key);
    this.#changed();
  }
}
