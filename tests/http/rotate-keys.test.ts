/** `scripts/admin rotate-keys --local`: the key of a state folder is changed, and nobody who is signed in notices. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { root } from '../../scripts/stack/root.ts';
import { freePort, startStack, type Stack } from '../../scripts/stack/stack.ts';
import { Client } from './harness.ts';
import { SESSION_COOKIE, readToken, signToken } from './session-token.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'vetka-rotate-'));
const file = join(stateDir, 'secrets.json');
const secrets = (): Record<string, string> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
let port: number;
let stack: Stack | undefined;

/** The stack as somebody starts it again, on the state that is there. */
async function startAgain(): Promise<Stack> {
  await stack?.close();
  stack = await startStack({ port, stateDir });
  return stack;
}

before(async () => {
  port = await freePort();
});
after(async () => {
  await stack?.close();
  rmSync(stateDir, { recursive: true, force: true });
});

const rotate = (...args: string[]): { code: number | null; out: string; err: string } => {
  const run = spawnSync(join(root, 'scripts/admin'), ['rotate-keys', '--local', '--state', stateDir, ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' } });
  return { code: run.status, out: run.stdout, err: run.stderr };
};

it('changes the key of a local stack without signing anybody out, and ends it', async () => {
  const { addresses } = await startAgain();
  const ann = new Client(addresses.app);
  const email = 'ann@example.test';
  assert.equal((await ann.send('POST', '/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' })).status, 200);
  const mails = (await (await fetch(addresses.mail)).json()) as { text: string }[];
  assert.equal((await ann.send('POST', '/api/auth/sign-in/email-otp', { email, otp: /\b\d{6}\b/.exec(mails[0]?.text ?? '')?.[0] })).status, 200);
  const cookie = ann.cookies.get(SESSION_COOKIE) ?? '';
  const { SESSION_KEY: old = '', ...others } = secrets();
  const asks = async (token: string): Promise<number> => {
    const client = new Client(addresses.app);
    client.cookies.set(SESSION_COOKIE, token);
    const answer = await client.fetch('/api/account');
    await answer.arrayBuffer();
    return answer.status;
  };

  // Nothing without a yes, and nothing to end before it has begun.
  const unasked = rotate();
  assert.equal(unasked.code, 1);
  assert.match(unasked.err, /SESSION_KEY will be changed[\s\S]*has to be started again[\s\S]*Say --yes/);
  const early = rotate('--finish', '--yes');
  assert.deepEqual([early.code, early.err.split('\n').at(-2)], [1, 'There is no old key to drop.']);
  assert.equal(secrets()['SESSION_KEY'], old);

  const begun = rotate('--yes', '--json');
  assert.deepEqual([begun.code, begun.out], [0, '{"rotated":true,"finished":false}\n'], begun.err);
  const { SESSION_KEY: next = '', SESSION_KEY_PREVIOUS: previous, ...kept } = secrets();
  assert.ok(Buffer.from(next, 'base64').length === 32 && next !== old);
  assert.equal(previous, old);
  assert.deepEqual(kept, others, 'other secrets stay');
  assert.equal(statSync(file).mode & 0o077, 0);
  // A second change would drop a key by which people are signed in.
  const again = rotate('--yes');
  assert.equal(again.code, 1);
  assert.match(again.err, /The last change is not over/);
  assert.equal(secrets()['SESSION_KEY'], next);

  await startAgain();
  assert.equal(await asks(cookie), 200, 'what the old key has signed');
  assert.equal(await asks(signToken(readToken(cookie), next)), 200, 'what the new key signs');

  assert.equal(rotate('--finish', '--yes').out, 'The old key is dropped.\n');
  assert.deepEqual(secrets(), { ...others, SESSION_KEY: next });
  await startAgain();
  assert.equal(await asks(cookie), 401);
  assert.equal(await asks(signToken(readToken(cookie), next)), 200);

  const nowhere = spawnSync(join(root, 'scripts/admin'), ['rotate-keys', '--local', '--state', join(stateDir, 'none'), '--yes'], { encoding: 'utf8' });
  assert.equal(nowhere.status, 1);
  assert.match(nowhere.stderr, /none is no state folder of a local stack/);
});
