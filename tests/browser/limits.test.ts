/** What somebody sees who asked too often: how long to wait, counted down, and then they go on where they were. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { address, send, signIn } from '../http/account-kit.ts';
import { Client, type TestStack, startTestStack } from '../http/harness.ts';
import { assertAccessible, assertFits, launch, shoot } from './browser.ts';

let stack: TestStack;
let browser: Browser;
/** Somebody else behind the same connection as the browser. */
let housemate: Client;

before(async () => {
  stack = await startTestStack();
  housemate = Object.assign(new Client(stack.addresses.app), { network: '127.0.0.1' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

for (const [name, options] of [
  ['a phone', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ['a desk', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
] as const) {
  describe(`on ${name}`, () => {
    const email = address();
    let page: Page;
    before(async () => {
      page = await (await browser.newContext(options)).newPage();
      await page.clock.install();
      await page.goto(`${stack.addresses.app}/?sign-in`);
    });

    it('asking for a code waits, counts down, and works again', async () => {
      for (let at = 0; at < 5; at++) assert.equal((await send(housemate, email)).status, 200);
      await page.getByLabel('Your e-mail address').fill(email);
      await page.getByRole('button', { name: 'Send me a code' }).click();
      await page.getByText(/That was a lot of tries in a row\. Wait/).waitFor();
      const button = page.locator('#sign-in-email button[type=submit]');
      assert.ok(await button.isDisabled());
      assert.match((await button.textContent()) ?? '', /^Wait (\d+ s|1:00)$/);
      await assertAccessible(page, 'waiting');
      await assertFits(page, 'waiting');
      await shoot(page, `limits-address-${options.colorScheme}`);
      await page.clock.fastForward(20_000);
      await page.getByRole('button', { name: /^Wait [34]\d s$/ }).waitFor();
      await page.clock.fastForward(45_000);
      await page.getByRole('button', { name: 'Send me a code' }).waitFor();
      assert.ok(await button.isEnabled());
      assert.equal(await page.getByText(/That was a lot/).count(), 0);
      assert.equal(await page.getByLabel('Your e-mail address').inputValue(), email);
    });

    it('so does a code', async () => {
      const other = address();
      await page.getByLabel('Your e-mail address').fill(other);
      await page.getByRole('button', { name: 'Send me a code' }).click();
      const code = page.getByLabel('The code from the mail');
      await code.waitFor();
      for (let at = 0; at < 10; at++) await signIn(housemate, other, '000000');
      await code.fill(await stack.code(other));
      await page.getByText(/That was a lot of tries in a row\. Wait/).waitFor();
      await page.getByRole('button', { name: /^Wait \d+ s$/ }).waitFor();
      await assertAccessible(page, 'waiting with a code');
      await shoot(page, `limits-code-${options.colorScheme}`);
      await page.clock.fastForward(31_000);
      const signInButton = page.locator('#code-form button[type=submit]');
      await page.waitForFunction(() => document.querySelector('#code-form button[type=submit]')?.textContent === 'Sign in');
      assert.ok(await signInButton.isEnabled());
      assert.equal(await code.inputValue(), await stack.code(other), 'the code is still there');
    });
  });
}
