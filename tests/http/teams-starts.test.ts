/** What a session begins with: the project's variables, services and commands, what the agent is told, and how long it takes. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { skip } from '../emulators/e2b-harness.ts';
import { discard, doors, forge, harbor, ofType, openDoors, stack } from './faults-kit.ts';
import { Inside } from './sandbox-kit.ts';
import { PAGES, Seat, start, started, team } from './session-kit.ts';
import { answered } from './teams-kit.ts';

openDoors();

/** With a line break, quotes and a dollar, which only matter to those who get them wrong. */
const VALUE = 'a secret "of" $HOME\nand more';

describe('a project that is started', { skip }, () => {
  it('has its variables, which neither the branch nor the model gets to see', async () => {
    const here = await team(stack, { project: { envVars: { GREETING: VALUE }, startupCommands: [`printf %s "$GREETING" > /tmp/greeting`, ...PAGES] } });
    const { session, seat } = await started(here.admin, here.projectId);
    const inside = await Inside.of(stack, session.id);
    assert.equal(await inside.bash('cat /tmp/greeting'), VALUE);
    assert.match(await inside.bash('stat -c %a /workspace/.env; cat /workspace/.env'), /^600\nGREETING=.*a secret/);
    await doors.forgetCalls();
    assert.equal((await seat.ask('Make the buttons blue')).end.outcome, 'done', seat.told());
    assert.equal(await forge.file(session.branchName, '.env'), undefined);
    assert.ok(!JSON.stringify(await doors.heard()).includes('a secret'));
    assert.ok(!JSON.stringify(seat.frames).includes('a secret'));
    // Another value is there in the next session, without another template.
    await answered(here.admin, 200, 'PUT', `/api/v1/orgs/${here.org.id}/projects/${here.projectId}`, { envVars: { GREETING: 'hi' } });
    const next = await started(here.admin, here.projectId);
    assert.equal(await (await Inside.of(stack, next.session.id)).bash('cat /tmp/greeting'), 'hi');
    for (const one of [session, next.session]) await discard(here.admin, one);
    seat.close();
    next.seat.close();
  });

  it('has the database that it names, or says that it could not be started', async () => {
    const question = `psql "$DATABASE_URL" -Atqc 'SELECT 6 * 7' > /tmp/answer`;
    const here = await team(stack, { project: { requiredServices: ['postgresql'], startupCommands: [question, ...PAGES] } });
    const { session, seat } = await started(here.admin, here.projectId);
    const said = ofType(seat, 'session_status').map(({ phase, text }) => `${phase}: ${text}`);
    assert.ok(said.includes('services: Starting PostgreSQL'), said.join('\n'));
    if (existsSync('/usr/lib/postgresql')) {
      assert.equal((await (await Inside.of(stack, session.id)).bash('cat /tmp/answer')).trim(), '42', seat.told());
      assert.ok((await seat.status('RUNNING')).hasPreview);
    } else {
      const told = ofType(seat, 'error').find(({ code }) => code === 'project_not_started');
      assert.match(told?.message ?? '', /^PostgreSQL did not start\. You can ask the agent to look into it\.$/);
    }
    await discard(here.admin, session);
    seat.close();
  });

  it('that fails is no end of the session: it is said which step, in words, and one can talk', async () => {
    const here = await team(stack, { project: { startupCommands: ['true', 'echo "secret words" >&2; exit 3', ...PAGES] } });
    const { session, seat } = await started(here.admin, here.projectId);
    const { hasPreview, text } = await seat.status('RUNNING');
    assert.deepEqual([hasPreview, text], [false, 'Ready, but without a preview. Say what you would like to change.']);
    const told = ofType(seat, 'error');
    assert.deepEqual(told.map(({ code, message }) => [code, message]), [['project_not_started', 'Step 2 of starting the project failed. You can ask the agent to look into it.']]);
    assert.ok(!JSON.stringify(seat.frames).includes('secret words'));
    assert.equal((await seat.ask('Make the headline bigger')).end.outcome, 'done', seat.told());
    await discard(here.admin, session);
    seat.close();
  });

  it('from a branch that is not there ends in words, and leaves nothing running', async () => {
    const here = await team(stack, { project: { defaultBranch: 'nowhere' } });
    const session = await start(here.admin, here.projectId);
    const seat = await Seat.take(here.admin, session.id);
    assert.equal((await seat.status('ERRORED')).text, 'The repository has no branch called “nowhere”. Ask an admin to correct it in the project’s settings.');
    await doors.noSandbox(session);
    assert.equal((await answered(here.admin, 409, 'POST', `/api/v1/sessions/${session.id}/create-pr`, {})).code, 'nothing_to_hand_over');
    seat.close();
  });

  it('says how long each phase usually takes, once that is known', async () => {
    const db = await stack.db();
    const insert = db.prepare("INSERT INTO session_phase (project_id, phase, took_ms, at) VALUES (?1, 'repository', ?2, ?3)");
    const seen = async (): Promise<(string | undefined)[]> => {
      const session = await start(harbor.admin, harbor.projectId);
      const seat = await Seat.take(harbor.admin, session.id);
      await seat.status('RUNNING');
      seat.close();
      await discard(harbor.admin, session);
      return ofType(seat, 'session_status').filter(({ phase }) => phase === 'repository').map(({ usual }) => usual);
    };
    assert.deepEqual(await seen(), [undefined], 'nobody knows yet');
    await db.batch([20_000, 21_000, 90_000].map((took, at) => insert.bind(harbor.projectId, took, Date.now() + 1000 + at)));
    assert.deepEqual(await seen(), ['about 25 seconds'], 'the middle of the last ones');
    const { results } = await db.prepare('SELECT phase, count(*) AS n FROM session_phase WHERE project_id = ?1 GROUP BY phase ORDER BY phase').bind(harbor.projectId).all<{ phase: string; n: number }>();
    assert.deepEqual(results.map(({ phase, n }) => `${phase} ${n}`), ['preview 2', 'repository 5', 'sandbox 2', 'services 2', 'startup 2'], 'each phase of each session is remembered');
  });
});

describe('the agent', { skip }, () => {
  it("is told what the project's developers say, what may change and where the preview is", async () => {
    const here = await team(stack, { project: { name: 'The bakery', contextInstructions: 'Prices are in euros.', allowedFilePatterns: ['site/**', '!site/legal.html'], model: 'claude-haiku-4-5' } });
    const { session, seat } = await started(here.admin, here.projectId);
    await doors.forgetCalls();
    assert.equal((await seat.ask('Make the headline bigger')).end.outcome, 'done', seat.told());
    const asked = (await doors.heard()).filter(({ endpoint }) => endpoint === 'messages');
    const system = asked.map(({ body }) => JSON.stringify(body?.['system'])).find((text) => text.includes('The bakery')) ?? assert.fail('it was told nothing');
    for (const words of ['Prices are in euros.', '- site/**', '- !site/legal.html', 'http://localhost:3000/', 'No code', 'do not read code']) assert.ok(system.includes(words), words);
    assert.deepEqual([...new Set(asked.map(({ body }) => body?.['model']))], ['claude-haiku-4-5']);
    await discard(here.admin, session);
    seat.close();
  });
});
