// The tabs. On a phone one of the panels shows; on a wide screen the conversation, which comes first, always stands and the
// others take turns beside it. Arrows move between tabs, as in every tab list.

import { need } from "../dom.ts";

export class Tabs<Name extends string> {
  #root: HTMLElement;
  #names: readonly ["chat", Name, ...Name[]];
  #wide = window.matchMedia("(min-width: 60rem)");
  #current: Name | "chat";
  #changed: (tab: Name | "chat") => void;

  constructor(root: HTMLElement, names: readonly ["chat", Name, ...Name[]], changed: (tab: Name | "chat") => void) {
    this.#root = root;
    this.#names = names;
    this.#changed = changed;
    this.#current = names.find((name) => name === root.dataset["tab"]) ?? "chat";
    for (const name of names) {
      const tab = this.#tab(name);
      tab.addEventListener("click", () => this.open(name));
      tab.addEventListener("keydown", (event) => this.#move(event, name));
    }
    this.#wide.addEventListener("change", () => this.#show());
    this.#show();
  }

  get wide(): boolean {
    return this.#wide.matches;
  }

  /** Whether a person can see this panel now. */
  shows(name: Name | "chat"): boolean {
    return this.wide ? name === "chat" || name === this.#beside() : name === this.#current;
  }

  open(name: Name | "chat"): void {
    this.#current = name;
    this.#show();
    this.#changed(name);
  }

  /** A dot that says something is new there. */
  news(name: Name | "chat", yes: boolean): void {
    this.#tab(name).classList.toggle("news", yes && !this.shows(name));
  }

  #beside(): Name {
    return this.#current === "chat" ? this.#names[1] : this.#current;
  }

  #show(): void {
    const selected = this.wide ? this.#beside() : this.#current;
    this.#root.dataset["tab"] = this.#current;
    for (const name of this.#names) {
      const tab = this.#tab(name);
      tab.setAttribute("aria-selected", String(name === selected));
      tab.tabIndex = name === selected ? 0 : -1;
      if (name === selected) tab.classList.remove("news");
      const panel = need(`panel-${name}`, HTMLElement);
      // Where all stand beside each other, nothing is behind a tab.
      const isTab = !this.wide || (name !== "chat" && this.#names.length > 2);
      panel.setAttribute("role", isTab ? "tabpanel" : "region");
      panel.setAttribute("aria-labelledby", isTab ? `tab-${name}` : `${name}-title`);
    }
  }

  #move(event: KeyboardEvent, from: Name | "chat"): void {
    const names: readonly (Name | "chat")[] = this.wide ? this.#names.filter((name) => name !== "chat") : this.#names;
    const at = names.indexOf(from);
    const to = {
      ArrowRight: names[(at + 1) % names.length],
      ArrowLeft: names[(at - 1 + names.length) % names.length],
      Home: names[0],
      End: names.at(-1),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.open(to);
    this.#tab(to).focus();
  }

  #tab(name: Name | "chat"): HTMLElement {
    return need(`tab-${name}`, HTMLElement);
  }
}
