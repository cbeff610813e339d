// What somebody points at, in words for people and as a way to find it again.

const KINDS: readonly (readonly [string, string])[] = [
  ["h1,h2,h3,h4,h5,h6,[role=heading]", "heading"],
  ["button,[role=button],input[type=submit],input[type=button],summary", "button"],
  ["a[href],[role=link]", "link"],
  ["img,picture,svg,canvas,[role=img]", "picture"],
  ["video,audio", "recording"],
  ["input,textarea,select", "field"],
  ["label,legend", "name of a field"],
  ["li", "list item"],
  ["ul,ol,dl", "list"],
  ["td,th", "cell"],
  ["table", "table"],
  ["nav", "menu"],
  ["form", "form"],
  ["header", "top of the page"],
  ["footer", "bottom of the page"],
  ["html,body,main", "page"],
];
/** How far above a word in bold its paragraph may be. */
const NEAR = 3;
const LONGEST_QUOTE = 60;

/** What somebody means who points at a part of a word, a line or a drawing. */
export function meant(pointed: Element): Element {
  let element = pointed;
  for (let up = 0; up < NEAR && element.parentElement !== null; up += 1) {
    if (KINDS.some(([selector, kind]) => kind !== "page" && element.matches(selector))) return element;
    if (!/^inline/.test(getComputedStyle(element).display) && !(element instanceof SVGElement)) break;
    element = element.parentElement;
  }
  return element.matches("html,body,main") ? pointed : element;
}

/** `the heading “Fresh bread”`. */
export function label(element: Element): string {
  const kind = KINDS.find(([selector]) => element.matches(selector))?.[1] ?? (hasWords(element) ? "text" : "area");
  // A menu or an area is known by where it stands, not by everything that is in it.
  const words = kind === "area" || kind === "page" || / of the page$/.test(kind) ? "" : quote(element);
  return `the ${kind}${words === "" ? "" : ` “${words}”`}`;
}

/** The words in it, on one line. */
export function wordsOf(element: Element, longest: number): string {
  return cut((element.textContent ?? "").replace(/\s+/g, " ").trim(), longest);
}

/** A selector that finds it again on the same page. */
export function selector(element: Element): string {
  const parts: string[] = [];
  for (let at: Element | null = element; at !== null && at !== document.documentElement; at = at.parentElement) {
    if (/^[a-z][\w-]*$/i.test(at.id) && document.querySelectorAll(`#${at.id}`).length === 1) {
      parts.unshift(`#${at.id}`);
      break;
    }
    const tag = CSS.escape(at.localName);
    const same = [...(at.parentElement?.children ?? [])].filter((other) => other.localName === at?.localName);
    parts.unshift(same.length > 1 ? `${tag}:nth-of-type(${same.indexOf(at) + 1})` : tag);
  }
  return parts.join(" > ");
}

function quote(element: Element): string {
  const said = element.getAttribute("aria-label") ?? element.getAttribute("alt") ?? element.getAttribute("placeholder");
  const title = element instanceof SVGElement ? element.querySelector("title")?.textContent : null;
  const named = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement ? element.labels?.[0] : null;
  const words = said ?? title ?? named?.textContent ?? (element instanceof HTMLInputElement ? element.value : element.textContent) ?? "";
  return cut(words.replace(/\s+/g, " ").trim(), LONGEST_QUOTE);
}

const hasWords = (element: Element): boolean =>
  [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? "").trim() !== "");

const cut = (words: string, longest: number): string => (words.length <= longest ? words : `${words.slice(0, longest - 1).trimEnd()}…`);
