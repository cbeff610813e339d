// What visitors reach once something is deployed: the uploaded Workers themselves, on workerd, behind the DNS
// records and routes that were made. A host without a proxied record is not found, unless it is somebody's own domain in a
// zone; a route goes before a custom domain.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import type { D1Database } from '@cloudflare/workers-types';
import type { Account, Binding, Script, Version } from './account.ts';
import { zoneByHostname } from './hostnames.ts';

export class Edge {
  readonly #account: Account;
  #running: { fingerprint: string; miniflare: Miniflare; folder: string } | undefined;

  constructor(account: Account) {
    this.#account = account;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const path = request.url ?? '/';
    const name = this.find(host, path);
    if (name === null) {
      response.writeHead(530, { 'content-type': 'text/plain' });
      response.end('error code: 1016');
      return;
    }
    if (name === undefined || !this.#account.scripts.has(name)) {
      response.writeHead(522, { 'content-type': 'text/plain' });
      response.end('error code: 522');
      return;
    }
    const worker = await (await this.#start()).getWorker(name);
    const headers = Object.entries(request.headers).flatMap(([key, value]) => (typeof value === 'string' && key !== 'host' && key !== 'connection' ? [[key, value] as [string, string]] : []));
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = await worker.fetch(`https://${host}${path}`, {
      method: request.method ?? 'GET',
      headers,
      redirect: 'manual',
      ...(chunks.length > 0 ? { body: new Uint8Array(Buffer.concat(chunks)) } : {}),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const out = Object.fromEntries([...answer.headers].filter(([key]) => key !== 'content-encoding' && key !== 'content-length' && key !== 'transfer-encoding'));
    response.writeHead(answer.status, out);
    response.end(body);
  }

  /** The Worker for a host and path: null when the name does not resolve, undefined when nothing answers there. */
  find(host: string, path: string): string | null | undefined {
    const own = this.#account.zoneOf(host);
    const named = (name: string) => own?.records.some((record) => record.name === name && record.proxied) ?? false;
    const zone = named(host) || named(`*.${host.split('.').slice(1).join('.')}`) ? own : zoneByHostname(this.#account, host);
    if (!zone) return null;
    const url = `${host}${path.split('?')[0] ?? '/'}`;
    const hit = zone.routes
      .filter(({ pattern }) => matches(pattern, url))
      .sort((a, b) => b.pattern.length - a.pattern.length || Number(a.pattern.startsWith('*')) - Number(b.pattern.startsWith('*')))[0];
    if (hit) return hit.script ?? undefined;
    return this.#account.domains.find(({ hostname }) => hostname === host)?.service;
  }

  /** workerd with what is deployed now. */
  async #start(): Promise<Miniflare> {
    const live = [...this.#account.scripts.values()].flatMap((script) => {
      const version = this.#account.live(script);
      return version ? [{ script, version }] : [];
    });
    const hosts = (name: string): string[] => [
      ...this.#account.zones.flatMap(({ routes }) => routes.filter(({ script }) => script === name).map(({ pattern }) => pattern)),
      ...this.#account.domains.filter(({ service }) => service === name).map(({ hostname }) => `${hostname}/*`),
    ];
    const fingerprint = JSON.stringify(live.map(({ script, version }) => [version.id, hosts(script.name)]));
    if (this.#running?.fingerprint === fingerprint) return this.#running.miniflare;
    await this.close();
    const folder = mkdtempSync(join(tmpdir(), 'cloudflare-edge-'));
    const databases = Object.fromEntries(this.#account.databases.map(({ uuid }) => [uuid, { id: uuid }]));
    const miniflare = new Miniflare(convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      resourcePersistencePath: join(folder, 'storage'),
      workers: [
        { name: 'storage', modules: true, script: 'export default { fetch: () => new Response() }', d1Databases: databases },
        // Routes are found above; workerd wants to hear of their hosts as well, else it takes their Origin for a stranger's.
        ...live.map(({ script, version }) => ({ ...workerOptions(this.#account, folder, script, version), routes: hosts(script.name) })),
      ],
    }));
    this.#running = { fingerprint, miniflare, folder };
    await miniflare.ready;
    for (const { uuid, sqlite } of this.#account.databases) {
      const schema = sqlite.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid").all();
      const database = (await miniflare.getD1Database(uuid, 'storage')) as unknown as D1Database;
      if (schema.length > 0) await database.batch(schema.map((row) => database.prepare(String(row['sql']))));
    }
    return miniflare;
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    await running.miniflare.dispose();
    rmSync(running.folder, { recursive: true, force: true });
  }
}

/** Whether a pattern, with stars at its ends only, covers a URL without its scheme. */
export function matches(pattern: string, url: string): boolean {
  const whole = pattern.includes('/') ? pattern : `${pattern}/`;
  const source = whole.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${source}$`).test(url);
}

function workerOptions(account: Account, folder: string, script: Script, version: Version) {
  const of = (type: string): Binding[] => version.bindings.filter((binding) => binding.type === type);
  const table = (type: string, value: (binding: Binding) => string) => Object.fromEntries(of(type).map((binding) => [binding.name, value(binding)]));
  const text = (binding: Binding, field: string): string => String(binding[field] ?? '');
  const root = join(folder, script.name);
  const main = version.modules.filter(({ name }) => name === version.main);
  return {
    name: script.name,
    compatibilityDate: version.compatibilityDate,
    modulesRoot: root,
    modules: [...main, ...version.modules.filter((one) => !main.includes(one) && !one.type.includes('source-map'))].map((one) => ({
      type: one.type === 'application/wasm' ? ('CompiledWasm' as const) : ('ESModule' as const),
      path: join(root, one.name),
      contents: one.type === 'application/wasm' ? one.bytes : Buffer.from(one.bytes).toString('utf8'),
    })),
    bindings: {
      ...table('plain_text', (one) => text(one, 'text')),
      ...table('secret_text', (one) => text(one, 'text')),
      ...Object.fromEntries(of('version_metadata').map(({ name }) => [name, { id: version.id, tag: '', timestamp: version.createdAt }])),
    },
    analyticsEngineDatasets: Object.fromEntries(of('analytics_engine').map((one) => [one.name, { dataset: text(one, 'dataset') }])),
    d1Databases: Object.fromEntries(of('d1').map((one) => [one.name, { id: text(one, 'id') || text(one, 'database_id') }])),
    kvNamespaces: Object.fromEntries(of('kv_namespace').map((one) => [one.name, { id: text(one, 'namespace_id') }])),
    r2Buckets: Object.fromEntries(of('r2_bucket').map((one) => [one.name, { id: text(one, 'bucket_name') }])),
    serviceBindings: Object.fromEntries(of('service').map((one) => [one.name, { name: text(one, 'service') }])),
    durableObjects: Object.fromEntries(of('durable_object_namespace').map((one) => [
      one.name,
      { className: text(one, 'class_name'), useSQLite: true, ...(text(one, 'script_name') ? { scriptName: text(one, 'script_name') } : {}) },
    ])),
    ...assets(account, version, join(folder, `${script.name}-assets`)),
  };
}

function assets(account: Account, version: Version, directory: string): object {
  const binding = version.bindings.find(({ type }) => type === 'assets');
  if (!version.assets || !binding) return {};
  for (const [path, { hash }] of Object.entries(version.assets.manifest)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), account.assets.get(hash)?.bytes ?? '');
  }
  return { assets: { directory, binding: binding.name, routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true }, assetConfig: { compatibility_date: version.compatibilityDate } } };
}
