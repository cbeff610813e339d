// The faults that a test turns on. Nothing here is part of the vendor's API: the door to it is `control.ts`.

import { isObject, type JsonObject } from './checks.ts';
import { invalid } from './errors.ts';

/**
 * Spoils the next `times` requests of an endpoint (`sandboxes.create`, `sandboxes.connect`, …; `envd` for those that go to a
 * sandbox's own door; `*` for any).
 */
export interface RequestFault {
  endpoint: string;
  times: number;
  /** Answered instead of the real answer: 429, 503, … */
  status?: number;
  message?: string;
  /** The machine-readable code of that answer. */
  errorCode?: string;
  /** Seconds, sent as `retry-after`. */
  retryAfter?: number;
  /** Waits before anything else happens. */
  delayMs?: number;
  /** Does the work and then drops the connection in place of the answer; not for `envd`. */
  loseAnswer?: boolean;
}

const KINDS: Readonly<Record<keyof RequestFault, 'string' | 'number' | 'boolean'>> = {
  endpoint: 'string',
  times: 'number',
  status: 'number',
  message: 'string',
  errorCode: 'string',
  retryAfter: 'number',
  delayMs: 'number',
  loseAnswer: 'boolean',
};

/** Reads `{"requests": […]}`. A misspelt fault is refused, or a test would pass for nothing. */
export function parseFaults(body: JsonObject): RequestFault[] {
  const { requests, ...rest } = body;
  if (Object.keys(rest).length > 0) throw invalid(`${Object.keys(rest).join(', ')} is no fault`);
  if (!Array.isArray(requests)) throw invalid('requests: a list is required');
  return requests.map((raw: unknown) => {
    if (!isObject(raw)) throw invalid('requests[]: an object is required');
    for (const [key, value] of Object.entries(raw)) {
      if (!Object.hasOwn(KINDS, key) || typeof value !== KINDS[key as keyof RequestFault]) throw invalid(`requests[].${key} is no fault, or not of that kind`);
    }
    return { endpoint: '*', times: 1, ...raw };
  });
}

/** The faults that wait for a request. */
export class Faults {
  #waiting: RequestFault[] = [];

  add(fault: RequestFault): void {
    this.#waiting.push({ ...fault });
  }

  /** The fault for this request, if one waits for it; it is used up by being taken. */
  take(endpoint: string): RequestFault | null {
    const hit = this.#waiting.find((fault) => fault.endpoint === '*' || fault.endpoint === endpoint);
    if (!hit) return null;
    hit.times -= 1;
    if (hit.times <= 0) this.#waiting = this.#waiting.filter((other) => other !== hit);
    return hit;
  }

  clear(): void {
    this.#waiting = [];
  }
}
