// HTTP in front of the emulator: the key and the headers that every request must have, the few routes, and the place
// where errors become responses.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type JsonObject } from '../agents/checks.ts';
import { ApiError, invalid } from '../agents/errors.ts';
import { newId } from '../agents/ids.ts';
import { answerTo, asJson, asStream } from './answer.ts';
import { misbehaviour, type Fault, type Faults } from './faults.ts';
import { listModels, retrieveModel } from './models.ts';
import { readRequest } from './request.ts';
import type { Mind } from './types.ts';
import { promptTokens, type PromptCache } from './usage.ts';

/** The service's own limit. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface Service {
  mind: Mind;
  faults: Faults;
  cache: PromptCache;
  /** Pause between two events of a stream, in milliseconds. */
  pieceMs: number;
  /** Hears of every request that came with a good key, before it is answered. */
  heard(request: { endpoint: string; apiKey: string; headers: IncomingMessage['headers']; body: JsonObject | null }): void;
  /** Answers the emulator's own routes; null for what it does not have. */
  control(method: string, path: string, body: () => Promise<JsonObject>): Promise<object | null>;
}

async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and thrown away: a client that is still sending could not hear the answer.
    if (size <= MAX_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BYTES) throw new ApiError(413, 'Request exceeds the maximum size');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw invalid('The request body is not valid JSON');
  }
  if (!isObject(value)) throw invalid('Input should be an object');
  return value;
}

/** The key of a request. Good ones begin with `sk-ant-`, or are `local`; one that says it is expired is. */
function keyOf(request: IncomingMessage): string {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const key = [request.headers['x-api-key']].flat()[0] ?? bearer;
  if (key === undefined || key === '') throw new ApiError(401, 'x-api-key header is required');
  if (!(key === 'local' || key.startsWith('sk-ant-')) || key.includes('expired')) throw new ApiError(401, bearer === key ? 'Invalid bearer token' : 'invalid x-api-key');
  return key;
}

function sendJson(response: ServerResponse, status: number, value: object, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers });
  response.end(bytes);
}

type Route = { endpoint: Fault['endpoint']; handle: (call: { request: IncomingMessage; response: ServerResponse; url: URL; key: string; fault: Fault | null }) => Promise<object | undefined> };

/** A server for the Messages API. */
export function createMessagesServer(service: Service): Server {
  const messages: Route = {
    endpoint: 'messages',
    async handle({ request, response, key, fault }) {
      const body = await readJson(request);
      service.heard({ endpoint: 'messages', apiKey: key, headers: request.headers, body });
      const asked = readRequest(body);
      const reply = fault?.reply ?? (fault?.mind ? misbehaviour(fault.mind) : service.mind(asked));
      const answer = answerTo(asked, reply, service.cache.charge(key, asked.model, body));
      if (!asked.stream || fault?.loseAnswer) return asJson(answer);
      await asStream(response, answer, fault?.pieceMs ?? service.pieceMs, fault);
      return undefined;
    },
  };
  const countTokens: Route = {
    endpoint: 'count_tokens',
    async handle({ request, key }) {
      const body = await readJson(request);
      service.heard({ endpoint: 'count_tokens', apiKey: key, headers: request.headers, body });
      readRequest(body, true);
      return { input_tokens: promptTokens(body) };
    },
  };
  const models: Route = {
    endpoint: 'models',
    async handle({ request, url, key }) {
      service.heard({ endpoint: 'models', apiKey: key, headers: request.headers, body: null });
      const name = decodeURIComponent(url.pathname.slice('/v1/models'.length).replace(/^\//, ''));
      if (name === '') return listModels(url.searchParams);
      const model = retrieveModel(name);
      if (!model) throw new ApiError(404, `model: ${name}`);
      return model;
    },
  };

  function route(method: string, path: string): Route | null {
    if (method === 'POST' && path === '/v1/messages') return messages;
    if (method === 'POST' && path === '/v1/messages/count_tokens') return countTokens;
    return method === 'GET' && /^\/v1\/models(?:\/[^/]+)?$/.test(path) ? models : null;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = newId('req');
    response.setHeader('request-id', requestId);
    try {
      const method = request.method ?? 'GET';
      const url = new URL(request.url ?? '/', 'http://emulator');
      if (url.pathname.startsWith('/_emulator/')) {
        const reply = await service.control(method, url.pathname, () => readJson(request));
        if (!reply) throw new ApiError(404, `No door ${method} ${url.pathname}.`);
        return sendJson(response, 200, reply);
      }
      // What the agent asks to see whether anybody is there.
      if (url.pathname === '/api/hello') return void response.writeHead(200).end();
      const found = route(method, url.pathname);
      if (!found) throw new ApiError(404, 'Not Found');
      const key = keyOf(request);
      if (!request.headers['anthropic-version']) throw invalid('anthropic-version: header is required');
      const fault = service.faults.take(found.endpoint, key);
      // No reason to stay for a process that is done otherwise.
      if (fault?.delayMs) await sleep(fault.delayMs, undefined, { ref: false });
      if (fault?.status) {
        service.heard({ endpoint: found.endpoint, apiKey: key, headers: request.headers, body: null });
        throw new ApiError(fault.status, fault.status === 529 ? 'Overloaded' : `A fault asked for by the test: ${fault.status}.`, {
          headers: fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
        });
      }
      const reply = await found.handle({ request, response, url, key, fault });
      if (fault?.loseAnswer) response.destroy();
      else if (reply !== undefined) sendJson(response, 200, reply);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, 'Internal server error');
      if (known !== error) process.stderr.write(`messages emulator: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      sendJson(response, known.status, known.body(requestId), known.headers);
      // A body that nobody read would keep the connection from being used again.
      request.resume();
    }
  }
  return createServer((request, response) => void answer(request, response));
}
