// What is there at the first start: three people, an organisation, and three repositories of ours with a short history.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Forge } from './forge.ts';
import { stamp } from './store.ts';
import { initialize, newRepository, protection } from './taking-in.ts';
import type { Organization, Permission, Protection, Repository, User } from './types.ts';

const SAMPLES = fileURLToPath(new URL('samples', import.meta.url));

const ANN: User = { id: 5_833_001, login: 'ann-ash', name: 'Ann Ash', email: 'ann@gmail.com' };
const CLEO: User = { id: 5_833_002, login: 'cleo-cedar', name: 'Cleo Cedar', email: 'cleo@example.com' };
/** Has no repository, and nobody has let him into theirs. */
const FINN: User = { id: 5_833_004, login: 'finn-fir', name: 'Finn Fir', email: 'finn@example.com' };
const HARBOR_WORKS: Organization = { id: 5_833_003, login: 'harbor-works', name: 'Harbor Works', members: { 'ann-ash': 'admin' } };

interface Sample {
  owner: string;
  name: string;
  description: string;
  private?: boolean;
  collaborators?: Record<string, Permission>;
  protections?: Record<string, Protection>;
  /** Oldest first. Each takes the files whose names begin as one of these; the last takes what is left. */
  history: readonly { message: string; author: User; at: string; files: readonly string[] }[];
}

const SAMPLES_OF: readonly Sample[] = [
  {
    owner: 'ann-ash', name: 'harbor-bakery', description: 'The website of Harbor Bakery on Quay Street', collaborators: { 'cleo-cedar': 'push' },
    history: [
      { message: 'A server for the new website', author: ANN, at: '2026-02-03T05:12:00Z', files: ['package.json', 'serve.js'] },
      { message: 'The first page, and what it looks like', author: ANN, at: '2026-02-07T14:40:00Z', files: ['site/index.html', 'site/style.css', 'site/logo.svg'] },
      { message: 'Say who we are, and how to order a cake\n\nThe prices are those of March.', author: CLEO, at: '2026-03-01T16:05:00Z', files: [] },
    ],
  },
  {
    owner: 'ann-ash', name: 'tide-tables', description: 'High and low water for small harbours', protections: { main: protection({ requiredReviews: 1, enforceAdmins: true }) },
    history: [
      { message: 'Compute high and low water', author: ANN, at: '2026-01-11T19:22:00Z', files: ['package.json', 'lib/tides.js', 'test/'] },
      { message: 'Show the tides of four harbours', author: ANN, at: '2026-01-18T20:01:00Z', files: [] },
    ],
  },
  {
    owner: 'harbor-works', name: 'crew-handbook', description: 'For those who work here', private: true,
    history: [{ message: 'What everybody asks on their first day', author: ANN, at: '2026-02-20T08:30:00Z', files: [] }],
  },
];

/** Writes a history for `git fast-import`, which takes all of it at once. */
function historyOf({ owner, name, history }: Sample): Buffer {
  const folder = join(SAMPLES, owner, name);
  let left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/')).sort();
  const parts: Buffer[] = [];
  const say = (text: string): void => void parts.push(Buffer.from(text));
  const data = (bytes: Buffer): void => {
    say(`data ${bytes.length}\n`);
    parts.push(bytes, Buffer.from('\n'));
  };
  for (const [index, { message, author, at, files }] of history.entries()) {
    const isLast = index === history.length - 1;
    const own = left.filter((file) => isLast || files.some((start) => file.startsWith(start)));
    left = left.filter((file) => !own.includes(file));
    const who = `${author.name} <${author.email}> ${Date.parse(at) / 1000} +0000`;
    say(`commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n`);
    data(Buffer.from(`${message}\n`));
    for (const file of own) {
      say(`M 100644 inline ${file}\n`);
      data(readFileSync(join(folder, file)));
    }
  }
  say('done\n');
  return Buffer.concat(parts);
}

async function plant(forge: Forge, sample: Sample): Promise<Repository> {
  const { owner, name, description, history, private: isPrivate = false, collaborators = {}, protections = {} } = sample;
  const [first, last] = [history[0], history.at(-1)];
  const [createdAt, pushedAt] = [stamp(Date.parse(first?.at ?? '')), stamp(Date.parse(last?.at ?? ''))];
  const repository = newRepository(forge, { owner, name, description, private: isPrivate, collaborators, protections, createdAt, updatedAt: pushedAt, pushedAt });
  const folder = await initialize(forge, repository);
  await forge.git.text(folder, ['fast-import', '--quiet', '--done', '--date-format=raw'], { input: historyOf(sample) });
  return repository;
}

/** Fills a forge that is empty. One that was filled in an earlier run stays as it is. */
export async function seed(forge: Forge): Promise<void> {
  const { state } = forge.store;
  if (state.users.length > 0) return;
  state.organizations = [structuredClone(HARBOR_WORKS)];
  state.nextId = 5_833_100;
  state.repositories = await Promise.all(SAMPLES_OF.map((sample) => plant(forge, structuredClone(sample))));
  // Last: a start that was broken off begins anew.
  state.users = structuredClone([ANN, CLEO, FINN]);
  forge.store.save();
}
