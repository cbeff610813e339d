// What a session's conversation has beside what every conversation has: several people, places that a message is about, the
// work in one line, and what every turn came to.

import { type Step, type Turn, visible } from "../conversation/conversation.ts";
import type { Unsent } from "../conversation/outbox.ts";
import { type TimelineActions, Timeline, foldedSteps } from "../conversation/timeline.ts";
import { type Child, h, need, textButton } from "../dom.ts";
import type { ChatMessage, Person, Receipt, ShownPin } from "./frames.ts";
import { type SessionConversation, broughtBack, undone } from "./reducer.ts";
import { beforeAndAfter, place } from "./views.ts";
import { headline, priced } from "./words.ts";

export interface SessionTimelineActions extends TimelineActions<ChatMessage> {
  undo: (turn: number) => void;
}

/** Codes of what whoever began the session can mend in their settings. */
const OF_SETTINGS = /^(key_|no_key|api_key|github_|no_github)/;

export class SessionTimeline {
  #timeline: Timeline<ChatMessage, Receipt, ShownPin>;
  #viewer: string;
  #undo: (turn: number) => void;

  constructor(viewer: string, actions: SessionTimelineActions) {
    this.#viewer = viewer;
    this.#undo = actions.undo;
    this.#timeline = new Timeline<ChatMessage, Receipt, ShownPin>(need("timeline", HTMLElement), {
      attachments: ({ pins }) => pins,
      attached: (pins, message) => this.#pinned(pins, message === null ? viewer : message.author?.id),
      otherAuthor: ({ author }) => (author?.id === viewer ? null : author?.name || "Somebody"),
      steps: work,
      remedy: (code) => OF_SETTINGS.test(code) && h("a", { href: "/settings", target: "_blank" }, "Open your settings"),
    }, actions);
  }

  /** `open`: whether the session still goes on, and something can be undone or asked again. */
  show(conversation: SessionConversation, unsent: readonly Unsent<ShownPin>[], open: boolean): void {
    const undoneBy = undone(conversation);
    this.#timeline.show(conversation, unsent, open, (receipt) => {
      const by = undoneBy.get(receipt.turn) ?? null;
      const brought = broughtBack(conversation, receipt);
      return { from: [by, brought, open], make: () => this.#receipt(receipt, by, brought, open) };
    });
  }

  /** What a message is about, with whoever pointed where that was somebody else than who sent it. */
  #pinned(pins: readonly ShownPin[], sender: string | undefined): Child {
    if (pins.length === 0) return null;
    return h("ol", { class: "pinned", "aria-label": "Pointed at" }, ...pins.map(({ label, page, width, note, author, picture }) =>
      h("li", {}, picture !== null && place(picture), author !== null && author.id !== sender && h("span", { class: "pinned-who" }, `${this.#called(author)}: `), label,
        h("span", { class: "quiet" }, ` on ${page}${width > 0 && width < 600 ? ", as on a phone" : ""}`), note !== "" && h("span", { class: "pinned-note" }, note))));
  }

  #called({ id, name }: Person): string {
    return id === this.#viewer ? "You" : name || "Somebody";
  }

  #receipt(receipt: Receipt, undoneBy: number | null, brought: boolean, open: boolean): HTMLLIElement {
    const { turn, changed, checked, cost, canUndo, undoOf, view } = receipt;
    const change = undoOf === null;
    const taken = change && undoneBy !== null;
    // What was taken back comes back by undoing what took it back: the same gesture, where the change stands.
    const press = open && change && canUndo && (undoneBy !== null
      ? textButton("Bring it back", () => this.#undo(undoneBy))
      : textButton("Undo", () => this.#undo(turn), "Undo this change"));
    return h("li", { class: `receipt${taken ? " undone" : ""}` },
      h("p", { class: "receipt-head" }, h("strong", {}, headline(receipt, brought)), taken && h("span", { class: "receipt-mark" }, "Undone")),
      changed.length > 2 && h("details", {}, h("summary", {}, "All that changed"), lines(changed)),
      checked.length > 0 && h("ul", { class: "checked", "aria-label": "Checked" }, ...checked.map((what) => h("li", {}, what))),
      view !== null && beforeAndAfter(view),
      (change || cost > 0) && h("p", { class: "receipt-foot" }, `Cost ${priced(cost)}`, press));
  }
}

const lines = (texts: readonly string[]): HTMLElement => h("ul", {}, ...texts.map((text) => h("li", {}, text)));

/** One line: what is being done, or how much was. The steps are behind it. */
function work(steps: readonly Step[], turn: Turn): HTMLLIElement {
  const now = turn.status === "idle" ? undefined : steps.findLast(({ state }) => state === "started");
  if (now !== undefined) return h("li", { class: "work" }, h("p", { class: "step started" }, now.text));
  const done = visible(steps);
  const [only, second] = done;
  if (only === undefined) return h("li", { class: "work", hidden: true });
  return h("li", { class: "work" }, second === undefined ? h("p", { class: `step ${only.state}` }, only.text) : foldedSteps(done, turn));
}
