/** How sessions end: handed over, thrown away, or refused by the forge; each once, and in words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skip } from '../emulators/e2b-harness.ts';
import { discard, doors, forge, harbor, HOME, of, ofType, openDoors, stack } from './faults-kit.ts';
import { Inside } from './sandbox-kit.ts';
import { colleague, equip, type Frame, PAGES, prepare, type Session, started } from './session-kit.ts';
import { answered, connect, organization } from './teams-kit.ts';

openDoors();

describe('the end of a session', { skip }, () => {
  it('with nothing to hand over is refused, and the session goes on', async () => {
    const ben = await colleague(harbor);
    const { session, seat } = await started(ben, harbor.projectId);
    const { code, message } = await answered(ben, 409, 'POST', of(session, '/create-pr'), {});
    assert.equal(code, 'nothing_to_hand_over', message);
    assert.match(message, /nothing to hand over/);
    await seat.status('RUNNING', { from: seat.frames.findIndex(({ status }) => status === 'STOPPING') });
    assert.equal((await seat.ask('Hello')).end.outcome, 'done');
    await discard(ben, session);
    seat.close();
  });

  it('in the main branch is for admins, and is there then', async () => {
    const ben = await colleague(harbor);
    const { session, seat } = await started(ben, harbor.projectId);
    await seat.ask('Rename "Rye with fennel seed" to "Rye with caraway"');
    assert.equal((await answered(ben, 403, 'POST', of(session, '/commit-to-main'), {})).code, 'admins_only');
    const made = await answered<Session>(harbor.admin, 200, 'POST', of(session, '/commit-to-main'), { message: 'Caraway for fennel' });
    assert.deepEqual([made.status, made.outcome], ['COMPLETED', 'COMMITTED_TO_MAIN']);
    assert.ok((await forge.file('main', HOME))?.includes('Rye with caraway'));
    assert.equal(await forge.head('main'), made.commitSha);
    await doors.noSandbox(session);
    // Asked for again, nothing is done twice; and it is not ended in another way.
    const again = await answered<Session>(harbor.admin, 200, 'POST', of(session, '/commit-to-main'), {});
    assert.equal(again.commitSha, made.commitSha);
    assert.equal((await answered(harbor.admin, 409, 'POST', of(session, '/create-pr'), {})).code, 'session_over');
    assert.equal((await answered(harbor.admin, 409, 'POST', of(session, '/discard'), { confirm: 'discard' })).code, 'session_over');
    const [pull, ...more] = await forge.pulls(session.branchName);
    assert.ok(pull?.merged_at && more.length === 0);
    assert.equal(await forge.head('main'), made.commitSha);
    seat.close();
  });

  it('in the bin is once, and takes its branch along', async () => {
    const ben = await colleague(harbor);
    const { session, seat } = await started(ben, harbor.projectId);
    await seat.ask('Make the headline bigger');
    assert.ok(await forge.head(session.branchName));
    for (let times = 0; times < 2; times++) assert.equal((await discard(ben, session)).outcome, 'DISCARDED');
    assert.equal(await forge.head(session.branchName), undefined);
    await doors.noSandbox(session);
    assert.equal((await answered(ben, 409, 'POST', of(session, '/create-pr'), {})).code, 'session_over');
    seat.close();
  });

  it('in the main branch is refused in words where that is protected, and the pull request is there', async () => {
    const { session, seat } = await started(await colleague(harbor), harbor.projectId);
    await seat.ask('Change the headline on the home page to "Bread for everybody"');
    const protect = async (rules?: object): Promise<unknown> => await forge.door('protections', { repository: forge.repository, branch: 'main', ...(rules && { rules }) });
    const main = await forge.head('main');
    try {
      for (const [rules, code, words] of [
        [{ requiredReviews: 1 }, 'review_required', /Ask somebody to approve the pull request at GitHub\. The pull request is there, and can be merged at GitHub\./],
        [{ requiredChecks: ['build'] }, 'checks_required', /before the repository’s checks have passed.*The pull request is there/],
      ] as const) {
        await protect({ ...rules, enforceAdmins: true });
        const from = seat.frames.length;
        const refused = await answered(harbor.admin, 409, 'POST', of(session, '/commit-to-main'), {});
        assert.equal(refused.code, code);
        assert.match(refused.message, words);
        const status = await seat.status('RUNNING', { from });
        const there = await harbor.admin.json<Session>(of(session));
        assert.deepEqual([there.status, there.outcome, there.commitSha], ['RUNNING', null, null]);
        assert.ok(there.prUrl && status.prUrl === there.prUrl, 'the way to it is told');
        assert.equal((await seat.find((frame) => frame.type === 'error' && frame.code === code, 'the refusal', { from })).message, refused.message);
      }
    } finally {
      await protect();
    }
    assert.equal(await forge.head('main'), main);
    assert.equal((await seat.ask('Hello')).end.outcome, 'done', 'it goes on');
    const made = await answered<Session>(harbor.admin, 200, 'POST', of(session, '/commit-to-main'), {});
    assert.equal(made.outcome, 'COMMITTED_TO_MAIN');
    assert.equal((await forge.pulls(session.branchName)).length, 1);
    seat.close();
  });

  it('in the main branch is refused when both changed the same, and nothing is lost', async () => {
    const ours = await started(await colleague(harbor), harbor.projectId);
    const theirs = await started(await colleague(harbor), harbor.projectId);
    await ours.seat.ask('Rename "Opening hours" to "When we are open"');
    await theirs.seat.ask('Rename "Opening hours" to "When to come"');
    await answered(harbor.admin, 200, 'POST', of(theirs.session, '/commit-to-main'), {});
    const refused = await answered(harbor.admin, 409, 'POST', of(ours.session, '/commit-to-main'), {});
    assert.equal(refused.code, 'merge_conflict', refused.message);
    assert.match(refused.message, /has changed in the same places\. Ask the agent to bring in the main branch and solve the conflict/);
    assert.ok((await forge.file('main', HOME))?.includes('When to come'));
    assert.ok((await forge.file(ours.session.branchName, HOME))?.includes('When we are open'));
    assert.equal((await ours.seat.ask('Hello')).end.outcome, 'done');
    assert.equal((await answered<Session>(harbor.admin, 200, 'POST', of(ours.session, '/create-pr'), {})).outcome, 'PR_CREATED');
    ours.seat.close();
    theirs.seat.close();
  });

  it('waits for GitHub when that was disconnected meanwhile', async () => {
    const jo = await colleague(harbor);
    const { session, seat } = await started(jo, harbor.projectId);
    await seat.ask('Make the headline bigger');
    await answered(jo, 200, 'DELETE', '/api/v1/github');
    const refused = await answered(jo, 409, 'POST', of(session, '/create-pr'), {});
    assert.deepEqual([refused.code, refused.message], ['github_not_connected', 'Connect your GitHub account first, so that we can reach your repositories.']);
    assert.equal((await jo.json<Session>(of(session))).status, 'RUNNING');
    await connect(jo, 'ann-ash');
    assert.equal((await answered<Session>(jo, 200, 'POST', of(session, '/create-pr'), {})).outcome, 'PR_CREATED');
    seat.close();
  });

  it('names files that may not change, and leaves them out when told so', async () => {
    const fay = await stack.person();
    await equip(fay);
    const org = await organization(fay);
    const { id } = await answered<{ id: string }>(fay, 201, 'POST', `/api/v1/orgs/${org.id}/projects`,
      { repository: 'ann-ash/harbor-bakery', startupCommands: PAGES, allowedFilePatterns: ['site/**'] });
    await prepare(fay, org.id, id);
    const { session, seat } = await started(fay, id);
    await seat.ask('Rename "Cheese and chive scones" to "Cheddar scones"');
    await (await Inside.of(stack, session.id)).bash('cd /workspace && echo "console.log(1)" >> serve.js && echo x > new.txt && ls');
    assert.equal((await answered(fay, 409, 'POST', of(session, '/commit-to-main'), {})).code, 'outside_files');
    const refused = await answered(fay, 409, 'POST', of(session, '/create-pr'), {});
    assert.equal(refused.code, 'outside_files', refused.message);
    assert.match(refused.message, /serve\.js/);
    assert.match(refused.message, /new\.txt/);
    const { outside } = await fay.json<{ outside: { what: string }[] }>(of(session, '/changes'));
    assert.equal(outside.length, 2);
    const made = await answered<Session>(fay, 200, 'POST', of(session, '/create-pr'), { leaveOutside: true, title: 'Cheddar', description: 'As wished' });
    assert.equal(made.outcome, 'PR_CREATED');
    const [pull] = await forge.pulls(session.branchName);
    assert.equal(pull?.title, 'Cheddar');
    const files = (await forge.get<{ filename: string }[]>(`pulls/${pull.number}/files`)) ?? [];
    assert.deepEqual(files.map(({ filename }) => filename), [HOME]);
    seat.close();
  });

  it('gives an open pull request other words when somebody writes some', async () => {
    const ida = await colleague(harbor);
    const { session, seat } = await started(ida, harbor.projectId);
    await seat.ask('Rename "Order a cake" to "Order a cake today"');
    const words = async (wish: object): Promise<(string | null | undefined)[]> => {
      assert.equal((await answered<Session>(ida, 200, 'POST', of(session, '/create-pr'), wish)).outcome, 'PR_CREATED');
      const [pull, ...more] = await forge.pulls(session.branchName);
      assert.equal(more.length, 0, 'there is one');
      return [pull?.title, pull?.body];
    };
    const [title, body] = await words({});
    assert.match(title ?? '', /Order a cake today/);
    assert.deepEqual(await words({ title: 'Cakes, today' }), ['Cakes, today', body]);
    assert.deepEqual(await words({ description: 'As Ida wished.' }), ['Cakes, today', 'As Ida wished.']);
    assert.deepEqual(await words({}), ['Cakes, today', 'As Ida wished.'], 'who says nothing changes nothing');
    // What GitHub does not take is said, and the session is what it was.
    await forge.door('faults', { requests: [{ endpoint: 'pulls.update', status: 403, message: 'Must have push access' }] });
    assert.equal((await answered(ida, 403, 'POST', of(session, '/create-pr'), { title: 'Other' })).code, 'github_not_allowed');
    assert.deepEqual(await words({}), ['Cakes, today', 'As Ida wished.']);
    assert.equal((await ida.json<Session>(of(session))).status, 'COMPLETED');
    seat.close();
  });

  it('can be nothing but an end: the work is kept, and can still be handed over', async () => {
    const gus = await colleague(harbor);
    const { session, seat } = await started(gus, harbor.projectId);
    await seat.ask('Rename "Seeded crispbread" to "Seeded knekke"');
    const from = seat.frames.length;
    seat.send({ type: 'stop_session' });
    const over = await seat.status('COMPLETED', { from });
    assert.equal(over.outcome, undefined);
    assert.equal((await answered(gus, 409, 'POST', of(session, '/extend'))).code, 'cannot_extend');
    const made = await answered<Session>(gus, 200, 'POST', of(session, '/create-pr'), {});
    assert.deepEqual([made.outcome, (await forge.pulls(session.branchName)).length], ['PR_CREATED', 1]);
    seat.close();
  });

  it('is said when it is near, and comes half as much later for whoever asks for more time, once', async () => {
    const hal = await colleague(harbor);
    const { session, seat } = await started(hal, harbor.projectId);
    const sandbox = await doors.sandboxOf(session);
    const ends = async (): Promise<{ session: number; sandbox: number }> => {
      const found = await fetch(`${stack.addresses.sandboxes}/sandboxes/${sandbox}`, { headers: { 'x-api-key': 'e2b_local' } });
      const last: Frame | undefined = ofType(seat, 'session_status').at(-1);
      return { session: Date.parse(last?.endsAt ?? ''), sandbox: Date.parse(((await found.json()) as { endAt: string }).endAt) };
    };
    doors.set(session.id, '$.endsAt', Date.now() + 9 * 60_000);
    for (let times = 0; times < 2; times++) await stack.scheduled('teams');
    const warned = await seat.find(({ code }) => code === 'time_almost_over', 'the warning');
    assert.match(warned.message ?? '', /^This session ends in about 9 minutes\. What is done is kept either way\.$/);
    const before = await ends();
    const from = seat.frames.length;
    await answered(hal, 200, 'POST', of(session, '/extend'));
    const later = await seat.find(({ canExtend }) => canExtend === false, 'more time', { from });
    assert.equal(Date.parse(later.endsAt ?? '') - before.session, 30 * 60_000);
    const after = await ends();
    assert.ok(after.sandbox > after.session, 'the sandbox lasts as long');
    assert.equal((await answered(hal, 409, 'POST', of(session, '/extend'))).code, 'cannot_extend');
    await stack.scheduled('teams');
    assert.equal(ofType(seat, 'error').filter(({ code }) => code === 'time_almost_over').length, 1, 'it is said once');
    await discard(hal, session);
    seat.close();
  });
});
