// Who one writes with.

import { type Json, number, object, text } from "../json.ts";
import { ago, face } from "./bits.ts";
import { listed, nothing, paged } from "./list.ts";
import { happened } from "./live.ts";
import { type Brief, brief } from "./site.ts";
import { go, mode, site } from "./state.ts";
import { h, live } from "./ui.ts";

interface Thread {
  with: Brief;
  last: string;
  at: unknown;
  unread: number;
}

const threads = paged<Thread>(() => "notch/threads?limit=20", "threads", (value) => {
  const from = object<Json>(value);
  const other = brief(from?.["with"]);
  if (from === null || other === null) return null;
  const last = object<Json>(from["last"]);
  const words = last === null ? "" : last["deleted"] === true ? "Taken back" : text(last, "body");
  return { with: other, last: last !== null && last["from"] === "me" ? `You: ${words}` : words, at: last?.["createdAt"] ?? null, unread: number(from, "unread") ?? 0 };
});

export function messages(): HTMLElement {
  live(() => {
    void happened.value["message"];
    void happened.value["message_changed"];
    void happened.value["read"];
    void threads.load();
  });
  return h("div", { class: "pad" },
    h("h2", { class: "unseen", tabindex: -1 }, "Messages"),
    listed(threads, (thread) => thread.with.domain, (item) => row(item.value), () =>
      nothing("No messages yet", "Sites write to sites here. Begin on a site’s Notch, with Write.",
        ...(mode.value === "visitor" ? [h("button", { class: "main", onclick: () => go({ name: "thread", with: site }, true) }, `Write to ${site.name}`)] : [])), "Messages"),
  );
}

function row({ with: other, last, at, unread }: Thread): HTMLElement {
  return h("li", {}, h("button", { class: unread > 0 ? "row wide fresh" : "row wide", onclick: () => go({ name: "thread", with: other }, true) },
    face(other),
    h("span", { class: "grow" }, h("span", { class: "strong" }, other.name), h("span", { class: "quiet line" }, last)),
    h("span", { class: "aside" }, ago(at), unread > 0 ? h("b", {}, unread, h("span", { class: "unseen" }, " unread")) : null)));
}
