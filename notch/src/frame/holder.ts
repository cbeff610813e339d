// On whose page the frame stands. The browser has kept all others out already (frame-ancestors); this says which of the site's
// origins it is, and is told by the browser where the browser tells, and by the page itself, asked and answered, where not.

import { fromPage } from "../messages.ts";

export interface Surroundings {
  /** `location.ancestorOrigins`, or null where there is none. */
  ancestors: readonly string[] | null;
  /** Whether the page that holds the frame is held by nothing itself. */
  outermost: boolean;
  /** The frame's own origin as its realm has it; `null` in a sandbox. */
  own: string;
  /** The origins of the site. */
  origins: readonly string[];
}

export type Verdict = { origin: string } | { ask: true } | { refused: "sandbox" | "nested" | "stranger" };

/** Judges where the frame stands from what the browser says of it. */
export function judge({ ancestors, outermost, own, origins }: Surroundings): Verdict {
  if (own === "null") return { refused: "sandbox" };
  if (!outermost || (ancestors !== null && ancestors.length !== 1)) return { refused: "nested" };
  const [holder] = ancestors ?? [];
  // A browser that keeps it from us says `null`, which is no origin; then the page is asked.
  if (holder === undefined || holder === "null") return { ask: true };
  return origins.includes(holder) ? { origin: holder } : { refused: "stranger" };
}

/** Whose word an answer to our question is; null when it is none. */
export function answered(event: { source: unknown; origin: string; data: unknown }, parent: unknown, n: string, origins: readonly string[]): string | null {
  if (event.source !== parent || !origins.includes(event.origin)) return null;
  const message = fromPage(event.data);
  return message?.t === "me" && message.n === n ? event.origin : null;
}

/** The origin of the page around this frame, or why there is none to speak of. */
export async function holder(origins: readonly string[]): Promise<Verdict> {
  const verdict = judge({
    ancestors: location.ancestorOrigins === undefined ? null : [...location.ancestorOrigins],
    outermost: parent !== window && parent === top,
    own: self.origin,
    origins,
  });
  if (!("ask" in verdict)) return verdict;
  const n = crypto.randomUUID();
  return await new Promise((resolve) => {
    const hear = (event: MessageEvent): void => {
      const origin = answered(event, parent, n, origins);
      if (origin !== null) done({ origin });
    };
    const done = (verdict: Verdict): void => {
      removeEventListener("message", hear);
      clearTimeout(late);
      resolve(verdict);
    };
    const late = setTimeout(() => done({ refused: "stranger" }), 5_000);
    addEventListener("message", hear);
    // To whomever it is: it says nothing but that it is asked.
    parent.postMessage({ t: "who", n }, "*");
  });
}
