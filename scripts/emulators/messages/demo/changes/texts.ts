// Words that are replaced by others, wherever people read them.

import type { Pin } from '../pins.ts';
import type { Plan } from '../hands.ts';
import { elements, isJsx, visible, written } from '../markup.ts';
import { couldNotChange, outOfBounds } from '../say.ts';
import { TEXTS, type Splice, type Workshop } from '../workshop.ts';
import type { Outcome } from './outcome.ts';
import { byLikelihood, placeOf } from './pages.ts';

const ENTITY: Readonly<Record<string, string>> = { '&': '(?:&|&amp;)', '<': '(?:<|&lt;)', '>': '(?:>|&gt;)', '"': '(?:"|&quot;|\\\\")', "'": "(?:'|’|&#39;|&apos;|&rsquo;|\\\\')", '’': "(?:’|'|&rsquo;|&#39;)" };
const ANYWHERE = 'h[1-6]|p|li|a|button|span|strong|em|b|i|label|td|th|figcaption|blockquote|dt|dd|summary|legend|small|div|option|[A-Z]\\w*';

/** A pattern that finds a text in source, whatever its line breaks and entities. */
export function patternOf(text: string): string {
  const words = text.trim().split(/\s+/).map((word) => [...word].map((letter) => ENTITY[letter] ?? letter.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join(''));
  const edge = (letter: string | undefined, side: string): string => (letter !== undefined && /[\p{L}\p{N}]/u.test(letter) ? side : '');
  return `${edge(text.trim()[0], '(?<![\\p{L}\\p{N}_$-])')}${words.join('(?:\\s|&nbsp;)+')}${edge(text.trim().at(-1), '(?![\\p{L}\\p{N}_$-])')}`;
}

/** For Grep, which has no looking around and sees one line at a time: the first word that says most. */
export function grepFor(text: string): string {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [text];
  const longest = words.reduce((best, word) => (word.length > best.length ? word : best), '');
  return longest === '' ? text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : longest;
}

/** Places in a page's source that are for programs: inside of tags (but for the words that people get), and in imports. */
function isForPeople(content: string, at: number, path: string): boolean {
  const line = content.slice(content.lastIndexOf('\n', at - 1) + 1, at);
  if (/^\s*(?:import|export\s+\*|from|#include|@import|@use)\b/.test(line) || /\b(?:require|import)\(\s*["'][^"']*$/.test(line)) return false;
  if (/(?:href|src|srcset|id|class|className|for|htmlFor|name|type|to|rel|style|key)\s*=\s*\{?["'`][^"'`]*$/.test(line)) return false;
  if (/\.(?:json|ya?ml|toml|[mc]?[jt]s)$/.test(path)) return !/(?:https?:\/\/|\/)[^\s"']*$/.test(line) || /\s$/.test(line);
  const open = content.lastIndexOf('<', at);
  const inTag = open > content.lastIndexOf('>', at) && /^<[a-zA-Z!/]/.test(content.slice(open, open + 2));
  return !inTag || /(?:alt|title|content|aria-label|placeholder|value|label|description|summary)\s*=\s*\{?["'`][^"'`]*$/i.test(content.slice(open, at));
}

/** Where a text stands. One that has markup in its middle is found where it is all that an element says. */
function placesOf(content: string, path: string, from: string, flags: string): Splice[] {
  const found = inOnePiece(content, path, from, flags);
  if (found.length > 0) return found;
  const isIt = (text: string): boolean => (flags === 'i' ? text.toLowerCase() === from.toLowerCase() : text === from);
  return elements(content, path, ANYWHERE).filter(({ text, inner }) => isIt(text) && inner.includes('<')).slice(0, 1).map(({ innerStart, innerEnd }) => ({ start: innerStart, end: innerEnd, text: '' }));
}

function inOnePiece(content: string, path: string, from: string, flags: string): Splice[] {
  return [...content.matchAll(new RegExp(patternOf(from), `gu${flags}`))].filter((match) => isForPeople(content, match.index, path)).map((match) => ({ start: match.index, end: match.index + match[0].length, text: '' }));
}

/** The one element that was pointed at, by its words. */
function pinned(content: string, path: string, { element, text }: Pin): Splice[] {
  const all = elements(content, path, ANYWHERE).filter((candidate) => candidate.text === text);
  const found = all.filter(({ name }) => name === element).at(0) ?? all.at(-1);
  return found ? [{ start: found.innerStart, end: found.innerEnd, text: '' }] : [];
}

export function* replaceText(workshop: Workshop, { from, to, pin }: { from: string; to: string; pin: Pin | null }): Plan<Outcome> {
  if (from === '') return { problem: 'Tell me which words are to be replaced.' };
  const paths = yield* workshop.find(grepFor(from), TEXTS, true);
  const sources = yield* workshop.readAll(byLikelihood(paths.map((path) => ({ path })), null).map(({ path }) => path));
  let count = 0;
  let first: string | null = null;
  // As it was written; only when nothing is found, without regard to capitals.
  for (const flags of ['', 'i']) {
    for (const { path } of sources) {
      const where = (content: string): Splice[] => {
        const exact = pin ? pinned(content, path, pin) : [];
        const places = exact.length > 0 ? exact : placesOf(content, path, from, flags).slice(0, pin ? 1 : undefined);
        return places.map((place) => ({ ...place, text: written(to, path) }));
      };
      const content = yield* workshop.read(path);
      const places = content === null ? 0 : where(content).length;
      if (places === 0) continue;
      const changed = yield* workshop.change(path, where);
      if (changed === 'failed') return { problem: couldNotChange(`“${from}”`) };
      if (changed === 'changed') {
        count += places;
        first ??= path;
      }
      if (pin) break;
    }
    if (count > 0) break;
  }
  if (count === 0) return { problem: workshop.outOfBounds ? outOfBounds(`“${from}”`) : `I could not find “${from}” anywhere, so nothing was replaced.` };
  const where = count === 1 ? placeOf(first ?? '', null) : `in ${count} places`;
  return { done: `“${from}” is now “${to}” ${where}.`, commit: `Replace "${short(from)}" with "${short(to)}"` };
}

const short = (text: string): string => (text.length > 30 ? `${text.slice(0, 29)}…` : text);

/** A text taken out: with its element where that says nothing else. */
export function* removeText(workshop: Workshop, text: string, pin: Pin | null): Plan<Outcome | null> {
  const paths = yield* workshop.find(grepFor(text), TEXTS, true);
  for (const { path } of yield* workshop.readAll(paths)) {
    const where = (content: string): Splice[] => {
      const whole = elements(content, path, ANYWHERE).filter((element) => element.text.toLowerCase() === visible(text).toLowerCase());
      const element = whole.find(({ name }) => name === pin?.element) ?? whole[0];
      if (element) return [wholeLine(content, element.start, element.end)];
      return isJsx(path) || pin ? [] : placesOf(content, path, text, 'i').slice(0, 1).map((place) => ({ ...place, end: /^[^\S\n]/.test(content.slice(place.end)) ? place.end + 1 : place.end }));
    };
    const content = yield* workshop.read(path);
    if (content === null || where(content).length === 0) continue;
    const changed = yield* workshop.change(path, where);
    if (changed !== 'changed') return { problem: couldNotChange(`“${text}”`) };
    return { done: `I took out “${text}” ${placeOf(path, null)}.`, commit: `Remove "${short(text)}"` };
  }
  return null;
}

/** A part of the source, with its line where nothing else is on it. */
export function wholeLine(content: string, start: number, end: number): Splice {
  const lineStart = content.lastIndexOf('\n', start - 1) + 1;
  const nextLine = content.indexOf('\n', end);
  const lineEnd = nextLine < 0 ? content.length : nextLine + 1;
  const isAlone = content.slice(lineStart, start).trim() === '' && content.slice(end, lineEnd).trim() === '';
  return isAlone ? { start: lineStart, end: lineEnd, text: '' } : { start, end, text: '' };
}
