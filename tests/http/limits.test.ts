/**
 * How often things may be done, as those meet it who do them too often: by address, by network and by account, in a row and
 * all at once. The buckets' arithmetic is tested in `vetka_domain::limit`.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { createAuthClient } from 'better-auth/client';
import { FormData } from 'undici';
import { emailOTPClient } from 'better-auth/client/plugins';
import { scriptName } from '../../scripts/stack/stack.ts';
import { SESSION, address, asked, form, send, signIn } from './account-kit.ts';
import { Client, type Person, type RequestInit, type Response, type TestStack, newNetwork, startTestStack } from './harness.ts';

let stack: TestStack;
const browser = (network = newNetwork()): Client => Object.assign(new Client(stack.addresses.app), { network });
const mailsTo = async (email: string): Promise<number> => (await stack.mails()).filter(({ to }) => to.includes(email)).length;

before(async () => {
  stack = await startTestStack();
});
after(async () => await stack.close());

const times = <T>(count: number, ask: (at: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, at) => ask(at)));
const count = (answers: Response[], status: number): number => answers.filter((answer) => answer.status === status).length;

/** A refusal by a limit on our own routes. Gives the wait. */
async function limited(response: Response): Promise<number> {
  const body = (await response.json()) as { code: string; message: string; retryAfter: number };
  assert.equal(response.status, 429, JSON.stringify(body));
  assert.equal(body.code, 'too_many_requests');
  assert.equal(response.headers.get('retry-after'), String(body.retryAfter));
  assert.match(body.message, /^That was a lot at once\. Try again in \d+ (second|minute|hour)s?\.$/);
  assert.ok(body.retryAfter >= 1);
  return body.retryAfter;
}

/** A refusal by a limit in BetterAuth's words. */
async function limitedOnTheWire(response: Response): Promise<number> {
  assert.equal(response.status, 429);
  assert.deepEqual(await response.json(), { message: 'Too many requests. Please try again later.' });
  assert.equal(response.headers.get('x-retry-after'), response.headers.get('retry-after'));
  return Number(response.headers.get('retry-after'));
}

/** Empties a bucket whose refilling takes `window` milliseconds, and leaves it empty for a while. */
async function drain(subject: string[], bucket: string, window: number): Promise<void> {
  const secrets = JSON.parse(readFileSync(join(stack.stateDir, 'secrets.json'), 'utf8')) as { SESSION_KEY: string };
  const mac = createHmac('sha256', Buffer.from(secrets.SESSION_KEY, 'base64'));
  for (const part of ['limit', ...subject]) mac.update(part).update('\0');
  const limiter = await stack.stack.miniflare().getDurableObjectNamespace('LIMITER', scriptName('agent'));
  const object = limiter.get(limiter.idFromName(mac.digest('hex')));
  const body = JSON.stringify({ bucket, burst: 2, everyMs: 10 * window });
  const drained = await object.fetch('http://limiter.internal/', { method: 'POST', body });
  assert.deepEqual(await drained.json(), { waitMs: 0 });
}

const idOf = async (person: Person): Promise<string> =>
  ((await person.json<{ user: { id: string } }>(SESSION)).user).id;

/** What a file holds; nothing when it has gone since it was listed, as the files of a limiter go that has nothing to keep. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
    return '';
  }
}

describe('asking for codes', () => {
  it('is for five in a row to one address from one network, and says the wait', async () => {
    const email = address();
    const client = browser();
    for (let at = 0; at < 5; at++) assert.equal((await send(client, email)).status, 200);
    const wait = await limitedOnTheWire(await send(client, email));
    assert.ok(wait > 50 && wait <= 60, String(wait));
    assert.equal(await mailsTo(email), 5);
    assert.equal((await send(client, address())).status, 200, 'another address is another matter');
    assert.equal((await send(browser(), email)).status, 200, 'and so is another network');
  });

  it('is for five also when fifty come at once', async () => {
    const email = address();
    const client = browser();
    const answers = await times(50, () => send(client, email));
    assert.equal(count(answers, 200), 5);
    assert.equal(count(answers, 429), 45);
    assert.equal(await mailsTo(email), 5);
  });

  it('cannot be had more often by writing the address in another way', async () => {
    const email = address();
    const client = browser();
    for (const way of [email, email.toUpperCase(), `  ${email}`, `${email}\t`, email.replace('@', '+x@')]) {
      assert.equal((await send(client, way)).status, 200, way);
    }
    for (const way of [email, email.toUpperCase(), ` ${email} `, email.replace('@', '+y@')]) {
      await limitedOnTheWire(await send(client, way));
    }
  });

  it('cannot be had more often from another address of the same /64', async () => {
    const email = address();
    for (let at = 1; at <= 5; at++) {
      assert.equal((await send(browser(`2001:db8:aa:${at === 5 ? '0' : ''}1:${at}::${at}`), email)).status, 200);
    }
    await limitedOnTheWire(await send(browser('2001:db8:aa:1:ffff:ffff:ffff:ffff'), email));
    assert.equal((await send(browser('2001:db8:aa:2::1'), email)).status, 200);
  });

  it('sees one network in an IPv4 address, however it is written', async () => {
    const email = address();
    for (let at = 0; at < 5; at++) assert.equal((await send(browser('192.0.2.77'), email)).status, 200);
    await limitedOnTheWire(await send(browser('::ffff:192.0.2.77'), email));
    await limitedOnTheWire(await send(browser('::ffff:c000:24d'), email));
  });

  it('fills no inbox from many networks; what is refused counts nowhere else', async () => {
    const email = address();
    const answers = await times(40, () => send(browser(), email));
    assert.equal(count(answers, 200), 20);
    assert.equal(await mailsTo(email), 20);
    const stranger = browser();
    const wait = await limitedOnTheWire(await send(stranger, email));
    assert.ok(wait > 59 * 60 && wait <= 60 * 60, String(wait));
    // More than the network has: had they counted, the last one would be refused.
    for (let round = 0; round < 3; round++) {
      assert.equal(count(await times(40, () => send(stranger, email)), 429), 40);
    }
    assert.equal((await send(stranger, address())).status, 200);
  });

  it('is for a hundred to whomever from one network', async () => {
    const client = browser();
    const emails = Array.from({ length: 110 }, address);
    const answers = await times(110, (at) => send(client, emails[at] ?? ''));
    const through = count(answers, 200);
    // One more comes back every six seconds.
    assert.ok(through >= 100 && through <= 104, String(through));
  });
});

describe('trying codes', () => {
  it('is for ten in a row for one address from one network, and harms nobody elsewhere', async () => {
    const { client: ann, email, code } = await asked(stack);
    const guesser = browser();
    for (let at = 0; at < 10; at++) assert.equal((await signIn(guesser, email, '000000')).status, 400);
    const wait = await limitedOnTheWire(await signIn(guesser, email, '000000'));
    assert.ok(wait > 20 && wait <= 30, String(wait));
    await limitedOnTheWire(await signIn(guesser, ` ${email.toUpperCase()}`, '000000'));
    assert.equal((await signIn(ann, email, code)).status, 200);
  });

  it('a try that is refused by a limit is no try of the code', async () => {
    const { client, email, code } = await asked(stack);
    await drain(['address-and-network', email, client.network], 'tries', 10 * 30_000);
    for (let at = 0; at < 5; at++) await limitedOnTheWire(await signIn(client, email, '000000'));
    client.network = newNetwork();
    assert.equal((await signIn(client, email, code)).status, 200);
  });

  it('is for a hundred from one network, for whichever addresses', async () => {
    const network = newNetwork();
    const answers = await times(115, () => signIn(browser(network), address(), '000000'));
    assert.ok(count(answers, 429) >= 5, String(count(answers, 429)));
    assert.ok(count(answers, 400) >= 100);
  });
});

describe('making accounts', () => {
  it('is limited by network, for new ones only', async () => {
    const known = await stack.person(address());
    const { client, email, code } = await asked(stack);
    await drain(['network', client.network], 'sign_ups', 100 * 30_000);
    await limitedOnTheWire(await signIn(client, email, code));
    const user = await (await stack.db()).prepare('SELECT 1 FROM user WHERE email = ?1').bind(email).first();
    assert.equal(user, null);

    known.network = client.network;
    await send(known, known.email);
    assert.equal((await signIn(known, known.email, await stack.code(known.email))).status, 200);
  });
});

describe("everything else on BetterAuth's wire", () => {
  it('is for two hundred at once from one network, then as it comes back', async () => {
    const client = browser();
    const answers = await times(260, () => client.fetch(SESSION));
    assert.ok(count(answers, 200) >= 200);
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0);
    assert.equal(await limitedOnTheWire(refused[0] as Response), 1);
    assert.equal((await browser().fetch(SESSION)).status, 200);
    await sleep(1000);
    assert.equal((await client.fetch(SESSION)).status, 200);
  });

  it('tells the official client', async () => {
    const jar = browser();
    const client = createAuthClient({
      baseURL: stack.addresses.app,
      plugins: [emailOTPClient()],
      fetchOptions: {
        customFetchImpl: async (input, init) => {
          const url = new URL(input instanceof Request ? input.url : input);
          return (await jar.fetch(url.pathname + url.search, init as RequestInit)) as unknown as globalThis.Response;
        },
      },
    });
    const email = address();
    await drain(['address-and-network', email, jar.network], 'codes', 5 * 60_000);
    let wait: string | null = null;
    const { data, error } = await client.emailOtp.sendVerificationOtp(
      { email, type: 'sign-in' },
      { onError: ({ response }) => void (wait = response.headers.get('X-Retry-After')) },
    );
    assert.equal(data, null);
    assert.deepEqual(error, { message: 'Too many requests. Please try again later.', status: 429, statusText: 'Too Many Requests' });
    assert.ok(Number(wait) > 50);
  });
});

describe('names', () => {
  it('are looked for a hundred and twenty times in a row; waiting as long as it says is enough', async () => {
    const client = browser();
    const answers = await times(160, (at) => client.fetch(`/api/sites/check?label=finch-${at}`));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(count(answers, 200) >= 120 && refused.length > 0, `${refused.length} refused`);
    const wait = await limited(refused.at(-1) as Response);
    assert.ok(wait <= 1);
    await sleep(wait * 1000);
    assert.equal((await client.fetch('/api/sites/check?label=finch')).status, 200);
  });

  it('are claimed ten times in a row by one account, from wherever, whether they can be had or not', async () => {
    const ann = await stack.person(address());
    const claim = (label: string): Promise<Response> => {
      ann.network = newNetwork();
      return ann.send('POST', '/api/sites', { kind: 'generated', label });
    };
    for (let at = 0; at < 10; at++) assert.equal((await claim('api')).status, 422);
    assert.ok((await limited(await claim('finch-in-a-hurry'))) > 50);
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
  });

  it('the form keeps what was typed and says the wait', async () => {
    const ann = await stack.person(address());
    await drain(['account', await idOf(ann)], 'names', 10 * 60_000);
    const page = await form(ann, '/setup/generate', { label: 'finch-form' });
    const html = await page.text();
    assert.equal(page.status, 429);
    assert.ok(Number(page.headers.get('retry-after')) > 50);
    assert.match(html, /value="finch-form"/);
    assert.match(html, /That was a lot at once\. Try again in \d+ seconds\./);
  });
});

describe('what an account changes', () => {
  it('is sixty in a row, from wherever; others are not held up by it', async () => {
    const [ann, ben] = [await stack.person(address()), await stack.person(address())];
    const change = (person: Person, name: string): Promise<Response> => {
      person.network = newNetwork();
      return person.send('PATCH', '/api/account', { name });
    };
    const answers = await times(90, (at) => change(ann, `Ann ${at}`));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(count(answers, 200) >= 60 && refused.length > 0, `${count(answers, 200)} of 90`);
    assert.ok((await limited(refused[0] as Response)) <= 60);
    assert.equal((await change(ben, 'Ben')).status, 200);
    assert.equal((await ann.fetch('/api/account')).status, 200, 'looking is no change');
  });

  it('exports are three an hour', async () => {
    const ann = await stack.person(address());
    for (let at = 0; at < 3; at++) {
      const answer = await ann.send('POST', '/api/account/export', {});
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
    }
    assert.ok((await limited(await ann.send('POST', '/api/account/export', {}))) > 59 * 60);
  });
});

describe('talking to the agent', () => {
  it('uploads are thirty in a row by one account', async () => {
    const ann = await stack.owner('finch-uploads');
    const upload = (): Promise<Response> => {
      const body = new FormData();
      body.set('file', new File(['words'], 'a.txt', { type: 'text/plain' }));
      return ann.fetch('/api/agent/upload', { method: 'POST', body });
    };
    for (let at = 0; at < 30; at++) assert.equal((await upload()).status, 201, String(at));
    assert.ok((await limited(await upload())) <= 10);
  });

  it('messages are limited by account at both doors; nothing is said, and a message that is known is none', async () => {
    const ann = await stack.owner('finch-messages');
    const say = (message: string, clientId: string): Promise<Response> =>
      ann.send('POST', '/api/agent/stream', { message, clientId });
    const first = await say('A page for finches.', 'first-message');
    assert.equal(first.status, 200);
    await first.text();
    await drain(['account', await idOf(ann)], 'messages', 30 * 6_000);
    assert.ok((await limited(await say('Another.', 'second-message'))) <= 180);
    const again = await say('A page for finches.', 'first-message');
    assert.equal(again.status, 200);
    await again.text();

    const socket = ann.socket('/ws');
    const told = new Promise<{ code: string; message: string }>((resolve, reject) => {
      socket.addEventListener('error', () => reject(new Error('no socket')));
      socket.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(String(data)) as { type: string; code: string; message: string };
        if (frame.type === 'error') resolve(frame);
      });
      socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'chat_message', text: 'Hello?', clientId: 'third-message' })));
    });
    const { code, message } = await told;
    socket.close();
    assert.equal(code, 'too_many_requests');
    assert.match(message, /Try again in/);
    const { messages } = await ann.json<{ messages: { text: string }[] }>('/api/agent/session');
    assert.ok(!messages.some(({ text }) => ['Another.', 'Hello?'].includes(text)));
  });
});

describe('pages', () => {
  it('whoever comes back from a provider is told on a page of ours', async () => {
    const client = browser();
    await drain(['network', client.network], 'auth', 200 * 100);
    const back = await client.fetch(`/api/auth/callback/google?code=x&state=${'a'.repeat(32)}`);
    assert.equal(back.status, 302);
    assert.equal(back.headers.get('location'), '/?sign-in&error=too_many_requests');
    assert.match(await (await client.fetch('/?sign-in&error=too_many_requests')).text(), /A lot came from your network just now/);
  });

  it('the sign-in says the wait in words, at the address and at the code', async () => {
    const client = browser();
    const email = address();
    await drain(['address-and-network', email, client.network], 'codes', 5 * 60_000);
    await drain(['address-and-network', email, client.network], 'tries', 10 * 30_000);
    for (const [path, fields] of [['/sign-in', { email }], ['/sign-in/code', { email, code: '123456' }]] as const) {
      const page = await form(client, path, fields);
      const html = await page.text();
      assert.equal(page.status, 429, path);
      assert.match(page.headers.get('content-type') ?? '', /text\/html/);
      assert.ok(Number(page.headers.get('retry-after')) > 1);
      assert.match(html, /That was a lot at once\. Try again in \d+ seconds\./);
      assert.ok(html.includes(email), 'what was typed stays');
    }
  });

  it('a form without words of its own gets a page with the wait', async () => {
    const ann = await stack.owner('finch-page');
    await drain(['account', await idOf(ann)], 'writes', 60 * 1_000);
    const page = await form(ann, `/sites/${ann.domain}/delete`, { confirm: ann.label });
    assert.equal(page.status, 429);
    assert.match(await page.text(), /Wait 1 second and try again\. Nothing is lost\./);
  });
});

describe('what the limits keep', () => {
  it('names nobody: no address, no network and no account can be read in it', async () => {
    const ann = await stack.person(address());
    const id = await idOf(ann);
    await ann.send('PATCH', '/api/account', { name: 'Ann' });
    const files = globSync('v3/**/*', { cwd: stack.stateDir, withFileTypes: true }).filter((file) => file.isFile());
    const limiters = files.filter(({ parentPath }) => parentPath.includes('Limiter'));
    assert.ok(limiters.length > 10, `${limiters.length} files`);
    for (const { parentPath, name } of limiters) {
      const kept = contents(join(parentPath, name));
      for (const open of [ann.email, ann.network, id]) assert.ok(!kept.includes(open), `${name} has ${open}`);
    }
  });

  it('goes when every bucket is full again, and not before', async () => {
    const limiter = await stack.stack.miniflare().getDurableObjectNamespace('LIMITER', scriptName('agent'));
    const ask = async (name: string, everyMs: number): Promise<number> => {
      const object = limiter.get(limiter.idFromName(name));
      const answer = await object.fetch('http://limiter.internal/', { method: 'POST', body: JSON.stringify({ bucket: 'any', burst: 1, everyMs }) });
      return ((await answer.json()) as { waitMs: number }).waitMs;
    };
    assert.equal(await ask('short', 1_000), 0);
    assert.equal(await ask('long', 600_000), 0);
    await sleep(12_000);
    const kept = (name: string): boolean => {
      const file = globSync(`v3/**/*Limiter*/${limiter.idFromName(name).toString()}.sqlite`, { cwd: stack.stateDir })[0];
      const wal = file === undefined ? undefined : globSync(`${file}-wal`, { cwd: stack.stateDir })[0];
      return [file, wal].some((path) => path !== undefined && readFileSync(join(stack.stateDir, path), 'latin1').includes('bucket'));
    };
    assert.ok(kept('long'));
    assert.ok((await ask('long', 600_000)) > 0);
    assert.equal(kept('short'), false);
  });
});
