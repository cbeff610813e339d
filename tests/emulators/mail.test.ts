// Mail in development: sent as Resend's client sends it, read by a program and by a person.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startEmulators, type Emulators } from '../../scripts/emulators/index.ts';
import type { Mail } from '../../scripts/emulators/mail.ts';

let emulators: Emulators;
before(async () => {
  emulators = await startEmulators();
});
after(() => emulators.close());

async function deliver(mail: object): Promise<Response> {
  return fetch(`${emulators.mail.url}/emails`, {
    method: 'POST',
    headers: { authorization: 'Bearer re_test', 'content-type': 'application/json' },
    body: JSON.stringify(mail),
  });
}

const read = async (query = ''): Promise<Mail[]> => (await (await fetch(`${emulators.mail.url}/mail${query}`)).json()) as Mail[];
const page = async (): Promise<string> => (await fetch(emulators.mail.url)).text();

test('an inbox with nothing in it says so', async () => {
  assert.deepEqual(await read(), []);
  assert.match(await page(), /No mail yet/);
});

test('what was sent is read on /mail, newest first, and on the page with its code', async () => {
  const sent = await deliver({ from: 'Vetka <hello@vetka.sh>', to: ['anna@example.com'], subject: 'Your code', text: 'Your code is 123456.', html: '<p>Your code is <b>123456</b>.</p>' });
  assert.equal(sent.status, 200);
  assert.ok(((await sent.json()) as { id: string }).id);
  await deliver({ from: 'hello@vetka.sh', to: 'ben@example.com', subject: 'Welcome', text: 'Glad that you are here.' });

  const mail = await read();
  assert.deepEqual(mail.map(({ to, subject }) => [to, subject]), [[['ben@example.com'], 'Welcome'], [['anna@example.com'], 'Your code']]);
  assert.equal(mail[1]?.text, 'Your code is 123456.');
  assert.equal(mail[1]?.html, '<p>Your code is <b>123456</b>.</p>');
  assert.match(mail[1]?.at ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.ok(Math.abs(Date.parse(mail[0]?.at ?? '') - Date.now()) < 60_000);
  assert.deepEqual((await read('?to=anna@example.com')).map(({ subject }) => subject), ['Your code']);

  const html = await page();
  assert.match(html, /<p class="code">123456<\/p>/);
  assert.ok(html.indexOf('Welcome') < html.indexOf('Your code'));
});

test('a mail’s HTML is text on the page and can run nothing', async () => {
  await deliver({ from: 'a@b.test', to: ['x@y.test'], subject: '<script>one()</script>', text: 'plain', html: '<script>two()</script><img src=x onerror=three()>' });
  const answer = await fetch(emulators.mail.url);
  const html = await answer.text();
  assert.doesNotMatch(html, /<script>(?:one|two)|<img/);
  assert.match(html, /&lt;script&gt;two\(\)/);
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'nonce-[0-9a-f-]{36}'/);
});

test('an Idempotency-Key sends once, a missing field is refused, as at Resend', async () => {
  const before = (await read()).length;
  const send = () => fetch(`${emulators.mail.url}/emails`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
    body: JSON.stringify({ from: 'a@b.test', to: ['x@y.test'], subject: 'Once', text: 'x' }),
  });
  const [one, two] = [(await (await send()).json()) as { id: string }, (await (await send()).json()) as { id: string }];
  assert.equal(one.id, two.id);
  assert.equal((await read()).length, before + 1);
  assert.equal((await deliver({ to: ['x@y.test'] })).status, 422);
});

test('only reading is possible beside /emails', async () => {
  assert.equal((await fetch(`${emulators.mail.url}/mail`, { method: 'DELETE' })).status, 405);
  assert.equal((await fetch(`${emulators.mail.url}/elsewhere`)).status, 404);
});

test('a taken port is an error that names it', async () => {
  const port = Number(new URL(emulators.mail.url).port);
  await assert.rejects(startEmulators({ mailPort: port }), new RegExp(`EADDRINUSE.*${port}`));
});
