/** What whoever runs Vetka does by hand: finds, sets right, changes keys. Says what it will do and asks, or takes --yes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Answer } from './operate/ask.ts';
import { command, placeOf, PLACE_USAGE, readOptions } from './operate/command.ts';
import { consent } from './operate/consent.ts';
import { reseal, type Part, type Resealed } from './operate/reseal.ts';
import { checkBegun, DAYS, finish, isChanged, localSecrets, rotate, rotateLocal, SECRETS_KEY, SESSION_KEY, versionOf, type Changeable, type Push } from './operate/rotate.ts';
import { Api } from './release/api.ts';
import { committedDomain, configure, readAllCommitted } from './release/config.ts';
import { accountOf } from './release/preflight.ts';
import { readSecrets, secretsFile, wanted, type Secrets } from './release/secrets.ts';
import { OperatorError, readTarget, type Target } from './release/target.ts';
import { Wrangler } from './release/wrangler.ts';
import { root } from './stack/root.ts';
import { stateSecrets } from './stack/settings.ts';

const USAGE = `Usage: scripts/admin <command> [options]

  find WHAT            an account by address, handle or id; a site by domain, name or id
  clear-session SITE   the agent of a site begins anew; what was said and published stays
  take-down SITE       visitors are told why; --reason law, abuse or unsafe; --note TEXT for its owner
  put-back SITE        a site that was taken down is as it was
  reports              what people have reported and nobody has looked at
  reports close REF    somebody has; --note TEXT says what was done
  resync SITE | --all  visitors' copy of what is live is written once more
  rotate-keys          a new SESSION_KEY; nobody is signed out
  rotate-keys --finish drops the old one, ${DAYS} days later
  rotate-secrets       a new SECRETS_KEY; what the old one has sealed is sealed again
  rotate-secrets --finish
                       drops the old one, a few minutes later, when nothing is left of it

  --target T           which installation (production)
${PLACE_USAGE}
  --yes                do it without asking
  --json               print what was found or done as JSON

ADMIN_KEY comes from the secrets file; scripts/deploy has written it there. rotate-keys and rotate-secrets take
CLOUDFLARE_API_TOKEN as scripts/deploy does.
`;

interface FoundSite {
  id: string;
  domain: string;
  kind: string;
  status: string;
  userId: string;
  email: string;
  live: string | null;
  waiting: boolean;
  takenDown: string | null;
  versions: number;
  conversations: number;
  createdAt: string;
  deleted: boolean;
}

interface FoundAccount {
  id: string;
  email: string;
  name: string;
  handle: string | null;
  createdAt: string;
  deletionAt: string | null;
  sessions: number;
}

interface Found {
  accounts: FoundAccount[];
  sites: FoundSite[];
}

function options() {
  const { values, positionals } = readOptions(USAGE, {
    target: { type: 'string', default: 'production' },
    all: { type: 'boolean', default: false },
    reason: { type: 'string' },
    note: { type: 'string', default: '' },
    finish: { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
  });
  return { ...values, ...placeOf(values.target, values), command: positionals[0] ?? '', what: positionals[1], more: positionals.slice(2) };
}

type Asked = ReturnType<typeof options>;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The door of an installation. */
class Door {
  readonly #origin: string;
  readonly #key: string;
  readonly #edge: string | undefined;

  constructor(origin: string, key: string, edge?: string) {
    this.#origin = origin;
    this.#key = key;
    this.#edge = edge;
  }

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    let answer = await this.#ask(method, path, body);
    // Asked for a lot at once, it says when to come again; nothing was done.
    for (let wait = waitOf(answer); wait !== undefined; wait = waitOf(answer)) {
      await sleep(wait * 1000);
      answer = await this.#ask(method, path, body);
    }
    const { status, body: text } = answer;
    if (status >= 200 && status < 300) return (text === '' ? {} : JSON.parse(text)) as T;
    const said = refusal(text);
    if (status === 401) throw new OperatorError(`${this.#origin} does not take this ADMIN_KEY.`);
    throw new OperatorError(said ?? `${this.#origin} answered ${status} to ${method} ${path}.`);
  }

  async #ask(method: string, path: string, body?: object): Promise<Answer> {
    return await ask(`${this.#origin}/api/admin/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...(method === 'GET' ? {} : { origin: this.#origin }), ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      edge: this.#edge,
    }).catch((error: unknown) => {
      throw new OperatorError(`${this.#origin} does not answer: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** The one site that a word means. */
  async site(word: string): Promise<FoundSite> {
    const { sites } = await this.call<Found>('GET', `find?q=${encodeURIComponent(word)}`);
    const [only] = sites;
    if (!only) throw new OperatorError(`There is no site "${word}".`);
    if (sites.length > 1) throw new OperatorError(`"${word}" means several sites. Take an id:\n${sites.map((site) => `  ${site.id} ${site.domain}`).join('\n')}`);
    return only;
  }
}

/** The longest that is waited for a limit, in seconds. */
const WAIT = 30;

/** How many seconds a limit asks to wait; undefined for any other answer, and for longer than anybody waits. */
function waitOf({ status, headers }: Answer): number | undefined {
  const wait = Number(headers['retry-after']);
  return status === 429 && wait > 0 && wait <= WAIT ? wait : undefined;
}

function refusal(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

const target = (asked: Asked): Target => readTarget(asked.target, asked.settings, committedDomain(readAllCommitted()));

/** The state folder of the local stack, which must be one. */
function ofStack({ state }: Asked): string {
  if (!existsSync(join(state, 'secrets.json'))) throw new OperatorError(`${state} is no state folder of a local stack. Start one with scripts/dev, or name it with --state.`);
  return state;
}

function door(asked: Asked): Door {
  if (asked.local) {
    return new Door(asked.url, stateSecrets(ofStack(asked))['ADMIN_KEY'] ?? '', asked.edge);
  }
  const file = secretsFile(asked.settings, asked.target, asked.secrets);
  const key = readSecrets(file)['ADMIN_KEY'];
  if (!key) throw new OperatorError(`${file} has no ADMIN_KEY. scripts/deploy makes one, writes it there and deploys it.`);
  return new Door(`https://${target(asked).domain}`, key, asked.edge);
}

/** Whatever was found, in lines for a person. */
function lines({ accounts, sites }: Found): string[] {
  if (accounts.length + sites.length === 0) return ['Nothing is called that.'];
  return [
    ...accounts.map(({ id, email, name, handle, createdAt, deletionAt, sessions }) =>
      `account ${id}  ${email}${name ? `  ${name}` : ''}${handle ? `  @${handle}` : ''}  since ${createdAt.slice(0, 10)}, signed in ${sessions === 1 ? 'once' : `${sessions} times`}${deletionAt ? `, to be deleted ${deletionAt.slice(0, 10)}` : ''}`),
    ...sites.map((site) =>
      `site    ${site.id}  ${site.domain}  of ${site.email}  ${site.kind}, ${site.status}, ${site.versions} versions, ${site.conversations} conversations${site.live ? `, live ${site.live}` : ''}${site.waiting ? ', visitors are yet to see it' : ''}${site.takenDown ? `, taken down for ${site.takenDown}` : ''}${site.deleted ? ', being deleted' : ''}`),
  ];
}

async function rotateKeys(asked: Asked): Promise<object> {
  const words = asked.finish
    ? 'The old SESSION_KEY will be worth nothing: whoever has not been here since it was changed is signed out.'
    : `SESSION_KEY will be changed. Nobody is signed out: the old key is taken until you drop it with rotate-keys --finish, ${DAYS} days from now, when no session is left that it has signed. Limits start again from zero.`;
  if (asked.local) {
    const state = ofStack(asked);
    await consent(`${words}\nThe local stack has to be started again afterwards.`, asked.yes);
    rotateLocal(SESSION_KEY, state, asked.finish);
    return { rotated: !asked.finish, finished: asked.finish };
  }
  const { file, secrets, names, push } = await holdersOf(SESSION_KEY, asked);
  await consent(`${words}\nIt goes to ${names.join(' and ')}, and is written to ${file}.`, asked.yes);
  if (asked.finish) await finish(SESSION_KEY, file, secrets, push);
  else await rotate(SESSION_KEY, file, secrets, push, say);
  return { rotated: !asked.finish, finished: asked.finish };
}

interface RotatedSecrets extends Resealed {
  rotated: boolean;
  finished: boolean;
}

async function rotateSecrets(asked: Asked): Promise<RotatedSecrets> {
  const words = asked.finish
    ? 'What the old SECRETS_KEY has sealed will be sealed again, and when nothing is left of it the old key will be dropped.'
    : `SECRETS_KEY will be changed, and what the old one has sealed will be sealed again. Nobody notices. The old key is taken until you drop it with rotate-secrets --finish, a few minutes from now.`;
  const all = async (key: string): Promise<Resealed> => {
    const at = door(asked);
    return await reseal(async (after) => await at.call<Part>('POST', 'secrets/reseal', { after }), versionOf(key), say, asked.local ? 10 : 1000);
  };
  /** Nothing that the old key has sealed may be left when it goes. */
  const allOf = async (key: string): Promise<RotatedSecrets> => {
    const result = await all(key);
    if (result.left === 0) return { rotated: false, finished: true, ...result };
    const which = result.unreadable > 0 ? `${result.unreadable} do not open with it, so they are damaged or it is not the key that sealed them` : 'run this again';
    throw new OperatorError(`The old key stays: ${result.left} secrets are still sealed with it; ${which}.`);
  };
  if (asked.local) {
    const state = ofStack(asked);
    checkBegun(SECRETS_KEY, localSecrets(state), asked.finish);
    await consent(`${words}\nThe local stack has to be started again afterwards.`, asked.yes);
    const result = asked.finish ? await allOf(localSecrets(state)['SECRETS_KEY'] ?? '') : { rotated: true, finished: false, resealed: 0, left: 0, unreadable: 0, lost: 0 };
    rotateLocal(SECRETS_KEY, state, asked.finish);
    return result;
  }
  const { file, secrets, names, push } = await holdersOf(SECRETS_KEY, asked);
  if (asked.finish) checkBegun(SECRETS_KEY, secrets, true);
  const goesOn = !asked.finish && isChanged(SECRETS_KEY, secrets);
  await consent(goesOn ? 'SECRETS_KEY is changed already. What the old one has sealed will be sealed again.' : `${words}\nIt goes to ${names.join(' and ')}, and is written to ${file}.`, asked.yes);
  if (asked.finish) {
    const result = await allOf(secrets['SECRETS_KEY'] ?? '');
    await finish(SECRETS_KEY, file, secrets, push);
    return result;
  }
  if (!goesOn) await rotate(SECRETS_KEY, file, secrets, push, say);
  return { rotated: !goesOn, finished: false, ...(await all(readSecrets(file)['SECRETS_KEY'] ?? '')) };
}

/** What came of it, for a person. */
function wordsOf({ finished, resealed, left, lost }: RotatedSecrets, local: boolean): string {
  const gone = lost === 0 ? '' : ` ${lost} were sealed with a key that nobody has any more: whoever put them has to put them again.`;
  if (finished) return `The old key is dropped.${gone}`;
  if (local) return 'The key is changed. Start the local stack again, and then: scripts/admin rotate-secrets --local --finish';
  return `The key is changed, and ${resealed} secrets are sealed with the new one${left === 0 ? '' : `; ${left} are not yet`}. In a few minutes: scripts/admin rotate-secrets --finish${gone}`;
}

/** Who holds a key at Cloudflare, where it is written down here, and how it gets there. */
async function holdersOf(key: Changeable, asked: Asked): Promise<{ file: string; secrets: Secrets; names: string[]; push: Push }> {
  const [file, to] = [secretsFile(asked.settings, asked.target, asked.secrets), target(asked)];
  const secrets = readSecrets(file);
  const token = process.env['CLOUDFLARE_API_TOKEN'];
  if (!token) throw new OperatorError('CLOUDFLARE_API_TOKEN is not set; secrets are sent to Cloudflare with it.');
  const takers = configure(to, join(root, 'build/deploy', to.name)).filter((worker) => wanted(worker).all.includes(key.name));
  const names = takers.map(({ config }) => config.name);
  let wrangler: Wrangler | undefined;
  const push: Push = async (changed) => {
    wrangler ??= await wranglerOf(token, to);
    for (const name of names) await wrangler.run(wrangler.scratch('.'), ['secret', 'bulk', '--name', name], JSON.stringify(changed));
  };
  return { file, secrets, names, push };
}

async function wranglerOf(token: string, to: Target): Promise<Wrangler> {
  const api = new Api(token, process.env['CLOUDFLARE_API_BASE_URL']);
  const wrangler = new Wrangler({ token, accountId: await accountOf(api, to.accountId ?? process.env['CLOUDFLARE_ACCOUNT_ID']), base: api.base });
  process.once('exit', () => wrangler.close());
  return wrangler;
}

async function run(asked: Asked): Promise<void> {
  const need = (): string => {
    if (asked.what === undefined || asked.more.length > 0) throw new OperatorError(`${asked.command} wants one thing to be named.\n\n${USAGE}`);
    return asked.what;
  };
  const done = (result: object, words: string): void => print(asked.json ? JSON.stringify(result) : words);
  switch (asked.command) {
    case 'find': {
      const found = await door(asked).call<Found>('GET', `find?q=${encodeURIComponent(need())}`);
      return done(found, lines(found).join('\n'));
    }
    case 'clear-session': {
      const [at, word] = [door(asked), need()];
      const site = await at.site(word);
      await consent(`The agent of ${site.domain} (${site.email}) will begin anew: its session goes. What was said and what was published stay, and the owner reads of it.`, asked.yes);
      await at.call('DELETE', `sites/${site.id}/agent-session`);
      return done({ site: site.id, cleared: true }, `The next message about ${site.domain} begins a new session.`);
    }
    case 'take-down': {
      if (!['law', 'abuse', 'unsafe'].includes(asked.reason ?? '')) throw new OperatorError('Say why: --reason law, abuse or unsafe.');
      const at = door(asked);
      const site = await at.site(need());
      await consent(`${site.domain} (${site.email}) will be taken down for ${asked.reason}, within seconds: visitors are told so, nothing can be published, and its owner gets a mail${asked.note ? ` with your note, "${asked.note}"` : ''}. Nothing of it is lost.`, asked.yes);
      await at.call('PUT', `sites/${site.id}/takedown`, { reason: asked.reason, note: asked.note });
      return done({ site: site.id, takenDown: asked.reason }, `${site.domain} is down. scripts/admin put-back ${site.domain} puts it back.`);
    }
    case 'put-back': {
      const at = door(asked);
      const site = await at.site(need());
      await consent(`${site.domain} (${site.email}) will be as it was${site.takenDown ? '' : ', though it is not taken down'}; its owner gets a mail.`, asked.yes);
      await at.call('DELETE', `sites/${site.id}/takedown`);
      return done({ site: site.id, takenDown: null }, `${site.domain} is back.`);
    }
    case 'reports': {
      const at = door(asked);
      if (asked.what === undefined) {
        const { reports } = await at.call<{ reports: { id: string; url: string; reason: string; details: string }[] }>('GET', 'reports');
        return done({ reports }, reports.length === 0 ? 'There is nothing to look at.' : reports.map(({ id, url, reason, details }) => `${id}  ${reason}  ${url}${details ? `\n    ${details.replaceAll('\n', '\n    ')}` : ''}`).join('\n'));
      }
      const [reference] = asked.more;
      if (asked.what !== 'close' || reference === undefined) throw new OperatorError(`Name the report: scripts/admin reports close REF\n\n${USAGE}`);
      await consent(`The report ${reference} will be closed.`, asked.yes);
      await at.call('POST', `reports/${encodeURIComponent(reference)}/close`, { outcome: asked.note });
      return done({ closed: reference }, `The report ${reference} is closed.`);
    }
    case 'resync': {
      if (asked.all === (asked.what !== undefined)) throw new OperatorError(`Name one site, or say --all.\n\n${USAGE}`);
      const at = door(asked);
      const site = asked.all ? undefined : await at.site(need());
      await consent(`What visitors are to see of ${site ? site.domain : 'every site'} will be written to the edge once more, within a minute or so.`, asked.yes);
      let [sites, after] = [0, ''];
      for (;;) {
        const part = await at.call<{ sites: number; next: string | null }>('POST', 'resync', site ? { site: site.id } : { after });
        sites += part.sites;
        if (part.next === null) break;
        after = part.next;
      }
      return done({ sites }, `${sites} ${sites === 1 ? 'site is' : 'sites are'} written once more.`);
    }
    case 'rotate-keys':
      return done(await rotateKeys(asked), asked.finish ? 'The old key is dropped.' : `The key is changed. On ${new Date(Date.now() + DAYS * 86_400_000).toISOString().slice(0, 10)} or later: scripts/admin rotate-keys --finish`);
    case 'rotate-secrets': {
      const result = await rotateSecrets(asked);
      return done(result, wordsOf(result, asked.local));
    }
    default:
      throw new OperatorError(USAGE);
  }
}

await command('admin', async () => {
  const asked = options();
  if (asked.help) process.stdout.write(USAGE);
  else await run(asked);
});
