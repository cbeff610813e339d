// Changing a tree without a work tree, in an index of its own.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Forge } from './forge.ts';
import type { Repository } from './types.ts';

/**
 * The tree of a commit with `lines` applied to it, each `<mode> <blob>\t<path>\0`; null when git takes no such path.
 */
export async function withIndex(forge: Forge, repository: Repository, from: string | null, lines: string): Promise<string | null> {
  const folder = forge.store.folderOf(repository);
  const file = `${folder}/index-${randomUUID()}`;
  const env = { GIT_INDEX_FILE: file };
  try {
    await forge.git.text(folder, from === null ? ['read-tree', '--empty'] : ['read-tree', from], { env });
    const { code, stderr } = await forge.git.run(folder, ['update-index', '-z', '--index-info'], { input: lines, env });
    // A path that git would not check out is left out, with no more than a remark.
    return code === 0 && !stderr.includes('gnoring path') ? await forge.git.maybe(folder, ['write-tree'], { env }) : null;
  } finally {
    rmSync(file, { force: true });
    rmSync(`${file}.lock`, { force: true });
  }
}
