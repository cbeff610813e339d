/** The devices somebody is signed in on: what is noted of them, and that a revoked one can do nothing any more. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Seat } from './agent-kit.ts';
import { SESSION } from './account-kit.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { SESSION_COOKIE, SESSION_KEY, aged, readToken } from './session-token.ts';

const HOUR = 60 * 60_000;
let stack: TestStack;

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY } });
});
after(async () => await stack.close());

const sid = (person: Person): string => readToken(person.cookies.get(SESSION_COOKIE) ?? '').sid;
const seen = async (person: Person): Promise<number> => {
  const row = await (await stack.db()).prepare('SELECT last_seen_at FROM session WHERE id = ?1').bind(sid(person)).first<{ last_seen_at: number }>();
  return row?.last_seen_at ?? 0;
};
const age = (person: Person): void => void person.cookies.set(SESSION_COOKIE, aged(person.cookies.get(SESSION_COOKIE) ?? ''));

describe('when a device was last seen', () => {
  it('is noted once an hour, when its token is renewed, for reads and for writes', async () => {
    const ann = await stack.person();
    const db = await stack.db();
    const kv = await stack.sessions();
    const key = `session:${sid(ann)}`;
    const record = JSON.parse((await kv.get(key)) ?? '') as Record<string, number>;
    assert.ok((record['seenAt'] ?? 0) > Date.now() - HOUR);
    const old = Date.now() - 2 * HOUR;
    const put = async (seenAt: number | undefined): Promise<void> => {
      await db.prepare('UPDATE session SET last_seen_at = ?1 WHERE id = ?2').bind(old, sid(ann)).run();
      await kv.put(key, JSON.stringify({ ...record, seenAt }));
    };
    await put(Date.now());
    age(ann);
    assert.equal((await ann.fetch('/api/sites')).status, 200);
    assert.equal(await seen(ann), old, 'noted less than an hour ago');
    for (const seenAt of [old, undefined]) {
      await put(seenAt);
      age(ann);
      assert.equal((await ann.fetch('/api/sites')).status, 200);
      assert.ok((await seen(ann)) > Date.now() - HOUR, 'a record from before this was noted is taken too');
    }
    await put(old);
    age(ann);
    await ann.send('POST', '/api/sites', { kind: 'generated', label: '' });
    assert.ok((await seen(ann)) > Date.now() - HOUR);
  });
});

describe('a revoked device', () => {
  it('is heard no more at once, by no route and on no open socket', async () => {
    const email = 'two-devices@example.test';
    const lost = await stack.owner('two-devices', email);
    const mine = await stack.person(email);
    const seat = await Seat.open(lost);
    const { session } = await lost.json<{ session: { token: string } }>(SESSION);
    const kept = lost.cookies.get(SESSION_COOKIE) ?? '';
    assert.equal((await mine.send('POST', '/api/auth/revoke-session', { token: session.token })).status, 200);
    seat.say('Put my enemy on the page');
    await seat.until('the socket to close', () => seat.closed !== null);
    assert.deepEqual(seat.said('user'), []);
    lost.cookies.set(SESSION_COOKIE, kept);
    assert.equal((await lost.send('POST', '/api/agent/stream', { message: 'Put my enemy on the page' })).status, 401);
    lost.cookies.set(SESSION_COOKIE, kept);
    assert.equal((await lost.fetch(`/api/sites/${lost.domain}`, { method: 'DELETE' })).status, 401);
    lost.cookies.set(SESSION_COOKIE, aged(kept));
    assert.equal((await lost.fetch('/api/sites')).status, 401, 'and read no more when its token has run out');
    const { messages } = await mine.json<{ messages: unknown[] }>('/api/agent/session');
    assert.deepEqual(messages, []);
    assert.equal(await (await stack.sessions()).get(`session:${readToken(kept).sid}`), null);
  });
});
