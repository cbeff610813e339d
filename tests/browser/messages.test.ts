/** Two people write to each other, each in their own browser: live, on a phone and on a desktop, offline in between, and without scripts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { assertAccessible, assertFits, launch, looks, shoot } from './browser.ts';

type Member = Person & { domain: string };

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

async function open(person: Person, options: Parameters<Browser['newContext']>[0] = {}): Promise<[BrowserContext, Page]> {
  const context = await browser.newContext({ baseURL: stack.addresses.app, reducedMotion: 'reduce', ...options });
  await context.addCookies(
    [...person.cookies].map(([name, value]) => ({
      name, value, url: stack.addresses.app.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
    })),
  );
  return [context, await context.newPage()];
}

const box = (page: Page) => page.getByRole('textbox', { name: /Your message to/ });
const said = (page: Page, words: string) => page.locator('#said .message', { hasText: words });

for (const look of looks) {
  describe(`messages, ${look.name}`, () => {
    let ann: Member;
    let ben: Member;
    let pages: [BrowserContext, Page][];
    let hers: Page;
    let his: Page;
    const problems: string[] = [];
    const seen = async (page: Page, name: string) => {
      await shoot(page, `messages-${look.name}-${name}`);
      await assertFits(page, name);
      await assertAccessible(page, name);
    };

    before(async () => {
      ann = await stack.owner(`ann-${look.name}`);
      ben = await stack.owner(`ben-${look.name}`);
      await ann.send('PATCH', '/api/account', { name: 'Ann Amsel' });
      await ben.send('PATCH', '/api/account', { name: 'Ben Birke' });
      const options = { viewport: { width: look.width, height: look.height }, colorScheme: look.colorScheme };
      pages = [await open(ann, options), await open(ben, options)];
      [hers, his] = [pages[0]![1], pages[1]![1]];
      for (const page of [hers, his]) {
        page.on('pageerror', (error) => problems.push(String(error)));
        page.on('console', (message) => message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED|WebSocket connection/.test(message.text()) && problems.push(message.text()));
      }
    });
    after(async () => {
      for (const [context] of pages) await context.close();
    });

    it('begin empty, and say what to do', async () => {
      await hers.goto('/messages');
      await hers.getByText('Nothing yet.').waitFor();
      await seen(hers, '1-empty');
      await hers.getByLabel('Write to a site').fill(`https://${ben.domain}/`);
      await hers.getByRole('button', { name: 'Write' }).click();
      await hers.waitForURL(`**/messages/${ben.domain}`);
      await hers.getByText('You have not written with each other yet.').waitFor();
    });

    it('come by themselves, and are read', async () => {
      await his.goto('/messages');
      await box(hers).fill('Hello Ben, <b>nice</b> page');
      await box(hers).press('Enter');
      await said(hers, 'nice').waitFor();
      // On the list of his page, without a reload.
      await his.getByRole('link', { name: /Ann Amsel/ }).waitFor({ timeout: 5000 });
      await his.locator('#unread-messages', { hasText: '1' }).waitFor();
      await seen(his, '2-list');
      await his.getByRole('link', { name: /Ann Amsel/ }).click();
      await said(his, '<b>nice</b>').waitFor();
      await said(hers, 'nice').getByText('· read').waitFor({ timeout: 5000 });
      await his.locator('#unread-messages').waitFor({ state: 'hidden' });
      await box(his).fill('Thank you');
      await his.getByRole('button', { name: 'Send' }).click();
      await said(hers, 'Thank you').waitFor({ timeout: 5000 });
      await seen(hers, '3-thread');
    });

    it('can be edited and taken back in place', async () => {
      await box(hers).fill('teh end');
      await hers.getByRole('button', { name: 'Send' }).click();
      await said(his, 'teh end').waitFor({ timeout: 5000 });
      const mine = said(hers, 'teh end');
      await mine.getByText('Change').click();
      await mine.getByLabel('The message').fill('the end');
      await seen(hers, '4-edit');
      await mine.getByRole('button', { name: 'Save' }).click();
      await said(his, 'the end').getByText('· edited').waitFor({ timeout: 5000 });
      await said(hers, 'the end').getByText('Change').click();
      await said(hers, 'the end').getByRole('button', { name: 'Take back' }).click();
      await said(his, 'taken back').waitFor({ timeout: 5000 });
      assert.equal(await said(his, 'the end').count(), 0);
    });

    it('lose nothing when the network is away', async () => {
      const [context] = pages[0]!;
      await context.setOffline(true);
      await box(hers).fill('from the tunnel');
      await hers.getByRole('button', { name: 'Send' }).click();
      await said(hers, 'from the tunnel').getByText(/Not sent yet/).waitFor();
      await box(hers).fill('half a thought');
      await seen(hers, '5-offline');
      await context.setOffline(false);
      await said(his, 'from the tunnel').waitFor({ timeout: 15_000 });
      await hers.reload();
      assert.equal(await box(hers).inputValue(), 'half a thought');
      assert.equal(await said(hers, 'from the tunnel').count(), 1);
      assert.equal(await said(his, 'from the tunnel').count(), 1);
      await box(hers).fill('');
    });

    it('break nothing', () => assert.deepEqual(problems, []));
  });
}

describe('messages without scripts', () => {
  it('are written and read by forms', async () => {
    const ann = await stack.owner('ann-plain');
    const ben = await stack.owner('ben-plain');
    const [context, page] = await open(ann, { javaScriptEnabled: false });
    await page.goto(`/messages/${ben.domain}`);
    await box(page).fill('By post');
    await page.getByRole('button', { name: 'Send' }).click();
    await said(page, 'By post').waitFor();
    await page.getByText('Change').click();
    await page.getByLabel('The message').fill('By mail');
    await page.getByRole('button', { name: 'Save' }).click();
    await said(page, 'By mail').waitFor();
    await context.close();
    const [other, there] = await open(ben, { javaScriptEnabled: false });
    await there.goto('/messages');
    await there.getByRole('link', { name: /ann-plain/ }).click();
    await said(there, 'By mail').waitFor();
    await there.getByRole('button', { name: 'Mark as read' }).click();
    assert.equal(await there.getByRole('button', { name: 'Mark as read' }).count(), 0);
    await other.close();
  });
});
