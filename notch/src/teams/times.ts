// Times as the reader's own clock has them.

import { say } from "../dom.ts";
import { clock, exactly, when } from "../format.ts";

/** Says every `time[data-when]` in the reader's zone. */
export function localTimes(within: ParentNode = document): void {
  const now = new Date();
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-when]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exactly(at);
    say(time, at > now ? clock(at, now) : when(at, now));
  }
}
