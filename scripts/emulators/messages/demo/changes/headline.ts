// The headline of a page: the words that were given, or words of its own, made from those that are there.

import type { Pin } from '../pins.ts';
import type { Plan } from '../hands.ts';
import { headings, visible, written, type Element } from '../markup.ts';
import { couldNotChange, outOfBounds } from '../say.ts';
import type { Tone } from '../wishes.ts';
import { PAGES, TEXTS, type Source, type Splice, type Workshop } from '../workshop.ts';
import type { Outcome } from './outcome.ts';
import { byLikelihood, isForDevelopers, placeOf } from './pages.ts';

interface HeadlineWish {
  page: string | null;
  text: string | null;
  tone: Tone;
  pin: Pin | null;
}

/** `{title}` or `{{ page.title }}`: the words stand somewhere else, under this name. */
const expressionIn = (inner: string): string | null => /^\s*\{\{?\s*(?:[\w$]+\s*\??\.\s*)*([A-Za-z_$][\w$]*)\s*\}?\}\s*$/.exec(inner)?.[1] ?? null;

/** Another headline from the one that is there. */
export function reworded(text: string, tone: Tone): string {
  const bare = text.replace(/[.!?\s]+$/, '');
  if (tone === 'shorter') {
    const first = /^(.{3,}?)(?:\s*[,;:–—|]|\s+-\s|[.!?]\s|\s+(?:for|with|that|which|in|from|since)\s)/.exec(bare)?.[1];
    return first ?? bare.split(/\s+/).slice(0, Math.max(2, Math.ceil(bare.split(/\s+/).length / 2))).join(' ');
  }
  const welcome = /^welcome(?:\s+to)?\s+(.+)$/i.exec(bare)?.[1];
  if (welcome !== undefined) return `Hello, it is lovely to see you at ${welcome}!`;
  if (/^hello\b/i.test(bare)) return `${bare.replace(/^hello[,!]?\s*(?:and welcome[!.]?)?\s*/i, 'Come in, and make yourself at home: ')}`;
  return `Hello, and welcome! ${bare}`;
}

/** The headline of a file: what was pointed at, or else its first one, the biggest. */
function headlineOf({ path, content }: Source, pin: Pin | null): Element | null {
  const all = headings(content, path).filter(({ text, inner }) => text !== '' || expressionIn(inner) !== null);
  if (pin) return all.find(({ text }) => text === pin.text) ?? null;
  return all.find(({ name }) => name === 'h1') ?? null;
}

/** The text that a name stands for in a program or a data file, with its place. */
function constant(content: string, name: string): { text: string; start: number; end: number } | null {
  const match = new RegExp(`(?<![\\w$])["']?${name.replaceAll('$', '\\$')}["']?\\s*[:=]\\s*(["'\`])((?:(?!\\1)[^\\\\\\n]|\\\\.)*)\\1`).exec(content) ?? new RegExp(`^[ \\t-]*${name}:[ \\t]+()([^\\s"'{\\[|>&].*)$`, 'm').exec(content);
  if (!match) return null;
  const text = match[2] ?? '';
  const end = match.index + match[0].length - (match[1] ?? '').length;
  return { text: text.replace(/\\(.)/g, '$1'), start: end - text.length, end };
}

function* firstHeadline(workshop: Workshop, paths: readonly string[], pin: Pin | null): Plan<{ source: Source; headline: Element } | null> {
  for (const path of paths) {
    const content = yield* workshop.read(path);
    const headline = content === null ? null : headlineOf({ path, content }, pin);
    if (content !== null && headline) return { source: { path, content }, headline };
  }
  return null;
}

export function* changeHeadline(workshop: Workshop, wish: HeadlineWish): Plan<Outcome> {
  const { page, pin } = wish;
  const paths = yield* workshop.find('<h[1-4]([ >]|$)|^#{1,4} ', PAGES);
  const files = byLikelihood(paths.filter((path) => !isForDevelopers(path)).map((path) => ({ path })), page);
  const found = yield* firstHeadline(workshop, files.map(({ path }) => path), pin);
  if (!found) {
    if (workshop.outOfBounds) return { problem: outOfBounds('the headline') };
    return { problem: `I could not find ${page === null || page === 'home' ? 'a headline' : `a headline on a page called “${page}”`}. Tell me the words of the one that you mean.` };
  }
  const { source, headline } = found;
  const name = expressionIn(headline.inner);
  if (name !== null) return yield* changeConstant(workshop, wish, name, placeOf(source.path, page));
  const text = wish.text ?? reworded(headline.text, wish.tone);
  const changed = yield* workshop.change(source.path, (content): Splice[] => {
    const now = headlineOf({ path: source.path, content }, pin);
    if (!now || now.text !== headline.text) return [];
    return [{ ...withoutSpace(now), text: written(text, source.path) }];
  });
  return said(changed, headline.text, text, placeOf(source.path, page));
}

/** The place of the words alone: the white space around them stays, a page may be laid out with it. */
function withoutSpace({ inner, innerStart, innerEnd }: Element): { start: number; end: number } {
  return { start: innerStart + (/^\s*/.exec(inner)?.[0].length ?? 0), end: innerEnd - (/\s*$/.exec(inner)?.[0].length ?? 0) };
}

function said(changed: 'changed' | 'nothing' | 'failed', before: string, text: string, place: string): Outcome {
  if (changed === 'failed') return { problem: couldNotChange('the headline') };
  if (changed === 'nothing') return { problem: `The headline ${place} already says “${text}”.` };
  return { done: `The headline ${place} now says “${text}”; it used to say “${before}”.`, commit: `Change the headline ${place}` };
}

function* changeConstant(workshop: Workshop, wish: HeadlineWish, name: string, place: string): Plan<Outcome> {
  const paths = yield* workshop.find(`${name}["']?\\s*[:=]`, TEXTS);
  for (const { path, content } of yield* workshop.readAll(paths)) {
    const found = constant(content, name);
    if (!found || visible(found.text) === '') continue;
    const text = wish.text ?? reworded(found.text, wish.tone);
    const changed = yield* workshop.change(path, (now): Splice[] => {
      const at = constant(now, name);
      return at ? [{ start: at.start, end: at.end, text: text.replace(/[\\"'`]/g, '\\$&') }] : [];
    });
    return said(changed, found.text, text, place);
  }
  return { problem: workshop.outOfBounds ? outOfBounds('the words of the headline') : 'The words of the headline are put together by a program, and I could not find where. Tell me the words that you see.' };
}
