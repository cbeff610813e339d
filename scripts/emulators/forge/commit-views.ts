// Commits, refs and changed files as the API shows them.

import type { ChangedFile } from './diff.ts';
import type { Forge } from './forge.ts';
import type { Commit, Ref, Signature } from './objects.ts';
import { stamp } from './store.ts';
import type { Repository } from './types.ts';
import { account, inPath, nodeId } from './views.ts';

export const apiOf = (forge: Forge, { owner, name }: Repository): string => `${forge.url}/repos/${owner}/${name}`;
export const pageOf = (forge: Forge, { owner, name }: Repository): string => `${forge.url}/${owner}/${name}`;

const signature = ({ name, email, at }: Signature) => ({ name, email, date: stamp(at * 1000) });

/** Whose address a commit has, if anybody's. */
function person(forge: Forge, { email }: Signature): Record<string, unknown> | null {
  const user = forge.store.userByEmail(email);
  return user === undefined ? null : account(forge, user.login);
}

export function commitView(forge: Forge, repository: Repository, commit: Commit): Record<string, unknown> {
  const [api, page] = [apiOf(forge, repository), pageOf(forge, repository)];
  const { sha, tree, parents } = commit;
  return {
    sha, node_id: nodeId('Commit', sha),
    commit: {
      author: signature(commit.author), committer: signature(commit.committer), message: commit.message,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` }, url: `${api}/git/commits/${sha}`, comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${api}/commits/${sha}`, html_url: `${page}/commit/${sha}`, comments_url: `${api}/commits/${sha}/comments`,
    author: person(forge, commit.author), committer: person(forge, commit.committer),
    parents: parents.map((parent) => ({ sha: parent, url: `${api}/commits/${parent}`, html_url: `${page}/commit/${parent}` })),
  };
}

/** A commit as an object of git, without what GitHub knows of it. */
export function gitCommitView(forge: Forge, repository: Repository, commit: Commit): Record<string, unknown> {
  const [api, page] = [apiOf(forge, repository), pageOf(forge, repository)];
  return {
    sha: commit.sha, node_id: nodeId('Commit', commit.sha), url: `${api}/git/commits/${commit.sha}`, html_url: `${page}/commit/${commit.sha}`,
    author: signature(commit.author), committer: signature(commit.committer), tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` }, message: commit.message,
    parents: commit.parents.map((parent) => ({ sha: parent, url: `${api}/git/commits/${parent}`, html_url: `${page}/commit/${parent}` })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

export function fileView(forge: Forge, repository: Repository, file: ChangedFile, at: string): Record<string, unknown> {
  const [api, page] = [apiOf(forge, repository), pageOf(forge, repository)];
  const path = inPath(file.filename);
  return {
    sha: file.sha, filename: file.filename, status: file.status, additions: file.additions, deletions: file.deletions, changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${at}/${path}`, raw_url: `${page}/raw/${at}/${path}`, contents_url: `${api}/contents/${path}?ref=${at}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previousFilename === null ? {} : { previous_filename: file.previousFilename }),
  };
}

export function refView(forge: Forge, repository: Repository, { ref, type, sha }: Ref): Record<string, unknown> {
  const api = apiOf(forge, repository);
  return { ref, node_id: nodeId('Ref', `${repository.id}:${ref}`), url: `${api}/git/${inPath(ref)}`, object: { type, sha, url: `${api}/git/${type}s/${sha}` } };
}
