/**
 * Whether the social layer stays as quick while it grows: the same questions, asked of a database with a few sites and of
 * one with a hundred times as many. The rows are written straight into the file, between two starts of the stack: through
 * the workers it would take a day.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from '../../tests/http/harness.ts';
import { SESSION_COOKIE, SESSION_KEY, signToken } from '../../tests/http/session-token.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { table } from './table.ts';

/** Follows and reactions for each site. */
const EACH = 5;
/** Requests of each question; the time that is told is of the one in the middle. */
const REQUESTS = 60;
const DAY_MS = 86_400_000;

/** Ids as ours are: 24 letters. The readers' come first. */
const id = (kind: string, of: string): string => `printf('${kind}%023d', ${of})`;
const numbers = (count: number): string => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
/** Primes, so that multiples of them meet every number up to a count once before they meet any twice. */
const PRIMES = [2654435761, 2246822519, 3266489917, 2971215073, 668265263, 374761393, 15485863] as const;
type Salt = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/**
 * Two readers: one follows 10 sites, the other 5,000. What is theirs is of the same size however large the world is, for
 * it is the world's size that is asked about; so no site of the world has anything to do with them but by what is said here.
 */
const READERS = [{ site: 1, follows: 10 }, { site: 2, follows: 5000 }] as const;
/** The site whose page is measured. */
const PLACE = 3;
/** The first site of the world. */
const FIRST = 4;
/** Followers of a reader. */
const FOLLOWERS = 100;
/** Notifications of a reader, spread over all the time that the world's took. */
const NOTIFICATIONS = 200;
/** Anchors of a page, and reactions of an anchor. */
const [ANCHORS, REACTIONS] = [10, 5];

/** Some site of the world's, always the same for the same number, in no order that an index would like. */
function some(sites: number, of: string, salt: Salt): string {
  const world = sites - FIRST + 1;
  return `${FIRST} + ((${of}) * ${PRIMES[salt]} + ((${of}) / ${world}) * 7919) % ${world}`;
}

function file(stateDir: string): string {
  const found = readdirSync(stateDir, { recursive: true, encoding: 'utf8' }).filter((name) => /d1.*\.sqlite$/.test(name) && !name.includes('metadata'));
  for (const name of found) {
    const db = new DatabaseSync(join(stateDir, name));
    const is = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'feed_item'").get() !== undefined;
    db.close();
    if (is) return join(stateDir, name);
  }
  throw new Error(`no database among ${found.join(', ')}`);
}

/** Fills a database. What triggers would keep in step, row by row, is worked out once at the end. */
function seed(path: string, sites: number): void {
  const db = new DatabaseSync(path);
  const now = Date.now();
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY');
  const tables = ['user', 'site', 'follow', 'feed_item', 'page', 'anchor', 'reaction', 'sticker', 'notification'];
  const kept = db
    .prepare(`SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' OR type = 'index' AND tbl_name IN (${tables.map((name) => `'${name}'`).join()}))`)
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of kept) db.exec(`DROP ${type} ${name}`);

  const [rows, world] = [sites * EACH, sites - FIRST + 1];
  const others = (of: string, salt: Salt): string => some(sites, of, salt);
  const own = READERS.map(({ site }) => site);
  db.exec(`BEGIN;
    ${numbers(sites)} INSERT INTO user (id, name, email, created_at, updated_at)
      SELECT ${id('u', 'i')}, 'Person ' || i, 'person-' || i || '@example.test', i, i FROM n;
    ${numbers(sites)} INSERT INTO site (id, domain, user_id, kind, status, created_at, updated_at, proof_method)
      SELECT ${id('s', 'i')}, 'site-' || i || '.example', ${id('u', 'i')}, 'external', 'live', ${now} - (${sites} - i) * 1000, ${now}, 'tag' FROM n;
    INSERT INTO feed_item (kind, source_id, site_id, guid, published_at, created_at) SELECT 'member', id, id, 'member', created_at, created_at FROM site ORDER BY created_at;
    ${numbers(world)} INSERT INTO feed_item (kind, source_id, site_id, guid, url, title, summary, published_at, created_at)
      SELECT 'post', ${id('s', others('i', 0))}, ${id('s', others('i', 0))}, 'guid-' || i, 'https://site.example/' || i, 'Post number ' || i,
        'A summary of some words, as a feed has it.', ${now}, ${now} FROM n;
    ${numbers(rows)} INSERT INTO follow (follower_id, followee_id, created_at)
      SELECT ${id('s', `${FIRST} + i % ${world}`)}, ${id('s', others('i', 1))}, ${now} FROM n WHERE ${FIRST} + i % ${world} <> ${others('i', 1)};
    ${READERS.map(({ site, follows }) => `${numbers(Math.min(follows, world))} INSERT INTO follow (follower_id, followee_id, created_at)
      SELECT ${id('s', String(site))}, ${id('s', others('i', 2))}, ${now} FROM n;
      ${numbers(FOLLOWERS)} INSERT INTO follow (follower_id, followee_id, created_at) SELECT ${id('s', others('i', 3))}, ${id('s', String(site))}, ${now} FROM n;`).join('\n')}
    ${numbers(Math.ceil(rows / (ANCHORS * REACTIONS)))} INSERT INTO page (id, url, site_id, title, created_at)
      SELECT ${id('p', 'i')}, 'https://site-' || site || '.example/' || i, ${id('s', 'site')}, 'A page', ${now}
      FROM (SELECT i, CASE i WHEN 1 THEN ${PLACE} ELSE ${others('i', 3)} END AS site FROM n);
    ${numbers(Math.ceil(rows / REACTIONS))} INSERT INTO anchor (id, page_id, exact, prefix, suffix, start, x, y, created_at, updated_at)
      SELECT ${id('a', 'i')}, ${id('p', `1 + (i - 1) / ${ANCHORS}`)}, 'a sentence of the page', 'before it ', ' after it', i % 5000, 50, 50, ${now}, ${now} FROM n;
    ${numbers(rows)} INSERT INTO reaction (id, anchor_id, page_id, site_id, author_user_id, author_site_id, signal, body, created_at, updated_at)
      SELECT ${id('r', 'i')}, anchor.id, page.id, page.site_id, ${id('u', others('i', 4))}, ${id('s', others('i', 4))},
        CASE i % 3 WHEN 0 THEN 'heart' WHEN 1 THEN 'idea' ELSE 'question' END, CASE WHEN i % 5 = 0 THEN 'Some words about it.' ELSE '' END, ${now}, ${now}
      FROM n CROSS JOIN anchor ON anchor.id = ${id('a', `1 + (i - 1) / ${REACTIONS}`)} CROSS JOIN page ON page.id = anchor.page_id;
    INSERT INTO sticker (anchor_id, signal, page_id, tilt, count) SELECT anchor_id, signal, page_id, 3, count(*) FROM reaction GROUP BY anchor_id, signal, page_id;
    ${numbers(rows)} INSERT INTO notification (site_id, kind, actor_site_id, subject_id, created_at, read_at)
      SELECT ${id('s', `CASE WHEN i % ${rows / NOTIFICATIONS} < ${own.length} THEN 1 + i % ${rows / NOTIFICATIONS} ELSE ${others('i', 5)} END`)},
        'reaction', ${id('s', others('i', 6))}, 'r' || i, ${now}, CASE WHEN i % 3 > 0 THEN ${now} END FROM n;
    COMMIT`);
  for (const { type, sql } of kept.sort((a, b) => a.type.localeCompare(b.type))) {
    if (type === 'index') db.exec(sql);
  }
  db.exec(`UPDATE site SET followers = (SELECT count(*) FROM follow WHERE followee_id = site.id), following = (SELECT count(*) FROM follow WHERE follower_id = site.id)`);
  for (const { type, sql } of kept) if (type === 'trigger') db.exec(sql);
  db.exec('PRAGMA journal_mode = WAL');
  db.close();
}

interface Question {
  name: string;
  path: string;
  reader?: number;
}

const QUESTIONS: Question[] = [
  { name: 'hub feed, a visitor', path: '/api/feed' },
  { name: 'hub feed, a member', path: '/api/feed', reader: 1 },
  { name: 'friends feed, follows 10', path: '/api/feed?scope=following', reader: 1 },
  { name: 'friends feed, follows 5,000', path: '/api/feed?scope=following', reader: 2 },
  { name: 'reactions of a page', path: `/api/notch/reactions?url=${encodeURIComponent(`https://site-${PLACE}.example/1`)}` },
  { name: 'notifications', path: '/api/notch/notifications', reader: 1 },
  { name: 'profile', path: '/api/notch/sites/site-1.example', reader: 2 },
  { name: 'the page of the hub', path: '/', reader: 1 },
];

function client(stack: Stack, reader?: number): Client {
  const somebody = new Client(stack.addresses.app);
  if (reader !== undefined) {
    const now = Math.floor(Date.now() / 1000);
    const uid = `u${String(reader).padStart(23, '0')}`;
    somebody.cookies.set(SESSION_COOKIE, signToken({ sid: 'a'.repeat(24), uid, iat: now, exp: now + DAY_MS / 1000 }));
  }
  return somebody;
}

/** Milliseconds of one answer; `null` when there is none. */
async function timed(somebody: Client, path: string): Promise<number | null> {
  const begun = performance.now();
  const answer = await somebody.fetch(path);
  await answer.arrayBuffer();
  return answer.status === 200 ? performance.now() - begun : null;
}

/** Milliseconds of the request in the middle, for each of the worlds; `null` for one that gives no answer. */
async function medians(worlds: Stack[], { path, reader }: Question): Promise<(number | null)[]> {
  const clients = worlds.map((stack) => client(stack, reader));
  const times: (number | null)[][] = worlds.map(() => []);
  for (let request = 0; request < REQUESTS + 10; request++) {
    // Each in turn, so that whatever else the machine does meanwhile falls on both.
    for (const [at, somebody] of clients.entries()) {
      const time = await timed(somebody, path);
      if (request >= 10) times[at]!.push(time);
    }
  }
  return times.map((all) => (all.includes(null) ? null : (all as number[]).sort((a, b) => a - b)[REQUESTS / 2] ?? null));
}

/** A stack with so many sites. */
async function world(stateDir: string, sites: number): Promise<Stack> {
  const options = { port: 0, stateDir, settings: { SESSION_KEY } };
  await (await startStack(options)).close();
  const begun = performance.now();
  const path = file(stateDir);
  seed(path, sites);
  console.log(`${sites.toLocaleString('en')} sites were written in ${Math.round((performance.now() - begun) / 1000)} s, ${Math.round(statSync(path).size / 1e6).toLocaleString('en')} MB`);
  return await startStack(options);
}

/** Prints what each question takes of few sites and of many, and the ratio of the two. */
export async function social(few = 10_000, many = 1_000_000): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vetka-social-'));
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  const stop = (): void => process.exit(130);
  // Gigabytes, which are not left behind by somebody who does not wait for the end either.
  process.once('exit', clean).once('SIGINT', stop).once('SIGTERM', stop);
  const worlds: Stack[] = [];
  try {
    for (const sites of [few, many]) worlds.push(await world(join(folder, String(sites)), sites));
    const rows: string[][] = [];
    for (const question of QUESTIONS) {
      const [small, large] = (await medians(worlds, question)) as [number | null, number | null];
      const ms = (time: number | null): string => (time === null ? 'no answer' : `${time.toFixed(1)} ms`);
      rows.push([question.name, ms(small), ms(large), small === null || large === null ? '' : (large / small).toFixed(2)]);
    }
    table(['the social layer', `${few.toLocaleString('en')} sites`, `${many.toLocaleString('en')} sites`, 'ratio'], rows);
  } finally {
    for (const stack of worlds) await stack.close();
    clean();
    process.removeListener('exit', clean).removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  }
}
