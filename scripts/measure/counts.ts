/**
 * How much is tested, counted in the sources: `node scripts/measure/counts.ts`. A title in a loop counts once, so more are run than
 * stand here.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/root.ts';
import { table } from './table.ts';

const RUST = ['r2/**/*.rs', 'workers/*/{src,tests}/**/*.rs', 'openapi/**/*.rs'];

function count(patterns: string[], what: RegExp): number {
  const files = globSync(patterns, { cwd: root });
  return files.reduce((sum, file) => sum + (readFileSync(join(root, file), 'utf8').match(what)?.length ?? 0), 0);
}

const TITLE = /^\s*(?:it|test)\(/gm;
const node = (folder: string): number => count([`${folder}/**/*.ts`], TITLE);
const histories = /HISTORIES: u64 = ([\d_]+)/.exec(readFileSync(join(root, 'r2/tests/model/main.rs'), 'utf8'))?.[1]?.replaceAll('_', '') ?? '?';

table(['what is tried', 'how many'], [
  ['rules, natively: tests', String(count(RUST, /#\[test\]/g))],
  ['of these with made-up inputs, 256 each where nothing else is said', String(count(RUST, /^\s*fn \w+\([^)]*\bin\b/gm))],
  ['histories of publishing, with crashes and other publishers between any two steps', histories],
  ['the stand-ins, by the vendors’ own clients', String(node('tests/emulators'))],
  ['workers, over HTTP', String(node('tests/http'))],
  ['of these with something killed, cut off or out of order', String(count(['tests/http/*{faults,outages,broken,race}*.test.ts'], TITLE))],
  ['pages, in Chromium', String(node('tests/browser'))],
  ['the pages’ scripts by themselves', String(node('notch/test'))],
  ['deploying, to an emulated account', String(node('tests/deploy'))],
]);
