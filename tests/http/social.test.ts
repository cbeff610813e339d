/** Signing in through Google and GitHub, over their emulators, as a person's browser does it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SESSION, address, form, refused } from './account-kit.ts';
import { Client, type Person, type TestStack, startTestStack } from './harness.ts';
import { STATE_COOKIE, begin, comeBack, pick, through } from './identity-kit.ts';
import { SESSION_KEY } from './session-token.ts';

let stack: TestStack;
const browser = (): Client => new Client(stack.addresses.app);
const user = async (client: Client): Promise<Record<string, unknown> | null> => {
  const body = (await (await client.fetch(SESSION)).json()) as { user: Record<string, unknown> } | null;
  return body?.user ?? null;
};
const error = (to: string): string | null => new URL(to, stack.addresses.app).searchParams.get('error');
const accounts = async (client: Client): Promise<{ id: string; providerId: string; accountId: string; scopes: string[] }[]> =>
  await client.json('/api/auth/list-accounts');
const kinds = async (email: string): Promise<string[]> => {
  const { results } = await (await stack.db())
    .prepare('SELECT kind, subject FROM audit_event JOIN user ON user.id = user_id WHERE email = ?1 ORDER BY seq')
    .bind(email)
    .all<{ kind: string; subject: string }>();
  return results.map(({ kind, subject }) => `${kind} ${subject}`.trim());
};

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY } });
});
after(async () => await stack.close());

describe('the way there', () => {
  it('asks for who it is and nothing else, with PKCE, a state and a nonce', async () => {
    const client = browser();
    const response = await client.send('POST', '/api/auth/sign-in/social', { provider: 'google', scopes: ['https://mail.google.com/'] });
    const { url, redirect } = (await response.json()) as { url: string; redirect: boolean };
    assert.equal(redirect, true);
    assert.equal(response.headers.get('location'), url);
    const { searchParams } = new URL(url);
    assert.equal(searchParams.get('scope'), 'openid email profile');
    assert.equal(searchParams.get('redirect_uri'), `${stack.addresses.app}/api/auth/callback/google`);
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    assert.match(searchParams.get('code_challenge') ?? '', /^[\w-]{43}$/);
    assert.match(searchParams.get('nonce') ?? '', /^[\w-]{43}$/);
    const state = searchParams.get('state') ?? '';
    assert.match(state, /^[\w-]{32}$/);
    assert.match(
      response.headers.getSetCookie()[0] ?? '',
      new RegExp(`^${STATE_COOKIE}=${state}; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax$`),
    );
    const github = await begin(client, { provider: 'github', loginHint: 'cleo' });
    assert.equal(github.searchParams.get('scope'), 'read:user user:email');
    assert.equal(github.searchParams.get('login'), 'cleo');
    assert.ok(github.searchParams.has('code_challenge') && !github.searchParams.has('nonce'));
    const row = await (await stack.db())
      .prepare('SELECT * FROM oauth_state WHERE state_hash = ?1')
      .bind(createHash('sha256').update(state).digest('hex'))
      .first();
    assert.ok(row);
    assert.ok(!JSON.stringify(row).includes(state), 'a stolen database would finish the sign-in');
  });

  it('stays when the client is not to follow', async () => {
    const response = await browser().send('POST', '/api/auth/sign-in/social', { provider: 'github', disableRedirect: true });
    assert.equal(response.headers.get('location'), null);
    assert.equal(((await response.json()) as { redirect: boolean }).redirect, false);
  });

  it('refuses other providers, places that are not ours, and what it cannot read', async () => {
    const post = (body: unknown) => browser().send('POST', '/api/auth/sign-in/social', body);
    await refused(post({ provider: 'facebook' }), 404, 'PROVIDER_NOT_FOUND');
    await refused(post({}), 400, 'VALIDATION_ERROR');
    await refused(post({ provider: 'google', disableRedirect: 'yes' }), 400, 'VALIDATION_ERROR');
    await refused(post({ provider: 'google', scopes: 'openid' }), 400, 'VALIDATION_ERROR');
    await refused(post({ provider: 'google', idToken: { token: 'x' } }), 404, 'ID_TOKEN_NOT_SUPPORTED');
    for (const url of ['dashboard', 'https://evil.test/', '//evil.test', '/\\evil.test', '/%2fevil', 'javascript:alert(1)', stack.siteOrigin('ann')]) {
      for (const [field, code] of [
        ['callbackURL', 'INVALID_CALLBACK_URL'], ['errorCallbackURL', 'INVALID_ERROR_CALLBACK_URL'], ['newUserCallbackURL', 'INVALID_NEW_USER_CALLBACK_URL'],
      ] as const) {
        await refused(post({ provider: 'google', [field]: url }), 403, code);
      }
    }
    const cookied = browser();
    cookied.cookies.set('any', '1');
    await refused(
      cookied.send('POST', '/api/auth/sign-in/social', { provider: 'google' }, { headers: { origin: 'https://evil.test' } }),
      403, 'INVALID_ORIGIN',
    );
  });

  it('is a plain form on the sign-in dialog, whose page may send forms there', async () => {
    const client = browser();
    const page = await client.fetch('/?sign-in&next=/sites');
    const html = await page.text();
    assert.match(html, /Continue with Google/);
    assert.match(html, /Continue with GitHub/);
    const target = await begin(client, { provider: 'google' });
    assert.match(page.headers.get('content-security-policy') ?? '', new RegExp(`form-action 'self' [^;]*${target.origin}`));
    const posted = await form(client, '/sign-in/social', { provider: 'google', next: '/sites' });
    assert.equal(posted.status, 303);
    const { to } = await comeBack(client, await pick(new URL(posted.headers.get('location') ?? ''), 'ben@example.com'));
    assert.equal(to, '/sites');
    assert.equal((await user(client))?.['email'], 'ben@example.com');
    assert.equal((await form(client, '/sign-in/social', { provider: 'google' }, { headers: { origin: 'https://evil.test' } })).status, 403);
    assert.equal((await form(client, '/sign-in/social', { provider: 'nobody' })).status, 404);
  });

  it('is not offered without a client id', async () => {
    const bare = await startTestStack({ settings: { GOOGLE_CLIENT_ID: '', GITHUB_CLIENT_ID: '' } });
    try {
      const page = await bare.anybody.fetch('/?sign-in');
      assert.doesNotMatch(await page.text(), /Continue with/);
      assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self';/);
      await refused(bare.anybody.send('POST', '/api/auth/sign-in/social', { provider: 'google' }), 404, 'PROVIDER_NOT_FOUND');
    } finally {
      await bare.close();
    }
  });
});

describe('the way back', () => {
  it('makes an account the first time and finds it the second, whatever the provider', async () => {
    const first = browser();
    assert.equal(await through(first, 'google', 'ann@gmail.com', { callbackURL: '/home', newUserCallbackURL: '/welcome' }), '/welcome');
    assert.equal(first.cookies.has(STATE_COOKIE), false);
    const ann = await user(first);
    assert.equal(ann?.['name'], 'Ann Ash');
    assert.equal(ann['emailVerified'], true);
    assert.equal(ann['image'], null, 'our pages load nothing from others');
    const again = browser();
    assert.equal(await through(again, 'google', 'ann@gmail.com', { callbackURL: '/home', newUserCallbackURL: '/welcome' }), '/home');
    assert.equal((await user(again))?.['id'], ann['id']);
    const other = browser();
    assert.equal(await through(other, 'github', 'ann-ash', { newUserCallbackURL: '/welcome' }), stack.addresses.app);
    assert.equal((await user(other))?.['id'], ann['id'], 'a second provider with the same verified address joins');
    const connected = await accounts(other);
    assert.deepEqual(connected.map(({ providerId }) => providerId), ['google', 'github']);
    assert.match(connected[1]?.accountId ?? '', /^\d+$/);
    assert.deepEqual(await kinds('ann@gmail.com'), [
      'provider_connected google', 'signed_in google', 'signed_in google', 'provider_connected github', 'signed_in github',
    ]);
  });

  it('joins the account that a code has made', async () => {
    const coded = await stack.person('cleo@example.com');
    const client = browser();
    await through(client, 'github', 'cleo-cedar');
    assert.equal((await user(client))?.['id'], (await user(coded))?.['id']);
  });

  it('lets an unverified address join nothing and make nothing', async () => {
    for (const person of [null, await stack.person('unverified@example.com')]) {
      const client = browser();
      const to = await through(client, 'google', 'unverified@example.com', { errorCallbackURL: '/failed?x=1' });
      assert.equal(to, '/failed?x=1&error=email_not_verified');
      assert.equal(await user(client), null);
      if (person) assert.deepEqual(await accounts(person), []);
    }
    const row = await (await stack.db()).prepare("SELECT count(*) AS n FROM user WHERE email = 'unverified@example.com'").first<{ n: number }>();
    assert.equal(row?.n, 1, 'the one that the code made');
  });

  it('takes no state that it did not give, or gave before, or gave to another browser', async () => {
    const client = browser();
    const nowhere = `${stack.addresses.app}/api/auth/error`;
    const bare = await comeBack(client, new URL('/api/auth/callback/google?code=x', stack.addresses.app));
    assert.equal(bare.to, `${nowhere}?error=state_not_found`);
    for (const forged of ['A'.repeat(32), 'x', 'ä']) {
      client.cookies.set(STATE_COOKIE, forged === 'ä' ? 'x' : forged);
      const { to } = await comeBack(client, new URL(`/api/auth/callback/google?code=x&state=${encodeURIComponent(forged)}`, stack.addresses.app));
      assert.equal(to, `${nowhere}?error=state_mismatch`);
    }
    const back = await pick(await begin(client, { provider: 'google', errorCallbackURL: '/failed' }), 'ann@gmail.com');
    for (const thief of [browser(), client]) {
      const cookie = client.cookies.get(STATE_COOKIE) ?? '';
      if (thief === client) client.cookies.set(STATE_COOKIE, 'B'.repeat(32));
      const { to } = await comeBack(thief, back);
      assert.equal(to, '/failed?error=state_mismatch');
      assert.equal(await user(thief), null);
      client.cookies.set(STATE_COOKIE, cookie);
    }
    const wrongProvider = new URL(back);
    wrongProvider.pathname = '/api/auth/callback/github';
    const kept = client.cookies.get(STATE_COOKIE) ?? '';
    assert.equal((await comeBack(client, wrongProvider)).to, `${nowhere}?error=state_mismatch`);
    client.cookies.set(STATE_COOKIE, kept);
    assert.equal((await comeBack(client, back)).to, stack.addresses.app, 'none of that used it up');
    client.cookies.set(STATE_COOKIE, kept);
    assert.equal((await comeBack(client, back)).to, `${nowhere}?error=state_mismatch`, 'replayed');
  });

  it('one state used fifty times at once makes one session', async () => {
    const client = browser();
    const back = await pick(await begin(client, { provider: 'google' }), 'ann@gmail.com');
    const headers = { cookie: client.cookieHeader() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser().fetch(back.pathname + back.search, { headers })));
    assert.equal(answers.filter((answer) => answer.headers.getSetCookie().some((cookie) => cookie.startsWith('__Host-vetka_session=e'))).length, 1);
  });

  it('is too late after ten minutes', async () => {
    const client = browser();
    const back = await pick(await begin(client, { provider: 'google', errorCallbackURL: '/failed' }), 'ann@gmail.com');
    const hash = createHash('sha256').update(back.searchParams.get('state') ?? '').digest('hex');
    await (await stack.db()).prepare('UPDATE oauth_state SET expires_at = ?1 WHERE state_hash = ?2').bind(Date.now() - 1, hash).run();
    assert.equal((await comeBack(client, back)).to, '/failed?error=state_mismatch');
  });

  it('tells a refusal, a missing code and a wrong one', async () => {
    for (const [change, code] of [
      [{ error: 'access_denied', error_description: 'The user said no' }, 'access_denied'], [{ error: '<script>' }, 'unknown'],
      [{ code: undefined }, 'no_code'], [{ code: 'made-up' }, 'invalid_code'], [{ iss: 'https://evil.test' }, 'issuer_mismatch'],
    ] as const) {
      const client = browser();
      const back = await pick(await begin(client, { provider: 'google', errorCallbackURL: '/failed' }), 'ann@gmail.com');
      for (const [name, value] of Object.entries(change)) {
        if (value === undefined) back.searchParams.delete(name);
        else back.searchParams.set(name, value);
      }
      const { to } = await comeBack(client, back);
      assert.equal(error(to), code);
      assert.equal(client.cookies.has(STATE_COOKIE), false);
      assert.equal(await user(client), null);
    }
    const github = browser();
    const back = await pick(await begin(github, { provider: 'github', errorCallbackURL: '/failed' }), 'ann-ash');
    back.searchParams.set('code', 'made-up');
    assert.equal((await comeBack(github, back)).to, '/failed?error=invalid_code');
  });

  it('by a form goes on with GET', async () => {
    const client = browser();
    const back = await pick(await begin(client, { provider: 'google' }), 'ann@gmail.com');
    const posted = await form(client, back.pathname, Object.fromEntries(back.searchParams), { headers: { origin: 'https://accounts.google.com' } });
    assert.equal(posted.status, 302);
    const { to } = await comeBack(client, new URL(posted.headers.get('location') ?? ''));
    assert.equal(to, stack.addresses.app);
  });

  it('says in words what went wrong, on the sign-in dialog', async () => {
    const page = await stack.anybody.fetch('/api/auth/error?error=email_not_verified&error_description=x');
    assert.equal(page.status, 302);
    assert.equal(page.headers.get('location'), '/?sign-in&error=email_not_verified');
    assert.match(await (await stack.anybody.fetch('/?sign-in&error=email_not_verified')).text(), /have not checked that your e-mail address is yours/);
    assert.match(await (await stack.anybody.fetch('/?sign-in&error=access_denied')).text(), /without agreeing/);
    const odd = await (await stack.anybody.fetch('/?sign-in&error=%3Cscript%3E')).text();
    assert.match(odd, /That did not work/);
    assert.equal((await stack.anybody.fetch('/api/auth/error?error=%3Cb%3E')).headers.get('location'), '/?sign-in&error=unknown');
  });
});

describe('connecting while signed in', () => {
  const link = async (client: Client, provider: string, who: string): Promise<string> => {
    const url = await begin(client, { provider, callbackURL: '/settings', errorCallbackURL: '/settings' }, '/api/auth/link-social');
    return (await comeBack(client, await pick(url, who))).to;
  };
  let dora: Person;

  before(async () => {
    dora = await stack.person(address());
  });

  it('refuses somebody who is not signed in', async () => {
    await refused(browser().send('POST', '/api/auth/link-social', { provider: 'google' }), 401, 'UNAUTHORIZED');
  });

  it('takes nothing from whoever has it already', async () => {
    await through(browser(), 'google', 'ann@gmail.com');
    assert.equal(await link(dora, 'google', 'ann@gmail.com'), '/settings?error=account_already_linked_to_different_user');
    assert.deepEqual(await accounts(dora), []);
  });

  it('connects another address, leaves the session alone, and then signs in to the same account', async () => {
    const client = browser();
    await through(client, 'google', 'testuser@gmail.com');
    await client.send('POST', '/api/auth/delete-user', {});
    // Free it: the account row goes with its owner.
    await (await stack.db()).prepare("DELETE FROM user WHERE email = 'testuser@gmail.com'").run();
    const cookie = dora.cookies.get('__Host-vetka_session');
    assert.equal(await link(dora, 'google', 'testuser@gmail.com'), '/settings');
    assert.equal(dora.cookies.get('__Host-vetka_session'), cookie);
    assert.equal(await link(dora, 'google', 'testuser@gmail.com'), '/settings', 'again: nothing to do');
    assert.equal((await accounts(dora)).length, 1);
    const elsewhere = browser();
    await through(elsewhere, 'google', 'testuser@gmail.com');
    assert.equal((await user(elsewhere))?.['email'], dora.email);
  });

  it('ends with the session that asked for it', async () => {
    const eve = await stack.person(address());
    const url = await begin(eve, { provider: 'github', errorCallbackURL: '/settings' }, '/api/auth/link-social');
    const back = await pick(url, 'finn-fir');
    await (await stack.db()).prepare('DELETE FROM session WHERE user_id = (SELECT id FROM user WHERE email = ?1)').bind(eve.email).run();
    assert.equal((await comeBack(eve, back)).to, '/settings?error=unable_to_link_account');
  });

  it('is undone by its id alone, and by nobody else', async () => {
    const [one] = await accounts(dora);
    assert.ok(one);
    const ben = await stack.person(address());
    await refused(ben.send('POST', '/api/auth/unlink-account', { accountId: one.id }), 400, 'ACCOUNT_NOT_FOUND');
    await refused(dora.send('POST', '/api/auth/unlink-account', { accountId: one.accountId }), 400, 'ACCOUNT_NOT_FOUND');
    const response = await dora.send('POST', '/api/auth/unlink-account', { accountId: one.id });
    assert.deepEqual(await response.json(), { status: true }, 'the last one may go: there is always the code');
    assert.deepEqual(await accounts(dora), []);
    assert.ok((await kinds(dora.email)).includes('provider_disconnected google'));
  });
});
