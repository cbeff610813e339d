// The emulator as a client of a sandbox's envd: for template builds and for start commands.

import { request, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ENVD_PORT, type Box } from './box.ts';
import { envelope } from './inside/connect.ts';

const HEAD = 5;
const END_OF_STREAM = 0x02;

export interface Command {
  cmd: string;
  user: string;
  cwd: string;
  envs?: Record<string, string>;
}

export interface Ended {
  exitCode: number;
  /** `exit status 1`, `signal: killed`. */
  status: string;
}

export type Output = (stream: 'stdout' | 'stderr', text: string) => void;

interface Event {
  event?: { data?: { stdout?: string; stderr?: string }; end?: { exitCode?: number; status?: string } };
  error?: { code: string; message: string };
}

/** What envd measures. */
export interface Metrics {
  ts: number;
  cpu_count: number;
  cpu_used_pct: number;
  mem_total: number;
  mem_used: number;
  mem_cache: number;
  disk_used: number;
  disk_total: number;
}

async function call(box: Box, path: string, token: string, headers: Record<string, string>, body: Buffer | Readable, method = 'POST'): Promise<IncomingMessage> {
  const connection = await box.open(ENVD_PORT);
  return new Promise((resolve, reject) => {
    const sent = request({ createConnection: () => connection, method, path, headers: { host: 'envd', 'x-access-token': token, ...headers } }, resolve);
    sent.once('error', reject);
    if (Buffer.isBuffer(body)) sent.end(body);
    else body.once('error', reject).pipe(sent);
  });
}

/** The messages of a server stream; a stream that ends before its end frame is an error. */
async function* messages(response: IncomingMessage): AsyncGenerator<Event> {
  let held = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= HEAD && held.length >= HEAD + held.readUInt32BE(1)) {
      const size = held.readUInt32BE(1);
      const message = JSON.parse(held.subarray(HEAD, HEAD + size).toString('utf8')) as Event;
      const over = (held.readUInt8(0) & END_OF_STREAM) !== 0;
      held = held.subarray(HEAD + size);
      yield message;
      if (over) return;
    }
  }
  throw new Error('the sandbox ended before the command did');
}

/** Starts a command through a login shell, as the vendor's builder and SDK do, and hears it to its end. */
export async function run(box: Box, token: string, command: Command, output: Output = () => undefined): Promise<Ended> {
  const { cmd, user, cwd, envs = {} } = command;
  const start = { process: { cmd: '/bin/bash', args: ['-l', '-c', cmd], cwd, envs }, stdin: false };
  const headers = {
    'content-type': 'application/connect+json',
    'connect-protocol-version': '1',
    authorization: `Basic ${Buffer.from(`${user}:`).toString('base64')}`,
  };
  const response = await call(box, '/process.Process/Start', token, headers, envelope(start));
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { event, error } of messages(response)) {
    if (error) throw new Error(error.message);
    for (const stream of ['stdout', 'stderr'] as const) {
      const data = event?.data?.[stream];
      if (data !== undefined) output(stream, decoders[stream].decode(Buffer.from(data, 'base64'), { stream: true }));
    }
    if (event?.end) return { exitCode: event.end.exitCode ?? 0, status: event.end.status ?? '' };
  }
  throw new Error('the command has no end');
}

/** Writes a file. */
export async function upload(box: Box, token: string, path: string, body: Readable): Promise<void> {
  const query = new URLSearchParams({ path, username: 'root' });
  const response = await call(box, `/files?${query}`, token, { 'content-type': 'application/octet-stream' }, body);
  let words = '';
  for await (const chunk of response as AsyncIterable<Buffer>) words += chunk.toString('utf8');
  if (response.statusCode !== 200) throw new Error(`the file could not be written: ${words}`);
}

/** What the sandbox uses now. */
export async function metrics(box: Box, token: string): Promise<Metrics> {
  const response = await call(box, '/metrics', token, {}, Buffer.alloc(0), 'GET');
  let words = '';
  for await (const chunk of response as AsyncIterable<Buffer>) words += chunk.toString('utf8');
  if (response.statusCode !== 200) throw new Error(`the sandbox could not be measured: ${words}`);
  return JSON.parse(words) as Metrics;
}
