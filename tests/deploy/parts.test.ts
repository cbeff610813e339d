// Parts of a deployment that are quicker to try by themselves: the order, warnings, patterns, half-set keys.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCloudflareEmulator } from '../../scripts/emulators/cloudflare/index.ts';
import { matches } from '../../scripts/emulators/cloudflare/edge.ts';
import { Api, ApiError } from '../../scripts/release/api.ts';
import { configure, covers, order, readAllCommitted, type Worker, type WorkerConfig } from '../../scripts/release/config.ts';
import { complaints, makeMissing } from '../../scripts/release/secrets.ts';
import { readTarget } from '../../scripts/release/target.ts';
import { warnings, Wrangler } from '../../scripts/release/wrangler.ts';

function scratch(t: { after: (clean: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-parts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const worker = (name: string, services: string[] = [], owners: string[] = []): Worker => {
  const config: WorkerConfig = {
    name,
    main: '',
    compatibility_date: '',
    routes: [],
    services: services.map((service) => ({ binding: service, service })),
    durable_objects: { bindings: owners.map((script_name) => ({ name: script_name, class_name: 'C', script_name })) },
  };
  return { worker: 'api', committed: config, config };
};
const steps = (...workers: Worker[]): string[] => order(workers).map(({ kind, worker: { config } }) => `${kind} ${config.name}`);

test('who is bound to goes before who binds; a circle is opened with a stub', () => {
  assert.deepEqual(steps(worker('a', ['b'], ['c']), worker('b', ['c']), worker('c')), ['deploy c', 'deploy b', 'deploy a']);
  assert.deepEqual(steps(worker('a', ['b']), worker('b', ['a'])), ['stub b', 'deploy a', 'deploy b']);
  // The stub stands for the one whose objects nobody waits for.
  assert.deepEqual(steps(worker('api', ['agent'], ['agent']), worker('agent', ['api'])), ['stub api', 'deploy agent', 'deploy api']);
  assert.throws(() => steps(worker('a', [], ['b']), worker('b', [], ['a'])), /Durable Objects of each other/);
  assert.throws(() => steps(worker('a', ['elsewhere'])), /none of our workers/);
});

test("the committed files' own order deploys every binding's target first", () => {
  const committed = readAllCommitted();
  const target = readTarget('production', '/nonexistent', 'vetka.sh');
  const seen = new Set<string>();
  for (const { worker: { config } } of order(configure(target, '/tmp'))) {
    for (const { service } of config.services ?? []) assert.ok(seen.has(service), `${config.name} before ${service}`);
    for (const { script_name } of config.durable_objects?.bindings ?? []) assert.ok(!script_name || seen.has(script_name));
    seen.add(config.name);
  }
  assert.equal(seen.size, Object.keys(committed).length);
});

test('in production nothing but ids and paths differs from the committed files', () => {
  const target = readTarget('production', '/nonexistent', 'vetka.sh');
  for (const { committed, config } of configure(target, '/tmp')) {
    const plain = (one: WorkerConfig) => JSON.parse(JSON.stringify(one, (key, value: unknown) => (['main', 'build', 'directory', 'migrations_dir', 'database_id', 'id', 'zone_name'].includes(key) ? undefined : value))) as unknown;
    assert.deepEqual(plain(config), plain(committed));
  }
});

test('a stub that wrangler makes lets others bind, and the emulator refuses those who come too early', async (t) => {
  const cloudflare = await startCloudflareEmulator();
  t.after(() => cloudflare.close());
  const folder = scratch(t);
  const wrangler = new Wrangler({ token: cloudflare.token(), accountId: cloudflare.account.id, base: cloudflare.api });
  t.after(() => wrangler.close());
  writeFileSync(join(folder, 'index.js'), 'export default { fetch: () => new Response("hello") };');
  writeFileSync(join(folder, 'early.json'), JSON.stringify({ name: 'early', main: 'index.js', compatibility_date: '2026-11-01', workers_dev: false, preview_urls: false, services: [{ binding: 'LATE', service: 'late' }] }));
  await assert.rejects(wrangler.run(folder, ['deploy', '-c', 'early.json']), /10143/);
  await wrangler.run(folder, ['secret', 'bulk', '--name', 'late'], JSON.stringify({ KEY: 'value' }));
  await wrangler.run(folder, ['deploy', '-c', 'early.json']);
  assert.ok(cloudflare.account.scripts.has('early'));
});

test('a warning of wrangler ends the deployment', async (t) => {
  assert.deepEqual(warnings('fine\n▲ [WARNING] One thing\n\n  and why\n\nfine again\n▲ [WARNING] Another\nfine'), ['▲ [WARNING] One thing\n\n  and why', '▲ [WARNING] Another']);
  const folder = scratch(t);
  const wrangler = new Wrangler();
  t.after(() => wrangler.close());
  writeFileSync(join(folder, 'index.js'), 'export default { fetch: () => new Response("hello") };');
  writeFileSync(join(folder, 'wrangler.json'), JSON.stringify({ name: 'x', main: 'index.js', compatibility_date: '2026-11-01', compatibilty_flags: [] }));
  await assert.rejects(wrangler.run(folder, ['deploy', '-c', 'wrangler.json', '--dry-run']), /a warning is not let pass:[\s\S]*compatibilty_flags/);
});

test('a key that only one worker has is not made anew', (t) => {
  const folder = scratch(t);
  const workers = configure(readTarget('production', '/nonexistent', 'vetka.sh'), '/tmp');
  const file = join(folder, 'secrets.json');
  const half = new Map([['vetka-agent', new Set(['SESSION_KEY'])], ['vetka-api', new Set<string>()]]);
  assert.throws(() => makeMissing({}, workers, half, file), /vetka-agent has a SESSION_KEY that vetka-api lacks/);
  const all = new Map([['vetka-agent', new Set(['SESSION_KEY'])], ['vetka-api', new Set(['SESSION_KEY'])]]);
  assert.deepEqual(makeMissing({}, workers, all, file), []);
  const given = { SESSION_KEY: 'from the first time' };
  assert.deepEqual(makeMissing(given, workers, half, file), []);
});

test("half of a provider's client is not deployed", () => {
  const target = { ...readTarget('production', '/nonexistent', 'vetka.sh'), vars: { GOOGLE_CLIENT_ID: 'client' } };
  const workers = configure(target, '/tmp');
  const brought = { RESEND_API_KEY: 'x', ANTHROPIC_API_KEY: 'x' };
  assert.match(complaints(brought, workers, new Map(), 'file').join(), /GOOGLE_CLIENT_ID is set, so vetka-api needs the secret GOOGLE_CLIENT_SECRET/);
  assert.deepEqual(complaints({ ...brought, GOOGLE_CLIENT_SECRET: 'x' }, workers, new Map(), 'file'), []);
});

test('patterns, as the edge reads them', () => {
  assert.ok(matches('*.vetka.sh/*', 'ann.vetka.sh/x') && !matches('*.vetka.sh/*', 'vetka.sh/x'));
  assert.ok(matches('vetka.sh/ws*', 'vetka.sh/ws') && !matches('vetka.sh/ws*', 'vetka.sh/w'));
  assert.ok(covers('vetka.sh/*', 'vetka.sh') && covers('*vetka.sh/*', 'vetka.sh') && !covers('*.vetka.sh/*', 'vetka.sh'));
  assert.ok(!covers('blog.vetka.sh/*', 'vetka.sh'));
});

test('the API client waits when told to, reads every page, and says what was refused', async (t) => {
  const cloudflare = await startCloudflareEmulator();
  t.after(() => cloudflare.close());
  for (let at = 0; at < 23; at += 1) cloudflare.account.addZone(`zone-${at}.dev`);
  const api = new Api(cloudflare.token(), cloudflare.api);
  assert.equal((await api.all('/zones', 10)).length, 23);
  await assert.rejects(api.call('POST', '/zones/nowhere/dns_records', {}), (error) => error instanceof ApiError && error.code === 1001);
  const stranger = new Api('cf-secret-token', cloudflare.api);
  await assert.rejects(stranger.call('GET', '/zones'), (error) => error instanceof ApiError && !error.message.includes('cf-secret-token'));
});
