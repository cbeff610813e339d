// A file, folder or link as the filesystem service describes it.

import { lstatSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import { ConnectError, type JsonObject } from './connect.ts';

/** What uploads said about files. The real one keeps it with the file; here it lives as long as the sandbox. */
export type Metadata = Map<string, Record<string, string>>;

function typeOf(found: Stats): string | undefined {
  if (found.isFile()) return 'FILE_TYPE_FILE';
  if (found.isDirectory()) return 'FILE_TYPE_DIRECTORY';
  return found.isSymbolicLink() ? 'FILE_TYPE_SYMLINK' : undefined;
}

/** As Go prints a mode. */
function permissions(found: Stats): string {
  const kind = found.isDirectory() ? 'd' : found.isSymbolicLink() ? 'L' : '-';
  const bits = 'rwxrwxrwx';
  return kind + [...bits].map((letter, index) => ((found.mode >> (bits.length - 1 - index)) & 1 ? letter : '-')).join('');
}

/** The name of a number in /etc/passwd or /etc/group, or the number itself. */
function nameOf(file: string, id: number): string {
  try {
    const line = readFileSync(file, 'utf8').split('\n').find((entry) => entry.split(':')[2] === String(id));
    return line?.split(':')[0] ?? String(id);
  } catch {
    return String(id);
  }
}

/** Turns what went wrong with a path into the protocol's error. */
export function pathError(error: unknown, what: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new ConnectError('not_found', `${what} not found: ${message}`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new ConnectError('permission_denied', message);
  return new ConnectError('internal', message);
}

export function entryOf(path: string, metadata: Metadata): JsonObject {
  const found = lstatSync(path);
  let described = found;
  let target: string | undefined;
  if (found.isSymbolicLink()) {
    try {
      target = realpathSync(path);
      described = statSync(path);
    } catch {
      target = path;
    }
  }
  const type = target === path ? undefined : typeOf(described);
  const kept = metadata.get(path);
  return {
    name: basename(path),
    ...(type === undefined ? {} : { type }),
    path,
    ...(found.size === 0 ? {} : { size: String(found.size) }),
    mode: described.mode & 0o777,
    permissions: permissions(found),
    owner: nameOf('/etc/passwd', found.uid),
    group: nameOf('/etc/group', found.gid),
    modifiedTime: found.mtime.toISOString(),
    ...(target === undefined ? {} : { symlinkTarget: target }),
    ...(kept === undefined || Object.keys(kept).length === 0 ? {} : { metadata: kept }),
  };
}
