/** What a warm visit costs, against the peers. Rounds of all targets alternate, so that what else the machine does falls on all. */
import type { TestStack } from '../../tests/http/harness.ts';
import { Publishing } from '../../tests/http/publishing.ts';
import { askOnce, measure, median, type Load, type Target } from './load.ts';
import { hostOf, PEERS, type Files, type Peer, type Peers } from './peers.ts';
import { table } from './table.ts';

const ROUNDS = 7;
const REQUESTS = { alone: 150, together: 1_200 };

const line = 'const bread = (seven) => `before ${seven}`;\n';
export const FILES: Files = {
  'index.html': `<!doctype html><title>Bench</title>${'<p>Bread before seven.</p>'.repeat(400)}`,
  'app.js': line.repeat(Math.ceil(64_000 / line.length)),
};

interface Case {
  name: string;
  path: string;
  headers: (etag: string) => Record<string, string>;
  status: number;
  /** What a peer that knows no better answers. */
  otherwise?: number;
}

const CASES: Case[] = [
  { name: 'HTML of 10 KB', path: '/', headers: () => ({}), status: 200 },
  { name: 'script of 64 KB', path: '/app.js', headers: () => ({}), status: 200 },
  { name: '304 of the HTML', path: '/', headers: (etag) => ({ 'if-none-match': etag }), status: 304 },
  { name: 'Range, 1 KB of the script', path: '/app.js', headers: () => ({ range: 'bytes=1000-1999' }), status: 206, otherwise: 200 },
];

type Name = Peer | 'vetka';
const NAMES: Name[] = ['vetka', ...PEERS];

export async function serving(stack: TestStack, peers: Peers): Promise<void> {
  const publishing = await Publishing.of(stack);
  const site = await publishing.site();
  await publishing.publish(site, FILES);
  const ours = new URL(stack.siteOrigin(site.label));
  const place = (name: Name) => (name === 'vetka' ? { port: Number(ours.port), host: ours.host } : { port: peers.port(name), host: hostOf(name) });

  for (const { name, path, headers, status, otherwise } of CASES) {
    const targets = new Map<Name, { target: Target; status: number }>();
    for (const peer of NAMES) {
      const plain = { ...place(peer), path };
      const etag = /\r\netag: (\S+)/.exec((await askOnce(plain)).headers)?.[1] ?? '';
      const target = { ...plain, headers: headers(etag) };
      const answered = (await askOnce(target)).status;
      const idle = peer === 'floor' || peer === 'wasm';
      if (!idle && answered !== status && answered !== otherwise) throw new Error(`${peer} answered ${answered} to ${name}`);
      targets.set(peer, { target, status: answered });
    }
    for (const { target, status } of targets.values()) await measure(target, status, REQUESTS);
    const loads = new Map<Name, Load[]>(NAMES.map((peer) => [peer, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [peer, { target, status }] of targets) loads.get(peer)?.push(await measure(target, status, REQUESTS));
    }
    const of = (peer: Name, what: keyof Load): number[] => (loads.get(peer) ?? []).map((load) => load[what]);
    const ratio = (one: Name, other: Name, what: keyof Load): string =>
      median(of(one, what).map((value, round) => value / (of(other, what)[round] ?? NaN))).toFixed(2);
    table(
      [name, 'status', 'p50 ms', 'our p50 to it', 'requests/s', 'ours to it'],
      NAMES.map((peer) => [
        peer,
        String(targets.get(peer)?.status),
        median(of(peer, 'p50')).toFixed(2),
        ratio('vetka', peer, 'p50'),
        median(of(peer, 'rate')).toFixed(0),
        ratio('vetka', peer, 'rate'),
      ]),
    );
    if (name === CASES[0]?.name) table(['doing nothing', 'p50 ratio'], [['WASM to JavaScript', ratio('wasm', 'floor', 'p50')]]);
  }
}
