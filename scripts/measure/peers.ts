/**
 * What serving is measured against, on the same workerd in the same run: a worker that does nothing (`floor`), the same
 * in Rust (`wasm`), one that only reads the file from R2 (`r2`), Cloudflare's static-assets worker (`assets`), and what
 * one would write first (`obvious`): Hono, with the site looked up in D1 and the file read from R2.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { buildWasm } from '../stack/build.ts';
import { root } from '../stack/root.ts';

export type Files = Record<string, string | Uint8Array>;
export const PEERS = ['floor', 'wasm', 'r2', 'assets', 'obvious'] as const;
export type Peer = (typeof PEERS)[number];

const FLOOR = `export default { fetch() { return new Response('ok'); } }`;

const R2 = `
const types = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' };
export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    const key = 'files' + (path.endsWith('/') ? path + 'index.html' : path);
    const object = await env.BUCKET.get(key, { onlyIf: request.headers, range: request.headers });
    if (!object) return new Response('Not found', { status: 404 });
    const headers = { etag: object.httpEtag, 'content-type': types[key.split('.').pop()] ?? 'application/octet-stream' };
    if (!('body' in object)) return new Response(null, { status: 304, headers });
    if (!request.headers.has('range')) return new Response(object.body, { headers });
    const { offset = 0, length = object.size } = object.range;
    headers['content-range'] = 'bytes ' + offset + '-' + (offset + length - 1) + '/' + object.size;
    return new Response(object.body, { status: 206, headers });
  },
};`;

const OBVIOUS = `
import { Hono } from 'hono';
const app = new Hono();
app.get('*', async (c) => {
  const host = new URL(c.req.url).hostname;
  const site = await c.env.DB.prepare('SELECT prefix FROM site WHERE host = ?').bind(host).first();
  if (!site) return c.notFound();
  const path = c.req.path.endsWith('/') ? c.req.path + 'index.html' : c.req.path;
  const object = await c.env.BUCKET.get(site.prefix + path);
  if (!object) return c.notFound();
  if (c.req.header('if-none-match') === object.httpEtag) return c.body(null, 304, { etag: object.httpEtag });
  return c.body(object.body, 200, { etag: object.httpEtag, 'content-type': path.endsWith('.js') ? 'text/javascript' : 'text/html' });
});
export default app;`;

/** The host at which a peer answers. */
export const hostOf = (peer: Peer): string => `${peer}.peers.test`;

export interface Peers {
  /** The port at which a peer answers. */
  port: (peer: Peer) => number;
  close: () => Promise<void>;
}

/** Starts all peers, with the files in each one's store. The assets worker does not share its port, since it takes all hosts. */
export async function startPeers(folder: string, files: Files): Promise<Peers> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'assets', path)), { recursive: true });
    writeFileSync(join(folder, 'assets', path), content);
  }
  await buildWasm('scripts/measure/noop', { say: () => undefined, env: process.env });
  const stdin = { contents: OBVIOUS, resolveDir: root, loader: 'js' as const };
  const bundled = await build({ stdin, bundle: true, minify: true, format: 'esm', write: false });
  const noop = join(root, 'scripts/measure/noop/build');
  const common = (peer: Peer) => ({ name: peer, compatibilityDate: '2026-11-01', routes: [`${hostOf(peer)}/*`] });
  const stores = { r2Buckets: { BUCKET: 'bench' } };
  const peers = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: {},
      resourcePersistencePath: join(folder, 'state'),
      workers: [
        { ...common('floor'), modules: true, script: FLOOR },
        {
          ...common('wasm'),
          modulesRoot: noop,
          modules: [
            { type: 'ESModule', path: join(noop, 'index.js') },
            { type: 'CompiledWasm', path: join(noop, 'index_bg.wasm') },
          ],
        },
        { ...common('r2'), modules: true, script: R2, ...stores },
        { ...common('obvious'), modules: true, script: bundled.outputFiles[0]?.text ?? '', ...stores, d1Databases: { DB: 'bench' } },
      ],
    }),
  );
  const assets = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: {},
      name: 'assets',
      compatibilityDate: '2026-11-01',
      modules: true,
      script: 'export default {}',
      assets: { directory: join(folder, 'assets'), binding: 'ASSETS', routerConfig: { has_user_worker: false }, assetConfig: {} },
    }),
  );
  const [port, assetsPort] = [Number((await peers.ready).port), Number((await assets.ready).port)];
  const bucket = (await peers.getR2Bucket('BUCKET', 'r2')) as unknown as R2Bucket;
  for (const [path, content] of Object.entries(files)) await bucket.put(`files/${path}`, content);
  const db = (await peers.getD1Database('DB', 'obvious')) as unknown as D1Database;
  await db.prepare('CREATE TABLE site (host TEXT PRIMARY KEY, prefix TEXT NOT NULL)').run();
  await db.prepare('INSERT INTO site VALUES (?, ?)').bind(hostOf('obvious'), 'files').run();
  return {
    port: (peer) => (peer === 'assets' ? assetsPort : port),
    close: async () => void (await Promise.all([peers.dispose(), assets.dispose()])),
  };
}
