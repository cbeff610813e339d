// What the loader on somebody's page and our frame in it say to each other. Each side takes these only from the one window
// and the one origin that it knows, looks at every field, and drops what it cannot read. Nothing in here names the visitor, or
// stands for their consent; `visitor` alone does, and the frame sends it only where they agreed to that.

import type { Drawing } from "./drawing.ts";
import { type Json, list, number, object, text } from "./json.ts";

/** A place on a page: W3C Web Annotation selectors, and percentages of the page for when those fail. */
export interface Anchor {
  exact: string;
  prefix: string;
  suffix: string;
  /** In code points of the page's text with its white space folded, or null. */
  start: number | null;
  css: string;
  /** 0 to 100. */
  x: number;
  y: number;
}

/** Somebody who left something on a page, as everybody may know them. */
export interface Name {
  name: string;
  url: string;
}

/** A sticker as the page may see it: what is public, and nothing of who looks. It brings its own drawing. */
export interface Sticker {
  id: string;
  anchor: Anchor;
  signal: string;
  label: string;
  art: Drawing | null;
  tilt: number;
  count: number;
  names: Name[];
}

/** From the loader. */
export type ToFrame =
  | { t: "me"; n: string }
  | { t: "page"; url: string; title: string }
  | { t: "size"; open: boolean }
  | { t: "pick"; anchor: Anchor }
  | { t: "sticker"; id: string };

/** From the frame. `who` goes to whatever window holds it, before it knows which that is; it says nothing. */
export type ToPage =
  | { t: "who"; n: string }
  | { t: "ready" }
  | { t: "size"; open: boolean }
  | { t: "stickers"; stickers: Sticker[] }
  | { t: "show"; id: string }
  | { t: "away" }
  | { t: "unmark" }
  | { t: "pick" }
  | { t: "visitor"; name: string; url: string; image: string | null };

/** Longest texts that are taken over from a page. */
const QUOTE = 500;
const CONTEXT = 64;
const ADDRESS = 4_000;
const TITLE = 300;
const IDS = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads what the page says; null for anything that is not exactly one of the messages. */
export function fromPage(data: unknown): ToFrame | null {
  const from = object<Json>(data);
  if (from === null) return null;
  switch (from["t"]) {
    case "size":
      return { t: "size", open: from["open"] === true };
    case "me": {
      const n = text(from, "n");
      return IDS.test(n) ? { t: "me", n } : null;
    }
    case "page": {
      const url = text(from, "url");
      return url.length <= ADDRESS && /^https?:\/\//.test(url) ? { t: "page", url, title: text(from, "title").slice(0, TITLE) } : null;
    }
    case "pick": {
      const anchor = readAnchor(from["anchor"]);
      return anchor === null ? null : { t: "pick", anchor };
    }
    case "sticker": {
      const id = text(from, "id");
      return IDS.test(id) ? { t: "sticker", id } : null;
    }
    default:
      return null;
  }
}

/** Which page of an origin an address names, without what only the browser looks at; null for pages of others. */
export function pathOn(origin: string, address: string): string | null {
  try {
    const url = new URL(address);
    return url.origin === origin ? url.pathname + url.search : null;
  } catch {
    return null;
  }
}

/** Reads a place on a page. */
export function readAnchor(value: unknown): Anchor | null {
  const from = object<Json>(value);
  if (from === null) return null;
  const [x, y] = [number(from, "x"), number(from, "y")];
  if (x === null || y === null || x < 0 || x > 100 || y < 0 || y > 100) return null;
  const start = number(from, "start");
  return {
    exact: text(from, "exact").slice(0, QUOTE),
    prefix: text(from, "prefix").slice(-CONTEXT),
    suffix: text(from, "suffix").slice(0, CONTEXT),
    start: start !== null && Number.isSafeInteger(start) && start >= 0 ? start : null,
    css: text(from, "css").slice(0, QUOTE),
    x,
    y,
  };
}

/** Reads stickers; those that cannot be read are left out. */
export function readStickers(value: unknown): Sticker[] {
  return list({ value }, "value", (item) => {
    const from = object<Json>(item);
    const anchor = readAnchor(from?.["anchor"]);
    if (from === null || anchor === null) return null;
    const id = text(from, "anchorId") || text(from, "id");
    const signal = text(from, "signal");
    const count = number(from, "count");
    if (!IDS.test(id) || !IDS.test(signal) || count === null || count < 1) return null;
    const tilt = Math.max(-13, Math.min(13, number(from, "tilt") ?? 0));
    return { id, anchor, signal, label: text(from, "label") || signal, art: Array.isArray(from["art"]) ? (from["art"] as Drawing) : null, tilt, count, names: list(from, "names", readName) };
  });
}

function readName(value: unknown): Name | null {
  const from = object<Json>(value);
  if (from === null) return null;
  const url = text(from, "url");
  const name = text(from, "name") || text(from, "domain");
  return name === "" ? null : { name, url: /^https?:\/\//.test(url) ? url : "" };
}
