/** Cloudflare's REST API: its envelope, its pages, its refusals in words. The token is in no message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from './target.ts';

const DEFAULT_BASE = 'https://api.cloudflare.com/client/v4';

/** The API said no. Tell refusals apart by `code`, never by their words, which change. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  constructor(what: string, status: number, code: number, message: string) {
    super(`${what}: ${message} (${status}, code ${code})`);
    this.status = status;
    this.code = code;
  }
}

interface Envelope {
  success?: boolean;
  errors?: { code?: number; message?: string }[];
  result?: unknown;
  result_info?: { page?: number; per_page?: number; total_count?: number; cursor?: string };
}

export class Api {
  readonly base: string;
  readonly #token: string;

  constructor(token: string, base = DEFAULT_BASE) {
    this.base = base;
    this.#token = token;
  }

  /** The result of one call. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    return (await this.#envelope(method, path, body)).result as T;
  }

  /** The result, or undefined when the API says one of these codes. */
  async unless<T>(codes: number[], method: string, path: string): Promise<T | undefined> {
    try {
      return await this.call<T>(method, path);
    } catch (error) {
      if (error instanceof ApiError && codes.includes(error.code)) return undefined;
      throw error;
    }
  }

  /** All items of a paged list. */
  async all<T>(path: string, size = 50): Promise<T[]> {
    const items: T[] = [];
    for (let page = 1; ; page += 1) {
      const { result, result_info: info } = await this.#envelope('GET', `${path}${path.includes('?') ? '&' : '?'}page=${page}&per_page=${size}`);
      const got = Array.isArray(result) ? (result as T[]) : [];
      items.push(...got);
      if (got.length < size || (info?.total_count !== undefined && items.length >= info.total_count)) return items;
    }
  }

  async #envelope(method: string, path: string, body?: object): Promise<Envelope> {
    const what = `${method} ${path.split('?')[0] ?? ''}`;
    for (let attempt = 1; ; attempt += 1) {
      let response: Response;
      try {
        response = await fetch(`${this.base}${path}`, {
          method,
          headers: { authorization: `Bearer ${this.#token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
          signal: AbortSignal.timeout(30_000),
          redirect: 'error',
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
      } catch (error) {
        if (method === 'GET' && attempt < 4) {
          await sleep(500 * attempt);
          continue;
        }
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
        throw new OperatorError(`${new URL(this.base).host} did not answer ${what}: ${cause}`);
      }
      // Asking again is safe for reading, and for everybody who was told to wait.
      if (attempt < 4 && (response.status === 429 || (method === 'GET' && response.status >= 500))) {
        const wait = Number(response.headers.get('retry-after') ?? 0);
        await response.body?.cancel();
        await sleep(Math.min(60_000, Math.max(500 * attempt, wait * 1000)));
        continue;
      }
      const envelope = (await response.json().catch(() => ({}))) as Envelope;
      if (response.ok && envelope.success === true) return envelope;
      const [first] = envelope.errors ?? [];
      throw new ApiError(what, response.status, first?.code ?? 0, first?.message ?? 'no reason given');
    }
  }
}
