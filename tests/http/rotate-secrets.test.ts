/** `scripts/admin rotate-secrets --local`: the key of a state folder is changed, and what it has sealed opens afterwards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { D1Database } from '@cloudflare/workers-types';
import { after, before, it } from 'node:test';
import { root } from '../../scripts/stack/root.ts';
import { freePort, scriptName, startStack, type Stack } from '../../scripts/stack/stack.ts';
import { Client } from './harness.ts';
import { type Sealed, newKey, open, seal } from './seal-kit.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'vetka-rotate-'));
const file = join(stateDir, 'secrets.json');
const secrets = (): Record<string, string> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const KEY = 'sk-ant-api03-hush-hush-aaaaaaaaaaaa';
let model: Server;
let port: number;
let stack: Stack | undefined;

/** The stack as somebody starts it again, on the state that is there. */
async function startAgain(): Promise<Stack> {
  await stack?.close();
  stack = await startStack({ port, stateDir, settings: { MODEL_API_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}` } });
  return stack;
}

before(async () => {
  model = createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}'));
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  port = await freePort();
});
after(async () => {
  await stack?.close();
  model.closeAllConnections();
  model.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** Not `spawnSync`: the stack that is asked runs in this process. */
async function rotate(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const url = ['--url', stack?.addresses.app ?? ''];
  const run = spawn(join(root, 'scripts/admin'), ['rotate-secrets', '--local', '--state', stateDir, ...url, ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' } });
  let [out, err] = ['', ''];
  run.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  run.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => run.on('close', resolve));
  return { code, out, err };
}

it('changes the key of a local stack, seals again, and drops the old one when nothing is left of it', async () => {
  const { addresses } = await startAgain();
  const ann = new Client(addresses.app);
  const email = 'ann@example.test';
  assert.equal((await ann.send('POST', '/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' })).status, 200);
  const mails = (await (await fetch(addresses.mail)).json()) as { text: string }[];
  assert.equal((await ann.send('POST', '/api/auth/sign-in/email-otp', { email, otp: /\b\d{6}\b/.exec(mails[0]?.text ?? '')?.[0] })).status, 200);
  assert.equal((await ann.send('PUT', '/api/v1/users/api-key', { apiKey: KEY })).status, 200);
  const kept = async (): Promise<Sealed & { user_id: string }> => {
    const db = (await stack?.miniflare().getD1Database('DB', scriptName('api'))) as unknown as D1Database;
    const row = await db.prepare('SELECT * FROM user_secret').first<Sealed & { user_id: string }>();
    assert.ok(row);
    return row;
  };
  const { SECRETS_KEY: old = '', ...others } = secrets();
  const name = `user_secret/${(await kept()).user_id}/anthropic_api_key`;
  assert.equal(open(old, name, await kept()), KEY);

  // Nothing without a yes, and nothing to end before it has begun.
  const unasked = await rotate();
  assert.equal(unasked.code, 1);
  assert.match(unasked.err, /SECRETS_KEY will be changed[\s\S]*has to be started again[\s\S]*Say --yes/);
  const early = await rotate('--finish', '--yes');
  assert.deepEqual([early.code, early.err.split('\n').at(-2)], [1, 'There is no old key to drop.']);
  assert.equal(secrets()['SECRETS_KEY'], old);

  const begun = await rotate('--yes', '--json');
  assert.deepEqual([begun.code, begun.out], [0, '{"rotated":true,"finished":false,"resealed":0,"left":0,"unreadable":0,"lost":0}\n'], begun.err);
  const { SECRETS_KEY: next = '', SECRETS_KEY_PREVIOUS: previous, ...rest } = secrets();
  assert.match(next, /^2:[\w+/]{43}=$/);
  assert.equal(previous, old);
  assert.deepEqual(rest, others, 'other secrets stay');
  assert.equal(statSync(file).mode & 0o077, 0);
  const again = await rotate('--yes');
  assert.equal(again.code, 1);
  assert.match(again.err, /The last change is not over[\s\S]*rotate-secrets --finish/);

  // A stack that was not started again knows nothing of the new key, and nothing is dropped.
  const tooEarly = await rotate('--finish', '--yes');
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.err, /still sealed with key 1 and not with 2/);
  assert.equal(secrets()['SECRETS_KEY_PREVIOUS'], old);

  await startAgain();
  // Something that does not open with the old key: then the old key stays.
  const good = await kept();
  const db = (await stack?.miniflare().getD1Database('DB', scriptName('api'))) as unknown as D1Database;
  const put = async ({ key_version, iv, ciphertext }: Sealed): Promise<void> => void (await db.prepare('UPDATE user_secret SET key_version = ?1, iv = ?2, ciphertext = ?3').bind(key_version, iv, ciphertext).run());
  await put(seal(newKey(1), name, KEY));
  const refused = await rotate('--finish', '--yes');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /The old key stays: 1 secrets are still sealed with it; 1 do not open with it/);
  assert.equal(secrets()['SECRETS_KEY_PREVIOUS'], old);
  await put(good);

  // Where the door asks for patience it is waited, and not given up.
  const knock = async (): Promise<number> => (await ann.fetch('/api/admin/reports', { headers: { 'cf-connecting-ip': '' } })).status;
  for (let knocks = 0; knocks < 60 && (await knock()) !== 429; knocks += 1);
  const done = await rotate('--finish', '--yes');
  assert.deepEqual([done.code, done.out], [0, 'The old key is dropped.\n'], done.err);
  assert.match(done.err, /1 sealed again, 0 left/);
  assert.deepEqual(secrets(), { ...others, SECRETS_KEY: next });
  assert.equal(open(next, name, await kept()), KEY);
  for (const { out, err } of [begun, again, tooEarly, refused, done]) for (const secret of [old, next, KEY]) assert.ok(!`${out}${err}`.includes(secret));
  await startAgain();
  assert.deepEqual(await ann.json('/api/v1/users/api-key/status'), { isSet: true });
});
