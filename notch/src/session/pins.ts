// What is pointed at in the preview, over the field: everybody's, numbered, each with whoever pointed. One's own have a note
// that may stay empty, and can be taken away. Owns the row; what is in it is the tray's.

import { h, need } from "../dom.ts";
import { place } from "./views.ts";
import { LONGEST_NOTE, type ShownPin } from "./frames.ts";

export interface PinsActions {
  isOwn: (pin: ShownPin) => boolean;
  note: (id: string, words: string) => void;
  remove: (id: string) => void;
}

interface Row {
  row: HTMLLIElement;
  /** Of one's own only. */
  note: HTMLInputElement | null;
  /** What it says, as far as it does not change under somebody's hands. */
  says: string;
}

export class Pins {
  #list = need("pins", HTMLElement);
  #actions: PinsActions;
  #rows = new Map<string, Row>();
  /** Somebody has just pointed, and goes on with what they wish there. */
  #expected = false;

  constructor(actions: PinsActions) {
    this.#actions = actions;
  }

  /** The next that is one's own gets the keyboard. */
  expect(): void {
    this.#expected = true;
  }

  show(pins: readonly ShownPin[]): void {
    const typed = this.#clear(pins);
    pins.forEach((pin, at) => {
      const own = this.#actions.isOwn(pin);
      const says = own ? pin.label : `${pin.label} ${pin.author?.name} ${pin.note}`;
      const known = this.#rows.get(pin.id);
      const kept = known?.says === says ? known : undefined;
      const shown = kept ?? { ...(own ? this.#own(pin) : others(pin)), says };
      if (kept === undefined) {
        known?.row.remove();
        this.#rows.set(pin.id, shown);
        if (own && this.#expected) queueMicrotask(() => shown.note?.focus());
        if (own) this.#expected = false;
      }
      // Whoever has the keyboard in a note keeps it: a row that stands where it belongs is not touched.
      if (this.#list.children[at] !== shown.row) this.#list.insertBefore(shown.row, this.#list.children[at] ?? null);
      if (shown.note !== null && shown.note.value !== pin.note && document.activeElement !== shown.note) shown.note.value = pin.note;
      shown.row.firstElementChild?.replaceChildren(String(at + 1));
      if (pin.picture !== null && shown.row.querySelector("img") === null) shown.row.append(place(pin.picture));
    });
    this.#list.hidden = pins.length === 0;
    // What can be scrolled must be within reach of the keyboard, also where nothing in it is.
    if (this.#list.scrollHeight > this.#list.clientHeight) this.#list.tabIndex = 0;
    else this.#list.removeAttribute("tabindex");
    if (typed !== null) this.#goOn(typed);
  }

  /** Takes away what is not there any more; gives what was being typed in a note that went with it. */
  #clear(pins: readonly ShownPin[]): string | null {
    let typed: string | null = null;
    for (const [id, { row, note }] of this.#rows) {
      if (pins.some((pin) => pin.id === id)) continue;
      if (row.contains(document.activeElement)) typed = note?.value ?? "";
      row.remove();
      this.#rows.delete(id);
    }
    return typed;
  }

  /** Nobody loses the keyboard: what was being typed goes on where it is now, or else in the field. */
  #goOn(typed: string): void {
    const again = typed === "" ? undefined : [...this.#rows.values()].find(({ note }) => note?.value === typed);
    (again?.note ?? need("say", HTMLTextAreaElement)).focus();
  }

  #own({ id, label, note: words }: ShownPin): Omit<Row, "says"> {
    const note = h("input", {
      class: "pin-note", type: "text", maxlength: LONGEST_NOTE, placeholder: "A note, if you like", "aria-label": `Note on ${label}`,
      oninput: () => this.#actions.note(id, note.value),
    });
    note.value = words;
    const remove = h("button", { type: "button", class: "close pin-remove", "aria-label": `Remove ${label}`, onclick: () => this.#actions.remove(id) }, "×");
    return { note, row: h("li", { class: "pin" }, number(), h("span", { class: "pin-label" }, h("span", { class: "visually-hidden" }, "You point at: "), label), note, remove) };
  }
}

const number = (): HTMLElement => h("span", { class: "pin-number", "aria-hidden": "true" });

function others(pin: ShownPin): Omit<Row, "says"> {
  const note = pin.note !== "" && h("span", { class: "pin-wish" }, h("span", { class: "visually-hidden" }, "Note: "), pin.note);
  return { note: null, row: h("li", { class: "pin other" }, number(), h("span", { class: "pin-label" }, pointing(pin)), note) };
}

/** `Ann points at: the heading “Fresh bread”`. */
export const pointing = ({ author, label }: ShownPin): string => `${author?.name || "Somebody"} points at: ${label}`;
