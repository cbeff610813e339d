// The e2b emulator held to the vendor's own client: everything here goes through the official SDK.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CommandExitError, FileNotFoundError, FileType, RateLimitError, Sandbox, SandboxNotFoundError, TimeoutError, type CommandHandle } from 'e2b';
import { bench, KEY, skip, until, type Bench } from './e2b-harness.ts';

describe('the vendor’s SDK', { skip }, () => {
  let on: Bench;
  let sandbox: Sandbox;
  before(async () => {
    on = await bench();
    sandbox = await Sandbox.create({ ...on.sdk, envs: { FROM_SANDBOX: 'one', BOTH: 'sandbox' }, metadata: { project: 'a b&c', kind: 'first' } });
  });
  after(() => on.close());

  test('runs a command to its end and hears its output and its exit', async () => {
    const heard: string[] = [];
    const done = await sandbox.commands.run('echo out; echo err >&2; printf "%s %s" "$FROM_SANDBOX" "$BOTH"', {
      envs: { BOTH: 'request' },
      onStdout: (text) => void heard.push(text),
    });
    assert.deepEqual([done.exitCode, done.stdout, done.stderr], [0, 'out\none request', 'err\n']);
    assert.equal(heard.join(''), done.stdout);
    await assert.rejects(sandbox.commands.run('echo no >&2; exit 4'), (error: unknown) => {
      assert.ok(error instanceof CommandExitError);
      assert.deepEqual([error.exitCode, error.stderr], [4, 'no\n']);
      return true;
    });
    await assert.rejects(sandbox.commands.run('no-such-command'), (error: unknown) => error instanceof CommandExitError && error.exitCode === 127);
  });

  test('keeps a command in the background: listed, fed, connected to again and killed', async () => {
    const first = await sandbox.commands.run('while read line; do echo "got $line"; done; echo bye', { background: true, stdin: true });
    assert.ok((await sandbox.commands.list()).some(({ pid, cmd }) => pid === first.pid && cmd === '/bin/bash'));
    await first.disconnect();

    let heard = '';
    const again: CommandHandle = await sandbox.commands.connect(first.pid, { onStdout: (text) => void (heard += text) });
    await sandbox.commands.sendStdin(first.pid, 'häppy\n');
    await until('the echo of what was sent', () => heard.includes('got häppy'));
    await sandbox.commands.closeStdin(first.pid);
    assert.equal((await again.wait()).exitCode, 0);
    assert.match(heard, /bye\n$/);

    const long = await sandbox.commands.run('sleep 1000', { background: true });
    assert.equal(await sandbox.commands.kill(long.pid), true);
    await assert.rejects(long.wait(), (error: unknown) => error instanceof CommandExitError && error.exitCode === -1);
    assert.equal(await sandbox.commands.kill(long.pid), false);
  });

  test('a command that takes longer than it may is ended', async () => {
    const before = Date.now();
    await assert.rejects(sandbox.commands.run('sleep 1000', { timeoutMs: 300 }), TimeoutError);
    assert.ok(Date.now() - before < 5000);
    await until('its end', async () => !(await sandbox.commands.list()).some(({ args }) => args.includes('sleep 1000')));
  });

  test('writes, reads, lists, moves and removes files of any kind', async () => {
    const bytes = new Uint8Array(300_000).map((_, index) => index % 251);
    await sandbox.files.write('/workspace/deep/er/data.bin', bytes.buffer);
    assert.deepEqual(Buffer.from(await sandbox.files.read('/workspace/deep/er/data.bin', { format: 'bytes' })), Buffer.from(bytes));
    await sandbox.files.write([
      { path: 'relative.txt', data: 'at home' },
      { path: '/workspace/ünïcode name.txt', data: 'ok' },
    ]);
    assert.equal(await sandbox.files.read('/home/user/relative.txt'), 'at home');
    assert.equal(await sandbox.files.read('/workspace/ünïcode name.txt', { gzip: true }), 'ok');
    assert.equal(await sandbox.files.write('/workspace/zipped.txt', 'packed '.repeat(1000), { gzip: true }).then(({ path }) => path), '/workspace/zipped.txt');
    assert.equal((await sandbox.files.read('/workspace/zipped.txt')).length, 7000);
    assert.equal(await sandbox.files.read('/workspace/ünïcode name.txt'), 'ok');

    await sandbox.commands.run('ln -s zipped.txt link; chmod 600 zipped.txt', { cwd: '/workspace' });
    const entries = await sandbox.files.list('/workspace', { depth: 2 });
    const names = entries.map(({ path }) => path).sort();
    assert.ok(names.includes('/workspace/deep/er') && !names.includes('/workspace/deep/er/data.bin'));
    const zipped = await sandbox.files.getInfo('/workspace/zipped.txt');
    assert.deepEqual([zipped.type, zipped.size, zipped.permissions, zipped.owner], [FileType.FILE, 7000, '-rw-------', 'user']);
    assert.equal((await sandbox.files.getInfo('/workspace/link')).symlinkTarget, '/workspace/zipped.txt');

    assert.equal(await sandbox.files.makeDir('/workspace/new/folder'), true);
    assert.equal(await sandbox.files.makeDir('/workspace/new/folder'), false);
    await sandbox.files.rename('/workspace/zipped.txt', '/workspace/new/moved.txt');
    assert.equal(await sandbox.files.exists('/workspace/zipped.txt'), false);
    assert.equal(await sandbox.files.exists('/workspace/new/moved.txt'), true);
    await sandbox.files.remove('/workspace/new');
    assert.equal(await sandbox.files.exists('/workspace/new'), false);
    await assert.rejects(sandbox.files.read('/workspace/new/moved.txt'), FileNotFoundError);
    await assert.rejects(sandbox.files.list('/workspace/new'), FileNotFoundError);
  });

  test('hears what changes in a folder', async () => {
    await sandbox.files.makeDir('/workspace/watched');
    const events: string[] = [];
    const watch = await sandbox.files.watchDir('/workspace/watched', ({ type, name }) => void events.push(`${type} ${name}`), { recursive: true });
    await sandbox.files.write('/workspace/watched/a.txt', 'a');
    await until('a create', () => events.includes('create a.txt'));
    await sandbox.files.remove('/workspace/watched/a.txt');
    await until('a remove', () => events.includes('remove a.txt'));
    await watch.stop();
  });

  test('signed addresses let a file in and out without the token', async () => {
    const up = await sandbox.uploadUrl('/workspace/signed.txt', { useSignatureExpiration: 60 });
    const form = new FormData();
    form.append('file', new Blob(['by address']), 'signed.txt');
    assert.equal((await fetch(up, { method: 'POST', body: form })).status, 200);
    const down = await sandbox.downloadUrl('/workspace/signed.txt');
    assert.equal(await (await fetch(down)).text(), 'by address');
    assert.equal((await fetch(down.replace('signed.txt', 'other.txt'))).status, 400);
  });

  test('lists sandboxes by what they are, page by page', async () => {
    const second = await Sandbox.create({ ...on.sdk, metadata: { kind: 'second' } });
    const ask = async (query: { metadata?: Record<string, string>; state?: ('running' | 'paused')[] }, limit = 100) => {
      const pages = Sandbox.list({ ...on.sdk, query, limit });
      const found: string[] = [];
      while (pages.hasNext) found.push(...(await pages.nextItems()).map(({ sandboxId }) => sandboxId));
      return found;
    };
    assert.deepEqual(await ask({ metadata: { project: 'a b&c' } }), [sandbox.sandboxId]);
    assert.deepEqual((await ask({}, 1)).sort(), [sandbox.sandboxId, second.sandboxId].sort());
    assert.deepEqual(await ask({ state: ['paused'] }), []);
    await second.pause();
    assert.deepEqual(await ask({ state: ['paused'] }), [second.sandboxId]);
    await second.kill();
  });

  test('pauses a sandbox with all that runs in it and brings it back', async () => {
    const paused = await Sandbox.create(on.sdk);
    const counter = await paused.commands.run('for i in $(seq 1 1000); do echo $i > /tmp/count; sleep 0.02; done', { background: true });
    await until('the first count', () => paused.files.exists('/tmp/count'));
    await counter.disconnect();
    assert.equal(await paused.pause(), true);
    assert.equal(await paused.pause(), false);
    assert.equal(await paused.isRunning(), false);
    await assert.rejects(paused.commands.run('true'), SandboxNotFoundError);
    assert.equal((await Sandbox.getInfo(paused.sandboxId, on.sdk)).state, 'paused');

    const back = await Sandbox.connect(paused.sandboxId, on.sdk);
    const before = Number(await back.files.read('/tmp/count'));
    await until('the count to go on', async () => Number(await back.files.read('/tmp/count')) > before);
    assert.ok((await back.commands.list()).some(({ pid }) => pid === counter.pid));
    await back.kill();
  });

  test('says when a sandbox ends, moves that end and ends it', async () => {
    const short = await Sandbox.create({ ...on.sdk, timeoutMs: 60_000 });
    const left = async () => ((await short.getInfo()).endAt.getTime() - Date.now()) / 1000;
    assert.ok(Math.abs((await left()) - 60) < 5);
    await short.setTimeout(600_000);
    assert.ok(Math.abs((await left()) - 600) < 5);
    assert.equal((await short.getMetrics()).length, 1);
    assert.equal(await short.kill(), true);
    assert.equal(await short.kill(), false);
    assert.equal(await short.isRunning(), false);
    await assert.rejects(Sandbox.connect(short.sandboxId, on.sdk), SandboxNotFoundError);
  });

  test('a fault asked for reaches the SDK as the vendor’s own error, and a retry gets past it', async () => {
    const fault = (body: object) => fetch(`${on.emulator.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ requests: [body] }) });
    await fault({ endpoint: 'sandboxes.create', status: 429 });
    await assert.rejects(Sandbox.create(on.sdk), RateLimitError);
    await fault({ endpoint: 'sandboxes.create', status: 429, retryAfter: 1 });
    const made = await Sandbox.create({ ...on.sdk, apiKey: KEY });
    assert.equal((await made.commands.run('echo here')).stdout, 'here\n');
    await made.kill();
    assert.equal((await fault({ endpoint: 'sandboxes.create', statsu: 429 })).status, 400);
  });
});
