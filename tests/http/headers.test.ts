/** What stands around every answer, whatever it says: asked of every route, by nobody, by somebody, and wrongly. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { type Route, routes } from './tables.ts';

let stack: TestStack;
let ann: Person & { domain: string };

before(async () => {
  stack = await startTestStack();
  ann = await stack.owner('ann');
});
after(async () => await stack.close());

const aimed = (route: Route): string => route.path.replace('{domain}', ann.domain).replace(/\{\*?\w+\}/g, 'a'.repeat(24));

/** Each route as it is asked by mistake or by malice: without a body that means anything, from home and from elsewhere. */
async function answers(client: Client): Promise<{ route: Route; response: Response }[]> {
  const found: { route: Route; response: Response }[] = [];
  // Some addresses end the session or the site that the others are asked with.
  const asked = routes.filter(({ path, method }) => path !== '/ws' && !(method === 'DELETE' || /sign-out|revoke|delete/.test(path)));
  for (const route of asked) {
    for (const origin of [stack.addresses.app, 'https://evil.test']) {
      const response = await client.fetch(aimed(route), { method: route.method, headers: { origin } });
      await response.arrayBuffer();
      found.push({ route, response });
    }
  }
  return found;
}

describe('every answer', () => {
  let all: { route: Route; response: Response }[];
  before(async () => (all = [...(await answers(stack.anybody)), ...(await answers(ann))]));
  const say = ({ route, response }: { route: Route; response: Response }): string => `${route.method} ${route.path} answered ${response.status}`;

  it('comes without a fault of ours', () => {
    assert.ok(all.length > 100);
    assert.deepEqual(all.filter(({ response }) => response.status >= 500).map(say), []);
  });

  it('is taken for what it says it is', () => {
    for (const one of all) {
      if (one.response.status === 404 && one.response.headers.get('content-type') === null) continue;
      assert.equal(one.response.headers.get('x-content-type-options'), 'nosniff', say(one));
    }
  });

  it('lets no other origin read it, unless it is the same for everybody', () => {
    const open = all.filter(({ response }) => response.headers.get('access-control-allow-origin') !== null);
    for (const one of open) {
      assert.equal(one.response.headers.get('access-control-allow-origin'), '*', say(one));
      assert.equal(one.response.headers.get('access-control-allow-credentials'), null, say(one));
      assert.match(one.route.path, /openapi\.json$|^\/notch\.js$/, say(one));
    }
  });

  it('sets no cookie but ones that neighbours and scripts can neither read nor plant', () => {
    const cookies = all.flatMap(({ response }) => response.headers.getSetCookie());
    for (const cookie of cookies) {
      assert.match(cookie, /^__Host-vetka_\w+=[A-Za-z0-9._-]*; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    }
  });

  it('that is a page runs nothing but our own files, and stands in nobody’s frame', () => {
    const pages = all.filter(({ response }) => response.headers.get('content-type')?.startsWith('text/html'));
    assert.ok(pages.length > 10);
    for (const one of pages) {
      const policy = one.response.headers.get('content-security-policy') ?? '';
      for (const rule of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
        assert.ok(policy.includes(rule), `${say(one)}: ${policy}`);
      }
      const sources = (directive: string): string => new RegExp(`${directive} ([^;]*)`).exec(policy)?.[1] ?? "'none'";
      assert.match(sources('script-src'), /^'(self|none)'$/, say(one));
      assert.match(sources('style-src'), /^'(self|sha256-[\w+/]{43}=)'$/, say(one));
      assert.ok(!policy.includes('unsafe'), say(one));
      assert.equal(one.response.headers.get('cross-origin-opener-policy'), 'same-origin', say(one));
      assert.equal(one.response.headers.get('referrer-policy'), 'same-origin', say(one));
    }
  });

  it('that is somebody’s own is kept by no shared cache', () => {
    for (const one of all) {
      if (one.route.access === 'anyone' || one.response.status !== 200) continue;
      assert.match(one.response.headers.get('cache-control') ?? '', /no-store|private/, say(one));
    }
  });
});
