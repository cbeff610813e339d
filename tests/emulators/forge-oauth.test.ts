// Letting an application in at the forge, as a browser and a server do it at GitHub.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { forge, refused, type Forge } from './forge-kit.ts';

const CALLBACK = 'http://127.0.0.1:9/back';
let github: Forge;
let time = Date.parse('2026-03-01T12:00:00Z');
before(async () => {
  github = await forge({ clock: () => time });
});
after(() => github.close());

const verifier = randomBytes(40).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function asked(more: Record<string, string> = {}): URLSearchParams {
  return new URLSearchParams({ client_id: 'app-1', redirect_uri: CALLBACK, scope: 'repo user:email', state: 'st&te', code_challenge: challenge, code_challenge_method: 'S256', ...more });
}

/** Posts the form of the page; gives the address that the browser is sent to, and its cookie. */
async function pick(at: Forge, query: URLSearchParams, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<{ to: URL; cookie: string }> {
  const form = new URLSearchParams(query);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const response = await fetch(`${at.url}/login/oauth/callback`, { method: 'POST', body: form, redirect: 'manual', headers });
  assert.equal(response.status, 302, await response.text());
  return { to: new URL(response.headers.get('location') ?? ''), cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

async function exchange(at: Forge, fields: Record<string, string>, accept = 'application/json'): Promise<Record<string, unknown>> {
  const response = await fetch(`${at.url}/login/oauth/access_token`, { method: 'POST', headers: { accept }, body: new URLSearchParams(fields) });
  assert.equal(response.status, 200, 'errors are said with status 200, too');
  const text = await response.text();
  return accept === 'application/json' ? (JSON.parse(text) as Record<string, unknown>) : Object.fromEntries(new URLSearchParams(text));
}

async function code(at: Forge, login = 'cleo-cedar', more: Record<string, string> = {}): Promise<string> {
  return (await pick(at, asked(more), { login })).to.searchParams.get('code') ?? '';
}

const client = { client_id: 'app-1', client_secret: 'secret' };

describe('the page', () => {
  it('lists the people, the application and what it asks', async () => {
    const html = await (await fetch(`${github.url}/login/oauth/authorize?${asked({ client_id: '<b>app</b>' })}`)).text();
    assert.equal(html.match(/<form class="user-form"/g)?.length, 3);
    assert.match(html, /name="login" value="cleo-cedar"/);
    assert.match(html, /private ones too <code>repo<\/code>/);
    assert.match(html, /127\.0\.0\.1:9/);
    assert.ok(html.includes('&lt;b&gt;app&lt;/b&gt;') && !html.includes('<b>app'));
  });

  it('sends back a code and the state', async () => {
    const { to } = await pick(github, asked(), { login: 'cleo-cedar' });
    assert.equal(to.origin + to.pathname, CALLBACK);
    assert.equal(to.searchParams.get('state'), 'st&te');
    assert.match(to.searchParams.get('code') ?? '', /^[0-9a-f]{20}$/);
  });

  it('sends back a refusal', async () => {
    const { to } = await pick(github, asked(), { cancel: '1' });
    assert.deepEqual([to.searchParams.get('error'), to.searchParams.get('state'), to.searchParams.has('code')], ['access_denied', 'st&te', false]);
    assert.ok(to.searchParams.get('error_description'));
  });

  it('is skipped for those who agreed to as much before, unless they are to choose', async () => {
    const { cookie } = await pick(github, asked({ client_id: 'app-2' }), { login: 'ann-ash' });
    const open = async (more: Record<string, string>): Promise<Response> => await fetch(`${github.url}/login/oauth/authorize?${asked({ client_id: 'app-2', ...more })}`, { redirect: 'manual', headers: { cookie } });
    const again = await open({ scope: 'user:email' });
    assert.equal(again.status, 302);
    assert.ok(new URL(again.headers.get('location') ?? '').searchParams.get('code'));
    for (const more of [{ prompt: 'select_account' }, { scope: 'repo workflow' }, { login: 'cleo-cedar' }, { client_id: 'app-3' }]) assert.equal((await open(more)).status, 200, JSON.stringify(more));
  });

  it('shows a page for what cannot be sent back', async () => {
    const open = async (query: URLSearchParams): Promise<number> => (await fetch(`${github.url}/login/oauth/authorize?${query}`, { redirect: 'manual' })).status;
    assert.equal(await open(asked({ client_id: '' })), 404);
    assert.equal(await open(asked({ redirect_uri: 'javascript:alert(1)' })), 400);
    assert.equal(await open(asked({ code_challenge_method: 'plain' })), 400);
  });

  it('takes its form from nowhere else', async () => {
    const response = await fetch(`${github.url}/login/oauth/callback`, { method: 'POST', body: asked({ login: 'ann-ash' }), redirect: 'manual', headers: { origin: 'http://evil.test' } });
    assert.equal(response.status, 403);
  });
});

describe('the exchange', () => {
  it('gives a token, whose scopes may be fewer than asked', async () => {
    const answer = await exchange(github, { ...client, code: await code(github, 'cleo-cedar', { scope: 'user user:email read:user repo made:up' }), code_verifier: verifier, redirect_uri: CALLBACK });
    assert.match(String(answer['access_token']), /^gho_[A-Za-z0-9]{36}$/);
    assert.deepEqual([answer['token_type'], answer['scope']], ['bearer', 'user,repo']);
    const { data, headers } = await github.client(String(answer['access_token'])).users.getAuthenticated();
    assert.equal(data.login, 'cleo-cedar');
    assert.equal(headers['x-oauth-scopes'], 'user, repo');
  });

  it('answers a form where JSON is not asked for', async () => {
    const answer = await exchange(github, { ...client, code: await code(github), code_verifier: verifier }, 'text/html');
    assert.equal(answer['scope'], 'repo,user:email');
  });

  it('takes a code once, for ten minutes, of its own client and verifier', async () => {
    const error = async (fields: Record<string, string>): Promise<unknown> => (await exchange(github, { ...client, ...fields }))['error'];
    const used = await code(github);
    assert.equal(await error({ code: used, code_verifier: verifier }), undefined);
    assert.equal(await error({ code: used, code_verifier: verifier }), 'bad_verification_code');
    assert.equal(await error({ code: await code(github), code_verifier: 'another' }), 'bad_verification_code');
    assert.equal(await error({ code: await code(github) }), 'bad_verification_code');
    assert.equal(await error({ code: await code(github), code_verifier: verifier, client_id: 'app-9' }), 'bad_verification_code');
    assert.equal(await error({ code: await code(github), code_verifier: verifier, redirect_uri: 'http://127.0.0.1:9/else' }), 'redirect_uri_mismatch');
    assert.equal(await error({ code: await code(github), code_verifier: verifier, client_secret: '' }), 'incorrect_client_credentials');
    assert.equal(await error({ code: 'made-up' }), 'bad_verification_code');
    const late = await code(github);
    time += 10 * 60_000;
    assert.equal(await error({ code: late, code_verifier: verifier }), 'bad_verification_code');
  });

  it('gives fifty who come with one code at once a single token', async () => {
    const one = await code(github);
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(github, { ...client, code: one, code_verifier: verifier })));
    assert.equal(answers.filter((answer) => 'access_token' in answer).length, 1);
  });

  it('lets the oldest of eleven tokens of a kind go', async () => {
    const take = async (): Promise<string> => String((await exchange(github, { ...client, client_id: 'many', code: await code(github, 'ann-ash', { client_id: 'many' }), code_verifier: verifier }))['access_token']);
    const tokens: string[] = [];
    for (let count = 0; count < 11; count++) tokens.push(await take());
    await refused(github.client(tokens[0]).users.getAuthenticated(), 401, 'Bad credentials');
    assert.equal((await github.client(tokens[1]).users.getAuthenticated()).data.login, 'ann-ash');
  });

  it('renews the tokens of a GitHub App, and the old pair ends', async () => {
    const app = { client_id: 'Iv23liApp', client_secret: 'x' };
    const first = await exchange(github, { ...app, code: await code(github, 'ann-ash', { client_id: 'Iv23liApp' }), code_verifier: verifier });
    assert.match(String(first['access_token']), /^ghu_/);
    assert.deepEqual([first['expires_in'], first['scope']], [28_800, '']);
    time += 28_800_000;
    await refused(github.client(String(first['access_token'])).users.getAuthenticated(), 401);
    const renew = async (token: unknown): Promise<Record<string, unknown>> => await exchange(github, { ...app, grant_type: 'refresh_token', refresh_token: String(token) });
    const second = await renew(first['refresh_token']);
    assert.equal((await github.client(String(second['access_token'])).users.getAuthenticated()).data.login, 'ann-ash');
    assert.equal((await renew(first['refresh_token']))['error'], 'bad_refresh_token');
  });
});

describe('an application and its tokens', () => {
  const basic = { authorization: `Basic ${Buffer.from('app-1:secret').toString('base64')}`, 'content-type': 'application/json', 'user-agent': 'test' };
  const ask = async (method: string, what: string, token: string, headers: Record<string, string> = basic): Promise<Response> =>
    await fetch(`${github.url}/applications/app-1/${what}`, { method, headers, body: JSON.stringify({ access_token: token }) });
  const take = async (): Promise<string> => String((await exchange(github, { ...client, code: await code(github), code_verifier: verifier }))['access_token']);

  it('checks one, and ends one', async () => {
    const [token, other] = [await take(), await take()];
    const checked = await ask('POST', 'token', token);
    assert.equal(checked.status, 200);
    const said = (await checked.json()) as { user: { login: string }; scopes: string[] };
    assert.deepEqual([said.user.login, said.scopes], ['cleo-cedar', ['repo', 'user:email']]);
    assert.equal((await ask('DELETE', 'token', token)).status, 204);
    assert.equal((await ask('POST', 'token', token)).status, 404);
    await refused(github.client(token).users.getAuthenticated(), 401, 'Bad credentials');
    assert.equal((await github.client(other).users.getAuthenticated()).status, 200);
  });

  it('is told nothing of the tokens of others, nor without its secret', async () => {
    assert.equal((await ask('POST', 'token', await github.token('ann-ash', 'repo'))).status, 404);
    const { authorization: _, ...without } = basic;
    assert.equal((await ask('POST', 'token', await take(), without)).status, 401);
  });

  it('ends all of a person’s, and their agreement with them', async () => {
    const tokens = [await take(), await take()];
    const { cookie } = await pick(github, asked(), { login: 'cleo-cedar' });
    const open = async (): Promise<number> => (await fetch(`${github.url}/login/oauth/authorize?${asked()}`, { redirect: 'manual', headers: { cookie } })).status;
    assert.equal(await open(), 302);
    assert.equal((await ask('DELETE', 'grant', tokens[0] ?? '')).status, 204);
    for (const token of tokens) await refused(github.client(token).users.getAuthenticated(), 401);
    assert.equal(await open(), 200);
  });
});

describe('a registered application', () => {
  let strict: Forge;
  before(async () => {
    strict = await forge({ apps: [{ clientId: 'known', clientSecret: 'right', name: 'Known', callbacks: ['https://app.test/auth', 'http://127.0.0.1/cb'], expires: false }] });
  });
  after(() => strict.close());

  it('comes back to what it registered, and below', async () => {
    const open = async (redirect: string): Promise<Response> => await fetch(`${strict.url}/login/oauth/authorize?${asked({ client_id: 'known', redirect_uri: redirect })}`, { redirect: 'manual' });
    for (const right of ['https://app.test/auth', 'https://app.test/auth/github', 'https://eu.app.test/auth', 'http://127.0.0.1:4242/cb']) assert.equal((await open(right)).status, 200, right);
    for (const wrong of ['https://evil.test/auth', 'https://app.test/authentic', 'https://app.test:8443/auth', 'http://app.test/auth', 'https://notapp.test/auth']) {
      const to = new URL((await open(wrong)).headers.get('location') ?? 'x:');
      assert.deepEqual([to.origin + to.pathname, to.searchParams.get('error')], ['https://app.test/auth', 'redirect_uri_mismatch'], wrong);
    }
    assert.equal((await fetch(`${strict.url}/login/oauth/authorize?${asked({ client_id: 'unknown' })}`)).status, 404);
  });

  it('needs its own secret', async () => {
    const query = asked({ client_id: 'known', redirect_uri: 'https://app.test/auth' });
    const give = async (secret: string): Promise<Record<string, unknown>> => {
      const { to } = await pick(strict, query, { login: 'ann-ash' });
      return await exchange(strict, { client_id: 'known', client_secret: secret, code: to.searchParams.get('code') ?? '', code_verifier: verifier });
    };
    assert.equal((await give('wrong'))['error'], 'incorrect_client_credentials');
    assert.ok((await give('right'))['access_token']);
  });
});
