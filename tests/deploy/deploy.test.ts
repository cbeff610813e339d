// The whole of scripts/deploy, as an operator runs it: real wrangler, an emulated account, and the deployed workers
// themselves answering at their addresses afterwards.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setupAgent } from '../../scripts/agent-setup.ts';
import { startAgentsEmulator } from '../../scripts/emulators/agents/index.ts';
import { close, listen } from '../../scripts/emulators/agents/http.ts';
import { Refusal } from '../../scripts/emulators/cloudflare/account.ts';
import type { ApiCall } from '../../scripts/emulators/cloudflare/api.ts';
import { readAllCommitted } from '../../scripts/release/config.ts';
import { visit } from '../../scripts/release/smoke.ts';
import { root } from '../../scripts/stack/root.ts';
import { BROUGHT, refused, secretValues, startOperator, succeeded, summary, type Operator } from './harness.ts';

async function operatorFor(t: TestContext, zones?: string[]): Promise<Operator> {
  const operator = await startOperator(zones);
  t.after(() => operator.close());
  return operator;
}

const committed = readAllCommitted();
const all = Object.values(committed);

/** What an account holds after a whole deployment: what the workers' files say, and nothing else. */
const WHOLE = {
  databases: ['vetka'],
  namespaces: ['vetka-sessions'],
  records: ['AAAA *.vetka.sh 100:: true', 'AAAA vetka.sh 100:: true'],
  routes: all.flatMap(({ name, routes }) => routes.filter(({ custom_domain }) => custom_domain !== true).map(({ pattern }) => `${pattern} ${name}`)).sort(),
  domains: ['vetka.sh vetka-api'],
};

test('the files say who is where', () => {
  for (const route of ['*.vetka.sh/* vetka-hosting', 'vetka.sh/api/agent/* vetka-agent', 'vetka.sh/api/agent/deploy* vetka-deploy', 'vetka.sh/ws* vetka-teams']) assert.ok(WHOLE.routes.includes(route), route);
});

test('a dry run says what would be done, without an account and without a network', async (t) => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(500).end();
  });
  const url = await listen(server, 0);
  t.after(() => close(server));
  // Where the machine lets us, with no network at all.
  const alone = spawnSync('unshare', ['--user', '--map-root-user', '--net', 'true']).status === 0;
  const command = [join(root, 'scripts/deploy'), '--dry-run', '--no-build'];
  const run = spawnSync(alone ? 'unshare' : command[0] ?? '', alone ? ['--user', '--map-root-user', '--net', ...command] : command.slice(1), {
    env: { PATH: process.env['PATH'] ?? '', CLOUDFLARE_API_BASE_URL: url, HTTPS_PROXY: url, HTTP_PROXY: url },
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  for (const line of ['D1 vetka; KV vetka-sessions; R2 vetka', 'route *.vetka.sh/*', 'domain vetka.sh', 'schedule * * * * *', 'secret SESSION_KEY', 'What no script can do', 'Nothing was changed.']) {
    assert.ok(run.stdout.includes(line), `${line} is missing in:\n${run.stdout}`);
  }
  assert.equal(asked, 0);
});

test('an empty account becomes a running platform; run again, it stays the same one', async (t) => {
  const operator = await operatorFor(t);
  const { cloudflare } = operator;
  const tokens = new Set<string>();
  cloudflare.before = ({ token, path }: ApiCall) => void (path.includes('/assets/upload') || tokens.add(token));

  // Mail and the agent service, as scripts/doctor looks at them.
  const agents = await startAgentsEmulator({});
  t.after(() => agents.close());
  const { agentId, environmentId } = await setupAgent({ baseURL: agents.url, apiKey: 'local', appHost: 'vetka.sh', sitesHost: 'vetka.sh' });
  const resend = { status: 'pending' };
  const server = createServer((request, response) => response.writeHead(request.url === '/domains' ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data: [{ name: 'vetka.sh', status: resend.status }] })));
  const resendUrl = await listen(server, 0);
  t.after(() => close(server));
  operator.target('production', { vars: { RESEND_BASE_URL: resendUrl, ANTHROPIC_BASE_URL: agents.url, ANTHROPIC_AGENT_ID: agentId, ANTHROPIC_ENVIRONMENT_ID: `${environmentId}x` } });
  const empty = await operator.run('doctor');
  assert.equal(empty.code, 1, empty.err);
  for (const words of ['there is no database vetka', 'there is no bucket vetka', 'no worker has the domain vetka.sh', 'no DNS record *.vetka.sh', 'vetka-agent is not deployed', 'vetka.sh is pending at Resend', 'about ANTHROPIC_ENVIRONMENT_ID', '/healthz']) {
    assert.match(empty.out, new RegExp(`^missing .*${words.replaceAll('*', '\\*').replaceAll('.', '\\.')}`, 'm'), empty.out);
  }
  assert.match(empty.out, /^ok +the zone vetka\.sh is active$[\s\S]*^ok +ANTHROPIC_AGENT_ID is there$/m);
  assert.deepEqual(cloudflare.changes.filter((change) => !change.endsWith('/query')), [], 'a doctor changes nothing');
  resend.status = 'verified';
  operator.target('production', { vars: { RESEND_BASE_URL: resendUrl, ANTHROPIC_BASE_URL: agents.url, ANTHROPIC_AGENT_ID: agentId, ANTHROPIC_ENVIRONMENT_ID: environmentId } });

  // What lies around in an operator's environment must not decide where this goes.
  const stray = { CLOUDFLARE_API_KEY: 'stray', CLOUDFLARE_EMAIL: 'stray@example.org', CLOUDFLARE_ENV: 'staging', CF_API_TOKEN: 'stray', WRANGLER_LOG: 'debug' };
  const first = await operator.start([], stray).ended;
  succeeded(first);
  assert.deepEqual([...tokens], [operator.token]);
  const whole = summary(cloudflare);
  const { migrations, buckets, scripts, ...rest } = whole;
  assert.deepEqual(rest, WHOLE);
  assert.ok(migrations[0]?.includes('0001_spine.sql'));
  assert.deepEqual(buckets.map(({ name, lifecycle }) => ({ name, rules: lifecycle.length })), [{ name: 'vetka', rules: 1 }]);
  assert.deepEqual(scripts.map(({ name, workersDev }) => ({ name, workersDev })), all.map(({ name }) => ({ name, workersDev: false })).sort((a, b) => a.name.localeCompare(b.name)));
  assert.deepEqual(scripts.map(({ name, crons }) => `${name} ${crons.join()}`).sort(), all.map(({ name, triggers }) => `${name} ${(triggers?.crons ?? []).join()}`).sort());
  assert.match(first.out, /^deployed \{"target":"production","app":"https:\/\/vetka\.sh"/);

  // One key, the same for both who need it, kept where only the operator reads, and nowhere to be seen.
  const keys = new Set(secretValues(cloudflare, 'SESSION_KEY'));
  assert.equal(keys.size, 1);
  const [key = ''] = keys;
  assert.equal(Buffer.from(key, 'base64').length, 32);
  const [admin = ''] = secretValues(cloudflare, 'ADMIN_KEY');
  assert.equal(admin.length, 43);
  const [seal = ''] = secretValues(cloudflare, 'SECRETS_KEY');
  assert.match(seal, /^1:[\w+/]{43}=$/);
  const file = join(operator.settings, 'production.secrets.json');
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { ...BROUGHT, SESSION_KEY: key, SECRETS_KEY: seal, ADMIN_KEY: admin });
  assert.equal(statSync(file).mode & 0o077, 0);
  for (const secret of [key, admin, seal, ...Object.values(BROUGHT), operator.token]) assert.ok(!`${first.out}${first.err}`.includes(secret));

  // The platform that was uploaded serves, with the assets that its pages name.
  const home = await visit('GET', 'vetka.sh', '/', cloudflare.edge);
  const asset = /\/assets\/[\w.-]+\.css/.exec(home.body)?.[0] ?? '';
  assert.equal((await visit('GET', 'vetka.sh', asset, cloudflare.edge)).status, 200, asset);

  // Every worker reaches what it is bound to, and says which version it is.
  const { body } = await visit('GET', 'vetka.sh', '/healthz', cloudflare.edge);
  const health = JSON.parse(body) as { ok: boolean; version: string; workers: Record<string, { version: string }> };
  const live = (name: string) => cloudflare.account.live(cloudflare.account.script(name))?.id;
  const running = { api: health.version, ...Object.fromEntries(Object.entries(health.workers).map(([name, { version }]) => [name, version])) };
  assert.deepEqual({ ok: health.ok, ...running }, { ok: true, ...Object.fromEntries(Object.keys(running).map((name) => [name, live(`vetka-${name}`)])) });
  for (const name of ['agent', 'deploy', 'hosting', 'openweb', 'teams']) assert.ok(name in running, name);

  const well = await operator.run('doctor', '--json');
  assert.equal(well.code, 0, well.out);
  const findings = JSON.parse(well.out) as { state: string; what: string }[];
  assert.deepEqual(findings.filter(({ state }) => state !== 'ok').map(({ what }) => what).filter((what) => !/^vetka-(api|teams) has no /.test(what)), []);
  for (const secret of [key, admin, ...Object.values(BROUGHT)]) assert.ok(!well.out.includes(secret));

  // The key is changed in two steps, and the old one dropped later; without a yes nothing is.
  refused(await operator.run('admin', 'rotate-keys'), /SESSION_KEY will be changed[\s\S]*Say --yes/);
  assert.deepEqual(new Set(secretValues(cloudflare, 'SESSION_KEY')), keys);
  succeeded(await operator.run('admin', 'rotate-keys', '--yes'));
  const [changed = '', ...others] = new Set(secretValues(cloudflare, 'SESSION_KEY'));
  assert.ok(changed !== key && others.length === 0);
  assert.deepEqual(secretValues(cloudflare, 'SESSION_KEY_PREVIOUS'), [key, key, key, key]);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { ...BROUGHT, SESSION_KEY: changed, SESSION_KEY_PREVIOUS: key, SECRETS_KEY: seal, ADMIN_KEY: admin });
  refused(await operator.run('admin', 'rotate-keys', '--yes'), /The last change is not over/);
  const nobody = await operator.run('admin', 'find', 'nobody', '--json');
  assert.equal(nobody.out, '{"accounts":[],"sites":[]}\n', nobody.err);
  succeeded(await operator.run('admin', 'rotate-keys', '--finish', '--yes'));
  assert.deepEqual(secretValues(cloudflare, 'SESSION_KEY_PREVIOUS'), []);
  keys.clear();
  keys.add(changed);

  // So is the key that seals; asked for again it makes no third one, and goes on sealing what is left.
  refused(await operator.run('admin', 'rotate-secrets'), /SECRETS_KEY will be changed[\s\S]*Say --yes/);
  refused(await operator.run('admin', 'rotate-secrets', '--finish', '--yes'), /There is no old key to drop/);
  const begun = await operator.run('admin', 'rotate-secrets', '--yes', '--json');
  succeeded(begun);
  assert.equal(begun.out, '{"rotated":true,"finished":false,"resealed":0,"left":0,"unreadable":0,"lost":0}\n');
  const [sealNext = ''] = secretValues(cloudflare, 'SECRETS_KEY');
  assert.match(sealNext, /^2:[\w+/]{43}=$/);
  assert.deepEqual(secretValues(cloudflare, 'SECRETS_KEY_PREVIOUS'), [seal]);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { ...BROUGHT, SESSION_KEY: changed, SECRETS_KEY: sealNext, SECRETS_KEY_PREVIOUS: seal, ADMIN_KEY: admin });
  succeeded(await operator.run('admin', 'rotate-secrets', '--yes'));
  assert.deepEqual(secretValues(cloudflare, 'SECRETS_KEY'), [sealNext]);
  assert.match((await operator.run('doctor')).out, /vetka-teams still takes an old SECRETS_KEY/);
  succeeded(await operator.run('admin', 'rotate-secrets', '--finish', '--yes'));
  assert.deepEqual(secretValues(cloudflare, 'SECRETS_KEY_PREVIOUS'), []);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { ...BROUGHT, SESSION_KEY: changed, SECRETS_KEY: sealNext, ADMIN_KEY: admin });

  // Again, and without the file: what is set at Cloudflare stays set.
  rmSync(file);
  cloudflare.changes.length = 0;
  succeeded(await operator.deploy());
  assert.deepEqual(summary(cloudflare), whole);
  assert.deepEqual(new Set(secretValues(cloudflare, 'SESSION_KEY')), keys);
  const made = cloudflare.changes.filter((change) => /^POST .*\/(database|namespaces|buckets|dns_records)$|lifecycle|^DELETE/.test(change));
  assert.deepEqual(made, []);
});

/** Where a deployment is cut off, in the order in which it gets there, and whether the call still arrives. */
const CUTS: [RegExp, arrives: boolean][] = [
  [/^POST .*\/d1\/database$/, true],
  [/^POST .*\/namespaces$/, false],
  [/^POST .*\/query$/, true],
  [/^POST .*\/dns_records$/, true],
  [/^PUT .*\/scripts\/vetka-agent$/, true],
  [/^PUT .*\/scripts\/vetka-agent\/routes$/, false],
  [/^PUT .*\/scripts\/vetka-api$/, true],
  [/^PUT .*\/scripts\/vetka-api\/domains\/records$/, false],
];

test('killed at any point and run again, it ends where an undisturbed one ends', async (t) => {
  const calm = await operatorFor(t);
  succeeded(await calm.deploy());
  const operator = await operatorFor(t);
  for (const [at, arrives] of CUTS) {
    const { child, ended } = operator.start([]);
    let cut = false;
    operator.cloudflare.before = async ({ method, path }) => {
      if (cut || !at.test(`${method} ${path}`)) return;
      cut = true;
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      if (!arrives) await new Promise(() => undefined);
    };
    const { code } = await ended;
    assert.equal(cut, true, `never came to ${at}`);
    assert.equal(code, null);
  }
  operator.cloudflare.before = () => undefined;
  succeeded(await operator.deploy());
  assert.deepEqual(summary(operator.cloudflare), summary(calm.cloudflare));
  assert.equal(new Set(secretValues(operator.cloudflare, 'SESSION_KEY')).size, 1);
});

test('what has to be set right first is said all at once, and nothing is changed', async (t) => {
  const operator = await operatorFor(t, []);
  const { account, changes } = operator.cloudflare;
  refused(await operator.start([], { CLOUDFLARE_API_TOKEN: 'wrong' }).ended, /Cloudflare does not know this API token/);
  refused(await operator.start([], { CLOUDFLARE_API_TOKEN: '' }).ended, /CLOUDFLARE_API_TOKEN is not set[\s\S]*Make an API token/);
  refused(await operator.start([], { CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32) }).ended, /There is no account f+ for this token/);

  account.r2Enabled = false;
  account.workersSubdomain = null;
  const narrow = operator.cloudflare.token(['account', 'kv', 'scripts', 'r2', 'zones', 'dns', 'routes']);
  const many = await operator.start([], { CLOUDFLARE_API_TOKEN: narrow }).ended;
  for (const words of [/R2 is not enabled/, /D1 Edit/, /no workers\.dev subdomain/, /zone vetka\.sh is not in this account/]) refused(many, words);

  account.r2Enabled = true;
  account.workersSubdomain = 'someone';
  const zone = account.addZone('vetka.sh', 'pending');
  refused(await operator.deploy(), /zone vetka\.sh is pending\. Set the name servers/);

  zone.status = 'active';
  operator.secrets('production', { RESEND_API_KEY: 'x', RESEND_KEY: 'y' });
  const secrets = await operator.deploy();
  refused(secrets, /No worker takes the secret RESEND_KEY/);
  refused(secrets, /vetka-agent needs the secret ANTHROPIC_API_KEY/);
  writeFileSync(join(operator.settings, 'production.secrets.json'), '{"RESEND_API_KEY": canary');
  const broken = await operator.deploy();
  refused(broken, /is not JSON/);
  assert.doesNotMatch(broken.err, /canary/);
  assert.equal(spawnSync('chmod', ['644', join(operator.settings, 'production.secrets.json')]).status, 0);
  refused(await operator.deploy(), /can be read by others/);

  assert.deepEqual(changes, []);
});

test("what stands in the way is somebody's: refused, until the operator says it may go", async (t) => {
  const operator = await operatorFor(t);
  const { account, changes } = operator.cloudflare;
  const zone = account.zones[0];
  assert.ok(zone);
  account.addRecord(zone, { type: 'A', name: 'vetka.sh', content: '203.0.113.7', proxied: true });
  account.addRecord(zone, { type: 'MX', name: 'vetka.sh', content: 'mail.example.org' });
  account.addRecord(zone, { type: 'CNAME', name: '*.vetka.sh', content: 'elsewhere.example.org' });
  zone.routes.push({ id: 'r1', pattern: 'vetka.sh/*', script: 'shop' }, { id: 'r2', pattern: 'blog.vetka.sh/*', script: 'blog' });
  const run = await operator.deploy();
  for (const words of [/vetka\.sh A 203\.0\.113\.7/, /\*\.vetka\.sh CNAME elsewhere/, /the route vetka\.sh\/\* of the worker shop/, /Nothing was changed/]) refused(run, words);
  assert.doesNotMatch(run.err, /MX|blog/);
  assert.deepEqual(changes, []);

  const taken = await operator.deploy('--take-over');
  succeeded(taken);
  assert.match(taken.err, /blog\.vetka\.sh\/\* of the worker blog stays/);
  const after = summary(operator.cloudflare);
  assert.deepEqual(after.records, ['AAAA *.vetka.sh 100:: true', 'AAAA vetka.sh 100:: true', 'MX vetka.sh mail.example.org false']);
  assert.deepEqual(after.routes.filter((route) => !route.includes(' vetka-')), ['blog.vetka.sh/* blog']);
});

test('a second target has everything of its own and leaves the first as it is', async (t) => {
  const operator = await operatorFor(t, ['vetka.sh', 'vetka-staging.dev', 'sites-staging.dev']);
  const { cloudflare } = operator;
  succeeded(await operator.deploy());
  const before = summary(cloudflare);
  const versions = () => [...cloudflare.account.scripts.values()].filter(({ name }) => !name.endsWith('-staging')).map((script) => cloudflare.account.live(script)?.id);
  const running = versions();

  refused(await operator.deploy('staging'), /"staging" needs a domain of its own/);
  for (const [settings, words] of [
    [{ domain: 'vetka.sh' }, /vetka\.sh of "staging" and vetka\.sh of "production" meet/],
    [{ domain: 'staging.vetka.sh', sitesDomain: 'sites-staging.dev', zone: 'vetka.sh' }, /staging\.vetka\.sh of "staging" and vetka\.sh of "production" meet/],
    [{ domain: 'app.example.org', zone: 'example.org' }, /the certificate that a zone comes with covers one/],
    [{ domain: 'vetka-staging.dev', routes: [] }, /"routes" is not a setting/],
    [{ domain: 'vetka-staging.dev', vars: { NOBODYS: 'x' } }, /No worker has a variable NOBODYS/],
  ] as const) {
    operator.target('staging', settings);
    refused(await operator.deploy('staging'), words);
  }

  operator.target('staging', { domain: 'vetka-staging.dev', sitesDomain: 'sites-staging.dev', vars: { MAIL_FROM: 'Staging <hello@vetka-staging.dev>' } });
  operator.secrets('staging', BROUGHT);
  // A route that production holds in the other's zone stays production's, whatever is said.
  const zone = cloudflare.account.zones.find(({ name }) => name === 'sites-staging.dev');
  assert.ok(zone);
  zone.routes.push({ id: 'held', pattern: '*.sites-staging.dev/*', script: 'vetka-hosting' });
  refused(await operator.deploy('staging', '--take-over'), /belongs to vetka-hosting, which is production's/);
  zone.routes.length = 0;

  succeeded(await operator.deploy('staging'));
  const staging = [...cloudflare.account.scripts.values()].filter(({ name }) => name.endsWith('-staging'));
  assert.equal(staging.length, all.length);
  const productions = new Set(['vetka', ...all.map(({ name }) => name), ...cloudflare.account.databases.filter(({ name }) => name === 'vetka').map(({ uuid }) => uuid), ...cloudflare.account.namespaces.filter(({ title }) => title === 'vetka-sessions').map(({ id }) => id)]);
  for (const script of staging) {
    for (const { name, type, text, ...fields } of cloudflare.account.live(script)?.bindings ?? []) {
      for (const value of Object.values(fields)) assert.ok(!productions.has(String(value)), `${script.name} ${name} ${type} is production's ${String(value)}`);
      assert.doesNotMatch(String(text ?? ''), /vetka\.sh/);
    }
  }
  const [first, second] = [...new Set(secretValues(cloudflare, 'SESSION_KEY'))];
  assert.ok(first && second && first !== second);

  const after = summary(cloudflare);
  const production = ({ scripts, records, routes, domains }: typeof after) => ({
    scripts: scripts.filter(({ name }) => !name.endsWith('-staging')),
    records: records.filter((record) => !record.includes('staging')),
    routes: routes.filter((route) => !route.includes('staging')),
    domains: domains.filter((domain) => !domain.includes('staging')),
  });
  assert.deepEqual(production(after), production(before));
  assert.deepEqual(versions(), running);
  assert.ok(after.routes.includes('*.sites-staging.dev/* vetka-hosting-staging'));
  assert.ok(after.domains.includes('vetka-staging.dev vetka-api-staging'));
});

test('a platform that does not answer is brought back to what ran before, but not across a change of Durable Objects', async (t) => {
  const operator = await operatorFor(t);
  const { account } = operator.cloudflare;
  const nowhere = ['--edge', 'http://127.0.0.1:9', '--patience', '0'];
  const running = () => Object.fromEntries([...account.scripts.values()].map((script) => [script.name, account.live(script)?.id]));

  // The first time there is nothing to go back to.
  const first = await operator.deploy(...nowhere);
  refused(first, /not all of it answers:[\s\S]*the app and the workers behind it are up/);
  refused(first, /Nothing was rolled back[\s\S]*vetka-agent stays as it is now: nothing of it ran before/);

  const before = running();
  refused(await operator.deploy(...nowhere, '--no-rollback'), new RegExp(`wrangler rollback ${before['vetka-api'] ?? ''} --name vetka-api`));
  const left = running();
  assert.notEqual(left['vetka-api'], before['vetka-api']);
  // An upload that fails half-way brings back what went before it.
  operator.cloudflare.before = ({ method, path }) => {
    if (method !== 'GET' && path.includes('/scripts/vetka-hosting/versions')) throw new Refusal(400, 10021, 'The script does not start.');
  };
  refused(await operator.deploy(), /does not start[\s\S]*Rolled back:/);
  assert.deepEqual(running(), left);
  const latest = [...account.scripts.values()].map(({ deployments }) => deployments.at(-1)?.message ?? '');
  assert.ok(latest.some((message) => /did not answer as it should/.test(message)), latest.join());
  operator.cloudflare.before = () => undefined;

  // Had the agent's objects changed, the others alone would go back.
  const agent = account.script('vetka-agent');
  for (const version of agent.versions) version.migrationTag = 'v1';
  agent.migrationTag = 'v1';
  const since = committed.agent.migrations?.slice(1) ?? [];
  for (const name of since.flatMap(({ new_sqlite_classes }) => new_sqlite_classes ?? [])) agent.classes.delete(name);
  const across = await operator.deploy(...nowhere);
  refused(across, new RegExp(`vetka-agent stays as it is now: its Durable Objects went from v1 to ${since.at(-1)?.tag ?? 'nothing'}`));
  const after = running();
  assert.equal(after['vetka-api'], left['vetka-api']);
  assert.notEqual(after['vetka-agent'], left['vetka-agent']);
});
