// The e2b emulator by hand: what the vendor's SDK hides. Frames, codes, headers, and what a client meets when a
// stream breaks, a port is closed or a sandbox is gone.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { allFrames, basic, bench, frames, skip, until, type Bench, type Made } from './e2b-harness.ts';

const START = 'process.Process/Start';
const sh = (line: string) => ({ cmd: '/bin/bash', args: ['-l', '-c', line] });

describe('the protocol', { skip }, () => {
  let on: Bench;
  let box: Made;
  let now = Date.parse('2026-01-01T00:00:00Z');
  before(async () => {
    on = await bench({ clock: () => now, limit: 3, keepEndedMs: 600 });
    box = await on.make({ timeout: 86_400, metadata: { kept: 'yes' } });
  });
  after(() => on.close());

  test('the control plane wants a key and answers errors in one shape', async () => {
    const bare = await fetch(`${on.emulator.url}/v2/sandboxes`);
    assert.equal(bare.status, 401);
    assert.equal(((await bare.json()) as { code: number }).code, 401);
    for (const [method, path, body, status] of [
      ['GET', '/sandboxes/inobody', undefined, 404],
      ['GET', '/no/such/path', undefined, 404],
      ['POST', '/v2/sandboxes', {}, 400],
      ['POST', '/v2/sandboxes', { templateID: 'base', timeout: 0 }, 400],
      ['POST', '/v2/sandboxes', { templateID: 'base', timeout: 25 * 3600 }, 400],
      ['POST', '/v2/sandboxes', { templateID: 'base', envVars: { A: 1 } }, 400],
      ['POST', '/v2/sandboxes', { templateID: 'nothing-of-this-name' }, 404],
      ['GET', '/v2/sandboxes?limit=101', undefined, 400],
      ['GET', '/v2/sandboxes?nextToken=nonsense', undefined, 400],
    ] as const) {
      const answer = await on.api(method, path, body);
      assert.equal(answer.status, status, `${method} ${path}`);
      const { code, message } = (await answer.json()) as { code: number; message: string };
      assert.equal(code, status);
      assert.ok(message.length > 5);
    }
    const broken = await fetch(`${on.emulator.url}/v2/sandboxes`, { method: 'POST', headers: { 'x-api-key': 'k' }, body: '{' });
    assert.equal(broken.status, 400);
  });

  test('timeouts are set and extended; connect never shortens; empty answers say that they are empty', async () => {
    const endOf = async () => Date.parse(((await (await on.api('GET', `/sandboxes/${box.sandboxID}`)).json()) as { endAt: string }).endAt) - now;
    const set = await on.api('POST', `/sandboxes/${box.sandboxID}/timeout`, { timeout: 100 });
    assert.deepEqual([set.status, await set.text()], [204, '']);
    assert.equal(await endOf(), 100_000);
    const connected = await on.api('POST', `/v2/sandboxes/${box.sandboxID}/connect`, { timeout: 50 });
    assert.equal(connected.status, 200);
    assert.equal(((await connected.json()) as Made).envdAccessToken, box.envdAccessToken);
    assert.equal(await endOf(), 100_000);
    await on.api('POST', `/sandboxes/${box.sandboxID}/refreshes`, { duration: 3600 });
    assert.equal(await endOf(), 3_600_000);
    assert.equal((await on.api('POST', `/sandboxes/${box.sandboxID}/refreshes`, { duration: 3601 })).status, 400);
    assert.equal((await on.api('POST', `/v2/sandboxes/${box.sandboxID}/connect`)).status, 200);
    assert.equal((await on.api('POST', `/sandboxes/${box.sandboxID}/connect`)).status, 400);
    await on.api('POST', `/sandboxes/${box.sandboxID}/timeout`, { timeout: 86_400 });
  });

  test('a stream is frames: start, output, end, and a last one that says so', async () => {
    const answer = await on.stream(box, START, { process: sh('echo out; echo err >&2; exit 4'), stdin: false });
    assert.equal(answer.headers.get('content-type'), 'application/connect+json');
    const heard = await allFrames(answer);
    assert.ok((heard[0]?.message.event?.start?.pid ?? 0) > 1);
    assert.deepEqual(heard.at(-2)?.message, { event: { end: { exitCode: 4, exited: true, status: 'exit status 4', error: 'exit status 4' } } });
    assert.deepEqual(heard.at(-1), { flags: 2, message: {} });
    assert.equal(heard.filter(({ flags }) => flags === 2).length, 1);
    const fine = await allFrames(await on.stream(box, START, { process: sh('true'), stdin: false }));
    assert.deepEqual(fine.at(-2)?.message, { event: { end: { exited: true, status: 'exit status 0' } } });
    const killed = await allFrames(await on.stream(box, START, { process: sh('kill -9 $$'), stdin: false }));
    assert.deepEqual(killed.at(-2)?.message, { event: { end: { exitCode: -1, status: 'signal: killed', error: 'signal: killed' } } });
  });

  test('errors: a status for a unary call, 200 and an end frame for a stream', async () => {
    const cases: [string, object, number, string][] = [
      ['process.Process/SendInput', { process: { pid: 999_999 }, input: { stdin: '' } }, 404, 'not_found'],
      ['process.Process/SendSignal', { process: { tag: 'none' }, signal: 'SIGNAL_SIGKILL' }, 404, 'not_found'],
      ['filesystem.Filesystem/Stat', { path: '/no/such' }, 404, 'not_found'],
      ['filesystem.Filesystem/MakeDir', { path: '/workspace' }, 409, 'already_exists'],
      ['filesystem.Filesystem/ListDir', { path: '/etc/passwd' }, 400, 'invalid_argument'],
      ['filesystem.Filesystem/Stat', { path: 7 }, 400, 'invalid_argument'],
      ['filesystem.Filesystem/Move', { source: '/no/such', destination: '/x' }, 404, 'not_found'],
      ['process.Process/Update', { process: { pid: 1 } }, 501, 'unimplemented'],
    ];
    for (const [method, message, status, code] of cases) {
      const answer = await on.unary(box, method, message);
      assert.equal(answer.status, status, method);
      assert.equal(((await answer.json()) as { code: string }).code, code);
    }
    const streamed: [object, Record<string, string>, string][] = [
      [{ process: { ...sh('true'), cwd: '/no/such' } }, {}, 'invalid_argument'],
      [{ process: {} }, {}, 'invalid_argument'],
      [{ process: sh('true') }, { authorization: basic('somebody') }, 'unauthenticated'],
      [{ process: sh('true') }, { 'connect-timeout-ms': 'soon' }, 'invalid_argument'],
      [{ process: sh('true'), pty: { size: { cols: 80, rows: 24 } } }, {}, 'unimplemented'],
    ];
    for (const [message, headers, code] of streamed) {
      const answer = await on.stream(box, START, message, headers);
      assert.equal(answer.status, 200);
      const [only, ...more] = await allFrames(answer);
      assert.deepEqual([only?.flags, only?.message.error?.code, more], [2, code, []]);
    }
    assert.equal((await on.to(box, `/${START}`, { method: 'POST', headers: { 'content-type': 'application/connect+json' }, body: 'x' })).status, 200);
    assert.equal((await on.to(box, `/${START}`, { method: 'POST', headers: { 'content-type': 'application/proto' }, body: 'x' })).status, 415);
  });

  test('envd wants the token everywhere but for health', async () => {
    const stranger = { ...box, envdAccessToken: 'wrong' };
    assert.equal((await on.to(stranger, '/health')).status, 204);
    for (const path of ['/metrics', '/envs', '/files?path=/etc/passwd', '/process.Process/List']) assert.equal((await on.to(stranger, path)).status, 401, path);
    assert.equal((await on.stream(stranger, START, { process: sh('true') })).status, 401);
    assert.equal((await on.to(box, '/init', { method: 'POST' })).status, 404);
    const measured = (await (await on.to(box, '/metrics')).json()) as { mem_total: number; disk_total: number };
    assert.ok(measured.mem_total > 0 && measured.disk_total > 0);
  });

  test('a dropped stream leaves the process alone; a new one hears what comes from then on', async () => {
    const dropping = new AbortController();
    const answer = await on.stream(box, START, { process: sh('echo first; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo second'), stdin: false, tag: 'kept' }, {}, dropping.signal);
    for await (const { message } of frames(answer)) if (message.event?.data) break;
    dropping.abort();
    const listed = (await (await on.unary(box, 'process.Process/List', {})).json()) as { processes: { pid: number; tag?: string }[] };
    assert.ok(listed.processes.some(({ tag }) => tag === 'kept'));
    const again = await on.stream(box, 'process.Process/Connect', { process: { tag: 'kept' } });
    const second = await on.stream(box, 'process.Process/Connect', { process: { tag: 'kept' } });
    await on.bash(box, 'touch /tmp/go');
    for (const listener of [again, second]) {
      const heard = await allFrames(listener);
      const output = heard.map(({ message }) => Buffer.from(message.event?.data?.stdout ?? '', 'base64').toString()).join('');
      assert.equal(output, 'second\n');
      assert.ok(heard[0]?.message.event?.start);
      assert.equal(heard.at(-1)?.flags, 2);
    }
    // Its end is known for a while longer, and then not.
    const late = await allFrames(await on.stream(box, 'process.Process/Connect', { process: { tag: 'kept' } }));
    assert.deepEqual(late.map(({ message }) => Object.keys(message.event ?? {})[0]), ['start', 'end', undefined]);
    await sleep(900);
    const gone = await allFrames(await on.stream(box, 'process.Process/Connect', { process: { tag: 'kept' } }));
    assert.equal(gone[0]?.message.error?.code, 'not_found');
  });

  test('a stream that is cut has no last frame, and the sandbox lives on', async () => {
    const answer = await on.stream(box, START, { process: sh('sleep 1000'), stdin: false, tag: 'cut' });
    const reading = (async () => {
      const heard = [];
      try {
        for await (const frame of frames(answer)) heard.push(frame.flags);
      } catch {
        return { heard, broke: true };
      }
      return { heard, broke: false };
    })();
    const door = await fetch(`${on.emulator.url}/_emulator/sandboxes/${box.sandboxID}/cut`, { method: 'POST' });
    assert.ok(((await door.json()) as { cut: number }).cut >= 1);
    const { heard, broke } = await reading;
    assert.ok(broke && !heard.includes(2));
    assert.equal((await on.to(box, '/health')).status, 204);
    assert.equal((await on.unary(box, 'process.Process/SendSignal', { process: { tag: 'cut' }, signal: 'SIGNAL_SIGTERM' })).status, 200);
    const end = await allFrames(await on.stream(box, 'process.Process/Connect', { process: { tag: 'cut' } }));
    assert.equal(end.at(-2)?.message.event?.end?.status, 'signal: terminated');
  });

  test('the lifetime of a process is kept to, and a quiet stream says that it is alive', async () => {
    const heard = await allFrames(await on.stream(box, START, { process: sh('sleep 1000'), stdin: false, tag: 'short' }, { 'connect-timeout-ms': '1500', 'keepalive-ping-interval': '1' }));
    assert.ok(heard.some(({ message }) => message.event?.keepalive));
    assert.equal(heard.at(-1)?.message.error?.code, 'deadline_exceeded');
    const after = await allFrames(await on.stream(box, 'process.Process/Connect', { process: { tag: 'short' } }));
    assert.equal(after.at(-2)?.message.event?.end?.status, 'signal: killed');
  });

  test('input is open unless it is refused, and output may be opened by its name', async () => {
    const fed = on.stream(box, START, { process: sh('cat; echo over'), tag: 'fed' });
    await until('the process', async () => ((await (await on.unary(box, 'process.Process/List', {})).json()) as { processes: { tag?: string }[] }).processes.some(({ tag }) => tag === 'fed'));
    await on.unary(box, 'process.Process/SendInput', { process: { tag: 'fed' }, input: { stdin: Buffer.from('hello ').toString('base64') } });
    await on.unary(box, 'process.Process/CloseStdin', { process: { tag: 'fed' } });
    const output = (await allFrames(await fed)).map(({ message }) => Buffer.from(message.event?.data?.stdout ?? '', 'base64').toString()).join('');
    assert.equal(output, 'hello over\n');
    assert.equal((await on.bash(box, 'cat; echo none')).stdout, 'none\n');
    assert.deepEqual(await on.bash(box, 'echo a > /dev/stdout; echo b > /dev/stderr; cat /dev/stdin'), { stdout: 'a\n', stderr: 'b\n', exitCode: 0 });
  });

  test('much output arrives whole, in pieces of 32 KiB at most, through a slow reader too', async () => {
    const answer = await on.stream(box, START, { process: sh('seq 1 400000; echo done > /tmp/all-said'), stdin: false });
    const hash = createHash('sha256');
    let largest = 0;
    let count = 0;
    for await (const { message } of frames(answer)) {
      const chunk = Buffer.from(message.event?.data?.stdout ?? '', 'base64');
      largest = Math.max(largest, chunk.length);
      hash.update(chunk);
      count += 1;
      if (count === 3) await sleep(300);
    }
    assert.ok(largest <= 32 * 1024);
    const whole = Array.from({ length: 400_000 }, (_, index) => `${index + 1}\n`).join('');
    assert.equal(hash.digest('hex'), createHash('sha256').update(whole).digest('hex'));
  });

  test('the end does not wait for what a command leaves running', async () => {
    const before = Date.now();
    const { stdout, exitCode } = await on.bash(box, 'sleep 30 & echo started');
    assert.deepEqual([stdout, exitCode], ['started\n', 0]);
    const chatty = await on.bash(box, '(while :; do echo tick; sleep 0.05; done) & echo started');
    assert.equal(chatty.exitCode, 0);
    assert.ok(Date.now() - before < 8000);
  });

  test('files: ranges, conditions, folders, packed and unpacked, several at once', async () => {
    const put = await on.to(box, '/files?path=/workspace/r.txt', { method: 'POST', headers: { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip', 'x-metadata-kind': 'note' }, body: new Uint8Array(gzipSync('0123456789')) });
    assert.deepEqual(await put.json(), [{ path: '/workspace/r.txt', name: 'r.txt', type: 'file', metadata: { kind: 'note' } }]);
    const get = (headers: Record<string, string> = {}, path = '/workspace/r.txt') => on.to(box, `/files?path=${encodeURIComponent(path)}`, { headers: { 'accept-encoding': 'identity', ...headers } });
    for (const [range, status, text] of [['bytes=2-4', 206, '234'], ['bytes=7-', 206, '789'], ['bytes=-2', 206, '89'], ['bytes=5-99', 206, '56789'], ['bytes=0-0', 206, '0']] as const) {
      const answer = await get({ range });
      assert.deepEqual([answer.status, await answer.text()], [status, text]);
    }
    assert.equal((await get({ range: 'bytes=10-' })).status, 416);
    const whole = await get();
    assert.deepEqual([whole.headers.get('content-length'), whole.headers.get('content-encoding'), await whole.text()], ['10', null, '0123456789']);
    const packed = await get({ 'accept-encoding': 'gzip' });
    assert.deepEqual([packed.headers.get('content-encoding'), await packed.text()], ['gzip', '0123456789']);
    assert.equal((await get({ 'if-modified-since': whole.headers.get('last-modified') ?? '' })).status, 304);
    assert.equal((await get({}, '/workspace')).status, 400);
    assert.equal((await get({}, '/no/such')).status, 404);
    assert.equal((await on.to(box, '/files?path=/x&username=somebody')).status, 401);
    assert.equal((await on.to(box, '/files?path=/workspace', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: 'x' })).status, 400);
    assert.equal((await on.to(box, '/files', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: 'x' })).status, 400);

    const form = new FormData();
    form.append('file', new Blob(['one']), '/workspace/many/one.txt');
    form.append('file', new Blob(['two']), 'two.txt');
    form.append('other', 'ignored');
    const many = (await (await on.to(box, '/files', { method: 'POST', body: form })).json()) as { path: string }[];
    assert.deepEqual(many.map(({ path }) => path), ['/workspace/many/one.txt', '/home/user/two.txt']);
    form.append('file', new Blob(['three']), 'two.txt');
    assert.equal((await on.to(box, '/files', { method: 'POST', body: form })).status, 400);
    const joined = await on.to(box, '/files/compose', { method: 'POST', body: JSON.stringify({ source_paths: ['/workspace/many/one.txt', 'two.txt'], destination: '/workspace/joined.txt' }) });
    assert.equal(joined.status, 200);
    assert.equal(await (await get({}, '/workspace/joined.txt')).text(), 'onetwo');
    assert.equal((await get({}, '/home/user/two.txt')).status, 404);
  });

  test('changes in a folder can be asked for', async () => {
    await on.bash(box, 'mkdir -p /workspace/polled');
    const { watcherId } = (await (await on.unary(box, 'filesystem.Filesystem/CreateWatcher', { path: '/workspace/polled' })).json()) as { watcherId: string };
    await on.bash(box, 'echo x > /workspace/polled/new');
    const seen: string[] = [];
    await until('the create', async () => {
      const { events = [] } = (await (await on.unary(box, 'filesystem.Filesystem/GetWatcherEvents', { watcherId })).json()) as { events?: { type: string; name: string }[] };
      seen.push(...events.map(({ type, name }) => `${type} ${name}`));
      return seen.includes('EVENT_TYPE_CREATE new');
    });
    assert.equal((await on.unary(box, 'filesystem.Filesystem/RemoveWatcher', { watcherId })).status, 200);
    assert.equal((await on.unary(box, 'filesystem.Filesystem/GetWatcherEvents', { watcherId })).status, 404);
  });

  test('what is not there is 502, and says which of the two is missing', async () => {
    const closed = await on.to(box, '/', { port: 3999 });
    assert.equal(closed.status, 502);
    assert.deepEqual(await closed.json(), { sandboxId: box.sandboxID, message: 'The sandbox is running but port is not open', port: 3999, code: 502 });
    const gone = await on.to({ ...box, sandboxID: 'inobodyofthisname000' }, '/health');
    assert.equal(gone.status, 502);
    assert.deepEqual(await gone.json(), { sandboxId: 'inobodyofthisname000', message: 'The sandbox was not found', code: 502 });
    const half = await fetch(`${on.emulator.url}/health`, { headers: { 'e2b-sandbox-id': box.sandboxID } });
    assert.equal(half.status, 400);
  });

  test('time ends a sandbox, or pauses it when that was asked for, and traffic wakes it when that was too', async () => {
    const short = await on.make({ timeout: 30 });
    const sleeper = await on.make({ timeout: 30, autoPause: true, autoResume: { enabled: true } });
    now += 31_000;
    await until('its end', async () => (await on.to(short, '/health')).status === 502);
    await until('the pause', async () => ((await (await on.api('GET', `/sandboxes/${sleeper.sandboxID}`)).json()) as { state: string }).state === 'paused');
    assert.equal((await on.api('GET', `/sandboxes/${short.sandboxID}`)).status, 404);
    assert.equal((await on.to(sleeper, '/health')).status, 204);
    assert.equal((await on.api('POST', `/sandboxes/${sleeper.sandboxID}/resume`, {})).status, 409);
    assert.equal((await on.api('POST', `/sandboxes/${sleeper.sandboxID}/pause`)).status, 204);
    assert.equal((await on.api('POST', `/sandboxes/${sleeper.sandboxID}/pause`)).status, 409);
    assert.equal((await on.api('POST', `/v2/sandboxes/${sleeper.sandboxID}/connect`, { timeout: 60 })).status, 201);
    assert.equal((await on.api('DELETE', `/sandboxes/${sleeper.sandboxID}`)).status, 204);
    assert.equal((await on.api('DELETE', `/sandboxes/${sleeper.sandboxID}`)).status, 404);
  });

  test('no more than so many sandboxes run at once', async () => {
    const made = await Promise.all([on.make(), on.make()]);
    const refused = await on.api('POST', '/v2/sandboxes', { templateID: 'base' });
    assert.equal(refused.status, 429);
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    assert.match(((await refused.json()) as { message: string }).message, /maximum number of concurrent/);
    await Promise.all(made.map(({ sandboxID }) => on.api('DELETE', `/sandboxes/${sandboxID}`)));
  });

  test('a sandbox that dies is gone for everyone, and its open stream breaks', async () => {
    const doomed = await on.make();
    const answer = await on.stream(doomed, START, { process: sh('sleep 1000'), stdin: false });
    const reading = allFrames(answer);
    await fetch(`${on.emulator.url}/_emulator/sandboxes/${doomed.sandboxID}/die`, { method: 'POST' });
    await assert.rejects(reading);
    assert.equal((await on.to(doomed, '/health')).status, 502);
    assert.equal((await on.api('GET', `/sandboxes/${doomed.sandboxID}`)).status, 404);
  });

  test('an unsecured sandbox needs no token, and one closed to the public needs its own', async () => {
    const open = (await (await on.api('POST', '/sandboxes', { templateID: 'base' })).json()) as Made;
    assert.equal(open.envdAccessToken, undefined);
    assert.equal((await on.to({ ...open, envdAccessToken: '' }, '/envs')).status, 200);
    const closed = await on.make({ network: { allowPublicTraffic: false } });
    assert.ok(closed.trafficAccessToken);
    assert.equal((await on.to(closed, '/', { port: 3000 })).status, 403);
    assert.equal((await on.to(closed, '/', { port: 3000, headers: { 'e2b-traffic-access-token': closed.trafficAccessToken } })).status, 502);
    await Promise.all([open, closed].map(({ sandboxID }) => on.api('DELETE', `/sandboxes/${sandboxID}`)));
  });

  test('there is a page for a developer', async () => {
    const page = await fetch(on.emulator.url);
    assert.equal(page.status, 200);
    const text = await page.text();
    assert.ok(text.includes(box.sandboxID) && text.includes('kept=yes'));
  });
});
