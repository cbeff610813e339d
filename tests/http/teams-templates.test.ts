/** Templates of projects' sandboxes: built at the e2b emulator, told in plain words, by admins alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pick } from './identity-kit.ts';
import { startTestStack, type Person, type TestStack } from './harness.ts';
import { started, team, until } from './session-kit.ts';
import { answered, join, organization } from './teams-kit.ts';
import { skip } from '../emulators/e2b-harness.ts';

interface Template {
  status: 'PENDING' | 'BUILDING' | 'READY' | 'FAILED';
  message: string;
  log: { at: string; text: string }[];
  startedAt: string | null;
  usual: string | null;
}

const STEPS = ['Fetching the system', 'Preparing the system', "Installing the system’s programs", 'Installing the agent', 'Adding what runs the agent', 'Making room for the project'];

let stack: TestStack;
let ann: Person;
let orgId: string;

async function connect(person: Person): Promise<void> {
  const away = await person.fetch('/api/v1/auth/github?next=/orgs');
  const back = await pick(new URL(away.headers.get('location') ?? ''), 'ann-ash');
  assert.equal((await person.fetch(back.pathname + back.search)).status, 303);
}

/** A project of its own for each test, as one builds one at a time. */
async function project(settings: object = {}): Promise<{ id: string; base: string; build(status?: number): Promise<Template>; look(who?: Person): Promise<Template>; end(): Promise<Template> }> {
  const { id } = await answered<{ id: string }>(ann, 201, 'POST', `/api/v1/orgs/${orgId}/projects`, { repository: 'ann-ash/harbor-bakery', startupCommands: ['npm run dev'], ...settings });
  const base = `/api/v1/orgs/${orgId}/projects/${id}`;
  const look = async (who = ann): Promise<Template> => await answered<Template>(who, 200, 'GET', `${base}/template-status`);
  return {
    id,
    base,
    look,
    build: async (status = 202) => await answered<Template>(ann, status, 'POST', `${base}/build-template`),
    async end() {
      for (const until = Date.now() + 120_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 200))) {
        const now = await look();
        if (now.status !== 'BUILDING') return now;
      }
      throw new Error('the build did not end');
    },
  };
}

/** Spoils what comes next at the emulator. */
async function faults(...requests: object[]): Promise<void> {
  const answer = await fetch(`${stack.addresses.sandboxes}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ requests }) });
  assert.ok(answer.ok, await answer.text());
}

async function age(id: string, ms: number): Promise<void> {
  await (await stack.db()).prepare('UPDATE project SET template_started_at = template_started_at - ?2 WHERE id = ?1').bind(id, ms).run();
}

/** All of e2b's templates. */
const templates = async (): Promise<number> =>
  ((await (await fetch(`${stack.addresses.sandboxes}/v2/templates`, { headers: { 'x-api-key': 'e2b_test' } })).json()) as object[]).length;

describe('a template', { skip }, () => {
  before(async () => {
    stack = await startTestStack();
    ann = await stack.person();
    await connect(ann);
    ({ id: orgId } = await organization(ann));
  });
  after(() => stack.close());

  it('is built, step by step in plain words, and is ready', async () => {
    const mine = await project();
    assert.deepEqual(await mine.look(), { status: 'PENDING', message: 'Prepare the workspace, and sessions can start.', log: [], startedAt: null, usual: null });
    const begun = await mine.build();
    assert.equal(begun.status, 'BUILDING');
    assert.ok(begun.startedAt !== null);
    const done = await mine.end();
    assert.equal(done.status, 'READY', done.message);
    assert.equal(done.message, 'The workspace is ready: everybody in the team can start a session.');
    assert.deepEqual(done.log.slice(0, STEPS.length).map(({ text }) => text), STEPS);
    for (const { at } of done.log) assert.ok(Date.parse(at) >= Date.parse(begun.startedAt) - 1000);
    const row = await (await stack.db()).prepare('SELECT template_id, template_status, template_packages FROM project WHERE id = ?1').bind(mine.id).first<Record<string, string>>();
    assert.equal(row?.['template_status'], 'READY');
    assert.equal(row['template_packages'], 'git curl ca-certificates');
    assert.ok(row['template_id']);
    // It holds what runs the agent, and no sandbox of it is needed to know.
    const known = (await (await fetch(`${stack.addresses.sandboxes}/templates/${row['template_id']}`, { headers: { 'x-api-key': 'e2b_test' } })).json()) as { buildStatus: string };
    assert.equal(known.buildStatus, 'ready');

    // Other packages want another template; another name does not.
    await answered(ann, 200, 'PUT', mine.base, { name: 'The bakery' });
    assert.equal((await mine.look()).status, 'READY');
    await answered(ann, 200, 'PUT', mine.base, { requiredServices: ['redis'] });
    assert.equal((await mine.look()).status, 'PENDING');
  });

  it('is built once at a time: who asks again is told of the build that runs', async () => {
    const mine = await project();
    const before = await templates();
    const answers = await Promise.all([mine.build(), mine.build(), mine.build()]);
    assert.deepEqual(answers.map(({ status }) => status), ['BUILDING', 'BUILDING', 'BUILDING']);
    assert.equal(new Set(answers.map(({ startedAt }) => startedAt)).size, 1);
    assert.equal(await templates(), before + 1);
    assert.equal((await mine.end()).status, 'READY');
  });

  it('says which step did not work, and can be built again', async () => {
    const mine = await project();
    await mine.build();
    // Whatever e2b prints and quotes stays there.
    const row = await (await stack.db()).prepare('SELECT template_id FROM project WHERE id = ?1').bind(mine.id).first<{ template_id: string }>();
    const headers = { 'x-api-key': 'e2b_test' };
    const { buildID } = (await (await fetch(`${stack.addresses.sandboxes}/v3/templates`, { method: 'POST', headers, body: JSON.stringify({ name: `vetka-${mine.id}` }) })).json()) as { buildID: string };
    await fetch(`${stack.addresses.sandboxes}/v2/templates/${row?.template_id}/builds/${buildID}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ fromImage: 'node:22', steps: [{ type: 'RUN', args: ['true'] }, { type: 'RUN', args: ['printf "\\033[31mKEY=hunter2\\033[0m\\n" >&2; exit 3'] }] }),
    });
    await (await stack.db()).prepare("UPDATE project SET template_build_id = ?2, template_log = '[]', template_log_read = 0 WHERE id = ?1").bind(mine.id, buildID).run();
    const failed = await mine.end();
    assert.equal(failed.status, 'FAILED');
    assert.equal(failed.message, "Installing the system’s programs did not work. Try again; if that does not help, tell whoever runs this Vetka.");
    assert.doesNotMatch(JSON.stringify(failed), /hunter2|\\u001b|builder|RUN/);
    assert.equal((await mine.build()).status, 'BUILDING');
    assert.equal((await mine.end()).status, 'READY');
  });

  it('is given up after 20 minutes, or when e2b never took it', async () => {
    const mine = await project();
    await mine.build();
    await faults({ endpoint: 'templates.status', times: 100, status: 500 });
    await age(mine.id, 21 * 60_000);
    const stuck = await mine.look();
    await fetch(`${stack.addresses.sandboxes}/_emulator/faults`, { method: 'DELETE' });
    assert.deepEqual([stuck.status, stuck.message], ['FAILED', 'It took longer than 20 minutes and was given up. Try again.']);

    const other = await project();
    await other.build();
    await (await stack.db()).prepare('UPDATE project SET template_build_id = NULL WHERE id = ?1').bind(other.id).run();
    await age(other.id, 3 * 60_000);
    assert.equal((await other.look()).message, 'It did not begin. Try again.');
  });

  it('stays as it was when e2b does not take the build', async () => {
    const mine = await project();
    await faults({ endpoint: 'templates.create', times: 1, status: 429, retryAfter: 9 });
    assert.equal((await answered(ann, 503, 'POST', `${mine.base}/build-template`)).code, 'sandboxes_busy');
    await faults({ endpoint: 'templates.build', times: 1, status: 500, message: 'secret words of theirs' });
    const refusal = await answered(ann, 502, 'POST', `${mine.base}/build-template`);
    assert.equal(refusal.code, 'sandboxes_unavailable');
    assert.doesNotMatch(refusal.message, /secret/);
    assert.equal((await mine.look()).status, 'PENDING');
  });

  it('that is older than what would be built now still starts sessions, and is built anew by itself', async () => {
    // So many builds as here are more than one team may ask for at once.
    const { admin, org, projectId } = await team(stack);
    const db = await stack.db();
    const base = `/api/v1/orgs/${org.id}/projects/${projectId}`;
    const look = async (): Promise<Template> => await answered<Template>(admin, 200, 'GET', `${base}/template-status`);
    const shown = async (): Promise<string> => (await admin.json<{ templateStatus: string }>(base)).templateStatus;
    const edition = async (): Promise<unknown> => (await db.prepare('SELECT template_edition FROM project WHERE id = ?1').bind(projectId).first<{ template_edition: string }>())?.template_edition;
    const now = await edition();
    assert.match(String(now), /^[0-9a-f]{16}$/);
    await stack.scheduled('teams');
    assert.equal((await look()).message, 'The workspace is ready: everybody in the team can start a session.', 'what is new is left alone');

    // As if what runs the agent had been another when it was built.
    await db.prepare("UPDATE project SET template_edition = 'older', template_build_edition = 'older' WHERE id = ?1").bind(projectId).run();
    const due = await look();
    assert.deepEqual([due.status, due.message], ['READY', 'The workspace is ready: everybody in the team can start a session. A newer version of it is made by itself soon.']);
    await faults({ endpoint: 'templates.status', times: 1000, status: 500 });
    await stack.scheduled('teams');
    const building = await look();
    assert.equal(building.status, 'BUILDING');
    assert.match(building.message, /\. Sessions start as before meanwhile\.$/);
    assert.equal(await edition(), 'older');
    assert.equal(await shown(), 'READY', 'for those who want to start one');
    const { session, seat } = await started(admin, projectId);
    assert.equal((await seat.ask('Hello')).end.outcome, 'done', seat.told());
    await answered(admin, 200, 'POST', `/api/v1/sessions/${session.id}/discard`, { confirm: 'discard' });
    seat.close();
    await fetch(`${stack.addresses.sandboxes}/_emulator/faults`, { method: 'DELETE' });
    await until('the newer version', async () => (await look()).status === 'READY');
    assert.equal(await edition(), now);

    // One that cannot be built anew is not tried for ever; sessions start all the same, until it would have other packages.
    await db.prepare("UPDATE project SET template_edition = 'older', template_status = 'FAILED', template_error = 'It did not work.' WHERE id = ?1").bind(projectId).run();
    await stack.scheduled('teams');
    const failed = await look();
    assert.deepEqual([failed.status, failed.message], ['FAILED', 'It did not work. Sessions start as before meanwhile.']);
    assert.equal(await shown(), 'READY');
    await answered(admin, 200, 'PUT', base, { requiredServices: ['redis'] });
    assert.equal(await shown(), 'PENDING');
    assert.equal((await answered(admin, 409, 'POST', '/api/v1/sessions', { projectId: projectId })).code, 'template_not_ready');
  });

  it('is for admins to build and for members to see', async () => {
    const mine = await project();
    const [ben, eve] = [await stack.person(), await stack.person()];
    await join(ann, orgId, ben);
    assert.equal((await answered(ben, 403, 'POST', `${mine.base}/build-template`)).code, 'admins_only');
    assert.equal((await mine.look(ben)).status, 'PENDING');
    await answered(eve, 404, 'POST', `${mine.base}/build-template`);
    await answered(eve, 404, 'GET', `${mine.base}/template-status`);
  });

  it('says how long it usually takes once that is known', async () => {
    const db = await stack.db();
    await db.prepare('DELETE FROM template_build').run();
    for (let n = 0; n < 3; n++) await db.prepare('INSERT INTO template_build (build_id, took_ms, ended_at) VALUES (?1, ?2, ?3)').bind(`b${n}`, 110_000 + n * 10_000, Date.now()).run();
    assert.equal((await (await project()).look()).usual, 'about 2 minutes');
  });
});

describe('without a key of e2b', () => {
  it('nothing is built, and both say so', async () => {
    stack = await startTestStack({ settings: { E2B_API_KEY: '' } });
    try {
      ann = await stack.person();
      await connect(ann);
      ({ id: orgId } = await organization(ann));
      const mine = await project();
      const refusal = await answered(ann, 404, 'POST', `${mine.base}/build-template`);
      assert.equal(refusal.code, 'sessions_not_offered');
      assert.deepEqual(await mine.look(), { status: 'PENDING', message: refusal.message, log: [], startedAt: null, usual: null });
    } finally {
      await stack.close();
    }
  });
});
