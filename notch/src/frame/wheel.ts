// The wheel of the eight signals, and what can be done with one that was just left: take it back, or add words to it.

import { signal } from "./signal.ts";
import { type Json, object, text } from "../json.ts";
import type { Anchor } from "../messages.ts";
import { draw } from "../drawing.ts";
import { EIGHT, drawingOf, says } from "../signals.ts";
import { call } from "./api.ts";
import { chip, labelOf } from "./bits.ts";
import { comments } from "./marks.ts";
import { inView, own } from "./protect.ts";
import { done, go, me, page, pick, siteless, tell, tellPage, url } from "./state.ts";
import { nothing } from "./list.ts";
import { keep, recall } from "./storage.ts";
import { gone, h } from "./ui.ts";

/** How long it can be taken back here; after that it is in the list of reactions. */
const UNDO_S = 10;
const LONGEST = 1_000;

interface Left {
  id: string;
  signal: string;
  quote: string;
}

export function wheel(): HTMLElement {
  const left = signal<Left | null>(null);
  gone(() => tellPage({ t: "unmark" }));
  return h("div", { class: "pad" }, () => {
    if (me.value == null) return stranger();
    const there = left.value;
    if (there !== null) return after(there, () => (left.value = null));
    const anchor = pick.value;
    return choose(anchor, (made) => (left.value = made));
  });
}

function stranger(): HTMLElement {
  if (siteless.value) return needsSite();
  return nothing("Leave a signal", "Sign in once, then say with one press what you think of a sentence.", h("button", { class: "main", onclick: () => go({ name: "enter" }, true) }, "Sign in"));
}

export function needsSite(): HTMLElement {
  return nothing("Pick a name first", "Others see you as your site here. Choose its name, then come back.", h("a", { class: "main", href: "/setup", target: "_blank", rel: "noopener" }, "Pick a name"));
}

function choose(anchor: Anchor | null, done: (left: Left) => void): HTMLElement {
  const named = signal("");
  const busy = signal("");
  const leave = async (name: string): Promise<void> => {
    if (anchor === null || busy.value !== "") return;
    busy.value = name;
    const answer = await react(name, anchor);
    busy.value = "";
    if (answer.ok) {
      tellPage({ t: "unmark" });
      done({ id: text(object<Json>(answer.body) ?? {}, "id"), signal: name, quote: anchor.exact });
      void comments.load();
    } else tell(answer.status === 409 ? "You left this one here already." : answer.message);
  };
  const buttons: HTMLElement[] = EIGHT.map((name, at) => {
    const label = says(name);
    const say = (): unknown => (named.value = label);
    const button: HTMLElement = h("button", {
      type: "button", "aria-label": label, class: () => `signal${busy.value === name ? " busy" : ""}`, tabindex: at === 0 ? 0 : -1,
      "aria-disabled": () => (anchor === null ? "true" : null), onpointerenter: say, onfocus: say,
      onclick: own(inView(() => around, () => button), () => leave(name)),
    });
    button.append(draw(drawingOf(name)));
    const item = h("li", {}, button);
    item.style.setProperty("--at", `${at * 45}deg`);
    return item;
  });
  const list: HTMLElement = h("ul", { class: "wheel", role: "list", "aria-label": "Signals", onkeydown: (event) => turn(event as KeyboardEvent, buttons.map((item) => item.firstElementChild as HTMLElement)) }, ...buttons);
  const around: HTMLElement = h("div", { class: "around" }, list, h("p", { class: "named", "aria-hidden": "true" }, () => named.value || "What is it to you?"));
  return h("section", { class: "choose", "aria-label": "React" },
    anchor === null || anchor.exact === ""
      ? h("p", { class: "quiet mid" }, anchor === null ? "Looking where you are…" : "On this place of the page.")
      : h("blockquote", {}, anchor.exact),
    around,
    h("p", { class: "quiet mid small" }, "Select other words on the page to react to those. Everybody can see what you leave."),
  );
}

/** Goes round by arrow keys. */
function turn(event: KeyboardEvent, all: HTMLElement[]): void {
  const at = all.findIndex((one) => one.tabIndex === 0);
  const [next, before] = [at + 1, at + all.length - 1];
  const to = { Home: 0, End: -1, ArrowRight: next, ArrowDown: next, ArrowLeft: before, ArrowUp: before }[event.key];
  const one = to === undefined ? undefined : all.at(to % all.length);
  if (one === undefined) return;
  event.preventDefault();
  for (const other of all) other.tabIndex = -1;
  one.tabIndex = 0;
  one.focus();
}

async function react(name: string, anchor: Anchor): ReturnType<typeof call> {
  const nonce = await call("notch/nonce", "POST");
  if (!nonce.ok) return nonce;
  return await call("notch/reactions", "POST", {
    url: url.peek(), title: page.peek()?.title ?? "", signal: name, anchor,
    tilt: Math.round((Math.random() * 26 - 13) * 10) / 10, nonce: text(object<Json>(nonce.body) ?? {}, "nonce"),
  });
}

function after({ id, signal: name, quote }: Left, again: () => void): HTMLElement {
  const seconds = signal(UNDO_S);
  const counting = setInterval(() => (seconds.value = Math.max(0, seconds.value - 1)), 1_000);
  gone(() => clearInterval(counting));
  const draft = `draft comment ${id}`;
  const saving = signal(false);
  const field = h("textarea", { id: "words", rows: 3, maxlength: LONGEST, value: recall(draft), oninput: () => keep(draft, field.value) });
  const undo = async (): Promise<void> => {
    if (!await done(`notch/reactions/${id}`, "DELETE")) return;
    keep(draft, "");
    void comments.load();
    again();
    tell("Taken back.");
  };
  const save = async (): Promise<void> => {
    if (field.value.trim() === "" || saving.value) return field.focus();
    saving.value = true;
    const isSaved = await done(`notch/reactions/${id}`, "PATCH", { body: field.value.trim() });
    saving.value = false;
    if (!isSaved) return;
    keep(draft, "");
    void comments.load();
    go({ name: "reactions", at: null });
    tell("Your words are there.");
  };
  const undoing: HTMLElement = h("button", { class: "plain", hidden: () => seconds.value === 0, onclick: own(() => undoing, undo) }, () => `Undo (${seconds.value})`);
  const region: HTMLElement = h("section", { class: "left" },
    chip(name, "big"),
    h("h2", { tabindex: -1 }, labelOf(name)),
    h("p", { class: "quiet mid" }, quote === "" ? "It is on the page now." : `It is on “${quote.length > 90 ? `${quote.slice(0, 90)}…` : quote}” now.`),
    undoing,
    h("label", { for: "words" }, "Add a few words, if you like"),
    field,
    h("div", { class: "ends" }, h("button", { class: "quietly", onclick: () => go({ name: "reactions", at: null }) }, "Done"),
      h("button", { class: "main", onclick: own(() => region, save) }, () => (saving.value ? "Saving…" : "Add the words"))),
  );
  return region;
}
