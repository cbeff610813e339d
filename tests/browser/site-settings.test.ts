/** The settings of a site: saving in place, and a domain that gets there while its owner looks on. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing } from '../http/publishing.ts';
import { browserIn, launch, lookAt, looks, phone, signInAs, watch } from './browser.ts';

let stack: TestStack;
let browser: Browser;

before(async () => {
  stack = await startTestStack();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

for (const look of looks) {
  describe(`the settings of a site, ${look.name}`, () => {
    const label = `mira-${look.name}`;
    const name = `${label}.cakes.localhost`;
    const problems: string[] = [];
    let context: BrowserContext;
    let page: Page;
    const seen = async (what: string): Promise<void> => {
      await lookAt(page, `site-settings-${look.name}-${what}`, true);
    };

    before(async () => {
      const owner = await stack.owner(label);
      const publishing = await Publishing.of(stack);
      await publishing.publish({ id: owner.siteId, label, token: await publishing.token(owner.siteId) }, { 'index.html': `<!doctype html><title>Mira</title><h1>Cakes of ${label}</h1>` });
      context = await browserIn(browser, look);
      await signInAs(context, stack, owner);
      page = await context.newPage();
      watch(page, problems);
    });
    after(async () => await context?.close());

    it('saves in place, with the keyboard', async () => {
      await page.goto(`${stack.addresses.app}/sites`);
      await page.getByRole('main').getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('heading', { name: `Settings of ${label}` }).waitFor();
      await seen('first');
      await page.getByRole('radio', { name: 'The site decides' }).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByText('Saved. Visitors notice within seconds.').waitFor();
      await page.getByRole('checkbox', { name: 'Show Notch on this site' }).press('Space');
      await page.locator('#notch').getByRole('button', { name: 'Save' }).press('Enter');
      await page.waitForResponse((answer) => answer.request().method() === 'PATCH' && answer.ok());
      await page.reload();
      assert.equal(await page.getByRole('radio', { name: 'Always the home page' }).isChecked(), true);
      assert.equal(await page.getByRole('checkbox', { name: 'Show Notch on this site' }).isChecked(), false);
    });

    it('takes a domain, after a slip, and goes on by itself when the records are there', async () => {
      await page.getByLabel('Your domain').fill('mira@cakes.cafe');
      await page.getByRole('button', { name: 'Use this domain' }).click();
      await page.getByText(/looks like an e-mail address/).waitFor();
      await page.getByLabel('Your domain').fill(name);
      await page.getByLabel('Your domain').press('Enter');
      await page.getByText('Waiting for the TXT record').waitFor();
      await seen('records');
      stack.stack.web.tell(`_vetka.${name}`, { TXT: [await page.locator('#record-txt').innerText()] });
      await page.getByRole('button', { name: 'Look now' }).click();
      await page.getByText('Waiting for the CNAME record').waitFor();
      stack.stack.web.tell(name, { CNAME: [await page.locator('#record-cname').innerText()] });
      // The page looks by itself; once is enough to see that, and to wait for.
      if (look === phone) await page.getByText('The certificate is being made').waitFor({ timeout: 20_000 });
      const there = page.getByText(`Your site is at ${name} now.`);
      while (!(await there.isVisible())) {
        await page.getByRole('button', { name: 'Look now' }).click();
        await page.locator('#domain-check:not([aria-busy])').waitFor();
      }
      await seen('there');
      await page.getByRole('radio', { name: stack.siteOrigin(label).replace(/^http:\/\/|:\d+$/g, '') }).check();
      await page.locator('#domain').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved. Visitors notice within seconds.').waitFor();
    });

    it('lets go of it again', async () => {
      await page.getByRole('link', { name: 'Remove the domain' }).click();
      await page.getByRole('dialog').getByRole('heading', { name: `Remove ${name}?` }).waitFor();
      await seen('take-out');
      await page.getByRole('dialog').getByRole('button', { name: 'Remove the domain' }).click();
      await page.getByText(/no longer leads to your site/).waitFor();
      await page.getByLabel('Your domain').waitFor();
    });

    it('met no script error and nothing that the policy refused', () => assert.deepEqual(problems, []));
  });
}
