// Lists that come in pages: how they are fetched, and how they look while they are coming, when they are empty, and when they
// do not come.

import { batch, signal } from "./signal.ts";
import type { Failure } from "../api.ts";
import { type Json, list as readList, object, text } from "../json.ts";
import { call } from "./api.ts";
import { each, gone, h, icon } from "./ui.ts";

export interface Paged<T> {
  items: { value: T[] };
  /** `loading` before anything is there, `more` while more is coming. */
  state: { value: "loading" | "more" | "ready" | "failed" };
  /** The first page anew; what is shown stays until it is there. */
  load: () => Promise<void>;
  more: () => Promise<void>;
  failure: { value: Failure | null };
  hasMore: { value: boolean };
  /** What else the newest answer says. */
  said: { value: { readonly [key in string]?: unknown } };
}

export function paged<T>(path: () => string, key: string, read: (item: unknown) => T | null): Paged<T> {
  const items = signal<T[]>([]);
  const state = signal<"loading" | "more" | "ready" | "failed">("loading");
  const failure = signal<Failure | null>(null);
  const cursor = signal("");
  const said = signal<{ readonly [key in string]?: unknown }>({});
  const hasMore = { get value() { return cursor.value !== ""; } };
  let turn = 0;
  const fetchPage = async (from: string): Promise<void> => {
    const mine = ++turn;
    const asked = path();
    if (from !== "") state.value = "more";
    const answer = await call(from === "" ? asked : `${asked}${asked.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(from)}`);
    // Another question has been asked since.
    if (mine !== turn) return;
    batch(() => {
      if (!answer.ok) {
        failure.value = answer;
        state.value = "failed";
        return;
      }
      const body = object<Json>(answer.body) ?? {};
      const fresh = readList(body, key, read);
      items.value = from === "" ? fresh : [...items.peek(), ...fresh];
      cursor.value = text(body, "nextCursor");
      failure.value = null;
      said.value = body;
      state.value = "ready";
    });
  };
  return { items, state, failure, hasMore, said, load: () => fetchPage(""), more: () => fetchPage(cursor.peek()) };
}

/** A list as it is seen. */
export function listed<T>(from: Paged<T>, name: (item: T) => string, draw: (item: { value: T }) => HTMLElement, empty: () => Node, label: string): HTMLElement {
  const again = (): void => void (from.items.value.length === 0 || from.failure.value === null ? from.load() : from.more());
  const retry = (): void => void from.load();
  addEventListener("online", retry);
  gone(() => removeEventListener("online", retry));
  return h("div", { class: "listed" },
    each(() => from.items.value, name, draw, h("ul", { role: "list", "aria-label": label })),
    () => {
      const state = from.state.value;
      if (state === "loading") return waiting();
      if (state === "failed") return h("div", { class: "note", role: "alert" }, h("p", {}, from.failure.value?.message ?? ""), h("button", { class: "plain", onclick: again }, "Try again"));
      if (from.items.value.length === 0) return empty();
      return from.hasMore.value ? h("button", { class: "plain wide", disabled: state === "more", onclick: () => void from.more() }, state === "more" ? "Loading…" : "Show more") : null;
    },
  );
}

/** The shape of what is coming. */
export function waiting(): HTMLElement {
  return h("div", { class: "waiting", role: "status" }, h("span", { class: "unseen" }, "Loading"), h("i"), h("i"), h("i"));
}

/** What is said where there is nothing, and what to do about it. */
export function nothing(title: string, words: string, ...rest: Node[]): HTMLElement {
  return h("div", { class: "nothing" }, icon("M12 21c.6-6 3-11 7-14M13 14c-1-2.6-2.6-4.3-4.6-5.3", "M19.5 6.5h.01M7.5 8h.01"), h("h3", {}, title), h("p", {}, words), ...rest);
}
