// Draws a conversation: who said what, what is being done, what went wrong, what was not sent. What the steps and the results
// of a turn look like is the page's.

import { type Child, h, textButton } from "../dom.ts";
import { count, roughly } from "../format.ts";
import { type Conversation, type Entry, type Step, type Turn, request } from "./conversation.ts";
import { DrawnList } from "./drawn-list.ts";
import type { Message } from "./frames.ts";
import type { Unsent } from "./outbox.ts";
import { draw, soFar } from "./rich.ts";

export interface TimelineActions<M extends Message> {
  retry: (clientId: string) => void;
  discard: (clientId: string) => void;
  /** Says once more what a turn was asked for. */
  askAgain: (message: M) => void;
  /** Takes back a message that waits; absent where that cannot be done. */
  unqueue?: (turn: number) => void;
}

/** An item, and all that it is made from beside its entry and its turn. */
export interface Drawing {
  from: readonly unknown[];
  make: () => HTMLLIElement;
}

export interface TimelineParts<M extends Message, Result, Attachment> {
  attachments: (message: M) => readonly Attachment[];
  /** What goes along with a message, or with one that was not sent (null). */
  attached: (attachments: readonly Attachment[], message: M | null) => Child;
  /** The name of whoever wrote it, when that is somebody else. */
  otherAuthor?: (message: M) => string | null;
  steps: (steps: readonly Step[], turn: Turn<M, Result>) => HTMLLIElement;
  /** What can be done about an error of this code, beside asking again. */
  remedy?: (code: string) => Child;
}

export class Timeline<M extends Message, Result, Attachment> {
  #list: DrawnList;
  #parts: TimelineParts<M, Result, Attachment>;
  #actions: TimelineActions<M>;

  constructor(list: HTMLElement, parts: TimelineParts<M, Result, Attachment>, actions: TimelineActions<M>) {
    this.#list = new DrawnList(list);
    this.#parts = parts;
    this.#actions = actions;
  }

  /** `open`: something can still be asked. `result` draws what came of a turn. */
  show({ turns, streaming }: Conversation<M, Result>, unsent: readonly Unsent<Attachment>[], open: boolean, result: (result: Result) => Drawing): void {
    this.#list.show((place) => {
      for (const turn of turns) {
        for (const entry of turn.entries) {
          const drawing = entry.kind === "result" ? result(entry.result) : { from: [open], make: () => this.#entry(entry, turn, open) };
          place(`${turn.number}.${entry.key}`, [entry, turn.status, turn.outcome, ...drawing.from], drawing.make);
        }
        if (streaming?.turn === turn.number) place(`s${streaming.messageId}`, [streaming.text], () => h("li", { class: "said assistant" }, ...draw(soFar(streaming.text))));
        if (turn.status === "idle" && turn.ran && turn.outcome !== null && turn.outcome !== "done") place(`o${turn.number}`, [turn.outcome], () => ending(turn));
      }
      for (const item of unsent) place(`u${item.clientId}`, [item, open], () => this.#unsent(item, open));
    });
  }

  #entry(entry: Exclude<Entry<M, Result>, { kind: "result" }>, turn: Turn<M, Result>, open: boolean): HTMLLIElement {
    switch (entry.kind) {
      case "message": {
        const { message } = entry;
        return message.role === "user" ? this.#said(message, turn) : h("li", { class: `said ${message.role}` }, ...draw(message.text));
      }
      case "steps":
        return this.#parts.steps(entry.steps, turn);
      case "error": {
        const { code, message, final } = entry.error;
        const asked = open && final && turn.status === "idle" && turn.outcome === "failed" ? request(turn) : null;
        return h("li", { class: "trouble" }, h("p", {}, message), this.#parts.remedy?.(code), asked && textButton("Ask again", () => this.#actions.askAgain(asked)));
      }
    }
  }

  #said(message: M, turn: Turn<M, Result>): HTMLLIElement {
    const { unqueue } = this.#actions;
    const { attachments, attached, otherAuthor } = this.#parts;
    const waits = turn.status === "queued";
    const takenBack = turn.status === "idle" && turn.outcome !== null && !turn.ran;
    const state: Child[] = waits
      ? ["Waits for its turn", unqueue && textButton("Remove", () => unqueue(turn.number), "Remove the waiting message")]
      : [takenBack && "Removed, nothing was done"];
    return bubble(waits || takenBack ? "waiting" : "", otherAuthor?.(message) ?? null, message.text, attached(attachments(message), message), state);
  }

  #unsent({ clientId, text, attachments, state, problem }: Unsent<Attachment>, open: boolean): HTMLLIElement {
    const failed = state === "failed";
    const words: Child[] = failed
      ? [problem, textButton("Try again", () => this.#actions.retry(clientId)), textButton("Remove", () => this.#actions.discard(clientId), "Remove the message that was not sent")]
      : [!open ? "Not sent" : state === "sending" ? "Sending…" : "Will be sent when the connection is back"];
    return bubble(failed ? "failed" : "waiting", null, text, this.#parts.attached(attachments, null), words);
  }
}

/** What a person said. `other` is their name when somebody else did. */
function bubble(look: string, other: string | null, words: string, attached: Child, state: readonly Child[]): HTMLLIElement {
  return h("li", { class: ["said user", other !== null && "other", look].filter(Boolean).join(" ") },
    other !== null && h("p", { class: "who" }, other),
    h("p", {}, other === null && h("span", { class: "visually-hidden" }, "You: "), words), attached, h("div", { class: "said-state" }, ...state));
}

function ending(turn: Turn): HTMLLIElement {
  const told = turn.entries.some((entry) => entry.kind === "error" && entry.error.final);
  const words = turn.outcome === "stopped" ? "Stopped. What was finished before stays." : told ? "" : "This did not come to an end. Ask again to go on.";
  return h("li", { class: "said system", hidden: words === "" }, words);
}

const SPOKEN = { started: "in progress", done: "done", failed: "did not work" };

/** Steps, one line each. */
export function stepList(steps: readonly Step[]): HTMLElement {
  return h("ol", { class: "steps", role: "list" }, ...steps.map(({ state, text }) =>
    h("li", { class: `step ${state}` }, text, h("span", { class: "visually-hidden" }, `, ${SPOKEN[state]}`))));
}

/** Steps that are over, folded behind how many there were and how long they took. */
export function foldedSteps(steps: readonly Step[], { startedAt, endedAt, entries }: Turn, ...more: Child[]): HTMLElement {
  // The time is the turn's: beside another lot of steps it would say too much.
  const isAll = entries.filter(({ kind }) => kind === "steps").length === 1;
  const took = isAll && startedAt !== null && endedAt !== null ? `, in ${roughly(endedAt - startedAt)}` : "";
  return h("details", {}, h("summary", {}, `${count(steps.length, "step", "steps")}${took}`), stepList(steps), ...more);
}
