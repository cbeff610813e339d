// Repositories, their branches and the rules of these.

import { isObject, type JsonObject } from '../agents/checks.ts';
import { needCaller, readable, writable } from './access.ts';
import { optionalFlag, optionalText } from './checks.ts';
import { commitView, pageOf } from './commit-views.ts';
import { ApiError, forbidden, notFound, unprocessable, validation } from './errors.ts';
import { now, touch, type Forge } from './forge.ts';
import { listed, ok, noContent, param, type Call, type Reply, type Route } from './http.ts';
import { isRepositoryName } from './names.ts';
import { listRefs, readCommit, readRef } from './objects.ts';
import { permits } from './scopes.ts';
import { rulesOf } from './store.ts';
import type { Protection, Repository } from './types.ts';
import { account, protectionView, repositoryView } from './views.ts';

const BRANCHES = 'refs/heads/';

/** Reads the rules of a branch as `PUT …/protection` takes them. */
function parseProtection(body: JsonObject): Protection {
  for (const field of ['required_status_checks', 'enforce_admins', 'required_pull_request_reviews', 'restrictions']) {
    if (!(field in body)) throw unprocessable(`Invalid request.\n\n"${field}" wasn't supplied.`);
  }
  const [checks, reviews] = [body['required_status_checks'], body['required_pull_request_reviews']];
  const named = isObject(checks) ? [checks['contexts'], checks['checks']].flat() : [];
  const contexts = named.flatMap((entry) => (typeof entry === 'string' ? [entry] : isObject(entry) && typeof entry['context'] === 'string' ? [entry['context']] : []));
  const count = isObject(reviews) ? (reviews['required_approving_review_count'] ?? 1) : 0;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > 6) throw unprocessable('Invalid request.\n\nrequired_approving_review_count must be 0 to 6.');
  return {
    requiredReviews: count,
    requiredChecks: [...new Set(contexts)],
    strict: isObject(checks) && optionalFlag(checks, 'strict') === true,
    enforceAdmins: optionalFlag(body, 'enforce_admins') === true,
    allowForcePushes: optionalFlag(body, 'allow_force_pushes') === true,
    allowDeletions: optionalFlag(body, 'allow_deletions') === true,
  };
}

export function repositoryRoutes(forge: Forge): Route[] {
  const { git, store } = forge;

  function branchView(repository: Repository, name: string, sha: string): Record<string, unknown> {
    const rules = rulesOf(repository, name);
    const at = `${forge.url}/repos/${repository.owner}/${repository.name}`;
    return {
      name, commit: { sha, url: `${at}/commits/${sha}` }, protected: rules !== undefined,
      protection: { enabled: rules !== undefined, required_status_checks: { enforcement_level: rules?.requiredChecks.length ? 'non_admins' : 'off', contexts: rules?.requiredChecks ?? [], checks: [] } },
      protection_url: `${at}/branches/${encodeURIComponent(name)}/protection`,
    };
  }

  async function branches(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const only = call.query.get('protected');
    const refs = await listRefs(git, store.folderOf(repository), BRANCHES);
    const found = refs.map(({ ref, sha }) => ({ name: ref.slice(BRANCHES.length), sha })).filter(({ name }) => only === null || (only === 'true') === (rulesOf(repository, name) !== undefined));
    return await listed(call, found, ({ name, sha }) => branchView(repository, name, sha));
  }

  async function branch(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const name = param(call, 'branch');
    const folder = store.folderOf(repository);
    const sha = await readRef(git, folder, `${BRANCHES}${name}`);
    if (sha === null) throw new ApiError(404, 'Branch not found');
    return ok({ ...branchView(repository, name, sha), commit: commitView(forge, repository, await readCommit(git, folder, sha)), _links: { html: `${pageOf(forge, repository)}/tree/${name}`, self: call.address.href } });
  }

  /** The rules of the branch in the path. Only those who could change them may read them. */
  function rules(call: Call): { repository: Repository; name: string; found: Protection | undefined } {
    const { repository } = writable(forge, call, 'admin');
    const name = param(call, 'branch');
    return { repository, name, found: rulesOf(repository, name) };
  }

  async function change(call: Call): Promise<Reply> {
    const { repository, caller } = writable(forge, call, 'admin', 'Must have admin rights to Repository.');
    const body = await call.json();
    const [name, branch] = [optionalText(body, 'name', 100), optionalText(body, 'default_branch', 255)];
    if (name !== undefined && name.toLowerCase() !== repository.name.toLowerCase()) {
      if (!isRepositoryName(name)) throw validation({ resource: 'Repository', field: 'name', code: 'custom', message: 'name is not a name of a repository' });
      if (store.repository(repository.owner, name) !== undefined) throw validation({ resource: 'Repository', field: 'name', code: 'custom', message: 'name already exists on this account' });
    }
    if (branch !== undefined) {
      if ((await readRef(git, store.folderOf(repository), `${BRANCHES}${branch}`)) === null) throw validation({ resource: 'Repository', field: 'default_branch', code: 'invalid' });
      await git.text(store.folderOf(repository), ['symbolic-ref', 'HEAD', `${BRANCHES}${branch}`]);
      repository.defaultBranch = branch;
    }
    if (name !== undefined) repository.name = name;
    if ('description' in body) repository.description = optionalText(body, 'description') ?? null;
    repository.private = optionalFlag(body, 'private') ?? repository.private;
    repository.archived = optionalFlag(body, 'archived') ?? repository.archived;
    repository.deleteBranchOnMerge = optionalFlag(body, 'delete_branch_on_merge') ?? repository.deleteBranchOnMerge;
    const methods = (['merge', 'squash', 'rebase'] as const).filter((method) => optionalFlag(body, method === 'merge' ? 'allow_merge_commit' : `allow_${method}_merge`) ?? repository.mergeMethods.includes(method));
    if (methods.length === 0) throw validation({ resource: 'Repository', field: 'merge_commit_allowed', code: 'custom', message: 'Sorry, you need to allow at least one merge strategy. (no_merge_method)' });
    repository.mergeMethods = methods;
    repository.updatedAt = now(forge);
    store.save();
    return ok(repositoryView(forge, repository, caller, true));
  }

  return [
    { method: 'GET', path: '/repos/:owner/:repo', endpoint: 'repos.get', scopes: ['repo'], handle: (call) => ok(repositoryView(forge, readable(forge, call), call.caller, true)) },
    { method: 'PATCH', path: '/repos/:owner/:repo', endpoint: 'repos.update', scopes: ['repo'], handle: change },
    { method: 'GET', path: '/repos/:owner/:repo/branches', endpoint: 'repos.listBranches', scopes: ['repo'], handle: branches },
    {
      method: 'GET', path: '/repos/:owner/:repo/branches/*branch/protection', endpoint: 'repos.getBranchProtection', scopes: ['repo'],
      handle(call) {
        const { repository, name, found } = rules(call);
        if (found === undefined) throw new ApiError(404, 'Branch not protected');
        return ok(protectionView(forge, repository, name, found));
      },
    },
    {
      method: 'PUT', path: '/repos/:owner/:repo/branches/*branch/protection', endpoint: 'repos.updateBranchProtection', scopes: ['repo'],
      async handle(call) {
        const { repository, name } = rules(call);
        if ((await readRef(git, store.folderOf(repository), `${BRANCHES}${name}`)) === null) throw new ApiError(404, 'Branch not found');
        const wanted = parseProtection(await call.json());
        repository.protections = { ...repository.protections, [name]: wanted };
        touch(forge, repository, false);
        return ok(protectionView(forge, repository, name, wanted));
      },
    },
    {
      method: 'DELETE', path: '/repos/:owner/:repo/branches/*branch/protection', endpoint: 'repos.deleteBranchProtection', scopes: ['repo'],
      handle(call) {
        const { repository, name, found } = rules(call);
        if (found === undefined) throw new ApiError(404, 'Branch not protected');
        delete repository.protections[name];
        touch(forge, repository, false);
        return noContent();
      },
    },
    { method: 'GET', path: '/repos/:owner/:repo/branches/*branch', endpoint: 'repos.getBranch', scopes: ['repo'], handle: branch },
    {
      method: 'GET', path: '/repos/:owner/:repo/collaborators/:login/permission', endpoint: 'repos.getCollaboratorPermissionLevel', scopes: ['repo'],
      handle(call) {
        const repository = readable(forge, call);
        const { scopes } = needCaller(call);
        const user = store.user(param(call, 'login'));
        if (user === undefined || !permits(scopes, 'repo', 'public_repo')) throw notFound();
        if (store.permission(repository, needCaller(call).user.login) === 'pull') throw forbidden('Must have push access to view collaborator permission.');
        const has = store.permission(repository, user.login);
        const role = has === 'pull' ? 'read' : has === 'push' ? 'write' : (has ?? 'none');
        return ok({ permission: role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role, role_name: role, user: account(forge, user.login) });
      },
    },
  ];
}
