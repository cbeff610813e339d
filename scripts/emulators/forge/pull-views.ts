// Pull requests as the API shows them.

import type { Caller } from './access.ts';
import { apiOf, pageOf } from './commit-views.ts';
import { changedFiles } from './diff.ts';
import type { Forge } from './forge.ts';
import { mergeBase, missingFrom } from './objects.ts';
import { mergeability, mergeableState } from './pull-state.ts';
import type { Pull, Repository, Review } from './types.ts';
import { account, nodeId, repositoryView } from './views.ts';

function association(forge: Forge, repository: Repository, login: string): string {
  if (repository.owner === login) return 'OWNER';
  if (forge.store.organization(repository.owner)?.members[login] !== undefined) return 'MEMBER';
  return repository.collaborators[login] === undefined ? 'CONTRIBUTOR' : 'COLLABORATOR';
}

/** As it stands in lists: without what takes a look into the repository. */
export function pullView(forge: Forge, repository: Repository, pull: Pull, caller: Caller | null, version: string): Record<string, unknown> {
  const [api, page] = [`${apiOf(forge, repository)}/pulls/${pull.number}`, `${pageOf(forge, repository)}/pull/${pull.number}`];
  const headRepository = forge.store.repositoryById(pull.head.repository);
  const side = (owner: string, ref: string, sha: string, of: Repository | undefined) => ({
    label: `${owner}:${ref}`, ref, sha, user: account(forge, owner), repo: of === undefined ? null : repositoryView(forge, of, caller),
  });
  const old = version === '2022-11-28';
  return {
    url: api, id: pull.id, node_id: nodeId('PullRequest', pull.id), html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`,
    commits_url: `${api}/commits`, statuses_url: `${apiOf(forge, repository)}/statuses/${pull.head.sha}`,
    number: pull.number, state: pull.state, locked: false, title: pull.title, user: account(forge, pull.author), body: pull.body,
    created_at: pull.createdAt, updated_at: pull.updatedAt, closed_at: pull.closedAt, merged_at: pull.mergedAt,
    ...(old ? { merge_commit_sha: pull.mergeCommit, assignee: null } : {}),
    assignees: [], requested_reviewers: [], requested_teams: [], labels: [], milestone: null, draft: pull.draft,
    head: side(pull.head.owner, pull.head.ref, pull.head.sha, headRepository),
    base: side(repository.owner, pull.base.ref, pull.base.sha, repository),
    author_association: association(forge, repository, pull.author), auto_merge: null, active_lock_reason: null,
    _links: { self: { href: api }, html: { href: page }, commits: { href: `${api}/commits` }, statuses: { href: `${apiOf(forge, repository)}/statuses/${pull.head.sha}` } },
  };
}

/** Its commits, oldest first, and what they change together. */
export async function pullContent(forge: Forge, repository: Repository, pull: Pull) {
  const folder = forge.store.folderOf(repository);
  const common = await mergeBase(forge.git, folder, pull.base.sha, pull.head.sha);
  const [commits, files] = await Promise.all([
    missingFrom(forge.git, folder, pull.base.sha, pull.head.sha),
    common === null ? [] : changedFiles(forge.git, folder, common, pull.head.sha),
  ]);
  return { common, commits, files };
}

/** In full, with what git finds. */
export async function pullDetail(forge: Forge, repository: Repository, pull: Pull, caller: Caller | null, version: string): Promise<Record<string, unknown>> {
  const { commits, files } = await pullContent(forge, repository, pull);
  const found = pull.state === 'open' ? mergeability(forge, repository, pull) : null;
  return {
    ...pullView(forge, repository, pull, caller, version),
    merged: pull.mergedAt !== null, merged_by: pull.mergedBy === null ? null : account(forge, pull.mergedBy),
    mergeable: found?.mergeable ?? null, rebaseable: found?.rebaseable ?? null,
    mergeable_state: await mergeableState(forge, repository, pull, found?.mergeable ?? null, caller?.user.login ?? ''),
    maintainer_can_modify: pull.maintainerCanModify, comments: 0, review_comments: 0,
    commits: commits.length, additions: files.reduce((sum, file) => sum + file.additions, 0), deletions: files.reduce((sum, file) => sum + file.deletions, 0), changed_files: files.length,
  };
}

export function reviewView(forge: Forge, repository: Repository, pull: Pull, review: Review): Record<string, unknown> {
  const page = `${pageOf(forge, repository)}/pull/${pull.number}`;
  return {
    id: review.id, node_id: nodeId('PullRequestReview', review.id), user: account(forge, review.user), body: review.body, state: review.state, commit_id: review.commit, submitted_at: review.submittedAt,
    html_url: `${page}#pullrequestreview-${review.id}`, pull_request_url: `${apiOf(forge, repository)}/pulls/${pull.number}`, author_association: association(forge, repository, review.user),
  };
}
