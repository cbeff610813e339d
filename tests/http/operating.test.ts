/** The operator's side: request ids through all workers, /healthz, what is counted, and the operator's door. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../../scripts/stack/root.ts';
import { scriptName } from '../../scripts/stack/stack.ts';
import { stateSecrets } from '../../scripts/stack/settings.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { SESSION_COOKIE, SESSION_KEY, readToken, signToken } from './session-token.ts';

const ID = /^[a-z2-7]{24}$/;

const OLD_KEY = Buffer.alloc(32, 9).toString('base64');

let stack: TestStack;
let ann: Person & { label: string; domain: string; siteId: string };
let key: string;

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY, SESSION_KEY_PREVIOUS: OLD_KEY } });
  ann = await stack.owner('ann');
  key = stateSecrets(stack.stateDir)['ADMIN_KEY'] ?? '';
});
after(async () => await stack.close());

const admin = async (method: string, path: string, body?: object) =>
  await stack.anybody.fetch(`/api/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

describe('a request id', () => {
  it('is in every answer, and is never the one that a stranger brings', async () => {
    const brought = 'a'.repeat(24);
    const seen = new Set<string>();
    for (const [url, status] of [
      [`${stack.addresses.app}/`, 200],
      [`${stack.addresses.app}/nothing`, 404],
      [`${stack.addresses.app}/api/sites`, 401],
      [`${stack.addresses.app}/api/agent/session`, 401],
      [`${stack.addresses.app}/api/agent/deploy`, 405],
      [`${stack.siteOrigin('nobody-here')}/`, 404],
      [`${stack.siteOrigin('ann')}/`, undefined],
    ] as const) {
      const answer = await stack.anybody.fetch(url, { headers: { 'x-request-id': brought } });
      await answer.arrayBuffer();
      if (status !== undefined) assert.equal(answer.status, status, url);
      const id = answer.headers.get('x-request-id') ?? '';
      assert.match(id, ID, url);
      assert.notEqual(id, brought, url);
      seen.add(id);
    }
    assert.equal(seen.size, 7);
  });

  it('goes through service bindings and objects, and comes back out', async () => {
    // Asked as another worker asks: at the internal name, with an id.
    const id = 'b'.repeat(24);
    for (const [worker, path] of [['agent', '/sites/x/conversation'], ['deploy', '/healthz'], ['agent', `/sites/${ann.siteId}/conversation`]] as const) {
      const fetcher = await stack.stack.miniflare().getWorker(scriptName(worker));
      const answer = await fetcher.fetch(`http://${worker}.internal${path}`, { headers: { 'x-request-id': id } });
      await answer.arrayBuffer();
      assert.equal(answer.headers.get('x-request-id'), id, `${worker}${path}`);
      const strange = await fetcher.fetch(`http://${worker}.internal${path}`, { headers: { 'x-request-id': 'not an id "' } });
      await strange.arrayBuffer();
      assert.match(strange.headers.get('x-request-id') ?? '', ID);
    }
    const session = await ann.fetch('/api/agent/session', { headers: { 'x-request-id': id } });
    assert.equal(session.status, 200);
    assert.notEqual(session.headers.get('x-request-id'), id);
  });
});

describe('a key that is being changed', () => {
  it('leaves everybody signed in, with a token by the new one', async () => {
    const mine = ann.cookies.get(SESSION_COOKIE) ?? '';
    const before = readToken(mine);
    ann.cookies.set(SESSION_COOKIE, signToken(before, OLD_KEY));
    assert.equal((await ann.fetch('/api/account')).status, 200);
    const after = ann.cookies.get(SESSION_COOKIE) ?? '';
    assert.equal(after, signToken(readToken(after)), 'signed by the new key');
    assert.equal(readToken(after).sid, before.sid);
    ann.cookies.set(SESSION_COOKIE, signToken(before, Buffer.alloc(32, 8).toString('base64')));
    assert.equal((await ann.fetch('/api/account')).status, 401);
    ann.cookies.set(SESSION_COOKIE, mine);
  });
});

describe('/healthz', () => {
  it('says of every worker whether it reaches what it is bound to', async () => {
    const answer = await stack.anybody.fetch('/healthz');
    const health = (await answer.json()) as { ok: boolean; worker: string; checks: object; workers: Record<string, { ok: boolean; checks: object }> };
    assert.equal(answer.status, 200, JSON.stringify(health));
    assert.equal(health.worker, 'vetka-api');
    assert.deepEqual(health.checks, { bucket: true, database: true, limits: true, live: true, pages: true, sessions: true });
    const { agent, deploy, hosting } = health.workers;
    assert.deepEqual(agent?.checks, { bucket: true, conversations: true, database: true, limits: true, live: true, sessions: true });
    assert.deepEqual(deploy?.checks, { agent: true, bucket: true, database: true });
    assert.deepEqual(hosting?.checks, { bucket: true, database: true });
  });
});

describe('the operator', () => {
  it('finds people and sites by whatever they are called', async () => {
    for (const q of [ann.email, ann.email.toUpperCase(), ann.domain, ann.label, ann.siteId]) {
      const answer = await admin('GET', `find?q=${encodeURIComponent(q)}`);
      const found = (await answer.json()) as { accounts: { email: string; sessions: number }[]; sites: { id: string; email: string; live: string | null }[] };
      assert.equal(answer.status, 200, JSON.stringify(found));
      assert.deepEqual(found.sites.map(({ id, email }) => ({ id, email })), [{ id: ann.siteId, email: ann.email }], q);
      if (q.includes('@')) assert.deepEqual(found.accounts.map(({ email, sessions }) => ({ email, sessions })), [{ email: ann.email, sessions: 1 }]);
    }
    const nobody = await admin('GET', 'find?q=nobody%25');
    assert.deepEqual(await nobody.json(), { accounts: [], sites: [] });
    assert.equal((await admin('GET', 'find')).status, 400);
    const { events } = await ann.json<{ events: { kind: string }[] }>('/api/account/audit');
    assert.equal(events[0]?.kind, 'operator_looked');
  });

  it('has the agent begin anew', async () => {
    assert.equal((await admin('DELETE', `sites/${ann.siteId}/agent-session`)).status, 404);
    await (await ann.send('POST', '/api/agent/stream', { message: 'A site about my bakery' })).text();
    const agents = async () => ((await (await fetch(`${stack.addresses.agents}/v1/sessions`, { headers: { 'x-api-key': 'local', 'anthropic-version': '2023-06-01', 'anthropic-beta': 'managed-agents-2026-04-01' } })).json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    const [first] = await agents();
    assert.ok(first);
    const cleared = await admin('DELETE', `sites/${ann.siteId}/agent-session`);
    assert.equal(cleared.status, 204, await cleared.text());
    for (let tries = 0; (await agents()).includes(first); tries += 1) {
      assert.ok(tries < 100, 'the session is still there');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const said = await (await ann.send('POST', '/api/agent/stream', { message: 'Make it green' })).text();
    assert.doesNotMatch(said, /event: error/);
    const [second] = await agents();
    assert.ok(second && second !== first);
    assert.equal((await admin('DELETE', `sites/${'z'.repeat(24)}/agent-session`)).status, 404);
  });

  it("has the edge's copy written once more", async () => {
    const bucket = await stack.bucket();
    await bucket.delete(`live/${ann.label}`);
    const answer = await admin('POST', 'resync', { site: ann.siteId });
    assert.equal(answer.status, 202);
    assert.deepEqual(await answer.json(), { sites: 1, next: null });
    await stack.scheduled('deploy');
    assert.ok(await bucket.head(`live/${ann.label}`));
    assert.deepEqual(await (await admin('POST', 'resync', {})).json(), { sites: 1, next: null });
    await stack.scheduled('deploy');
    const { events } = await ann.json<{ events: { kind: string }[] }>('/api/account/audit');
    assert.equal(events[0]?.kind, 'resynced');
    assert.equal((await admin('POST', 'resync', { site: 'x' })).status, 404);
  });

  it('does it by a script, which asks first', async () => {
    const script = async (name: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> => {
      const child = spawn(join(root, 'scripts', name), [...args, '--local', '--state', stack.stateDir, '--url', stack.addresses.app], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' } });
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
      return await new Promise((done) => child.on('close', (code) => done({ code, ...said })));
    };
    const found = await script('admin', 'find', ann.email);
    assert.equal(found.code, 0, found.err);
    assert.match(found.out, new RegExp(`^account .*${ann.email}[\\s\\S]*^site .*${ann.domain}`, 'm'));
    const unasked = await script('admin', 'resync', ann.domain);
    assert.equal(unasked.code, 1);
    assert.match(unasked.err, /will be written to the edge once more[\s\S]*Say --yes/);
    assert.deepEqual([(await script('admin', 'resync', ann.domain, '--yes', '--json')).out, (await script('admin', 'resync', 'nobody-here', '--yes')).err], ['{"sites":1}\n', 'There is no site "nobody-here".\n']);
    const down = await script('admin', 'take-down', ann.label, '--reason', 'abuse', '--note', 'Somebody wrote to us.', '--yes');
    assert.equal(down.code, 0, down.err);
    const seen = await stack.anybody.fetch(`${stack.siteOrigin('ann')}/`, { headers: { 'cache-control': 'no-cache' } });
    assert.equal(seen.status, 410, await seen.text());
    assert.match((await script('admin', 'find', ann.label)).out, /taken down for abuse/);
    const back = await script('admin', 'put-back', ann.label, '--yes', '--json');
    assert.equal(back.out, `{"site":"${ann.siteId}","takenDown":null}\n`, back.err);
    assert.equal((await script('admin', 'reports')).out, 'There is nothing to look at.\n');
    const cleared = await script('admin', 'clear-session', ann.label, '--yes');
    assert.equal(cleared.code, 0, cleared.err);
    const well = await script('doctor', '--json');
    assert.ok(well.out.includes('every worker reaches what it is bound to'), well.out);
  });
});
