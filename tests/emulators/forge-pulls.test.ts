// Pull requests of the forge: opened and merged by GitHub's own client, looked at by git.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Octokit } from '@octokit/rest';
import { forge, refused, WorkTree, type Forge } from './forge-kit.ts';

const bakery = { owner: 'ann-ash', repo: 'harbor-bakery' };
const tides = { owner: 'ann-ash', repo: 'tide-tables' };
let github: Forge;
let ann: Octokit;
let cleo: Octokit;
let tree: WorkTree;
before(async () => {
  github = await forge();
  [ann, cleo] = [await github.as('ann-ash', 'repo'), await github.as('cleo-cedar', 'repo')];
  tree = await WorkTree.clone(github.remote('ann-ash/harbor-bakery', await github.token('cleo-cedar', 'repo')));
});
after(() => github.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
let count = 0;

/** Pushes a branch with a commit for each set of files, on top of main as it is now. */
async function branch(...commits: Record<string, string>[]): Promise<string> {
  const name = `work/${++count}`;
  await tree.git('fetch', '--quiet');
  await tree.git('checkout', '--quiet', '-b', name, 'origin/main');
  for (const [index, files] of commits.entries()) await tree.commit(`Change ${count}.${index + 1}`, files);
  await tree.git('push', '--quiet', 'origin', name);
  return name;
}

const open = async (head: string, more: { title?: string; body?: string; draft?: boolean } = {}) => (await cleo.pulls.create({ ...bakery, title: `From ${head}`, head, base: 'main', ...more })).data;

/** Asks again until it is known whether it can be merged, as one does at GitHub. */
async function known(number: number, who: Octokit = cleo, where = bakery) {
  for (let tries = 0; tries < 200; tries++) {
    const { data } = await who.pulls.get({ ...where, pull_number: number });
    if (data.mergeable !== null) return data;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it was never found out');
}

const tip = async (): Promise<string> => {
  await tree.git('fetch', '--quiet');
  return await tree.git('rev-parse', 'origin/main');
};

describe('opening', () => {
  it('gives the whole of it, and whether it can be merged a little later', async () => {
    const head = await branch({ 'a.txt': 'a\n' }, { 'b.txt': 'b\n' });
    const made = await cleo.pulls.create({ ...bakery, title: 'Two files', body: 'Some *words*.', head, base: 'main' });
    assert.match(String(made.headers.location), /\/repos\/ann-ash\/harbor-bakery\/pulls\/\d+$/);
    const { data } = made;
    assert.deepEqual([data.state, data.draft, data.merged, data.mergeable, data.mergeable_state], ['open', false, false, null, 'unknown']);
    assert.deepEqual([data.head.label, data.head.sha, data.base.sha, data.commits, data.changed_files, data.additions], [`ann-ash:${head}`, await tree.git('rev-parse', 'HEAD'), await tip(), 2, 2, 2]);
    const later = await known(data.number);
    assert.deepEqual([later.mergeable, later.rebaseable, later.mergeable_state], [true, true, 'clean']);
    assert.deepEqual((await cleo.pulls.listFiles({ ...bakery, pull_number: data.number })).data.map(({ filename, status }) => [filename, status]), [['a.txt', 'added'], ['b.txt', 'added']]);
    assert.deepEqual((await cleo.pulls.listCommits({ ...bakery, pull_number: data.number })).data.map(({ commit }) => commit.message), [`Change ${count}.1`, `Change ${count}.2`]);
    assert.match(String((await cleo.pulls.get({ ...bakery, pull_number: data.number, mediaType: { format: 'diff' } })).data), /^diff --git a\/a\.txt/);
    assert.equal(await tree.git('ls-remote', 'origin', `refs/pull/${data.number}/head`), `${data.head.sha}\trefs/pull/${data.number}/head`);
    await refused(cleo.pulls.checkIfMerged({ ...bakery, pull_number: data.number }), 404);
  });

  it('is refused in the right words', async () => {
    const head = await branch({ 'c.txt': 'c\n' });
    const errors = async (fields: object): Promise<unknown> => (await refused(cleo.request('POST /repos/{owner}/{repo}/pulls', { ...bakery, title: 't', head, base: 'main', ...fields }), 422, 'Validation Failed')).errors;
    assert.deepEqual(await errors({ title: '' }), [{ resource: 'PullRequest', field: 'title', code: 'missing_field' }]);
    assert.deepEqual(await errors({ head: 'nope' }), [{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
    assert.deepEqual(await errors({ head: 'nobody:main' }), [{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
    assert.deepEqual(await errors({ base: 'nope' }), [{ resource: 'PullRequest', field: 'base', code: 'invalid' }]);
    assert.deepEqual(await errors({ head: 'main' }), [{ resource: 'PullRequest', code: 'custom', message: 'No commits between main and main' }]);
    await cleo.git.createRef({ ...bakery, ref: 'refs/heads/same', sha: await tip() });
    assert.deepEqual(await errors({ head: 'same' }), [{ resource: 'PullRequest', code: 'custom', message: 'No commits between main and same' }]);
    await open(head);
    assert.deepEqual(await errors({}), [{ resource: 'PullRequest', code: 'custom', message: `A pull request already exists for ann-ash:${head}.` }]);
    assert.deepEqual(await errors({ head: `ann-ash:${head}` }), [{ resource: 'PullRequest', code: 'custom', message: `A pull request already exists for ann-ash:${head}.` }]);
    await refused(cleo.pulls.create({ ...tides, title: 't', head: 'main', base: 'main' }), 403);
    await refused(cleo.pulls.create({ owner: 'harbor-works', repo: 'crew-handbook', title: 't', head: 'x', base: 'main' }), 404);
    await refused((await github.as('cleo-cedar', 'read:user')).pulls.create({ ...bakery, title: 't', head, base: 'main' }), 404);
    await github.door('POST', 'repositories', { owner: 'cleo-cedar', name: 'plain', drafts: false });
    const plain = { owner: 'cleo-cedar', repo: 'plain' };
    await cleo.repos.createOrUpdateFileContents({ ...plain, path: 'a', message: 'm', content: base64('a') });
    await cleo.git.createRef({ ...plain, ref: 'refs/heads/b', sha: (await cleo.git.getRef({ ...plain, ref: 'heads/main' })).data.object.sha });
    await cleo.repos.createOrUpdateFileContents({ ...plain, path: 'b', message: 'm', content: base64('b'), branch: 'b' });
    await refused(cleo.pulls.create({ ...plain, title: 't', head: 'b', base: 'main', draft: true }), 422, /not supported/);
  });

  it('happens once, whoever else tries at the same time', async () => {
    const head = await branch({ 'd.txt': 'd\n' });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => open(head)));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('can be found by its head, and changed', async () => {
    const head = await branch({ 'e.txt': 'e\n' });
    const { number } = await open(head);
    const find = async (state: 'open' | 'closed' | 'all') => (await cleo.pulls.list({ ...bakery, head: `ann-ash:${head}`, state })).data.map(({ number: of }) => of);
    assert.deepEqual(await find('open'), [number]);
    assert.equal('mergeable' in ((await cleo.pulls.list({ ...bakery })).data[0] ?? {}), false);
    assert.deepEqual((await cleo.pulls.list({ ...bakery, base: 'other' })).data, []);
    const changed = await cleo.pulls.update({ ...bakery, pull_number: number, title: 'Better', body: 'More', state: 'closed' });
    assert.deepEqual([changed.data.title, changed.data.body, changed.data.state], ['Better', 'More', 'closed']);
    assert.deepEqual([await find('open'), await find('closed'), await find('all')], [[], [number], [number]]);
    await refused(cleo.pulls.merge({ ...bakery, pull_number: number }), 405, 'Pull Request is not mergeable');
    const again = await open(head);
    await refused(cleo.pulls.update({ ...bakery, pull_number: number, state: 'open' }), 422);
    await cleo.pulls.update({ ...bakery, pull_number: again.number, state: 'closed' });
    assert.equal((await cleo.pulls.update({ ...bakery, pull_number: number, state: 'open' })).data.state, 'open');
    await refused(cleo.request('PATCH /repos/{owner}/{repo}/pulls/{n}', { ...bakery, n: number, state: 'gone' }), 422);
    await refused(cleo.pulls.get({ ...bakery, pull_number: 9999 }), 404);
  });

  it('sees what is pushed later, and closes when its branch goes', async () => {
    const head = await branch({ 'f.txt': 'f\n' });
    const { number } = await open(head);
    const sha = await tree.commit('One more', { 'f.txt': 'ff\n' });
    await tree.git('push', '--quiet', 'origin', head);
    const { data } = await cleo.pulls.get({ ...bakery, pull_number: number });
    assert.deepEqual([data.head.sha, data.commits], [sha, 2]);
    await tree.git('push', '--quiet', 'origin', '--delete', head);
    assert.equal((await cleo.pulls.get({ ...bakery, pull_number: number })).data.state, 'closed');
  });
});

describe('merging', () => {
  const merge = async (number: number, more: { merge_method?: 'merge' | 'squash' | 'rebase'; sha?: string; commit_title?: string; commit_message?: string } = {}) => (await cleo.pulls.merge({ ...bakery, pull_number: number, ...more })).data;

  it('makes a commit with both as its parents', async () => {
    const head = await branch({ 'merge.txt': '1\n' });
    const before = await tip();
    const made = await open(head, { title: 'By a merge' });
    const answer = await merge(made.number, { sha: made.head.sha });
    assert.deepEqual([answer.merged, answer.message, answer.sha], [true, 'Pull Request successfully merged', await tip()]);
    assert.equal(await tree.git('log', '-1', '--format=%P|%an|%cn|%B', 'origin/main'), `${before} ${made.head.sha}|Cleo Cedar|GitHub|Merge pull request #${made.number} from ann-ash/${head}\n\nBy a merge`);
    assert.equal(await tree.git('show', 'origin/main:merge.txt'), '1');
    const { data } = await cleo.pulls.get({ ...bakery, pull_number: made.number });
    assert.deepEqual([data.state, data.merged, data.merge_commit_sha, data.merged_by?.login, data.mergeable, data.commits], ['closed', true, answer.sha, 'cleo-cedar', null, 1]);
    assert.equal((await cleo.pulls.checkIfMerged({ ...bakery, pull_number: made.number })).status, 204);
    await refused(merge(made.number), 405, 'Pull Request is not mergeable');
  });

  it('makes one commit of all', async () => {
    const head = await branch({ 'squash.txt': '1\n' }, { 'squash.txt': '1\n2\n' });
    const before = await tip();
    const made = await open(head, { title: 'By a squash' });
    await ann.pulls.merge({ ...bakery, pull_number: made.number, merge_method: 'squash' });
    await tip();
    assert.equal(await tree.git('log', '-1', '--format=%P|%an|%B', 'origin/main'), `${before}|Cleo Cedar|By a squash (#${made.number})\n\n* Change ${count}.1\n\n* Change ${count}.2`);
    assert.equal(await tree.git('show', 'origin/main:squash.txt'), '1\n2');
    const single = await open(await branch({ 'squash.txt': '3\n' }));
    await merge(single.number, { merge_method: 'squash', commit_title: 'My title', commit_message: 'My words' });
    await tip();
    assert.equal(await tree.git('log', '-1', '--format=%B', 'origin/main'), 'My title\n\nMy words');
  });

  it('replays the commits, each as it was', async () => {
    const head = await branch({ 'r1.txt': '1\n' }, { 'r2.txt': '2\n' });
    const made = await open(head);
    await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'meanwhile.txt', message: 'Meanwhile', content: base64('x') });
    const before = await tip();
    await merge(made.number, { merge_method: 'rebase' });
    await tip();
    assert.deepEqual((await tree.git('log', '-3', '--format=%s|%an|%cn', 'origin/main')).split('\n'), [`Change ${count}.2|Cleo Cedar|GitHub`, `Change ${count}.1|Cleo Cedar|GitHub`, 'Meanwhile|Cleo Cedar|Cleo Cedar']);
    assert.equal(await tree.git('rev-parse', 'origin/main~2'), before);
    assert.equal(await tree.git('diff', '--name-only', 'origin/main~2', 'origin/main~1'), 'r1.txt');
    assert.equal(await tree.git('rev-list', '--count', '--min-parents=2', `${before}..origin/main`), '0');
  });

  it('cannot replay what has a merge in it', async () => {
    const head = await branch({ 'm1.txt': '1\n' });
    await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'main-goes-on.txt', message: 'On', content: base64('x') });
    await tree.git('fetch', '--quiet');
    await tree.git('merge', '--quiet', '--no-edit', 'origin/main');
    await tree.git('push', '--quiet', 'origin', head);
    const made = await open(head);
    const data = await known(made.number);
    assert.deepEqual([data.mergeable, data.rebaseable], [true, false]);
    await refused(merge(made.number, { merge_method: 'rebase' }), 405, "This branch can't be rebased");
    await merge(made.number);
  });

  it('is refused for a conflict, and nothing has moved', async () => {
    const [one, other] = [await branch({ 'conflict.txt': 'one\n' }), await branch({ 'conflict.txt': 'other\n' })];
    const [first, second] = [await open(one), await open(other)];
    assert.equal((await known(second.number)).mergeable, true);
    await merge(first.number);
    const before = await tip();
    assert.equal((await cleo.pulls.get({ ...bakery, pull_number: second.number })).data.mergeable, null, 'it has to be found out anew');
    const data = await known(second.number);
    assert.deepEqual([data.mergeable, data.rebaseable, data.mergeable_state], [false, false, 'dirty']);
    for (const method of ['merge', 'squash', 'rebase'] as const) await refused(merge(second.number, { merge_method: method }), 405, 'Pull Request is not mergeable');
    assert.equal(await tip(), before);
  });

  it('is refused when the head is another one, the method unknown or not allowed, or it is a draft', async () => {
    const made = await open(await branch({ 'h.txt': 'h\n' }), { draft: true });
    assert.equal((await known(made.number)).mergeable_state, 'draft');
    await refused(merge(made.number), 405);
    const ready = await open(await branch({ 'i.txt': 'i\n' }));
    await refused(merge(ready.number, { sha: made.head.sha }), 409, 'Head branch was modified. Review and try the merge again.');
    await refused(cleo.request('PUT /repos/{owner}/{repo}/pulls/{n}/merge', { ...bakery, n: ready.number, merge_method: 'octopus' }), 422, /is not a member of/);
    await ann.repos.update({ ...bakery, allow_rebase_merge: false });
    await refused(merge(ready.number, { merge_method: 'rebase' }), 405, /not allowed/);
    await ann.repos.update({ ...bakery, allow_rebase_merge: true });
    await refused(github.client().pulls.merge({ ...bakery, pull_number: ready.number }), 401);
    // Without a body, as some clients send it.
    const bare = await fetch(`${github.url}/repos/ann-ash/harbor-bakery/pulls/${ready.number}/merge`, { method: 'PUT', headers: { authorization: `Bearer ${await github.token('ann-ash', 'repo')}` } });
    assert.equal(bare.status, 200);
  });

  it('of several at once into one branch loses none', async () => {
    const made = [];
    for (let index = 0; index < 4; index++) made.push(await open(await branch({ [`parallel-${index}.txt`]: 'x\n' })));
    let waiting = made.map(({ number }) => number);
    for (let tries = 0; waiting.length > 0; tries++) {
      assert.ok(tries < 10);
      const results = await Promise.allSettled(waiting.map((number) => merge(number)));
      for (const result of results) if (result.status === 'rejected') assert.deepEqual([result.reason.status, result.reason.response.data.message], [405, 'Base branch was modified. Review and try the merge again.']);
      waiting = waiting.filter((_, index) => results[index]?.status === 'rejected');
    }
    await tip();
    assert.equal((await tree.git('ls-tree', '--name-only', 'origin/main')).split('\n').filter((name) => name.startsWith('parallel-')).length, 4);
  });

  it('by a push is seen', async () => {
    const head = await branch({ 'pushed.txt': 'x\n' });
    const made = await open(head);
    await tree.git('push', '--quiet', 'origin', `${head}:main`);
    const { data } = await cleo.pulls.get({ ...bakery, pull_number: made.number });
    assert.deepEqual([data.merged, data.merge_commit_sha], [true, made.head.sha]);
  });

  it('takes the branch away where that is wanted', async () => {
    await ann.repos.update({ ...bakery, delete_branch_on_merge: true });
    const head = await branch({ 'deleted.txt': 'x\n' });
    await merge((await open(head)).number);
    await refused(cleo.git.getRef({ ...bakery, ref: `heads/${head}` }), 404);
    await ann.repos.update({ ...bakery, delete_branch_on_merge: false });
  });
});

describe('rules of the base', () => {
  it('hold it back until somebody else approves', async () => {
    const fork = await WorkTree.clone(github.remote('ann-ash/tide-tables', await github.token('ann-ash', 'repo')));
    await fork.git('checkout', '--quiet', '-b', 'feat');
    await fork.commit('Change', { 'x.txt': 'x\n' });
    await fork.git('push', '--quiet', 'origin', 'feat');
    const { data: made } = await ann.pulls.create({ ...tides, title: 'Held back', head: 'feat', base: 'main' });
    assert.equal((await known(made.number, ann, tides)).mergeable_state, 'blocked');
    const merge = () => ann.pulls.merge({ ...tides, pull_number: made.number });
    await refused(merge(), 405, 'At least 1 approving review is required by reviewers with write access.');
    await refused(ann.pulls.createReview({ ...tides, pull_number: made.number, event: 'APPROVE' }), 422, /own pull request/);
    await cleo.pulls.createReview({ ...tides, pull_number: made.number, event: 'APPROVE' });
    await refused(merge(), 405, /reviewers with write access/);
    await github.door('POST', 'protections', { repository: 'ann-ash/tide-tables', branch: 'main', rules: { requiredReviews: 0, requiredChecks: ['ci'], strict: true, enforceAdmins: true } });
    await refused(merge(), 405, 'Required status check "ci" is expected.');
    await ann.repos.createCommitStatus({ ...tides, sha: made.head.sha, state: 'success', context: 'ci' });
    assert.equal((await known(made.number, ann, tides)).mergeable_state, 'clean');
    assert.equal((await merge()).data.merged, true);
  });

  it('count the approval of one who may push, until they ask for changes', async () => {
    await github.door('POST', 'protections', { repository: 'ann-ash/harbor-bakery', branch: 'main', rules: { requiredReviews: 1 } });
    const { data: made } = await ann.pulls.create({ ...bakery, title: 'To review', head: await branch({ 'reviewed.txt': 'x\n' }), base: 'main' });
    const review = (event: 'APPROVE' | 'REQUEST_CHANGES') => cleo.pulls.createReview({ ...bakery, pull_number: made.number, event, body: 'Because.' });
    const merge = () => cleo.pulls.merge({ ...bakery, pull_number: made.number });
    await review('APPROVE');
    await review('REQUEST_CHANGES');
    await refused(merge(), 405);
    await review('APPROVE');
    assert.equal((await cleo.pulls.listReviews({ ...bakery, pull_number: made.number })).data.length, 3);
    assert.equal((await merge()).data.merged, true);
    await github.door('POST', 'protections', { repository: 'ann-ash/harbor-bakery', branch: 'main' });
  });
});

describe('from a fork', () => {
  it('it is opened, merged, and needs nothing of the fork afterwards', async () => {
    await github.door('POST', 'repositories', { owner: 'ann-ash', name: 'upstream' });
    const upstream = { owner: 'ann-ash', repo: 'upstream' };
    await ann.repos.createOrUpdateFileContents({ ...upstream, path: 'a.txt', message: 'Begin', content: base64('a\n') });
    const { data: fork } = await cleo.repos.createFork(upstream);
    const own = { owner: 'cleo-cedar', repo: fork.name };
    for (let tries = 0; (await cleo.repos.listBranches(own)).data.length === 0; tries++) assert.ok(tries < 100);
    await cleo.repos.createOrUpdateFileContents({ ...own, path: 'b.txt', message: 'Mine', content: base64('b\n') });
    const { data: made } = await cleo.pulls.create({ ...upstream, title: 'Across', head: 'cleo-cedar:main', base: 'main', maintainer_can_modify: true });
    assert.deepEqual([made.head.repo?.full_name, made.head.label, made.maintainer_can_modify, made.changed_files], ['cleo-cedar/upstream', 'cleo-cedar:main', true, 1]);
    assert.equal((await known(made.number, ann, upstream)).mergeable, true);
    await refused(cleo.pulls.merge({ ...upstream, pull_number: made.number }), 403);
    await ann.pulls.merge({ ...upstream, pull_number: made.number });
    const clone = await WorkTree.clone(github.remote('ann-ash/upstream'));
    assert.equal(clone.read('b.txt'), 'b\n');
    await clone.git('fsck', '--strict');
  });
});
