// People and repositories as the API shows them.

import type { Caller } from './access.ts';
import type { Forge } from './forge.ts';
import { PERMISSIONS, type Organization, type Protection, type Repository, type User } from './types.ts';

const nodeId = (kind: string, id: number | string): string => Buffer.from(`${kind}:${id}`).toString('base64');
export { nodeId };

/** A part of a path, escaped; slashes stay. */
export const inPath = (text: string): string => text.split('/').map(encodeURIComponent).join('/');

export const noReply = (user: User): string => `${user.id}+${user.login}@users.noreply.github.com`;

/** The short form of a person or an organisation, as it stands in other objects. */
export function account(forge: Forge, login: string): Record<string, unknown> | null {
  const organization = forge.store.organization(login);
  const found = organization ?? forge.store.user(login);
  if (found === undefined) return null;
  const { id, login: name } = found;
  const at = `${forge.url}/users/${name}`;
  return {
    login: name, id, node_id: nodeId(organization ? 'Organization' : 'User', id), avatar_url: `${forge.url}/${name}.svg`, gravatar_id: '',
    url: at, html_url: `${forge.url}/${name}`, repos_url: organization ? `${forge.url}/orgs/${name}/repos` : `${at}/repos`,
    type: organization ? 'Organization' : 'User', site_admin: false,
  };
}

export function organizationView(forge: Forge, organization: Organization): Record<string, unknown> {
  const { login, id, name } = organization;
  const at = `${forge.url}/orgs/${login}`;
  return { login, id, node_id: nodeId('Organization', id), url: at, repos_url: `${at}/repos`, avatar_url: `${forge.url}/${login}.svg`, description: null, name, html_url: `${forge.url}/${login}`, type: 'Organization' };
}

/** A person in full. The address is for show, and nobody here shows theirs; `/user/emails` has them. */
export function userView(forge: Forge, user: User): Record<string, unknown> {
  const publicRepos = forge.store.state.repositories.filter((repository) => repository.owner === user.login && !repository.private).length;
  return {
    ...account(forge, user.login), name: user.name, company: null, blog: '', location: null, email: null, hireable: null, bio: null,
    twitter_username: null, public_repos: publicRepos, public_gists: 0, followers: 0, following: 0,
    created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z',
  };
}

/** A repository; what the caller may do with it is part of that. */
export function repositoryView(forge: Forge, repository: Repository, caller: Caller | null, full = false): Record<string, unknown> {
  const { id, owner, name } = repository;
  const fullName = `${owner}/${name}`;
  const [api, page] = [`${forge.url}/repos/${fullName}`, `${forge.url}/${fullName}`];
  const has = caller === null ? null : forge.store.permission(repository, caller.user.login);
  const permissions = Object.fromEntries(PERMISSIONS.map((permission) => [permission, has !== null && PERMISSIONS.indexOf(has) >= PERMISSIONS.indexOf(permission)]));
  const allowed = (method: 'merge' | 'squash' | 'rebase'): boolean => repository.mergeMethods.includes(method);
  const view: Record<string, unknown> = {
    id, node_id: nodeId('Repository', id), name, full_name: fullName, owner: account(forge, owner), private: repository.private,
    html_url: page, description: repository.description, fork: repository.parent !== null, url: api,
    branches_url: `${api}/branches{/branch}`, commits_url: `${api}/commits{/sha}`, compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`, git_refs_url: `${api}/git/refs{/sha}`, pulls_url: `${api}/pulls{/number}`, forks_url: `${api}/forks`,
    trees_url: `${api}/git/trees{/sha}`, statuses_url: `${api}/statuses/{sha}`,
    created_at: repository.createdAt, updated_at: repository.updatedAt, pushed_at: repository.pushedAt,
    clone_url: `${page}.git`, git_url: `${page}.git`, homepage: null, size: 0, language: null, license: null, topics: [],
    has_issues: false, has_projects: false, has_wiki: false, has_pages: false, has_downloads: false,
    stargazers_count: 0, watchers_count: 0, forks_count: forge.store.state.repositories.filter(({ parent }) => parent === id).length, open_issues_count: forge.store.pullsOf(repository).filter(({ state }) => state === 'open').length,
    archived: repository.archived, disabled: false, allow_forking: true, is_template: false, visibility: repository.private ? 'private' : 'public',
    default_branch: repository.defaultBranch,
    ...(caller === null ? {} : { permissions }),
  };
  if (!full) return view;
  const [parent, source] = [forge.store.repositoryById(repository.parent), forge.store.repositoryById(repository.source)];
  return {
    ...view,
    ...(permissions['push'] === true
      ? { allow_merge_commit: allowed('merge'), allow_squash_merge: allowed('squash'), allow_rebase_merge: allowed('rebase'), allow_auto_merge: false, allow_update_branch: false, delete_branch_on_merge: repository.deleteBranchOnMerge }
      : {}),
    ...(forge.store.organization(owner) ? { organization: account(forge, owner) } : {}),
    ...(parent === undefined || source === undefined ? {} : { parent: repositoryView(forge, parent, caller), source: repositoryView(forge, source, caller) }),
    network_count: forge.store.network(repository).length - 1, subscribers_count: 0,
  };
}

/** The rules of a branch, in full. */
export function protectionView(forge: Forge, repository: Repository, branch: string, rules: Protection): Record<string, unknown> {
  const at = `${forge.url}/repos/${repository.owner}/${repository.name}/branches/${encodeURIComponent(branch)}/protection`;
  const enabled = (value: boolean) => ({ enabled: value });
  return {
    url: at,
    ...(rules.requiredChecks.length === 0 && !rules.strict
      ? {}
      : { required_status_checks: { url: `${at}/required_status_checks`, strict: rules.strict, contexts: rules.requiredChecks, checks: rules.requiredChecks.map((context) => ({ context, app_id: null })) } }),
    ...(rules.requiredReviews === 0
      ? {}
      : { required_pull_request_reviews: { url: `${at}/required_pull_request_reviews`, dismiss_stale_reviews: false, require_code_owner_reviews: false, required_approving_review_count: rules.requiredReviews, require_last_push_approval: false } }),
    enforce_admins: { url: `${at}/enforce_admins`, ...enabled(rules.enforceAdmins) },
    required_linear_history: enabled(false), allow_force_pushes: enabled(rules.allowForcePushes), allow_deletions: enabled(rules.allowDeletions),
    block_creations: enabled(false), required_conversation_resolution: enabled(false), lock_branch: enabled(false), allow_fork_syncing: enabled(false),
  };
}
