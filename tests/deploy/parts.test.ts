// Parts of a deployment that are quicker to try by themselves: the order, warnings, patterns, half-set keys.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCloudflareEmulator } from '../../scripts/emulators/cloudflare/index.ts';
import { matches } from '../../scripts/emulators/cloudflare/edge.ts';
import { Api, ApiError } from '../../scripts/release/api.ts';
import { checked, configure, covers, order, readAllCommitted, type Ids, type Worker, type WorkerConfig } from '../../scripts/release/config.ts';
import { ensureResources, resources } from '../../scripts/release/resources.ts';
import { complaints, makeMissing } from '../../scripts/release/secrets.ts';
import { readTarget, type Target } from '../../scripts/release/target.ts';
import { warnings, Wrangler } from '../../scripts/release/wrangler.ts';
import { tables } from '../http/tables.ts';

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

test("the committed files' own order deploys every binding's target first, or a stub of it", () => {
  const committed = readAllCommitted();
  const target = readTarget('production', '/nonexistent', 'vetka.sh');
  const [seen, stubs] = [new Set<string>(), new Set<string>()];
  for (const { kind, worker: { config } } of order(configure(target, '/tmp'))) {
    if (kind === 'stub') {
      stubs.add(config.name);
      continue;
    }
    for (const { service } of config.services ?? []) assert.ok(seen.has(service) || stubs.has(service), `${config.name} before ${service}`);
    for (const { script_name } of config.durable_objects?.bindings ?? []) assert.ok(!script_name || seen.has(script_name));
    seen.add(config.name);
  }
  assert.equal(seen.size, Object.keys(committed).length);
});

test('in production nothing but ids and paths differs from the committed files', () => {
  for (const { committed, config } of configure(production(), '/tmp')) {
    const plain = (one: WorkerConfig) => JSON.parse(JSON.stringify(one, (key, value: unknown) => (['main', 'build', 'directory', 'migrations_dir', 'database_id', 'id', 'zone_name'].includes(key) ? undefined : value))) as unknown;
    assert.deepEqual(plain(config), plain(committed));
  }
});

const production = (more: object = {}): Target => ({ ...readTarget('production', '/nonexistent', 'vetka.sh'), ...more });
const staging: Target = { ...production(), name: 'staging', production: false, domain: 'vetka-staging.dev', zone: 'vetka-staging.dev', sitesDomain: 'sites-staging.dev' };

test('a second target has queues, limiters and data sets of its own', () => {
  const committed = readAllCommitted();
  Object.assign(committed.api, {
    queues: { producers: [{ binding: 'JOBS', queue: 'vetka-jobs' }], consumers: [{ queue: 'vetka-jobs', dead_letter_queue: 'vetka-jobs-dead', max_retries: 3 }] },
    ratelimits: [{ name: 'RL_ONE', namespace_id: '1001', simple: { limit: 5, period: 60 } }, { name: 'RL_TWO', namespace_id: '1002', simple: { limit: 5, period: 60 } }],
  });
  const api = (target: Target): WorkerConfig => {
    const found = configure(target, '/tmp', undefined, committed).find(({ worker }) => worker === 'api');
    assert.ok(found);
    return found.config;
  };
  const ours = api(production());
  assert.deepEqual([ours.queues, ours.ratelimits, ours.analytics_engine_datasets], [committed.api.queues, committed.api.ratelimits, [{ binding: 'METRICS', dataset: 'vetka_metrics' }]]);

  const theirs = api(staging);
  assert.deepEqual(theirs.queues, {
    producers: [{ binding: 'JOBS', queue: 'vetka-jobs-staging' }],
    consumers: [{ queue: 'vetka-jobs-staging', dead_letter_queue: 'vetka-jobs-dead-staging', max_retries: 3 }],
  });
  // A data set's name takes no hyphen.
  assert.deepEqual(theirs.analytics_engine_datasets, [{ binding: 'METRICS', dataset: 'vetka_metrics_staging' }]);
  // Limiters are known by numbers, which are one account's: nobody's else, told apart, whole, and the same each time.
  const numbers = (target: Target): string[] => (api(target).ratelimits ?? []).map(({ namespace_id }) => namespace_id);
  const all = [numbers(production()), numbers(staging), numbers({ ...staging, name: 'preview' })].flat();
  assert.equal(new Set(all).size, 6, all.join());
  for (const number of all) assert.ok(/^[1-9]\d*$/.test(number) && Number(number) < 2 ** 53, number);
  assert.deepEqual(numbers(staging), numbers(staging));
  assert.deepEqual(theirs.ratelimits?.map(({ name }) => name), ['RL_ONE', 'RL_TWO']);

  const workers = configure(staging, '/tmp', undefined, committed);
  assert.deepEqual(resources(staging, workers).queues, ['vetka-jobs-dead-staging', 'vetka-jobs-staging']);
});

test('every route of the app is led to the worker that has it', () => {
  const committed = Object.entries(readAllCommitted()).flatMap(([worker, { routes }]) => routes.filter(({ custom_domain }) => custom_domain !== true).map(({ pattern }) => ({ worker, pattern })));
  const led = (path: string): string => {
    const hits = committed.filter(({ pattern }) => matches(pattern, `vetka.sh${path}`));
    return hits.sort((a, b) => b.pattern.length - a.pattern.length)[0]?.worker ?? 'api';
  };
  const astray = Object.entries(tables).flatMap(([worker, routes]) => routes.map(({ path }) => path.replaceAll(/\{\w+\}/g, 'x')).filter((path) => led(path) !== worker).map((path) => `${path} of ${worker} goes to ${led(path)}`));
  // The door for sockets is the teams worker's, which passes on what is about a site.
  assert.deepEqual(astray, ['/ws of agent goes to teams']);
});

test('previews and the proxy of the sandboxes are where the sites are, and so are told', () => {
  const teams = (target: Target): WorkerConfig => {
    const found = configure(target, '/tmp').find(({ worker }) => worker === 'teams');
    assert.ok(found);
    return found.config;
  };
  for (const [target, domain, sites] of [[production(), 'vetka.sh', 'vetka.sh'], [staging, 'vetka-staging.dev', 'sites-staging.dev'], [production({ sitesDomain: 'vetka.site' }), 'vetka.sh', 'vetka.site']] as const) {
    const { routes, vars } = teams(target);
    const of = (pattern: string): string | undefined => routes.find((route) => route.pattern === pattern)?.zone_name;
    assert.equal(of(`proxy.${sites}/*`), sites);
    assert.equal(of(`*.preview.${sites}/*`), sites);
    assert.equal(of(`${domain}/api/v1/sessions*`), domain);
    assert.equal(vars?.['PROXY_ORIGIN'], `https://proxy.${sites}`);
    assert.equal(vars?.['PREVIEW_ORIGIN'], `https://{session}.preview.${sites}`);
    assert.equal(vars?.['MAIL_FROM'], `Vetka <hello@${domain}>`);
  }
});

test('queues are made once, with the one that what cannot be delivered goes to', async (t) => {
  const cloudflare = await startCloudflareEmulator();
  t.after(() => cloudflare.close());
  const committed = readAllCommitted();
  Object.assign(committed.deploy, { queues: { consumers: [{ queue: 'vetka-jobs', dead_letter_queue: 'vetka-jobs-dead' }] } });
  const workers = configure(production(), '/tmp', undefined, committed);
  const api = new Api(cloudflare.token(), cloudflare.api);
  const said: string[] = [];
  const ensure = async (): Promise<unknown> => await ensureResources(api, cloudflare.account.id, production(), workers, (line) => void said.push(line));
  // Somebody was faster between the look and the making of one.
  cloudflare.before = ({ method, path }) => {
    if (method === 'POST' && path.endsWith('/queues') && cloudflare.account.queues.length === 0) cloudflare.account.queues.push({ queue_id: 'q', queue_name: 'vetka-jobs' });
  };
  await ensure();
  assert.deepEqual(cloudflare.account.queues.map(({ queue_name }) => queue_name).sort(), ['vetka-jobs', 'vetka-jobs-dead']);
  const before = cloudflare.changes.length;
  await ensure();
  assert.equal(cloudflare.changes.length, before);
  assert.deepEqual(said.filter((line) => line.includes('queue')), ['made the queue vetka-jobs-dead']);
});

test('what a second target would share with production is refused, and so is what nobody has thought about', () => {
  const committed = readAllCommitted();
  // A bucket of production's that is called what the second target's would be.
  committed.hosting.r2_buckets = [{ binding: 'BUCKET', bucket_name: 'vetka' }, { binding: 'OTHER', bucket_name: 'vetka-staging' }];
  assert.throws(() => configure(staging, '/tmp', undefined, committed), /would share r2 vetka-staging with production/);
  assert.doesNotThrow(() => configure({ ...staging, name: 'preview' }, '/tmp', undefined, committed));

  const plain = { name: 'x', main: 'x', compatibility_date: '2026-11-01', routes: [], workers_dev: false, preview_urls: false };
  assert.deepEqual(checked(plain, 'x.toml'), plain);
  assert.throws(() => checked({ ...plain, hyperdrive: [] }, 'x.toml'), /x\.toml has "hyperdrive", which scripts\/release\/config\.ts does not know/);
  assert.throws(() => checked({ ...plain, workers_dev: true }, 'x.toml'), /doors around the routes/);
});

test("the app keeps its place where a route of the sites would take it, and people's own domains come to who serves sites", () => {
  const routes = (more: object): string[] => configure(production(more), '/tmp').flatMap(({ config }) =>
    config.routes.filter(({ pattern, custom_domain }) => custom_domain !== true && /^\*\/|^(?!proxy)[a-z.]+\/\*$/.test(pattern)).map(({ pattern, zone_name }) => `${config.name} ${pattern} in ${zone_name}`)).sort();
  assert.deepEqual(routes({}), []);
  assert.deepEqual(routes({ ownDomains: true }), ['vetka-api vetka.sh/* in vetka.sh', 'vetka-hosting */* in vetka.sh', 'vetka-openweb */.well-known/webfinger* in vetka.sh']);
  assert.deepEqual(routes({ ownDomains: true, sitesDomain: 'vetka.site' }), ['vetka-hosting */* in vetka.site', 'vetka-openweb */.well-known/webfinger* in vetka.site']);
  // Sites at *.example.org would take app.example.org: a route goes before a custom domain.
  const below = { domain: 'app.example.org', zone: 'example.org', sitesDomain: 'example.org' };
  assert.deepEqual(routes(below), ['vetka-api app.example.org/* in example.org']);
  assert.deepEqual(routes({ ...below, ownDomains: true }), ['vetka-api app.example.org/* in example.org', 'vetka-hosting */* in example.org', 'vetka-openweb */.well-known/webfinger* in example.org']);
  const zone = (more: object, ids?: Ids): unknown => configure(production(more), '/tmp', ids).find(({ worker }) => worker === 'api')?.config.vars?.['SAAS_ZONE_ID'];
  const ids: Ids = { databases: { vetka: 'd' }, namespaces: { 'vetka-sessions': 'n' }, zones: { 'vetka.sh': 'z1' } };
  assert.deepEqual([zone({}, ids), zone({ ownDomains: true }, ids), zone({ ownDomains: true })], ['', 'z1', '0'.repeat(32)]);
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
  const half = new Map([['vetka-agent', new Set(['SESSION_KEY'])], ['vetka-api', new Set(['ADMIN_KEY'])]]);
  assert.throws(() => makeMissing({}, workers, half, file), /vetka-agent has a SESSION_KEY that vetka-openweb and vetka-teams and vetka-api lacks/);
  const all = new Map([['vetka-agent', new Set(['SESSION_KEY'])], ['vetka-openweb', new Set(['SESSION_KEY'])], ['vetka-teams', new Set(['SESSION_KEY', 'SECRETS_KEY'])], ['vetka-api', new Set(['SESSION_KEY', 'ADMIN_KEY'])]]);
  assert.deepEqual(makeMissing({}, workers, all, file), []);
  const given = { SESSION_KEY: 'from the first time', SECRETS_KEY: '1:from the first time' };
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
