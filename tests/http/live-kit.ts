/** Somebody's open page, as far as the live door is concerned. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'undici';
import type { Client } from './harness.ts';

export interface LiveEvent {
  type: string;
  with?: string;
  id?: string;
  kind?: string;
  url?: string;
}

const PATIENCE_MS = 30_000;

export class Listener {
  readonly events: LiveEvent[] = [];
  pongs = 0;
  closed: number | null = null;
  readonly socket: WebSocket;
  #opened = false;
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('open', () => {
      this.#opened = true;
      this.#wake();
    });
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') this.pongs += 1;
      else this.events.push(JSON.parse(String(data)) as LiveEvent);
      this.#wake();
    });
    socket.addEventListener('close', ({ code }) => {
      this.closed = code;
      this.#wake();
    });
    socket.addEventListener('error', () => this.#wake());
  }

  static async open(client: Client, path = '/api/notch/live', headers: Record<string, string> = {}): Promise<Listener> {
    const listener = new Listener(client.socket(path, headers));
    await listener.until('the socket to open', () => listener.#opened);
    return listener;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async until(what: string, holds: () => boolean, patience = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patience;
    while (!holds()) {
      if (Date.now() > deadline) assert.fail(`waited in vain for ${what}; heard: ${JSON.stringify(this.events.slice(-8))}`);
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), sleep(50)]);
    }
  }

  /** The first event, old or new, that is like this. */
  async find(like: (event: LiveEvent) => boolean, patience = PATIENCE_MS): Promise<LiveEvent> {
    await this.until(String(like), () => this.events.some(like), patience);
    return this.events.find(like)!;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.until('the socket to close', () => this.closed !== null);
  }
}
