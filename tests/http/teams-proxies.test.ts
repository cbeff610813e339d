/**
 * The ways out of a sandbox, on workerd: with the token that a real sandbox holds, against the emulated model and forge.
 * Nothing but one conversation and one branch gets through, and no key gets in.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import type { HeardRequest } from '../../scripts/emulators/messages/control.ts';
import type { Fault } from '../../scripts/emulators/messages/faults.ts';
import { startMessagesEmulator } from '../../scripts/emulators/messages/index.ts';
import { skip } from '../emulators/e2b-harness.ts';
import { WorkTree } from '../emulators/forge-kit.ts';
import { type TestStack, startTestStack } from './harness.ts';
import { Inside } from './sandbox-kit.ts';
import { Seat, type Session, started, team } from './session-kit.ts';
import { answered } from './teams-kit.ts';

/** What session-kit gives whoever starts sessions. */
const KEY = 'sk-ant-canary-of-a-test';
const HELLO = { model: 'claude-sonnet-5', max_tokens: 500, messages: [{ role: 'user', content: 'Hello' }] };
const REPOSITORY = 'ann-ash/harbor-bakery';

let messages: RunningEmulator;
let stack: TestStack;
let seat: Seat;
let session: Session;
let inside: Inside;
let proxy: string;
let token: string;

before(async () => {
  if (skip) return;
  messages = await startMessagesEmulator({ pieceMs: 5 });
  stack = await startTestStack({ settings: { MODEL_API_URL: messages.url } });
  proxy = `http://127.0.0.1:${new URL(stack.addresses.app).port}`;
  const harbor = await team(stack, { project: { model: HELLO.model, maxBudgetUsd: 1 } });
  ({ session, seat } = await started(harbor.admin, harbor.projectId));
  inside = await Inside.of(stack, session.id);
  // The model thinks for as long as these tests last: only while a turn goes on, there is something to ask of it.
  await faults({ delayMs: 600_000 });
  seat.say('Hello');
  token = await inside.token();
  await setAside();
});
after(async () => {
  if (skip) return;
  // Also when the beginning failed.
  (seat as Seat | undefined)?.close();
  await (stack as TestStack | undefined)?.close();
  await messages.close();
});

async function faults(...wanted: Partial<Fault>[]): Promise<void> {
  const response = await fetch(`${messages.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults: wanted }) });
  assert.equal(response.status, 200, await response.text());
}

async function requests(): Promise<HeardRequest[]> {
  const response = await fetch(`${messages.url}/_emulator/requests`);
  return ((await response.json()) as { requests: HeardRequest[] }).requests.filter(({ endpoint }) => endpoint !== 'models');
}

/** Waits until money is set aside for the agent's own call, which is then on its way. */
async function setAside(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const looking = await Seat.take(seat.person, session.id);
    const { leftUsd } = await looking.find((frame) => frame.type === 'cost_update', 'the sum');
    looking.close();
    if (leftUsd !== undefined && leftUsd < 1) return await sleep(500);
    await sleep(200);
  }
  assert.fail('the agent never asked the model');
}

interface Asked {
  body?: unknown;
  path?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const ask = async ({ body = HELLO, path = '/v1/messages?beta=true', headers = {}, signal }: Asked = {}): Promise<Response> =>
  await fetch(`${proxy}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...headers },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });

/** What the service's own error says of itself, whoever made it. */
async function refusal(pending: Promise<Response>, status: number): Promise<{ type: string; message: string }> {
  const response = await pending;
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.ok(!text.includes(KEY));
  const said = JSON.parse(text) as { type: string; error: { type: string; message: string } };
  assert.equal(said.type, 'error');
  return said.error;
}

/** What a call of one's own cost: the first sum that is larger than the one before. */
async function costs(call: () => Promise<void>): Promise<number> {
  const sums = seat.frames.filter((frame) => frame.type === 'cost_update').map((frame) => frame.costUsd ?? 0);
  const before = Math.max(0, ...sums);
  await call();
  const after = await seat.find((frame) => frame.type === 'cost_update' && (frame.costUsd ?? 0) > before, 'a larger sum', { ms: 20_000 });
  return (after.costUsd ?? 0) - before;
}

describe('the way to the model', { skip }, () => {
  it("brings the key of whoever pays, which the sandbox never sees", async () => {
    assert.equal((await ask()).status, 200);
    const last = (await requests()).at(-1);
    assert.equal(last?.apiKey, KEY);
    assert.ok(!JSON.stringify(last.headers).includes(token));
    assert.ok(token.startsWith(`vs_${session.id}_`));
    const everything = await inside.bash('env; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; grep -rs -e sk-ant -e gho_ /home /workspace /tmp /sandbox-agent/*.mjs; true');
    assert.ok(everything.includes(token), 'this looked where tokens are');
    assert.ok(!everything.includes(KEY) && !/gh[a-z]_\w/.test(everything), 'neither the key nor what opens the forge');
  });

  it('answers in one piece and in many, and each is paid for', async () => {
    const whole = await costs(async () => {
      const answer = await ask();
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('request-id') ?? '', /^req_/);
      assert.equal(((await answer.json()) as { type: string }).type, 'message');
    });
    assert.ok(whole > 0 && whole < 0.01, String(whole));
    await costs(async () => {
      const answer = await ask({ body: { ...HELLO, stream: true }, headers: { 'x-api-key': '', authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 401, 'an empty key is one');
      const stream = await fetch(`${proxy}/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({ ...HELLO, stream: true }),
      });
      const text = await stream.text();
      assert.match(text, /event: message_start[^]*event: message_stop/);
      assert.ok(!text.includes(KEY));
    });
  });

  it('counts a prompt for nothing', async () => {
    const { max_tokens: _, ...body } = HELLO;
    const answer = await ask({ body, path: '/v1/messages/count_tokens' });
    assert.deepEqual([answer.status, Object.keys((await answer.json()) as object)], [200, ['input_tokens']]);
  });

  it('is for the right token', async () => {
    const other = token.replace(session.id, 'a'.repeat(24));
    for (const wrong of ['', 'x', KEY, other, `${token}0`, token.slice(0, -1), `vs_${session.id}_`]) {
      const error = await refusal(ask({ headers: { 'x-api-key': wrong } }), 401);
      assert.equal(error.type, 'authentication_error', wrong);
    }
    assert.equal((await fetch(`${proxy}/v1/messages`, { method: 'POST', body: '{}' })).status, 401);
  });

  it('leads to conversations with the models of the project, and nowhere else', async () => {
    const before = (await requests()).length;
    for (const path of ['/v1/models', '/v1/files', '/v1/messages/batches', '/v1/organizations/x']) await refusal(ask({ path }), 404);
    assert.equal((await fetch(`${proxy}/v1/messages`, { headers: { 'x-api-key': token } })).status, 405);
    await refusal(ask({ path: '/v1/messages?model=x' }), 400);
    await refusal(ask({ body: { ...HELLO, model: 'claude-opus-5' } }), 404);
    await refusal(ask({ body: { ...HELLO, tools: [{ type: 'web_search_20250305', name: 'web_search' }] } }), 400);
    assert.equal((await refusal(ask({ body: { ...HELLO, system: 'x'.repeat(17 * 1024 * 1024) } }), 413)).type, 'request_too_large');
    assert.equal((await requests()).length, before, 'nobody was asked');
    const nothing = await fetch(`${proxy}/nothing`);
    assert.deepEqual([nothing.status, nothing.headers.get('content-type')], [404, 'application/json']);
    assert.equal((await fetch(`${proxy}/healthz`)).status, 200);
  });

  it('makes no call that could cost more than is left', async () => {
    const error = await refusal(ask({ body: { ...HELLO, max_tokens: 128_000 } }), 400);
    assert.equal(error.type, 'invalid_request_error');
    assert.match(error.message, /^\[vetka:budget\]/);
  });

  it('passes the troubles of the service on, and sets nothing aside for them', async () => {
    for (const status of [429, 529, 500, 401]) {
      // More often than calls may be under way at once.
      await faults({ status, retryAfter: 7, times: 20 });
      for (let number = 0; number < 20; number++) {
        const answer = await ask();
        assert.equal(answer.status, status);
        assert.equal(answer.headers.get('retry-after'), '7');
        const text = await answer.text();
        assert.ok(text.includes('"type":"error"') && !text.includes(KEY));
      }
    }
    assert.equal((await ask()).status, 200);
  });

  it('is paid for when it breaks off in the middle, and looks broken', async () => {
    await costs(async () => {
      await faults({ cutAfterEvents: 3 });
      const answer = await ask({ body: { ...HELLO, stream: true } });
      assert.equal(answer.status, 200);
      await assert.rejects(answer.text());
    });
  });

  it('is paid for when the sandbox hangs up', async () => {
    const cost = await costs(async () => {
      await faults({ pieceMs: 150 });
      const stop = new AbortController();
      const answer = await ask({ body: { ...HELLO, stream: true }, signal: stop.signal });
      await answer.body?.getReader().read();
      stop.abort();
    });
    assert.ok(cost > 0);
    assert.equal((await ask()).status, 200, 'what was set aside is free again');
  });
});

const remote = (repository = REPOSITORY, password = token): string =>
  `${proxy.replace('//', `//x-access-token:${password}@`)}/git/${repository}.git`;
const authorization = (): string => `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

async function tree(): Promise<WorkTree> {
  const tree = await WorkTree.clone(remote());
  await tree.git('checkout', '--quiet', session.branchName);
  return tree;
}

describe('the way to the forge', { skip }, () => {
  it("leads to the session's repository", async () => {
    const here = await tree();
    assert.match(here.read('site/index.html'), /<h1>/);
    const other = await here.try('ls-remote', remote('ann-ash/tide-tables'));
    assert.match(other.err, /only reach the repository of its own project/);
    const wrong = await here.try('ls-remote', remote(REPOSITORY, `${token}0`));
    assert.match(wrong.err, /token is missing or not valid/);
    const asked = await fetch(`${proxy}/git/${REPOSITORY}.git/info/refs?service=git-upload-pack`);
    assert.deepEqual([asked.status, asked.headers.get('www-authenticate')], [401, 'Basic realm="Vetka"']);
  });

  it("takes a push to the session's branch, small or large, and to no other", async () => {
    const here = await tree();
    await here.commit('A small change', { 'small.txt': 'hello' });
    await here.git('push', 'origin', `HEAD:${session.branchName}`);
    writeFileSync(join(here.folder, 'large.bin'), randomBytes(3 * 1024 * 1024));
    await here.commit('A large one', {});
    await here.git('push', 'origin', `HEAD:${session.branchName}`);
    assert.match(await here.git('ls-remote', 'origin', session.branchName), new RegExp(await here.git('rev-parse', 'HEAD')));

    const main = await here.git('ls-remote', 'origin', 'main');
    for (const [to, words] of [
      ['HEAD:main', /only push to its own branch/],
      ['HEAD:refs/tags/v1', /only push to its own branch/],
      [`:${session.branchName}`, /may not delete its branch/],
    ] as const) {
      const pushed = await here.try('push', '--force', 'origin', to);
      assert.notEqual(pushed.code, 0);
      assert.match(pushed.err, words);
    }
    assert.equal(await here.git('ls-remote', 'origin', 'main'), main);
  });

  it('takes no push that cannot be read, and none without end', async () => {
    const post = async (body: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
      await fetch(`${proxy}/git/${REPOSITORY}.git/git-receive-pack`, {
        method: 'POST', headers: { authorization: authorization(), 'content-type': 'application/x-git-receive-pack-request', ...headers }, body,
      });
    assert.equal((await post(gzipSync('0000'), { 'content-encoding': 'gzip' })).status, 415);
    const probe = await post('0000');
    assert.deepEqual([probe.status, await probe.text()], [200, '']);

    const here = await tree();
    writeFileSync(join(here.folder, 'huge.bin'), randomBytes(52 * 1024 * 1024));
    await here.commit('Far too large', {});
    const before = await here.git('ls-remote', 'origin', session.branchName);
    for (const postBuffer of ['1000000', '100000000']) {
      const pushed = await here.try('-c', `http.postBuffer=${postBuffer}`, 'push', 'origin', `HEAD:${session.branchName}`);
      assert.notEqual(pushed.code, 0);
      assert.match(pushed.err, /at most 50 MB|50 MB at most/, `with ${postBuffer} bytes at once`);
    }
    assert.equal(await here.git('ls-remote', 'origin', session.branchName), before);
  });

  it('passes the packed question of a long fetch on', async () => {
    const here = new WorkTree();
    await here.git('init', '--quiet');
    for (let number = 0; number < 40; number++) await here.commit(`Commit ${number}`, { 'a.txt': String(number) });
    await here.git('fetch', '--quiet', remote(), 'main');
  });
});

describe('after a session', { skip }, () => {
  it('both ways are closed', async () => {
    await answered(seat.person, 200, 'POST', `/api/v1/sessions/${session.id}/discard`, { confirm: 'discard' });
    await refusal(ask(), 401);
    assert.match((await new WorkTree().try('ls-remote', remote())).err, /not valid/);
  });
});
