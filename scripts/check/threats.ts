/**
 * Holds `docs/THREATS.md` to the sources: every row names a file that is there, and a test that its file has. A defence
 * whose test goes is no longer shown by anything, and the table must not say that it is.
 *
 * Run by hand: node scripts/check/threats.ts
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/root.ts';
import { rows } from './tables.ts';

const FILE = /`([^`]+)`/g;
/** A file, and the titles of tests in it: `tests/http/a.test.ts` “one”, “another”. */
const SHOWN = /`([^`]+)`((?:,? ?“[^”]+”)+)/g;

/** What the tests of a file begin with: those of a file in Rust, those of `scripts/test`, which are its parts, and all others. */
const BEGINNINGS: [RegExp, RegExp][] = [[/\.rs$/, /^\s*fn (\w+)\(/], [/^scripts\/test$/, /^if part (\w+) /], [/./, /^\s*(?:it|test)\(['"`](.*)/]];

/** The titles of the tests of a file; what follows them on their line may stand behind. */
function titlesOf(path: string): string[] {
  const beginning = BEGINNINGS.find(([kind]) => kind.test(path))?.[1] ?? /$^/;
  return readFileSync(join(root, path), 'utf8').split('\n').flatMap((line) => beginning.exec(line)?.[1]?.replaceAll(/\\(['"`])/g, '$1') ?? []);
}

const wrong: string[] = [];
let shown = 0;
for (const [attack = '', , code = '', tests = ''] of rows(readFileSync(join(root, 'docs/THREATS.md'), 'utf8'))) {
  const files = [...code.matchAll(FILE)].map(([, path = '']) => path);
  if (files.length === 0) wrong.push(`“${attack}” names no file that stops it.`);
  for (const path of files) if (!existsSync(join(root, path))) wrong.push(`“${attack}”: there is no ${path}.`);
  const named = [...tests.matchAll(SHOWN)];
  if (named.length === 0 || tests.replaceAll(SHOWN, '').replaceAll(/[;\s]/g, '') !== '') wrong.push(`“${attack}” is shown by ${tests || 'nothing'}.`);
  for (const [, path = '', titles = ''] of named) {
    if (!existsSync(join(root, path))) {
      wrong.push(`“${attack}”: there is no ${path}.`);
      continue;
    }
    const there = titlesOf(path);
    for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g)) {
      shown += 1;
      if (!there.some((line) => line === title || (path.endsWith('.ts') && line.includes(title)))) wrong.push(`“${attack}”: ${path} has no test “${title}”.`);
    }
  }
}
if (shown === 0) wrong.push('docs/THREATS.md names no test at all.');
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exit(1);
