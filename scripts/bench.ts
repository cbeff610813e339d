/**
 * Serving, against Cloudflare's own static-assets worker on the same workerd; and restoring, against itself with a
 * hundred times the files. Rounds of the two sides alternate, so that whatever else the machine does falls on both; the
 * median ratio is printed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { fetch } from 'undici';
import { loopback, startTestStack } from '../tests/http/harness.ts';
import { Publishing, type Files } from '../tests/http/publishing.ts';

const ROUNDS = 7;
const REQUESTS = 400;
const AT_ONCE = 8;

const files: Files = {
  'index.html': `<!doctype html><title>Bench</title>${'<p>Bread before seven.</p>'.repeat(400)}`,
  'style.css': 'p{margin:0}'.repeat(50),
  'picture.bin': new Uint8Array(1_000_000).map((_, at) => at * 31),
};
const paths = ['/', '/style.css', '/picture.bin'];

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
const row = (...cells: string[]): void => console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(34) : cell.padStart(12))).join(''));

/** Requests per second, with a few at once over connections that are kept. */
async function rate(url: string): Promise<number> {
  let left = REQUESTS;
  const visitor = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await fetch(url, { dispatcher: loopback, headers: { 'accept-encoding': 'identity' } });
      if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
      await answer.arrayBuffer();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
  return REQUESTS / ((performance.now() - start) / 1000);
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function startPeer(folder: string): Promise<Miniflare> {
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  const peer = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      workers: [
        {
          name: 'peer',
          compatibilityDate: '2026-11-01',
          modules: true,
          script: 'export default {}',
          assets: { directory: folder, binding: 'ASSETS', routerConfig: { has_user_worker: false }, assetConfig: {} },
        },
      ],
    }),
  );
  await peer.ready;
  return peer;
}

const folder = mkdtempSync(join(tmpdir(), 'vetka-bench-'));
const stack = await startTestStack();
const peer = await startPeer(folder);
try {
  const publishing = await Publishing.of(stack);
  const site = await publishing.site();
  await publishing.publish(site, files);

  row('serving, requests a second', 'vetka', 'peer', 'ratio');
  for (const path of paths) {
    const [ours, theirs] = [stack.siteOrigin(site.label) + path, new URL(path, await peer.ready).href];
    await Promise.all([rate(ours), rate(theirs)]);
    const rounds: [number, number][] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push([await rate(ours), await rate(theirs)]);
    row(
      path,
      median(rounds.map(([a]) => a)).toFixed(0),
      median(rounds.map(([, b]) => b)).toFixed(0),
      median(rounds.map(([a, b]) => a / b)).toFixed(2),
    );
  }

  const restoring = async (count: number): Promise<() => Promise<unknown>> => {
    const many = Object.fromEntries(Array.from({ length: count }, (_, at) => [`page-${at}.txt`, `page ${at}`]));
    const target = await publishing.site();
    const first = await publishing.publish(target, { 'index.html': 'one', ...many });
    const second = await publishing.publish(target, { 'index.html': 'two', ...many });
    let turn = 0;
    return async () => await publishing.restore(target, (turn++ % 2 ? second : first).snapshotId);
  };
  const [few, many] = [await restoring(10), await restoring(1_000)];
  const rounds: [number, number][] = [];
  for (let round = 0; round < ROUNDS * 3; round++) rounds.push([await milliseconds(many), await milliseconds(few)]);
  row('restoring, milliseconds', '1,000 files', '10 files', 'ratio');
  row(
    '',
    median(rounds.map(([a]) => a)).toFixed(1),
    median(rounds.map(([, b]) => b)).toFixed(1),
    median(rounds.map(([a, b]) => a / b)).toFixed(2),
  );
} finally {
  await peer.dispose();
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}
