// How a session is ended: a pull request, the main branch, thrown away, or left as it is. Each way is a dialog that says what
// will happen before it does, and what came of it after.

import { ask } from "../api.ts";
import { type Child, fill, h, need, say } from "../dom.ts";
import { count } from "../format.ts";
import { type Handover, type Kept, readHandover, readKept } from "./frames.ts";
import { beforeAndAfter, pageName } from "./views.ts";

export type Way = "create-pr" | "commit-to-main" | "discard" | "stop";

export interface EndingTold {
  /** The session as it is after it was ended. */
  ended: (kept: Kept) => void;
  /** The page of a pull request that is there, although nothing was handed over. */
  pullRequest: () => string | null;
  /** Ends it without handing over; whether that went out. */
  stop: () => boolean;
}

const TITLES: Record<Way, string> = {
  "create-pr": "Make a pull request",
  "commit-to-main": "Put it into the main branch",
  discard: "Discard this work",
  stop: "End without handing over",
};

const ABOUT: Record<Way, string> = {
  "create-pr": "The changes are offered to the project’s developers, who look at them and take them over. Nothing is live before they do, and this session ends.",
  "commit-to-main": "The changes go into the project’s main branch at once, without anybody looking at them first. In many projects that puts them live. This session ends.",
  discard: "Everything that was done in this session is discarded for good, and the session ends. The project stays as it was before.",
  stop: "The session ends, and nothing is handed over. What was done stays on a branch of its own, where a developer finds it.",
};

const CHANGES = { added: "New", changed: "Changed", removed: "Removed" };

export class Ending {
  #api: string;
  #told: EndingTold;
  #dialog = need("ending", HTMLDialogElement);
  #menu = need("finish", HTMLDetailsElement);
  #busy = false;

  constructor(api: string, told: EndingTold) {
    this.#api = api;
    this.#told = told;
    for (const opener of this.#menu.querySelectorAll<HTMLElement>("[data-way]")) {
      opener.addEventListener("click", () => this.#open(opener.dataset["way"] as Way));
    }
    // What is under way is not left by a key: it happens all the same, and whoever left would not know.
    this.#dialog.addEventListener("cancel", (event) => {
      if (this.#busy) event.preventDefault();
    });
    this.#dialog.addEventListener("close", () => (this.#menu.hidden ? document.getElementById("outcome-title") : this.#menu.querySelector("summary"))?.focus());
  }

  /** Whether something is being handed over from here. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Offers the ways that there are: all of a session that goes on, and of one that is over those that hand its work over. */
  offer(isOffered: boolean, isOver: boolean): void {
    this.#menu.hidden = !isOffered;
    if (!isOffered) this.#menu.open = false;
    const stop = this.#menu.querySelector('[data-way="stop"]')?.closest("p");
    if (stop) stop.hidden = isOver;
  }

  #open(way: Way): void {
    this.#menu.open = false;
    const wrong = h("p", { class: "wrong", role: "alert" });
    const body = h("div", {});
    this.#frame(TITLES[way], h("p", {}, ABOUT[way]), body, wrong);
    this.#dialog.showModal();
    if (way === "discard") this.#discard(body, wrong);
    else if (way === "stop") this.#stop(body, wrong);
    else void this.#handOver(way, body, wrong);
  }

  #frame(title: string, ...children: Child[]): void {
    const close = h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => this.#close() }, "×");
    fill(this.#dialog, h("div", { class: "dialog-head" }, h("h2", { id: "ending-title", tabindex: -1 }, title), close), ...children);
  }

  #close(): void {
    if (!this.#busy) this.#dialog.close();
  }

  async #handOver(way: "create-pr" | "commit-to-main", body: HTMLElement, wrong: HTMLElement): Promise<void> {
    fill(body, h("p", { class: "quiet", role: "status" }, "Looking at what has changed…"));
    const answer = await ask(`${this.#api}/changes`);
    if (!body.isConnected) return;
    const handover = answer.ok ? readHandover(answer.body) : null;
    if (handover === null) {
      const again = h("button", { type: "button", class: "button plain", onclick: () => void this.#handOver(way, body, wrong) }, "Look again");
      fill(body, h("p", {}, answer.ok ? "What has changed could not be read." : answer.message), again);
      return;
    }
    if (handover.count === 0) {
      fill(body, h("p", {}, "Nothing has changed yet, so there is nothing to hand over. Ask for something first."));
      return;
    }
    this.#form(way, handover, body, wrong);
  }

  #form(way: "create-pr" | "commit-to-main", { files, outside, count: number, views }: Handover, body: HTMLElement, wrong: HTMLElement): void {
    const pr = way === "create-pr";
    const title = h("input", { class: "input", id: "handover-title", maxlength: 200, placeholder: "Written from the conversation" });
    const words = h("textarea", { class: "input", id: "handover-words", rows: 3, maxlength: 5000, placeholder: "Written from the conversation" });
    const go = h("button", { type: "submit", class: "button" }, pr ? "Make the pull request" : "Put it into the main branch");
    const pictures = h("input", { type: "checkbox", id: "handover-pictures", "aria-describedby": "handover-pictures-note" });
    pictures.checked = true;
    const withPictures = pr && views.length > 0;
    let leaveOutside = false;
    const inside = Math.max(0, number - outside.length);
    const only = inside === 0;
    const leave = h("button", { type: "button", class: "button plain", "aria-pressed": false, onclick: () => set(!leaveOutside) }, "Leave these out");
    const set = (yes: boolean): void => {
      leaveOutside = yes;
      leave.setAttribute("aria-pressed", String(yes));
      say(leave, yes ? "Put these back in" : "Leave these out");
      outsideList.classList.toggle("left", yes);
      go.setAttribute("aria-disabled", String(outside.length > 0 && (!yes || only)));
      say(wrong, yes && only ? "Without these nothing is left to hand over." : "");
    };
    const outsideList = h("ul", { class: "handover" }, ...outside.map(({ what, why }) => h("li", {}, h("span", {}, what), why !== "" && h("span", { class: "quiet" }, why))));
    const form = h("form", { novalidate: true },
      !only && h("h3", {}, `${count(inside, "change", "changes")} to hand over`),
      files.length > 0 && h("ul", { class: "handover" },
        ...files.map(({ what, change }) => h("li", {}, h("span", { class: `change ${change}` }, CHANGES[change]), " ", what)),
        inside > files.length && h("li", { class: "quiet" }, `And ${inside - files.length} more.`)),
      outside.length > 0 && h("div", { class: "outside" },
        h("h3", {}, "Outside what this project allows"),
        h("p", {}, "These were changed too, but the project’s admins do not let sessions change them."), outsideList, leave),
      withPictures && h("div", { class: "handover-views" },
        h("label", {}, pictures, " Show what it looks like, before and after"),
        h("p", { class: "quiet", id: "handover-pictures-note" }, "Whoever reads the pull request sees these pictures, without signing in here."),
        ...views.map((view) => h("figure", {}, beforeAndAfter(view), h("figcaption", { class: "quiet" }, pageName(view.page))))),
      h("details", { class: "more" }, h("summary", {}, pr ? "Title and description" : "Description"),
        pr && h("div", { class: "field" }, h("label", { for: "handover-title" }, "Title"), title),
        h("div", { class: "field" }, h("label", { for: "handover-words" }, "Description"), words)),
      h("div", { class: "row" }, go, this.#cancel()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (go.getAttribute("aria-disabled") === "true") {
        if (!only) say(wrong, "Leave out what lies outside first, then it can be handed over.");
        return;
      }
      const said = words.value.trim();
      const named = title.value.trim();
      const extra = pr ? { ...(withPictures && { pictures: pictures.checked }), ...(named !== "" && { title: named }), ...(said !== "" && { description: said }) } : said !== "" && { message: said };
      void this.#end(way, { ...extra, ...(leaveOutside && { leaveOutside }) }, go, pr ? "Making the pull request…" : "Putting it into the main branch…", wrong);
    });
    fill(body, form);
    if (outside.length > 0) set(false);
  }

  #discard(body: HTMLElement, wrong: HTMLElement): void {
    const typed = h("input", { class: "input", id: "discard-word", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
    const go = h("button", { type: "submit", class: "button grave", "aria-disabled": true }, "Discard it");
    const right = (): boolean => typed.value.trim().toLowerCase() === "discard";
    typed.addEventListener("input", () => go.setAttribute("aria-disabled", String(!right())));
    const form = h("form", { novalidate: true },
      h("div", { class: "field" }, h("label", { for: "discard-word" }, "To be sure, type the word discard"), typed), h("div", { class: "row" }, go, this.#cancel()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (right()) void this.#end("discard", { confirm: "discard" }, go, "Discarding…", wrong);
      else say(wrong, "The word is discard.");
    });
    fill(body, form);
    typed.focus();
  }

  #stop(body: HTMLElement, wrong: HTMLElement): void {
    const go = h("button", { type: "button", class: "button" }, "End it");
    go.addEventListener("click", () => {
      if (this.#told.stop()) this.#dialog.close();
      else say(wrong, "There is no connection just now, so it could not be ended. Try again in a moment.");
    });
    fill(body, h("div", { class: "row" }, go, this.#cancel()));
  }

  #cancel(): HTMLButtonElement {
    return h("button", { type: "button", class: "button plain", onclick: () => this.#close() }, "Not now");
  }

  async #end(way: Way, body: object, go: HTMLButtonElement, busy: string, wrong: HTMLElement): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const words = go.textContent ?? "";
    go.setAttribute("aria-disabled", "true");
    say(go, busy);
    say(wrong, "");
    const answer = await ask(`${this.#api}/${way}`, { method: "POST", body });
    this.#busy = false;
    go.setAttribute("aria-disabled", "false");
    say(go, words);
    const kept = answer.ok ? readKept(answer.body) : null;
    if (kept !== null) return this.#done(kept);
    say(wrong, answer.ok ? "The answer could not be read. Reload the page to see what came of it." : answer.message);
    const made = this.#told.pullRequest();
    if (made !== null) wrong.append(" ", h("a", { href: made, target: "_blank", rel: "noopener" }, "See the pull request"));
  }

  #done(kept: Kept): void {
    this.#told.ended(kept);
    if (kept.outcome === "DISCARDED") {
      this.#dialog.close();
      return;
    }
    const made = kept.outcome === "PR_CREATED";
    this.#frame(made ? "Your pull request is ready" : "It is in the main branch",
      h("p", {}, made ? "Somebody who knows the project can look at it now, and take it over." : "The project’s main branch has your changes now."),
      h("div", { class: "row" },
        kept.prUrl !== null && h("a", { class: "button", href: kept.prUrl, target: "_blank", rel: "noopener" }, made ? "See the pull request" : "See what went in"),
        h("button", { type: "button", class: "button plain", onclick: () => this.#close() }, "Close")));
    need("ending-title", HTMLElement).focus();
  }
}
