// The Versions tab: looking at a version, bringing it live, keeping it, writing on it, and the list fresh. Draws the rows
// that `versions.rs` of the pages draws for the first time; keep the two in step.

import { ask } from "../api.ts";
import { type Child, fill, h, need, say } from "../dom.ts";
import { bytes, clock, count, exactly, when } from "../format.ts";
import { type Wire, list, object, text } from "../json.ts";
import { changesView } from "./changes.ts";
import { type Version, called, readVersion, sentence } from "./version.ts";
import { wordsForm } from "./version-words.ts";

export interface VersionActions {
  look: (version: Version) => void;
  /** It is live now. */
  restored: (version: Version) => void;
  /** The list is fresh; this one is live. */
  changed: (live: Version | null) => void;
  /** Something to tell whoever looks, and the person's other tabs; and how it is taken back. */
  told: (words: string, undo?: () => void) => void;
}

/** What stands open under a version. */
interface Open {
  kind: "words" | "changes";
  element: HTMLElement;
}

export class Versions {
  #api: string;
  #list = need("version-list", HTMLElement);
  #none = need("no-versions", HTMLElement);
  #wrong = need("versions-wrong", HTMLElement);
  #actions: VersionActions;
  /** How many files one archive holds. */
  #archiveFiles = Number(need("builder", HTMLElement).dataset["archiveFiles"]) || Infinity;
  #versions: Version[] = [];
  #more: string | null = null;
  #asking: string | null = null;
  #lookedAt: string | null = null;
  #unfolded = new Set<string>();
  #open = new Map<string, Open>();
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

  get live(): Version | null {
    return this.#versions.find((version) => version.live) ?? null;
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
    this.#actions.changed(this.live);
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
    this.#focus(id, "restore");
  }

  /** Puts the keyboard on what somebody came from. */
  #focus(id: string | null, what: string): void {
    if (id !== null) this.#list.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] [data-does="${what}"]`)?.focus();
  }

  async #restore(version: Version, pressed: HTMLButtonElement): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    pressed.setAttribute("aria-disabled", "true");
    say(pressed, version.draft ? "Going live…" : "Restoring…");
    say(this.#wrong, "");
    const answer = await ask(this.#api, { method: "POST", body: { snapshotId: version.id } satisfies Wire<"Restore"> });
    this.#busy = false;
    this.#asking = null;
    if (answer.ok) {
      this.#actions.restored(version);
      await this.refresh();
    } else {
      // One that another tab, or time, has let go of is no longer offered.
      if (answer.status === 404) await this.refresh();
      else this.#draw();
      say(this.#wrong, answer.message);
      this.#wrong.scrollIntoView({ block: "nearest" });
    }
  }

  /** Writes something on a version; gives what is wrong, or null. */
  async #write(version: Version, change: Wire<"SnapshotChange">): Promise<string | null> {
    const answer = await ask(`${this.#api}/${version.id}`, { method: "PATCH", body: change });
    if (!answer.ok) return answer.message;
    const written = readVersion(answer.body);
    if (written !== null) this.#versions = this.#versions.map((other) => (other.id === written.id ? { ...written, live: other.live } : other));
    return null;
  }

  /** Says that there are other words now, and offers those from before. */
  #wrote(before: Version): void {
    const now = this.byId(before.id);
    if (now === null || (now.name === before.name && now.note === before.note)) return;
    this.#actions.told("Saved. Only you see these words.", () => void this.#takeBack(before));
  }

  async #takeBack({ id, name, note }: Version): Promise<void> {
    const version = this.byId(id);
    const problem = version === null ? "This version has made room for newer ones." : await this.#write(version, { name, note });
    this.#draw();
    this.#focus(id, "more");
    this.#actions.told(problem ?? "Undone. The words from before are back.");
  }

  async #pin(version: Version): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    say(this.#wrong, "");
    const problem = await this.#write(version, { pinned: !version.pinned });
    this.#busy = false;
    this.#draw();
    if (problem !== null) say(this.#wrong, problem);
    else this.#actions.told(version.pinned ? "No longer kept. It makes room when there are 50 newer ones." : "Kept for good, however many versions come after it.");
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
    const active = document.activeElement;
    this.#noteFolds();
    this.#none.hidden = this.#versions.length > 0;
    fill(this.#list, ...this.#versions.map((version) => this.#row(version, now)),
      this.#more !== null && h("li", {}, h("button", { type: "button", class: "button plain", onclick: () => void this.#older() }, "Show older versions")));
    this.markLookedAt(this.#lookedAt);
    // What stands open is moved and not made anew, so the keyboard goes back to the very same field.
    if (active instanceof HTMLElement && active !== document.activeElement && this.#list.contains(active)) active.focus();
    else if (held !== null) this.#focus(held.id, held.does);
  }

  /**
   * Writes down what somebody has unfolded. Read off the page and not learned from "toggle" events: those come a moment
   * later, and a list that comes anew in that moment would fold it again under their hands.
   */
  #noteFolds(): void {
    for (const row of this.#list.querySelectorAll<HTMLElement>("[data-id]")) {
      const [id, fold] = [row.dataset["id"] ?? "", row.querySelector<HTMLDetailsElement>("details.more")];
      if (fold?.open === true) this.#unfolded.add(id);
      else if (fold !== null) this.#unfolded.delete(id);
    }
  }

  /** Where the keyboard is in the list, so that drawing it anew does not throw it out. */
  #held(): { id: string; does: string } | null {
    const active = document.activeElement;
    const id = active?.closest<HTMLElement>("#version-list [data-id]")?.dataset["id"];
    const does = active?.closest<HTMLElement>("[data-does]")?.dataset["does"];
    return id === undefined || does === undefined ? null : { id, does };
  }

  #row(version: Version, now: Date): HTMLLIElement {
    const source = version.restoredFrom === null ? null : this.byId(version.restoredFrom);
    const facts = (...words: Child[]): Child => h("p", { class: "version-facts" }, ...words);
    return h("li", { class: `version${version.live ? " live" : ""}${version.draft ? " draft" : ""}`, "data-id": version.id },
      h("p", { class: "version-when" }, moment(version.createdAt, now), version.live && h("span", { class: "badge" }, "Live"),
        version.draft && h("span", { class: "badge quiet-badge" }, "Draft"), version.pinned && h("span", { class: "badge quiet-badge" }, "Kept")),
      version.name !== "" && h("p", { class: "version-name" }, version.name),
      h("p", { class: "version-message" }, sentence(version)),
      version.note !== "" && h("p", { class: "version-note" }, version.note),
      source !== null && facts("Brought back from ", moment(source.createdAt, now, clock)),
      version.status === "failed" && facts("This one did not get through. Visitors never saw it."),
      (version.status === "pending" || version.status === "building") && facts("Being published"),
      version.status === "success" && facts(`${count(version.fileCount, "file", "files")}, ${bytes(version.byteSize)}`),
      version.status === "success" && (this.#asking === version.id ? this.#sure(version) : this.#offers(version)),
      this.#open.get(version.id)?.element);
  }

  #offers(version: Version): Child {
    const url = version.previewUrl;
    const look = url !== null && h("a", {
      class: "text-button", href: url, target: "_blank", rel: "noopener", "aria-label": `Look at it: ${called(version)}`, "data-does": "look",
      onclick: (event) => {
        event.preventDefault();
        this.#actions.look(version);
      },
    }, "Look at it");
    const goLive = version.draft ? "Go live" : "Restore";
    const restore = !version.live && h("button", {
      type: "button", class: "text-button", "aria-label": `${goLive}: ${called(version)}`, "data-does": "restore",
      onclick: () => this.askToRestore(version.id),
    }, goLive);
    return h("div", { class: "version-actions" }, look, restore, this.#rest(version));
  }

  /** What is wanted less often, folded. */
  #rest(version: Version): HTMLElement {
    const url = version.previewUrl;
    const does = (name: string, words: string, act: () => void): HTMLElement =>
      h("button", { type: "button", class: "text-button", "data-does": name, onclick: act }, words);
    return h("details", { class: "fold more", open: this.#unfolded.has(version.id) },
      h("summary", { "data-does": "more", "aria-label": `More: ${called(version)}` }, "More"),
      h("div", { class: "version-rest" },
        does("changes", "What changed", () => this.#show(version, "changes")),
        does("words", version.name === "" && version.note === "" ? "Add a name or a note" : "Change name and note", () => this.#show(version, "words")),
        does("pin", version.pinned ? "Keep no longer" : "Keep for good", () => void this.#pin(version)),
        ...this.#downloads(version),
        url !== null && does("copy", "Copy its address", () => void this.#copy(url))));
  }

  /** A link, or one for each part of a version that is more than one archive holds. */
  #downloads(version: Version): HTMLElement[] {
    const parts = Math.max(1, Math.ceil(version.fileCount / this.#archiveFiles));
    return Array.from({ length: parts }, (_, at) => h("a", {
      class: "text-button", href: `${this.#api}/${version.id}/archive${parts === 1 ? "" : `?part=${at + 1}`}`, download: true, "data-does": "archive",
    }, parts === 1 ? "Download as zip" : `Download as zip, part ${at + 1} of ${parts}`));
  }

  #show(version: Version, kind: Open["kind"]): void {
    if (this.#open.get(version.id)?.kind === kind) {
      this.#close(version, kind);
      return;
    }
    const leave = (): void => this.#close(version, kind);
    const element = kind === "words"
      ? wordsForm(version, async (words) => {
        const before = this.byId(version.id) ?? version;
        const problem = await this.#write(version, words);
        if (problem !== null) return problem;
        leave();
        this.#wrote(before);
        return null;
      }, leave)
      : changesView(`${this.#api}/${version.id}/changes`, this.#comparable(version), leave);
    this.#open.set(version.id, { kind, element });
    this.#draw();
  }

  #close(version: Version, kind: Open["kind"]): void {
    this.#open.delete(version.id);
    this.#draw();
    this.#focus(version.id, kind);
  }

  #comparable(version: Version): { id: string | null; words: string }[] {
    const before = { id: null, words: "With the one before" };
    const { live } = this;
    return live === null || live.id === version.id ? [before] : [before, { id: live.id, words: "With the live one" }];
  }

  async #copy(url: string): Promise<void> {
    const copied = await navigator.clipboard.writeText(url).then(() => true, () => false);
    this.#actions.told(copied ? "Copied. Whoever has this address can look at this version." : `Its address is ${url}`);
  }

  #sure(version: Version): Child {
    const words = version.draft
      ? ["Go live with this version?", "Visitors will see this version at once. The one that is live now stays in this list, so you can go back to it.", "Go live", "Not yet"]
      : ["Restore this version?", "Visitors will see this version at once. The one that is live now stays in this list, so you can go back to it.", "Restore it", "Leave it"];
    const [question, what, yes, no] = words;
    const go = h("button", { type: "button", class: "button" }, yes);
    go.addEventListener("click", () => void this.#restore(version, go));
    return h("div", { class: "sure", role: "group", "aria-label": question },
      h("p", {}, what), h("div", { class: "row" }, go, h("button", { type: "button", class: "button plain", onclick: () => this.#cancel() }, no)));
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
