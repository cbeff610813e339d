// Making elements that follow signals. Only nodes and text are ever made: there is no way from a string to markup here.

import { picture, svg } from "../drawing.ts";
import { type ReadonlySignal, effect, signal, untracked } from "./signal.ts";

type Value = string | number | boolean | null | undefined;
type Child = Node | string | number | null | undefined | false | (() => Child | Child[]) | Child[];
type Handler = (event: Event) => void;
/** `on…` listens, any other function is read again whenever a signal that it reads changes. */
type Props = { [name: string]: Value | (() => Value) | Handler };

/** What is to be stopped when the part of the page that is being made goes. */
let scope: (() => void)[] = [];

/** Runs now, and again whenever a signal that it reads changes, until the part of the page it belongs to goes. */
export function live(run: () => void): void {
  scope.push(effect(run));
}

/** Has something done when the part of the page that is being made goes. */
export function gone(run: () => void): void {
  scope.push(run);
}

/** Makes a part of the page, and what stops it. What it reads meanwhile counts for whoever makes it. */
function scoped<T>(make: () => T): [T, () => void] {
  const outer = scope;
  const own: (() => void)[] = [];
  scope = own;
  try {
    return [make(), () => own.splice(0).forEach((stop) => stop())];
  } finally {
    scope = outer;
  }
}

/** Makes a part of the page that stays until it is stopped, whatever becomes of what it reads meanwhile. */
export const part = <T>(make: () => T): [T, () => void] => scoped(() => untracked(make));

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as Handler);
    else if (typeof value === "function") live(() => set(element, name, (value as () => Value)()));
    else set(element, name, value);
  }
  add(element, children);
  return element;
}

function set(element: HTMLElement, name: string, value: Value): void {
  if (name === "value") (element as HTMLInputElement).value = String(value ?? "");
  else if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

function add(to: Node, children: Child[]): void {
  for (const child of children.flat() as Child[]) {
    if (typeof child === "function") region(to, child);
    else if (Array.isArray(child)) add(to, child);
    else if (child !== null && child !== undefined && child !== false) to.appendChild(child instanceof Node ? child : new Text(String(child)));
  }
}

/** Children that are made anew whenever a signal that they read changes. */
function region(to: Node, make: () => Child | Child[]): void {
  const [begin, end] = [new Text(""), new Text("")];
  to.appendChild(begin);
  to.appendChild(end);
  let stop = (): void => {};
  gone(() => stop());
  live(() => {
    stop();
    const holder = new DocumentFragment();
    [, stop] = scoped(() => {
      const made = make();
      untracked(() => add(holder, [made]));
    });
    while (begin.nextSibling !== end) begin.nextSibling?.remove();
    end.before(holder);
  });
}

/** A list of things, each drawn once for as long as it stays under its name; a thing that has changed is another object. */
export function each<T>(list: () => readonly T[], name: (item: T) => string, draw: (item: ReadonlySignal<T>) => HTMLElement, into: HTMLElement): HTMLElement {
  let rows = new Map<string, { node: HTMLElement; item: ReturnType<typeof signal<T>>; stop: () => void }>();
  gone(() => rows.forEach(({ stop }) => stop()));
  live(() => {
    const old = rows;
    rows = new Map();
    let at: ChildNode | null = into.firstChild;
    for (const item of list()) {
      const key = name(item);
      let row = old.get(key);
      old.delete(key);
      if (row === undefined) {
        const held = signal(item);
        const [node, stop] = part(() => draw(held as ReadonlySignal<T>));
        row = { node, item: held as never, stop };
      } else untracked(() => (row as { item: { value: T } }).item.value = item);
      rows.set(key, row);
      if (row.node === at) at = at.nextSibling;
      else into.insertBefore(row.node, at);
    }
    for (const { node, stop } of old.values()) {
      stop();
      node.remove();
    }
  });
  return into;
}

/** A drawing of lines on 24 by 24. */
export const icon = (...paths: string[]): Element => picture({ class: "icon" }, ...paths.map((d) => svg("path", { d })));
