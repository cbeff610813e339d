// What follows when a branch has moved, by whatever door: open pull requests see it. Their head is kept in the
// repository that they are merged into, under refs/pull, as at GitHub.

import { now, type Forge } from './forge.ts';
import { isAncestor, readRef } from './objects.ts';
import type { Pull, Repository } from './types.ts';

export const headRefOf = (pull: Pull): string => `refs/pull/${pull.number}/head`;

/** Brings a head into the repository that it is to be merged into, with all that it needs. */
export async function keepHead(forge: Forge, base: Repository, pull: Pull, sha: string): Promise<void> {
  const folder = forge.store.folderOf(base);
  const head = forge.store.repositoryById(pull.head.repository);
  if (head !== undefined && head.id !== base.id) {
    await forge.git.text(folder, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', forge.store.folderOf(head), `+refs/heads/${pull.head.ref}:${headRefOf(pull)}`]);
  }
  await forge.git.text(folder, ['update-ref', headRefOf(pull), sha]);
}

async function settlePull(forge: Forge, pull: Pull, base: Repository, by: string): Promise<void> {
  const { git, store } = forge;
  const [folder, head] = [store.folderOf(base), store.repositoryById(pull.head.repository)];
  const headTip = head === undefined ? null : await readRef(git, store.folderOf(head), `refs/heads/${pull.head.ref}`);
  const baseTip = await readRef(git, folder, `refs/heads/${pull.base.ref}`);
  if (headTip !== null && headTip !== pull.head.sha) {
    await keepHead(forge, base, pull, headTip);
    pull.head.sha = headTip;
    pull.updatedAt = now(forge);
  }
  // It may have been merged or closed while git was at work.
  if (pull.state !== 'open') return;
  if (baseTip !== null && baseTip !== pull.base.sha) {
    if (await isAncestor(git, folder, pull.head.sha, baseTip)) {
      if ((pull.state as string) === 'open') Object.assign(pull, { state: 'closed', closedAt: now(forge), mergedAt: now(forge), mergedBy: by, mergeCommit: baseTip, updatedAt: now(forge) });
      return;
    }
    pull.base.sha = baseTip;
  }
  if (headTip === null || baseTip === null) Object.assign(pull, { state: 'closed', closedAt: now(forge), updatedAt: now(forge) });
}

/** Looks after the open pull requests from or into a repository. `by` is who moved the branch. */
export async function settle(forge: Forge, repository: Repository, by: string): Promise<void> {
  for (const pull of forge.store.state.pulls) {
    if (pull.state !== 'open') continue;
    const base = forge.store.repositoryById(pull.repository);
    if (base === undefined || (base.id !== repository.id && pull.head.repository !== repository.id)) continue;
    await settlePull(forge, pull, base, by);
  }
  forge.store.save();
}
