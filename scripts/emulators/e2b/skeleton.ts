// The disk of a fresh sandbox: the folders that a Debian has, the homes, and what /etc may tell.

import { accessSync, chownSync, constants, cpSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

const FOLDERS = ['etc', 'home/user', 'media', 'mnt', 'opt', 'root', 'srv', 'tmp', 'usr', 'workspace', 'var/cache', 'var/lib', 'var/log', 'var/tmp', '.usr-local/bin', '.usr-local/lib/node_modules'];

/** What programs need of /etc and what holds no secret on any machine. */
const PUBLIC = ['alternatives', 'ca-certificates', 'ca-certificates.conf', 'debian_version', 'ld.so.cache', 'localtime', 'magic', 'mime.types', 'os-release', 'protocols', 'services', 'ssl/certs', 'ssl/openssl.cnf', 'terminfo'];

const WRITTEN: Readonly<Record<string, string>> = {
  'etc/hosts': '127.0.0.1 localhost e2b.local\n::1 localhost\n',
  'etc/hostname': 'e2b.local\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'etc/resolv.conf': '',
  // Debian's own would set the search path anew and lose the template's.
  'etc/profile': 'if [ -d /etc/profile.d ]; then for file in /etc/profile.d/*.sh; do [ -r "$file" ] && . "$file"; done; unset file; fi\n',
};

/** What this user may not read is left out. */
function readable(path: string): boolean {
  if (lstatSync(path).isSymbolicLink()) return true;
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes a fresh disk at `root`. */
export function makeSkeleton(root: string, machine: Machine): void {
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  mkdirSync(join(root, 'etc/ssl'));
  for (const name of PUBLIC) {
    const source = join('/etc', name);
    if (existsSync(source)) cpSync(source, join(root, 'etc', name), { recursive: true, verbatimSymlinks: true, filter: readable });
  }
  for (const [path, content] of Object.entries(WRITTEN)) writeFileSync(join(root, path), content);
  symlinkSync('/proc/mounts', join(root, 'etc/mtab'));
  if (machine.owner === null) return;
  chownSync(root, machine.owner, machine.owner);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) lchownSync(join(root, name), machine.owner, machine.owner);
}
