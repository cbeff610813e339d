// Tokens: giving them out, and what becomes of old ones.

import { randomBytes } from 'node:crypto';
import type { Forge } from './forge.ts';
import { hashOf, stamp } from './store.ts';
import type { Token } from './types.ts';

/** Of the same person, application and scopes there are no more; the oldest goes. */
const MAX_TOKENS = 10;
/** Of a GitHub App's: seconds that a token lasts, and what renews it. */
export const TOKEN_SECONDS = 28_800;
export const REFRESH_SECONDS = 15_897_600;

const random = (prefix: string): string => `${prefix}_${randomBytes(27).toString('base64url').replace(/[-_]/g, '0').slice(0, 36)}`;

export interface Issued {
  token: string;
  /** For a token that ends. */
  refresh: string | null;
}

/** Gives out a token. `scopes` is null for that of a GitHub App. */
export function issue(forge: Forge, login: string, clientId: string, scopes: string[] | null, expires: boolean): Issued {
  const { state } = forge.store;
  const [token, refresh] = [random(scopes === null ? 'ghu' : 'gho'), expires ? random('ghr') : null];
  const at = forge.clock();
  const same = (other: Token): boolean => other.login === login && other.clientId === clientId && other.scopes?.join() === scopes?.join();
  const spare = state.tokens.filter(same).slice(0, -(MAX_TOKENS - 1));
  state.tokens = state.tokens.filter((other) => !spare.includes(other));
  state.tokens.push({
    hash: hashOf(token), login, clientId, scopes, createdAt: stamp(at), expiresAt: expires ? at + TOKEN_SECONDS * 1000 : null,
    refresh: refresh === null ? null : { hash: hashOf(refresh), expiresAt: at + REFRESH_SECONDS * 1000 },
  });
  forge.store.save();
  return { token, refresh };
}

export function revoke(forge: Forge, ofThese: (token: Token) => boolean): number {
  const { state } = forge.store;
  const left = state.tokens.filter((token) => !ofThese(token));
  const gone = state.tokens.length - left.length;
  state.tokens = left;
  forge.store.save();
  return gone;
}
