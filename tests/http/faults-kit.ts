/** Doors to what is under a session, to break it there, and what must hold of its log whatever broke; for tests. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before } from 'node:test';
import type { RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import type { HeardRequest } from '../../scripts/emulators/messages/control.ts';
import type { Fault } from '../../scripts/emulators/messages/faults.ts';
import { startMessagesEmulator } from '../../scripts/emulators/messages/index.ts';
import { skip } from '../emulators/e2b-harness.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { ForgeDoor, type Frame, Seat, type Session, type Team, team, until } from './session-kit.ts';
import { answered } from './teams-kit.ts';

/** The page of the sample that most tests change. */
export const HOME = 'site/index.html';

export let stack: TestStack;
export let doors: Doors;
export let harbor: Team;
export let forge: ForgeDoor;

/** While the tests of a file run, there is a team with a project, and doors to everything under its sessions. */
export function openDoors(): void {
  let messages: RunningEmulator;
  before(async () => {
    if (skip) return;
    messages = await startMessagesEmulator({ pieceMs: 1 });
    stack = await startTestStack({ settings: { MODEL_API_URL: messages.url } });
    doors = new Doors(stack, messages.url);
    forge = new ForgeDoor(stack);
    harbor = await team(stack);
  });
  after(async () => {
    if (skip) return;
    await stack.close();
    await messages.close();
  });
}

export const of = (session: Session, path = ''): string => `/api/v1/sessions/${session.id}${path}`;
export const ofType = (seat: Seat, type: string): Frame[] => seat.frames.filter((frame) => frame.type === type);
export const discard = async (person: Person, session: Session): Promise<Session> =>
  await answered<Session>(person, 200, 'POST', of(session, '/discard'), { confirm: 'discard' });

export interface Listed {
  sandboxID: string;
  metadata: Record<string, string>;
}

export class Doors {
  readonly stack: TestStack;
  readonly #model: string;

  constructor(stack: TestStack, model: string) {
    this.stack = stack;
    this.#model = model;
  }

  async model(...faults: Partial<Fault>[]): Promise<void> {
    const response = await fetch(`${this.#model}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults }) });
    assert.equal(response.status, 200, await response.text());
  }

  async modelRecovers(): Promise<void> {
    await fetch(`${this.#model}/_emulator/faults`, { method: 'DELETE' });
  }

  /** What the model's service was asked, of late. */
  async heard(): Promise<HeardRequest[]> {
    const response = await fetch(`${this.#model}/_emulator/requests`);
    return ((await response.json()) as { requests: HeardRequest[] }).requests;
  }

  /** How often it was asked to say something. */
  async calls(): Promise<number> {
    return (await this.heard()).filter(({ endpoint }) => endpoint === 'messages').length;
  }

  async forgetCalls(): Promise<void> {
    await fetch(`${this.#model}/_emulator/requests`, { method: 'DELETE' });
  }

  async e2b(path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.stack.addresses.sandboxes}/_emulator/${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
    const said = await response.text();
    assert.equal(response.status, 200, said);
    return JSON.parse(said) as Record<string, unknown>;
  }

  async e2bRecovers(): Promise<void> {
    await fetch(`${this.stack.addresses.sandboxes}/_emulator/faults`, { method: 'DELETE' });
  }

  /** The sandboxes of a session that run. */
  async sandboxes(session: Session | string): Promise<string[]> {
    const id = typeof session === 'string' ? session : session.id;
    const { sandboxes } = (await this.e2b('sandboxes')) as unknown as { sandboxes: Listed[] };
    return sandboxes.filter(({ metadata }) => metadata['vetka_session'] === id).map(({ sandboxID }) => sandboxID);
  }

  async sandboxOf(session: Session): Promise<string> {
    return (await this.sandboxes(session))[0] ?? assert.fail('the session has no sandbox');
  }

  async noSandbox(session: Session | string): Promise<void> {
    await until('the sandbox is gone', async () => (await this.sandboxes(session)).length === 0);
  }

  /** Whoever sits there loses the socket with workerd, and comes back with the last number they saw. */
  async afterRestart(seat: Seat): Promise<Seat> {
    await this.stack.stack.restart();
    return await Seat.take(seat.person, seat.id);
  }

  /** Sets something of what a session knows of itself: no test waits as long as people do. */
  set(id: string, path: string, value: number): void {
    this.#write(id, 'UPDATE memory SET value = json_set(value, ?, ?)', path, BigInt(value));
  }

  /** Has so many messages more in what was said in a session: no test talks as much as people do. */
  talk(id: string, count: number): void {
    this.#write(id, `WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ?1), last(seq) AS (SELECT MAX(seq) FROM log)
      INSERT INTO log (seq, kind, frame) SELECT last.seq + at, 'chat_message', json_object('seq', last.seq + at, 'type', 'chat_message',
        'at', '2026-01-01T00:00:00Z', 'id', 'more-' || at, 'role', 'assistant', 'text', 'Message ' || at) FROM n, last`, count);
  }

  /** Writes into the tables of a session's own object. */
  #write(id: string, sql: string, ...values: (string | number | bigint)[]): void {
    // Not the whole folder: there are sandboxes in it that go while one looks.
    const files = globSync('v3/**/*WorkSession*/*.sqlite', { cwd: this.stack.stateDir }).filter((file) => /[0-9a-f]{64}\.sqlite$/.test(file));
    for (const file of files) {
      const database = new DatabaseSync(join(this.stack.stateDir, file));
      try {
        const is = database.prepare("SELECT 1 FROM memory WHERE json_extract(value, '$.begin.id') = ?").get(id) !== undefined;
        if (is) database.prepare(sql).run(...values);
      } finally {
        database.close();
      }
    }
  }
}

/** What must hold of a log, whatever went wrong: each text once, each turn with one end, each number once. */
export function checkWhole(seat: Seat, asked: string[], outcomes: string[]): void {
  const kept = seat.frames.filter(({ seq }) => seq !== undefined);
  assert.deepEqual(kept.map(({ seq }) => seq), kept.map((_, at) => at + 1), seat.told());
  const said = ofType(seat, 'chat_message').filter(({ role }) => role === 'user').map(({ text }) => text);
  assert.deepEqual(said, asked, seat.told());
  const answers = ofType(seat, 'chat_message').filter(({ role }) => role === 'assistant').map(({ text, turn }) => `${turn} ${text}`);
  assert.equal(new Set(answers).size, answers.length, `the agent says something twice: ${answers.join('\n')}`);
  const ends = ofType(seat, 'turn_status').filter(({ status }) => status === 'idle').map(({ turn, outcome }) => `${turn} ${outcome}`);
  assert.deepEqual(ends, outcomes.map((outcome, at) => `${at + 1} ${outcome}`), seat.told());
  const receipts = ofType(seat, 'receipt').map(({ turn }) => turn);
  assert.equal(new Set(receipts).size, receipts.length, 'a receipt comes twice');
}
