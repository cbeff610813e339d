/** Sessions when what they need is away for long, or does not answer at all: they end or go on in words, and nothing is lost. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'node:test';
import { skip } from '../emulators/e2b-harness.ts';
import { checkWhole, discard, doors, forge, harbor, HOME, of, ofType, openDoors, stack } from './faults-kit.ts';
import { Inside } from './sandbox-kit.ts';
import { colleague, type Frame, PAGES, Seat, start, started, team, until } from './session-kit.ts';
import { answered } from './teams-kit.ts';

const STYLE = 'site/style.css';
const LONG = 10_000;

openDoors();

// What one test leaves broken is none of the next one's business.
afterEach(async () => {
  if (skip) return;
  await doors.modelRecovers();
  await doors.e2bRecovers();
});

const lastCost = (seat: Seat): Frame => ofType(seat, 'cost_update').at(-1) ?? assert.fail('no cost was told');

interface Money {
  cost: number;
  held: number;
  tokens_out: number;
}
async function money(id: string): Promise<Money> {
  return (await (await stack.db()).prepare('SELECT cost, held, tokens_out FROM work_session WHERE id = ?1').bind(id).first<Money>()) ?? assert.fail('no such session');
}

describe('a model that is busy for good', { skip }, () => {
  for (const [status, code, words] of [
    [429, 'rate_limited', /reached its limit for now\. Wait a minute, then send your message again/],
    [529, 'service_overloaded', /very busy right now\. What was done so far is kept\. Send your message again in a few minutes/],
  ] as const) {
    it(`(${status}) ends the turn in words, asks no more, and costs nothing`, async () => {
      const ann = await colleague(harbor);
      const { session, seat } = await started(ann, harbor.projectId);
      await doors.forgetCalls();
      await doors.model({ status, retryAfter: 1, times: LONG });
      const { end } = await seat.ask('Make the buttons green');
      assert.equal(end.outcome, 'failed', seat.told());
      const last = ofType(seat, 'error').at(-1);
      assert.equal(last?.code, code, seat.told());
      assert.match(last.message ?? '', words);
      const calls = await doors.calls();
      assert.ok(calls >= 2 && calls <= 12, `${calls} calls`);
      await sleep(4000);
      assert.equal(await doors.calls(), calls, 'it asks on');
      const { costUsd, leftUsd, budgetUsd } = lastCost(seat);
      assert.deepEqual([costUsd, leftUsd], [0, budgetUsd], seat.told());
      assert.deepEqual(await money(session.id), { cost: 0, held: 0, tokens_out: 0 });

      await doors.modelRecovers();
      const again = await seat.ask('Make the buttons green once more');
      assert.equal(again.end.outcome, 'done', seat.told());
      const { costUsd: cost = 0, leftUsd: left = 0 } = lastCost(seat);
      assert.ok(cost > 0 && Math.abs(left + cost - (budgetUsd ?? 0)) < 1e-9 && again.receipt?.costUsd === cost, seat.told());
      await discard(ann, session);
      const { cost: kept, held } = await money(session.id);
      assert.deepEqual([kept, held], [Math.round(cost * 1e6), 0]);
      seat.close();
    });
  }
});

describe('e2b that is away for long', { skip }, () => {
  it('while a session starts ends it in words, leaves no sandbox, and the next one starts', async () => {
    const ann = await colleague(harbor);
    // The last that is heard of it is a sandbox, and not even the answer to that.
    await doors.e2b('faults', {
      requests: [
        { endpoint: 'sandboxes.list', delayMs: 1 },
        { endpoint: 'sandboxes.create', loseAnswer: true },
        { endpoint: '*', status: 503, times: LONG },
      ],
    });
    const session = await start(ann, harbor.projectId);
    const seat = await Seat.take(ann, session.id);
    seat.say('Make the buttons green');
    const over = await seat.status('ERRORED', { ms: 120_000 });
    assert.match(over.text ?? '', /Something this session needs does not answer\. .*Try a new session in a few minutes/, seat.told());
    await seat.over(1);
    assert.deepEqual(ofType(seat, 'chat_message').map(({ text }) => text), ['Make the buttons green'], 'what was said is there');
    await doors.e2bRecovers();
    await stack.scheduled('teams');
    await doors.noSandbox(session);
    assert.equal((await answered(ann, 409, 'POST', of(session, '/create-pr'), {})).code, 'nothing_to_hand_over');
    seat.close();
    const next = await started(ann, harbor.projectId);
    await discard(ann, next.session);
    next.seat.close();
  });

  it('while a session runs ends a turn in words, loses nothing, and the session goes on', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Rename "Cinnamon knots" to "Cardamom knots"');
    await doors.e2b('faults', { requests: [{ endpoint: '*', status: 503, times: LONG }] });
    const { end } = await seat.ask('Make the buttons green');
    assert.equal(end.outcome, 'failed', seat.told());
    assert.match(ofType(seat, 'error').at(-1)?.message ?? '', /does not answer right now\. What was done so far is there\. Send your message again in a minute/, seat.told());
    assert.equal((await ann.json<{ status: string }>(of(session))).status, 'RUNNING');
    await doors.e2bRecovers();
    assert.equal((await seat.ask('Make the buttons green, please')).end.outcome, 'done', seat.told());
    checkWhole(seat, ['Rename "Cinnamon knots" to "Cardamom knots"', 'Make the buttons green', 'Make the buttons green, please'], ['done', 'failed', 'done']);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Cardamom knots'));
    await discard(ann, session);
    await doors.noSandbox(session);
    seat.close();
  });

  it('in the middle of a turn is waited for: the agent works on meanwhile', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.model({ delayMs: 1500 }, { delayMs: 1500 });
    const asked = 'Rename "Rye with fennel seed" to "Rye with caraway"';
    seat.say(asked);
    await seat.find(({ type, status }) => type === 'turn_status' && status === 'running', 'the turn');
    await sleep(1500);
    await doors.e2b('faults', { requests: [{ endpoint: '*', status: 503, times: LONG }] });
    await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/cut`, {});
    await sleep(8000);
    await doors.e2bRecovers();
    await seat.over(1);
    checkWhole(seat, [asked], ['done']);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Rye with caraway'));
    await discard(ann, session);
    seat.close();
  });
});

describe('a sandbox that answers nothing at all', { skip }, () => {
  const GIVEN_UP = /The workspace of this session does not answer right now\. What was done so far is there\. Send your message again in a minute/;
  /** The last but one attempt was in vain already, so the limit of the last one is what there is to wait for. */
  const nearTheLimit = (id: string): void => doors.set(id, '$.attempts', 5);

  it('ends a turn in words within its limits, before it begins and in the middle of it', async () => {
    const [ann, ben] = [await colleague(harbor), await colleague(harbor)];
    const before = await started(ann, harbor.projectId);
    const middle = await started(ben, harbor.projectId);
    const hang = async (session: typeof middle.session, over = false): Promise<unknown> => await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/hang`, { over });

    await doors.model({ delayMs: 3000 });
    middle.seat.say('Rename "Opening hours" to "When we are here"');
    await middle.seat.find(({ type, status }) => type === 'turn_status' && status === 'running', 'the turn');
    await sleep(1500);
    await Promise.all([hang(before.session), hang(middle.session)]);
    nearTheLimit(before.session.id);
    nearTheLimit(middle.session.id);
    before.seat.say('Make the headline bigger');
    const isEnd = (frame: Frame): boolean => frame.type === 'turn_status' && frame.status === 'idle';
    const ends = await Promise.all([before, middle].map(async ({ seat }) => await seat.find(isEnd, 'the end of the turn', { ms: 150_000 })));
    assert.deepEqual(ends.map(({ outcome }) => outcome), ['failed', 'failed']);
    for (const { seat, session } of [before, middle]) {
      assert.match(ofType(seat, 'error').at(-1)?.message ?? '', GIVEN_UP, seat.told());
      assert.equal((await ann.json<{ status: string }>(of(session))).status, 'RUNNING');
    }

    // When it comes back, one agent is at work in it: the one of the next turn.
    await Promise.all([hang(before.session, true), hang(middle.session, true)]);
    for (const { seat, session } of [before, middle]) {
      const next = await seat.ask('Rename "Cinnamon knots" to "Cardamom knots"');
      assert.equal(next.end.outcome, 'done', seat.told());
      const left = (await (await Inside.of(stack, session.id)).processes()).filter(({ config }) => config.args.some((arg) => arg.includes('runner.mjs')));
      assert.deepEqual(left, [], 'an agent of a turn that was given up is still at work');
      assert.ok((await forge.file(session.branchName, HOME))?.includes('Cardamom knots'));
      const outcomes = ofType(seat, 'turn_status').filter(({ status }) => status === 'idle').map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, ['failed', 'done']);
    }
    await discard(ann, before.session);
    await discard(ben, middle.session);
    before.seat.close();
    middle.seat.close();
  });

  it('can be thrown away nevertheless', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/hang`, {});
    assert.equal((await discard(ann, session)).outcome, 'DISCARDED');
    await doors.noSandbox(session);
    seat.close();
  });
});

describe('a restart of ours in the middle of a push', { skip }, () => {
  /** What the forge does with the push that was under way: it never comes to it, or does it and nobody hears of it. */
  for (const [what, fault] of [
    ['that comes to nothing', { delayMs: 2500, status: 503 }],
    ['that was done', { loseAnswer: true, delayMs: 800 }],
  ] as const) {
    it(`${what} leaves the turn's commit on the branch, once`, async () => {
      const ann = await colleague(harbor);
      const { session, seat } = await started(ann, harbor.projectId);
      const base = await forge.head(session.branchName);
      await forge.door('faults', { requests: [{ endpoint: 'git.receive-pack', ...fault }] });
      const asked = 'Rename "Seeded crispbread" to "Seeded knekke"';
      seat.say(asked);
      const inside = await Inside.of(stack, session.id);
      await until('the push', async () => (await inside.processes()).some(({ config }) => config.args.some((arg) => arg.includes('git push'))));
      await sleep(400);
      const back = await doors.afterRestart(seat);
      await back.over(1);
      checkWhole(back, [asked], ['done']);
      assert.equal(ofType(back, 'receipt').length, 1);
      const commits = (await forge.get<{ sha: string; commit: { message: string } }[]>(`commits?sha=${session.branchName}`)) ?? [];
      const own = commits.slice(0, commits.findIndex(({ sha }) => sha === base));
      assert.deepEqual(own.map(({ commit }) => commit.message.split('\n')[0]), ['Replace "Seeded crispbread" with "Seeded knekke"']);
      assert.ok((await forge.file(session.branchName, HOME))?.includes('Seeded knekke'));
      await discard(ann, session);
      back.close();
    });
  }
});

describe('the stream of the model and the socket of the browser', { skip }, () => {
  it('that break at once lose nothing, and nothing comes twice', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.model({ pieceMs: 150, cutAfterEvents: 6 });
    const asked = 'Rename "Order a cake" to "Order a cake today"';
    seat.say(asked);
    await seat.find(({ type, status }) => type === 'turn_status' && status === 'running', 'the turn');
    await sleep(900);
    const seen = Math.max(...seat.frames.map(({ seq }) => seq ?? 0));
    seat.close();
    await sleep(500);
    const back = await Seat.take(ann, session.id, seen);
    await back.over(1);
    const all = await Seat.take(ann, session.id);
    checkWhole(all, [asked], ['done']);
    const kept = ({ seq }: Frame): boolean => seq !== undefined;
    assert.deepEqual(back.frames.filter(kept), all.frames.filter(kept).slice(seen), 'the rest, from where the first socket ended');
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Order a cake today'));
    await discard(ann, session);
    back.close();
    all.close();
  });
});

describe('a session that is not ready when somebody ends it', { skip }, () => {
  it('and GitHub refuses that goes on becoming ready', async () => {
    const slow = await team(stack, { project: { startupCommands: ['sleep 5', ...PAGES] } });
    const session = await start(slow.admin, slow.projectId);
    const seat = await Seat.take(slow.admin, session.id);
    await seat.find(({ phase }) => phase === 'startup', 'the start of the project');
    await forge.door('faults', { requests: [{ endpoint: 'git.deleteRef', status: 403, message: 'Resource not accessible by integration' }] });
    const refused = await answered(slow.admin, 403, 'POST', of(session, '/discard'), { confirm: 'discard' });
    assert.equal(refused.code, 'github_not_allowed', refused.message);
    await seat.status('RUNNING');
    const states = ofType(seat, 'session_status').map(({ status }) => status);
    assert.deepEqual(states.filter((status, at) => status !== states[at - 1]), ['STARTING', 'STOPPING', 'STARTING', 'RUNNING'], seat.told());
    assert.equal((await seat.ask('Hello')).end.outcome, 'done', seat.told());
    assert.equal((await discard(slow.admin, session)).outcome, 'DISCARDED');
    seat.close();
  });
});

describe('what starting a project changes in its files', { skip }, () => {
  it('is no change of a turn, and is not handed over', async () => {
    const here = await team(stack, { project: { startupCommands: ['echo "/* made at the start */" >> site/style.css && sed -i s/harbor/harbour/ package.json', ...PAGES] } });
    const { session, seat } = await started(here.admin, here.projectId);
    const inside = await Inside.of(stack, session.id);
    assert.match(await inside.bash('tail -n 1 /workspace/site/style.css'), /made at the start/);
    const { receipt } = await seat.ask('Rename "Cheese and chive scones" to "Cheddar scones"');
    assert.deepEqual(receipt?.changed, ['a page (index.html)'], seat.told());
    const files = async (): Promise<string[]> =>
      (await here.admin.json<{ files: { what: string }[] }>(of(session, '/changes'))).files.map(({ what }) => what);
    assert.deepEqual(await files(), ['a page (index.html)']);

    // Of a file that a turn changes too, the turn's lines are taken.
    const second = await seat.ask('Make the buttons blue');
    assert.equal(second.receipt?.changed?.length, 1, seat.told());
    const style = (await forge.file(session.branchName, STYLE)) ?? '';
    assert.notEqual(style, await forge.file('main', STYLE));
    assert.doesNotMatch(style, /made at the start/);
    assert.match(await inside.bash('tail -n 1 /workspace/site/style.css'), /made at the start/, 'the project runs with it still');
    await answered(here.admin, 202, 'POST', of(session, '/undo'), { turn: second.turn });
    assert.equal((await seat.over(second.turn + 1)).end.outcome, 'done', seat.told());
    assert.equal(await forge.file(session.branchName, STYLE), await forge.file('main', STYLE));
    assert.match(await inside.bash('tail -n 1 /workspace/site/style.css'), /made at the start/);
    assert.deepEqual(await files(), ['a page (index.html)']);
    await discard(here.admin, session);
    seat.close();
  });

  it('is nothing to save when the session ends before it was ready', async () => {
    const here = await team(stack, { project: { startupCommands: ['echo x >> site/style.css', 'sleep 30', ...PAGES] } });
    const session = await start(here.admin, here.projectId);
    const seat = await Seat.take(here.admin, session.id);
    await seat.find(({ phase, text }) => phase === 'startup' && /step 2/.test(text ?? ''), 'the second command');
    seat.send({ type: 'stop_session' });
    await seat.status('COMPLETED');
    assert.equal(await forge.head(session.branchName), await forge.head('main'));
    seat.close();
  });
});
