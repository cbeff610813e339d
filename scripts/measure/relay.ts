/**
 * What our relay adds between an event of the agent service and the browser: the service's stream is listened to directly
 * and through us, in one process with one clock, and the difference is what we add. Then the same for many who look on,
 * and what it takes somebody who comes back to get a long conversation again.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { fetch } from 'undici';
import { Faults, Seat, session } from '../../tests/http/agent-kit.ts';
import { loopback, type Person, type TestStack } from '../../tests/http/harness.ts';
import { newId } from '../../tests/http/publishing.ts';
import { signToken, SESSION_COOKIE } from '../../tests/http/session-token.ts';
import { percentile } from './load.ts';
import { table } from './table.ts';
import { now, type Heard, type Seats } from './viewers.ts';

const TURNS = 20;
const TURNS_FOR_MANY = 3;
/** For those many, the agent takes its time as it does for people. */
const STEP_MS = 350;
const VIEWERS = 500;
/** As many tabs as one session may have open. */
const TABS = 25;
const EVENTS = 1_000;
const REPLAYS = 15;

/** One of its kind each, so that what is said about it is not said twice. */
const wish = (turn: number): string => `Add a page about bread number ${turn} of our bakery`;

/** When a text came first. NaN: it was said twice, and which of the two a browser shows cannot be told. */
type Said = Map<string, number>;

/** Listens to the agent service itself: when each message, and each piece of one, came. */
async function listen(stack: TestStack, upstream: string, said: Said): Promise<AbortController> {
  const stop = new AbortController();
  const response = await fetch(`${stack.addresses.agents}/v1/sessions/${upstream}/events/stream?event_deltas[]=agent.message`, {
    headers: { 'x-api-key': 'local', 'anthropic-version': '2026-10-21', 'anthropic-beta': 'managed-agents-2026-04-01' },
    dispatcher: loopback,
    signal: stop.signal,
  });
  if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}: ${await response.text()}`);
  const body = response.body;
  const pieces = new Map<string, string>();
  const note = (text: string, at: number): void => {
    if (text !== '') said.set(text, said.has(text) ? NaN : at);
  };
  const hear = (data: string, at: number): void => {
    const event = JSON.parse(data) as {
      type: string;
      event_id?: string;
      delta?: { content?: { text?: string } };
      content?: { text?: string }[];
    };
    if (event.type === 'agent.message') note(event.content?.map(({ text }) => text ?? '').join('') ?? '', at);
    if (event.type !== 'event_delta' || event.event_id === undefined) return;
    const text = (pieces.get(event.event_id) ?? '') + (event.delta?.content?.text ?? '');
    pieces.set(event.event_id, text);
    // The last piece has the same text as the message, which is said once more when it is whole.
    note(`${text}…`, at);
  };
  void (async () => {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const at = now();
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) hear(data, at);
      }
    }
  })().catch(() => undefined);
  return stop;
}

interface Relayed {
  type: string;
  role?: string;
  text?: string;
}

interface Relayed {
  seq?: number;
  type: string;
  role?: string;
  text?: string;
}

/** Milliseconds after the service said it, of all that was heard. */
function delays(said: Said, heard: readonly Heard[]): number[] {
  return heard.flatMap(({ data, at }) => {
    if (data === 'pong') return [];
    const { type, role, text = '' } = JSON.parse(data) as Relayed;
    const since = said.get(type === 'agent_streaming' ? `${text}…` : text) ?? NaN;
    return ['chat_message', 'agent_streaming'].includes(type) && role !== 'user' && !isNaN(since) ? [at - since] : [];
  });
}

/** The numbers of the frames that were heard. */
const numbers = (heard: readonly Heard[]): string => heard.flatMap(({ data }) => (JSON.parse(data) as Relayed).seq ?? []).join();

async function converse(seat: Seat, from: number, turns: number): Promise<void> {
  for (let turn = from; turn < from + turns; turn++) {
    seat.say(wish(turn));
    await seat.over(turn);
  }
}

const milliseconds = (numbers: number[], percent: number): string => percentile(numbers, percent).toFixed(2);

export async function relay(stack: TestStack, sessionKey: string): Promise<void> {
  const faults = new Faults(stack);
  const person = await stack.owner('relay');
  const { conversationId } = await session(person);
  const seat = await Seat.open(person);
  seat.say('A site about my bakery');
  await seat.over(1);
  const [upstream] = await faults.sessions(conversationId);
  if (!upstream) throw new Error('the agent service has no session of this conversation');

  const said: Said = new Map();
  const stop = await listen(stack, upstream.id, said);
  const looksOn = async (count: number, from: number, turns: number): Promise<Heard[][]> => {
    const viewers = await seatViewers(stack, person, sessionKey, count);
    await converse(seat, from, turns);
    return await viewers();
  };
  const [one = []] = await looksOn(1, 2, TURNS);
  await faults.setFor(upstream.id, { stepMs: STEP_MS });
  const many = await looksOn(VIEWERS, 2 + TURNS, TURNS_FOR_MANY);
  stop.abort();
  await seat.close();
  const alone = delays(said, one);
  const together = many.flatMap((heard) => delays(said, heard));
  const whole = many.filter((heard) => numbers(heard) === numbers(many[0] ?? [])).length;
  table(
    ['what the relay adds, milliseconds', 'events', 'p50', 'p99'],
    [
      ['one browser', String(alone.length), milliseconds(alone, 50), milliseconds(alone, 99)],
      [`${VIEWERS} browsers, ${many[0]?.length ?? 0} frames each (${whole} heard all)`, String(together.length), milliseconds(together, 50), milliseconds(together, 99)],
    ],
  );
}

/** Seats browsers of the same person, in as many sessions as it takes. Gives what makes them leave and tell. */
async function seatViewers(stack: TestStack, person: Person, sessionKey: string, count: number): Promise<() => Promise<Heard[][]>> {
  const db = await stack.db();
  const { id: user } = (await db.prepare('SELECT id FROM user WHERE email = ?1').bind(person.email).first<{ id: string }>()) ?? { id: '' };
  const cookies: string[] = [];
  while (cookies.length < count) {
    const [sid, at] = [newId(), Date.now()];
    const insert = 'INSERT INTO session (id, token, user_id, expires_at, created_at, updated_at) VALUES (?1, ?1, ?2, ?3, ?4, ?4)';
    await db.prepare(insert).bind(sid, user, at + 3_600_000, at).run();
    const seconds = Math.floor(at / 1000);
    const cookie = `${SESSION_COOKIE}=${signToken({ sid, uid: user, iat: seconds, exp: seconds + 290 }, sessionKey)}`;
    cookies.push(...Array.from({ length: Math.min(TABS, count - cookies.length) }, () => cookie));
  }
  const { origin } = person;
  const { port, host } = new URL(origin);
  const { lastSeq: after } = await session(person);
  const thread = new Worker(new URL('viewers.ts', import.meta.url), { workerData: { port: Number(port), host, origin, after, cookies } satisfies Seats });
  const told = async <T>(): Promise<T> =>
    await new Promise((resolve, reject) => void thread.once('message', (message) => resolve(message as T)).once('error', reject));
  await told<string>();
  return async () => {
    const heard = told<Heard[][]>();
    thread.postMessage('end');
    return await heard;
  };
}

/** Fills a conversation up, and gets it again and again from its beginning and from its end. */
export async function replay(stack: TestStack): Promise<void> {
  const person = await stack.owner('replay');
  const seat = await Seat.open(person);
  seat.say('A site about my bakery');
  await seat.over(1);
  await seat.close();
  await stack.stack.miniflare().dispose();
  fill(stack.stateDir);
  await stack.stack.restart();

  const timed = async (after: number): Promise<{ ms: number; frames: number }> => {
    const start = performance.now();
    const seat = await Seat.open(person, after);
    const ms = performance.now() - start;
    const frames = seat.log().length;
    await seat.close();
    return { ms, frames };
  };
  const { frames } = await timed(0);
  const [all, none]: [number[], number[]] = [[], []];
  for (let round = 0; round < REPLAYS; round++) {
    all.push((await timed(0)).ms);
    none.push((await timed(frames)).ms);
  }
  table(
    ['coming back, milliseconds', 'p50', 'p99'],
    [
      [`${frames} events missed`, milliseconds(all, 50), milliseconds(all, 99)],
      ['none missed', milliseconds(none, 50), milliseconds(none, 99)],
    ],
  );
}

/** Repeats the frames of the only conversation that has any until there are enough. */
function fill(stateDir: string): void {
  for (const file of globSync('v3/**/*Conversation*/*.sqlite', { cwd: stateDir })) {
    const db = new DatabaseSync(join(stateDir, file));
    const tables = db.prepare("SELECT COUNT(*) AS n FROM sqlite_master WHERE name = 'log'").get() as { n: number };
    const rows = tables.n === 0 ? [] : (db.prepare('SELECT kind, turn, door, frame FROM log ORDER BY seq').all() as Record<string, string | number | null>[]);
    const insert = rows.length === 0 ? undefined : db.prepare('INSERT INTO log (seq, kind, turn, door, frame) VALUES (?, ?, ?, ?, ?)');
    for (let seq = rows.length + 1; insert && seq <= EVENTS; seq++) {
      const { kind, turn, door, frame } = rows[seq % rows.length] ?? {};
      insert.run(seq, kind ?? '', turn ?? null, door ?? '', JSON.stringify({ ...(JSON.parse(String(frame)) as object), seq }));
    }
    db.close();
  }
}
