/** Organizations: who is in them, who may do what, and how people come in. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { answered, join, organization, tokenOf, userId, type Organization, type Refusal } from './teams-kit.ts';

interface Invite {
  id: string;
  email: string | null;
  url: string;
  mailed: boolean | null;
}

let stack: TestStack;
let ann: Person;
let ben: Person;
let cleo: Person;

before(async () => {
  stack = await startTestStack();
  [ann, ben, cleo] = [await stack.person(), await stack.person(), await stack.person()];
});
after(async () => await stack.close());

describe('an organization', () => {
  it('is made with its maker as admin, renamed, given a budget, and deleted', async () => {
    const made = await organization(ann, '  Harbor   Works  ');
    assert.deepEqual([made.name, made.role, made.memberCount, made.monthlyBudgetUsd], ['Harbor Works', 'ADMIN', 1, null]);
    assert.match(made.slug, /^harbor-works/);
    const again = await organization(ann, 'Harbor Works');
    assert.notEqual(again.slug, made.slug);
    const changed = await answered<Organization>(ann, 200, 'PUT', `/api/v1/orgs/${made.id}`, { name: 'Harbour Works', monthlyBudgetUsd: 12.5 });
    assert.deepEqual([changed.name, changed.slug, changed.monthlyBudgetUsd], ['Harbour Works', made.slug, 12.5]);
    const unlimited = await answered<Organization>(ann, 200, 'PUT', `/api/v1/orgs/${made.id}`, { monthlyBudgetUsd: null });
    assert.deepEqual([unlimited.name, unlimited.monthlyBudgetUsd], ['Harbour Works', null]);
    const { organizations } = await ann.json<{ organizations: Organization[] }>('/api/v1/orgs');
    assert.deepEqual(organizations.map(({ id }) => id).sort(), [made.id, again.id].sort());
    await answered(ann, 200, 'DELETE', `/api/v1/orgs/${again.id}`);
    await answered(ann, 404, 'GET', `/api/v1/orgs/${again.id}`);
  });

  it('says what is wrong with a name or a sum', async () => {
    for (const name of ['', '   ', 'x'.repeat(61), 'a\u202eb']) assert.equal((await answered(ann, 422, 'POST', '/api/v1/orgs', { name })).code, 'invalid_name');
    const { id } = await organization(ann);
    for (const monthlyBudgetUsd of [-1, 2e6]) assert.equal((await answered(ann, 422, 'PUT', `/api/v1/orgs/${id}`, { monthlyBudgetUsd })).code, 'invalid_budget');
    await answered(ann, 400, 'PUT', `/api/v1/orgs/${id}`, { owner: 'me' });
  });

  it('lets its members see it and nothing more, and strangers not even that', async () => {
    const { id } = await organization(ann);
    await join(ann, id, ben);
    const seen = await ben.json<Organization>(`/api/v1/orgs/${id}`);
    assert.deepEqual([seen.role, seen.memberCount], ['MEMBER', 2]);
    const of: [string, string, unknown?][] = [
      ['PUT', '', { name: 'Mine' }],
      ['DELETE', ''],
      ['GET', '/members'],
      ['POST', '/members', { userId: await userId(stack, ben), role: 'ADMIN' }],
      ['DELETE', '/members', { userId: await userId(stack, ann) }],
      ['GET', '/invites'],
      ['POST', '/invites', { role: 'ADMIN' }],
      ['DELETE', `/invites/${'a'.repeat(24)}`],
      ['POST', '/projects', { repository: 'ann-ash/hello' }],
    ];
    for (const [method, path, body] of of) {
      assert.equal((await answered(ben, 403, method, `/api/v1/orgs/${id}${path}`, body)).code, 'admins_only', `${method} ${path}`);
      await answered(cleo, 404, method, `/api/v1/orgs/${id}${path}`, body);
    }
    await answered(ben, 200, 'GET', `/api/v1/orgs/${id}/projects`);
    await answered(cleo, 404, 'GET', `/api/v1/orgs/${id}/projects`);
  });

  it('always has an admin', async () => {
    const { id } = await organization(ann);
    const [annId, benId] = [await userId(stack, ann), await userId(stack, ben)];
    assert.equal((await answered(ann, 409, 'POST', `/api/v1/orgs/${id}/leave`)).code, 'last_admin');
    await join(ann, id, ben);
    assert.equal((await answered(ann, 409, 'POST', `/api/v1/orgs/${id}/members`, { userId: annId, role: 'MEMBER' })).code, 'last_admin');
    assert.equal((await answered(ann, 409, 'DELETE', `/api/v1/orgs/${id}/members`, { userId: annId })).code, 'last_admin');
    await answered(ann, 200, 'POST', `/api/v1/orgs/${id}/members`, { userId: benId, role: 'ADMIN' });
    // Two admins who leave at the same moment: one of them stays.
    const left = await Promise.all([ann, ben].map(async (one) => (await one.fetch(`/api/v1/orgs/${id}/leave`, { method: 'POST' })).status));
    assert.deepEqual(left.sort(), [200, 409]);
    assert.equal((await answered(ann, 404, 'DELETE', `/api/v1/orgs/${'a'.repeat(24)}/members`, { userId: annId })).code, 'not_found');
  });

  it('whose admin gives up their account goes on with another, or goes', async () => {
    const dora = await stack.person();
    const [together, alone] = [await organization(dora, 'Together'), await organization(dora, 'Alone')];
    await join(dora, together.id, ben);
    await (await stack.db()).prepare('DELETE FROM user WHERE id = ?1').bind(await userId(stack, dora)).run();
    assert.equal((await ben.json<Organization>(`/api/v1/orgs/${together.id}`)).role, 'ADMIN');
    const rows = await (await stack.db()).prepare('SELECT id FROM organization WHERE id = ?1').bind(alone.id).all();
    assert.deepEqual(rows.results, []);
  });
});

describe('an invite', () => {
  const invite = async (orgId: string, body: unknown): Promise<Invite> => await answered<Invite>(ann, 201, 'POST', `/api/v1/orgs/${orgId}/invites`, body);
  const accept = async (person: Person, url: string, status: number): Promise<Refusal> => await answered(person, status, 'POST', `/api/v1/orgs/invites/${tokenOf(url)}/accept`);

  it('goes by mail to one address, and works for whoever has proven it', async () => {
    const { id } = await organization(ann, 'Mail & Sons');
    const { url, mailed, email } = await invite(id, { email: ` ${ben.email.toUpperCase()} `, role: 'MEMBER' });
    assert.deepEqual([mailed, email], [true, ben.email]);
    const mail = (await stack.mails()).find(({ to, subject }) => to.includes(ben.email) && subject.includes('Mail & Sons'));
    assert.ok(mail?.text.includes(url));
    assert.equal((await accept(cleo, url, 403)).code, 'invite_for_another');
    await accept(ben, url, 200);
    // Once more, by somebody who is in already, is no mistake.
    await accept(ben, url, 200);
    assert.equal((await answered<{ invites: unknown[] }>(ann, 200, 'GET', `/api/v1/orgs/${id}/invites`)).invites.length, 0);
  });

  it('without an address works for one who has the link, and for no second', async () => {
    const { id } = await organization(ann);
    const { url } = await invite(id, { role: 'ADMIN' });
    const crowd = await Promise.all(Array.from({ length: 6 }, async () => await stack.person()));
    const statuses = await Promise.all(crowd.map(async (one) => (await one.fetch(`/api/v1/orgs/invites/${tokenOf(url)}/accept`, { method: 'POST' })).status));
    assert.deepEqual(statuses.sort(), [200, 410, 410, 410, 410, 410]);
    assert.equal((await ann.json<Organization>(`/api/v1/orgs/${id}`)).memberCount, 2);
  });

  it('is worth nothing once it is taken back, over, or made up', async () => {
    const { id } = await organization(ann);
    const taken = await invite(id, { role: 'MEMBER' });
    await answered(ann, 200, 'DELETE', `/api/v1/orgs/${id}/invites/${taken.id}`);
    await answered(ann, 404, 'DELETE', `/api/v1/orgs/${id}/invites/${taken.id}`);
    await accept(cleo, taken.url, 404);
    const old = await invite(id, { role: 'MEMBER' });
    await (await stack.db()).prepare('UPDATE organization_invite SET expires_at = ?2 WHERE id = ?1').bind(old.id, Date.now() - 1).run();
    assert.equal((await accept(cleo, old.url, 410)).code, 'invite_expired');
    await accept(cleo, 'x/vi_made-up', 404);
    assert.equal((await answered(ann, 422, 'POST', `/api/v1/orgs/${id}/invites`, { email: 'nobody', role: 'MEMBER' })).code, 'invalid_email');
    await answered(ann, 400, 'POST', `/api/v1/orgs/${id}/invites`, { role: 'OWNER' });
  });

  it('fills nobody’s inbox, from however many accounts', async () => {
    const email = 'fay-is-invited@example.test';
    const asked: number[] = [];
    for (const admin of [await stack.person(), await stack.person()]) {
      const { id } = await organization(admin);
      for (let at = 0; at < 6; at++) asked.push((await admin.send('POST', `/api/v1/orgs/${id}/invites`, { email: email.replace('@', `+${at}@`), role: 'MEMBER' })).status);
      await answered(admin, 201, 'POST', `/api/v1/orgs/${id}/invites`, { role: 'MEMBER' });
    }
    assert.deepEqual(asked, [...Array.from({ length: 10 }, () => 201), 429, 429]);
    assert.equal((await stack.mails()).filter(({ to }) => to.some((one) => one.startsWith('fay-is-invited+'))).length, 10);
  });

  it('is kept as a hash, and its link is told once', async () => {
    const { id } = await organization(ann);
    const { url } = await invite(id, { role: 'MEMBER' });
    const row = await (await stack.db()).prepare('SELECT * FROM organization_invite WHERE organization_id = ?1').bind(id).first();
    assert.ok(!JSON.stringify(row).includes(tokenOf(url)));
    assert.ok(!JSON.stringify(await answered(ann, 200, 'GET', `/api/v1/orgs/${id}/invites`)).includes(tokenOf(url)));
  });
});
