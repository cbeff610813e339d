// People's own domains: what scripts/deploy makes for them in the zone of the sites, what it leaves alone, and how
// scripts/doctor tells what of it is missing.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Zone } from '../../scripts/emulators/cloudflare/account.ts';
import { visit } from '../../scripts/release/smoke.ts';
import { BROUGHT, refused, startOperator, succeeded, summary, type Operator } from './harness.ts';

interface Finding {
  state: string;
  what: string;
  how?: string;
}

async function operatorFor(t: TestContext, zones: string[], settings: object): Promise<Operator & { zone: Zone }> {
  const operator = await startOperator(zones);
  t.after(() => operator.close());
  operator.target('production', settings);
  const zone = operator.cloudflare.account.zones.at(-1);
  assert.ok(zone);
  return Object.assign(operator, { zone });
}

/** Somebody's domain that Cloudflare has let in. */
const letIn = (zone: Zone, hostname: string): void =>
  void zone.hostnames.push({ id: hostname, hostname, status: 'active', sslStatus: 'active', method: 'http', certificateAuthority: 'google', createdAt: new Date().toISOString() });

test("people's own domains, in a zone that the app shares with its sites", async (t) => {
  const operator = await operatorFor(t, ['vetka.sh'], { ownDomains: true });
  const { cloudflare, zone } = operator;
  const findings = async (): Promise<Finding[]> => JSON.parse((await operator.run('doctor', '--json')).out) as Finding[];
  const missing = async (): Promise<string[]> => (await findings()).flatMap(({ state, what }) => (state === 'missing' ? [what] : []));

  const dry = await operator.deploy('--dry-run');
  succeeded(dry);
  for (const line of ['fallback.vetka.sh AAAA 100:: proxied', 'route */*', 'route vetka.sh/*', 'enable Cloudflare for SaaS', 'SSL and Certificates Edit (vetka.sh)', 'as CLOUDFLARE_SAAS_TOKEN']) {
    assert.ok(dry.out.includes(line), `${line} is missing in:\n${dry.out}`);
  }

  // What has to be set right first.
  operator.target('production', { vars: { SAAS_ZONE_ID: zone.id } });
  refused(await operator.deploy(), /set "ownDomains" to true instead of the variable SAAS_ZONE_ID/);
  operator.target('production', { ownDomains: 'yes' });
  refused(await operator.deploy(), /"ownDomains" must be true or false/);
  operator.target('production', { ownDomains: true });
  refused(await operator.deploy(), /"ownDomains" is set, so vetka-api needs the secret CLOUDFLARE_SAAS_TOKEN/);
  operator.secrets('production', { ...BROUGHT, CLOUDFLARE_SAAS_TOKEN: cloudflare.token(['hostnames']) });
  const narrow = cloudflare.token(['account', 'd1', 'kv', 'scripts', 'r2', 'zones', 'dns', 'routes']);
  refused(await operator.start([], { CLOUDFLARE_API_TOKEN: narrow }).ended, /may not do this: SSL and Certificates Edit/);
  zone.hostnameQuota = 0;
  refused(await operator.deploy(), /"ownDomains" wants Cloudflare for SaaS\. Open the zone vetka\.sh in the dashboard/);
  zone.hostnameQuota = 2;

  // What stands where ours would go.
  const now = new Date().toISOString();
  zone.fallbackOrigin = { origin: 'shop.vetka.sh', status: 'active', errors: [], created_at: now, updated_at: now };
  cloudflare.account.addRecord(zone, { type: 'A', name: 'fallback.vetka.sh', content: '203.0.113.7', proxied: true });
  zone.routes.push({ id: 'r1', pattern: '*/*', script: 'shop' });
  const inTheWay = await operator.deploy();
  for (const words of [/the fallback origin shop\.vetka\.sh/, /fallback\.vetka\.sh A 203\.0\.113\.7/, /the route \*\/\* of the worker shop/]) refused(inTheWay, words);
  assert.deepEqual(cloudflare.changes, []);

  succeeded(await operator.deploy('--take-over'));
  const whole = summary(cloudflare);
  assert.deepEqual(whole.records, ['AAAA *.vetka.sh 100:: true', 'AAAA fallback.vetka.sh 100:: true', 'AAAA vetka.sh 100:: true']);
  assert.deepEqual(whole.routes.filter((route) => /^\*\/|^vetka\.sh\/\*/.test(route)), ['*/* vetka-hosting', '*/.well-known/webfinger* vetka-openweb', 'vetka.sh/* vetka-api']);
  assert.equal(zone.fallbackOrigin.origin, 'fallback.vetka.sh');
  const zoneId = (): unknown => cloudflare.account.live(cloudflare.account.script('vetka-api'))?.bindings.find(({ name }) => name === 'SAAS_ZONE_ID')?.['text'];
  assert.equal(zoneId(), zone.id);

  // Cloudflare looks again and again where a name leads.
  cloudflare.account.resolve = async (name) => (/^www\.(ann|cat)\.shop$/.test(name) ? ['fallback.vetka.sh'] : []);
  // A domain that was let in comes to whoever serves sites, every other to nobody; the app is where it was.
  letIn(zone, 'www.ann.shop');
  const own = await visit('GET', 'www.ann.shop', '/', cloudflare.edge);
  assert.equal(own.status, 404, own.body);
  assert.match(own.body, /<html/i);
  assert.equal((await visit('GET', 'www.bob.shop', '/', cloudflare.edge)).status, 530);
  assert.equal((await visit('GET', 'vetka.sh', '/healthz', cloudflare.edge)).status, 200);

  // A doctor sees each part that goes missing, and says how to have it back.
  assert.deepEqual((await missing()).filter((what) => !what.startsWith('ANTHROPIC') && !/Resend|mail/.test(what)), []);
  const well = (await findings()).map(({ state, what }) => `${state} ${what}`);
  for (const line of ['ok the DNS record fallback.vetka.sh', "ok 1 of 2 places for people's own domains are taken", 'ok the fallback origin fallback.vetka.sh is active', 'ok the route */* leads to vetka-hosting', 'ok the route vetka.sh/* leads to vetka-api', 'ok CLOUDFLARE_SAAS_TOKEN may look at domains', "ok a domain of one's own is offered"]) {
    assert.ok(well.includes(line), `${line} is missing in:\n${well.join('\n')}`);
  }
  const before = structuredClone({ records: zone.records, routes: zone.routes });
  zone.records = zone.records.filter(({ name }) => name !== 'fallback.vetka.sh');
  zone.routes = zone.routes.filter(({ pattern }) => !['*/*', 'vetka.sh/*'].includes(pattern));
  zone.fallbackOrigin.status = 'deployment_timed_out';
  letIn(zone, 'www.cat.shop');
  operator.secrets('production', { ...BROUGHT, CLOUDFLARE_SAAS_TOKEN: cloudflare.token(['dns']) });
  const ill = await findings();
  const said = ill.map(({ state, what }) => `${state} ${what}`);
  for (const line of ['missing there is no DNS record fallback.vetka.sh AAAA 100::, proxied', "warning 2 of 2 places for people's own domains are taken", 'missing the fallback origin fallback.vetka.sh is deployment_timed_out', 'missing there is no route */* to vetka-hosting', 'missing there is no route vetka.sh/* to vetka-api', 'missing CLOUDFLARE_SAAS_TOKEN may not look at domains']) {
    assert.ok(said.includes(line), `${line} is missing in:\n${said.join('\n')}`);
  }
  assert.ok(ill.every(({ state, how }) => state === 'ok' || (how ?? '') !== ''));
  zone.fallbackOrigin = null;
  zone.hostnameQuota = 0;
  for (const words of ['the fallback origin of vetka.sh is not set, not fallback.vetka.sh', 'Cloudflare for SaaS is not enabled in the zone vetka.sh']) assert.ok((await missing()).includes(words), words);
  Object.assign(zone, before);
  zone.hostnameQuota = 2;

  // Run again, it makes what is missing and nothing else; without the setting, nothing of it is used any more.
  operator.secrets('production', BROUGHT);
  cloudflare.changes.length = 0;
  succeeded(await operator.deploy());
  assert.deepEqual(summary(cloudflare), whole);
  const made = cloudflare.changes.filter((change) => /dns_records|custom_hostnames|^DELETE/.test(change));
  assert.deepEqual(made, [`PUT /zones/${zone.id}/custom_hostnames/fallback_origin`]);
  operator.target('production', {});
  succeeded(await operator.deploy());
  assert.deepEqual(summary(cloudflare).routes.filter((route) => /^\*\/|^vetka\.sh\/\*/.test(route)), []);
  assert.equal(zoneId(), '');
  assert.equal((await visit('GET', 'www.ann.shop', '/', cloudflare.edge)).status, 522);
  const idle = (await findings()).find(({ what }) => what.startsWith('vetka-api has CLOUDFLARE_SAAS_TOKEN, but "ownDomains" is not set'));
  assert.match(idle?.how ?? '', /^Write "ownDomains": true into the target's file\. Then run scripts\/deploy\.$/);
});

test('in a zone of its own, what is at the name of the zone itself keeps answering or is named', async (t) => {
  const operator = await operatorFor(t, ['vetka.sh', 'vetka.site'], { sitesDomain: 'vetka.site', ownDomains: true });
  const { cloudflare, zone } = operator;
  operator.secrets('production', { ...BROUGHT, CLOUDFLARE_SAAS_TOKEN: cloudflare.token(['hostnames']) });
  const dry = await operator.deploy('--dry-run');
  succeeded(dry);
  assert.match(dry.out, /route \*\/\*/);
  assert.doesNotMatch(dry.out, /route vetka\.sh\/\*\n/, 'sites do not reach the app here');

  cloudflare.account.addRecord(zone, { type: 'A', name: 'vetka.site', content: '203.0.113.7', proxied: true });
  const named = await operator.deploy();
  refused(named, /the DNS record vetka\.site A 203\.0\.113\.7, for which the route \*\/\* would answer; give it a route vetka\.site\/\* without a worker/);
  cloudflare.account.domains.push({ id: 'd', hostname: 'vetka.site', service: 'landing', zoneId: zone.id });
  refused(await operator.deploy(), /the custom domain vetka\.site of the worker landing, for which/);
  zone.routes.push({ id: 'r2', pattern: 'vetka.site/*', script: null });
  succeeded(await operator.deploy());
  assert.deepEqual(zone.routes.map(({ pattern, script }) => `${pattern} ${script}`).sort(), [
    '*.preview.vetka.site/* vetka-teams',
    '*.vetka.site/* vetka-hosting',
    '*.vetka.site/.well-known/webfinger* vetka-openweb',
    '*/* vetka-hosting',
    '*/.well-known/webfinger* vetka-openweb',
    'proxy.vetka.site/* vetka-teams',
    'vetka.site/* null',
  ]);
});
