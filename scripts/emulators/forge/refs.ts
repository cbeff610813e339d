// Refs: reading, making, moving and taking them away.

import { readable, writable } from './access.ts';
import { optionalFlag, text } from './checks.ts';
import { apiOf, refView } from './commit-views.ts';
import { ApiError, notFound, unprocessable } from './errors.ts';
import { touch, type Forge } from './forge.ts';
import { refusal, sentence } from './guard.ts';
import { created, listed, noContent, ok, param, type Call, type Reply, type Route } from './http.ts';
import { moveRef, NO_COMMIT } from './merging.ts';
import { isBranchName, isRefName, isSha } from './names.ts';
import { isAncestor, listRefs, readRef } from './objects.ts';
import { settle } from './settle.ts';
import type { Repository } from './types.ts';
import { inPath } from './views.ts';

const empty = (): ApiError => new ApiError(409, 'Git Repository is empty.');

/** Sets of refs that are the forge's own. */
const isHidden = (ref: string): boolean => ref.startsWith('refs/pull/');

export function refRoutes(forge: Forge): Route[] {
  const { git, store } = forge;
  const typeOf = async (repository: Repository, sha: string): Promise<string | null> => await git.maybe(store.folderOf(repository), ['cat-file', '-t', sha]);
  const isEmpty = async (repository: Repository): Promise<boolean> => (await listRefs(git, store.folderOf(repository), 'refs/')).length === 0;

  function named(call: Call): string {
    const ref = `refs/${param(call, 'ref')}`;
    if (!isRefName(ref)) throw notFound();
    return ref;
  }

  async function shown(repository: Repository, ref: string, sha: string): Promise<Record<string, unknown>> {
    return refView(forge, repository, { ref, sha, type: (await typeOf(repository, sha)) ?? 'commit' });
  }

  async function read(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const ref = named(call);
    const sha = await readRef(git, store.folderOf(repository), ref);
    if (sha === null) throw (await isEmpty(repository)) ? empty() : notFound();
    return ok(await shown(repository, ref, sha));
  }

  async function matching(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const prefix = `refs/${call.params['ref'] ?? ''}`;
    return await listed(call, await listRefs(git, store.folderOf(repository), prefix), (ref) => refView(forge, repository, ref));
  }

  async function make(call: Call): Promise<Reply> {
    const { repository, caller } = writable(forge, call);
    const body = await call.json();
    const [ref, sha] = [text(body, 'ref', 1100), text(body, 'sha')];
    if (!ref.startsWith('refs/') || ref.split('/').length < 3) throw unprocessable('Reference name must start with "refs/" and have at least two slashes.');
    if (!isRefName(ref) || isHidden(ref) || (ref.startsWith('refs/heads/') && !isBranchName(ref.slice('refs/heads/'.length)))) throw unprocessable(`${ref.slice(0, 255)} is not a valid ref name.`);
    if (!isSha(sha)) throw unprocessable('The sha parameter must be exactly 40 characters and contain only [0-9a-f].');
    const folder = store.folderOf(repository);
    if (await isEmpty(repository)) throw empty();
    const type = await typeOf(repository, sha);
    if (type === null || (ref.startsWith('refs/heads/') && type !== 'commit')) throw unprocessable('Object does not exist');
    const known = await readRef(git, folder, ref);
    if (known !== null) throw unprocessable('Reference already exists');
    const wrong = await refusal(forge, repository, caller, { ref, from: NO_COMMIT, to: sha });
    if (wrong !== null) throw unprocessable(sentence(wrong));
    // Fails where a part of the name is a ref already: `a/b` beside `a`.
    if (!(await moveRef(git, folder, ref, sha, NO_COMMIT))) throw unprocessable('Reference update failed');
    touch(forge, repository, true);
    await settle(forge, repository, caller.user.login);
    return created(await shown(repository, ref, sha), `${apiOf(forge, repository)}/git/${inPath(ref)}`);
  }

  async function move(call: Call): Promise<Reply> {
    const { repository, caller } = writable(forge, call);
    const ref = named(call);
    const body = await call.json();
    const [sha, force] = [text(body, 'sha'), optionalFlag(body, 'force') === true];
    const folder = store.folderOf(repository);
    if (!isSha(sha)) throw unprocessable('The sha parameter must be exactly 40 characters and contain only [0-9a-f].');
    const from = await readRef(git, folder, ref);
    if (from === null || isHidden(ref)) throw unprocessable('Reference does not exist');
    if ((await typeOf(repository, sha)) !== 'commit') throw unprocessable('Object does not exist');
    if (!force && !(await isAncestor(git, folder, from, sha))) throw unprocessable('Update is not a fast forward');
    const wrong = await refusal(forge, repository, caller, { ref, from, to: sha });
    if (wrong !== null) throw unprocessable(sentence(wrong));
    if (!(await moveRef(git, folder, ref, sha, from))) throw new ApiError(409, 'Reference cannot be updated: it has moved meanwhile.');
    touch(forge, repository, true);
    await settle(forge, repository, caller.user.login);
    return ok(await shown(repository, ref, sha));
  }

  async function remove(call: Call): Promise<Reply> {
    const { repository, caller } = writable(forge, call);
    const ref = named(call);
    const folder = store.folderOf(repository);
    const from = await readRef(git, folder, ref);
    if (from === null || isHidden(ref)) throw unprocessable('Reference does not exist');
    if (ref === `refs/heads/${repository.defaultBranch}`) throw unprocessable('Cannot delete the default branch');
    const wrong = await refusal(forge, repository, caller, { ref, from, to: NO_COMMIT });
    if (wrong !== null) throw unprocessable(sentence(wrong));
    if ((await git.run(folder, ['update-ref', '-d', ref, from])).code !== 0) throw new ApiError(409, 'Reference cannot be deleted: it has moved meanwhile.');
    touch(forge, repository, true);
    await settle(forge, repository, caller.user.login);
    return noContent();
  }

  const scopes = ['repo'];
  return [
    { method: 'GET', path: '/repos/:owner/:repo/git/ref/*ref', endpoint: 'git.getRef', scopes, handle: read },
    { method: 'GET', path: '/repos/:owner/:repo/git/matching-refs/*ref', endpoint: 'git.listMatchingRefs', scopes, handle: matching },
    { method: 'GET', path: '/repos/:owner/:repo/git/refs', endpoint: 'git.listMatchingRefs', scopes, handle: matching },
    { method: 'POST', path: '/repos/:owner/:repo/git/refs', endpoint: 'git.createRef', scopes, handle: make },
    { method: 'PATCH', path: '/repos/:owner/:repo/git/refs/*ref', endpoint: 'git.updateRef', scopes, handle: move },
    { method: 'DELETE', path: '/repos/:owner/:repo/git/refs/*ref', endpoint: 'git.deleteRef', scopes, handle: remove },
  ];
}
