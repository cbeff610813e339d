/** What an id_token must not get past us: an issuer of our own signs whatever a test wants. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SESSION } from './account-kit.ts';
import { Client, type TestStack, startTestStack } from './harness.ts';
import { type Issuer, begin, comeBack, newKeys, startIssuer } from './identity-kit.ts';

const CLIENT = 'our-client';
const CLIENT_SECRET = 'canary-client-secret';
let stack: TestStack;
let issuer: Issuer;
const browser = (): Client => new Client(stack.addresses.app);

before(async () => {
  issuer = await startIssuer(CLIENT);
  stack = await startTestStack({
    settings: { GOOGLE_ISSUER: issuer.url, GOOGLE_CLIENT_ID: CLIENT, GOOGLE_CLIENT_SECRET: CLIENT_SECRET },
  });
});
after(async () => {
  await stack.close();
  await issuer.close();
});

/** Walks the way with whatever the issuer does now; gives the failure's code, or nothing. */
async function walk(setting: Partial<Issuer> = {}): Promise<string | null> {
  const kept = { claims: issuer.claims, sign: issuer.sign, answer: issuer.answer };
  Object.assign(issuer, setting);
  try {
    const client = browser();
    const back = issuer.agree(await begin(client, { provider: 'google', callbackURL: '/ok', errorCallbackURL: '/failed' }));
    const { to } = await comeBack(client, back);
    const failed = new URL(to, stack.addresses.app).searchParams.get('error');
    const session = await (await client.fetch(SESSION)).text();
    assert.equal(session === 'null', failed !== null, 'a session begins exactly when nothing failed');
    return failed;
  } finally {
    Object.assign(issuer, kept);
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an id_token', () => {
  it('that is right signs in; the exchange carries the verifier of the challenge', async () => {
    assert.equal(await walk(), null);
    const { asked, sent } = issuer.exchanges.at(-1) ?? assert.fail();
    assert.equal(sent.get('grant_type'), 'authorization_code');
    assert.equal(sent.get('client_secret'), CLIENT_SECRET);
    assert.equal(sent.get('redirect_uri'), asked.searchParams.get('redirect_uri'));
    const verifier = sent.get('code_verifier') ?? '';
    assert.equal(createHash('sha256').update(verifier).digest('base64url'), asked.searchParams.get('code_challenge'));
  });

  it('signed with a new key under the old name makes us look for new keys, once', async () => {
    const before = issuer.keyFetches;
    issuer.rotate();
    assert.equal(await walk(), null);
    assert.equal(issuer.keyFetches, before + 1);
    const { privateKey } = newKeys();
    for (let tries = 0; tries < 3; tries++) {
      assert.equal(await walk({ sign: (claims) => issuer.rightSign(claims, undefined, privateKey) }), 'unable_to_get_user_info');
    }
    assert.equal(issuer.keyFetches, before + 1, 'not again within the minute');
    assert.equal(await walk(), null);
  });

  const claims: Record<string, (right: Record<string, unknown>) => Record<string, unknown>> = {
    'of another issuer': (right) => ({ ...right, iss: 'https://accounts.google.com' }),
    'for another client': (right) => ({ ...right, aud: 'another' }),
    'for several, without saying who asked': (right) => ({ ...right, aud: ['another', CLIENT] }),
    'of another authorized party': (right) => ({ ...right, azp: 'another' }),
    'with another nonce': (right) => ({ ...right, nonce: 'another' }),
    'without a nonce': ({ nonce: _nonce, ...right }) => right,
    'that has run out': (right) => ({ ...right, exp: now() - 61 }),
    'without an end': ({ exp: _exp, ...right }) => right,
    'from the future': (right) => ({ ...right, iat: now() + 120 }),
    'about nobody': (right) => ({ ...right, sub: '' }),
  };
  for (const [name, change] of Object.entries(claims)) {
    it(`${name} is refused`, async () => assert.equal(await walk({ claims: change }), 'unable_to_get_user_info'));
  }

  const signs: Record<string, (claims: Record<string, unknown>) => string> = {
    'that is not signed': (claims) => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
    'that says none and has a kid': (claims) => `${encode({ alg: 'none', kid: 'k1' })}.${encode(claims)}.AAAA`,
    'signed with our own client secret': (claims) => {
      const signed = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims)}`;
      return `${signed}.${createHmac('sha256', CLIENT_SECRET).update(signed).digest('base64url')}`;
    },
    'of a key that the issuer does not have': (claims) => issuer.rightSign(claims, { alg: 'RS256', kid: 'k2' }, newKeys().privateKey),
    'whose claims were changed after signing': (claims) => {
      const [header, , signature] = issuer.rightSign(claims).split('.');
      return `${header}.${encode({ ...claims, sub: 'somebody-else' })}.${signature}`;
    },
    'that is no token': () => 'nonsense',
  };
  for (const [name, sign] of Object.entries(signs)) {
    it(`${name} is refused`, async () => assert.equal(await walk({ sign }), 'unable_to_get_user_info'));
  }

  it('with an unverified address, or none, makes no account', async () => {
    for (const email_verified of [false, 'false', undefined]) {
      const sub = `unverified-${String(email_verified)}`;
      assert.equal(await walk({ claims: (right) => ({ ...right, sub, email: 'new@example.test', email_verified }) }), 'email_not_verified');
    }
    assert.equal(await walk({ claims: ({ email: _email, ...right }) => ({ ...right, sub: 'no-address' }) }), 'email_not_found');
    assert.equal(await walk({ claims: (right) => ({ ...right, sub: 'no-address', email: 'nobody' }) }), 'email_not_found');
    const row = await (await stack.db()).prepare("SELECT count(*) AS n FROM user WHERE email = 'new@example.test'").first<{ n: number }>();
    assert.equal(row?.n, 0);
  });

  it('names a person by their subject, whatever their address has become', async () => {
    const db = await stack.db();
    const count = async (): Promise<unknown> => await db.prepare('SELECT count(*) AS n FROM user').first();
    assert.equal(await walk(), null);
    const before = await count();
    assert.equal(await walk({ claims: (right) => ({ ...right, email: 'changed@example.test' }) }), null);
    assert.deepEqual(await count(), before, 'no second account');
  });
});

describe('a token endpoint', () => {
  it('that refuses, redirects, babbles or answers something else ends the way', async () => {
    for (const answer of [
      () => ({ status: 400, body: '{"error":"invalid_grant"}' }),
      () => ({ status: 302, headers: { location: `${issuer.url}/keys` }, body: '' }),
      () => ({ status: 200, body: '<html>' }),
      () => ({ status: 200, body: '{}' }),
      () => ({ status: 200, body: `{"id_token":"${'x'.repeat(300_000)}"}` }),
    ]) {
      assert.equal(await walk({ answer }), 'invalid_code');
    }
  });

  it('leaves none of its tokens with us', async () => {
    assert.equal(await walk(), null);
    const db = await stack.db();
    for (const table of ['user', 'account', 'session', 'oauth_state', 'audit_event']) {
      const { results } = await db.prepare(`SELECT * FROM ${table}`).all();
      assert.ok(!JSON.stringify(results).includes('canary'), table);
    }
  });
});
