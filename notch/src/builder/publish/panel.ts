// Publishing files of one's own: what is dropped or chosen, what is in it, and how far it is. One card in the Versions
// tab, so that the conversation and the preview stay usable while files are on their way.

import { ask } from "../../api.ts";
import { type Child, fill, find, h, need, say } from "../../dom.ts";
import { bytes, count } from "../../format.ts";
import type { Wire } from "../../json.ts";
import { door } from "./door.ts";
import { type Entry, type Picked, Unreadable, fromEntries, fromFiles, isArchive } from "./pick.ts";
import {
  type Chosen, type LeftOut, type Offer, Leftovers, MAX_BYTES, MAX_FILES, MAX_FILE_BYTES, accept, arrange, check, isSource, offers, sum, withoutTop,
} from "./rules.ts";
import { type Published, Sending, type State } from "./send.ts";

export interface PublishActions {
  /** Shows the card, wherever the person was. */
  open: () => void;
  /** Whether the agent is at work now. */
  working: () => boolean;
  /** The version that visitors see, to come back to. */
  live: () => string | null;
  published: (published: Published) => void;
  /** The version before is live again. */
  undone: () => void;
  toast: (words: string) => void;
}

/** A version on its way. */
interface Run {
  sending: Sending;
  live: boolean;
  /** What visitors see until then. */
  before: string | null;
  view: { title: HTMLElement; bar: HTMLProgressElement; numbers: HTMLElement; state: HTMLElement } | null;
}

const AGENT_WORKS = "The agent is working. What it publishes when it is done goes live over yours, and yours stays in the list below.";

export class Publish {
  #domain: string;
  #actions: PublishActions;
  #area = need("publish-work", HTMLElement);
  #unzip = need("builder", HTMLElement).dataset["unzip"] ?? "";
  #reading: AbortController | null = null;
  #run: Run | null = null;
  #files: Chosen[] = [];
  #leftOut: LeftOut[] = [];
  /** The version that the card tells of, when it is there. */
  #shown: string | null = null;

  constructor(domain: string, actions: PublishActions) {
    this.#domain = domain;
    this.#actions = actions;
    for (const [button, field] of [["choose-folder", "folder-input"], ["choose-files", "site-input"]] as const) {
      const input = need(field, HTMLInputElement);
      need(button, HTMLButtonElement).addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        const chosen = [...(input.files ?? [])];
        input.value = "";
        if (chosen.length > 0) void this.#read(async () => await this.#opened(fromFiles(chosen)));
      });
    }
    find("own-files", HTMLButtonElement)?.addEventListener("click", () => this.#actions.open());
    addEventListener("beforeunload", (event) => {
      if (this.#run !== null) event.preventDefault();
    });
  }

  /** Takes what was dropped. */
  drop(entries: readonly Entry[]): void {
    if (entries.length > 0) void this.#read(async (signal) => await this.#opened(await fromEntries(entries, signal)));
  }

  /** This version is live now; a card that offers to look at it as a draft is over. */
  wentLive(id: string): void {
    if (this.#shown === id) this.#close();
  }

  /** The agent has begun or ended; what is said of it is brought up to date. */
  agentChanged(): void {
    const note = find("agent-works", HTMLElement);
    if (note !== null) say(note, this.#actions.working() ? AGENT_WORKS : "");
  }

  async #read(pick: (signal: AbortSignal) => Promise<Picked>): Promise<void> {
    this.#actions.open();
    if (this.#run !== null) {
      this.#actions.toast("Files are on their way already. Let them arrive, or cancel first.");
      return;
    }
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#card("Reading your files", progress("Reading your files", null), this.#row(this.#plain("Cancel", () => this.#close())));
    try {
      const { files, leftOut } = await pick(reading.signal);
      if (reading.signal.aborted) return;
      [this.#files, this.#leftOut] = [arrange(files), withoutTop(leftOut, files)];
      this.#review();
    } catch (error) {
      if (reading.signal.aborted) return;
      const words = error instanceof Unreadable ? error.message : "Your files could not be read. Try again.";
      this.#card("This cannot be published", h("p", {}, words), this.#again());
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
  }

  /** An archive that came alone is what is in it; beside other files it is a file for visitors to download. */
  async #opened(picked: Picked): Promise<Picked> {
    const [only] = picked.files;
    const { signal } = this.#reading ?? new AbortController();
    if (picked.files.length !== 1 || only === undefined || !isArchive({ name: only.path })) return picked;
    const bar = progress("Unpacking", 0);
    this.#card("Unpacking the zip", bar, this.#row(this.#plain("Cancel", () => this.#close())));
    const unpacker = (await import(this.#unzip).catch(() => null)) as typeof import("../../unzip.ts") | null;
    if (unpacker === null) throw new Unreadable("The part that unpacks a zip did not load. Check that you are online and try again.");
    const left = new Leftovers();
    const limits = { files: MAX_FILES, fileBytes: MAX_FILE_BYTES, bytes: MAX_BYTES };
    try {
      const files = await unpacker.unzip(only.blob, limits, (path) => !left.takes(path), (part) => {
        bar.value = part;
      }, signal);
      return { files, leftOut: [...picked.leftOut, ...left.list] };
    } catch (error) {
      throw error instanceof unpacker.Refusal ? new Unreadable(error.message) : error;
    }
  }

  #review(): void {
    const paths = this.#files.map(({ path }) => path);
    const problem = this.#files.length === 0
      ? { code: "empty", sentence: "There is nothing in it that could be published." }
      : check(this.#files.map(({ path, blob }) => ({ path, size: blob.size })));
    if (problem !== null) {
      const missing = problem.code === "index_missing";
      const others = missing ? offers(paths) : [];
      this.#card("This cannot be published yet", h("p", { role: "alert" }, problem.sentence),
        missing && isSource(paths) && h("p", {}, "This looks like what a site is built from. Build it first, and drop the folder that this makes: often it is called dist, build or out."),
        others.length > 0 && h("div", { class: "offers" }, ...others.map((offer) => this.#offer(offer))),
        this.#left(), this.#again());
      return;
    }
    const message = h("input", { class: "input", id: "publish-message", maxlength: 200, autocomplete: "off", placeholder: "A new menu for the summer" });
    const now = h("button", { type: "button", class: "button" }, "Publish now");
    now.addEventListener("click", () => this.#send(message.value.trim(), true));
    const first = this.#plain("Look first", () => this.#send(message.value.trim(), false));
    message.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) now.click();
    });
    this.#card(`Ready: ${sum(this.#files)}`,
      h("p", {}, "These files become the whole site: what is not among them is no longer there. The version that is live now stays in the list."),
      this.#left(),
      h("div", { class: "field" }, h("label", { for: "publish-message" }, "What is new? ", h("span", { class: "quiet" }, "(if you like)")), message),
      h("p", { class: "hint", id: "agent-works" }, this.#actions.working() ? AGENT_WORKS : ""),
      this.#row(now, first, this.#plain("Cancel", () => this.#close())),
      h("p", { class: "hint" }, "Looking first keeps it from visitors: you see it at an address of its own, and decide then."));
  }

  #offer(offer: Offer): HTMLElement {
    const words = offer.kind === "folder"
      ? `Publish what is in “${offer.folder.replace(/\/$/, "")}”`
      : `Make “${offer.path}” the home page`;
    return this.#plain(words, () => {
      this.#files = arrange(accept(this.#files, offer));
      this.#review();
    });
  }

  #left(): Child {
    if (this.#leftOut.length === 0) return null;
    return h("details", { class: "fold" }, h("summary", {}, `${count(this.#leftOut.length, "thing is", "things are")} left out`),
      h("ul", { class: "left-out" }, ...this.#leftOut.slice(0, 50).map(({ name, why }) => h("li", {}, h("strong", {}, name), ` ${why}`))));
  }

  #send(message: string, live: boolean): void {
    if (globalThis.crypto.subtle === undefined) {
      this.#card("This cannot be published here", h("p", {}, "This browser computes checksums only at a safe address. Open this page with https and try again."), this.#again());
      return;
    }
    const sending = new Sending(door(this.#domain), this.#files, { message, live }, (state) => this.#told(state));
    this.#run = { sending, live, before: this.#actions.live(), view: null };
    this.#go();
  }

  /** Begins, or goes on after a failure. */
  #go(): void {
    const run = this.#run;
    if (run === null) return;
    const view = {
      title: h("h4", { tabindex: -1 }, "Reading your files"), bar: progress("Sending your files", 0),
      numbers: h("p", { class: "publish-numbers" }), state: h("p", { class: "quiet", role: "status" }),
    };
    run.view = view;
    fill(this.#area, view.title, view.bar, view.numbers, view.state,
      h("p", { class: "hint", id: "agent-works" }, this.#actions.working() ? AGENT_WORKS : ""),
      this.#row(this.#plain("Cancel", () => run.sending.cancel())));
    view.title.focus();
    void run.sending.start();
  }

  #told(told: State): void {
    const run = this.#run;
    if (run === null || run.view === null) return;
    const { title, bar, numbers, state } = run.view;
    if (told.at === "hashing") {
      bar.max = told.of;
      bar.value = told.done;
      say(numbers, `${told.done} of ${count(told.of, "file", "files")}`);
    } else if (told.at === "sending") {
      say(title, "Sending");
      bar.max = Math.max(1, told.ofBytes);
      bar.value = told.ofBytes === 0 ? 1 : told.bytes;
      say(numbers, told.ofFiles === 0 ? "" : `${told.files} of ${count(told.ofFiles, "file", "files")}, ${bytes(told.bytes)} of ${bytes(told.ofBytes)}`);
      say(state, told.lost ? LOST : told.there > 0 ? `${count(told.there, "file is", "files are")} there from before and need not be sent.` : "");
    } else if (told.at === "finishing") {
      say(title, run.live ? "Going live" : "Finishing the draft");
      bar.removeAttribute("value");
      say(state, told.lost ? LOST : "");
    } else if (told.at === "failed") {
      this.#failed(run.sending, told.message, told.again);
    } else {
      this.#run = null;
      if (told.at === "done") {
        this.#done(told.published, run);
      } else {
        this.#close();
        this.#actions.toast("Cancelled. The site is as it was.");
      }
    }
  }

  #failed(sending: Sending, message: string, again: boolean): void {
    const go = h("button", { type: "button", class: "button", onclick: () => (again ? this.#go() : sending.cancel()) }, again ? "Go on" : "Choose again");
    this.#card("Not published", h("p", { role: "alert" }, message), h("p", { class: "quiet" }, "The site is as it was."),
      this.#row(go, again && this.#plain("Cancel", () => sending.cancel())));
  }

  #done(published: Published, { live: wanted, before }: Run): void {
    const { live, warnings, url, previewUrl } = published;
    const title = live ? "Published. Visitors see it now." : wanted ? "Kept, and not live" : "Your draft is ready";
    const address = live ? url : previewUrl;
    const undo = live && before !== null && this.#plain("Undo", () => void this.#undo(published.snapshotId, before));
    this.#card(title,
      wanted && !live && h("p", {}, "A version that was begun later went live before this one. This one is in the list, and you can make it live there."),
      warnings.length > 0 && h("div", { class: "warnings" },
        h("p", {}, `${count(warnings.length, "line", "lines")} of your rules will not do what you may expect:`),
        h("ul", {}, ...warnings.slice(0, 50).map(({ file, line, message }) => h("li", {}, h("strong", {}, `${file}, line ${line}: `), message)))),
      this.#row(address !== null && h("a", { class: "button plain", href: address, target: "_blank", rel: "noopener" }, live ? "Visit the site" : "Open the draft"),
        undo, this.#plain("Close", () => this.#close())));
    this.#shown = published.snapshotId;
    this.#actions.published(published);
  }

  async #undo(published: string, before: string): Promise<void> {
    const body: Wire<"Restore"> = { snapshotId: before, expectedLive: published };
    const answer = await ask(`/api/sites/${encodeURIComponent(this.#domain)}/snapshots`, { method: "POST", body });
    if (answer.ok) {
      this.#close();
      this.#actions.undone();
    } else {
      this.#actions.toast(answer.message);
    }
  }

  #again(): HTMLElement {
    return this.#row(this.#plain("Close", () => this.#close()));
  }

  #card(title: string, ...children: Child[]): void {
    this.#shown = null;
    const heading = h("h4", { tabindex: -1 }, title);
    fill(this.#area, heading, ...children);
    this.#area.hidden = false;
    heading.focus();
  }

  #close(): void {
    this.#reading?.abort();
    const held = this.#area.contains(document.activeElement);
    fill(this.#area);
    this.#area.hidden = true;
    this.#shown = null;
    [this.#files, this.#leftOut] = [[], []];
    if (held) need("choose-folder", HTMLButtonElement).focus();
  }

  #row(...children: Child[]): HTMLElement {
    return h("div", { class: "row" }, ...children);
  }

  #plain(words: string, act: () => void): HTMLButtonElement {
    return h("button", { type: "button", class: "button plain", onclick: act }, words);
  }
}

const LOST = "The connection was lost. Trying again; what has arrived stays.";

function progress(label: string, value: number | null): HTMLProgressElement {
  return h("progress", { class: "publish-bar", max: 1, value, role: "progressbar", "aria-label": label });
}
