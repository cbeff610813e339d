// The text of a page and where in its nodes each part of it stands, by the rules of `workers/domain/src/social/text.rs`, so that
// the server finds in its source what is found here. Read in short steps, so that a long page never stalls.

import type { Anchor } from "../messages.ts";
import { SPACE, type Span, clean, fold, locate, squeeze } from "./quote.ts";

/** How long one step may take; on a phone each is several times that. */
const STEP_MS = 6;
/** How much of what surrounds a quote is told with it, and how long a quote may be, without white space. */
const CONTEXT = 32;
const LONGEST = 280;

/** Of `NodeFilter`, whose own names would be carried along. */
const SHOW_ELEMENTS_AND_TEXT = 5;
const [ACCEPT, REJECT, SKIP] = [1, 2, 3];

const SKIPPED = /^(audio|canvas|datalist|iframe|math|no(embed|frames|script)|object|plaintext|script|select|style|svg|template|textarea|title|video)$/;
const BLOCKS = /^(address|article|aside|blockquote|body|br|caption|center|d[dlt]|details|dialog|dir|div|fieldset|fig(caption|ure)|footer|form|h[1-6r]|header|hgroup|html|legend|li|main|menu|nav|[ou]l|p|pre|search|section|summary|table|t(body|d|foot|h|head|r)|xmp)$/;

export interface Text {
  /** All of it, without white space. */
  text: string;
  nodes: globalThis.Text[];
  /** Where in `text` each node begins. */
  starts: number[];
  /** The white space before each node, folded: what to add to get from `text` to the text as it is read. */
  spaces: number[];
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Reads the page. */
export async function read(): Promise<Text> {
  const found: Text = { text: "", nodes: [], starts: [], spaces: [] };
  let gap = false;
  const walker = document.createTreeWalker(document.body, SHOW_ELEMENTS_AND_TEXT, (node) => {
    if (!(node instanceof Element)) return ACCEPT;
    gap ||= BLOCKS.test(node.localName);
    return SKIPPED.test(node.localName) || node.matches("[hidden],[data-no-annotate]") ? REJECT : SKIP;
  });
  const parts: string[] = [];
  let length = 0;
  let spaces = 0;
  let block: Element | null = null;
  let parent: Element | null = null;
  let since = performance.now();
  for (let node = walker.nextNode() as globalThis.Text | null; node !== null; node = walker.nextNode() as globalThis.Text | null) {
    if (node.parentElement !== parent) {
      parent = node.parentElement;
      let holder = parent;
      while (holder !== null && !BLOCKS.test(holder.localName)) holder = holder.parentElement;
      gap ||= holder !== block;
      block = holder;
    }
    const words = clean(node.data).split(SPACE);
    const part = words.join("");
    if (part === "") gap ||= words.length > 1;
    else {
      gap ||= words[0] === "";
      if (gap && length > 0) spaces++;
      found.nodes.push(node);
      found.starts.push(length);
      found.spaces.push(spaces);
      parts.push(part);
      length += part.length;
      spaces += words.filter((word) => word !== "").length - 1;
      gap = words.at(-1) === "";
    }
    if (performance.now() - since > STEP_MS) {
      await pause();
      since = performance.now();
    }
  }
  found.text = parts.join("");
  return found;
}

/** Where the place of an anchor is now. */
export function find(text: Text, anchor: Anchor): Range | null {
  const span = locate(text.text, anchor, (at) => at + (text.spaces[nodeAt(text, at)] ?? 0));
  return span === null ? null : rangeOf(text, span);
}

/** The words of a span, as they are read. */
export function wordsOf(text: Text, from: number, to: number): string {
  const span = { from: Math.max(0, from), to: Math.min(text.text.length, to) };
  const range = span.from < span.to ? rangeOf(text, span) : null;
  if (range === null) return "";
  let words = "";
  let spaces: number | undefined;
  for (let at = nodeAt(text, span.from); at <= nodeAt(text, span.to - 1); at++) {
    const { data = "" } = text.nodes[at] ?? {};
    const before = text.spaces[at] ?? 0;
    // Between two nodes there is white space exactly if the count says so.
    if (spaces !== undefined && before > spaces) words += " ";
    const end = text.nodes[at] === range.endContainer ? range.endOffset : data.length;
    words += data.slice(text.nodes[at] === range.startContainer ? range.startOffset : 0, end);
    spaces = before + fold(data).split(" ").length - 1;
  }
  return fold(words);
}

/** The span that a selection covers; null when there are no words in it. */
export function spanOf(text: Text, range: Range): Span | null {
  let from = Infinity;
  let to = -1;
  const first = countWhile(text.nodes, (node) => node.isConnected && range.comparePoint(node, node.data.length) < 0);
  for (let at = first; at < text.nodes.length; at++) {
    const node = text.nodes[at];
    if (node === undefined || !range.intersectsNode(node)) break;
    const start = text.starts[at] ?? 0;
    const begin = node === range.startContainer ? squeeze(node.data.slice(0, range.startOffset)).length : 0;
    const end = squeeze(node === range.endContainer ? node.data.slice(0, range.endOffset) : node.data).length;
    if (end <= begin) continue;
    from = Math.min(from, start + begin);
    to = Math.max(to, start + end);
  }
  return to > from ? { from, to: Math.min(to, from + LONGEST) } : null;
}

/** Describes the place of a span. */
export function describe(text: Text, span: Span): Anchor {
  const range = rangeOf(text, span);
  const { x, y } = range === null ? { x: 50, y: 0 } : percentOf(range.getBoundingClientRect());
  const holder = range?.commonAncestorContainer;
  return {
    exact: wordsOf(text, span.from, span.to),
    prefix: wordsOf(text, span.from - CONTEXT, span.from),
    suffix: wordsOf(text, span.to, span.to + CONTEXT),
    start: [...text.text.slice(0, span.from)].length + spacesAt(text, span.from),
    css: selector(holder instanceof Element ? holder : (holder?.parentElement ?? null)),
    x,
    y,
  };
}

/** Where the end of something is, in percent of the page. */
export function percentOf(rect: DOMRect): { x: number; y: number } {
  const { scrollWidth, scrollHeight } = document.documentElement;
  const within = (part: number, whole: number): number => Math.round(Math.max(0, Math.min(100, (100 * part) / (whole || 1))) * 100) / 100;
  return { x: within(rect.right + scrollX, scrollWidth), y: within(rect.top + scrollY, scrollHeight) };
}

/** A path to an element from the top. */
export function selector(element: Element | null): string {
  const steps: string[] = [];
  for (let here = element; here !== null && here !== document.body; here = here.parentElement) {
    steps.unshift(`${here.localName}:nth-child(${[...(here.parentElement?.children ?? [])].indexOf(here) + 1})`);
  }
  return ["body", ...steps].join(">");
}

function rangeOf(text: Text, { from, to }: Span): Range | null {
  const [first, last] = [nodeAt(text, from), nodeAt(text, to - 1)];
  const [begin, end] = [text.nodes[first], text.nodes[last]];
  if (begin === undefined || end === undefined) return null;
  const range = document.createRange();
  try {
    range.setStart(begin, offsetIn(begin.data, from - (text.starts[first] ?? 0)));
    range.setEnd(end, offsetIn(end.data, to - 1 - (text.starts[last] ?? 0)) + 1);
  } catch {
    // The page has changed since it was read, and is about to be read again.
    return null;
  }
  return range;
}

/** The offset in a node's text of its n-th character that is no white space. */
function offsetIn(data: string, n: number): number {
  let left = n;
  for (let at = 0; at < data.length; at++) {
    if (squeeze(data[at] ?? "") === "") continue;
    if (left-- === 0) return at;
  }
  return data.length;
}

function spacesAt(text: Text, at: number): number {
  const node = nodeAt(text, at);
  const data = text.nodes[node]?.data ?? "";
  // With the character that stands there, so that the white space right before it counts.
  const before = fold(data.slice(0, offsetIn(data, at - (text.starts[node] ?? 0)) + 1));
  return (text.spaces[node] ?? 0) + before.split(" ").length - 1;
}

/** The last node that begins at or before a place. */
const nodeAt = (text: Text, at: number): number => Math.max(0, countWhile(text.starts, (start) => start <= at) - 1);

/** How many of a sorted list, from its beginning on, are such. */
function countWhile<T>(list: readonly T[], are: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (are(list[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
