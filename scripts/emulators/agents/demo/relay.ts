// The demo agent's only ways out: reading the site that is live, and publishing through the relay. Plain HTTP
// as any client would send it.

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
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: string;
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

/** Publishes all files of a site as one version. */
export function publish(credentials: Credentials, files: readonly File[], message: string, signal: AbortSignal): Promise<Answer> {
  const body = JSON.stringify({
    files: files.map(({ path, bytes }) => ({ path, contentBase64: Buffer.from(bytes).toString('base64') })),
    message,
  });
  return send({
    method: 'POST',
    url: credentials.deployUrl,
    headers: { authorization: `Bearer ${credentials.token}`, 'content-type': 'application/json' },
    body,
    signal,
  });
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
