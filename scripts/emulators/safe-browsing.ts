// Google Safe Browsing v5 in development: `hashes:search`, over a short list of addresses that are meant for trying.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from './agents/http.ts';
import type { RunningEmulator } from './agents/index.ts';

const PREFIX_BYTES = 4;
const MOST_PREFIXES = 1000;

export type Threat = 'MALWARE' | 'SOCIAL_ENGINEERING' | 'UNWANTED_SOFTWARE' | 'POTENTIALLY_HARMFUL_APPLICATION';

export interface SafeBrowsingEmulator extends RunningEmulator {
  /** Lists an expression, such as `bad.example/login/`, with what is wrong there. */
  list(expression: string, threat: Threat | (string & {}), attributes?: string[]): void;
  /** Answers every request with this status, until told 200 again. */
  answer(status: number): void;
  /** How many prefixes each request has asked about. */
  asked: number[];
}

interface Listed {
  hash: Buffer;
  details: { threatType: string; attributes?: string[] }[];
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export async function startSafeBrowsingEmulator(options: { port?: number } = {}): Promise<SafeBrowsingEmulator> {
  const listed = new Map<string, Listed>();
  const asked: number[] = [];
  let status = 200;
  const list: SafeBrowsingEmulator['list'] = (expression, threatType, attributes) => {
    const hash = sha256(expression);
    const known = listed.get(expression) ?? { hash, details: [] };
    known.details.push({ threatType, ...(attributes ? { attributes } : {}) });
    listed.set(expression, known);
  };
  list('unsafe.example/', 'SOCIAL_ENGINEERING');
  list('malware.example/download/', 'MALWARE');

  const answer = (response: ServerResponse, code: number, body: object): void => {
    response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'private' });
    response.end(JSON.stringify(body, null, 2));
  };
  const refuse = (response: ServerResponse, code: number, name: string, message: string): void =>
    answer(response, code, { error: { code, message, status: name } });

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://safe-browsing');
    if (pathname !== '/v5/hashes:search') return refuse(response, 404, 'NOT_FOUND', 'Method not found.');
    if (request.method !== 'GET') return refuse(response, 405, 'INVALID_ARGUMENT', 'This method takes GET.');
    if (!(searchParams.get('key') ?? request.headers['x-goog-api-key'])) return refuse(response, 403, 'PERMISSION_DENIED', 'The request is missing a valid API key.');
    const unknown = [...searchParams.keys()].find((name) => !['key', 'alt', 'hashPrefixes'].includes(name));
    if (unknown !== undefined) return refuse(response, 400, 'INVALID_ARGUMENT', `Invalid JSON payload received. Unknown name "${unknown}": Cannot bind query parameter.`);
    const prefixes = searchParams.getAll('hashPrefixes').map((prefix) => Buffer.from(prefix, 'base64'));
    if (prefixes.length === 0 || prefixes.length > MOST_PREFIXES || prefixes.some(({ length }) => length !== PREFIX_BYTES)) {
      return refuse(response, 400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.');
    }
    asked.push(prefixes.length);
    if (status !== 200) return refuse(response, status, 'UNAVAILABLE', 'The service is currently unavailable.');
    const found = [...listed.values()].filter(({ hash }) => prefixes.some((prefix) => prefix.equals(hash.subarray(0, PREFIX_BYTES))));
    // Empty lists are left out, as the service leaves them out.
    answer(response, 200, {
      ...(found.length === 0 ? {} : { fullHashes: found.map(({ hash, details }) => ({ fullHash: hash.toString('base64'), fullHashDetails: details })) }),
      cacheDuration: '300s',
    });
  }

  const server = createServer(handle);
  const url = await listen(server, options.port ?? 0);
  return { url, list, asked, answer: (wanted) => void (status = wanted), close: () => close(server) };
}
