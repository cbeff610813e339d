/**
 * The story that all of it is for: two people with two sites meet. One reads the other's page, reacts to a sentence, follows,
 * writes; the other sees it on their own page as it happens, and answers. With cookies of others let in and kept out.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { address } from '../http/account-kit.ts';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { shoot } from './browser.ts';
import { Notch, type Own, click, external, ownBrowser, settle, signIn, until } from './notch-kit.ts';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(async () => await stack?.close());

const page = (tag: string): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A bakery</title>${tag}
  <style>body{max-width:40rem;margin:2rem 1.5rem;font:1.1rem/1.7 Georgia,serif}</style></head>
  <body><h1>A bakery</h1><p id="rye">We bake a rye bread that takes two days.</p><p id="mill">The mill is nine kilometres away.</p>${'<p>Flour, water, salt and time.</p>'.repeat(20)}</body></html>`;

for (const cookies of ['let in', 'kept out'] as const) {
  describe(`two people meet, with cookies of others ${cookies}`, () => {
    const names = cookies === 'let in' ? ['ann', 'maya'] : ['anna', 'maja'];
    let ann: Person & { domain: string };
    let maya: Person;
    let site: { domain: string; origin: string };
    let written = '';
    let anns: { own: Own; page: Page; notch: Notch };
    let mayas: { own: Own; page: Page; notch: Notch };
    const person = async (who: Person): Promise<{ own: Own; page: Page; notch: Notch }> => {
      const own = await ownBrowser(cookies);
      await signIn(own.context, stack, who);
      const page = await own.context.newPage();
      return { own, page, notch: new Notch(page) };
    };

    before(async () => {
      ann = await stack.owner(names[0] ?? '', address());
      await ann.send('PATCH', '/api/account', { name: 'Ann Ahorn' });
      maya = await stack.person(address());
      await maya.send('PATCH', '/api/account', { name: 'Maya Mohn' });
      site = await external(stack, maya, names[1] ?? '', (tag) => (written = page(tag)));
      [anns, mayas] = [await person(ann), await person(maya)];
    });
    after(async () => {
      await anns?.own.close();
      await mayas?.own.close();
    });

    it('Maya is on her own page', async () => {
      const { page, notch } = mayas;
      await page.goto(site.origin);
      await notch.open();
      await notch.tab('Sign in');
      await notch.logIn();
      await notch.frame.getByRole('navigation').getByRole('button', { name: /^Updates/ }).waitFor();
      assert.equal(await notch.frame.getByRole('navigation').getByRole('button', { name: /^Site/ }).count(), 0, 'her own page is nothing to follow');
      await notch.button('Close Notch').click();
    });

    it('Ann reacts to a sentence there', async () => {
      const { page, notch } = anns;
      await page.goto(site.origin);
      await notch.open();
      await notch.tab('Sign in');
      await notch.logIn();
      const sentence = await page.locator('#rye').boundingBox();
      assert.ok(sentence);
      await page.mouse.click(sentence.x + 60, sentence.y + 12, { clickCount: 3 });
      await click(page, notch.bar.getByRole('button', { name: 'React' }));
      await notch.frame.getByText('We bake a rye bread that takes two days.').waitFor();
      await shoot(page, `notch-wheel-${names[0]}`);
      await notch.press('Love this');
      await notch.frame.getByRole('button', { name: /^Undo/ }).waitFor();
      const sticker = page.getByRole('button', { name: /^Love this: Ann Ahorn, on “We bake a rye bread/ });
      await sticker.waitFor();
      const [at, words] = [await sticker.boundingBox(), await page.locator('#rye').boundingBox()];
      assert.ok(at && words && Math.abs(at.y + at.height / 2 - (words.y + words.height / 2)) < 30, 'it is by its words');
      await shoot(page, `notch-sticker-${names[0]}`);
    });

    it('Maya sees it on her page, where she is', async () => {
      await mayas.page.getByRole('button', { name: /^Love this: Ann Ahorn/ }).waitFor();
      const badge = mayas.notch.frame.locator('.badge');
      await until('the badge', async () => /[1-9]/.test((await badge.textContent()) ?? ''));
    });

    it('Ann follows and writes', async () => {
      const { page, notch } = anns;
      await notch.tab('Site');
      await notch.press('Follow');
      await notch.press('Yes, follow');
      await notch.button('Following').waitFor();
      await notch.press('Write');
      await notch.frame.getByLabel('Message to Maya Mohn').fill('Do you keep a loaf if I write before nine?');
      await notch.press('Send');
      await notch.press('Yes, send it');
      await notch.frame.getByText('Do you keep a loaf if I write before nine?').waitFor();
      assert.equal(await notch.frame.getByLabel('Message to Maya Mohn').inputValue(), '', 'what was sent is not there to be sent again');
      await shoot(page, `notch-thread-${names[0]}`);
    });

    it('Maya reads it and answers', async () => {
      const { page, notch } = mayas;
      await notch.open();
      await notch.frame.getByText(/follows you/).waitFor();
      await notch.frame.getByText(/left “Love this”/).waitFor();
      await shoot(page, `notch-updates-${names[1]}`);
      await notch.tab('Messages');
      await notch.press(/^Ann Ahorn/);
      await notch.frame.getByText('Do you keep a loaf if I write before nine?').waitFor();
      await notch.frame.getByLabel('Message to Ann Ahorn').fill('Gladly. Two, even.');
      await notch.press('Send');
    });

    it('Ann sees the answer come', async () => {
      await anns.notch.frame.getByText('Gladly. Two, even.').waitFor({ timeout: 5_000 });
      await anns.notch.frame.getByText(/· read/).waitFor();
    });

    it('the sticker stays by its words on a phone and after the page was edited', async () => {
      const { page } = anns;
      stack.stack.web.write(names[1] ?? '', written.replace('<h1>', '<p>New: open on Sundays.</p><p>And on Mondays.</p><h1>').replace('We bake a rye', 'We <em>bake</em> a rye'));
      await page.setViewportSize({ width: 390, height: 844 });
      await page.reload();
      const sticker = page.getByRole('button', { name: /^Love this: Ann Ahorn/ });
      await sticker.waitFor();
      await settle(page, sticker, 300);
      const [at, words] = [await sticker.boundingBox(), await page.locator('#rye').boundingBox()];
      assert.ok(at && words && at.y + at.height / 2 > words.y - 10 && at.y + at.height / 2 < words.y + words.height + 10, JSON.stringify({ at, words }));
      await page.getByRole('link', { name: 'Ann Ahorn' }).waitFor();
      await shoot(page, `notch-phone-${names[0]}`);
      await click(page, sticker);
      await anns.notch.frame.getByRole('heading', { name: 'On this page' }).waitFor();
      await shoot(page, `notch-phone-reactions-${names[0]}`);
    });

    it('Ann takes it back', async () => {
      const { page, notch } = anns;
      await notch.press(/^Take back/);
      await page.getByRole('button', { name: /^Love this/ }).waitFor({ state: 'detached' });
    });
  });
}
