/** Signing in and out: codes by mail, sessions, and where requests may come from. BetterAuth's wire, on real workerd. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createAuthClient } from 'better-auth/client';
import { emailOTPClient } from 'better-auth/client/plugins';
import { Client, type RequestInit, type Response, type TestStack, startTestStack } from './harness.ts';
import { SESSION_COOKIE, SESSION_KEY, aged, readToken, signToken } from './session-token.ts';

const SEND = '/api/auth/email-otp/send-verification-otp';
const CHECK = '/api/auth/email-otp/check-verification-otp';
const SIGN_IN = '/api/auth/sign-in/email-otp';
const SIGN_OUT = '/api/auth/sign-out';
const SESSION = '/api/auth/get-session';
const OTP_COOKIE = '__Host-vetka_otp';
const DAY = 24 * 60 * 60_000;

interface Problem {
  code?: string;
  message: string;
}

let stack: TestStack;
let people = 0;
const address = (): string => `auth-${++people}@example.test`;
const browser = (): Client => new Client(stack.addresses.app);
const send = (client: Client, email: string): Promise<Response> => client.send('POST', SEND, { email, type: 'sign-in' });
const signIn = (client: Client, email: string, otp: string): Promise<Response> =>
  client.send('POST', SIGN_IN, { email, otp });
const wrong = (code: string): string => (code === '000000' ? '000001' : '000000');

async function refused(pending: Promise<Response>, status: number, code: string): Promise<Problem> {
  const response = await pending;
  const text = await response.text();
  assert.equal(response.status, status, text);
  const problem = JSON.parse(text) as Problem;
  assert.equal(problem.code, code);
  return problem;
}

/** A browser that has asked for a code, and the code. */
async function asked(email = address()): Promise<{ client: Client; email: string; code: string }> {
  const client = browser();
  assert.equal((await send(client, email)).status, 200);
  return { client, email, code: await stack.code(email) };
}

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY } });
});
after(async () => await stack.close());

describe('asking for a code', () => {
  it('sends a mail that says what it is for, and keeps only hashes', async () => {
    const email = address();
    const client = browser();
    const response = await send(client, `  ${email.toUpperCase()} `);
    assert.deepEqual(await response.json(), { success: true });
    const mail = (await stack.mails()).find(({ to }) => to.includes(email));
    assert.ok(mail);
    const code = /^(\d{6}) is your Vetka code$/.exec(mail.subject)?.[1];
    assert.ok(code);
    for (const body of [mail.text, mail.html]) {
      assert.match(body, new RegExp(code));
      assert.match(body, /sign in to Vetka/);
      assert.match(body, /If you did not ask for it, ignore this mail/);
    }
    const row = await (await stack.db())
      .prepare('SELECT * FROM verification WHERE identifier = ?1')
      .bind(`sign-in-otp-${email}`)
      .first<Record<string, string>>();
    assert.ok(row);
    const stored = JSON.stringify(row);
    const secret = client.cookies.get(OTP_COOKIE) ?? '';
    assert.ok(secret.length >= 40);
    for (const open of [secret, `"${code}"`, createHash('sha256').update(code).digest('hex')]) {
      assert.ok(!stored.includes(open), 'a stolen database would tell the code');
    }
  });

  it('keeps one live code an address: the newest', async () => {
    const { client, email, code } = await asked();
    await send(client, email);
    const newest = await stack.code(email);
    if (newest !== code) await refused(signIn(client, email, code), 400, 'INVALID_OTP');
    assert.equal((await signIn(client, email, newest)).status, 200);
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
  });

  it('answers alike for purposes that are not ours, and sends nothing', async () => {
    const email = address();
    for (const type of ['email-verification', 'forget-password']) {
      const response = await browser().send('POST', SEND, { email, type });
      assert.deepEqual(await response.json(), { success: true });
    }
    assert.ok(!(await stack.mails()).some(({ to }) => to.includes(email)));
  });

  it('refuses what it cannot read', async () => {
    const client = browser();
    const raw = (body: string, type = 'application/json'): Promise<Response> =>
      client.fetch(SEND, { method: 'POST', body, headers: { 'content-type': type } });
    const email = address();
    const valid = { email, type: 'sign-in' };
    await refused(raw('{"email":'), 400, 'BAD_REQUEST');
    await refused(raw(JSON.stringify(valid), 'text/plain'), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await refused(raw(JSON.stringify(valid), 'application/x-www-form-urlencoded'), 415, 'UNSUPPORTED_MEDIA_TYPE');
    for (const body of ['null', '[]', '"x"', '{}', `{"email":"${email}"}`, `{"email":7,"type":"sign-in"}`, `{"email":"${email}","type":"x"}`]) {
      await refused(raw(body), 400, 'VALIDATION_ERROR');
    }
    await refused(client.fetch(SEND, { method: 'POST' }), 400, 'VALIDATION_ERROR');
    for (const bad of ['', 'ann', 'ann@x', 'a b@x.test', 'ann@x.test\r\nbcc: b@x.test', `${'a'.repeat(300)}@x.test`]) {
      await refused(send(client, bad), 400, 'INVALID_EMAIL');
    }
    const changeEmail = await client.send('POST', SEND, { email, type: 'change-email' });
    assert.equal(changeEmail.status, 400);
    assert.deepEqual(await changeEmail.json(), { message: 'Invalid OTP type' });
    await refused(client.send('POST', SEND, { ...valid, padding: 'x'.repeat(70_000) }), 413, 'too_large');
    assert.ok(!(await stack.mails()).some(({ to }) => to.includes(email)));
  });
});

describe('using a code', () => {
  it('signs in: the account is made the first time and found the second', async () => {
    const { client, email, code } = await asked();
    const first = (await (await client.send('POST', SIGN_IN, { email: email.toUpperCase(), otp: code, name: 'Ann' })).json()) as {
      token: string;
      user: Record<string, unknown>;
    };
    assert.match(first.token, /^[A-Za-z0-9]{32}$/);
    assert.match(String(first.user['id']), /^[a-z0-9]{24}$/);
    assert.equal(first.user['email'], email);
    assert.equal(first.user['name'], 'Ann');
    assert.equal(first.user['emailVerified'], true);
    assert.equal(first.user['image'], null);
    assert.match(String(first.user['createdAt']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

    const again = await asked(email);
    const second = (await (
      await again.client.send('POST', SIGN_IN, { email, otp: again.code, name: 'Somebody else' })
    ).json()) as typeof first;
    assert.equal(second.user['id'], first.user['id']);
    assert.equal(second.user['name'], 'Ann', 'a name counts only when the account is made');
    assert.notEqual(second.token, first.token);
  });

  it('takes a code once, and then knows nothing of it', async () => {
    const { client, email, code } = await asked();
    assert.equal((await signIn(client, email, code)).status, 200);
    assert.equal((await refused(signIn(client, email, code), 400, 'INVALID_OTP')).message, 'Invalid OTP');
  });

  it('refuses the right code after three wrong ones, and then knows nothing of it', async () => {
    const { client, email, code } = await asked();
    for (let guess = 0; guess < 3; guess++) await refused(signIn(client, email, wrong(code)), 400, 'INVALID_OTP');
    await refused(signIn(client, email, code), 403, 'TOO_MANY_ATTEMPTS');
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
    await refused(signIn(client, email, code), 400, 'INVALID_OTP'); // the sixth guess
    await send(client, email);
    assert.equal((await signIn(client, email, await stack.code(email))).status, 200);
  });

  it('says that a code is too old, once', async () => {
    const { client, email, code } = await asked();
    const db = await stack.db();
    await db.prepare('UPDATE verification SET expires_at = ?1 WHERE identifier = ?2').bind(Date.now(), `sign-in-otp-${email}`).run();
    await refused(signIn(client, email, code), 400, 'OTP_EXPIRED');
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
  });

  it('a wrong guess does not make a code live longer', async () => {
    const { client, email, code } = await asked();
    const db = await stack.db();
    const expiry = (): Promise<{ expires_at: number } | null> =>
      db.prepare('SELECT expires_at FROM verification WHERE identifier = ?1').bind(`sign-in-otp-${email}`).first();
    const before = await expiry();
    await refused(signIn(client, email, wrong(code)), 400, 'INVALID_OTP');
    assert.deepEqual(await expiry(), before);
  });

  it('checking a code leaves it good, and counts', async () => {
    const { client, email, code } = await asked();
    const check = (otp: string): Promise<Response> => client.send('POST', CHECK, { email, type: 'sign-in', otp });
    await refused(check(code), 400, 'USER_NOT_FOUND');
    assert.equal((await signIn(client, email, code)).status, 200);
    await send(client, email);
    const newest = await stack.code(email);
    assert.deepEqual(await (await check(newest)).json(), { success: true });
    await refused(check(wrong(newest)), 400, 'INVALID_OTP');
    await refused(client.send('POST', CHECK, { email, type: 'email-verification', otp: newest }), 400, 'INVALID_OTP');
    assert.equal((await signIn(client, email, newest)).status, 200);
  });

  it('refuses what it cannot read', async () => {
    const { client, email } = await asked();
    await refused(client.send('POST', SIGN_IN, null), 400, 'VALIDATION_ERROR');
    const missing = await refused(client.send('POST', SIGN_IN, { email }), 400, 'VALIDATION_ERROR');
    assert.equal(missing.message, '[body.otp] Invalid input: expected string, received undefined');
    await refused(client.send('POST', SIGN_IN, { email, otp: 123456 }), 400, 'VALIDATION_ERROR');
    await refused(client.send('POST', SIGN_IN, { email, otp: '123456', name: 'x'.repeat(101) }), 400, 'VALIDATION_ERROR');
    await refused(signIn(client, 'no address', '123456'), 400, 'INVALID_OTP');
    await refused(signIn(client, email, '9'.repeat(1000)), 400, 'INVALID_OTP');
  });

  it('one code used fifty times at once makes exactly one session', async () => {
    const { client, email, code } = await asked();
    const answers = await Promise.all(Array.from({ length: 50 }, () => signIn(client, email, code)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    const { results } = await (await stack.db())
      .prepare('SELECT session.id FROM session JOIN user ON user.id = session.user_id WHERE user.email = ?1')
      .bind(email)
      .all();
    assert.equal(results.length, 1);
  });

  it('fifty guesses at once are three tries', async () => {
    const { client, email, code } = await asked();
    const guesses = Array.from({ length: 50 }, (_, at) => String(at).padStart(6, '0')).filter((guess) => guess !== code);
    const answers = await Promise.all(guesses.map((guess) => signIn(client, email, guess)));
    const codes = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Problem).code));
    assert.equal(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS').length, 1);
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
  });

  it("browser A's code fails in browser B, kindly, and costs A no try", async () => {
    const { client: a, email, code } = await asked();
    const b = browser();
    const told = await refused(signIn(b, email, code), 400, 'INVALID_OTP');
    assert.match(told.message, /only in the browser that asked for it/);
    assert.equal(b.cookies.size, 0);

    const { client: c } = await asked();
    for (let guess = 0; guess < 5; guess++) await refused(signIn(c, email, code), 400, 'INVALID_OTP');
    assert.equal((await signIn(a, email, code)).status, 200);
  });

  it("somebody else's request for a code does not let them use mine", async () => {
    const mine = await asked();
    const thief = browser();
    await send(thief, mine.email);
    const theirs = await stack.code(mine.email);
    await refused(signIn(mine.client, mine.email, theirs), 400, 'INVALID_OTP');
    assert.equal((await signIn(thief, mine.email, theirs)).status, 200, 'whoever reads the mail in the browser that asked');
  });
});

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

  it('that ran out is swept when somebody signs in', async () => {
    const ann = await stack.person(address());
    const { sid } = readToken(ann.cookies.get(SESSION_COOKIE) ?? '');
    const db = await stack.db();
    await db.prepare('UPDATE session SET expires_at = ?1 WHERE id = ?2').bind(Date.now() - 1, sid).run();
    const ben = await stack.person(address());
    assert.equal(await db.prepare('SELECT 1 FROM session WHERE id = ?1').bind(sid).first(), null);
    assert.notEqual(await (await ben.fetch(SESSION)).text(), 'null');
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

describe('where a request comes from', () => {
  const from = (client: Client, path: string, origin: string, body: unknown): Promise<Response> =>
    client.send('POST', path, body, { headers: { origin } });

  it('with a cookie every POST wants our origin', async () => {
    const ann = await stack.person(address());
    const neighbour = stack.siteOrigin('ann');
    for (const path of [SEND, CHECK, SIGN_IN, SIGN_OUT]) {
      for (const origin of ['https://evil.test', neighbour, `${stack.addresses.app}.evil.test`]) {
        await refused(from(ann, path, origin, {}), 403, 'INVALID_ORIGIN');
      }
      for (const origin of ['', 'null']) await refused(from(ann, path, origin, {}), 403, 'MISSING_OR_NULL_ORIGIN');
    }
    assert.notEqual(await (await ann.fetch(SESSION)).text(), 'null', 'nobody was signed out from elsewhere');
  });

  it('an unrelated cookie counts too, and JSON is read before', async () => {
    const client = browser();
    client.cookies.set('theme', 'dark');
    await refused(from(client, SIGN_IN, 'https://evil.test', {}), 403, 'INVALID_ORIGIN');
    const malformed = client.fetch(SIGN_IN, {
      method: 'POST',
      body: '{',
      headers: { origin: 'https://evil.test', 'content-type': 'application/json' },
    });
    await refused(malformed, 400, 'BAD_REQUEST');
  });

  it('asking for a code is refused from elsewhere even without a cookie', async () => {
    const email = address();
    const body = { email, type: 'sign-in' };
    await refused(from(browser(), SEND, 'https://evil.test', body), 403, 'INVALID_ORIGIN');
    await refused(from(browser(), SEND, '', body), 403, 'MISSING_OR_NULL_ORIGIN'); // Node's fetch says sec-fetch-mode
    const raw = (headers: Record<string, string>): Promise<{ status: number; body: string }> => post(SEND, body, headers);
    const navigated = await raw({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });
    assert.equal(navigated.status, 403);
    assert.match(navigated.body, /CROSS_SITE_NAVIGATION_LOGIN_BLOCKED/);
    assert.equal((await raw({ referer: 'https://evil.test/' })).status, 403);
    assert.ok(!(await stack.mails()).some(({ to }) => to.includes(email)));
    assert.equal((await raw({ referer: `${stack.addresses.app}/` })).status, 200);
    assert.equal((await raw({})).status, 200, 'a program without a browser');
  });

  it('reading is allowed from anywhere and changes nothing', async () => {
    const ann = await stack.person(address());
    const response = await ann.fetch(SESSION, { headers: { origin: 'https://evil.test' } });
    assert.notEqual(await response.text(), 'null');
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  });
});

describe('the rest of the wire', () => {
  it('answers /ok', async () => {
    assert.deepEqual(await browser().json('/api/auth/ok'), { ok: true });
  });

  it('knows no other path and no other method: 404 with nothing in it', async () => {
    for (const [method, path] of [
      ['GET', '/api/auth/nothing'], ['GET', `${SESSION}/`], ['GET', '/api/auth//get-session'], ['GET', SIGN_OUT],
      ['POST', '/api/auth/ok'], ['PUT', SIGN_OUT], ['DELETE', SESSION], ['OPTIONS', SEND], ['POST', '/api/auth/sign-in/password'],
    ] as const) {
      const response = await browser().fetch(path, { method });
      assert.equal(response.status, 404, `${method} ${path}`);
      assert.equal(await response.text(), '');
      assert.equal(response.headers.get('content-type'), null);
    }
  });

  it('has no POST for reading a session', async () => {
    await refused(browser().send('POST', SESSION, {}), 405, 'METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED');
  });
});

describe('cookies', () => {
  it('are for this host alone, hidden from scripts, and only over TLS, on every route that sets one', async () => {
    const email = address();
    const client = browser();
    const form = (path: string, fields: Record<string, string>): Promise<Response> =>
      client.fetch(path, { method: 'POST', body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    const responses = [await send(client, email)];
    responses.push(await signIn(client, email, await stack.code(email)));
    client.cookies.set(SESSION_COOKIE, aged(client.cookies.get(SESSION_COOKIE) ?? ''));
    responses.push(await client.fetch('/api/sites'));
    responses.push(await client.send('POST', SIGN_OUT, {}));
    responses.push(await form('/sign-in', { email }));
    responses.push(await form('/sign-in/code', { email, code: await stack.code(email) }));
    responses.push(await form('/sign-out', {}));
    for (const response of responses) {
      const cookies = response.headers.getSetCookie();
      assert.equal(cookies.length, 1, response.url);
      assert.match(cookies[0] ?? '', /^__Host-vetka_(session|otp)=[A-Za-z0-9._-]*; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    }
  });
});

describe('without JavaScript', () => {
  const form = (client: Client, path: string, fields: Record<string, string>, init: RequestInit = {}): Promise<Response> =>
    client.fetch(path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(init.headers as Record<string, string>) },
    });

  it('signs in by two forms, goes where it was going, and out by a third', async () => {
    const email = address();
    const client = browser();
    const asking = await form(client, '/sign-in', { email, next: '/sites' });
    assert.equal(asking.status, 200);
    const page = await asking.text();
    assert.match(page, /action="\/sign-in\/code"/);
    assert.ok(page.includes(email) && page.includes('value="/sites"'));
    const code = await stack.code(email);
    const mistaken = await form(client, '/sign-in/code', { email, code: wrong(code), next: '/sites' });
    assert.equal(mistaken.status, 422);
    assert.match(await mistaken.text(), /That code is not right/);
    const spaced = `${code.slice(0, 3)} ${code.slice(3)}`;
    const signedIn = await form(client, '/sign-in/code', { email, code: spaced, next: '/sites' });
    assert.equal(signedIn.status, 303);
    assert.equal(signedIn.headers.get('location'), '/sites');
    assert.ok((await (await client.fetch('/')).text()).includes(email));
    const out = await form(client, '/sign-out', {});
    assert.equal(out.headers.get('location'), '/?notice=signed-out');
    assert.ok(!(await (await client.fetch('/')).text()).includes(email));
  });

  it('goes nowhere else for a link that says so', async () => {
    for (const next of ['https://evil.test/', '//evil.test', '/\\evil.test', '/%2fevil.test', 'javascript:alert(1)', '/api/sites']) {
      const email = address();
      const client = browser();
      await form(client, '/sign-in', { email, next });
      const signedIn = await form(client, '/sign-in/code', { email, code: await stack.code(email), next });
      assert.equal(signedIn.headers.get('location'), '/after-sign-in', next);
      const sent = await client.fetch(`/after-sign-in?next=${encodeURIComponent(next)}`);
      assert.equal(sent.headers.get('location'), '/setup', next);
    }
  });

  it('leads back to the page with the form when the session ended meanwhile', async () => {
    const ann = await stack.person(address());
    await ann.send('POST', SIGN_OUT, {});
    const page = '/sites?delete=ann.vetka.localhost';
    const headers = { referer: `${stack.addresses.app}${page}` };
    const response = await form(ann, '/sites/ann.vetka.localhost/delete', { confirm: 'ann' }, { headers });
    assert.equal(response.headers.get('location'), `/?sign-in&notice=session-ended&next=${encodeURIComponent(page)}`);
  });

  it('says what is wrong with an address', async () => {
    const response = await form(browser(), '/sign-in', { email: 'no address' });
    assert.equal(response.status, 422);
    assert.match(await response.text(), /does not look like an e-mail address/);
  });

  it('takes forms from our own pages only, and only forms', async () => {
    const email = address();
    const ann = await stack.person(address());
    for (const path of ['/sign-in', '/sign-in/code', '/sign-out']) {
      for (const origin of ['https://evil.test', 'null', '', stack.siteOrigin('ann')]) {
        const response = await form(ann, path, { email, code: '000000' }, { headers: { origin } });
        assert.equal(response.status, 403, `${path} from ${origin}`);
        assert.match(await response.text(), /This is not yours to open/);
      }
    }
    assert.equal((await ann.send('POST', '/sign-in', { email })).status, 415);
    assert.ok(!(await stack.mails()).some(({ to }) => to.includes(email)));
    assert.notEqual(await (await ann.fetch(SESSION)).text(), 'null');
  });
});

describe('the official client', () => {
  it('sends, mistakes, signs in, reads the session and signs out, unchanged', async () => {
    const jar = browser();
    const client = createAuthClient({
      baseURL: stack.addresses.app,
      plugins: [emailOTPClient()],
      fetchOptions: {
        customFetchImpl: async (input, init) => {
          const url = new URL(input instanceof Request ? input.url : input);
          return (await jar.fetch(url.pathname + url.search, init as RequestInit)) as unknown as globalThis.Response;
        },
      },
    });
    const email = address();
    assert.deepEqual(await client.getSession(), { data: null, error: null });
    assert.deepEqual((await client.emailOtp.sendVerificationOtp({ email, type: 'sign-in' })).data, { success: true });
    const otp = await stack.code(email);
    const mistaken = await client.signIn.emailOtp({ email, otp: wrong(otp) });
    assert.equal(mistaken.data, null);
    assert.deepEqual(mistaken.error, { code: 'INVALID_OTP', message: 'Invalid OTP', status: 400, statusText: 'Bad Request' });
    const right = await client.signIn.emailOtp({ email, otp });
    assert.equal(right.error, null);
    assert.equal(right.data?.user.email, email);
    const session = await client.getSession();
    assert.equal(session.data?.user.email, email);
    assert.equal(session.data?.session.token, right.data?.token);
    assert.ok(session.data?.session.expiresAt instanceof Date);
    assert.deepEqual((await client.signOut()).data, { success: true });
    assert.deepEqual(await client.getSession(), { data: null, error: null });
  });
});

/** A POST as a program makes it, with no header that it was not told. */
function post(path: string, body: unknown, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const { host, port } = new URL(stack.addresses.app);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method: 'POST', headers: { host, 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
