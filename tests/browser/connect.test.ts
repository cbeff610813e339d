/** Bringing a website one owns: the line is copied, pasted on the website, and the page goes on by itself. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { browserIn, launch, lookAt, looks, signInAs, watch } from './browser.ts';

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

/** Signs the browser in as somebody new. */
async function signIn(context: BrowserContext): Promise<void> {
  const person = await stack.person();
  await signInAs(context, stack, person);
}

for (const look of looks) {
  describe(`bringing a website, ${look.name}`, () => {
    const name = `annes-${look.name}`;
    const problems: string[] = [];
    let context: BrowserContext;
    let page: Page;
    const seen = async (what: string, on = page): Promise<void> => {
      await lookAt(on, `connect-${look.name}-${what}`);
    };

    before(async () => {
      context = await browserIn(browser, look);
      await signIn(context);
      page = await context.newPage();
      watch(page, problems);
    });
    after(async () => await context?.close());

    it('asks which one, after a slip', async () => {
      await page.goto(`${stack.addresses.app}/setup`);
      await seen('choice');
      await page.getByRole('link', { name: /Bring the site you have/ }).click();
      await page.getByLabel('Address of your website').fill('anne@example.org');
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByText(/looks like an e-mail address/).waitFor();
      await seen('which');
      await page.getByLabel('Address of your website').fill(stack.stack.web.site(name));
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByText(/the line is not in its first page yet/).waitFor();
      await page.getByText('There is another way').click();
      await seen('steps');
    });

    it('goes on by itself when the line is on the website', async () => {
      const line = await page.locator('#tag').innerText();
      const website = await context.newPage();
      await website.goto(stack.stack.web.site(name));
      await website.getByRole('link', { name: 'Edit this page' }).click();
      const field = website.getByLabel('The HTML of its first page');
      await field.fill((await field.inputValue()).replace('</head>', `  ${line}\n</head>`));
      await website.getByRole('button', { name: 'Save' }).click();
      await website.getByRole('heading', { name }).waitFor();
      await website.close();
      await page.bringToFront();
      await page.waitForURL('**/?notice=connected', { timeout: 20_000 });
      await page.getByText('Your website is connected.').waitFor();
      await seen('home');
    });

    it('says when the line is gone, and lets go of the website', async () => {
      stack.stack.web.write(name, '<!doctype html><title>Empty</title>');
      await (await stack.db()).prepare("UPDATE site SET proof_lost_at = 1, proof_missing_since = 1795000000000 WHERE domain LIKE ?1").bind(`${name}.%`).run();
      await page.goto(`${stack.addresses.app}/sites`);
      await page.getByRole('button', { name: 'Look again' }).click();
      await page.getByText(/the line is not in its first page yet/).waitFor();
      await seen('gone');
      await page.getByRole('link', { name: 'Disconnect' }).click();
      await seen('disconnect');
      await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
      await page.getByText('Your website is disconnected.').waitFor();
    });

    it('met no script error and nothing that the policy refused', () => assert.deepEqual(problems, []));
  });
}

it('works without JavaScript', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
  await signIn(context);
  const page = await context.newPage();
  await page.goto(`${stack.addresses.app}/setup/script`);
  await page.getByLabel('Address of your website').fill(stack.stack.web.site('plain'));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByText(/the line is not in its first page yet/).waitFor();
  stack.stack.web.write('plain', `<!doctype html><head>${await page.locator('#tag').innerText()}</head>`);
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByText('Your website is connected.').waitFor();
  await context.close();
});
