/**
 * Notch in Firefox, where there is one: on a page of another host name a visitor signs in through the window, agrees, reacts,
 * follows, writes and hears the answer, is known when they come back, and signs out. Not part of `scripts/test`, which needs no
 * Firefox: apt-get install firefox-esr, then node --test tests/firefox/notch.test.ts
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { external } from '../browser/notch-kit.ts';
import { address } from '../http/account-kit.ts';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { type Found, Firefox, Page, isInstalled, until } from './firefox.ts';

describe('Notch in Firefox', { skip: isInstalled ? false : 'there is no Firefox here' }, () => {
  let stack: TestStack;
  let firefox: Firefox;
  let ann: Person & { domain: string };
  let maya: Person;
  let site: { domain: string; origin: string };
  let page: Page;
  let frame: Page;
  before(async () => {
    [stack, firefox] = await Promise.all([startTestStack(), Firefox.start()]);
    ann = await stack.owner('ann', address());
    await ann.send('PATCH', '/api/account', { name: 'Ann Ahorn' });
    maya = await stack.person(address());
    await maya.send('PATCH', '/api/account', { name: 'Maya Mohn' });
    site = await external(stack, maya, 'maya', (tag) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A bakery</title>${tag}
      <style>body{max-width:40rem;margin:2rem 1.5rem;font:1.1rem/1.7 Georgia,serif}</style></head>
      <body><h1>A bakery</h1><p id="rye">We bake a rye bread that takes two days.</p>${'<p>Flour, water, salt and time.</p>'.repeat(20)}</body></html>`);
  });
  after(async () => {
    await firefox?.close();
    await stack?.close();
  });

  /** Of what Notch has put on the page itself. */
  const onPage = (selector: string): Promise<Found> => until(`${selector} on the page`, async () =>
    await page.run<Found | null>(`() => document.querySelector("vetka-notch")?.shadowRoot?.querySelector(${JSON.stringify(selector)}) ?? null`));
  const bar = async (name: string): Promise<void> => page.press(await onPage(`button[title=${name}]`), { rest: 100 });
  const tab = async (name: string): Promise<void> => {
    const [found] = await until(`the tab ${name}`, async () => {
      const all = await frame.run<Found | null>(`() => [...document.querySelectorAll("nav button")].find((one) => one.textContent.startsWith(${JSON.stringify(name)})) ?? null`);
      return all === null ? undefined : [all];
    });
    await frame.press(found, { rest: 100 });
  };
  const come = async (): Promise<void> => {
    page = page === undefined ? await firefox.open(site.origin) : page;
    await page.go(site.origin);
    frame = await page.frame('/embed/');
    await bar('Notch');
    await frame.find({ role: 'button', name: 'Close Notch' });
  };

  it('stands on a page of another host', async (t) => {
    t.diagnostic(`Firefox ${firefox.version}`);
    await come();
    await frame.says(/Maya Mohn/);
    await page.shoot('firefox-notch-stranger');
  });

  it('lets a visitor sign in through its window, and knows them by a cookie for that site', async () => {
    await tab('Sign in');
    const windows = (await firefox.tree()).map(({ context }) => context);
    await frame.press('.body button.main');
    const popup = await firefox.another(windows);
    await popup.type('#sign-in-email input[type=email]', ann.email);
    await popup.press({ role: 'button', name: 'Send me a code' });
    await popup.find('input[autocomplete=one-time-code]');
    await popup.shoot('firefox-notch-code');
    await popup.type('input[autocomplete=one-time-code]', await until('the code', async () => await stack.code(ann.email)));
    await popup.find('#agree-yes');
    await popup.shoot('firefox-notch-agree');
    await popup.press('#agree-yes');
    await until('the window to close', async () => !(await popup.isOpen()));
    await frame.says(/You are here as/);
    await page.shoot('firefox-notch-known');
    const cookies = (await firefox.cookies()).filter(({ name }) => name.startsWith('__Host-notch-'));
    assert.equal(cookies.length, 1);
    assert.ok(!(await frame.run<string>('() => JSON.stringify({ ...localStorage })')).includes('vb_'), 'nothing else was needed');
  });

  it('leaves a signal where words are selected', async () => {
    await page.select('#rye');
    await bar('React');
    await frame.says(/We bake a rye bread that takes two days\./);
    await page.shoot('firefox-notch-wheel');
    await frame.press({ role: 'button', name: 'Love this' });
    await frame.says(/Undo \(/);
    const label = await page.run<string>('(one) => one.getAttribute("aria-label")', await onPage('li button'));
    assert.equal(label, 'Love this: Ann Ahorn, on “We bake a rye bread that takes two days.”');
    await page.shoot('firefox-notch-sticker');
  });

  it('follows and writes, each asked once more', async () => {
    await tab('Site');
    await frame.press({ role: 'button', name: 'Follow' });
    await frame.press({ role: 'button', name: 'Yes, follow' });
    await frame.find({ role: 'button', name: 'Following' });
    await frame.press({ role: 'button', name: 'Write' });
    await frame.type('#message', 'Do you keep a loaf?');
    await frame.press({ role: 'button', name: 'Send' });
    await frame.press({ role: 'button', name: 'Yes, send it' });
    await frame.says(/You: Do you keep a loaf\?/);
    await page.shoot('firefox-notch-thread');
  });

  it('hears the answer as it comes', async () => {
    const answer = await maya.send('POST', `/api/notch/threads/${ann.domain}/messages`, { body: 'Gladly. Two, even.', clientId: crypto.randomUUID() });
    assert.equal(answer.status, 201, await answer.text());
    await frame.says(/They: Gladly\. Two, even\./, 5_000);
  });

  it('knows them when they come back, shows what they left, and forgets them when they say so', async () => {
    await come();
    await tab('Reactions');
    await frame.says(/Love this/);
    await page.shoot('firefox-notch-reactions');
    await tab('Updates');
    await frame.says(/Sites you follow/);
    await tab('Messages');
    await frame.says(/Gladly\. Two, even\./);
    await page.shoot('firefox-notch-messages');
    await tab('Account');
    await frame.press({ role: 'button', name: 'Sign out here' });
    await frame.says(/You are signed out on/);
    assert.deepEqual((await ann.json<{ grants: unknown[] }>('/api/notch/grants')).grants, []);
  });
});
