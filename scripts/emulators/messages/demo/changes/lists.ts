// Items of lists: in pages, in Markdown, and in the arrays of texts that a page is made from.

import type { Plan } from '../hands.ts';
import { elements, headings, visible, written, attribute, type Element } from '../markup.ts';
import { couldNotChange, outOfBounds } from '../say.ts';
import { keywords, likeness } from '../words.ts';
import { TEXTS, type Splice, type Workshop } from '../workshop.ts';
import type { Outcome } from './outcome.ts';
import { byLikelihood, placeOf } from './pages.ts';
import { grepFor, removeText, wholeLine } from './texts.ts';

/** A list in a file: what tells it from others, and where its items are. */
interface List {
  /** Its names: heading above, id, class, label. */
  names: string;
  items: { text: string; start: number; end: number }[];
  isNavigation: boolean;
  /** What is to stand in the file so that an item comes after the last one. */
  adding(item: string): Splice;
}

/** For Grep: where lists may be. */
const LISTS = '<li|^\\s*[-*] |\\[\\s*$|\\[\\s*["\']';

/** The heading that a place in a page stands under. */
function headingAbove(all: readonly Element[], at: number): string {
  return all.filter(({ end }) => end <= at).at(-1)?.text ?? '';
}

/** `<li>…</li>` for another item, like the one that is there: with its tag and, where it has one text only, its inside. */
function another(content: string, path: string, last: Element, item: string): string {
  const opening = content.slice(last.start, last.innerStart);
  const texts = last.inner.split(/(<[^>]*>)/).filter((part) => !part.startsWith('<') && part.trim() !== '');
  const isLink = /<a[\s>]/i.test(last.inner);
  const inner = texts.length === 1 && !isLink ? last.inner.replace(texts[0] ?? '', (text) => text.replace(/\S[\s\S]*\S|\S/, written(item, path))) : written(item, path);
  return `${opening}${inner}${content.slice(last.innerEnd, last.end)}`;
}

function markupLists(content: string, path: string): List[] {
  const above = headings(content, path);
  const navs = elements(content, path, 'nav');
  return elements(content, path, 'ul|ol|menu').flatMap((list): List[] => {
    const all = elements(content, path, 'li').filter(({ start, end }) => start >= list.innerStart && end <= list.innerEnd);
    const items = all.filter((item) => !all.some((outer) => outer !== item && outer.start < item.start && outer.end > item.end));
    const last = items.at(-1);
    // What a program repeats (`{items.map(…)}`) is no list of items.
    if (!last || /\.map\(|v-for=|\{#each|\{%\s*for/.test(content.slice(list.start, list.end))) return [];
    const lineStart = content.lastIndexOf('\n', last.start - 1) + 1;
    const indent = content.slice(lineStart, last.start).trim() === '' ? `\n${content.slice(lineStart, last.start)}` : '';
    return [
      {
        names: [headingAbove(above, list.start), ...['id', 'class|className', 'aria-label'].map((name) => attribute(list, name)?.value ?? '')].join(' ').replace(/[-_]/g, ' '),
        items,
        isNavigation: navs.some(({ start, end }) => start < list.start && end > list.end),
        adding: (item) => ({ start: last.end, end: last.end, text: `${indent}${another(content, path, last, item)}` }),
      },
    ];
  });
}

function markdownLists(content: string, path: string): List[] {
  const above = headings(content, path);
  return [...content.matchAll(/(?:^[ \t]*(?:[-*+]|\d+\.)[ \t]+.+(?:\n|$))+/gm)].map((match): List => {
    const items = [...match[0].matchAll(/^([ \t]*(?:[-*+]|\d+\.)[ \t]+)(.+)$/gm)].map((item) => ({
      text: visible(item[2] ?? ''),
      start: match.index + item.index,
      end: match.index + item.index + item[0].length,
      mark: item[1] ?? '- ',
    }));
    const last = items.at(-1) ?? { end: match.index, mark: '- ' };
    const mark = last.mark.replace(/\d+/, (number) => String(Number(number) + 1));
    return { names: headingAbove(above, match.index), items, isNavigation: false, adding: (item) => ({ start: last.end, end: last.end, text: `\n${mark}${item}` }) };
  });
}

/** `services = ['One', 'Two']`: arrays of nothing but texts. */
function arrays(content: string): List[] {
  const text = `(?:"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*')`;
  return [...content.matchAll(new RegExp(`["']?([A-Za-z_]\\w*)["']?\\s*(?::\\s*[\\w<>\\[\\] ]+)?[:=]\\s*\\[(\\s*${text}(?:\\s*,\\s*${text})*\\s*,?\\s*)\\]`, 'g'))].flatMap((match): List[] => {
    const bodyStart = match.index + match[0].length - 1 - (match[2] ?? '').length;
    const items = [...(match[2] ?? '').matchAll(new RegExp(text, 'g'))].map((item) => ({ text: item[0].slice(1, -1).replace(/\\(.)/g, '$1'), start: bodyStart + item.index, end: bodyStart + item.index + item[0].length }));
    const last = items.at(-1);
    if (!last) return [];
    const quote = content.charAt(last.start);
    const before = items.at(-2);
    const between = before === undefined ? ', ' : content.slice(before.end, last.start);
    return [
      {
        names: (match[1] ?? '').replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' '),
        items,
        isNavigation: false,
        adding: (item) => ({ start: last.end, end: last.end, text: `${between}${quote}${item.replace(/[\\"']/g, (letter) => (letter === quote || letter === '\\' ? `\\${letter}` : letter))}${quote}` }),
      },
    ];
  });
}

function listsIn(content: string, path: string): List[] {
  if (/\.mdx?$/.test(path)) return markdownLists(content, path);
  return [...(/\.(?:json|[mc]?[jt]s)$/.test(path) ? [] : markupLists(content, path)), ...(/\.(?:json|[mc]?[jt]sx?|vue|svelte|astro)$/.test(path) ? arrays(content) : [])];
}

/** How much a list is the one that was named; without a name, any that is no navigation. */
function likely(list: List, name: string): number {
  if (keywords(name).length === 0) return list.isNavigation ? 0.1 : 0.5;
  return likeness(name, list.names) + (list.isNavigation && !/\b(?:nav|menu)/i.test(name) ? -0.3 : 0);
}

function best(content: string, path: string, name: string): { list: List; score: number } | null {
  const all = listsIn(content, path).map((list) => ({ list, score: likely(list, name) }));
  return all.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score)[0] ?? null;
}

const called = (name: string): string => (name === '' ? 'the list' : `the list of ${name.toLowerCase()}`);

export function* addItem(workshop: Workshop, { item, list: name, page }: { item: string; list: string; page: string | null }): Plan<Outcome> {
  // The name of a list stands above it, or in it; a list without a name can be anywhere.
  const word = keywords(name).toSorted((a, b) => b.length - a.length)[0];
  const paths = yield* word === undefined ? workshop.find(LISTS, TEXTS) : workshop.find(word, TEXTS, true);
  const sources = byLikelihood(yield* workshop.readAll(paths), page);
  const found = sources.flatMap(({ path, content }) => {
    const candidate = best(content, path, name);
    return candidate ? [{ path, ...candidate }] : [];
  });
  const top = found.sort((a, b) => b.score - a.score)[0];
  if (!top) return { problem: workshop.outOfBounds ? outOfBounds(called(name)) : `I could not find ${called(name)}. Tell me the heading that stands above it.` };
  const isThere = (list: List): boolean => list.items.some(({ text }) => text.toLowerCase() === item.toLowerCase());
  if (isThere(top.list)) return { problem: `“${item}” is already in ${called(name)}.` };
  const changed = yield* workshop.change(top.path, (content) => {
    const now = best(content, top.path, name);
    return now && !isThere(now.list) ? [now.list.adding(item)] : [];
  });
  if (changed !== 'changed') return { problem: couldNotChange(called(name)) };
  return { done: `“${item}” is now the last item of ${called(name)} ${placeOf(top.path, page)}.`, commit: `Add "${item}" to ${called(name)}` };
}

/** The item of a list by its words: all of them, or the beginning. */
function itemIn(list: List, words: string): List['items'][number] | null {
  const wanted = words.toLowerCase();
  return list.items.find(({ text }) => text.toLowerCase() === wanted) ?? list.items.find(({ text }) => text.toLowerCase().startsWith(wanted)) ?? null;
}

/** The item's source, with what divides it from its neighbours. */
function taking(content: string, list: List, item: List['items'][number]): Splice {
  const isOfAnArray = ['"', "'"].includes(content.charAt(item.start));
  if (isOfAnArray) {
    const after = /^\s*,[^\S\n]*/.exec(content.slice(item.end));
    const before = /,\s*$/.exec(content.slice(0, item.start));
    if (list.items.at(-1) !== item && after) return { start: item.start, end: item.end + after[0].length + (/^\n?\s*/.exec(content.slice(item.end + after[0].length))?.[0].length ?? 0), text: '' };
    return { start: before ? before.index : item.start, end: item.end, text: '' };
  }
  return wholeLine(content, item.start, item.end);
}

export function* removeItem(workshop: Workshop, item: string, name: string | null): Plan<Outcome> {
  const paths = yield* workshop.find(grepFor(item), TEXTS, true);
  const sources = yield* workshop.readAll(paths);
  const places = sources.flatMap(({ path, content }) =>
    listsIn(content, path).flatMap((list) => {
      const score = itemIn(list, item) === null ? 0 : 1 + (name === null ? (list.isNavigation ? 0 : 0.2) : likely(list, name));
      return score > 0 ? [{ path, score }] : [];
    }),
  );
  const top = places.sort((a, b) => b.score - a.score)[0];
  if (!top) {
    const removed = yield* removeText(workshop, item, null);
    return removed ?? { problem: workshop.outOfBounds ? outOfBounds(`“${item}”`) : `I could not find “${item}” anywhere, so nothing was removed.` };
  }
  const changed = yield* workshop.change(top.path, (content) => {
    const lists = listsIn(content, top.path).filter((list) => itemIn(list, item) !== null);
    const list = lists.sort((a, b) => likely(b, name ?? '') - likely(a, name ?? ''))[0];
    const found = list && itemIn(list, item);
    return list && found ? [taking(content, list, found)] : [];
  });
  if (changed !== 'changed') return { problem: couldNotChange(`“${item}”`) };
  return { done: `“${item}” is gone from ${name === null ? 'the list' : called(name)} ${placeOf(top.path, null)}.`, commit: `Remove "${item}" from ${name === null ? 'the list' : called(name)}` };
}
