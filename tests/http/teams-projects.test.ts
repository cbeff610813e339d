/** Keys for the model, GitHub's repositories, and the projects that are made of both. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { pick } from './identity-kit.ts';
import { answered, connect, join, organization } from './teams-kit.ts';

const KEY = 'sk-ant-canary-7d1f0c52e9';
const SECRET_VALUE = 'canary-value-51c0ffee';

interface Project {
  id: string;
  name: string;
  githubRepoFullName: string;
  defaultBranch: string;
  envVarNames: string[];
  templateStatus: string;
  startupCommands: string[];
  maxBudgetUsd: number;
  maxSessionDurationMin: number;
  requiredServices: string[];
}

let model: Server;
/** What the model's service answers, and the keys that it was shown. */
let modelStatus = 200;
const shown: (string | string[] | undefined)[] = [];
let stack: TestStack;
let ann: Person;

before(async () => {
  model = createServer((request, response) => {
    shown.push(request.headers['x-api-key']);
    response.writeHead(modelStatus, { 'content-type': 'application/json' });
    response.end(modelStatus === 200 ? '{"data":[]}' : '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}');
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  stack = await startTestStack({ settings: { MODEL_API_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}` } });
  ann = await stack.person();
});
after(async () => {
  await stack.close();
  model.closeAllConnections();
  model.close();
});

describe("one's own key", () => {
  it('is checked, kept sealed, never told again, and forgotten', async () => {
    const status = async (): Promise<unknown> => await ann.json('/api/v1/users/api-key/status');
    assert.deepEqual(await status(), { isSet: false });
    assert.deepEqual(await answered(ann, 200, 'PUT', '/api/v1/users/api-key', { apiKey: ` ${KEY}\n` }), { isSet: true });
    assert.equal(shown.at(-1), KEY);
    assert.deepEqual(await status(), { isSet: true });
    const row = await (await stack.db()).prepare('SELECT * FROM user_secret').first<Record<string, unknown>>();
    assert.ok(row && row['key_version'] === 1 && !JSON.stringify(row).includes(KEY));
    await answered(ann, 200, 'DELETE', '/api/v1/users/api-key');
    assert.deepEqual(await status(), { isSet: false });
  });

  it('that the service does not know is not kept', async () => {
    modelStatus = 401;
    assert.equal((await answered(ann, 422, 'PUT', '/api/v1/users/api-key', { apiKey: 'sk-ant-wrong' })).code, 'invalid_api_key');
    modelStatus = 503;
    assert.equal((await answered(ann, 502, 'PUT', '/api/v1/users/api-key', { apiKey: 'sk-ant-right' })).code, 'model_unavailable');
    modelStatus = 200;
    const before = shown.length;
    for (const apiKey of ['', 'short', 'sk-ant with spaces', 'x'.repeat(400)]) await answered(ann, 422, 'PUT', '/api/v1/users/api-key', { apiKey });
    assert.equal(shown.length, before, 'what cannot be a key is shown to nobody');
    assert.deepEqual(await ann.json('/api/v1/users/api-key/status'), { isSet: false });
  });

  it('opens in its own row and in no other', async () => {
    const ben = await stack.person();
    await answered(ann, 200, 'PUT', '/api/v1/users/api-key', { apiKey: KEY });
    const db = await stack.db();
    await db.prepare(`INSERT INTO user_secret SELECT (SELECT id FROM user WHERE email = ?1), 'github_token', key_version, iv, ciphertext, updated_at FROM user_secret`).bind(ben.email).run();
    // A copied row is not Ben's token: it does not open, and nothing of it is told.
    const answer = await ben.fetch('/api/v1/github/repos');
    assert.equal(answer.status, 500);
    assert.ok(!(await answer.text()).includes(KEY));
    await answered(ann, 200, 'DELETE', '/api/v1/users/api-key');
  });
});

describe('GitHub', () => {
  it('is asked for when it is needed, and says where to go', async () => {
    const refusal = await answered<{ code: string; connectUrl: string }>(ann, 409, 'GET', '/api/v1/github/repos');
    assert.deepEqual([refusal.code, refusal.connectUrl], ['github_not_connected', '/api/v1/auth/github']);
    assert.deepEqual(await ann.json('/api/v1/github'), { connected: false, login: null });
  });

  it('is asked for the right to repositories, in this browser alone', async () => {
    const away = await ann.fetch('/api/v1/auth/github?next=/orgs/new');
    const url = new URL(away.headers.get('location') ?? '');
    assert.equal(url.searchParams.get('scope'), 'repo read:user', 'GitHub refuses changes of what runs there to whoever has no more than this');
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    const back = await pick(url, 'ann-ash');
    const ben = await stack.person();
    const elsewhere = await ben.fetch(back.pathname + back.search);
    assert.equal(elsewhere.headers.get('location'), '/orgs?notice=github-not-begun');
    assert.deepEqual(await ben.json('/api/v1/github'), { connected: false, login: null });
  });

  it('leads back to a path of ours, whatever was asked for', async () => {
    for (const next of ['https://evil.test/', '//evil.test', '/\\evil.test']) assert.equal(await connect(ann, 'ann-ash', next), '/orgs?notice=github-connected');
    assert.equal(await connect(ann, 'ann-ash', '/orgs/new?x=1'), '/orgs/new?x=1&notice=github-connected');
    assert.deepEqual(await ann.json('/api/v1/github'), { connected: true, login: 'ann-ash' });
    const kept = await (await stack.db()).prepare("SELECT ciphertext FROM user_secret WHERE kind = 'github_token'").first<{ ciphertext: string }>();
    assert.ok(kept && !kept.ciphertext.includes('gho_'));
  });

  it('says no when the person does', async () => {
    const away = await ann.fetch('/api/v1/auth/github');
    const state = new URL(away.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const answer = await ann.fetch(`/api/v1/auth/github/callback?error=access_denied&state=${state}`);
    assert.equal(answer.headers.get('location'), '/orgs?notice=github-declined');
  });

  it('lists what one can work on, searched and one by one', async () => {
    const { repositories } = await ann.json<{ repositories: { fullName: string; canPush: boolean; private: boolean }[] }>('/api/v1/github/repos');
    assert.deepEqual(repositories.map(({ fullName }) => fullName).sort(), ['ann-ash/harbor-bakery', 'ann-ash/tide-tables', 'harbor-works/crew-handbook']);
    const found = await ann.json<{ repositories: { fullName: string }[]; nextCursor: string | null }>('/api/v1/github/repos?q=TIDE');
    assert.deepEqual([found.repositories.map(({ fullName }) => fullName), found.nextCursor], [['ann-ash/tide-tables'], null]);
    assert.equal((await ann.json<{ defaultBranch: string }>('/api/v1/github/repos/ann-ash/harbor-bakery')).defaultBranch, 'main');
    await answered(ann, 404, 'GET', '/api/v1/github/repos/ann-ash/nothing');
    await answered(ann, 404, 'GET', '/api/v1/github/repos/ann-ash/..');
    await answered(ann, 400, 'GET', '/api/v1/github/repos?cursor=-1');
  });

  it('lists many in parts, and finds one in any of them', async () => {
    const cleo = await stack.person();
    await connect(cleo, 'cleo-cedar');
    interface Part {
      repositories: { fullName: string }[];
      nextCursor: string | null;
    }
    const look = async (query: string): Promise<Part> => await cleo.json<Part>(`/api/v1/github/repos${query}`);
    const few = (await look('')).repositories.length;
    for (let number = 0; number < 60; number++) {
      const made = await fetch(`${new URL(stack.addresses.forge).origin}/_emulator/repositories`, { method: 'POST', body: JSON.stringify({ owner: 'cleo-cedar', name: `one-of-many-${number}` }) });
      assert.equal(made.status, 200, await made.text());
    }
    const first = await look('');
    const second = await look(`?cursor=${first.nextCursor}`);
    assert.deepEqual([first.repositories.length, second.nextCursor], [50, null]);
    assert.equal(new Set([...first.repositories, ...second.repositories].map(({ fullName }) => fullName)).size, 60 + few);
    for (const number of [0, 59]) {
      const found = await look(`?q=One-Of-Many-${number}`);
      assert.ok(found.repositories.some(({ fullName }) => fullName === `cleo-cedar/one-of-many-${number}`) && found.nextCursor === null, JSON.stringify(found));
    }
    assert.deepEqual(await look('?q=nothing-like-it'), { repositories: [], nextCursor: null });
  });

  it('is given up, at GitHub as well', async () => {
    const ben = await stack.person();
    /** Ends what is good of somebody's at the forge, and says how much it was. */
    const revoked = async (login: string): Promise<number> => {
      const answer = await fetch(`${stack.addresses.forge}/_emulator/tokens`, { method: 'DELETE', body: JSON.stringify({ login }) });
      return ((await answer.json()) as { revoked: number }).revoked;
    };
    await revoked('finn-fir');
    await connect(ben, 'finn-fir');
    await answered(ben, 200, 'DELETE', '/api/v1/github');
    await answered(ben, 409, 'GET', '/api/v1/github/repos');
    assert.equal(await revoked('finn-fir'), 0, 'the token is still good there');

    // And here even when GitHub does not answer.
    await connect(ben, 'finn-fir');
    await fetch(`${stack.addresses.forge}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ requests: [{ endpoint: 'apps.deleteToken', status: 503, times: 1 }] }) });
    await answered(ben, 200, 'DELETE', '/api/v1/github');
    await answered(ben, 409, 'GET', '/api/v1/github/repos');
    assert.equal(await revoked('finn-fir'), 1);
  });
});

describe('a project', () => {
  const settings = {
    name: 'The bakery',
    startupCommands: ['npm install', ' npm start '],
    requiredServices: ['redis', 'postgresql'],
    previewPort: 8080,
    contextInstructions: 'Plain HTML.',
    maxSessionDurationMin: 30,
    maxBudgetUsd: 2.5,
    envVars: { SHOP_KEY: SECRET_VALUE },
  };

  it('is made of a repository, set otherwise, and given up', async () => {
    const { id: orgId } = await organization(ann);
    const made = await answered<Project>(ann, 201, 'POST', `/api/v1/orgs/${orgId}/projects`, { repository: 'ann-ash/harbor-bakery', ...settings });
    assert.deepEqual(
      [made.githubRepoFullName, made.defaultBranch, made.templateStatus, made.startupCommands, made.requiredServices, made.maxBudgetUsd, made.envVarNames],
      ['ann-ash/harbor-bakery', 'main', 'PENDING', ['npm install', 'npm start'], ['postgresql', 'redis'], 2.5, ['SHOP_KEY']],
    );
    const path = `/api/v1/orgs/${orgId}/projects/${made.id}`;
    const changed = await answered<Project>(ann, 200, 'PUT', path, { name: 'Our bakery', maxBudgetUsd: 0.1 });
    assert.deepEqual([changed.name, changed.maxBudgetUsd, changed.maxSessionDurationMin, changed.envVarNames], ['Our bakery', 0.1, 30, ['SHOP_KEY']]);
    assert.deepEqual((await answered<Project>(ann, 200, 'PUT', path, { envVars: { OTHER: 'x' } })).envVarNames, ['OTHER']);
    const ben = await stack.person();
    await join(ann, orgId, ben);
    assert.deepEqual((await ben.json<{ projects: Project[] }>(`/api/v1/orgs/${orgId}/projects`)).projects.map(({ name }) => name), ['Our bakery']);
    assert.equal((await answered(ben, 403, 'PUT', path, { name: 'Mine' })).code, 'admins_only');
    assert.equal((await answered(ben, 403, 'DELETE', path)).code, 'admins_only');
    // Nor is it reached through another organization of one's own.
    const own = await organization(ben, 'Ben’s');
    await answered(ben, 404, 'GET', `/api/v1/orgs/${own.id}/projects/${made.id}`);
    await answered(ann, 200, 'DELETE', path);
    await answered(ann, 404, 'GET', path);
  });

  it('is not made of what cannot be, and says why without repeating a secret', async () => {
    const { id: orgId } = await organization(ann);
    const wrong: [Record<string, unknown>, number, string][] = [
      [{ repository: 'nonsense' }, 422, 'invalid_repository'],
      [{ repository: 'ann-ash/nothing-there' }, 404, 'not_found'],
      [{ requiredServices: ['oracle'] }, 422, 'invalid_project'],
      [{ startupCommands: ['a\nb'] }, 422, 'invalid_project'],
      [{ previewPort: 80 }, 422, 'invalid_project'],
      [{ maxBudgetUsd: 0 }, 422, 'invalid_project'],
      [{ maxSessionDurationMin: 9999 }, 422, 'invalid_project'],
      [{ model: 'gpt-2' }, 422, 'invalid_project'],
      [{ defaultBranch: '--upload-pack=x' }, 422, 'invalid_project'],
      [{ allowedFilePatterns: ['src/**', '../elsewhere'] }, 422, 'invalid_project'],
      [{ envVars: { ANTHROPIC_BASE_URL: SECRET_VALUE } }, 422, 'invalid_project'],
      [{ envVars: { 'A B': SECRET_VALUE } }, 422, 'invalid_project'],
      // What the start of a session would refuse.
      [{ envVars: { RANDOM: SECRET_VALUE } }, 422, 'invalid_project'],
      [{ requiredServices: ['postgresql'], previewPort: 5432 }, 422, 'invalid_project'],
    ];
    for (const [fields, status, code] of wrong) {
      const refusal = await answered(ann, status, 'POST', `/api/v1/orgs/${orgId}/projects`, { repository: 'ann-ash/harbor-bakery', ...fields });
      assert.equal(refusal.code, code, JSON.stringify(fields));
      assert.ok(!JSON.stringify(refusal).includes(SECRET_VALUE));
    }
    assert.deepEqual((await ann.json<{ projects: unknown[] }>(`/api/v1/orgs/${orgId}/projects`)).projects, []);
  });

  it('keeps its variables, and keys, out of everything that is written to disk', async () => {
    const { id: orgId } = await organization(ann);
    await answered(ann, 200, 'PUT', '/api/v1/users/api-key', { apiKey: KEY });
    await answered(ann, 201, 'POST', `/api/v1/orgs/${orgId}/projects`, { repository: 'ann-ash/tide-tables', envVars: { A: SECRET_VALUE } });
    const files = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(joinPath(folder, entry.name)) : [joinPath(folder, entry.name)]));
    // A sandbox's disk has links that lead somewhere in a sandbox only.
    const all = files(stack.stateDir).filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
    assert.ok(all.length > 0);
    // What belongs to an object alone goes with it when nobody needs it any more.
    const bytes = (file: string): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
    for (const file of all) for (const canary of [KEY, SECRET_VALUE]) assert.ok(!bytes(file).includes(canary), `${canary} is in ${file}`);
  });
});
