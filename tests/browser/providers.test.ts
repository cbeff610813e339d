/** Signing in through a provider as a person does: the button, the provider's page, and what stands there when it fails. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { assertAccessible, assertFits, launch, shoot } from './browser.ts';

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

for (const javaScriptEnabled of [true, false]) {
  for (const [label, person] of [['Google', 'ben@example.com'], ['GitHub', 'cleo-cedar']] as const) {
    describe(`${label}, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, () => {
      it('signs in, past its page and back', async () => {
        const page = await (await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled })).newPage();
        await page.goto(stack.addresses.app);
        await page.getByRole('link', { name: 'Start your site' }).click();
        await page.getByRole('button', { name: `Continue with ${label}` }).click();
        await page.getByText(person).first().click();
        await page.waitForURL('**/setup');
        assert.equal(new URL(page.url()).origin, stack.addresses.app);
        await page.context().close();
      });
    });
  }
}

describe('the sign-in dialog', () => {
  for (const [name, colorScheme, viewport] of [
    ['phone-light', 'light', { width: 390, height: 844 }], ['phone-dark', 'dark', { width: 390, height: 844 }],
    ['desktop-light', 'light', { width: 1280, height: 800 }], ['desktop-dark', 'dark', { width: 1280, height: 800 }],
  ] as const) {
    it(`can be used by everybody: ${name}`, async () => {
      const page: Page = await (await browser.newContext({ colorScheme, viewport })).newPage();
      await page.goto(`${stack.addresses.app}/?sign-in&error=email_not_verified`);
      await page.getByText(/have not checked that your e-mail address is yours/).waitFor();
      await assertFits(page, name);
      await assertAccessible(page, name);
      await shoot(page, `providers-${name}`);
      await page.context().close();
    });
  }

  it('hides the providers while a code is asked for, and shows them again', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${stack.addresses.app}/?sign-in`);
    await page.getByLabel('Your e-mail address').fill('hidden@example.test');
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.getByLabel('The code from the mail').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Continue with Google' }).isVisible(), false);
    await page.getByRole('link', { name: 'Use another address' }).click();
    assert.equal(await page.getByRole('button', { name: 'Continue with Google' }).isVisible(), true);
    await page.context().close();
  });
});
