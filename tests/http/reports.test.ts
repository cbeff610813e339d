/** Reporting a page: for everybody, without scripts; and nothing of what was written is lost on the way. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, type Response, type TestStack, newNetwork, startTestStack } from './harness.ts';
import { Publishing, type Site } from './publishing.ts';

const DAY = 24 * 60 * 60_000;
let stack: TestStack;
let publishing: Publishing;
let site: Site;
before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
  site = await publishing.site('reported');
});
after(async () => await stack.close());

interface Kept {
  id: string;
  site_id: string;
  url: string;
  reason: string;
  details: string;
  email: string | null;
}

const somebody = (): Client => new Client(stack.addresses.app);
const page = (path = '/'): string => stack.siteOrigin('reported') + path;
const send = async (fields: Record<string, string>, client = somebody(), headers: Record<string, string> = {}): Promise<Response> =>
  await client.fetch('/report', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
const all = async (): Promise<Kept[]> => (await (await stack.db()).prepare('SELECT id, site_id, url, reason, details, email FROM report ORDER BY created_at').all<Kept>()).results;
const clear = async (): Promise<void> => void (await (await stack.db()).prepare('DELETE FROM report').run());

describe('reporting a page', () => {
  it('takes the address from the link that led here, and thanks with a reference', async () => {
    const form = await (await somebody().fetch(`/report?url=${encodeURIComponent(page('/a?b="c"'))}`)).text();
    assert.match(form, /name="url" value="http:\/\/reported\.vetka\.localhost:\d+\/a\?b=&quot;c&quot;"/);
    const answer = await send({ url: page('/a'), reason: 'deceptive', details: '', email: '' });
    assert.equal(answer.status, 303);
    const to = answer.headers.get('location') ?? '';
    const [kept] = await all();
    assert.equal(to, `/report?sent=${kept?.id}`);
    assert.match(kept?.id ?? '', /^[a-z2-7]{10}$/);
    assert.deepEqual(kept, { id: kept?.id, site_id: site.id, url: page('/a'), reason: 'deceptive', details: '', email: null });
    assert.match(await (await somebody().fetch(to)).text(), new RegExp(`<h1>Thank you</h1>.*<code>${kept?.id}</code>`));
    assert.doesNotMatch(await (await somebody().fetch('/report?sent=<b>hello</b>')).text(), /<b>hello/);
    await clear();
  });

  it('finds the site however its address is written', async () => {
    const owner = await stack.owner('reported-too');
    await (await stack.db()).prepare("UPDATE site SET custom_domain = 'own.example' WHERE id = ?1").bind(owner.siteId).run();
    const { snapshotId } = await publishing.publish(site, { 'index.html': '<h1>Hi</h1>' });
    for (const [url, id] of [
      [`REPORTED.vetka.localhost`, site.id],
      [page('/x/../y#z'), site.id],
      [stack.siteOrigin(`v--${snapshotId}`), site.id],
      ['https://own.example/page', owner.siteId],
      [` ${page()} `, site.id],
    ] as const) {
      assert.equal((await send({ url, reason: 'malware', details: '', email: '' })).status, 303, url);
      assert.equal((await all()).at(-1)?.site_id, id, url);
    }
    assert.equal((await all())[1]?.url, page('/y'));
    await clear();
  });

  it('says what is missing, field by field, and keeps what was written', async () => {
    for (const [fields, words] of [
      [{ url: page(), reason: '', details: 'I saw "it"', email: 'a@example.test' }, 'Choose what is wrong with it.'],
      [{ url: page(), reason: 'other', details: ' ', email: '' }, 'Say in a sentence what is wrong with it.'],
      [{ url: page(), reason: 'illegal', details: 'x'.repeat(2001), email: '' }, 'That is longer than 2,000 characters.'],
      [{ url: page(), reason: 'illegal', details: '', email: 'nobody' }, 'That is no e-mail address.'],
      [{ url: 'https://example.org/', reason: 'illegal', details: 'kept', email: '' }, 'We know no site at this address.'],
      [{ url: stack.addresses.app, reason: 'illegal', details: '', email: '' }, 'We know no site at this address.'],
      [{ url: stack.siteOrigin('nobody-has-this'), reason: 'illegal', details: '', email: '' }, 'We know no site at this address.'],
      [{ url: 'ht tp://', reason: 'illegal', details: '', email: '' }, 'We know no site at this address.'],
    ] as const) {
      const answer = await send(fields);
      const text = await answer.text();
      assert.equal(answer.status, 422, words);
      assert.ok(text.includes(words), words);
      assert.ok(text.includes(fields.details.trim().replaceAll('"', '&quot;')), 'the description');
      if (fields.reason) assert.match(text, new RegExp(`value="${fields.reason}" required checked`));
      if (fields.email) assert.ok(text.includes(`value="${fields.email}"`), 'the address');
    }
    assert.deepEqual(await all(), []);
    assert.equal((await send({ url: page(), reason: 'illegal', details: '', email: '' }, somebody(), { origin: 'https://evil.test' })).status, 403);
    assert.equal((await somebody().send('POST', '/report', {})).status, 415);
  });

  it('is limited by network and by site, in words, with nothing lost', async () => {
    const eager = somebody();
    for (let at = 0; at < 10; at++) assert.equal((await send({ url: page(`/${at}`), reason: 'malware', details: '', email: '' }, eager)).status, 303);
    const refused = await send({ url: page(), reason: 'malware', details: 'still here', email: '' }, eager);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.match(await refused.text(), /That was a lot at once[^]*still here/);
    let last = 0;
    for (let at = 0; at < 60 && last !== 429; at++) last = (await send({ url: page(), reason: 'malware', details: '', email: '' }, somebody(), { 'cf-connecting-ip': newNetwork() })).status;
    assert.equal(last, 429, 'many networks about one site');
    const other = await stack.owner('reported-else');
    assert.equal((await send({ url: stack.siteOrigin(other.label), reason: 'malware', details: '', email: '' })).status, 303);
    await clear();
  });

  it('is forgotten three months after it was settled; its sender when they leave; all of it with the site', async () => {
    const db = await stack.db();
    const keep = (id: string, closed: number | null, email: string | null = null) =>
      db.prepare("INSERT INTO report (id, site_id, url, reason, created_at, closed_at, email) VALUES (?1, ?2, '', 'other', 1, ?3, ?4)").bind(id, site.id, closed, email).run();
    await keep('open', null);
    await keep('closed-lately', Date.now() - 89 * DAY);
    await keep('closed-long-ago', Date.now() - 91 * DAY);
    const leaver = await stack.person();
    await keep('of-leaver', null, leaver.email);
    await db.prepare('UPDATE user SET deletion_at = 1 WHERE email = ?1').bind(leaver.email).run();
    await stack.scheduled('api');
    assert.deepEqual((await all()).map(({ id }) => id).sort(), ['closed-lately', 'of-leaver', 'open']);
    assert.equal((await all()).find(({ id }) => id === 'of-leaver')?.email, null);
    await publishing.internal('DELETE', `/sites/${site.id}`);
    assert.deepEqual(await all(), []);
  });
});

describe('what sites load', () => {
  it('is a script for every page of the web, kept for a few minutes', async () => {
    const answer = await somebody().fetch('/notch.js');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /javascript/);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=300');
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
    const etag = answer.headers.get('etag') ?? '';
    assert.equal((await somebody().fetch('/notch.js', { headers: { 'if-none-match': etag } })).status, 304);
    assert.equal((await somebody().fetch('/notch.js', { method: 'POST' })).status, 405);
    const source = await answer.text();
    assert.doesNotMatch(source, /https?:\/\/(?!www\.w3\.org\/)|innerHTML|fetch\(|XMLHttpRequest|sendBeacon|cookie/, 'it asks nobody anything');
  });
});
