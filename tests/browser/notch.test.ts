/**
 * Notch on people's pages, in Chromium: one site made here, one on another host name, one that means harm. With cookies of
 * others let in and kept out, a visitor signs in from the page they are on and acts as themselves there; the page in between
 * can neither read nor forge any of it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { address } from '../http/account-kit.ts';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing } from '../http/publishing.ts';
import { Notch, type Own, click, external, ownBrowser, settle, signIn, until } from './notch-kit.ts';

let stack: TestStack;
let ann: Person & { domain: string };
let maya: Person;
let mayas: { domain: string; origin: string };
let eve: Person;
let evil: { domain: string; origin: string };

const TEXT = `<h1>A bakery</h1><p id="rye">We bake a rye bread that takes two days, and nobody hurries it.</p>
  <p>The first loaves are out before the town is awake.</p>${'<p>Flour, water, salt and time.</p>'.repeat(30)}`;
const website = (title: string, more = '', head = '') => (tag: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}<title>${title}</title>${tag}</head><body>${TEXT}${more}</body></html>`;
/** Everything that a page can hear. */
const LISTENS = '<script>addEventListener("message", ({ origin, data }) => (window.heard = [...(window.heard ?? []), { origin, data }]))</script>';

before(async () => {
  stack = await startTestStack();
  ann = await stack.owner('ann', address());
  await ann.send('PATCH', '/api/account', { name: 'Ann Ahorn' });
  maya = await stack.person(address());
  await maya.send('PATCH', '/api/account', { name: 'Maya Mohn' });
  mayas = await external(stack, maya, 'maya', website('Maya’s bakery'));
  eve = await stack.person(address());
  await eve.send('PATCH', '/api/account', { name: 'Eve' });
  evil = await external(stack, eve, 'evil', website('A bakery like any other', LISTENS));
});
after(async () => await stack?.close());

/** What the frame's own requests were answered. */
function requests(page: Page): string[] {
  const seen: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/') && request.method() !== 'GET') seen.push(`${request.method()} ${pathname}`);
  });
  return seen;
}

for (const cookies of ['let in', 'kept out'] as const) {
  describe(`with cookies of others ${cookies}`, () => {
    let own: Own;
    let page: Page;
    let notch: Notch;
    before(async () => {
      own = await ownBrowser(cookies);
      await signIn(own.context, stack, ann);
      page = await own.context.newPage();
      notch = new Notch(page);
    });
    after(async () => await own?.close());

    it('shows who the site is, and lets a stranger sign in', async () => {
      await page.goto(mayas.origin);
      await notch.open();
      await notch.frame.getByRole('heading', { name: 'Maya Mohn' }).first().waitFor();
      await notch.tab('Sign in');
      await notch.logIn();
    });

    it('knows them on the next page, and on no other site', async () => {
      await page.reload();
      await notch.open();
      await notch.tab('Account');
      await notch.frame.getByText('ann.vetka.localhost').waitFor();
      await page.goto(evil.origin);
      await notch.open();
      await notch.frame.getByRole('navigation').getByRole('button', { name: 'Sign in' }).waitFor();
      await page.goto(mayas.origin);
    });

    it('forgets them when they sign out there', async () => {
      await notch.open();
      await notch.tab('Account');
      await notch.press('Sign out here');
      await notch.frame.getByRole('navigation').getByRole('button', { name: 'Sign in' }).waitFor();
      await page.reload();
      await notch.open();
      await notch.frame.getByRole('navigation').getByRole('button', { name: 'Sign in' }).waitFor();
    });
  });
}

describe('a page that means harm', () => {
  let own: Own;
  let page: Page;
  let notch: Notch;
  let sent: string[];
  before(async () => {
    own = await ownBrowser('kept out');
    await signIn(own.context, stack, ann);
    page = await own.context.newPage();
    notch = new Notch(page);
    sent = requests(page);
    await page.goto(evil.origin);
    await notch.open();
    await notch.tab('Sign in');
    await notch.logIn();
    sent.length = 0;
  });
  after(async () => await own?.close());

  it('hears nothing of who is there', async () => {
    const heard = await page.evaluate(() => JSON.stringify((globalThis as unknown as { heard?: unknown[] }).heard ?? []));
    assert.match(heard, /"ready"/, 'it hears what the frame says');
    for (const secret of ['Ann', ann.domain, ann.email, 'vc_', 'visitor']) assert.ok(!heard.includes(secret), `it heard ${secret}: ${heard}`);
  });

  it('asks in vain who is there', async () => {
    const said = await page.evaluate(async (app) => await fetch(`${app}/api/notch/me`, { credentials: 'include' }).then(async (answer) => await answer.text(), (error: Error) => error.name), stack.addresses.app);
    assert.deepEqual(JSON.parse(said), { user: null });
    const withHeader = await page.evaluate(async (app) => await fetch(`${app}/api/notch/me`, { credentials: 'include', headers: { 'x-notch': location.origin } }).then((answer) => answer.status, (error: Error) => error.name), stack.addresses.app);
    assert.equal(withHeader, 'TypeError');
  });

  it('does nothing in their name by sending', async () => {
    const answers = await page.evaluate(async ({ app, domain }) => {
      const tries = ['notch/nonce', 'notch/reactions', 'notch/redeem', 'notch/sign-out', 'notch/grants', `notch/follows/${domain}`, `notch/threads/${domain}/messages`];
      return await Promise.all(tries.map(async (path) => {
        const init: RequestInit = { method: 'POST', credentials: 'include', body: '{}' };
        const plain = await fetch(`${app}/api/${path}`, { ...init, mode: 'no-cors', headers: { 'content-type': 'text/plain' } }).then((answer) => answer.type, (error: Error) => error.name);
        const json = await fetch(`${app}/api/${path}`, { ...init, headers: { 'content-type': 'application/json', 'x-notch': location.origin } }).then((answer) => String(answer.status), (error: Error) => error.name);
        return `${plain} ${json}`;
      }));
    }, { app: stack.addresses.app, domain: evil.domain });
    assert.deepEqual([...new Set(answers)], ['TypeError TypeError'], 'what came of it may not even be held unread');
    assert.equal((await stack.anybody.json<{ followers: number }>(`/api/notch/sites/${evil.domain}`)).followers, 0);
    // The frame still knows them: nothing was ended either.
    await page.reload();
    await notch.open();
    await notch.tab('Account');
    await notch.frame.getByText('ann.vetka.localhost').waitFor();
    sent.length = 0;
  });

  it('does nothing in their name by speaking to the frame', async () => {
    await page.evaluate(async (app) => {
      const frame = document.querySelector('vetka-notch')?.shadowRoot?.querySelector('iframe')?.contentWindow;
      const anchor = { exact: 'rye', prefix: '', suffix: '', start: 0, css: '', x: 1, y: 1 };
      for (const t of ['react', 'follow', 'send', 'redeem', 'code', 'who', 'hello', 'click', 'pick', 'size', 'sticker', 'page', 'me', 'share', 'sign-out']) {
        for (const more of [{}, { anchor, open: true, id: 'a', code: 'vc_forged', s: 's'.repeat(24), n: '1', origin: app, url: location.href, title: 't', signal: 'heart' }]) {
          frame?.postMessage({ t, ...more }, app);
          frame?.postMessage({ t, ...more }, '*');
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }, stack.addresses.app);
    assert.deepEqual(sent, []);
  });

  it('does nothing by laying itself over the frame, or by moving the frame under the pointer', async () => {
    await notch.tab('Site');
    const follow = notch.button('Follow');
    await follow.waitFor();
    const asked = notch.frame.getByText(/They will see that you do/);
    for (const trick of ['opacity', 'cover', 'uncovered', 'moved'] as const) {
      await page.mouse.move(20, 20);
      await page.evaluate((trick) => {
        const root = document.querySelector('vetka-notch')?.shadowRoot;
        const frame = root?.querySelector('iframe');
        if (!frame) throw new Error('no frame');
        if (trick === 'opacity') frame.style.opacity = '0.01';
        if (trick === 'cover' || trick === 'uncovered') {
          const cover = document.createElement('section');
          cover.style.cssText = 'position:fixed;inset:0;background:#fff;pointer-events:none';
          cover.id = 'cover';
          root?.append(cover);
        }
        if (trick === 'moved') frame.style.translate = '-300px 0';
      }, trick);
      await page.waitForTimeout(800);
      if (trick === 'uncovered' || trick === 'moved') {
        const box = await follow.boundingBox();
        assert.ok(box);
        const [x, y] = [box.x + box.width / 2 + (trick === 'moved' ? 300 : 0), box.y + box.height / 2];
        await page.mouse.move(x - 5, y);
        await page.waitForTimeout(800);
        // In the last moment before the press.
        await page.evaluate((trick) => {
          const root = document.querySelector('vetka-notch')?.shadowRoot;
          if (trick === 'uncovered') root?.querySelector('#cover')?.remove();
          else if (root?.querySelector('iframe')) (root.querySelector('iframe') as HTMLElement).style.translate = '';
        }, trick);
        await page.waitForTimeout(60);
        await page.mouse.move(x, y);
        await page.mouse.down();
        await page.mouse.up();
      } else {
        await settle(page, follow);
        await click(page, follow);
      }
      await page.waitForTimeout(200);
      assert.equal(await asked.isVisible(), false, trick);
      await page.evaluate(() => {
        const root = document.querySelector('vetka-notch')?.shadowRoot;
        root?.querySelector('#cover')?.remove();
        root?.querySelector('iframe')?.removeAttribute('style');
      });
    }
    assert.deepEqual(sent, []);
    // The same, with nothing in the way.
    await notch.press('Follow');
    await asked.waitFor();
    await notch.press('Not now');
    assert.deepEqual(sent, []);
  });

  it('opens the window for agreeing in vain', async () => {
    const opening = own.context.waitForEvent('page');
    await page.evaluate((app) => void window.open(`${app}/connect?${new URLSearchParams({ c: 'c'.repeat(43), s: 's'.repeat(24), o: location.origin })}`), stack.addresses.app);
    const opened = await opening;
    await opened.getByRole('heading', { name: 'This window opens from a website' }).waitFor();
    assert.equal(await opened.getByRole('button', { name: /^Continue as/ }).count(), 0);
    await opened.close();
  });
});

describe('on pages as they are out there', () => {
  let own: Own;
  let page: Page;
  let notch: Notch;
  before(async () => {
    own = await ownBrowser('kept out');
    page = await own.context.newPage();
    notch = new Notch(page);
    const publishing = await Publishing.of(stack);
    const site = await publishing.site('odd');
    const { app } = stack.addresses;
    const policy = (rules: string): string => `<meta http-equiv="Content-Security-Policy" content="${rules}">`;
    const pages: Record<string, string> = {
      'index.html': website('Plain')(''),
      'strict.html': website('Strict', '', policy(`default-src 'none'; script-src ${app}; frame-src ${app}; require-trusted-types-for 'script'; trusted-types 'none'`))(''),
      'shut.html': website('Shut', '', policy(`default-src 'none'; script-src ${app}`))(''),
      'unset.html': website('Unset', '', '<style>*{all:unset!important}div,iframe,button{display:inline!important;position:static!important;opacity:.5!important;transform:rotate(3deg)!important}</style>')(''),
      'rtl.html': website('Rtl')('').replace('<html lang="en">', '<html lang="he" dir="rtl">'),
      'turned.html': website('Turned', '', '<style>body{transform:rotate(1deg) scale(.9);filter:blur(0)}</style>')(''),
      'covered.html': website('Covered', '<div style="position:fixed;inset:0;z-index:2147483647;background:#fff9"></div>')(''),
    };
    await publishing.publish(site, pages);
  });
  after(async () => await own?.close());

  type Box = { x: number; y: number; width: number; height: number };
  const place = async (path: string): Promise<{ bar: Box; frame: Box; looks: string }> => {
    await page.goto(`${stack.siteOrigin('odd')}/${path}`);
    await notch.open();
    const [bar, frame] = [await notch.bar.boundingBox(), await page.locator('iframe[title=Notch]').boundingBox()];
    assert.ok(bar && frame);
    const looks = await notch.bar.evaluate((element) => {
      const { color, opacity, display, transform, fontSize } = getComputedStyle(element);
      return [color, opacity, display, transform, fontSize].join(' ');
    });
    return { bar, frame, looks };
  };

  for (const path of ['strict', 'unset', 'turned', 'covered']) {
    it(`stands where it stands elsewhere: ${path}`, async () => {
      const refused: string[] = [];
      page.on('console', (message) => {
        if (/Content Security Policy|Trusted/.test(message.text())) refused.push(message.text());
      });
      const plain = await place('');
      const there = await place(path);
      // A page without a scroll bar is wider by it.
      const wider = there.bar.x - plain.bar.x;
      assert.ok(wider >= 0 && wider < 20, String(wider));
      const moved = ({ x, ...rest }: Box): Box => ({ x: x + wider, ...rest });
      assert.deepEqual(there, { bar: moved(plain.bar), frame: moved(plain.frame), looks: plain.looks });
      assert.deepEqual(refused, []);
    });
  }

  it('stands on the other side where text runs from right to left', async () => {
    const plain = await place('');
    const rtl = await place('rtl');
    assert.equal(rtl.frame.width, plain.frame.width);
    assert.ok(rtl.frame.x < 40 && rtl.bar.x < 40, JSON.stringify(rtl));
  });

  it('leaves a way to us where its frame may not be shown', async () => {
    await page.goto(`${stack.siteOrigin('odd')}/shut`);
    await click(page, notch.bar.getByRole('button', { name: 'Notch' }));
    await page.getByRole('link', { name: 'Open Vetka in a tab' }).waitFor();
    await page.getByRole('link', { name: 'Report this page' }).waitFor();
  });

  it('moves nothing on the page, and leaves nothing on it but one element', async () => {
    await page.goto(stack.siteOrigin('odd'));
    const seen = await page.evaluate(async () => {
      let shifted = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifted += (entry as PerformanceEntry & { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const clean = new Set(Object.getOwnPropertyNames(frame.contentWindow ?? {}));
      frame.remove();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const globals = Object.getOwnPropertyNames(window).filter((name) => !clean.has(name) && !/^\d+$|^rye$|^__p(w|laywright)/.test(name));
      const elements = [...document.documentElement.children].map(({ localName }) => localName);
      return { shifted, globals, elements };
    });
    assert.deepEqual(seen, { shifted: 0, globals: [], elements: ['head', 'body', 'vetka-notch'] });
  });

  it('gives way to the keyboard: in, along, and out again', async () => {
    await page.goto(stack.siteOrigin('odd'));
    await notch.bar.waitFor();
    await page.keyboard.press('Tab');
    const focused = async (): Promise<string> => await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute('title') ?? document.activeElement?.localName ?? '');
    assert.equal(await focused(), 'Notch');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'React');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await notch.button('Close Notch').waitFor();
    await until('the focus to be in the frame', async () => (await notch.frame.locator(':focus').count()) === 1);
    await page.keyboard.press('Escape');
    await until('the focus to be back', async () => (await focused()) === 'Notch');
    assert.equal(await notch.bar.getByRole('button', { name: 'Notch' }).getAttribute('aria-expanded'), 'false');
  });
});
