/** Being known in the frame in a browser that does not keep its cookie: who gets a bearer for that, and what it is good for. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { form, refused } from './account-kit.ts';
import { type Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { Frame, type Retry, agree, cookieName, secret } from './notch-kit.ts';

type Owner = Person & { label: string; domain: string; siteId: string };
interface Me { known: boolean; site: { domain: string } | null; shared: boolean }

const ELSEWHERE = ['none', 'same-site', 'cross-site', 'Same-Origin', 'null', ''];
const HOUR = 3_600_000;
let stack: TestStack;
/** Whose page it is, and who visits it. */
let maya: Owner;
let ann: Owner;
let origin: string;
let neighbour: string;

before(async () => {
  stack = await startTestStack();
  maya = await stack.owner('maya');
  ann = await stack.owner('ann');
  origin = stack.siteOrigin('maya');
  neighbour = stack.siteOrigin('ann');
});
after(async () => await stack.close());

async function sql<T = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<T[]> {
  return (await (await stack.db()).prepare(text).bind(...values).all<T>()).results;
}
const me = async (client: Client, headers: Record<string, string> = {}): Promise<Me> => {
  const answer = await client.fetch('/api/notch/me', { headers });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text) as Me;
};
const knows = async (frame: Frame): Promise<boolean> => (await me(frame)).known;
const nonce = (frame: Client, headers: Record<string, string> = {}): Promise<Response> => frame.send('POST', '/api/notch/nonce', {}, { headers });
const status = async (pending: Promise<Response>): Promise<number> => {
  const answer = await pending;
  await answer.arrayBuffer();
  return answer.status;
};
const bearing = (): Promise<Frame> => new Frame(stack, origin).bear(ann);
/** The same frame, with a bearer that is said. */
const saying = (bearer: string, on = origin): Frame => Object.assign(new Frame(stack, on), { bearer });
/** Lets time pass for all bearers. */
const age = (ms: number): Promise<unknown> => sql('UPDATE notch_bearer SET made_at = made_at - ?1, former_until = former_until - ?1', ms);
const ended = async (frame: Frame): Promise<void> => {
  assert.equal(await knows(frame), false);
  await refused(nonce(frame), 401, 'unauthorized');
};

describe('the word for a browser that has not kept the cookie', () => {
  const waiting = (): Promise<Retry> => new Frame(stack, origin).enterWithoutCookie(ann);

  it('comes with every grant, makes a bearer once, and is kept as a hash alone', async () => {
    const frame = new Frame(stack, origin);
    const given = await frame.enterWithoutCookie(ann);
    assert.match(given.retry, /^vr_[\w-]{43}$/);
    assert.equal(await knows(frame), false);
    const answer = await frame.ask(given);
    assert.equal(answer.status, 201);
    const { bearer, expiresAt } = (await answer.json()) as { bearer: string; expiresAt: string };
    assert.match(bearer, /^vb_[\w-]{43}$/);
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 24 * HOUR) < 60_000);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    await refused(frame.ask(given), 403, 'retry_refused');
    const kept = JSON.stringify([await sql('SELECT * FROM notch_bearer'), await sql('SELECT * FROM notch_nonce'), await sql('SELECT * FROM notch_grant')]);
    assert.ok(!kept.includes(given.retry) && !kept.includes(bearer));
    assert.equal(await knows(saying(bearer)), true);
  });

  it('of 50 uses at once makes one bearer', async () => {
    const given = await waiting();
    const all = await Promise.all(Array.from({ length: 50 }, () => status(new Frame(stack, origin).ask(given))));
    assert.deepEqual([all.filter((code) => code === 201).length, all.filter((code) => code === 403).length], [1, 49]);
  });

  it('is not asked for where the cookie was kept, and given for nothing then', async () => {
    const frame = new Frame(stack, origin);
    const { verifier, challenge } = secret();
    const answer = await frame.redeem(await agree(ann, { challenge, origin }), verifier);
    const { retry } = (await answer.json()) as Retry;
    await refused(frame.ask({ retry, verifier }), 409, 'cookie_kept');
    assert.equal(await knows(frame), true, 'the cookie goes on');
    frame.cookies.clear();
    await refused(frame.ask({ retry, verifier }), 403, 'retry_refused');
  });

  it('is used up by whoever names it without what the frame kept back, or on another origin', async () => {
    const wrong = await waiting();
    await refused(new Frame(stack, origin).ask({ ...wrong, verifier: secret().verifier }), 403, 'retry_refused');
    await refused(new Frame(stack, origin).ask(wrong), 403, 'retry_refused');
    const moved = await waiting();
    await refused(new Frame(stack, neighbour).ask(moved), 403, 'retry_refused');
    await refused(new Frame(stack, origin).ask(moved), 403, 'retry_refused');
    for (const retry of ['', 'vr_', `vr_${'a'.repeat(43)}`, 'a'.repeat(10_000)]) {
      await refused(new Frame(stack, origin).ask({ ...wrong, retry }), 403, 'retry_refused');
    }
  });

  it('waits a minute', async () => {
    const given = await waiting();
    await sql('UPDATE notch_nonce SET expires_at = expires_at - 60000');
    await refused(new Frame(stack, origin).ask(given), 403, 'retry_refused');
  });

  it('is no nonce, and a nonce is none', async () => {
    const frame = await new Frame(stack, origin).enter(ann);
    const { verifier, challenge } = secret();
    const redeemed = await frame.redeem(await agree(ann, { challenge, origin }), verifier);
    const { retry } = (await redeemed.json()) as Retry;
    const leave = (nonce: string): Promise<Response> => frame.send('POST', '/api/notch/reactions', { url: `${origin}/`, signal: 'star', anchor: { x: 50, y: 50 }, nonce });
    await refused(leave(retry), 403, 'nonce_needed');
    const made = (await (await nonce(frame)).json()) as { nonce: string };
    frame.cookies.clear();
    await refused(frame.ask({ retry: made.nonce, verifier }), 403, 'retry_refused');
  });

  it('is taken from the frame alone, in the one form that it has', async () => {
    const frame = new Frame(stack, origin);
    const given = await frame.enterWithoutCookie(ann);
    for (const from of ELSEWHERE) await refused(frame.ask(given, { 'sec-fetch-site': from }), 403, 'wrong_origin');
    for (const on of ['', 'null', `${origin}/`, 'maya']) await refused(frame.ask(given, { 'x-notch': on }), 403, 'wrong_origin');
    for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded']) await refused(frame.ask(given, { 'content-type': type }), 415, 'unsupported_media_type');
    for (const from of [origin, 'null', '']) await refused(frame.ask(given, { origin: from }), 403, 'wrong_origin');
    for (const body of [{}, { retry: given.retry }, { ...given, verifier: 1 }]) await refused(frame.send('POST', '/api/notch/bearer', body), 400, 'malformed_json');
    assert.equal(await status(frame.ask(given)), 201, 'none of that has used it up');
  });

  it('makes nothing of a grant that has ended, or an account that is going', async () => {
    const carl = await stack.person();
    const over = new Frame(stack, origin);
    const given = await over.enterWithoutCookie(carl);
    const { grants } = await carl.json<{ grants: { id: string }[] }>('/api/notch/grants');
    assert.equal(await status(carl.fetch(`/api/notch/grants/${grants[0]?.id}`, { method: 'DELETE' })), 204);
    await refused(over.ask(given), 403, 'retry_refused');
    const going = await over.enterWithoutCookie(carl);
    await sql('UPDATE user SET deleting_at = 1 WHERE email = ?1', carl.email);
    await refused(over.ask(going), 403, 'retry_refused');
  });

  it('counts with the codes', async () => {
    const frame = new Frame(stack, origin);
    const given = { retry: 'vr_x', verifier: secret().verifier };
    const all = await Promise.all(Array.from({ length: 80 }, () => status(frame.ask(given))));
    assert.ok(all.filter((code) => code === 429).length >= 10, String(all));
    assert.equal(await status(frame.redeem('vc_x', given.verifier)), 429);
  });
});

describe('a bearer', () => {
  it('says who is there, and acts for them', async () => {
    const frame = await new Frame(stack, origin).bear(ann, { share: true });
    const known = await me(frame);
    assert.deepEqual([known.known, known.site?.domain, known.shared], [true, ann.domain, true]);
    assert.equal(await status(nonce(frame)), 201);
    assert.equal(await status(frame.send('PUT', `/api/notch/follows/${maya.domain}`, {})), 200);
    const profile = await frame.json<{ you: { following: boolean } | null }>(`/api/notch/sites/${maya.domain}`);
    assert.equal(profile.you?.following, true);
    assert.equal(await status(frame.send('DELETE', `/api/notch/follows/${maya.domain}`, {})), 200);
  });

  it('is taken with what only the frame can send, when it reads and when it acts', async () => {
    const frame = await bearing();
    for (const from of ELSEWHERE) {
      await refused(frame.fetch('/api/notch/me', { headers: { 'sec-fetch-site': from } }), 403, 'wrong_origin');
      await refused(nonce(frame, { 'sec-fetch-site': from }), 403, 'wrong_origin');
      await refused(frame.send('POST', '/api/notch/sign-out', {}, { headers: { 'sec-fetch-site': from } }), 403, 'wrong_origin');
    }
    for (const type of ['', 'text/plain']) await refused(nonce(frame, { 'content-type': type }), 415, 'unsupported_media_type');
    for (const from of [origin, 'https://evil.test', 'null', '']) await refused(nonce(frame, { origin: from }), 403, 'wrong_origin');
    assert.equal((await me(frame, { 'x-notch': '' })).known, false, 'without its origin it is not looked at');
    await refused(frame.fetch('/api/account', { headers: { 'x-notch': '' } }), 401, 'unauthorized');
    await refused(frame.fetch('/api/notch/grants', { headers: { 'x-notch': '' } }), 401, 'unauthorized');
    assert.equal(await status(nonce(frame)), 201);
  });

  it('is nobody under another scheme, changed, or made up', async () => {
    const { bearer } = await bearing();
    for (const authorization of [bearer, `Bearer ${bearer}`, `Notch`, 'Notch ', `Notch ${bearer}x`, `Notch ${bearer.slice(0, -1)}`, `Notch vb_${'a'.repeat(43)}`, `Notch ${'a'.repeat(5_000)}`]) {
      const frame = new Frame(stack, origin);
      assert.equal((await me(frame, { authorization })).known, false, authorization);
      await refused(nonce(frame, { authorization }), 401, 'unauthorized');
    }
    assert.equal(await knows(saying(bearer)), true);
  });

  it('is for the origin that was agreed to', async () => {
    const { bearer } = await bearing();
    const moved = saying(bearer, neighbour);
    await refused(moved.fetch('/api/notch/me'), 403, 'other_site');
    await refused(nonce(moved), 403, 'other_site');
    await refused(moved.send('POST', '/api/notch/sign-out', {}), 403, 'other_site');
    assert.equal(await knows(saying(bearer)), true);
  });

  it('is refused beside a cookie for that origin, whatever that says, and not beside others', async () => {
    const frame = await bearing();
    const other = await new Frame(stack, origin).enter(ann);
    for (const token of [other.token(), 'x']) {
      frame.cookies.set(cookieName(origin), token);
      await refused(frame.fetch('/api/notch/me'), 403, 'wrong_origin');
      await refused(nonce(frame), 403, 'wrong_origin');
      await refused(frame.send('POST', '/api/notch/sign-out', {}), 403, 'wrong_origin');
    }
    frame.cookies.clear();
    frame.cookies.set(cookieName(neighbour), other.token());
    for (const [name, value] of maya.cookies) frame.cookies.set(name, value);
    assert.equal((await me(frame)).site?.domain, ann.domain, 'the session of somebody else means nothing here');
  });

  it('tells the page around the frame nothing', async () => {
    const frame = await new Frame(stack, origin).bear(ann, { share: true });
    const answer = await frame.fetch('/api/notch/me', { headers: { origin, 'x-notch': '', 'sec-fetch-site': 'cross-site' } });
    assert.deepEqual(await answer.json(), { user: null });
    await refused(frame.fetch('/api/notch/me', { headers: { origin, 'sec-fetch-site': 'cross-site' } }), 403, 'wrong_origin');
    const asked = await frame.fetch('/api/notch/me', { method: 'OPTIONS', headers: { origin, 'access-control-request-headers': 'authorization,x-notch', 'access-control-request-method': 'GET', 'sec-fetch-site': 'cross-site' } });
    assert.equal(asked.headers.get('access-control-allow-headers'), null, 'and no page may even ask with one');
  });

  it('gives way to another one when it is used after an hour, and is good for another minute', async () => {
    const frame = await bearing();
    const first = frame.bearer;
    await age(HOUR - 60_000);
    assert.equal(await knows(frame), true);
    assert.equal(frame.bearer, first, 'not before');
    await age(60_000);
    assert.equal(await knows(frame), true);
    const second = frame.bearer;
    assert.match(second, /^vb_[\w-]{43}$/);
    assert.notEqual(second, first);
    const old = saying(first);
    assert.equal(await knows(old), true);
    assert.equal(old.bearer, first, 'the one before brings no third');
    assert.equal(await status(nonce(old)), 201);
    await age(60_000);
    await ended(saying(first));
    assert.equal(await knows(saying(second)), true);
    const [grant] = (await ann.json<{ grants: { expiresAt: string }[] }>('/api/notch/grants')).grants;
    assert.ok(Date.parse(grant?.expiresAt ?? '') - Date.now() <= 24 * HOUR, 'the list says when it ends');
  });

  it('gives way to one, however many use it at once', async () => {
    const { bearer } = await bearing();
    await age(2 * HOUR);
    const all = await Promise.all(Array.from({ length: 20 }, async () => {
      const frame = saying(bearer);
      assert.equal(await status(nonce(frame)), 201);
      return frame.bearer;
    }));
    assert.equal(all.filter((next) => next !== bearer).length, 1);
    const next = all.find((next) => next !== bearer) ?? '';
    assert.equal(await knows(saying(next)), true);
  });

  it('lives a day when nobody uses it', async () => {
    const frame = await bearing();
    await age(24 * HOUR - 5_000);
    assert.equal(await knows(saying(frame.bearer)), true);
    const unused = await bearing();
    await age(24 * HOUR);
    await ended(unused);
  });

  it('ends with its grant: by signing out there, by ending the grant, by ending everything', async () => {
    const carl = await stack.person();
    const left = await new Frame(stack, origin).bear(carl);
    const { bearer } = left;
    assert.equal(await status(left.send('POST', '/api/notch/sign-out', {})), 204);
    await ended(saying(bearer));
    assert.deepEqual((await carl.json<{ grants: unknown[] }>('/api/notch/grants')).grants, []);

    const taken = await new Frame(stack, origin).bear(carl);
    const { grants } = await carl.json<{ grants: { id: string }[] }>('/api/notch/grants');
    assert.equal(await status(carl.fetch(`/api/notch/grants/${grants[0]?.id}`, { method: 'DELETE' })), 204);
    await ended(taken);

    const everywhere = await new Frame(stack, origin).bear(carl);
    await stack.person(carl.email);
    assert.equal(await status(form(carl, '/settings/devices/sign-out-others', {})), 303);
    await ended(everywhere);

    const going = await new Frame(stack, origin).bear(carl);
    await sql('UPDATE user SET deleting_at = 1 WHERE email = ?1', carl.email);
    await ended(going);
    await sql('DELETE FROM user WHERE email = ?1', carl.email);
    assert.deepEqual(await sql('SELECT * FROM notch_bearer WHERE grant_id NOT IN (SELECT id FROM notch_grant)'), []);
  });

  it('ends when somebody agrees anew there, and with the site', async () => {
    const carl = await stack.person();
    const first = await new Frame(stack, origin).bear(carl);
    const { bearer } = first;
    await first.bear(carl, { share: true });
    assert.notEqual(first.bearer, bearer);
    await ended(saying(bearer));
    assert.equal((await carl.json<{ grants: unknown[] }>('/api/notch/grants')).grants.length, 1);
    const down = await stack.owner('down');
    const there = await new Frame(stack, stack.siteOrigin('down')).bear(carl);
    await sql('UPDATE site SET taken_down_at = 1, taken_down_for = ?1 WHERE id = ?2', 'abuse', down.siteId);
    await ended(there);
  });
});
