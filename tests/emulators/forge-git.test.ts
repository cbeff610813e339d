// git against the forge over HTTP: clones, pushes, and what is refused in them.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Octokit } from '@octokit/rest';
import { forge, pipe, refused, WorkTree, type Forge } from './forge-kit.ts';
import { temporaryFolder } from './harness.ts';

const bakery = { owner: 'ann-ash', repo: 'harbor-bakery' };
const stateDir = temporaryFolder();
let github: Forge;
let ann: Octokit;
let token: string;
before(async () => {
  github = await forge({ stateDir });
  ann = await github.as('ann-ash', 'repo');
  token = await github.token('cleo-cedar', 'repo');
});
after(() => github.close());

const clone = async (repository = 'ann-ash/harbor-bakery', withToken: string | undefined = token): Promise<WorkTree> => await WorkTree.clone(github.remote(repository, withToken));
const info = async (repository: string, service: string, authorization?: string): Promise<Response> =>
  await fetch(`${github.url}/${repository}/info/refs?service=${service}`, authorization === undefined ? {} : { headers: { authorization } });
const basic = (secret: string, name = 'x-access-token'): string => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

/** Posts a body whose length is not said beforehand. */
async function inPieces(address: string, headers: Record<string, string>, pieces: Buffer[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asking = request(address, { method: 'POST', headers }, (response) => {
      let said = '';
      response.on('data', (chunk: Buffer) => (said += chunk.toString()));
      response.on('end', () => resolve(said));
    });
    asking.on('error', reject);
    for (const piece of pieces) asking.write(piece);
    asking.end();
  });
}

describe('who may', () => {
  it('read what is public, without a token', async () => {
    const tree = await WorkTree.clone(github.remote('ann-ash/harbor-bakery'));
    assert.match(tree.read('site/index.html'), /<h1>/);
    assert.equal((await info('ann-ash/harbor-bakery', 'git-upload-pack')).status, 200, 'also without .git');
  });

  it('read what is private, with a token that reaches it', async () => {
    const asked = await info('harbor-works/crew-handbook.git', 'git-upload-pack');
    assert.deepEqual([asked.status, asked.headers.get('www-authenticate')], [401, 'Basic realm="GitHub"']);
    const other = await info('harbor-works/crew-handbook.git', 'git-upload-pack', basic(token));
    assert.deepEqual([other.status, await other.text()], [404, 'Repository not found.\n']);
    const narrow = await github.token('ann-ash', 'public_repo');
    assert.equal((await info('harbor-works/crew-handbook.git', 'git-upload-pack', basic(narrow))).status, 404);
    const tree = await clone('harbor-works/crew-handbook', await github.token('ann-ash', 'repo'));
    assert.match(tree.read('README.md'), /night watchman/);
    assert.equal((await info('ann-ash/nothing.git', 'git-upload-pack')).status, 401, 'nobody is told what there is');
  });

  it('push, with the right and the scope', async () => {
    assert.equal((await info('ann-ash/harbor-bakery.git', 'git-receive-pack')).status, 401);
    assert.equal((await info('ann-ash/harbor-bakery.git', 'git-receive-pack', basic('gho_made-up'))).status, 401);
    assert.equal((await info('ann-ash/harbor-bakery.git', 'git-receive-pack', basic('x-oauth-basic', token))).status, 200, 'the token may stand in the name');
    const denied = await info('ann-ash/tide-tables.git', 'git-receive-pack', basic(token));
    assert.deepEqual([denied.status, await denied.text()], [403, 'Permission to ann-ash/tide-tables.git denied to cleo-cedar.\n']);
    assert.equal((await info('ann-ash/harbor-bakery.git', 'git-receive-pack', basic(await github.token('ann-ash', 'read:user')))).status, 403);
  });

  it('is nobody any more whose token is revoked', async () => {
    const tree = await clone('harbor-works/crew-handbook', await github.token('ann-ash', 'repo', 'workflow'));
    await tree.git('pull', '--quiet');
    await github.door('DELETE', 'tokens', { login: 'ann-ash' });
    const { code, err } = await tree.try('pull');
    assert.notEqual(code, 0);
    assert.match(err, /Authentication failed|could not read/);
    ann = await github.as('ann-ash', 'repo');
  });
});

describe('the wire', () => {
  it('speaks version 2, and takes bodies that are compressed or come in pieces', async () => {
    const listing = await fetch(`${github.url}/ann-ash/harbor-bakery.git/info/refs?service=git-upload-pack`, { headers: { 'git-protocol': 'version=2' } });
    assert.match(await listing.text(), /version 2/);
    const ask = Buffer.from('0014command=ls-refs\n00010009peel\n0000');
    const headers = { 'git-protocol': 'version=2', 'content-type': 'application/x-git-upload-pack-request' };
    const answers: string[] = [];
    const address = `${github.url}/ann-ash/harbor-bakery.git/git-upload-pack`;
    answers.push(await (await fetch(address, { method: 'POST', headers, body: ask })).text());
    answers.push(await (await fetch(address, { method: 'POST', headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(ask) })).text());
    answers.push(await inPieces(address, headers, [ask.subarray(0, 10), ask.subarray(10)]));
    for (const answer of answers) assert.match(answer, /[0-9a-f]{40} refs\/heads\/main\n/);
  });

  it('takes a push of many megabytes, which git sends in pieces', async () => {
    const tree = await clone();
    await tree.git('checkout', '--quiet', '-b', 'big');
    const noise = (await pipe('head', ['-c', '6000000', '/dev/urandom'], Buffer.alloc(0))).toString('base64');
    const sha = await tree.commit('Big', { 'noise.txt': noise });
    await tree.git('-c', 'http.postBuffer=65536', 'push', '--quiet', 'origin', 'big');
    assert.equal((await ann.git.getRef({ ...bakery, ref: 'heads/big' })).data.object.sha, sha);
    const again = await clone();
    await again.git('checkout', '--quiet', 'big');
    assert.equal(again.read('noise.txt'), noise);
  });

  it('is cut, slow or refused when a test wants it', async () => {
    await github.door('POST', 'faults', { requests: [{ endpoint: 'git.info-refs', status: 503 }, { endpoint: 'git.upload-pack', loseAnswer: true, times: 10 }] });
    const tree = new WorkTree();
    assert.match((await tree.try('ls-remote', github.remote('ann-ash/harbor-bakery'))).err, /503/);
    assert.notEqual((await tree.try('clone', github.remote('ann-ash/harbor-bakery'), 'x')).code, 0);
    await github.door('DELETE', 'faults');
    assert.equal((await tree.try('clone', github.remote('ann-ash/harbor-bakery'), 'y')).code, 0);
  });

  it('answers nothing but git’s own questions', async () => {
    for (const path of ['info/refs', 'info/refs?service=git-evil', 'info/refs?service=../upload-pack', 'HEAD', 'config', 'objects/info/packs', '../state/state.json']) {
      const { status } = await fetch(`${github.url}/ann-ash/harbor-bakery.git/${path}`);
      assert.ok(status === 403 || status === 404, path);
    }
    for (const path of ['..%2f..%2fetc/x.git/info/refs?service=git-upload-pack', '%2e%2e/%2e%2e/info/refs?service=git-upload-pack', '%zz/x/info/refs?service=git-upload-pack']) {
      assert.ok([401, 404].includes((await fetch(`${github.url}/${path}`)).status), path);
    }
  });
});

describe('a push', () => {
  it('is seen by the API at once, and the API’s commits by git', async () => {
    const tree = await clone();
    await tree.git('checkout', '--quiet', '-b', 'seen');
    const sha = await tree.commit('Pushed', { 'pushed.txt': 'x\n' });
    const before = (await ann.repos.get(bakery)).data.pushed_at;
    await tree.git('push', '--quiet', 'origin', 'seen');
    assert.equal((await ann.repos.getBranch({ ...bakery, branch: 'seen' })).data.commit.sha, sha);
    assert.ok((await ann.repos.get(bakery)).data.pushed_at > before);
    await ann.repos.createOrUpdateFileContents({ ...bakery, path: 'api.txt', message: 'By the API', content: '', branch: 'seen' });
    await tree.git('pull', '--quiet', 'origin', 'seen');
    assert.equal(tree.read('api.txt'), '');
  });

  it('to a protected branch is refused, each ref by itself', async () => {
    await github.door('POST', 'protections', { repository: 'ann-ash/harbor-bakery', branch: 'main', rules: { requiredReviews: 2 } });
    const tree = await clone();
    const before = await tree.git('rev-parse', 'origin/main');
    await tree.commit('Straight to main', { 'x.txt': 'x\n' });
    const { code, err } = await tree.try('push', '--porcelain', 'origin', 'main', 'main:beside', 'main:beside2');
    assert.notEqual(code, 0);
    assert.match(err, /remote: error: GH006: Protected branch update failed for refs\/heads\/main\./);
    assert.match(err, /remote: error: At least 2 approving reviews are required by reviewers with write access\./);
    const { out } = await tree.try('push', '--porcelain', 'origin', 'main', 'main:beside3');
    assert.match(out, /!\trefs\/heads\/main:refs\/heads\/main\t\[remote rejected\] \(protected branch hook declined\)/);
    assert.equal(await tree.git('ls-remote', 'origin', 'refs/heads/main'), `${before}\trefs/heads/main`);
    for (const name of ['beside', 'beside2', 'beside3']) assert.equal(await tree.git('ls-remote', 'origin', `refs/heads/${name}`), `${await tree.git('rev-parse', 'HEAD')}\trefs/heads/${name}`);
    assert.match((await tree.try('push', 'origin', ':main')).err, /Cannot delete this branch|refusing to delete/);
    assert.match((await tree.try('push', '--atomic', 'origin', 'main', 'main:atomic')).err, /rejected/);
    assert.equal(await tree.git('ls-remote', 'origin', 'refs/heads/atomic'), '', 'all or nothing');
    // Ann may: the rules do not bind her, except for a push that throws history away.
    const own = await clone('ann-ash/harbor-bakery', await github.token('ann-ash', 'repo'));
    await own.commit('An admin’s', { 'admin.txt': 'x\n' });
    await own.git('push', '--quiet', 'origin', 'main');
    await own.git('reset', '--quiet', '--hard', 'HEAD~1');
    assert.match((await own.try('push', '--force', 'origin', 'main')).err, /Cannot force-push to this branch/);
    await github.door('POST', 'protections', { repository: 'ann-ash/harbor-bakery', branch: 'main' });
    await own.git('push', '--quiet', '--force', 'origin', 'main');
  });

  it('with a workflow needs the scope for it', async () => {
    const tree = await clone();
    await tree.git('checkout', '--quiet', '-b', 'flow');
    await tree.commit('A workflow', { '.github/workflows/ci.yml': 'on: push\n' });
    const after = await tree.commit('Something else on top', { 'y.txt': 'y\n' });
    const { code, err } = await tree.try('push', 'origin', 'flow');
    assert.notEqual(code, 0);
    assert.match(err, /refusing to allow an OAuth App to create or update workflow `\.github\/workflows\/ci\.yml` without `workflow` scope/);
    await refused(ann.git.getRef({ ...bakery, ref: 'heads/flow' }), 404);
    await tree.git('push', '--quiet', github.remote('ann-ash/harbor-bakery', await github.token('cleo-cedar', 'repo', 'workflow')), 'flow');
    assert.equal((await ann.git.getRef({ ...bakery, ref: 'heads/flow' })).data.object.sha, after);
    // What is there already may be carried on by anybody.
    await tree.commit('More', { 'z.txt': 'z\n' });
    await tree.git('push', '--quiet', 'origin', 'flow');
  });

  it('of a hostile path or name does not come in', async () => {
    const tree = await clone();
    // A tree that no git of today makes by itself: its folder is `.git`.
    const blob = await tree.git('hash-object', '-w', 'package.json');
    const inner = Buffer.concat([Buffer.from('100644 config\0'), Buffer.from(blob, 'hex')]);
    const write = async (body: Buffer): Promise<string> => (await pipe('git', ['-C', tree.folder, 'hash-object', '-t', 'tree', '--literally', '-w', '--stdin'], body)).toString().trim();
    for (const name of ['.git', '..', '.GIT', 'git~1']) {
      const outer = await write(Buffer.concat([Buffer.from(`40000 ${name}\0`), Buffer.from(await write(inner), 'hex')]));
      const commit = await tree.git('commit-tree', outer, '-p', 'HEAD', '-m', 'Hostile');
      const { code, err } = await tree.try('push', 'origin', `${commit}:refs/heads/hostile`);
      assert.notEqual(code, 0, name);
      assert.match(err, /fsck error|hasDotgit|hasDotdot|unpack/i, name);
    }
    await refused(ann.git.getRef({ ...bakery, ref: 'heads/hostile' }), 404);
    for (const ref of ['refs/pull/1/head', 'refs/pull/77/merge']) assert.match((await tree.try('push', 'origin', `HEAD:${ref}`)).err, /deny updating a hidden ref|rejected/);
    // Names that a shell or a page could trip over are names here.
    const odd = 'odd/$(touch pwned)`id`;&<b>"\'|x'.replace(' ', '-');
    await tree.git('push', '--quiet', 'origin', `HEAD:refs/heads/${odd}`);
    assert.equal((await ann.repos.getBranch({ ...bakery, branch: odd })).data.name, odd);
    await tree.commit('On an odd branch', { [`odd "$(x)" <i>.txt`]: 'x\n' });
    await tree.git('push', '--quiet', 'origin', `HEAD:refs/heads/${odd}`);
    const { data: pull } = await ann.pulls.create({ ...bakery, title: '<script>alert(1)</script>', head: odd, base: 'main' });
    const html = await (await fetch(pull.html_url)).text();
    assert.ok(!html.includes('<script>') && !html.includes('<b>') && !html.includes('<i>'));
    assert.equal((await ann.pulls.merge({ ...bakery, pull_number: pull.number })).data.merged, true);
    assert.ok(!existsSync('pwned') && !existsSync(join(stateDir, 'pwned')));
  });

  it('that says it weighs nothing, or never ends, harms nobody else', async () => {
    const broken = await fetch(`${github.url}/ann-ash/harbor-bakery.git/git-receive-pack`, { method: 'POST', headers: { authorization: basic(token), 'content-type': 'application/x-git-receive-pack-request' }, body: 'ffffgarbage' });
    await broken.text();
    const wrongType = await fetch(`${github.url}/ann-ash/harbor-bakery.git/git-receive-pack`, { method: 'POST', headers: { authorization: basic(token), 'content-type': 'text/plain' }, body: '0000' });
    assert.equal(wrongType.status, 415);
    assert.equal((await ann.repos.get(bakery)).status, 200);
  });

  it('asks the forge by a door that opens for pushes only', async () => {
    const response = await fetch(`${github.url}/_emulator/hook`, { method: 'POST', body: JSON.stringify({ push: 'undefined', updates: [] }) });
    assert.equal(response.status, 404);
  });
});

describe('a repository of this machine', () => {
  it('is taken in with its branches and tags, and stays as it was', async () => {
    const own = new WorkTree();
    await own.git('init', '--quiet', '--initial-branch=trunk');
    await own.commit('First', { 'a.txt': 'a\n' });
    await own.git('tag', 'v1');
    await own.git('branch', 'side');
    await github.door('POST', 'repositories', { owner: 'ann-ash', name: 'taken-in', path: own.folder, private: true, collaborators: { 'cleo-cedar': 'pull' } });
    const { data } = await ann.repos.get({ owner: 'ann-ash', repo: 'taken-in' });
    assert.deepEqual([data.default_branch, data.private], ['trunk', true]);
    const tree = await clone('ann-ash/taken-in');
    assert.equal(tree.read('a.txt'), 'a\n');
    assert.equal(await tree.git('tag'), 'v1');
    assert.notEqual((await tree.try('push', 'origin', 'HEAD:x')).code, 0, 'to read is not to push');
    const wrong = async (body: object): Promise<string> => {
      const response = await fetch(`${github.url}/_emulator/repositories`, { method: 'POST', body: JSON.stringify(body) });
      assert.equal(response.status, 422);
      return ((await response.json()) as { message: string }).message;
    };
    assert.match(await wrong({ owner: 'ann-ash', name: 'x', path: temporaryFolder() }), /is not a git repository/);
    assert.match(await wrong({ owner: 'ann-ash', name: 'x', path: '--help' }), /must be an absolute path/);
    assert.match(await wrong({ owner: 'nobody', name: 'x' }), /nobody is nobody here/);
    assert.match(await wrong({ owner: 'ann-ash', name: '../x' }), /cannot be the name/);
    assert.match(await wrong({ owner: 'ann-ash', name: 'taken-in' }), /there already/);
    const page = await fetch(`${github.url}/_emulator/repositories`, { method: 'POST', body: '{}', headers: { origin: 'http://evil.test' } });
    assert.equal(page.status, 403);
  });
});

describe('a second run', () => {
  it('finds everything where it was, tokens by nothing but their hash', async () => {
    const tree = await clone();
    await tree.git('checkout', '--quiet', '-b', 'kept');
    const sha = await tree.commit('Kept', { 'kept.txt': 'x\n' });
    await tree.git('push', '--quiet', 'origin', 'kept');
    const { data: pull } = await ann.pulls.create({ ...bakery, title: 'Kept', head: 'kept', base: 'main' });
    const { url } = github;
    await github.close();
    assert.ok(!readFileSync(join(stateDir, 'state', 'state.json'), 'utf8').includes(token));
    github = await forge({ stateDir });
    assert.equal(github.url, url, 'what was noted of it leads there');
    const cleo = github.client(token);
    assert.equal((await cleo.pulls.get({ ...bakery, pull_number: pull.number })).data.head.sha, sha);
    assert.equal((await cleo.repos.listForAuthenticatedUser()).data.length, 2);
    await tree.git('fetch', '--quiet');
  });

  it('without a folder leaves nothing behind', async () => {
    // A place for what is temporary that nobody else writes to.
    const [folder, shared] = [temporaryFolder(), process.env['TMPDIR']];
    process.env['TMPDIR'] = folder;
    try {
      const other = await forge();
      const made = readdirSync(folder);
      await other.close();
      assert.equal(made.length, 1);
      assert.deepEqual(readdirSync(folder), []);
    } finally {
      if (shared === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = shared;
    }
  });

  it('keeps away from a port that is taken', async () => {
    await assert.rejects(forge({ port: Number(new URL(github.url).port) }), /EADDRINUSE/);
  });
});
