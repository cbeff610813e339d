// Differences between two trees, as git itself finds them.

import type { Git } from './git.ts';

/** A longer patch is left out, as GitHub does. */
const MAX_PATCH = 400_000;
const STATUS: Readonly<Record<string, ChangedFile['status']>> = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', C: 'copied', T: 'changed' };

export interface ChangedFile {
  filename: string;
  previousFilename: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** Of the blob as it is afterwards, or was when it is gone. */
  sha: string;
  additions: number;
  deletions: number;
  /** Null for what is no text, for what is too long, and for a mere renaming. */
  patch: string | null;
}

const OPTIONS = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'];
const NOTHING = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** From one commit to another; from nothing when `from` is null. */
export async function changedFiles(git: Git, repository: string, from: string | null, to: string, env: Record<string, string> = {}): Promise<ChangedFile[]> {
  const range = [from ?? NOTHING, to, '--'];
  const [listed, counted, patches] = await Promise.all([
    git.bytes(repository, ['diff', '--raw', '--no-abbrev', '-z', ...OPTIONS, ...range], { env }),
    git.bytes(repository, ['diff', '--numstat', '-z', ...OPTIONS, ...range], { env }),
    git.bytes(repository, ['diff', '--patch', ...OPTIONS, ...range], { env }),
  ]);
  const counts = parseCounts(counted.toString('utf8'));
  // No line of a file's content begins a line of the patch by itself: each has a sign in front.
  const chunks = patches.toString('utf8').split(/^(?=diff --git )/m);
  let chunk = 0;
  return parseRaw(listed.toString('utf8')).map((file) => {
    // What turned from a file into a link is shown as removed and added.
    const own = chunks.slice(chunk, chunk + (file.status === 'changed' ? 2 : 1)).join('');
    chunk += file.status === 'changed' ? 2 : 1;
    const start = own.search(/^@@ /m);
    const patch = start < 0 ? null : own.slice(start).replace(/\n$/, '');
    const { additions = 0, deletions = 0 } = counts.get(file.filename) ?? {};
    return { ...file, additions, deletions, patch: patch === null || patch.length > MAX_PATCH ? null : patch };
  });
}

type Listed = Omit<ChangedFile, 'additions' | 'deletions' | 'patch'>;

function parseRaw(text: string): Listed[] {
  const fields = text.split('\0');
  const files: Listed[] = [];
  for (let at = 0; at < fields.length - 1; ) {
    const [, before = '', after = '', letter = ''] = /^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) ([A-Z])/.exec(fields[at] ?? '') ?? [];
    const moved = letter === 'R' || letter === 'C';
    const [first = '', second = ''] = [fields[at + 1], fields[at + 2]];
    files.push({
      filename: moved ? second : first,
      previousFilename: moved ? first : null,
      status: STATUS[letter] ?? 'changed',
      sha: letter === 'D' ? before : after,
    });
    at += moved ? 3 : 2;
  }
  return files;
}

function parseCounts(text: string): Map<string, { additions: number; deletions: number }> {
  const fields = text.split('\0');
  const counts = new Map<string, { additions: number; deletions: number }>();
  for (let at = 0; at < fields.length - 1; at++) {
    const [, added = '', removed = '', path = ''] = /^(-|\d+)\t(-|\d+)\t([^]*)$/.exec(fields[at] ?? '') ?? [];
    // A renamed file's names are two fields of their own, after an empty one.
    const name = path === '' ? (fields[at + 2] ?? '') : path;
    if (path === '') at += 2;
    counts.set(name, { additions: Number(added) || 0, deletions: Number(removed) || 0 });
  }
  return counts;
}

/** The same as one text that `git apply` takes. */
export async function diffText(git: Git, repository: string, from: string, to: string, env: Record<string, string> = {}): Promise<Buffer> {
  return await git.bytes(repository, ['diff', '--patch', ...OPTIONS, from, to, '--'], { env });
}

/** One mail for each commit, which `git am` takes. */
export async function patchText(git: Git, repository: string, base: string, head: string, env: Record<string, string> = {}): Promise<Buffer> {
  return await git.bytes(repository, ['format-patch', '--stdout', '--no-signature', '--full-index', '--no-ext-diff', '--no-textconv', head, `^${base}`, '--'], { env });
}
