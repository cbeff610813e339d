// Draws the conversation.

import { DrawnList } from "../conversation/drawn-list.ts";
import type { Unsent } from "../conversation/outbox.ts";
import { draw, soFar } from "../conversation/rich.ts";
import { type Child, h } from "../dom.ts";
import { count, roughly } from "../format.ts";
import type { Attachment } from "./frames.ts";
import { type Entry, type Step, type Talk, type Turn, visible } from "./talk.ts";

export interface TimelineActions {
  unqueue: (turn: number) => void;
  retry: (clientId: string) => void;
  discard: (clientId: string) => void;
  askAgain: (turn: Turn) => void;
  see: (snapshotId: string, url: string) => void;
}

export class Timeline {
  #list: DrawnList;
  #actions: TimelineActions;

  constructor(list: HTMLElement, actions: TimelineActions) {
    this.#list = new DrawnList(list);
    this.#actions = actions;
  }

  show(talk: Talk, unsent: readonly Unsent<Attachment>[]): void {
    this.#list.show((place) => {
      for (const turn of talk.turns) {
        for (const entry of turn.entries) {
          place(`${turn.number}.${entry.key}`, [entry, turn.status, turn.outcome], () => this.#entry(entry, turn));
        }
        if (talk.streaming?.turn === turn.number) {
          const { messageId, text } = talk.streaming;
          place(`s${messageId}`, [text], () => h("li", { class: "said assistant" }, ...draw(soFar(text))));
        }
        if (turn.status === "idle" && turn.ran && turn.outcome !== "done") {
          place(`o${turn.number}`, [turn.outcome], () => ending(turn));
        }
      }
      for (const item of unsent) place(`u${item.clientId}`, [item], () => this.#unsent(item));
    });
  }

  #entry(entry: Entry, turn: Turn): HTMLLIElement {
    switch (entry.kind) {
      case "said":
        return entry.role === "user" ? this.#said(entry, turn) : h("li", { class: `said ${entry.role}` }, ...draw(entry.text));
      case "work":
        return work(entry.steps, turn);
      case "arrived": {
        const words = entry.byAgent ? "A new version is on the web" : "Another version is live now";
        return h("li", { class: "arrived" }, h("p", {}, words), button("See it", () => this.#actions.see(entry.snapshotId, entry.url)));
      }
      case "trouble": {
        const again = entry.final && turn.status === "idle" && turn.outcome === "failed";
        return h("li", { class: "trouble" }, h("p", {}, entry.message), again && button("Ask again", () => this.#actions.askAgain(turn)));
      }
    }
  }

  #said(entry: Entry & { kind: "said" }, turn: Turn): HTMLLIElement {
    const waits = turn.status === "queued";
    const takenBack = turn.status === "idle" && turn.outcome !== null && !turn.ran;
    const state: Child[] = waits
      ? ["Waits for its turn", button("Remove", () => this.#actions.unqueue(turn.number), "Remove the waiting message")]
      : takenBack ? ["Taken back, nothing was done"] : [];
    return h("li", { class: `said user${waits || takenBack ? " waiting" : ""}` },
      h("p", {}, h("span", { class: "visually-hidden" }, "You: "), entry.text), attached(entry.attachments), h("div", { class: "said-state" }, ...state));
  }

  #unsent(item: Unsent<Attachment>): HTMLLIElement {
    const state: Child[] = item.state === "failed"
      ? [item.problem, button("Try again", () => this.#actions.retry(item.clientId)), button("Remove", () => this.#actions.discard(item.clientId), "Remove the message that was not sent")]
      : [item.state === "sending" ? "Sending" : "Will be sent when the connection is back"];
    return h("li", { class: `said user ${item.state === "failed" ? "failed" : "waiting"}` },
      h("p", {}, h("span", { class: "visually-hidden" }, "You: "), item.text), attached(item.attachments), h("div", { class: "said-state" }, ...state));
  }
}

function button(words: string, press: () => void, spoken?: string): HTMLButtonElement {
  return h("button", { type: "button", class: "text-button", "aria-label": spoken, onclick: press }, words);
}

function attached(files: readonly Attachment[]): Child {
  if (files.length === 0) return null;
  return h("div", { class: "attached" }, ...files.map((file) => {
    const inside = file.mediaType.startsWith("image/") ? h("img", { src: file.url, alt: file.name, loading: "lazy" }) : file.name;
    return h("a", { href: file.url, target: "_blank", rel: "noopener" }, inside);
  }));
}

const SPOKEN = { started: "in progress", done: "done", failed: "did not work" };

function work(steps: readonly Step[], turn: Turn): HTMLLIElement {
  const lines = visible(steps);
  const over = turn.status === "idle";
  const list = h("ol", { class: "steps", role: "list" }, ...lines.map((step) =>
    h("li", { class: `step ${step.state}` }, step.text, h("span", { class: "visually-hidden" }, `, ${SPOKEN[step.state]}`))));
  const details = [...new Set(steps.flatMap((step) => (step.detail === null ? [] : [step.detail])))];
  const fold = details.length > 0 && h("details", {}, h("summary", {}, "Details"), h("ul", {}, ...details.map((detail) => h("li", {}, detail))));
  // When all is done, one line is enough until somebody wants more.
  if (over && lines.length > 3) {
    const took = turn.startedAt !== null && turn.endedAt !== null ? `, in ${roughly(turn.endedAt - turn.startedAt)}` : "";
    const detail = details.length > 0 && h("ul", {}, ...details.map((line) => h("li", {}, line)));
    return h("li", { class: "work" }, h("details", {}, h("summary", {}, `${count(lines.length, "step", "steps")}${took}`), list, detail));
  }
  return h("li", { class: "work", hidden: lines.length === 0 }, list, fold);
}

function ending(turn: Turn): HTMLLIElement {
  const told = turn.entries.some((entry) => entry.kind === "trouble" && entry.final);
  const words = turn.outcome === "stopped" ? "Stopped. What was finished before stays." : told ? "" : "This did not come to an end. Ask again to go on.";
  return h("li", { class: "said system", hidden: words === "" }, words);
}

/** Puts the empty state or the conversation in view. */
export function opening(area: HTMLElement, empty: boolean, choose: (words: string) => void): void {
  area.hidden = !empty;
  if (area.dataset["wired"] !== undefined) return;
  area.dataset["wired"] = "";
  for (const example of area.querySelectorAll("button")) example.addEventListener("click", () => choose(example.textContent ?? ""));
}
