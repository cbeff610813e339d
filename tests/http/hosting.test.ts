import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch as undiciFetch } from 'undici';
import { loopback, type TestStack, startTestStack } from './harness.ts';
import { Publishing, newId, sha256, type Answer, type Published, type Site } from './publishing.ts';

/** The oldest answer that a cache may give, and a second for the machine. */
const SEEN_BY = 8_000;

describe('serving', () => {
  let stack: TestStack;
  let publishing: Publishing;
  let site: Site;
  let version: Published;
  const big = new Uint8Array(3_000_000).map((_, at) => at * 7);
  before(async () => {
    stack = await startTestStack();
    publishing = await Publishing.of(stack);
    site = await publishing.site();
    version = await publishing.publish(site, {
      'index.html': '<h1>home</h1>',
      'about.html': 'about',
      'blog/index.html': 'blog',
      'blog/post.html': 'post',
      'style.css': 'a{color:red}',
      'app.3f9a8b7c.js': '1',
      'hero-background.jpg': 'not really',
      'empty.txt': '',
      'été.html': 'summer',
      'a b.html': 'blank',
      'big.bin': big,
    });
  });
  after(() => stack.close());
  const get = async (path: string, init: Parameters<Publishing['get']>[2] = {}): Promise<Answer> =>
    await publishing.get(site.label, path, init);

  it('finds files, folders, pages, and the home page for what only the site’s own router knows', async () => {
    for (const [path, text] of [
      ['/', '<h1>home</h1>'],
      ['/about', 'about'],
      ['/blog/', 'blog'],
      ['/blog/post', 'post'],
      ['/style.css?v=2', 'a{color:red}'],
      ['/%C3%A9t%C3%A9', 'summer'],
      ['/a%20b', 'blank'],
      ['/users/7', '<h1>home</h1>'],
    ] as const) {
      const answer = await get(path);
      assert.deepEqual([answer.status, answer.text], [200, text], path);
    }
  });

  it('sends every other form of a page’s address on to its one address', async () => {
    for (const [path, to] of [
      ['/blog?page=2', '/blog/?page=2'],
      ['/index.html', '/'],
      ['/about.html', '/about'],
      ['/about/?x=1', '/about?x=1'],
      ['//about', '/about'],
      ['/blog%2Fpost.html', '/blog/post'],
    ] as const) {
      const answer = await get(path);
      assert.equal(answer.status, 307);
      assert.equal(answer.headers.get('location'), to);
    }
  });

  it('has nothing for a missing file and for disguised paths', async () => {
    for (const path of ['/missing.css', '/%2e%2e%2fx', '/..%5cx', '/%00', '/%ff', '//evil.test', '/.well-known/x']) {
      const answer = await get(path);
      assert.equal(answer.status, 404, path);
      assert.match(answer.text, /This page is not here/);
      assert.equal(answer.headers.get('location'), null);
    }
  });

  it('says what each file is, how long to keep it, and nothing that lets it be taken for something else', async () => {
    const revalidate = 'public, max-age=0, must-revalidate';
    const rows: [string, string, string][] = [
      ['/', 'text/html; charset=utf-8', revalidate],
      ['/style.css', 'text/css; charset=utf-8', revalidate],
      ['/app.3f9a8b7c.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
      // Lesson 10: a name that merely looks hashed.
      ['/hero-background.jpg', 'image/jpeg', revalidate],
      ['/big.bin', 'application/octet-stream', revalidate],
      ['/empty.txt', 'text/plain; charset=utf-8', revalidate],
    ];
    for (const [path, type, caching] of rows) {
      const { headers } = await get(path);
      assert.equal(headers.get('content-type'), type, path);
      assert.equal(headers.get('cache-control'), caching, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'strict-origin-when-cross-origin');
      assert.equal(headers.get('content-security-policy'), `frame-ancestors 'self' ${stack.addresses.app}`);
      assert.equal(headers.get('set-cookie'), null);
      // Whoever knew a version's id could look at it after the owner has taken something off the site.
      assert.ok(![...headers.values()].some((value) => value.includes(version.snapshotId)), path);
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
  });

  it('streams a large file whole, from the bucket and from the cache', async () => {
    for (const from of ['bucket', 'cache', 'cache']) {
      const response = await undiciFetch(`${stack.siteOrigin(site.label)}/big.bin`, { dispatcher: loopback });
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(sha256(bytes), sha256(big), from);
      assert.equal(response.headers.get('content-length'), String(big.length), from);
      assert.equal(response.headers.get('etag'), `"${sha256(big)}"`, from);
      await sleep(200);
    }
  });

  it('answers HEAD as GET without a body', async () => {
    for (const path of ['/', '/style.css', '/empty.txt', '/big.bin', '/missing.css']) {
      const [full, head] = [await get(path), await get(path, { method: 'HEAD' })];
      assert.equal(head.status, full.status, path);
      assert.equal(head.text, '');
      for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'content-security-policy']) {
        assert.equal(head.headers.get(name), full.headers.get(name), `${name} of ${path}`);
      }
    }
  });

  it('sends nothing twice to a browser that has it', async () => {
    const etag = `"${sha256('a{color:red}')}"`;
    for (const header of [etag, `W/${etag}`, `"x", ${etag}`, `"a,b",, W/${etag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await get('/style.css', { method, headers: { 'if-none-match': header } });
        assert.deepEqual([answer.status, answer.text], [304, ''], header);
        assert.equal(answer.headers.get('etag'), etag);
        assert.equal(answer.headers.get('cache-control'), 'public, max-age=0, must-revalidate');
      }
    }
    for (const header of ['"x"', sha256('a{color:red}'), `"${sha256('')}"`]) {
      assert.equal((await get('/style.css', { headers: { 'if-none-match': header } })).status, 200, header);
    }
    // What is not there cannot be unchanged.
    assert.equal((await get('/missing.css', { headers: { 'if-none-match': '*' } })).status, 404);
  });

  it('shows a new version to everybody within seconds, and at once to whoever reloads', async () => {
    const changing = await publishing.site();
    await publishing.publish(changing, { 'index.html': 'one' });
    const read = async (init = {}): Promise<string> => (await publishing.get(changing.label, '/', init)).text;
    assert.equal(await read(), 'one');
    await publishing.publish(changing, { 'index.html': 'two' });
    const since = Date.now();
    let answer = await read();
    assert.ok(['one', 'two'].includes(answer));
    while (answer !== 'two') {
      assert.ok(Date.now() - since < SEEN_BY, 'still the old version');
      await sleep(250);
      answer = await read();
    }
    for (const [n, header] of ['no-cache', 'max-age=0', 'no-store, NO-CACHE'].entries()) {
      await publishing.publish(changing, { 'index.html': `three ${n}` });
      assert.equal(await read({ headers: { 'cache-control': header } }), `three ${n}`);
      // Whoever comes after the reload sees it too.
      assert.equal(await read(), `three ${n}`);
    }
  });

  it('never mixes versions: what one answer names, it has', async () => {
    const changing = await publishing.site();
    let going = true;
    const publish = (async () => {
      for (let n = 0; n < 12; n++) await publishing.publish(changing, { 'index.html': `page ${n}` });
      going = false;
    })();
    let reads = 0;
    let last = -1;
    while (going) {
      const answer = await publishing.get(changing.label, '/', { reload: true });
      if (answer.status === 404) continue;
      assert.equal(answer.status, 200);
      const n = Number(/^page (\d+)$/.exec(answer.text)?.[1]);
      assert.equal(answer.headers.get('etag'), `"${sha256(answer.text)}"`);
      assert.ok(n >= last, 'went back to an older version');
      last = n;
      reads++;
    }
    await publish;
    assert.ok(reads > 5);
  });

  describe('the address of a version', () => {
    it('shows that version, live or not, to nobody’s search engine and in nobody’s cache', async () => {
      const other = await publishing.site();
      const first = await publishing.publish(other, { 'index.html': 'one', 'x.css': 'a{}', 'app.3f9a8b7c.js': '1' });
      await publishing.publish(other, { 'index.html': 'two' });
      const page = await publishing.get(`v--${first.snapshotId}`);
      assert.deepEqual([page.status, page.text], [200, 'one']);
      assert.equal(page.headers.get('cache-control'), 'no-store');
      assert.equal(page.headers.get('x-robots-tag'), 'noindex');
      assert.equal(page.headers.get('content-security-policy'), `frame-ancestors 'self' ${stack.addresses.app}`);
      for (const path of ['/x.css', '/app.3f9a8b7c.js']) {
        const file = await publishing.get(`v--${first.snapshotId}`, path);
        assert.equal(file.headers.get('cache-control'), 'private, max-age=0, must-revalidate');
      }
    });

    it('is not there for what was never finished', async () => {
      const id = newId();
      await publishing.db
        .prepare(
          `INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at)
           VALUES (?1, ?2, ?3, 1, 1, 'building', 'agent', 1)`,
        )
        .bind(id, site.id, version.snapshotId)
        .run();
      for (const name of [`v--${id}`, `v--${newId()}`]) {
        const answer = await publishing.get(name);
        assert.equal(answer.status, 404);
        assert.match(answer.text, /This version is not here/);
      }
    });
  });

  describe('our own pages', () => {
    const expectPage = (answer: Answer, status: number, words: RegExp): void => {
      assert.equal(answer.status, status);
      assert.match(answer.text, words);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('x-robots-tag'), 'noindex');
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.doesNotMatch(answer.text, /<script|!</);
    };

    it('offers a name that nobody has', async () => {
      const answer = await publishing.get('nobody-has-this');
      expectPage(answer, 404, /nobody-has-this is free/);
      assert.ok(answer.text.includes(`href="${stack.addresses.app}/setup/generate?label=nobody-has-this"`));
    });

    it('says why a name cannot be', async () => {
      for (const label of ['www', 'ab', 'xn--nn-xka', 'a--b', 'v--short']) {
        const answer = await publishing.get(label);
        expectPage(answer, 404, /No site can be here/);
        assert.doesNotMatch(answer.text, /label=/);
      }
      expectPage(await publishing.get('a.b'), 404, /There is nothing here/);
    });

    it('says that a site is being made, and offers to look again', async () => {
      const waiting = await publishing.site();
      const answer = await publishing.get(waiting.label);
      expectPage(answer, 404, /This site is being made/);
      assert.match(answer.text, /<a href="">Look again</);
      // A page that reloads itself takes the place of whoever reads it slowly, or by ear.
      assert.doesNotMatch(answer.text, /http-equiv="refresh"/);
    });

    it('shows a first version at once to whoever was waiting for it', async () => {
      const waiting = await publishing.site();
      expectPage(await publishing.get(waiting.label), 404, /This site is being made/);
      await publishing.publish(waiting, { 'index.html': 'here it is' });
      assert.equal((await publishing.get(waiting.label)).text, 'here it is');
    });

    it('is plain about its own failures', async () => {
      const broken = await publishing.site();
      await publishing.publish(broken, { 'index.html': `lost ${newId()}` });
      const page = (await publishing.get(broken.label)).text;
      await publishing.bucket.delete(`blobs/${sha256(page)}`);
      const lost = await publishing.site();
      const published = await publishing.publish(lost, { 'index.html': 'x' });
      await publishing.bucket.delete(`manifests/${lost.id}/${published.snapshotId}`);
      const answer = await publishing.get(lost.label);
      expectPage(answer, 503, /cannot be shown right now/);
      assert.equal(answer.headers.get('retry-after'), '5');
    });
  });

  describe('the app’s own origin', () => {
    const onApex = async (path: string, headers: Record<string, string>) =>
      await undiciFetch(stack.addresses.app + path, { dispatcher: loopback, headers, redirect: 'manual' });

    it('shows a site in development only in a sandbox', async () => {
      const response = await onApex('/api/serve/about', { 'x-vetka-subdomain': site.label });
      assert.equal(response.status, 200);
      assert.equal(await response.text(), 'about');
      assert.match(response.headers.get('content-security-policy') ?? '', /(^|; )sandbox$/);
      const folder = await onApex('/api/serve/blog', { 'x-vetka-subdomain': site.label });
      assert.equal(folder.headers.get('location'), '/api/serve/blog/');
    });

    // Lesson 9: a header overrode the host in production.
    it('shows none in production, whatever the header says', async () => {
      const production = await startTestStack({ settings: { ENVIRONMENT: 'production' } });
      try {
        const there = await Publishing.of(production);
        const live = await there.site();
        await there.publish(live, { 'index.html': 'hello' });
        assert.equal((await there.get(live.label)).text, 'hello');
        const headers = { 'x-vetka-subdomain': live.label };
        const answer = await undiciFetch(`${production.addresses.app}/api/serve/`, { dispatcher: loopback, headers });
        assert.equal(answer.status, 404);
        assert.doesNotMatch(await answer.text(), /hello/);
      } finally {
        await production.close();
      }
    });

    it('shows none without the header, or for a query', async () => {
      for (const [path, headers] of [
        ['/api/serve/', {}],
        [`/api/serve/?subdomain=${site.label}`, {}],
        ['/api/serve/', { 'x-forwarded-host': `${site.label}.vetka.localhost` }],
      ] as const) {
        assert.equal((await onApex(path, headers)).status, 404);
      }
    });

    it('lets no header choose another site', async () => {
      const other = await publishing.site();
      const answer = await get('/about', { headers: { 'x-vetka-subdomain': other.label, 'x-forwarded-host': 'x' } });
      assert.equal(answer.text, 'about');
    });
  });

  describe('a deleted site', () => {
    it('is gone from behind every cache, with all its versions, and stays gone', async () => {
      const doomed = await publishing.site();
      const first = await publishing.publish(doomed, { 'index.html': 'secret one', 'app.3f9a8b7c.js': 'secret' });
      const second = await publishing.publish(doomed, { 'index.html': 'secret two' });
      const addresses = [doomed.label, `v--${first.snapshotId}`, `v--${second.snapshotId}`];
      // Every cache is warm.
      for (let n = 0; n < 3; n++) for (const name of addresses) assert.equal((await publishing.get(name)).status, 200);

      const deleted = await publishing.internal('DELETE', `/sites/${doomed.id}`);
      assert.ok([202, 204].includes(deleted.status), String(deleted.status));
      for (const name of addresses) assert.equal((await publishing.get(name, '/', { reload: true })).status, 404, name);
      await sleep(SEEN_BY);
      for (const name of addresses) {
        for (const path of ['/', '/app.3f9a8b7c.js']) {
          const answer = await publishing.get(name, path, { headers: { 'if-none-match': `"${sha256('secret two')}"` } });
          assert.equal(answer.status, 404, name + path);
          assert.doesNotMatch(answer.text, /secret/);
        }
      }
      assert.deepEqual(await publishing.keys(`manifests/${doomed.id}/`), []);
      assert.equal((await publishing.send(doomed.token, { 'index.html': 'again' })).status, 401);
      assert.ok([204].includes((await publishing.internal('DELETE', `/sites/${doomed.id}`)).status));
      assert.equal((await publishing.restore(doomed, first.snapshotId)).status, 404);
    });

    it('does not come back when somebody else takes its name, whatever an old writer still wants', async () => {
      const old = await publishing.site();
      await publishing.publish(old, { 'index.html': 'old owner' });
      const record = await (await publishing.bucket.get(`live/${old.label}`))?.text();
      assert.equal((await publishing.internal('DELETE', `/sites/${old.id}`)).status, 204);
      const next = await publishing.site(old.label);
      await stack.scheduled('deploy');
      assert.match((await publishing.get(next.label, '/', { reload: true })).text, /being made/);
      await publishing.publish(next, { 'index.html': 'new owner' });
      await stack.scheduled('deploy');
      assert.equal((await publishing.get(next.label, '/', { reload: true })).text, 'new owner');
      const standing = JSON.parse((await (await publishing.bucket.get(`live/${old.label}`))?.text()) ?? '{}') as { seq: number };
      assert.ok(standing.seq > (JSON.parse(record ?? '{}') as { seq: number }).seq);
    });

    it('is finished by the schedule when deleting was cut short', async () => {
      const doomed = await publishing.site();
      await publishing.publish(doomed, { 'index.html': 'secret' });
      // As the api worker leaves it when it crashes right after its first write.
      await publishing.db.prepare('UPDATE site SET deleted_at = 1 WHERE id = ?1').bind(doomed.id).run();
      assert.equal((await publishing.send(doomed.token, { 'index.html': 'again' })).status, 401);
      await stack.scheduled('deploy');
      assert.equal((await publishing.get(doomed.label, '/', { reload: true })).status, 404);
      const row = await publishing.db.prepare('SELECT id FROM site WHERE id = ?1').bind(doomed.id).first();
      assert.equal(row, null);
    });
  });

  it('says that it is well to other workers only', async () => {
    const worker = await stack.stack.miniflare().getWorker('vetka-hosting');
    const health = (await (await worker.fetch('http://hosting.internal/healthz')).json()) as Record<string, unknown>;
    assert.deepEqual({ ok: health['ok'], worker: health['worker'] }, { ok: true, worker: 'vetka-hosting' });
    assert.equal((await get('/healthz')).text, '<h1>home</h1>');
  });
});
