/** Builds every worker and the browser's files, prints their sizes, and fails when one is over its budget. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildAssets } from '../notch/build.ts';
import { buildDir, buildWorkers, workers, type WorkerName } from './stack/build.ts';
import { root } from './stack/root.ts';

const KB = 1000;

/** WASM, gzipped. What a cold start has to load. */
const wasmBudget: Record<WorkerName, number> = { hosting: 150 * KB, deploy: 250 * KB, agent: 450 * KB, openweb: 400 * KB, teams: 800 * KB, api: 800 * KB };

/** JavaScript of a page, gzipped. What a phone has to load. */
const scriptBudget: Record<string, number> = { 'hub.js': 15 * KB, 'builder.js': 60 * KB, 'session.js': 40 * KB, 'notch.js': 2 * KB };

/** Notch on somebody's page, with its styles: what the frame needs at once, and everything that ever loads. */
const notchBudget: Record<string, number> = { 'notch core': 15 * KB, 'notch in all': 30 * KB };

const rows: { what: string; bytes: number; budget: number }[] = [];
const gz = (path: string): number => gzipSync(readFileSync(path), { level: 9 }).length;

const outDir = resolve(root, 'build/public');
const { sizes } = await buildAssets({ outDir, minify: true });
await buildWorkers({ say: (line) => console.log(line), env: process.env });

for (const worker of workers) {
  rows.push({ what: `${worker} wasm`, bytes: gz(join(buildDir(worker), 'index_bg.wasm')), budget: wasmBudget[worker] });
}
const manifest = JSON.parse(readFileSync(join(outDir, 'assets/manifest.json'), 'utf8')) as Record<string, string>;
for (const [name, budget] of Object.entries(scriptBudget)) {
  const file = manifest[name];
  if (!file) throw new Error(`the asset manifest has no ${name}`);
  rows.push({ what: name, bytes: gz(join(outDir, file)), budget });
}

for (const [name, budget] of Object.entries(notchBudget)) rows.push({ what: name, bytes: sizes[name] ?? Infinity, budget });

for (const { what, bytes, budget } of rows) {
  console.log(`${what.padEnd(14)} ${(bytes / KB).toFixed(1).padStart(7)} of ${budget / KB} KB gz`);
}
const over = rows.filter(({ bytes, budget }) => bytes > budget);
if (over.length > 0) {
  console.error(`Over budget: ${over.map(({ what }) => what).join(', ')}`);
  process.exit(1);
}
