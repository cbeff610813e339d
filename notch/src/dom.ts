// A few words for making and finding elements. Text only ever becomes text nodes.

type Handler = (event: Event) => void;
type Props = Record<string, string | number | boolean | null | undefined | Handler>;
export type Child = Node | string | null | undefined | false;

/** Makes an element. A function is a listener for the event its name says (`onclick`), `true` an empty attribute. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child instanceof Node || typeof child === "string"));
  return element;
}

/** A button that looks like words; `spoken` is said for it where they alone are not clear. */
export function textButton(words: string, press: () => void, spoken?: string): HTMLButtonElement {
  return h("button", { type: "button", class: "text-button", "aria-label": spoken, onclick: press }, words);
}

/** The element with this id, or null when the page has none or it is of another kind. */
export function find<T extends HTMLElement>(id: string, kind: { new (): T }): T | null {
  const element = document.getElementById(id);
  return element instanceof kind ? element : null;
}

/** The element with this id. A page without it was not made for this island, and that is a bug of ours. */
export function need<T extends HTMLElement>(id: string, kind: { new (): T }): T {
  const element = find(id, kind);
  if (element === null) throw new Error(`this page has no #${id}`);
  return element;
}

/** Puts the children in place of all that an element holds. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => child instanceof Node || typeof child === "string"));
}

/** Says something where it stands, touching the page only when the words change (a live region repeats itself else). */
export function say(element: Element, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

/** Shows what is wrong with a field, or takes it back. */
export function blame(input: HTMLInputElement, where: Element, words: string): void {
  say(where, words);
  if (words === "") input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}
