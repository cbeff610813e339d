// Merging a pull request: a merge commit, one commit of all, or its commits anew.

import { mayWrite, needCaller, readable } from './access.ts';
import { oneOf, optionalText } from './checks.ts';
import { ApiError, forbidden, notFound } from './errors.ts';
import { now, touch, type Forge } from './forge.ts';
import { noContent, ok, type Call, type Reply, type Route } from './http.ts';
import { commitTree, mergedTree, moveRef, rebased } from './merging.ts';
import { missingFrom, readCommits, type Signature } from './objects.ts';
import { blockedBy } from './pull-state.ts';
import { pullOf } from './pulls.ts';
import { permits } from './scopes.ts';
import { settle } from './settle.ts';
import { MERGE_METHODS, type MergeMethod, type Pull, type Repository, type User } from './types.ts';

const refused = (message: string): ApiError => new ApiError(405, message);
const modified = (which: 'Base' | 'Head'): string => `${which} branch was modified. Review and try the merge again.`;

/** What a person may say of the new commit. */
interface Words {
  title: string | undefined;
  message: string | undefined;
}

export function mergeRoutes(forge: Forge): Route[] {
  const { git, store } = forge;

  const signature = (user: User): Signature => ({ name: user.name, email: user.email, at: Math.floor(forge.clock() / 1000) });
  /** Who writes down what is merged on the site. */
  const site = (): Signature => ({ name: 'GitHub', email: 'noreply@github.com', at: Math.floor(forge.clock() / 1000) });

  async function mergeCommit(repository: Repository, pull: Pull, user: User, words: Words): Promise<string | null> {
    const folder = store.folderOf(repository);
    const tree = await mergedTree(git, folder, pull.base.sha, pull.head.sha);
    if (tree === null) return null;
    const title = words.title ?? `Merge pull request #${pull.number} from ${pull.head.owner}/${pull.head.ref}`;
    const message = words.message ?? pull.title;
    return await commitTree(git, folder, tree, [pull.base.sha, pull.head.sha], message === '' ? title : `${title}\n\n${message}`, signature(user), site());
  }

  async function squashCommit(repository: Repository, pull: Pull, words: Words): Promise<string | null> {
    const folder = store.folderOf(repository);
    const tree = await mergedTree(git, folder, pull.base.sha, pull.head.sha);
    if (tree === null) return null;
    const commits = await readCommits(git, folder, await missingFrom(git, folder, pull.base.sha, pull.head.sha));
    const only = commits.length === 1 ? commits[0] : undefined;
    const [subject = '', ...rest] = only?.message.split('\n') ?? [];
    const title = words.title ?? `${only === undefined ? pull.title : subject} (#${pull.number})`;
    const others = [...new Set(commits.map(({ author }) => `${author.name} <${author.email}>`))];
    const author = store.user(pull.author);
    const self = author === undefined ? site() : signature(author);
    const credits = others.filter((other) => !other.endsWith(`<${self.email}>`)).map((other) => `Co-authored-by: ${other}`);
    const said = words.message ?? (only === undefined ? commits.map(({ message }) => `* ${message}`).join('\n\n') : rest.join('\n').trim());
    const text = [title, said, words.message === undefined ? credits.join('\n') : ''].filter((part) => part !== '').join('\n\n');
    return await commitTree(git, folder, tree, [pull.base.sha], text, self, site());
  }

  async function outcome(method: MergeMethod, repository: Repository, pull: Pull, user: User, words: Words): Promise<string | null> {
    if (method === 'merge') return await mergeCommit(repository, pull, user, words);
    if (method === 'squash') return await squashCommit(repository, pull, words);
    return await rebased(git, store.folderOf(repository), pull.base.sha, pull.head.sha, site());
  }

  async function merge(call: Call): Promise<Reply> {
    const repository = readable(forge, call);
    const caller = needCaller(call);
    const pull = pullOf(forge, call, repository);
    if (!permits(caller.scopes, 'repo', 'public_repo')) throw notFound();
    if (!mayWrite(forge, caller, repository)) throw forbidden('You need write access to the repository to merge its pull requests.');
    if (repository.archived) throw forbidden('Repository was archived so is read-only.');
    const body = await call.json();
    const method = oneOf(optionalText(body, 'merge_method'), MERGE_METHODS, 'merge_method') ?? 'merge';
    const [sha, words] = [optionalText(body, 'sha', 64), { title: optionalText(body, 'commit_title', 1000), message: optionalText(body, 'commit_message', 65_536) }];

    // A push may just have come in by the other door.
    await settle(forge, repository, caller.user.login);
    if (pull.state === 'closed' || pull.draft) throw refused(pull.draft && pull.state === 'open' ? 'Pull Request is still a draft' : 'Pull Request is not mergeable');
    if (sha !== undefined && sha !== pull.head.sha) throw new ApiError(409, modified('Head'));
    if (!repository.mergeMethods.includes(method)) throw refused({ merge: 'Merge commits are not allowed on this repository.', squash: 'Squash merges are not allowed on this repository.', rebase: 'Rebase merges are not allowed on this repository.' }[method]);
    const block = await blockedBy(forge, repository, pull, caller.user.login);
    if (block !== null) throw refused(block.why);
    const seen = { head: pull.head.sha, base: pull.base.sha };
    const made = await outcome(method, repository, pull, caller.user, words);
    if (made === null) throw refused(method === 'rebase' && (await mergedTree(git, store.folderOf(repository), seen.base, seen.head)) !== null ? "This branch can't be rebased" : 'Pull Request is not mergeable');
    if ((pull.state as string) === 'closed') throw refused('Pull Request is not mergeable');
    if (pull.head.sha !== seen.head) throw new ApiError(409, modified('Head'));
    if (!(await moveRef(git, store.folderOf(repository), `refs/heads/${pull.base.ref}`, made, seen.base))) throw refused(modified('Base'));
    Object.assign(pull, { state: 'closed', closedAt: now(forge), mergedAt: now(forge), mergedBy: caller.user.login, mergeCommit: made, updatedAt: now(forge) });
    pull.head.sha = seen.head;
    pull.base.sha = seen.base;
    if (repository.deleteBranchOnMerge && pull.head.repository === repository.id && pull.head.ref !== repository.defaultBranch) {
      await git.run(store.folderOf(repository), ['update-ref', '-d', `refs/heads/${pull.head.ref}`, pull.head.sha]);
    }
    touch(forge, repository, true);
    await settle(forge, repository, caller.user.login);
    return ok({ sha: made, merged: true, message: 'Pull Request successfully merged' });
  }

  const [scopes, path] = [['repo'], '/repos/:owner/:repo/pulls/:number/merge'];
  return [
    { method: 'PUT', path, endpoint: 'pulls.merge', scopes, handle: merge },
    {
      method: 'GET', path, endpoint: 'pulls.checkIfMerged', scopes,
      handle(call) {
        if (pullOf(forge, call, readable(forge, call)).mergedAt === null) throw notFound();
        return noContent();
      },
    },
  ];
}

