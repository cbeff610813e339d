// Who asks, and what they may touch. What somebody may not see does not exist for them.

import type { Call } from './http.ts';
import { param } from './http.ts';
import { badCredentials, forbidden, notFound, unauthenticated } from './errors.ts';
import type { Forge } from './forge.ts';
import { permits } from './scopes.ts';
import { allows } from './store.ts';
import type { Permission, Repository, Token, User } from './types.ts';

export interface Caller {
  user: User;
  /** Null for a token of a GitHub App. */
  scopes: readonly string[] | null;
  token: Token;
}

/** The person whose token this is; null for one that is wrong, revoked or over. */
export function callerWith(forge: Forge, text: string): Caller | null {
  const token = forge.store.token(text);
  if (token === undefined || (token.expiresAt !== null && token.expiresAt <= forge.clock())) return null;
  const user = forge.store.user(token.login);
  return user === undefined ? null : { user, scopes: token.scopes, token };
}

/** Name and password of Basic authentication. */
export function basic(value: string): { name: string; password: string } {
  const [name = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return { name, password: password.join(':') };
}

/** The caller of a request, null for nobody. A token that is no good is refused, also where none is needed. */
export function callerOf(forge: Forge, authorization: string | undefined): Caller | null {
  if (authorization === undefined) return null;
  const [, scheme = '', value = ''] = /^(\w+)\s+(\S+)\s*$/.exec(authorization) ?? [];
  if (/^basic$/i.test(scheme)) {
    // As git sends it: the token is the password, or, by an old custom, the name.
    const { name, password } = basic(value);
    const caller = callerWith(forge, password) ?? callerWith(forge, name);
    if (caller === null) throw badCredentials();
    return caller;
  }
  const caller = /^(?:bearer|token)$/i.test(scheme) ? callerWith(forge, value) : null;
  if (caller === null) throw badCredentials();
  return caller;
}

/** The caller, where there has to be one. */
export function needCaller(call: Call): Caller {
  if (call.caller === null) throw unauthenticated();
  return call.caller;
}

/** True when this caller may know of the repository. */
export function sees(forge: Forge, caller: Caller | null, repository: Repository): boolean {
  if (!repository.private) return true;
  return caller !== null && permits(caller.scopes, 'repo') && forge.store.permission(repository, caller.user.login) !== null;
}

/** The same for a push, or a change of another kind. */
export function mayWrite(forge: Forge, caller: Caller | null, repository: Repository, needed: Permission = 'push'): boolean {
  if (caller === null || !sees(forge, caller, repository)) return false;
  return permits(caller.scopes, 'repo', 'public_repo') && allows(forge.store.permission(repository, caller.user.login), needed);
}

/** The repository that the path names, to look at. */
export function readable(forge: Forge, call: Call): Repository {
  const repository = forge.store.repository(param(call, 'owner'), param(call, 'repo'));
  if (repository === undefined || !sees(forge, call.caller, repository)) throw notFound();
  return repository;
}

/** The same, to change: for those who may not, it is as if it were not there, or (`said`) it is said that they may not. */
export function writable(forge: Forge, call: Call, needed: Permission = 'push', said?: string): { repository: Repository; caller: Caller } {
  const repository = readable(forge, call);
  const caller = needCaller(call);
  if (!mayWrite(forge, caller, repository, needed)) throw said === undefined || !permits(caller.scopes, 'repo', 'public_repo') ? notFound() : forbidden(said);
  if (repository.archived) throw forbidden('Repository was archived so is read-only.');
  return { repository, caller };
}
