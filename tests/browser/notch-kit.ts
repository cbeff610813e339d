/**
 * A browser as people have it, for what Notch does on their pages: Chromium started by hand, because the switches that drivers
 * add change what it says about cookies of others, windows and going back; with its own folder, in which it is written
 * whether those cookies are let in. Whatever is clicked is clicked by the mouse: a script that runs in a page counts as a
 * click for some seconds, so nothing is run in a page before a window is to open.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type FrameLocator, type Locator, type Page, chromium } from 'playwright-core';
import type { Person, TestStack } from '../http/harness.ts';

/** Whether cookies of other sites are let in: as the preference has it. */
export type Cookies = 'let in' | 'kept out';

export interface Own {
  context: BrowserContext;
  close: () => Promise<void>;
}

/** The browser that keeps its profile in a folder, once it says where it is: the file is there before its words are. */
async function connected(folder: string): Promise<Browser> {
  const port = await until('the browser', async () => {
    try {
      return /^\d+(?=\n)/.exec(readFileSync(join(folder, 'DevToolsActivePort'), 'utf8'))?.[0];
    } catch {
      return undefined;
    }
  });
  return await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
}

/** A browser of somebody's own, which goes its own way to the web if it is told one. */
export async function ownBrowser(cookies: Cookies, width = 1280, height = 800, proxy?: string): Promise<Own> {
  const folder = mkdtempSync(join(tmpdir(), 'vetka-chromium-'));
  mkdirSync(join(folder, 'Default'));
  writeFileSync(join(folder, 'Default/Preferences'), JSON.stringify({ profile: { cookie_controls_mode: cookies === 'let in' ? 0 : 1 } }));
  const started: ChildProcess = spawn('/usr/bin/chromium', [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', `--window-size=${width},${height}`, `--user-data-dir=${folder}`, '--remote-debugging-port=0',
    // By themselves browsers go to this machine directly.
    ...(proxy === undefined ? [] : [`--proxy-server=${proxy}`, '--proxy-bypass-list=<-loopback>']), 'about:blank',
  ], { stdio: 'ignore' });
  const browser = await connected(folder).catch((failure: unknown) => {
    // It would keep the test's process alive.
    started.kill();
    throw failure;
  });
  const [context] = browser.contexts();
  assert.ok(context);
  context.setDefaultTimeout(10_000);
  return {
    context,
    close: async () => {
      await browser.close();
      const ended = new Promise((resolve) => started.once('exit', resolve));
      started.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Signs a browser in at the app itself. */
export async function signIn(context: BrowserContext, stack: TestStack, person: Person): Promise<void> {
  await context.addCookies([...person.cookies].map(([name, value]) => ({
    name, value, url: stack.addresses.app.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
  })));
}

/** Waits for something to be so. */
export async function until<T>(what: string, holds: () => Promise<T | undefined | null | false>): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const got = await holds();
    if (got !== undefined && got !== null && got !== false) return got;
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Connects a website that stands somewhere else to somebody's account. */
export async function external(stack: TestStack, owner: Person, name: string, html: (tag: string) => string): Promise<{ domain: string; origin: string }> {
  const { user } = await owner.json<{ user: { id: string } }>('/api/auth/get-session');
  const key = `vt_${createHash('sha256').update(`vetka site key\0${user.id}`).digest('hex').slice(0, 32)}`;
  stack.stack.web.write(name, html(`<script async src="${stack.addresses.app}/notch.js" data-vetka="${key}"></script>`));
  const { host, origin } = new URL(stack.stack.web.site(name));
  const made = await owner.send('POST', '/api/sites', { kind: 'external', domain: host });
  const text = await made.text();
  assert.equal(made.status, 201, text);
  return { domain: (JSON.parse(text) as { domain: string }).domain, origin };
}

/** Notch on a page, as a person has it before them. */
export class Notch {
  readonly page: Page;
  readonly bar: Locator;
  readonly frame: FrameLocator;
  constructor(page: Page) {
    this.page = page;
    this.bar = page.getByRole('toolbar', { name: 'Notch' });
    this.frame = page.frameLocator('iframe[title=Notch]');
  }

  async open(): Promise<void> {
    // By then the bar has risen above whatever lay over it.
    await this.page.locator('iframe[title=Notch]').waitFor({ state: 'attached' });
    await click(this.page, this.bar.getByRole('button', { name: 'Notch' }));
    await this.frame.getByRole('button', { name: 'Close Notch' }).waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole('button', { name, exact: typeof name === 'string' });
  }

  async tab(name: string): Promise<void> {
    await click(this.page, this.frame.getByRole('navigation').getByRole('button', { name: new RegExp(`^${name}`) }));
  }

  /** Presses something as a person does who has looked at it: the pointer comes, rests, and then presses. */
  async press(name: string | RegExp): Promise<void> {
    await settle(this.page, this.button(name));
    await click(this.page, this.button(name));
  }

  /** Signs in: from the press in the frame, through the window, to the frame again. */
  async logIn(share = false): Promise<void> {
    const button = this.frame.locator('.body').getByRole('button', { name: 'Sign in', exact: true });
    await until('the frame to have its secret', async () => await button.isEnabled());
    const opening = this.page.context().waitForEvent('page');
    await click(this.page, button);
    const popup = await opening;
    const yes = popup.getByRole('button', { name: /^Continue as/ });
    await yes.waitFor();
    if (share) await popup.getByRole('checkbox').check();
    await until('the window to be armed', async () => await yes.isEnabled());
    const closed = popup.waitForEvent('close');
    await yes.click();
    await closed;
    await this.frame.getByText(/^You are here as/).waitFor();
  }
}

/** Where something is, once it is in sight. It may be drawn anew while one looks, and then has no place. */
async function placeOf(what: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  return await until('its place on the page', async () => {
    await what.scrollIntoViewIfNeeded();
    return (await what.boundingBox()) ?? undefined;
  });
}

/** Clicks by the mouse and nothing else. */
export async function click(page: Page, what: Locator): Promise<void> {
  const box = await placeOf(what);
  await page.mouse.move(box.x + box.width / 2 - 3, box.y + box.height / 2 - 2);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.up();
}

/** Lets the pointer rest over something for as long as people need to see what it is. */
export async function settle(page: Page, what: Locator, ms = 1_000): Promise<void> {
  await what.waitFor();
  const box = await placeOf(what);
  for (let at = 0; at < 10; at++) {
    await page.mouse.move(box.x + box.width / 2 - 5 + at, box.y + box.height / 2);
    await page.waitForTimeout(ms / 10);
  }
}
