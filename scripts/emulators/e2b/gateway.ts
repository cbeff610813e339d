// The way from a client to a port of a sandbox, and what is answered when there is none. Port 49983 is envd.

import { request as forward, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ENVD_PORT } from './box.ts';
import { sameText, signatureOf } from './inside/files.ts';
import { PortClosed } from './inside/tunnel.ts';
import type { Sandbox, Sandboxes } from './sandboxes.ts';

/** Routes of envd that only the vendor's own machinery may call. */
const INTERNAL = new Set(['/init', '/freeze', '/unfreeze', '/collapse', '/fsfreeze', '/fsunfreeze']);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding']);
const HOST = /^(\d{1,5})-(i[a-z0-9]{19})\./;

export interface Target {
  id: string;
  port: number;
}

interface Refusal {
  status: number;
  body: object | string;
}

/** Which sandbox and port a request is for; null when it is for the control plane, text when it is for nothing. */
export function targetOf(request: IncomingMessage, sandboxes: Sandboxes): Target | string | null {
  const [id, port] = [request.headers['e2b-sandbox-id'], request.headers['e2b-sandbox-port']];
  if (id !== undefined || port !== undefined) {
    const number = Number(port);
    if (id === undefined || !(Number.isInteger(number) && number > 0 && number < 65_536)) return 'both E2b-Sandbox-Id and E2b-Sandbox-Port are required';
    return { id: String(id).split('-')[0] ?? '', port: number };
  }
  const host = HOST.exec(request.headers.host ?? '');
  if (host) return { id: host[2] ?? '', port: Number(host[1]) };
  const url = new URL(request.url ?? '/', 'http://emulator');
  if (url.pathname !== '/files') return null;
  // A signed address names no sandbox when all of them share one host: the signature does, through its token.
  const signed = sandboxes.all().find(({ token }) => isSigned(url.searchParams, request.method === 'POST' ? 'write' : 'read', token));
  return signed ? { id: signed.id, port: ENVD_PORT } : 'no sandbox has signed this address';
}

function isSigned(query: URLSearchParams, operation: 'read' | 'write', token: string): boolean {
  const right = signatureOf(query.get('path') ?? '', operation, query.get('username') ?? '', token, query.get('signature_expiration'));
  return sameText(query.get('signature') ?? '', right);
}

export class Gateway {
  readonly #sandboxes: Sandboxes;

  constructor(sandboxes: Sandboxes) {
    this.#sandboxes = sandboxes;
  }

  async answer(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    const connection = await this.#connect(request, target);
    if ('status' in connection) return refuse(response, connection);
    const { method, url: path } = request;
    response.once('close', () => connection.destroy());
    const sent = forward({ createConnection: () => connection, method, path, headers: passedOn(request) }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHops(answer.headers));
      response.flushHeaders();
      // A body that breaks off breaks off here too, so that it is not taken for a whole one.
      answer.once('error', () => response.destroy());
      answer.once('aborted', () => response.destroy());
      answer.pipe(response);
    });
    sent.on('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(response, this.#sandboxes.peek(target.id)?.state === 'running' ? closed(target) : notFound(target.id));
    });
    request.on('error', () => sent.destroy());
    request.pipe(sent);
  }

  /** WebSockets and whatever else leaves HTTP. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: Target): Promise<void> {
    socket.on('error', () => undefined);
    const connection = await this.#connect(request, target);
    if ('status' in connection) {
      const body = JSON.stringify(connection.body);
      socket.end(`HTTP/1.1 ${connection.status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
      return;
    }
    // From here on the two ends talk to each other; what is said is not looked at.
    const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      const name = request.rawHeaders[at] ?? '';
      if (!isOurs(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[at + 1] ?? ''}`);
    }
    connection.on('error', () => socket.destroy());
    connection.once('close', () => socket.destroy());
    socket.once('close', () => connection.destroy());
    connection.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) connection.write(head);
    connection.pipe(socket);
    socket.pipe(connection);
  }

  async #connect(request: IncomingMessage, { id, port }: Target): Promise<Duplex | Refusal> {
    const sandbox = this.#sandboxes.peek(id);
    if (!sandbox) return notFound(id);
    if (sandbox.state === 'paused') {
      if (!sandbox.asked.autoResume) return notFound(id);
      this.#sandboxes.resume(sandbox, sandbox.asked.timeout);
    }
    if (port === ENVD_PORT) {
      const path = new URL(request.url ?? '/', 'http://sandbox').pathname;
      if (INTERNAL.has(path)) return { status: 404, body: { code: 404, message: 'not found' } };
    } else {
      const refused = checkTraffic(request, sandbox);
      if (refused) return refused;
    }
    try {
      const connection = await sandbox.box.open(port);
      sandbox.connections.add(connection);
      connection.once('close', () => sandbox.connections.delete(connection));
      return connection;
    } catch (error) {
      return error instanceof PortClosed ? closed({ id, port }) : notFound(id);
    }
  }
}

function checkTraffic(request: IncomingMessage, { id, trafficToken }: Sandbox): Refusal | null {
  if (trafficToken === null) return null;
  const token = request.headers['e2b-traffic-access-token'];
  if (token === undefined) return { status: 403, body: { sandboxId: id, message: 'Sandbox is secured with traffic access token. Token header is missing', code: 403 } };
  if (sameText(String(token), trafficToken)) return null;
  return { status: 403, body: { sandboxId: id, message: 'Sandbox is secured with traffic access token. Provided token is invalid', code: 403 } };
}

function closed({ id, port }: Target): Refusal {
  return { status: 502, body: { sandboxId: id, message: 'The sandbox is running but port is not open', port, code: 502 } };
}

function notFound(id: string): Refusal {
  return { status: 502, body: { sandboxId: id, message: 'The sandbox was not found', code: 502 } };
}

export function refuse(response: ServerResponse, { status, body }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  const isText = typeof body === 'string';
  const content = Buffer.from(isText ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json', 'content-length': content.length });
  response.end(content);
}

/** Headers that are for the gateway and no business of what runs in the sandbox. */
function isOurs(name: string): boolean {
  return name === 'e2b-sandbox-id' || name === 'e2b-sandbox-port' || name === 'e2b-traffic-access-token';
}

function withoutHops(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function passedOn(request: IncomingMessage): OutgoingHttpHeaders {
  const headers = Object.fromEntries(Object.entries(withoutHops(request.headers)).filter(([name]) => !isOurs(name)));
  if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  return headers;
}
