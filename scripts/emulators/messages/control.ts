// The emulator's own door, which the real service does not have: faults, and what was asked, for tests.
//   POST   /_emulator/faults    {"faults":[{"status":529,"times":2}, …]}, see `faults.ts`
//   DELETE /_emulator/faults
//   GET    /_emulator/requests  the latest requests, oldest first
//   DELETE /_emulator/requests

import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../agents/checks.ts';
import { rfc3339, type Clock } from '../agents/ids.ts';
import { parseFaults, type Faults } from './faults.ts';

const MOST_REQUESTS = 100;

/** A request as a test sees it. */
export interface HeardRequest {
  at: string;
  endpoint: string;
  apiKey: string;
  headers: IncomingHttpHeaders;
  body: JsonObject | null;
}

export class Control {
  readonly #faults: Faults;
  readonly #clock: Clock;
  #requests: HeardRequest[] = [];

  constructor(faults: Faults, clock: Clock) {
    this.#faults = faults;
    this.#clock = clock;
  }

  heard(request: Omit<HeardRequest, 'at'>): void {
    this.#requests.push({ at: rfc3339(this.#clock()), ...request });
    if (this.#requests.length > MOST_REQUESTS) this.#requests.shift();
  }

  async answer(method: string, path: string, body: () => Promise<JsonObject>): Promise<object | null> {
    switch (`${method} ${path}`) {
      case 'POST /_emulator/faults': {
        const faults = parseFaults(await body());
        this.#faults.add(faults);
        return { faults };
      }
      case 'DELETE /_emulator/faults':
        this.#faults.clear();
        return { faults: [] };
      case 'GET /_emulator/requests':
        return { requests: this.#requests };
      case 'DELETE /_emulator/requests':
        this.#requests = [];
        return { requests: [] };
      default:
        return null;
    }
  }
}
