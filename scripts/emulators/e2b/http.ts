// HTTP of the control plane: one table of routes, the key that each request must have, and the place where
// errors become answers. It knows no resource.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from './checks.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import type { Faults } from './faults.ts';

const MAX_JSON_BYTES = 4 * 1024 * 1024;

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  json(): Promise<JsonObject>;
}

/** `body` absent means an empty answer with a length of 0, without which the vendor's SDK expects JSON. */
export interface Reply {
  status: number;
  body?: object | string;
  headers?: Record<string, string>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A path with `:name` parts. */
  readonly path: string;
  /** The name by which a fault picks this route; null for a route of the emulator's own, which needs no key. */
  readonly endpoint: string | null;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** A param that the route's pattern guarantees. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no :${name}`);
  return value;
}

/** A whole number of the query within bounds. */
export function count(query: URLSearchParams, name: string, standard: number, min: number, max: number): number {
  const raw = query.get(name);
  if (raw === null || raw === '') return standard;
  const value = Number(raw);
  if (!Number.isInteger(value) || value < min || value > max) throw invalid(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}

async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_JSON_BYTES) throw new ApiError(413, `the body is larger than ${MAX_JSON_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw invalid('the body is not valid JSON');
  }
  if (!isObject(value)) throw invalid('the body must be a JSON object');
  return value;
}

export function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const isPage = typeof body === 'string';
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(isPage ? body : JSON.stringify(body));
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json' }),
    // 204 may not have one.
    ...(status === 204 ? {} : { 'content-length': String(content.length) }),
    ...headers,
  });
  response.end(content);
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw invalid('the path is not well-formed');
  }
}

/** Answers the control plane's requests. */
export function controlPlane(routes: readonly Route[], faults: Faults): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return async (request, response) => {
    try {
      const url = new URL(request.url ?? '/', 'http://emulator');
      const match = compiled.find(({ route, pattern }) => route.method === request.method && pattern.test(url.pathname));
      if (match?.route.endpoint !== null && !request.headers['x-api-key']) throw new ApiError(401, 'Invalid API key format: send it as X-API-KEY');
      if (!match) throw notFound(`no endpoint ${request.method ?? ''} ${url.pathname}`);
      const fault = match.route.endpoint === null ? null : faults.take(match.route.endpoint);
      if (fault?.delayMs) await sleep(fault.delayMs);
      if (fault?.status) {
        throw new ApiError(fault.status, fault.message ?? `a fault asked for by the test: ${fault.status}`, {
          ...(fault.errorCode === undefined ? {} : { errorCode: fault.errorCode }),
          headers: fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
        });
      }
      const params = decoded(match.pattern.exec(url.pathname)?.groups ?? {});
      const reply = await match.route.handle({ params, query: url.searchParams, request, json: () => readJson(request) });
      if (fault?.loseAnswer) response.destroy();
      else send(response, reply);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, `the emulator failed: ${String(error)}`, { errorCode: 'internal_server_error' });
      if (!(error instanceof ApiError)) process.stderr.write(`e2b emulator: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      send(response, { status: known.status, body: known.body(), headers: { ...known.headers } });
    }
  };
}

/** Listens on loopback. Port 0 picks a free one; a taken port is an error that names it. */
export async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Closes the server and every connection that is still open. */
export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
