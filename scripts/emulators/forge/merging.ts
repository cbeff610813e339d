// Merging without a work tree: `merge-tree` says what the outcome is, `commit-tree` writes it down. A branch moves only
// from the commit that it was seen at.

import type { Git } from './git.ts';
import { missingFrom, readCommits, type Commit, type Signature } from './objects.ts';

/** Sets who is written into a commit. git refuses an empty name, which a pushed commit may well have. */
function identity(author: Signature, committer: Signature): Record<string, string> {
  const tidy = (text: string): string => text.replace(/[\0\n<>]/g, '').trim() || 'unknown';
  return {
    GIT_AUTHOR_NAME: tidy(author.name), GIT_AUTHOR_EMAIL: tidy(author.email), GIT_AUTHOR_DATE: `@${author.at} +0000`,
    GIT_COMMITTER_NAME: tidy(committer.name), GIT_COMMITTER_EMAIL: tidy(committer.email), GIT_COMMITTER_DATE: `@${committer.at} +0000`,
  };
}

/** The tree of both, or null when they contradict each other. */
export async function mergedTree(git: Git, repository: string, base: string, head: string): Promise<string | null> {
  const { code, stdout } = await git.run(repository, ['merge-tree', '--write-tree', '--no-messages', base, head]);
  return code === 0 ? stdout.toString().trim() : null;
}

export async function commitTree(git: Git, repository: string, tree: string, parents: readonly string[], message: string, author: Signature, committer: Signature): Promise<string> {
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])];
  const text = message.replaceAll('\0', '');
  return await git.text(repository, args, { input: text.endsWith('\n') ? text : `${text}\n`, env: identity(author, committer) });
}

/** Moves a ref from where it was seen; false when it has moved meanwhile. Zeros make it, or take it away. */
export async function moveRef(git: Git, repository: string, ref: string, to: string, from: string): Promise<boolean> {
  return (await git.run(repository, ['update-ref', ref, to, from])).code === 0;
}

export const NO_COMMIT = '0'.repeat(40);

/** Puts the change that one commit made onto another; null when that contradicts it. */
async function picked(git: Git, repository: string, commit: Commit, onto: string): Promise<string | null> {
  const [parent] = commit.parents;
  if (parent === undefined) return null;
  // A stand-in with the tree of `onto` right after the commit's parent: so that parent is what both are compared with.
  const tree = await git.text(repository, ['rev-parse', `${onto}^{tree}`]);
  const standIn = await commitTree(git, repository, tree, [parent], 'stand-in', commit.author, commit.author);
  return await mergedTree(git, repository, standIn, commit.sha);
}

/** Replays what `head` has and `base` has not; gives the last new commit, or null when it cannot be done. */
export async function rebased(git: Git, repository: string, base: string, head: string, committer: Signature): Promise<string | null> {
  const commits = await readCommits(git, repository, await missingFrom(git, repository, base, head));
  let tip = base;
  for (const commit of commits) {
    // What was merged in on the way is there already, or comes with its own commits.
    if (commit.parents.length > 1) return null;
    const tree = await picked(git, repository, commit, tip);
    if (tree === null) return null;
    tip = await commitTree(git, repository, tree, [tip], commit.message, commit.author, committer);
  }
  return tip;
}
