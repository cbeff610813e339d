/** What people leave on pages: leaving it, finding it again, taking it back, hiding it, and who may do none of that. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refused } from './account-kit.ts';
import { Listener } from './live-kit.ts';
import { Frame } from './notch-kit.ts';
import { type Person, type Response, type TestStack, startTestStack } from './harness.ts';

type Member = Person & { label: string; domain: string; siteId: string };

interface Author { domain: string | null; name: string; url: string }
interface Anchor { exact: string; prefix: string; suffix: string; start: number | null; css: string; x: number; y: number; state: string }
interface Reaction { id: string; url: string; anchorId: string; anchor: Anchor; signal: string; body: string; tilt: number }
interface Sticker { anchorId: string; anchor: Anchor; signal: string; tilt: number; count: number; mine: string | null; names: Author[] }
interface Comment { id: string; anchorId: string; signal: string; author: Author; body: string; mine: boolean; hidden: boolean; edited: boolean }
interface List { page: { url: string; site: Author }; stickers: Sticker[]; comments: Comment[]; nextCursor: string | null }

let stack: TestStack;
let ann: Member;
let ben: Member;
let cleo: Member;
let pages = 0;

/** A page of Ann's on which nobody has left anything. */
const newPage = (): string => `${stack.siteOrigin('ann')}/page-${++pages}`;
const FOX = { exact: 'quick brown fox', prefix: 'The ', suffix: ' jumps', start: 4, css: 'main > p', x: 12.5, y: 40 };

const leave = (who: Person, url: string, more: Record<string, unknown> = {}): Promise<Response> =>
  who.send('POST', '/api/notch/reactions', { url, signal: 'heart', anchor: FOX, ...more });

async function left(who: Person, url: string, more: Record<string, unknown> = {}): Promise<Reaction> {
  const answer = await leave(who, url, more);
  const words = await answer.text();
  assert.equal(answer.status, 201, words);
  return JSON.parse(words) as Reaction;
}

const list = async (who: { json: Person['json'] }, url: string, query = ''): Promise<List> =>
  await who.json<List>(`/api/notch/reactions?url=${encodeURIComponent(url)}${query}`);

const notifications = async (member: Member): Promise<{ kind: string; text: string; subject_id: string; page_url: string }[]> => {
  const rows = await (await stack.db())
    .prepare('SELECT kind, text, subject_id, page_url FROM notification WHERE site_id = ?1 ORDER BY seq')
    .bind(member.siteId)
    .all<{ kind: string; text: string; subject_id: string; page_url: string }>();
  return rows.results;
};

const count = async (sql: string, ...values: string[]): Promise<number> =>
  (await (await stack.db()).prepare(sql).bind(...values).first<{ n: number }>())?.n ?? -1;

before(async () => {
  stack = await startTestStack();
  ann = await stack.owner('ann');
  ben = await stack.owner('ben');
  cleo = await stack.owner('cleo');
  await ben.send('PATCH', '/api/account', { name: 'Ben <b>', handle: 'ben' });
});
after(async () => await stack.close());

describe('leaving something on a page', () => {
  it('puts a sticker there that everybody sees, and tells the owner', async () => {
    const page = newPage();
    const reaction = await left(ben, `${page}/?utm_source=x#here`, { tilt: -4.26 });
    assert.equal(reaction.url, page);
    assert.equal(reaction.tilt, -4.3);
    assert.deepEqual(reaction.anchor, { ...FOX, state: 'placed' });
    const seen = await list(stack.anybody, page);
    assert.equal(seen.page.url, page);
    assert.equal(seen.page.site.domain, ann.domain);
    assert.equal(seen.stickers.length, 1);
    const [sticker] = seen.stickers;
    assert.equal(sticker?.signal, 'heart');
    assert.equal(sticker?.count, 1);
    assert.equal(sticker?.mine, null);
    assert.deepEqual(sticker?.names.map(({ domain, name }) => [domain, name]), [[ben.domain, 'Ben <b>']]);
    assert.equal((await list(ben, page)).stickers[0]?.mine, reaction.id);
    assert.deepEqual((await list(ben, page)).stickers[0]?.names, [], 'oneself is not named');
    const told = (await notifications(ann)).find(({ subject_id }) => subject_id === reaction.id);
    assert.deepEqual(told, { kind: 'reaction', text: 'heart', subject_id: reaction.id, page_url: page });
  });

  it('is heard of by the open pages of the owner at once', async () => {
    const page = newPage();
    const listener = await Listener.open(ann);
    const began = Date.now();
    const reaction = await left(ben, page);
    await listener.find(({ type, kind }) => type === 'notification' && kind === 'reaction');
    await listener.find(({ type, url }) => type === 'reaction' && url === page);
    assert.ok(Date.now() - began < 3000);
    const heard = listener.events.filter(({ type }) => type === 'reaction').length;
    await ben.fetch(`/api/notch/reactions/${reaction.id}`, { method: 'DELETE' });
    await listener.until('the undo', () => listener.events.filter(({ type }) => type === 'reaction').length > heard);
    await listener.close();
  });

  it('draws a tilt where none is said', async () => {
    const { tilt } = await left(ben, newPage());
    assert.ok(Math.abs(tilt) <= 13 && Number.isInteger(tilt * 2), String(tilt));
  });

  it('is one of a kind for each person and place, also fifty times at once', async () => {
    const page = newPage();
    const dora = await stack.owner(`dora-${pages}`);
    // The bucket of one account lets so many through at once.
    const answers = await Promise.all(Array.from({ length: 50 }, () => leave(dora, page)));
    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 201).length, 1, statuses.join());
    assert.ok(statuses.every((status) => [201, 409, 429].includes(status)), statuses.join());
    const bodies = await Promise.all(answers.map(async (answer) => (await answer.json()) as { id?: string; code?: string }));
    const id = bodies[statuses.indexOf(201)]?.id;
    for (const body of bodies.filter(({ code }) => code === 'already')) assert.equal(body.id, id);
    assert.ok(bodies.some(({ code }) => code === 'already'));
    const seen = await list(stack.anybody, page);
    assert.deepEqual(seen.stickers.map(({ count: n }) => n), [1]);
    assert.equal(await count('SELECT COUNT(*) AS n FROM anchor WHERE page_id = (SELECT id FROM page WHERE url = ?1)', page), 1);
  });

  it('counts the same signal near the same place together, and another signal or place apart', async () => {
    const page = newPage();
    const first = await left(ben, page, { tilt: 7 });
    const near = await left(cleo, page, { anchor: { ...FOX, exact: 'brown fox', prefix: 'The quick ', start: 10 }, tilt: 1 });
    assert.equal(near.anchorId, first.anchorId);
    await left(cleo, page, { signal: 'idea' });
    await left(cleo, page, { anchor: { ...FOX, exact: 'lazy dog', prefix: 'over the ', suffix: '.', start: 900 } });
    const { stickers } = await list(stack.anybody, page);
    assert.deepEqual(
      stickers.map(({ signal, count: n, tilt, anchor }) => [signal, n, tilt, anchor.exact]).sort(),
      [['heart', 1, stickers.find(({ anchor }) => anchor.exact === 'lazy dog')?.tilt, 'lazy dog'], ['heart', 2, 7, 'quick brown fox'],
       ['idea', 1, stickers.find(({ signal }) => signal === 'idea')?.tilt, 'quick brown fox']].sort(),
    );
    assert.equal(stickers[0]?.count, 2, 'the one with most comes first');
  });

  it('refuses what is no place, no signal, no comment, no page', async () => {
    const page = newPage();
    await refused(leave(ben, page, { signal: 'thumbs' }), 400, 'malformed_json');
    await refused(leave(ben, page, { anchor: undefined }), 400, 'malformed_json');
    await refused(leave(ben, page, { anchor: { ...FOX, exact: 'x'.repeat(501) } }), 422, 'invalid_anchor');
    await refused(leave(ben, page, { anchor: { ...FOX, y: 101 } }), 422, 'invalid_anchor');
    await refused(leave(ben, page, { tilt: 14 }), 422, 'invalid_tilt');
    await refused(leave(ben, page, { body: 'x'.repeat(1001) }), 422, 'invalid_comment');
    await refused(leave(ben, page, { body: 'a\u202eb' }), 422, 'invalid_comment');
    await refused(leave(ben, page, { signal: 'comment', body: ' ' }), 422, 'empty_comment');
    for (const url of ['', 'mailto:a@b.test', 'https://u:p@ann.vetka.localhost/']) await refused(leave(ben, url), 400, 'invalid_url');
    const elsewhere = [stack.siteOrigin('nobody-here'), stack.addresses.app, 'https://example.com/', `https://${ann.domain}/`,
      stack.siteOrigin('v--abcdefghijklmnopqrstuvwx'), stack.siteOrigin('ann').replace(/:\d+/, ':1')];
    for (const url of elsewhere) await refused(leave(ben, url), 404, 'not_found');
    assert.deepEqual((await list(stack.anybody, page)).stickers, []);
    assert.equal(await count('SELECT COUNT(*) AS n FROM page WHERE url = ?1', page), 0);
  });

  it('is for members: strangers sign in first, and who has no site picks a name', async () => {
    const page = newPage();
    await refused(stack.anybody.send('POST', '/api/notch/reactions', { url: page, signal: 'heart', anchor: FOX }), 401, 'unauthorized');
    await refused(leave(await stack.person(), page), 403, 'site_needed');
    await refused(ben.send('POST', '/api/notch/reactions', { url: page }, { headers: { 'content-type': 'text/plain' } }), 415, 'unsupported_media_type');
    for (const headers of [{ origin: stack.siteOrigin('ann') }, { 'sec-fetch-site': 'same-site' }]) {
      await refused(ben.send('POST', '/api/notch/reactions', { url: page, signal: 'heart', anchor: FOX }, { headers }), 403, 'wrong_origin');
    }
  });

  it('is on a page of a connected website and of a domain of its own, by their origins', async () => {
    const db = await stack.db();
    await db.prepare("UPDATE site SET custom_domain = 'www.ann.example' WHERE id = ?1").bind(ann.siteId).run();
    const page = newPage();
    const byDomain = page.replace(stack.siteOrigin('ann'), 'https://www.ann.example');
    const reaction = await left(ben, byDomain);
    assert.equal(reaction.url, page, 'a page has one address, whichever of its names was used');
    assert.equal((await list(stack.anybody, byDomain)).stickers[0]?.count, 1);
    await refused(leave(ben, byDomain.replace('https', 'http')), 404, 'not_found');
    await db.prepare('UPDATE site SET custom_domain = NULL WHERE id = ?1').bind(ann.siteId).run();
    const eve = await stack.owner(`eve-${pages}`);
    await db.prepare("UPDATE site SET kind = 'external', domain = 'eve.example', subdomain = NULL WHERE id = ?1").bind(eve.siteId).run();
    assert.equal((await left(ben, 'https://eve.example/a.html?fbclid=1')).url, 'https://eve.example/a.html', 'not ours to know better');
  });
});

describe('comments', () => {
  it('are text, with their lines, paged, newest first', async () => {
    const page = newPage();
    for (let at = 0; at < 5; at++) {
      await left(ben, page, { signal: 'comment', body: ` <b>no</b> ${at} \n\n\n & more `, anchor: { ...FOX, exact: `word ${at}`, start: at * 1000, prefix: `${at}` } });
    }
    const first = await list(stack.anybody, page, '&limit=2');
    assert.deepEqual(first.comments.map(({ body }) => body), ['<b>no</b> 4\n\n& more', '<b>no</b> 3\n\n& more']);
    assert.equal(first.stickers.length, 5);
    const next = await list(stack.anybody, page, `&limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual(next.comments.map(({ body }) => body.charAt(10)), ['2', '1']);
    assert.deepEqual(next.stickers, []);
    const last = await list(stack.anybody, page, `&limit=2&cursor=${next.nextCursor}`);
    assert.equal(last.comments.length, 1);
    assert.equal(last.nextCursor, null);
  });

  it('are written anew by whoever wrote them, and by nobody else', async () => {
    const page = newPage();
    const reaction = await left(ben, page, { body: 'First words' });
    const path = `/api/notch/reactions/${reaction.id}`;
    await refused(ann.send('PATCH', path, { body: 'Not mine' }), 404, 'not_found');
    await refused(stack.anybody.send('PATCH', path, { body: 'x' }), 401, 'unauthorized');
    await refused(ben.send('PATCH', path, { body: 'x'.repeat(1001) }), 422, 'invalid_comment');
    assert.equal((await ben.send('PATCH', path, { body: 'Better words' })).status, 204);
    const [comment] = (await list(ben, page)).comments;
    assert.deepEqual([comment?.body, comment?.mine, comment?.edited], ['Better words', true, true]);
    assert.equal((await ben.send('PATCH', path, { body: '' })).status, 204);
    const seen = await list(stack.anybody, page);
    assert.deepEqual([seen.comments.length, seen.stickers.length], [0, 1], 'the signal stays');
    const words = await left(ben, page, { signal: 'comment', body: 'Only words' });
    await refused(ben.send('PATCH', `/api/notch/reactions/${words.id}`, { body: '' }), 422, 'empty_comment');
  });

  it('call people by domain and by handle, who are told once', async () => {
    const page = newPage();
    const before = (await notifications(ben)).length;
    const reaction = await left(cleo, page, { body: `@ben and @${ben.domain}, and @nobody, and @${ann.domain}` });
    const told = (await notifications(ben)).slice(before);
    assert.deepEqual(told.map(({ kind, subject_id }) => [kind, subject_id]), [['mention', reaction.id]]);
    const owner = (await notifications(ann)).filter(({ subject_id }) => subject_id === reaction.id);
    assert.deepEqual(owner.map(({ kind }) => kind), ['comment'], 'the owner hears of it as the owner');
    await cleo.send('PATCH', `/api/notch/reactions/${reaction.id}`, { body: '@ben once more' });
    assert.equal((await notifications(ben)).length, before + 1);
    assert.equal((await cleo.fetch(`/api/notch/reactions/${reaction.id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await notifications(ann)).filter(({ subject_id }) => subject_id === reaction.id).length, 0, 'what is taken back is untold');
  });
});

describe('taking back', () => {
  it('leaves nothing, not even the place', async () => {
    const page = newPage();
    const reaction = await left(ben, page);
    const path = `/api/notch/reactions/${reaction.id}`;
    await refused(ann.fetch(path, { method: 'DELETE' }), 404, 'not_found');
    await refused(stack.anybody.fetch(path, { method: 'DELETE' }), 401, 'unauthorized');
    assert.equal((await ben.fetch(path, { method: 'DELETE' })).status, 204);
    await refused(ben.fetch(path, { method: 'DELETE' }), 404, 'not_found');
    assert.deepEqual((await list(stack.anybody, page)).stickers, []);
    for (const table of ['page WHERE url = ?1', 'anchor WHERE id = ?2', 'sticker WHERE anchor_id = ?2', 'notification WHERE subject_id = ?3']) {
      assert.equal(await count(`SELECT COUNT(*) AS n FROM ${table} AND ?1 || ?2 || ?3 <> ''`, page, reaction.anchorId, reaction.id), 0, table);
    }
    await left(ben, page);
  });

  it('leaves the others at the same place', async () => {
    const page = newPage();
    const mine = await left(ben, page);
    await left(cleo, page);
    await ben.fetch(`/api/notch/reactions/${mine.id}`, { method: 'DELETE' });
    assert.deepEqual((await list(stack.anybody, page)).stickers.map(({ count: n, names }) => [n, names[0]?.domain]), [[1, cleo.domain]]);
  });
});

describe('hiding', () => {
  const hidden = (who: Person, id: string, method = 'PUT'): Promise<Response> => who.fetch(`/api/notch/reactions/${id}/hidden`, { method });

  it('is for the owner of the page; author and owner still see it, and only the owner is told', async () => {
    const page = newPage();
    const reaction = await left(ben, page, { body: 'Rude words' });
    await refused(hidden(ben, reaction.id), 404, 'not_found');
    await refused(hidden(cleo, reaction.id), 404, 'not_found');
    await refused(hidden(stack.anybody as Person, reaction.id), 401, 'unauthorized');
    assert.equal((await hidden(ann, reaction.id)).status, 204);
    assert.equal((await hidden(ann, reaction.id)).status, 204, 'twice is once');
    for (const who of [stack.anybody, cleo]) {
      const seen = await list(who, page);
      assert.deepEqual([seen.stickers, seen.comments], [[], []]);
    }
    const author = await list(ben, page);
    assert.deepEqual(author.stickers.map(({ count: n, mine }) => [n, mine]), [[1, reaction.id]]);
    assert.deepEqual(author.comments.map(({ hidden: is }) => is), [false]);
    assert.deepEqual((await list(ann, page)).comments.map(({ hidden: is }) => is), [true]);
    await refused(leave(ben, page), 409, 'already');
    const annotations = (await stack.anybody.json(`/api/notch/annotations?url=${encodeURIComponent(page)}`)) as { items: unknown[] };
    assert.deepEqual(annotations.items, []);
    await refused(stack.anybody.fetch(`/api/notch/annotations/${reaction.id}`), 404, 'not_found');
    await refused(stack.anybody.fetch(`/api/notch/reactions/${reaction.id}/who`), 404, 'not_found');
    assert.equal((await hidden(ann, reaction.id, 'DELETE')).status, 204);
    assert.equal((await list(stack.anybody, page)).stickers[0]?.count, 1);
  });

  it('takes one from the count of several', async () => {
    const page = newPage();
    const [mine] = [await left(ben, page), await left(cleo, page)];
    await hidden(ann, mine.id);
    assert.equal((await list(stack.anybody, page)).stickers[0]?.count, 1);
    assert.equal((await list(ben, page)).stickers[0]?.count, 2, 'for whoever left it, it is there');
    await ben.fetch(`/api/notch/reactions/${mine.id}`, { method: 'DELETE' });
    assert.equal((await list(stack.anybody, page)).stickers[0]?.count, 1, 'what was hidden was not counted');
  });

  it('is done on the page of the site too, with the list that the owner has', async () => {
    const page = newPage();
    const reaction = await left(ben, page, { body: '<script>alert(1)</script>' });
    const path = `/sites/${ann.domain}/reactions`;
    const html = await (await ann.fetch(path)).text();
    assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;') && !html.includes('<script>alert'));
    assert.ok(html.includes('Ben &lt;b&gt;'));
    const form = (wish: string, id = reaction.id): Promise<Response> =>
      ann.fetch(path, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ id, wish, cursor: '' }).toString() });
    const answer = await form('hide');
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), `${path}#r-${reaction.id}`);
    assert.deepEqual((await list(stack.anybody, page)).stickers, []);
    await form('show');
    assert.equal((await list(stack.anybody, page)).stickers.length, 1);
    assert.equal((await form('burn')).status, 400);
    assert.equal((await form('hide', 'a'.repeat(24))).status, 404);
    const received = await ann.json<{ reactions: { id: string; url: string; hidden: boolean }[]; nextCursor: string | null }>(`/api/sites/${ann.domain}/reactions?limit=1`);
    assert.deepEqual(received.reactions.map(({ id, url, hidden: is }) => [id, url, is]), [[reaction.id, page, false]]);
    assert.notEqual(received.nextCursor, null);
    await refused(ben.fetch(`/api/sites/${ann.domain}/reactions`), 404, 'not_found');
  });
});

describe('those who want nothing to do with each other', () => {
  const apart = async (table: 'block' | 'mute', one: Member, other: Member): Promise<void> => {
    await (await stack.db()).prepare(`INSERT INTO ${table} (site_id, other_id, created_at) VALUES (?1, ?2, 0)`).bind(one.siteId, other.siteId).run();
  };

  it('do not see each other, in names, counts and comments', async () => {
    const [one, other, third] = [await stack.owner(`one-${pages}`), await stack.owner(`other-${pages}`), await stack.owner(`third-${pages}`)];
    const page = newPage();
    await left(one, page, { body: 'One' });
    const theirs = await left(other, page, { body: 'Other' });
    await left(third, page);
    await apart('block', one, other);
    for (const [who, from] of [[one, other], [other, one]] as const) {
      const seen = await list(who, page);
      assert.equal(seen.stickers[0]?.count, 2);
      assert.deepEqual(seen.stickers[0]?.names.map(({ domain }) => domain), [third.domain]);
      assert.deepEqual(seen.comments.map(({ author }) => author.domain), [who.domain]);
      const { people } = await who.json<{ people: Author[] }>(`/api/notch/reactions/${theirs.id}/who`);
      assert.ok(!people.some(({ domain }) => domain === from.domain));
    }
    assert.equal((await list(stack.anybody, page)).stickers[0]?.count, 3, 'others see everybody');
    await apart('mute', third, one);
    assert.equal((await list(third, page)).stickers[0]?.count, 2);
    assert.equal((await list(one, page)).stickers[0]?.count, 2, 'who was muted does not notice');
  });

  it('leave nothing on each other’s pages, and are not told why', async () => {
    const owner = await stack.owner(`baker-${++pages}`);
    const guest = await stack.owner(`reader-${pages}`);
    const page = `${stack.siteOrigin(owner.label)}/`;
    await apart('block', owner, guest);
    const answer = await refused(leave(guest, page), 404, 'not_found');
    const nobody = await refused(leave(guest, stack.siteOrigin('nobody-here')), 404, 'not_found');
    assert.equal(answer.message, nobody.message);
    await apart('block', guest, ann);
    await refused(leave(ann, `${stack.siteOrigin(guest.label)}/`), 404, 'not_found');
  });
});

describe('who left the same', () => {
  it('is listed by the reaction, or by the place and the signal, in pages', async () => {
    const page = newPage();
    const [first] = [await left(ben, page), await left(cleo, page), await left(ann, page)];
    const who = async (path: string): Promise<{ people: Author[]; nextCursor: string | null }> => await stack.anybody.json(path);
    const all = await who(`/api/notch/reactions/${first.id}/who`);
    assert.deepEqual(all.people.map(({ domain }) => domain), [ann.domain, cleo.domain, ben.domain]);
    const one = await who(`/api/notch/reactions/${first.anchorId}/who?signal=heart&limit=2`);
    assert.equal(one.people.length, 2);
    const rest = await who(`/api/notch/reactions/${first.anchorId}/who?signal=heart&limit=2&cursor=${one.nextCursor}`);
    assert.deepEqual(rest, { people: [all.people[2]], nextCursor: null });
    await refused(stack.anybody.fetch(`/api/notch/reactions/${first.anchorId}/who?signal=thumb`), 400, 'invalid_signal');
    await refused(stack.anybody.fetch(`/api/notch/reactions/${'a'.repeat(24)}/who`), 404, 'not_found');
  });
});

describe('annotations', () => {
  const TYPE = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"';

  /** What the model says an annotation must have and may have. */
  function validate(annotation: Record<string, any>, source: string): void {
    assert.equal(annotation['type'], 'Annotation');
    assert.doesNotThrow(() => new URL(annotation['id'] as string));
    assert.match(annotation['created'], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const motivations = ['assessing', 'bookmarking', 'commenting', 'questioning'];
    assert.ok(annotation['motivation'].length > 0 && annotation['motivation'].every((word: string) => motivations.includes(word)));
    for (const body of annotation['body']) {
      assert.equal(body.type, 'TextualBody');
      assert.equal(typeof body.value, 'string');
      assert.equal(body.format, 'text/plain');
    }
    assert.equal(annotation['creator'].type, 'Person');
    assert.equal(annotation['target'].source, source);
    for (const selector of annotation['target'].selector) {
      if (selector.type === 'TextQuoteSelector') assert.ok(selector.exact.length > 0);
      else if (selector.type === 'TextPositionSelector') assert.ok(Number.isInteger(selector.start) && selector.end > selector.start);
      else assert.ok(selector.type === 'CssSelector' && selector.value.length > 0);
    }
  }

  it('are what was left, in the model of the W3C, for any page to read', async () => {
    const page = newPage();
    const reaction = await left(ben, page, { signal: 'question', body: 'Why a fox' });
    await left(cleo, page, { anchor: { css: 'img', x: 1, y: 1 }, signal: 'save' });
    const answer = await stack.anybody.fetch(`/api/notch/annotations?url=${encodeURIComponent(page)}`, {
      headers: { origin: 'https://reader.test', 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), TYPE);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
    const body = (await answer.json()) as Record<string, any>;
    assert.equal(body['@context'], 'http://www.w3.org/ns/anno.jsonld');
    assert.equal(body['type'], 'AnnotationPage');
    assert.equal(body['partOf'].type, 'AnnotationCollection');
    assert.equal(body['items'].length, 2);
    for (const item of body['items']) validate(item, page);
    const [, asked] = body['items'];
    assert.deepEqual(asked.motivation, ['questioning', 'commenting']);
    assert.deepEqual(asked.target.selector.map(({ type }: { type: string }) => type), ['TextQuoteSelector', 'TextPositionSelector']);
    assert.equal(asked.target.selector[1].end - asked.target.selector[1].start, FOX.exact.length);
    const alone = (await (await stack.anybody.fetch(new URL(asked.id as string).pathname)).json()) as Record<string, any>;
    assert.equal(alone['@context'], body['@context']);
    assert.equal(alone['id'], asked.id);
    assert.ok(String(asked.id).endsWith(reaction.id));
  });

  it('are paged by their own addresses', async () => {
    const page = newPage();
    for (const signal of ['heart', 'star', 'fire']) await left(ben, page, { signal });
    const first = (await stack.anybody.json(`/api/notch/annotations?url=${encodeURIComponent(page)}&limit=2`)) as Record<string, any>;
    assert.equal(first['items'].length, 2);
    const next = new URL(first['next'] as string);
    const second = (await stack.anybody.json(next.pathname + next.search)) as Record<string, any>;
    assert.equal(second['items'].length, 1);
    assert.equal(second['next'], undefined);
  });
});

describe('in the frame on a page', () => {
  const nonce = async (frame: Frame): Promise<string> => ((await (await frame.send('POST', '/api/notch/nonce', {})).json()) as { nonce: string }).nonce;
  const react = (frame: Frame, url: string, more: Record<string, unknown> = {}): Promise<Response> =>
    frame.send('POST', '/api/notch/reactions', { url, signal: 'heart', anchor: FOX, ...more });

  it('takes one protected click, used once, for a page of the origin on which it stands', async () => {
    const fay = await stack.owner(`fay-${++pages}`);
    const frame = await new Frame(stack, stack.siteOrigin('ann')).enter(fay);
    const page = newPage();
    await refused(react(frame, page), 403, 'nonce_needed');
    await refused(react(frame, page, { nonce: 'vn_guessed' }), 403, 'nonce_needed');
    const once = await nonce(frame);
    const answer = await react(frame, page, { nonce: once, title: 'A page' });
    assert.equal(answer.status, 201, await answer.text());
    await refused(react(frame, page, { nonce: once, signal: 'star' }), 403, 'nonce_needed');
    await refused(react(frame, `${stack.siteOrigin('ben')}/`, { nonce: await nonce(frame) }), 403, 'another_page');
    const other = await new Frame(stack, stack.siteOrigin('ben')).enter(fay);
    await refused(react(frame, page, { nonce: await nonce(other), signal: 'star' }), 403, 'nonce_needed');
    const seen = (await (await frame.fetch(`/api/notch/reactions?url=${encodeURIComponent(page)}`)).json()) as List;
    assert.ok(seen.stickers[0]?.mine);
    assert.equal(await count("SELECT COUNT(*) AS n FROM page WHERE url = ?1 AND title = 'A page'", page), 1);
    assert.equal((await frame.fetch(`/api/notch/reactions/${seen.stickers[0]?.mine}`, { method: 'DELETE' })).status, 204);
  });

  it('is not spoken for by the session that the browser sends along', async () => {
    const page = newPage();
    const headers = { 'x-notch': stack.siteOrigin('ann'), 'sec-fetch-site': 'same-origin' };
    await refused(ben.send('POST', '/api/notch/reactions', { url: page, signal: 'heart', anchor: FOX }, { headers }), 401, 'unauthorized');
    const seen = await ben.json<List>(`/api/notch/reactions?url=${encodeURIComponent(page)}`, { headers: { ...headers, 'content-type': 'application/json' } });
    assert.deepEqual(seen.stickers, []);
  });
});

describe('leaving for good', () => {
  it('takes along what somebody left elsewhere, and what others left with them', async () => {
    const db = await stack.db();
    const gone = await stack.owner(`gone-${++pages}`);
    const page = newPage();
    const theirs = await left(gone, page, { body: 'I was here' });
    const there = await left(ben, `${stack.siteOrigin(gone.label)}/`, { body: 'So was I' });
    await db.prepare('DELETE FROM user WHERE email = ?1').bind(gone.email).run();
    for (const { id, anchorId } of [theirs, there]) {
      assert.equal(await count('SELECT COUNT(*) AS n FROM reaction WHERE id = ?1', id), 0);
      assert.equal(await count('SELECT COUNT(*) AS n FROM anchor WHERE id = ?1', anchorId), 0);
      assert.equal(await count('SELECT COUNT(*) AS n FROM sticker WHERE anchor_id = ?1', anchorId), 0);
    }
    assert.equal(await count('SELECT COUNT(*) AS n FROM page WHERE url = ?1', page), 0);
  });
});
