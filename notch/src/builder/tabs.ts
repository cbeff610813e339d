// The tabs. On a phone one of three panels shows; on a wide screen the conversation always stands and the other two take
// turns beside it. Arrows move between tabs, as in every tab list.

import { need } from "../dom.ts";

export type TabName = "chat" | "preview" | "versions";
const NAMES: readonly TabName[] = ["chat", "preview", "versions"];

export class Tabs {
  #root = need("builder", HTMLElement);
  #wide = window.matchMedia("(min-width: 60rem)");
  #current: TabName;
  #changed: (tab: TabName) => void;

  constructor(changed: (tab: TabName) => void) {
    this.#changed = changed;
    this.#current = NAMES.find((name) => name === this.#root.dataset["tab"]) ?? "chat";
    for (const name of NAMES) {
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
  shows(name: TabName): boolean {
    return this.wide ? name === "chat" || name === this.#beside() : name === this.#current;
  }

  open(name: TabName): void {
    this.#current = name;
    this.#show();
    this.#changed(name);
  }

  /** A dot that says something is new there. */
  news(name: TabName, yes: boolean): void {
    this.#tab(name).classList.toggle("news", yes && !this.shows(name));
  }

  #beside(): TabName {
    return this.#current === "chat" ? "preview" : this.#current;
  }

  #show(): void {
    const selected = this.wide ? this.#beside() : this.#current;
    this.#root.dataset["tab"] = this.#current;
    for (const name of NAMES) {
      const tab = this.#tab(name);
      tab.setAttribute("aria-selected", String(name === selected));
      tab.tabIndex = name === selected ? 0 : -1;
      if (name === selected) tab.classList.remove("news");
      const panel = need(`panel-${name}`, HTMLElement);
      const isTab = !(this.wide && name === "chat");
      panel.setAttribute("role", isTab ? "tabpanel" : "region");
      panel.setAttribute("aria-labelledby", isTab ? `tab-${name}` : "chat-title");
    }
  }

  #move(event: KeyboardEvent, from: TabName): void {
    const names = this.wide ? NAMES.filter((name) => name !== "chat") : NAMES;
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

  #tab(name: TabName): HTMLElement {
    return need(`tab-${name}`, HTMLElement);
  }
}
