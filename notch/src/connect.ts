// `/setup/script`: looks for the tag every few seconds while the page is seen, and goes on by itself when it is there.
// Without this the button looks once.

import { ask, type Failure } from "./api.ts";
import { wireCopying } from "./copy.ts";
import { find, need, say } from "./dom.ts";
import { type Wire, object, text } from "./json.ts";
import { wireShell } from "./shell.ts";

const PAUSE_MS = 5000;
/** The longest pause after looks that did not work at all. */
const LONGEST_MS = 60_000;

function wireLooking(page: HTMLElement): void {
  const domain = page.dataset["domain"] ?? "";
  const state = need("state", HTMLElement);
  const form = need("look", HTMLFormElement);
  let timer = 0;
  let looking = false;
  let failures = 0;
  let done = false;

  const later = (ms: number): void => {
    clearTimeout(timer);
    if (!done) timer = window.setTimeout(() => void look(), ms);
  };

  const show = (words: string, found = false): void => {
    say(state, words);
    state.classList.toggle("free", found);
  };

  const stop = (words: string): void => {
    done = true;
    clearTimeout(timer);
    show(words);
  };

  /** What to do about a look that was refused. */
  const refused = (failure: Failure): void => {
    if (failure.status === 401) return location.reload();
    if (failure.code === "one_site_per_account") return location.assign("/sites?notice=one-site");
    show(failure.message);
    if (failure.status === 409 && failure.code !== "being_deleted") return stop(failure.message);
    failures += 1;
    const pause = failure.retryAfter === null ? PAUSE_MS * 2 ** Math.min(failures, 4) : failure.retryAfter * 1000;
    later(Math.min(LONGEST_MS, Math.max(PAUSE_MS, pause)));
  };

  const take = async (): Promise<void> => {
    const answer = await ask("/api/sites", { method: "POST", body: { kind: "external", domain } satisfies Wire<"NewSite"> });
    if (answer.ok) {
      done = true;
      location.assign("/?notice=connected");
    } else refused(answer);
  };

  const look = async (): Promise<void> => {
    if (looking || done || document.visibilityState === "hidden") return;
    looking = true;
    clearTimeout(timer);
    if (state.textContent === "") show(`Looking at ${domain}…`);
    try {
      const answer = await ask(`/api/notch/check?domain=${encodeURIComponent(domain)}`);
      const seen = answer.ok ? object<Wire<"Seen">>(answer.body) : null;
      if (!answer.ok) refused(answer);
      else if (seen?.["found"] === true) {
        show("Found. Connecting your website…", true);
        await take();
      } else {
        failures = 0;
        show(seen === null ? "" : text(seen, "message"));
        later(PAUSE_MS);
      }
    } finally {
      looking = false;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!done) show(`Looking at ${domain}…`);
    void look();
  });
  document.addEventListener("visibilitychange", () => void look());
  void look();
  // A page that comes back from the browser's history goes on looking.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    done = false;
    void look();
  });
}

wireShell();
wireCopying();
const page = find("connect", HTMLElement);
if (page !== null) wireLooking(page);
