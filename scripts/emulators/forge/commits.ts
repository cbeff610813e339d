// Commits, trees and blobs to read, and what checks have reported of a commit.

import { readable, writable } from './access.ts';
import { oneOf, optionalText } from './checks.ts';
import { apiOf, commitView, fileView, gitCommitView } from './commit-views.ts';
import { changedFiles, diffText, patchText } from './diff.ts';
import { ApiError, notFound, unprocessable } from './errors.ts';
import { now, type Forge } from './forge.ts';
import { bytes, created, listed, ok, param, pageLinks, pageOf, type Call, type Reply, type Route } from './http.ts';
import { isSha, pathParts } from './names.ts';
import { readBlob, readCommit, readCommits, readTree, resolve, type TreeEntry } from './objects.ts';
import { account, nodeId } from './views.ts';
import type { Repository, Status } from './types.ts';

const STATES = ['error', 'failure', 'pending', 'success'] as const;
const MAX_TREE = 100_000;
/** The parent of a first commit. */
const NO_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export function commitRoutes(forge: Forge): Route[] {
  const { git, store } = forge;

  /** The commit that a part of the path means. */
  async function named(call: Call, repository: Repository): Promise<string> {
    const name = param(call, 'ref');
    const sha = await resolve(git, store.folderOf(repository), name);
    if (sha === null) throw unprocessable(`No commit found for SHA: ${name.slice(0, 255)}`);
    return sha;
  }

  async function list(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const folder = store.folderOf(repository);
    const from = call.query.get('sha') ?? repository.defaultBranch;
    const start = await resolve(git, folder, from);
    if (start === null) throw (await resolve(git, folder, 'HEAD')) === null ? new ApiError(409, 'Git Repository is empty.') : notFound();
    const parts = pathParts(call.query.get('path') ?? '');
    if (parts === null) throw notFound();
    const paths = parts.length === 0 ? [] : [parts.join('/')];
    const [since, until] = ['since', 'until'].map((name) => Date.parse(call.query.get(name) ?? ''));
    const range = [...(Number.isNaN(since) ? [] : [`--since=@${Math.floor(Number(since) / 1000)}`]), ...(Number.isNaN(until) ? [] : [`--until=@${Math.floor(Number(until) / 1000)}`])];
    const all = (await git.text(folder, ['rev-list', ...range, start, '--', ...paths])).split('\n').filter((sha) => sha !== '');
    const at = pageOf(call);
    const shown = await readCommits(git, folder, all.slice((at.page - 1) * at.perPage, at.page * at.perPage));
    return { status: 200, body: shown.map((commit) => commitView(forge, repository, commit)), headers: pageLinks(call, all.length, at) };
  }

  async function one(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const folder = store.folderOf(repository);
    const sha = await named(call, repository);
    const commit = await readCommit(git, folder, sha);
    const parent = commit.parents[0] ?? null;
    if (call.media === 'diff') return bytes(await diffText(git, folder, parent ?? NO_TREE, sha), 'application/vnd.github.diff; charset=utf-8');
    if (call.media === 'patch') return bytes(await patchText(git, folder, parent ?? NO_TREE, sha), 'application/vnd.github.patch; charset=utf-8');
    const files = await changedFiles(git, folder, parent, sha);
    const sum = (of: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[of], 0);
    const stats = { additions: sum('additions'), deletions: sum('deletions'), total: sum('additions') + sum('deletions') };
    return ok({ ...commitView(forge, repository, commit), stats, files: files.slice(0, 300).map((file) => fileView(forge, repository, file, sha)) });
  }

  async function gitCommit(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const sha = param(call, 'sha');
    if (!isSha(sha) || (await git.maybe(store.folderOf(repository), ['cat-file', '-t', sha])) !== 'commit') throw notFound();
    return ok(gitCommitView(forge, repository, await readCommit(git, store.folderOf(repository), sha)));
  }

  function treeEntry(repository: Repository, { path, mode, type, size, sha }: TreeEntry): Record<string, unknown> {
    return { path, mode, type, ...(size === null ? {} : { size }), sha, url: `${apiOf(forge, repository)}/git/${type}s/${sha}` };
  }

  async function tree(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const folder = store.folderOf(repository);
    const name = param(call, 'sha');
    const isTree = isSha(name) && ['tree', 'commit'].includes((await git.maybe(folder, ['cat-file', '-t', name])) ?? '');
    const found = isTree ? name : await resolve(git, folder, name);
    const sha = found === null ? null : await git.maybe(folder, ['rev-parse', '--verify', '--quiet', `${found}^{tree}`]);
    const entries = sha === null ? null : await readTree(git, folder, sha, call.query.has('recursive'));
    if (sha === null || entries === null) throw notFound();
    return ok({ sha, url: `${apiOf(forge, repository)}/git/trees/${sha}`, tree: entries.slice(0, MAX_TREE).map((entry) => treeEntry(repository, entry)), truncated: entries.length > MAX_TREE });
  }

  async function blob(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const sha = param(call, 'sha');
    const content = isSha(sha) ? await readBlob(git, store.folderOf(repository), sha) : null;
    if (content === null) throw notFound();
    if (call.media === 'raw') return bytes(content, 'application/vnd.github.raw+json; charset=utf-8');
    return ok({ sha, node_id: nodeId('Blob', sha), size: content.length, url: `${apiOf(forge, repository)}/git/blobs/${sha}`, encoding: 'base64', content: content.toString('base64').replace(/.{1,60}/g, '$&\n') });
  }

  const statusView = (repository: Repository, { id, sha, context, state, description, targetUrl, creator, createdAt }: Status): Record<string, unknown> => ({
    id, node_id: nodeId('Status', id), url: `${apiOf(forge, repository)}/statuses/${sha}`, state, description, target_url: targetUrl, context,
    created_at: createdAt, updated_at: createdAt, avatar_url: null, creator: account(forge, creator),
  });

  async function report(call: Call): Promise<Reply> {
    const { repository, caller } = writable(forge, call);
    const sha = param(call, 'sha');
    if (!isSha(sha) || (await git.maybe(store.folderOf(repository), ['cat-file', '-t', sha])) !== 'commit') throw unprocessable(`No commit found for SHA: ${sha.slice(0, 255)}`);
    const body = await call.json();
    const state = oneOf(optionalText(body, 'state'), STATES, 'state');
    if (state === undefined) throw unprocessable('Invalid request.\n\n"state" wasn\'t supplied.');
    const status: Status = {
      id: store.newId(), sha, state, context: optionalText(body, 'context', 255) ?? 'default', description: optionalText(body, 'description', 140) ?? null,
      targetUrl: optionalText(body, 'target_url', 2000) ?? null, creator: caller.user.login, createdAt: now(forge),
    };
    repository.statuses.push(status);
    store.save();
    return created(statusView(repository, status), `${apiOf(forge, repository)}/statuses/${sha}`);
  }

  /** The last word of each context, newest first. */
  const latest = (repository: Repository, sha: string): Status[] => {
    const all = repository.statuses.filter((status) => status.sha === sha).reverse();
    return all.filter((status, index) => all.findIndex(({ context }) => context === status.context) === index);
  };

  async function combined(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const sha = await named(call, repository);
    const statuses = latest(repository, sha);
    const isAny = (...states: Status['state'][]): boolean => statuses.some(({ state }) => states.includes(state));
    const state = isAny('error', 'failure') ? 'failure' : statuses.length === 0 || isAny('pending') ? 'pending' : 'success';
    return ok({ state, statuses: statuses.map((status) => statusView(repository, status)), sha, total_count: statuses.length, url: `${apiOf(forge, repository)}/commits/${sha}/status`, commit_url: `${apiOf(forge, repository)}/commits/${sha}` });
  }

  async function statuses(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const sha = await named(call, repository);
    return await listed(call, repository.statuses.filter((status) => status.sha === sha).reverse(), (status) => statusView(repository, status));
  }

  const scopes = ['repo'];
  return [
    { method: 'GET', path: '/repos/:owner/:repo/commits', endpoint: 'repos.listCommits', scopes, handle: list },
    { method: 'GET', path: '/repos/:owner/:repo/commits/*ref/status', endpoint: 'repos.getCombinedStatusForRef', scopes: ['repo', 'repo:status'], handle: combined },
    { method: 'GET', path: '/repos/:owner/:repo/commits/*ref/statuses', endpoint: 'repos.listCommitStatusesForRef', scopes: ['repo', 'repo:status'], handle: statuses },
    { method: 'GET', path: '/repos/:owner/:repo/commits/*ref', endpoint: 'repos.getCommit', scopes, handle: one },
    { method: 'POST', path: '/repos/:owner/:repo/statuses/:sha', endpoint: 'repos.createCommitStatus', scopes: ['repo', 'repo:status'], handle: report },
    { method: 'GET', path: '/repos/:owner/:repo/git/commits/:sha', endpoint: 'git.getCommit', scopes, handle: gitCommit },
    { method: 'GET', path: '/repos/:owner/:repo/git/trees/*sha', endpoint: 'git.getTree', scopes, handle: tree },
    { method: 'GET', path: '/repos/:owner/:repo/git/blobs/:sha', endpoint: 'git.getBlob', scopes, handle: blob },
  ];
}
