// People, their addresses, and the lists of repositories.

import { needCaller, sees, type Caller } from './access.ts';
import { ApiError, notFound, unprocessable } from './errors.ts';
import type { Forge } from './forge.ts';
import { listed, ok, param, type Call, type Reply, type Route } from './http.ts';
import { permits } from './scopes.ts';
import { own } from './store.ts';
import type { Repository } from './types.ts';
import { account, noReply, organizationView, repositoryView, userView } from './views.ts';

type Affiliation = 'owner' | 'collaborator' | 'organization_member';
const AFFILIATIONS: readonly Affiliation[] = ['owner', 'collaborator', 'organization_member'];
const SORTS = { created: 'createdAt', updated: 'updatedAt', pushed: 'pushedAt' } as const;

/** One of the allowed values of a parameter. */
function choice<T extends string>(query: URLSearchParams, name: string, allowed: readonly T[], standard: T): T {
  const value = query.get(name) ?? standard;
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw unprocessable(`Invalid request.\n\nFor '${name}', "${value.slice(0, 40)}" is not a member of ${JSON.stringify(allowed)}.`);
  return found;
}

function sorted(repositories: readonly Repository[], query: URLSearchParams, standard: 'full_name' | 'created'): Repository[] {
  const by = choice(query, 'sort', ['created', 'updated', 'pushed', 'full_name'], standard);
  const direction = choice(query, 'direction', ['asc', 'desc'], by === 'full_name' ? 'asc' : 'desc');
  const key = (repository: Repository): string => (by === 'full_name' ? `${repository.owner}/${repository.name}`.toLowerCase() : repository[SORTS[by]]);
  const ascending = [...repositories].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : one.id - other.id));
  return direction === 'asc' ? ascending : ascending.reverse();
}

function affiliationOf(forge: Forge, { user }: Caller, repository: Repository): Affiliation | null {
  if (repository.owner === user.login) return 'owner';
  if (own(repository.collaborators, user.login) !== undefined) return 'collaborator';
  const organization = forge.store.organization(repository.owner);
  return organization !== undefined && own(organization.members, user.login) !== undefined ? 'organization_member' : null;
}

/** Which of a person's repositories are asked for, by the new parameters or the old one. */
function wanted(query: URLSearchParams): { visibility: 'all' | 'public' | 'private'; affiliations: ReadonlySet<Affiliation> } {
  const hasType = query.has('type');
  if (hasType && (query.has('visibility') || query.has('affiliation'))) throw unprocessable('If you specify visibility or affiliation, you cannot specify type.');
  if (!hasType) {
    const asked = (query.get('affiliation') ?? AFFILIATIONS.join(',')).split(',').map((entry) => entry.trim());
    const unknown = asked.find((entry) => !AFFILIATIONS.some((known) => known === entry));
    if (unknown !== undefined) throw unprocessable(`Invalid request.\n\nFor 'affiliation', "${unknown.slice(0, 40)}" is not a member of ${JSON.stringify(AFFILIATIONS)}.`);
    return { visibility: choice(query, 'visibility', ['all', 'public', 'private'], 'all'), affiliations: new Set(AFFILIATIONS.filter((entry) => asked.includes(entry))) };
  }
  const type = choice(query, 'type', ['all', 'owner', 'public', 'private', 'member'], 'all');
  return {
    visibility: type === 'public' || type === 'private' ? type : 'all',
    affiliations: new Set(type === 'owner' ? ['owner'] : type === 'member' ? ['collaborator', 'organization_member'] : AFFILIATIONS),
  };
}

function time(query: URLSearchParams, name: string): number | null {
  const value = query.get(name);
  if (value === null) return null;
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw unprocessable(`Invalid request.\n\nFor '${name}', "${value.slice(0, 40)}" is not a time.`);
  return at;
}

export function userRoutes(forge: Forge): Route[] {
  const show = (call: Call) => (repository: Repository) => repositoryView(forge, repository, call.caller);
  const visible = (call: Call, owner: string) => forge.store.state.repositories.filter((repository) => repository.owner === owner && sees(forge, call.caller, repository));

  async function ownRepositories(call: Call): Promise<Reply> {
    const caller = needCaller(call);
    const { visibility, affiliations } = wanted(call.query);
    const [since, before] = [time(call.query, 'since'), time(call.query, 'before')];
    const found = forge.store.state.repositories.filter((repository) => {
      const affiliation = affiliationOf(forge, caller, repository);
      const at = Date.parse(repository.updatedAt);
      return affiliation !== null && affiliations.has(affiliation) && sees(forge, caller, repository)
        && (visibility === 'all' || repository.private === (visibility === 'private'))
        && (since === null || at >= since) && (before === null || at <= before);
    });
    return await listed(call, sorted(found, call.query, 'full_name'), show(call));
  }

  return [
    { method: 'GET', path: '/user', endpoint: 'users.getAuthenticated', handle: (call) => ok(userView(forge, needCaller(call).user)) },
    {
      method: 'GET', path: '/user/emails', endpoint: 'users.listEmailsForAuthenticatedUser', scopes: ['user', 'user:email'],
      handle(call) {
        const { user, scopes } = needCaller(call);
        // What a token may not see does not exist for it.
        if (!permits(scopes, 'user:email')) throw notFound();
        return ok([
          { email: user.email, primary: true, verified: true, visibility: 'private' },
          { email: noReply(user), primary: false, verified: true, visibility: null },
        ]);
      },
    },
    { method: 'GET', path: '/user/repos', endpoint: 'repos.listForAuthenticatedUser', scopes: ['repo', 'public_repo'], handle: ownRepositories },
    {
      method: 'GET', path: '/user/orgs', endpoint: 'orgs.listForAuthenticatedUser', scopes: ['read:org', 'user'],
      handle(call) {
        const { user, scopes } = needCaller(call);
        if (!permits(scopes, 'read:org', 'user')) throw new ApiError(403, 'You need at least read:org scope or user scope to list your organizations.');
        return listed(call, forge.store.state.organizations.filter(({ members }) => own(members, user.login) !== undefined), (organization) => organizationView(forge, organization));
      },
    },
    {
      method: 'GET', path: '/users/:login', endpoint: 'users.getByUsername',
      handle(call) {
        const user = forge.store.user(param(call, 'login'));
        if (user !== undefined) return ok(userView(forge, user));
        const organization = account(forge, param(call, 'login'));
        if (organization === null) throw notFound();
        return ok(organization);
      },
    },
    {
      method: 'GET', path: '/users/:login/repos', endpoint: 'repos.listForUser',
      handle(call) {
        const user = forge.store.user(param(call, 'login'));
        if (user === undefined) throw notFound();
        // Private ones are never in this list.
        return listed(call, sorted(visible(call, user.login).filter((repository) => !repository.private), call.query, 'full_name'), show(call));
      },
    },
    {
      method: 'GET', path: '/orgs/:login', endpoint: 'orgs.get',
      handle(call) {
        const organization = forge.store.organization(param(call, 'login'));
        if (organization === undefined) throw notFound();
        return ok(organizationView(forge, organization));
      },
    },
    {
      method: 'GET', path: '/orgs/:login/repos', endpoint: 'repos.listForOrg',
      handle(call) {
        const organization = forge.store.organization(param(call, 'login'));
        if (organization === undefined) throw notFound();
        const type = choice(call.query, 'type', ['all', 'public', 'private', 'forks', 'sources', 'member'], 'all');
        const found = visible(call, organization.login).filter((repository) =>
          type === 'public' ? !repository.private : type === 'private' ? repository.private : type === 'forks' ? repository.parent !== null : type === 'sources' ? repository.parent === null : true);
        return listed(call, sorted(found, call.query, 'created'), show(call));
      },
    },
    {
      method: 'GET', path: '/rate_limit', endpoint: 'rateLimit.get',
      handle(call) {
        const { limit, used, remaining, reset } = forge.limits.look(call.caller?.user.login ?? null, forge.clock());
        const core = { limit, used, remaining, reset, resource: 'core' };
        return ok({ resources: { core, search: { ...core, resource: 'search' } }, ...(call.version === '2022-11-28' ? { rate: core } : {}) });
      },
    },
  ];
}
