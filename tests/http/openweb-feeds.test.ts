/** Feeds of others, read politely; and members' own feeds, WebFinger and other places on the web. On real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Response as WebResponse } from 'miniflare';
import { html, redirect } from './open-web.ts';
import { World } from './openweb-kit.ts';
import { newId } from './publishing.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
let world: World;

before(async () => {
  world = await World.begin();
});
after(async () => await world.close());

interface Item {
  guid: string;
  url: string;
  title: string;
  summary: string;
  published_at: number;
}
const items = async (feed: string): Promise<Item[]> =>
  await world.rows<Item>("SELECT guid, url, title, summary, published_at FROM feed_item WHERE feed_id = ?1 ORDER BY seq", feed);

/** A feed that somebody follows. */
async function followed(url: string, siteId?: string): Promise<string> {
  const [id, now] = [newId(), Date.now()];
  const reader = await world.publishing.site();
  await world.db.prepare("INSERT INTO feed (id, url, home_url, domain, site_id, due_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)")
    .bind(id, url, new URL('/', url).href, new URL(url).host, siteId ?? null, now).run();
  await world.db.prepare('INSERT INTO subscription (site_id, feed_id, created_at) VALUES (?1, ?2, ?3)').bind(reader.id, id, now).run();
  return id;
}
const again = async (feed: string): Promise<void> => {
  await world.db.prepare('UPDATE feed SET due_at = 1 WHERE id = ?1').bind(feed).run();
  await world.minute();
};
const feed = async (id: string) => await world.row<{ url: string; etag: string | null; due_at: number | null; failures: number; title: string; looked_at: number }>(
  'SELECT url, etag, due_at, failures, title, looked_at FROM feed WHERE id = ?1', id);
const rss = (...entries: string[]): string => `<rss version="2.0"><channel><title>News &amp; co</title><link>https://x.example/</link>${entries.join('')}</channel></rss>`;
const item = (id: number, more = ''): string =>
  `<item><guid isPermaLink="false">id-${id}</guid><link>/p/${id}</link><title>Title ${id}</title><pubDate>${new Date(Date.now() - (100 - id) * HOUR).toUTCString()}</pubDate>${more}</item>`;
const xml = (body: string, headers: Record<string, string> = {}): WebResponse => new WebResponse(body, { headers: { 'content-type': 'application/rss+xml', ...headers } });

describe('a feed', () => {
  it('shows the newest five at first, and then what is new, as plain text', async () => {
    let entries = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => item(id)).reverse();
    world.web.site('news.example', () => xml(rss(...entries), { etag: 'W/"one"' }));
    const id = await followed('https://news.example/feed');
    await world.minute();
    assert.deepEqual((await items(id)).map(({ title }) => title), ['Title 4', 'Title 5', 'Title 6', 'Title 7', 'Title 8']);
    const known = await feed(id);
    assert.deepEqual([known?.title, known?.etag], ['News & co', 'W/"one"']);
    assert.ok((known?.due_at ?? 0) - Date.now() > 50 * 60_000, 'not before an hour is over');
    await world.minute();
    assert.equal(world.web.visitsTo('news.example').length, 1);

    entries = [item(9, '<description>&lt;p&gt;Hi &lt;b&gt;you&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;</description>'), ...entries];
    await again(id);
    const [newest] = (await items(id)).slice(-1);
    assert.deepEqual([newest?.guid, newest?.url, newest?.title, newest?.summary], ['id-9', 'https://x.example/p/9', 'Title 9', 'Hi you']);
    assert.equal((await items(id)).length, 6, 'what was there before is no news');
    // Ids of another program, for the same pages.
    entries = entries.map((entry) => entry.replace('id-', 'new-id-'));
    await again(id);
    assert.equal((await items(id)).length, 6);
  });

  it('is asked with what it said last time, and left alone for longer when nothing is new', async () => {
    let body = rss(item(1));
    world.web.site('polite.example', () => {
      const asked = world.web.visitsTo('polite.example').at(-1)?.headers ?? {};
      const known = asked['if-none-match'] === '"v1"' && asked['if-modified-since'] === 'Tue, 10 Jun 2025 04:00:00 GMT';
      return known ? new WebResponse(null, { status: 304 }) : xml(body, { etag: '"v1"', 'last-modified': 'Tue, 10 Jun 2025 04:00:00 GMT' });
    });
    const id = await followed('https://polite.example/feed');
    await world.minute();
    const [first] = world.web.visitsTo('polite.example');
    assert.match(first?.headers['user-agent'] ?? '', /^VetkaFeed\/1 \(\+http.*; 1 subscriber\)$/);
    assert.equal(first?.headers['if-none-match'], undefined);
    assert.equal(first?.headers['cookie'], undefined);
    await again(id);
    const after304 = await feed(id);
    assert.equal(after304?.failures, 0);
    assert.ok((after304?.due_at ?? 0) - Date.now() > 65 * 60_000, 'the pause grows');
    body = rss(item(2), item(1));
    assert.equal((await items(id)).length, 1);
  });

  it('that is gone is asked no more; one that is unwell, less and less', async () => {
    world.web.site('gone.example', new WebResponse('', { status: 410 }));
    world.web.site('unwell.example', new WebResponse('', { status: 500 }));
    world.web.site('tired.example', new WebResponse('', { status: 429, headers: { 'retry-after': String(5 * 60 * 60) } }));
    world.web.site('page.example', html('<html><title>no feed</title>'));
    const [gone, unwell, tired, page] = await Promise.all(['gone', 'unwell', 'tired', 'page'].map(async (name) => await followed(`https://${name}.example/feed`)));
    await world.minute();
    assert.equal((await feed(gone ?? ''))?.due_at, null);
    const wait = async (id = ''): Promise<number> => Math.round((((await feed(id))?.due_at ?? 0) - Date.now()) / HOUR);
    assert.deepEqual([await wait(unwell), await wait(tired), await wait(page)], [1, 5, 1]);
    for (const hours of [2, 4, 8]) {
      await again(unwell ?? '');
      const row = await feed(unwell ?? '');
      const waited = ((row?.due_at ?? 0) - (row?.looked_at ?? 0)) / HOUR;
      // A tenth more or less is drawn, so that what failed at once is not asked for at once.
      assert.ok(waited >= hours * 0.9 && waited <= hours * 1.1, `${waited} hours instead of ${hours}`);
    }
  });

  it('moves when it has been said for long enough that it has', async () => {
    world.web.site('new.example', () => xml(rss(item(1))));
    world.web.site('old.example', redirect('https://new.example/feed', 301));
    const id = await followed('https://old.example/feed');
    await world.minute();
    await again(id);
    assert.equal((await feed(id))?.url, 'https://old.example/feed', 'twice within an hour is not long enough');
    await world.db.prepare('UPDATE feed SET moved_since = ?2 WHERE id = ?1').bind(id, Date.now() - 2 * DAY).run();
    await again(id);
    assert.equal((await feed(id))?.url, 'https://new.example/feed');
    assert.equal((await items(id)).length, 1);
  });

  it('is asked only in public places, at each step', async () => {
    world.web.name('trap.example', { A: ['10.0.0.7'] });
    world.web.put('trap.example', () => xml(rss(item(1))));
    world.web.site('lure.example', redirect('https://trap.example/feed', 302));
    world.web.site('lure2.example', redirect('http://169.254.169.254/latest', 302));
    const ids = await Promise.all(['trap', 'lure', 'lure2'].map(async (name) => await followed(`https://${name}.example/feed`)));
    await world.minute();
    for (const id of ids) assert.deepEqual(await items(id), []);
    assert.deepEqual(world.web.visitsTo('trap.example'), []);
    assert.deepEqual(world.web.visitsTo('169.254.169.254'), []);
  });

  it('of hostile text harms nobody', async () => {
    const bomb = `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel><title>&b;</title><item><guid>1</guid><title>x</title><link>javascript:alert(1)</link></item></channel></rss>`;
    world.web.site('bomb.example', () => xml(bomb));
    world.web.site('deep.example', () => xml(`<rss><channel><item><guid>1</guid><title>${'<a>'.repeat(200_000)}`));
    world.web.site('many.example', () => xml(rss(...Array.from({ length: 20_000 }, (_, id) => `<item><guid>${id}</guid></item>`))));
    world.web.site('late.example', async () => {
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      return xml(rss(item(1)));
    });
    const [bombed, , , late] = await Promise.all(['bomb', 'deep', 'many', 'late'].map(async (name) => await followed(`https://${name}.example/feed`)));
    await world.minute();
    assert.deepEqual((await items(bombed ?? '')).map(({ url, title }) => [url, title]), [['', 'x']]);
    assert.equal((await feed(bombed ?? ''))?.title, '&b;');
    assert.deepEqual(await items(late ?? ''), []);
    assert.equal((await feed(late ?? ''))?.failures, 1);
  });

  it('is read in the encoding that it says', async () => {
    const cp1251 = Uint8Array.from([...'<?xml version="1.0" encoding="windows-1251"?><rss><channel><title>'].map((c) => c.charCodeAt(0)).concat([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2], [...'</title></channel></rss>'].map((c) => c.charCodeAt(0))));
    world.web.site('cyrillic.example', () => new WebResponse(cp1251, { headers: { 'content-type': 'text/xml' } }));
    const id = await followed('https://cyrillic.example/feed');
    await world.minute();
    assert.equal((await feed(id))?.title, 'Привет');
  });

  it('that nobody reads is left alone', async () => {
    world.web.site('unread.example', () => xml(rss(item(1))));
    const id = await followed('https://unread.example/feed');
    await world.db.prepare('DELETE FROM subscription WHERE feed_id = ?1').bind(id).run();
    await world.minute();
    assert.deepEqual(world.web.visitsTo('unread.example'), []);
  });
});

describe('a member’s first page', () => {
  it('names their feed and their other places, which count once they link back', async () => {
    const { site } = await world.owner('homer');
    const home = world.page(site);
    await world.publishing.publish(site, {
      'index.html': `<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel="alternate" type="application/rss+xml" title="Comments" href="/c.xml"></head>
        <body><a rel="me" href="https://social.example/@homer">me</a><a rel="me" href="https://claimed.example/">not me</a><a rel="me" href="/about">here</a></body></html>`,
      'rss.xml': rss(item(1)),
    });
    world.web.site('social.example', html(`<a rel="me nofollow" href="${home}">my site</a>`));
    world.web.site('claimed.example', html(`<!-- <a rel="me" href="${home}"> --><p>I am somebody else`));
    await world.minute();
    const found = await world.row<{ url: string; id: string }>('SELECT id, url FROM feed WHERE site_id = ?1', site.id);
    assert.equal(found?.url, `${home}rss.xml`);
    await world.minute();
    const posts = await world.rows<{ title: string; site_id: string }>("SELECT title, site_id FROM feed_item WHERE feed_id = ?1 AND kind = 'post'", found?.id ?? '');
    assert.deepEqual(posts, [{ title: 'Title 1', site_id: site.id }]);
    const places = await world.rows<{ url: string; verified: number }>('SELECT url, verified_at IS NOT NULL AS verified FROM rel_me WHERE site_id = ?1 ORDER BY url', site.id);
    assert.deepEqual(places, [{ url: 'https://claimed.example/', verified: 0 }, { url: 'https://social.example/@homer', verified: 1 }]);
  });
});

describe('a member’s own feeds', () => {
  it('say what the site did, and say so again only when there is something new', async () => {
    const { person, site } = await world.owner('teller');
    const domain = person.domain;
    assert.equal((await world.get(`/feeds/${domain}/atom.xml`)).status, 404, 'there is nothing to see yet');
    await world.publishing.publish(site, { 'index.html': '<p>a</p>' });
    const atom = await world.get(`/feeds/${domain}/atom.xml`);
    assert.equal(atom.status, 200, atom.text);
    assert.match(atom.headers.get('content-type') ?? '', /^application\/atom\+xml/);
    assert.equal(atom.headers.get('access-control-allow-origin'), '*');
    assert.equal(atom.headers.getSetCookie().length, 0);
    assert.match(atom.text, /<id>tag:vetka\.localhost,2026:site\//);
    assert.match(atom.text, new RegExp(`<link rel="self" type="application/atom\\+xml" href="${world.app}/feeds/${domain}/atom.xml"/>`));
    const json = JSON.parse((await world.get(`/feeds/${domain}/feed.json`)).text) as { version: string; items: { id: string; url: string; content_text: string }[] };
    assert.equal(json.version, 'https://jsonfeed.org/version/1.1');
    assert.equal(json.items.length, 2, 'the version, and that the site is here');
    assert.ok(json.items.every(({ id, url, content_text }) => id.startsWith('tag:') && url.startsWith('http') && content_text !== ''));
    for (const path of ['atom.xml', 'feed.json']) {
      const { headers } = await world.get(`/feeds/${domain}/${path}`);
      const etag = headers.get('etag') ?? '';
      assert.equal((await world.get(`/feeds/${domain}/${path}`, { 'if-none-match': `"x", W/${etag}` })).status, 304);
      assert.equal((await world.get(`/feeds/${domain}/${path}`, { 'if-none-match': '"x"' })).status, 200);
      assert.equal((await world.get(`/feeds/${domain}/${path}`, { 'if-modified-since': headers.get('last-modified') ?? '' })).status, 304);
      assert.equal((await world.get(`/feeds/${domain}/${path}`, {}, 'HEAD')).text, '');
    }
    await world.db.prepare('UPDATE site SET taken_down_at = 1 WHERE id = ?1').bind(site.id).run();
    assert.equal((await world.get(`/feeds/${domain}/atom.xml`)).status, 404);
  });
});

describe('WebFinger', () => {
  it('names a site’s pages and feeds, at the app’s host and at the site’s', async () => {
    const { person, site } = await world.owner('finger');
    await world.publishing.publish(site, { 'index.html': '<p>a</p>' });
    const { domain } = person;
    const ask = (query: string) => world.get(`/.well-known/webfinger?${query}`);
    const resource = `resource=acct:finger@${domain}`;
    const answer = await ask(resource);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('content-type'), 'application/jrd+json');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    const document = JSON.parse(answer.text) as { subject: string; aliases: string[]; links: { rel: string; href: string }[] };
    assert.equal(document.subject, `acct:finger@${domain}`);
    assert.deepEqual(document.aliases, [world.page(site)]);
    assert.ok(!document.links.some(({ rel }) => rel === 'self'), 'nobody is promised an actor');
    for (const same of [`resource=acct%3AFINGER%40${domain}`, `resource=${encodeURIComponent(world.page(site))}`, `rel=x&resource=acct:anybody@${domain}`]) {
      assert.equal((JSON.parse((await ask(same)).text) as { subject: string }).subject, document.subject, same);
    }
    const some = JSON.parse((await ask(`${resource}&rel=alternate&rel=self`)).text) as { links: { rel: string }[] };
    assert.deepEqual(some.links.map(({ rel }) => rel), ['alternate', 'alternate']);
    const there = await world.get(`${world.page(site)}.well-known/webfinger?${resource}`);
    assert.equal(there.status, 200, `at the site's own host: ${there.text}`);
    assert.equal((await world.get(`/.well-known/webfinger?${resource}`, {}, 'HEAD')).text, '');
    for (const bad of ['', 'resource=', `${resource}&${resource}`, 'resource=finger']) assert.equal((await ask(bad)).status, 400, bad);
    for (const unknown of ['resource=acct:x@nobody-has-this.example', 'resource=mailto:a@b.example', 'resource=acct:a@vetka.localhost']) assert.equal((await ask(unknown)).status, 404, unknown);
  });
});
