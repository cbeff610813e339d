// envd: the HTTP server in every sandbox, on port 49983 of the sandbox's own loopback. Plain HTTP for whole
// files and health, Connect for processes and the file system.

import { statfs } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { answerStream, answerUnary, type Stream, type Unary } from './connect.ts';
import type { Metadata } from './entry.ts';
import { Files, hasToken, HttpError } from './files.ts';
import { filesystemService } from './filesystem.ts';
import { basicUser, homeOf } from './people.ts';
import { processService } from './processes.ts';
import type { Setup } from './setup.ts';

const MEBIBYTE = 1024 * 1024;

async function metrics(): Promise<object> {
  const disk = await statfs('/');
  const [total, used, count] = [totalmem(), totalmem() - freemem(), availableParallelism()];
  return {
    ts: Math.floor(Date.now() / 1000),
    cpu_count: count,
    cpu_used_pct: Math.min(100, Math.round(((loadavg()[0] ?? 0) / count) * 10_000) / 100),
    mem_total: total,
    mem_used: used,
    mem_cache: 0,
    mem_total_mib: Math.floor(total / MEBIBYTE),
    mem_used_mib: Math.floor(used / MEBIBYTE),
    disk_used: (disk.blocks - disk.bfree) * disk.bsize,
    disk_total: disk.blocks * disk.bsize,
  };
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent) return void response.destroy();
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

export function envd(setup: Setup): Server {
  const metadata: Metadata = new Map();
  const files = new Files(setup, metadata);
  const services = { 'process.Process': processService(setup), 'filesystem.Filesystem': filesystemService(setup, metadata) };
  const unary = new Map<string, Unary>();
  const streams = new Map<string, Stream>();
  for (const [service, { unary: calls, streams: longer }] of Object.entries(services)) {
    for (const [name, method] of Object.entries(calls)) unary.set(`/${service}/${name}`, method);
    for (const [name, method] of Object.entries(longer)) streams.set(`/${service}/${name}`, method);
  }

  /** Who a call acts as; a name that is not known is refused. */
  const userOf = (request: IncomingMessage) => (): string => {
    const user = basicUser(request.headers.authorization) ?? setup.user;
    homeOf(user);
    return user;
  };

  async function rpc(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    const [call, stream] = [unary.get(path), streams.get(path)];
    if (!call && !stream) return false;
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
    const expected = call ? 'application/json' : 'application/connect+json';
    if (request.method !== 'POST') throw new HttpError(405, 'send a POST');
    if (type !== expected) throw new HttpError(415, `send ${expected}`);
    if (call) await answerUnary(request, response, userOf(request), call);
    else if (stream) await answerStream(request, response, userOf(request), stream);
    return true;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://envd');
    const method = request.method ?? 'GET';
    response.setHeader('access-control-allow-origin', '*');
    if (method === 'OPTIONS') {
      response.writeHead(204, { 'access-control-allow-methods': 'GET, POST, OPTIONS', 'access-control-allow-headers': '*', 'access-control-max-age': '7200' }).end();
      return;
    }
    if (pathname === '/health' && method === 'GET') return void response.writeHead(204).end();
    if (pathname === '/files' && method === 'GET') return files.read(request, response, searchParams);
    if (pathname === '/files' && method === 'POST') return sendJson(response, 200, await files.write(request, searchParams));
    if (!hasToken(request, setup)) throw new HttpError(401, 'unauthorized access, please provide a valid access token or method signing if supported');
    if (pathname === '/files/compose' && method === 'POST') return sendJson(response, 200, await files.compose(request));
    if (pathname === '/metrics' && method === 'GET') return sendJson(response, 200, await metrics());
    if (pathname === '/envs' && method === 'GET') return sendJson(response, 200, setup.envs);
    if (!(await rpc(request, response, pathname))) throw new HttpError(404, `no endpoint ${method} ${pathname}`);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const status = error instanceof HttpError ? error.status : 500;
      sendJson(response, status, { code: status, message: error instanceof Error ? error.message : String(error) });
    });
  });
  // Uploads and streams take as long as they take.
  server.requestTimeout = 0;
  return server;
}
