// A conversation at work: frames come in and are reduced, what was written goes out, and what is new is told to those who
// look elsewhere. Owns the order in which that happens: first the log, then what is new. Refuses to know how it looks.

import { toast } from "../toast.ts";
import { Connection, type Link } from "./connection.ts";
import { type State, has, holding } from "./conversation.ts";
import { Delivery } from "./delivery.ts";
import { type ErrorFrame, type Stamp, type TurnOutcome, isCommon } from "./frames.ts";
import { Notify } from "./notify.ts";
import { Outbox, type Unsent } from "./outbox.ts";

export interface ChatOptions<S extends State, Frame extends Stamp & { type: string }, Attachment> {
  initial: S;
  reduce: (state: S, frame: Frame) => S;
  /** A frame from JSON; null when it is nothing that is known here. */
  read: (value: unknown) => Frame | null;
  readAttachment: (value: unknown) => Attachment | null;
  /** Which conversation, as the socket's address names it. */
  named: () => Record<string, string>;
  /** The frame that a message goes out as. */
  message: (message: Unsent<Attachment>) => object;
  linked: (link: Link) => void;
  /** The log has been replayed. `again`: not for the first time. */
  caughtUp: (again: boolean) => void;
  /** Every frame, when the state has it. `isNew`: it is no replay. */
  came: (frame: Frame, isNew: boolean) => void;
  /** Whether a refusal was about something else than a message, and has been seen to. */
  refused?: (refusal: ErrorFrame) => boolean;
  /** Tries came to nothing: perhaps it is not the network. */
  doubt: () => void;
  /** Something may look different. */
  changed: () => void;
}

const OUTCOMES: Record<TurnOutcome, string> = { done: "Finished", stopped: "Stopped", failed: "Not finished" };

export class Chat<S extends State, Frame extends Stamp & { type: string }, Attachment> {
  readonly notify = new Notify();
  state: S;
  /** Whether the log has been replayed once. */
  known = false;
  /** Whether it is known up to this moment. */
  caughtUp = false;
  #options: ChatOptions<S, Frame, Attachment>;
  #outbox: Outbox<Attachment>;
  #delivery: Delivery<Attachment>;
  #connection: Connection<Frame>;

  constructor(options: ChatOptions<S, Frame, Attachment>) {
    this.#options = options;
    this.state = options.initial;
    this.#outbox = new Outbox(localStorage, options.readAttachment, options.changed);
    this.#delivery = new Delivery(this.#outbox, (message) => this.send(options.message(message)));
    this.#connection = new Connection({
      address: () => this.#address(),
      read: options.read,
      onFrame: (frame) => this.#take(frame),
      onLink: (link) => this.#linked(link),
      onDoubt: options.doubt,
    });
  }

  /** What was written and is not in the log. */
  get unsent(): readonly Unsent<Attachment>[] {
    return this.#outbox.items;
  }

  /** Whether nothing has been said yet. */
  get isEmpty(): boolean {
    return this.state.conversation.turns.length === 0 && this.unsent.length === 0;
  }

  /** From now on what was not sent is kept under this name. */
  keepAs(key: string): void {
    this.#outbox.keepAs(key);
  }

  start(): void {
    this.#connection.start();
  }

  end(): void {
    this.#connection.end();
  }

  tryNow(): void {
    this.#connection.now();
  }

  /** Whether it went out. */
  send(frame: object): boolean {
    return this.#connection.send(frame);
  }

  say(words: string, attachments: readonly Attachment[]): void {
    this.#delivery.add(words, attachments);
  }

  retry(clientId: string): void {
    this.#delivery.retry(clientId);
  }

  discard(clientId: string): void {
    this.#outbox.remove(clientId);
  }

  /** Takes what came another way than through the socket. */
  load(frames: readonly Frame[]): void {
    for (const frame of frames) this.state = this.#options.reduce(this.state, frame);
  }

  /** The socket begins after this number: what is before it is not replayed. */
  skipTo(seq: number): void {
    const { conversation } = this.state;
    if (conversation.lastSeq < seq) this.state = holding(this.state, { ...conversation, lastSeq: seq });
  }

  #address(): string {
    const url = new URL("/ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", String(this.state.conversation.lastSeq));
    for (const [name, value] of Object.entries(this.#options.named())) url.searchParams.set(name, value);
    return url.href;
  }

  #linked(link: Link): void {
    if (link !== "open") {
      this.caughtUp = false;
      this.#delivery.pause();
    }
    this.#options.linked(link);
    this.#options.changed();
  }

  #take(frame: Frame): void {
    const isNew = this.caughtUp && (frame.seq === null || frame.seq > this.state.conversation.lastSeq);
    this.state = this.#options.reduce(this.state, frame);
    if (frame.replayed !== null) this.#arrive();
    this.#options.came(frame, isNew);
    if (isNew) this.#tell(frame);
    if (isCommon(frame) && frame.type === "chat_message" && frame.message.clientId !== null) this.#delivery.arrived(frame.message.clientId);
    this.#options.changed();
  }

  /** The replay is over. */
  #arrive(): void {
    const again = this.known;
    this.known = true;
    this.caughtUp = true;
    this.#options.caughtUp(again);
    this.#delivery.resume((clientId) => has(this.state.conversation, clientId));
  }

  /** What is worth telling beyond the conversation itself. */
  #tell(frame: Frame): void {
    if (!isCommon(frame)) return;
    if (frame.type === "agent_status" && frame.state === "started" && frame.phase !== "thinking") this.notify.speak(frame.text);
    else if (frame.type === "chat_message" && frame.message.role === "assistant") this.notify.speak(frame.message.text);
    else if (frame.type === "error" && frame.seq === null) this.#refused(frame);
    else if (frame.type === "turn_status" && frame.status === "idle" && frame.outcome !== null) this.#tellEnd(frame.turn, frame.outcome);
  }

  #refused(refusal: ErrorFrame): void {
    // Whoever signs in again finds it on its way.
    if (refusal.code === "unauthorized") return this.#delivery.pause();
    if (this.#options.refused?.(refusal) !== true && !this.#delivery.refuse(refusal.message)) toast(refusal.message);
  }

  /** What was taken back before it ran is nobody's news. */
  #tellEnd(number: number | null, outcome: TurnOutcome): void {
    if (!this.state.conversation.turns.some((turn) => turn.number === number && turn.ran)) return;
    this.notify.finished(OUTCOMES[outcome]);
    this.notify.speak(OUTCOMES[outcome]);
  }
}
