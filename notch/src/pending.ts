// The code that was asked for in this tab, so that a page dropped and loaded again knows where it was.

const KEY = "vetka:code-sent";
/** As long as a code works. */
const LASTS_MS = 5 * 60_000;

export interface Pending {
  email: string;
  /** Unix milliseconds. */
  sentAt: number;
}

export function remember(email: string, now: number): Pending {
  const pending = { email, sentAt: now };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(pending));
  } catch {
    // A browser that keeps nothing only loses the way back.
  }
  return pending;
}

export function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // As above.
  }
}

/** What was asked for, while its code can still work. */
export function recall(now: number): Pending | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isPending(kept) && now - kept.sentAt < LASTS_MS ? kept : null;
  } catch {
    return null;
  }
}

function isPending(value: unknown): value is Pending {
  return typeof value === "object" && value !== null && "email" in value && "sentAt" in value && typeof value.email === "string" && typeof value.sentAt === "number";
}
