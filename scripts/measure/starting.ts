/** What a cold start has to load: each worker's WASM, compiled and instantiated, and the first request after a start. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TestStack } from '../../tests/http/harness.ts';
import { buildDir, workers } from '../stack/build.ts';
import { root } from '../stack/root.ts';
import { askOnce, median, type Target } from './load.ts';
import { hostOf, type Peers } from './peers.ts';
import { table } from './table.ts';

const ROUNDS = 9;
const RESTARTS = 5;

function milliseconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** By which JavaScript's exceptions pass through WASM. */
const exceptions = new (WebAssembly as unknown as { Tag: new (type: { parameters: string[] }) => WebAssembly.ImportValue }).Tag({ parameters: ['externref'] });

/** All that a module imports: functions, of which none is called while it is being instantiated, and the tag of exceptions. */
function imports(module: WebAssembly.Module): WebAssembly.Imports {
  const all: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function' && (kind as string) !== 'tag') throw new Error(`${from}.${name} is a ${kind}, which nothing here makes`);
    (all[from] ??= {})[name] = kind === 'function' ? () => undefined : exceptions;
  }
  return all;
}

/** The same module under other bytes, by a section that says nothing: what V8 has compiled once it would not compile again. */
function distinct(bytes: Uint8Array, round: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes.length + 4);
  all.set(bytes);
  all.set([0, 2, 1, 0x61 + round], bytes.length);
  return all;
}

/** Sizes, and milliseconds of compiling and instantiating in this process's V8. */
export function modules(): void {
  const folders = [...workers.map((worker) => [worker, buildDir(worker)] as const), ['wasm that does nothing', join(root, 'scripts/measure/noop/build')] as const];
  const rows = folders.map(([name, folder]) => {
    const bytes = readFileSync(join(folder, 'index_bg.wasm'));
    const compiled = Array.from({ length: ROUNDS }, (_, round) => distinct(bytes, round)).map((module) => milliseconds(() => new WebAssembly.Module(module)));
    const module = new WebAssembly.Module(bytes);
    const made = Array.from({ length: ROUNDS }, () => milliseconds(() => new WebAssembly.Instance(module, imports(module))));
    const kb = (size: number): string => (size / 1000).toFixed(0);
    return [name, kb(bytes.length), kb(gzipSync(bytes, { level: 9 }).length), median(compiled).toFixed(1), median(made).toFixed(2)];
  });
  table(['cold start', 'KB', 'KB gz', 'compile ms', 'instantiate ms'], rows);
}

/** The first answer after a start, against the same of the peer that does nothing, and the second answer. */
export async function firstRequests(stack: TestStack, label: string, restartPeers: () => Promise<Peers>): Promise<void> {
  const timed = async (target: Target): Promise<number> => {
    const start = performance.now();
    await askOnce(target);
    return performance.now() - start;
  };
  const rows: { ours: number; second: number; floor: number }[] = [];
  for (let round = 0; round < RESTARTS; round++) {
    await stack.stack.restart();
    const ours = new URL(stack.siteOrigin(label));
    const target = { port: Number(ours.port), host: ours.host, path: '/' };
    const first = await timed(target);
    const second = await timed(target);
    const peers = await restartPeers();
    rows.push({ ours: first, second, floor: await timed({ port: peers.port('floor'), host: hostOf('floor'), path: '/' }) });
  }
  const of = (key: keyof (typeof rows)[number]): string => median(rows.map((row) => row[key])).toFixed(1);
  table(['after a start, milliseconds', 'first', 'second', 'first of floor'], [['a page', of('ours'), of('second'), of('floor')]]);
}
