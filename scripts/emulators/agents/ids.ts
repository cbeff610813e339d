// Ids and times as the wire has them.

import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export type IdPrefix = 'agent' | 'env' | 'sesn' | 'sthr' | 'sevt' | 'sesrsc' | 'file' | 'req' | 'msg' | 'toolu';

/** A new opaque id such as `sesn_4fK…`: the prefix and 24 base62 characters. */
export function newId(prefix: IdPrefix): string {
  let tail = '';
  for (const byte of randomBytes(24)) tail += ALPHABET[byte % ALPHABET.length];
  return `${prefix}_${tail}`;
}

/** A clock in milliseconds since 1970; a parameter so that tests can own the time. */
export type Clock = () => number;

/** RFC 3339 UTC with milliseconds. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
