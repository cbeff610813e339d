// What is true of a pull request: whether it can be merged, and what stands in the way.

import type { Forge } from './forge.ts';
import { isExempt, missingChecks, reviewsWanted } from './guard.ts';
import { mergedTree, rebased } from './merging.ts';
import { isAncestor } from './objects.ts';
import { allows, rulesOf } from './store.ts';
import type { Pull, Repository } from './types.ts';

/**
 * Whether it merges cleanly and can be replayed; null for the first who ask, while git is at work on the answer: at
 * GitHub, too, one has to ask again.
 */
export function mergeability(forge: Forge, repository: Repository, pull: Pull): { mergeable: boolean; rebaseable: boolean } | null {
  const known = forge.mergeability.get(pull.id);
  if (known !== undefined && known.head === pull.head.sha && known.base === pull.base.sha) return known.found;
  const asked = { head: pull.head.sha, base: pull.base.sha, found: null as { mergeable: boolean; rebaseable: boolean } | null };
  forge.mergeability.set(pull.id, asked);
  const folder = forge.store.folderOf(repository);
  const nobody = { name: 'nobody', email: 'nobody', at: 0 };
  void (async () => {
    const mergeable = (await mergedTree(forge.git, folder, asked.base, asked.head)) !== null;
    asked.found = { mergeable, rebaseable: mergeable && (await rebased(forge.git, folder, asked.base, asked.head, nobody)) !== null };
  })().catch(() => void forge.mergeability.delete(pull.id));
  return null;
}

/** How many approve, by the last word of each who may. Whoever asks for changes takes their approval back. */
function approvals(forge: Forge, repository: Repository, pull: Pull): { approving: number; refusing: number } {
  const last = new Map(pull.reviews.filter(({ state }) => state !== 'COMMENTED').map((review) => [review.user, review.state]));
  const counted = [...last].filter(([user]) => allows(forge.store.permission(repository, user), 'push')).map(([, state]) => state);
  return { approving: counted.filter((state) => state === 'APPROVED').length, refusing: counted.filter((state) => state === 'CHANGES_REQUESTED').length };
}

/** Why the rules of the base hold it back from this person, or null. */
export async function blockedBy(forge: Forge, repository: Repository, pull: Pull, login: string): Promise<{ kind: 'blocked' | 'behind'; why: string } | null> {
  const rules = rulesOf(repository, pull.base.ref);
  if (rules === undefined || isExempt(forge, repository, rules, login)) return null;
  const { approving, refusing } = approvals(forge, repository, pull);
  if (approving < rules.requiredReviews) return { kind: 'blocked', why: reviewsWanted(rules.requiredReviews) };
  if (rules.requiredReviews > 0 && refusing > 0) return { kind: 'blocked', why: 'Changes have been requested by a reviewer with write access.' };
  const missing = missingChecks(repository, rules, pull.head.sha);
  if (missing.length > 0) return { kind: 'blocked', why: missing.length === 1 ? `Required status check "${missing[0]}" is expected.` : `${missing.length} of ${rules.requiredChecks.length} required status checks are expected.` };
  if (rules.strict && !(await isAncestor(forge.git, forge.store.folderOf(repository), pull.base.sha, pull.head.sha))) return { kind: 'behind', why: 'The head branch is not up to date with the base branch.' };
  return null;
}

/** `mergeable_state`, in GitHub's words. The rules are those for somebody who is not exempt. */
export async function mergeableState(forge: Forge, repository: Repository, pull: Pull, mergeable: boolean | null, login: string): Promise<string> {
  if (pull.state === 'closed' || mergeable === null) return 'unknown';
  if (!mergeable) return 'dirty';
  if (pull.draft) return 'draft';
  const block = await blockedBy(forge, repository, pull, login);
  if (block !== null) return block.kind;
  const latest = new Map(repository.statuses.filter(({ sha }) => sha === pull.head.sha).map(({ context, state }) => [context, state]));
  return [...latest.values()].some((state) => state !== 'success') ? 'unstable' : 'clean';
}
