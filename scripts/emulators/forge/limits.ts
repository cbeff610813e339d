// How often one may ask: so many requests in an hour for each person, over all their tokens, and few for nobody.

const HOUR_MS = 3_600_000;

export interface Limits {
  authenticated: number;
  anonymous: number;
}

export interface Budget {
  limit: number;
  used: number;
  remaining: number;
  /** Seconds since 1970. */
  reset: number;
}

export class RateLimits {
  readonly #limits: Limits;
  readonly #windows = new Map<string, { until: number; used: number }>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** What is left to `login`, or to nobody. */
  look(login: string | null, now: number): Budget {
    const limit = login === null ? this.#limits.anonymous : this.#limits.authenticated;
    const { until, used } = this.#window(login, now);
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(until / 1000) };
  }

  /** Counts one request. */
  spend(login: string | null, now: number): void {
    this.#window(login, now).used += 1;
  }

  #window(login: string | null, now: number): { until: number; used: number } {
    const key = login ?? '';
    const known = this.#windows.get(key);
    if (known !== undefined && known.until > now) return known;
    const fresh = { until: now + HOUR_MS, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}

export const budgetHeaders = ({ limit, used, remaining, reset }: Budget): Record<string, string> => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-used': String(used),
  'x-ratelimit-reset': String(reset),
  'x-ratelimit-resource': 'core',
});
