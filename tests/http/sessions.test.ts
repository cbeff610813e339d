/** Sessions: how long they live, how they are renewed, and how they end at once for whatever changes something. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Problem, SESSION, SIGN_OUT, address, form, send, signIn } from './account-kit.ts';
import { Client, type TestStack, startTestStack } from './harness.ts';
import { SESSION_COOKIE, SESSION_KEY, aged, readToken, signToken } from './session-token.ts';

const DAY = 24 * 60 * 60_000;

let stack: TestStack;
const browser = (): Client => new Client(stack.addresses.app);

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY } });
});
after(async () => await stack.close());

describe('a session', () => {
  it('is read with its account, and never cached', async () => {
    const ann = await stack.person(address());
    const response = await ann.fetch(SESSION);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('pragma'), 'no-cache');
    const { session, user } = (await response.json()) as Record<'session' | 'user', Record<string, unknown>>;
    assert.equal(user['email'], ann.email);
    assert.equal(session['userId'], user['id']);
    assert.match(String(session['token']), /^[A-Za-z0-9]{32}$/);
    const left = Date.parse(String(session['expiresAt'])) - Date.now();
    assert.ok(left > 6.99 * DAY && left <= 7 * DAY);
    assert.deepEqual(Object.keys(session).sort(), [
      'createdAt', 'expiresAt', 'id', 'ipAddress', 'token', 'updatedAt', 'userAgent', 'userId',
    ]);
  });

  it('nobody, a damaged cookie, a foreign key and an unsigned token are 200 null, and nothing is cleared', async () => {
    const ann = await stack.person(address());
    const token = ann.cookies.get(SESSION_COOKIE) ?? '';
    const claims = readToken(token);
    const [, body] = token.split('.');
    for (const value of [
      undefined, '', 'nonsense', token.slice(0, -4), signToken(claims, Buffer.alloc(32, 8).toString('base64')),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
    ]) {
      const client = browser();
      if (value !== undefined) client.cookies.set(SESSION_COOKIE, value);
      const response = await client.fetch(SESSION);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), 'null', String(value));
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
  });

  it('takes no bearer token, and its public name opens nothing', async () => {
    const ann = await stack.person(address());
    const { session } = await ann.json<{ session: { token: string; id: string } }>(SESSION);
    for (const value of [session.token, session.id]) {
      const bearer = await browser().fetch(SESSION, { headers: { authorization: `Bearer ${value}` } });
      assert.equal(await bearer.text(), 'null');
      const cookie = await browser().fetch(SESSION, { headers: { cookie: `${SESSION_COOKIE}=${value}` } });
      assert.equal(await cookie.text(), 'null');
    }
  });

  it('is renewed from its record when the token has run out, for reads and for writes', async () => {
    const ann = await stack.person(address());
    const old = aged(ann.cookies.get(SESSION_COOKIE) ?? '');
    for (const ask of [
      () => ann.fetch('/api/sites'),
      () => ann.fetch(SESSION),
      () => ann.fetch('/setup'),
      () => ann.send('POST', '/api/sites', { kind: 'external', domain: 'x.test' }),
    ]) {
      ann.cookies.set(SESSION_COOKIE, old);
      const response = await ask();
      assert.notEqual(response.status, 401);
      const fresh = ann.cookies.get(SESSION_COOKIE) ?? '';
      assert.notEqual(fresh, old);
      const { exp, iat } = readToken(fresh);
      assert.equal(exp - iat, 300);
      assert.ok(exp * 1000 > Date.now());
    }
  });

  it('whose record is gone is over, and its cookie is cleared', async () => {
    const ann = await stack.person(address());
    const old = aged(ann.cookies.get(SESSION_COOKIE) ?? '');
    await (await stack.sessions()).delete(`session:${readToken(old).sid}`);
    ann.cookies.set(SESSION_COOKIE, old);
    const response = await ann.fetch(SESSION);
    assert.equal(await response.text(), 'null');
    assert.equal(ann.cookies.has(SESSION_COOKIE), false);

    ann.cookies.set(SESSION_COOKIE, old);
    assert.equal((await ann.fetch('/api/sites')).status, 401);
    ann.cookies.set(SESSION_COOKIE, old);
    const page = await ann.fetch('/setup');
    assert.equal(page.status, 303);
    assert.match(page.headers.get('location') ?? '', /notice=session-ended/);
  });

  it('whose row is gone changes nothing any more, at once, though its token is young', async () => {
    const ann = await stack.person(address());
    await (await stack.db()).prepare('DELETE FROM session WHERE id = ?1').bind(readToken(ann.cookies.get(SESSION_COOKIE) ?? '').sid).run();
    const kept = new Map(ann.cookies);
    const write = await ann.send('POST', '/api/sites', { kind: 'generated', label: 'never-made' });
    assert.equal(write.status, 401);
    assert.equal(((await write.json()) as Problem).code, 'unauthorized');
    assert.equal(ann.cookies.has(SESSION_COOKIE), false);
    for (const [name, value] of kept) ann.cookies.set(name, value);
    assert.equal(await (await ann.fetch(SESSION)).text(), 'null');
  });

  it('whose account is gone shows a visitor’s page', async () => {
    const ann = await stack.person(address());
    await (await stack.db()).prepare('DELETE FROM user WHERE email = ?1').bind(ann.email).run();
    const page = await (await ann.fetch('/')).text();
    assert.ok(!page.includes(ann.email));
  });

  it('slides by seven days, once a day, and not with disableRefresh', async () => {
    const ann = await stack.person(address());
    const { sid, uid } = readToken(ann.cookies.get(SESSION_COOKIE) ?? '');
    const db = await stack.db();
    const expires = Date.now() + 6 * DAY - 1000;
    await db.prepare('UPDATE session SET expires_at = ?1 WHERE id = ?2').bind(expires, sid).run();
    const read = async (query = ''): Promise<number> => {
      const { session } = await ann.json<{ session: { expiresAt: string } }>(`${SESSION}${query}`);
      return Date.parse(session.expiresAt);
    };
    assert.equal(await read('?disableRefresh=true'), expires);
    const extended = await read();
    assert.ok(extended > Date.now() + 6.99 * DAY);
    assert.equal(await read(), extended);
    const record = JSON.parse((await (await stack.sessions()).get(`session:${sid}`)) ?? '') as Record<string, unknown>;
    assert.equal(record['expiresAt'], extended);
    assert.equal(record['userId'], uid);
  });

  it('that is past its end is over for reads of the session and for writes', async () => {
    const ann = await stack.person(address());
    const { sid } = readToken(ann.cookies.get(SESSION_COOKIE) ?? '');
    const kept = ann.cookies.get(SESSION_COOKIE) ?? '';
    await (await stack.db()).prepare('UPDATE session SET expires_at = ?1 WHERE id = ?2').bind(Date.now() - 1, sid).run();
    assert.equal(await (await ann.fetch(SESSION)).text(), 'null');
    assert.equal(ann.cookies.has(SESSION_COOKIE), false);
    ann.cookies.set(SESSION_COOKIE, kept);
    assert.equal((await ann.send('POST', '/api/sites', { kind: 'generated', label: 'too-late' })).status, 401);
  });
});

describe('signing out', () => {
  it('works at once for whoever kept the cookie', async () => {
    const ann = await stack.person(address());
    const kept = ann.cookies.get(SESSION_COOKIE) ?? '';
    const response = await ann.send('POST', SIGN_OUT, {});
    assert.deepEqual(await response.json(), { success: true });
    assert.equal(ann.cookies.has(SESSION_COOKIE), false);
    ann.cookies.set(SESSION_COOKIE, kept);
    assert.equal((await ann.send('POST', '/api/sites', { kind: 'generated', label: 'signed-out' })).status, 401);
    assert.equal(await (await ann.fetch(SESSION)).text(), 'null');
    ann.cookies.set(SESSION_COOKIE, aged(kept));
    assert.equal((await ann.fetch('/api/sites')).status, 401);
  });

  it('of a session whose token has run out ends it too', async () => {
    const ann = await stack.person(address());
    const kept = aged(ann.cookies.get(SESSION_COOKIE) ?? '');
    ann.cookies.set(SESSION_COOKIE, kept);
    await ann.send('POST', SIGN_OUT, {});
    ann.cookies.set(SESSION_COOKIE, kept);
    assert.equal((await ann.fetch('/api/sites')).status, 401);
  });

  it('leaves other sessions alone', async () => {
    const email = address();
    const [phone, laptop] = [await stack.person(email), await stack.person(email)];
    await phone.send('POST', SIGN_OUT, {});
    assert.notEqual(await (await laptop.fetch(SESSION)).text(), 'null');
  });

  it('without a session or a body is the same 200', async () => {
    for (const init of [{ method: 'POST' }, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }]) {
      const response = await browser().fetch(SIGN_OUT, init);
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { success: true });
    }
  });
});

describe('cookies', () => {
  it('are for this host alone, hidden from scripts, and only over TLS, on every route that sets one', async () => {
    const email = address();
    const client = browser();
    const responses = [await send(client, email)];
    responses.push(await signIn(client, email, await stack.code(email)));
    client.cookies.set(SESSION_COOKIE, aged(client.cookies.get(SESSION_COOKIE) ?? ''));
    responses.push(await client.fetch('/api/sites'));
    responses.push(await client.send('POST', SIGN_OUT, {}));
    responses.push(await form(client, '/sign-in', { email }));
    responses.push(await form(client, '/sign-in/code', { email, code: await stack.code(email) }));
    responses.push(await form(client, '/sign-out', {}));
    for (const response of responses) {
      const cookies = response.headers.getSetCookie();
      assert.equal(cookies.length, 1, response.url);
      assert.match(cookies[0] ?? '', /^__Host-vetka_(session|otp)=[A-Za-z0-9._-]*; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    }
  });
});
