// The real Agent SDK, run by the sandbox's runner, against the emulated Messages API: what a session's turn does to a
// repository, what it prints, and how it ends.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench, processesIn, resultsIn, TOKEN, toolsIn, type Bench } from './messages/bench.ts';
import { COMPONENTS, git, PLAIN } from './messages/sites.ts';

let on: Bench;
before(async () => {
  on = await bench();
});
after(() => on.close());

const file = (workspace: string, path: string): string => readFileSync(join(workspace, path), 'utf8');

test('a headline is changed with the real tools, committed, and told in plain words; the log has what was printed', async () => {
  const { workspace, turn } = on.sandbox(PLAIN);
  const done = await turn('Change the headline on the home page to "Fresh bread every morning"');
  assert.equal(done.code, 0);
  assert.match(file(workspace, 'index.html'), /<h1>\n {6}Fresh bread every morning\n {4}<\/h1>/);
  assert.equal(git(workspace, 'log', '-1', '--format=%an: %s').trim(), 'A tester: Change the headline on the home page');
  assert.equal(git(workspace, 'status', '--porcelain'), '');
  assert.deepEqual(toolsIn(done), ['Grep', 'Read', 'Edit', 'Bash']);
  assert.match(done.said, /demo model[\s\S]*Done\. The headline on the home page now says “Fresh bread every morning”/);
  assert.equal(done.log, done.stdout);
  assert.equal(done.lines[0]?.['subtype'], 'init');
  assert.deepEqual([done.result?.['subtype'], done.result?.['is_error']], ['success', false]);
  assert.ok(done.lines.some(({ type }) => type === 'stream_event'));
  const usage = done.result?.['usage'] as { cache_read_input_tokens: number; output_tokens: number };
  assert.ok(usage.cache_read_input_tokens > 10_000, 'what was marked is read from the cache');
  assert.ok(Number(done.result?.['total_cost_usd']) > 0);
});

test('the next turn goes on with the same conversation and remembers it', async () => {
  const { workspace, turn } = on.sandbox(PLAIN);
  const first = await turn('Make the buttons green');
  const resume = String(first.lines[0]?.['session_id']);
  const second = await turn('and now make them red', { resume });
  assert.equal(second.lines[0]?.['session_id'], resume);
  assert.match(second.said, /The buttons are red now/);
  assert.doesNotMatch(second.said, /One thing first/);
  assert.match(file(workspace, 'css/style.css'), /\.button \{ background: #c22826/);
  const third = await turn('What have you changed so far?', { resume });
  assert.match(third.said, /buttons are green now[\s\S]*buttons are red now/);
});

test('a colour, a list, a link and a text in components, all in one turn', async () => {
  const { workspace, turn } = on.sandbox(COMPONENTS);
  const done = await turn('Make the buttons green, add Lessons to the list of services, change the "Write to us" link to https://example.com/hello and replace "Three people" with "Four people".');
  assert.equal(done.code, 0);
  assert.match(file(workspace, 'src/styles.css'), /--button-bg: #1d7d3e/);
  assert.match(file(workspace, 'src/content.ts'), /'Rental',\n {2}'Lessons',\n\]/);
  assert.match(file(workspace, 'src/pages/Home.tsx'), /to="https:\/\/example\.com\/hello"/);
  assert.match(file(workspace, 'src/pages/About.tsx'), /Four people and a dog/);
  assert.equal(git(workspace, 'rev-list', '--count', 'HEAD').trim(), '2');
});

test('what lies outside of the allowed patterns is not changed, and it says so', async () => {
  const { workspace, turn } = on.sandbox(PLAIN);
  const done = await turn('Change the headline to "X"', { system: 'You change a website.\nOnly change files that match these patterns:\n- css/**\n' });
  assert.equal(done.code, 0);
  assert.match(done.said, /may not change here/);
  assert.equal(git(workspace, 'status', '--porcelain'), '');
  assert.deepEqual(toolsIn(done), ['Grep']);
});

test('a conversation whose transcript is gone begins afresh, from its history', async () => {
  const { workspace, config, turn } = on.sandbox(PLAIN);
  const first = await turn('Make the heading bigger');
  rmSync(join(config, 'projects'), { recursive: true });
  const resume = String(first.lines[0]?.['session_id']);
  const second = await turn('Make the buttons green', { resume, history: 'Person: Make the heading bigger\nAgent: I am the demo model. Done. The headline is bigger now.' });
  assert.equal(second.code, 0);
  assert.deepEqual([second.lines[0]?.type, second.lines[0]?.['session_id']], ['runner_afresh', resume]);
  assert.notEqual(second.lines[1]?.['session_id'], resume);
  assert.equal(second.lines.filter(({ type }) => type === 'result').length, 1);
  assert.match(second.said, /^I will look[\s\S]*The buttons are green now/);
  assert.match(file(workspace, 'css/style.css'), /\.button \{ background: #1d7d3e/);
  const transcripts = readdirSync(join(config, 'projects'), { recursive: true }).filter((path) => String(path).endsWith('.jsonl'));
  assert.equal(transcripts.length, 1);
});

test('stopped in the middle of a tool, it says so as its last word and leaves no process behind', async () => {
  const { workspace, begin, turn } = on.sandbox(PLAIN);
  await on.faults({ reply: [{ type: 'tool_use', name: 'Bash', input: { command: 'touch started; sleep 100' } }] });
  const { child, over } = begin({ prompt: 'Wait' });
  while (!git(workspace, 'status', '--porcelain').includes('started')) await sleep(50);
  child.kill('SIGTERM');
  const stopped = await over;
  assert.deepEqual(stopped.lines.at(-1), { type: 'runner_stopped', signal: 'SIGTERM' });
  assert.equal(stopped.code, 1);
  assert.equal(stopped.log, stopped.stdout);
  assert.deepEqual(processesIn(workspace), []);
  const next = await turn('Make the heading bigger', { resume: String(stopped.lines[0]?.['session_id']) });
  assert.match(next.said, /The headline is bigger now/);
});

test('a conversation that was made shorter is still remembered', async () => {
  const { turn } = on.sandbox(PLAIN);
  const resume = String((await turn('Make the buttons green')).lines[0]?.['session_id']);
  const compacted = await turn('/compact', { resume });
  assert.ok(compacted.lines.some(({ subtype }) => subtype === 'compact_boundary'));
  const next = await turn('and now make them red', { resume });
  assert.match(next.said, /^I will look[\s\S]*The buttons are red now/);
});

test('a key that is refused ends the turn with an error that says so', async () => {
  const { turn } = on.sandbox(PLAIN);
  const done = await turn('Hello', {}, { ANTHROPIC_API_KEY: 'sk-ant-expired-1', CLAUDE_CODE_MAX_RETRIES: '0' });
  assert.equal(done.code, 1);
  assert.deepEqual([done.result?.['is_error'], done.result?.['api_error_status']], [true, 401]);
  assert.ok(!done.lines.some(({ type }) => type === 'runner_error'), 'the result has said it all');
});

test('an overloaded service is asked again, a cut stream too', async () => {
  const { turn } = on.sandbox(PLAIN);
  await on.faults({ status: 529 }, { cutAfterEvents: 3 });
  const done = await turn('Make the buttons green');
  assert.equal(done.code, 0);
  assert.ok(done.lines.some(({ subtype, error_status }) => subtype === 'api_retry' && error_status === 529));
  assert.match(done.said, /The buttons are green now/);
});

test('a turn stops at its budget and at its most steps', async () => {
  const { turn } = on.sandbox(PLAIN);
  const dear = await turn('Make the buttons green', { maxBudgetUsd: 0.0001 });
  assert.deepEqual([dear.code, dear.result?.['subtype']], [1, 'error_max_budget_usd']);
  await on.faults({ mind: 'same_failure', times: 3 });
  const long = await turn('Make the buttons green', { maxTurns: 3 });
  assert.deepEqual([long.code, long.result?.['subtype']], [1, 'error_max_turns']);
});

test('what the model runs sees neither the token nor this process, and a token that is dug out is not printed', async () => {
  const { workspace, turn } = on.sandbox(PLAIN);
  writeFileSync(join(workspace, 'link.txt'), '');
  process.env['VETKA_CANARY'] = 'canary-4711';
  await on.faults(
    { reply: [{ type: 'tool_use', name: 'Bash', input: { command: 'env; echo "home is $HOME"' } }] },
    { reply: [{ type: 'tool_use', name: 'Bash', input: { command: "tr '\\0' '\\n' < /proc/$PPID/environ; echo dug" } }] },
  );
  const done = await turn('Look around');
  delete process.env['VETKA_CANARY'];
  const found = resultsIn(done);
  assert.match(found, /home is \/.*\/home/);
  assert.match(found, /dug/);
  assert.doesNotMatch(done.stdout, /canary-4711/);
  assert.ok(!done.stdout.includes(TOKEN) && !done.log.includes(TOKEN));
  assert.match(found, /ANTHROPIC_API_KEY=\[removed\]/, 'the program itself has to have it');
  assert.doesNotMatch(found.slice(0, found.indexOf('home is')), /ANTHROPIC_API_KEY/);
});

test('files outside of the workspace are neither written nor read', async () => {
  const { workspace, turn } = on.sandbox(PLAIN);
  const outside = join(workspace, '..', 'outside.txt');
  await on.faults(
    { reply: [{ type: 'tool_use', name: 'Write', input: { file_path: outside, content: 'x' } }] },
    { reply: [{ type: 'tool_use', name: 'Read', input: { file_path: '/etc/hostname' } }] },
    { reply: [{ type: 'tool_use', name: 'Grep', input: { pattern: 'root', path: '/etc' } }] },
  );
  const done = await turn('Hello');
  assert.equal(done.code, 0);
  assert.match(resultsIn(done), /Only files in the workspace can be changed[\s\S]*can be read[\s\S]*can be read/);
  assert.equal((done.result?.['permission_denials'] as unknown[]).length, 3);
  assert.throws(() => readFileSync(outside));
});

test('who stops listening does not stop the turn: the log has it all', async () => {
  const { workspace, begin } = on.sandbox(PLAIN);
  const { child, over } = begin({ prompt: 'Make the buttons green' });
  child.stdout?.once('data', () => child.stdout?.destroy());
  const done = await over;
  assert.equal(done.code, 0);
  assert.match(file(workspace, 'css/style.css'), /#1d7d3e/);
  assert.ok(done.log.startsWith(done.stdout) && done.log.length > done.stdout.length);
  assert.match(done.log, /"type":"result"[^\n]*\n/);
});

test('a job that is no job is one clear line', async () => {
  const { begin } = on.sandbox(PLAIN);
  const done = await begin('{"prompt":"x"}').over;
  assert.equal(done.code, 1);
  assert.deepEqual(done.lines, [{ type: 'runner_error', code: 'bad_job', message: 'The job lacks "cwd".' }]);
});

test('nothing of all this asked for any other address', () => {
  assert.equal(on.strays(), 0);
});
