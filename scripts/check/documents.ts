/**
 * Fails when a Markdown file names a path that is not there, or links to where nothing is. Looked at are links, and in backticks the
 * words that can only be paths: those that begin with a folder of ours, and names of sources. A star stands for any name.
 * Blocks of code are left out: they are to be typed, and say what there will be.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, normalize } from 'node:path';
import { root } from '../stack/root.ts';

/** Made or brought here, and so in no repository. */
const made = ['.git', '.state', '.deploy', 'build', 'target', 'node_modules'];
const there = globSync(['**', '.*/**'], { cwd: root, exclude: (path) => made.includes(basename(path)) });
const paths = new Set(there);
const names = new Set(there.map((path) => basename(path)));
const folders = new Set(there.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));

const isSource = (word: string): boolean => /^[\w.-]+\.(rs|ts|mjs|css|sql|toml|py|md)$/.test(basename(word));
const isThere = (path: string): boolean => (path.includes('*') ? there.some((one) => matchesGlob(one, path)) : paths.has(path));
const from = (file: string, path: string): string => normalize(join(dirname(file), path)).replace(/\/$/, '');

/** What is wrong with a word in backticks; undefined for one that is no path, or is there. */
function misnamed(file: string, word: string): string | undefined {
  if (!/^[\w.*/-]+$/.test(word)) return undefined;
  const isPath = word.includes('/') ? folders.has(word.split('/')[0]) || (isSource(word) && !word.startsWith('/')) : isSource(word);
  const isKnown = isThere(from(file, word)) || isThere(normalize(word).replace(/\/$/, '')) || (!word.includes('/') && names.has(word));
  return isPath && !isKnown ? `\`${word}\` is not there` : undefined;
}

/** What is wrong with where a link leads. */
function astray(file: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const to = path === '' ? file : from(file, path);
  if (!isThere(to)) return `the link to ${link} leads nowhere`;
  return anchor !== undefined && to.endsWith('.md') && !anchors(to).has(anchor) ? `${to} has no heading #${anchor}` : undefined;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** A document with blanks in place of its blocks of code. */
const prose = (text: string): string => text.replace(/^(```|~~~)[^]*?^\1|(?<=\n[ \t]*\n)(?: {4}.*\n?)+/gm, (block) => block.replace(/[^\n]/g, ' '));

/** By what the headings of a document are linked to, as GitHub and others make it of their words. */
function anchors(file: string): Set<string> {
  const words = [...prose(read(file)).matchAll(/^#{1,6} +(.+?)[ #]*$/gm)].map(([, heading = '']) => heading.toLowerCase());
  return new Set(words.map((heading) => heading.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')));
}

const wrong = there.filter((path) => path.endsWith('.md')).flatMap((file) => {
  const text = prose(read(file));
  const code = /`((?:[^`\n]|\n(?!\s*\n))+)`/g;
  const links = [...text.replace(code, (code) => ' '.repeat(code.length)).matchAll(/\]\(([^()\s]+)\)/g)];
  const found = [
    ...[...text.matchAll(code)].flatMap(({ 1: words = '', index }) => words.split(/\s+/).map((word) => ({ index, problem: misnamed(file, word) }))),
    ...links.map(({ 1: link = '', index }) => ({ index, problem: astray(file, link) })),
  ];
  return found.flatMap(({ index, problem }) => (problem === undefined ? [] : [`${file}:${text.slice(0, index).split('\n').length}: ${problem}`]));
});
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exit(1);
