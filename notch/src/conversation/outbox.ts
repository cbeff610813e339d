// What was written and is not yet in the log. Owns that nothing typed is lost: it is kept in the browser until the log
// shows it. Messages go one at a time, so that a refusal is about the one that is under way.

import { list, object, oneOf, text } from "../json.ts";

export interface Unsent<Attachment> {
  clientId: string;
  text: string;
  attachments: readonly Attachment[];
  state: "waiting" | "sending" | "failed";
  /** Why it failed, for the person. */
  problem: string;
}

/** Where strings are kept; `localStorage` in a browser. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Outbox<Attachment> {
  items: readonly Unsent<Attachment>[] = [];
  #shelf: Shelf;
  #key: string | null = null;
  #readAttachment: (value: unknown) => Attachment | null;
  #changed: () => void;

  /** `readAttachment` reads what goes along with a message, when it comes back from the shelf. */
  constructor(shelf: Shelf, readAttachment: (value: unknown) => Attachment | null, changed: () => void) {
    this.#shelf = shelf;
    this.#readAttachment = readAttachment;
    this.#changed = changed;
  }

  /** From now on things are kept under this name. What a dropped page left there is taken up again. */
  keepAs(key: string): void {
    this.#key = key;
    const known = new Set(this.items.map((item) => item.clientId));
    this.#set([...this.#read(key).filter((item) => !known.has(item.clientId)), ...this.items]);
  }

  add(clientId: string, words: string, attachments: readonly Attachment[]): void {
    this.#set([...this.items, { clientId, text: words, attachments, state: "waiting", problem: "" }]);
  }

  /** The next message to send, now marked as under way; null while one is, or when there is none. */
  next(): Unsent<Attachment> | null {
    if (this.items.some((item) => item.state === "sending")) return null;
    const first = this.items.find((item) => item.state === "waiting");
    if (first === undefined) return null;
    this.#change(first.clientId, { state: "sending" });
    return first;
  }

  /** The log shows it. */
  arrived(clientId: string): void {
    this.remove(clientId);
  }

  /** What is under way was refused, or got no answer. */
  refuse(problem: string): void {
    const item = this.items.find(({ state }) => state === "sending");
    if (item !== undefined) this.#change(item.clientId, { state: "failed", problem });
  }

  /** The connection went: what was under way goes again, under the same name, so that twice is once. */
  interrupted(): void {
    this.#set(this.items.map((item) => (item.state === "sending" ? { ...item, state: "waiting" as const } : item)));
  }

  retry(clientId: string): void {
    this.#change(clientId, { state: "waiting", problem: "" });
  }

  remove(clientId: string): void {
    this.#set(this.items.filter((item) => item.clientId !== clientId));
  }

  #change(clientId: string, change: Partial<Unsent<Attachment>>): void {
    this.#set(this.items.map((item) => (item.clientId === clientId ? { ...item, ...change } : item)));
  }

  #set(items: readonly Unsent<Attachment>[]): void {
    this.items = items;
    if (this.#key !== null) keep(this.#shelf, this.#key, items.length === 0 ? null : JSON.stringify(items));
    this.#changed();
  }

  #read(key: string): Unsent<Attachment>[] {
    try {
      const kept: unknown = JSON.parse(this.#shelf.getItem(key) ?? "[]");
      return list({ kept }, "kept", (value) => {
        const item = object(value);
        if (item === null || text(item, "clientId") === "") return null;
        // What was under way when the page went may or may not have arrived; sending it again is harmless.
        const state = oneOf(item["state"], ["waiting", "failed"]) ?? "waiting";
        return {
          clientId: text(item, "clientId"), text: text(item, "text"), attachments: list(item, "attachments", this.#readAttachment), state,
          problem: text(item, "problem"),
        };
      });
    } catch {
      return [];
    }
  }
}

/** Keeps a string, or forgets it. A full or forbidden shelf is no reason to stop. */
export function keep(shelf: Shelf, key: string, value: string | null): void {
  try {
    if (value === null) shelf.removeItem(key);
    else shelf.setItem(key, value);
  } catch {
    // Then the tab's own memory has to do.
  }
}

/** Our own name for a message. `crypto.randomUUID` is not there on every address that development uses. */
export function messageId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
