// Two commits side by side, across a repository and its forks: what the one has since they parted.

import { readable, sees } from './access.ts';
import { apiOf, commitView, fileView, pageOf as pageAddress } from './commit-views.ts';
import { changedFiles, diffText, patchText } from './diff.ts';
import { ApiError, notFound } from './errors.ts';
import { networkEnv, type Forge } from './forge.ts';
import { bytes, pageLinks, pageOf, param, type Call, type Reply, type Route } from './http.ts';
import { mergeBase, missingFrom, readCommits, resolve } from './objects.ts';
import type { Repository } from './types.ts';

const MAX_FILES = 300;

/** Where a side of a comparison is: `branch`, `owner:branch` or `owner:repository:branch`. */
async function sideOf(forge: Forge, call: Call, repository: Repository, text: string): Promise<{ repository: Repository; sha: string }> {
  const parts = text.split(':');
  const name = parts.pop() ?? '';
  const [owner, named] = parts;
  const network = forge.store.network(repository);
  const side = owner === undefined ? repository : network.find((other) => other.owner.toLowerCase() === owner.toLowerCase() && (named === undefined || other.name.toLowerCase() === named.toLowerCase()));
  if (side === undefined || parts.length > 2 || !sees(forge, call.caller, side)) throw notFound();
  const sha = await resolve(forge.git, forge.store.folderOf(side), name);
  if (sha === null) throw notFound();
  return { repository: side, sha };
}

export function compareRoutes(forge: Forge): Route[] {
  const { git, store } = forge;

  async function compare(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const [left, right, ...more] = param(call, 'basehead').split('...');
    if (left === undefined || right === undefined || more.length > 0) throw notFound();
    const [base, head] = [await sideOf(forge, call, repository, left), await sideOf(forge, call, repository, right)];
    const folder = store.folderOf(repository);
    const env = networkEnv(forge, repository);
    const common = await mergeBase(git, folder, base.sha, head.sha, env);
    if (common === null) throw new ApiError(404, `No common ancestor between ${left} and ${right}.`);
    if (call.media === 'diff') return bytes(await diffText(git, folder, common, head.sha, env), 'application/vnd.github.diff; charset=utf-8');
    if (call.media === 'patch') return bytes(await patchText(git, folder, base.sha, head.sha, env), 'application/vnd.github.patch; charset=utf-8');

    const [ahead, behind] = [await missingFrom(git, folder, base.sha, head.sha, env), await missingFrom(git, folder, head.sha, base.sha, env)];
    const at = pageOf(call, 250);
    const shown = ahead.slice((at.page - 1) * at.perPage, at.page * at.perPage);
    const commits = await readCommits(git, folder, [base.sha, common, ...shown], env);
    const [baseCommit, commonCommit, ...rest] = commits.map((commit) => commitView(forge, repository, commit));
    const files = at.page > 1 ? [] : (await changedFiles(git, folder, common, head.sha, env)).slice(0, MAX_FILES);
    const [api, page] = [apiOf(forge, repository), pageAddress(forge, repository)];
    const address = `${encodeURIComponent(left)}...${encodeURIComponent(right)}`;
    const body = {
      url: `${api}/compare/${address}`, html_url: `${page}/compare/${address}`, permalink_url: `${page}/compare/${base.sha}...${head.sha}`, diff_url: `${page}/compare/${address}.diff`, patch_url: `${page}/compare/${address}.patch`,
      base_commit: baseCommit, merge_base_commit: commonCommit,
      status: ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical',
      ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length, commits: rest,
      files: files.map((file) => fileView(forge, head.repository, file, head.sha)),
    };
    return { status: 200, body, headers: pageLinks(call, ahead.length, at) };
  }

  return [{ method: 'GET', path: '/repos/:owner/:repo/compare/*basehead', endpoint: 'repos.compareCommitsWithBasehead', scopes: ['repo'], handle: compare }];
}
