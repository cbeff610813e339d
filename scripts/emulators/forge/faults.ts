// What a test makes go wrong. A fault waits for a request and is used up by it; the door to it is `control.ts`.

import { isObject } from '../agents/checks.ts';
import { unprocessable } from './errors.ts';

export interface Fault {
  /** Name of the endpoint, as Octokit calls it (`pulls.create`), `git.upload-pack`, `oauth.token`; `*` is any. */
  endpoint: string;
  times: number;
  /** Answered instead of the real answer. */
  status?: number;
  /** What the error says. */
  message?: string;
  /** Added to the answer, such as `x-github-sso`. */
  headers?: Record<string, string>;
  /** A limit that is reached: of requests per hour, or of how fast they come. */
  limit?: 'primary' | 'secondary';
  /** Seconds, sent as `retry-after`. */
  retryAfter?: number;
  /** Waits before anything else happens. */
  delayMs?: number;
  /** Does the work and then drops the connection in place of the answer. */
  loseAnswer?: boolean;
}

const KEYS = new Set(['endpoint', 'times', 'status', 'message', 'headers', 'limit', 'retryAfter', 'delayMs', 'loseAnswer']);

function parseFault(raw: unknown): Fault {
  if (!isObject(raw)) throw unprocessable('requests: expected objects.');
  const unknown = Object.keys(raw).find((key) => !KEYS.has(key));
  if (unknown !== undefined) throw unprocessable(`requests[].${unknown} is no fault.`);
  const { endpoint = '*', times = 1, status, message, headers, limit, retryAfter, delayMs, loseAnswer } = raw;
  const isWhole = (value: unknown, from: number, to: number): value is number => Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
  const wrong = (what: string): never => {
    throw unprocessable(`requests[].${what}`);
  };
  if (typeof endpoint !== 'string') return wrong('endpoint: expected a name.');
  if (!isWhole(times, 1, 10_000)) return wrong('times: expected 1 to 10000.');
  if (status !== undefined && !isWhole(status, 400, 599)) return wrong('status: expected 400 to 599.');
  if (message !== undefined && typeof message !== 'string') return wrong('message: expected text.');
  if (limit !== undefined && limit !== 'primary' && limit !== 'secondary') return wrong('limit: expected primary or secondary.');
  if (retryAfter !== undefined && !isWhole(retryAfter, 0, 86_400)) return wrong('retryAfter: expected seconds.');
  if (delayMs !== undefined && !isWhole(delayMs, 0, 600_000)) return wrong('delayMs: expected 0 to 600000.');
  if (loseAnswer !== undefined && typeof loseAnswer !== 'boolean') return wrong('loseAnswer: expected true or false.');
  if (headers !== undefined && !(isObject(headers) && Object.values(headers).every((value) => typeof value === 'string'))) return wrong('headers: expected texts.');
  return {
    endpoint, times,
    ...(status === undefined ? {} : { status }), ...(message === undefined ? {} : { message }), ...(limit === undefined ? {} : { limit }),
    ...(headers === undefined ? {} : { headers: headers as Record<string, string> }), ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(delayMs === undefined ? {} : { delayMs }), ...(loseAnswer === undefined ? {} : { loseAnswer }),
  };
}

/** Reads a list of faults. A misspelt one is refused, or a test would pass for nothing. */
export function parseFaults(raw: unknown): Fault[] {
  if (!Array.isArray(raw)) throw unprocessable('requests: expected an array.');
  return raw.map(parseFault);
}

/** The faults that wait for a request. */
export class Faults {
  #waiting: Fault[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ ...fault });
  }

  take(endpoint: string): Fault | null {
    const hit = this.#waiting.find((fault) => fault.endpoint === '*' || fault.endpoint === endpoint);
    if (hit === undefined) return null;
    hit.times -= 1;
    if (hit.times <= 0) this.#waiting = this.#waiting.filter((fault) => fault !== hit);
    return hit;
  }

  clear(): void {
    this.#waiting = [];
  }
}
