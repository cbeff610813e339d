// What all of the frame knows: whose page it stands on, who is there, what is to be seen. One place, so that every part says
// the same.

import { type Signal, batch, computed, signal } from "./signal.ts";
import { type Json, number, object } from "../json.ts";
import type { Anchor, ToPage } from "../messages.ts";
import { bear, borne, call } from "./api.ts";
import { type Brief, type Site, brief } from "./site.ts";
import { keep, recall } from "./storage.ts";

/** What is shown. `with` is the domain of who is written to, `at` the place on the page whose reactions are looked at. */
export type View =
  | { name: "site" | "wheel" | "updates" | "messages" | "account" | "enter" }
  | { name: "reactions"; at: string | null }
  | { name: "thread"; with: Brief };

export interface Me {
  site: Brief;
  /** Whether the page may know who is there. */
  shared: boolean;
}

/** Whose page, and on which of its origins; set before anything is drawn. */
export let site: Site;
export let origin = "";

/** undefined: not known yet; null: nobody, as far as this page goes. */
export const me = signal<Me | null | undefined>(undefined);
/** Signed in, but without a site, as which to be seen. */
export const siteless = signal(false);
export const unread = signal({ messages: 0, notifications: 0 });
export const page = signal<{ path: string; title: string } | null>(null);
export const pick = signal<Anchor | null>(null);
export const isOpen = signal(false);
export const view = signal<View>({ name: "site" });
export const online = signal(navigator.onLine);
/** Something that was said in passing, with something to do about it. */
export const toast = signal<{ words: string; action?: { label: string; act: () => void } } | null>(null);

export const mode = computed(() => (me.value == null ? "anonymous" : me.value.site.domain === site.domain ? "owner" : "visitor"));
export const url = computed(() => (page.value === null ? null : origin + page.value.path));

/** The views that one can go back to, oldest first. */
const before: View[] = [];
export const hasBack: Signal<boolean> = signal(false);

export function stand(on: Site, at: string): void {
  site = on;
  origin = at;
}

export function go(to: View, keep = false): void {
  batch(() => {
    if (keep) before.push(view.peek());
    else before.length = 0;
    hasBack.value = before.length > 0;
    view.value = to;
    toast.value = null;
  });
}

export function back(): void {
  const last = before.pop();
  batch(() => {
    hasBack.value = before.length > 0;
    view.value = last ?? { name: "site" };
  });
}

let fading: ReturnType<typeof setTimeout>;
/** Says something in passing. */
export function tell(words: string, action?: { label: string; act: () => void }, ms = 10_000): void {
  clearTimeout(fading);
  toast.value = action === undefined ? { words } : { words, action };
  fading = setTimeout(() => (toast.value = null), ms);
}

/** Asks for something to be done, and says so when it was not. */
export async function done(...asked: Parameters<typeof call>): Promise<boolean> {
  const answer = await call(...asked);
  if (!answer.ok) tell(answer.message);
  return answer.ok;
}

/** Tells the page around the frame, and nobody else. */
export function tellPage(message: ToPage): void {
  parent.postMessage(message, origin);
}

/** Whether this browser has been known here before; without a memory we have to ask. */
export const mayBeKnown = (): boolean => recall("known") !== null;

/** Asks who is there. */
export async function look(): Promise<void> {
  const bearer = borne();
  const answer = await call("notch/me");
  const said = object<Json>(answer.body);
  const found = answer.ok ? brief(said?.["site"]) : null;
  // Without an answer what was known stays known.
  if (!answer.ok && answer.status !== 401 && answer.status !== 403) {
    if (me.value === undefined) me.value = null;
    return;
  }
  const known = said?.["known"] === true;
  // One that says nobody any more is in the way. Another page of the site may have a new one meanwhile.
  if (!known && bearer === borne()) bear("");
  const counts = object<Json>(said?.["unread"]) ?? {};
  batch(() => {
    me.value = found === null ? null : { site: found, shared: said?.["shared"] === true };
    siteless.value = found === null && known;
    unread.value = { messages: number(counts, "messages") ?? 0, notifications: number(counts, "notifications") ?? 0 };
  });
  keep("known", found === null ? "" : "1");
  if (found !== null && said?.["shared"] === true) tellPage({ t: "visitor", name: found.name, url: found.url, image: found.image });
}
