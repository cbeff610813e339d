// Which updates of a repository are refused, and in which words: the same rules for a push and for the API.

import type { Caller } from './access.ts';
import type { Forge } from './forge.ts';
import { NO_COMMIT } from './merging.ts';
import { isAncestor } from './objects.ts';
import { permits } from './scopes.ts';
import { allows, rulesOf } from './store.ts';
import type { Protection, Repository } from './types.ts';

export interface Update {
  ref: string;
  /** Zeros when the ref is new. */
  from: string;
  /** Zeros when it is taken away. */
  to: string;
}

export interface Refusal {
  /** What git says after the name of the ref. */
  reason: string;
  /** What is said to the person, line by line. */
  said: string[];
}

/** The required checks that a commit has not passed. */
export function missingChecks(repository: Repository, rules: Protection, sha: string): string[] {
  return rules.requiredChecks.filter((context) => repository.statuses.findLast((status) => status.sha === sha && status.context === context)?.state !== 'success');
}

/** True for those whom the rules do not bind. */
export function isExempt(forge: Forge, repository: Repository, rules: Protection, login: string): boolean {
  return !rules.enforceAdmins && allows(forge.store.permission(repository, login), 'admin');
}

export const reviewsWanted = (count: number): string => `At least ${count} approving review${count === 1 ? ' is' : 's are'} required by reviewers with write access.`;

async function ofProtection(forge: Forge, repository: Repository, login: string, { ref, from, to }: Update): Promise<string | null> {
  const rules = ref.startsWith('refs/heads/') ? rulesOf(repository, ref.slice('refs/heads/'.length)) : undefined;
  if (rules === undefined || from === NO_COMMIT) return null;
  if (to === NO_COMMIT) return rules.allowDeletions ? null : 'Cannot delete this branch';
  if (!rules.allowForcePushes && !(await isAncestor(forge.git, forge.store.folderOf(repository), from, to))) return 'Cannot force-push to this branch';
  if (isExempt(forge, repository, rules, login)) return null;
  if (rules.requiredReviews > 0) return reviewsWanted(rules.requiredReviews);
  const [missing] = missingChecks(repository, rules, to);
  return missing === undefined ? null : `Required status check "${missing}" is expected.`;
}

/** A workflow file in the commits that come in by this update, or null. */
async function workflowIn(forge: Forge, repository: Repository, to: string): Promise<string | null> {
  const folder = forge.store.folderOf(repository);
  const [place, range] = [['--', '.github/workflows'], ['--not', '--all']];
  const commit = await forge.git.maybe(folder, ['rev-list', '--max-count=1', to, ...range, ...place]);
  if (commit === null || commit === '') return null;
  const files = await forge.git.text(folder, ['diff-tree', '--root', '-m', '-r', '-z', '--name-only', '--no-commit-id', commit, ...place]);
  return files.split('\0')[0] ?? null;
}

/** Why this update is refused to this caller, or null. */
export async function refusal(forge: Forge, repository: Repository, caller: Caller, update: Update): Promise<Refusal | null> {
  const rule = await ofProtection(forge, repository, caller.user.login, update);
  if (rule !== null) {
    return { reason: 'protected branch hook declined', said: [`error: GH006: Protected branch update failed for ${update.ref}.`, `error: ${rule}`] };
  }
  if (update.to !== NO_COMMIT && !permits(caller.scopes, 'workflow')) {
    const file = await workflowIn(forge, repository, update.to);
    if (file !== null) return { reason: `refusing to allow an OAuth App to create or update workflow \`${file.replace(/[^\x20-\x7e]/g, '?')}\` without \`workflow\` scope`, said: [] };
  }
  return null;
}

/** The sentence of a refusal, for the API. */
export const sentence = ({ reason, said }: Refusal): string => said.at(-1)?.replace(/^error: /, '') ?? reason;
