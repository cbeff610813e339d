// A conversation with one site.

import { computed, signal } from "./signal.ts";
import { type Json, object, text } from "../json.ts";
import { call } from "./api.ts";
import { ago, moment, sure } from "./bits.ts";
import { listed, nothing, paged } from "./list.ts";
import { happened } from "./live.ts";
import { own } from "./protect.ts";
import { type Brief } from "./site.ts";
import { done, look, siteless, view } from "./state.ts";
import { keep, recall } from "./storage.ts";
import { h, live } from "./ui.ts";
import { needsSite } from "./wheel.ts";

interface Message {
  id: string;
  mine: boolean;
  body: string;
  at: unknown;
  edited: boolean;
  deleted: boolean;
  read: boolean;
}

const LONGEST = 4_000;
/** How long a message can be taken back. */
const MINE_MS = 15 * 60_000;

function readMessage(value: unknown): Message | null {
  const from = object<Json>(value);
  const id = from === null ? "" : text(from, "id");
  if (from === null || id === "") return null;
  return { id, mine: from["from"] === "me", body: text(from, "body"), at: from["createdAt"], edited: from["editedAt"] != null, deleted: from["deleted"] === true, read: from["readAt"] != null };
}

export function thread(): HTMLElement {
  const shown = view.peek();
  if (shown.name !== "thread") return h("div", {});
  return siteless.value ? needsSite() : conversation(shown.with);
}

function conversation(other: Brief): HTMLElement {
  const path = `notch/threads/${encodeURIComponent(other.domain)}`;
  const messages = paged(() => `${path}/messages?limit=30`, "messages", readMessage);
  const draft = `draft to ${other.domain}`;
  const sending = signal(false);
  const asking = signal(false);
  // The same message sent twice, because no answer came to the first, is one message.
  let clientId = crypto.randomUUID();
  const oldestFirst = { ...messages, items: { get value() { return [...messages.items.value].reverse(); }, set value(_) {} } };
  const isNew = computed(() => messages.state.value === "ready" && messages.items.value.length === 0);
  const refusal = computed(() => (messages.said.value["canWrite"] === false ? text(messages.said.value, "why") || "You cannot write to this site." : ""));

  const field = h("textarea", { id: "message", rows: 2, maxlength: LONGEST, placeholder: `Write to ${other.name}`, value: recall(draft), oninput: () => {
    keep(draft, field.value);
    asking.value = false;
  } });
  const scroll = h("div", { class: "talk", tabindex: 0, role: "region", "aria-label": `Messages with ${other.name}` },
    listed(oldestFirst, ({ id }) => id, (item) => h("li", { class: () => (item.value.mine ? "from-me" : "from-them") }, () => bubble(item.value, () => void remove(item.value.id))),
      () => nothing(`Say hello to ${other.name}`, "They see your site’s name with it. It stays between the two of you."), "Messages"));

  let readUpTo = "";
  const load = async (): Promise<void> => {
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    await messages.load();
    if (atEnd || messages.state.value === "loading") requestAnimationFrame(() => (scroll.scrollTop = scroll.scrollHeight));
    const theirs = messages.items.value.find(({ mine }) => !mine);
    if (theirs !== undefined && theirs.id !== readUpTo && document.visibilityState === "visible") {
      readUpTo = theirs.id;
      await call(`${path}/read`, "POST", { upTo: theirs.id });
      void look();
    }
  };
  live(() => {
    void happened.value["message"];
    void happened.value["message_changed"];
    void happened.value["read"];
    void load();
  });

  const send = async (): Promise<void> => {
    const body = field.value.trim();
    if (body === "" || sending.value) return field.focus();
    sending.value = true;
    const isSent = await done(`${path}/messages`, "POST", { body, clientId });
    sending.value = false;
    asking.value = false;
    // What was written stays where it is until it has arrived.
    if (!isSent) return;
    clientId = crypto.randomUUID();
    field.value = "";
    keep(draft, "");
    await load();
    requestAnimationFrame(() => (scroll.scrollTop = scroll.scrollHeight));
    field.focus();
  };
  const remove = async (id: string): Promise<void> => {
    if (await done(`notch/messages/${id}`, "DELETE")) void load();
  };
  const begin = (): void => {
    if (field.value.trim() === "") field.focus();
    else if (isNew.value) asking.value = true;
    else void send();
  };
  const press = own(() => form, begin);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    press(event);
  });
  const form: HTMLElement = h("form", { class: "compose", onsubmit: (event) => event.preventDefault() },
    h("label", { class: "unseen", for: "message" }, `Message to ${other.name}`), field,
    h("button", { class: "main", type: "button", "aria-disabled": () => (sending.value ? "true" : null), onclick: press }, () => (sending.value ? "Sending…" : "Send")));
  return h("div", { class: "thread" }, scroll, () => (refusal.value !== "" ? h("p", { class: "note" }, refusal.value) : asking.value ? sure(`Send your first message to ${other.name}?`, "Not yet", () => (asking.value = false), "Yes, send it", send) : null), () => (refusal.value === "" ? form : null));
}

function bubble({ mine, body, at, edited, deleted, read }: Message, remove: () => void): HTMLElement {
  const sentAt = moment(at);
  const fresh = mine && !deleted && sentAt !== null && Date.now() - sentAt.getTime() < MINE_MS;
  const taking: HTMLElement | null = fresh ? h("button", { class: "quietly", onclick: own(() => taking ?? document.body, remove) }, "Take back") : null;
  return h("div", {},
    h("p", { class: deleted ? "bubble quiet" : "bubble" }, h("span", { class: "unseen" }, mine ? "You: " : "They: "), deleted ? "This message was taken back." : body),
    h("p", { class: "quiet small" }, ago(at), edited ? " · edited" : "", mine && read ? " · read" : "", taking === null ? "" : " · ", taking));
}
