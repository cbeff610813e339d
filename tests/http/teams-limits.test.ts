/** How much a person and an organization may have going on, ask for, and spend: each limit is said in words, and harms nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skip } from '../emulators/e2b-harness.ts';
import { discard, doors, harbor, of, ofType, openDoors, stack } from './faults-kit.ts';
import { newId } from './publishing.ts';
import { colleague, type Frame, Seat, type Session, start, started, team } from './session-kit.ts';
import { answered, type Refusal } from './teams-kit.ts';

openDoors();

describe('sessions', { skip }, () => {
  it('of one person are three at once, however they are asked for, and ten asked for in a row', async () => {
    const ann = await colleague(harbor);
    const ask = async (): Promise<[number, Session & Refusal & { retryAfter?: number }, string | null]> => {
      const response = await ann.send('POST', '/api/v1/sessions', { projectId: harbor.projectId });
      return [response.status, (await response.json()) as Session & Refusal, response.headers.get('retry-after')];
    };
    const first = await Promise.all(Array.from({ length: 8 }, ask));
    const made = first.filter(([status]) => status === 201).map(([, session]) => session);
    assert.deepEqual(first.map(([status]) => status).sort(), [201, 201, 201, 409, 409, 409, 409, 409]);
    for (const [status, { code }] of first) if (status === 409) assert.equal(code, 'too_many_sessions');
    for (let times = 0; times < 2; times++) assert.equal((await ask())[0], 409);
    const [status, { code, message, retryAfter }, wait] = await ask();
    assert.deepEqual([status, code, String(retryAfter)], [429, 'too_many_requests', wait]);
    assert.match(message, /^That was a lot at once\. Try again in (\d+ seconds|2 minutes)\.$/);
    for (const session of made) await discard(ann, session);
    assert.equal((await colleague(harbor).then((ben) => start(ben, harbor.projectId))).status, 'STARTING', 'others are not held up by it');
  });

  it('of one organization are ten at once', async () => {
    const here = await team(stack);
    const db = await stack.db();
    const insert = db.prepare(`INSERT INTO work_session (id, organization_id, project_id, branch, status, started_at) VALUES (?1, ?2, ?3, 'vendi/session-x', ?4, ?5)`);
    const states = ['STARTING', 'RUNNING', 'STOPPING', ...Array.from({ length: 7 }, () => 'RUNNING')];
    await db.batch([...states, 'COMPLETED', 'ERRORED', 'TIMED_OUT'].map((status) => insert.bind(newId(), here.org.id, here.projectId, status, Date.now())));
    const refused = await answered(here.admin, 409, 'POST', '/api/v1/sessions', { projectId: here.projectId });
    assert.deepEqual([refused.code, refused.message], ['too_many_sessions', 'Your team has 10 sessions open. Wait until one of them is finished.']);
    await db.prepare("UPDATE work_session SET status = 'COMPLETED' WHERE organization_id = ?1 AND status = 'STOPPING'").bind(here.org.id).run();
    await discard(here.admin, await start(here.admin, here.projectId));
  });
});

describe('messages', { skip }, () => {
  it('wait in a row of ten, and of one person thirty come in a row', async () => {
    const ann = await colleague(harbor);
    const session = await start(ann, harbor.projectId);
    const seat = await Seat.take(ann, session.id);
    for (let number = 0; number < 40; number++) seat.say(`Message ${number}`);
    const answers = (): Frame[] => seat.frames.filter(({ type, role }) => type === 'error' || (type === 'chat_message' && role === 'user'));
    await seat.find(() => answers().length >= 40, 'all answers');
    const codes = (code: string): Frame[] => answers().filter((frame) => frame.code === code);
    const taken = answers().filter(({ type }) => type === 'chat_message').map(({ text }) => text);
    const [full, fast] = [codes('queue_full'), codes('too_many_requests')];
    assert.equal(taken.length + full.length + fast.length, 40, seat.told());
    assert.ok(taken.length >= 10 && taken.length <= 30 && fast.length > 0, `${taken.length} taken, ${full.length} not, ${fast.length} too fast`);
    assert.deepEqual(taken, taken.map((_, at) => taken[at] ?? ''), 'in their order');
    assert.match(full[0]?.message ?? '', /^Several messages are waiting already\. Let the agent finish some first\.$/);
    assert.match(fast[0]?.message ?? '', /^That was a lot at once\. Try again in \d+ seconds?\.$/);
    const { messages } = await ann.json<{ messages: Frame[] }>(of(session, '/messages'));
    assert.deepEqual(messages.filter(({ role }) => role === 'user').map(({ text }) => text).slice(0, 10), taken.slice(0, 10), 'what was refused is not in it');
    await discard(ann, session);
    seat.close();
  });
});

describe("an organization's month", { skip }, () => {
  const budget = async (here: typeof harbor, monthlyBudgetUsd: number | null): Promise<void> =>
    void (await answered(here.admin, 200, 'PUT', `/api/v1/orgs/${here.org.id}`, { monthlyBudgetUsd }));

  it('that is used up lets no session begin', async () => {
    const here = await team(stack);
    await budget(here, 0);
    const refused = await answered(here.admin, 409, 'POST', '/api/v1/sessions', { projectId: here.projectId });
    assert.equal(refused.code, 'month_over');
    assert.match(refused.message, /budget for this month is used up\. Ask an admin to raise it in the team’s settings/);
    // What was spent in another month is not spent in this one.
    await (await stack.db())
      .prepare(`INSERT INTO work_session (id, organization_id, project_id, branch, status, cost, started_at, ended_at) VALUES (?1, ?2, ?3, 'x', 'COMPLETED', 9000000, ?4, ?4)`)
      .bind(newId(), here.org.id, here.projectId, Date.now() - 40 * 86_400_000)
      .run();
    await budget(here, 1);
    await discard(here.admin, await start(here.admin, here.projectId));
  });

  it('that is used up in the middle stops the agent before the next call, and a larger one lets it go on', async () => {
    const here = await team(stack);
    const { session, seat } = await started(here.admin, here.projectId);
    assert.equal((await seat.ask('Hello')).end.outcome, 'done');
    const spent = async (): Promise<number> => (await here.admin.json<Session>(of(session))).totalCostUsd;
    const before = await spent();
    assert.ok(before > 0);
    await budget(here, before);
    await doors.forgetCalls();
    const { end } = await seat.ask('Hello again');
    assert.equal(end.outcome, 'failed', seat.told());
    const told = ofType(seat, 'error').at(-1);
    assert.equal(told?.code, 'budget_reached');
    assert.match(told.message ?? '', /^Your team’s budget for this month is used up, so the agent had to stop\. What was done so far is kept\. Ask an admin to raise it/);
    assert.equal(await doors.calls(), 0, 'the model was asked all the same');
    assert.equal(await spent(), before);
    const { budgetUsd = 0, leftUsd = 0, costUsd = 0 } = ofType(seat, 'cost_update').at(-1) ?? {};
    assert.ok(Math.abs(budgetUsd - costUsd - leftUsd) < 1e-9, 'nothing stays set aside');
    await budget(here, null);
    assert.equal((await seat.ask('Hello once more')).end.outcome, 'done', seat.told());
    await discard(here.admin, session);
    seat.close();
  });
});
