/** What works without JavaScript, at a phone's width, and the pages that stand where no site is. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing, type Site } from '../http/publishing.ts';
import { assertAccessible, assertFits, launch, shoot } from './browser.ts';

const viewport = { width: 390, height: 844 };
let stack: TestStack;
let browser: Browser;
let publishing: Publishing;

before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

describe('without JavaScript', () => {
  const email = 'plain@example.test';
  let page: Page;
  before(async () => (page = await (await browser.newContext({ viewport, javaScriptEnabled: false })).newPage()));

  it('somebody signs in, after a slip', async () => {
    await page.goto(stack.addresses.app);
    await page.getByRole('link', { name: 'Start your site' }).click();
    await page.getByLabel('Your e-mail address').fill(email);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.getByLabel('The code from the mail').fill('12');
    await page.getByRole('button', { name: 'Sign in' }).last().click();
    await page.getByText(/That code is not right/).waitFor();
    await page.getByLabel('The code from the mail').fill(await stack.code(email));
    await page.getByRole('button', { name: 'Sign in' }).last().click();
    await page.waitForURL('**/setup');
  });

  it('picks a name, after one that is kept', async () => {
    await page.getByRole('link', { name: /Make a new site/ }).click();
    for (const label of ['www', 'plainly']) {
      await page.getByLabel('Name of your site').fill(label);
      await page.getByRole('button', { name: 'Take this name' }).click();
      if (label === 'www') await page.getByText(/is kept for Vetka itself/).waitFor();
    }
    await page.waitForURL('**/builder');
  });

  it('goes back to an earlier version', async () => {
    const row = await publishing.db.prepare("SELECT id FROM site WHERE subdomain = 'plainly'").first<{ id: string }>();
    assert.ok(row);
    const site: Site = { id: row.id, label: 'plainly', token: await publishing.token(row.id) };
    await publishing.publish(site, { 'index.html': '<h1>one</h1>' });
    await publishing.publish(site, { 'index.html': '<h1>two</h1>' });
    await page.reload();
    await page.getByRole('button', { name: 'Restore' }).first().click();
    await page.getByText(/That version is live again/).waitFor();
    await assertFits(page, 'versions without scripts');
    assert.equal((await publishing.get('plainly', '/', { reload: true })).text, '<h1>one</h1>');
  });

  it('has a site set as it is wanted, and its domain, after a slip', async () => {
    await page.goto(`${stack.addresses.app}/sites`);
    await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings of plainly' }).waitFor();
    await assertFits(page, 'settings of a site without scripts');
    await page.getByRole('radio', { name: 'A page that says so' }).check();
    await page.locator('#addresses').getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Saved/).waitFor();
    assert.equal(await page.getByRole('radio', { name: 'A page that says so' }).isChecked(), true);
    await page.getByRole('checkbox', { name: 'Show Notch on this site' }).uncheck();
    await page.locator('#notch').getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Saved/).waitFor();
    assert.equal(await page.getByRole('checkbox', { name: 'Show Notch on this site' }).isChecked(), false);
    const set = await publishing.db.prepare("SELECT not_found, notch FROM site WHERE subdomain = 'plainly'").first();
    assert.deepEqual(set, { not_found: 'page', notch: 0 });

    const name = 'plainly.cakes.localhost';
    await page.getByLabel('Your domain').fill('mira@cakes.cafe');
    await page.getByRole('button', { name: 'Use this domain' }).click();
    await page.getByText(/looks like an e-mail address/).waitFor();
    assert.equal(await page.getByLabel('Your domain').inputValue(), 'mira@cakes.cafe', 'what was typed is lost');
    await page.getByLabel('Your domain').fill(name);
    await page.getByRole('button', { name: 'Use this domain' }).click();
    await page.getByText('Waiting for the TXT record').waitFor();
    await assertFits(page, 'records without scripts');
    await shoot(page, 'plain-site-settings', true);
    stack.stack.web.tell(`_vetka.${name}`, { TXT: [await page.locator('#record-txt').innerText()] });
    await page.getByRole('button', { name: 'Look now' }).click();
    await page.getByText('Waiting for the CNAME record').waitFor();
    await page.getByRole('link', { name: 'Remove the domain' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the domain' }).click();
    await page.getByLabel('Your domain').waitFor();
  });

  it('deletes the site only by typing its name', async () => {
    for (const typed of ['plain', 'plainly']) {
      await page.goto(`${stack.addresses.app}/sites`);
      await page.getByRole('link', { name: 'Delete' }).click();
      await page.getByRole('dialog').getByRole('textbox').fill(typed);
      await page.getByRole('dialog').getByRole('button', { name: /Delete/ }).click();
      await page.waitForLoadState();
      const { count } = (await publishing.db
        .prepare("SELECT count(*) AS count FROM site WHERE subdomain = 'plainly'")
        .first<{ count: number }>()) ?? { count: NaN };
      assert.equal(count, typed === 'plainly' ? 0 : 1, typed);
    }
  });
});

describe('where no site is', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`the pages fit a phone and axe-core finds nothing serious, ${colorScheme}`, async () => {
      const page = await (await browser.newContext({ viewport, colorScheme })).newPage();
      const waiting = await publishing.site();
      for (const [name, address] of [
        ['free', stack.siteOrigin('nobody-has-it')],
        ['waiting', stack.siteOrigin(waiting.label)],
        ['impossible', stack.siteOrigin('www')],
        ['no-version', stack.siteOrigin(`v--${'a'.repeat(24)}`)],
        ['not-found', `${stack.addresses.app}/nothing-here`],
      ] as const) {
        await page.goto(address);
        await shoot(page, `notice-${colorScheme}-${name}`);
        await assertFits(page, name);
        await assertAccessible(page, name);
      }
      await page.context().close();
    });
  }

  it('looking again shows the first version when it is there', async () => {
    const page = await (await browser.newContext({ viewport })).newPage();
    const site = await publishing.site();
    await page.goto(stack.siteOrigin(site.label));
    await publishing.publish(site, { 'index.html': '<title>Here</title><h1>Here it is</h1>' });
    await page.getByRole('link', { name: 'Look again' }).click();
    await page.getByRole('heading', { name: 'Here it is' }).waitFor();
  });
});
