// What a session says of its money, its time and its state.

import { count } from "../format.ts";
import type { Kept, Outcome, Receipt, Standing, Status } from "./frames.ts";

/** `$0.42`. */
export const dollars = (usd: number): string => `$${Math.max(0, usd).toFixed(2)}`;

/** What something cost; where that is next to nothing it says so. */
export const priced = (usd: number): string => (usd > 0 && usd < 0.005 ? "less than a cent" : dollars(usd));

/** From here on the money is worth a word. */
export const NEARLY = 0.8;
/** Minutes before the end from which on the time is. */
export const SOON = 10;

/** Whole minutes that are left, rounded up, so that the last one reads `1 minute`. */
export const minutesLeft = (endsAt: number, now: number): number => Math.max(0, Math.ceil((endsAt - now) / 60_000));

export const minutes = (number: number): string => count(number, "minute", "minutes");

/** `12 seconds so far`, for a wait that is being watched. */
export function elapsed(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  return seconds < 60 ? `${count(seconds, "second", "seconds")} so far` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} minutes so far`;
}

interface Ending {
  title: string;
  words: string;
}

const ENDINGS: Record<Outcome, Ending> = {
  PR_CREATED: { title: "A pull request was made", words: "The changes wait there for somebody to look at them and take them over." },
  COMMITTED_TO_MAIN: { title: "The changes are in the main branch", words: "They went in as they were shown here." },
  DISCARDED: { title: "The work was discarded", words: "Nothing of it went into the project." },
};
const WITHOUT: Ending = { title: "This session has ended", words: "Nothing was handed over. What was done stays on a branch of its own, and can still be handed over: press Finish." };
const LATE: Ending = { title: "The time of this session is over", words: "What was done is kept. Press Finish to hand it over, or start a new session." };

/** How a session that is over ended. `said` are the words of the session itself about what broke. */
export function ending(status: Status, outcome: Outcome | null, said: string): Ending {
  if (outcome !== null) return ENDINGS[outcome];
  if (status === "TIMED_OUT") return LATE;
  if (status !== "ERRORED") return WITHOUT;
  return {
    title: "This session could not go on",
    words: `${said === "" ? "Something broke that it could not mend itself." : said} Start a new one. If it happens again, ask whoever set the project up to look at how it starts.`,
  };
}

/** How long it lasted and what it cost, for the record. */
export function record({ startedAt, endedAt, cost, startedBy }: Kept): string {
  const took = startedAt === null || endedAt === null ? "" : `, ${minutes(Math.max(1, Math.round((endedAt - startedAt) / 60_000)))}`;
  return `${startedBy === "" ? "Cost" : `Started by ${startedBy}. Cost`} ${priced(cost)}${took}.`;
}

/** Why nothing can be said in a session just now; empty when something can. */
export function hindrance(standing: Standing | null): string {
  return standing?.status === "STOPPING" ? "The work is being handed over. Nothing can be said any more unless that fails." : "";
}

/** `a page (index.html)` twice and more is `a page (index.html) and 2 more`, where there is room for one line. */
export function inShort(changed: readonly string[]): string {
  const [first, second] = changed;
  if (first === undefined) return "Nothing was changed.";
  if (second === undefined) return `Changed ${first}.`;
  return changed.length === 2 ? `Changed ${first} and ${second}.` : `Changed ${first}, ${second} and ${changed.length - 2} more.`;
}

/** What a receipt says first. */
export const headline = ({ undoOf, changed }: Receipt, brought: boolean): string =>
  undoOf === null ? inShort(changed) : brought ? "Brought back." : "Undone.";
