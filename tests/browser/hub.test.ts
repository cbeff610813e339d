/** What stands between sites, as somebody uses it: the hub, profiles, notifications; at both widths, in both schemes, by keyboard. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { type Member, Society } from '../http/social-kit.ts';
import { assertAccessible, assertFits, launch, looks, shoot } from './browser.ts';

let stack: TestStack;
let browser: Browser;
let society: Society;

before(async () => (browser = await launch()));
after(async () => await browser?.close());

/** A society of its own for each: everybody is in the lists that everybody sees. */
async function begin(): Promise<void> {
  stack = await startTestStack();
  society = await Society.of(stack);
}

async function hand(context: BrowserContext, person: Member): Promise<void> {
  await context.addCookies(
    [...person.cookies].map(([name, value]) => ({
      name, value, url: stack.addresses.app.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
    })),
  );
}

async function post(site: Member, title: string, summary: string): Promise<void> {
  const db = await stack.db();
  await db.prepare(`INSERT INTO feed_item (kind, source_id, site_id, guid, url, title, summary, published_at, created_at)
    VALUES ('post', ?1, ?1, ?2, ?3, ?2, ?4, ?5, ?5)`)
    .bind(site.siteId, title, `${stack.siteOrigin(site.label)}/${title}`, summary, Date.now()).run();
}

for (const look of looks) {
  describe(`the hub, ${look.name}`, () => {
    let ann: Member;
    let ben: Member;
    let context: BrowserContext;
    let page: Page;
    const problems: string[] = [];
    const at = (path: string) => `${stack.addresses.app}${path}`;
    const seen = async (name: string, fullPage = true) => {
      await shoot(page, `hub-${look.name}-${name}`, fullPage);
      await assertFits(page, name);
      await assertAccessible(page, name);
    };
    const open = async (person?: Member) => {
      await context?.close();
      context = await browser.newContext({
        viewport: { width: look.width, height: look.height }, colorScheme: look.colorScheme, reducedMotion: 'reduce',
      });
      if (person) await hand(context, person);
      page = await context.newPage();
      page.setDefaultTimeout(8_000);
      page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
      page.on('console', (message) => {
        if (/Content Security Policy|Uncaught/.test(message.text())) problems.push(message.text());
      });
    };

    before(async () => {
      await begin();
      ann = await society.member(`ann-${look.name}`, 'Ann Arbor');
      ben = await society.member(`ben-${look.name}`, 'Ben “the baker” Bäcker');
      for (const words of ['Opening hours at the top', 'A photo of the oven', 'Prices for the summer']) await society.publish(ben, words);
      await post(ben, 'Why we bake at night', 'It is quiet then, and the dough takes its time. A long summary that goes on for a while, so that it is seen how a summary of several lines stands in the list of what is new.');
    });
    after(async () => {
      await context?.close();
      await stack?.close();
    });

    it('shows a stranger what is new and who is new, below what Vetka is', async () => {
      await open();
      await page.goto(at('/'));
      await page.getByRole('heading', { level: 1, name: 'A website you change by talking' }).waitFor();
      const news = page.getByRole('region', { name: 'What is new' });
      await news.getByRole('link', { name: 'Why we bake at night' }).waitFor();
      await page.getByRole('region', { name: 'New here' }).getByRole('link', { name: /^Ben/ }).waitFor();
      assert.equal(await news.getByText('3 changes before that').count() > 0, true);
      await seen('stranger');
    });

    it('has a page for each site, with what it says to other programs', async () => {
      await page.getByRole('region', { name: 'What is new' }).getByRole('link', { name: /^Ben/ }).first().click();
      await page.getByRole('heading', { level: 1, name: /^Ben/ }).waitFor();
      const card = page.locator('.h-card');
      assert.equal(await card.locator('.p-name').innerText(), 'Ben “the baker” Bäcker');
      assert.equal(await card.locator('a.u-url.u-uid').getAttribute('href'), `${stack.siteOrigin(ben.label)}/`);
      assert.equal(await page.locator('link[rel=alternate][type="application/atom+xml"]').getAttribute('href'), `/feeds/${ben.domain}/atom.xml`);
      for (const link of await page.locator('.news-title a, .profile-address a').all()) {
        assert.match((await link.getAttribute('rel')) ?? '', /nofollow ugc/);
      }
      await seen('profile-stranger');
      await page.getByRole('link', { name: 'Followers', exact: true }).click();
      await page.getByText('Nobody follows this site yet.').waitFor();
    });

    it('asks a stranger who would follow to sign in, and comes back', async () => {
      await page.locator('.profile').getByRole('link', { name: /^Follow/ }).last().click();
      await page.getByRole('dialog').waitFor();
      assert.match(page.url(), new RegExp(`next=/sites/${ben.domain}`));
    });

    it('says what to do while nobody is followed, and follows in place', async () => {
      await open(ann);
      await page.goto(at('/'));
      await page.getByRole('heading', { level: 1, name: 'Welcome back' }).waitFor();
      await seen('home');
      await page.getByRole('link', { name: 'Following', exact: true }).click();
      await page.getByText(/Follow a few sites/).waitFor();
      await seen('nothing');
      const button = page.getByRole('region', { name: 'New here' }).getByRole('button', { name: 'Follow Ben “the baker” Bäcker' });
      await button.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Following Ben “the baker” Bäcker' }).waitFor();
      await page.reload();
      await page.getByRole('region', { name: 'What is new' }).getByRole('link', { name: 'Why we bake at night' }).waitFor();
      await page.getByRole('button', { name: 'Following Ben “the baker” Bäcker' }).waitFor();
      await seen('following');
    });

    it('shows more of the list in its place', async () => {
      for (let number = 0; number < 25; number++) await post(ben, `Bread number ${number}`, '');
      await page.goto(at('/?feed=following'));
      const items = page.locator('#news-list > li');
      const before = await items.count();
      await page.getByRole('link', { name: 'Show more' }).click();
      await page.waitForFunction((count) => document.querySelectorAll('#news-list > li').length > count, before);
      const titles = await page.locator('.news-title').allInnerTexts();
      assert.equal(new Set(titles).size, titles.length);
      assert.ok(titles.includes('Bread number 0') && titles.includes('Why we bake at night'));
      await page.goto(at('/?feed=nonsense&before=1'));
      await page.getByText('It is quiet here.').waitFor();
    });

    it('tells the other, who looks and has read it', async () => {
      await open(ben);
      await page.goto(at('/'));
      const bell = page.getByRole('link', { name: /^Notifications/ });
      await page.locator('#unread').waitFor();
      await page.getByRole('region', { name: 'Notifications' }).getByText('follows your site').waitFor();
      await seen('told', false);
      await bell.first().click();
      await page.getByRole('heading', { level: 1, name: 'Notifications' }).waitFor();
      await page.locator('.news-item.unread').getByRole('link', { name: 'Ann Arbor' }).waitFor();
      await seen('notifications');
      await page.locator('#unread').waitFor({ state: 'hidden' });
      assert.equal((await ben.json<{ unread: number }>('/api/notch/notifications')).unread, 0);
      await page.reload();
      assert.equal(await page.locator('.news-item.unread').count(), 0);
    });

    it('blocks and takes it back', async () => {
      await page.getByRole('link', { name: 'Ann Arbor' }).click();
      await page.getByText('Follows you').waitFor();
      await page.locator('details.more summary').click();
      await seen('profile-more');
      await page.getByRole('button', { name: 'Block', exact: true }).click();
      await page.getByText('Blocked. Neither of you finds the other here any more.').waitFor();
      assert.equal((await ann.fetch(`/sites/${ben.domain}`)).status, 404);
      await seen('blocked', false);
      await page.goto(at('/settings#others'));
      const others = page.getByRole('region', { name: 'Other people' });
      await others.getByText('Ann Arbor').waitFor();
      await others.getByLabel('Sites I follow').check();
      await others.getByLabel('One mail a day, when there is something new').check();
      await seen('settings');
      await others.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved.').waitFor();
      assert.deepEqual(await ben.json('/api/notch/preferences'), { messagesFrom: 'following', digest: 'daily' });
      await page.getByRole('button', { name: 'Unblock Ann Arbor' }).click();
      await page.getByText('The block is taken back.').waitFor();
      assert.equal((await ann.fetch(`/sites/${ben.domain}`)).status, 200);
    });

    it('met no script error and nothing that the policy refused', () => assert.deepEqual(problems, []));
  });
}

describe('the hub without scripts', () => {
  before(begin);
  after(async () => await stack?.close());

  it('follows, reads, mutes and unfollows', async () => {
    const [one, other] = [await society.member('plain-one', 'One'), await society.member('plain-other', 'Other')];
    await one.fetch(`/api/notch/follows/${other.domain}`, { method: 'PUT' });
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
    await hand(context, other);
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    await page.goto(`${stack.addresses.app}/`);
    await page.getByRole('button', { name: 'Follow One' }).click();
    await page.getByText('You follow this site now.').waitFor();
    await page.getByRole('button', { name: 'Following One' }).waitFor();
    await page.goto(`${stack.addresses.app}/notifications`);
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await page.getByText('All of it is marked as read.').waitFor();
    await page.goto(`${stack.addresses.app}/sites/${one.domain}`);
    await page.locator('details.more summary').click();
    await page.getByRole('button', { name: 'Mute', exact: true }).click();
    await page.getByText('Muted.').waitFor();
    await page.getByRole('button', { name: 'Following One' }).click();
    await page.getByText('You do not follow this site any more.').waitFor();
    assert.deepEqual((await other.json<{ you: unknown }>(`/api/notch/sites/${one.domain}`)).you, { following: false, followsYou: true, blocked: false, muted: true });
    await assertFits(page, 'a profile without scripts');
    await context.close();
  });
});
