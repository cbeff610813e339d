/** What the conversation's tests share: somebody at a socket, the SSE door, the emulator's fault switches. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch as undiciFetch, type WebSocket } from 'undici';
import type { Client, Response, TestStack } from './harness.ts';

export interface Frame {
  seq?: number;
  type: string;
  at: string;
  turn?: number | null;
  role?: string;
  text?: string;
  status?: string;
  outcome?: string | null;
  replayed?: number;
  id?: string;
  step?: string;
  state?: string;
  phase?: string;
  detail?: string | null;
  code?: string;
  message?: string;
  final?: boolean;
  clientId?: string;
  snapshotId?: string;
  url?: string;
  attachments?: { id: string; name: string; mediaType: string; size: number; url: string }[];
}

export interface Session {
  conversationId: string;
  site: { id: string; domain: string; label: string; url: string };
  agent: { name: string; model: string } | null;
  status: string;
  messages: Frame[];
  lastSeq: number;
  queue: { turn: number; text: string }[];
}

export const session = async (client: Client): Promise<Session> => await client.json<Session>('/api/agent/session');

const PATIENCE_MS = 30_000;

/** Somebody who looks on through a socket and may speak. */
export class Seat {
  readonly frames: Frame[] = [];
  readonly raw: string[] = [];
  readonly socket: WebSocket;
  closed: { code: number } | null = null;
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.raw.push(String(data));
      if (data !== 'pong') this.frames.push(JSON.parse(String(data)) as Frame);
      this.#wake();
    });
    socket.addEventListener('close', ({ code }) => {
      this.closed = { code };
      this.#wake();
    });
    socket.addEventListener('error', () => this.#wake());
  }

  static async open(client: Client, after = 0): Promise<Seat> {
    const seat = new Seat(client.socket(`/ws?after=${after}`));
    await seat.find(({ replayed }) => replayed !== undefined);
    return seat;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  say(text: string, extra: object = {}): void {
    this.send({ type: 'chat_message', text, ...extra });
  }

  /** Waits until something holds. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!holds()) {
      if (Date.now() > deadline) assert.fail(`waited in vain for ${what}; last: ${this.raw.slice(-8).join('\n')}`);
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), sleep(250)]);
    }
  }

  /** The first frame, old or new, that is like this. */
  async find(like: (frame: Frame) => boolean, what = String(like)): Promise<Frame> {
    await this.until(what, () => this.frames.some(like));
    return this.frames.find(like)!;
  }

  async over(turn: number): Promise<Frame> {
    return await this.find((frame) => frame.seq !== undefined && frame.status === 'idle' && frame.turn === turn, `the end of turn ${turn}`);
  }

  /** The numbered frames. */
  log(): Frame[] {
    return this.frames.filter(({ seq }) => seq !== undefined);
  }

  said(role: string): string[] {
    return this.log().filter((frame) => frame.type === 'chat_message' && frame.role === role).map(({ text }) => text ?? '');
  }

  /** The log as one sees it: gapless, nothing twice, every step that began has ended once. */
  checkLog(): void {
    const seqs = this.log().map(({ seq }) => seq!);
    assert.deepEqual(seqs, seqs.map((_, at) => (seqs[0] ?? 0) + at), 'numbers have gaps or repeat');
    const open = new Set<string>();
    for (const { type, step, state } of this.log()) {
      if (type !== 'agent_status' || !step) continue;
      if (state === 'started') {
        assert.ok(!open.has(step), `step ${step} began twice`);
        open.add(step);
      } else assert.ok(open.delete(step), `step ${step} ended without a beginning`);
    }
    assert.deepEqual([...open], [], 'steps that never ended');
    const ids = this.log().filter(({ type }) => type === 'chat_message').map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'a message is there twice');
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.until('the socket to close', () => this.closed !== null);
  }
}

export interface SseEvent {
  id: number | null;
  event: string;
  data: Frame;
}

export function parseSse(text: string): SseEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const fields = new Map(block.split('\n').filter((line) => !line.startsWith(':')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    const data = fields.get('data');
    if (data === undefined) return [];
    return [{ id: fields.has('id') ? Number(fields.get('id')) : null, event: fields.get('event') ?? '', data: JSON.parse(data) as Frame }];
  });
}

export const stream = async (client: Client, body: object, init = {}): Promise<Response> =>
  await client.send('POST', '/api/agent/stream', body, init);

/** Says something and reads the stream to its end. */
export async function converse(client: Client, body: object): Promise<SseEvent[]> {
  const response = await stream(client, body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return parseSse(text);
}

/** An event as the service has it. */
export interface Upstream {
  id: string;
  type: string;
  content?: { type: string; text?: string }[];
}

/** The emulator's own door. */
export class Faults {
  readonly #base: string;
  constructor(stack: TestStack) {
    this.#base = stack.addresses.agents;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await undiciFetch(`${this.#base}/_emulator${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const answer: unknown = await response.json();
    assert.ok(response.ok, JSON.stringify(answer));
    return answer;
  }

  /** For requests, and for the next session that is made. */
  async set(faults: object): Promise<void> {
    await this.#call('POST', '/faults', faults);
  }

  async clear(): Promise<void> {
    await this.#call('DELETE', '/faults');
  }

  async setFor(session: string, faults: object): Promise<void> {
    await this.#call('POST', `/sessions/${session}/faults`, faults);
  }

  /** Sessions of a conversation, oldest first. */
  async sessions(conversation: string): Promise<{ id: string; status: string; blocked: boolean }[]> {
    const { sessions } = (await this.#call('GET', '/sessions')) as {
      sessions: { id: string; status: string; blocked: boolean; metadata: Record<string, string> }[];
    };
    return sessions.filter(({ metadata }) => metadata['conversation'] === conversation);
  }

  /** What the service has of a session. */
  async history(session: string): Promise<Upstream[]> {
    const response = await undiciFetch(`${this.#base}/v1/sessions/${session}/events?limit=1000`, {
      headers: { 'x-api-key': 'local', 'anthropic-version': '2026-10-21', 'anthropic-beta': 'managed-agents-2026-04-01' },
    });
    return ((await response.json()) as { data: [] }).data;
  }

  /** What the service was told by us, turn by turn. */
  async told(session: string): Promise<string[]> {
    const history = await this.history(session);
    return history.filter(({ type }) => type === 'user.message').map(({ content }) => content?.[0]?.text ?? '');
  }
}
