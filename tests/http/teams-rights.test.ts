/** Who may do what in an organization and in its sessions: each role, at home and elsewhere, at each of the routes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { skip } from '../emulators/e2b-harness.ts';
import { type Client, type Person, type TestStack, startTestStack } from './harness.ts';
import { equip, Seat, type Session, started, member, team, type Team } from './session-kit.ts';
import { answered, join, organization, userId } from './teams-kit.ts';
import { routes } from './tables.ts';

type Who = 'admin' | 'member' | 'stranger' | 'removed' | 'anybody';

interface Row {
  method: string;
  path: string;
  body?: unknown;
  /** What each is answered; the others as a stranger. */
  admin: number;
  member: number;
}

const SESSION = '/api/v1/sessions/{sessionId}';
/** The requests are such that nobody's succeeds in ending the session: what is looked at is who may ask. */
const TABLE: Row[] = [
  { method: 'GET', path: SESSION, admin: 200, member: 200 },
  { method: 'GET', path: `${SESSION}/messages`, admin: 200, member: 200 },
  { method: 'GET', path: `${SESSION}/changes`, admin: 200, member: 200 },
  { method: 'POST', path: `${SESSION}/preview`, admin: 200, member: 200 },
  { method: 'POST', path: `${SESSION}/undo`, body: { turn: 77 }, admin: 404, member: 404 },
  { method: 'POST', path: `${SESSION}/discard`, body: { confirm: 'no' }, admin: 422, member: 422 },
  { method: 'POST', path: `${SESSION}/create-pr`, body: { title: 'x'.repeat(300) }, admin: 422, member: 422 },
  { method: 'POST', path: `${SESSION}/commit-to-main`, body: { message: 'x'.repeat(5000) }, admin: 422, member: 403 },
  { method: 'POST', path: `${SESSION}/extend`, admin: 200, member: 409 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/sessions', admin: 200, member: 200 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/projects/{projectId}/active-sessions', admin: 200, member: 200 },
];

const PROJECT = '/api/v1/orgs/{orgId}/projects/{projectId}';
const INVITE = '/api/v1/orgs/{orgId}/invites/{inviteId}';
/** In this order, and an admin asks last: what they may do is done, and a few things are gone after it. */
const ORGANIZATION: Row[] = [
  { method: 'GET', path: '/api/v1/orgs/{orgId}', admin: 200, member: 200 },
  { method: 'PUT', path: '/api/v1/orgs/{orgId}', body: { name: 'Harbour Works' }, admin: 200, member: 403 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/members', admin: 200, member: 403 },
  { method: 'POST', path: '/api/v1/orgs/{orgId}/members', body: { userId: '{memberId}', role: 'MEMBER' }, admin: 200, member: 403 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/invites', admin: 200, member: 403 },
  { method: 'POST', path: '/api/v1/orgs/{orgId}/invites', body: { role: 'ADMIN' }, admin: 201, member: 403 },
  { method: 'DELETE', path: INVITE, admin: 200, member: 403 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/sessions', admin: 200, member: 200 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/proposal?repository=ann-ash/harbor-bakery', admin: 200, member: 403 },
  { method: 'POST', path: '/api/v1/orgs/{orgId}/projects', body: { repository: 'ann-ash/harbor-bakery' }, admin: 201, member: 403 },
  { method: 'GET', path: '/api/v1/orgs/{orgId}/projects', admin: 200, member: 200 },
  { method: 'GET', path: PROJECT, admin: 200, member: 200 },
  { method: 'PUT', path: PROJECT, body: { name: 'The bakery' }, admin: 200, member: 403 },
  { method: 'POST', path: `${PROJECT}/build-template`, admin: 202, member: 403 },
  { method: 'GET', path: `${PROJECT}/template-status`, admin: 200, member: 200 },
  { method: 'GET', path: `${PROJECT}/active-sessions`, admin: 200, member: 200 },
  { method: 'DELETE', path: PROJECT, admin: 200, member: 403 },
  { method: 'DELETE', path: '/api/v1/orgs/{orgId}/members', body: { userId: '{removedId}' }, admin: 404, member: 403 },
  { method: 'POST', path: '/api/v1/orgs/{orgId}/leave', admin: 409, member: 200 },
  // Who has just left is a stranger.
  { method: 'DELETE', path: '/api/v1/orgs/{orgId}', admin: 200, member: 404 },
];

let stack: TestStack;
let harbor: Team;
/** What the table of an organization is tried on. */
let spare: Record<string, string>;
let session: Session;
let seat: Seat;
const people = new Map<Who, Client | Person>();

before(async () => {
  if (skip) return;
  stack = await startTestStack();
  harbor = await team(stack);
  ({ session, seat } = await started(harbor.admin, harbor.projectId));
  assert.equal((await seat.ask('Make the buttons blue')).end.outcome, 'done');
  // An admin elsewhere, with a key and with GitHub.
  const stranger = await stack.person();
  await equip(stranger);
  await organization(stranger);
  const removed = await member(harbor);
  await (await stack.db()).prepare('DELETE FROM organization_member WHERE user_id = (SELECT id FROM user WHERE email = ?1)').bind(removed.email).run();
  const ben = await member(harbor);
  const other = await organization(harbor.admin, 'Second');
  await join(harbor.admin, other.id, ben);
  const { id: inviteId } = await answered<{ id: string }>(harbor.admin, 201, 'POST', `/api/v1/orgs/${other.id}/invites`, { role: 'MEMBER' });
  const { id: projectId } = await answered<{ id: string }>(harbor.admin, 201, 'POST', `/api/v1/orgs/${other.id}/projects`, { repository: 'ann-ash/harbor-bakery' });
  spare = { orgId: other.id, inviteId, projectId, memberId: await userId(stack, ben), removedId: await userId(stack, removed) };
  people.set('admin', harbor.admin).set('member', ben).set('stranger', stranger).set('removed', removed).set('anybody', stack.anybody);
});
after(async () => {
  if (skip) return;
  (seat as Seat | undefined)?.close();
  await (stack as TestStack | undefined)?.close();
});

const here = (): Record<string, string> => ({ sessionId: session.id, orgId: harbor.org.id, projectId: harbor.projectId });
const filled = (text: string, names = here()): string => text.replaceAll(/\{(\w+)\}/g, (all, name: string) => names[name] ?? all);
/** A route without what its names stand for, and without a query. */
const shape = ({ method, path }: Pick<Row, 'method' | 'path'>): string => `${method} ${path.replace(/\?.*/, '').replaceAll(/\{\w+\}/g, '{}')}`;

async function status(who: Who, { method, path, body }: Pick<Row, 'method' | 'path' | 'body'>, names = here()): Promise<number> {
  const client = people.get(who) ?? assert.fail(who);
  const [at, json] = [filled(path, names), filled(JSON.stringify(body ?? null), names)];
  const response = body === undefined ? await client.fetch(at, { method }) : await client.send(method, at, JSON.parse(json));
  const said = await response.text();
  if (response.status >= 400) assert.ok(!said.includes(session.branchName), 'a refusal tells nothing of the session');
  return response.status;
}

describe('the routes of a session', { skip }, () => {
  it('are all in this table', () => {
    const known = new Set(TABLE.map(shape));
    const there = routes.filter(({ path }) => path.startsWith('/api/v1/') && /sessions/.test(path) && !/\/sessions$/.test(path));
    for (const route of there) assert.ok(known.has(shape(route)), shape(route));
  });

  for (const row of TABLE) {
    it(`${row.method} ${row.path}`, async () => {
      const found: Record<string, number> = {};
      for (const who of people.keys()) found[who] = await status(who, row);
      assert.deepEqual(found, { admin: row.admin, member: row.member, stranger: 404, removed: 404, anybody: 401 });
    });
  }

  it('change nothing for a page of another origin', async () => {
    for (const { method, path, body } of TABLE.filter(({ method }) => method !== 'GET')) {
      const response = await harbor.admin.fetch(filled(path), {
        method, headers: { origin: 'http://ann.vetka.localhost', 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}),
      });
      assert.equal(response.status, 403, `${method} ${path}: ${await response.text()}`);
    }
  });
});

describe('the routes of an organization', { skip }, () => {
  it('are all in this table', () => {
    const there = routes.filter(({ path, access }) => path.startsWith('/api/v1/orgs/{orgId}') && ['member', 'admin'].includes(access));
    assert.deepEqual(ORGANIZATION.map(shape).sort(), there.map(shape).sort());
  });

  for (const row of ORGANIZATION) {
    it(`${row.method} ${row.path}`, async () => {
      const found: Record<string, number> = {};
      for (const who of [...people.keys()].reverse()) found[who] = await status(who, row, spare);
      assert.deepEqual(found, { admin: row.admin, member: row.member, stranger: 404, removed: 404, anybody: 401 });
    });
  }
});

describe('the socket of a session', { skip }, () => {
  it('opens for those in the organization, from a page of ours', async () => {
    const path = `/ws?session=${session.id}`;
    const found: Record<string, number> = {};
    for (const [who, client] of people) found[who] = await client.upgrade(path);
    assert.deepEqual(found, { admin: 101, member: 101, stranger: 404, removed: 404, anybody: 401 });
    assert.equal(await harbor.admin.upgrade(path, { origin: 'http://ann.vetka.localhost' }), 403);
    assert.equal(await harbor.admin.upgrade(`/ws?session=${'a'.repeat(24)}`), 404);
    assert.equal(await harbor.admin.upgrade(`${path}&after=-1`), 400);
  });

  it('takes nothing for another session, and nothing that it does not know', async () => {
    const here = await Seat.take(harbor.admin, session.id);
    for (const frame of [{ type: 'chat_message', content: 'Hello', sessionId: 'b'.repeat(24) }, { type: 'cost_update' }, { type: 'chat_message', content: '  ' }]) {
      const from = here.frames.length;
      here.send(frame);
      const { code } = await here.find(({ type }) => type === 'error', 'the refusal', { from });
      assert.ok(code === 'malformed_frame' || code === 'empty_message', code);
    }
    here.close();
  });

  it('answers a ping, is left by saying so, and hears nothing more of whoever is signed out', async () => {
    const eve = await member(harbor);
    const raw = eve.socket(`/ws?session=${session.id}`);
    const answer = await new Promise<string>((resolve, reject) => {
      raw.addEventListener('open', () => raw.send('ping'));
      raw.addEventListener('message', ({ data }) => data === 'pong' && resolve(data));
      raw.addEventListener('close', () => reject(new Error('the socket closed')));
    });
    assert.equal(answer, 'pong');
    raw.close();
    const first = await Seat.take(eve, session.id);
    first.send({ type: 'join_session' });
    first.send({ type: 'leave_session' });
    assert.equal((await first.end()).code, 1000);
    const second = await Seat.take(eve, session.id);
    assert.equal((await eve.fetch('/api/v1/auth/logout', { method: 'POST' })).status, 204);
    second.say('Said by nobody');
    assert.equal((await second.end()).code, 4401);
    const { messages } = await harbor.admin.json<{ messages: { text?: string }[] }>(`${SESSION.replace('{sessionId}', session.id)}/messages`);
    assert.ok(!messages.some(({ text }) => text === 'Said by nobody'));
  });
});

describe('starting one', { skip }, () => {
  it('is for those in the organization', async () => {
    const found: Record<string, number> = {};
    for (const who of people.keys()) found[who] = await status(who, { method: 'POST', path: '/api/v1/sessions', body: { projectId: harbor.projectId } });
    // The member has no key; the admin's second one begins.
    assert.deepEqual(found, { admin: 201, member: 409, stranger: 404, removed: 404, anybody: 401 });
  });
});
