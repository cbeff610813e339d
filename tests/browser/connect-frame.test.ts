/**
 * The window in which somebody agrees to be known on a site, as it stands in Chromium: opened from a frame of ours on a page, it
 * talks with that frame and nobody else, waits before it can be clicked, and shows a code where no word gets through.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { address } from '../http/account-kit.ts';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { assertAccessible, assertFits, launch, looks, shoot } from './browser.ts';

let stack: TestStack;
let browser: Browser;
let ann: Person & { domain: string };
let origin: string;

before(async () => {
  stack = await startTestStack();
  ann = await stack.owner('ann', address());
  await ann.send('PATCH', '/api/account', { name: 'Ann Ahorn' });
  origin = stack.addresses.app;
  browser = await launch();
});
after(async () => {
  await browser.close();
  await stack.close();
});

async function visitor(person: Person | null, options: object = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  if (person !== null) {
    await context.addCookies([...person.cookies].map(([name, value]) => ({
      name, value, url: origin.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
    })));
  }
  return context;
}

/** The frame on a page for trying it out. Its own script is kept away: here the test speaks for it. */
async function frameOn(context: BrowserContext, name: string): Promise<{ page: Page; frame: Frame }> {
  const page = await context.newPage();
  await page.route(/\/notch\.js$|\/assets\/frame/, (route) => route.abort());
  await page.goto(`${origin}/notch/test/${name}`);
  const src = `${origin}/embed/playground`;
  await page.evaluate((src) => {
    const frame = document.createElement('iframe');
    frame.referrerPolicy = 'strict-origin';
    frame.src = src;
    document.body.append(frame);
  }, src);
  const frame = await (await page.waitForSelector('iframe')).contentFrame();
  assert.ok(frame);
  await frame.waitForLoadState();
  assert.equal(await frame.locator('main#notch').count(), 1, 'the frame stands there');
  return { page, frame };
}

interface Attempt { verifier: string; challenge: string; state: string }
function attempt(): Attempt {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url'), state: randomBytes(18).toString('base64url') };
}

/** Opens the window from the frame, which answers its `hello` with where it stands, as it says. */
async function open(context: BrowserContext, frame: Frame, { challenge, state }: Attempt, says: string | null): Promise<Page> {
  const opening = context.waitForEvent('page');
  await frame.evaluate(({ challenge, state, says, origin }) => {
    const heard: unknown[] = [];
    Object.assign(globalThis, { heard });
    const opened = window.open(`/connect?${new URLSearchParams({ c: challenge, s: state, o: origin })}`, '_blank', 'popup,width=390,height=680');
    addEventListener('message', ({ source, origin: from, data }) => {
      if (source !== opened || from !== location.origin) return;
      heard.push(data);
      if ((data as { t: string }).t === 'hello' && says !== null) opened?.postMessage({ t: 'who', s: state, origin: says, domain: 'playground' }, location.origin);
    });
  }, { challenge, state, says, origin });
  const popup = await opening;
  await popup.waitForLoadState('domcontentloaded');
  return popup;
}
const heard = async (frame: Frame): Promise<Record<string, string>[]> => await frame.evaluate(() => (globalThis as unknown as { heard: Record<string, string>[] }).heard);
const redeem = async (frame: Frame, code: string, verifier: string): Promise<number> =>
  await frame.evaluate(async ({ code, verifier }) => (await fetch('/api/notch/redeem', {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-notch': location.origin }, body: JSON.stringify({ code, verifier }),
  })).status, { code, verifier });
const me = async (frame: Frame): Promise<{ known: boolean; shared: boolean; site: { domain: string } | null }> =>
  await frame.evaluate(async () => (await (await fetch('/api/notch/me', { headers: { 'x-notch': location.origin } })).json()) as never);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`waited in vain for ${what}`);
}

describe('the window for agreeing', () => {
  it('gives the frame a code at a click, and the frame is known by it; nothing is shared by itself', async () => {
    const context = await visitor(ann);
    const { frame } = await frameOn(context, 'plain');
    const one = attempt();
    const popup = await open(context, frame, one, origin);
    await popup.getByRole('heading', { name: /Continue as Ann Ahorn on/ }).waitFor();
    assert.equal(await popup.getByRole('checkbox').isChecked(), false);
    const closed = popup.waitForEvent('close');
    await popup.getByRole('button', { name: 'Continue as Ann Ahorn' }).click();
    await closed;
    const code = (await heard(frame)).find(({ t }) => t === 'code')?.['code'] ?? '';
    assert.match(code, /^vc_/);
    assert.equal((await me(frame)).known, false);
    assert.equal(await redeem(frame, code, one.verifier), 200);
    const known = await me(frame);
    assert.deepEqual([known.known, known.shared, known.site?.domain], [true, false, ann.domain]);
    await context.close();
  });

  it('cannot be clicked for the first 700 ms, nor before the frame has said where it stands', async () => {
    const context = await visitor(ann);
    const { frame } = await frameOn(context, 'plain');
    const popup = await open(context, frame, attempt(), null);
    const yes = popup.getByRole('button', { name: 'Continue as Ann Ahorn' });
    await popup.waitForTimeout(1_200);
    assert.equal(await yes.isDisabled(), true, 'nobody has said anything');
    await popup.getByText('does not answer').waitFor();
    const early = await open(context, frame, attempt(), origin);
    const [before, armed] = await early.evaluate(async () => {
      const button = document.getElementById('agree-yes') as HTMLButtonElement;
      const before = button.disabled;
      while (button.disabled) await new Promise((resolve) => setTimeout(resolve, 5));
      return [before, performance.now()] as const;
    });
    if (before) assert.ok(armed >= 700, `armed after ${armed} ms`);
    await context.close();
  });

  it('refuses a frame that stands elsewhere than it says', async () => {
    const context = await visitor(ann);
    const { frame } = await frameOn(context, 'plain');
    const popup = await open(context, frame, attempt(), stack.siteOrigin('ann'));
    await popup.getByText('Nothing was agreed to').waitFor();
    await popup.waitForTimeout(900);
    assert.equal(await popup.getByRole('button', { name: 'Continue as Ann Ahorn' }).isDisabled(), true);
    await context.close();
  });

  it('says no as well', async () => {
    const context = await visitor(ann);
    const { frame } = await frameOn(context, 'plain');
    const popup = await open(context, frame, attempt(), origin);
    const closed = popup.waitForEvent('close');
    await popup.getByRole('button', { name: 'Not now' }).click();
    await closed;
    // What was said is on its way when the window closes.
    await until('the no', async () => (await heard(frame)).length > 1);
    assert.deepEqual((await heard(frame)).map(({ t }) => t), ['hello', 'no']);
    await context.close();
  });

  it('lets somebody sign in first, and keeps the frame that opened it', async () => {
    const context = await visitor(null);
    const { frame } = await frameOn(context, 'plain');
    const one = attempt();
    const popup = await open(context, frame, one, origin);
    await popup.getByLabel('Your e-mail address').fill(ann.email);
    await popup.getByRole('button', { name: 'Send me a code' }).click();
    await popup.getByLabel('The code from the mail').waitFor();
    await popup.getByLabel('The code from the mail').fill(await stack.code(ann.email));
    const closed = popup.waitForEvent('close');
    await popup.getByRole('button', { name: 'Continue as Ann Ahorn' }).click();
    await closed;
    const code = (await heard(frame)).find(({ t }) => t === 'code')?.['code'] ?? '';
    assert.equal(await redeem(frame, code, one.verifier), 200);
    await context.close();
  });

  it('shows a code to type where the page cuts windows off', async () => {
    const context = await visitor(ann);
    const { frame } = await frameOn(context, 'alone');
    const one = attempt();
    const popup = await open(context, frame, one, origin);
    assert.equal(await popup.evaluate(() => window.opener === null), true, 'they are cut off');
    await popup.getByRole('checkbox').check();
    await popup.getByRole('button', { name: 'Continue as Ann Ahorn' }).click();
    const shown = popup.locator('#agree-code');
    await until('the code', async () => /^\w{4}-\w{4}$/.test((await shown.textContent()) ?? ''));
    await shoot(popup, 'connect-frame-code');
    assert.equal(await redeem(frame, (await shown.textContent()) ?? '', one.verifier), 200);
    assert.equal((await me(frame)).shared, true);
    await context.close();
  });

  it('wakes when somebody has signed in at a provider in a window of its own', async () => {
    const context = await visitor(null);
    const { frame } = await frameOn(context, 'plain');
    const popup = await open(context, frame, attempt(), origin);
    assert.equal(await popup.locator('form[action="/sign-in/social"]').first().getAttribute('target'), '_blank');
    await context.addCookies([...ann.cookies].map(([name, value]) => ({
      name, value, url: origin.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
    })));
    const other = await context.newPage();
    await other.goto(`${origin}/connect/signed-in`);
    await popup.getByRole('heading', { name: /Continue as Ann Ahorn on/ }).waitFor();
    await until('the frame to be heard', async () => !(await popup.getByRole('button', { name: 'Continue as Ann Ahorn' }).isDisabled()));
    await context.close();
  });

  it('cannot be had by a page that opens or embeds it itself', async () => {
    const context = await visitor(ann);
    const page = await context.newPage();
    await page.goto(stack.siteOrigin('nobody-here'));
    const { challenge, state } = attempt();
    const address = `${origin}/connect?${new URLSearchParams({ c: challenge, s: state, o: stack.siteOrigin('ann') })}`;
    const opening = context.waitForEvent('page');
    await page.evaluate((address) => void window.open(address, '_blank', 'popup'), address);
    const popup = await opening;
    await popup.getByRole('heading', { name: 'This window opens from a website' }).waitFor();
    assert.equal(await popup.locator('#agree-yes').count(), 0);
    await context.close();
  });

  for (const look of looks) {
    it(`is readable, reachable and fits: ${look.name}`, async () => {
      const context = await visitor(ann, { viewport: { width: look.width, height: look.height }, colorScheme: look.colorScheme });
      const { frame } = await frameOn(context, 'plain');
      const popup = await open(context, frame, attempt(), origin);
      await popup.setViewportSize({ width: look.width, height: look.height });
      await until('the frame to be heard', async () => !(await popup.getByRole('button', { name: 'Continue as Ann Ahorn' }).isDisabled()));
      await assertAccessible(popup, look.name);
      await assertFits(popup, look.name);
      await shoot(popup, `connect-frame-${look.name}`);
      await context.close();
    });
  }
});
