// The WebSocket of a conversation. Owns coming back: after a loss, after sleep, after being offline, always from the
// last number that was seen. Refuses to know what frames mean.

import { backoff } from "./backoff.ts";

export type Link = "connecting" | "open" | "lost" | "offline";

export interface ConnectionOptions<Frame> {
  /** Address to connect to; asked anew for every try, because it holds the last number seen. */
  address: () => string;
  /** What has arrived, from JSON; null when it is nothing that is known here. */
  read: (value: unknown) => Frame | null;
  onFrame: (frame: Frame) => void;
  onLink: (link: Link) => void;
  /** Tries came to nothing before a single frame: perhaps it is not the network. */
  onDoubt: () => void;
}

const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 8_000;
const DOUBT_AFTER = 2;
/** The server's words for "signed out" and "gone": knocking again will not help. */
const REFUSALS = [4401, 4404];

export class Connection<Frame> {
  link: Link = "connecting";
  #options: ConnectionOptions<Frame>;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #fruitless = 0;
  #retry = 0;
  #deadline = 0;
  #over = false;

  constructor(options: ConnectionOptions<Frame>) {
    this.#options = options;
  }

  start(): void {
    window.addEventListener("online", () => this.now());
    window.addEventListener("offline", () => this.#check());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.link === "open") this.#check();
      else this.now();
    });
    window.setInterval(() => this.#check(), PING_EVERY_MS);
    this.#connect();
  }

  /** Tries at once instead of waiting. */
  now(): void {
    if (this.#over || this.link === "open" || this.#socket !== null) return;
    clearTimeout(this.#retry);
    this.#attempt = 0;
    this.#connect();
  }

  /** Gives up for good: somebody who is signed out is not let in however often they knock. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Whether it went out. */
  send(message: unknown): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.address());
    this.#socket = socket;
    this.#await();
    socket.addEventListener("open", () => {
      if (this.#socket === socket) this.#become("open");
    });
    socket.addEventListener("message", (event) => {
      if (this.#socket !== socket) return;
      this.#attempt = 0;
      this.#fruitless = 0;
      clearTimeout(this.#deadline);
      if (typeof event.data !== "string" || event.data === "pong") return;
      const frame = this.#parse(event.data);
      if (frame !== null) this.#options.onFrame(frame);
    });
    socket.addEventListener("close", (event) => {
      if (this.#socket !== socket) return;
      if (REFUSALS.includes(event.code)) this.#options.onDoubt();
      this.#lost();
    });
  }

  #lost(): void {
    this.#drop();
    if (this.#over) return;
    this.#become(navigator.onLine ? "lost" : "offline");
    this.#fruitless += 1;
    if (this.#fruitless === DOUBT_AFTER) this.#options.onDoubt();
    this.#retry = window.setTimeout(() => this.#connect(), backoff(this.#attempt, Math.random()));
    this.#attempt += 1;
  }

  /** A socket that looks open may be dead: ask, and take silence for a loss. */
  #check(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send("ping");
    this.#await();
  }

  #await(): void {
    clearTimeout(this.#deadline);
    const socket = this.#socket;
    this.#deadline = window.setTimeout(() => {
      if (this.#socket === socket) this.#lost();
    }, PONG_WITHIN_MS);
  }

  #drop(): void {
    clearTimeout(this.#deadline);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #become(link: Link): void {
    if (link === this.link) return;
    this.link = link;
    this.#options.onLink(link);
  }

  #parse(data: string): Frame | null {
    try {
      return this.#options.read(JSON.parse(data));
    } catch {
      return null;
    }
  }
}
