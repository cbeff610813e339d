// The Managed Agents emulator held to the vendor's own client: transport, pages, errors, agents, environments,
// sessions, files and resources.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { DEMO_MODEL } from '../../scripts/emulators/agents/types.ts';
import { bench, clientFor, endsTurn, history, userMessage, type Bench } from './harness.ts';

let on: Bench;
before(async () => {
  on = await bench();
});
after(() => on.close());

test('a key is needed, any key will do, two keys at once will not', async () => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${on.emulator.url}/v1/agents`, { headers: { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'managed-agents-2026-04-01', ...headers } });
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ 'x-api-key': 'a' })).status, 200);
  assert.equal((await ask({ authorization: 'Bearer a' })).status, 200);
  assert.equal((await ask({ 'x-api-key': 'a', authorization: 'Bearer a' })).status, 401);
  const answer = await ask({ 'x-api-key': 'a' });
  assert.match(answer.headers.get('request-id') ?? '', /^req_/);
  assert.equal(answer.headers.get('content-type'), 'application/json');
});

test('without the beta header there is no such endpoint, and an unknown beta is refused', async () => {
  const ask = (beta: Record<string, string>, path = '/v1/agents') =>
    fetch(`${on.emulator.url}${path}`, { headers: { 'x-api-key': 'a', 'anthropic-version': '2023-06-01', ...beta } });
  assert.equal((await ask({})).status, 404);
  assert.equal((await ask({ 'anthropic-beta': 'managed-agents-1999-01-01' })).status, 400);
  assert.equal((await ask({ 'anthropic-beta': 'managed-agents-2026-04-01' }, '/v1/agents?beta=true')).status, 200);
  assert.equal((await ask({}, '/v1/files')).status, 200);
});

test('errors have the vendor’s shape and reach the client as its own classes', async () => {
  await assert.rejects(on.client.beta.sessions.retrieve('sesn_nobody'), (error: unknown) => {
    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.match(error.requestID ?? '', /^req_/);
    return true;
  });
  await assert.rejects(on.client.beta.agents.create({ name: '', model: 'm' }), Anthropic.BadRequestError);
  await assert.rejects(on.client.beta.environments.update('env_nobody', { name: 'x' }), Anthropic.NotFoundError);
});

test('whatever model was asked for, the demo agent says that none is behind it', async () => {
  const agent = await on.client.beta.agents.create({ name: 'Honest', model: { id: 'claude-opus-5-5', effort: 'high' } });
  assert.equal(agent.model.id, DEMO_MODEL);
  assert.equal(agent.model.id, 'demo agent, no model behind it');
  const session = await on.client.beta.sessions.retrieve(await on.newSession());
  assert.equal(session.agent.model.id, DEMO_MODEL);
  assert.equal(session.status, 'idle');
  assert.deepEqual([session.budget, session.title, session.archived_at, session.resources, session.vault_ids], [null, null, null, [], []]);
});

test('an agent gets a new version when something changed, none when nothing did, and 409 for a stale one', async () => {
  const made = await on.client.beta.agents.create({ name: 'Versions', model: 'm', system: 'one', metadata: { a: '1', b: '2' } });
  const same = await on.client.beta.agents.update(made.id, { system: 'one', model: 'm', version: 1 });
  assert.equal(same.version, 1);
  const next = await on.client.beta.agents.update(made.id, { system: 'two', metadata: { a: null }, version: 1 });
  assert.deepEqual([next.version, next.system, next.metadata], [2, 'two', { b: '2' }]);
  await assert.rejects(on.client.beta.agents.update(made.id, { system: 'two', version: 1 }), Anthropic.ConflictError);
  assert.equal((await on.client.beta.agents.retrieve(made.id, { version: 1 })).system, 'one');
  const versions: number[] = [];
  for await (const agent of on.client.beta.agents.versions.list(made.id, { limit: 1 })) versions.push(agent.version);
  assert.deepEqual(versions, [2, 1]);
  const cleared = await on.client.beta.agents.update(made.id, { system: null, version: 2 });
  assert.equal(cleared.system, null);
});

test('a conflict that no retry can cure is not retried', async () => {
  const made = await on.client.beta.agents.create({ name: 'Once', model: 'm' });
  let requests = 0;
  const counting = new Anthropic({
    baseURL: on.emulator.url,
    apiKey: 'k',
    fetch: (input, init) => {
      requests += 1;
      return fetch(input, init);
    },
  });
  await assert.rejects(counting.beta.agents.update(made.id, { version: 7 }), Anthropic.ConflictError);
  assert.equal(requests, 1);
});

test('tools come back resolved', async () => {
  const agent = await on.client.beta.agents.create({
    name: 'Tools',
    model: 'm',
    tools: [{ type: 'agent_toolset_20260401', configs: [{ name: 'bash' }] }, { type: 'custom', name: 'ask', description: 'Asks.', input_schema: { type: 'object' } }],
  });
  const [toolset, custom] = agent.tools;
  assert.equal(toolset?.type === 'agent_toolset_20260401' && toolset.default_config.permission_policy.type, 'always_allow');
  assert.equal(toolset?.type === 'agent_toolset_20260401' && toolset.configs[0]?.enabled, true);
  assert.equal(custom?.type === 'custom' && custom.name, 'ask');
});

test('environments: names are unique, the type is fixed, a deleted one is gone', async () => {
  const made = await on.client.beta.environments.create({ name: 'One', config: { type: 'cloud', networking: { type: 'limited', allowed_hosts: ['a.test'] } } });
  assert.equal(made.config.type === 'cloud' && made.config.networking.type === 'limited' && made.config.networking.allow_package_managers, false);
  await assert.rejects(on.client.beta.environments.create({ name: 'One' }), Anthropic.ConflictError);
  await assert.rejects(on.client.beta.environments.update(made.id, { config: { type: 'self_hosted' } }), Anthropic.BadRequestError);
  assert.equal((await on.client.beta.environments.delete(made.id)).type, 'environment_deleted');
  await assert.rejects(on.client.beta.environments.retrieve(made.id), Anthropic.NotFoundError);
});

test('lists come in pages that neither repeat nor skip', async () => {
  const ids: string[] = [];
  for (let number = 0; number < 5; number += 1) ids.push(await on.newSession());
  const seen: string[] = [];
  for await (const session of on.client.beta.sessions.list({ limit: 2, order: 'desc' })) {
    seen.push(session.id);
    // Something new at the front must not shift the pages behind it.
    if (seen.length === 2) await on.newSession();
    if (seen.length >= 5) break;
  }
  assert.deepEqual(seen, ids.reverse());
  const first = await on.client.beta.sessions.list({ limit: 2 });
  const second = await first.getNextPage();
  assert.ok(second.prev_page);
  const back = await on.client.beta.sessions.list({ limit: 2, page: second.prev_page });
  assert.deepEqual(back.data.map(({ id }) => id), first.data.map(({ id }) => id));
  await assert.rejects(on.client.beta.sessions.list({ limit: 2, order: 'asc', page: second.prev_page }), Anthropic.BadRequestError);
});

test('files keep their bytes, are mounted under an id of their own, and uploads cannot be downloaded', async () => {
  const bytes = Buffer.from([0, 1, 2, 13, 10, 45, 45, 255, 254]);
  const file = await on.client.beta.files.upload({ file: await toFile(bytes, 'my dog.png', { type: 'image/png' }) });
  assert.deepEqual([file.filename, file.mime_type, file.size_bytes, file.type], ['my dog.png', 'image/png', 9, 'file']);
  await assert.rejects(on.client.beta.files.download(file.id), Anthropic.BadRequestError);

  const session = await on.newSession();
  const mounted = await on.client.beta.sessions.resources.add(session, { type: 'file', file_id: file.id, mount_path: '/my dog.png' });
  assert.equal(mounted.mount_path, '/mnt/session/uploads/my dog.png');
  assert.notEqual(mounted.file_id, file.id);
  const listed = await on.client.beta.sessions.resources.list(session);
  assert.deepEqual(listed.data.map((resource) => ('id' in resource ? resource.id : null)), [mounted.id]);
  const scoped = await on.client.beta.files.list({ scope_id: session, betas: ['managed-agents-2026-04-01'] });
  assert.deepEqual(scoped.data.map(({ id }) => id), [mounted.file_id]);
  assert.equal((await on.client.beta.sessions.resources.delete(mounted.id, { session_id: session })).type, 'session_resource_deleted');
  assert.equal((await on.client.beta.files.delete(file.id)).type, 'file_deleted');
  await assert.rejects(on.client.beta.sessions.resources.add(session, { type: 'file', file_id: file.id }), Anthropic.NotFoundError);
});

test('a filename with a path in it is refused', async () => {
  const form = new FormData();
  form.append('file', new Blob(['x']), '../etc/passwd');
  const answer = await fetch(`${on.emulator.url}/v1/files`, { method: 'POST', body: form, headers: { 'x-api-key': 'k', 'anthropic-version': '2026-10-21' } });
  assert.equal(answer.status, 400);
});

test('a session has one thread, and is archived or deleted only when it rests', async () => {
  const session = await on.newSession();
  const threads = await on.client.beta.sessions.threads.list(session);
  assert.deepEqual(threads.data.map(({ parent_thread_id, session_id }) => [parent_thread_id, session_id]), [[null, session]]);
  await on.faults(session, { stepMs: 400 });
  await on.client.beta.sessions.events.send(session, { events: [userMessage('a site for my bakery')] });
  await assert.rejects(on.client.beta.sessions.archive(session), Anthropic.BadRequestError);
  await assert.rejects(on.client.beta.sessions.delete(session), Anthropic.BadRequestError);
  const stream = await on.client.beta.sessions.events.stream(session);
  await on.client.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }] });
  for await (const event of stream) if (endsTurn(event)) break;
  const archived = await on.client.beta.sessions.archive(session);
  assert.equal(archived.status, 'terminated');
  await assert.rejects(on.client.beta.sessions.events.send(session, { events: [userMessage('hello?')] }), Anthropic.BadRequestError);
  const last = (await history(on.client, session)).at(-1);
  assert.equal(last?.type, 'session.status_terminated');
  assert.equal((await on.client.beta.sessions.delete(session)).type, 'session_deleted');
  await assert.rejects(on.client.beta.sessions.retrieve(session), Anthropic.NotFoundError);
});

test('initial events start the session as it is created, and a bad one leaves no session behind', async () => {
  const agents = await on.client.beta.agents.list();
  const environments = await on.client.beta.environments.list();
  const ids = { agent: agents.data.at(-1)?.id ?? '', environment_id: environments.data.at(-1)?.id ?? '' };
  const session = await on.client.beta.sessions.create({ ...ids, initial_events: [userMessage('hello')] });
  assert.equal(session.status, 'running');
  const count = async () => {
    const answer = (await (await fetch(`${on.emulator.url}/_emulator/sessions`)).json()) as { sessions: unknown[] };
    return answer.sessions.length;
  };
  const before = await count();
  const bad = { type: 'user.message' as const, content: [{ type: 'redacted' as const }] };
  await assert.rejects(on.client.beta.sessions.create({ ...ids, initial_events: [userMessage('one'), bad] }), Anthropic.BadRequestError);
  assert.equal(await count(), before);
});

test('two clients with different keys see the same emulator', async () => {
  const session = await on.newSession();
  assert.equal((await clientFor(on.emulator.url).beta.sessions.retrieve(session)).id, session);
});
