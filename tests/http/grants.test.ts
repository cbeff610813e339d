/** Being known in the frame on somebody else's page: who may, by what, where, and for how long. On real workerd. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { form, refused } from './account-kit.ts';
import { type Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { Frame, agree, cookieName, secret } from './notch-kit.ts';
import { SESSION_COOKIE, SESSION_KEY, readToken, signToken } from './session-token.ts';

type Owner = Person & { label: string; domain: string; siteId: string };
interface Me { known: boolean; site: { domain: string; name: string } | null; shared: boolean; unread: { messages: number; notifications: number } }
interface Grant { id: string; origin: string; shared: boolean; site: { domain: string } | null }

const NOBODY: Me = { known: false, site: null, shared: false, unread: { messages: 0, notifications: 0 } };
const ELSEWHERE = ['none', 'same-site', 'cross-site', 'Same-Origin', 'null'];
const EXTERNAL = 'maya.example';
let stack: TestStack;
/** Whose page it is, and who visits it. */
let maya: Owner;
let ann: Owner;
/** Somebody without a site. */
let bob: Person;
let origin: string;
let neighbour: string;

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY } });
  maya = await stack.owner('maya');
  ann = await stack.owner('ann');
  bob = await stack.person();
  origin = stack.siteOrigin('maya');
  neighbour = stack.siteOrigin('ann');
  await sql(
    `INSERT INTO site (id, domain, user_id, kind, status, proof_method, proved_at, created_at, updated_at)
     SELECT 'e' || substr(id, 2), ?1, id, 'external', 'live', 'tag', 1, 1, 1 FROM user WHERE email = ?2`,
    EXTERNAL, (await stack.person()).email,
  );
});
after(async () => await stack.close());

async function sql<T = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<T[]> {
  return (await (await stack.db()).prepare(text).bind(...values).all<T>()).results;
}
const rows = (): Promise<Record<string, unknown>[]> => sql('SELECT * FROM notch_grant ORDER BY created_at, id');
const me = async (client: Client, headers: Record<string, string> = {}): Promise<Me> => {
  const answer = await client.fetch('/api/notch/me', { headers });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text) as Me;
};
const grants = async (person: Person): Promise<Grant[]> => (await person.json<{ grants: Grant[] }>('/api/notch/grants')).grants;
const nonce = (frame: Client, headers: Record<string, string> = {}): Promise<Response> => frame.send('POST', '/api/notch/nonce', {}, { headers });
const status = async (pending: Promise<Response>): Promise<number> => {
  const answer = await pending;
  await answer.arrayBuffer();
  return answer.status;
};

describe('agreeing', () => {
  it('gives a code, which makes a grant, by which the frame knows who is there', async () => {
    const frame = new Frame(stack, origin);
    assert.deepEqual(await me(frame), NOBODY);
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    const answer = await frame.redeem(code, verifier);
    assert.equal(answer.status, 200);
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, new RegExp(`^${cookieName(origin)}=[\\w.-]+; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=None; Partitioned$`));
    const known = await me(frame);
    assert.deepEqual({ ...known, site: known.site?.domain }, { ...NOBODY, known: true, site: ann.domain });
    const claims = readToken(frame.token()) as unknown as Record<string, unknown>;
    assert.deepEqual(Object.keys(claims).sort(), ['exp', 'gid', 'iat', 'org', 'uid']);
    assert.equal(claims['org'], origin);
  });

  it('is written down for whoever did', async () => {
    const { events } = await ann.json<{ events: { kind: string; subject: string }[] }>('/api/account/audit');
    assert.ok(events.some(({ kind, subject }) => kind === 'known_on' && subject === new URL(origin).host));
  });

  it('knows who has no site yet, and says that they have none', async () => {
    const frame = await new Frame(stack, origin).enter(bob);
    assert.deepEqual(await me(frame), { ...NOBODY, known: true });
  });

  it('is for pages of members alone', async () => {
    const { challenge } = secret();
    const version = stack.siteOrigin(`v--${'a'.repeat(24)}`);
    for (const other of ['https://evil.test', 'null', '', `${origin}/`, origin.toUpperCase(), origin.replace('http:', 'https:'), `https://x.${EXTERNAL}`,
      `http://${EXTERNAL}`, `https://${EXTERNAL}:8443`, stack.siteOrigin('nobody-here'), version, `https://${EXTERNAL}.evil.test`, `https://evil.test/${EXTERNAL}`]) {
      await refused(ann.send('POST', '/api/notch/grants', { challenge, origin: other, share: true }), 422, 'unknown_site');
    }
    for (const own of [`https://${EXTERNAL}`, `https://www.${EXTERNAL}`, stack.addresses.app]) {
      assert.equal(await status(ann.send('POST', '/api/notch/grants', { challenge: secret().challenge, origin: own })), 201, own);
    }
  });

  it('takes nothing for a challenge that none can be', async () => {
    for (const challenge of ['', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}B`, `${'A'.repeat(42)}+`]) {
      await refused(ann.send('POST', '/api/notch/grants', { challenge, origin }), 400, 'invalid_challenge');
    }
  });

  it('is done in our own window: the frame may not, nor may another page', async () => {
    const body = { challenge: secret().challenge, origin, share: true };
    const frame = await new Frame(stack, origin).enter(ann);
    for (const [name, value] of ann.cookies) frame.cookies.set(name, value);
    await refused(frame.send('POST', '/api/notch/grants', body), 403, 'wrong_origin');
    for (const from of ['same-site', 'cross-site']) {
      await refused(ann.send('POST', '/api/notch/grants', body, { headers: { 'sec-fetch-site': from } }), 403, 'wrong_origin');
    }
    await refused(ann.send('POST', '/api/notch/grants', body, { headers: { origin } }), 403, 'wrong_origin');
    await refused(ann.fetch('/api/notch/grants', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) }), 415, 'unsupported_media_type');
    await refused(stack.anybody.send('POST', '/api/notch/grants', body), 401, 'unauthorized');
  });
});

describe('a code', () => {
  it('works once', async () => {
    const frame = new Frame(stack, origin);
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    assert.equal(await status(frame.redeem(code, verifier)), 200);
    await refused(frame.redeem(code, verifier), 403, 'code_refused');
  });

  it('of 50 uses at once makes one grant', async () => {
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    const before = (await rows()).length;
    const all = await Promise.all(Array.from({ length: 50 }, () => status(new Frame(stack, origin).redeem(code, verifier))));
    assert.deepEqual([all.filter((code) => code === 200).length, all.filter((code) => code === 403).length], [1, 49]);
    assert.equal((await rows()).length, before, 'the row that waited is the one that is known');
  });

  it('is burnt by whoever names it without what the frame kept back, and leaves nothing', async () => {
    const frame = new Frame(stack, origin);
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    const before = (await rows()).length;
    await refused(frame.redeem(code, secret().verifier), 403, 'code_refused');
    assert.equal((await rows()).length, before - 1);
    await refused(frame.redeem(code, verifier), 403, 'code_refused');
    assert.equal(frame.token(), '');
  });

  it('is for the origin that was agreed to', async () => {
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    await refused(new Frame(stack, neighbour).redeem(code, verifier), 403, 'code_refused');
    await refused(new Frame(stack, origin).redeem(code, verifier), 403, 'code_refused');
  });

  it('waits a minute', async () => {
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    await sql('UPDATE notch_grant SET code_until = code_until - 60000 WHERE challenge = ?1', challenge);
    await refused(new Frame(stack, origin).redeem(code, verifier), 403, 'code_refused');
  });

  it('is kept as a hash alone', async () => {
    const { challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    assert.match(code, /^vc_[\w-]{43}$/);
    assert.ok(!JSON.stringify(await rows()).includes(code));
  });

  it('is taken from the frame alone, in the one form that it has', async () => {
    const frame = new Frame(stack, origin);
    const { verifier, challenge } = secret();
    const code = await agree(ann, { challenge, origin });
    for (const from of [...ELSEWHERE, '']) await refused(frame.redeem(code, verifier, { 'sec-fetch-site': from }), 403, 'wrong_origin');
    for (const on of ['', 'null', `${origin}/`, 'maya']) await refused(frame.redeem(code, verifier, { 'x-notch': on }), 403, 'wrong_origin');
    for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      await refused(frame.redeem(code, verifier, { 'content-type': type }), 415, 'unsupported_media_type');
    }
    for (const from of [origin, 'null', '']) await refused(frame.redeem(code, verifier, { origin: from }), 403, 'wrong_origin');
    assert.equal(await status(frame.redeem(code, verifier)), 200, 'none of that has burnt it');
  });

  it('of an account that is going makes none', async () => {
    const gone = await stack.person();
    const { verifier, challenge } = secret();
    const code = await agree(gone, { challenge, origin });
    await sql('UPDATE user SET deleting_at = 1 WHERE email = ?1', gone.email);
    await refused(new Frame(stack, origin).redeem(code, verifier), 403, 'code_refused');
  });
});

describe('a code that is typed', () => {
  const typed = async (): Promise<{ frame: Frame; verifier: string; challenge: string; code: string }> => {
    const { verifier, challenge } = secret();
    return { frame: new Frame(stack, origin), verifier, challenge, code: await agree(ann, { challenge, origin, typed: true }) };
  };

  it('is short, has no letters that look like others, and is read as people type', async () => {
    const { frame, verifier, code } = await typed();
    assert.match(code, /^[2-9A-HJ-NP-Z]{8}$/);
    assert.equal(await status(frame.redeem(` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `, verifier)), 200);
    assert.equal((await me(frame)).known, true);
    await refused(frame.redeem(code, verifier), 403, 'code_refused');
  });

  it('dies at the fifth wrong try', async () => {
    const { frame, verifier, code } = await typed();
    const wrong = code.startsWith('2') ? `3${code.slice(1)}` : `2${code.slice(1)}`;
    for (let tries = 0; tries < 5; tries += 1) await refused(frame.redeem(wrong, verifier), 403, 'code_refused');
    await refused(frame.redeem(code, verifier), 403, 'code_refused');
  });

  it('works after four wrong tries, and counts tries that come at once', async () => {
    const { frame, verifier, code } = await typed();
    const wrong = code.startsWith('2') ? `3${code.slice(1)}` : `2${code.slice(1)}`;
    for (let tries = 0; tries < 4; tries += 1) await refused(frame.redeem(wrong, verifier), 403, 'code_refused');
    assert.equal(await status(frame.redeem(code, verifier)), 200);
    const second = await typed();
    await Promise.all(Array.from({ length: 20 }, () => status(second.frame.redeem(wrong, second.verifier))));
    const [row] = await sql<{ code_tries: number }>('SELECT code_tries FROM notch_grant WHERE challenge = ?1', second.challenge);
    assert.equal(row?.code_tries, 5);
  });

  it('of 50 uses at once makes one grant', async () => {
    const { verifier, code } = await typed();
    const all = await Promise.all(Array.from({ length: 50 }, () => status(new Frame(stack, origin).redeem(code, verifier))));
    assert.equal(all.filter((code) => code === 200).length, 1);
  });

  it('opens nothing in another frame, whatever that one has kept back', async () => {
    const { verifier, code } = await typed();
    const other = await typed();
    await refused(other.frame.redeem(code, other.verifier), 403, 'code_refused');
    await refused(new Frame(stack, neighbour).redeem(code, verifier), 403, 'code_refused');
    assert.equal(await status(new Frame(stack, origin).redeem(code, verifier)), 200);
  });

  it('waits five minutes', async () => {
    const { frame, verifier, challenge, code } = await typed();
    await sql('UPDATE notch_grant SET code_until = code_until - 300000 WHERE challenge = ?1', challenge);
    await refused(frame.redeem(code, verifier), 403, 'code_refused');
  });

  it('gives way to a second one for the same frame, and to nobody else’s', async () => {
    const { frame, verifier, challenge, code } = await typed();
    await refused(bob.send('POST', '/api/notch/grants', { challenge, origin, typed: true }), 409, 'already');
    const newer = await agree(ann, { challenge, origin, typed: true });
    if (newer !== code) await refused(frame.redeem(code, verifier), 403, 'code_refused');
    assert.equal(await status(frame.redeem(newer, verifier)), 200);
  });
});

describe('the frame', () => {
  let frame: Frame;
  before(async () => (frame = await new Frame(stack, origin).enter(ann)));

  it('is believed from itself alone, when it reads and when it acts', async () => {
    for (const from of [...ELSEWHERE, '']) {
      await refused(frame.fetch('/api/notch/me', { headers: { 'sec-fetch-site': from } }), 403, 'wrong_origin');
      await refused(nonce(frame, { 'sec-fetch-site': from }), 403, 'wrong_origin');
      await refused(frame.send('POST', '/api/notch/sign-out', {}, { headers: { 'sec-fetch-site': from } }), 403, 'wrong_origin');
    }
    for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded']) {
      await refused(nonce(frame, { 'content-type': type }), 415, 'unsupported_media_type');
    }
    for (const from of [origin, 'https://evil.test', 'null', '']) await refused(nonce(frame, { origin: from }), 403, 'wrong_origin');
    assert.equal(await status(nonce(frame)), 201);
  });

  it('with a token for another origin is refused', async () => {
    const moved = new Frame(stack, neighbour);
    moved.cookies.set(cookieName(neighbour), frame.token());
    await refused(moved.fetch('/api/notch/me'), 403, 'other_site');
    await refused(nonce(moved), 403, 'other_site');
    await refused(moved.send('POST', '/api/notch/sign-out', {}), 403, 'other_site');
    moved.cookies.clear();
    moved.cookies.set(cookieName(origin), frame.token());
    assert.deepEqual(await me(moved), NOBODY, 'the token of a neighbour, which the browser sends along, is not looked at');
    await refused(nonce(moved), 401, 'unauthorized');
  });

  it('never takes the session for its own, which a neighbour’s page has sent along', async () => {
    const stranger = new Frame(stack, origin);
    for (const [name, value] of ann.cookies) stranger.cookies.set(name, value);
    assert.ok(stranger.cookies.has(SESSION_COOKIE));
    assert.deepEqual(await me(stranger), NOBODY);
    await refused(nonce(stranger), 401, 'unauthorized');
    stranger.cookies.set(cookieName(origin), ann.cookies.get(SESSION_COOKIE) ?? '');
    assert.deepEqual(await me(stranger), NOBODY, 'not under the other name either');
    await refused(nonce(stranger), 401, 'unauthorized');
  });

  it('and the app never takes its token for a session', async () => {
    const somebody = new Frame(stack, origin);
    somebody.cookies.set(SESSION_COOKIE, frame.token());
    assert.deepEqual(await me(somebody, { 'x-notch': '' }), NOBODY);
    await refused(somebody.fetch('/api/account', { headers: { 'x-notch': '' } }), 401, 'unauthorized');
  });

  it('believes no token that was changed, and none that names neither', async () => {
    const { gid, uid, org, iat, exp } = readToken(frame.token()) as unknown as { gid: string; uid: string; org: string; iat: number; exp: number };
    const sign = (claims: object, key = SESSION_KEY): string => signToken(claims as never, key);
    const forged = [
      sign({ gid, uid, org, iat, exp }, randomBytes(32).toString('base64')),
      sign({ gid, uid, iat, exp }),
      sign({ uid, org, iat, exp }),
      sign({ gid, uid, org, iat }),
      sign({ gid, uid, org, iat, exp, sid: 'a'.repeat(24) }),
      `${frame.token().slice(0, -2)}AA`,
      '',
    ];
    for (const token of forged) {
      const other = new Frame(stack, origin);
      other.cookies.set(cookieName(origin), token);
      assert.deepEqual(await me(other), NOBODY, token);
      await refused(nonce(other), 401, 'unauthorized');
    }
    const other = new Frame(stack, origin);
    other.cookies.set(cookieName(origin), sign({ gid, uid, org, iat, exp }));
    assert.equal((await me(other)).known, true, 'the one that is right is believed');
  });

  it('renews its token when that is old, as long as its row stands', async () => {
    const old = await new Frame(stack, origin).enter(ann);
    const claims = readToken(old.token());
    const now = Math.floor(Date.now() / 1000);
    old.cookies.set(cookieName(origin), signToken({ ...claims, iat: now - 900, exp: now - 600 }));
    const answer = await old.fetch('/api/notch/me');
    assert.equal(((await answer.json()) as Me).known, true);
    assert.match(answer.headers.getSetCookie()[0] ?? '', /^__Host-notch-[0-9a-f]{12}=.+SameSite=None; Partitioned$/);
    assert.ok(readToken(old.token()).exp > now);
    old.cookies.set(cookieName(origin), signToken({ ...claims, iat: now - 900, exp: now - 600 }));
    await sql('UPDATE notch_grant SET expires_at = 1 WHERE id = ?1', (claims as unknown as { gid: string }).gid);
    assert.deepEqual(await me(old), NOBODY);
  });

  it('is known on one of two neighbours and on the other at once, and makes room for new ones', async () => {
    const browser = await new Frame(stack, origin).enter(ann);
    const other = new Frame(stack, neighbour);
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    await other.enter(ann);
    assert.ok(other.cookies.has(cookieName(origin)) && other.cookies.has(cookieName(neighbour)));
    for (let at = 0; at < 25; at += 1) other.cookies.set(`__Host-notch-${String(at).padStart(12, '0')}`, 'x');
    await other.enter(ann);
    assert.ok([...other.cookies.keys()].filter((name) => name.startsWith('__Host-notch-')).length <= 20);
    assert.ok(other.cookies.has(cookieName(neighbour)));
  });

  it('that is entered again forgets what it had: another account, or another choice of what is shared', async () => {
    const carl = await stack.person();
    const again = await new Frame(stack, origin).enter(carl, { share: true });
    const before = new Map(again.cookies);
    await again.enter(carl);
    assert.deepEqual((await grants(carl)).map(({ shared }) => shared), [false]);
    await again.enter(bob);
    assert.deepEqual(await grants(carl), []);
    for (const [name, value] of before) again.cookies.set(name, value);
    await refused(nonce(again), 401, 'unauthorized');
  });

  it('gets no CORS header for anything', async () => {
    for (const answer of [await frame.fetch('/api/notch/me'), await nonce(frame), await frame.redeem('x', 'y')]) {
      await answer.arrayBuffer();
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
    }
    const preflight = await frame.fetch('/api/notch/nonce', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-notch,content-type', 'x-notch': '' },
    });
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  });
});

describe('a nonce', () => {
  it('is for the frame, which has to be known, and is kept as a hash', async () => {
    const frame = await new Frame(stack, origin).enter(ann);
    const answer = await nonce(frame);
    const { nonce: made } = (await answer.json()) as { nonce: string };
    assert.match(made, /^vn_[\w-]{43}$/);
    const kept = await sql<{ hash: string; expires_at: number }>('SELECT * FROM notch_nonce');
    assert.ok(!JSON.stringify(kept).includes(made));
    const { gid } = readToken(frame.token()) as unknown as { gid: string };
    const hash = createHash('sha256').update(`notch nonce\0${gid}\0${made}\0`).digest('hex');
    assert.ok(Math.abs((kept.find((row) => row.hash === hash)?.expires_at ?? 0) - Date.now() - 30_000) < 5_000);
    await refused(ann.send('POST', '/api/notch/nonce', {}), 403, 'wrong_origin');
    await refused(new Frame(stack, origin).send('POST', '/api/notch/nonce', {}), 401, 'unauthorized');
  });
});

describe('a member’s page that asks who is there', () => {
  const ask = (client: Client, from: string): Promise<Response> =>
    client.fetch('/api/notch/me', {
      headers: { origin: from, 'sec-fetch-site': 'cross-site', ...(client instanceof Frame ? { 'x-notch': '', 'content-type': '' } : {}) },
    });
  const told = async (client: Client, from: string): Promise<unknown> => ((await (await ask(client, from)).json()) as { user: unknown }).user;

  it('learns nothing, unless they agreed to that on just this page', async () => {
    const shares = await new Frame(stack, origin).enter(ann, { share: true });
    const shy = await new Frame(stack, origin).enter(ann);
    const elsewhere = await new Frame(stack, neighbour).enter(ann, { share: true });
    assert.equal((await me(shares)).shared, true);
    assert.equal((await me(shy)).shared, false);
    const everything = new Frame(stack, origin);
    for (const [name, value] of [...ann.cookies, ...elsewhere.cookies]) everything.cookies.set(name, value);
    for (const [who, from, knows] of [
      [shares, origin, true], [shy, origin, false], [everything, origin, false], [stack.anybody, origin, false], [ann, origin, false],
      [shares, `https://${EXTERNAL}`, false], [elsewhere, neighbour, true], [shares, neighbour, false],
    ] as const) {
      const answer = await ask(who, from);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), from);
      assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
      assert.equal(answer.headers.get('vary'), 'Origin');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      const { user } = (await answer.json()) as { user: Record<string, unknown> | null };
      if (knows) assert.deepEqual(Object.keys(user ?? {}).sort(), ['image', 'name', 'url']);
      else assert.equal(user, null);
    }
  });

  it('never learns an address', async () => {
    const frame = await new Frame(stack, origin).enter(ann, { share: true });
    await ann.send('PATCH', '/api/account', { name: 'Ann Ahorn' });
    const text = await (await ask(frame, origin)).text();
    assert.match(text, /Ann Ahorn/);
    assert.doesNotMatch(text, /@|example\.test/);
  });

  it('is told to go away when it is nobody’s, without a word of CORS', async () => {
    const frame = await new Frame(stack, origin).enter(ann, { share: true });
    for (const from of ['https://evil.test', 'null', `${origin}/`, `${origin}.evil.test`, origin.replace('http:', 'https:'), stack.siteOrigin('nobody-here')]) {
      const answer = await ask(frame, from);
      assert.equal(answer.status, 403, from);
      assert.equal(answer.headers.get('access-control-allow-origin'), null, from);
      assert.equal(answer.headers.get('vary'), 'Origin', from);
    }
  });

  it('cannot pretend to be the frame', async () => {
    const frame = await new Frame(stack, origin).enter(ann, { share: true });
    await refused(frame.fetch('/api/notch/me', { headers: { origin, 'sec-fetch-site': 'cross-site' } }), 403, 'wrong_origin');
    await refused(frame.fetch('/api/notch/me', { headers: { 'x-notch': '', 'sec-fetch-site': 'cross-site' } }), 403, 'wrong_origin');
  });

  it('learns nothing any more once they have ended it, at once', async () => {
    const frame = await new Frame(stack, origin).enter(ann, { share: true });
    assert.notEqual(await told(frame, origin), null);
    const kept = new Map(frame.cookies);
    assert.equal(await status(frame.send('POST', '/api/notch/sign-out', {})), 204);
    assert.equal(frame.token(), '');
    for (const [name, value] of kept) frame.cookies.set(name, value);
    assert.equal(await told(frame, origin), null);
    await refused(nonce(frame), 401, 'unauthorized');
  });
});

describe('a domain that changes hands', () => {
  it('takes no visitor along who agreed with the one before', async () => {
    const visitor = await stack.person();
    const at = `https://${EXTERNAL}`;
    const frame = await new Frame(stack, at).enter(visitor, { share: true });
    assert.equal((await me(frame)).shared, true);
    await sql("UPDATE site SET proof_lost_at = 1, domain = 'lost--' || id || '.invalid', former_domain = domain WHERE domain = ?1", EXTERNAL);
    assert.equal((await me(frame)).shared, false);
    await refused(nonce(frame), 401, 'unauthorized');
    const next = await stack.person();
    await sql(
      `INSERT INTO site (id, domain, user_id, kind, status, proof_method, proved_at, created_at, updated_at)
       SELECT 'f' || substr(id, 2), ?1, id, 'external', 'live', 'tag', 1, 1, 1 FROM user WHERE email = ?2`, EXTERNAL, next.email,
    );
    const answer = await frame.fetch('/api/notch/me', { headers: { origin: at, 'x-notch': '', 'sec-fetch-site': 'cross-site' } });
    assert.deepEqual(await answer.json(), { user: null });
    assert.equal((await me(frame)).shared, false);
  });
});

describe('the list of sites that know somebody', () => {
  it('is theirs, and ends what they end', async () => {
    const carl = await stack.person();
    assert.deepEqual(await grants(carl), []);
    const frame = await new Frame(stack, origin).enter(carl, { share: true });
    const [grant] = await grants(carl);
    assert.ok(grant);
    assert.deepEqual([grant.origin, grant.shared, grant.site?.domain], [origin, true, maya.domain]);
    await refused(ann.fetch(`/api/notch/grants/${grant.id}`, { method: 'DELETE' }), 404, 'not_found');
    assert.equal(await status(nonce(frame)), 201);
    assert.equal(await status(carl.fetch(`/api/notch/grants/${grant.id}`, { method: 'DELETE' })), 204);
    await refused(nonce(frame), 401, 'unauthorized');
    await refused(carl.fetch(`/api/notch/grants/${grant.id}`, { method: 'DELETE' }), 404, 'not_found');
    assert.deepEqual(await grants(carl), []);
  });

  it('stands on the settings, and ends there without a script', async () => {
    const carl = await stack.person();
    assert.match(await (await carl.fetch('/settings')).text(), /Sites that know you[^]*None yet/);
    const frame = await new Frame(stack, origin).enter(carl);
    const page = await (await carl.fetch('/settings')).text();
    assert.ok(page.includes(new URL(origin).host) && page.includes('Does not know who you are'), page);
    const [grant] = await grants(carl);
    assert.equal(await status(form(ann, '/settings/known/end', { id: grant?.id ?? '' })), 303);
    assert.equal((await grants(carl)).length, 1, 'somebody else’s is not there');
    const answer = await form(carl, '/settings/known/end', { id: grant?.id ?? '' });
    assert.equal(answer.headers.get('location'), '/settings?notice=grant-ended#known');
    await refused(nonce(frame), 401, 'unauthorized');
  });

  it('stays when one session ends, and ends with signing out everywhere else', async () => {
    const carl = await stack.person();
    const phone = await stack.person(carl.email);
    const frame = await new Frame(stack, origin).enter(carl);
    assert.equal(await status(phone.send('POST', '/api/auth/sign-out', {})), 200);
    assert.equal((await me(frame)).known, true);
    assert.equal(await status(nonce(frame)), 201, 'signing out elsewhere ends no grant');
    assert.match(await (await carl.fetch('/settings')).text(), /Signing out everywhere else also ends what they know of you/);
    await stack.person(carl.email);
    assert.equal(await status(form(carl, '/settings/devices/sign-out-others', {})), 303);
    await refused(nonce(frame), 401, 'unauthorized');
    assert.deepEqual(await grants(carl), []);
  });

  it('holds a hundred, of which the one used longest ago makes room', async () => {
    const carl = await stack.person();
    await sql(
      `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100)
       INSERT INTO notch_grant (id, user_id, origin, share, challenge, code_until, created_at, used_at, expires_at)
       SELECT 'many' || x, u.id, ?1, 0, 'c' || x, 0, x, x, 9e12 FROM n, user u WHERE u.email = ?2`, origin, carl.email,
    );
    await new Frame(stack, origin).enter(carl);
    const ids = (await grants(carl)).map(({ id }) => id);
    assert.equal(ids.length, 100);
    assert.ok(!ids.includes('many1') && ids.includes('many2'));
  });

  it('is in the export, and goes with the account', async () => {
    const carl = await stack.person();
    await new Frame(stack, origin).enter(carl, { share: true });
    const archive = Buffer.from(await (await carl.fetch('/api/account/export', { method: 'POST' })).arrayBuffer());
    const read = 'import io, sys, zipfile; print(zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())).read("account.json").decode())';
    const account = JSON.parse(execFileSync('python3', ['-c', read], { input: archive, encoding: 'utf8' })) as { knownOn: { origin: string; shared: boolean }[] };
    assert.deepEqual(account.knownOn.map(({ origin, shared }) => [origin, shared]), [[origin, true]]);
    await sql('DELETE FROM user WHERE email = ?1', carl.email);
    assert.deepEqual(await sql('SELECT id FROM notch_grant WHERE user_id NOT IN (SELECT id FROM user)'), []);
  });
});

describe('the page of the frame', () => {
  const policy = (answer: Response): Map<string, string> =>
    new Map((answer.headers.get('content-security-policy') ?? '').split(';').map((part) => part.trim()).map((part) => [part.split(' ')[0] ?? '', part.split(' ').slice(1).join(' ')]));

  it('stands on the pages of its site and nowhere else, and is held to itself', async () => {
    for (const [path, ancestors] of [
      [`/embed/${maya.domain}`, origin],
      [`/embed/${new URL(origin).host}`, origin],
      [`/embed/${ann.domain}`, neighbour],
      [`/embed/${EXTERNAL}`, `https://${EXTERNAL} https://www.${EXTERNAL}`],
      [`/embed/www.${EXTERNAL}`, `https://${EXTERNAL} https://www.${EXTERNAL}`],
      [`/embed/${maya.domain}?test`, stack.addresses.app],
      [`/embed/${new URL(stack.addresses.app).host}`, stack.addresses.app],
      ['/embed/playground', stack.addresses.app],
    ] as const) {
      const answer = await stack.anybody.fetch(path);
      const page = await answer.text();
      assert.equal(answer.status, 200, path);
      const rules = policy(answer);
      assert.equal(rules.get('frame-ancestors'), ancestors, path);
      assert.equal(rules.get('default-src'), "'none'");
      assert.equal(rules.get('require-trusted-types-for'), "'script'");
      for (const name of ['script-src', 'style-src', 'connect-src', 'img-src']) assert.equal(rules.get(name), "'self'", name);
      for (const name of ['base-uri', 'form-action']) assert.equal(rules.get(name), "'none'", name);
      for (const [name, value] of [
        ['cross-origin-embedder-policy', 'require-corp'], ['cross-origin-resource-policy', 'cross-origin'], ['origin-agent-cluster', '?1'],
        ['cache-control', 'no-store'], ['referrer-policy', 'no-referrer'], ['x-content-type-options', 'nosniff'],
      ] as const) assert.equal(answer.headers.get(name), value, name);
      assert.deepEqual(answer.headers.getSetCookie(), []);
      const written = /data-site="([^"]+)"/.exec(page)?.[1]?.replaceAll('&quot;', '"') ?? '';
      assert.deepEqual((JSON.parse(written) as { origins: string[] }).origins, ancestors.split(' '));
    }
  });

  it('says the same to everybody', async () => {
    const path = `/embed/${maya.domain}`;
    const nobody = await (await stack.anybody.fetch(path)).text();
    assert.equal(await (await ann.fetch(path)).text(), nobody);
    assert.equal(await (await maya.fetch(path)).text(), nobody);
  });

  it('of a site that is none, was taken down or lost its proof stands nowhere', async () => {
    const down = await stack.owner('down');
    const lost = await stack.owner('lost');
    await sql('UPDATE site SET taken_down_at = 1, taken_down_for = ?1 WHERE id = ?2', 'abuse', down.siteId);
    await sql('UPDATE site SET proof_lost_at = 1 WHERE id = ?1', lost.siteId);
    for (const host of ['nobody.example', down.domain, lost.domain, 'www', '%00', `${maya.domain}%20https://evil.test`, `v--${'a'.repeat(24)}.vetka.localhost`]) {
      const answer = await stack.anybody.fetch(`/embed/${host}`);
      await answer.arrayBuffer();
      assert.equal(answer.status, 404, host);
      assert.equal(policy(answer).get('frame-ancestors'), "'none'", host);
    }
  });

  it('shows a hostile name as text', async () => {
    const eve = await stack.owner('eve');
    await eve.send('PATCH', '/api/account', { name: `"><script>alert(1)</script>'` });
    const page = await (await stack.anybody.fetch(`/embed/${eve.domain}`)).text();
    assert.ok(!page.includes('<script>alert'), page);
  });
});

describe('the window for agreeing', () => {
  const HEADERS = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'document' };
  const path = (on = origin): string => `/connect?c=${secret().challenge}&s=${'s'.repeat(24)}&o=${encodeURIComponent(on)}`;

  it('asks as whom, where, and shares nothing by itself', async () => {
    const answer = await ann.fetch(path(), { headers: HEADERS });
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.ok(page.includes(`data-origin="${origin}"`));
    assert.match(page, /<button[^>]* id="agree-yes"[^>]* disabled|<button[^>]* disabled[^>]* id="agree-yes"/);
    assert.match(page, /<input[^>]*type="checkbox"[^>]*>/);
    assert.doesNotMatch(page, /<input[^>]*checked/);
    assert.equal(answer.headers.get('cross-origin-opener-policy'), 'unsafe-none', 'the frame must hear it');
    assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });

  it('asks whoever is not signed in to sign in, in place', async () => {
    const answer = await stack.anybody.fetch(path(), { headers: HEADERS });
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.ok(page.includes('id="sign-in-email"') && !page.includes('agree-yes'));
    assert.equal(answer.headers.get('cross-origin-opener-policy'), 'unsafe-none');
  });

  it('opens from our own frame alone, for a page of a member', async () => {
    for (const [where, headers] of [
      [path(), {}],
      [path(), { 'sec-fetch-dest': 'document' }],
      ...ELSEWHERE.map((from) => [path(), { ...HEADERS, 'sec-fetch-site': from }] as const),
      [path(), { ...HEADERS, 'sec-fetch-dest': 'iframe' }],
      [path(), { ...HEADERS, 'sec-fetch-dest': 'empty' }],
      [path('https://evil.test'), HEADERS],
      [path(`${origin}/`), HEADERS],
      ['/connect', HEADERS],
      [path().replace(/c=[^&]+/, 'c=short'), HEADERS],
      [path().replace(/s=[^&]+/, 's=short'), HEADERS],
    ] as const) {
      const answer = await ann.fetch(where, { headers });
      const page = await answer.text();
      assert.equal(answer.status, 403, `${where} ${JSON.stringify(headers)}`);
      assert.ok(!page.includes('agree-yes'));
      assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    }
  });
});

describe('the playground', () => {
  it('has pages that nobody else embeds, with the loader on them', async () => {
    const index = await (await ann.fetch('/notch/test')).text();
    const names = new Set([...index.matchAll(/href="\/notch\/test\/(\w+)"/g)].map(([, name]) => name ?? ''));
    assert.ok(names.size >= 8);
    for (const name of names) {
      const answer = await stack.anybody.fetch(`/notch/test/${name}`);
      const page = await answer.text();
      assert.equal(answer.status, 200, name);
      assert.ok(page.includes('<script async src="/notch.js" data-site="playground?test">'), name);
      const rules = answer.headers.get('content-security-policy') ?? '';
      assert.match(rules, /frame-ancestors 'none'/);
      assert.match(rules, /default-src 'none'; script-src 'self'; frame-src 'self'/);
    }
    const page = await (await stack.anybody.fetch(`/notch/test/plain?site=${ann.domain}`)).text();
    assert.ok(page.includes(`data-site="${ann.domain}?test"`));
    assert.equal((await stack.anybody.fetch('/notch/test/nothing')).status, 404);
    assert.equal((await stack.anybody.fetch('/notch/test/plain?site=nobody.example')).status, 404);
  });

  it('knows who agreed to it, and takes nobody along', async () => {
    // Somebody of their own: one account may change only so much at once, and the tests above are quick.
    const frame = await new Frame(stack, stack.addresses.app).enter(await stack.owner('plays'), { share: true });
    assert.equal((await me(frame)).known, true);
    await refused(new Frame(stack, origin).redeem('x', 'y'), 403, 'code_refused');
  });
});

describe('/notch.js', () => {
  it('is the same for everybody, and may be loaded anywhere', async () => {
    const frame = await new Frame(stack, origin).enter(await stack.owner('loads'));
    const nobody = await stack.anybody.fetch('/notch.js');
    const known = await frame.fetch('/notch.js', { headers: { 'x-notch': '', 'content-type': '', 'sec-fetch-site': 'cross-site' } });
    assert.equal(await known.text(), await nobody.text());
    for (const answer of [nobody, known]) {
      assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.equal(answer.headers.get('vary'), null);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
  });
});
