// What was written goes out: one message at a time, once the log is known, until the log shows it. Owns when something goes
// and when it did not get through; the outbox keeps it.

import { type Outbox, type Unsent, messageId } from "./outbox.ts";

/** A message that the log does not show by then did not get through. */
const SHOWN_WITHIN_MS = 12_000;

export class Delivery<Attachment> {
  #outbox: Outbox<Attachment>;
  #send: (message: Unsent<Attachment>) => boolean;
  #open = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` says whether it went out. */
  constructor(outbox: Outbox<Attachment>, send: (message: Unsent<Attachment>) => boolean) {
    this.#outbox = outbox;
    this.#send = send;
  }

  add(words: string, attachments: readonly Attachment[]): void {
    this.#outbox.add(messageId(), words, attachments);
    this.#next();
  }

  retry(clientId: string): void {
    this.#outbox.retry(clientId);
    this.#next();
  }

  /** The log is known: what it holds is no longer to be sent, what it does not goes now. */
  resume(holds: (clientId: string) => boolean): void {
    this.#open = true;
    for (const { clientId } of this.#outbox.items) if (holds(clientId)) this.#outbox.arrived(clientId);
    this.#next();
  }

  /** The connection went. */
  pause(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#outbox.interrupted();
  }

  /** The log shows a message. */
  arrived(clientId: string): void {
    if (this.#outbox.items.some((item) => item.clientId === clientId && item.state === "sending")) clearTimeout(this.#timer);
    this.#outbox.arrived(clientId);
    this.#next();
  }

  /** Something was refused; false when nothing is under way that this can be about. */
  refuse(problem: string): boolean {
    if (!this.#outbox.items.some(({ state }) => state === "sending")) return false;
    clearTimeout(this.#timer);
    this.#outbox.refuse(problem);
    this.#next();
    return true;
  }

  #next(): void {
    const message = this.#open ? this.#outbox.next() : null;
    if (message === null) return;
    if (!this.#send(message)) {
      this.#outbox.interrupted();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refuse("No answer came, so this may not have been sent."), SHOWN_WITHIN_MS);
  }
}
