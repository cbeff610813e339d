// The demo agent's only ways out: reading the site that is live, and publishing through the relay. Plain HTTP
// as any client would send it.

import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isObject } from '../checks.ts';

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 40 * 1024 * 1024;

/** Browsers know that `*.localhost` is this machine; the system's resolver often does not. */
const lookup: LookupFunction = (hostname, options, callback) => {
  if (hostname !== 'localhost' && !hostname.endsWith('.localhost')) return systemLookup(hostname, options, callback);
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

export interface Answer {
  status: number;
  body: Buffer;
}

export interface Outgoing {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  signal: AbortSignal;
}

/** One request; redirects are not followed. */
export function send(outgoing: Outgoing): Promise<Answer> {
  const url = new URL(outgoing.url);
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: outgoing.method,
        lookup,
        agent: false,
        timeout: TIMEOUT_MS,
        signal: outgoing.signal,
        headers: { ...outgoing.headers, ...(outgoing.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(outgoing.body)) }) },
      },
      (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_BYTES) response.destroy(new Error('the answer is too large'));
          chunks.push(chunk);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(outgoing.body);
  });
}

export interface Credentials {
  token: string;
  deployUrl: string;
}

/** What `get_deploy_credentials` answered, if it can be used. */
export function parseCredentials(text: string, fallbackUrl: string | null): Credentials | null {
  const json = /\{[\s\S]*\}/.exec(text)?.[0] ?? text;
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(json);
  } catch {
    // Not JSON: the token may still stand in the text.
  }
  const field = (...names: string[]) => {
    const value = isObject(parsed) ? names.map((name) => (parsed as Record<string, unknown>)[name]).find((entry) => typeof entry === 'string') : undefined;
    return typeof value === 'string' ? value : null;
  };
  const token = field('token', 'deployToken', 'deploy_token') ?? /vdt_[A-Za-z0-9_-]+/.exec(text)?.[0] ?? null;
  const deployUrl = field('deployUrl', 'deploy_url', 'url') ?? /https?:\/\/[^\s"'<>]+\/deploy\b/.exec(text)?.[0] ?? fallbackUrl;
  return token !== null && deployUrl !== null && URL.canParse(deployUrl) ? { token, deployUrl } : null;
}

export interface File {
  path: string;
  bytes: Uint8Array;
}

/** Publishes all files of a site as one version, as deploy.sh does: lists them, sends what is missing, commits. */
export async function publish(credentials: Credentials, files: readonly File[], message: string, signal: AbortSignal): Promise<Answer> {
  const { token, deployUrl } = credentials;
  const ask = (method: 'POST' | 'PUT', path: string, type: string, body: string | Uint8Array): Promise<Answer> =>
    send({ method, url: `${deployUrl}/uploads${path}`, headers: { authorization: `Bearer ${token}`, 'content-type': type }, body, signal });
  const contents = new Map(files.map(({ path, bytes }) => [path, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }]));
  const list = [...contents].map(([path, { bytes, sha256 }]) => ({ path, sha256, size: bytes.length }));
  const begun = await ask('POST', '', 'application/json', JSON.stringify({ files: list, message }));
  if (begun.status !== 200 && begun.status !== 201) return begun;
  const { uploadId, missing } = JSON.parse(begun.body.toString('utf8')) as { uploadId: string; missing: string[] };
  const byHash = new Map([...contents.values()].map(({ bytes, sha256 }) => [sha256, bytes]));
  for (const sha256 of missing) {
    const put = await ask('PUT', `/${uploadId}/blobs/${sha256}`, 'application/octet-stream', byHash.get(sha256) ?? new Uint8Array());
    if (put.status !== 204) return put;
  }
  return await ask('POST', `/${uploadId}/commit`, 'application/json', '{}');
}

/** `code` and `message` of a JSON error, where there are any. */
export function errorIn(text: string): { code: string; message: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) {
      return { code: typeof value['code'] === 'string' ? value['code'] : '', message: typeof value['message'] === 'string' ? value['message'] : '' };
    }
  } catch {
    // falls through
  }
  return { code: '', message: '' };
}
