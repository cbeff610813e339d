/**
 * Reporting a page, and the way there from people's sites, also where nothing of Notch's frame comes: by mouse, by keys, by
 * ear, and out of the way. What is in the frame is tried in notch.test.ts.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing, type Site } from '../http/publishing.ts';
import { browserIn, launch, lookAt, looks, shoot, watch } from './browser.ts';

let stack: TestStack;
let browser: Browser;
let publishing: Publishing;
let site: Site;

before(async () => {
  stack = await startTestStack();
  browser = await launch();
  publishing = await Publishing.of(stack);
  site = await publishing.site('bakery');
  // A page of a site, with styles of its own that would like to reach everything.
  const page = (body: string): string => `<!doctype html><html lang="en"><title>Bakery</title><meta name="viewport" content="width=device-width">
    <style>*{color:red!important;font-size:40px!important;position:static!important}button{display:none!important}</style>
    <main><h1>Bakery</h1><p>${'Bread. '.repeat(400)}</p>${body}</main></html>`;
  await publishing.publish(site, {
    'index.html': withTag(page('<p><a href="second.html">More</a></p>')),
    'second.html': withTag(page('')),
    'frame.html': '<!doctype html><title>Frame</title><iframe src="/" title="Inside" width="300" height="300"></iframe>',
  });
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

/** By hand where the hosting worker does not add it yet; one tag either way. */
const withTag = (html: string): string => html.replace('</main>', `</main><script async src="${stack.addresses.app}/notch.js"></script>`);

/** As on a page whose policy lets no frame of ours in. */
const withoutFrame = async (where: BrowserContext | Page): Promise<void> => {
  await where.route('**/embed/**', (route) => route.abort());
};

for (const look of looks) {
  describe(`reporting, ${look.name}`, () => {
    const problems: string[] = [];
    let context: BrowserContext;
    let page: Page;
    const seen = async (what: string, on = page): Promise<void> => {
      await lookAt(on, `report-${look.name}-${what}`);
    };
    before(async () => {
      context = await browserIn(browser, look);
      await withoutFrame(context);
      page = await context.newPage();
      watch(page, problems);
    });
    after(async () => await context?.close());

    it('is offered in a corner of the site, whatever its styles do', async () => {
      await page.goto(`${stack.siteOrigin('bakery')}/?secret=1#here`);
      const button = page.getByRole('button', { name: 'Notch' });
      await button.waitFor();
      const box = await button.boundingBox();
      assert.ok(box && box.width >= 44 && box.width < 60 && box.x > look.width - 120 && box.y > look.height - 80, JSON.stringify(box));
      assert.equal(await button.getAttribute('aria-expanded'), 'false');
      assert.equal(await page.getByRole('link', { name: 'Report this page' }).isVisible(), false);
      await shoot(page, `report-${look.name}-notch`);
      await button.click();
      await page.getByRole('link', { name: 'Report this page' }).waitFor();
      await seen('notch-open');
      assert.equal(await page.getByRole('link', { name: 'Open Vetka in a tab' }).getAttribute('href'), `${stack.addresses.app}/sites/bakery.vetka.localhost`);
      await button.click();
      assert.equal(await page.getByRole('link', { name: 'Report this page' }).isVisible(), false, 'pressed again it closes');
    });

    it('leads to the form, which asks again for what is missing', async () => {
      await page.getByRole('button', { name: 'Notch' }).click();
      const [form] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Report this page' }).click()]);
      await form.getByRole('heading', { name: 'Report a page' }).waitFor();
      assert.equal(await form.getByLabel('Address of the page').inputValue(), `${stack.siteOrigin('bakery')}/`, 'without what the address said about the visitor');
      await seen('form', form);
      await form.getByLabel(/pretends to be somebody else/).check();
      await form.getByLabel('What should we know?').fill('It asks for my password.');
      await form.getByLabel('Address of the page').fill('https://example.org/');
      await form.getByRole('button', { name: 'Send the report' }).click();
      await form.getByText('We know no site at this address.').waitFor();
      assert.equal(await form.getByLabel('What should we know?').inputValue(), 'It asks for my password.');
      await seen('form-again', form);
      await form.getByLabel('Address of the page').fill(stack.siteOrigin('bakery'));
      await form.getByRole('button', { name: 'Send the report' }).click();
      await form.getByRole('heading', { name: 'Thank you' }).waitFor();
      await seen('thanks', form);
      await form.close();
    });

    it('met no script error and nothing that a policy refused', () => assert.deepEqual(problems, []));
  });
}

describe('the button on a site', () => {
  it('goes by keys alone, and the focus is never lost', async () => {
    const page = await browser.newPage();
    await withoutFrame(page);
    await page.goto(stack.siteOrigin('bakery'));
    const button = page.getByRole('button', { name: 'Notch' });
    await button.focus();
    await page.keyboard.press('Enter');
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    await page.getByRole('link', { name: 'Report this page' }).waitFor();
    await button.focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.getByRole('button', { name: 'React' }).evaluate((element) => element === (element.getRootNode() as ShadowRoot).activeElement), true, 'arrows go along the bar');
    await page.keyboard.press('Tab');
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent ?? '');
    assert.equal(await focused(), 'Open Vetka in a tab');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Report this page');
    await page.keyboard.press('Escape');
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    assert.equal(await page.getByRole('link', { name: 'Report this page' }).isVisible(), false);
    await page.close();
  });

  it('stays away in this tab once it was sent away, and is not printed', async () => {
    const page = await browser.newPage();
    await withoutFrame(page);
    await page.goto(stack.siteOrigin('bakery'));
    const host = page.locator('vetka-notch');
    await host.waitFor({ state: 'attached' });
    await page.emulateMedia({ media: 'print' });
    assert.equal(await host.evaluate((element) => getComputedStyle(element).display), 'none');
    await page.emulateMedia({ media: 'screen' });
    await page.getByRole('button', { name: 'Notch' }).click();
    await page.getByRole('button', { name: 'Hide this bar' }).click();
    assert.equal(await host.count(), 0);
    await page.getByRole('link', { name: 'More' }).click();
    await page.waitForLoadState('networkidle');
    assert.equal(await host.count(), 0, 'nor on the next page');
    await page.close();
    const other = await browser.newPage();
    await other.goto(stack.siteOrigin('bakery'));
    await other.locator('vetka-notch').waitFor({ state: 'attached' });
    await other.close();
  });

  it('is not shown in a frame', async () => {
    const page = await browser.newPage();
    await page.goto(`${stack.siteOrigin('bakery')}/frame.html`);
    await page.waitForLoadState('networkidle');
    assert.equal(await page.frameLocator('iframe').locator('h1').count(), 1);
    assert.equal(await page.frameLocator('iframe').locator('vetka-notch').count(), 0);
    await page.close();
  });
});

it('reporting works without JavaScript', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${stack.addresses.app}/`);
  await page.getByRole('link', { name: 'Report a page' }).click();
  await page.getByLabel('Address of the page').fill('bakery.vetka.localhost');
  await page.getByLabel(/against the law/).check();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await context.close();
});

describe('the picture of a site', () => {
  it('stands on its card, with a bare twig before, and goes when the site is taken down', async () => {
    const owner = await stack.owner('pictured');
    const cookies = [...owner.cookies].map(([name, value]) => ({
      name, value, url: stack.addresses.app.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
    }));
    const contexts = await Promise.all(looks.map(async (look) => {
      const context = await browserIn(browser, look);
      await context.addCookies(cookies);
      return { look, context, page: await context.newPage() };
    }));
    const seen = async (path: string, what: string, then: (page: Page) => Promise<void> = async () => undefined): Promise<void> => {
      for (const { look, page } of contexts) {
        await page.goto(stack.addresses.app + path);
        await then(page);
        await lookAt(page, `picture-${look.name}-${what}`);
      }
    };
    await seen('/sites', 'none');
    const token = await publishing.token(owner.siteId);
    await publishing.publish({ id: owner.siteId, label: owner.label, token }, {
      'index.html': '<!doctype html><style>html{background:linear-gradient(teal,gold)}body{font:80px serif;margin:80px}</style><h1>My bakery</h1>',
    });
    await stack.scheduled('api');
    await seen('/sites', 'there', async (page) => {
      await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.shot img')?.naturalWidth === 1280);
      assert.equal(await page.getByAltText(/^The first page of pictured\./).count(), 1);
    });
    await (await stack.db())
      .prepare("UPDATE site SET taken_down_at = 1795000000000, taken_down_for = 'abuse', taken_down_note = 'It asked visitors for their bank cards.' WHERE id = ?1")
      .bind(owner.siteId).run();
    await seen('/sites', 'taken-down', async (page) => {
      assert.equal(await page.locator('.shot img').count(), 0);
      await page.getByText('It asked visitors for their bank cards.').waitFor();
    });
    await seen(`/sites/${owner.domain}/builder`, 'taken-down-builder', async (page) => await page.getByText(/We took this site down on 18 November 2026/).waitFor());
    for (const { context } of contexts) await context.close();
  });
});
