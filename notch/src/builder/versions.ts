// The Versions tab: looking at a version, restoring it, and the list fresh. Draws the rows that `versions.rs` of the
// pages draws for the first time; keep the two in step.

import { ask } from "../api.ts";
import { type Child, fill, h, need, say } from "../dom.ts";
import { bytes, clock, count, exactly, when } from "../format.ts";
import { type Wire, list, number, object, oneOf, text } from "../json.ts";
import { webAddress } from "./frames.ts";

type Snapshot = Wire<"Snapshot">;

export interface Version extends Omit<Snapshot, "triggeredBy" | "previewUrl" | "status"> {
  status: Snapshot["status"] | null;
  /** Null when it is no address that may be opened. */
  previewUrl: Snapshot["previewUrl"] | null;
}

const STATUSES: readonly Snapshot["status"][] = ["pending", "building", "success", "failed"];

export function readVersion(value: unknown): Version | null {
  const from = object<Snapshot>(value);
  if (from === null || text(from, "id") === "") return null;
  const restoredFrom = text(from, "restoredFrom");
  return {
    id: text(from, "id"), createdAt: text(from, "createdAt"), message: text(from, "message").trim(), status: oneOf(from["status"], STATUSES),
    fileCount: number(from, "fileCount") ?? 0, byteSize: number(from, "byteSize") ?? 0, live: from["live"] === true,
    restoredFrom: restoredFrom === "" ? null : restoredFrom, previewUrl: webAddress(text(from, "previewUrl")),
  };
}

/** What stands for a version in one sentence. */
export function sentence(version: Version): string {
  if (version.message !== "") return version.message;
  return version.restoredFrom === null ? "A new version" : "An earlier version, brought back";
}

export interface VersionActions {
  look: (version: Version) => void;
  restored: (version: Version) => void;
  changed: (live: Version | null) => void;
}

export class Versions {
  #api: string;
  #list = need("version-list", HTMLElement);
  #none = need("no-versions", HTMLElement);
  #wrong = need("versions-wrong", HTMLElement);
  #actions: VersionActions;
  #versions: Version[] = [];
  #more: string | null = null;
  #asking: string | null = null;
  #lookedAt: string | null = null;
  #busy = false;
  #latest = 0;

  constructor(domain: string, actions: VersionActions) {
    this.#api = `/api/sites/${encodeURIComponent(domain)}/snapshots`;
    this.#actions = actions;
    this.#list.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#asking === null) return;
      event.stopPropagation();
      this.#cancel();
    });
    // Times such as "5 minutes ago" grow old.
    setInterval(() => {
      if (this.#versions.length > 0 && this.#asking === null && !this.#list.contains(document.activeElement)) this.#draw();
    }, 60_000);
  }

  /** Fetches the list anew. Of two answers under way only the later question counts. */
  async refresh(): Promise<void> {
    const mine = ++this.#latest;
    const answer = await ask(this.#api);
    if (mine !== this.#latest) return;
    const page = answer.ok ? readPage(answer.body) : null;
    if (page === null) {
      // The list that the server drew still stands; saying so is enough.
      if (!answer.ok && answer.status !== 0) say(this.#wrong, "The list could not be brought up to date. What you see may be a little old.");
      return;
    }
    say(this.#wrong, "");
    this.#versions = page.versions;
    this.#more = page.next;
    this.#draw();
    this.#actions.changed(page.versions.find((version) => version.live) ?? null);
  }

  byId(id: string): Version | null {
    return this.#versions.find((version) => version.id === id) ?? null;
  }

  markLookedAt(id: string | null): void {
    this.#lookedAt = id;
    for (const row of this.#list.querySelectorAll<HTMLElement>(".version")) row.classList.toggle("looked-at", row.dataset["id"] === id);
  }

  /** Opens the question, wherever the wish came from. */
  askToRestore(id: string): void {
    this.#asking = id;
    this.#draw();
    this.#list.querySelector<HTMLElement>(".sure .button")?.focus();
  }

  #cancel(): void {
    const id = this.#asking;
    this.#asking = null;
    this.#draw();
    this.#focus(id);
  }

  #focus(id: string | null): void {
    if (id !== null) this.#controls(id).at(-1)?.focus();
  }

  async #restore(version: Version, pressed: HTMLButtonElement): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    pressed.setAttribute("aria-disabled", "true");
    say(pressed, "Restoring");
    say(this.#wrong, "");
    const answer = await ask(this.#api, { method: "POST", body: { snapshotId: version.id } satisfies Wire<"Restore"> });
    this.#busy = false;
    this.#asking = null;
    if (answer.ok) {
      this.#actions.restored(version);
      await this.refresh();
    } else {
      this.#draw();
      say(this.#wrong, answer.message);
    }
  }

  async #older(): Promise<void> {
    if (this.#more === null) return;
    const answer = await ask(`${this.#api}?cursor=${encodeURIComponent(this.#more)}`);
    const page = answer.ok ? readPage(answer.body) : null;
    if (page === null) {
      say(this.#wrong, answer.ok ? "" : answer.message);
      return;
    }
    const known = new Set(this.#versions.map((version) => version.id));
    this.#versions = [...this.#versions, ...page.versions.filter((version) => !known.has(version.id))];
    this.#more = page.next;
    this.#draw();
  }

  #draw(): void {
    const now = new Date();
    const held = this.#held();
    this.#none.hidden = this.#versions.length > 0;
    fill(this.#list, ...this.#versions.map((version) => this.#row(version, now)),
      this.#more !== null && h("li", {}, h("button", { type: "button", class: "button plain", onclick: () => void this.#older() }, "Show older versions")));
    this.markLookedAt(this.#lookedAt);
    if (held !== null) this.#controls(held.id)[held.index]?.focus();
  }

  /** Where the keyboard is in the list, so that drawing it anew does not throw it out. */
  #held(): { id: string; index: number } | null {
    const active = document.activeElement;
    const id = active?.closest<HTMLElement>("#version-list [data-id]")?.dataset["id"];
    return id === undefined ? null : { id, index: this.#controls(id).findIndex((control) => control === active) };
  }

  #controls(id: string): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>(`[data-id="${CSS.escape(id)}"] :is(a, button)`)];
  }

  #row(version: Version, now: Date): HTMLLIElement {
    const source = version.restoredFrom === null ? null : this.byId(version.restoredFrom);
    const facts = (...words: Child[]): Child => h("p", { class: "version-facts" }, ...words);
    return h("li", { class: `version${version.live ? " live" : ""}`, "data-id": version.id },
      h("p", { class: "version-when" }, moment(version.createdAt, now), version.live && h("span", { class: "badge" }, "Live")),
      h("p", { class: "version-message" }, sentence(version)),
      source !== null && facts("Brought back from ", moment(source.createdAt, now, clock)),
      version.status === "failed" && facts("This one did not get through. Visitors never saw it."),
      (version.status === "pending" || version.status === "building") && facts("Being published"),
      version.status === "success" && facts(`${count(version.fileCount, "file", "files")}, ${bytes(version.byteSize)}`),
      version.status === "success" && (this.#asking === version.id ? this.#sure(version) : this.#offers(version)));
  }

  #offers(version: Version): Child {
    const url = version.previewUrl;
    const look = url !== null && h("a", {
      class: "text-button", href: url, target: "_blank", rel: "noopener", "aria-label": `Look at it: ${sentence(version)}`,
      onclick: (event) => {
        event.preventDefault();
        this.#actions.look(version);
      },
    }, "Look at it");
    const restore = !version.live && h("button", {
      type: "button", class: "text-button", "aria-label": `Restore: ${sentence(version)}`, onclick: () => this.askToRestore(version.id),
    }, "Restore");
    return h("div", { class: "version-actions" }, look, restore);
  }

  #sure(version: Version): Child {
    const go = h("button", { type: "button", class: "button" }, "Restore it");
    go.addEventListener("click", () => void this.#restore(version, go));
    return h("div", { class: "sure", role: "group", "aria-label": "Restore this version?" },
      h("p", {}, "Visitors will see this version at once. The one that is live now stays in this list, so undoing it is the same gesture."),
      h("div", { class: "row" }, go, h("button", { type: "button", class: "button plain", onclick: () => this.#cancel() }, "Leave it")));
  }
}

function readPage(body: unknown): { versions: Version[]; next: string | null } | null {
  const page = object<Wire<"Versions">>(body);
  if (page === null || !Array.isArray(page["snapshots"])) return null;
  const next = text(page, "nextCursor");
  return { versions: list(page, "snapshots", readVersion), next: next === "" ? null : next };
}

function moment(at: string, now: Date, words: (at: Date, now: Date) => string = when): HTMLElement {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return h("span", {}, at);
  return h("time", { datetime: at, title: exactly(date) }, words(date, now));
}
