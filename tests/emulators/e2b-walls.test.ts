// What a sandbox of the e2b emulator sees and reaches, and what it does not: files, environment, other
// sandboxes, this machine's network. And that nothing of it is left when it is over.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bench, skip, until, type Bench, type Made } from './e2b-harness.ts';
import { temporaryFolder } from './harness.ts';

/** A web app that says who it is, streams and speaks after an upgrade. */
const APP = `
const { createServer } = require('node:http');
const server = createServer((request, response) => {
  if (request.url === '/big') return response.end(Buffer.alloc(20_000_000, 'x'));
  if (request.url === '/stream') { response.write('first'); return setTimeout(() => response.end('second'), 300); }
  if (request.url === '/cut') { response.writeHead(200, { 'content-length': 100 }); response.write('some'); return setTimeout(() => response.destroy(), 50); }
  if (request.url === '/headers') return response.end(JSON.stringify(request.headers));
  let size = 0;
  request.on('data', (chunk) => (size += chunk.length)).on('end', () => response.end(process.env.WHO + ' ' + request.method + ' ' + request.url + ' ' + size));
});
server.on('upgrade', (request, socket, head) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: echo\\r\\nconnection: upgrade\\r\\n\\r\\n');
  socket.on('data', (chunk) => socket.write('echo ' + chunk));
  socket.on('end', () => socket.end());
});
server.listen(3000, process.env.HOST || '127.0.0.1');
`;

/** Processes of this machine whose command line holds `mark`. */
function running(mark: string): number {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  }).length;
}

async function listenOn(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the walls', { skip }, () => {
  let on: Bench;
  let one: Made;
  let two: Made;
  const allowed = createServer((call, response) => {
    let body = '';
    call.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => response.end(`host says ${body} to ${call.headers.host ?? ''}`));
  });
  const forbidden = createServer((_, response) => response.end('secret'));
  let open = 0;
  let closed = 0;
  const shared = temporaryFolder();

  before(async () => {
    [open, closed] = [await listenOn(allowed), await listenOn(forbidden)];
    mkdirSync(join(shared, 'tools'));
    writeFileSync(join(shared, 'tools/tool.js'), 'console.log("a tool of this machine")');
    process.env['VETKA_TEST_SECRET'] = 'not for a sandbox';
    on = await bench({ reachable: () => [open], share: { '/opt/tools': join(shared, 'tools') } });
    [one, two] = await Promise.all([on.make({ envVars: { WHO: 'one' } }), on.make({ envVars: { WHO: 'two', HOST: '::1' } })]);
  });
  after(async () => {
    await on.close();
    allowed.close();
    forbidden.close();
  });

  test('the environment is built from nothing', async () => {
    const { stdout } = await on.bash(one, 'env', { envs: { ASKED: 'yes' } });
    const names = stdout.trim().split('\n').map((line) => line.split('=')[0]).sort();
    assert.deepEqual(names, ['ASKED', 'E2B_SANDBOX', 'E2B_SANDBOX_ID', 'E2B_TEMPLATE_ID', 'HOME', 'LOGNAME', 'PATH', 'PWD', 'SHLVL', 'USER', 'WHO', '_']);
    assert.match(stdout, /^HOME=\/home\/user$/m);
    const asRoot = await on.bash(one, 'echo $USER $HOME; pwd; whoami', { user: 'root' });
    assert.equal(asRoot.stdout, 'root /root\n/root\nuser\n');
    const everyone = await on.bash(one, 'cat /proc/[0-9]*/environ | tr "\\0" "\\n" | grep -c VETKA_TEST_SECRET');
    assert.equal(everyone.stdout, '0\n');
  });

  test('files of this machine and of another sandbox are not there, and its programs cannot be changed', async () => {
    await on.bash(two, 'echo of two > /workspace/two.txt; echo of two > /tmp/two.txt');
    const seen = await on.bash(one, `ls -A /workspace /tmp /home /root; ls ${process.cwd()} ${shared} /etc/shadow 2>&1 | grep -c 'No such file'`);
    assert.ok(!seen.stdout.includes('two.txt'));
    assert.ok(seen.stdout.endsWith('3\n'), seen.stdout);
    for (const line of ['echo x > /usr/bin/ls', 'echo x > /usr/x', 'echo x > /usr/local/bin/node', 'rm /opt/tools/tool.js', 'echo x > /opt/tools/x', 'echo x > /run/e2b/code/main.ts', 'echo 1 > /proc/sys/kernel/panic', 'mount -t tmpfs tmpfs /usr', 'mknod /tmp/disk b 8 0', 'mount -o remount,rw /usr', 'umount /usr']) {
      assert.notEqual((await on.bash(one, line)).exitCode, 0, line);
    }
    assert.equal((await on.bash(one, 'node /opt/tools/tool.js')).stdout, 'a tool of this machine\n');
    // What a link points to is looked for in the sandbox, by its own files service too.
    await on.bash(one, `ln -s ${shared}/tools/tool.js /workspace/out; ln -s / /workspace/root`);
    assert.equal((await on.to(one, '/files?path=/workspace/out')).status, 404);
    assert.equal((await on.to(one, '/files?path=/workspace/root/etc/shadow')).status, 404);
    assert.equal(existsSync(join(shared, 'tools/tool.js')), true);
  });

  test('only its own processes are there', async () => {
    const { stdout } = await on.bash(one, 'ps -A -o args=; hostname');
    const lines = stdout.trim().split('\n');
    assert.equal(lines.pop(), 'e2b.local');
    assert.equal(lines.filter((line) => line.includes('main.ts')).length, 2, 'the first process and its own envd');
    assert.ok(lines.length < 10, stdout);
    assert.ok(running('e2b/envd') >= 4, 'while out here there are those of both');
  });

  test('it reaches the ports that it may reach, under their own numbers, and no other address', async () => {
    const reached = await on.bash(one, `curl -s --max-time 5 -d hello http://127.0.0.1:${open}/`);
    assert.equal(reached.stdout, `host says hello to 127.0.0.1:${open}`);
    const big = await on.bash(one, `head -c 5000000 /dev/zero | tr '\\0' x | curl -s --max-time 20 --data-binary @- http://127.0.0.1:${open}/ | wc -c`);
    assert.equal(Number(big.stdout), 5_000_000 + `host says  to 127.0.0.1:${open}`.length);
    for (const address of [`http://127.0.0.1:${closed}/`, on.emulator.url, 'http://1.1.1.1/', 'http://[::1]:1/', 'http://example.com/']) {
      const { exitCode, stdout } = await on.bash(one, `curl -s --max-time 5 ${address}`);
      assert.notEqual(exitCode, 0, address);
      assert.equal(stdout, '', address);
    }
    assert.equal((await on.bash(one, 'ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "')).stdout.trim(), 'lo');
  });

  test('two sandboxes have the same port to themselves, on either loopback address', async () => {
    for (const sandbox of [one, two]) {
      await on.to(sandbox, '/files?path=/workspace/app.cjs', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: APP });
      await on.bash(sandbox, 'node /workspace/app.cjs > /tmp/log 2>&1 &');
      await until('the app', async () => (await on.to(sandbox, '/', { port: 3000 })).status === 200);
    }
    assert.equal(await (await on.to(one, '/a?b=c', { port: 3000 })).text(), 'one GET /a?b=c 0');
    assert.equal(await (await on.to(two, '/', { port: 3000, method: 'POST', body: 'x'.repeat(3_000_000) })).text(), 'two POST / 3000000');
    const heard = (await (await on.to(one, '/headers', { port: 3000, headers: { 'x-forwarded-host': 'preview.example' } })).json()) as Record<string, string>;
    assert.equal(heard['x-forwarded-host'], 'preview.example');
    assert.ok(!Object.keys(heard).some((name) => name.startsWith('e2b-')));
  });

  test('answers come as they are written, whole or broken off', async () => {
    const before = Date.now();
    const streamed = await on.to(one, '/stream', { port: 3000 });
    const pieces: [string, number][] = [];
    for await (const chunk of streamed.body ?? []) pieces.push([Buffer.from(chunk).toString(), Date.now() - before]);
    assert.deepEqual(pieces.map(([text]) => text), ['first', 'second']);
    assert.ok((pieces[1]?.[1] ?? 0) - (pieces[0]?.[1] ?? 0) > 150);
    const sizes = await Promise.all([1, 2, 3].map(async () => (await (await on.to(one, '/big', { port: 3000 })).arrayBuffer()).byteLength));
    assert.deepEqual(sizes, [20_000_000, 20_000_000, 20_000_000]);
    await assert.rejects(async () => (await on.to(one, '/cut', { port: 3000 })).text());
  });

  test('an upgrade goes through, both ways, by header and by host name', async () => {
    const { port } = new URL(on.emulator.url);
    for (const headers of [{ 'e2b-sandbox-id': one.sandboxID, 'e2b-sandbox-port': '3000' }, { host: `3000-${one.sandboxID}.localhost:${port}` }]) {
      const call = request({ port, host: '127.0.0.1', headers: { connection: 'upgrade', upgrade: 'echo', ...headers } }).end();
      const [answer, socket] = (await once(call, 'upgrade')) as [{ statusCode: number }, ReturnType<typeof connect>];
      assert.equal(answer.statusCode, 101);
      socket.write('there');
      assert.equal(String((await once(socket, 'data'))[0]), 'echo there');
      socket.end();
      await once(socket, 'close');
    }
    const refused = request({ port, host: '127.0.0.1', headers: { connection: 'upgrade', upgrade: 'echo', 'e2b-sandbox-id': one.sandboxID, 'e2b-sandbox-port': '3999' } }).end();
    const [answer] = (await once(refused, 'response')) as [{ statusCode: number; resume(): void }];
    assert.equal(answer.statusCode, 502);
    answer.resume();
  });

  test('what a command leaves behind is reaped, and goes with the sandbox', async () => {
    await on.bash(two, 'for i in 1 2 3; do (sleep 0.05 &); done; (setsid sleep 4817 > /dev/null 2>&1 &); (trap "" TERM HUP; exec -a stubborn-4817 sleep 1000) > /dev/null 2>&1 &');
    await until('them to be reaped', async () => (await on.bash(two, 'ps -A -o stat= | grep -c Z')).stdout === '0\n');
    assert.ok(running('4817') >= 2);
    await on.api('DELETE', `/sandboxes/${two.sandboxID}`);
    await until('their end', () => running('4817') === 0);
  });

  test('what is malformed is refused, and the emulator goes on', async () => {
    const { port } = new URL(on.emulator.url);
    for (const head of ['GET // HTTP/1.1', 'GET /%zz HTTP/1.1', 'POST /v2/sandboxes/%E0%A4%A/connect HTTP/1.1', 'GET http:// HTTP/1.1', 'BLAH /x HTTP/1.1']) {
      for (const extra of ['', `e2b-sandbox-id: ${one.sandboxID}\r\ne2b-sandbox-port: 3000\r\n`]) {
        const socket = connect(Number(port), '127.0.0.1');
        socket.on('error', () => undefined);
        socket.end(`${head}\r\nhost: x\r\nx-api-key: k\r\nconnection: close\r\n${extra}\r\n`);
        socket.resume();
        await once(socket, 'close');
      }
    }
    assert.equal((await on.to(one, '/health')).status, 204);
  });
});

test('an emulator that is ended without warning leaves nothing that the next one does not clear away', { skip }, async () => {
  const stateDir = temporaryFolder();
  const index = new URL('../../scripts/emulators/e2b/index.ts', import.meta.url).href;
  const script = `const { startE2bEmulator } = await import(${JSON.stringify(index)}); const on = await startE2bEmulator({ stateDir: ${JSON.stringify(stateDir)} }); console.log(on.url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = String((await once(child.stdout, 'data'))[0]).trim();
  const make = async () => (await (await fetch(`${url}/v2/sandboxes`, { method: 'POST', headers: { 'x-api-key': 'k' }, body: '{"templateID":"base"}' })).json()) as Made;
  const [awake, paused] = [await make(), await make()];
  await fetch(`${url}/sandboxes/${paused.sandboxID}/pause`, { method: 'POST', headers: { 'x-api-key': 'k' } });
  const listed = () => readdirSync(join(stateDir, 'running')).map((name) => Number(name.split('-')[1]));
  const pids = listed();
  assert.ok(pids.length >= 6, 'both sandboxes are on the list');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const alive = () => pids.filter((pid) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
  assert.ok(awake.sandboxID !== '' && alive().length > 0, 'one that is paused cannot see that its emulator is gone');
  const next = await bench({ stateDir });
  await until('their end', () => alive().length === 0);
  assert.deepEqual(listed(), []);
  assert.deepEqual(await (await next.api('GET', '/v2/sandboxes')).json(), []);
  await next.close();
});
