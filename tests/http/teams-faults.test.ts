/** Sessions when something under them breaks: whatever it is, nothing is lost, nothing is done twice, and people are told in words. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { scriptName } from '../../scripts/stack/stack.ts';
import { skip } from '../emulators/e2b-harness.ts';
import { checkWhole, discard, doors, forge, harbor, HOME, type Listed, of, ofType, openDoors, stack } from './faults-kit.ts';
import { Client } from './harness.ts';
import { Inside } from './sandbox-kit.ts';
import { colleague, member, Seat, type Session, start, started, team, until } from './session-kit.ts';
import { answered, userId } from './teams-kit.ts';

openDoors();

describe('a restart of ours', { skip }, () => {
  it('while the workspace is being made makes no second one', async () => {
    const ann = await colleague(harbor);
    const session = await start(ann, harbor.projectId);
    let seat = await Seat.take(ann, session.id);
    await seat.find(({ phase }) => phase === 'repository', 'the repository');
    seat.say('Rename "Cinnamon knots" to "Cardamom knots"', { clientId: 'early' });
    await seat.find(({ type }) => type === 'chat_message', 'the message');
    seat = await doors.afterRestart(seat);
    await seat.status('RUNNING');
    await seat.over(1);
    checkWhole(seat, ['Rename "Cinnamon knots" to "Cardamom knots"'], ['done']);
    assert.equal((await doors.sandboxes(session)).length, 1);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Cardamom knots'));
    await discard(ann, session);
    seat.close();
  });

  it('in the middle of a turn lets the agent go on where it is', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.model({ delayMs: 2500 }, { delayMs: 2500 });
    const asked = 'Rename "Rye with fennel seed" to "Rye with caraway"';
    seat.say(asked, { clientId: 'once' });
    await seat.find(({ type, status }) => type === 'turn_status' && status === 'running', 'the turn');
    await sleep(1500);
    const back = await doors.afterRestart(seat);
    // A browser that does not know whether its message arrived sends it again.
    back.say(asked, { clientId: 'once' });
    await back.over(1);
    checkWhole(back, [asked], ['done']);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Rye with caraway'));
    await discard(ann, session);
    back.close();
  });

  it('in the middle of an end makes one pull request', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Rename "Cheese and chive scones" to "Cheddar scones"');
    await forge.door('faults', { requests: [{ endpoint: 'pulls.create', delayMs: 1500, loseAnswer: true }] });
    const first = ann.send('POST', of(session, '/create-pr'), {}).then(async (response) => await response.text(), () => 'cut');
    await seat.status('STOPPING');
    await sleep(400);
    const back = await doors.afterRestart(seat);
    await first;
    const made = await answered<Session>(ann, 200, 'POST', of(session, '/create-pr'), {});
    assert.equal(made.outcome, 'PR_CREATED');
    await back.status('COMPLETED');
    assert.equal((await forge.pulls(session.branchName)).length, 1);
    await doors.noSandbox(session);
    back.close();
  });
});

describe('a sandbox that dies', { skip }, () => {
  it('between turns ends the session in words, and what was saved can be handed over', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Rename "Seeded crispbread" to "Seeded knekke"');
    await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/die`, {});
    seat.say('Hello');
    const over = await seat.status('ERRORED');
    assert.match(over.text ?? '', /workspace of this session is gone\. What was saved is kept/);
    await seat.over(2);
    const made = await answered<Session>(ann, 200, 'POST', of(session, '/create-pr'), {});
    assert.deepEqual([made.status, made.outcome], ['ERRORED', 'PR_CREATED']);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('Seeded knekke'));
    assert.equal((await forge.pulls(session.branchName)).length, 1);
    seat.close();
  });

  it('in the middle of a turn does the same', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Rename "Order a cake" to "Order a cake today"');
    await doors.model({ delayMs: 60_000 });
    seat.say('Make the buttons blue');
    await seat.find(({ type, status, turn }) => type === 'turn_status' && status === 'running' && turn === 2, 'the turn');
    await sleep(1500);
    await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/die`, {});
    await seat.status('ERRORED');
    const { end } = await seat.over(2);
    assert.equal(end.outcome, 'failed');
    await doors.modelRecovers();
    const made = await answered<Session>(ann, 200, 'POST', of(session, '/create-pr'), {});
    assert.equal(made.outcome, 'PR_CREATED');
    seat.close();
  });

  it('in the middle of an end still hands over what was saved', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Rename "Seeded crispbread" to "Seeded flatbread"');
    await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/die`, {});
    const made = await answered<Session>(ann, 200, 'POST', of(session, '/create-pr'), {});
    assert.deepEqual([made.status, made.outcome], ['COMPLETED', 'PR_CREATED']);
    seat.close();
  });
});

describe('connections that break', { skip }, () => {
  it('to the sandbox, while its agent works on, cost nothing', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.model({ delayMs: 2000 }, { delayMs: 2000 });
    const asked = 'Rename "Opening hours" to "When we are here"';
    seat.say(asked);
    await seat.find(({ type, status }) => type === 'turn_status' && status === 'running', 'the turn');
    for (let times = 0; times < 2; times++) {
      await sleep(1200);
      await doors.e2b(`sandboxes/${await doors.sandboxOf(session)}/cut`, {});
    }
    await seat.over(1);
    checkWhole(seat, [asked], ['done']);
    assert.ok((await forge.file(session.branchName, HOME))?.includes('When we are here'));
    await discard(ann, session);
    seat.close();
  });

  it('to e2b, while the sandbox is made, make no second one', async () => {
    const ann = await colleague(harbor);
    await doors.e2b('faults', { requests: [{ endpoint: 'sandboxes.create', loseAnswer: true }, { endpoint: 'sandboxes.list', status: 503, times: 1 }] });
    const { session, seat } = await started(ann, harbor.projectId);
    assert.equal((await doors.sandboxes(session)).length, 1);
    await discard(ann, session);
    await doors.noSandbox(session);
    seat.close();
  });
});

describe('a model that is busy', { skip }, () => {
  for (const status of [429, 529]) {
    it(`(${status}) for a while is waited for, and the person is told`, async () => {
      const ann = await colleague(harbor);
      const { session, seat } = await started(ann, harbor.projectId);
      await doors.model({ status, retryAfter: 1, times: 2 });
      const { end } = await seat.ask('Make the buttons green');
      assert.equal(end.outcome, 'done', seat.told());
      const told = ofType(seat, 'error');
      assert.ok(told.length === 1 && /tries again by itself|keeps trying by itself/.test(told[0]?.message ?? ''), seat.told());
      await discard(ann, session);
      seat.close();
    });
  }

  it('and does not come back ends the turn in words, and the next one may go well', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.model({ status: 401, times: 500 });
    const { end } = await seat.ask('Make the buttons green');
    assert.equal(end.outcome, 'failed', seat.told());
    const last = ofType(seat, 'error').at(-1);
    assert.equal(last?.code, 'key_refused');
    assert.match(last.message ?? '', /Put a working key into your settings/);
    await doors.modelRecovers();
    assert.equal((await seat.ask('Make the buttons green')).end.outcome, 'done', seat.told());
    await discard(ann, session);
    seat.close();
  });

  it('and breaks off in the middle is asked again', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.model({ cutAfterEvents: 3 });
    const { end } = await seat.ask('Make the buttons green');
    assert.equal(end.outcome, 'done', seat.told());
    checkWhole(seat, ['Make the buttons green'], ['done']);
    await discard(ann, session);
    seat.close();
  });
});

describe('a forge that does not answer', { skip }, () => {
  it('is no end of the session: it is said, and can be tried again', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Make the headline bigger');
    await forge.door('faults', { requests: [{ endpoint: 'pulls.create', status: 503, times: 4 }] });
    const refused = await answered(ann, 503, 'POST', of(session, '/create-pr'), {});
    assert.equal(refused.code, 'not_handed_over');
    assert.match(refused.message, /Nothing is lost\. Try again in a minute/);
    const [, after] = ofType(seat, 'session_status').filter(({ status }) => status !== 'STARTING').map(({ status }) => status).slice(-2);
    assert.equal(after, 'RUNNING', seat.told());
    assert.equal((await answered<Session>(ann, 200, 'POST', of(session, '/create-pr'), {})).outcome, 'PR_CREATED');
    assert.equal((await forge.pulls(session.branchName)).length, 1);
    seat.close();
  });
});

describe('a session that is still being made ready', { skip }, () => {
  it('has nothing to hand over, and can be thrown away', async () => {
    const ann = await colleague(harbor);
    const session = await start(ann, harbor.projectId);
    assert.equal((await answered(ann, 409, 'POST', of(session, '/create-pr'), {})).code, 'session_starting');
    assert.equal((await discard(ann, session)).outcome, 'DISCARDED');
    await doors.noSandbox(session);
    assert.equal(await forge.head(session.branchName), undefined);
  });
});

describe('the time of a session', { skip }, () => {
  it('ends it, with everything that lay there saved', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await seat.ask('Make the headline bigger');
    const inside = await Inside.of(stack, session.id);
    await inside.bash('cd /workspace && echo "/* by hand */" >> site/style.css');
    // The shortest session lasts five minutes.
    doors.set(session.id, '$.endsAt', Date.now() - 1);
    await stack.scheduled('teams');
    const over = await seat.status('TIMED_OUT');
    assert.match(over.text ?? '', /The time of this session is over\. What was done is kept, and can still be handed over/);
    await doors.noSandbox(session);
    assert.match((await forge.file(session.branchName, 'site/style.css')) ?? '', /by hand/);
    const made = await answered<Session>(ann, 200, 'POST', of(session, '/create-pr'), {});
    assert.deepEqual([made.status, made.outcome], ['TIMED_OUT', 'PR_CREATED']);
    seat.close();
  });
});

describe('nothing runs on', { skip }, () => {
  it('of a session that the database knows to be over, or that nobody knows', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    const { template_id: templateID } = (await (await stack.db()).prepare('SELECT template_id FROM project WHERE id = ?1').bind(harbor.projectId).first<{ template_id: string }>()) ?? {};
    const stray = 'z'.repeat(24);
    for (const metadata of [{ vetka_session: stray }, { somebody: 'else' }]) {
      const made = await fetch(`${stack.addresses.sandboxes}/sandboxes`, {
        method: 'POST', headers: { 'x-api-key': 'e2b_local', 'content-type': 'application/json' }, body: JSON.stringify({ templateID, timeout: 300, metadata, secure: true }),
      });
      assert.equal(made.status, 201, await made.text());
    }
    await stack.scheduled('teams');
    await doors.noSandbox(stray);
    assert.equal((await doors.sandboxes(session)).length, 1, 'what is needed stays');
    const { sandboxes: left } = (await doors.e2b('sandboxes')) as unknown as { sandboxes: Listed[] };
    assert.ok(left.some(({ metadata }) => metadata['somebody'] === 'else'), 'what is of others stays');
    await discard(ann, session);
    seat.close();
  });

  it('of a session whose end e2b did not hear of', async () => {
    const ann = await colleague(harbor);
    const { session, seat } = await started(ann, harbor.projectId);
    await doors.e2b('faults', { requests: [{ endpoint: 'sandboxes.kill', status: 503, times: 3 }] });
    await discard(ann, session);
    await doors.noSandbox(session);
    seat.close();
  });

  it('of a project that is deleted', async () => {
    const here = await team(stack);
    const { session, seat } = await started(here.admin, here.projectId);
    await answered(here.admin, 200, 'DELETE', `/api/v1/orgs/${here.org.id}/projects/${here.projectId}`);
    await doors.noSandbox(session);
    assert.equal((await seat.end()).code, 4404);
    await answered(here.admin, 404, 'GET', of(session));
  });

  it('of an organization that is deleted', async () => {
    const here = await team(stack);
    const { session, seat } = await started(here.admin, here.projectId);
    await answered(here.admin, 200, 'DELETE', `/api/v1/orgs/${here.org.id}`);
    await doors.noSandbox(session);
    assert.equal((await seat.end()).code, 4404);
  });
});

describe('nothing stays behind', { skip }, () => {
  /** What is kept of a session outside of the database: whether its object knows it, and what was printed. */
  const left = async (id: string): Promise<{ known: boolean; printed: string[] }> => {
    const objects = await stack.stack.miniflare().getDurableObjectNamespace('WORK_SESSION', scriptName('teams'));
    const said = await objects.get(objects.idFromName(id)).fetch('http://session.internal/messages');
    const { objects: printed } = await (await stack.bucket()).list({ prefix: `transcripts/${id}/` });
    return { known: said.status === 200, printed: printed.map(({ key }) => key) };
  };

  for (const [what, path] of [['a project', 'projects/{projectId}'], ['an organization', '']] as const) {
    it(`of sessions that were over when ${what} was deleted`, async () => {
      const here = await team(stack);
      const { session, seat } = await started(here.admin, here.projectId);
      await seat.ask('Make the headline bigger');
      await discard(here.admin, session);
      await until('the transcript', async () => (await left(session.id)).printed.length === 1);
      seat.close();
      await answered(here.admin, 200, 'DELETE', `/api/v1/orgs/${here.org.id}/${path.replace('{projectId}', here.projectId)}`.replace(/\/$/, ''));
      const db = await stack.db();
      await stack.scheduled('teams');
      assert.equal((await left(session.id)).known, true, 'what is under way may come to its end');
      await db.prepare('UPDATE work_session_gone SET gone_at = gone_at - 60000').run();
      await stack.scheduled('teams');
      assert.deepEqual(await left(session.id), { known: false, printed: [] });
      assert.deepEqual((await db.prepare('SELECT id FROM work_session_gone').all()).results, []);
    });
  }
});

describe('somebody who is taken out of the organization', { skip }, () => {
  it('sees and does nothing from then on, and their own session ends', async () => {
    const ben = await colleague(harbor);
    const cleo = await member(harbor);
    const { session, seat } = await started(ben, harbor.projectId);
    const other = await Seat.take(cleo, session.id);
    const { url } = await answered<{ url: string }>(cleo, 200, 'POST', of(session, '/preview'));
    const browser = new Client(new URL(url).origin);
    assert.equal((await browser.fetch(url)).status, 303);
    assert.equal((await browser.fetch('/')).status, 200);
    await answered(harbor.admin, 200, 'DELETE', `/api/v1/orgs/${harbor.org.id}/members`, { userId: await userId(stack, cleo) });
    assert.equal((await other.end()).code, 4401);
    assert.equal((await browser.fetch('/')).status, 401);
    await answered(cleo, 404, 'GET', of(session));
    assert.equal((await seat.ask('Hello')).end.outcome, 'done', 'the others go on');
    await answered(harbor.admin, 200, 'DELETE', `/api/v1/orgs/${harbor.org.id}/members`, { userId: await userId(stack, ben) });
    await doors.noSandbox(session);
    assert.equal((await harbor.admin.json<Session>(of(session))).status, 'ERRORED');
  });
});
