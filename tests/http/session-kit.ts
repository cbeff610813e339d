/** A team with a project that is ready, and people in its sessions, for tests. */
import assert from 'node:assert/strict';
import type { WebSocket } from 'undici';
import type { Person, TestStack } from './harness.ts';
import { answered, connect, join, organization, type Organization } from './teams-kit.ts';

export interface Session {
  id: string;
  orgId: string;
  projectId: string;
  title: string;
  branchName: string;
  status: string;
  outcome: string | null;
  prUrl: string | null;
  commitSha: string | null;
  totalTokensIn: number;
  totalTokensOut: number;
  totalCostUsd: number;
  endedAt: string | null;
}

export interface Frame {
  type: string;
  id?: string;
  messageId?: string;
  seq?: number;
  at: string;
  turn?: number;
  text?: string;
  role?: string;
  status?: string;
  outcome?: string;
  code?: string;
  message?: string;
  phase?: string;
  hasPreview?: boolean;
  usual?: string;
  endsAt?: string;
  canExtend?: boolean;
  prUrl?: string;
  changed?: string[];
  checked?: string[];
  canUndo?: boolean;
  costUsd?: number;
  leftUsd?: number;
  budgetUsd?: number;
  tokensOut?: number;
  replayed?: number;
  people?: { id: string; name: string }[];
  author?: { id: string; name: string };
  pins?: { id?: string; label: string; note?: string; author?: { id: string; name: string } }[];
  sessions?: { id: string }[];
}

export interface Team {
  stack: TestStack;
  org: Organization;
  projectId: string;
  admin: Person;
}

export interface TeamOptions {
  repository?: string;
  login?: string;
  project?: Record<string, unknown>;
}

/** What starts the samples of the forge that are plain pages. */
export const PAGES = ['python3 -m http.server 3000'];

/** Somebody who can start sessions: a key for the model, and GitHub connected. */
export async function equip(person: Person, login = 'ann-ash'): Promise<void> {
  await answered(person, 200, 'PUT', '/api/v1/users/api-key', { apiKey: 'sk-ant-canary-of-a-test' });
  await connect(person, login);
}

/** An organization with a project whose workspace is prepared. */
export async function team(stack: TestStack, options: TeamOptions = {}): Promise<Team> {
  const { repository = 'ann-ash/harbor-bakery', login = 'ann-ash', project = {} } = options;
  const admin = await stack.person();
  await equip(admin, login);
  const org = await organization(admin);
  const projects = `/api/v1/orgs/${org.id}/projects`;
  const { id } = await answered<{ id: string }>(admin, 201, 'POST', projects, { repository, startupCommands: PAGES, ...project });
  await prepare(admin, org.id, id);
  return { stack, org, projectId: id, admin };
}

/** Has a project's workspace prepared, and waits for it. */
export async function prepare(admin: Person, orgId: string, projectId: string): Promise<void> {
  const path = `/api/v1/orgs/${orgId}/projects/${projectId}`;
  await answered(admin, 202, 'POST', `${path}/build-template`, {});
  for (let tries = 0; tries < 400; tries++) {
    const { status, message } = await admin.json<{ status: string; message: string }>(`${path}/template-status`);
    if (status === 'READY') return;
    assert.notEqual(status, 'FAILED', message);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.fail('the template was not ready in a minute');
}

/** Somebody else in the organization, who has nothing but a browser. */
export async function member({ stack, org, admin }: Team, role: 'ADMIN' | 'MEMBER' = 'MEMBER'): Promise<Person> {
  const person = await stack.person();
  await join(admin, org.id, person, role);
  return person;
}

export async function start(person: Person, projectId: string): Promise<Session> {
  return await answered<Session>(person, 201, 'POST', '/api/v1/sessions', { projectId });
}

/** Starts one and waits until one can talk in it. */
export async function started(person: Person, projectId: string): Promise<{ session: Session; seat: Seat }> {
  const session = await start(person, projectId);
  const seat = await Seat.take(person, session.id);
  await seat.status('RUNNING');
  return { session, seat };
}

let messages = 0;

/** Somebody who looks on: everything that a socket brought, and what it is still waited for. */
export class Seat {
  readonly frames: Frame[] = [];
  readonly person: Person;
  readonly id: string;
  closed: { code: number } | undefined;
  #socket: WebSocket;
  #waiting = new Set<() => void>();

  private constructor(person: Person, id: string, socket: WebSocket) {
    this.person = person;
    this.id = id;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (data === 'pong') return;
      this.frames.push(JSON.parse(String(data)) as Frame);
      for (const look of this.#waiting) look();
    });
    socket.addEventListener('close', ({ code }) => {
      this.closed = { code };
      for (const look of this.#waiting) look();
    });
    // A stack that ends takes its sockets along.
    socket.addEventListener('error', () => undefined);
  }

  static async take(person: Person, id: string, after = 0): Promise<Seat> {
    const socket = person.socket(`/ws?session=${id}&after=${after}`);
    const seat = new Seat(person, id, socket);
    await seat.find((frame) => frame.replayed !== undefined, 'the hello');
    return seat;
  }

  /** The first frame of those that came or come, from a place on, that is as wanted. */
  async find(wanted: (frame: Frame) => boolean, what: string, { from = 0, ms = 60_000 } = {}): Promise<Frame> {
    return await new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        const found = this.frames.slice(from).find(wanted);
        if (found !== undefined) {
          done();
          resolve(found);
        } else if (this.closed !== undefined) {
          done();
          reject(new Error(`the socket closed with ${this.closed.code} before ${what}; it brought ${this.told()}`));
        }
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${what} did not come; these did: ${this.told()}`));
      }, ms);
      this.#waiting.add(look);
      look();
    });
  }

  /** What came, shortly, for whoever reads why a test failed. */
  told(): string {
    return this.frames.map((frame) => JSON.stringify(frame)).slice(-40).join('\n');
  }

  async status(status: string, options?: { from?: number; ms?: number }): Promise<Frame> {
    return await this.find((frame) => frame.type === 'session_status' && frame.status === status, `status ${status}`, options);
  }

  send(frame: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify({ sessionId: this.id, ...frame }));
  }

  say(content: string, more: Record<string, unknown> = {}): void {
    this.send({ type: 'chat_message', content, clientId: `m-${++messages}`, ...more });
  }

  /** Says something and waits for the end of the turn that it becomes. */
  async ask(content: string): Promise<{ turn: number; end: Frame; said: string[]; receipt: Frame | undefined }> {
    const from = this.frames.length;
    this.say(content);
    const message = await this.find((frame) => frame.type === 'chat_message' && frame.role === 'user' && frame.text === content, 'the message', { from });
    return await this.over(message.turn ?? 0, from);
  }

  /** Waits for the end of a turn. */
  async over(turn: number, from = 0): Promise<{ turn: number; end: Frame; said: string[]; receipt: Frame | undefined }> {
    const isEnd = (frame: Frame): boolean => frame.type === 'turn_status' && frame.turn === turn && frame.status === 'idle';
    const end = await this.find(isEnd, `the end of turn ${turn}`, { from, ms: 90_000 });
    const own = this.frames.filter((frame) => frame.turn === turn);
    return {
      turn,
      end,
      said: own.filter((frame) => frame.type === 'chat_message' && frame.role === 'assistant').map((frame) => frame.text ?? ''),
      receipt: own.find((frame) => frame.type === 'receipt'),
    };
  }

  close(): void {
    this.#socket.close();
  }

  /** Waits until the other side closes the socket. */
  async end(): Promise<{ code: number }> {
    return await until('the end of the socket', async () => await Promise.resolve(this.closed));
  }
}

/** Somebody else in the organization, who can start sessions of their own. */
export async function colleague(here: Team, role: 'ADMIN' | 'MEMBER' = 'MEMBER'): Promise<Person> {
  const person = await member(here, role);
  await equip(person);
  return person;
}

/** Waits until something is so. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, ms = 60_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(Date.now() < end, `${what} did not come to be`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** The forge, as somebody who may see everything there. */
export class ForgeDoor {
  readonly #url: string;
  #token: string | undefined;
  readonly repository: string;

  constructor(stack: TestStack, repository = 'ann-ash/harbor-bakery') {
    this.#url = new URL(stack.addresses.forge).origin;
    this.repository = repository;
  }

  async door(path: string, body: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#url}/_emulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const said = await response.text();
    assert.equal(response.status, 200, said);
    return JSON.parse(said) as Record<string, unknown>;
  }

  /** Asks the vendor's API about the repository; undefined for what is not there. */
  async get<T>(path: string): Promise<T | undefined> {
    this.#token ??= String((await this.door('tokens', { login: 'ann-ash', scopes: ['repo'] }))['token']);
    const response = await fetch(`${this.#url}/repos/${this.repository}/${path}`, { headers: { authorization: `Bearer ${this.#token}` } });
    if (response.status === 404) return undefined;
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as T;
  }

  /** What a file says on a branch; undefined when it is not there. */
  async file(branch: string, path: string): Promise<string | undefined> {
    const found = await this.get<{ content: string }>(`contents/${path}?ref=${encodeURIComponent(branch)}`);
    return found === undefined ? undefined : Buffer.from(found.content, 'base64').toString();
  }

  /** The commit that a branch is at; undefined when there is none. */
  async head(branch: string): Promise<string | undefined> {
    return (await this.get<{ commit: { sha: string } }>(`branches/${branch}`))?.commit.sha;
  }

  /** All pull requests of a branch, open or not. */
  async pulls(branch: string): Promise<{ number: number; state: string; title: string; body: string | null; merged_at: string | null }[]> {
    return (await this.get(`pulls?state=all&head=${this.repository.split('/')[0]}:${branch}`)) ?? [];
  }
}
