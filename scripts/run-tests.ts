/**
 * Runs test files, several at once, each in a process of its own. Those that took longest the last time go first, so that nobody waits
 * at the end for one that was begun late. The last lines name what failed.
 *
 * node scripts/run-tests.ts [--at-once N] FILE…
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { root } from './stack/root.ts';

/** What each file took the last time on this machine, in milliseconds, by its path from the root. */
const TOOK = join(root, 'build/tests-took.json');
/** A test that takes longer than this hangs. */
const PATIENCE_MS = 20 * 60_000;

const { values, positionals } = parseArgs({ options: { 'at-once': { type: 'string' } }, allowPositionals: true });
// Much of a test is waiting, so there is work for one more than there are processors.
const atOnce = Number(values['at-once'] ?? availableParallelism() + 1);
const took = readTook();
const tookNow: Record<string, number> = {};

/** A file that never ran here is taken for a long one when it is a large one. */
const weight = (path: string): number => took[relative(root, path)] ?? statSync(path).size;
const files = positionals.map((path) => resolve(path)).sort((a, b) => weight(b) - weight(a));
const failed: string[] = [];

const stream = run({ files, concurrency: atOnce, timeout: PATIENCE_MS, isolation: 'process' });
for (const event of ['test:pass', 'test:fail'] as const) {
  stream.on(event, ({ file, nesting, details }) => {
    if (nesting === 0 && file !== undefined) tookNow[relative(root, file)] = Math.round(details.duration_ms);
  });
}
stream.on('test:fail', ({ file, name }) => {
  process.exitCode = 1;
  failed.push(file === undefined ? name : relative(root, file));
});
stream.on('end', () => {
  mkdirSync(join(root, 'build'), { recursive: true });
  // Others may have run meanwhile.
  writeFileSync(TOOK, `${JSON.stringify({ ...readTook(), ...tookNow }, null, 2)}\n`);
  for (const file of new Set(failed)) process.stdout.write(`FAILED ${file}\n`);
});
stream.compose(spec).pipe(process.stdout);

function readTook(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(TOOK, 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}
