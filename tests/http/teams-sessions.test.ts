/** Sessions, from the first message to what becomes of them: the real Agent SDK in a sandbox of this machine. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { skip } from '../emulators/e2b-harness.ts';
import { discard, Doors, of, ofType } from './faults-kit.ts';
import { type TestStack, startTestStack } from './harness.ts';
import { colleague, ForgeDoor, type Frame, PAGES, prepare, Seat, type Session, start, started, team, type Team, until } from './session-kit.ts';
import { answered, connect, join, organization, userId } from './teams-kit.ts';

const HEADLINE = 'Change the headline on the home page to "Fresh bread, warm welcome"';
const HOME = 'site/index.html';

let stack: TestStack;
let harbor: Team;
let forge: ForgeDoor;

before(async () => {
  if (skip) return;
  stack = await startTestStack();
  forge = new ForgeDoor(stack);
  harbor = await team(stack);
});
after(async () => {
  if (!skip) await stack.close();
});

describe('a session', { skip }, () => {
  it('comes up phase by phase, takes a change, and ends with a pull request', async () => {
    const { session, seat } = await started(harbor.admin, harbor.projectId);
    const phases = ofType(seat, 'session_status').map((frame) => frame.phase);
    assert.deepEqual([...new Set(phases)].filter(Boolean).slice(0, 2), ['sandbox', 'repository'], seat.told());
    assert.ok((await seat.status('RUNNING')).hasPreview, seat.told());

    const { end, said, receipt } = await seat.ask(HEADLINE);
    assert.equal(end.outcome, 'done', seat.told());
    assert.ok(said.length > 0, seat.told());
    assert.ok(receipt?.canUndo && (receipt.changed?.length ?? 0) > 0, seat.told());
    assert.ok((receipt.costUsd ?? 0) > 0, seat.told());
    assert.ok(ofType(seat, 'agent_status').some(({ text }) => text !== ''), seat.told());
    assert.deepEqual(ofType(seat, 'preview_updated').map(({ turn }) => turn), [1]);

    const { views, ...changes } = await harbor.admin.json<{ files: unknown[]; outside: unknown[]; count: number; views: unknown[] }>(of(session, '/changes'));
    assert.deepEqual(changes, { files: [{ what: 'a page (index.html)', change: 'changed' }], outside: [], count: 1 });
    assert.equal(views.length, 1, 'what it looks like, before and after');
    const made = await answered<Session>(harbor.admin, 200, 'POST', of(session, '/create-pr'), {});
    assert.equal(made.outcome, 'PR_CREATED');
    assert.equal(made.status, 'COMPLETED');
    assert.ok(made.prUrl);
    assert.ok(made.totalCostUsd > 0);
    await new Doors(stack, '').noSandbox(session);
    // The history has all of it.
    const { sessions: [kept] } = await harbor.admin.json<{ sessions: (Session & { startedBy: unknown; startedAt: string; projectName: string })[] }>(`/api/v1/orgs/${harbor.org.id}/sessions`);
    assert.deepEqual(kept, await harbor.admin.json(of(session)));
    assert.deepEqual(
      [kept?.id, kept?.status, kept?.outcome, kept?.prUrl, kept?.title, kept?.projectName, kept?.totalCostUsd, kept?.startedBy],
      [session.id, 'COMPLETED', 'PR_CREATED', made.prUrl, HEADLINE, 'harbor-bakery', made.totalCostUsd, { id: await userId(stack, harbor.admin), name: harbor.admin.email.split('@')[0] }],
    );
    assert.ok((kept?.totalTokensIn ?? 0) > 0 && (kept?.totalTokensOut ?? 0) > 0 && Date.parse(kept?.endedAt ?? '') > Date.parse(kept?.startedAt ?? ''), JSON.stringify(kept));
    const again = await answered<Session>(harbor.admin, 200, 'POST', of(session, '/create-pr'), {});
    assert.equal(again.prUrl, made.prUrl);
    assert.equal((await forge.pulls(session.branchName)).length, 1);
    assert.equal((await answered(harbor.admin, 409, 'POST', of(session, '/discard'), { confirm: 'discard' })).code, 'session_over');
    seat.close();
  });
});

describe('talking in a session', { skip }, () => {
  let session: Session;
  let seat: Seat;
  before(async () => {
    session = await start(harbor.admin, harbor.projectId);
    seat = await Seat.take(harbor.admin, session.id);
  });
  after(async () => {
    await discard(harbor.admin, session);
    seat.close();
  });

  it('may begin while the workspace is being made, and the same message twice is one', async () => {
    seat.say(HEADLINE, { clientId: 'first' });
    seat.say(HEADLINE, { clientId: 'first' });
    seat.say('Rename "Cinnamon knots" to "Cardamom knots"', { clientId: 'second' });
    const [one, two] = [await seat.over(1), await seat.over(2)];
    assert.deepEqual([one.end.outcome, two.end.outcome], ['done', 'done'], seat.told());
    const asked = ofType(seat, 'chat_message').filter(({ role }) => role === 'user');
    assert.deepEqual(asked.map(({ turn }) => turn), [1, 2]);
    const waits = ofType(seat, 'turn_status').filter(({ turn }) => turn === 2).map(({ status }) => status);
    assert.deepEqual(waits, ['queued', 'running', 'idle']);
    const page = await forge.file(session.branchName, HOME);
    assert.ok(page?.includes('Fresh bread, warm welcome') && page.includes('Cardamom knots'), page);
  });

  it('keeps the conversation from turn to turn, and shows the words as they come', async () => {
    const { said, turn } = await seat.ask('What did you do so far?');
    assert.match(said.join('\n'), /Cardamom/i, seat.told());
    const whole = new Map(ofType(seat, 'chat_message').map(({ id, text = '' }) => [id, text]));
    const shown = ofType(seat, 'agent_streaming').filter((frame) => frame.turn === turn);
    assert.ok(shown.length > 0, seat.told());
    for (const { messageId, text = '', seq } of shown) {
      assert.equal(seq, undefined);
      assert.ok(text !== '' && whole.get(messageId)?.startsWith(text), `“${text}” is no beginning of “${whole.get(messageId)}”`);
    }
  });

  it('leaves what was printed where nobody is shown it, without the token', async () => {
    const bucket = await stack.bucket();
    const transcript = await until('the transcript', async () => await (await bucket.get(`transcripts/${session.id}/000001`))?.text());
    const lines = transcript.trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string });
    assert.deepEqual(['system', 'assistant', 'user', 'result'].filter((type) => !lines.some((line) => line.type === type)), []);
    assert.match(transcript, /index\.html/, 'what people are not shown is in it');
    assert.doesNotMatch(transcript, /vs_[a-z0-9]{24}_|sk-ant/);
  });

  it('costs, and says so: to those who look on, and to the database', async () => {
    const sums = ofType(seat, 'cost_update').map(({ costUsd }) => costUsd ?? 0);
    assert.ok(sums.length > 2 && sums.every((sum, at) => at === 0 || sum >= (sums[at - 1] ?? 0)), String(sums));
    const row = await until('the sum in the database', async () => {
      const row = await (await stack.db()).prepare('SELECT cost, tokens_in, tokens_out, held, title FROM work_session WHERE id = ?1').bind(session.id)
        .first<{ cost: number; tokens_in: number; tokens_out: number; held: number; title: string }>();
      return row !== null && Math.abs(row.cost / 1e6 - (sums.at(-1) ?? 0)) < 1e-9 && row;
    });
    assert.ok(row.cost > 0 && row.tokens_in > 0 && row.tokens_out > 0 && row.held === 0, JSON.stringify(row));
    assert.equal(row.title, HEADLINE);
    const shown = await harbor.admin.json<Session>(of(session));
    assert.deepEqual([shown.totalTokensIn, shown.totalTokensOut], [row.tokens_in, row.tokens_out]);
  });

  it('takes a turn back, and takes that back as well', async () => {
    await answered(harbor.admin, 202, 'POST', of(session, '/undo'), { turn: 1 });
    const undone = await seat.over(4);
    assert.deepEqual([undone.end.outcome, undone.receipt?.changed], ['done', ['a page (index.html)']], seat.told());
    let page = await forge.file(session.branchName, HOME);
    assert.ok(page?.includes('Bread, before the boats go out') && page.includes('Cardamom knots'), page);
    await answered(harbor.admin, 202, 'POST', of(session, '/undo'), { turn: 4 });
    assert.equal((await seat.over(5)).end.outcome, 'done');
    page = await forge.file(session.branchName, HOME);
    assert.ok(page?.includes('Fresh bread, warm welcome'), page);
    assert.equal((await answered(harbor.admin, 409, 'POST', of(session, '/undo'), { turn: 3 })).code, 'nothing_to_undo');
    assert.equal((await answered(harbor.admin, 404, 'POST', of(session, '/undo'), { turn: 99 })).code, 'not_found');
  });

  it('says why when later work stands on what is to be taken back', async () => {
    await seat.ask('Rename "Cardamom knots" to "Saffron knots"');
    await answered(harbor.admin, 202, 'POST', of(session, '/undo'), { turn: 2 });
    const { end, said } = await seat.over(7);
    assert.equal(end.outcome, 'failed', seat.told());
    assert.match(said.join(), /Later changes stand on this one/);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Saffron knots'));
  });

  it('stops what runs when somebody says so, and goes on with what waits', async () => {
    const from = seat.frames.length;
    seat.say('Make the headline friendlier, make the buttons blue and the background yellow', { clientId: 'long' });
    seat.say('What can you do?', { clientId: 'after' });
    await seat.find(({ type, turn, status }) => type === 'turn_status' && turn === 8 && status === 'running', 'the turn', { from });
    seat.send({ type: 'stop_turn' });
    assert.equal((await seat.over(8)).end.outcome, 'stopped', seat.told());
    assert.equal((await seat.over(9)).end.outcome, 'done', seat.told());
  });

  it('is the same for everybody who is there, each by their name', async () => {
    const ben = await colleague(harbor);
    await (await stack.db()).prepare('UPDATE user SET name = ?2 WHERE id = ?1').bind(await userId(stack, ben), 'Ben Birch').run();
    const other = await Seat.take(ben, session.id);
    const { people = [] } = await seat.find(({ type, people }) => type === 'people' && people?.length === 2, 'both');
    assert.ok(people.some(({ name }) => name === 'Ben Birch'), JSON.stringify(people));
    assert.ok(people.every(({ name }) => name !== ''), JSON.stringify(people));
    const { turn } = await other.ask('Hello');
    const { author } = await seat.find(({ type, text, role }) => type === 'chat_message' && role === 'user' && text === 'Hello', 'the message');
    assert.equal(author?.name, 'Ben Birch');
    await seat.over(turn);
    const kept = (from: Seat): Frame[] => from.frames.filter(({ seq }) => seq !== undefined).sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
    assert.deepEqual(kept(other), kept(seat));
    assert.deepEqual(kept(seat).map(({ seq }) => seq), kept(seat).map((_, at) => at + 1), 'each number once');
    const from = seat.frames.length;
    other.close();
    await seat.find(({ type, people }) => type === 'people' && people?.length === 1, 'one', { from });
  });

  it('can be left and come back to, with exactly the rest', async () => {
    const all = seat.frames.filter(({ seq }) => seq !== undefined);
    const middle = all[Math.floor(all.length / 2)]?.seq ?? 0;
    const back = await Seat.take(harbor.admin, session.id, middle);
    assert.deepEqual(back.frames.filter(({ seq }) => seq !== undefined), all.filter(({ seq }) => (seq ?? 0) > middle));
    back.close();
    const said = await harbor.admin.json<{ messages: Frame[]; nextCursor: string | null }>(of(session, '/messages'));
    assert.deepEqual(said.messages, all.filter(({ type }) => type === 'chat_message' || type === 'receipt'));
    assert.equal(said.nextCursor, null);
    const later = await harbor.admin.json<{ messages: Frame[] }>(of(session, `/messages?cursor=${middle}`));
    assert.ok(later.messages.length > 0 && later.messages.every(({ seq }) => (seq ?? 0) > middle));
    const { sessions } = await harbor.admin.json<{ sessions: Session[] }>(`/api/v1/orgs/${harbor.org.id}/sessions?q=warm%20welcome`);
    assert.ok(sessions.some(({ id }) => id === session.id));
    const active = await harbor.admin.json<{ sessions: Session[] }>(`/api/v1/orgs/${harbor.org.id}/projects/${harbor.projectId}/active-sessions`);
    assert.deepEqual(active.sessions.map(({ id }) => id), [session.id]);
  });
});

describe('a long session', { skip }, () => {
  it('is read in parts, each message once', async () => {
    const dora = await colleague(harbor);
    const { session, seat } = await started(dora, harbor.projectId);
    await seat.ask('Hello');
    await discard(dora, session);
    seat.close();
    new Doors(stack, '').talk(session.id, 450);
    const parts: Frame[][] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const part: { messages: Frame[]; nextCursor: string | null } = await dora.json(of(session, `/messages?cursor=${cursor}`));
      parts.push(part.messages);
      cursor = part.nextCursor;
    }
    assert.deepEqual(parts.slice(0, 2).map(({ length }) => length), [200, 200]);
    const seqs = parts.flat().map(({ seq = 0 }) => seq);
    assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b));
    assert.equal(parts.flat().filter(({ text }) => /^Message \d+$/.test(text ?? '')).length, 450);
  });
});

describe('several sessions of one project', { skip }, () => {
  it('know of each other, and a person has three at most', async () => {
    const cleo = await colleague(harbor);
    const first = await start(cleo, harbor.projectId);
    const seat = await Seat.take(cleo, first.id);
    assert.equal(ofType(seat, 'conflict_warning').length, 0);
    const second = await start(cleo, harbor.projectId);
    const warned = await seat.find(({ type }) => type === 'conflict_warning', 'the warning');
    assert.deepEqual(warned.sessions?.map(({ id }) => id), [second.id]);
    assert.match(warned.text ?? '', /has a session of this project open as well/);
    const other = await Seat.take(cleo, second.id);
    assert.deepEqual((await other.find(({ type }) => type === 'conflict_warning', 'the warning')).sessions?.map(({ id }) => id), [first.id]);
    const third = await start(cleo, harbor.projectId);
    const { code, message } = await answered(cleo, 409, 'POST', '/api/v1/sessions', { projectId: harbor.projectId });
    assert.equal(code, 'too_many_sessions');
    assert.match(message, /You have 3 sessions open\. Finish one of them first/);
    for (const session of [first, second, third]) {
      assert.equal((await answered(cleo, 422, 'POST', of(session, '/discard'), { confirm: 'yes' })).code, 'not_confirmed');
      const over = await discard(cleo, session);
      assert.deepEqual([over.status, over.outcome], ['COMPLETED', 'DISCARDED']);
      await until('the branch is gone', async () => (await forge.head(session.branchName)) === undefined);
    }
    seat.close();
    other.close();
  });
});

describe('a session cannot begin', { skip }, () => {
  it('without what it needs, and says who can bring it', async () => {
    const dora = await stack.person();
    const org = await organization(dora);
    await connect(dora, 'ann-ash');
    const { id } = await answered<{ id: string }>(dora, 201, 'POST', `/api/v1/orgs/${org.id}/projects`, { repository: 'ann-ash/harbor-bakery', startupCommands: PAGES });
    const wish = { projectId: id };
    assert.match((await answered(dora, 409, 'POST', '/api/v1/sessions', wish)).message, /not prepared yet\. An admin can do that/);
    await prepare(dora, org.id, id);
    const noKey = await answered(dora, 409, 'POST', '/api/v1/sessions', wish);
    assert.equal(noKey.code, 'api_key_missing');
    assert.match(noKey.message, /Put your Anthropic key into your settings/);
    const eve = await stack.person();
    await join(dora, org.id, eve);
    await answered(eve, 200, 'PUT', '/api/v1/users/api-key', { apiKey: 'sk-ant-canary-of-a-test' });
    const noForge = await answered(eve, 409, 'POST', '/api/v1/sessions', wish);
    assert.match(noForge.message, /GitHub/);
    assert.equal((await answered(await stack.person(), 404, 'POST', '/api/v1/sessions', wish)).code, 'not_found');
  });
});
