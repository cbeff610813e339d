// Pointing in the preview: the tray, its row over the field, and what of it the next message takes.

import type { Unsent } from "../conversation/outbox.ts";
import { toast } from "../toast.ts";
import type { Pin, ShownPin } from "./frames.ts";
import { Pins, pointing } from "./pins.ts";
import { MOST, Tray } from "./tray.ts";

/** Codes of refusals that are about a pin, not about a message. */
const OF_PINS = ["tray_full", "not_your_pin"];

export interface PointingOptions {
  viewer: string;
  /** Whether the session can be told just now. */
  isConnected: () => boolean;
  /** Whether it went out. */
  send: (frame: object) => boolean;
  /** What this tab has not sent yet. */
  unsent: () => readonly Unsent<ShownPin>[];
  /** Says it to those who listen. */
  speak: (words: string) => void;
  changed: () => void;
}

export class Pointing {
  #options: PointingOptions;
  #tray: Tray;
  #row: Pins;

  constructor(options: PointingOptions) {
    this.#options = options;
    const { viewer, isConnected, send, changed } = options;
    this.#tray = new Tray(localStorage, { viewer, changed, send: (frame) => isConnected() && send(frame) });
    this.#row = new Pins({
      isOwn: (pin) => this.#tray.isOwn(pin),
      note: (id, words) => this.#tray.note(id, words),
      remove: (id) => {
        if (!this.#tray.remove(id)) toast("There is no connection just now, so this stays until it is back.");
        changed();
      },
    });
    window.addEventListener("pagehide", () => this.#tray.flush());
  }

  /** From now on what the session does not know is kept under this name. */
  keepAs(key: string): void {
    this.#tray.keepAs(key);
  }

  /** What is pointed at and not yet named by a message of this tab. */
  get waiting(): readonly ShownPin[] {
    const named = new Set(this.#options.unsent().flatMap(({ attachments }) => attachments.map(({ id }) => id)));
    return this.#tray.pins.filter(({ id }) => !named.has(id));
  }

  /** Whether something is wished without a word in the field. */
  get hasWish(): boolean {
    return this.waiting.some(({ note }) => note.trim() !== "");
  }

  /** Whether one more place can be pointed at; says why when not. */
  mayAdd(): boolean {
    const isFull = this.#tray.pins.length >= MOST;
    const isConnected = this.#options.isConnected();
    if (isFull) toast("Twelve places are pointed at already. Send them with a message, or remove one.");
    else if (!isConnected) toast("There is no connection just now, so nothing can be pointed at. Try again when it is back.");
    return !isFull && isConnected;
  }

  /** Somebody here points at something, and goes on with what they wish there. */
  add(pin: Pin): void {
    this.#row.expect();
    this.#tray.add(pin);
  }

  /** The session says what there is; `isNew`: it changed just now. */
  heard(pins: readonly ShownPin[], isNew: boolean): void {
    const known = new Set(this.#tray.pins.map(({ id }) => id));
    this.#tray.heard(pins);
    const fresh = pins.find((pin) => !known.has(pin.id) && !this.#tray.isOwn(pin));
    if (isNew && fresh !== undefined) this.#options.speak(pointing(fresh));
  }

  /** Whether a refusal was about a pin. */
  refused({ code, message }: { code: string; message: string }): boolean {
    if (!OF_PINS.includes(code)) return false;
    this.#tray.refused();
    toast(message);
    return true;
  }

  /** Sends what did not go out yet. A message takes the notes that are there when it comes. */
  flush(): void {
    this.#tray.flush();
  }

  interrupted(): void {
    this.#tray.interrupted();
  }

  end(): void {
    this.#tray.end();
  }

  show(): void {
    this.#row.show(this.waiting);
  }
}
