/** Settings for a repository, proposed from what is in it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { answered, connect, join, organization } from './teams-kit.ts';

interface Suggested<T> {
  value: T;
  because: string;
}

interface Proposal {
  startupCommands: Suggested<string>[];
  previewPort: Suggested<number> | null;
  requiredServices: Suggested<string>[];
  envVars: Suggested<{ name: string; example: string | null }>[];
  allowedFilePatterns: Suggested<string>[];
  contextInstructions: Suggested<string> | null;
  notes: string[];
}

let stack: TestStack;
let ann: Person;
let orgId: string;

/** Asks the forge's own door. */
async function door(method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${stack.addresses.forge}/_emulator/${path}`, { method, body: JSON.stringify(body) });
  assert.equal(response.status, 200, await response.text());
}

const path = (repository: string, org = orgId): string => `/api/v1/orgs/${org}/proposal?repository=${encodeURIComponent(repository)}`;
const proposal = async (repository: string): Promise<Proposal> => await answered<Proposal>(ann, 200, 'GET', path(repository));

before(async () => {
  stack = await startTestStack();
  ann = await stack.person();
  orgId = (await organization(ann)).id;
});
after(async () => await stack.close());

describe('a proposal', () => {
  it('wants GitHub connected, and says where', async () => {
    const refusal = await answered<{ code: string; connectUrl: string }>(ann, 409, 'GET', path('ann-ash/harbor-bakery'));
    assert.deepEqual([refusal.code, refusal.connectUrl], ['github_not_connected', '/api/v1/auth/github']);
    await connect(ann, 'ann-ash');
  });

  it('says of a website how it starts, where it is seen, and what it is about', async () => {
    const found = await proposal('ann-ash/harbor-bakery');
    assert.ok(found.startupCommands.some(({ value }) => value === 'npm start' || value === 'npm run start'), JSON.stringify(found));
    assert.equal(found.previewPort?.value, 3000);
    assert.deepEqual([found.requiredServices, found.envVars], [[], []]);
    assert.ok(found.contextInstructions?.value.includes('the bakery on Quay Street'));
    for (const { because } of [...found.startupCommands, ...found.allowedFilePatterns]) assert.ok(because.length > 10);
  });

  it('says it of a program for Node', async () => {
    const found = await proposal('ann-ash/tide-tables');
    assert.ok(found.startupCommands.some(({ value }) => /^npm (run )?start$/.test(value)), JSON.stringify(found));
    assert.ok(found.contextInstructions?.value.startsWith('High and low water'));
  });

  it('says little of a private handbook that does not start, and tells so', async () => {
    const found = await proposal('harbor-works/crew-handbook');
    assert.deepEqual([found.startupCommands, found.previewPort], [[], null]);
    assert.ok(found.notes.some((note) => note.includes('startup commands')), JSON.stringify(found.notes));
  });

  it('says that nothing is known of an empty repository', async () => {
    await door('POST', 'repositories', { owner: 'ann-ash', name: 'empty-shell' });
    assert.deepEqual((await proposal('ann-ash/empty-shell')).startupCommands, []);
  });
});

describe('no proposal', () => {
  it('is made for a member, for somebody else, or for nobody', async () => {
    const [ben, cleo] = [await stack.person(), await stack.person()];
    await join(ann, orgId, ben);
    await connect(ben, 'cleo-cedar');
    assert.equal((await answered(ben, 403, 'GET', path('ann-ash/harbor-bakery'))).code, 'admins_only');
    await answered(cleo, 404, 'GET', path('ann-ash/harbor-bakery'));
    const nobody = await stack.anybody.fetch(path('ann-ash/harbor-bakery'));
    assert.equal(nobody.status, 401, await nobody.text());
  });

  it('is made of what is not there, or may not be seen', async () => {
    const finn = await stack.person();
    await connect(finn, 'finn-fir');
    const own = await organization(finn, 'Finn’s');
    for (const repository of ['ann-ash/nothing-here', 'harbor-works/crew-handbook']) {
      assert.equal((await answered(finn, 404, 'GET', path(repository, own.id))).code, 'not_found');
    }
    for (const repository of ['', 'nonsense', 'ann-ash/..', '../../user']) {
      assert.equal((await answered(ann, 422, 'GET', path(repository))).code, 'invalid_repository');
    }
    assert.equal((await answered(ann, 422, 'GET', `/api/v1/orgs/${orgId}/proposal`)).code, 'invalid_repository');
  });

  it('is half a proposal: when GitHub fails on the way, that is said', async () => {
    await door('POST', 'faults', { requests: [{ endpoint: 'repos.getContent', status: 502 }] });
    assert.equal((await answered(ann, 502, 'GET', path('ann-ash/harbor-bakery'))).code, 'github_unavailable');
    await door('POST', 'faults', { requests: [{ endpoint: 'repos.get', limit: 'secondary', retryAfter: 90 }] });
    const busy = await ann.fetch(path('ann-ash/harbor-bakery'));
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [503, '90']);
    assert.match(await busy.text(), /Try again in 2 minutes\./);
    await door('POST', 'faults', { requests: [{ endpoint: 'repos.get', status: 403, headers: { 'x-github-sso': 'required; url=https://forge.test' } }] });
    const refusal = await answered(ann, 403, 'GET', path('ann-ash/harbor-bakery'));
    assert.equal(refusal.code, 'github_not_allowed');
    assert.match(refusal.message, /sign in through its own page/);
  });

  it('is made with a token that was taken back, which is then forgotten', async () => {
    await door('DELETE', 'tokens', { login: 'ann-ash' });
    const refusal = await answered<{ code: string; message: string; connectUrl: string }>(ann, 409, 'GET', path('ann-ash/harbor-bakery'));
    assert.deepEqual([refusal.code, refusal.connectUrl], ['github_not_connected', '/api/v1/auth/github']);
    assert.match(refusal.message, /again/);
    assert.deepEqual(await ann.json('/api/v1/github'), { connected: false, login: null });
  });
});
