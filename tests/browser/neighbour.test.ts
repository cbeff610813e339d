/**
 * The hostile neighbour: a site under our own domain, which to browsers is the same site as the app. Its page runs in
 * the browser of somebody who is signed in, and tries everything that a page can try.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SESSION, address } from '../http/account-kit.ts';
import { type Person, type TestStack, startTestStack } from '../http/harness.ts';
import { Publishing } from '../http/publishing.ts';
import { type Route, routes } from '../http/tables.ts';
import { launch } from './browser.ts';

let stack: TestStack;
let browser: Browser;
let context: BrowserContext;
/** Ann, in another browser: what she sees is what is true. */
let ann: Person & { domain: string };
/** A page of the neighbour, in the browser in which Ann is signed in. */
let evil: Page;
/** What stands before anything is tried. */
let standing: string;

/** A route's address with Ann's own things in it. */
const aimed = (route: Route): string =>
  stack.addresses.app + route.path.replace('{domain}', ann.domain).replace(/\{\*?\w+\}/g, 'a'.repeat(24));

/** Everything of Ann's that a forged request could change. */
async function annsThings(): Promise<string> {
  const [account, site, sessions] = await Promise.all([
    ann.json<{ user: unknown }>(SESSION).then(({ user }) => user),
    ann.json(`/api/sites/${ann.domain}`),
    (await stack.db()).prepare('SELECT count(*) AS count FROM session').first(),
  ]);
  return JSON.stringify({ account, site, sessions });
}

/** Who the browser's own tab with the app says is signed in. */
async function whoIsThere(): Promise<string | undefined> {
  const page = await context.newPage();
  try {
    await page.goto(stack.addresses.app);
    return await page.evaluate(async (path) => {
      const answer: unknown = await (await fetch(path)).json();
      return (answer as { user: { email: string } } | null)?.user.email;
    }, SESSION);
  } finally {
    await page.close();
  }
}

before(async () => {
  stack = await startTestStack();
  ann = await stack.owner('ann', address());
  const publishing = await Publishing.of(stack);
  const neighbour = await publishing.site('evil');
  await publishing.publish(neighbour, { 'index.html': '<!doctype html><title>A site like any other</title><h1>Hello</h1>' });
  browser = await launch();
  context = await browser.newContext();
  // Ann's session, as her browser holds it after signing in.
  await context.addCookies(
    [...ann.cookies].map(([name, value]) => ({
      name, value, url: stack.addresses.app.replace('http:', 'https:'), httpOnly: true, secure: true, sameSite: 'Lax' as const,
    })),
  );
  assert.equal(await whoIsThere(), ann.email, 'the browser is signed in');
  evil = await context.newPage();
  await evil.goto(stack.siteOrigin('evil'));
  standing = await annsThings();
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

describe('the hostile neighbour', () => {
  it('reads none of our cookies', async () => {
    assert.equal(await evil.evaluate(() => document.cookie), '');
  });

  it('plants no cookie that means anything to us', async () => {
    const domain = new URL(stack.addresses.app).hostname;
    const planted = await evil.evaluate((domain) => {
      const names = ['__Host-vetka_session', '__Host-vetka_otp', '__Host-vetka_state', '__host-vetka_session', '__Secure-vetka_session'];
      for (const name of names) {
        document.cookie = `${name}=planted; Domain=${domain}; Path=/; Secure`;
        document.cookie = `${name}=planted; Domain=${domain}; Path=/api; Secure`;
        // A cookie without a name, whose value reads like one with a name.
        document.cookie = `=${name}=planted; Domain=${domain}; Path=/`;
      }
      document.cookie = `tossed=yes; Domain=${domain}; Path=/`;
      return document.cookie;
    }, domain);
    assert.match(planted, /tossed=yes/, 'the neighbour can toss cookies at the whole domain, so this test means something');
    const kept = (await context.cookies(stack.addresses.app)).filter(({ name, value }) => /^__Host-/.test(name) && value === 'planted');
    assert.deepEqual(kept, []);
    assert.equal(await whoIsThere(), ann.email);
  });

  it('posts forms to every address that changes something, and changes nothing', async () => {
    const changing = routes.filter(({ method }) => method === 'POST');
    assert.ok(changing.length > 5);
    const wanted = new Map<string, number>();
    evil.on('response', (response) => {
      if (response.request().method() === 'POST') wanted.set(new URL(response.url()).pathname, response.status());
    });
    for (const enctype of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      for (const route of changing) {
        const answered = evil.waitForResponse((response) => response.url() === aimed(route) && response.request().method() === 'POST');
        await evil.evaluate(
          ({ action, enctype, fields }) => {
            const frame = document.createElement('iframe');
            frame.name = 'target';
            const form = document.createElement('form');
            Object.assign(form, { action, method: 'post', enctype, target: 'target' });
            for (const [name, value] of Object.entries(fields)) {
              const input = document.createElement('input');
              Object.assign(input, { name, value });
              form.append(input);
            }
            document.querySelectorAll('iframe[name=target]').forEach((old) => old.remove());
            document.body.append(frame, form);
            form.submit();
            form.remove();
          },
          { action: aimed(route), enctype, fields: { confirm: 'ann', email: ann.email, name: 'Eve', label: 'eve', '{"name":"Eve","x":"': '"}' } },
        );
        const status = (await answered).status();
        // A provider's return by form is sent on as a GET, and means nothing without the state that this browser holds.
        // What programs of the whole web may tell us says nothing in this form.
        const harmless = /\/callback\//.test(route.path) ? [302] : /^\/(webmention|unsubscribe)$/.test(route.path) ? [400, 415] : [401, 403, 404, 405, 415, 429];
        assert.ok(harmless.includes(status), `${enctype} to ${route.path} was answered ${status}`);
        if (route.access === 'signed_in' || route.access === 'owner') assert.ok([403, 415].includes(status), `${enctype} to ${route.path}: ${status}`);
      }
    }
    assert.equal(wanted.size, new Set(changing.map((route) => new URL(aimed(route)).pathname)).size);
    assert.equal(await annsThings(), standing);
  });

  it('fetches with her cookies, with and without asking first, and changes nothing', async () => {
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      await evil.evaluate(
        async ({ url, method }) => {
          const body = JSON.stringify({ name: 'Eve', confirm: 'ann', domain: 'eve.example' });
          const ways: RequestInit[] = [
            { method, body, credentials: 'include', headers: { 'content-type': 'application/json' } },
            { method, body, credentials: 'include', mode: 'no-cors', headers: { 'content-type': 'text/plain' } },
          ];
          for (const init of ways) {
            const readable = await fetch(url, init).then((response) => response.type !== 'opaque', () => false);
            if (readable) throw new Error(`${method} ${url} could be read`);
          }
          navigator.sendBeacon(url, body);
        },
        { url: aimed(route), method: route.method },
      );
    }
    assert.equal(await annsThings(), standing);
  });

  it('reads nothing of hers by fetching', async () => {
    for (const route of routes.filter(({ method }) => method === 'GET')) {
      const read = await evil.evaluate(
        async (url) => await fetch(url, { credentials: 'include' }).then((response) => response.text(), () => ''),
        aimed(route),
      );
      assert.ok(!read.includes(ann.email) && !read.includes(ann.domain), `${route.path} tells the neighbour: ${read.slice(0, 200)}`);
      if (route.access !== 'anyone') assert.equal(read, '', route.path);
    }
  });

  it('embeds none of our answers as a script, a picture or a style', async () => {
    for (const path of [SESSION, '/api/sites', '/settings', '/favicon.svg']) {
      const loaded = await evil.evaluate(async (url) => {
        const tries = ['script', 'img', 'link'].map(async (name) => {
          const element = document.createElement(name);
          const done = new Promise<boolean>((resolve) => {
            element.onload = () => resolve(true);
            element.onerror = () => resolve(false);
          });
          if (element instanceof HTMLLinkElement) Object.assign(element, { rel: 'stylesheet', href: url });
          else element.setAttribute('src', url);
          document.head.append(element);
          return await done;
        });
        return (await Promise.all(tries)).some(Boolean);
      }, stack.addresses.app + path);
      assert.equal(loaded, false, path);
    }
  });

  it('frames none of our pages', async () => {
    const pages = routes.filter(({ method, path }) => method === 'GET' && !/^\/(api|assets|ws)/.test(path));
    for (const route of pages) {
      await evil.goto(stack.siteOrigin('evil'));
      await evil.evaluate((url) => {
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.append(frame);
      }, aimed(route));
      const refused = (): boolean => evil.frames().some((frame) => frame.url().startsWith('chrome-error:'));
      for (let waited = 0; !refused() && waited < 5_000; waited += 20) await evil.waitForTimeout(20);
      assert.ok(refused(), `${route.path} was framed: ${evil.frames().map((frame) => frame.url()).join(' ')}`);
    }
  });

  it('loses hold of a window that it opened on our pages', async () => {
    const opened = context.waitForEvent('page');
    await evil.evaluate((url) => void Object.assign(globalThis, { held: open(url) }), `${stack.addresses.app}/sites`);
    const page = await opened;
    await page.waitForLoadState();
    await page.getByRole('heading', { name: 'Your site' }).waitFor();
    assert.equal(await evil.evaluate(() => (globalThis as unknown as { held: Window }).held.closed), true);
    assert.equal(await page.evaluate(() => opener), null);
    await page.close();
  });

  it('gets no socket', async () => {
    const closed = await evil.evaluate(
      async (url) =>
        await new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve('open');
          socket.onclose = () => resolve('refused');
        }),
      `${stack.addresses.app.replace('http:', 'ws:')}/ws?after=0`,
    );
    assert.equal(closed, 'refused');
  });

  it('leaves Ann as she was', async () => {
    assert.equal(await whoIsThere(), ann.email);
    assert.equal(await annsThings(), standing);
  });
});
