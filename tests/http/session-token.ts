/** Makes session cookies as the workers do, so that tests can hold one that is old, foreign or damaged. */
import { createHmac } from 'node:crypto';

/** The SESSION_KEY of stacks whose tests make cookies. */
export const SESSION_KEY = Buffer.alloc(32, 7).toString('base64');
export const SESSION_COOKIE = '__Host-vetka_session';

export interface Claims {
  sid: string;
  uid: string;
  exp: number;
  iat: number;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs claims. Times are in seconds. */
export function signToken(claims: Claims, key = SESSION_KEY): string {
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64url')}`;
}

/** What a cookie says, unchecked. */
export function readToken(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

/** The same session in a token that ran out a minute ago, so that whoever reads it must ask for the session's record. */
export function aged(token: string): string {
  const now = Math.floor(Date.now() / 1000);
  return signToken({ ...readToken(token), iat: now - 360, exp: now - 60 });
}
