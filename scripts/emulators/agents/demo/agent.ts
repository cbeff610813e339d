// The demo agent: no model, but an honest client of the product. It reads a request by rules, writes a real
// site, and publishes it through the same relay, with the same tool calls, as a real agent. It says what it
// is, and it says so when it does not understand.

import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../checks.ts';
import { mayReach } from '../environments.ts';
import { resultText, type Hands, type ToolOutcome } from '../hands.ts';
import type { LiveSession } from '../live.ts';
import type { Store } from '../store.ts';
import type { Mind } from '../turns.ts';
import { asksForSite, readBrief } from './brief.ts';
import { change, inOneSentence } from './change.ts';
import { readMessage, type Told } from './context.ts';
import { parseModel, type SiteModel } from './model.ts';
import { pictureFor, type Picture } from './pictures.ts';
import { errorIn, parseCredentials, publish, send, type File } from './relay.ts';
import { render } from './render.ts';
import * as say from './say.ts';
import { readWishes } from './wishes.ts';

/** What the agent keeps between the turns of a session. */
interface Memory {
  introduced: boolean;
  site: SiteModel | null;
  /** Where the bytes of the site's pictures are kept: path to file id. */
  pictures: Record<string, string>;
  /** Uploads that were there in earlier turns. */
  seen: string[];
  publishedAt: number;
}

const WORK = '/workspace/site';
/** So long after publishing, a visitor's cache may still show the version before. */
const CACHE_MS = 8_000;

function memoryOf(live: LiveSession): Memory {
  const raw = live.record.memory;
  const empty: Memory = { introduced: false, site: null, pictures: {}, seen: [], publishedAt: 0 };
  return isObject(raw) ? { ...empty, ...(raw as Partial<Memory>) } : empty;
}

const ok = (text: string): ToolOutcome => ({ text, isError: false });
/** How often it is tried to reach the door for publishing, and how long is waited between, more each time. */
const TRIES = 5;
const RETRY_MS = 300;

const failed = (text: string): ToolOutcome => ({ text, isError: true });

class Visit {
  readonly #live: LiveSession;
  readonly #hands: Hands;
  readonly #store: Store;
  readonly #told: Told;
  readonly #memory: Memory;
  /** When the message was taken up; the same again when a restart takes the turn up once more. */
  readonly #askedAt: number;

  constructor(live: LiveSession, hands: Hands, store: Store, told: Told, askedAt: number) {
    this.#live = live;
    this.#hands = hands;
    this.#store = store;
    this.#told = told;
    this.#memory = memoryOf(live);
    this.#askedAt = askedAt;
  }

  async answer(): Promise<void> {
    const { words } = this.#told;
    await this.#hands.think();
    const current = await this.#currentSite();
    const taken = current === null || current === 'foreign' ? [] : current.photos.map(({ path }) => path);
    const picture = pictureFor(this.#told, this.#live, this.#store, this.#memory.seen, taken);
    if (words === '' && !picture?.isNew) await this.#speak(say.nothingSaid());
    else if (current !== null && say.greets(words) && !picture?.isNew) await this.#speak(say.ready());
    else if (current === 'foreign') await this.#afresh(picture, say.notMine());
    else if (current === null || say.asksForAnother(words)) await this.#afresh(picture, current === null ? say.help(words) : null);
    else await this.#modify(current, picture);
    this.#remember();
  }

  /** The first words of a session say what is talking. */
  async #speak(text: string): Promise<void> {
    await this.#hands.say(this.#memory.introduced ? text : `${say.introduction()}\n\n${text}`);
    this.#memory.introduced = true;
  }

  /** Only at the very end: a turn that is taken up again must find the memory that it began with. */
  #remember(): void {
    this.#live.record.memory = { ...this.#memory, seen: this.#mounted() };
    this.#live.save();
  }

  #mounted(): string[] {
    return this.#live.record.session.resources.flatMap((resource) => (resource.type === 'file' ? [resource.file_id] : []));
  }

  /** The site as it is live; what this session published last where caches may still be behind. */
  async #currentSite(): Promise<SiteModel | 'foreign' | null> {
    const { versionUrl, nothingLive } = this.#told;
    const siteUrl = versionUrl ?? this.#told.siteUrl;
    const own = this.#memory.site;
    const fresh = versionUrl === null && own !== null && this.#askedAt - this.#memory.publishedAt < CACHE_MS;
    if (siteUrl === null || nothingLive || fresh) return own;
    const url = new URL('site.json', siteUrl).href;
    const looked = await this.#hands.tool('bash', { command: `curl -sS ${url}` }, () => this.#fetch(url));
    if (looked.isError && !looked.text.startsWith('HTTP ')) return own;
    const live = looked.isError ? null : parseModel(looked.text);
    if (live) return live;
    if (own) return own;
    const page = await this.#hands.tool('bash', { command: `curl -sSI ${siteUrl}` }, () => this.#fetchStatus(siteUrl));
    return page.isError ? null : 'foreign';
  }

  async #fetch(url: string): Promise<ToolOutcome> {
    if (!this.#mayReach(url)) return failed(`curl: (7) ${new URL(url).hostname} is not on the network allow-list of this environment`);
    try {
      const { status, body } = await send({ method: 'GET', url, signal: this.#hands.signal });
      return status === 200 ? ok(body.toString('utf8')) : failed(`HTTP ${status}`);
    } catch (error) {
      return failed(`curl: (7) ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Whether somebody else's site stands at the address. A page that says "nothing here yet" is a 404. */
  async #fetchStatus(url: string): Promise<ToolOutcome> {
    const found = await this.#fetch(url);
    return found.isError ? found : ok('HTTP 200');
  }

  #mayReach(url: string): boolean {
    const { environment_id: id } = this.#live.record.session;
    return mayReach(this.#store.environments.get(id)?.environment, new URL(url).hostname);
  }

  /** Builds a site from the request; `otherwise` is said when the request tells too little for one. */
  async #afresh(picture: Picture | null, otherwise: string | null): Promise<void> {
    const { words, siteUrl } = this.#told;
    if (otherwise !== null && !asksForSite(words)) return this.#speak(otherwise);
    const used = picture?.isNew ? picture : null;
    const brief = readBrief(words, siteUrl, used?.art ?? null);
    const site: SiteModel = { ...brief.site, photos: used ? [{ path: used.art.photo, alt: used.art.alt }] : [] };
    await this.#speak(say.plan(brief));
    const published = await this.#put(null, site, used, say.firstVersion(site));
    if (published) await this.#speak(say.built(brief, siteUrl));
  }

  async #modify(current: SiteModel, picture: Picture | null): Promise<void> {
    const { words, siteUrl } = this.#told;
    if (say.asksToUndo(words)) return this.#speak(say.undo());
    const request = words === '' ? 'use this picture' : words;
    const { wishes, unclear } = readWishes(request, picture !== null);
    if (picture?.isNew && wishes.length === 0) wishes.push({ want: 'picture', where: 'top', page: null });
    const { site, done, problems } = change(current, wishes, words, picture?.art ?? null);
    const notUnderstood = picture?.isNew ? [] : unclear;
    if (done.length === 0) return this.#speak(problems.length > 0 ? problems.join('\n') : say.notUnderstood(words));
    await this.#speak(say.willDo(wishes.length));
    const published = await this.#put(current, site, picture, inOneSentence(done));
    if (published) await this.#speak(say.changed(inOneSentence(done), problems, notUnderstood, siteUrl));
  }

  /** Writes what differs, publishes everything, and remembers it once it is live. */
  async #put(before: SiteModel | null, site: SiteModel, picture: Picture | null, message: string): Promise<boolean> {
    const pictures = { ...this.#memory.pictures, ...(picture ? { [picture.art.photo]: picture.fileId } : {}) };
    await this.#write(before, site, picture);
    const texts = [...render(site)].map(([path, content]): File => ({ path, bytes: Buffer.from(content) }));
    const photos = await this.#photoFiles(site, pictures);
    const published = await this.#publish([...texts, ...photos], message);
    if (published) Object.assign(this.#memory, { site, pictures, publishedAt: this.#store.milliseconds() });
    return published;
  }

  async #write(before: SiteModel | null, site: SiteModel, picture: Picture | null): Promise<void> {
    const old = before === null ? new Map<string, string>() : render(before);
    const files = render(site);
    if (before === null) await this.#hands.tool('bash', { command: `mkdir -p ${WORK}/images` }, () => Promise.resolve(ok('')));
    if (picture && site.photos.some(({ path }) => path === picture.art.photo)) {
      const mounted = this.#live.record.session.resources.find((resource) => resource.type === 'file' && resource.file_id === picture.fileId);
      const from = mounted?.type === 'file' ? mounted.mount_path : picture.fileId;
      await this.#hands.tool('bash', { command: `cp ${from} ${WORK}/${picture.art.photo}` }, () => Promise.resolve(ok('')));
    }
    for (const [path, content] of files) {
      const previous = old.get(path);
      if (previous === content) continue;
      const file_path = `${WORK}/${path}`;
      const edit = previous === undefined ? null : difference(previous, content);
      if (edit) {
        await this.#hands.tool('edit', { file_path, ...edit }, () => Promise.resolve(ok(`The file ${file_path} has been changed.`)));
      } else {
        await this.#hands.tool('write', { file_path, content }, () => Promise.resolve(ok(`The file ${file_path} has been written.`)));
      }
    }
    const gone = [...old.keys()].filter((path) => !files.has(path));
    if (gone.length > 0) {
      await this.#hands.tool('bash', { command: `rm ${gone.map((path) => `${WORK}/${path}`).join(' ')}` }, () => Promise.resolve(ok('')));
    }
  }

  /** The bytes of the person's pictures: kept in this session, or fetched from the live site by a new one. */
  async #photoFiles(site: SiteModel, pictures: Record<string, string>): Promise<File[]> {
    const files: File[] = [];
    for (const { path } of site.photos) {
      const kept = pictures[path] === undefined ? null : this.#store.fileBytes(pictures[path]);
      if (kept) files.push({ path, bytes: kept });
      else if (this.#told.siteUrl !== null) {
        const url = new URL(path, this.#told.siteUrl).href;
        const got = await send({ method: 'GET', url, signal: this.#hands.signal }).catch(() => null);
        if (got?.status !== 200) continue;
        const saved = this.#store.saveFile({ filename: path.replace('images/', ''), mimeType: 'image/png', bytes: got.body, session: this.#live.id });
        pictures[path] = saved.id;
        files.push({ path, bytes: got.body });
      }
    }
    return files;
  }

  async #publish(files: File[], message: string): Promise<boolean> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const also = this.#live.faults.alsoAsk ?? [];
      const calls = [{ name: 'get_deploy_credentials', input: {} }, ...also.map((name) => ({ name, input: {} }))];
      if (also.length > 0) this.#live.setFaults({ alsoAsk: [] });
      const [answer] = await this.#hands.ask(calls);
      const text = answer ? resultText(answer) : '';
      const credentials = parseCredentials(text, this.#told.deployUrl);
      if (!answer || answer.is_error || !credentials) {
        await this.#speak(say.noCredentials(errorIn(text).message || (answer?.is_error ? text : '')));
        return false;
      }
      const program = `curl -fsS ${credentials.deployUrl}.sh -o /tmp/deploy.sh`;
      const settings = `VETKA_DEPLOY_URL=${credentials.deployUrl} VETKA_DEPLOY_TOKEN=${credentials.token}`;
      const command = `${program} && ${settings} sh /tmp/deploy.sh -m ${quoted(message)} ${WORK}`;
      const outcome = await this.#hands.tool('bash', { command }, async () => {
        if (!this.#mayReach(credentials.deployUrl)) return failed(`curl: (7) ${new URL(credentials.deployUrl).hostname} is not on the network allow-list of this environment`);
        // Where nobody is there to ask, it asks a few times more; what broke off may have been done.
        for (let tries = 1; ; tries += 1) {
          try {
            const { status, body } = await publish(credentials, files, message, this.#hands.signal);
            return { text: `HTTP ${status}\n${body.toString('utf8').slice(0, 4000)}`, isError: status < 200 || status > 299 };
          } catch (error) {
            const isRefused = isObject(error) && error['code'] === 'ECONNREFUSED';
            if (!isRefused || tries === TRIES || this.#hands.signal.aborted) return failed(`curl: (7) ${error instanceof Error ? error.message : String(error)}`);
            await sleep(RETRY_MS * tries, undefined, { signal: this.#hands.signal }).catch(() => undefined);
          }
        }
      });
      if (!outcome.isError) return true;
      const error = errorIn(outcome.text.slice(outcome.text.indexOf('\n') + 1));
      if (error.code === 'token_expired' && attempt < 2) {
        await this.#speak(say.expired());
        continue;
      }
      await this.#speak(say.notPublished(error.message, /^HTTP 4/.test(outcome.text)));
      return false;
    }
    return false;
  }
}

/** As one word of a shell. */
const quoted = (words: string): string => `'${words.replaceAll("'", "'\\''")}'`;

/** The lines that differ, when they are one small part of the file. */
function difference(before: string, after: string): { old_string: string; new_string: string } | null {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const from = Math.max(0, start - 1);
  const old_string = a.slice(from, a.length - end).join('\n');
  const new_string = b.slice(from, b.length - end).join('\n');
  const small = old_string !== '' && old_string.length < before.length * 0.6;
  return small && before.indexOf(old_string) === before.lastIndexOf(old_string) ? { old_string, new_string } : null;
}

export function demoAgent(store: Store): Mind {
  return (message, hands, live) => {
    const takenUp = live.log.find(({ id, processed_at }) => id === message.id && processed_at)?.processed_at;
    return new Visit(live, hands, store, readMessage(message), Date.parse(takenUp ?? store.now())).answer();
  };
}
