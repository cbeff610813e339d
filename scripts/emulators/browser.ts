// Cloudflare's Browser Rendering in development: the screenshot of its REST API, taken by this machine's Chromium. The
// browser starts with the first request and ends with the stack; it sees the sites of this stack and nothing else.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { close, listen } from './agents/http.ts';
import type { RunningEmulator } from './agents/index.ts';
import { Invalid, read, type Asked } from './browser-checks.ts';

const CHROMIUM = '/usr/bin/chromium';
const MAX_BODY = 1024 * 1024;
const PATH = /^\/client\/v4\/accounts\/[\w-]+\/browser-rendering\/screenshot$/;

/** How the next request is refused, as the service refuses when it is busy or broken. */
export interface Refusal {
  status: number;
  /** Seconds, as `Retry-After`. */
  retryAfter?: number;
}

export interface BrowserEmulator extends RunningEmulator {
  /** Base of the API. */
  api: string;
  /** Refuses the next requests, one each. */
  refuse(...refusals: Refusal[]): void;
  /** What was asked for so far: addresses, in order. */
  asked: string[];
}

export interface BrowserOptions {
  port?: number;
  /** Where the sites are: `vetka.localhost`. Names below it can be looked at, and no others. */
  sitesDomain?: string;
  chromium?: string;
}

/** An error as the API says it. */
class Refused extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function startBrowserEmulator(options: BrowserOptions = {}): Promise<BrowserEmulator> {
  const { sitesDomain = 'vetka.localhost', chromium = CHROMIUM } = options;
  const refusals: Refusal[] = [];
  const asked: string[] = [];
  let running: Promise<{ browser: Browser; home: string }> | undefined;

  async function launch(): Promise<{ browser: Browser; home: string }> {
    if (!existsSync(chromium)) throw new Refused(503, 2001, `There is no ${chromium} on this machine, so there are no pictures. scripts/setup --browser installs it.`);
    const home = mkdtempSync(join(tmpdir(), 'vetka-browser-'));
    const driver = await import('playwright-core');
    const browser = await driver.chromium.launch({
      executablePath: chromium,
      env: { HOME: home, LANG: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
        '--hide-scrollbars',
        // A site's page may name any address. Those of this stack's sites are this machine, all others are nowhere.
        `--host-resolver-rules=MAP *.${sitesDomain} 127.0.0.1, MAP * ~NOTFOUND`,
      ],
    });
    return { browser, home };
  }

  function started(): Promise<{ browser: Browser; home: string }> {
    running ??= launch().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  }

  async function screenshot(wanted: Asked): Promise<Buffer> {
    const { browser } = await started();
    const { width = 1920, height = 1080, deviceScaleFactor = 1 } = wanted.viewport ?? {};
    const context = await browser.newContext({
      viewport: { width, height },
      deviceScaleFactor,
      javaScriptEnabled: wanted.setJavaScriptEnabled ?? true,
      ...(wanted.userAgent === undefined ? {} : { userAgent: wanted.userAgent }),
    });
    try {
      return await captured(context, wanted);
    } finally {
      await context.close();
    }
  }

  const answer = (response: ServerResponse, status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers });
    response.end(body);
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://browser');
    if (request.method !== 'POST' || !PATH.test(pathname)) throw new Refused(404, 7003, 'No route for that URI');
    if (!/^Bearer \S+$/.test(request.headers.authorization ?? '')) throw new Refused(401, 10000, 'Authentication error');
    for (const [key, value] of searchParams) {
      if (key !== 'cacheTTL' || !/^\d{1,5}$/.test(value)) throw new Refused(400, 2000, `${key}: unrecognized query parameter`);
    }
    const refusal = refusals.shift();
    if (refusal) {
      const headers: Record<string, string> = refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) };
      return answer(response, refusal.status, 'application/json', envelope(2001, 'Rate limit exceeded'), headers);
    }
    const wanted = read(await body(request));
    const begun = Date.now();
    if (wanted.url !== undefined) asked.push(ofThisStack(wanted.url, sitesDomain));
    const picture = await screenshot(wanted);
    answer(response, 200, `image/${wanted.screenshotOptions?.type ?? 'png'}`, picture, { 'x-browser-ms-used': String(Date.now() - begun) });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (error instanceof Refused) answer(response, error.status, 'application/json', envelope(error.code, error.message));
      else if (error instanceof Invalid) answer(response, 400, 'application/json', envelope(2000, error.message));
      else answer(response, 500, 'application/json', envelope(2002, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)));
    });
  });
  const url = await listen(server, options.port ?? 0);
  return {
    url,
    api: `${url}/client/v4`,
    asked,
    refuse: (...wanted) => void refusals.push(...wanted),
    async close() {
      await close(server);
      const ended = await running?.catch(() => undefined);
      await ended?.browser.close();
      if (ended) rmSync(ended.home, { recursive: true, force: true });
    },
  };
}

/** Opens the page and takes its picture through the debugger: Chromium knows WebP there, its driver does not. */
async function captured(context: BrowserContext, wanted: Asked): Promise<Buffer> {
  const page = await context.newPage();
  const patterns = (wanted.rejectRequestPattern ?? []).map((pattern) => new RegExp(pattern));
  const types = wanted.rejectResourceTypes ?? [];
  await page.route('**/*', (route) => {
    const request = route.request();
    const refused = types.includes(request.resourceType()) || patterns.some((pattern) => pattern.test(request.url()));
    return refused ? route.abort() : route.continue();
  });
  try {
    if (wanted.html !== undefined) await page.setContent(wanted.html, { waitUntil: 'load' });
    else await opened(page, wanted);
  } catch (error) {
    if (wanted.bestAttempt !== true || !(error instanceof Error) || !error.message.includes('Timeout')) throw new Refused(422, 2003, 'The page could not be opened.');
  }
  if (wanted.waitForTimeout !== undefined) await page.waitForTimeout(wanted.waitForTimeout);
  const { type = 'png', quality, captureBeyondViewport = false, fullPage = false } = wanted.screenshotOptions ?? {};
  const debuggerSession = await context.newCDPSession(page);
  const clip = wanted.selector === undefined ? undefined : await placeOf(page, wanted.selector);
  const { data } = await debuggerSession.send('Page.captureScreenshot', {
    format: type,
    ...(quality === undefined ? {} : { quality }),
    captureBeyondViewport: captureBeyondViewport || fullPage || clip !== undefined,
    ...(clip === undefined ? {} : { clip: { ...clip, scale: 1 } }),
  });
  return Buffer.from(data, 'base64');
}

/** Where an element is in its page, in pixels. */
async function placeOf(page: Page, selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
  try {
    const box = await page.locator(selector).first().boundingBox({ timeout: 2_000 });
    if (box !== null && box.width > 0 && box.height > 0) return box;
  } catch {
    // Told below.
  }
  throw new Refused(422, 2003, 'No element matches the selector.');
}

async function opened(page: Page, { url = '', gotoOptions = {} }: Asked): Promise<void> {
  const { timeout = 30_000, waitUntil = 'domcontentloaded' } = gotoOptions;
  const first = Array.isArray(waitUntil) ? (waitUntil[0] ?? 'load') : waitUntil;
  const until = first.startsWith('networkidle') ? 'networkidle' : first === 'load' ? 'load' : 'domcontentloaded';
  const response = await page.goto(url, { timeout, waitUntil: until });
  if (response !== null && response.status() >= 500) throw new Error(`the page answered ${response.status()}`);
}

function ofThisStack(address: string, sitesDomain: string): string {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'http:' || !url.hostname.endsWith(`.${sitesDomain}`)) {
    throw new Refused(422, 2003, `Only sites below ${sitesDomain} can be looked at from here.`);
  }
  return address;
}

async function body(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new Invalid('expected application/json');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Refused(413, 2000, 'The request is too large.');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new Invalid('the body is not JSON');
  }
}

const envelope = (code: number, message: string): string => JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null });
