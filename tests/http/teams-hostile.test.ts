/**
 * A sandbox that does not do as it should: what its program prints and what its files are called is hostile, and what it
 * holds opens nothing but its own session. (The ways out, to the model and to the forge, are in teams-proxies.test.ts.)
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import { startMessagesEmulator } from '../../scripts/emulators/messages/index.ts';
import type { Reply } from '../../scripts/emulators/messages/types.ts';
import { skip } from '../emulators/e2b-harness.ts';
import { type TestStack, startTestStack } from './harness.ts';
import { WorkTree } from '../emulators/forge-kit.ts';
import { Inside } from './sandbox-kit.ts';
import { colleague, ForgeDoor, type Session, start, started, team, type Team, until } from './session-kit.ts';
import { answered } from './teams-kit.ts';

let messages: RunningEmulator;
let stack: TestStack;
let harbor: Team;
let forge: ForgeDoor;

before(async () => {
  if (skip) return;
  messages = await startMessagesEmulator({ pieceMs: 1 });
  stack = await startTestStack({ settings: { MODEL_API_URL: messages.url } });
  forge = new ForgeDoor(stack);
  harbor = await team(stack, { project: { maxBudgetUsd: 1 } });
});
after(async () => {
  if (skip) return;
  await (stack as TestStack | undefined)?.close();
  await messages.close();
});

const of = (session: Session, path = ''): string => `/api/v1/sessions/${session.id}${path}`;

/** What the model answers next, call by call. */
async function script(...replies: Reply[]): Promise<void> {
  const faults = replies.map((reply) => ({ reply }));
  const response = await fetch(`${messages.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults }) });
  assert.equal(response.status, 200, await response.text());
}

describe('what an agent prints', { skip }, () => {
  it('comes out as plain words, however it is meant', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    const inside = await Inside.of(stack, session.id);
    const token = `vs_${session.id}_0123456789abcdef0123456789abcdef0123456789abcdef`;
    await script(
      [
        { type: 'text', text: 'I look at /workspace/site/index.html <script>alert(1)</script> first.' },
        { type: 'tool_use', name: 'Bash', input: { command: 'printf "\\033[31mred\\033[0m /etc/passwd\\n"; env', description: '<img src=x onerror=alert(2)> \u001b[31m/etc/shadow' } },
      ],
      [{
        type: 'text',
        text: `Done \u001b[31mred\u001b[0m \u001b]8;;http://evil.test\u0007link\u001b]8;;\u0007 in the \u202eheading <img src=x onerror=alert(1)> now.\n\n\`\`\`js\nconst secret = 1;\n\`\`\`\n\nThe key is sk-ant-api03-${'a'.repeat(40)} and ${token}, in /home/user/.ssh/id_rsa and C:\\Users\\x.\n\ndiff --git a/site/index.html b/site/index.html\n--- a/site/index.html\n+++ b/site/index.html\n@@ -1 +1 @@\n-<h1>a</h1>\n+<h1>b</h1>\n`,
      }],
    );
    const { end } = await seat.ask('Hello there, what is new?');
    assert.equal(end.outcome, 'done', seat.told());
    const shown = seat.frames.filter(({ type, role }) => type.startsWith('agent_') || (type === 'chat_message' && role === 'assistant') || type === 'receipt');
    assert.ok(shown.some(({ type }) => type === 'agent_status') && shown.some(({ type }) => type === 'chat_message'), seat.told());
    const told = JSON.stringify(shown.map(({ text, changed, checked }) => ({ text, changed, checked })));
    for (const wrong of ['<script', '<img', 'onerror', '\\u001b', '\u001b', '/workspace', '/etc', '/home', 'C:\\\\', 'sk-ant', 'vs_', 'const secret', 'diff --git', '@@', '+<h1>', '\u202e', 'evil.test']) {
      assert.ok(!told.includes(wrong), `“${wrong}” is shown: ${told}`);
    }
    const said = await ann.json<{ messages: unknown[] }>(of(session, '/messages'));
    assert.ok(!JSON.stringify(said).includes('sk-ant-api03'));
    await inside.bash('true');
    await answered(ann, 200, 'POST', of(session, '/discard'), { confirm: 'discard' });
    seat.close();
  });

  it('and what its files are called is told without harm', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    const inside = await Inside.of(stack, session.id);
    await inside.bash(`cd /workspace/site && touch $'a\\033[31m<img src=x onerror=alert(1)>.html' && touch -- '--upload-pack=x.html' && touch $'two\\nlines.html'`);
    const { receipt } = await seat.ask('Make the buttons blue');
    assert.ok((receipt?.changed?.length ?? 0) >= 3, seat.told());
    assert.ok(receipt?.changed?.every((name) => !/[\u0000-\u001f\u007f]/.test(name)), JSON.stringify(receipt));
    await answered(ann, 200, 'POST', of(session, '/discard'), { confirm: 'discard' });
    seat.close();
  });
});

describe('what a sandbox holds', { skip }, () => {
  it("opens its own session alone, and neither another's nor ours", async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    const other = await start(ann, harbor.projectId);
    const inside = await Inside.of(stack, session.id);
    await fetch(`${messages.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults: [{ delayMs: 4000 }] }) });
    seat.say('Hello');
    const token = await inside.token();
    const app = stack.addresses.app;
    const proxy = `http://127.0.0.1:${new URL(app).port}`;
    const asked = await inside.bash([
      `curl -s -o /dev/null -w '%{http_code} ' -H 'x-api-key: ${token}' -H 'authorization: Bearer ${token}' ${app}${of(session)}`,
      `curl -s -o /dev/null -w '%{http_code} ' -X POST -H 'origin: ${app}' -H 'authorization: Bearer ${token}' ${app}${of(other, '/discard')}`,
      `curl -s -o /dev/null -w '%{http_code} ' -X POST -H 'content-type: application/json' -d '{"token":"${token}","micro":1,"model":"x"}' ${proxy}/model/reserve`,
      `curl -s -o /dev/null -w '%{http_code}' -H 'x-api-key: ${token.replace(session.id, other.id)}' -d '{}' ${proxy}/v1/messages`,
    ].join('; '));
    assert.match(asked, /^401 401 404 401$/, asked);
    await seat.over(1);
    for (const one of [session, other]) await answered(ann, 200, 'POST', of(one, '/discard'), { confirm: 'discard' });
    seat.close();
  });

  it('is not what decides the branch, the hooks or the remote that its work goes through', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    const inside = await Inside.of(stack, session.id);
    const main = await forge.head('main');
    await inside.bash([
      'cd /workspace', "printf '#!/bin/sh\\nenv > /tmp/caught; exit 1\\n' > .git/hooks/pre-commit", 'cp .git/hooks/pre-commit .git/hooks/pre-push',
      'chmod +x .git/hooks/*', 'git checkout -q -b elsewhere', 'echo x >> site/style.css',
    ].join(' && '));
    const { end } = await seat.ask('Make the buttons blue');
    assert.equal(end.outcome, 'done', seat.told());
    assert.match((await forge.file(session.branchName, 'site/style.css')) ?? '', /x\n/);
    assert.equal((await inside.bash('cat /tmp/caught 2>/dev/null | grep -c vs_; true')).trim(), '0');
    assert.equal(await forge.head('main'), main);
    await answered(ann, 200, 'POST', of(session, '/discard'), { confirm: 'discard' });
    seat.close();
  });
});

describe('an agent that runs against the same wall', { skip }, () => {
  it('is stopped the third time, before it costs more', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await fetch(`${messages.url}/_emulator/requests`, { method: 'DELETE' });
    // It takes its time, as models do: what is asked while the program is being ended is counted as well.
    await fetch(`${messages.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults: [{ mind: 'same_failure', times: 100, delayMs: 1000 }] }) });
    const { end } = await seat.ask('Make the buttons blue');
    await fetch(`${messages.url}/_emulator/faults`, { method: 'DELETE' });
    assert.equal(end.outcome, 'failed', seat.told());
    const told = seat.frames.filter(({ type }) => type === 'error');
    assert.deepEqual(told.map(({ code }) => code), ['same_failure']);
    assert.match(told[0]?.message ?? '', /same problem three times, so it was stopped before it costs you more/);
    const { requests } = (await (await fetch(`${messages.url}/_emulator/requests`)).json()) as { requests: { endpoint: string }[] };
    const calls = requests.filter(({ endpoint }) => endpoint === 'messages').length;
    assert.ok(calls >= 3 && calls <= 8, `it was asked ${calls} times`);
    assert.equal((await seat.ask('Make the buttons blue, please')).end.outcome, 'done', seat.told());
    await answered(ann, 200, 'POST', of(session, '/discard'), { confirm: 'discard' });
    seat.close();
  });
});

describe('what is pushed while a session is handed over', { skip }, () => {
  it('is not merged with what was looked at, and is looked at the next time', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    assert.equal((await seat.ask('Make the buttons blue')).end.outcome, 'done', seat.told());
    const { token } = await forge.door('tokens', { login: 'ann-ash', scopes: ['repo'] });
    const at = new URL(stack.addresses.forge);
    const late = await WorkTree.clone(`${at.protocol}//x-access-token:${String(token)}@${at.host}/${forge.repository}.git`);
    await late.git('checkout', '--quiet', session.branchName);
    await late.commit('Something else', { 'site/late.html': '<p>late</p>', '.npmrc': 'registry=https://evil.test/\n' });
    const before = await forge.head('main');

    await forge.door('faults', { requests: [{ endpoint: 'pulls.merge', delayMs: 4000 }] });
    const handed = harbor.admin.send('POST', of(session, '/commit-to-main'), { message: 'Blue buttons' });
    await until('the pull request', async () => (await forge.pulls(session.branchName)).length === 1);
    await late.git('push', '--quiet', 'origin', `HEAD:${session.branchName}`);
    const answer = await handed;
    const { code } = (await answer.json()) as { code: string };
    assert.deepEqual([answer.status, code], [409, 'branch_moved']);
    assert.equal(await forge.head('main'), before, 'nothing was merged');

    assert.equal((await answered(harbor.admin, 409, 'POST', of(session, '/commit-to-main'), { message: 'Blue buttons' })).code, 'outside_files');
    assert.equal(await forge.head('main'), before);
    await answered(ann, 200, 'POST', of(session, '/discard'), { confirm: 'discard' });
    seat.close();
  });
});

describe('the budget of a session', { skip }, () => {
  it('is where the agent stops, and the person is told', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    // As if it had cost nearly all of it: a call is made only when the most that it can cost is left.
    await fetch(`${messages.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults: [{ delayMs: 100 }] }) });
    await script([{ type: 'text', text: 'word '.repeat(60_000) }]);
    let last = await seat.ask('Hello');
    for (let turns = 0; turns < 6 && last.end.outcome === 'done'; turns++) {
      await script([{ type: 'text', text: 'word '.repeat(60_000) }]);
      last = await seat.ask(`Hello ${turns}`);
    }
    assert.equal(last.end.outcome, 'failed', seat.told().slice(-2000));
    const told = seat.frames.filter(({ type }) => type === 'error').at(-1);
    assert.equal(told?.code, 'budget_reached');
    assert.match(told.message ?? '', /budget of this session is used up.*What was done so far is kept/);
    const { costUsd = 0 } = seat.frames.filter(({ type }) => type === 'cost_update').at(-1) ?? {};
    assert.ok(costUsd > 0 && costUsd <= 1, String(costUsd));
    assert.equal((await ann.json<Session>(of(session))).status, 'RUNNING', 'what is there can still be handed over');
    seat.close();
  });
});

