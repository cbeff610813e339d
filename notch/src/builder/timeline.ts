// What the builder's conversation has beside what every conversation has: files that come with a message, the agent's steps one
// by one, and versions that are on the web.

import { type Step, type Turn, visible } from "../conversation/conversation.ts";
import type { Unsent } from "../conversation/outbox.ts";
import { type TimelineActions, Timeline, foldedSteps, stepList } from "../conversation/timeline.ts";
import { type Child, h, need, textButton } from "../dom.ts";
import type { Attachment, ChatMessage } from "./frames.ts";
import type { Arrival, BuilderConversation } from "./reducer.ts";

export interface BuilderTimelineActions extends TimelineActions<ChatMessage> {
  see: (snapshotId: string, url: string) => void;
}

export class BuilderTimeline {
  #timeline: Timeline<ChatMessage, Arrival, Attachment>;
  #see: (snapshotId: string, url: string) => void;

  constructor(actions: BuilderTimelineActions) {
    this.#see = actions.see;
    this.#timeline = new Timeline<ChatMessage, Arrival, Attachment>(need("timeline", HTMLElement), { attachments: (message) => message.attachments, attached, steps: work }, actions);
  }

  /** `open`: whether something can still be asked. */
  show(conversation: BuilderConversation, unsent: readonly Unsent<Attachment>[], open: boolean): void {
    this.#timeline.show(conversation, unsent, open, (arrival) => ({ from: [], make: () => this.#arrival(arrival) }));
  }

  #arrival({ snapshotId, url, byAgent }: Arrival): HTMLLIElement {
    const words = byAgent ? "A new version is on the web" : "Another version is live now";
    return h("li", { class: "arrived" }, h("p", {}, words), textButton("See it", () => this.#see(snapshotId, url)));
  }
}

function attached(files: readonly Attachment[]): Child {
  if (files.length === 0) return null;
  return h("div", { class: "attached" }, ...files.map((file) => {
    const inside = file.mediaType.startsWith("image/") ? h("img", { src: file.url, alt: file.name, loading: "lazy" }) : file.name;
    return h("a", { href: file.url, target: "_blank", rel: "noopener" }, inside);
  }));
}

function work(steps: readonly Step[], turn: Turn): HTMLLIElement {
  const lines = visible(steps);
  const details = [...new Set(steps.flatMap(({ detail }) => (detail === null ? [] : [detail])))];
  const list = details.length > 0 && h("ul", {}, ...details.map((detail) => h("li", {}, detail)));
  // When all is done, one line is enough until somebody wants more.
  if (turn.status === "idle" && lines.length > 3) return h("li", { class: "work" }, foldedSteps(lines, turn, list));
  return h("li", { class: "work", hidden: lines.length === 0 }, stepList(lines), list && h("details", {}, h("summary", {}, "Details"), list));
}
