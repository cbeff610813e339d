// What stands where messages were written, when a session is over: what came of it, and where to go from there.

import { fill, h, need } from "../dom.ts";
import type { Kept } from "./frames.ts";
import { ending, record } from "./words.ts";

/** Shows it. `said` are the session's own words about what broke. */
export function showOutcome(kept: Kept, said: string, org: string): void {
  const place = need("outcome", HTMLElement);
  const { title, words } = ending(kept.status, kept.outcome, said);
  const made = kept.outcome === "PR_CREATED";
  fill(place,
    h("h2", { tabindex: -1, id: "outcome-title" }, title),
    h("p", {}, words),
    h("p", { class: "quiet small" }, record(kept)),
    h("div", { class: "row" },
      kept.prUrl !== null && h("a", { class: "button", href: kept.prUrl, target: "_blank", rel: "noopener" }, made ? "See the pull request" : "See what went in"),
      h("a", { class: kept.prUrl === null ? "button" : "button plain", href: `/orgs/${org}` }, "Start another session"),
      h("a", { class: "text-button", href: `/orgs/${org}/sessions` }, "All sessions")));
  place.hidden = false;
}
