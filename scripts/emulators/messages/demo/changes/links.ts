// Where a link leads.

import type { Plan } from '../hands.ts';
import { attribute, elements, type Element } from '../markup.ts';
import { couldNotChange, outOfBounds } from '../say.ts';
import { likeness } from '../words.ts';
import { PAGES, type Splice, type Workshop } from '../workshop.ts';
import type { Outcome } from './outcome.ts';
import { byLikelihood } from './pages.ts';

const LINKS = 'a|[A-Z]\\w*';

/** How much a link is the one that was meant, 0 to 2. */
function likely(link: Element, label: string): number {
  const said = link.text === '' ? (attribute(link, 'aria-label|title|label')?.value ?? '') : link.text;
  return said.toLowerCase() === label.toLowerCase() ? 2 : likeness(label, said) === 1 ? 1 : 0;
}

function targets(content: string, path: string, label: string): { best: number; splices: Splice[] } {
  const links = elements(content, path, LINKS).flatMap((link) => {
    const target = attribute(link, 'href|to|url');
    return target ? [{ target, score: likely(link, label) }] : [];
  });
  const markdown = /\.mdx?$/.test(path)
    ? [...content.matchAll(/\[([^\]\n]+)\]\(([^)\s]+)\)/g)].map((match) => {
        const [whole, text = '', url = ''] = match;
        const start = match.index + whole.length - 1 - url.length;
        return { target: { start, end: start + url.length }, score: text.toLowerCase() === label.toLowerCase() ? 2 : likeness(label, text) === 1 ? 1 : 0 };
      })
    : [];
  const all = [...links, ...markdown];
  const best = Math.max(0, ...all.map(({ score }) => score));
  return { best, splices: best === 0 ? [] : all.filter(({ score }) => score === best).map(({ target }) => ({ start: target.start, end: target.end, text: '' })) };
}

export function* changeLink(workshop: Workshop, { label, url }: { label: string; url: string }): Plan<Outcome> {
  const address = url.replaceAll('"', '%22').replaceAll("'", '%27').replaceAll('<', '%3C').replaceAll('>', '%3E');
  const paths = yield* workshop.find('href=|to=|\\]\\(', PAGES);
  const sources = byLikelihood(yield* workshop.readAll(paths), null);
  const best = Math.max(0, ...sources.map(({ path, content }) => targets(content, path, label).best));
  let count = 0;
  for (const { path, content } of best === 0 ? [] : sources) {
    if (targets(content, path, label).best !== best) continue;
    const changed = yield* workshop.change(path, (now) => targets(now, path, label).splices.map((splice) => ({ ...splice, text: address })));
    if (changed === 'failed') return { problem: couldNotChange(`the “${label}” link`) };
    if (changed === 'changed') count += targets(content, path, label).splices.length;
  }
  if (best === 0) return { problem: workshop.outOfBounds ? outOfBounds(`the “${label}” link`) : `I could not find a link called “${label}”. Tell me the words that are written on it.` };
  if (count === 0) return { problem: `The “${label}” link already leads to ${url}.` };
  return { done: `The “${label}” link now leads to ${url}${count > 1 ? `, in ${count} places` : ''}.`, commit: `Point the "${label}" link to its new address` };
}
