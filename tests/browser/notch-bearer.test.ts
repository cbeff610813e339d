/**
 * Notch in a browser that does not keep the cookie of its frame: a visitor signs in on somebody's page all the same, acts, hears
 * what happens, is known when they come back, and leaves nothing when they go. And in one that keeps it, none of that is there.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { address } from '../http/account-kit.ts';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { type Forgetful, forgetful } from './forgetful.ts';
import { Notch, type Own, click, external, ownBrowser, signIn, until } from './notch-kit.ts';

let stack: TestStack;
let way: Forgetful;
let ann: Person & { domain: string };
let maya: Person & { domain: string };
let site: { domain: string; origin: string };
before(async () => {
  [stack, way] = await Promise.all([startTestStack(), forgetful()]);
  ann = await stack.owner('ann', address());
  await ann.send('PATCH', '/api/account', { name: 'Ann Ahorn' });
  maya = await stack.owner('maya', address());
  const owner = await stack.person(address());
  site = await external(stack, owner, 'bakery', (tag) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A bakery</title>${tag}</head>
    <body><h1>A bakery</h1><p id="rye">We bake a rye bread that takes two days.</p>${'<p>Flour, water, salt and time.</p>'.repeat(20)}</body></html>`);
});
after(async () => {
  await way?.close();
  await stack?.close();
});

/** What the frame has kept in its part of the storage. */
const kept = async (page: Page): Promise<Record<string, string>> => {
  const frame = page.frames().find((frame) => frame.url().includes('/embed/'));
  assert.ok(frame);
  return await frame.evaluate(() => ({ ...localStorage }));
};
const bearerIn = async (page: Page): Promise<string | undefined> => (await kept(page))[`notch-bearer ${site.origin}`];
/** What is asked of the frame's own routes, in order. */
const asked = (page: Page): string[] => {
  const seen: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/api\/notch\/(redeem|bearer|me|sign-out)$/.test(pathname)) seen.push(pathname.slice('/api/notch/'.length));
  });
  return seen;
};
const cookies = async (own: Own): Promise<string[]> => (await own.context.cookies()).map(({ name }) => name).filter((name) => name.startsWith('__Host-notch'));

async function visit(proxy?: string): Promise<{ own: Own; page: Page; notch: Notch; seen: string[] }> {
  const own = await ownBrowser('kept out', 1280, 800, proxy);
  await signIn(own.context, stack, ann);
  const page = await own.context.newPage();
  const seen = asked(page);
  const notch = new Notch(page);
  await page.goto(site.origin);
  await notch.open();
  await notch.tab('Sign in');
  await notch.logIn();
  return { own, page, notch, seen };
}

describe('in a browser that does not keep the cookie', () => {
  let own: Own;
  let page: Page;
  let notch: Notch;
  let seen: string[];
  after(async () => await own?.close());

  it('a visitor is known all the same, by what only the frame on this page has', async () => {
    ({ own, page, notch, seen } = await visit(way.address));
    assert.equal(way.lost.length, 1, 'it was sent, and lost');
    assert.deepEqual(await cookies(own), []);
    assert.deepEqual(seen.slice(-4), ['redeem', 'me', 'bearer', 'me']);
    assert.match((await bearerIn(page)) ?? '', /^vb_[\w-]{43}$/);
    assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage }))).includes('vb_'), 'the page has nothing of it');
  });

  it('acts, by their own click', async () => {
    const sentence = await page.locator('#rye').boundingBox();
    assert.ok(sentence);
    await page.mouse.click(sentence.x + 60, sentence.y + 8, { clickCount: 3 });
    await click(page, notch.bar.getByRole('button', { name: 'React' }));
    await notch.frame.getByText('We bake a rye bread that takes two days.').waitFor();
    await notch.press('Love this');
    await page.getByRole('button', { name: /^Love this: Ann Ahorn/ }).waitFor();
  });

  it('hears what happens while they are there', async () => {
    const sent = await maya.send('POST', `/api/notch/threads/${ann.domain}/messages`, { body: 'Good morning', clientId: crypto.randomUUID() });
    assert.equal(sent.status, 201, await sent.text());
    await notch.frame.getByRole('navigation').getByRole('button', { name: /^Messages.*1/ }).waitFor({ timeout: 5_000 });
  });

  it('is known when they come back, by another bearer after an hour', async () => {
    const before = await bearerIn(page);
    await page.reload();
    await notch.open();
    await notch.frame.getByRole('navigation').getByRole('button', { name: /^Account/ }).waitFor();
    assert.equal(await bearerIn(page), before);
    await (await stack.db()).prepare('UPDATE notch_bearer SET made_at = made_at - 7200000').run();
    await page.reload();
    await notch.open();
    await notch.frame.getByRole('navigation').getByRole('button', { name: /^Account/ }).waitFor();
    await until('the next bearer', async () => (await bearerIn(page)) !== before);
    await notch.tab('Account');
    await notch.frame.getByRole('heading', { name: 'Ann Ahorn' }).waitFor();
  });

  it('leaves nothing when they go', async () => {
    await notch.press('Sign out here');
    await notch.frame.getByText(/^You are signed out/).waitFor();
    assert.equal(await bearerIn(page), undefined);
    assert.deepEqual((await ann.json<{ grants: unknown[] }>('/api/notch/grants')).grants, []);
    await page.reload();
    await notch.open();
    await notch.frame.getByRole('navigation').getByRole('button', { name: 'Sign in' }).waitFor();
  });
});

describe('in a browser that keeps it', () => {
  it('nothing else is asked for, and nothing is where scripts could read it', async () => {
    const { own, page, seen } = await visit();
    try {
      assert.deepEqual(seen.slice(-2), ['redeem', 'me']);
      assert.equal(seen.includes('bearer'), false);
      assert.equal((await cookies(own)).length, 1);
      assert.ok(!JSON.stringify(await kept(page)).includes('vb_'));
    } finally {
      await own.close();
    }
  });
});
