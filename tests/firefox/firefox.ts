/**
 * Firefox as Debian has it, driven over WebDriver BiDi: real input, real windows, its own rules about cookies of others (Total
 * Cookie Protection, as people have it). Only what the walk needs; Playwright drives a Firefox of its own making, which is not
 * what people have.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/stack/root.ts';

const PROGRAM = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));
const shots = join(root, 'build/screenshots');
/** What Firefox would ask the world for by itself. */
const QUIET = {
  'app.update.enabled': false, 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false, 'toolkit.telemetry.enabled': false,
  'browser.startup.page': 0, 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false, 'browser.safebrowsing.downloads.enabled': false,
  'services.settings.server': 'http://127.0.0.1:9/', 'extensions.update.enabled': false, 'browser.region.network.url': '', 'app.normandy.enabled': false,
};

type Json = Record<string, unknown>;
/** An element in a document. */
export interface Found { type: 'node'; sharedId: string }
interface Context { context: string; url: string; children: Context[] | null }
/** Where to look: by what it is to assistive technology, or by a selector. */
export type Where = { role?: string; name?: string } | string;

export const isInstalled = PROGRAM !== undefined;

export class Firefox {
  readonly version: string;
  readonly #send: (method: string, params: Json) => Promise<Json>;
  readonly #end: () => Promise<void>;
  private constructor(version: string, send: Firefox['command'], end: () => Promise<void>) {
    [this.version, this.#send, this.#end] = [version, send, end];
  }

  static async start(width = 1280, height = 800): Promise<Firefox> {
    assert.ok(PROGRAM, 'Firefox is installed');
    const home = mkdtempSync(join(tmpdir(), 'vetka-firefox-'));
    mkdirSync(join(home, 'profile'));
    writeFileSync(join(home, 'profile/user.js'), Object.entries(QUIET).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
    const started: ChildProcess = spawn(PROGRAM, ['--headless', '--no-remote', '--profile', join(home, 'profile'), '--remote-debugging-port', '0', `--width=${width}`, `--height=${height}`], {
      stdio: ['ignore', 'ignore', 'pipe'], env: { HOME: home, PATH: process.env['PATH'] ?? '' },
    });
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      started.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      started.once('exit', (code) => reject(new Error(`Firefox ended with ${code}: ${said}`)));
    });
    const line = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => {
      line.onopen = resolve;
      line.onerror = () => reject(new Error('no way to Firefox'));
    });
    const waiting = new Map<number, { resolve: (result: Json) => void; reject: (failure: Error) => void }>();
    let id = 0;
    line.onmessage = ({ data }) => {
      const said = JSON.parse(String(data)) as { id?: number; result?: Json; error?: string; message?: string };
      const waits = waiting.get(said.id ?? -1);
      waiting.delete(said.id ?? -1);
      if (said.result !== undefined) waits?.resolve(said.result);
      else waits?.reject(new Error(`${said.error}: ${said.message}`));
    };
    const send = (method: string, params: Json): Promise<Json> => new Promise((resolve, reject) => {
      waiting.set(++id, { resolve, reject });
      line.send(JSON.stringify({ id, method, params }));
    });
    const { capabilities } = (await send('session.new', { capabilities: {} })) as { capabilities: { browserVersion: string } };
    return new Firefox(capabilities.browserVersion, send, async () => {
      const ended = new Promise((resolve) => started.once('exit', resolve));
      line.close();
      started.kill();
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  async close(): Promise<void> {
    await this.#end();
  }

  async command(method: string, params: Json): Promise<Json> {
    return await this.#send(method, params);
  }

  /** All windows and tabs, with the frames in them. */
  async tree(): Promise<Context[]> {
    return (await this.command('browsingContext.getTree', {}))['contexts'] as Context[];
  }

  async open(url: string): Promise<Page> {
    const { context } = (await this.command('browsingContext.create', { type: 'tab' })) as { context: string };
    const page = new Page(this, context);
    await page.go(url);
    return page;
  }

  /** A window that is none of these, once there is one. */
  async another(than: readonly string[]): Promise<Page> {
    const found = await until('another window', async () => (await this.tree()).find(({ context, url }) => !than.includes(context) && url.startsWith('http')));
    return new Page(this, found.context);
  }

  async cookies(): Promise<{ name: string; partitioned: boolean }[]> {
    const { cookies } = (await this.command('storage.getCookies', {})) as { cookies: { name: string; partitioned?: boolean }[] };
    return cookies.map(({ name, partitioned }) => ({ name, partitioned: partitioned === true }));
  }
}

/** A document: of a tab, a window or a frame. */
export class Page {
  readonly firefox: Firefox;
  readonly context: string;
  constructor(firefox: Firefox, context: string) {
    [this.firefox, this.context] = [firefox, context];
  }

  async go(url: string): Promise<void> {
    await this.firefox.command('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
  }

  async isOpen(): Promise<boolean> {
    return (await this.firefox.tree()).some(({ context }) => context === this.context);
  }

  /** The frame in it whose address holds this. */
  async frame(part: string): Promise<Page> {
    const found = await until(`a frame at ${part}`, async () => {
      const own = (await this.firefox.tree()).find(({ context }) => context === this.context);
      return own?.children?.find(({ url }) => url.includes(part));
    });
    return new Page(this.firefox, found.context);
  }

  /** Runs a function in it, without that counting as anything somebody did. */
  async run<T>(code: string, ...elements: Found[]): Promise<T> {
    const answer = await this.firefox.command('script.callFunction', {
      functionDeclaration: code, arguments: elements, awaitPromise: true, target: { context: this.context }, userActivation: false,
    });
    assert.equal(answer['type'], 'success', JSON.stringify(answer));
    const result = answer['result'] as { type: string; value?: unknown; sharedId?: string };
    return (result.type === 'node' ? { type: 'node', sharedId: result.sharedId } : result.value) as T;
  }

  async all(where: Where): Promise<Found[]> {
    const locator = typeof where === 'string' ? { type: 'css', value: where } : { type: 'accessibility', value: where };
    try {
      return (await this.firefox.command('browsingContext.locateNodes', { context: this.context, locator }))['nodes'] as Found[];
    } catch (failure) {
      // A document that is just coming has nothing in it.
      if (/no such|unknown/.test(String(failure))) return [];
      throw failure;
    }
  }

  async find(where: Where): Promise<Found> {
    const found = await until(`${JSON.stringify(where)} to be seen`, async () => {
      for (const one of await this.all(where)) if (await this.run<boolean>('(one) => one.checkVisibility() && !one.disabled', one)) return one;
      return undefined;
    });
    return { type: 'node', sharedId: found.sharedId };
  }

  async text(where: Where = 'body'): Promise<string> {
    return await this.run('(one) => one.textContent', await this.find(where));
  }

  /** Waits for words to stand there. */
  async says(words: RegExp, patience?: number): Promise<void> {
    await until(`${words} to be said`, async () => words.test(await this.text()), patience);
  }

  /** The pointer comes, rests as long as people need to see what is there, and presses. */
  async press(what: Where | Found, { rest = 1_000 } = {}): Promise<void> {
    const element = typeof what === 'object' && 'sharedId' in what ? what : await this.find(what);
    await this.run('(one) => one.scrollIntoView({ block: "nearest" })', element);
    const origin = { type: 'element', element: { sharedId: element.sharedId } };
    const coming = Array.from({ length: 10 }, (_, at) => ({ type: 'pointerMove', x: at - 9, y: 0, origin, duration: rest / 10 }));
    await this.#act([{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [...coming, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }] }]);
  }

  /** Marks words as a person does: three presses on them. */
  async select(what: Where): Promise<void> {
    const { sharedId } = await this.find(what);
    const press = [{ type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 }];
    await this.#act([{ type: 'pointer', id: 'mouse', actions: [{ type: 'pointerMove', x: 0, y: 0, origin: { type: 'element', element: { sharedId } } }, ...press, ...press, ...press] }]);
  }

  async type(where: Where, text: string): Promise<void> {
    await this.press(where, { rest: 100 });
    await this.#act([{ type: 'key', id: 'keys', actions: [...text].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]) }]);
  }

  async #act(actions: Json[]): Promise<void> {
    await this.firefox.command('input.performActions', { context: this.context, actions });
  }

  async shoot(name: string): Promise<void> {
    const { data } = (await this.firefox.command('browsingContext.captureScreenshot', { context: this.context })) as { data: string };
    mkdirSync(shots, { recursive: true });
    writeFileSync(join(shots, `${name}.png`), Buffer.from(data, 'base64'));
  }
}

/** Waits for something to be so. */
export async function until<T>(what: string, holds: () => Promise<T | undefined | null | false>, patience = 15_000): Promise<T> {
  let last: unknown;
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    try {
      const got = await holds();
      if (got !== undefined && got !== null && got !== false) return got;
    } catch (failure) {
      last = failure;
    }
  }
  assert.fail(`waited in vain for ${what}${last === undefined ? '' : `: ${String(last)}`}`);
}
