// Files, trees, commits and comparisons of the forge, asked by GitHub's own client and held to git itself.

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
  tree = await WorkTree.clone(github.remote('ann-ash/harbor-bakery', await github.token('cleo-cedar', 'repo', 'workflow')));
});
after(() => github.close());

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const read = async (path: string, ref?: string): Promise<{ sha: string; text: string; type: string }> => {
  const { data } = await cleo.repos.getContent({ ...bakery, path, ...(ref === undefined ? {} : { ref }) });
  assert.ok(!Array.isArray(data) && data.type === 'file');
  return { sha: data.sha, type: data.type, text: Buffer.from(data.content, 'base64').toString() };
};

describe('files', () => {
  it('are read as an object, as bytes, and as a list', async () => {
    assert.equal((await read('site/index.html')).text, tree.read('site/index.html'));
    const { data } = await ann.repos.getContent({ ...bakery, path: 'serve.js', mediaType: { format: 'raw+json' } });
    assert.equal(String(data), tree.read('serve.js'));
    const { data: root } = await ann.repos.getContent({ ...bakery, path: '' });
    assert.ok(Array.isArray(root));
    assert.deepEqual(root.map(({ name, type }) => `${type} ${name}`), ['file README.md', 'file check-links.js', 'file package.json', 'file serve.js', 'dir site']);
    await refused(ann.repos.getContent({ ...bakery, path: 'nope' }), 404);
    await refused(ann.repos.getContent({ ...bakery, path: 'README.md', ref: 'nope' }), 404, 'No commit found for the ref nope');
    for (const path of ['../../../etc/passwd', 'site/../serve.js', '.git/config', '--help']) await refused(ann.request(`GET /repos/ann-ash/harbor-bakery/contents/${encodeURIComponent(path)}`), 404);
  });

  it('are written as one commit each, by their blob', async () => {
    const made = await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'notes/a b#?.txt', message: 'A note\n\nWith more.', content: base64('one\n'), branch: 'main' });
    assert.equal(made.status, 201);
    const sha = made.data.content?.sha ?? '';
    await refused(cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'notes/a b#?.txt', message: 'm', content: base64('two\n') }), 422, /"sha" wasn't supplied/);
    await refused(cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'notes/a b#?.txt', message: 'm', content: base64('two\n'), sha: '0'.repeat(40) }), 409, /does not match/);
    const changed = await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'notes/a b#?.txt', message: 'Two', content: base64('two\n'), sha });
    assert.equal(changed.status, 200);
    await tree.git('pull', '--quiet');
    assert.equal(tree.read('notes/a b#?.txt'), 'two\n');
    assert.deepEqual((await tree.git('log', '-2', '--format=%an <%ae> %cn %s')).split('\n'), ['Cleo Cedar <cleo@example.com> Cleo Cedar Two', 'Cleo Cedar <cleo@example.com> Cleo Cedar A note']);
    assert.equal(await tree.git('rev-parse', 'HEAD'), changed.data.commit.sha);
    await cleo.repos.deleteFile({ ...bakery, path: 'notes/a b#?.txt', message: 'Gone', sha: changed.data.content?.sha ?? '' });
    await refused(cleo.repos.getContent({ ...bakery, path: 'notes/a b#?.txt' }), 404);
  });

  it('are refused where they cannot be', async () => {
    const write = (path: string, more: object = {}) => cleo.repos.createOrUpdateFileContents({ ...bakery, path, message: 'm', content: base64('x'), ...more });
    for (const path of ['../x', 'a/../../x', '.git/hooks/post-update', 'a/.GIT/config', 'git~1/config', 'a//b']) await refused(write(path), 422, 'path contains a malformed path component');
    await refused(write('README.md/below'), 422);
    await refused(write('site'), 422, 'site is a directory');
    await refused(write('a', { content: 'ä' }), 422, 'content is not valid Base64');
    await refused(write('a', { branch: 'nope' }), 404, 'Branch nope not found');
    await refused(write('a', { branch: '--upload-pack=x' }), 404);
    await refused(write('.github/workflows/ci.yml'), 404, 'Not Found');
    const able = await github.as('cleo-cedar', 'repo', 'workflow');
    assert.equal((await able.repos.createOrUpdateFileContents({ ...bakery, path: '.github/workflows/ci.yml', message: 'm', content: base64('on: push\n') })).status, 201);
    await refused(ann.repos.createOrUpdateFileContents({ ...tides, path: 'a', message: 'm', content: '' }), 409, /At least 1 approving review is required/);
  });

  it('of more than a megabyte come as bytes only', async () => {
    const big = Buffer.alloc(1_200_000, 'line\n');
    await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'big.txt', message: 'Big', content: base64(big) });
    const { data } = await cleo.repos.getContent({ ...bakery, path: 'big.txt' });
    assert.ok('encoding' in data && 'content' in data);
    assert.deepEqual([data.encoding, data.content, data.size], ['none', '', big.length]);
    const raw = await cleo.repos.getContent({ ...bakery, path: 'big.txt', mediaType: { format: 'raw' } });
    assert.equal(String(raw.data), big.toString());
  });

  it('of two that are written at once one is refused or comes second', async () => {
    const { sha } = await read('README.md');
    const write = (text: string) => cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'README.md', message: text, content: base64(text), sha }).then(({ status }) => status, ({ status }: { status: number }) => status);
    assert.deepEqual((await Promise.all(['one', 'two', 'three'].map(write))).sort(), [200, 409, 409]);
  });
});

describe('what git holds', () => {
  it('is read by its ids', async () => {
    await tree.git('pull', '--quiet');
    const { data } = await cleo.git.getTree({ ...bakery, tree_sha: 'main', recursive: '1' });
    const listed = (await tree.git('ls-tree', '-r', '-t', 'HEAD')).split('\n');
    assert.deepEqual(data.tree.map(({ mode, type, sha, path }) => `${mode} ${type} ${sha}\t${path}`), listed);
    const blob = data.tree.find(({ path }) => path === 'package.json');
    const { data: content } = await cleo.git.getBlob({ ...bakery, file_sha: blob?.sha ?? '' });
    assert.equal(Buffer.from(content.content, 'base64').toString(), tree.read('package.json'));
    const { data: commit } = await cleo.git.getCommit({ ...bakery, commit_sha: await tree.git('rev-parse', 'HEAD') });
    assert.equal(commit.tree.sha, await tree.git('rev-parse', 'HEAD^{tree}'));
    await refused(cleo.git.getTree({ ...bakery, tree_sha: '--help' }), 404);
    await refused(cleo.git.getBlob({ ...bakery, file_sha: '0'.repeat(40) }), 404);
    await refused(cleo.git.getCommit({ ...bakery, commit_sha: 'HEAD' }), 404);
  });

  it('is told commit by commit, whose they are', async () => {
    const { data } = await cleo.repos.listCommits({ ...bakery, per_page: 2, path: 'site' });
    assert.deepEqual(data.map(({ commit, author }) => [commit.message.split('\n')[0], author?.login]), [
      ['Say who we are, and how to order a cake', 'cleo-cedar'], ['The first page, and what it looks like', 'ann-ash'],
    ]);
    const { data: first } = await cleo.repos.getCommit({ ...bakery, ref: (await tree.git('rev-list', '--max-parents=0', 'HEAD')) });
    assert.deepEqual([first.parents, first.files?.map(({ filename, status }) => [filename, status])], [[], [['package.json', 'added'], ['serve.js', 'added']]]);
  });

  it('has checks reported of it', async () => {
    const sha = await tree.git('rev-parse', 'HEAD');
    const report = (context: string, state: 'pending' | 'success' | 'failure') => cleo.repos.createCommitStatus({ ...bakery, sha, state, context });
    assert.equal((await cleo.repos.getCombinedStatusForRef({ ...bakery, ref: 'main' })).data.state, 'pending');
    await report('build', 'pending');
    await report('build', 'success');
    assert.equal((await cleo.repos.getCombinedStatusForRef({ ...bakery, ref: sha })).data.state, 'success');
    await report('lint', 'failure');
    const { data } = await cleo.repos.getCombinedStatusForRef({ ...bakery, ref: 'main' });
    assert.deepEqual([data.state, data.total_count], ['failure', 2]);
    await refused(cleo.repos.createCommitStatus({ ...bakery, sha: '0'.repeat(40), state: 'success' }), 422);
  });
});

describe('a comparison', () => {
  const compare = async (basehead: string) => (await cleo.repos.compareCommitsWithBasehead({ ...bakery, basehead })).data;

  it('shows what a branch has since it parted, as git does', async () => {
    await tree.git('checkout', '--quiet', '-b', 'feat/compare', 'origin/main');
    await tree.git('mv', 'check-links.js', 'links.js');
    await tree.git('rm', '--quiet', 'big.txt');
    await tree.commit('Rename and remove', { 'bild.bin': 'a\0b', 'ümläut "x".txt': 'text\n', 'site/index.html': tree.read('site/index.html').replace('Cinnamon knots', 'Cardamom knots') });
    await tree.commit('A line that looks like a header', { 'ümläut "x".txt': 'text\n--- a/evil\ndiff --git a/x b/x\n' });
    await tree.git('push', '--quiet', 'origin', 'feat/compare');
    await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'behind.txt', message: 'Main goes on', content: base64('x') });

    const data = await compare('main...feat/compare');
    assert.deepEqual([data.status, data.ahead_by, data.behind_by, data.total_commits], ['diverged', 2, 1, 2]);
    assert.equal(data.merge_base_commit.sha, await tree.git('merge-base', 'origin/main', 'feat/compare'));
    assert.deepEqual(data.commits.map(({ commit }) => commit.message), ['Rename and remove', 'A line that looks like a header']);
    const files = new Map((data.files ?? []).map((file) => [file.filename, file]));
    assert.deepEqual([...files].map(([name, { status }]) => `${status} ${name}`), ['removed big.txt', 'added bild.bin', 'renamed links.js', 'modified site/index.html', 'added ümläut "x".txt']);
    assert.equal(files.get('links.js')?.previous_filename, 'check-links.js');
    assert.deepEqual([files.get('bild.bin')?.patch, files.get('links.js')?.patch], [undefined, undefined]);
    assert.equal(files.get('ümläut "x".txt')?.patch, '@@ -0,0 +1,3 @@\n+text\n+--- a/evil\n+diff --git a/x b/x');
    const { patch, additions, deletions, sha } = files.get('site/index.html') ?? {};
    assert.match(patch ?? '', /^@@ -\d+,7 \+\d+,7 @@[^]*\n-.*Cinnamon knots[^]*\n\+.*Cardamom knots/);
    assert.deepEqual([additions, deletions, sha], [1, 1, await tree.git('rev-parse', 'feat/compare:site/index.html')]);
    assert.equal(files.get('big.txt')?.deletions, 240_000);
    assert.equal(files.get('big.txt')?.patch, undefined, 'too long to be sent');
  });

  it('is identical, ahead or behind', async () => {
    const same = await compare('main...main');
    assert.equal(same.status, 'identical');
    assert.equal(same.merge_base_commit.sha, same.base_commit.sha);
    const parent = (await cleo.repos.getCommit({ ...bakery, ref: 'main' })).data.parents[0]?.sha;
    const ahead = await compare(`${parent}...main`);
    assert.equal(ahead.status, 'ahead');
    // They parted where the one of them still is.
    assert.deepEqual([ahead.base_commit.sha, ahead.merge_base_commit.sha], [parent, parent]);
    assert.equal(ahead.commits.length, ahead.ahead_by);
    assert.equal((await compare(`main...${parent}`)).status, 'behind');
    assert.equal((await compare('main...ann-ash:feat/compare')).ahead_by, 2);
  });

  it('comes as text and page by page', async () => {
    const asked = { ...bakery, basehead: 'main...feat/compare' };
    const diff = String((await cleo.repos.compareCommitsWithBasehead({ ...asked, mediaType: { format: 'diff' } })).data);
    assert.match(diff, /^diff --git /);
    assert.match(String((await cleo.repos.compareCommitsWithBasehead({ ...asked, mediaType: { format: 'patch' } })).data), /^From [0-9a-f]{40} /);
    const second = await cleo.repos.compareCommitsWithBasehead({ ...asked, per_page: 1, page: 2 });
    assert.deepEqual([second.data.commits.length, second.data.files?.length, second.data.total_commits], [1, 0, 2]);
    // git itself takes the difference for what it is.
    await tree.git('checkout', '--quiet', await tree.git('merge-base', 'origin/main', 'feat/compare'));
    tree.write('all.diff', diff);
    await tree.git('apply', '--index', '--exclude=bild.bin', 'all.diff');
  });

  it('is of refs that there are', async () => {
    for (const basehead of ['main...nope', 'nope...main', 'main..main', 'main', 'main...nobody:main', 'main...--output=x', 'main...main^', 'main...main@{1}', 'main...HEAD~1']) {
      await refused(cleo.repos.compareCommitsWithBasehead({ ...bakery, basehead }), 404);
    }
  });
});

describe('a fork', () => {
  it('is made after the answer, and compared with what it came from', async () => {
    const { status, data } = await cleo.repos.createFork(tides);
    assert.deepEqual([status, data.full_name, data.fork, data.parent?.full_name], [202, 'cleo-cedar/tide-tables', true, 'ann-ash/tide-tables']);
    const own = { owner: 'cleo-cedar', repo: 'tide-tables' };
    for (let tries = 0; (await cleo.repos.listBranches(own)).data.length === 0; tries++) assert.ok(tries < 100);
    await cleo.repos.createOrUpdateFileContents({ ...own, path: 'a.txt', message: 'Mine', content: base64('a') });
    const compared = (await cleo.repos.compareCommitsWithBasehead({ ...tides, basehead: 'main...cleo-cedar:main' })).data;
    assert.deepEqual([compared.status, compared.ahead_by, compared.files?.map(({ filename }) => filename)], ['ahead', 1, ['a.txt']]);
    assert.equal((await cleo.repos.createFork(tides)).data.id, data.id, 'a second time it is the same');
    await refused(cleo.repos.createFork({ owner: 'harbor-works', repo: 'crew-handbook' }), 404);
    assert.deepEqual((await ann.repos.listForks(tides)).data.map(({ full_name: name }) => name), ['cleo-cedar/tide-tables']);
  });
});
