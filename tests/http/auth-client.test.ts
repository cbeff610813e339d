/** All of BetterAuth's wire that is offered, spoken by its official client. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAuthClient } from 'better-auth/client';
import { emailOTPClient } from 'better-auth/client/plugins';
import { address, asked, wrong } from './account-kit.ts';
import { Client, type RequestInit, type TestStack, startTestStack } from './harness.ts';
import { comeBack, pick } from './identity-kit.ts';

const DAY = 24 * 60 * 60_000;
let stack: TestStack;

before(async () => {
  stack = await startTestStack();
});
after(async () => await stack.close());

/** The official client in a browser of ours. */
function client(jar: Client) {
  return createAuthClient({
    baseURL: stack.addresses.app,
    plugins: [emailOTPClient()],
    fetchOptions: {
      customFetchImpl: async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        return (await jar.fetch(url.pathname + url.search, init as RequestInit)) as unknown as globalThis.Response;
      },
    },
  });
}

async function signedIn(email = address()) {
  const jar = await stack.person(email);
  return { jar, email, auth: client(jar) };
}

const code = (answer: { error: { code?: string | undefined; status: number } | null }): [number | undefined, string | undefined] => [
  answer.error?.status, answer.error?.code,
];

describe('codes', () => {
  it('checks one, and says of each what is wrong', async () => {
    const { client: jar, email, code: otp } = await asked(stack);
    const auth = client(jar);
    assert.deepEqual(code(await auth.emailOtp.checkVerificationOtp({ email, type: 'sign-in', otp })), [400, 'USER_NOT_FOUND']);
    assert.deepEqual(code(await auth.emailOtp.checkVerificationOtp({ email, type: 'sign-in', otp: wrong(otp) })), [400, 'INVALID_OTP']);
    assert.deepEqual(code(await auth.emailOtp.sendVerificationOtp({ email: 'nobody', type: 'sign-in' })), [400, 'INVALID_EMAIL']);
    assert.equal((await auth.signIn.emailOtp({ email, otp, name: 'Ann' })).data?.user.name, 'Ann');
    const unverified = await auth.emailOtp.verifyEmail({ email, otp });
    assert.deepEqual(code(unverified), [400, 'INVALID_OTP'], 'no address here is unverified');
  });

  it('holds what somebody says of themselves to the rules of their settings', async () => {
    const { client: jar, email, code: otp } = await asked(stack);
    const auth = client(jar);
    assert.deepEqual(code(await auth.signIn.emailOtp({ email, otp, name: 'turned \u202E round' })), [400, 'VALIDATION_ERROR']);
    assert.deepEqual(code(await auth.signIn.emailOtp({ email, otp, image: 'javascript:alert(1)' })), [400, 'VALIDATION_ERROR']);
    assert.equal((await auth.signIn.emailOtp({ email, otp })).error, null, 'and costs no try');
  });
});

describe('sessions', () => {
  it('lists them, with dates', async () => {
    const { email, auth } = await signedIn();
    await stack.person(email);
    const { data } = await auth.listSessions();
    assert.equal(data?.length, 2);
    const mine = (await auth.getSession()).data?.session;
    assert.ok(data.some(({ token, id }) => token === mine?.token && id === mine.id));
    assert.ok(data.every(({ expiresAt }) => expiresAt instanceof Date));
  });

  it('revokes one by its public name; others’ and unknown ones are the same answer, and nothing happens', async () => {
    const { email, auth } = await signedIn();
    const phone = await stack.person(email);
    const ben = await signedIn();
    const theirs = (await ben.auth.getSession()).data?.session.token ?? '';
    const phones = (await client(phone).getSession()).data?.session.token ?? '';
    for (const token of [theirs, 'x'.repeat(32)]) assert.deepEqual((await auth.revokeSession({ token })).data, { status: true });
    assert.notEqual((await ben.auth.getSession()).data, null);
    assert.deepEqual((await auth.revokeSession({ token: phones })).data, { status: true });
    assert.equal((await client(phone).getSession()).data, null);
    assert.notEqual((await auth.getSession()).data, null);
  });

  it('revokes its own, all others, and all, and forgets the cookie of its own', async () => {
    const own = await signedIn();
    const token = (await own.auth.getSession()).data?.session.token ?? '';
    await own.auth.revokeSession({ token });
    assert.equal(own.jar.cookies.has('__Host-vetka_session'), false);

    const { email, auth, jar } = await signedIn();
    const others = [await stack.person(email), await stack.person(email)];
    assert.deepEqual((await auth.revokeOtherSessions()).data, { status: true });
    for (const other of others) assert.equal((await client(other).getSession()).data, null);
    assert.notEqual((await auth.getSession()).data, null);
    const another = await stack.person(email);
    assert.deepEqual((await auth.revokeSessions()).data, { status: true });
    assert.equal(jar.cookies.has('__Host-vetka_session'), false);
    assert.equal((await client(another).getSession()).data, null);
    const { results } = await (await stack.db())
      .prepare('SELECT kind FROM audit_event JOIN user ON user.id = user_id WHERE email = ?1 ORDER BY seq')
      .bind(email)
      .all<{ kind: string }>();
    const kinds = results.map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'session_revoked').length, 3);
    assert.equal(kinds.filter((kind) => kind === 'signed_out').length, 1);
  });

  it('that began more than a day ago may not list, disconnect or leave, and may revoke', async () => {
    const { email, auth } = await signedIn();
    await (await stack.db())
      .prepare('UPDATE session SET created_at = ?1 WHERE user_id = (SELECT id FROM user WHERE email = ?2)')
      .bind(Date.now() - DAY, email)
      .run();
    assert.deepEqual(code(await auth.listSessions()), [403, 'SESSION_NOT_FRESH']);
    assert.deepEqual(code(await auth.unlinkAccount({ accountId: 'x' })), [403, 'SESSION_NOT_FRESH']);
    assert.deepEqual(code(await auth.deleteUser()), [400, 'SESSION_EXPIRED']);
    assert.deepEqual((await auth.revokeOtherSessions()).data, { status: true });
  });

  it('that is over answers 401 for all of it', async () => {
    const { auth, jar } = await signedIn();
    const kept = jar.cookies.get('__Host-vetka_session') ?? '';
    await auth.signOut();
    for (const cookie of [undefined, kept]) {
      for (const ask of [
        () => auth.listSessions(), () => auth.revokeSession({ token: 'x' }), () => auth.revokeSessions(), () => auth.revokeOtherSessions(),
        () => auth.updateUser({ name: 'x' }), () => auth.deleteUser(), () => auth.listAccounts(), () => auth.unlinkAccount({ accountId: 'x' }),
        () => auth.linkSocial({ provider: 'google' }),
      ]) {
        if (cookie !== undefined) jar.cookies.set('__Host-vetka_session', cookie);
        assert.deepEqual(code(await ask()), [401, 'UNAUTHORIZED'], String(ask));
      }
    }
  });
});

describe('the account', () => {
  it('changes what it may, and drops the rest', async () => {
    const { auth, jar, email } = await signedIn();
    const changed = await auth.updateUser({ name: '  Ann   Ash ', id: 'x', emailVerified: false, role: 'admin' } as { name: string });
    assert.deepEqual(changed.data, { status: true });
    assert.ok(jar.cookies.has('__Host-vetka_session'));
    const { data } = await auth.getSession();
    assert.equal(data?.user.name, 'Ann Ash');
    assert.equal(data.user.email, email);
    assert.deepEqual(code(await auth.updateUser({ email: 'x@x.test' } as object)), [400, 'EMAIL_CAN_NOT_BE_UPDATED']);
    const nothing = await auth.updateUser({ role: 'admin' } as object);
    assert.deepEqual([nothing.error?.status, nothing.error?.message, nothing.error?.code], [400, 'No fields to update', undefined]);
    assert.equal((await auth.updateUser({})).error?.status, 404, 'the client sends that as a GET');
    assert.deepEqual(code(await auth.updateUser({ name: 'x'.repeat(101) })), [400, 'VALIDATION_ERROR']);
    assert.deepEqual(code(await auth.updateUser({ image: 'javascript:alert(1)' })), [400, 'VALIDATION_ERROR']);
    assert.deepEqual((await auth.updateUser({ image: null })).data, { status: true });
    const list = await jar.send('POST', '/api/auth/update-user', ['x']);
    assert.equal(((await list.json()) as { code: string }).code, 'BODY_MUST_BE_AN_OBJECT');
  });

  it('leaves: to this wire it is gone, and for seven days it can be kept', async () => {
    const { auth, jar, email } = await signedIn();
    const other = await stack.person(email);
    assert.deepEqual((await auth.deleteUser()).data, { success: true, message: 'User deleted' });
    assert.equal(jar.cookies.has('__Host-vetka_session'), false);
    assert.equal((await auth.getSession()).data, null);
    assert.equal((await client(other).getSession()).data, null);
    const back = await stack.person(email);
    assert.notEqual((await client(back).getSession()).data, null);
  });
});

describe('providers', () => {
  it('signs in, connects, lists and disconnects', async () => {
    const jar = new Client(stack.addresses.app);
    const auth = client(jar);
    const { data } = await auth.signIn.social({ provider: 'github', callbackURL: '/home', disableRedirect: true });
    assert.equal(data?.redirect, false);
    assert.equal((await comeBack(jar, await pick(new URL(data.url ?? ''), 'cleo-cedar'))).to, '/home');
    assert.equal((await auth.getSession()).data?.user.email, 'cleo@example.com');
    const linked = await auth.linkSocial({ provider: 'google', callbackURL: '/home', disableRedirect: true });
    assert.equal((await comeBack(jar, await pick(new URL(linked.data?.url ?? ''), 'ben@example.com'))).to, '/home');
    const accounts = (await auth.listAccounts()).data ?? [];
    assert.deepEqual(accounts.map(({ providerId }) => providerId), ['github', 'google']);
    assert.ok(accounts.every(({ scopes, createdAt }) => Array.isArray(scopes) && createdAt instanceof Date));
    assert.ok(!JSON.stringify(accounts).includes('oken'));
    for (const { id } of accounts) assert.deepEqual((await auth.unlinkAccount({ accountId: id })).data, { status: true });
    assert.deepEqual(code(await auth.unlinkAccount({ accountId: accounts[0]?.id ?? '' })), [400, 'ACCOUNT_NOT_FOUND']);
    assert.deepEqual(code(await auth.signIn.social({ provider: 'facebook' })), [404, 'PROVIDER_NOT_FOUND']);
  });
});
