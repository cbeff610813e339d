// New repositories: empty ones, and those whose history comes from another on this machine.

import { isAbsolute } from 'node:path';
import { mkdirSync, statSync } from 'node:fs';
import { now, type Forge } from './forge.ts';
import { isBranchName, isOwnerName, isRepositoryName } from './names.ts';
import { listRefs, readRef } from './objects.ts';
import { MERGE_METHODS, type Permission, type Protection, type Repository } from './types.ts';

/** A repository to take in. */
export interface RepositorySource {
  owner: string;
  name: string;
  /** A folder with a git repository, bare or not. Without it the new one is empty. */
  path?: string;
  private?: boolean;
  description?: string;
  /** By default what the source has checked out. */
  defaultBranch?: string;
  collaborators?: Record<string, Permission>;
  protections?: Record<string, Partial<Protection>>;
  /** Whether drafts can be opened. */
  drafts?: boolean;
  deleteBranchOnMerge?: boolean;
}

/** Rules of which only some are given; what is left out is not asked for. */
export const protection = (given: Partial<Protection>): Protection => ({ requiredReviews: 0, requiredChecks: [], strict: false, enforceAdmins: false, allowForcePushes: false, allowDeletions: false, ...given });

/** A repository that is not entered yet. Its folder comes first: whoever finds it in the list finds it on the disk. */
export function newRepository(forge: Forge, given: Pick<Repository, 'owner' | 'name'> & Partial<Repository>): Repository {
  const id = forge.store.newId();
  const at = now(forge);
  return {
    id, private: false, description: null, defaultBranch: 'main', collaborators: {}, protections: {}, statuses: [], mergeMethods: [...MERGE_METHODS],
    deleteBranchOnMerge: false, drafts: true, archived: false, parent: null, source: id, createdAt: at, updatedAt: at, pushedAt: at, nextNumber: 1, ...given,
  };
}

/** Enters a repository whose folder is there; false when the name was taken meanwhile. */
export function enter(forge: Forge, repository: Repository): boolean {
  if (forge.store.repository(repository.owner, repository.name) !== undefined) return false;
  forge.store.state.repositories.push(repository);
  forge.store.save();
  return true;
}

export async function initialize(forge: Forge, repository: Repository): Promise<string> {
  const folder = forge.store.folderOf(repository);
  mkdirSync(folder, { recursive: true });
  await forge.git.text(null, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${repository.defaultBranch}`, '--', folder]);
  return folder;
}

/** Fetches branches and tags, or one ref only. `path` is a folder on this machine. */
export async function fillFrom(forge: Forge, repository: Repository, path: string, only: string | null): Promise<void> {
  const folder = forge.store.folderOf(repository);
  const refs = only === null ? ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'] : [`+${only}:${only}`];
  await forge.git.text(folder, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--update-head-ok', path, ...refs]);
}

/** Takes a repository in. One that is there already, from an earlier run, stays as it is. */
export async function takeIn(forge: Forge, source: RepositorySource): Promise<Repository> {
  const { owner, name, path, private: isPrivate, description, collaborators, protections, drafts, deleteBranchOnMerge } = source;
  const known = forge.store.repository(owner, name);
  if (known !== undefined) return known;
  if (!isOwnerName(owner) || (forge.store.user(owner) ?? forge.store.organization(owner)) === undefined) throw new Error(`${owner} is nobody here.`);
  if (!isRepositoryName(name)) throw new Error(`${name} cannot be the name of a repository.`);
  if (source.defaultBranch !== undefined && !isBranchName(source.defaultBranch)) throw new Error(`${source.defaultBranch} cannot be the name of a branch.`);
  const branch = source.defaultBranch ?? (path === undefined ? 'main' : await checkedOut(forge, path));
  const repository = newRepository(forge, {
    owner, name, defaultBranch: branch, private: isPrivate ?? false, description: description ?? null, collaborators: collaborators ?? {},
    protections: Object.fromEntries(Object.entries(protections ?? {}).map(([of, rules]) => [of, protection(rules)])),
    drafts: drafts ?? true, deleteBranchOnMerge: deleteBranchOnMerge ?? false,
  });
  await initialize(forge, repository);
  if (path !== undefined) await fillFrom(forge, repository, path, null);
  if (!enter(forge, repository)) throw new Error(`${owner}/${name} has come to be meanwhile.`);
  return repository;
}

/** The branch that a local repository is on; its first, if it is on none. */
async function checkedOut(forge: Forge, path: string): Promise<string> {
  if (!isAbsolute(path)) throw new Error(`${path} must be an absolute path.`);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  // A folder inside of another repository would be taken for that one.
  const top = isFolder ? ((await forge.git.maybe(path, ['rev-parse', '--git-dir'])) === null ? `${path}/.git` : path) : null;
  if (top === null || (await forge.git.maybe(top, ['rev-parse', '--git-dir'])) === null) throw new Error(`${path} is not a git repository.`);
  const head = await forge.git.maybe(top, ['symbolic-ref', '--short', 'HEAD']);
  if (head !== null && (await readRef(forge.git, top, `refs/heads/${head}`)) !== null) return head;
  const [first] = await listRefs(forge.git, top, 'refs/heads/');
  return first?.ref.slice('refs/heads/'.length) ?? 'main';
}
