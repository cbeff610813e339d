/** `/api/v1/auth`: signing in and out at the addresses of the teams' API, with the same sessions as everywhere. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, type Person, type TestStack, startTestStack } from './harness.ts';
import { STATE_COOKIE, comeBack, pick } from './identity-kit.ts';
import { SESSION_COOKIE } from './session-token.ts';
import { answered } from './teams-kit.ts';

interface WhoAmI {
  user: { id: string; email: string; name: string; image: string | null };
}

let stack: TestStack;
const browser = (): Client => new Client(stack.addresses.app);

before(async () => {
  stack = await startTestStack();
});
after(async () => await stack.close());

/** Goes to an address that leads elsewhere. */
async function away(client: Client, path: string, status = 303): Promise<string> {
  const response = await client.fetch(path);
  assert.equal(response.status, status, await response.text());
  return response.headers.get('location') ?? '';
}

describe('signing in with Google', () => {
  it('leads there by an address and back to where it was going', async () => {
    const client = browser();
    const url = new URL(await away(client, `/api/v1/auth/google?next=${encodeURIComponent('/orgs?x=1')}`));
    assert.equal(url.pathname, '/o/oauth2/v2/auth');
    assert.equal(url.searchParams.get('redirect_uri'), `${stack.addresses.app}/api/auth/callback/google`);
    assert.ok(client.cookies.has(STATE_COOKIE));
    const { to } = await comeBack(client, await pick(url, 'ann@gmail.com'));
    assert.equal(to, '/orgs?x=1');
    assert.ok(client.cookies.has(SESSION_COOKIE));
    const { user } = await client.json<WhoAmI>('/api/v1/auth/me');
    assert.equal(user.email, 'ann@gmail.com');
    assert.deepEqual(user, (await client.json<WhoAmI>('/api/auth/get-session')).user);
  });

  it('leads nowhere else, and ends in the dialog when it fails', async () => {
    for (const next of ['https://evil.test/', '//evil.test', '/api/sites', '']) {
      const client = browser();
      const { to } = await comeBack(client, await pick(new URL(await away(client, `/api/v1/auth/google?next=${encodeURIComponent(next)}`)), 'ann@gmail.com'));
      assert.equal(to, '/after-sign-in', next);
    }
    const client = browser();
    const state = new URL(await away(client, '/api/v1/auth/google?next=/orgs')).searchParams.get('state') ?? '';
    const { to } = await comeBack(client, new URL(`/api/auth/callback/google?error=access_denied&state=${state}`, stack.addresses.app));
    assert.equal(to, '/?sign-in&next=%2Forgs&error=access_denied');
  });

  it('may come back by its own address too: what is brought there goes where Google was told', async () => {
    const client = browser();
    const back = await pick(new URL(await away(client, '/api/v1/auth/google?next=/orgs')), 'ann@gmail.com');
    const on = await away(client, `/api/v1/auth/google/callback${back.search}`);
    assert.equal(on, `/api/auth/callback/google${back.search}`);
    assert.equal((await comeBack(client, new URL(on, stack.addresses.app))).to, '/orgs');
    assert.ok(client.cookies.has(SESSION_COOKIE));
    // In a browser that did not begin it, it is worth nothing.
    const other = browser();
    const begun = await pick(new URL(await away(browser(), '/api/v1/auth/google')), 'ann@gmail.com');
    const { to } = await comeBack(other, new URL(await away(other, `/api/v1/auth/google/callback${begun.search}`), stack.addresses.app));
    assert.match(to, /error=state_mismatch/);
    assert.ok(!other.cookies.has(SESSION_COOKIE));
  });
});

describe('GitHub', () => {
  it('of somebody who is not signed in leads through the dialog, and from there on to GitHub', async () => {
    const client = browser();
    const path = '/api/v1/auth/github?next=%2Forgs%2Fnew';
    const dialog = await away(client, path);
    assert.equal(dialog, `/?sign-in&notice=sign-in-first&next=${encodeURIComponent(path)}`);
    const page = await (await client.fetch(dialog)).text();
    assert.ok(page.includes('data-next="/api/v1/auth/github?next=%2Forgs%2Fnew"'), 'the dialog knows where it was going');
    // Through GitHub itself: first who it is, then the repositories.
    const begin = await client.fetch('/sign-in/social', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ provider: 'github', next: path }).toString(),
    });
    assert.equal(begin.status, 303, await begin.text());
    const { to } = await comeBack(client, await pick(new URL(begin.headers.get('location') ?? ''), 'ann-ash'));
    assert.equal(to, path);
    assert.ok(client.cookies.has(SESSION_COOKIE));
    const { user } = await client.json<WhoAmI>('/api/v1/auth/me');
    assert.deepEqual([user.email, user], ['ann@gmail.com', (await client.json<WhoAmI>('/api/auth/get-session')).user]);
    const asked = new URL(await away(client, to));
    assert.equal(asked.pathname, '/login/oauth/authorize');
    assert.match(asked.searchParams.get('scope') ?? '', /\brepo\b/);
    const back = await pick(asked, 'ann-ash');
    assert.equal(await away(client, back.pathname + back.search), '/orgs/new?notice=github-connected');
  });
});

describe('the pages for signing in', () => {
  it('are the dialog, for those who come back and those who are new, and go on to where they were going', async () => {
    for (const page of ['/signin', '/signup']) {
      assert.equal(await away(stack.anybody, page), '/?sign-in');
      assert.equal(await away(stack.anybody, `${page}?next=${encodeURIComponent('/orgs/new?x=1')}`), '/?sign-in&next=%2Forgs%2Fnew%3Fx%3D1');
      for (const next of ['https://evil.test/', '//evil.test', '/api/sites']) {
        assert.equal(await away(stack.anybody, `${page}?next=${encodeURIComponent(next)}`), '/?sign-in', next);
      }
      const ann = await stack.person();
      assert.equal(await away(ann, await away(ann, `${page}?next=/orgs`)), '/orgs', 'whoever is signed in is there already');
    }
  });

  it('take what a provider says to where the provider was told', async () => {
    const client = browser();
    const back = await pick(new URL(await away(client, '/api/v1/auth/google?next=/orgs')), 'ann@gmail.com');
    const on = await away(client, `/auth/callback/google${back.search}`);
    assert.equal(on, `/api/auth/callback/google${back.search}`);
    assert.equal((await comeBack(client, new URL(on, stack.addresses.app))).to, '/orgs');
    assert.ok(client.cookies.has(SESSION_COOKIE));
    const strange = await away(browser(), `/auth/callback/${encodeURIComponent('//evil.test')}?code=x`);
    assert.ok(strange.startsWith('/api/auth/callback/%2F%2Fevil.test?'), strange);
  });
});

describe('who one is', () => {
  it('is told to whoever is signed in, and to nobody else', async () => {
    const ann = await stack.person();
    const { user } = await ann.json<WhoAmI>('/api/v1/auth/me');
    assert.deepEqual([user.email, user.name, user.image], [ann.email, '', null]);
    assert.match(user.id, /^[a-z2-7]{24}$/);
    const answer = await stack.anybody.fetch('/api/v1/auth/me');
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [401, 'unauthorized']);
  });

  it('is nobody once the session is over, whatever the cookie says', async () => {
    const ann = await stack.person();
    await (await stack.db()).prepare('DELETE FROM session WHERE user_id = (SELECT id FROM user WHERE email = ?1)').bind(ann.email).run();
    await answered(ann, 401, 'GET', '/api/v1/auth/me');
    assert.ok(!ann.cookies.has(SESSION_COOKIE), 'the browser forgets it');
  });
});

describe('signing out', () => {
  const sessionsOf = async (person: Person): Promise<number> => {
    const row = await (await stack.db()).prepare('SELECT COUNT(*) AS n FROM session JOIN user ON user.id = session.user_id WHERE email = ?1').bind(person.email).first<{ n: number }>();
    return row?.n ?? -1;
  };

  it('ends the session, as signing out elsewhere does', async () => {
    const ann = await stack.person();
    const cookie = ann.cookies.get(SESSION_COOKIE) ?? '';
    assert.equal(await sessionsOf(ann), 1);
    const answer = await ann.fetch('/api/v1/auth/logout', { method: 'POST' });
    assert.deepEqual([answer.status, await answer.text()], [204, '']);
    assert.ok(!ann.cookies.has(SESSION_COOKIE));
    assert.equal(await sessionsOf(ann), 0);
    assert.deepEqual((await (await stack.sessions()).list({ prefix: 'session:' })).keys.filter(({ name }) => cookie.includes(name.slice('session:'.length))), []);
    // A copy of the cookie changes nothing any more, here or in the teams worker.
    ann.cookies.set(SESSION_COOKIE, cookie);
    await answered(ann, 401, 'POST', '/api/v1/orgs', { name: 'Too late' });
    await answered(ann, 401, 'GET', '/api/v1/auth/me');
    const again = await stack.person(ann.email);
    const { events } = await again.json<{ events: { kind: string }[] }>('/api/account/audit');
    assert.deepEqual(events.slice(0, 3).map(({ kind }) => kind), ['signed_in', 'signed_out', 'signed_in']);
  });

  it('is no mistake without a session, and is nobody else’s to do', async () => {
    assert.equal((await browser().fetch('/api/v1/auth/logout', { method: 'POST' })).status, 204);
    const ann = await stack.person();
    for (const origin of ['https://evil.test', 'null', stack.siteOrigin('ann'), '']) {
      assert.equal((await ann.fetch('/api/v1/auth/logout', { method: 'POST', headers: { origin } })).status, 403, origin);
    }
    assert.equal(await sessionsOf(ann), 1);
    assert.equal((await ann.fetch('/api/v1/auth/logout')).status, 405);
  });
});
