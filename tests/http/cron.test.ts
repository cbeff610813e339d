/** What the api worker does by itself every five minutes: rows that open nothing any more are swept, all others stay. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SESSION, address, asked } from './account-kit.ts';
import { type TestStack, startTestStack } from './harness.ts';
import { SESSION_COOKIE, readToken } from './session-token.ts';

const DAY = 24 * 60 * 60_000;
let stack: TestStack;

before(async () => {
  stack = await startTestStack();
});
after(async () => await stack.close());

describe('the scheduled event sweeps', () => {
  it('sessions that ran out, and no others', async () => {
    const [ann, ben] = [await stack.person(address()), await stack.person(address())];
    const { sid } = readToken(ann.cookies.get(SESSION_COOKIE) ?? '');
    const db = await stack.db();
    await db.prepare('UPDATE session SET expires_at = ?1 WHERE id = ?2').bind(Date.now() - 1, sid).run();
    await stack.scheduled('api');
    assert.equal(await db.prepare('SELECT 1 FROM session WHERE id = ?1').bind(sid).first(), null);
    assert.notEqual(await (await ben.fetch(SESSION)).text(), 'null');
  });

  it('codes a day after they expired', async () => {
    const [late, old] = [await asked(stack), await asked(stack)];
    const db = await stack.db();
    const expire = (email: string, at: number) =>
      db.prepare('UPDATE verification SET expires_at = ?1 WHERE identifier = ?2').bind(at, `sign-in-otp-${email}`).run();
    await expire(late.email, Date.now() - DAY + 60_000);
    await expire(old.email, Date.now() - DAY - 60_000);
    await stack.scheduled('api');
    const { results } = await db.prepare('SELECT identifier FROM verification').all();
    assert.deepEqual(results, [{ identifier: `sign-in-otp-${late.email}` }]);
  });

  it('sign-ins through a provider that nobody came back from', async () => {
    const db = await stack.db();
    const begin = (hash: string, expiresAt: number) =>
      db
        .prepare("INSERT INTO oauth_state (state_hash, provider_id, callback_url, expires_at, created_at) VALUES (?1, 'google', '/', ?2, ?2)")
        .bind(hash, expiresAt)
        .run();
    await begin('left', Date.now() - 1);
    await begin('on-its-way', Date.now() + 60_000);
    await stack.scheduled('api');
    const { results } = await db.prepare('SELECT state_hash FROM oauth_state').all();
    assert.deepEqual(results, [{ state_hash: 'on-its-way' }]);
  });
});
