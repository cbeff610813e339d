// The forge's REST endpoints, asked by GitHub's own client.

import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { Octokit } from '@octokit/rest';
import { forge, refused, type Forge } from './forge-kit.ts';

const bakery = { owner: 'ann-ash', repo: 'harbor-bakery' };
const secret = { owner: 'harbor-works', repo: 'crew-handbook' };
let github: Forge;
let ann: Octokit;
let cleo: Octokit;
before(async () => {
  github = await forge();
  [ann, cleo] = [await github.as('ann-ash', 'repo', 'user:email', 'read:org'), await github.as('cleo-cedar', 'repo')];
});
after(() => github.close());

const main = async (): Promise<string> => (await ann.git.getRef({ ...bakery, ref: 'heads/main' })).data.object.sha;
const names = (repositories: { full_name: string }[]): string[] => repositories.map(({ full_name: name }) => name);

describe('who asks', () => {
  it('is known by the token, with addresses for those with the scope', async () => {
    const { data } = await ann.users.getAuthenticated();
    assert.deepEqual([data.login, data.name, data.email, typeof data.id], ['ann-ash', 'Ann Ash', null, 'number']);
    const { data: emails } = await ann.users.listEmailsForAuthenticatedUser();
    assert.deepEqual(emails.filter(({ primary }) => primary), [{ email: 'ann@gmail.com', primary: true, verified: true, visibility: 'private' }]);
    await refused(cleo.users.listEmailsForAuthenticatedUser(), 404, 'Not Found');
  });

  it('is nobody without a token, and refused with a bad one', async () => {
    await refused(github.client().users.getAuthenticated(), 401, 'Requires authentication');
    for (const bad of ['gho_made-up', '']) assert.equal((await fetch(`${github.url}/user`, { headers: { authorization: `Bearer ${bad}` } })).status, 401);
    const said = await refused(github.client('gho_made-up').repos.get(bakery), 401, 'Bad credentials');
    assert.equal(said.status, '401');
    assert.equal((await github.client().repos.get(bakery)).data.permissions, undefined);
  });

  it('is refused once the token is revoked', async () => {
    const token = await github.token('cleo-cedar', 'repo');
    const own = github.client(token);
    assert.equal((await own.users.getAuthenticated()).status, 200);
    assert.deepEqual(await github.door('DELETE', 'tokens', { token }), { revoked: 1 });
    await refused(own.users.getAuthenticated(), 401, 'Bad credentials');
  });
});

describe('every request', () => {
  const plain = async (headers: Record<string, string>, path = '/user'): Promise<{ status: number; body: string }> =>
    await new Promise((resolve, reject) => {
      httpRequest(`${github.url}${path}`, { headers }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      }).on('error', reject).end();
    });

  it('says by what program it is sent', async () => {
    const { status, body } = await plain({});
    assert.equal(status, 403);
    assert.match(body, /User-Agent/);
    assert.throws(() => JSON.parse(body));
  });

  it('names a version of the API that there is', async () => {
    const headers = { 'user-agent': 'test', 'x-github-api-version': '2019-01-01' };
    assert.equal((await plain(headers)).status, 400);
    const { data } = await ann.request('GET /rate_limit', { headers: { 'x-github-api-version': '2026-03-10' } });
    assert.equal('rate' in data, false);
    assert.equal((await ann.rateLimit.get()).data.rate.limit, 5000);
  });

  it('tells of scopes and limits', async () => {
    const { headers } = await ann.repos.get(bakery);
    assert.equal(headers['x-oauth-scopes'], 'repo, user:email, read:org');
    assert.equal((headers as Record<string, string>)['x-accepted-oauth-scopes'], 'repo');
    const left = async (): Promise<number> => Number((await ann.repos.get(bakery)).headers['x-ratelimit-remaining']);
    const first = await left();
    assert.equal(await left(), first - 1);
    await ann.rateLimit.get();
    assert.equal(await left(), first - 2, 'asking for the limit is free');
  });

  it('has a body that is a JSON object', async () => {
    const send = async (body: string): Promise<{ status: number; message: string }> => {
      const response = await fetch(`${github.url}/repos/ann-ash/harbor-bakery/git/refs`, { method: 'POST', body, headers: { authorization: `token ${await github.token('ann-ash', 'repo')}` } });
      return { status: response.status, message: ((await response.json()) as { message: string }).message };
    };
    assert.deepEqual(await send('{"ref'), { status: 400, message: 'Problems parsing JSON' });
    assert.deepEqual(await send('[]'), { status: 400, message: 'Body should be a JSON object' });
    assert.match((await send('{"ref": 7}')).message, /7 is not a string/);
  });

  it('is answered 304 for nothing when nothing has changed', async () => {
    const { headers } = await ann.repos.listBranches(bakery);
    const before = Number(headers['x-ratelimit-remaining']);
    const asked = { ...bakery, headers: { 'if-none-match': String(headers.etag) } };
    const { response } = (await ann.repos.listBranches(asked).catch((error: unknown) => error)) as { response: { status: number; headers: Record<string, string> } };
    assert.equal(response.status, 304);
    assert.equal(Number(response.headers['x-ratelimit-remaining']), before);
    assert.equal((await cleo.repos.listBranches(asked)).status, 200, 'an answer is one person’s');
    await ann.git.createRef({ ...bakery, ref: 'refs/heads/etag', sha: await main() });
    assert.equal((await ann.repos.listBranches(asked)).status, 200);
  });

  it('is refused when too many have come', async () => {
    const small = await forge({ limits: { authenticated: 3, anonymous: 1 } });
    const own = await small.as('ann-ash', 'repo');
    for (let count = 0; count < 3; count++) await own.users.getAuthenticated();
    const failure = (await own.users.getAuthenticated().catch((error: unknown) => error)) as { status: number; response: { headers: Record<string, string> } };
    assert.deepEqual([failure.status, failure.response.headers['x-ratelimit-remaining']], [403, '0']);
    assert.equal((await own.rateLimit.get()).data.resources.core.remaining, 0);
    await small.close();
  });

  it('fails as a test wants it to', async () => {
    await github.door('POST', 'faults', { requests: [{ endpoint: 'repos.get', status: 502 }, { endpoint: 'pulls.create', limit: 'secondary', retryAfter: 60 }, { endpoint: 'users.getAuthenticated', delayMs: 150 }, { endpoint: 'git.createRef', loseAnswer: true }] });
    await refused(ann.repos.get(bakery), 502);
    assert.equal((await ann.repos.get(bakery)).status, 200);
    const limited = (await ann.pulls.create({ ...bakery, title: 't', head: 'x', base: 'main' }).catch((error: unknown) => error)) as { status: number; message: string; response: { headers: Record<string, string> } };
    assert.deepEqual([limited.status, limited.response.headers['retry-after']], [403, '60']);
    assert.match(limited.message, /secondary rate limit/);
    const start = performance.now();
    await ann.users.getAuthenticated();
    assert.ok(performance.now() - start >= 145);
    await assert.rejects(ann.git.createRef({ ...bakery, ref: 'refs/heads/lost', sha: await main() }));
    assert.equal((await ann.git.getRef({ ...bakery, ref: 'heads/lost' })).status, 200, 'the answer was lost, the work was not');
    const wrong = await fetch(`${github.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ requests: [{ statos: 500 }] }) });
    assert.equal(wrong.status, 422);
  });
});

describe('repositories', () => {
  it('are listed by what one is to them', async () => {
    const list = async (more: NonNullable<Parameters<typeof ann.repos.listForAuthenticatedUser>[0]>): Promise<string[]> => names((await ann.repos.listForAuthenticatedUser(more)).data);
    assert.deepEqual(await list({}), ['ann-ash/harbor-bakery', 'ann-ash/tide-tables', 'harbor-works/crew-handbook']);
    assert.deepEqual(await list({ visibility: 'private' }), ['harbor-works/crew-handbook']);
    assert.deepEqual(await list({ affiliation: 'owner', sort: 'pushed' }), ['ann-ash/harbor-bakery', 'ann-ash/tide-tables']);
    assert.deepEqual(await list({ affiliation: 'organization_member' }), ['harbor-works/crew-handbook']);
    assert.deepEqual(names((await cleo.repos.listForAuthenticatedUser({ affiliation: 'collaborator' })).data), ['ann-ash/harbor-bakery']);
    await refused(ann.repos.listForAuthenticatedUser({ type: 'owner', affiliation: 'owner' }), 422, /cannot specify type/);
    assert.deepEqual(names((await ann.repos.listForOrg({ org: 'harbor-works' })).data), ['harbor-works/crew-handbook']);
    assert.deepEqual((await ann.orgs.listForAuthenticatedUser()).data.map(({ login }) => login), ['harbor-works']);
    await refused(cleo.orgs.listForAuthenticatedUser(), 403);
  });

  it('come page by page', async () => {
    const first = await ann.repos.listForAuthenticatedUser({ per_page: 2 });
    assert.match(String(first.headers.link), /<http:\/\/127\.0\.0\.1:\d+\/user\/repos\?per_page=2&page=2>; rel="next", <[^>]+page=2>; rel="last"/);
    const all = await ann.paginate(ann.repos.listForAuthenticatedUser, { per_page: 1 });
    assert.equal(all.length, 3);
  });

  it('that are private do not exist for others, nor for tokens without the scope', async () => {
    assert.equal((await ann.repos.get(secret)).data.private, true);
    await refused(cleo.repos.get(secret), 404, 'Not Found');
    await refused(github.client().repos.get(secret), 404, 'Not Found');
    assert.deepEqual(names((await (await github.as('finn-fir', 'repo')).repos.listForAuthenticatedUser()).data), []);
    const narrow = await github.as('ann-ash', 'public_repo');
    await refused(narrow.repos.get(secret), 404, 'Not Found');
    assert.deepEqual(names((await narrow.repos.listForAuthenticatedUser()).data), ['ann-ash/harbor-bakery', 'ann-ash/tide-tables']);
    for (const path of ['branches', 'git/ref/heads/main', 'contents', 'pulls', 'commits', 'compare/main...main']) {
      await refused(cleo.request(`GET /repos/harbor-works/crew-handbook/${path}`), 404, 'Not Found');
    }
  });

  it('say what one may do', async () => {
    const { data } = await cleo.repos.get(bakery);
    assert.deepEqual(data.permissions, { pull: true, triage: true, push: true, maintain: false, admin: false });
    assert.deepEqual([data.default_branch, data.allow_squash_merge, data.clone_url], ['main', true, `${github.url}/ann-ash/harbor-bakery.git`]);
    assert.equal((await cleo.repos.get({ owner: 'Ann-Ash', repo: 'TIDE-tables' })).data.permissions?.push, false, 'case is no matter');
    await refused(ann.repos.get({ ...bakery, repo: '..%2f..' }), 404);
    await refused(ann.repos.get({ ...bakery, repo: 'constructor' }), 404);
  });

  it('can be renamed and archived, by their admins', async () => {
    await github.door('POST', 'repositories', { owner: 'ann-ash', name: 'old-name' });
    await refused(cleo.repos.update({ owner: 'ann-ash', repo: 'old-name', description: 'x' }), 403);
    const { data } = await ann.repos.update({ owner: 'ann-ash', repo: 'old-name', name: 'new-name', archived: true });
    assert.deepEqual([data.full_name, data.archived], ['ann-ash/new-name', true]);
    await refused(ann.repos.createOrUpdateFileContents({ owner: 'ann-ash', repo: 'new-name', path: 'a', message: 'm', content: '' }), 403, /archived/);
  });
});

describe('branches and refs', () => {
  it('are made, moved and taken away', async () => {
    const sha = await main();
    const { data, headers } = await cleo.git.createRef({ ...bakery, ref: 'refs/heads/feat/a b'.replace(' ', '-'), sha });
    assert.deepEqual([data.ref, data.object.type, data.object.sha], ['refs/heads/feat/a-b', 'commit', sha]);
    assert.match(String(headers.location), /\/git\/refs\/heads\/feat\/a-b$/);
    assert.equal((await cleo.git.getRef({ ...bakery, ref: 'heads/feat/a-b' })).data.object.sha, sha);
    assert.equal((await fetch(`${github.url}/repos/ann-ash/harbor-bakery/git/ref/heads/feat/a-b`)).status, 200, 'plain slashes do as well');
    const parent = (await ann.repos.getCommit({ ...bakery, ref: sha })).data.parents[0]?.sha ?? '';
    await refused(cleo.git.updateRef({ ...bakery, ref: 'heads/feat/a-b', sha: parent }), 422, 'Update is not a fast forward');
    assert.equal((await cleo.git.updateRef({ ...bakery, ref: 'heads/feat/a-b', sha: parent, force: true })).data.object.sha, parent);
    assert.equal((await cleo.git.updateRef({ ...bakery, ref: 'heads/feat/a-b', sha })).data.object.sha, sha);
    assert.equal((await cleo.git.deleteRef({ ...bakery, ref: 'heads/feat/a-b' })).status, 204);
    await refused(cleo.git.getRef({ ...bakery, ref: 'heads/feat/a-b' }), 404);
    await refused(cleo.git.deleteRef({ ...bakery, ref: 'heads/feat/a-b' }), 422, 'Reference does not exist');
  });

  it('are refused in the right words', async () => {
    const sha = await main();
    const make = (ref: string, of = sha) => cleo.git.createRef({ ...bakery, ref, sha: of });
    await refused(make('refs/heads/main'), 422, 'Reference already exists');
    await refused(make('refs/heads/new', '0123456789'.repeat(4)), 422, 'Object does not exist');
    await refused(make('refs/heads/new', 'main'), 422, /exactly 40 characters/);
    await refused(make('heads/new'), 422, /must start with/);
    await refused(make('refs/heads/main/below'), 422, 'Reference update failed');
    for (const bad of ['refs/heads/a..b', 'refs/heads/-x', 'refs/heads/a b', 'refs/heads/a~1', 'refs/heads/x.lock', 'refs/heads/@{u}', 'refs/heads/a\u0000b', 'refs/heads/../../evil', 'refs/heads//a', 'refs/pull/1/head', `refs/heads/${sha}`]) await refused(make(bad), 422, /is not a valid ref name/);
    const file = (await ann.repos.getContent({ ...bakery, path: 'README.md' })).data as { sha: string };
    await refused(make('refs/heads/blob', file.sha), 422, 'Object does not exist');
    await refused(cleo.git.createRef({ owner: 'ann-ash', repo: 'tide-tables', ref: 'refs/heads/x', sha }), 404, 'Not Found');
    await refused((await github.as('ann-ash', 'read:user')).git.createRef({ ...bakery, ref: 'refs/heads/x', sha }), 404, 'Not Found');
    await refused(github.client().git.createRef({ ...bakery, ref: 'refs/heads/x', sha }), 401);
    await refused(ann.git.deleteRef({ ...bakery, ref: 'heads/main' }), 422);
  });

  it('are listed, and known to be protected', async () => {
    const { data } = await ann.repos.listBranches({ owner: 'ann-ash', repo: 'tide-tables', protected: true });
    assert.deepEqual(data.map(({ name, protected: is }) => [name, is]), [['main', true]]);
    assert.equal((await ann.repos.getBranch({ ...bakery, branch: 'main' })).data.protected, false);
    await refused(ann.repos.getBranch({ ...bakery, branch: 'nope' }), 404, 'Branch not found');
    const rules = await ann.repos.getBranchProtection({ owner: 'ann-ash', repo: 'tide-tables', branch: 'main' });
    assert.equal(rules.data.required_pull_request_reviews?.required_approving_review_count, 1);
    await refused(cleo.repos.getBranchProtection({ owner: 'ann-ash', repo: 'tide-tables', branch: 'main' }), 404);
  });

  it('do not exist in an empty repository', async () => {
    await github.door('POST', 'repositories', { owner: 'ann-ash', name: 'empty' });
    const empty = { owner: 'ann-ash', repo: 'empty' };
    await refused(ann.git.getRef({ ...empty, ref: 'heads/main' }), 409, 'Git Repository is empty.');
    await refused(ann.repos.listCommits(empty), 409);
    assert.deepEqual((await ann.repos.listBranches(empty)).data, []);
    await ann.repos.createOrUpdateFileContents({ ...empty, path: 'README.md', message: 'Begin', content: Buffer.from('# Empty no more\n').toString('base64') });
    assert.equal((await ann.repos.listCommits(empty)).data.length, 1);
  });
});
