/** What signing in does when mail cannot be sent: tries again where that helps, and says so where it does not. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Client, type Response, type TestStack, startTestStack } from './harness.ts';

interface Arrived {
  headers: IncomingHttpHeaders;
  url: string;
  body: { to: string[]; subject: string };
}

/** What the service answers next; 200 when there is nothing left. */
let answers: { status: number; name: string }[] = [];
let arrived: Arrived[] = [];
let service: Server;
let stack: TestStack;

before(async () => {
  service = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      arrived.push({ headers: request.headers, url: request.url ?? '', body: JSON.parse(text) as Arrived['body'] });
      const { status, name } = answers.shift() ?? { status: 200, name: '' };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(status === 200 ? { id: 'sent' } : { statusCode: status, name, message: name }));
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  stack = await startTestStack({
    settings: { RESEND_BASE_URL: `http://127.0.0.1:${port}`, RESEND_API_KEY: 're_canary_key', MAIL_FROM: 'Vetka <hi@vetka.test>' },
  });
});
after(async () => {
  await stack.close();
  service.close();
});
beforeEach(() => {
  answers = [];
  arrived = [];
});

const send = (email: string, client = new Client(stack.addresses.app)): Promise<Response> =>
  client.send('POST', '/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' });

async function kept(email: string): Promise<boolean> {
  const db = await stack.db();
  return (await db.prepare('SELECT 1 FROM verification WHERE identifier = ?1').bind(`sign-in-otp-${email}`).first()) !== null;
}

describe('the mail service', () => {
  it('is spoken to as its documentation says', async () => {
    assert.equal((await send('ann@x.test')).status, 200);
    const mail = arrived[0];
    assert.ok(mail);
    assert.equal(mail.url, '/emails');
    assert.equal(mail.headers.authorization, 'Bearer re_canary_key');
    assert.equal(mail.headers['user-agent'], 'Vetka');
    assert.match(mail.headers['content-type'] ?? '', /^application\/json/);
    assert.match(String(mail.headers['idempotency-key']), /^otp\/[a-z0-9]{24}$/);
    assert.deepEqual(mail.body.to, ['ann@x.test']);
  });

  it('is asked again after a 429 and a 500, with the same key and the same code', async () => {
    answers = [{ status: 429, name: 'rate_limit_exceeded' }, { status: 500, name: 'internal_server_error' }];
    assert.equal((await send('again@x.test')).status, 200);
    assert.equal(arrived.length, 3);
    assert.equal(new Set(arrived.map(({ headers }) => headers['idempotency-key'])).size, 1);
    assert.equal(new Set(arrived.map(({ body }) => body.subject)).size, 1);
    assert.ok(await kept('again@x.test'));
  });

  it('that stays down is said in words, and leaves no code behind', async () => {
    answers = Array.from({ length: 9 }, () => ({ status: 503, name: 'application_error' }));
    const client = new Client(stack.addresses.app);
    const response = await send('down@x.test', client);
    assert.equal(response.status, 502);
    assert.deepEqual(await response.json(), {
      code: 'EMAIL_NOT_SENT',
      message: 'The mail with your code could not be sent. Try again in a minute.',
    });
    assert.equal(arrived.length, 3);
    assert.equal(await kept('down@x.test'), false);
    assert.equal(client.cookies.size, 0);
  });

  it('is not asked again when its quota is used up or its key is wrong', async () => {
    for (const answer of [{ status: 429, name: 'daily_quota_exceeded' }, { status: 403, name: 'invalid_api_key' }]) {
      answers = [answer];
      arrived = [];
      assert.equal((await send('quota@x.test')).status, 502);
      assert.equal(arrived.length, 1);
    }
  });

  it('that refuses the address is a mistyped address', async () => {
    answers = [{ status: 422, name: 'validation_error' }];
    const response = await send('refused@x.test');
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { code: string }).code, 'INVALID_EMAIL');
    assert.equal(await kept('refused@x.test'), false);
  });

  it('that is down is said on the page without scripts too', async () => {
    answers = [{ status: 403, name: 'invalid_api_key' }];
    const response = await new Client(stack.addresses.app).fetch('/sign-in', {
      method: 'POST',
      body: 'email=page%40x.test',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(response.status, 502);
    assert.match(await response.text(), /could not be sent/);
  });
});
