// What lies on the page itself: stickers, the marking of what is being reacted to, and what is left when the frame may not be
// shown. Loaded when there is any of it. It has public data only; who looks at it is not known here.

import { draw as drawn } from "../drawing.ts";
import { type Anchor, type Sticker, type ToFrame, type ToPage, readStickers } from "../messages.ts";
import { type Text, describe, find, percentOf, read, selector, spanOf } from "./text.ts";
import { style } from "./style.ts";

export interface Loader {
  host: HTMLElement;
  bar: HTMLElement;
  home: string;
  open: (wanted: boolean) => void;
  tell: (message: ToFrame) => void;
}

interface Shown {
  sticker: Sticker;
  item: HTMLLIElement;
  range: Range | null;
}

const SIDE = 44;
/** How far one sticker at a place stands from the next. */
const STEP = 34;
/** How long the page is left to settle after a change. */
const SETTLE_MS = 250;

let loader: Loader;
let list: HTMLElement;
let marks: HTMLElement;
let shown: Shown[] = [];
let text: Promise<Text> | null = null;
let picked: Range | null = null;
let turn = 0;

export function start(given: Loader): void {
  loader = given;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  const root = loader.host.shadowRoot;
  if (root === null) return;
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  list = make("ul", { class: "s", role: "list", "aria-label": "Reactions on this page" });
  marks = make("section", { class: "s", "aria-hidden": "true" });
  list.hidden = true;
  root.prepend(marks, list);
  addEventListener("resize", soon, { passive: true });
  // Of parts of the page that scroll by themselves; what scrolls with the page needs nothing.
  addEventListener("scroll", ({ target }) => target !== document && soon(), { passive: true, capture: true });
  document.fonts?.ready.then(soon);
  new ResizeObserver(soon).observe(document.body);
  new MutationObserver(changed).observe(document.body, { childList: true, characterData: true, subtree: true });
  document.addEventListener("selectionchange", () => {
    if (picked === null) return;
    clearTimeout(reselect);
    reselect = setTimeout(() => {
      if (picked !== null && words() !== "") pick();
    }, SETTLE_MS);
  });
}
let reselect: ReturnType<typeof setTimeout>;

/** What the frame says that is no business of the bar's. */
export function hear({ source, data }: MessageEvent): void {
  const message = data as ToPage;
  switch (message.t) {
    case "who":
      (source as Window).postMessage({ t: "me", n: message.n }, loader.home);
      break;
    case "stickers":
      void show(readStickers(message.stickers));
      break;
    case "show":
      reveal(message.id);
      break;
    case "pick":
      pick();
      break;
    case "unmark":
      picked = null;
      marks.replaceChildren();
      break;
    case "away":
      away();
      break;
    case "visitor":
      loader.host.dispatchEvent(new CustomEvent("vetka-visitor", { detail: { name: message.name, url: message.url, image: message.image } }));
  }
}

/** Tells the frame what is selected, or else what stands in the middle of the window. */
export function pick(): void {
  const chosen = words() === "" ? null : getSelection()!.getRangeAt(0).cloneRange();
  void getText().then((text) => {
    const range = chosen ?? inView();
    const span = range === null ? null : spanOf(text, range);
    picked = range;
    mark();
    loader.tell({ t: "pick", anchor: span === null ? nowhere() : describe(text, span) });
  });
}

/** Stands in for the frame when that may not be shown. */
export function instead(open: boolean): void {
  let menu = loader.bar.querySelector<HTMLElement>(".f");
  if (menu === null) {
    const elsewhere = { target: "_blank", rel: "noopener" };
    // The page's name without its query, which may say things about the visitor.
    const report = `${loader.home}/report?url=${encodeURIComponent(location.origin + location.pathname)}`;
    const hide = make("button", {}, "Hide this bar");
    hide.addEventListener("click", away);
    menu = make("section", { class: "f", "aria-label": "Notch" },
      make("p", {}, "This page does not let Notch open here."),
      make("a", { href: `${loader.home}/sites/${location.hostname}`, ...elsewhere }, "Open Vetka in a tab"),
      make("a", { href: report, ...elsewhere }, "Report this page"),
      hide,
    );
    loader.bar.append(menu);
  }
  menu.hidden = !open;
}

function away(): void {
  loader.host.remove();
  try {
    sessionStorage["vetka-notch"] = "1";
  } catch {
    // Without a memory it is gone from this page only.
  }
}

async function show(stickers: Sticker[]): Promise<void> {
  const mine = ++turn;
  const fresh = stickers.length > 0 ? await getText() : null;
  if (mine !== turn) return;
  const before = new Map(shown.map((one) => [key(one.sticker), one]));
  shown = stickers.map((sticker) => {
    const old = before.get(key(sticker));
    const item = draw(sticker);
    if (old === undefined && before.size > 0) item.classList.add("new");
    // Who has the focus keeps it.
    const focused = old?.item.contains((list.getRootNode() as ShadowRoot).activeElement) === true;
    if (old !== undefined) old.item.replaceWith(item);
    else list.append(item);
    if (focused) item.querySelector("button")?.focus();
    before.delete(key(sticker));
    return { sticker, item, range: fresh === null ? null : find(fresh, sticker.anchor) };
  });
  for (const { item } of before.values()) item.remove();
  list.hidden = shown.length === 0;
  place();
}

const key = ({ id, signal }: Sticker): string => `${id} ${signal}`;

/** Brings a sticker into view and lets it be seen. */
function reveal(id: string): void {
  const one = shown.find(({ sticker }) => sticker.id === id);
  if (one === undefined) return;
  const calm = matchMedia("(prefers-reduced-motion:reduce)").matches;
  one.item.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
  one.item.classList.add("look");
  setTimeout(() => one.item.classList.remove("look"), 1_600);
}

function draw({ id, label, art, tilt, count, names, anchor: { exact } }: Sticker): HTMLLIElement {
  const known = names.slice(0, 3);
  const others = count - known.length;
  const who: (string | Element)[] = known.flatMap(({ name, url }, at) => [
    at === 0 ? "" : at === count - 1 ? " and " : ", ",
    url === "" ? name : make("a", { href: url, target: "_blank", rel: "noopener nofollow ugc" }, name),
  ]);
  if (others > 0) who.push(known.length === 0 ? (others === 1 ? "One person" : `${others} people`) : ` and ${others} ${others === 1 ? "other" : "others"}`);
  const card = make("p", {}, make("strong", {}, label), ...who);
  const button = make("button", { "aria-label": `${label}: ${card.textContent.slice(label.length)}${exact === "" ? "" : `, on “${exact.slice(0, 80)}”`}` });
  if (art !== null) button.append(drawn(art));
  if (count > 1) button.append(make("b", { "aria-hidden": "true" }, count > 99 ? "99+" : String(count)));
  button.style.setProperty("--tilt", `${tilt}deg`);
  button.addEventListener("click", () => {
    loader.open(true);
    loader.tell({ t: "sticker", id });
  });
  const item = make("li", {}, button, card);
  item.addEventListener("keydown", ({ key }) => key === "Escape" && button.blur());
  return item;
}

/** Puts every sticker by its words. All is measured first and written afterwards, so that the page is laid out once. */
function place(): void {
  if (shown.length === 0 && picked === null) return;
  const origin = list.getBoundingClientRect();
  const { clientWidth, scrollWidth, scrollHeight } = document.documentElement;
  const taken = new Map<string, number>();
  const places = shown.map(({ sticker: { anchor }, range }) => {
    const rects = range?.getClientRects();
    const rect = rects?.[rects.length - 1];
    if (range !== null && (rect === undefined || rect.width + rect.height === 0)) return null;
    const [x, y] = rect === undefined
      ? [(anchor.x / 100) * scrollWidth - scrollX, (anchor.y / 100) * scrollHeight - scrollY]
      : [rect.right, rect.top + Math.min(rect.height / 2, 16)];
    const near = `${Math.round(x / SIDE)} ${Math.round(y / SIDE)}`;
    const before = taken.get(near) ?? 0;
    taken.set(near, before + 1);
    const left = Math.max(4, Math.min(clientWidth - SIDE - 4, x - 6)) - before * (x + before * STEP > clientWidth - SIDE ? STEP : -STEP);
    return { left: left - origin.left, top: y - SIDE / 2 - origin.top, card: `${y > innerHeight * 0.75 ? "up" : ""} ${left > clientWidth / 2 ? "at" : ""}` };
  });
  for (const [at, { item }] of shown.entries()) {
    const where = places[at];
    item.style.cssText = where == null ? "display:none" : `left:${Math.round(where.left)}px;top:${Math.round(where.top)}px`;
    item.lastElementChild!.className = where?.card ?? "";
  }
  mark();
}

/** Marks what is being reacted to. */
function mark(): void {
  const origin = marks.getBoundingClientRect();
  const rects = [...(picked?.getClientRects() ?? [])].slice(0, 40);
  marks.replaceChildren(...rects.map(({ left, top, width, height }) => {
    const box = make("i", {});
    box.style.cssText = `left:${left - origin.left}px;top:${top - origin.top}px;width:${width}px;height:${height}px`;
    return box;
  }));
}

let frame = 0;
function soon(): void {
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(place);
}

let settle: ReturnType<typeof setTimeout>;
function changed(): void {
  text = null;
  clearTimeout(settle);
  settle = setTimeout(() => (window.requestIdleCallback ?? setTimeout)(again), SETTLE_MS);
}

/** After the page has changed: those that still stand by their words only move with them. */
async function again(): Promise<void> {
  const lost = shown.filter(({ sticker, range }) => range === null || range.collapsed || !range.startContainer.isConnected || squeezed(range.toString()) !== squeezed(sticker.anchor.exact));
  if (lost.length > 0) {
    const mine = turn;
    const fresh = await getText();
    if (mine !== turn) return;
    for (const one of lost) one.range = find(fresh, one.sticker.anchor);
  }
  place();
}
const squeezed = (words: string): string => words.replace(/\s+/gu, "");

function getText(): Promise<Text> {
  return (text ??= read());
}

/** What is selected, or nothing. */
const words = (): string => String(getSelection() ?? "").trim();

/** The words of whatever block stands in the middle of the window. */
function inView(): Range | null {
  for (const part of [0.4, 0.25, 0.55, 0.7, 0.1]) {
    const found = document.elementFromPoint(innerWidth / 2, innerHeight * part)?.closest("p,h1,h2,h3,h4,h5,h6,li,blockquote,figcaption,td,dd,dt,pre");
    if (found == null || found.textContent.trim() === "") continue;
    const range = document.createRange();
    range.selectNodeContents(found);
    return range;
  }
  return null;
}

/** A place without words: the middle of the window. */
function nowhere(): Anchor {
  const element = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  const at = percentOf(new DOMRect(innerWidth / 2, innerHeight / 2));
  return { exact: "", prefix: "", suffix: "", start: null, css: selector(element), ...at };
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string>, ...children: (string | Element)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
