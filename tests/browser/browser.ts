/** Debian's Chromium, driven as a person would drive it, and axe-core to look at what stands on the page. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { root } from '../../scripts/stack/root.ts';
import type { Person, TestStack } from '../http/harness.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * How stories are gone through: each width once, and each scheme once. What every page looks like in all of them is for the walk.
 */
export const looks = [
  { name: 'phone-light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'desktop-dark', width: 1280, height: 800, colorScheme: 'dark' },
] as const;
export const [phone, desktop] = looks;

export type Look = (typeof looks)[number];

/** Screenshots of the last run, for people to look at. */
const shots = join(root, 'build/screenshots');

/**
 * Chromium without the windows of a desktop, which draw even where nobody sees them and take a third of the machine. What depends on
 * the whole browser, as people have it, is in `notch-kit.ts`. `more`: switches beside ours.
 */
export async function launch(more: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: '/usr/bin/chromium-headless-shell',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}

/** Fails with whatever axe-core finds; rules and places are named. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // Through the debugger, not a script tag: the pages' policy refuses scripts that are not theirs.
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    // The previewed site is looked at on its own.
    return await axe.run({ iframes: false });
  });
  assert.deepEqual(
    found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`),
    [],
    where,
  );
}

/** Nothing may stick out sideways: a person on a phone would have to scroll to read. */
export async function assertFits(page: Page, where: string): Promise<void> {
  const { wide, width, out } = await page.evaluate(() => {
    const { scrollWidth: wide, clientWidth: width } = document.documentElement;
    const out = wide <= width ? [] : [...document.querySelectorAll<HTMLElement>('body *')].filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > width + 0.5);
    // Of those within each other, the innermost is to blame.
    return { wide, width, out: out.filter((element) => !out.some((other) => other !== element && element.contains(other))).map((element) => element.outerHTML.slice(0, 120)) };
  });
  assert.ok(wide <= width, `${where} is ${wide} px wide in a window of ${width} px: ${out.join(' | ')}`);
}

export async function shoot(page: Page, name: string, fullPage = false): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage });
}

/** A browser of its own, at the width and in the scheme of a look; a phone is touched. Nothing moves, so that a picture is of what stays. */
export async function browserIn(browser: Browser, look: Look, more: BrowserContextOptions = {}): Promise<BrowserContext> {
  const { width, height, colorScheme } = look;
  return await browser.newContext({ viewport: { width, height }, colorScheme, hasTouch: width < 700, reducedMotion: 'reduce', ...more });
}

/** Signs a browser in as somebody. */
export async function signInAs(context: BrowserContext, stack: TestStack, person: Person): Promise<void> {
  const url = stack.addresses.app.replace('http:', 'https:');
  await context.addCookies([...person.cookies].map(([name, value]) => ({ name, value, url, httpOnly: true, secure: true, sameSite: 'Lax' as const })));
}

/** Writes down what a page should never say: errors of scripts, and what its policy refused. */
export function watch(page: Page, problems: string[]): void {
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) problems.push(message.text());
  });
}

/** Looks at a page as it stands: a picture for people, its width, and what axe-core says. */
export async function lookAt(page: Page, name: string, fullPage = false): Promise<void> {
  await shoot(page, name, fullPage);
  await assertFits(page, name);
  await assertAccessible(page, name);
}
