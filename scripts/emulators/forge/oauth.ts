// Letting an application in: the page that asks, the code that comes back, and the token that it is exchanged for.

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basic } from './access.ts';
import type { App, Forge } from './forge.ts';
import { parseJson, readBody } from './http.ts';
import { authorizePage, problemPage } from './oauth-page.ts';
import { parseScopes } from './scopes.ts';
import { hashOf } from './store.ts';
import { issue, REFRESH_SECONDS, revoke, TOKEN_SECONDS } from './tokens.ts';
import { answerPage, isForeign, userOf, userCookie } from './visitor.ts';

const CODE_MS = 10 * 60_000;
const MAX_CODES = 10_000;
const ERROR_URI = 'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/';

interface Code {
  login: string;
  clientId: string;
  redirectUri: string;
  scopes: string[];
  challenge: string | null;
  until: number;
}

type Fields = URLSearchParams;

/** What is wrong with a request to exchange something; answered with status 200, as GitHub does. */
const WRONG: Readonly<Record<string, string>> = {
  bad_verification_code: 'The code passed is incorrect or expired.',
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  redirect_uri_mismatch: 'The redirect_uri MUST match the registered callback URL for this application.',
  bad_refresh_token: 'The refresh token passed is incorrect or expired.',
  unsupported_grant_type: 'This grant type is not supported here.',
};

function addressOf(text: string): URL | null {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}

/** By GitHub's rule: the host or one below it, the same port, the path or one below it; any port on loopback. */
function isBelow(address: URL, registered: URL): boolean {
  const isLoopback = registered.hostname === '127.0.0.1' || registered.hostname === '[::1]';
  const host = address.hostname === registered.hostname || address.hostname.endsWith(`.${registered.hostname}`);
  const folder = registered.pathname.endsWith('/') ? registered.pathname : `${registered.pathname}/`;
  const path = address.pathname === registered.pathname || address.pathname.startsWith(folder);
  return host && path && address.protocol === registered.protocol && (isLoopback || address.port === registered.port);
}

/** An application that nobody registered, where any will do. Client ids of GitHub Apps begin with `Iv`. */
const anyApp = (clientId: string): App => ({ clientId, clientSecret: '', name: clientId, callbacks: [], expires: /^Iv[\d.]/.test(clientId) });

export function appOf(forge: Forge, clientId: string): App | null {
  if (clientId === '') return null;
  return forge.apps.length === 0 ? anyApp(clientId) : (forge.apps.find((app) => app.clientId === clientId) ?? null);
}

/** The application of this id, if the secret is its own; where none is registered any secret will do, but there must be one. */
export function provenApp(forge: Forge, clientId: string, secret: string): App | null {
  const app = appOf(forge, clientId);
  if (app === null || secret === '') return null;
  return forge.apps.length === 0 || app.clientSecret === secret ? app : null;
}

export class OAuth {
  readonly #forge: Forge;
  readonly #codes = new Map<string, Code>();

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  /** `GET /login/oauth/authorize`: the page, or straight back for somebody who agreed to as much before. */
  authorize(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const asked = this.#asked(query);
    if ('problem' in asked) return answerPage(response, asked.status, problemPage(asked.problem));
    if (asked.mismatch) return back(response, asked.address, { error: 'redirect_uri_mismatch', error_description: WRONG['redirect_uri_mismatch'] ?? '', error_uri: `${ERROR_URI}#redirect-uri-mismatch`, ...stateOf(query) });
    const visitor = userOf(this.#forge, request);
    const hint = query.get('login');
    const isAsked = (query.get('prompt') ?? '').split(' ').includes('select_account') || (hint !== null && hint.toLowerCase() !== visitor?.login.toLowerCase());
    const grant = this.#forge.store.state.grants.find(({ login, clientId }) => login === visitor?.login && clientId === asked.app.clientId);
    if (visitor !== null && grant !== undefined && !isAsked && asked.scopes.every((scope) => grant.scopes.includes(scope))) {
      return back(response, asked.address, { code: this.#code(visitor.login, asked, query), ...stateOf(query) });
    }
    answerPage(response, 200, authorizePage(asked.app.name, asked.address.host, asked.scopes, this.#forge.store.state.users, query));
  }

  /** `POST /login/oauth/callback`: somebody has been picked on the page, or none. */
  async decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isForeign(request)) return answerPage(response, 403, problemPage('This form was sent from another website.'));
    const fields = new URLSearchParams((await readBody(request, 100_000)).toString('utf8'));
    const asked = this.#asked(fields);
    if ('problem' in asked || asked.mismatch) return answerPage(response, 400, problemPage('problem' in asked ? asked.problem : (WRONG['redirect_uri_mismatch'] ?? '')));
    if (fields.has('cancel')) return back(response, asked.address, { error: 'access_denied', error_description: 'The user has denied your application access.', error_uri: `${ERROR_URI}#access-denied`, ...stateOf(fields) });
    const user = this.#forge.store.user(fields.get('login') ?? '');
    if (user === undefined) return answerPage(response, 400, problemPage('There is nobody of this name here.'));
    const { grants } = this.#forge.store.state;
    const grant = grants.find(({ login, clientId }) => login === user.login && clientId === asked.app.clientId);
    if (grant === undefined) grants.push({ login: user.login, clientId: asked.app.clientId, scopes: asked.scopes });
    else grant.scopes = [...new Set([...grant.scopes, ...asked.scopes])];
    this.#forge.store.save();
    back(response, asked.address, { code: this.#code(user.login, asked, fields), ...stateOf(fields) }, { 'set-cookie': userCookie(user.login) });
  }

  /** `POST /login/oauth/access_token`. */
  async token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fields = await fieldsOf(request);
    const answer = this.#exchange(fields, request.headers.authorization);
    const isJson = /\bjson\b/.test(request.headers.accept ?? '');
    const known = Object.entries(answer).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
    const body = isJson ? JSON.stringify(Object.fromEntries(known)) : new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
    response.writeHead(200, { 'content-type': isJson ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8', 'cache-control': 'no-store' });
    response.end(body);
  }

  /** Who asks, where to go back to, for what. */
  #asked(query: Fields): { problem: string; status: number } | { app: App; address: URL; scopes: string[]; mismatch: boolean } {
    const app = appOf(this.#forge, query.get('client_id') ?? '');
    if (app === null) return { problem: 'There is no application with this client_id.', status: 404 };
    const [registered] = app.callbacks.flatMap((callback) => addressOf(callback) ?? []);
    const given = query.get('redirect_uri');
    const address = given === null ? registered : addressOf(given);
    const method = query.get('code_challenge_method');
    if (query.has('code_challenge') && (method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(query.get('code_challenge') ?? ''))) return { problem: 'The code_challenge must be the SHA-256 of a verifier, with code_challenge_method=S256.', status: 400 };
    if (address === null || address === undefined) return registered === undefined ? { problem: 'The redirect_uri is not an address.', status: 400 } : { app, address: registered, scopes: [], mismatch: true };
    const fits = this.#forge.apps.length === 0 || app.callbacks.some((callback) => isBelow(address, new URL(callback)));
    if (!fits && registered === undefined) return { problem: 'The application has no address to come back to.', status: 400 };
    return { app, address: fits ? address : (registered ?? address), scopes: app.expires ? [] : parseScopes(query.get('scope') ?? ''), mismatch: !fits };
  }

  #code(login: string, { app, scopes }: { app: App; scopes: string[] }, query: Fields): string {
    const now = this.#forge.clock();
    for (const [hash, { until }] of this.#codes) if (until <= now || this.#codes.size > MAX_CODES) this.#codes.delete(hash);
    const code = randomBytes(10).toString('hex');
    this.#codes.set(hashOf(code), { login, clientId: app.clientId, redirectUri: query.get('redirect_uri') ?? '', scopes, challenge: query.get('code_challenge'), until: now + CODE_MS });
    return code;
  }

  #exchange(fields: Fields, authorization: string | undefined): Record<string, string | number | undefined> {
    const header = /^basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
    const client = header === undefined ? { name: fields.get('client_id') ?? '', password: fields.get('client_secret') ?? '' } : basic(header);
    const app = provenApp(this.#forge, client.name, client.password);
    if (app === null) return refused('incorrect_client_credentials');
    const grant = fields.get('grant_type') ?? 'authorization_code';
    if (grant === 'refresh_token') return this.#renew(app, fields.get('refresh_token') ?? '');
    if (grant !== 'authorization_code') return refused('unsupported_grant_type');
    const hash = hashOf(fields.get('code') ?? '');
    const code = this.#codes.get(hash);
    // Shown once, it is used up, whatever comes of it.
    this.#codes.delete(hash);
    if (code === undefined || code.until <= this.#forge.clock() || code.clientId !== app.clientId) return refused('bad_verification_code');
    if (fields.has('redirect_uri') && fields.get('redirect_uri') !== code.redirectUri) return refused('redirect_uri_mismatch');
    const verifier = fields.get('code_verifier') ?? '';
    if (code.challenge !== null && createHash('sha256').update(verifier).digest('base64url') !== code.challenge) return refused('bad_verification_code');
    return this.#issued(app, code.login, code.scopes);
  }

  #issued(app: App, login: string, scopes: string[]): Record<string, string | number | undefined> {
    const { token, refresh } = issue(this.#forge, login, app.clientId, app.expires ? null : scopes, app.expires);
    const expiring = refresh === null ? {} : { expires_in: TOKEN_SECONDS, refresh_token: refresh, refresh_token_expires_in: REFRESH_SECONDS };
    return { access_token: token, ...expiring, token_type: 'bearer', scope: scopes.join(',') };
  }

  /** The old pair ends with the new one. */
  #renew(app: App, refresh: string): Record<string, string | number | undefined> {
    const hash = hashOf(refresh);
    const old = this.#forge.store.state.tokens.find((token) => token.refresh?.hash === hash && token.clientId === app.clientId);
    if (old?.refresh == null || old.refresh.expiresAt <= this.#forge.clock()) return refused('bad_refresh_token');
    revoke(this.#forge, (token) => token === old);
    return this.#issued(app, old.login, []);
  }
}

const stateOf = (query: Fields): Record<string, string> => (query.has('state') ? { state: query.get('state') ?? '' } : {});

function refused(error: string): Record<string, string> {
  return { error, error_description: WRONG[error] ?? '', error_uri: `${ERROR_URI}#${error.replaceAll('_', '-')}` };
}

function back(response: ServerResponse, address: URL, parameters: Record<string, string>, headers: Record<string, string> = {}): void {
  const to = new URL(address);
  for (const [name, value] of Object.entries(parameters)) to.searchParams.set(name, value);
  response.writeHead(302, { location: to.href, 'cache-control': 'no-store', ...headers });
  response.end();
}

async function fieldsOf(request: IncomingMessage): Promise<Fields> {
  const body = await readBody(request, 100_000);
  if (!/\bjson\b/.test(request.headers['content-type'] ?? '')) return new URLSearchParams(body.toString('utf8'));
  return new URLSearchParams(Object.entries(parseJson(body)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
