/**
 * Every page, as people with their own ways of reading come to it: at a phone's, a tablet's and a desktop's width, in light and
 * dark; with letters twice as large; with the keys alone; by its outline; and without scripts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { routes } from '../http/tables.ts';
import { assertAccessible, assertFits, launch, shoot, signInAs } from './browser.ts';
import { NO_PAGES, type Place, everyPage } from './every-page.ts';

let stack: TestStack;
let browser: Browser;
/** One whose owner has set its letters to be twice as large. */
let large: Browser;
let places: Place[];

before(async () => {
  stack = await startTestStack();
  places = await everyPage(stack);
  [browser, large] = await Promise.all([launch(), launch(['--blink-settings=defaultFontSize=32,defaultFixedFontSize=26'])]);
});
after(async () => {
  await Promise.all([browser?.close(), large?.close()]);
  await stack?.close();
});

const DESKTOP = { width: 1280, height: 800 };
const TABLET = { width: 768, height: 1024 };
const PHONE = { width: 390, height: 844 };

/** Opens a page for whoever it is for, looks at it, and closes it. */
async function visit(place: Place, options: BrowserContextOptions, look: (page: Page) => Promise<void>, by = browser): Promise<void> {
  const context = await by.newContext({ reducedMotion: 'reduce', ...options });
  try {
    if (place.as !== undefined) await signInAs(context, stack, place.as);
    const page = await context.newPage();
    await page.goto(stack.addresses.app + place.path);
    if (options.javaScriptEnabled !== false) await page.waitForFunction(() => document.fonts.status === 'loaded');
    await look(page);
  } finally {
    await context.close();
  }
}

/** Does something with each page, and names those that failed, all at once. */
async function each(look: (place: Place) => Promise<void>): Promise<void> {
  const failed: string[] = [];
  for (const place of places) {
    await look(place).catch((error: unknown) => failed.push(`${place.name}: ${error instanceof Error ? error.message : String(error)}`));
  }
  assert.deepEqual(failed, []);
}

const slug = (place: Place): string => place.name.replace(/[^a-z]+/gi, '-');

/** What the keys can reach: for a group of which one is chosen, the chosen one or else the first. */
function reachable(): number {
  const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, iframe, [tabindex]')].filter((element) => {
    if (element.tabIndex < 0 || (element as HTMLButtonElement).disabled || element.closest('[inert]') !== null) return false;
    const modal = document.querySelector('dialog:modal');
    if (modal !== null && !modal.contains(element)) return false;
    if (!element.checkVisibility({ visibilityProperty: true }) || element.getBoundingClientRect().width === 0) return false;
    if (!(element instanceof HTMLInputElement) || element.type !== 'radio') return true;
    const group = [...document.querySelectorAll<HTMLInputElement>(`input[type=radio][name="${element.name}"]`)].filter(({ form }) => form === element.form);
    return element === (group.find(({ checked }) => checked) ?? group[0]);
  });
  for (const [at, element] of all.entries()) element.dataset['walk'] = String(at);
  return all.length;
}

/** Where the keys are: which of the reachable, whether one sees that, and what lies over it. */
function focused(): { at: number | null; what: string; fault: string | null } {
  const element = document.activeElement as HTMLElement | null;
  if (element === null || element === document.body) return { at: null, what: '', fault: null };
  const what = element.outerHTML.slice(0, 120);
  const at = Number(element.dataset['walk'] ?? Number.NaN);
  if (element instanceof HTMLIFrameElement) return { at, what, fault: null };
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), box.top + Math.min(box.height / 2, 20));
  const own = element.closest('label, .choice') ?? element;
  const covered = top === null || !(own.contains(top) || top.contains(element));
  const probe = document.body.appendChild(document.createElement('span'));
  probe.style.color = 'var(--coral)';
  const coral = getComputedStyle(probe).color;
  probe.remove();
  // The ring stands on the element, or on what frames it; that of a field to write in is its border.
  let ringed = false;
  for (let around: HTMLElement | null = element; around !== null && !ringed && around !== document.body; around = around.parentElement) {
    if (around !== element && !around.matches(':focus-within')) break;
    const { outlineStyle, outlineWidth, boxShadow, borderTopColor } = getComputedStyle(around);
    ringed = (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || (around === element && boxShadow !== 'none') || (around !== element && around.matches('.composer') && borderTopColor === coral);
  }
  return { at: Number.isNaN(at) ? null : at, what, fault: covered ? 'is covered' : ringed ? null : 'has no ring' };
}

describe('every page', () => {
  it('is named here, or is none', () => {
    const named = new Set(places.map(({ route }) => route));
    const missing = routes.filter(({ method, path }) => method === 'GET' && !/^\/(api|assets|feeds|\.well-known)\//.test(path)).map(({ path }) => path);
    assert.deepEqual(missing.filter((path) => !named.has(path) && NO_PAGES[path] === undefined), []);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`fits, and axe-core finds nothing, ${colorScheme}`, async () => {
      await each(async (place) => await visit(place, { viewport: DESKTOP, colorScheme }, async (page) => {
        await page.waitForTimeout(200);
        for (const viewport of [DESKTOP, TABLET, PHONE]) {
          await page.setViewportSize(viewport);
          await assertFits(page, `${place.name}, ${viewport.width} px`);
          if (viewport === TABLET) continue;
          await shoot(page, `walk-${slug(place)}-${viewport.width}-${colorScheme}`, true);
          await assertAccessible(page, `${place.name}, ${viewport.width} px`);
        }
      }));
    });
  }

  it('fits when its letters are twice as large', async () => {
    await each(async (place) => await visit(place, { viewport: DESKTOP }, async (page) => {
      for (const viewport of [DESKTOP, PHONE]) {
        await page.setViewportSize(viewport);
        await shoot(page, `walk-${slug(place)}-${viewport.width}-large`, true);
        await assertFits(page, `${place.name}, ${viewport.width} px`);
      }
    }, large));
  });

  it('has one heading over all, and one place for its content, and says in its title what it is', async () => {
    const titles = new Map<string, string>();
    await each(async (place) => await visit(place, { viewport: DESKTOP }, async (page) => {
      assert.equal(await page.locator('h1:visible').count() || await page.locator('h1').count(), 1, 'headings of the first rank');
      assert.equal(await page.locator('main').count(), 1, 'main');
      const [title, other] = [await page.title(), titles.get(await page.title())];
      assert.ok(other === undefined || other === place.route, `“${title}” is the title of ${other} as well`);
      titles.set(title, place.route);
    }));
  });

  it('is reached in all its parts by the keys, which are never lost from sight', async () => {
    await each(async (place) => await visit(place, { viewport: DESKTOP }, async (page) => {
      await page.waitForTimeout(200);
      const count = await page.evaluate(reachable);
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      const [seen, faults] = [new Set<number>(), [] as string[]];
      // Keys inside a frame are that page's.
      for (let pressed = 0, away = 0; pressed < count * 2 + 20 && away < 3 && seen.size < count; pressed += 1) {
        await page.keyboard.press('Tab');
        const { at, what, fault } = await page.evaluate(focused);
        if (at === null) away += 1;
        else seen.add(at);
        if (fault !== null) faults.push(`${what} ${fault}`);
      }
      const missed = await page.evaluate((seen) => [...document.querySelectorAll<HTMLElement>('[data-walk]')].filter(({ dataset }) => !seen.includes(Number(dataset['walk']))).map((element) => element.outerHTML.slice(0, 120)), [...seen]);
      assert.deepEqual({ missed, faults: [...new Set(faults)] }, { missed: [], faults: [] });
    }));
  });

  it('says something without scripts, and offers no button that does nothing', async () => {
    await each(async (place) => await visit(place, { viewport: PHONE, javaScriptEnabled: false }, async (page) => {
      await assertFits(page, `${place.name}, without scripts`);
      await shoot(page, `walk-${slug(place)}-plain`, true);
      const dead: string[] = [];
      for (const button of await page.locator('button:visible:not([disabled])').all()) {
        const { works, html } = await button.evaluate((element) => {
          const { type, form } = element as HTMLButtonElement;
          return { works: type === 'submit' && form !== null, html: element.outerHTML.slice(0, 120) };
        });
        if (!works) dead.push(html);
      }
      assert.deepEqual(dead, []);
      assert.ok((await page.locator('main').innerText()).trim().length > 40, 'hardly a word');
    }));
  });
});
