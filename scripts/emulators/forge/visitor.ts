// Whoever looks at the pages in a browser: the person that they said to be. There are no passwords here; a cookie
// stands for the session that one has at GitHub.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Forge } from './forge.ts';
import type { User } from './types.ts';

const COOKIE = 'forge_user';

export const userCookie = (login: string): string => `${COOKIE}=${login}; Path=/; HttpOnly; SameSite=Lax${login === '' ? '; Max-Age=0' : ''}`;

export function userOf(forge: Forge, request: IncomingMessage): User | null {
  const login = (request.headers.cookie ?? '').split(/;\s*/).find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
  return login === undefined ? null : (forge.store.user(login) ?? null);
}

/** True for a request that a page of another origin makes in somebody's browser. Programs name no origin. */
export function isForeign(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && origin !== `http://${host ?? ''}`;
}

export function answerPage(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    // Whose text it is nobody knows; on these pages it is text.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    // Not `no-referrer`: then a form of ours would not say that it comes from here.
    'referrer-policy': 'same-origin',
  });
  response.end(body);
}
