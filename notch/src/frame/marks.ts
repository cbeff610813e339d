// What people left on the page on which the frame stands. The page gets of it what everybody may see.

import { effect } from "./signal.ts";
import { type Json, list, number, object, oneOf, text, texts } from "../json.ts";
import { type Sticker, readStickers } from "../messages.ts";
import { drawingOf, isSignal, says } from "../signals.ts";
import { askAsNobody } from "./api.ts";
import { paged } from "./list.ts";
import { brief } from "./site.ts";
import { me, tellPage, url } from "./state.ts";

export interface Mark extends Sticker {
  /** What of it the page is told. */
  open: Sticker;
  /** Whether the words are still on the page. */
  lost: boolean;
  /** The visitor's own, if it is among them. */
  mine: string | null;
}

export interface Comment {
  id: string;
  anchorId: string;
  signal: string;
  author: { name: string; url: string; image: string | null };
  body: string;
  createdAt: unknown;
  mine: boolean;
  /** By the owner of the page, who alone is still told of it. */
  hidden: boolean;
}

const path = (): string => `notch/reactions?url=${encodeURIComponent(url.peek() ?? "")}`;
export const comments = paged(path, "comments", readComment);

/** The stickers, with what the visitor may know and the page may not. */
export function marks(said = comments.said.value): Mark[] {
  const raw = said["stickers"];
  return list({ raw }, "raw", (item) => {
    const from = object<Json>(item);
    const [sticker] = readStickers([item]);
    if (from === null || sticker === undefined || !isSignal(sticker.signal)) return null;
    const lost = oneOf(object<Json>(from["anchor"])?.["state"], ["lost"]) !== null;
    const open: Sticker = { ...sticker, label: says(sticker.signal), art: drawingOf(sticker.signal) };
    return { ...open, open, lost, mine: text(from, "mine") || null };
  });
}

function readComment(item: unknown): Comment | null {
  const from = object<Json>(item);
  const id = from === null ? "" : text(from, "id");
  if (from === null || id === "") return null;
  const said = object<Json>(from["author"]) ?? {};
  const author = brief(said) ?? { name: text(said, "name") || "Somebody", url: "", image: null };
  return { ...texts(from, "id", "anchorId", "signal", "body"), author, createdAt: from["createdAt"] ?? number(from, "createdAt"), mine: from["mine"] === true, hidden: from["hidden"] === true };
}

/** Fetches them for every page that the visitor comes to, and hands on to the page what is public. */
export function follow(): void {
  effect(() => {
    if (url.value !== null) void comments.load();
  });
  effect(() => {
    if (comments.state.value === "ready" && me.value !== undefined) void tell(comments.said.value);
  });
}

/**
 * The page is told what it could ask itself. What a visitor is shown leaves out whom they have blocked, and their own name: by
 * what is missing the page would know who they are.
 */
async function tell(said: Json): Promise<void> {
  let open: Json | null = said;
  if (me.peek() !== null) {
    const answer = await askAsNobody(path());
    open = answer.ok && said === comments.said.value ? object<Json>(answer.body) : null;
  }
  if (open !== null) tellPage({ t: "stickers", stickers: marks(open).filter(({ lost }) => !lost).map((mark) => mark.open) });
}
