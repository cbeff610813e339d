// What people point at until a message takes it along. It lives in the session; here is what of it is shown, and what was
// done here and the session does not know yet. Owns that nothing typed is lost; refuses to know elements.

import { type Shelf, keep, messageId } from "../conversation/outbox.ts";
import { list, object, text } from "../json.ts";
import { type Pin, type ShownPin, readPin } from "./frames.ts";

/** As many as may be pointed at. */
export const MOST = 12;
/** Between two letters of a note there is less. */
const TYPED_AFTER_MS = 400;

/** A pin that was added here, or has another note. */
interface Own {
  pin: Pin;
  /** The session has shown it. */
  known: boolean;
  /** It went out as it is. */
  sent: boolean;
}

export interface TrayOptions {
  /** Whoever sits here. */
  viewer: string;
  /** Whether it went out. */
  send: (frame: { type: "pin"; id: string; pin: Pin } | { type: "unpin"; id: string }) => boolean;
  changed: () => void;
}

export class Tray {
  #shelf: Shelf;
  #options: TrayOptions;
  #key: string | null = null;
  #heard: readonly ShownPin[] = [];
  #own = new Map<string, Own>();
  #gone = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf, options: TrayOptions) {
    this.#shelf = shelf;
    this.#options = options;
  }

  /** From now on what is not known yet is kept under this name. What a dropped page left there is taken up again. */
  keepAs(key: string): void {
    this.#key = key;
    try {
      const kept: unknown = JSON.parse(this.#shelf.getItem(key) ?? "[]");
      for (const { id, pin, known } of list({ kept }, "kept", readOwn)) if (!this.#own.has(id)) this.#own.set(id, { pin, known, sent: false });
    } catch {
      // Nothing kept that can be read.
    }
  }

  /** What there is, with what was done here. */
  get pins(): readonly ShownPin[] {
    const author = { id: this.#options.viewer, name: "" };
    const heard = this.#heard.filter(({ id }) => !this.#gone.has(id)).map((pin) => ({ ...pin, note: this.#own.get(pin.id)?.pin.note ?? pin.note }));
    const fresh = [...this.#own].filter(([id, { known }]) => !known && !this.#heard.some((pin) => pin.id === id));
    return [...heard, ...fresh.map(([id, { pin: { label, page, width, note } }]) => ({ id, author, label, page, width, note, picture: null }))];
  }

  isOwn(pin: ShownPin): boolean {
    return pin.author?.id === this.#options.viewer;
  }

  /** The session says what there is. */
  heard(pins: readonly ShownPin[]): void {
    for (const [id, own] of this.#own) {
      const shown = pins.find((pin) => pin.id === id);
      if (shown !== undefined) {
        own.known = true;
        if (tidy(own.pin.note) === shown.note) this.#own.delete(id);
      } else if (own.known) {
        this.#own.delete(id);
        // A message of somebody else took it while this was typed. What was typed is a wish of its own then.
        if (!own.sent && tidy(own.pin.note) !== "") this.#own.set(messageId(), { pin: own.pin, known: false, sent: false });
      }
    }
    for (const id of this.#gone) if (!pins.some((pin) => pin.id === id)) this.#gone.delete(id);
    this.#heard = pins;
    this.#keep();
    if ([...this.#own.values()].some(({ sent }) => !sent)) this.#soon();
  }

  add(pin: Pin): void {
    this.#own.set(messageId(), { pin, known: false, sent: false });
    this.#keep();
    this.flush();
  }

  /** What is wished at one's own pin, as far as it is typed. */
  note(id: string, words: string): void {
    const known = this.#heard.find((pin) => pin.id === id);
    const pin = this.#own.get(id)?.pin ?? (known && { ...known, selector: "", text: "" });
    if (pin === undefined) return;
    this.#own.set(id, { pin: { ...pin, note: words }, known: known !== undefined, sent: false });
    this.#keep();
    this.#soon();
  }

  /** Takes one's own pin away; false when that cannot be said just now. */
  remove(id: string): boolean {
    if (!this.#options.send({ type: "unpin", id })) return false;
    this.#own.delete(id);
    this.#gone.add(id);
    this.#keep();
    return true;
  }

  /** Sends what did not go out yet: before a message, and when a page goes. */
  flush(): void {
    clearTimeout(this.#timer);
    for (const [id, own] of this.#own) {
      if (own.sent) continue;
      const { label, page, width, selector, text, note } = own.pin;
      own.sent = this.#options.send({ type: "pin", id, pin: { label, page, width, selector, text, note: tidy(note) } });
    }
    this.#options.changed();
  }

  /** The connection went: what the session has not shown may not have arrived, and goes again with the next. */
  interrupted(): void {
    for (const own of this.#own.values()) own.sent = false;
    this.#gone.clear();
  }

  /** The session does not take something: what it does not have yet is given up. */
  refused(): void {
    for (const [id, { known }] of this.#own) if (!known) this.#own.delete(id);
    this.#keep();
    this.#options.changed();
  }

  /** The session is over, and nothing can be pointed at any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#own.clear();
    this.#heard = [];
    this.#keep();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), TYPED_AFTER_MS);
    this.#options.changed();
  }

  #keep(): void {
    if (this.#key === null) return;
    const own = [...this.#own].map(([id, { pin, known }]) => ({ id, pin, known }));
    keep(this.#shelf, this.#key, own.length === 0 ? null : JSON.stringify(own));
  }
}

/** A note as the session keeps it. */
const tidy = (note: string): string => note.replace(/[\p{Cc}\s]+/gu, " ").trim();

function readOwn(value: unknown): { id: string; pin: Pin; known: boolean } | null {
  const from = object(value);
  const pin = readPin(from?.["pin"]);
  return from === null || pin === null || text(from, "id") === "" ? null : { id: text(from, "id"), pin, known: from["known"] === true };
}
