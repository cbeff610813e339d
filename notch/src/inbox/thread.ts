// An open thread: what was written, as the server draws it, kept as it is now; and the box for writing.

import { ask } from "../api.ts";
import { h, need, say } from "../dom.ts";
import { toast } from "../toast.ts";
import { Drafts, type Waiting } from "./draft.ts";
import { localTimes } from "./threads.ts";
import { type Message, readMessage, readPage } from "./read.ts";

const PAGE = 50;
const CHANGEABLE_MS = 15 * 60_000;
const LONGEST = 4000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
/** This near to the end of the log, somebody reads what comes. */
const NEAR_PX = 120;

export class Thread {
  readonly #domain: string;
  readonly #api: string;
  readonly #drafts: Drafts;
  readonly #log = need("log", HTMLElement);
  readonly #said = need("said", HTMLElement);
  /** A page from further back shows what it shows, and nothing is added at its end. */
  readonly #earlier: boolean;
  readonly #sending = new Set<string>();
  #pause = FIRST_PAUSE_MS;
  #readUpTo = "";
  #asking: Promise<void> | null = null;
  #again = false;

  constructor(domain: string, me: string, earlier: boolean) {
    this.#domain = domain;
    this.#api = `/api/notch/threads/${encodeURIComponent(domain)}`;
    this.#drafts = new Drafts(me, domain);
    this.#earlier = earlier;
    for (const row of this.#rows()) {
      row.dataset["seen"] = seenOn(row);
      this.#wire(row);
    }
    localTimes(this.#said);
    this.#wireEarlier();
    this.#wireBox();
    if (!earlier) {
      for (const one of this.#drafts.waiting) this.#showWaiting(one);
      this.#toEnd();
      this.#sendWaiting();
    }
    this.markRead();
    window.addEventListener("online", () => this.#sendWaiting());
  }

  #rows(): HTMLElement[] {
    return [...this.#said.querySelectorAll<HTMLElement>(".message")];
  }

  #row(id: string): HTMLElement | null {
    return this.#said.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #nearEnd(): boolean {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_PX;
  }

  /** Asks for the newest page and shows what is different. One question at a time, and one more when asked meanwhile. */
  async refresh(): Promise<void> {
    if (this.#asking !== null) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = this.#refresh();
    await this.#asking;
    this.#asking = null;
    if (this.#again) {
      this.#again = false;
      await this.refresh();
    }
  }

  async #refresh(): Promise<void> {
    const answer = await ask(`${this.#api}/messages?limit=${PAGE}`);
    const page = answer.ok ? readPage(answer.body) : null;
    if (page === null) return;
    const follow = this.#nearEnd();
    for (const message of page.messages.reverse()) this.#show(message);
    if (follow && !this.#earlier) this.#toEnd();
    this.markRead();
  }

  /** Puts a message where it belongs, in the place of what stood for it. */
  #show(message: Message): void {
    const old = this.#row(message.id) ?? (message.clientId === "" ? null : this.#said.querySelector<HTMLElement>(`[data-client="${CSS.escape(message.clientId)}"]`));
    if (message.mine) this.#drafts.drop(message.clientId);
    const seen = seenOf(message);
    if (old !== null) {
      if (old.dataset["seen"] === seen || old.querySelector("details[open]") !== null) return;
      const fresh = this.#draw(message, seen);
      old.replaceWith(fresh);
      return;
    }
    if (this.#earlier) return;
    const fresh = this.#draw(message, seen);
    const waiting = this.#said.querySelector(".message.waiting");
    if (waiting === null) this.#said.append(fresh);
    else waiting.before(fresh);
    need("said-empty", HTMLElement).hidden = true;
  }

  #draw(message: Message, seen: string): HTMLElement {
    const { id, mine, body, deleted, edited, read, createdAt } = message;
    const kind = ["message", mine && "mine", deleted && "gone"].filter(Boolean).join(" ");
    const row = h(
      "li",
      { class: kind, id: `m-${id}`, "data-id": id, "data-from": mine ? "me" : "them", "data-read": read, "data-seen": seen },
      h(
        "p",
        { class: "bubble", dir: "auto" },
        h("span", { class: "visually-hidden" }, mine ? "You: " : "They: "),
        deleted ? h("em", {}, "This message was taken back.") : h("span", { class: "words" }, body),
      ),
      h(
        "p",
        { class: "about" },
        h("time", { datetime: createdAt }),
        edited && !deleted && h("span", {}, " · edited"),
        mine && read && !deleted && h("span", {}, " · read"),
      ),
    );
    if (mine && !deleted && Date.now() - Date.parse(createdAt) < CHANGEABLE_MS) row.append(changing(id, body));
    localTimes(row);
    this.#wire(row);
    return row;
  }

  /** Edits and takes back in place; when the quarter of an hour is over, the way to it goes. */
  #wire(row: HTMLElement): void {
    const details = row.querySelector<HTMLDetailsElement>("details.change");
    const id = row.dataset["id"] ?? "";
    if (details === null || id === "") return;
    const edit = details.querySelector<HTMLFormElement>("form.edit");
    const box = details.querySelector("textarea");
    const at = row.querySelector("time")?.dateTime ?? "";
    window.setTimeout(() => !details.open && details.remove(), Math.max(0, CHANGEABLE_MS - (Date.now() - Date.parse(at))));
    details.addEventListener("toggle", () => {
      if (details.open) box?.focus();
    });
    details.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        if (box !== null) box.value = row.querySelector(".words")?.textContent ?? "";
        details.open = false;
        details.querySelector("summary")?.focus();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) edit?.requestSubmit();
    });
    edit?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#change(details, id, "PATCH", { body: box?.value ?? "" });
    });
    details.querySelector("form.take-back")?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#change(details, id, "DELETE");
    });
  }

  async #change(details: HTMLDetailsElement, id: string, method: "PATCH" | "DELETE", body?: object): Promise<void> {
    if (details.getAttribute("aria-busy") === "true") return;
    details.setAttribute("aria-busy", "true");
    const answer = await ask(`/api/notch/messages/${id}`, body === undefined ? { method } : { method, body });
    details.removeAttribute("aria-busy");
    if (!answer.ok) return toast(answer.message);
    details.open = false;
    await this.refresh();
    document.getElementById("body")?.focus();
  }

  /** Tells the server, and with it the other, what has been seen: only while somebody looks. */
  markRead(): void {
    if (document.visibilityState === "hidden" || !document.hasFocus()) return;
    const newest = this.#rows().filter(({ dataset }) => dataset["from"] === "them").at(-1)?.dataset["id"];
    if (newest === undefined || newest === this.#readUpTo) return;
    this.#readUpTo = newest;
    void ask(`${this.#api}/read`, { method: "POST", body: { upTo: newest } }).then((answer) => {
      if (!answer.ok) this.#readUpTo = "";
    });
  }

  #wireEarlier(): void {
    const link = document.getElementById("earlier");
    if (!(link instanceof HTMLAnchorElement)) return;
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (link.getAttribute("aria-busy") === "true") return;
      link.setAttribute("aria-busy", "true");
      const cursor = new URL(link.href).searchParams.get("cursor") ?? "";
      const answer = await ask(`${this.#api}/messages?limit=${PAGE}&cursor=${encodeURIComponent(cursor)}`);
      link.removeAttribute("aria-busy");
      const page = answer.ok ? readPage(answer.body) : null;
      if (page === null) return toast(answer.ok ? "" : answer.message);
      const height = this.#log.scrollHeight;
      this.#said.prepend(...page.messages.reverse().map((message) => this.#draw(message, seenOf(message))));
      this.#log.scrollTop += this.#log.scrollHeight - height;
      if (page.next === null) link.remove();
      else link.search = `?cursor=${page.next}`;
    });
  }

  #wireBox(): void {
    const form = document.getElementById("write");
    const box = document.getElementById("body");
    if (!(form instanceof HTMLFormElement) || !(box instanceof HTMLTextAreaElement)) return;
    const wrong = need("write-wrong", HTMLElement);
    if (box.value === "") box.value = this.#drafts.typed;
    const typed = (): void => {
      this.#drafts.typed = box.value;
      say(wrong, "");
      box.removeAttribute("aria-invalid");
      box.style.height = "auto";
      box.style.height = `${box.scrollHeight + 4}px`;
    };
    box.addEventListener("input", typed);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer: fine)").matches) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === "ArrowUp" && box.value === "") {
        const last = [...this.#said.querySelectorAll<HTMLDetailsElement>(".mine details.change")].at(-1);
        if (last !== undefined) {
          event.preventDefault();
          last.open = true;
        }
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const body = box.value.trim();
      if (body === "") return box.focus();
      if ([...body].length > LONGEST) {
        say(wrong, "A message has at most 4,000 characters. Send it as two.");
        box.setAttribute("aria-invalid", "true");
        return box.focus();
      }
      const one = { clientId: crypto.randomUUID(), body, wrong: "" };
      this.#drafts.put(one);
      box.value = "";
      typed();
      box.focus();
      this.#showWaiting(one);
      this.#toEnd();
      this.#sendWaiting();
    });
    typed();
  }

  /** A message on its way, or one that was refused with what can be done about it. */
  #showWaiting(one: Waiting): void {
    need("said-empty", HTMLElement).hidden = true;
    const about = h("p", { class: "about" }, one.wrong === "" ? "Sending…" : one.wrong);
    const row = h(
      "li",
      { class: one.wrong === "" ? "message mine waiting" : "message mine waiting refused", "data-client": one.clientId },
      h("p", { class: "bubble", dir: "auto" }, h("span", { class: "visually-hidden" }, "You: "), h("span", { class: "words" }, one.body)),
      about,
    );
    if (one.wrong !== "") {
      row.append(
        h(
          "p",
          { class: "row refused-row" },
          h("button", { class: "text-button", type: "button", onclick: () => this.#retry(one) }, "Try again"),
          h("button", { class: "text-button", type: "button", onclick: () => this.#takeUp(one) }, "Change it"),
        ),
      );
    }
    const old = this.#said.querySelector(`[data-client="${CSS.escape(one.clientId)}"]`);
    if (old === null) this.#said.append(row);
    else old.replaceWith(row);
  }

  #retry(one: Waiting): void {
    const fresh = { ...one, wrong: "" };
    this.#drafts.put(fresh);
    this.#showWaiting(fresh);
    this.#sendWaiting();
  }

  /** Back into the box, in front of what stands there. */
  #takeUp(one: Waiting): void {
    const box = need("body", HTMLTextAreaElement);
    box.value = box.value === "" ? one.body : `${one.body}\n${box.value}`;
    this.#drafts.typed = box.value;
    this.#drafts.drop(one.clientId);
    this.#said.querySelector(`[data-client="${CSS.escape(one.clientId)}"]`)?.remove();
    box.dispatchEvent(new Event("input"));
    box.focus();
  }

  /** Sends what waits, in order. What fails for a while is tried again; what is refused says why. */
  #sendWaiting(): void {
    const next = this.#drafts.waiting.find(({ wrong }) => wrong === "");
    if (next === undefined || this.#sending.size > 0) return;
    this.#sending.add(next.clientId);
    void this.#send(next).then((pause) => {
      this.#sending.delete(next.clientId);
      if (pause === 0) this.#sendWaiting();
      else window.setTimeout(() => this.#sendWaiting(), pause);
    });
  }

  /** How long to wait with the next, in milliseconds. */
  async #send(one: Waiting): Promise<number> {
    const { clientId, body } = one;
    const answer = await ask(`${this.#api}/messages`, { method: "POST", body: { body, clientId } });
    if (answer.ok) {
      this.#pause = FIRST_PAUSE_MS;
      this.#drafts.drop(clientId);
      const message = readMessage(answer.body);
      if (message !== null) this.#show(message);
      return 0;
    }
    if (answer.status === 0 || answer.status === 429 || answer.status >= 500) {
      const about = this.#said.querySelector(`[data-client="${CSS.escape(clientId)}"] .about`);
      const pause = answer.retryAfter === null ? this.#pause : answer.retryAfter * 1000;
      this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
      if (about !== null) say(about, answer.status === 429 ? answer.message : "Not sent yet. It is tried again by itself.");
      return pause;
    }
    const refused = { ...one, wrong: answer.message };
    this.#drafts.put(refused);
    this.#showWaiting(refused);
    return 0;
  }

  get domain(): string {
    return this.#domain;
  }
}

/** What somebody sees of a message: while that is the same, what stands there is left alone, and not read out again. */
function seenOf({ mine, body, edited, deleted, read }: Message): string {
  return JSON.stringify([body, edited && !deleted, deleted, mine && read && !deleted]);
}

/** The same, of a message that the server has drawn. */
function seenOn(row: HTMLElement): string {
  const about = row.querySelector(".about")?.textContent ?? "";
  return JSON.stringify([row.querySelector(".words")?.textContent ?? "", about.includes("· edited"), row.classList.contains("gone"), about.includes("· read")]);
}

function changing(id: string, body: string): HTMLElement {
  return h(
    "details",
    { class: "change" },
    h("summary", {}, "Change"),
    h(
      "form",
      { class: "edit" },
      h("label", { class: "visually-hidden", for: `edit-${id}` }, "The message"),
      h("textarea", { class: "input", id: `edit-${id}`, rows: 3, required: true, maxlength: LONGEST }, body),
      h("button", { class: "button plain", type: "submit" }, "Save"),
    ),
    h("form", { class: "take-back" }, h("button", { class: "text-button", type: "submit" }, "Take back")),
  );
}
