// Reading what a repository holds: which commit a name means, commits, trees and blobs.

import type { Git } from './git.ts';
import { isRefName, isSha } from './names.ts';

export interface Signature {
  name: string;
  email: string;
  /** Seconds since 1970. */
  at: number;
}

export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
}

export interface TreeEntry {
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  /** Bytes; null for what is no file. */
  size: number | null;
  path: string;
}

export interface Ref {
  ref: string;
  type: string;
  sha: string;
}

/** What a full ref points at, or null. */
export async function readRef(git: Git, repository: string, ref: string): Promise<string | null> {
  return isRefName(ref) ? await git.maybe(repository, ['rev-parse', '--verify', '--quiet', ref]) : null;
}

/** The commit that a branch, a tag, a full ref or the beginning of an id means, in this order; null if none. */
export async function resolve(git: Git, repository: string, name: string): Promise<string | null> {
  const candidates = [`refs/heads/${name}`, `refs/tags/${name}`, name].filter(isRefName);
  if (name === 'HEAD') candidates.push('HEAD');
  if (isSha(name)) candidates.unshift(name);
  else if (/^[0-9a-f]{7,39}$/.test(name)) candidates.push(name);
  for (const candidate of candidates) {
    const sha = await git.maybe(repository, ['rev-parse', '--verify', '--quiet', `${candidate}^{commit}`]);
    if (sha !== null) return sha;
  }
  return null;
}

/** The refs whose names begin with `prefix`, in the order of their names. */
export async function listRefs(git: Git, repository: string, prefix: string): Promise<Ref[]> {
  const lines = await git.text(repository, ['for-each-ref', '--format=%(refname)%00%(objecttype)%00%(objectname)']);
  return lines.split('\n').flatMap((line) => {
    const [ref = '', type = '', sha = ''] = line.split('\0');
    return ref.startsWith(prefix) && ref !== '' ? [{ ref, type, sha }] : [];
  });
}

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'];

/** These commits, in the order in which they are named. */
export async function readCommits(git: Git, repository: string, shas: readonly string[], env: Record<string, string> = {}): Promise<Commit[]> {
  if (shas.length === 0) return [];
  const args = ['log', '-z', '--no-walk=unsorted', '--no-show-signature', '--encoding=UTF-8', `--format=${FIELDS.join('%x00')}`, '--stdin'];
  const fields = (await git.bytes(repository, args, { input: `${shas.join('\n')}\n`, env })).toString('utf8').split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + FIELDS.length <= fields.length; at += FIELDS.length) {
    const [sha = '', tree = '', parents = '', an = '', ae = '', atime = '', cn = '', ce = '', ctime = '', message = ''] = fields.slice(at, at + FIELDS.length);
    commits.push({
      sha, tree, parents: parents.split(' ').filter((parent) => parent !== ''),
      author: { name: an, email: ae, at: Number(atime) },
      committer: { name: cn, email: ce, at: Number(ctime) },
      message: message.replace(/\n+$/, ''),
    });
  }
  // git tells of each once, however often it is named.
  const known = new Map(commits.map((commit) => [commit.sha, commit]));
  return shas.flatMap((sha) => known.get(sha) ?? []);
}

export async function readCommit(git: Git, repository: string, sha: string): Promise<Commit> {
  const [commit] = await readCommits(git, repository, [sha]);
  if (commit === undefined) throw new Error(`there is no commit ${sha}`);
  return commit;
}

/** What `head` has and `base` has not, oldest first. */
export async function missingFrom(git: Git, repository: string, base: string, head: string, env: Record<string, string> = {}): Promise<string[]> {
  const said = await git.text(repository, ['rev-list', '--topo-order', '--reverse', head, `^${base}`, '--'], { env });
  return said === '' ? [] : said.split('\n');
}

/** The best common ancestor, or null for histories that have nothing in common. */
export async function mergeBase(git: Git, repository: string, one: string, other: string, env: Record<string, string> = {}): Promise<string | null> {
  return await git.maybe(repository, ['merge-base', one, other], { env });
}

export async function isAncestor(git: Git, repository: string, ancestor: string, of: string): Promise<boolean> {
  return (await git.run(repository, ['merge-base', '--is-ancestor', ancestor, of])).code === 0;
}

function parseTree(output: Buffer): TreeEntry[] {
  return output.toString('utf8').split('\0').flatMap((line) => {
    const [, mode, type, sha, size, path] = /^(\d+) (\w+) ([0-9a-f]+) +(-|\d+)\t([^]+)$/.exec(line) ?? [];
    if (mode === undefined || sha === undefined || path === undefined) return [];
    return [{ mode, type: type as TreeEntry['type'], sha, size: size === '-' ? null : Number(size), path }];
  });
}

/** The entries of a tree, or of all trees below it, too; null if there is no such tree. */
export async function readTree(git: Git, repository: string, sha: string, recursive = false): Promise<TreeEntry[] | null> {
  const { code, stdout } = await git.run(repository, ['ls-tree', '-z', '-l', '--full-tree', ...(recursive ? ['-r', '-t'] : []), sha]);
  return code === 0 ? parseTree(stdout) : null;
}

/** What stands at a path of a commit, or null. `parts` come from `pathParts`, and are not empty. */
export async function entryAt(git: Git, repository: string, commit: string, parts: readonly string[]): Promise<TreeEntry | null> {
  const path = parts.join('/');
  const { code, stdout } = await git.run(repository, ['ls-tree', '-z', '-l', '--full-tree', commit, '--', path]);
  return code === 0 ? (parseTree(stdout).find((entry) => entry.path === path) ?? null) : null;
}

export async function readBlob(git: Git, repository: string, sha: string): Promise<Buffer | null> {
  const { code, stdout } = await git.run(repository, ['cat-file', 'blob', sha]);
  return code === 0 ? stdout : null;
}
