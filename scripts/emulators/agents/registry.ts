// The sessions that are alive in this process: each with its log and its turns.

import type { Clock } from './ids.ts';
import { notFound } from './errors.ts';
import { LiveSession } from './live.ts';
import type { SessionRecord, Store } from './store.ts';
import { Turns, type Mind } from './turns.ts';

export interface Living {
  live: LiveSession;
  turns: Turns;
}

export interface RegistryOptions {
  mind: Mind;
  stepMs: number;
  clock: Clock;
}

export class Registry {
  readonly store: Store;
  readonly #options: RegistryOptions;
  readonly #sessions = new Map<string, Living>();

  /** Brings back what the store kept; turns that were under way carry on. */
  constructor(store: Store, options: RegistryOptions) {
    this.store = store;
    this.#options = options;
    for (const record of store.sessions.values()) this.adopt(record);
  }

  adopt(record: SessionRecord): Living {
    const live = new LiveSession(record, this.store);
    const living = { live, turns: new Turns(live, this.#options.mind, this.#options.stepMs) };
    this.#sessions.set(live.id, living);
    living.turns.wake();
    return living;
  }

  find(id: string): Living {
    const living = this.#sessions.get(id);
    if (!living) throw notFound(`Session ${id}`);
    return living;
  }

  all(): Living[] {
    return [...this.#sessions.values()];
  }

  async forget(id: string): Promise<void> {
    await this.#sessions.get(id)?.turns.close();
    this.#sessions.delete(id);
    this.store.deleteSession(id);
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map(({ turns }) => turns.close()));
  }
}
