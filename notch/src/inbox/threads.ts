// The list of threads, as the server draws it, drawn again when something has changed.

import { ask } from "../api.ts";
import { fill, h, need, say } from "../dom.ts";
import { count, exactly, when } from "../format.ts";
import { type Message, type Thread, readThreads } from "./read.ts";

const PAGE = 50;

function preview({ mine, deleted, body }: Message): HTMLElement {
  const words = h("span", { class: "thread-last" }, mine ? "You: " : "");
  words.append(deleted ? h("em", {}, "taken back") : body);
  return words;
}

function face({ name, image }: Thread): HTMLElement {
  const letter = [...name].find((c) => /[\p{L}\p{N}]/u.test(c)) ?? "?";
  const drawn = image === "" ? letter.toUpperCase() : h("img", { src: image, alt: "", width: 1280, height: 720, loading: "lazy" });
  return h("span", { class: "face", "aria-hidden": "true" }, drawn);
}

function entry(thread: Thread, open: string, now: Date): HTMLElement {
  const { domain, name, last, unread, muted } = thread;
  const at = new Date(last.createdAt);
  const link = h(
    "a",
    { class: unread > 0 && !muted ? "thread new" : "thread", href: `/messages/${encodeURIComponent(domain)}`, "data-domain": domain, "aria-current": domain === open && "page" },
    face(thread),
    h("span", { class: "thread-name" }, name, muted && h("span", { class: "quiet" }, " · muted")),
    h("time", { class: "thread-time", datetime: last.createdAt, title: exactly(at) }, when(at, now)),
    preview(last),
    unread > 0 &&
      h("span", { class: "count" }, h("span", { "aria-hidden": "true" }, String(unread)), h("span", { class: "visually-hidden" }, count(unread, "unread message", "unread messages"))),
  );
  return h("li", {}, link);
}

/** How many wait, in the navigation. */
export function showUnread(unread: number): void {
  const badge = document.getElementById("unread-messages");
  if (badge === null) return;
  const [shown, spoken] = badge.children;
  if (shown !== undefined) say(shown, unread > 99 ? "99+" : String(unread));
  if (spoken !== undefined) say(spoken, `, ${count(unread, "unread message", "unread messages")}`);
  badge.hidden = unread === 0;
}

/** Draws the list anew; whoever is in it with the keyboard stays where they are. */
export async function redrawInbox(open: string): Promise<void> {
  const answer = await ask(`/api/notch/threads?limit=${PAGE}`);
  const page = answer.ok ? readThreads(answer.body) : null;
  if (page === null) return;
  showUnread(page.unread);
  // A list that is read further down is left as it is.
  if (new URLSearchParams(location.search).has("cursor") && open === "") return;
  const place = need("threads", HTMLElement);
  const focused = document.activeElement instanceof HTMLElement && place.contains(document.activeElement) ? document.activeElement.dataset["domain"] : undefined;
  const now = new Date();
  fill(place, ...page.threads.map((thread) => entry(thread, open, now)));
  need("threads-empty", HTMLElement).hidden = page.threads.length > 0;
  if (focused !== undefined) place.querySelector<HTMLElement>(`[data-domain="${CSS.escape(focused)}"]`)?.focus();
}

/** Times as the reader's clock has them. */
export function localTimes(within: ParentNode): void {
  const now = new Date();
  for (const time of within.querySelectorAll<HTMLTimeElement>("time")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = exactly(at);
    say(time, when(at, now));
  }
}
