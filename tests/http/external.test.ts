/** Websites that people own already: what may be looked at and how, what proves one, and who gets it. On real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Response as WebResponse } from 'miniflare';
import { form, refused } from './account-kit.ts';
import { type Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { Websites, html, redirect } from './open-web.ts';

interface Seen {
  domain: string;
  found: boolean;
  method: 'tag' | 'dns' | null;
  reason: string | null;
  message: string;
}
interface Site {
  id: string;
  domain: string;
  kind: string;
  label: string | null;
  url: string;
  status: string;
  proof: { method: string; provedAt: string; missingSince: string | null; lostAt: string | null; formerDomain: string | null } | null;
}

const DAY = 24 * 60 * 60_000;
let stack: TestStack;
const web = new Websites();

before(async () => {
  stack = await startTestStack({ openWeb: web.openWeb });
  web.use(stack.stack.web);
});
after(async () => await stack.close());

const check = (client: Client, domain: string): Promise<Response> => client.fetch(`/api/notch/check?domain=${encodeURIComponent(domain)}`);
const see = async (client: Client, domain: string): Promise<Seen> => {
  const answer = await check(client, domain);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text) as Seen;
};
const connect = (client: Client, domain: string): Promise<Response> => client.send('POST', '/api/sites', { kind: 'external', domain });

/** Somebody with the tag that the page gives them, and the record. */
type Owner = Person & { tag: string; key: string; record: string };
async function somebody(): Promise<Owner> {
  const person = await stack.person();
  const page = await (await person.fetch('/setup/script?domain=somewhere.example')).text();
  const text = page.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  const tag = /<script async src="[^"]+\/notch\.js" data-vetka="(vt_[0-9a-f]{32})"><\/script>/.exec(text);
  assert.ok(tag?.[1], 'the page shows the tag');
  assert.ok(text.includes(`vetka-site-verification=${tag[1]}`), 'and the text of the record');
  assert.ok(tag[0].includes(`src="${stack.addresses.app}/notch.js"`));
  return Object.assign(person, { tag: tag[0], key: tag[1], record: `vetka-site-verification=${tag[1]}` });
}
const page = (head: string, body = ''): string => `<!doctype html><html><head><title>A site</title>${head}</head><body>${body}</body></html>`;

async function connected(domain: string): Promise<Owner & { siteId: string; domain: string }> {
  const owner = await somebody();
  web.site(domain, page(owner.tag));
  const answer = await connect(owner, domain);
  assert.equal(answer.status, 201, await answer.clone().text());
  return Object.assign(owner, { siteId: ((await answer.json()) as Site).id, domain });
}
const audit = async (client: Person): Promise<string[]> => {
  const { results } = await (await stack.db())
    .prepare('SELECT a.kind, a.subject FROM audit_event a JOIN user u ON u.id = a.user_id WHERE u.email = ?1 ORDER BY a.seq')
    .bind(client.email)
    .all<{ kind: string; subject: string }>();
  return results.filter(({ kind }) => /^(site|proof|domain)_/.test(kind)).map(({ kind, subject }) => `${kind} ${subject}`);
};
const sql = async (text: string, ...values: unknown[]): Promise<void> => void (await (await stack.db()).prepare(text).bind(...values).run());
const row = async (id: string): Promise<Record<string, unknown> | null> =>
  await (await stack.db()).prepare('SELECT * FROM site WHERE id = ?1').bind(id).first();

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
      assert.equal((await see(ann, typed)).domain, domain, typed);
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
      const problem = (await refused(check(ann, typed), 422, 'invalid_domain')) as unknown as { reason: string; message: string };
      assert.equal(problem.reason, reason, typed);
      assert.match(problem.message, /^[A-Z].*\.$/);
      await refused(connect(ann, typed), 422, 'invalid_domain');
    }
    await refused(ann.fetch('/api/notch/check'), 400, 'missing_domain');
    assert.deepEqual(web.visits.filter(({ url }) => /vetka|local|intranet/.test(url)), []);
  });

  it('is asked about by somebody who is signed in, on a page of ours', async () => {
    await refused(check(stack.anybody, 'ann.example'), 401, 'unauthorized');
    const ann = await stack.person();
    for (const site of ['cross-site', 'same-site']) {
      await refused(ann.fetch('/api/notch/check?domain=ann.example', { headers: { 'sec-fetch-site': site } }), 403, 'wrong_origin');
    }
  });
});

describe('a look', () => {
  let ann: Owner;
  const reason = async (host: string): Promise<string | null> => (await see(ann, host)).reason;
  before(async () => (ann = await somebody()));

  it('says who it is, and sends nothing of anybody', async () => {
    web.site('polite.example', page(ann.tag));
    assert.deepEqual(await see(ann, 'polite.example'), {
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
    assert.equal((await see(ann, 'six.example')).found, true);
  });

  it('follows redirects within the website, three at most, and asks for each name again', async () => {
    ann = await somebody();
    web.site('bare.example', redirect('https://www.bare.example/start'));
    web.site('www.bare.example', () => redirect('/home', 308));
    web.put('https://www.bare.example/home', redirect('en/'));
    web.put('https://www.bare.example/en/', page(ann.tag));
    assert.equal((await see(ann, 'bare.example')).found, true);
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
    ann = await somebody();
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
    ann = await somebody();
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
    ann = await somebody();
    let [sent, ended] = [0, false];
    const endless = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 2));
          sent += 65_536;
          if (ended) controller.close();
          else controller.enqueue(new Uint8Array(65_536).fill(0x20));
        },
      });
    web.site('endless.example', () => html(endless()));
    assert.equal(await reason('endless.example'), 'no_tag');
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes were sent`);
    ended = true;

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
    ann = await somebody();
    const ben = await somebody();
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
      const answer = await check(ann, host);
      const text = await answer.text();
      assert.equal((JSON.parse(text) as Seen).reason, wanted, head);
      assert.ok(!text.includes('canary') && !text.includes(ben.key));
    }
  });

  it('finds the DNS record also where no page is', async () => {
    ann = await somebody();
    const ben = await somebody();
    web.name('_vetka.by-record.example', { TXT: ['v=something', ann.record] });
    const seen = await see(ann, 'by-record.example');
    assert.deepEqual([seen.found, seen.method, seen.message], [true, 'dns', 'Your DNS record is there.']);
    assert.equal((await see(ben, 'by-record.example')).reason, 'no_address');
    web.name('_vetka.broken-record.example', { status: 2 });
    web.site('broken-record.example', page(''));
    assert.equal((await see(ben, 'broken-record.example')).reason, 'not_looked_up', 'what cannot be looked up is not missing');
  });

  it('is not had without end', async () => {
    const hasty = await somebody();
    web.site('hasty.example', page(''));
    const answers: Response[] = [];
    for (let tries = 0; tries < 36 && answers.at(-1)?.status !== 429; tries++) answers.push(await check(hasty, 'hasty.example'));
    const last = answers.at(-1);
    assert.equal(last?.status, 429);
    assert.ok(Number(last.headers.get('retry-after')) >= 1);
    assert.match(((await last.json()) as { message: string }).message, /Try again in/);
  });
});

describe('connecting a website', () => {
  it('wants the proof at that moment, whatever a page has seen before', async () => {
    const ann = await somebody();
    web.site('unproven.example', page(''));
    const problem = (await refused(connect(ann, 'unproven.example'), 422, 'not_proven')) as unknown as { reason: string };
    assert.equal(problem.reason, 'no_tag');
    web.site('unproven.example', page(ann.tag));
    assert.equal((await see(ann, 'unproven.example')).found, true);
    web.site('unproven.example', page(''));
    await refused(connect(ann, 'unproven.example'), 422, 'not_proven');
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
  });

  it('answers 201 and the site, which is then among one’s own, on every page', async () => {
    const ann = await somebody();
    web.site('www.annes.example', page(ann.tag));
    const answer = await connect(ann, 'https://WWW.Annes.example/shop');
    assert.equal(answer.status, 201);
    const site = (await answer.json()) as Site;
    assert.deepEqual(
      [site.domain, site.kind, site.label, site.url, site.status],
      ['www.annes.example', 'external', null, 'https://www.annes.example/', 'live'],
    );
    assert.deepEqual([site.proof?.method, site.proof?.missingSince, site.proof?.lostAt, site.proof?.formerDomain], ['tag', null, null, null]);
    assert.deepEqual(await ann.json('/api/sites'), { sites: [site], nextCursor: null });
    assert.deepEqual(await ann.json('/api/sites/WWW.annes.example'), site);
    assert.deepEqual(await audit(ann), ['site_created www.annes.example']);

    const home = await (await ann.fetch('/')).text();
    assert.match(home, /www\.annes\.example/);
    assert.match(home, /Leave the line in your page/);
    const sites = await (await ann.fetch('/sites')).text();
    assert.match(sites, /Connected/);
    assert.match(sites, /Look again/);
    for (const text of [home, sites]) assert.doesNotMatch(text, /builder/i);
    const builder = await ann.fetch('/sites/www.annes.example/builder');
    assert.equal(builder.status, 404);
    assert.match(await builder.text(), /This website is made elsewhere/);
    for (const path of ['/setup', '/setup/script', '/setup/script?domain=x.example', '/setup/generate']) {
      assert.equal((await ann.fetch(path)).headers.get('location'), '/sites?notice=one-site', path);
    }
    assert.equal((await ann.fetch('/after-sign-in')).headers.get('location'), '/');
    await refused(connect(ann, 'another.example'), 409, 'one_site_per_account');
    assert.equal((await ann.fetch('/api/agent/session')).status, 404, 'there is nothing to build');
  });

  it('takes nothing from anyone: the check upserted on the domain and set the owner', async () => {
    const ann = await connected('held.example');
    const before = await row(ann.siteId);
    const thief = await somebody();
    web.site('held.example', page(`${thief.tag}${ann.tag}`));
    await refused(connect(thief, 'held.example'), 409, 'taken');
    web.site('held.example', page(thief.tag));
    await refused(connect(thief, 'held.example'), 409, 'taken');
    assert.deepEqual(await row(ann.siteId), before);
    assert.deepEqual(await thief.json('/api/sites'), { sites: [], nextCursor: null });
  });

  it('of two who prove it at once, one gets it', async () => {
    const [ann, ben] = [await somebody(), await somebody()];
    web.site('raced.example', page(ann.tag + ben.tag));
    const answers = await Promise.all([connect(ann, 'raced.example'), connect(ben, 'raced.example')]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
    const sites = [...(await ann.json<{ sites: Site[] }>('/api/sites')).sites, ...(await ben.json<{ sites: Site[] }>('/api/sites')).sites];
    assert.deepEqual(sites.map(({ domain }) => domain), ['raced.example']);
    assert.deepEqual([...(await audit(ann)), ...(await audit(ben))], ['site_created raced.example']);
  });

  it('gives one site an account, also of five at once', async () => {
    const ann = await somebody();
    for (let at = 0; at < 5; at++) web.site(`many-${at}.example`, page(ann.tag));
    const answers = await Promise.all(Array.from({ length: 5 }, (_, at) => connect(ann, `many-${at}.example`)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409]);
  });

  it('works by plain forms', async () => {
    const ann = await somebody();
    assert.match(await (await ann.fetch('/setup')).text(), /href="\/setup\/script"/);
    assert.match(await (await ann.fetch('/setup/script')).text(), /Address of your website/);
    const odd = await ann.fetch('/setup/script?domain=%3Cscript%3E127.0.0.1');
    assert.equal(odd.status, 422);
    assert.ok(!(await odd.text()).includes('<script>1'));
    web.site('formed.example', page('', 'canary'));
    const notYet = await form(ann, '/setup/script', { domain: 'formed.example' });
    assert.equal(notYet.status, 422);
    const words = await notYet.text();
    assert.match(words, /the line is not in its first page yet/);
    assert.ok(words.includes(ann.key) && !words.includes('canary'));
    assert.equal((await form(ann, '/setup/script', { domain: 'ann@x.example' })).status, 422);
    web.site('formed.example', page(ann.tag));
    const done = await form(ann, '/setup/script', { domain: 'formed.example' });
    assert.deepEqual([done.status, done.headers.get('location')], [303, '/?notice=connected']);

    web.site('formed.example', page(''));
    const gone = await form(ann, '/sites/formed.example/proof', {});
    assert.equal(gone.status, 422);
    assert.match(await gone.text(), /the line is not in its first page yet/);
    web.site('formed.example', page(ann.tag));
    assert.equal((await form(ann, '/sites/formed.example/proof', {})).headers.get('location'), '/sites?notice=proof-found');

    assert.match(await (await ann.fetch('/sites?delete=formed.example')).text(), /The website itself stays as it is/);
    const left = await form(ann, '/sites/formed.example/delete', { confirm: 'formed.example' });
    assert.equal(left.headers.get('location'), '/sites?notice=disconnected');
    assert.deepEqual(await ann.json('/api/sites'), { sites: [], nextCursor: null });
    const next = await somebody();
    web.site('formed.example', page(next.tag));
    assert.equal((await connect(next, 'formed.example')).status, 201, 'the domain is free again');
  });
});

/** Makes a site's next look due, and lets the days pass that it has been missing for. */
async function later(siteId: string, days = 0): Promise<void> {
  await sql('UPDATE site SET proof_due_at = 1, proof_missing_since = proof_missing_since - ?2 WHERE id = ?1', siteId, days * DAY);
}
const review = async (siteId: string, days = 0): Promise<Record<string, unknown> | null> => {
  await later(siteId, days);
  await stack.scheduled('api');
  return await row(siteId);
};
const mailsAbout = async (owner: Person): Promise<number> =>
  (await stack.mails()).filter(({ to, subject }) => to.includes(owner.email) && /is gone/.test(subject)).length;

describe('looking again', () => {
  it('happens every week by itself', async () => {
    const ann = await connected('weekly.example');
    const visits = web.visitsTo('weekly.example').length;
    await stack.scheduled('api');
    assert.equal(web.visitsTo('weekly.example').length, visits, 'not before it is due');
    await sql('UPDATE site SET proved_at = 1 WHERE id = ?1', ann.siteId);
    const seen = await review(ann.siteId);
    assert.ok(Math.abs(Number(seen?.['proved_at']) - Date.now()) < 60_000);
    assert.ok(Math.abs(Number(seen?.['proof_due_at']) - Date.now() - 7 * DAY) < 60_000);
    web.site('weekly.example', page(''));
    web.name('_vetka.weekly.example', { TXT: [ann.record] });
    assert.equal((await review(ann.siteId))?.['proof_method'], 'dns');
  });

  it('marks a site whose proof is missing on three looks over two days, says so once, and takes it back', async () => {
    const ann = await connected('fading.example');
    web.site('fading.example', page(''));
    const first = await review(ann.siteId);
    assert.deepEqual([first?.['proof_misses'], first?.['proof_lost_at']], [1, null]);
    assert.ok(Math.abs(Number(first?.['proof_due_at']) - Date.now() - DAY) < 60_000, 'tomorrow again');
    const site = async (): Promise<Site> => await ann.json<Site>('/api/sites/fading.example');
    assert.ok((await site()).proof?.missingSince);
    // A name that cannot be looked up tells nothing.
    web.name('fading.example', { status: 2 });
    assert.equal((await review(ann.siteId, 1))?.['proof_misses'], 1);
    web.name('fading.example', null);
    assert.deepEqual([(await review(ann.siteId))?.['proof_misses'], await mailsAbout(ann)], [2, 0], 'a website that is gone is missing, too');
    assert.equal((await review(ann.siteId))?.['proof_lost_at'], null, 'three looks, but over one day');
    await later(ann.siteId, 1);
    await Promise.all([stack.scheduled('api'), stack.scheduled('api')]);
    assert.ok((await row(ann.siteId))?.['proof_lost_at']);
    assert.equal(await mailsAbout(ann), 1);
    await review(ann.siteId, 1);
    assert.equal(await mailsAbout(ann), 1, 'told once');
    assert.deepEqual(await audit(ann), ['site_created fading.example', 'proof_lost fading.example']);

    assert.ok((await site()).proof?.lostAt);
    const words = await (await ann.fetch('/sites')).text();
    assert.match(words, /The line is gone since \d+ \w+/);
    assert.ok(words.includes(ann.key), 'with the line to paste again');
    assert.match(await (await ann.fetch('/')).text(), /See what happened to your website/);

    web.site('fading.example', page(ann.tag));
    const back = await ann.send('POST', '/api/sites/fading.example/proof', {});
    assert.equal(((await back.json()) as Seen).found, true);
    const after = await row(ann.siteId);
    assert.deepEqual([after?.['proof_lost_at'], after?.['proof_missing_since'], after?.['proof_misses']], [null, null, 0]);
    assert.deepEqual((await audit(ann)).at(-1), 'proof_found fading.example');
    assert.match(await (await ann.fetch('/sites')).text(), /Connected/);
  });

  it('is not for sites that are made here', async () => {
    const ben = await stack.owner('made-here');
    await refused(ben.send('POST', `/api/sites/${ben.domain}/proof`, {}), 409, 'not_connected');
    assert.equal((await ben.json<Site>(`/api/sites/${ben.domain}`)).proof, null);
  });
});

describe('a domain whose proof is lost', () => {
  const lose = async (siteId: string): Promise<void> =>
    await sql('UPDATE site SET proof_lost_at = ?2, proof_missing_since = ?2, proof_misses = 3 WHERE id = ?1', siteId, Date.now() - 9 * DAY);

  it('stays with its holder while their proof is there or cannot be looked for', async () => {
    const ann = await connected('back-again.example');
    await lose(ann.siteId);
    const ben = await somebody();
    web.site('back-again.example', page(ann.tag + ben.tag));
    await refused(connect(ben, 'back-again.example'), 409, 'taken');
    web.site('back-again.example', page(ben.tag));
    web.name('_vetka.back-again.example', { TXT: [ann.record] });
    await refused(connect(ben, 'back-again.example'), 409, 'taken');
    web.name('_vetka.back-again.example', { status: 2 });
    await refused(connect(ben, 'back-again.example'), 409, 'taken');
    assert.equal((await row(ann.siteId))?.['domain'], 'back-again.example');
  });

  it('goes to who proves it now; the site before keeps its row and its owner is told', async () => {
    const ann = await connected('moved-on.example');
    await lose(ann.siteId);
    const ben = await somebody();
    web.site('moved-on.example', page(''));
    await refused(connect(ben, 'moved-on.example'), 422, 'not_proven');
    assert.equal((await row(ann.siteId))?.['domain'], 'moved-on.example', 'trying takes nothing');

    web.site('moved-on.example', page(ben.tag));
    assert.equal((await connect(ben, 'moved-on.example')).status, 201);
    const [site] = (await ann.json<{ sites: Site[] }>('/api/sites')).sites;
    const name = `lost--${ann.siteId}.invalid`;
    assert.deepEqual([site?.id, site?.domain, site?.proof?.formerDomain], [ann.siteId, name, 'moved-on.example']);
    assert.deepEqual(await audit(ann), ['site_created moved-on.example', 'domain_passed_on moved-on.example']);
    assert.deepEqual(await audit(ben), ['site_created moved-on.example']);
    await refused(ann.fetch('/api/sites/moved-on.example'), 404, 'not_found');

    const words = await (await ann.fetch('/sites')).text();
    assert.match(words, /Connected by somebody else/);
    assert.match(words, /Your line was gone from moved-on\.example/);
    await refused(ann.send('POST', `/api/sites/${name}/proof`, {}), 409, 'not_connected');
    // Nobody gets it back by putting the old tag there: it is Ben's now.
    web.site('moved-on.example', page(ann.tag));
    await stack.scheduled('api');
    assert.equal((await form(ann, `/sites/${name}/delete`, { confirm: name })).headers.get('location'), '/sites?notice=disconnected');
    await refused(connect(ann, 'moved-on.example'), 409, 'taken');
  });

  it('of several who prove it at once, one gets it, and nobody who has a site already', async () => {
    const ann = await connected('contested.example');
    await lose(ann.siteId);
    const [ben, cleo, dora] = [await somebody(), await somebody(), await connected('doras.example')];
    web.site('contested.example', page(ben.tag + cleo.tag + dora.tag));
    const answers = await Promise.all([ben, cleo, dora].map((one) => connect(one, 'contested.example')));
    assert.deepEqual(answers.slice(0, 2).map(({ status }) => status).sort(), [201, 409]);
    assert.equal(answers[2]?.status, 409);
    const { results } = await (await stack.db()).prepare("SELECT id FROM site WHERE domain = 'contested.example'").all();
    assert.equal(results.length, 1);
    assert.equal((await row(ann.siteId))?.['former_domain'], 'contested.example');
    assert.deepEqual((await audit(ann)).filter((entry) => entry.startsWith('domain_')), ['domain_passed_on contested.example']);
  });

  it('is its holder’s again when they prove it while somebody else tries', async () => {
    for (let round = 0; round < 4; round++) {
      const domain = `close-${round}.example`;
      const ann = await connected(domain);
      await lose(ann.siteId);
      const ben = await somebody();
      // The two looks see different pages: each sees their own tag, as during an attack or a deploy.
      let turn = 0;
      web.site(domain, () => html(page(turn++ % 2 === 0 ? ben.tag : ann.tag)));
      const [taken] = await Promise.all([connect(ben, domain), ann.send('POST', `/api/sites/${domain}/proof`, {})]);
      const site = await row(ann.siteId);
      const { results } = await (await stack.db()).prepare('SELECT user_id FROM site WHERE domain = ?1').bind(domain).all();
      assert.equal(results.length, 1, 'it has one holder');
      if (taken.status === 201) assert.equal(site?.['former_domain'], domain);
      else assert.deepEqual([site?.['domain'], site?.['former_domain']], [domain, null]);
    }
  });
});
