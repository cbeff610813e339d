/**
 * Load for a worker on loopback: requests over connections that are kept, written and read as bytes, so that what is
 * measured is the server and not the client. Bounded, and ends by itself.
 */
import { connect, type Socket } from 'node:net';

export interface Target {
  /** The port on 127.0.0.1. */
  port: number;
  host: string;
  path: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  /** Lower-cased, as one text. */
  headers: string;
  /** Bytes of the body. */
  length: number;
}

export interface Load {
  /** Milliseconds of the request in the middle, one after the other on one connection. */
  p50: number;
  /** Requests a second over many connections. */
  rate: number;
}

const CONNECTIONS = 16;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
const END_OF_CHUNKS = Buffer.from('0\r\n\r\n');

export const median = (numbers: readonly number[]): number => percentile(numbers, 50);

export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN;
}

/** One connection, on which one request is under way at a time. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #waiting: { resolve: (answer: Answer) => void; reject: (cause: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (cause) => this.#waiting?.reject(cause));
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  async ask({ host, path, headers = {} }: Target): Promise<Answer> {
    const lines = Object.entries({ host, 'accept-encoding': 'identity', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    return await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const answer = read(all);
    this.#received = answer ? [] : [all];
    if (!answer) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}

/** The answer, once all of it is there. */
function read(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf(END_OF_HEADERS);
  if (end < 0) return undefined;
  const headers = bytes.toString('latin1', 0, end).toLowerCase();
  const status = Number(headers.slice(9, 12));
  if (status === 304 || status === 204) return { status, headers, length: 0 };
  const body = bytes.length - end - END_OF_HEADERS.length;
  const length = /\r\ncontent-length: (\d+)/.exec(headers)?.[1];
  if (length !== undefined) return body >= Number(length) ? { status, headers, length: Number(length) } : undefined;
  return bytes.subarray(-END_OF_CHUNKS.length).equals(END_OF_CHUNKS) ? { status, headers, length: body } : undefined;
}

/** Asks once. */
export async function askOnce(target: Target): Promise<Answer> {
  const connection = await Connection.open(target.port);
  try {
    return await connection.ask(target);
  } finally {
    connection.close();
  }
}

async function times(connection: Connection, target: Target, count: number, status: number): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    const answer = await connection.ask(target);
    all.push(performance.now() - start);
    if (answer.status !== status) throw new Error(`${target.host}${target.path} answered ${answer.status}, not ${status}`);
  }
  return all;
}

/** Measures a target once: some requests alone, then many at once. */
export async function measure(target: Target, status: number, requests: { alone: number; together: number }): Promise<Load> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, async () => await Connection.open(target.port)));
  try {
    const [first] = connections;
    if (!first) throw new Error('no connection');
    const p50 = median(await times(first, target, requests.alone, status));
    const each = Math.ceil(requests.together / CONNECTIONS);
    const start = performance.now();
    await Promise.all(connections.map(async (connection) => await times(connection, target, each, status)));
    return { p50, rate: (each * CONNECTIONS * 1000) / (performance.now() - start) };
  } finally {
    for (const connection of connections) connection.close();
  }
}
