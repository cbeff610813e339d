// Cloudflare on loopback: the API that a deployment calls, and the edge that visitors reach afterwards.
// `/client/v4/…` is the API. Every other request is a visitor's, to the host that its Host header names.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../agents/http.ts';
import { Account, Refusal } from './account.ts';
import { answer, permissions, type ApiCall, type Permission } from './api.ts';
import { Edge } from './edge.ts';

export { Account } from './account.ts';

const BASE = '/client/v4';

export interface CloudflareEmulator {
  /** For `CLOUDFLARE_API_BASE_URL`. */
  api: string;
  /** Where visitors connect to. */
  edge: string;
  account: Account;
  /** Makes a token; with everything that a deployment needs unless told otherwise. */
  token(may?: readonly Permission[]): string;
  /** What was called, oldest first: `PUT /accounts/A/…`. Only calls that change something. */
  changes: string[];
  /** Called before each call is answered; what it returns is awaited, and a refusal that it throws is the answer. For faults in tests. */
  before: (call: ApiCall) => Promise<void> | void;
  close(): Promise<void>;
}

export async function startCloudflareEmulator(account = new Account()): Promise<CloudflareEmulator> {
  const edge = new Edge(account);
  const server = createServer((request, response) => {
    handle(request, response).catch((failure: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(failure));
    });
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://emulator');
    if (!url.pathname.startsWith(`${BASE}/`)) return edge.serve(request, response);
    const call: ApiCall = {
      method: request.method ?? 'GET',
      path: url.pathname.slice(BASE.length),
      query: url.searchParams,
      token: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
      body: await bodyOf(request),
      contentType: request.headers['content-type'] ?? '',
    };
    if (call.method !== 'GET') emulator.changes.push(`${call.method} ${call.path}`);
    let status = 200;
    let envelope: object;
    try {
      await emulator.before(call);
      const { result, info, status: given = 200 } = await answer(account, call);
      status = given;
      envelope = { success: true, errors: [], messages: [], result, ...(info ? { result_info: info } : {}) };
    } catch (failure) {
      if (!(failure instanceof Refusal)) throw failure;
      if (failure.retryAfter !== undefined) response.setHeader('retry-after', failure.retryAfter);
      status = failure.status;
      envelope = { success: false, errors: [{ code: failure.code, message: failure.message }], messages: [], result: null };
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(envelope));
  };
  const origin = await listen(server, 0);
  let made = 0;
  const emulator: CloudflareEmulator = {
    api: `${origin}${BASE}`,
    edge: origin,
    account,
    token(may = permissions) {
      const token = `cf-token-${(made += 1)}-${account.id}`;
      account.tokens.set(token, new Set(may));
      return token;
    },
    changes: [],
    before: () => undefined,
    async close() {
      await edge.close();
      await close(server);
    },
  };
  return emulator;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
