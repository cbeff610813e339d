// Which file is the page that a person means.

import { likeness } from '../words.ts';

const HOME = /(?:^|\/)(?:index|home|homepage|app|landing|main|hero|page)\.[^./]+$/i;

/** Files about the project itself, which visitors of the site do not see. */
export const isForDevelopers = (path: string): boolean => /(?:^|\/)(?:readme|changelog|contributing|license|security|code_of_conduct|claude|agents)\.(?:mdx?|txt)$/i.test(path);

/** How likely a file is the page; 0 when it is another one. `home` is the page at the address itself. */
function likelihood(path: string, page: string): number {
  const name = path.replace(/\.[^./]+$/, '');
  const depth = path.split('/').length;
  if (page !== 'home') return likeness(page, name.replace(/[-_/]/g, ' ')) * 10;
  if (/(?:^|\/)(?:404|500|about|contact|blog|post|privacy|terms)\b/i.test(name)) return 0.1;
  return (HOME.test(path) ? 10 : 1) / depth;
}

/** The files, most likely first; those that are surely other pages are left out when a page was named. */
export function byLikelihood<T extends { path: string }>(files: readonly T[], page: string | null): T[] {
  const scored = files.map((file) => ({ file, score: likelihood(file.path, page ?? 'home') }));
  return scored
    .filter(({ score }) => page === null || page === 'home' || score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ file }) => file);
}

/** "on the home page", for people. */
export function placeOf(path: string, page: string | null): string {
  if (page !== null) return `on the ${page} page`;
  if (HOME.test(path)) return 'on the home page';
  const name = /([^/]+)\.[^./]+$/.exec(path)?.[1]?.replace(/[-_]/g, ' ').toLowerCase();
  return name === undefined || !/\.(?:html?|mdx?)$/.test(path) ? 'on the page' : `on the ${name} page`;
}
