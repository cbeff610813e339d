// Who a call acts as, and where a path of theirs is. All of them are one Linux user in here; what differs is
// their name and home.

import { isAbsolute, join, normalize } from 'node:path';
import { ConnectError } from './connect.ts';

const HOMES: Readonly<Record<string, string>> = { user: '/home/user', root: '/root' };

export function homeOf(user: string): string {
  const home = HOMES[user];
  if (home === undefined) throw new ConnectError('unauthenticated', `invalid username: '${user}'`);
  return home;
}

/** An absolute path: `~/x` and `x` start at home, nothing at all is `workdir`. */
export function resolvePath(path: string, user: string, workdir: string): string {
  if (path.includes('\0')) throw new ConnectError('invalid_argument', 'a path may hold no zero byte');
  const home = homeOf(user);
  if (path === '') return workdir === '' ? home : workdir;
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  if (path.startsWith('~')) throw new ConnectError('invalid_argument', `cannot expand '${path}': only ~/ is understood`);
  const full = isAbsolute(path) ? normalize(path) : join(home, path);
  return full.length > 1 ? full.replace(/\/+$/, '') : full;
}

/** The user of `Authorization: Basic base64("name:")`, or null. */
export function basicUser(header: string | undefined): string | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? null : decoded.slice(0, colon);
}
