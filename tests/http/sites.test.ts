/** Names and sites: who may have which, the pages around them, and their versions. On real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { form } from './account-kit.ts';
import { type Client, type Person, type RequestInit, type Response, type TestStack, startTestStack } from './harness.ts';
import { Publishing } from './publishing.ts';
import { SESSION_COOKIE, SESSION_KEY, aged, readToken } from './session-token.ts';

interface Site {
  id: string;
  domain: string;
  kind: string;
  label: string;
  url: string;
  status: string;
  liveSnapshotId: string | null;
  createdAt: string;
}
interface Snapshot {
  id: string;
  live: boolean;
  message: string;
  status: string;
  restoredFrom: string | null;
  previewUrl: string;
  fileCount: number;
}
interface Versions {
  snapshots: Snapshot[];
  nextCursor: string | null;
}
interface Availability {
  available: boolean;
  reason?: string;
  message?: string;
  suggestions?: string[];
}
interface Problem {
  code: string;
  message: string;
  suggestions?: string[];
}

let stack: TestStack;
const create = (client: Client, label: unknown, init?: RequestInit): Promise<Response> =>
  client.send('POST', '/api/sites', { kind: 'generated', label }, init);

async function refused(pending: Promise<Response>, status: number, code: string): Promise<Problem> {
  const response = await pending;
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const problem = JSON.parse(text) as Problem;
  assert.equal(problem.code, code);
  assert.match(problem.message, /^[A-Z].*\.$/s, 'a sentence for a person');
  return problem;
}

/** Publishes one page to a site through the relay, as an agent would. */
async function publish(owner: { siteId: string; label: string }, text: string): Promise<void> {
  const publishing = await Publishing.of(stack);
  const site = { id: owner.siteId, label: owner.label, token: await publishing.token(owner.siteId) };
  await publishing.publish(site, { 'index.html': `<!doctype html><title>${text}</title>` }, { message: text });
}

before(async () => {
  stack = await startTestStack({ settings: { SESSION_KEY } });
});
after(async () => await stack.close());

describe('a name', () => {
  const check = (label: string): Promise<Availability> =>
    stack.anybody.json<Availability>(`/api/sites/check?label=${encodeURIComponent(label)}`);

  it('that is free is said to be free, to anybody', async () => {
    assert.deepEqual(await check('juniper'), { available: true });
    assert.deepEqual(await check(' Juniper '), { available: true });
  });

  it('that is taken, kept or no name says why, and what is free near it', async () => {
    await stack.owner('meadow');
    const taken = await check('Meadow');
    assert.equal(taken.reason, 'taken');
    assert.deepEqual(taken.suggestions, ['meadow-site', 'hello-meadow', 'meadow-page']);
    for (const label of ['www', 'supp0rt', 'adrnin', 'vetka-login', 'l-o-g-i-n']) {
      const kept = await check(label);
      assert.equal(kept.reason, 'reserved', label);
      assert.equal(kept.suggestions, undefined);
    }
    for (const label of ['', 'ab', 'a'.repeat(64), '-ann', 'ann-', 'a--b', 'xn--nn-xka', 'ann.b', 'a b c', 'änn', '../etc', '<b>']) {
      const invalid = await check(label);
      assert.equal(invalid.available, false);
      assert.equal(invalid.reason, 'invalid', label);
      assert.match(invalid.message ?? '', /\.$/);
    }
    assert.deepEqual((await check("Zoë's Bakery")).suggestions?.[0], 'zoes-bakery');
  });

  it('suggestions that are taken are left out', async () => {
    await stack.owner('heron');
    await stack.owner('heron-site');
    assert.deepEqual((await check('heron')).suggestions, ['hello-heron', 'heron-page', 'the-heron']);
  });

  it('must be asked for', async () => {
    await refused(stack.anybody.fetch('/api/sites/check'), 400, 'missing_label');
  });
});

describe('making a site', () => {
  it('answers 201 and the site, which is then among one’s own', async () => {
    const ann = await stack.person();
    const response = await create(ann, ' Willow ');
    assert.equal(response.status, 201);
    const site = (await response.json()) as Site;
    assert.match(site.id, /^[a-z0-9]{24}$/);
    assert.equal(site.domain, 'willow.vetka.localhost');
    assert.deepEqual(
      [site.kind, site.label, site.status, site.liveSnapshotId, site.url],
      ['generated', 'willow', 'draft', null, `${stack.siteOrigin('willow')}/`],
    );
    assert.match(site.createdAt, /^\d{4}-.*Z$/);
    assert.deepEqual(await ann.json('/api/sites'), { sites: [site], nextCursor: null });
    assert.deepEqual(await ann.json(`/api/sites/${site.domain}`), site);
    assert.deepEqual(await ann.json(`/api/sites/${site.domain.toUpperCase()}`), site);
  });

  it('never takes over a site: creating upserted on the domain and set the owner', async () => {
    const owner = await stack.owner('orchard');
    const row = async (): Promise<unknown> =>
      await (await stack.db()).prepare('SELECT * FROM site WHERE id = ?1').bind(owner.siteId).first();
    const before = await row();
    const thief = await stack.person();
    for (const label of ['orchard', 'Orchard', ' orchard ']) {
      const problem = await refused(create(thief, label), 409, 'taken');
      assert.deepEqual(problem.suggestions, ['orchard-site', 'hello-orchard', 'orchard-page']);
    }
    const page = await form(thief, '/setup/generate', { label: 'orchard' });
    assert.equal(page.status, 409);
    const html = await page.text();
    assert.match(html, /Somebody has that name already/);
    assert.match(html, /orchard-site/);
    assert.deepEqual(await row(), before);
    assert.deepEqual(await thief.json('/api/sites'), { sites: [], nextCursor: null });
    assert.deepEqual((await owner.json<{ sites: Site[] }>('/api/sites')).sites.map(({ id }) => id), [owner.siteId]);
  });

  it('of two at once for one name, one gets it', async () => {
    const two = await Promise.all([stack.person(), stack.person(), stack.person()]);
    const statuses = (await Promise.all(two.map((one) => create(one, 'lark')))).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [201, 409, 409]);
  });

  it('is for one site an account, also of nine at once', async () => {
    const ann = await stack.person();
    const statuses = await Promise.all(Array.from({ length: 9 }, (_, at) => create(ann, `finch-number-${at}`)));
    assert.equal(statuses.filter(({ status }) => status === 201).length, 1);
    await refused(create(ann, 'another-one'), 409, 'one_site_per_account');
    assert.equal((await ann.json<{ sites: Site[] }>('/api/sites')).sites.length, 1);
  });

  it('refuses what is no name, and what it cannot read', async () => {
    const ann = await stack.person();
    await refused(create(ann, 'a--b'), 422, 'invalid');
    await refused(create(ann, 'xn--80ak6aa92e'), 422, 'invalid');
    await refused(create(ann, 'a'.repeat(64)), 422, 'invalid');
    await refused(create(ann, 'paypa1.com'), 422, 'invalid');
    await refused(create(ann, 'api'), 422, 'reserved');
    for (const body of [null, [], {}, { kind: 'generated' }, { kind: 'generated', label: 7 }, { kind: 'external' }, { kind: 'other', label: 'ann' }]) {
      await refused(ann.send('POST', '/api/sites', body), 400, 'malformed_json');
    }
    const raw = (body: string, type: string): Promise<Response> =>
      ann.fetch('/api/sites', { method: 'POST', body, headers: { 'content-type': type } });
    await refused(raw('{', 'application/json'), 400, 'malformed_json');
    // lessons 5: writes took text/plain, so any page could post for the visitor
    await refused(raw('{"kind":"generated","label":"posted"}', 'text/plain'), 415, 'unsupported_media_type');
    await refused(raw('kind=generated&label=posted', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type');
    await refused(create(ann, 'x'.repeat(70_000)), 413, 'too_large');
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
  });

  it('is for signed-in people, from our own pages', async () => {
    await refused(create(stack.anybody, 'nobodys'), 401, 'unauthorized');
    const ann = await stack.person();
    for (const origin of ['https://evil.test', 'null', '', stack.siteOrigin('meadow'), `${stack.addresses.app}/`]) {
      await refused(create(ann, 'elsewhere', { headers: { origin } }), 403, 'wrong_origin');
    }
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
  });
});

describe('somebody else’s site', () => {
  let owner: Person & { domain: string };
  let other: Person;
  before(async () => {
    owner = await stack.owner('private-garden');
    other = await stack.owner('other-garden');
  });

  it('and one that nobody has look the same', async () => {
    for (const domain of [owner.domain, 'nobody-has-this.vetka.localhost', 'x', '%00', '..%2f..']) {
      const path = `/api/sites/${domain}`;
      const answers = [
        other.fetch(path),
        other.fetch(path, { method: 'DELETE' }),
        other.fetch(`${path}/snapshots`),
        other.send('POST', `${path}/snapshots`, { snapshotId: 'a'.repeat(24) }),
      ];
      for (const answer of answers) await refused(answer, 404, 'not_found');
      const page = await other.fetch(`/sites/${domain}/builder`);
      assert.equal(page.status, 404);
      assert.match(await page.text(), /There is nothing here/);
    }
  });

  it('is not shown to nobody either', async () => {
    for (const path of [`/api/sites/${owner.domain}`, `/api/sites/${owner.domain}/snapshots`, '/api/sites']) {
      await refused(stack.anybody.fetch(path), 401, 'unauthorized');
    }
    await refused(stack.anybody.fetch(`/api/sites/${owner.domain}`, { method: 'DELETE' }), 401, 'unauthorized');
  });
});

describe('versions', () => {
  it('are listed newest first, in pages', async () => {
    const ann = await stack.owner('versioned');
    const path = `/api/sites/${ann.domain}/snapshots`;
    assert.deepEqual(await ann.json(path), { snapshots: [], nextCursor: null });
    for (const text of ['One', 'Two', 'Three']) await publish(ann, text);
    const all = await ann.json<Versions>(path);
    assert.deepEqual(all.snapshots.map(({ message, live }) => [message, live]), [['Three', true], ['Two', false], ['One', false]]);
    assert.equal(all.nextCursor, null);
    assert.deepEqual(Object.keys(all.snapshots[0] ?? {}).sort(), [
      'byteSize', 'createdAt', 'draft', 'fileCount', 'id', 'live', 'message', 'name', 'note', 'pinned', 'previewUrl', 'restoredFrom', 'status',
      'triggeredBy',
    ]);
    const first = await ann.json<Versions>(`${path}?limit=2`);
    assert.equal(first.snapshots.length, 2);
    const second = await ann.json<Versions>(`${path}?limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual([...first.snapshots, ...second.snapshots], all.snapshots);
    assert.equal(second.nextCursor, null);
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'limit=']) await refused(ann.fetch(`${path}?${query}`), 400, 'invalid_limit');
    for (const query of ['cursor=x', 'cursor=-1', 'cursor=']) await refused(ann.fetch(`${path}?${query}`), 400, 'invalid_cursor');
  });

  it('can be gone back to, and that is a version too', async () => {
    const ann = await stack.owner('undone');
    const path = `/api/sites/${ann.domain}/snapshots`;
    await publish(ann, 'Old');
    await publish(ann, 'New');
    const [newest, oldest] = (await ann.json<Versions>(path)).snapshots;
    assert.ok(newest && oldest);
    const restored = await ann.send('POST', path, { snapshotId: oldest.id });
    assert.equal(restored.status, 200);
    const { snapshot } = (await restored.json()) as { snapshot: Snapshot };
    assert.deepEqual([snapshot.live, snapshot.restoredFrom], [true, oldest.id]);
    assert.equal((await ann.json<Versions>(path)).snapshots.length, 3);
    assert.equal((await ann.json<Site>(`/api/sites/${ann.domain}`)).liveSnapshotId, snapshot.id);

    await refused(ann.send('POST', path, { snapshotId: newest.id, expectedLive: newest.id }), 409, 'live_changed');
    for (const snapshotId of ['', 'x', '../../etc', 'a'.repeat(24)]) {
      await refused(ann.send('POST', path, { snapshotId }), 404, 'not_found');
    }
    await refused(ann.send('POST', path, {}), 400, 'malformed_json');
    await refused(ann.fetch(path, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }), 415, 'unsupported_media_type');

    const back = await form(ann, `/sites/${ann.domain}/builder/restore`, { snapshotId: newest.id });
    assert.equal(back.status, 303);
    assert.equal(back.headers.get('location'), `/sites/${ann.domain}/builder?tab=versions&notice=restored`);
    assert.match(await (await ann.fetch(back.headers.get('location') ?? '')).text(), /That version is live again/);
    assert.equal((await form(ann, `/sites/${ann.domain}/builder/restore`, { snapshotId: 'x' })).status, 404);
  });

  it('of another site cannot be brought to mine', async () => {
    const [ann, ben] = [await stack.owner('mine-alone'), await stack.owner('bens-alone')];
    await publish(ben, 'Ben');
    const theirs = (await ben.json<Versions>(`/api/sites/${ben.domain}/snapshots`)).snapshots[0];
    assert.ok(theirs);
    await refused(ann.send('POST', `/api/sites/${ann.domain}/snapshots`, { snapshotId: theirs.id }), 404, 'not_found');
  });
});

describe('deleting a site', () => {
  it('frees the name and the account, and is gone from every list', async () => {
    const ann = await stack.owner('passing');
    await publish(ann, 'Here');
    const gone = await ann.fetch(`/api/sites/${ann.domain}`, { method: 'DELETE' });
    assert.equal(gone.status, 204, await gone.text());
    await refused(ann.fetch(`/api/sites/${ann.domain}`), 404, 'not_found');
    await refused(ann.fetch(`/api/sites/${ann.domain}`, { method: 'DELETE' }), 404, 'not_found');
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
    assert.equal((await create(ann, 'passing')).status, 201);
  });

  it('wants its name typed on the page', async () => {
    const ann = await stack.owner('typed-name');
    const mistyped = await form(ann, `/sites/${ann.domain}/delete`, { confirm: 'typed' });
    assert.equal(mistyped.status, 422);
    assert.match(await mistyped.text(), /Type typed-name to delete it/);
    assert.equal((await ann.json<{ sites: Site[] }>('/api/sites')).sites.length, 1);
    const typed = await form(ann, `/sites/${ann.domain}/delete`, { confirm: ' Typed-Name ' });
    assert.equal(typed.headers.get('location'), '/sites?notice=site-deleted');
    assert.match(await (await ann.fetch('/sites?notice=site-deleted')).text(), /Your site is deleted/);
  });
});

describe('pages', () => {
  it('lead a visitor to sign in and back to where they were going', async () => {
    for (const path of ['/setup', '/setup/generate?label=rose', '/setup/script', '/sites', '/sites/rose.vetka.localhost/builder?tab=versions']) {
      const response = await stack.anybody.fetch(path);
      assert.equal(response.status, 303);
      const to = response.headers.get('location') ?? '';
      assert.equal(to, `/?sign-in&notice=sign-in-first&next=${encodeURIComponent(path)}`);
      const hub = await (await stack.anybody.fetch(to)).text();
      assert.match(hub, /That page is for signed-in people/);
      assert.ok(hub.includes(`value="${path}"`), 'the form remembers');
    }
  });

  it('lead on after signing in: home with a site, else to get one', async () => {
    const ann = await stack.person();
    const after = async (): Promise<string | null> => (await ann.fetch('/after-sign-in')).headers.get('location');
    assert.equal(await after(), '/setup');
    await create(ann, 'arrived');
    assert.equal(await after(), '/');
    assert.equal((await ann.fetch('/after-sign-in?next=%2Fsites')).headers.get('location'), '/sites');
    assert.equal((await stack.anybody.fetch('/after-sign-in')).headers.get('location'), '/?sign-in');
  });

  it('let somebody pick a name by a plain form', async () => {
    const ann = await stack.person();
    const choice = await ann.fetch('/setup');
    assert.equal(choice.status, 200);
    assert.match(await choice.text(), /href="\/setup\/generate"/);
    assert.match(await (await ann.fetch('/setup/generate?label=plain-form')).text(), /value="plain-form"/);
    const bad = await form(ann, '/setup/generate', { label: '<script>' });
    assert.equal(bad.status, 422);
    const html = await bad.text();
    assert.ok(html.includes('A name is made of the letters') && !html.includes('value="<script>'));
    const made = await form(ann, '/setup/generate', { label: 'plain-form' });
    assert.equal(made.status, 303);
    assert.equal(made.headers.get('location'), '/sites/plain-form.vetka.localhost/builder');
    assert.equal((await ann.fetch(made.headers.get('location') ?? '')).status, 200);
    for (const path of ['/setup', '/setup/generate']) {
      assert.equal((await ann.fetch(path)).headers.get('location'), '/sites?notice=one-site');
    }
    assert.equal((await form(ann, '/setup/generate', { label: 'second' })).headers.get('location'), '/sites?notice=one-site');
    assert.match(await (await ann.fetch('/sites')).text(), /plain-form\.vetka\.localhost/);
  });

  it('that are not there are a page with 404, and 405 says what would do', async () => {
    for (const path of ['/nothing', '/sites/x/y/z', '/setup/', '/%00', '/index.php']) {
      const response = await stack.anybody.fetch(path);
      assert.equal(response.status, 404, path);
      assert.match(await response.text(), /<title>There is nothing here · Vetka<\/title>/);
    }
    const wrong = await stack.anybody.fetch('/setup', { method: 'DELETE' });
    assert.equal(wrong.status, 405);
    assert.match(wrong.headers.get('allow') ?? '', /GET/);
    await refused(stack.anybody.fetch('/api/nothing'), 404, 'not_found');
    const patched = stack.anybody.fetch('/api/sites', { method: 'PATCH' });
    await refused(patched, 405, 'method_not_allowed');
    assert.equal((await patched).headers.get('allow'), 'GET, HEAD, POST');
  });

  it('answer HEAD as GET without a body', async () => {
    const response = await stack.anybody.fetch('/', { method: 'HEAD' });
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  });
});

describe('every response', () => {
  it('carries the headers that protect whoever receives it', async () => {
    const ann = await stack.owner('guarded');
    const manifest = await stack.anybody.json<Record<string, string>>('/assets/manifest.json');
    for (const [client, path] of [
      [stack.anybody, '/'], [ann, '/'], [ann, '/sites'], [ann, `/sites/${ann.domain}/builder`], [stack.anybody, '/setup'],
      [stack.anybody, '/nothing'], [stack.anybody, '/api/nothing'], [ann, '/api/sites'], [stack.anybody, '/api/sites'],
      [stack.anybody, '/api/auth/get-session'], [stack.anybody, '/healthz'], [stack.anybody, '/robots.txt'],
      [stack.anybody, '/favicon.svg'], [stack.anybody, manifest['app.css'] ?? ''], [stack.anybody, '/assets/nothing.js'],
    ] as const) {
      const response = await client.fetch(path);
      const header = (name: string): string => response.headers.get(name) ?? '';
      const policy = header('content-security-policy');
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /, path);
      assert.match(policy, /base-uri 'none'; frame-ancestors 'none'$/, path);
      assert.ok(policy.includes(`frame-src ${stack.siteOrigin('*')};`), path);
      assert.ok(!policy.includes('unsafe'), path);
      assert.equal(header('x-content-type-options'), 'nosniff', path);
      assert.equal(header('referrer-policy'), 'same-origin', path);
      assert.equal(header('origin-agent-cluster'), '?1', path);
      assert.equal(header('cross-origin-opener-policy'), 'same-origin', path);
      assert.ok(header('permissions-policy'), path);
      assert.match(header('x-request-id'), /^[a-z0-9]{24}$/, path);
      assert.equal(header('access-control-allow-origin'), '', path);
    }
  });

  it('to what went wrong on our side says so, with a number to quote and no detail', async () => {
    const ann = await stack.person();
    const old = aged(ann.cookies.get(SESSION_COOKIE) ?? '');
    await (await stack.sessions()).put(`session:${readToken(old).sid}`, 'canary: no record');
    ann.cookies.set(SESSION_COOKIE, old);
    const problem = await refused(ann.fetch('/api/sites'), 500, 'internal_error');
    assert.deepEqual(Object.keys(problem).sort(), ['code', 'message']);
    const page = await ann.fetch('/sites');
    assert.equal(page.status, 500);
    const html = await page.text();
    assert.ok(html.includes(page.headers.get('x-request-id') ?? 'none'));
    assert.ok(!/canary|serde|json:|session:/i.test(html));
  });

  it('that shows somebody’s own things is kept by no shared cache', async () => {
    const ann = await stack.owner('uncached');
    for (const path of ['/', '/sites', '/setup', `/sites/${ann.domain}/builder`]) {
      assert.match((await ann.fetch(path)).headers.get('cache-control') ?? '', /private|no-store/, path);
    }
    for (const path of ['/api/sites', `/api/sites/${ann.domain}`, `/api/sites/${ann.domain}/snapshots`]) {
      assert.equal((await ann.fetch(path)).headers.get('cache-control'), 'no-store', path);
    }
  });
});

describe('files', () => {
  it('with a hash in their name are kept for ever, others are asked for again', async () => {
    const manifest = await stack.anybody.fetch('/assets/manifest.json');
    assert.equal(manifest.headers.get('cache-control'), 'no-cache');
    const names = (await manifest.json()) as Record<string, string>;
    for (const [name, type] of [['app.css', /^text\/css/], ['hub.js', /^(text|application)\/javascript/], ['display.woff2', /^font\/woff2/]] as const) {
      const file = await stack.anybody.fetch(names[name] ?? '');
      assert.equal(file.status, 200, name);
      assert.match(file.headers.get('content-type') ?? '', type);
      assert.match(file.headers.get('cache-control') ?? '', /max-age=31536000, immutable/);
      assert.ok((await file.text()).length > 0);
      const again = await stack.anybody.fetch(names[name] ?? '', { headers: { 'if-none-match': file.headers.get('etag') ?? '' } });
      assert.equal(again.status, 304, name);
    }
    assert.equal((await stack.anybody.fetch('/assets/..%2f_headers')).status, 404);
    assert.equal((await stack.anybody.fetch('/_headers')).status, 404);
  });

  it('that programs look for are there', async () => {
    const icon = await stack.anybody.fetch('/favicon.svg');
    assert.equal(icon.status, 200);
    assert.match(icon.headers.get('content-type') ?? '', /^image\/svg\+xml/);
    assert.match(await (await stack.anybody.fetch('/robots.txt')).text(), /^User-agent: \*\nDisallow: \/api\/\n/);
  });
});
