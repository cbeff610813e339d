/** Where a sign-in may come from: our own origin, with scripts or by plain forms, and nowhere else. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { CHECK, SEND, SESSION, SIGN_IN, SIGN_OUT, address, form, refused, wrong } from './account-kit.ts';
import { Client, type Response, type TestStack, startTestStack } from './harness.ts';

let stack: TestStack;
const browser = (): Client => new Client(stack.addresses.app);

before(async () => {
  stack = await startTestStack();
});
after(async () => await stack.close());

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

describe('without JavaScript', () => {
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
