/** What a visitor gets beyond a whole file: parts of it, conditions on it, Notch's tag, hints, rules, and notices. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fetch as undiciFetch } from 'undici';
import { loopback, type TestStack, startTestStack } from './harness.ts';
import { Publishing, sha256, type Answer, type Published, type Site } from './publishing.ts';

const HTML = `<!doctype html>
<html lang="en"><head><title>Ann</title>
<link rel="preload" href="/style.css" as="style">
<link rel=modulepreload href=app.js>
<link rel="stylesheet" href="/style.css">
<link rel="preload" href="//elsewhere.example/x.css" as="style">
</head><body><h1>Bread</h1></body></html>
`;

describe('serving', () => {
  let stack: TestStack;
  let publishing: Publishing;
  let site: Site;
  let version: Published;
  let tag: string;
  const text = [...Array(100).keys()].map((n) => String.fromCharCode(33 + (n % 90))).join('');
  const bytes = new Uint8Array(400_000).map((_, at) => (at * 131) >> 3);
  const large = HTML + '<!-- bread -->\n'.repeat(12_000);
  before(async () => {
    stack = await startTestStack();
    publishing = await Publishing.of(stack);
    tag = `<script async src="${stack.addresses.app}/notch.js"></script>`;
    site = await publishing.site();
    version = await publishing.publish(site, {
      'index.html': HTML,
      'large.html': large,
      'piece.html': '<p>a piece</p>',
      'page.xhtml': '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
      'as-text.html': HTML.replace('Bread', 'Source'),
      'text.txt': text,
      'empty.txt': '',
      'big.bin': bytes,
      '404.html': '<!doctype html><title>Lost</title>',
      'app.3f9a8b7c.js': '1',
      _redirects: '/old /new 301\n/gone/* https://elsewhere.example/:splat 308\n/stable.js /app.3f9a8b7c.js 200\n',
      _headers:
        '/*\n  X-Site: ann\n  Content-Security-Policy: img-src *\n  Cache-Control: public, max-age=60\n  X-Robots-Tag: all\n' +
        '/as-text\n  Content-Type: text/plain; charset=utf-8\n',
    });
  });
  after(() => stack.close());

  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    await publishing.get(site.label, path, { method, headers });
  const whole = async (path: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: Headers; body: Buffer }> => {
    const response = await undiciFetch(stack.siteOrigin(site.label) + path, {
      dispatcher: loopback,
      headers: { 'accept-encoding': 'identity', ...headers },
    });
    return { status: response.status, headers: response.headers as unknown as Headers, body: Buffer.from(await response.arrayBuffer()) };
  };
  const etagOf = async (path: string): Promise<string> => (await get(path)).headers.get('etag') ?? '';

  describe('parts of a file', () => {
    it('are those that were asked for, from memory, from R2 and from the cache', async () => {
      for (const [path, all] of [['/text.txt', Buffer.from(text)], ['/big.bin', Buffer.from(bytes)]] as const) {
        const size = all.length;
        const etag = `"${sha256(all)}"`;
        const rows: [string, number, number][] = [
          ['bytes=0-9', 0, 10],
          ['bytes=0-0', 0, 1],
          [`bytes=${size - 10}-`, size - 10, size],
          ['bytes=-10', size - 10, size],
          ['bytes=5-99999999999999999999', 5, size],
          ['bytes=2-4, 4-9', 2, 10],
          ['BYTES=1-2', 1, 3],
        ];
        for (const from of ['cold', 'warm']) {
          for (const [range, start, end] of rows) {
            const answer = await whole(path, { range });
            assert.equal(answer.status, 206, `${path} ${range} ${from}`);
            assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end - 1}/${size}`);
            assert.equal(answer.headers.get('content-length'), String(end - start));
            assert.equal(answer.headers.get('etag'), etag);
            assert.equal(answer.headers.get('accept-ranges'), 'bytes');
            assert.ok(answer.body.equals(all.subarray(start, end)), `${path} ${range} ${from}`);
          }
          assert.ok((await whole(path)).body.equals(all));
        }
      }
    });

    it('come in one answer when there are several', async () => {
      for (const [path, all] of [['/text.txt', Buffer.from(text)], ['/big.bin', Buffer.from(bytes)]] as const) {
        const answer = await whole(path, { range: 'bytes=0-4, 90-94,-3' });
        assert.equal(answer.status, 206);
        assert.equal(answer.headers.get('content-length'), String(answer.body.length));
        assert.equal(answer.headers.get('content-range'), null);
        const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(answer.headers.get('content-type') ?? '')?.[1];
        const type = path === '/text.txt' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
        const size = all.length;
        const part = (start: number, end: number): Buffer =>
          Buffer.concat([
            Buffer.from(`--${boundary}\r\ncontent-type: ${type}\r\ncontent-range: bytes ${start}-${end - 1}/${size}\r\n\r\n`),
            all.subarray(start, end),
            Buffer.from('\r\n'),
          ]);
        const expected = [part(0, 5), part(90, 95), part(size - 3, size), Buffer.from(`--${boundary}--\r\n`)];
        assert.ok(answer.body.equals(Buffer.concat(expected)), path);
      }
    });

    it('are the whole when they make no sense, and nothing when there is nothing', async () => {
      for (const range of ['bytes=9-5', 'bytes=a-b', 'bytes=-', 'bytes=', 'items=0-5', 'bytes=0-4,9-5', 'bytes=0-0,2-2,4-4,6-6,8-8,10-10']) {
        const answer = await get('/text.txt', { range });
        assert.deepEqual([answer.status, answer.text, answer.headers.get('content-range')], [200, text, null], range);
      }
      for (const range of ['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=200-, 300-', 'bytes=99999999999999999999-']) {
        const answer = await get('/text.txt', { range });
        assert.deepEqual([answer.status, answer.text], [416, ''], range);
        assert.equal(answer.headers.get('content-range'), 'bytes */100');
      }
      for (const [range, status] of [['bytes=0-0', 416], ['bytes=0-', 416], ['bytes=-5', 200]] as const) {
        assert.equal((await get('/empty.txt', { range })).status, status, range);
      }
      const head = await get('/text.txt', { range: 'bytes=0-4' }, 'HEAD');
      assert.deepEqual([head.status, head.headers.get('content-length')], [200, '100']);
    });

    it('hold only for the file that the browser has', async () => {
      const etag = await etagOf('/text.txt');
      const range = 'bytes=0-4';
      for (const [headers, status] of [
        [{ range, 'if-range': etag }, 206],
        [{ range, 'if-range': '"x"' }, 200],
        [{ range, 'if-range': `W/${etag}` }, 200],
        [{ range, 'if-range': 'Wed, 01 Jul 2026 10:00:00 GMT' }, 200],
        [{ range: 'bytes=200-', 'if-range': '"x"' }, 200],
        [{ range: 'bytes=200-', 'if-range': etag }, 416],
        [{ 'if-range': etag }, 200],
        [{ range, 'if-none-match': etag }, 304],
        [{ range, 'if-match': '"x"' }, 412],
        [{ range, 'if-range': etag, 'if-none-match': etag }, 304],
      ] as [Record<string, string>, number][]) {
        assert.equal((await get('/text.txt', headers)).status, status, JSON.stringify(headers));
      }
    });
  });

  it('minds every condition that there can be about a file without a date', async () => {
    const etag = await etagOf('/text.txt');
    for (const [headers, status] of [
      [{ 'if-match': etag }, 200],
      [{ 'if-match': `W/${etag}` }, 412],
      [{ 'if-match': '"x"' }, 412],
      [{ 'if-match': '*' }, 200],
      [{ 'if-match': '"x"', 'if-none-match': etag }, 412],
      [{ 'if-match': etag, 'if-none-match': etag }, 304],
      [{ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
      [{ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 200],
    ] as [Record<string, string>, number][]) {
      for (const method of ['GET', 'HEAD']) {
        assert.equal((await get('/text.txt', headers, method)).status, status, `${method} ${JSON.stringify(headers)}`);
      }
    }
    // Nothing is there, whatever somebody has of it.
    assert.equal((await get('/missing.css', { 'if-match': '"x"', range: 'bytes=0-4' })).status, 404);
  });

  it('says what can be done where there is something, and that there is nothing elsewhere', async () => {
    for (const path of ['/', '/text.txt', '/index.html']) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const answer = await get(path, {}, method);
        assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'], `${method} ${path}`);
        assert.match(answer.text, /That does not work here/);
      }
      const options = await get(path, {}, 'OPTIONS');
      assert.deepEqual([options.status, options.text, options.headers.get('allow')], [204, '', 'GET, HEAD, OPTIONS']);
      assert.equal(options.headers.get('access-control-allow-origin'), null);
    }
    for (const method of ['POST', 'OPTIONS']) {
      const answer = await get('/missing.css', {}, method);
      assert.deepEqual([answer.status, answer.headers.get('allow')], [404, null]);
    }
  });

  describe('Notch’s tag', () => {
    it('stands behind the last byte of a document, and nothing else changes', async () => {
      for (const [path, html] of [['/', HTML], ['/large', large]] as const) {
        for (const from of ['bucket', 'cache', 'cache']) {
          const answer = await whole(path);
          assert.equal(answer.body.toString(), html + tag, `${path} ${from}`);
          assert.equal(answer.headers.get('content-length'), String(html.length + tag.length));
          assert.match(answer.headers.get('etag') ?? '', new RegExp(`^"${sha256(html)}-[0-9a-f]{8}"$`));
          const head = await get(path, {}, 'HEAD');
          assert.equal(head.headers.get('content-length'), answer.headers.get('content-length'));
          assert.equal(head.headers.get('etag'), answer.headers.get('etag'));
        }
      }
    });

    it('is part of the page for conditions and ranges', async () => {
      for (const [path, html] of [['/', HTML], ['/large', large]] as const) {
        const etag = await etagOf(path);
        const all = html + tag;
        assert.equal((await get(path, { 'if-none-match': etag })).status, 304);
        assert.equal((await get(path, { 'if-none-match': `"${sha256(html)}"` })).status, 200);
        for (const [start, end] of [[0, 4], [html.length - 5, html.length + 5], [html.length + 2, html.length + 9], [10, all.length]] as const) {
          const answer = await get(path, { range: `bytes=${start}-${end - 1}`, 'if-range': etag });
          assert.equal(answer.status, 206);
          assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end - 1}/${all.length}`);
          assert.equal(answer.text, all.slice(start, end), `${path} ${start}-${end}`);
        }
        const several = await get(path, { range: `bytes=0-3,${html.length - 3}-${html.length + 3}` });
        assert.ok(several.text.includes(`\r\n\r\n${all.slice(0, 4)}\r\n`) && several.text.includes(all.slice(-tag.length - 3, -tag.length + 4)));
        assert.equal(several.headers.get('content-length'), String(several.text.length));
      }
    });

    it('is on nothing but documents that are sent as such', async () => {
      for (const path of ['/piece', '/page.xhtml', '/as-text', '/text.txt']) {
        const answer = await get(path);
        assert.equal(answer.status, 200, path);
        assert.doesNotMatch(answer.text, /notch\.js/, path);
        assert.equal(answer.headers.get('etag'), `"${sha256(answer.text)}"`, path);
      }
    });

    it('is not where a version is only looked at', async () => {
      const looked = await publishing.get(`v--${version.snapshotId}`);
      assert.equal(looked.text, HTML);
      assert.equal(looked.headers.get('etag'), `"${sha256(HTML)}"`);
    });
  });

  it('hints at what a page will want, and at nothing that the page should not reach', async () => {
    assert.equal((await get('/')).headers.get('link'), `</style.css>; rel=preload; as=style, <app.js>; rel=modulepreload, <${stack.addresses.app}/webmention>; rel="webmention"`);
    assert.equal((await get('/', {}, 'HEAD')).headers.get('link'), (await get('/')).headers.get('link'));
    assert.equal((await get('/text.txt')).headers.get('link'), null);
  });

  describe('a site’s own rules', () => {
    it('lead elsewhere, whatever is asked', async () => {
      const moved = await get('/old?x=1');
      assert.deepEqual([moved.status, moved.headers.get('location')], [301, '/new?x=1']);
      assert.equal(moved.headers.get('cache-control'), 'public, max-age=60');
      const gone = await get('/gone/a/b', {}, 'POST');
      assert.deepEqual([gone.status, gone.headers.get('location')], [308, 'https://elsewhere.example/a/b']);
    });

    it('never make a name that stays the same be kept for a year', async () => {
      const plain = await publishing.site();
      await publishing.publish(plain, { 'index.html': 'x', 'app.3f9a8b7c.js': '1', _redirects: '/stable.js /app.3f9a8b7c.js 200\n' });
      assert.match((await publishing.get(plain.label, '/app.3f9a8b7c.js')).headers.get('cache-control') ?? '', /immutable/);
      const stable = await publishing.get(plain.label, '/stable.js');
      assert.deepEqual([stable.status, stable.text, stable.headers.get('cache-control')], [200, '1', 'public, max-age=0, must-revalidate']);
    });

    it('change headers of every kind of answer, and take nothing away that protects', async () => {
      const etag = await etagOf('/text.txt');
      for (const [path, headers, status] of [
        ['/', {}, 200],
        ['/text.txt', { range: 'bytes=0-4' }, 206],
        ['/text.txt', { 'if-none-match': etag }, 304],
        ['/index.html', {}, 307],
        ['/old', {}, 301],
        ['/nowhere.css', {}, 404],
      ] as [string, Record<string, string>, number][]) {
        const answer = await get(path, headers);
        assert.equal(answer.status, status, path);
        assert.equal(answer.headers.get('x-site'), 'ann', path);
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
        assert.equal(answer.headers.get('content-security-policy'), `img-src *, frame-ancestors 'self' ${stack.addresses.app}`);
        assert.equal(answer.headers.get('cache-control'), 'public, max-age=60');
      }
    });

    it('do not show a version to search engines or caches', async () => {
      const looked = await publishing.get(`v--${version.snapshotId}`);
      assert.deepEqual([looked.headers.get('x-robots-tag'), looked.headers.get('cache-control')], ['noindex', 'no-store']);
      assert.equal(looked.headers.get('x-site'), 'ann');
    });
  });

  it('shows a site’s own page where there is nothing, without a tag of its own to ask again with', async () => {
    const lost = await get('/nowhere', { 'if-none-match': '*', range: 'bytes=0-4' });
    assert.deepEqual([lost.status, lost.text], [404, `<!doctype html><title>Lost</title>${tag}`]);
    assert.equal(lost.headers.get('etag'), null);
    const head = await get('/nowhere', {}, 'HEAD');
    assert.deepEqual([head.status, head.text, head.headers.get('content-length')], [404, '', String(lost.text.length)]);
  });

  it('offers to report a site that has nothing there', async () => {
    const plain = await publishing.site();
    await publishing.publish(plain, { 'index.html': 'x' });
    const answer = await publishing.get(plain.label, '/nowhere.css?secret=1');
    const url = encodeURIComponent(`${stack.siteOrigin(plain.label)}/nowhere.css`);
    assert.ok(answer.text.includes(`<a href="${stack.addresses.app}/report?url=${url}">Report this site</a>`), answer.text);
  });

  describe('what a site is set to', () => {
    const set = async (on: Site, change: object): Promise<void> => {
      const answer = await publishing.internal('PATCH', `/sites/${on.id}/settings`, change);
      assert.ok([200, 202, 204].includes(answer.status), JSON.stringify(answer));
    };

    it('can be without Notch, which makes its pages other pages', async () => {
      const own = await publishing.site();
      await publishing.publish(own, { 'index.html': HTML });
      const tagged = await publishing.get(own.label);
      assert.equal(tagged.text, HTML + tag);
      await set(own, { notch: false });
      const headers = { 'if-none-match': tagged.headers.get('etag') ?? '' };
      const plain = await publishing.get(own.label, '/', { reload: true, headers });
      assert.deepEqual([plain.status, plain.text, plain.headers.get('etag')], [200, HTML, `"${sha256(HTML)}"`]);
    });

    it('can be that it has been taken down, at every address that it has', async () => {
      for (const [why, status] of [['law', 451], ['abuse', 410], ['unsafe', 410]] as const) {
        const down = await publishing.site();
        const published = await publishing.publish(down, { 'index.html': 'secret', 'x.css': 'secret' });
        assert.equal((await publishing.get(down.label)).status, 200);
        await set(down, { takenDown: why });
        for (const name of [down.label, `v--${published.snapshotId}`]) {
          for (const [path, method] of [['/', 'GET'], ['/x.css', 'GET'], ['/nowhere', 'GET'], ['/', 'POST']] as const) {
            const answer = await publishing.get(name, path, { reload: true, method });
            assert.equal(answer.status, status, `${method} ${name}${path}`);
            assert.match(answer.text, /has been taken down/);
            assert.doesNotMatch(answer.text, /secret/);
            assert.equal(answer.headers.get('cache-control'), 'no-store');
            assert.equal(answer.headers.get('link'), status === 451 ? `<${stack.addresses.app}/>; rel="blocked-by"` : null);
          }
        }
        await set(down, { takenDown: null });
        assert.equal((await publishing.get(down.label, '/', { reload: true })).text, 'secret');
      }
    });
  });
});
