// HTTP in front of the emulator: one table of routes, the headers every request must have, the headers every
// answer has, and the place where errors become responses. It knows no resource.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from './checks.ts';
import { ApiError, invalid } from './errors.ts';
import type { Faults } from './faults.ts';
import { newId } from './ids.ts';

const MAX_JSON_BYTES = 32 * 1024 * 1024;
const MAX_FILE_BYTES = 500 * 1024 * 1024;
const MANAGED_AGENTS = 'managed-agents-2026-04-01';
const KNOWN_BETAS = new Set([MANAGED_AGENTS, 'files-api-2025-04-14', 'agent-memory-2026-07-22']);

/** One request, as a handler sees it. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly betas: ReadonlySet<string>;
  json(): Promise<JsonObject>;
  bytes(): Promise<Buffer>;
}

/** What a handler answers: a value to send as JSON, raw bytes, or nothing when it wrote the response itself. */
export type Reply = object | { bytes: Uint8Array; contentType: string } | undefined;

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** A path with `:name` parts. */
  readonly path: string;
  /** The name by which a request fault picks this route. */
  readonly endpoint: string;
  /** Answered 404 without the managed agents beta header. */
  readonly beta: boolean;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** A param that the route's pattern guarantees. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no :${name}`);
  return value;
}

/** Every value of a query array, in any of its spellings. */
export function many(query: URLSearchParams, name: string): string[] {
  return [...query.getAll(`${name}[]`), ...query.getAll(name)];
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new ApiError(413, `The request is larger than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('The request body is not valid JSON.');
  }
  if (!isObject(value)) throw invalid('The request body must be a JSON object.');
  return value;
}

function checkHeaders(request: IncomingMessage): ReadonlySet<string> {
  const key = request.headers['x-api-key'];
  const bearer = /^Bearer\s+(\S+)/i.exec(request.headers.authorization ?? '');
  if (!key && !bearer) throw new ApiError(401, 'Send a key as x-api-key or as Authorization: Bearer.');
  if (key && bearer) throw new ApiError(401, 'Send either x-api-key or Authorization: Bearer, not both.');
  if (!request.headers['anthropic-version']) throw invalid('anthropic-version: header is required.');
  const header = [request.headers['anthropic-beta'] ?? []].flat().join(',');
  const betas = header.split(',').map((value) => value.trim()).filter((value) => value !== '');
  for (const beta of betas) {
    if (!KNOWN_BETAS.has(beta)) throw invalid(`anthropic-beta: unexpected value ${JSON.stringify(beta)}.`);
  }
  return new Set(betas);
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
}

function send(response: ServerResponse, status: number, reply: Reply, headers: Record<string, string>): void {
  if (response.headersSent || response.destroyed) return;
  const raw = reply && 'bytes' in reply && 'contentType' in reply ? (reply as { bytes: Uint8Array; contentType: string }) : null;
  const body = raw ? raw.bytes : Buffer.from(JSON.stringify(reply));
  response.writeHead(status, {
    'content-type': raw ? raw.contentType : 'application/json',
    'content-length': String(body.length),
    ...headers,
  });
  response.end(body);
}

/** A server for these routes. `doors` are the emulator's own routes: no key, no beta, no faults. */
export function createApi(routes: readonly Route[], doors: readonly Route[], faults: Faults): Server {
  const compiled = [...routes, ...doors].map((route) => ({ route, pattern: compile(route.path), open: doors.includes(route) }));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = newId('req');
    response.setHeader('request-id', requestId);
    try {
      const url = new URL(request.url ?? '/', 'http://emulator');
      const found = compiled.filter(({ pattern }) => pattern.test(url.pathname));
      const match = found.find(({ route }) => route.method === request.method);
      const betas = match?.open ? new Set<string>() : checkHeaders(request);
      if (!match || (match.route.beta && !betas.has(MANAGED_AGENTS))) {
        throw new ApiError(404, `No endpoint ${request.method ?? ''} ${url.pathname}.`);
      }
      const params = match.pattern.exec(url.pathname)?.groups ?? {};
      const fault = match.open ? null : faults.take(match.route.endpoint, params['session'] ?? null);
      if (fault?.delayMs) await sleep(fault.delayMs);
      if (fault?.status) {
        const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
        throw new ApiError(fault.status, `A fault asked for by the test: ${fault.status}.`, { headers });
      }
      const call: Call = {
        params,
        query: url.searchParams,
        request,
        response,
        betas,
        json: async () => parseJson(await readBody(request, MAX_JSON_BYTES)),
        bytes: () => readBody(request, MAX_FILE_BYTES),
      };
      const reply = await match.route.handle(call);
      if (fault?.loseAnswer) response.destroy();
      else if (reply !== undefined) send(response, 200, reply, {});
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, `The emulator failed: ${String(error)}`);
      if (known.status === 500) process.stderr.write(`agents emulator: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      send(response, known.status, known.body(requestId), { ...known.headers });
    }
  }
  return createServer((request, response) => void answer(request, response));
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
