// Draws the conversation of a session: who said what, what is being done in one line, and what every turn came to.

import { DrawnList } from "../conversation/drawn-list.ts";
import type { Unsent } from "../conversation/outbox.ts";
import { draw, soFar } from "../conversation/rich.ts";
import { type Child, h } from "../dom.ts";
import { count, roughly } from "../format.ts";
import type { Person, Receipt, ShownPin, WaitingPin } from "./frames.ts";
import { type Entry, type Step, type Talk, type Turn, broughtBack, undone, visible } from "./talk.ts";
import { headline, priced } from "./words.ts";

export interface TimelineActions {
  retry: (clientId: string) => void;
  discard: (clientId: string) => void;
  askAgain: (turn: Turn) => void;
  undo: (turn: number) => void;
}

/** Codes of what whoever began the session can mend in their settings. */
const OF_SETTINGS = /^(key_|no_key|api_key|github_|no_github)/;

export class Timeline {
  #list: DrawnList;
  #viewer: string;
  #actions: TimelineActions;

  constructor(list: HTMLElement, viewer: string, actions: TimelineActions) {
    this.#list = new DrawnList(list);
    this.#viewer = viewer;
    this.#actions = actions;
  }

  /** `pins`: what messages that were not sent name. `open`: whether the session still goes on, and something can be undone or asked again. */
  show(talk: Talk, unsent: readonly Unsent<string>[], pins: readonly WaitingPin[], open: boolean): void {
    const undoneBy = undone(talk);
    this.#list.show((place) => {
      for (const turn of talk.turns) {
        for (const entry of turn.entries) {
          const by = entry.kind === "receipt" ? (undoneBy.get(entry.receipt.turn) ?? null) : null;
          const brought = entry.kind === "receipt" && broughtBack(talk, entry.receipt);
          place(`${turn.number}.${entry.key}`, [entry, turn.status, turn.outcome, by, open], () => {
            return entry.kind === "receipt" ? this.#receipt(entry.receipt, by, brought, open) : this.#entry(entry, turn, open);
          });
        }
        if (talk.streaming?.turn === turn.number) {
          const { messageId, text } = talk.streaming;
          place(`s${messageId}`, [text], () => h("li", { class: "said assistant" }, ...draw(soFar(text))));
        }
        if (turn.status === "idle" && turn.ran && turn.outcome !== null && turn.outcome !== "done") place(`o${turn.number}`, [turn.outcome], () => ending(turn));
      }
      for (const item of unsent) {
        const named = pins.filter(({ id }) => item.attachments.includes(id));
        place(`u${item.clientId}`, [item, JSON.stringify(named)], () => this.#unsent(item, named));
      }
    });
  }

  #entry(entry: Exclude<Entry, { kind: "receipt" }>, turn: Turn, open: boolean): HTMLLIElement {
    switch (entry.kind) {
      case "said":
        return entry.role === "user" ? this.#said(entry, turn) : h("li", { class: `said ${entry.role}` }, ...draw(entry.text));
      case "work":
        return work(entry.steps, turn);
      case "trouble": {
        const again = open && entry.final && turn.status === "idle" && turn.outcome === "failed";
        return h("li", { class: "trouble" }, h("p", {}, entry.message),
          OF_SETTINGS.test(entry.code) && h("a", { href: "/settings", target: "_blank" }, "Open your settings"),
          again && button("Ask again", () => this.#actions.askAgain(turn)));
      }
    }
  }

  #said(entry: Entry & { kind: "said" }, turn: Turn): HTMLLIElement {
    const own = entry.author?.id === this.#viewer;
    const waits = turn.status === "queued";
    const takenBack = turn.status === "idle" && turn.outcome !== null && !turn.ran;
    const state = waits ? "Waits for its turn" : takenBack ? "Taken back, nothing was done" : "";
    const name = entry.author?.name || "Somebody";
    return h("li", { class: `said user${own ? "" : " other"}${waits || takenBack ? " waiting" : ""}` },
      own ? null : h("p", { class: "who" }, name),
      h("p", {}, own && h("span", { class: "visually-hidden" }, "You: "), entry.text), this.#pinned(entry.pins, entry.author?.id), h("div", { class: "said-state" }, state));
  }

  #unsent(item: Unsent<string>, pins: readonly WaitingPin[]): HTMLLIElement {
    const state: Child[] = item.state === "failed"
      ? [item.problem, button("Try again", () => this.#actions.retry(item.clientId)), button("Remove", () => this.#actions.discard(item.clientId), "Remove the message that was not sent")]
      : [item.state === "sending" ? "Sending" : "Will be sent when the connection is back"];
    return h("li", { class: `said user ${item.state === "failed" ? "failed" : "waiting"}` },
      h("p", {}, h("span", { class: "visually-hidden" }, "You: "), item.text), this.#pinned(pins, this.#viewer), h("div", { class: "said-state" }, ...state));
  }

  /** What a message is about, with whoever pointed where that was somebody else than who sent it. */
  #pinned(pins: readonly ShownPin[], sender: string | undefined): Child {
    if (pins.length === 0) return null;
    return h("ol", { class: "pinned", "aria-label": "Pointed at" }, ...pins.map(({ label, page, width, note, author }) =>
      h("li", {}, author !== null && author.id !== sender && h("span", { class: "pinned-who" }, `${this.#called(author)}: `), label,
        h("span", { class: "quiet" }, ` on ${page}${width > 0 && width < 600 ? ", as on a phone" : ""}`), note !== "" && h("span", { class: "pinned-note" }, note))));
  }

  #called({ id, name }: Person): string {
    return id === this.#viewer ? "You" : name || "Somebody";
  }

  #receipt(receipt: Receipt, undoneBy: number | null, brought: boolean, open: boolean): HTMLLIElement {
    const { turn, changed, checked, cost, canUndo, undoOf } = receipt;
    const change = undoOf === null;
    const taken = change && undoneBy !== null;
    // What was taken back comes back by undoing what took it back: the same gesture, where the change stands.
    const press = open && change && canUndo && (undoneBy !== null
      ? button("Bring it back", () => this.#actions.undo(undoneBy))
      : button("Undo", () => this.#actions.undo(turn), "Undo this change"));
    return h("li", { class: `receipt${taken ? " undone" : ""}` },
      h("p", { class: "receipt-head" }, h("strong", {}, headline(receipt, brought)), taken && h("span", { class: "receipt-mark" }, "Undone")),
      changed.length > 2 && h("details", {}, h("summary", {}, "All that changed"), lines(changed)),
      checked.length > 0 && h("ul", { class: "checked", "aria-label": "Checked" }, ...checked.map((what) => h("li", {}, what))),
      (change || cost > 0) && h("p", { class: "receipt-foot" }, `Cost ${priced(cost)}`, press));
  }
}

function button(words: string, press: () => void, spoken?: string): HTMLButtonElement {
  return h("button", { type: "button", class: "text-button", "aria-label": spoken, onclick: press }, words);
}

const lines = (texts: readonly string[]): HTMLElement => h("ul", {}, ...texts.map((text) => h("li", {}, text)));

const SPOKEN = { started: "in progress", done: "done", failed: "did not work" };

/** One line: what is being done, or how much was. The steps are behind it. */
function work(steps: readonly Step[], turn: Turn): HTMLLIElement {
  const now = turn.status === "idle" ? undefined : steps.findLast(({ state }) => state === "started");
  const done = visible(steps);
  if (now !== undefined) return h("li", { class: "work" }, h("p", { class: "step started" }, now.text));
  const [only, second] = done;
  if (only === undefined) return h("li", { class: "work", hidden: true });
  if (second === undefined) return h("li", { class: "work" }, h("p", { class: `step ${only.state}` }, only.text));
  const took = turn.startedAt !== null && turn.endedAt !== null && turn.entries.filter(({ kind }) => kind === "work").length === 1 ? `, in ${roughly(turn.endedAt - turn.startedAt)}` : "";
  return h("li", { class: "work" }, h("details", {}, h("summary", {}, `${count(done.length, "step", "steps")}${took}`),
    h("ol", { class: "steps", role: "list" }, ...done.map((step) =>
      h("li", { class: `step ${step.state}` }, step.text, h("span", { class: "visually-hidden" }, `, ${SPOKEN[step.state]}`))))));
}

function ending(turn: Turn): HTMLLIElement {
  const told = turn.entries.some((entry) => entry.kind === "trouble" && entry.final);
  const words = turn.outcome === "stopped" ? "Stopped. What was finished before stays." : told ? "" : "This did not come to an end. Ask again to go on.";
  return h("li", { class: "said system", hidden: words === "" }, words);
}
