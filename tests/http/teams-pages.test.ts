/** The pages of teams: who may see which, where others end, and the list of sessions behind them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Client, type Person, type TestStack, startTestStack } from './harness.ts';
import { newId } from './publishing.ts';
import { answered, join, organization, tokenOf, userId } from './teams-kit.ts';

interface Session {
  id: string;
  projectId: string;
  projectName: string;
  title: string;
  status: string;
  outcome: string | null;
  startedBy: { id: string; name: string } | null;
  totalCostUsd: number;
  endedAt: string | null;
}

let stack: TestStack;
let ann: Person;
let ben: Person;
let cleo: Person;
let orgId: string;
let projectId: string;

before(async () => {
  stack = await startTestStack();
  [ann, ben, cleo] = [await stack.person(), await stack.person(), await stack.person()];
  orgId = (await organization(ann, 'Harbor & Sons')).id;
  await join(ann, orgId, ben);
  await organization(cleo, 'Elsewhere');
  projectId = await project(orgId, 'Bakery');
});
after(async () => await stack.close());

async function project(orgId: string, name: string): Promise<string> {
  const id = newId();
  await (await stack.db())
    .prepare(
      `INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, template_status, created_at, updated_at)
       VALUES (?1, ?2, ?3, 'ann-ash/harbor-bakery', 'https://github.test/ann-ash/harbor-bakery', 'main', 3000, 'claude-sonnet-5', 'READY', 0, 0)`,
    )
    .bind(id, orgId, name)
    .run();
  return id;
}

async function session(of: { project?: string; org?: string; who?: string | null; title?: string; status?: string; outcome?: string | null; cost?: number; at?: number }): Promise<string> {
  const id = newId();
  const at = of.at ?? Date.now();
  await (await stack.db())
    .prepare(
      `INSERT INTO work_session (id, organization_id, project_id, user_id, title, branch, status, outcome, pr_url, cost, started_at, ended_at)
       VALUES (?1, ?2, ?3, ?4, ?5, 'vendi/session-x', ?6, ?7, ?8, ?9, ?10, ?11)`,
    )
    .bind(id, of.org ?? orgId, of.project ?? projectId, of.who ?? null, of.title ?? '', of.status ?? 'RUNNING', of.outcome ?? null,
      of.outcome === 'PR_CREATED' ? 'https://github.test/ann-ash/harbor-bakery/pull/1' : null, of.cost ?? 0, at, of.outcome ? at + 60_000 : null)
    .run();
  return id;
}

const seen = async (client: Client, path: string): Promise<[number, string]> => {
  const answer = await client.fetch(path);
  return [answer.status, await answer.text()];
};

describe('every page of a team', () => {
  /** Path, and what an admin, a member and somebody else get. */
  const pages: [string, number, number, number][] = [
    ['', 200, 200, 404],
    ['/settings', 200, 200, 404],
    ['/sessions', 200, 200, 404],
    ['/projects/new', 200, 403, 404],
    ['/projects/{id}/setup', 200, 403, 404],
    ['/projects/{id}/settings', 200, 403, 404],
  ];
  for (const [path, admin, member, stranger] of pages) {
    it(`/orgs/{orgId}${path} is ${admin} for admins, ${member} for members, ${stranger} for others, and asks visitors to sign in`, async () => {
      const at = `/orgs/${orgId}${path.replace('{id}', projectId)}`;
      for (const [who, status] of [[ann, admin], [ben, member], [cleo, stranger]] as const) {
        const [got, words] = await seen(who, at);
        assert.equal(got, status, words);
        assert.match(words, /^<!DOCTYPE html>/);
        if (status === 404) assert.ok(!words.includes('Harbor'), 'a stranger reads its name');
        if (status === 403) assert.ok(words.includes('Only an admin can set up projects. Ask one of them.'), words);
      }
      const away = await stack.anybody.fetch(at);
      assert.equal(away.status, 303);
      assert.equal(away.headers.get('location'), `/?sign-in&notice=sign-in-first&next=${encodeURIComponent(at)}`);
    });
  }

  it('of a project is not there under another team', async () => {
    const other = await organization(ann, 'Second');
    for (const page of ['setup', 'settings']) {
      assert.equal((await seen(ann, `/orgs/${other.id}/projects/${projectId}/${page}`))[0], 404, page);
    }
    await answered(ann, 404, 'GET', `/api/v1/orgs/${other.id}/projects/${projectId}/active-sessions`);
  });

  it('shows addresses of people to admins only', async () => {
    assert.ok((await seen(ann, `/orgs/${orgId}/settings`))[1].includes(ben.email));
    for (const path of ['', '/settings', '/sessions']) {
      assert.ok(!(await seen(ben, `/orgs/${orgId}${path}`))[1].includes(ann.email), path);
    }
  });

  it('is changed by POST nowhere but through the API', async () => {
    for (const path of ['', '/settings', '/projects/new', `/projects/${projectId}/settings`]) {
      assert.equal((await ann.send('POST', `/orgs/${orgId}${path}`, {})).status, 405, path);
    }
  });
});

describe('the list of teams', () => {
  it("has one's own and nobody else's", async () => {
    const [, words] = await seen(ben, '/orgs');
    assert.ok(words.includes('Harbor &amp; Sons') && !words.includes('Elsewhere'));
    const dora = await stack.person();
    assert.ok((await seen(dora, '/orgs'))[1].includes('Make a team'));
  });

  it('says what a redirect wanted to say, and nothing that we did not write', async () => {
    assert.ok((await seen(ben, '/orgs?notice=team-left'))[1].includes('You are not in that team any more.'));
    assert.ok(!(await seen(ben, '/orgs?notice=<b>hello</b>'))[1].includes('hello'));
  });
});

describe('the page of an invite', () => {
  const made = async (body: unknown): Promise<string> =>
    `/invite/${tokenOf((await answered<{ url: string }>(ann, 201, 'POST', `/api/v1/orgs/${orgId}/invites`, body)).url)}`;
  const accept = async (person: Person, path: string) =>
    await person.fetch(path, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' });
  const members = async (): Promise<number> => (await answered<{ memberCount: number }>(ann, 200, 'GET', `/api/v1/orgs/${orgId}`)).memberCount;

  it('shows whoever has the link who invites them to what, and accepts nothing by being looked at', async () => {
    await ann.send('PATCH', '/api/account', { name: 'Ann Ash' });
    const path = await made({ role: 'MEMBER' });
    const before = await members();
    const [status, words] = await seen(stack.anybody, path);
    assert.equal(status, 200);
    assert.ok(words.includes('Ann Ash') && words.includes('Harbor &amp; Sons') && words.includes(`/?sign-in&amp;next=${path}`), words);
    const dora = await stack.person();
    assert.equal((await seen(dora, path))[0], 200);
    assert.equal((await dora.fetch(path, { method: 'HEAD' })).status, 200);
    assert.equal(await members(), before);
    const answer = await accept(dora, path);
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, `/orgs/${orgId}?notice=joined`]);
    assert.equal(await members(), before + 1);
    assert.ok((await seen(dora, path))[1].includes('You are in already'));
    // For whoever comes later it is used.
    for (const who of [stack.anybody, cleo]) {
      const [status, words] = await seen(who, path);
      assert.equal(status, 410);
      assert.ok(words.includes('This invite has been used.'));
    }
    assert.equal((await accept(cleo, path)).status, 410);
  });

  it('tells nobody of an invite for another address what it is', async () => {
    const path = await made({ email: 'eva@example.test', role: 'ADMIN' });
    const [visitor, words] = await seen(stack.anybody, path);
    assert.equal(visitor, 200);
    assert.ok(!words.includes('Harbor') && !words.includes('eva@example.test') && words.includes('Sign in with the address'));
    const [other, refusal] = await seen(cleo, path);
    assert.equal(other, 403);
    assert.ok(!refusal.includes('Harbor') && !refusal.includes('eva@example.test') && refusal.includes(cleo.email));
    assert.equal((await accept(cleo, path)).status, 403);
    const eva = await stack.person('eva@example.test');
    assert.ok((await seen(eva, path))[1].includes('You will be an admin'));
    assert.equal((await accept(eva, path)).status, 303);
  });

  it('says when its week is over, and when there is none', async () => {
    const path = await made({ role: 'MEMBER' });
    await (await stack.db()).prepare('UPDATE organization_invite SET expires_at = 1 WHERE accepted_at IS NULL').run();
    for (const who of [stack.anybody, cleo]) {
      const [status, words] = await seen(who, path);
      assert.equal(status, 410);
      assert.ok(words.includes('This invite has expired.'));
    }
    for (const token of ['vi_none', '%3Cscript%3E', 'a%20b']) {
      const [status, words] = await seen(cleo, `/invite/${token}`);
      assert.equal(status, 404);
      assert.ok(words.includes('There is no such invite.') && !words.includes('<script>a'));
    }
  });

  it('takes no yes from elsewhere', async () => {
    const path = await made({ role: 'MEMBER' });
    for (const origin of ['https://evil.test', 'null', '']) assert.equal((await cleo.fetch(path, { method: 'POST', headers: { origin } })).status, 403);
    const away = await stack.anybody.fetch(path, { method: 'POST' });
    assert.equal(away.status, 303);
    assert.match(away.headers.get('location') ?? '', /^\/\?sign-in/);
  });
});

describe('the sessions of a team', () => {
  let annId: string;
  let ids: string[];
  before(async () => {
    annId = await userId(stack, ann);
    const shop = await project(orgId, 'Shop_100%');
    ids = [
      await session({ who: annId, title: 'A friendlier headline', status: 'COMPLETED', outcome: 'PR_CREATED', cost: 420_000 }),
      await session({ project: shop, title: "It's 50% off, isn't it?", status: 'ERRORED' }),
      await session({ who: annId, title: 'Going on', status: 'RUNNING' }),
    ];
  });
  const list = async (who: Person, query = ''): Promise<{ sessions: Session[]; nextCursor: string | null }> =>
    await answered(who, 200, 'GET', `/api/v1/orgs/${orgId}/sessions${query}`);
  const titles = async (q: string): Promise<string[]> => (await list(ben, `?q=${encodeURIComponent(q)}`)).sessions.map(({ title }) => title);

  it('are listed for everybody in it, the newest first, with who, what and how much', async () => {
    const { sessions, nextCursor } = await list(ben);
    assert.deepEqual(sessions.map(({ id }) => id), [...ids].reverse());
    assert.equal(nextCursor, null);
    const [, broken, sent] = sessions;
    assert.deepEqual([sent?.status, sent?.outcome, sent?.totalCostUsd, sent?.startedBy], ['COMPLETED', 'PR_CREATED', 0.42, { id: annId, name: 'Ann Ash' }]);
    assert.deepEqual([broken?.startedBy, broken?.endedAt, broken?.projectName], [null, null, 'Shop_100%']);
    await answered(cleo, 404, 'GET', `/api/v1/orgs/${orgId}/sessions`);
  });

  it('are found by what was asked, by project and by person, whatever stands in the search', async () => {
    assert.deepEqual(await titles('FRIENDLIER'), ['A friendlier headline']);
    assert.deepEqual(await titles('shop_100%'), ["It's 50% off, isn't it?"]);
    assert.deepEqual(await titles("50% off, isn't"), ["It's 50% off, isn't it?"]);
    assert.deepEqual((await titles('ann ash')).length, 2);
    for (const q of ['%', '_x_', '\\', '%%%%', 'x'.repeat(5000), "'; DROP TABLE work_session; --"]) {
      assert.deepEqual(await titles(q), q === '%' ? ["It's 50% off, isn't it?"] : [], q.slice(0, 20));
    }
  });

  it('come in pages', async () => {
    const first = await list(ben, '?limit=2');
    assert.equal(first.sessions.length, 2);
    const second = await list(ben, `?limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual([second.sessions.map(({ id }) => id), second.nextCursor], [[ids[0]], null]);
    assert.equal((await answered(ben, 400, 'GET', `/api/v1/orgs/${orgId}/sessions?cursor=x`)).code, 'invalid_cursor');
    for (let at = 0; at < 20; at++) await session({ title: `Older ${at}`, status: 'TIMED_OUT', at: at + 1 });
    const [, words] = await seen(ben, `/orgs/${orgId}/sessions?q=older`);
    assert.equal([...words.matchAll(/href="\/session\//g)].length, 20);
    assert.ok(!words.includes('>Older<') && words.includes('Ran out of time'));
    const [, all] = await seen(ben, `/orgs/${orgId}/sessions`);
    const older = /href="(\/orgs\/[^"]*cursor=\d+)"/.exec(all)?.[1];
    assert.ok(older, 'no way to older ones');
    assert.ok((await seen(ben, older))[1].includes('A friendlier headline'));
    assert.equal((await seen(ben, `/orgs/${orgId}/sessions?cursor=x`))[0], 400);
  });

  it('that go on are told to whoever starts one', async () => {
    const { sessions } = await answered<{ sessions: Session[] }>(ben, 200, 'GET', `/api/v1/orgs/${orgId}/projects/${projectId}/active-sessions`);
    assert.deepEqual(sessions.map(({ title }) => title), ['Going on']);
    const [, words] = await seen(ben, `/orgs/${orgId}`);
    assert.ok(words.includes('Going on') && words.includes('Ann Ash'));
  });

  it('count into the month that they began in', async () => {
    await session({ status: 'COMPLETED', outcome: 'DISCARDED', cost: 2_000_000, at: Date.now() - 40 * 86_400_000 });
    await answered(ann, 200, 'PUT', `/api/v1/orgs/${orgId}`, { monthlyBudgetUsd: 50 });
    const [, words] = await seen(ben, `/orgs/${orgId}`);
    assert.match(words.replace(/<[^>]+>/g, ''), /have cost \$0\.42 of the \$50\.00 that the team may spend/);
  });
});

describe('the variables of a project', () => {
  it('can be kept without being known', async () => {
    const path = `/api/v1/orgs/${orgId}/projects/${projectId}`;
    const put = async (envVars: unknown, status = 200) => await answered<{ envVarNames: string[]; code: string }>(ann, status, 'PUT', path, { envVars });
    assert.deepEqual((await put({ ONE: 'canary-1', TWO: 'canary-2' })).envVarNames, ['ONE', 'TWO']);
    assert.deepEqual((await put({ ONE: null, THREE: 'canary-3' })).envVarNames, ['ONE', 'THREE']);
    const refusal = await put({ TWO: null }, 422);
    assert.equal(refusal.code, 'invalid_project');
    assert.deepEqual((await put({ ONE: null, THREE: null })).envVarNames, ['ONE', 'THREE']);
    const [, words] = await seen(ann, `/orgs/${orgId}/projects/${projectId}/settings`);
    assert.ok(words.includes('THREE') && !words.includes('canary'));
    assert.deepEqual((await put({})).envVarNames, []);
  });
});
