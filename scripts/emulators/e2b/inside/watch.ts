// Changes in a folder. Node tells that a name changed but not how; what is there now and was there before says it.

import { lstatSync, readdirSync, watch, type FSWatcher, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from './connect.ts';

const MAX_WAITING = 10_000;

export interface WatchOptions {
  recursive: boolean;
  /** Adds the entry to each event, where it still exists. */
  describe: ((path: string) => JsonObject) | null;
}

export class Watch {
  readonly #folder: string;
  readonly #options: WatchOptions;
  readonly #watcher: FSWatcher;
  readonly #seen = new Map<string, Stats>();
  #waiting: JsonObject[] = [];
  #listener: ((event: JsonObject) => void) | null = null;

  constructor(folder: string, options: WatchOptions) {
    this.#folder = folder;
    this.#options = options;
    for (const name of readdirSync(folder, { recursive: options.recursive, encoding: 'utf8' })) {
      const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
      if (found) this.#seen.set(name, found);
    }
    this.#watcher = watch(folder, { recursive: options.recursive }, (kind, name) => {
      if (name !== null) this.#changed(kind, name);
    });
    this.#watcher.on('error', () => this.close());
  }

  /** Events go to `listener` from now on. */
  onEvent(listener: (event: JsonObject) => void): void {
    this.#listener = listener;
    for (const event of this.take()) listener(event);
  }

  /** What happened since it was last asked. */
  take(): JsonObject[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  close(): void {
    this.#watcher.close();
  }

  #changed(kind: 'rename' | 'change', name: string): void {
    const before = this.#seen.get(name);
    const now = lstatSync(join(this.#folder, name), { throwIfNoEntry: false });
    if (now) this.#seen.set(name, now);
    else this.#seen.delete(name);
    if (!now) {
      if (before) this.#emit(name, 'EVENT_TYPE_REMOVE');
    } else if (!before || (kind === 'rename' && before.ino !== now.ino)) {
      this.#emit(name, 'EVENT_TYPE_CREATE');
    } else if (before.mode !== now.mode) {
      this.#emit(name, 'EVENT_TYPE_CHMOD');
    } else if (kind === 'change') {
      this.#emit(name, 'EVENT_TYPE_WRITE');
    }
  }

  #emit(name: string, type: string): void {
    let entry: JsonObject | undefined;
    try {
      entry = this.#options.describe?.(join(this.#folder, name));
    } catch {
      // It is gone already; the event alone has to do.
    }
    const event = { name, type, ...(entry === undefined ? {} : { entry }) };
    if (this.#listener) this.#listener(event);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
  }
}
