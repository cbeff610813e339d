/** Codes by mail on BetterAuth's wire, with its official client, on real workerd. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createAuthClient } from 'better-auth/client';
import { emailOTPClient } from 'better-auth/client/plugins';
import { CHECK, OTP_COOKIE, type Problem, SEND, SESSION, SIGN_IN, SIGN_OUT, address, asked, refused, send, signIn, wrong } from './account-kit.ts';
import { Client, type RequestInit, type Response, type TestStack, newNetwork, startTestStack } from './harness.ts';

let stack: TestStack;
const browser = (): Client => new Client(stack.addresses.app);

before(async () => {
  stack = await startTestStack();
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
      assert.ok(body.includes(`Type it at ${new URL(stack.addresses.app).host}, `), 'a page that looks like ours is told from ours by its address');
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
    const { client, email, code } = await asked(stack);
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
    const { client, email, code } = await asked(stack);
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

    const again = await asked(stack, email);
    const second = (await (
      await again.client.send('POST', SIGN_IN, { email, otp: again.code, name: 'Somebody else' })
    ).json()) as typeof first;
    assert.equal(second.user['id'], first.user['id']);
    assert.equal(second.user['name'], 'Ann', 'a name counts only when the account is made');
    assert.notEqual(second.token, first.token);
  });

  it('takes a code once, and then knows nothing of it', async () => {
    const { client, email, code } = await asked(stack);
    assert.equal((await signIn(client, email, code)).status, 200);
    assert.equal((await refused(signIn(client, email, code), 400, 'INVALID_OTP')).message, 'Invalid OTP');
  });

  it('refuses the right code after three wrong ones, and then knows nothing of it', async () => {
    const { client, email, code } = await asked(stack);
    for (let guess = 0; guess < 3; guess++) await refused(signIn(client, email, wrong(code)), 400, 'INVALID_OTP');
    await refused(signIn(client, email, code), 403, 'TOO_MANY_ATTEMPTS');
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
    await refused(signIn(client, email, code), 400, 'INVALID_OTP'); // the sixth guess
    await send(client, email);
    assert.equal((await signIn(client, email, await stack.code(email))).status, 200);
  });

  it('says that a code is too old, once', async () => {
    const { client, email, code } = await asked(stack);
    const db = await stack.db();
    await db.prepare('UPDATE verification SET expires_at = ?1 WHERE identifier = ?2').bind(Date.now(), `sign-in-otp-${email}`).run();
    await refused(signIn(client, email, code), 400, 'OTP_EXPIRED');
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
  });

  it('a wrong guess does not make a code live longer', async () => {
    const { client, email, code } = await asked(stack);
    const db = await stack.db();
    const expiry = (): Promise<{ expires_at: number } | null> =>
      db.prepare('SELECT expires_at FROM verification WHERE identifier = ?1').bind(`sign-in-otp-${email}`).first();
    const before = await expiry();
    await refused(signIn(client, email, wrong(code)), 400, 'INVALID_OTP');
    assert.deepEqual(await expiry(), before);
  });

  it('checking a code leaves it good, and counts', async () => {
    const { client, email, code } = await asked(stack);
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
    const { client, email } = await asked(stack);
    await refused(client.send('POST', SIGN_IN, null), 400, 'VALIDATION_ERROR');
    const missing = await refused(client.send('POST', SIGN_IN, { email }), 400, 'VALIDATION_ERROR');
    assert.equal(missing.message, '[body.otp] Invalid input: expected string, received undefined');
    await refused(client.send('POST', SIGN_IN, { email, otp: 123456 }), 400, 'VALIDATION_ERROR');
    await refused(client.send('POST', SIGN_IN, { email, otp: '123456', name: 'x'.repeat(101) }), 400, 'VALIDATION_ERROR');
    await refused(signIn(client, 'no address', '123456'), 400, 'INVALID_OTP');
    await refused(signIn(client, email, '9'.repeat(1000)), 400, 'INVALID_OTP');
  });

  it('one code used fifty times at once makes exactly one session', async () => {
    const { client, email, code } = await asked(stack);
    const answers = await fromAllOver(50, (network) => client.send('POST', SIGN_IN, { email, otp: code }, network));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    const { results } = await (await stack.db())
      .prepare('SELECT session.id FROM session JOIN user ON user.id = session.user_id WHERE user.email = ?1')
      .bind(email)
      .all();
    assert.equal(results.length, 1);
  });

  it('fifty guesses at once are three tries', async () => {
    const { client, email, code } = await asked(stack);
    const guesses = Array.from({ length: 50 }, (_, at) => String(at).padStart(6, '0')).filter((guess) => guess !== code);
    const answers = await fromAllOver(guesses.length, (network, at) =>
      client.send('POST', SIGN_IN, { email, otp: guesses[at] }, network));
    const codes = await Promise.all(answers.map(async (answer) => ((await answer.json()) as Problem).code));
    assert.equal(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS').length, 1);
    await refused(signIn(client, email, code), 400, 'INVALID_OTP');
  });

  it("browser A's code fails in browser B, kindly, and costs A no try", async () => {
    const { client: a, email, code } = await asked(stack);
    const b = browser();
    const told = await refused(signIn(b, email, code), 400, 'INVALID_OTP');
    assert.match(told.message, /only in the browser that asked for it/);
    assert.equal(b.cookies.size, 0);

    const { client: c } = await asked(stack);
    for (let guess = 0; guess < 5; guess++) await refused(signIn(c, email, code), 400, 'INVALID_OTP');
    assert.equal((await signIn(a, email, code)).status, 200);
  });

  it("somebody else's request for a code does not let them use mine", async () => {
    const mine = await asked(stack);
    const thief = browser();
    await send(thief, mine.email);
    const theirs = await stack.code(mine.email);
    if (theirs !== mine.code) await refused(signIn(mine.client, mine.email, theirs), 400, 'INVALID_OTP');
    assert.equal((await signIn(thief, mine.email, theirs)).status, 200, 'whoever reads the mail in the browser that asked');
  });
});

/** At once, each from a network of its own, so that it is not the limits that hold them back. */
async function fromAllOver(times: number, ask: (network: RequestInit, at: number) => Promise<Response>): Promise<Response[]> {
  return await Promise.all(
    Array.from({ length: times }, async (_, at) => await ask({ headers: { 'cf-connecting-ip': newNetwork() } }, at)),
  );
}

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
