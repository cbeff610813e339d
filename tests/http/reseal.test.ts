/** Sealing again what an older SECRETS_KEY has sealed: in parts, cut off, repeated, and while people put new secrets. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { reseal, type Part } from '../../scripts/operate/reseal.ts';
import { stateSecrets } from '../../scripts/stack/settings.ts';
import { type Person, type TestStack, newNetwork, startTestStack } from './harness.ts';
import { newId } from './publishing.ts';
import { type Sealed, newKey, open, seal } from './seal-kit.ts';
import { answered, organization, userId } from './teams-kit.ts';

const [OLDEST, OLD, NEW] = [newKey(1), newKey(2), newKey(3)];
const AT_ONCE = 50;

let stack: TestStack;
let ann: Person;
let model: Server;
let key: string;

before(async () => {
  model = createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}'));
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  stack = await startTestStack({ settings: { SECRETS_KEY: NEW, SECRETS_KEY_PREVIOUS: OLD, MODEL_API_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}` } });
  ann = await stack.person();
  key = stateSecrets(stack.stateDir)['ADMIN_KEY'] ?? '';
});
after(async () => {
  await stack.close();
  model.closeAllConnections();
  model.close();
});
beforeEach(async () => {
  const db = await stack.db();
  await db.batch(['DELETE FROM user_secret', 'DELETE FROM project_secret'].map((sql) => db.prepare(sql)));
});

/** Limits are counted by network, and are not what this is about. */
const asking = (): Record<string, string> => ({ authorization: `Bearer ${key}`, 'cf-connecting-ip': newNetwork() });

const part = async (after = ''): Promise<Part> => {
  const answer = await stack.anybody.send('POST', '/api/admin/secrets/reseal', { after }, { headers: asking() });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text) as Part;
};

interface UserSecret extends Sealed {
  user_id: string;
  kind: string;
  updated_at: number;
}
const rows = async (): Promise<UserSecret[]> => (await (await stack.db()).prepare('SELECT * FROM user_secret ORDER BY user_id, kind').all<UserSecret>()).results;
const rowOf = (user: string, kind = 'anthropic_api_key'): string => `user_secret/${user}/${kind}`;

/** People who have put a key while `sealedWith` was in use. */
async function crowd(size: number, sealedWith = OLD): Promise<string[]> {
  const db = await stack.db();
  const users = Array.from({ length: size }, () => newId());
  await db.batch(users.flatMap((id) => {
    const { key_version, iv, ciphertext } = seal(sealedWith, rowOf(id), `secret of ${id}`);
    return [
      db.prepare("INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?1, '', ?2, 1, 0, 0)").bind(id, `${id}@example.test`),
      db.prepare("INSERT INTO user_secret VALUES (?1, 'anthropic_api_key', ?2, ?3, ?4, 7)").bind(id, key_version, iv, ciphertext),
    ];
  }));
  return users.sort();
}

describe('sealing again', () => {
  it('is a bounded part of it each time, and can be cut off anywhere and begun anew', async () => {
    const users = await crowd(AT_ONCE + 13);
    const first = await part();
    assert.deepEqual({ ...first, next: '' }, { version: 3, resealed: AT_ONCE, unreadable: 0, left: 13, lost: 0, next: '' });
    assert.equal(first.next, rowOf(users[AT_ONCE - 1] ?? ''));
    // Whoever asked is gone here. Both keys open what they have sealed.
    assert.deepEqual((await rows()).map(({ key_version }) => key_version), [...Array<number>(AT_ONCE).fill(3), ...Array<number>(13).fill(2)]);
    assert.deepEqual(await part(), { version: 3, resealed: 13, unreadable: 0, left: 0, lost: 0, next: null });
    assert.deepEqual(await part(), { version: 3, resealed: 0, unreadable: 0, left: 0, lost: 0, next: null });
    const all = await rows();
    assert.deepEqual(all.map(({ user_id }) => user_id), users);
    for (const row of all) {
      assert.equal(open(NEW, rowOf(row.user_id), row), `secret of ${row.user_id}`);
      assert.equal(row.updated_at, 7, 'nobody has put anything');
    }
    assert.equal(new Set(all.map(({ iv }) => iv)).size, all.length);
  });

  it('goes on from people to projects, where a part ends in between', async () => {
    const db = await stack.db();
    await crowd(AT_ONCE);
    const { id: orgId } = await organization(ann);
    const projects = [newId(), newId()].sort();
    await db.batch(projects.flatMap((id, at) => {
      const { key_version, iv, ciphertext } = seal(OLD, `project_secret/${id}/environment`, `{"A":"${id}"}`);
      return [
        db.prepare(`INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, created_at, updated_at)
          VALUES (?1, ?2, ?1, ?3, 'https://github.test/x', 'main', 3000, 'claude-sonnet-5', 0, 0)`).bind(id, orgId, `ann-ash/x${at}`),
        db.prepare("INSERT INTO project_secret VALUES (?1, 'environment', ?2, ?3, ?4, 0)").bind(id, key_version, iv, ciphertext),
      ];
    }));
    assert.deepEqual((({ resealed, left }) => [resealed, left])(await part()), [AT_ONCE, 2]);
    assert.deepEqual((({ resealed, left, next }) => [resealed, left, next])(await part(`project_secret/${projects[0]}/environment`)), [1, 1, null]);
    assert.deepEqual((({ resealed, left }) => [resealed, left])(await part()), [1, 0]);
    const { results } = await db.prepare('SELECT * FROM project_secret').all<Sealed & { project_id: string }>();
    for (const row of results) assert.equal(open(NEW, `project_secret/${row.project_id}/environment`, row), `{"A":"${row.project_id}"}`);
    const { envVarNames } = await ann.json<{ envVarNames: string[] }>(`/api/v1/orgs/${orgId}/projects/${projects[0]}`);
    assert.deepEqual(envVarNames, ['A']);
  });

  it('counts what cannot be opened, and leaves it as it is', async () => {
    const [damaged = '', lost = '', moved = ''] = [...(await crowd(1)), ...(await crowd(1, OLDEST)), ...(await crowd(1))];
    const db = await stack.db();
    await db.prepare("UPDATE user_secret SET ciphertext = 'AAAA' WHERE user_id = ?1").bind(damaged).run();
    const whole = await crowd(1);
    // A row that somebody has copied elsewhere opens no better for being sealed again.
    await db.prepare("UPDATE user_secret SET kind = 'github_token' WHERE user_id = ?1").bind(moved).run();
    const before = (await rows()).filter(({ user_id }) => !whole.includes(user_id));
    assert.deepEqual(await part(), { version: 3, resealed: 1, unreadable: 2, left: 2, lost: 1, next: null });
    assert.deepEqual((await rows()).filter(({ user_id }) => !whole.includes(user_id)), before);
    assert.ok(before.some(({ user_id, key_version }) => user_id === lost && key_version === 1));
  });

  it('leaves alone what is put between looking and writing', async () => {
    const [first = '', second = ''] = await crowd(2);
    const db = await stack.db();
    const put = seal(NEW, rowOf(second), 'put meanwhile');
    // The moment in between, held still: the second row changes when the first is written.
    await db.prepare(`CREATE TRIGGER meanwhile AFTER UPDATE ON user_secret WHEN OLD.user_id = '${first}' BEGIN
      UPDATE user_secret SET key_version = 3, iv = '${put.iv}', ciphertext = '${put.ciphertext}' WHERE user_id = '${second}'; END`).run();
    assert.deepEqual(await part(), { version: 3, resealed: 1, unreadable: 0, left: 0, lost: 0, next: null });
    await db.prepare('DROP TRIGGER meanwhile').run();
    assert.deepEqual((await rows()).map((row) => open(NEW, rowOf(row.user_id), row)), [`secret of ${first}`, 'put meanwhile']);
  });

  it('never puts an old secret in place of one that a person puts', async () => {
    const db = await stack.db();
    for (let round = 0; round < 6; round += 1) {
      const ben = await stack.person();
      const id = await userId(stack, ben);
      await db.prepare('DELETE FROM user_secret').run();
      await crowd(AT_ONCE - 1);
      const { key_version, iv, ciphertext } = seal(OLD, rowOf(id), 'sk-ant-from-before');
      await db.prepare("INSERT INTO user_secret VALUES (?1, 'anthropic_api_key', ?2, ?3, ?4, 7)").bind(id, key_version, iv, ciphertext).run();
      const apiKey = `sk-ant-put-in-round-${round}-aaaaaaaa`;
      await Promise.all([part(), answered(ben, 200, 'PUT', '/api/v1/users/api-key', { apiKey }), part(), part()]);
      const mine = (await rows()).find(({ user_id }) => user_id === id);
      assert.ok(mine);
      assert.equal(open(NEW, rowOf(id), mine), apiKey);
      assert.equal((await part()).left, 0);
    }
    // And one that is deleted meanwhile does not come back.
    const id = await userId(stack, ann);
    await db.prepare('UPDATE user_secret SET user_id = ?1 WHERE user_id = (SELECT MIN(user_id) FROM user_secret)').bind(id).run();
    const { key_version, iv, ciphertext } = seal(OLD, rowOf(id), 'sk-ant-from-before');
    await db.prepare('UPDATE user_secret SET key_version = ?2, iv = ?3, ciphertext = ?4 WHERE user_id = ?1').bind(id, key_version, iv, ciphertext).run();
    await Promise.all([part(), answered(ann, 200, 'DELETE', '/api/v1/users/api-key'), part()]);
    assert.equal((await rows()).find(({ user_id }) => user_id === id), undefined);
  });

  it('is asked for by the operator until nothing is left, also when it was cut off', async () => {
    const said: string[] = [];
    await crowd(2 * AT_ONCE + 5);
    let calls = 0;
    const cut = reseal(async (after) => {
      if (++calls === 2) throw new Error('cut off');
      return await part(after);
    }, 3, (line) => said.push(line));
    await assert.rejects(cut, /cut off/);
    assert.deepEqual(await reseal(part, 3, (line) => said.push(line)), { resealed: AT_ONCE + 5, left: 0, unreadable: 0, lost: 0 });
    assert.deepEqual(said, ['50 sealed again, 55 left', '50 sealed again, 5 left', '55 sealed again, 0 left']);
    await assert.rejects(reseal(part, 4, () => undefined, 1), /still sealed with key 3 and not with 4/);
  });

  it('is nobody else’s to ask for, and tells no secret', async () => {
    await crowd(1);
    for (const authorization of ['', 'Bearer', `Bearer ${'k'.repeat(43)}`]) {
      assert.equal((await ann.send('POST', '/api/admin/secrets/reseal', {}, { headers: { authorization } })).status, 401);
    }
    assert.equal((await ann.send('POST', '/secrets/reseal', {})).status, 404);
    assert.deepEqual((await rows()).map(({ key_version }) => key_version), [2]);
    assert.equal((await stack.anybody.send('POST', '/api/admin/secrets/reseal', { after: 7 }, { headers: asking() })).status, 400);
    assert.deepEqual(await part('nonsense'), { version: 3, resealed: 1, unreadable: 0, left: 0, lost: 0, next: null });
  });
});
