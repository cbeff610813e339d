// Fetching the Agent SDK into the machine's cache, and the parts of the runner that need no agent: its job, its fence
// and its lines.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentSdk, AgentSdkMissing, layRunner } from '../../scripts/agent-sdk.ts';
import { line, parseJob, refusal } from '../../workers/teams/runner/runner.mjs';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'vetka-sdk-')));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** An npm that does what a shell script says in the folder it is to install into, and counts its runs. */
function npm(name: string, script: string): string {
  const path = join(scratch, name);
  writeFileSync(path, `#!/bin/sh\necho run >> ${path}.runs\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const PACKAGE = 'node_modules/@anthropic-ai/claude-agent-sdk';
const PROGRAM = `${PACKAGE}-${process.platform}-${process.arch}`;
const GOOD = `mkdir -p ${PACKAGE} ${PROGRAM} && echo '{}' > ${PACKAGE}/package.json && printf '#!/bin/sh\\n' > ${PROGRAM}/claude && chmod +x ${PROGRAM}/claude`;

test('it is fetched once, whole, and not again when it is there', async () => {
  const cache = join(scratch, 'once');
  const good = npm('good', GOOD);
  const [first, second] = await Promise.all([agentSdk({ cache, npm: good }), agentSdk({ cache, npm: good })]);
  assert.equal(first, second);
  assert.match(first, /agent-sdk-\d+\.\d+\.\d+$/);
  assert.deepEqual(readdirSync(cache).length, 1, 'nothing is left beside it');
  assert.equal(await agentSdk({ cache, npm: npm('never', 'exit 1') }), first);
  writeFileSync(join(first, 'package-lock.json'), 'another time');
  await agentSdk({ cache, npm: good });
  const { length } = readFileSync(`${good}.runs`, 'utf8').trim().split('\n');
  assert.equal(length, 2, 'once, and once more for another lock file');
});

test('it says clearly why it cannot be had, and leaves nothing behind', async () => {
  const cache = join(scratch, 'missing');
  const cases: readonly [string, RegExp][] = [
    [join(scratch, 'no-npm'), /npm is missing/],
    [npm('offline', 'echo "ENOTFOUND registry" >&2; exit 1'), /could not fetch.*registry reachable[\s\S]*ENOTFOUND/],
    [npm('other', `mkdir -p ${PACKAGE} && echo '{}' > ${PACKAGE}/package.json`), /no program for this machine/],
    [npm('broken', `${GOOD} && printf '#!/bin/sh\\nexit 3\\n' > ${PROGRAM}/claude`), /does not start on this machine/],
  ];
  for (const [path, words] of cases) {
    await assert.rejects(agentSdk({ cache, npm: path }), (error: unknown) => {
      assert.ok(error instanceof AgentSdkMissing);
      assert.match(error.message, words);
      return true;
    });
    assert.deepEqual(readdirSync(cache), []);
  }
});

test('the runner is laid beside it, with a link and no copy', async () => {
  const cache = join(scratch, 'laid');
  const runner = await layRunner(join(scratch, 'sandbox-agent'), { cache, npm: npm('laying', GOOD) });
  assert.equal(runner, join(scratch, 'sandbox-agent', 'runner.mjs'));
  assert.ok(existsSync(join(scratch, 'sandbox-agent', PACKAGE, 'package.json')));
  await layRunner(join(scratch, 'sandbox-agent'), { cache, npm: npm('again', 'exit 1') });
});

const JOB = { prompt: 'Hello', cwd: scratch, system: 'Be kind.', model: 'claude-sonnet-5', maxBudgetUsd: 1, log: '/tmp/log' };

test('a job is read, and what is wrong with one is said', () => {
  assert.deepEqual(parseJob(JSON.stringify(JOB)), { ...JOB, resume: undefined, history: undefined, maxTurns: 50 });
  assert.equal(parseJob(JSON.stringify({ ...JOB, resume: null, maxTurns: 3 })).maxTurns, 3);
  const wrong: readonly [object | string, RegExp][] = [
    ['{', /not valid JSON/],
    [[], /JSON object/],
    [{ ...JOB, prompt: '' }, /"prompt"/],
    [{ ...JOB, model: undefined }, /lacks "model"/],
    [{ ...JOB, maxBudgetUsd: 0 }, /"maxBudgetUsd"/],
    [{ ...JOB, maxBudgetUsd: '5' }, /must be a number/],
    [{ ...JOB, maxTurns: 1.5 }, /whole number/],
    [{ ...JOB, resume: '../x' }, /"resume"/],
    [{ ...JOB, log: 'log' }, /absolute/],
    [{ ...JOB, cwd: '/nowhere/at/all' }, /not there/],
  ];
  for (const [job, words] of wrong) assert.throws(() => parseJob(typeof job === 'string' ? job : JSON.stringify(job)), words);
});

test('the fence follows links, dots and what does not exist yet', () => {
  const cwd = join(scratch, 'workspace');
  const outside = join(scratch, 'outside');
  for (const folder of [join(cwd, 'src'), join(cwd, '.git'), outside, join(scratch, 'workspace-2')]) mkdirSync(folder, { recursive: true });
  symlinkSync(outside, join(cwd, 'way-out'));
  symlinkSync(join(outside, 'not-there'), join(cwd, 'dangling'));
  symlinkSync(join(cwd, 'src'), join(cwd, 'inner'));
  const write = (path: string): string | null => refusal({ tool: 'Write', path, cwd });
  for (const path of ['a.txt', 'new/deep/a.txt', join(cwd, 'src/b'), 'inner/c', 'src/../d', '.github/x']) assert.equal(write(path), null, path);
  for (const path of ['../a', '/etc/passwd', 'way-out/a', 'way-out/new/a', 'dangling', 'src/../../outside/a', join(scratch, 'workspace-2/a'), '.git/hooks/pre-commit', 'src/../.git/config']) assert.notEqual(write(path), null, path);
  const read = (path: string): string | null => refusal({ tool: 'Read', path, cwd, readable: [outside] });
  assert.equal(read(join(outside, 'a')), null);
  assert.equal(read('.git/config'), null);
  assert.notEqual(read('/etc/passwd'), null);
});

test('a line that is too long is cut and stays JSON, whatever makes it long', () => {
  const limit = 10_000;
  const messages: readonly object[] = [
    { type: 'user', session_id: 's', message: { content: [{ type: 'tool_result', content: 'x'.repeat(5_000_000) }] } },
    { type: 'user', session_id: 's', tool_use_result: { files: Array.from({ length: 5000 }, (_, at) => `file-${at}`) } },
    { type: 'assistant', session_id: 's', deep: Array.from({ length: 2000 }, () => ({ text: 'é"\n'.repeat(50) })) },
  ];
  for (const message of messages) {
    const text = line(message, { limit });
    assert.ok(Buffer.byteLength(text) <= limit);
    assert.equal(text.indexOf('\n'), text.length - 1);
    const read = JSON.parse(text) as { type: string; session_id: string; cut: boolean };
    assert.deepEqual([read.type, read.session_id, read.cut], [(message as { type: string }).type, 's', true]);
  }
  const [first] = messages;
  assert.match(line(first ?? {}, { limit }), /\[cut, 5000000 characters\]/);
  assert.equal(line({ type: 'x', text: 'short' }, { limit }), '{"type":"x","text":"short"}\n');
});

test('half characters and secrets do not get into a line', () => {
  assert.equal(line({ text: 'a\ud83d' }), '{"text":"a\ufffd"}\n');
  assert.equal(line({ text: '😀 \\ud83d' }), `{"text":"😀 \\\\ud83d"}\n`);
  assert.equal(line({ text: 'key=vs_1_secret; again vs_1_secret' }, { secrets: ['vs_1_secret'] }), '{"text":"key=[removed]; again [removed]"}\n');
});
