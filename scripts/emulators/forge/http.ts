// HTTP for the REST endpoints: one table of routes, what every request must have, what every answer has, and the
// place where errors become responses. It knows no resource.

import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from '../agents/checks.ts';
import { callerOf, type Caller } from './access.ts';
import { ApiError, forbidden, notFound } from './errors.ts';
import type { Fault } from './faults.ts';
import type { Forge } from './forge.ts';
import { budgetHeaders, type Budget } from './limits.ts';

const MAX_BODY = 64 * 1024 * 1024;
const VERSIONS = new Set(['2022-11-28', '2026-03-10']);

/** One request, as a handler sees it. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  /** Null for a request without a token. */
  readonly caller: Caller | null;
  /** The last part of the media type that is asked for: `raw`, `diff`, `patch`, or nothing. */
  readonly media: string;
  readonly version: string;
  /** The address of this request, for the links of a page. */
  readonly address: URL;
  json(): Promise<JsonObject>;
}

export interface Reply {
  status: number;
  /** Sent as JSON, or as it is; nothing when undefined. */
  body?: unknown;
  /** The media type of bytes. */
  type?: string;
  headers?: Record<string, string>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` for one part, which may have escaped slashes in it, and `*name` for all that follows. */
  readonly path: string;
  /** The name that Octokit has for it; a fault picks it by that. */
  readonly endpoint: string;
  /** The scopes of which a token should have one, for the header that says so. */
  readonly scopes?: readonly string[];
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: object, location: string): Reply => ({ status: 201, body, headers: { location } });
export const noContent = (): Reply => ({ status: 204 });
export const bytes = (body: Buffer, type: string): Reply => ({ status: 200, body, type });

/** A param that the route's pattern guarantees. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no :${name}`);
  return value;
}

/** The page that is asked for. */
export function pageOf(call: Call, standard = 30): { page: number; perPage: number } {
  const whole = (name: string, otherwise: number): number => {
    const value = Number(call.query.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  return { page: whole('page', 1), perPage: Math.min(whole('per_page', standard), Math.max(100, standard)) };
}

/** The links to the pages around this one. */
export function pageLinks(call: Call, total: number, { page, perPage }: { page: number; perPage: number }): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (to: number, rel: string): string => {
    const address = new URL(call.address);
    address.searchParams.set('page', String(to));
    return `<${address.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
    ...(page > 1 ? [link(1, 'first')] : []),
  ];
  return links.length === 0 ? {} : { link: links.join(', ') };
}

/** One page of a list; `show` is asked for no more entries than are on it. */
export async function listed<T>(call: Call, items: readonly T[], show: (item: T) => unknown): Promise<Reply> {
  const at = pageOf(call);
  const shown = items.slice((at.page - 1) * at.perPage, at.page * at.perPage);
  return { status: 200, body: await Promise.all(shown.map(show)), headers: pageLinks(call, items.length, at) };
}

export async function readBody(request: IncomingMessage, limit = MAX_BODY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new ApiError(413, `The request is larger than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function parseJson(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
  if (!isObject(value)) throw new ApiError(400, 'Body should be a JSON object');
  return value;
}

function mediaOf(accept: string): string {
  return /application\/vnd\.github(?:\.v3)?\.(raw|diff|patch|object|html)/.exec(accept)?.[1] ?? '';
}

function versionOf(request: IncomingMessage): string {
  const version = String(request.headers['x-github-api-version'] ?? '2022-11-28');
  if (!VERSIONS.has(version)) throw new ApiError(400, `Unsupported API version '${version.slice(0, 40)}'. Supported are ${[...VERSIONS].join(' and ')}.`);
  return version;
}

interface Compiled {
  route: Route;
  pattern: RegExp;
  names: string[];
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const pattern = route.path.replace(/[.]/g, '\\.').replace(/[:*](\w+)/g, (found, name: string) => {
    names.push(name);
    return found.startsWith(':') ? '([^/]+)' : '(.+)';
  });
  return { route, names, pattern: new RegExp(`^${pattern}/?$`) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notFound();
  }
}

/** The answer that a fault puts in place of the real one, if it does. */
export function spoiled(fault: Fault | null, budget: Budget | null): ApiError | null {
  if (fault === null || (fault.status === undefined && fault.limit === undefined)) return null;
  const retry = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  const headers = { ...retry, ...(fault.headers ?? {}) };
  if (fault.limit === 'secondary') {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    return new ApiError(fault.status ?? 403, fault.message ?? message, { headers });
  }
  if (fault.limit === 'primary') {
    const exhausted = budget === null ? {} : budgetHeaders({ ...budget, used: budget.limit, remaining: 0 });
    return new ApiError(fault.status ?? 403, fault.message ?? 'API rate limit exceeded', { headers: { ...exhausted, ...headers } });
  }
  return new ApiError(fault.status ?? 500, fault.message ?? (fault.status === 502 ? 'Server Error' : `A fault asked for by the test: ${fault.status}.`), { headers });
}

/** What became known of a request on the way to its answer. */
interface Seen {
  headers: Record<string, string>;
  login: string | null;
  /** Asking for the limits themselves costs nothing. */
  isFree: boolean;
  isLost: boolean;
}

/** Answers requests to the REST endpoints. */
export function createApi(forge: Forge, routes: readonly Route[]): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> {
  const compiled = routes.map(compile);

  async function reply(request: IncomingMessage, path: string, seen: Seen): Promise<Reply> {
    // GitHub says this in front of everything else, and not in JSON.
    if (!request.headers['user-agent']) return { status: 403, body: Buffer.from('Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n'), type: 'text/html' };
    const version = versionOf(request);
    // Below /applications it is a client that asks, by its id and secret; that looks for itself.
    const caller = path.startsWith('/applications/') ? null : callerOf(forge, request.headers.authorization);
    seen.login = caller?.user.login ?? null;
    if (caller?.scopes) seen.headers['x-oauth-scopes'] = caller.scopes.join(', ');

    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const match = compiled.find(({ route, pattern }) => route.method === method && pattern.test(path));
    seen.isFree = match?.route.endpoint === 'rateLimit.get';
    const budget = forge.limits.look(seen.login, forge.clock());
    const fault = forge.faults.take(match?.route.endpoint ?? 'unknown');
    seen.isLost = fault?.loseAnswer === true;
    if (fault?.delayMs) await sleep(fault.delayMs);
    const wrong = spoiled(fault, budget);
    if (wrong !== null) throw wrong;
    if (budget.remaining === 0 && !seen.isFree) throw forbidden(`API rate limit exceeded for ${caller === null ? 'your address. Authenticated requests get a higher rate limit.' : `user ID ${caller.user.id}.`}`);
    if (match === undefined) throw notFound();
    seen.headers['x-accepted-oauth-scopes'] = (match.route.scopes ?? []).join(', ');
    const [, ...values] = match.pattern.exec(path) ?? [];
    const address = new URL(`${forge.url}${request.url ?? '/'}`);
    return await match.route.handle({
      params: Object.fromEntries(match.names.map((name, index) => [name, decoded(values[index] ?? '')])),
      request, caller, version, address,
      query: address.searchParams,
      media: mediaOf(String(request.headers.accept ?? '')),
      json: async () => parseJson(await readBody(request)),
    });
  }

  return async (request, response, path) => {
    const headers = { 'x-github-request-id': randomUUID(), 'x-github-media-type': 'github.v3; format=json', vary: 'Accept, Authorization', 'x-content-type-options': 'nosniff' };
    const seen: Seen = { headers, login: null, isFree: false, isLost: false };
    let answer: Reply;
    try {
      answer = await reply(request, path, seen);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, 'Server Error');
      if (known !== error) process.stderr.write(`forge: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      answer = { status: known.status, body: known.body(), headers: { ...known.headers } };
    }
    // A body that nobody read would keep the connection from being used again.
    request.resume();
    if (seen.isLost) response.destroy();
    else send(forge, request, response, answer, seen);
  };
}

function send(forge: Forge, request: IncomingMessage, response: ServerResponse, answer: Reply, seen: Seen): void {
  const body = answer.body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(JSON.stringify(answer.body));
  const headers: Record<string, string> = { ...seen.headers };
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  let status = answer.status;
  if (isRead && status === 200) {
    const token = request.headers.authorization;
    const hash = createHash('sha256').update(token ?? '').update(body).digest('hex');
    headers['etag'] = `W/"${hash}"`;
    headers['cache-control'] = `${token === undefined ? 'public' : 'private'}, max-age=60, s-maxage=60`;
    const known = String(request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    if (known.includes(`"${hash}"`) || known.includes('*')) status = 304;
  }
  // Asking whether something has changed is free when it has not.
  if (status !== 304 && status !== 401 && !seen.isFree) forge.limits.spend(seen.login, forge.clock());
  Object.assign(headers, budgetHeaders(forge.limits.look(seen.login, forge.clock())), answer.headers);
  if (status !== 304 && answer.body !== undefined) {
    headers['content-type'] = answer.type ?? 'application/json; charset=utf-8';
    headers['content-length'] = String(body.length);
  }
  response.writeHead(status, headers);
  response.end(status === 304 || request.method === 'HEAD' ? undefined : body);
}
