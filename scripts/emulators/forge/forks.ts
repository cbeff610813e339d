// Forks: a repository of one's own with the same history. GitHub answers before it is ready; so does this.

import { needCaller, readable, sees } from './access.ts';
import { optionalFlag, optionalText } from './checks.ts';
import { forbidden, notFound, validation } from './errors.ts';
import { now, type Forge } from './forge.ts';
import { listed, type Call, type Reply, type Route } from './http.ts';
import { isRepositoryName } from './names.ts';
import { permits } from './scopes.ts';
import { enter, fillFrom, initialize, newRepository } from './taking-in.ts';
import { repositoryView } from './views.ts';

export function forkRoutes(forge: Forge): Route[] {
  const { store } = forge;

  async function fork(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const caller = needCaller(call);
    if (!permits(caller.scopes, 'repo', 'public_repo')) throw notFound();
    const body = await call.json();
    const organization = optionalText(body, 'organization', 100);
    const owner = organization === undefined ? caller.user.login : store.organization(organization)?.login;
    if (owner === undefined) throw validation({ resource: 'Fork', field: 'organization', code: 'invalid' });
    if (organization !== undefined && store.organization(owner)?.members[caller.user.login] === undefined) throw forbidden(`You do not have permission to fork into ${owner}.`);
    const known = store.network(repository).find((other) => other.owner === owner);
    // Whoever has one already gets that.
    if (known !== undefined && known.id !== repository.id) return { status: 202, body: repositoryView(forge, known, caller, true) };
    if (known !== undefined) throw forbidden('You cannot fork your own repository.');
    const name = optionalText(body, 'name', 100) ?? repository.name;
    if (!isRepositoryName(name)) throw validation({ resource: 'Fork', field: 'name', code: 'invalid' });
    if (store.repository(owner, name) !== undefined) throw validation({ resource: 'Fork', field: 'name', code: 'already_exists' });
    const only = optionalFlag(body, 'default_branch_only') === true ? `refs/heads/${repository.defaultBranch}` : null;
    const at = now(forge);
    const made = newRepository(forge, {
      owner, name, private: repository.private, description: repository.description, defaultBranch: repository.defaultBranch,
      parent: repository.id, source: repository.source, createdAt: at, updatedAt: at, pushedAt: repository.pushedAt,
    });
    await initialize(forge, made);
    if (!enter(forge, made)) throw validation({ resource: 'Fork', field: 'name', code: 'already_exists' });
    void fillFrom(forge, made, store.folderOf(repository), only).catch((error: unknown) => process.stderr.write(`forge: the fork ${owner}/${name} failed: ${String(error)}\n`));
    return { status: 202, body: repositoryView(forge, made, caller, true) };
  }

  return [
    { method: 'POST', path: '/repos/:owner/:repo/forks', endpoint: 'repos.createFork', scopes: ['repo', 'public_repo'], handle: fork },
    {
      method: 'GET', path: '/repos/:owner/:repo/forks', endpoint: 'repos.listForks', scopes: ['repo'],
      handle(call) {
        const repository = readable(forge, call);
        const found = store.state.repositories.filter((other) => other.parent === repository.id && sees(forge, call.caller, other));
        return listed(call, found.reverse(), (other) => repositoryView(forge, other, call.caller));
      },
    },
  ];
}
