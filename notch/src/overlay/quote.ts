// Finding a quote again in a text that has changed since. Texts are compared without any of their white space: how a page's
// source is broken into lines, and where one element ends and the next begins, then says nothing. Knows nothing of pages.

/** What is known of the place: as in a W3C TextQuoteSelector, with white space. */
export interface Quote {
  exact: string;
  prefix: string;
  suffix: string;
  /** Where it was in the text with its white space folded, in code points; a hint between equals. */
  start: number | null;
}

/** A span of a text without white space. */
export interface Span {
  from: number;
  to: number;
}

/** What of the surroundings must still be there, without white space, for a changed quote to be found by them. */
const MARK = 14;
/** More places than these are not compared; a quote that is everywhere is nowhere. */
const PLACES = 400;

export const SPACE = /[\s\u0085]+/u;
const SPACES = /[\s\u0085]+/gu;
/** Without the characters that only say where a word may be broken, and with letters composed. */
export const clean = (text: string): string => text.replace(/[\u00ad\u200b\u2060\ufeff]/g, "").normalize();
export const squeeze = (text: string): string => clean(text).replace(SPACES, "");
export const fold = (text: string): string => clean(text).replace(SPACES, " ").trim();

/**
 * Where the quote stands in `text`, or null. Of several places the one with the best surroundings is taken, and of those the
 * one nearest to where it was; `startOf` says where a position is in the text with its white space.
 */
export function locate(text: string, quote: Quote, startOf: (at: number) => number): Span | null {
  const exact = squeeze(quote.exact);
  if (exact === "") return null;
  const prefix = squeeze(quote.prefix);
  const suffix = squeeze(quote.suffix);
  let best: { from: number; score: number; off: number } | null = null;
  for (const from of places(text, exact)) {
    const score = endsAlike(text, from, prefix) + beginsAlike(text, from + exact.length, suffix);
    if (best !== null && score < best.score) continue;
    const off = quote.start === null ? 0 : Math.abs(startOf(from) - quote.start);
    if (best === null || score > best.score || off < best.off) best = { from, score, off };
  }
  // Of a short quote, a place that has nothing else in common is another place.
  if (best !== null && (exact.length >= MARK || best.score > 0 || prefix + suffix === "")) return { from: best.from, to: best.from + exact.length };
  return rescue(text, exact, prefix, suffix);
}

/**
 * By what stands around it, or by its own beginning and end, when the middle was edited. Of several places the one with the
 * best surroundings, and of those the one that is most nearly as long.
 */
function rescue(text: string, exact: string, prefix: string, suffix: string): Span | null {
  const long = exact.length >= 2 * MARK;
  const lefts: { mark: string; skip: number }[] = [];
  const rights: { mark: string; keep: number }[] = [];
  if (prefix.length >= MARK) lefts.push({ mark: prefix.slice(-MARK), skip: MARK });
  if (long) lefts.push({ mark: exact.slice(0, MARK), skip: 0 });
  if (suffix.length >= MARK) rights.push({ mark: suffix.slice(0, MARK), keep: 0 });
  if (long) rights.push({ mark: exact.slice(-MARK), keep: MARK });
  const furthest = exact.length * 3 + 80;
  let best: (Span & { score: number; off: number }) | null = null;
  for (const left of lefts) {
    for (const at of places(text, left.mark)) {
      const from = at + left.skip;
      for (const right of rights) {
        const end = text.slice(from, from + furthest + MARK).indexOf(right.mark);
        if (end < 0) continue;
        const to = from + end + right.keep;
        if (to <= from) continue;
        const score = endsAlike(text, from, prefix) + beginsAlike(text, to, suffix);
        const off = Math.abs(to - from - exact.length);
        if (best === null || score > best.score || (score === best.score && off < best.off)) best = { from, to, score, off };
      }
    }
  }
  return best === null ? null : { from: best.from, to: best.to };
}

function* places(text: string, part: string): Generator<number> {
  let at = text.indexOf(part);
  for (let count = 0; at >= 0 && count < PLACES; count++) {
    yield at;
    at = text.indexOf(part, at + 1);
  }
}

/** How many characters before a place are those at the end of `part`. */
function endsAlike(text: string, at: number, part: string): number {
  let same = 0;
  while (same < part.length && same < at && text[at - 1 - same] === part[part.length - 1 - same]) same++;
  return same;
}

/** How many characters from a place on are those at the beginning of `part`. */
function beginsAlike(text: string, at: number, part: string): number {
  let same = 0;
  while (same < part.length && text[at + same] === part[same] && at + same < text.length) same++;
  return same;
}
