/** Websites that people own already: how an address is understood, and what may be looked at, on real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Response as WebResponse } from 'miniflare';
import { refused } from './account-kit.ts';
import { External, type Owner, type Seen, page } from './external-kit.ts';
import { type Response, type TestStack, startTestStack } from './harness.ts';
import { Endless, Websites, html, redirect } from './open-web.ts';

const web = new Websites();
let stack: TestStack;
let external: External;
before(async () => {
  stack = await startTestStack({ openWeb: web.openWeb });
  web.use(stack.stack.web);
  external = new External(stack, web);
});
after(async () => await stack.close());

describe('the address that somebody types', () => {
  it('is understood in all its spellings', async () => {
    const ann = await stack.person();
    for (const [typed, domain] of [
      ['ann.example', 'ann.example'],
      ['  WWW.Ann.Example/ ', 'www.ann.example'],
      ['https://ann.example/about?x=1#y', 'ann.example'],
      ['http://ann.example:80/', 'ann.example'],
      ['https://ann.example:443', 'ann.example'],
      ['ann.example.', 'ann.example'],
      ['Bücher.example', 'xn--bcher-kva.example'],
      ['a%6En.example', 'ann.example'],
    ] as const) {
      assert.equal((await external.see(ann, typed)).domain, domain, typed);
    }
  });

  it('is refused when it is no public website, with the reason in words', async () => {
    const ann = await stack.person();
    for (const [typed, reason] of [
      ['', 'unreadable'], ['   ', 'unreadable'], ['ann example', 'unreadable'], ['javascript:alert(1)', 'unreadable'],
      ['ftp://ann.example', 'unreadable'], [`${'a.'.repeat(200)}example`, 'unreadable'], ['x'.repeat(3000), 'unreadable'],
      ['ann@ann.example', 'mail_address'], ['https://ann:secret@ann.example/', 'mail_address'],
      ['ann.example:8443', 'port'], ['http://ann.example:443/', 'port'],
      ['127.0.0.1', 'number'], ['0x7f.1', 'number'], ['2130706433', 'number'], ['017700000001', 'number'], ['[::1]', 'number'],
      ['http://[::ffff:10.0.0.1]/', 'number'], ['１２７.０.０.１', 'number'],
      ['localhost', 'not_public'], ['intranet', 'not_public'], ['printer.local', 'not_public'], ['ann.test', 'not_public'],
      ['metadata.google.internal', 'not_public'], [`lost--${'a'.repeat(24)}.invalid`, 'not_public'],
      ['vetka.localhost', 'ours'], ['somebody.vetka.localhost', 'ours'], [stack.addresses.app, 'ours'],
    ] as const) {
      const problem = (await refused(external.check(ann, typed), 422, 'invalid_domain')) as unknown as { reason: string; message: string };
      assert.equal(problem.reason, reason, typed);
      assert.match(problem.message, /^[A-Z].*\.$/);
      await refused(external.connect(ann, typed), 422, 'invalid_domain');
    }
    await refused(ann.fetch('/api/notch/check'), 400, 'missing_domain');
    assert.deepEqual(web.visits.filter(({ url }) => /vetka|local|intranet/.test(url)), []);
  });

  it('is asked about by somebody who is signed in, on a page of ours', async () => {
    await refused(external.check(stack.anybody, 'ann.example'), 401, 'unauthorized');
    const ann = await stack.person();
    for (const site of ['cross-site', 'same-site']) {
      await refused(ann.fetch('/api/notch/check?domain=ann.example', { headers: { 'sec-fetch-site': site } }), 403, 'wrong_origin');
    }
  });
});

describe('a look', () => {
  let ann: Owner;
  const reason = async (host: string): Promise<string | null> => (await external.see(ann, host)).reason;
  before(async () => (ann = await external.somebody()));

  it('says who it is, and sends nothing of anybody', async () => {
    web.site('polite.example', page(ann.tag));
    assert.deepEqual(await external.see(ann, 'polite.example'), {
      domain: 'polite.example', found: true, method: 'tag', reason: null, message: 'Your line is there.',
    });
    const [visit, ...more] = web.visitsTo('polite.example');
    assert.deepEqual(more, []);
    assert.equal(visit?.url, 'https://polite.example/');
    assert.equal(visit.headers['user-agent'], `VetkaBot/1.0 (+${stack.addresses.app})`);
    assert.equal(visit.headers['accept'], 'text/html');
    for (const name of ['cookie', 'authorization', 'referer', 'origin']) assert.equal(visit.headers[name], undefined, name);
  });

  it('goes to public addresses alone', async () => {
    for (const [host, records, wanted] of [
      ['no-such-name.example', null, 'no_address'],
      ['no-address.example', { TXT: ['x'] }, 'no_address'],
      ['loopback.example', { A: ['127.0.0.1'] }, 'not_public'],
      ['metadata.example', { A: ['169.254.169.254'] }, 'not_public'],
      ['home.example', { A: ['192.168.0.1'] }, 'not_public'],
      ['mixed.example', { A: ['93.184.215.14', '10.0.0.1'] }, 'not_public'],
      ['mixed-kinds.example', { A: ['93.184.215.14'], AAAA: ['fd00::1'] }, 'not_public'],
      ['mapped.example', { AAAA: ['::ffff:10.0.0.1'] }, 'not_public'],
      ['zero.example', { AAAA: ['::'] }, 'not_public'],
      ['nat64.example', { AAAA: ['64:ff9b::a00:1'] }, 'not_public'],
      ['broken-name.example', { status: 2 }, 'not_looked_up'],
      ['odd-answer.example', { A: ['nonsense'] }, 'not_looked_up'],
    ] as const) {
      web.name(host, records as Parameters<Websites['name']>[1]);
      web.put(host, page(ann.tag));
      assert.equal(await reason(host), wanted, host);
      assert.deepEqual(web.visitsTo(host), [], `${host} was visited`);
    }
    web.name('six.example', { AAAA: ['2606:4700::6810:84e5'] });
    web.put('six.example', page(ann.tag));
    assert.equal((await external.see(ann, 'six.example')).found, true);
  });

  it('follows redirects within the website, three at most, and asks for each name again', async () => {
    ann = await external.somebody();
    web.site('bare.example', redirect('https://www.bare.example/start'));
    web.site('www.bare.example', () => redirect('/home', 308));
    web.put('https://www.bare.example/home', redirect('en/'));
    web.put('https://www.bare.example/en/', page(ann.tag));
    assert.equal((await external.see(ann, 'bare.example')).found, true);
    assert.equal(web.visitsTo('www.bare.example').length, 3);

    web.site('round.example', redirect('/'));
    assert.equal(await reason('round.example'), 'too_many_redirects');
    assert.equal(web.visitsTo('round.example').length, 4);

    web.site('inward.example', redirect('https://www.inward.example/'));
    web.name('www.inward.example', { A: ['10.0.0.1'] });
    web.put('www.inward.example', page(ann.tag));
    assert.equal(await reason('inward.example'), 'not_public');
    assert.deepEqual(web.visitsTo('www.inward.example'), []);
  });

  it('follows nowhere else', async () => {
    ann = await external.somebody();
    web.site('evil.example', page(ann.tag));
    for (const [at, [to, wanted]] of (
      [
        ['https://127.0.0.1/', 'not_public'],
        ['http://127.0.0.1/', 'not_public'],
        ['https://169.254.169.254/latest/meta-data', 'not_public'],
        ['https://0x7f.1/', 'not_public'],
        ['https://[::ffff:10.0.0.1]/', 'not_public'],
        ['https://[::1]/', 'not_public'],
        ['http://SELF/', 'insecure'],
        ['https://SELF:8443/', 'elsewhere'],
        ['https://ann:secret@SELF/', 'elsewhere'],
        ['https://evil.example/', 'elsewhere'],
        ['//evil.example/', 'elsewhere'],
        ['https://SELF.evil.example/', 'elsewhere'],
        ['https://localhost/', 'elsewhere'],
        ['http://some.localhost/', 'insecure'],
        ['file:///etc/passwd', 'elsewhere'],
        ['data:text/html,x', 'elsewhere'],
        ['https://[', 'elsewhere'],
      ] as const
    ).entries()) {
      const host = `redirects-${at}.example`;
      web.site(host, redirect(to.replaceAll('SELF', host)));
      assert.equal(await reason(host), wanted, to);
      assert.deepEqual(web.visitsTo(host).map(({ url }) => url), [`https://${host}/`], to);
    }
    assert.deepEqual(web.visitsTo('evil.example'), []);
  });

  it('takes a page and nothing else', async () => {
    ann = await external.somebody();
    for (const [at, [answer, wanted]] of (
      [
        [html(page(ann.tag), { status: 500 }), 'failed'],
        [html(page(ann.tag), { status: 404 }), 'failed'],
        [new WebResponse(null, { status: 302 }), 'failed'],
        [html(page(ann.tag), { headers: { 'content-type': 'application/json' } }), 'not_html'],
        [html(page(ann.tag), { headers: { 'content-type': 'text/plain' } }), 'not_html'],
        [html(page(ann.tag), { headers: { 'content-type': 'application/xhtml+xml' } }), 'not_html'],
        [html(page(`${' '.repeat(1024 * 1024)}${ann.tag}`)), 'no_tag'],
        [html(page(`${' '.repeat(1000 * 1024)}${ann.tag}`), { headers: { 'content-type': 'Text/HTML' } }), null],
      ] as const
    ).entries()) {
      web.site(`kinds-${at}.example`, answer);
      assert.equal(await reason(`kinds-${at}.example`), wanted, `case ${at}`);
    }
  });

  it('leaves a page that has no end, and one that takes too long', async () => {
    ann = await external.somebody();
    const endless = new Endless();
    web.site('endless.example', () => html(endless.stream()));
    assert.equal(await reason('endless.example'), 'no_tag');
    assert.ok(endless.sent < 32 * 1024 * 1024, `${endless.sent} bytes were sent`);
    endless.end();

    const trickle = (): ReadableStream<Uint8Array> => {
      let left = 35;
      return new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 200));
          if (left-- > 0) controller.enqueue(new TextEncoder().encode('<p>'));
          else controller.close();
        },
      });
    };
    web.site('trickle.example', () => html(trickle()));
    web.site('silent.example', () => new Promise<WebResponse>((resolve) => setTimeout(() => resolve(html('late')), 7000)));
    const started = Date.now();
    assert.deepEqual(await Promise.all([reason('trickle.example'), reason('silent.example')]), ['too_slow', 'too_slow']);
    const took = Date.now() - started;
    assert.ok(took > 4500 && took < 8000, `${took} ms`);
  });

  it('tells the tag from what looks like it, and shows nothing of the page', async () => {
    ann = await external.somebody();
    const ben = await external.somebody();
    for (const [at, [head, wanted]] of (
      [
        ['', 'no_tag'],
        [`<!-- ${ann.tag} -->`, 'no_tag'],
        [`<noscript>${ann.tag}</noscript>`, 'no_tag'],
        [`<template>${ann.tag}</template>`, 'no_tag'],
        [`<title>${ann.tag}</title>`, 'no_tag'],
        [`<textarea>${ann.tag}</textarea>`, 'no_tag'],
        [ann.tag.replaceAll('<', '&lt;'), 'no_tag'],
        [ann.tag.replace('/notch.js', '/other.js'), 'no_tag'],
        [ann.tag.replace(stack.addresses.app, 'https://evil.example'), 'no_tag'],
        [ann.tag.replace(/ data-vetka="[^"]*"/, ''), 'without_key'],
        [ben.tag, 'other_account'],
        [ann.tag.replace(ann.key, `${ann.key}0`), 'other_account'],
        [`${ben.tag}${ann.tag}`, null],
        [`<SCRIPT DATA-VETKA='${ann.key}' defer src=${stack.addresses.app}/notch.js></SCRIPT>`, null],
      ] as const
    ).entries()) {
      const host = `tags-${at}.example`;
      web.site(host, page(head, 'canary-of-the-page'));
      const answer = await external.check(ann, host);
      const text = await answer.text();
      assert.equal((JSON.parse(text) as Seen).reason, wanted, head);
      assert.ok(!text.includes('canary') && !text.includes(ben.key));
    }
  });

  it('finds the DNS record also where no page is', async () => {
    ann = await external.somebody();
    const ben = await external.somebody();
    web.name('_vetka.by-record.example', { TXT: ['v=something', ann.record] });
    const seen = await external.see(ann, 'by-record.example');
    assert.deepEqual([seen.found, seen.method, seen.message], [true, 'dns', 'Your DNS record is there.']);
    assert.equal((await external.see(ben, 'by-record.example')).reason, 'no_address');
    web.name('_vetka.broken-record.example', { status: 2 });
    web.site('broken-record.example', page(''));
    assert.equal((await external.see(ben, 'broken-record.example')).reason, 'not_looked_up', 'what cannot be looked up is not missing');
  });

  it('is not had without end', async () => {
    const hasty = await external.somebody();
    web.site('hasty.example', page(''));
    const answers: Response[] = [];
    for (let tries = 0; tries < 36 && answers.at(-1)?.status !== 429; tries++) answers.push(await external.check(hasty, 'hasty.example'));
    const last = answers.at(-1);
    assert.equal(last?.status, 429);
    assert.ok(Number(last.headers.get('retry-after')) >= 1);
    assert.match(((await last.json()) as { message: string }).message, /Try again in/);
  });
});
