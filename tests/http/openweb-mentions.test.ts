/**
 * Webmention, both ways, on real workerd: what is taken and what is refused, whether it is true, what becomes of it on the
 * page; and telling others of links in a version. The cases are those that webmention.rocks publishes, rebuilt here.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Response as WebResponse } from 'miniflare';
import { Endless, html, redirect } from './open-web.ts';
import { World } from './openweb-kit.ts';
import type { Site } from './publishing.ts';
import type { Person } from './harness.ts';

let world: World;
let ann: Person & { domain: string; siteId: string };
let site: Site;
const page = (body: string, head = ''): string => `<!doctype html><html><head><title>A page</title>${head}</head><body>${body}</body></html>`;

interface Reaction {
  id: string;
  author_name: string;
  author_url: string;
  source_url: string;
  signal: string;
  body: string;
  hidden_at: number | null;
}
const reactions = async (source: string): Promise<Reaction[]> =>
  await world.rows<Reaction>('SELECT id, author_name, author_url, source_url, signal, body, hidden_at FROM reaction WHERE source_url = ?1', source);
const state = async (source: string): Promise<string | undefined> =>
  (await world.row<{ state: string }>('SELECT state FROM mention WHERE source = ?1', source))?.state;

before(async () => {
  world = await World.begin();
  const owner = await world.owner('ann');
  [ann, site] = [owner.person, owner.site];
  await world.publishing.publish(site, { 'index.html': page('Hello'), 'about.html': page('About'), 'style.css': 'a{}' });
});
after(async () => await world.close());

describe('word of a mention', () => {
  it('is taken, and nobody is asked anything yet', async () => {
    world.web.site('b.example', page(`<a href="${world.page(site)}">Ann</a>`));
    const answer = await world.tell('https://b.example/post', world.page(site));
    assert.equal(answer.status, 202, answer.text);
    assert.equal(answer.headers.get('location'), null, '202 has no Location');
    assert.deepEqual(world.web.visitsTo('b.example'), []);
    assert.equal(await state('https://b.example/post'), 'pending');
  });

  it('is refused when it cannot be one', async () => {
    const here = world.page(site);
    const there = 'https://b.example/x';
    for (const fields of [
      [],
      [['source', there]],
      [['target', here]],
      [['source', there], ['source', there], ['target', here]],
      [['source', 'b.example'], ['target', here]],
      [['source', 'mailto:a@b.example'], ['target', here]],
      [['source', 'ftp://b.example/'], ['target', here]],
      [['source', 'javascript:alert(1)'], ['target', here]],
      [['source', there], ['target', 'https://elsewhere.example/']],
      [['source', there], ['target', 'nonsense']],
      [['source', 'nonsense'], ['target', 'nonsense']],
      [['source', there], ['target', `${here}nowhere`]],
      [['source', there], ['target', world.page({ label: 'nobody-has-this' })]],
      [['source', here], ['target', here]],
      [['source', here], ['target', `${here}#top`]],
      [['source', there], ['target', world.app]],
    ] as [string, string][][]) {
      const answer = await world.form('/webmention', fields);
      assert.equal(answer.status, 400, `${JSON.stringify(fields)} ${answer.text}`);
    }
    assert.equal((await world.form('/webmention', [], { 'content-type': 'application/json' })).status, 415);
    assert.equal((await world.form('/webmention', [['source', 'x'.repeat(9000)]])).status, 413);
    assert.equal((await world.get('/webmention', {}, 'PUT')).status, 405);
  });

  it('is not taken where nobody may leave anything', async () => {
    const quiet = await world.publishing.site();
    await world.publishing.publish(quiet, { 'index.html': page('Quiet') });
    await world.db.prepare('UPDATE site SET notch = 0 WHERE id = ?1').bind(quiet.id).run();
    assert.equal((await world.tell('https://b.example/x', world.page(quiet))).status, 400);
  });

  it('can be given by hand, and never shows what was sent as markup', async () => {
    const shown = await world.get('/webmention');
    assert.equal(shown.status, 200);
    assert.match(shown.text, /<form method="post" action="\/webmention">/);
    assert.match(shown.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    const taken = await world.form('/webmention', [['source', 'https://b.example/by-hand'], ['target', world.page(site)]], { accept: 'text/html' });
    assert.equal(taken.status, 202);
    const id = /\/webmention\/([a-z0-9]{24})"/.exec(taken.text)?.[1];
    assert.ok(id, taken.text);
    const state = await world.get(`/webmention/${id}`);
    assert.deepEqual(JSON.parse(state.text), { state: 'pending', message: 'We have not looked at it yet.' });
    const evil = await world.form('/webmention', [['source', '"><script>x</script>'], ['target', '<b>']], { accept: 'text/html' });
    assert.equal(evil.status, 400);
    assert.doesNotMatch(evil.text, /<script>/);
  });

  it('is asked for by every page that takes it', async () => {
    const link = `<${world.app}/webmention>; rel="webmention"`;
    assert.equal((await world.publishing.get(site.label)).headers.get('link'), link);
    assert.equal((await world.publishing.get(site.label, '/style.css')).headers.get('link'), null);
  });
});

describe('a mention that is true', () => {
  it('waits for the owner’s yes, is shown then, and so is what its website says from then on', async () => {
    const source = 'https://carla.example/reply';
    const reply = (words: string): string => page(
      `<div class="h-entry"><a class="u-in-reply-to" href="${world.page(site)}">to Ann</a>
       <span class="p-author h-card"><a class="u-url p-name" href="https://carla.example/">Carla &lt;b&gt;</a></span>
       <div class="e-content"><p>${words}</p><script>alert(1)</script></div></div>`);
    world.web.site('carla.example', reply('Well said'));
    await world.tell(source, world.page(site));
    await world.minute();
    assert.equal(await state(source), 'waiting');
    assert.deepEqual(await reactions(source), [], 'nothing is shown before that');
    const told = await world.row<{ actor_name: string; text: string }>("SELECT actor_name, text FROM notification WHERE site_id = ?1 AND kind = 'mention' AND actor_url = ?2", site.id, source);
    assert.deepEqual(told, { actor_name: 'Carla <b>', text: 'Well said' });

    const { mentions } = await ann.json<{ mentions: { id: string; source: string; author: { name: string }; text: string }[] }>('/api/notch/mentions');
    const mine = mentions.find((mention) => mention.source === source);
    assert.ok(mine);
    assert.deepEqual([mine.author.name, mine.text], ['Carla <b>', 'Well said']);
    const shown = await (await ann.fetch(`/sites/${ann.domain}/mentions`)).text();
    assert.match(shown, /Carla &lt;b&gt;/);
    assert.equal((await ann.send('PUT', `/api/notch/mentions/${mine.id}`, {})).status, 204);
    await world.minute();
    const [reaction, ...more] = await reactions(source);
    assert.deepEqual(more, []);
    assert.deepEqual([reaction?.author_name, reaction?.author_url, reaction?.signal, reaction?.body], ['Carla <b>', 'https://carla.example/', 'comment', 'Well said']);

    // Another page of the same website needs no yes.
    world.web.put('https://carla.example/like', page(`<div class="h-entry"><a class="u-like-of" href="${world.page(site, '/about')}">x</a></div>`));
    await world.tell('https://carla.example/like', world.page(site, '/about'));
    await world.minute();
    assert.deepEqual((await reactions('https://carla.example/like')).map(({ signal, body }) => [signal, body]), [['like', '']]);

    // Told again: what it says now, and no second one.
    world.web.put('carla.example', reply('Very well said'));
    await world.tell(source, world.page(site));
    await world.minute();
    assert.deepEqual((await reactions(source)).map(({ body }) => body), ['Very well said']);

    // What the owner hides is not shown by being told again.
    await world.db.prepare('UPDATE reaction SET hidden_at = 1 WHERE source_url = ?1').bind(source).run();
    await world.tell(source, world.page(site));
    await world.minute();
    assert.deepEqual((await reactions(source)).map(({ hidden_at }) => hidden_at), [1]);
  });

  it('goes when its source goes: 410, a link that is gone, a page that says so', async () => {
    await world.db.prepare("INSERT INTO mention_host (site_id, host, created_at) VALUES (?1, 'dora.example', 1)").bind(site.id).run();
    world.web.name('dora.example');
    const linking = page(`<a href="${world.page(site)}">x</a>`);
    for (const [path, gone] of [
      ['410', new WebResponse('gone', { status: 410 })],
      ['unlinked', html(page('nothing'))],
      ['meta', html(page(`<a href="${world.page(site)}">x</a>`, '<meta http-equiv="status" content="410 Gone">'))],
    ] as const) {
      const source = `https://dora.example/${path}`;
      world.web.put(source, linking);
      await world.tell(source, world.page(site));
      await world.minute();
      assert.equal((await reactions(source)).length, 1, path);
      world.web.put(source, gone);
      await world.tell(source, world.page(site));
      await world.minute();
      assert.deepEqual(await reactions(source), [], path);
      assert.equal(await state(source), 'gone', path);
    }
  });

  it('stays while its source is only unwell, and is hidden while it is missing', async () => {
    const source = 'https://dora.example/shaky';
    world.web.put(source, page(`<a href="${world.page(site)}">x</a>`));
    await world.tell(source, world.page(site));
    await world.minute();
    world.web.put(source, new WebResponse('broken', { status: 503 }));
    await world.due('mention');
    await world.minute();
    assert.equal((await reactions(source)).length, 1);
    world.web.put(source, new WebResponse('not here', { status: 404 }));
    await world.due('mention');
    await world.minute();
    assert.deepEqual(await reactions(source), []);
    assert.equal(await state(source), 'shown', 'it is looked for again');
    world.web.put(source, page(`<a href="${world.page(site)}">x</a>`));
    await world.due('mention');
    await world.minute();
    assert.equal((await reactions(source)).length, 1);
  });

  it('that the owner refused does not come back', async () => {
    const source = 'https://pushy.example/ad';
    world.web.site('pushy.example', page(`<a href="${world.page(site)}">buy</a>`));
    await world.tell(source, world.page(site));
    await world.minute();
    const { mentions } = await ann.json<{ mentions: { id: string; source: string }[] }>('/api/notch/mentions');
    const mine = mentions.find((mention) => mention.source === source);
    assert.equal((await ann.fetch(`/api/notch/mentions/${mine?.id}`, { method: 'DELETE', headers: { 'content-type': 'application/json' } })).status, 204);
    await world.tell(source, world.page(site));
    await world.minute();
    assert.equal(await state(source), 'refused');
    const visits = world.web.visitsTo('pushy.example').length;
    await world.minute();
    assert.equal(world.web.visitsTo('pushy.example').length, visits);
  });
});

describe('a mention that is not true', () => {
  const cases: [string, () => WebResponse][] = [
    ['has no link', () => html(page('nothing'))],
    ['has the address as text', () => html(page(`see ${world.page(site)}`))],
    ['has it in a comment', () => html(page(`<!-- <a href="${world.page(site)}"> -->`))],
    ['has it in a script', () => html(page(`<script>'<a href="${world.page(site)}">'</script>`))],
    ['has it in a template', () => html(page(`<template><a href="${world.page(site)}"></a></template>`))],
    ['links to something like it', () => html(page(`<a href="${world.page(site)}elsewhere">x</a>`))],
    ['is a picture', () => new WebResponse(`<a href="${world.page(site)}">`, { headers: { 'content-type': 'image/png' } })],
    ['does not exist', () => new WebResponse('no', { status: 404 })],
    ['is not public', () => new WebResponse('no', { status: 403 })],
    ['leads into a private network', () => redirect('http://192.168.0.1/')],
    ['leads to a name there', () => redirect('https://inside.example/')],
    ['leads around in circles', () => redirect('https://liar.example/again')],
  ];
  for (const [what, answer] of cases) {
    it(`because its source ${what}, is shown to nobody`, async () => {
      world.web.site('liar.example', () => answer());
      world.web.name('inside.example', { A: ['10.0.0.1'] });
      const source = `https://liar.example/${what.replaceAll(' ', '-')}`;
      await world.db.prepare("INSERT INTO mention_host (site_id, host, created_at) VALUES (?1, 'liar.example', 1) ON CONFLICT DO NOTHING").bind(site.id).run();
      assert.equal((await world.tell(source, world.page(site))).status, 202);
      for (let look = 0; look < 3 && (await state(source)) !== 'refused'; look += 1) {
        await world.due('mention');
        await world.minute();
      }
      assert.deepEqual(await reactions(source), []);
      assert.equal(await state(source), 'refused');
      assert.deepEqual(world.web.visitsTo('inside.example'), []);
    });
  }

  it('by an endless page, costs a megabyte and no more', async () => {
    const endless = new Endless();
    world.web.site('endless.example', () => html(endless.stream()));
    await world.tell('https://endless.example/', world.page(site));
    await world.minute();
    assert.equal(await state('https://endless.example/'), 'refused');
    assert.ok(endless.sent < 32 * 1024 * 1024, `${endless.sent} bytes were sent`);
    endless.end();
  });
});

describe('a version with links', () => {
  it('tells each page where that page wants to be told, once', async () => {
    const writer = await world.publishing.site();
    const forms = new Map<string, string>();
    const asked = (name: string): string => `https://${name}.example/post`;
    const listens = (name: string, answer: WebResponse, endpoint = `https://${name}.example/wm`): void => {
      world.web.site(`${name}.example`, answer);
      world.door(endpoint, ({ body }) => {
        forms.set(name, body);
        return new WebResponse('ok', { status: 202 });
      });
    };
    listens('in-header', new WebResponse('hi', { headers: { link: '</wm>; rel="webmention"', 'content-type': 'text/plain' } }));
    listens('in-link', html(page('', '<link rel="webmention" href="/wm">')));
    listens('in-a', html(page('<!-- <a rel=webmention href=/no> --><a rel="webmention" href="/wm">here</a>')));
    listens('with-query', html(page('<a rel=webmention href="/wm?a=1&amp;b=2">')), 'https://with-query.example/wm?a=1&b=2');
    world.web.site('deaf.example', html(page('nobody listens')));
    world.web.site('inward.example', new WebResponse('hi', { headers: { link: '<http://127.0.0.1/wm>; rel=webmention' } }));
    const links = ['in-header', 'in-link', 'in-a', 'with-query', 'deaf', 'inward'].map(asked);
    const text = page(links.map((link) => `<a href="${link}">x</a>`).join(''));
    await world.publishing.publish(writer, { 'index.html': text });
    await world.minute();
    const told = await world.rows<{ target: string; state: string }>('SELECT target, state FROM mention_sent WHERE site_id = ?1 ORDER BY target', writer.id);
    assert.deepEqual(Object.fromEntries(told.map(({ target, state }) => [new URL(target).hostname.split('.')[0], state])), {
      'in-header': 'sent', 'in-link': 'sent', 'in-a': 'sent', 'with-query': 'sent', deaf: 'none', inward: 'pending',
    });
    for (const name of ['in-header', 'in-link', 'in-a', 'with-query']) {
      assert.deepEqual([...new URLSearchParams(forms.get(name))], [['source', world.page(writer)], ['target', asked(name)]], name);
    }
    const posts = world.posts.length;
    await world.minute();
    assert.equal(world.posts.length, posts, 'nobody is told twice');

    // A version that says the same tells nobody; one that says something else tells all, and of what is gone, too.
    await world.publishing.publish(writer, { 'index.html': text, 'x.css': 'a{}' });
    await world.minute();
    assert.equal(world.posts.length, posts);
    await world.publishing.publish(writer, { 'index.html': page(`More words. <a href="${asked('in-link')}">x</a>`) });
    await world.minute();
    assert.deepEqual(world.posts.slice(posts).map(({ url }) => new URL(url).hostname).sort(), ['in-a.example', 'in-header.example', 'in-link.example', 'with-query.example']);
    const gone = await world.rows<{ target: string }>("SELECT target FROM mention_sent WHERE site_id = ?1 AND gone = 1 AND state = 'sent' ORDER BY target", writer.id);
    assert.deepEqual(gone.map(({ target }) => target), ['in-a', 'in-header', 'with-query'].map(asked));
    const again = world.posts.length;
    await world.publishing.publish(writer, { 'index.html': page(`More words. <a href="${asked('in-link')}">x</a>`), 'y.css': '' });
    await world.minute();
    assert.equal(world.posts.length, again, 'and of that once');
  });

  it('tries again when nobody answers, and stops where it is refused', async () => {
    const writer = await world.publishing.site();
    let answers = 0;
    world.web.site('busy.example', html(page('<a rel=webmention href=/wm>')));
    world.door('https://busy.example/wm', () => new WebResponse('', { status: ++answers === 1 ? 503 : 202 }));
    world.web.site('closed.example', html(page('<a rel=webmention href=/wm>')));
    world.door('https://closed.example/wm', () => new WebResponse('', { status: 400 }));
    await world.publishing.publish(writer, { 'index.html': page('<a href="https://busy.example/">a</a><a href="https://closed.example/">b</a>') });
    await world.minute();
    const states = async () => (await world.rows<{ state: string }>('SELECT state FROM mention_sent WHERE site_id = ?1 ORDER BY target', writer.id)).map(({ state }) => state);
    assert.deepEqual(await states(), ['pending', 'refused']);
    await world.due('mention_sent');
    await world.minute();
    assert.deepEqual(await states(), ['sent', 'refused']);
  });

  it('reaches a neighbour’s page here without going around, and never itself', async () => {
    const writer = await world.publishing.site();
    await world.publishing.publish(writer, {
      'index.html': page(`<a href="${world.page(site, '/about')}">Ann</a><a href="/two">me</a><a href="${world.page(writer, '/two')}">me</a>`),
      'two.html': page('two'),
    });
    await world.minute();
    await world.minute();
    const sent = await world.rows<{ target: string; state: string }>('SELECT target, state FROM mention_sent WHERE site_id = ?1', writer.id);
    assert.deepEqual(sent, [{ target: world.page(site, '/about'), state: 'sent' }]);
    assert.equal(await state(world.page(writer)), 'waiting');
  });
});
