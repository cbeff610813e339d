// What the e2b emulator's tests share: the vendor's SDK pointed at it, and the protocol by hand.

import { setTimeout as sleep } from 'node:timers/promises';
import { startE2bEmulator, type E2bEmulator, type E2bEmulatorOptions } from '../../scripts/emulators/e2b/index.ts';
import { findMachine } from '../../scripts/emulators/e2b/machine.ts';

const machine = await findMachine();
/** A reason to skip what needs a sandbox; false where this machine can have them. */
export const skip: string | false = 'reason' in machine ? machine.reason : false;

export const KEY = 'e2b_test';
export const ENVD = 49_983;
const HEAD = 5;

export interface Connection {
  apiKey: string;
  apiUrl: string;
  sandboxUrl: string;
}

export interface Made {
  sandboxID: string;
  envdAccessToken: string;
  trafficAccessToken: string | null;
}

/** One frame of a server stream: its flags and its message. */
export interface Frame {
  flags: number;
  message: {
    event?: {
      start?: { pid: number };
      data?: { stdout?: string; stderr?: string };
      keepalive?: object;
      end?: { exitCode?: number; exited?: boolean; status?: string; error?: string };
    };
    error?: { code: string; message: string };
  };
}

export interface Bench {
  emulator: E2bEmulator;
  /** Options of the vendor's SDK. */
  sdk: Connection;
  /** A request to the control plane. */
  api(method: string, path: string, body?: unknown): Promise<Response>;
  make(body?: object): Promise<Made>;
  /** A request to a port of a sandbox; envd unless told otherwise. */
  to(sandbox: Made, path: string, init?: RequestInit & { port?: number }): Promise<Response>;
  unary(sandbox: Made, method: string, message: object, headers?: Record<string, string>): Promise<Response>;
  stream(sandbox: Made, method: string, message: object, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
  /** Runs a line of bash to its end. */
  bash(sandbox: Made, line: string, more?: { envs?: Record<string, string>; cwd?: string; user?: string }): Promise<{ stdout: string; stderr: string; exitCode: number }>;
  close(): Promise<void>;
}

export async function bench(options: E2bEmulatorOptions = {}): Promise<Bench> {
  const emulator = await startE2bEmulator({ stepMs: 0, ...options });
  const { url } = emulator;

  const api: Bench['api'] = (method, path, body) =>
    fetch(`${url}${path}`, { method, headers: { 'x-api-key': KEY }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  const to: Bench['to'] = (sandbox, path, { port = ENVD, headers, ...init } = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        'e2b-sandbox-id': sandbox.sandboxID,
        'e2b-sandbox-port': String(port),
        ...(port === ENVD ? { 'x-access-token': sandbox.envdAccessToken } : {}),
        ...Object.fromEntries(new Headers(headers)),
      },
    });

  const stream: Bench['stream'] = (sandbox, method, message, headers = {}, signal) =>
    to(sandbox, `/${method}`, { method: 'POST', headers: { 'content-type': 'application/connect+json', ...headers }, body: envelope(message), ...(signal ? { signal } : {}) });

  return {
    emulator,
    sdk: { apiKey: KEY, apiUrl: url, sandboxUrl: url },
    api,
    async make(body = {}) {
      const response = await api('POST', '/v2/sandboxes', { templateID: 'base', ...body });
      if (response.status !== 201) throw new Error(`no sandbox: ${response.status} ${await response.text()}`);
      return (await response.json()) as Made;
    },
    to,
    unary: (sandbox, method, message, headers = {}) =>
      to(sandbox, `/${method}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(message) }),
    stream,
    async bash(sandbox, line, { envs = {}, cwd, user = 'user' } = {}) {
      const config = { cmd: '/bin/bash', args: ['-l', '-c', line], envs, ...(cwd === undefined ? {} : { cwd }) };
      const response = await stream(sandbox, 'process.Process/Start', { process: config, stdin: false }, { authorization: basic(user) });
      const heard = { stdout: '', stderr: '', exitCode: -1 };
      for await (const { message } of frames(response)) {
        if (message.error) throw new Error(`${message.error.code}: ${message.error.message}`);
        for (const name of ['stdout', 'stderr'] as const) heard[name] += Buffer.from(message.event?.data?.[name] ?? '', 'base64').toString();
        if (message.event?.end) heard.exitCode = message.event.end.exitCode ?? 0;
      }
      return heard;
    },
    close: () => emulator.close(),
  };
}

export function basic(user: string): string {
  return `Basic ${Buffer.from(`${user}:`).toString('base64')}`;
}

export function envelope(message: object): Uint8Array<ArrayBuffer> {
  const payload = Buffer.from(JSON.stringify(message));
  const whole = new Uint8Array(HEAD + payload.length);
  new DataView(whole.buffer).setUint32(1, payload.length);
  whole.set(payload, HEAD);
  return whole;
}

/** The frames of a stream as they come; it ends where the body ends. */
export async function* frames(response: Response): AsyncGenerator<Frame> {
  let held = Buffer.alloc(0);
  for await (const chunk of response.body ?? []) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= HEAD && held.length >= HEAD + held.readUInt32BE(1)) {
      const size = held.readUInt32BE(1);
      yield { flags: held.readUInt8(0), message: JSON.parse(held.subarray(HEAD, HEAD + size).toString()) as Frame['message'] };
      held = held.subarray(HEAD + size);
    }
  }
}

export async function allFrames(response: Response): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames(response)) all.push(frame);
  return all;
}

/** Asks until the answer is yes; a test that waits in vain says for what. */
export async function until(what: string, ask: () => boolean | Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(25);
  }
}
