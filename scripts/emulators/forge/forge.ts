// What all parts of the forge share.

import type { Faults } from './faults.ts';
import type { Git } from './git.ts';
import type { RateLimits } from './limits.ts';
import { stamp, type Store } from './store.ts';
import type { Repository } from './types.ts';

export type Clock = () => number;

/** An application that people let in. */
export interface App {
  clientId: string;
  clientSecret: string;
  name: string;
  /** Registered addresses to come back to. */
  callbacks: readonly string[];
  /** Its tokens end after eight hours and are renewed, as those of a GitHub App. */
  expires: boolean;
}

/** Whether a pull request can be merged, for one head on one base. */
export interface Mergeability {
  head: string;
  base: string;
  /** Null while it is being found out. */
  found: { mergeable: boolean; rebaseable: boolean } | null;
}

export interface Forge {
  /** Where it answers; known once it listens. */
  url: string;
  readonly store: Store;
  readonly git: Git;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly clock: Clock;
  /** None means that any client will do. */
  readonly apps: readonly App[];
  /** By the id of the pull request. */
  readonly mergeability: Map<number, Mergeability>;
}

export const now = (forge: Forge): string => stamp(forge.clock());

/** Notes that a repository changed. */
export function touch(forge: Forge, repository: Repository, pushed: boolean): void {
  repository.updatedAt = now(forge);
  if (pushed) repository.pushedAt = repository.updatedAt;
  forge.store.save();
}

/** The objects of the whole network, for looking at two repositories of it as if they were one. */
export function networkEnv(forge: Forge, repository: Repository): Record<string, string> {
  const others = forge.store.network(repository).filter(({ id }) => id !== repository.id);
  // Folders of our own making: no `:` or `"` is in their names that was not in the state folder's.
  return others.length === 0 ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: others.map((other) => JSON.stringify(`${forge.store.folderOf(other)}/objects`)).join(':') };
}
