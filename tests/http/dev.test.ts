/** The command that a stranger runs, as they run it: its one line, its refusals, and what a hard end leaves behind. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../scripts/stack/root.ts';
import { type Addresses, freePort } from '../../scripts/stack/stack.ts';
import { Person, type Mail } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'vetka-dev-'));
const readyFile = join(folder, 'ready.json');
const started: ChildProcess[] = [];

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(join(root, 'scripts/dev'), args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, ended: new Promise((resolve) => child.on('close', resolve)) };
}

/** The command and everything it started share a process group. */
function signal({ child }: Run, name: NodeJS.Signals): void {
  process.kill(-(child.pid ?? 0), name);
}

function groupMembers({ child }: Run): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // pid (name) state ppid pgrp …; a name may hold blanks, so count from its closing bracket.
        const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        return group === String(child.pid) && state !== 'Z';
      } catch {
        return false;
      }
    });
}

async function up(port: number): Promise<{ run: Run; ready: Addresses }> {
  rmSync(readyFile, { force: true });
  const command = run('--port', String(port), '--state', join(folder, 'state'), '--ready-file', readyFile);
  const end = Date.now() + 60_000;
  while (!command.output().includes('ready {')) {
    assert.ok(Date.now() < end && command.child.exitCode === null, command.output());
    await sleep(50);
  }
  assert.ok(existsSync(readyFile));
  const ready = JSON.parse(readFileSync(readyFile, 'utf8')) as Addresses;
  assert.deepEqual(JSON.parse(/^ready (.*)$/m.exec(command.output())?.[1] ?? ''), ready);
  return { run: command, ready };
}

describe('scripts/dev', () => {
  let port: number;
  before(async () => (port = await freePort()));
  after(() => {
    for (const child of started) {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // It has ended by itself, as it should.
      }
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses what it does not understand, in one line or with its usage', async () => {
    const wrongPort = run('--port', 'eighty');
    assert.equal(await wrongPort.ended, 1);
    assert.equal(wrongPort.output().trim(), '--port wants a number from 0 to 65535.');
    const unknown = run('--frehs');
    assert.equal(await unknown.ended, 1);
    assert.match(unknown.output(), /--frehs[\s\S]*Usage: scripts\/dev/);
  });

  it('says in one line that a port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const late = run('--port', String(port), '--state', join(folder, 'other'));
    const code = await late.ended;
    await new Promise((resolve) => server.close(resolve));
    assert.equal(code, 1);
    assert.equal(late.output().trim(), `Port ${port} is taken. Stop what uses it, or choose another with --port N.`);
  });

  it('killed in the middle of a turn, it loses and doubles nothing; asked to stop, it leaves no process behind', async () => {
    const first = await up(port);
    const ann = new Person(first.ready.app, 'ann@example.test');
    await ann.send('POST', '/api/auth/email-otp/send-verification-otp', { email: ann.email, type: 'sign-in' });
    const [mail] = (await (await fetch(first.ready.mail)).json()) as Mail[];
    const otp = /\d{6}/.exec(mail?.text ?? '')?.[0];
    assert.equal((await ann.send('POST', '/api/auth/sign-in/email-otp', { email: ann.email, otp })).status, 200);
    assert.equal((await ann.send('POST', '/api/sites', { kind: 'generated', label: 'rye' })).status, 201);
    const turn = await ann.send('POST', '/api/agent/stream', { message: 'A site for my bakery called Rye' });
    let seen = '';
    for await (const chunk of turn.body ?? []) {
      seen += Buffer.from(chunk as Uint8Array).toString();
      if (seen.includes('event: tool_use')) break;
    }
    signal(first.run, 'SIGKILL');
    await first.run.ended;

    const second = await up(port);
    interface Session {
      status: string;
      messages: { role: string; text: string }[];
    }
    const end = Date.now() + 60_000;
    let session: Session;
    do {
      await sleep(200);
      session = await ann.json<Session>('/api/agent/session');
      assert.ok(Date.now() < end, 'the turn was not taken up again');
    } while (session.status !== 'idle');
    assert.deepEqual(session.messages.map(({ role }) => role), ['user', 'assistant', 'assistant']);
    const { snapshots } = await ann.json<{ snapshots: { status: string; live: boolean }[] }>(
      '/api/sites/rye.vetka.localhost/snapshots',
    );
    assert.deepEqual(snapshots.map(({ status, live }) => [status, live]), [['success', true]]);

    process.kill(second.run.child.pid ?? 0, 'SIGTERM');
    assert.equal(await second.run.ended, 0);
    assert.deepEqual(groupMembers(second.run), []);
  });
});
