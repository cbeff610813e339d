// What a message is about, pointed at in the preview: numbered, each with a note that may stay empty. Owns their row over the
// field until they leave with their message.

import { h, need } from "../dom.ts";
import type { Pin } from "./frames.ts";

/** As many as one message carries. */
const MOST = 10;

export class Pins {
  #list = need("pins", HTMLElement);
  #changed: () => void;
  #pins: { pin: Pin; note: HTMLInputElement; row: HTMLLIElement }[] = [];

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether a note says something that goes without a message. */
  get speak(): boolean {
    return this.#pins.some(({ note }) => note.value.trim() !== "");
  }

  get full(): boolean {
    return this.#pins.length >= MOST;
  }

  add(pin: Pin): void {
    if (this.full) return;
    const note = h("input", { class: "pin-note", type: "text", maxlength: 500, placeholder: "A note, if you like", "aria-label": `Note on ${pin.label}`, oninput: () => this.#changed() });
    const number = h("span", { class: "pin-number", "aria-hidden": "true" });
    const remove = h("button", { type: "button", class: "close pin-remove", "aria-label": `Take ${pin.label} away`, onclick: () => this.#remove(row) }, "×");
    const row = h("li", { class: "pin" }, number, h("span", { class: "pin-label" }, pin.label), note, remove);
    this.#pins.push({ pin, note, row });
    this.#list.append(row);
    this.#number();
    note.focus();
  }

  /** Those that are there leave with their message. */
  take(): Pin[] {
    const taken = this.#pins.map(({ pin, note }) => ({ ...pin, note: note.value.trim() }));
    this.#list.replaceChildren();
    this.#pins = [];
    this.#number();
    return taken;
  }

  #remove(row: HTMLLIElement): void {
    this.#pins = this.#pins.filter((pin) => pin.row !== row);
    row.remove();
    this.#number();
    need("say", HTMLTextAreaElement).focus();
  }

  #number(): void {
    this.#list.hidden = this.#pins.length === 0;
    this.#pins.forEach(({ row }, at) => row.firstElementChild?.replaceChildren(String(at + 1)));
    this.#changed();
  }
}
