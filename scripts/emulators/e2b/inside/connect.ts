// The Connect protocol with its JSON codec, the server's side: unary calls, server streams and their errors.

import type { IncomingMessage, ServerResponse } from 'node:http';

export type Code =
  | 'canceled'
  | 'unknown'
  | 'invalid_argument'
  | 'deadline_exceeded'
  | 'not_found'
  | 'already_exists'
  | 'permission_denied'
  | 'resource_exhausted'
  | 'failed_precondition'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'unauthenticated';

const STATUS_OF: Readonly<Record<Code, number>> = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  unauthenticated: 401,
};

const COMPRESSED = 0x01;
const END_OF_STREAM = 0x02;
const HEAD = 5;
/** A request holds a command line or some input, never a file. */
const MAX_MESSAGE = 4 * 1024 * 1024;

export type JsonObject = Record<string, unknown>;

export class ConnectError extends Error {
  readonly code: Code;
  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that protobuf's JSON may leave out when it is empty. */
export function text(message: JsonObject, name: string): string {
  const value = message[name] ?? '';
  if (typeof value !== 'string') throw new ConnectError('invalid_argument', `${name} must be a string`);
  return value;
}

export function texts(message: JsonObject, name: string): string[] {
  const value = message[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new ConnectError('invalid_argument', `${name} must be a list of strings`);
  }
  return value;
}

export function textMap(message: JsonObject, name: string): Record<string, string> {
  const value = message[name] ?? {};
  if (!isObject(value) || !Object.values(value).every((item) => typeof item === 'string')) {
    throw new ConnectError('invalid_argument', `${name} must be a map of strings`);
  }
  return value as Record<string, string>;
}

export function number(message: JsonObject, name: string): number {
  const value = Number(message[name] ?? 0);
  if (!Number.isInteger(value) || value < 0) throw new ConnectError('invalid_argument', `${name} must be a whole number`);
  return value;
}

export function part(message: JsonObject, name: string): JsonObject | null {
  const value = message[name] ?? null;
  if (value !== null && !isObject(value)) throw new ConnectError('invalid_argument', `${name} must be an object`);
  return value;
}

/** `bytes` of protobuf's JSON. */
export function bytes(message: JsonObject, name: string): Buffer | null {
  return message[name] === undefined ? null : Buffer.from(text(message, name), 'base64');
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_MESSAGE + HEAD) throw new ConnectError('resource_exhausted', `a message may have ${MAX_MESSAGE} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8') || '{}');
  } catch {
    throw new ConnectError('invalid_argument', 'the message is not valid JSON');
  }
  if (!isObject(value)) throw new ConnectError('invalid_argument', 'the message must be a JSON object');
  return value;
}

export function envelope(message: object, flags = 0): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(HEAD);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

export function known(error: unknown): ConnectError {
  return error instanceof ConnectError ? error : new ConnectError('internal', error instanceof Error ? error.message : String(error));
}

/** `Connect-Timeout-Ms`; 0 means no limit. */
export function timeoutOf(request: IncomingMessage): number {
  const header = request.headers['connect-timeout-ms'];
  if (header === undefined) return 0;
  const milliseconds = Number(header);
  if (!/^\d{1,10}$/.test(String(header))) throw new ConnectError('invalid_argument', 'Connect-Timeout-Ms must be a whole number');
  return milliseconds;
}

/** A stream of messages to one client. It says that it is alive when it has had nothing to say for a while. */
export class MessageStream {
  readonly #response: ServerResponse;
  readonly #keepalive: { after: number; message: object };
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(request: IncomingMessage, response: ServerResponse, keepalive: object) {
    const asked = Number(request.headers['keepalive-ping-interval'] ?? 90);
    this.#response = response;
    this.#keepalive = { after: (asked > 0 && asked < 86_400 ? asked : 90) * 1000, message: keepalive };
    response.writeHead(200, { 'content-type': 'application/connect+json' });
    response.once('close', () => this.#finish());
    this.#arm();
  }

  get over(): boolean {
    return this.#over;
  }

  /** Runs when nobody listens any more, whoever ended it. */
  onOver(act: () => void): void {
    this.#response.once('close', act);
  }

  /** False when the client is slow to read: wait for `drained` before sending more. */
  send(message: object): boolean {
    if (this.#over) return true;
    this.#arm();
    return this.#response.write(envelope(message));
  }

  drained(act: () => void): void {
    this.#response.once('drain', act);
  }

  end(error?: ConnectError): void {
    if (this.#over) return;
    this.#finish();
    this.#response.end(envelope(error === undefined ? {} : { error: { code: error.code, message: error.message } }, END_OF_STREAM));
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.send(this.#keepalive.message), this.#keepalive.after);
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}

/** One call, whoever answers it. */
export interface Call {
  readonly request: IncomingMessage;
  readonly message: JsonObject;
  /** The user that the call acts as. */
  readonly user: string;
}

export type Unary = (call: Call) => object | Promise<object>;
export type Stream = (call: Call, open: (keepalive: object) => MessageStream) => void | Promise<void>;

/** Answers a unary call. */
export async function answerUnary(request: IncomingMessage, response: ServerResponse, user: () => string, method: Unary): Promise<void> {
  let status = 200;
  let reply: object;
  try {
    reply = await method({ request, message: parse(await readAll(request)), user: user() });
  } catch (error) {
    const { code, message } = known(error);
    status = STATUS_OF[code];
    reply = { code, message };
  }
  const body = Buffer.from(JSON.stringify(reply));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** Answers a server stream. An error is always HTTP 200 and an end frame that says it. */
export async function answerStream(request: IncomingMessage, response: ServerResponse, user: () => string, method: Stream): Promise<void> {
  let stream: MessageStream | undefined;
  const open = (keepalive: object): MessageStream => (stream ??= new MessageStream(request, response, keepalive));
  try {
    const body = await readAll(request);
    if (body.length < HEAD || body.readUInt32BE(1) !== body.length - HEAD) throw new ConnectError('invalid_argument', 'the request must be exactly one envelope');
    if ((body.readUInt8(0) & COMPRESSED) !== 0) throw new ConnectError('unimplemented', 'compressed messages are not understood here');
    await method({ request, message: parse(body.subarray(HEAD)), user: user() }, open);
  } catch (error) {
    open({}).end(known(error));
  }
}
