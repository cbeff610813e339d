/**
 * What Notch lays on a page stays by its words: whatever width the page has, whatever is put in before them or changed in them,
 * and without the page ever stalling, on a slow phone and a long page.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { buildAssets } from '../../notch/build.ts';
import { root } from '../../scripts/stack/root.ts';
import { launch } from './browser.ts';

const PARAGRAPHS = 3_000;
const outDir = join(root, 'build/public');
let browser: Browser;
let server: Server;
let page: Page;
let tracing: CDPSession;
/** What Chromium notes down of what it does: `tdur` in microseconds of the thread's own time, whatever else the machine does. */
interface Traced { name: string; tdur?: number; args: { data?: { url?: string } } }
const traced: Traced[] = [];
let origin: string;

/** A page of many paragraphs, of which every tenth says the same as others do. */
const text = (n: number): string => (n % 10 === 0 ? 'Flour, water, salt and time.' : `In house ${n} somebody bakes <em>bread of the kind</em> number ${n}, and nobody\n hurries.`);
const html = `<!doctype html><meta name="viewport" content="width=device-width"><title>Long</title><style>body{font:16px/1.6 serif;margin:24px}</style><main>${Array.from({ length: PARAGRAPHS }, (_, n) => `<p id="p${n}">${text(n)}</p>`).join('')}</main>`;

const numbers = Array.from({ length: 40 }, (_, n) => n * 71 + 3).filter((n) => n % 10 !== 0);

before(async () => {
  await buildAssets({ outDir, minify: true });
  const manifest = JSON.parse(readFileSync(join(outDir, 'assets/manifest.json'), 'utf8')) as Record<string, string>;
  const overlay = readFileSync(join(outDir, manifest['notch-overlay.js'] ?? ''));
  server = createServer((request, response) => {
    const script = request.url === '/overlay.js';
    response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(script ? overlay : html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(origin);
  const debug = await page.context().newCDPSession(page);
  await debug.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.evaluate(() => Object.assign(globalThis, { told: [] }));
  await page.waitForTimeout(500);
  tracing = await browser.newBrowserCDPSession();
  tracing.on('Tracing.dataCollected', ({ value }) => traced.push(...(value as unknown as Traced[])));
  await tracing.send('Tracing.start', { traceConfig: { includedCategories: ['devtools.timeline'] }, transferMode: 'ReportEvents' });
});
after(async () => {
  await browser?.close();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(null));
});

/** The stickers of these paragraphs, as the frame tells of them. */
async function show(numbers: readonly number[]): Promise<void> {
  await page.evaluate(async ({ origin, stickers }) => {
    type Overlay = { hear: (event: unknown) => void; start: (loader: unknown) => void };
    const state = globalThis as unknown as { overlay: Overlay | undefined; told: unknown[] };
    const first = state.overlay === undefined;
    const overlay = state.overlay ?? ((await import(`${origin}overlay.js`)) as Overlay);
    state.overlay = overlay;
    if (first) {
      const host = document.createElement('vetka-notch');
      host.attachShadow({ mode: 'open' });
      host.style.cssText = 'position:absolute;inset:0 auto auto 0;display:block';
      document.documentElement.append(host);
      overlay.start({ host, bar: document.createElement('div'), home: origin, open: () => undefined, tell: (message: unknown) => state.told.push(message) });
    }
    overlay.hear({ source: null, data: { t: 'stickers', stickers } });
  }, { origin, stickers: numbers.map((n) => sticker(n)) });
}

const sticker = (n: number): object => ({
  id: `an_${n}`, signal: 'heart', label: `Love ${n}`, art: null, tilt: 3, count: 1, names: [],
  anchor: { exact: `bread of the kind number ${n}`, prefix: `In house ${n} somebody bakes `, suffix: ', and nobody hurries.', start: null, css: '', x: 50, y: 50 },
});

/** How far each sticker is from the end of its words, and how many are not there. */
async function away(numbers: readonly number[]): Promise<number[]> {
  return await page.evaluate((numbers) => numbers.map((n) => {
    const item = [...(document.querySelector('vetka-notch')?.shadowRoot?.querySelectorAll('li') ?? [])].find((item) => item.textContent?.startsWith(`Love ${n}`));
    const words = document.querySelector(`#p${n}`)?.getBoundingClientRect();
    const chip = item?.getBoundingClientRect();
    if (chip === undefined || words === undefined || chip.width === 0) return Infinity;
    const middle = chip.top + chip.height / 2;
    return middle < words.top ? words.top - middle : middle > words.bottom ? middle - words.bottom : 0;
  }), numbers);
}


describe('stickers', () => {
  it('stand by their words, on a page of three thousand paragraphs', async () => {
    await show(numbers);
    await page.waitForFunction((count) => document.querySelector('vetka-notch')?.shadowRoot?.querySelectorAll('li').length === count, numbers.length);
    await page.waitForTimeout(500);
    assert.deepEqual((await away(numbers)).filter((off) => off > 6), []);
  });

  it('stay by them at the width of a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(1_500);
    assert.deepEqual((await away(numbers)).filter((off) => off > 6), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'nothing sticks out');
  });

  it('stay by them when text is put in before them, and changed in them', async () => {
    await page.evaluate((changed) => {
      const main = document.querySelector('main');
      for (let n = 0; n < 20; n++) main?.prepend(Object.assign(document.createElement('p'), { textContent: `News of the day ${n}.` }));
      const paragraph = document.querySelector(`#p${changed}`);
      if (paragraph) paragraph.textContent = `In house ${changed} somebody bakes cakes and breads, and nobody hurries.`;
    }, numbers[5]);
    await page.waitForTimeout(2_500);
    assert.deepEqual((await away(numbers)).filter((off) => off > 6), []);
  });

  it('say who left them, to those who do not see them', async () => {
    const label = await page.evaluate(() => document.querySelector('vetka-notch')?.shadowRoot?.querySelector('li button')?.getAttribute('aria-label'));
    assert.equal(label, `Love ${numbers[0]}: One person, on “bread of the kind number ${numbers[0]}”`);
  });

  it('go when there are none', async () => {
    await show([]);
    await page.waitForFunction(() => document.querySelector('vetka-notch')?.shadowRoot?.querySelectorAll('li').length === 0);
    await show(numbers);
  });

  it('a place is described in words by which it is found again', async () => {
    const anchor = await page.evaluate(async (n) => {
      const state = globalThis as unknown as { overlay: { pick: () => void }; told: { t: string; anchor: { exact: string; prefix: string; suffix: string } }[] };
      const range = document.createRange();
      const em = document.querySelector(`#p${n} em`)?.firstChild;
      const rest = document.querySelector(`#p${n}`)?.lastChild;
      if (!em || !rest) throw new Error('no such paragraph');
      range.setStart(em, 6);
      range.setEnd(rest, 7);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
      state.told.length = 0;
      state.overlay.pick();
      while (state.told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      return state.told[0]?.anchor;
    }, 17);
    assert.equal(anchor?.exact, 'of the kind number');
    assert.ok(anchor?.prefix.endsWith('In house 17 somebody bakes bread'), anchor?.prefix);
    assert.ok(anchor?.suffix.startsWith('17, and nobody hurries.'), anchor?.suffix);
  });

  it('never kept the page from answering for longer than 50 ms, on a processor slowed down four times', async () => {
    const ended = new Promise((resolve) => tracing.once('Tracing.tracingComplete', resolve));
    await tracing.send('Tracing.end');
    await ended;
    // Of the stickers' own code, with all that the page was laid out on its account.
    const calls = traced.filter(({ name, args }) => name === 'FunctionCall' && args.data?.url?.endsWith('/overlay.js') === true).map(({ tdur = Infinity }) => tdur / 1_000);
    assert.ok(calls.length > 50, `${calls.length} calls were seen`);
    assert.ok(Math.max(...calls) < 50, JSON.stringify(calls.filter((ms) => ms > 20)));
  });
});
