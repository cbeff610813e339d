// `/files`: whole files in and out over plain HTTP.

import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname, extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ConnectError } from './connect.ts';
import type { Metadata } from './entry.ts';
import { homeOf, resolvePath } from './people.ts';
import type { Setup } from './setup.ts';

/** A multipart body is held in memory; whoever has more to send sends it as octet-stream. */
const MAX_MULTIPART = 256 * 1024 * 1024;
const MAX_JSON = 1024 * 1024;
const UNAUTHORIZED = 'unauthorized access, please provide a valid access token or method signing if supported';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function sameText(left: string, right: string): boolean {
  const [a, b] = [left, right].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** True for the token itself. */
export function hasToken(request: IncomingMessage, setup: Setup): boolean {
  return setup.token === null || sameText(String(request.headers['x-access-token'] ?? ''), setup.token);
}

/** The signature that lets one operation on one path through without the token. */
export function signatureOf(path: string, operation: 'read' | 'write', user: string, token: string, expiration: string | null): string {
  const signed = [path, operation, user, token, ...(expiration === null ? [] : [expiration])].join(':');
  return `v1_${createHash('sha256').update(signed).digest('base64').replace(/=+$/, '')}`;
}

function authorize(request: IncomingMessage, query: URLSearchParams, operation: 'read' | 'write', setup: Setup): void {
  if (hasToken(request, setup) || setup.token === null) return;
  const signature = query.get('signature');
  if (signature === null) throw new HttpError(401, UNAUTHORIZED);
  const expiration = query.get('signature_expiration');
  const right = signatureOf(query.get('path') ?? '', operation, query.get('username') ?? '', setup.token, expiration);
  if (!sameText(signature, right)) throw new HttpError(401, 'invalid signature');
  if (expiration !== null && !(Number(expiration) >= Date.now() / 1000)) throw new HttpError(401, 'signature is already expired');
}

function locate(path: string, query: URLSearchParams, setup: Setup): string {
  const user = query.get('username') || setup.user;
  try {
    homeOf(user);
  } catch {
    throw new HttpError(401, `error looking up user '${user}': user: unknown user ${user}`);
  }
  try {
    return resolvePath(path, user, setup.workdir);
  } catch (error) {
    throw new HttpError(400, error instanceof ConnectError ? error.message : String(error));
  }
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new HttpError(500, `error checking if path exists '${path}': ${message}`);
  }
}

/** `bytes=a-b` as inclusive positions; null for no range or one of a kind that is left alone. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [from, to] = [match[1] ?? '', match[2] ?? ''];
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || start > end) throw new HttpError(416, 'invalid range: failed to overlap');
  return { start, end };
}

export class Files {
  readonly #setup: Setup;
  readonly #metadata: Metadata;

  constructor(setup: Setup, metadata: Metadata) {
    this.#setup = setup;
    this.#metadata = metadata;
  }

  async read(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> {
    authorize(request, query, 'read', this.#setup);
    const path = locate(query.get('path') ?? '', query, this.#setup);
    const found = await statOf(path);
    if (found === null) throw new HttpError(404, `path '${path}' does not exist`);
    if (found.isDirectory()) throw new HttpError(400, `path '${path}' is a directory`);
    if (!found.isFile()) throw new HttpError(400, `path '${path}' is not a regular file`);

    const headers: Record<string, string | number> = {
      'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
      'last-modified': found.mtime.toUTCString(),
      vary: 'Accept-Encoding',
    };
    const since = request.headers['if-modified-since'];
    if (since !== undefined && Date.parse(since) >= Math.floor(found.mtimeMs / 1000) * 1000) {
      response.writeHead(304, headers).end();
      return;
    }
    const { range } = request.headers;
    if (range === undefined && since === undefined && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip' });
      await pipeline(createReadStream(path), createGzip(), response);
      return;
    }
    const wanted = rangeOf(range, found.size);
    const { start, end } = wanted ?? { start: 0, end: found.size - 1 };
    headers['accept-ranges'] = 'bytes';
    headers['content-length'] = end - start + 1;
    if (wanted !== null) headers['content-range'] = `bytes ${start}-${end}/${found.size}`;
    response.writeHead(wanted === null ? 200 : 206, headers);
    if (end < start) response.end();
    // A file that grows meanwhile is cut where its size was announced.
    else await pipeline(createReadStream(path, { start, end }), response);
  }

  async write(request: IncomingMessage, query: URLSearchParams): Promise<object[]> {
    authorize(request, query, 'write', this.#setup);
    const type = request.headers['content-type'] ?? '';
    const encoding = String(request.headers['content-encoding'] ?? 'identity');
    if (!['identity', 'gzip'].includes(encoding)) throw new HttpError(400, `error decompressing request body: unsupported encoding: ${encoding}`);
    const body: Readable = encoding === 'gzip' ? request.pipe(createGunzip()) : request;
    if (/^application\/octet-stream\b/i.test(type)) {
      const asked = query.get('path');
      if (asked === null) throw new HttpError(400, 'path query parameter is required for raw body upload');
      return [await this.#store(locate(asked, query, this.#setup), body, request)];
    }
    if (/^multipart\//i.test(type)) return this.#writeParts(body, type, query, request);
    throw new HttpError(400, `unsupported content type: ${type}, expected multipart/form-data or application/octet-stream`);
  }

  /** Joins files into one and removes them. */
  async compose(request: IncomingMessage): Promise<object> {
    const body: unknown = JSON.parse((await collect(request, MAX_JSON)).toString('utf8'));
    const { source_paths: sources, destination, username } = (body ?? {}) as Record<string, unknown>;
    if (!Array.isArray(sources) || sources.length === 0 || !sources.every((path) => typeof path === 'string') || typeof destination !== 'string') {
      throw new HttpError(400, 'source_paths and destination are required');
    }
    const query = new URLSearchParams(typeof username === 'string' ? { username } : {});
    const paths = sources.map((path: string) => locate(path, query, this.#setup));
    for (const path of paths) if ((await statOf(path)) === null) throw new HttpError(404, `path '${path}' does not exist`);
    const target = locate(destination, query, this.#setup);
    await this.#guard(async () => {
      await mkdir(dirname(target), { recursive: true });
      const joined = `${target}.composing`;
      await writeFile(joined, '');
      for (const path of paths) await appendFile(joined, await readFile(path));
      await rm(target, { force: true });
      await pipeline(createReadStream(joined), createWriteStream(target));
      await rm(joined);
      for (const path of paths) if (path !== target) await rm(path);
    });
    return { path: target, name: basename(target), type: 'file' };
  }

  async #writeParts(body: Readable, type: string, query: URLSearchParams, request: IncomingMessage): Promise<object[]> {
    const bytes = await collect(body, MAX_MULTIPART);
    let parts: FormData;
    try {
      parts = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
    } catch (error) {
      throw new HttpError(500, `error parsing multipart form: ${String(error)}`);
    }
    const written = new Map<string, object>();
    for (const part of parts.getAll('file')) {
      if (typeof part === 'string') throw new HttpError(400, 'a part named `file` has no filename');
      const path = locate(query.get('path') ?? part.name, query, this.#setup);
      if (written.has(path)) {
        throw new HttpError(400, `you cannot upload multiple files to the same path '${path}' in one upload request, only the first specified file was uploaded`);
      }
      written.set(path, await this.#store(path, Readable.from([Buffer.from(await part.arrayBuffer())]), request));
    }
    return [...written.values()];
  }

  async #store(path: string, body: Readable, request: IncomingMessage): Promise<object> {
    if ((await statOf(path))?.isDirectory()) throw new HttpError(400, `path is a directory: ${path}`);
    await this.#guard(async () => {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(body, createWriteStream(path));
    });
    const metadata = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) => (name.startsWith('x-metadata-') ? [[name.slice('x-metadata-'.length), String(value)]] : [])),
    );
    this.#metadata.set(path, metadata);
    return { path, name: basename(path), type: 'file', ...(Object.keys(metadata).length === 0 ? {} : { metadata }) };
  }

  async #guard(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT') throw new HttpError(507, 'not enough disk space available');
      throw new HttpError(500, `error writing file: ${message}`);
    }
  }
}

export async function collect(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new HttpError(413, `the body is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
