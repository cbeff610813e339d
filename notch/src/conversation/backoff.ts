// How long to wait before the next try.

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Milliseconds before try `attempt` (0 is the first after a loss). `chance`, from 0 to 1, takes up to a fifth off, so
 *  that a server that comes back does not meet everybody at once. */
export function backoff(attempt: number, chance: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (1 - 0.2 * chance));
}
