/** Following, profiles and lists, being left alone, notifications: what members and strangers are told. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Response as WebResponse } from 'miniflare';
import { form } from './account-kit.ts';
import { type TestStack, startTestStack } from './harness.ts';
import { Websites, redirect } from './open-web.ts';
import { type Member, Society } from './social-kit.ts';

interface You {
  following: boolean;
  followsYou: boolean;
  blocked: boolean;
  muted: boolean;
}
interface Profile {
  domain: string;
  name: string;
  url: string;
  followers: number;
  following: number;
  you: You | null;
  relMe: string[];
}
interface List {
  sites: { domain: string; name: string; url: string; feed: string | null; feedId: string | null }[];
  nextCursor: string | null;
}
interface Notifications {
  notifications: { id: string; kind: string; actor: { domain?: string; name: string } | null; read: boolean }[];
  unread: number;
  nextCursor: string | null;
}

const web = new Websites();
let stack: TestStack;
let society: Society;
let ann: Member;
let ben: Member;
let cat: Member;

before(async () => {
  stack = await startTestStack({ openWeb: web.openWeb });
  web.use(stack.stack.web);
  society = await Society.of(stack);
  [ann, ben, cat] = [await society.member('ann', 'Ann Arbor'), await society.member('ben'), await society.member('cat', 'Cat')];
});
after(async () => await stack?.close());

const profile = async (of: Member, to: { json: Member['json'] } = stack.anybody): Promise<Profile> =>
  await to.json<Profile>(`/api/notch/sites/${of.domain}`);
const list = async (of: Member, which: string, to: { json: Member['json'] } = stack.anybody): Promise<string[]> =>
  (await to.json<List>(`/api/notch/sites/${of.domain}/${which}`)).sites.map(({ domain }) => domain);
const put = async (who: Member, path: string): Promise<number> => (await who.fetch(`/api/notch/${path}`, { method: 'PUT' })).status;
const take = async (who: Member, path: string): Promise<number> => (await who.fetch(`/api/notch/${path}`, { method: 'DELETE' })).status;
const told = async (who: Member): Promise<Notifications> => await who.json<Notifications>('/api/notch/notifications');
async function refusal(asked: Promise<{ status: number; json: () => Promise<unknown> }>): Promise<[number, string]> {
  const answer = await asked;
  return [answer.status, ((await answer.json()) as { code: string }).code];
}

describe('following', () => {
  it('counts, lists and tells, and twice is once', async () => {
    for (const _ of [1, 2]) {
      const answer = await ann.json(`/api/notch/follows/${ben.domain}`, { method: 'PUT' });
      assert.deepEqual(answer, { following: true, followers: 1 });
    }
    assert.deepEqual(await list(ann, 'following'), [ben.domain]);
    assert.deepEqual(await list(ben, 'followers'), [ann.domain]);
    assert.deepEqual(await list(ann, 'mutuals'), []);
    const { notifications, unread } = await told(ben);
    assert.deepEqual(notifications.map(({ kind, actor, read }) => [kind, actor?.domain, actor?.name, read]), [['follow', ann.domain, 'Ann Arbor', false]]);
    assert.equal(unread, 1);
    assert.equal((await told(ann)).unread, 0);
  });

  it('each other is mutual', async () => {
    assert.equal(await put(ben, `follows/${ann.domain}`), 200);
    assert.equal(await put(ben, `follows/${cat.domain.toUpperCase()}`), 200);
    assert.deepEqual(await list(ann, 'mutuals'), [ben.domain]);
    assert.deepEqual(await list(ben, 'mutuals'), [ann.domain]);
    assert.deepEqual(await list(ben, 'following'), [cat.domain, ann.domain], 'the newest comes first');
  });

  it('at the same time makes one row and one notification', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => put(cat, `follows/${ann.domain}`)));
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.equal((await profile(ann)).followers, 2);
    assert.equal((await told(ann)).notifications.filter(({ actor }) => actor?.domain === cat.domain).length, 1);
  });

  it('ends, and ending what is not there is no fault', async () => {
    for (const _ of [1, 2]) {
      assert.deepEqual(await cat.json(`/api/notch/follows/${ann.domain}`, { method: 'DELETE' }), { following: false, followers: 1 });
    }
    assert.equal(await put(cat, `follows/${ann.domain}`), 200);
    assert.equal((await told(ann)).notifications.filter(({ actor }) => actor?.domain === cat.domain).length, 1, 'told once for good');
    assert.equal(await take(cat, `follows/${ann.domain}`), 200);
  });

  it('refuses oneself, what is not here, and whoever has no site', async () => {
    assert.deepEqual(await refusal(ann.fetch(`/api/notch/follows/${ann.domain}`, { method: 'PUT' })), [422, 'yourself']);
    for (const domain of ['nobody.vetka.localhost', '%00', 'a%2fb', 'x'.repeat(300)]) {
      assert.deepEqual(await refusal(ann.fetch(`/api/notch/follows/${domain}`, { method: 'PUT' })), [404, 'not_found'], domain);
    }
    const siteless = await stack.person();
    for (const [method, path] of [
      ['PUT', `follows/${ann.domain}`], ['DELETE', `follows/${ann.domain}`], ['PUT', `blocks/${ann.domain}`], ['DELETE', `mutes/${ann.domain}`],
      ['GET', 'blocks'], ['GET', 'mutes'], ['GET', 'preferences'], ['GET', 'notifications'],
    ] as const) {
      assert.deepEqual(await refusal(siteless.fetch(`/api/notch/${path}`, { method })), [403, 'site_needed'], `${method} ${path}`);
    }
    assert.deepEqual(await refusal(siteless.send('PATCH', '/api/notch/preferences', { digest: 'daily' })), [403, 'site_needed']);
    assert.deepEqual(await refusal(siteless.fetch('/api/feed?scope=following')), [403, 'site_needed']);
  });

  it('stops at as many as one may follow', async () => {
    const db = await stack.db();
    await db.prepare('UPDATE site SET following = 10000 WHERE id = ?1').bind(cat.siteId).run();
    assert.deepEqual(await refusal(cat.fetch(`/api/notch/follows/${ann.domain}`, { method: 'PUT' })), [409, 'too_many_follows']);
    await db.prepare('UPDATE site SET following = 0 WHERE id = ?1').bind(cat.siteId).run();
  });
});

describe('a profile', () => {
  it('is public, and says how whoever asks stands to it', async () => {
    const seen = await profile(ben);
    assert.deepEqual([seen.name, seen.url, seen.followers, seen.following, seen.you], [ben.domain, `${stack.siteOrigin('ben')}/`, 1, 2, null]);
    assert.deepEqual((await profile(ben, ann)).you, { following: true, followsYou: true, blocked: false, muted: false });
    assert.deepEqual((await profile(ann, cat)).you, { following: false, followsYou: false, blocked: false, muted: false });
    assert.equal((await profile(ann, ann)).you, null);
  });

  it('shows verified places only', async () => {
    const db = await stack.db();
    const add = 'INSERT INTO rel_me (site_id, url, verified_at, due_at) VALUES (?1, ?2, ?3, 0)';
    await db.batch([
      db.prepare(add).bind(ann.siteId, 'https://social.example/@ann', 1),
      db.prepare(add).bind(ann.siteId, 'https://elsewhere.example/claimed', null),
    ]);
    assert.deepEqual((await profile(ann)).relMe, ['https://social.example/@ann']);
  });

  it('is gone with its site, taken down or deleted', async () => {
    const dan = await society.member('dan');
    assert.equal(await put(dan, `follows/${ann.domain}`), 200);
    const db = await stack.db();
    await db.prepare('UPDATE site SET taken_down_at = 1 WHERE id = ?1').bind(dan.siteId).run();
    assert.deepEqual(await refusal(stack.anybody.fetch(`/api/notch/sites/${dan.domain}`)), [404, 'not_found']);
    assert.ok(!(await list(ann, 'followers')).includes(dan.domain));
    assert.ok(!(await told(ann)).notifications.some(({ actor }) => actor?.domain === dan.domain));
    await db.prepare('UPDATE site SET taken_down_at = NULL WHERE id = ?1').bind(dan.siteId).run();
    assert.ok((await list(ann, 'followers')).includes(dan.domain));
    const before = (await profile(ann)).followers;
    assert.ok((await dan.fetch(`/api/sites/${dan.domain}`, { method: 'DELETE' })).status < 300);
    assert.deepEqual(await refusal(stack.anybody.fetch(`/api/notch/sites/${dan.domain}/followers`)), [404, 'not_found']);
    assert.equal((await profile(ann)).followers, before - 1);
    assert.ok(!(await told(ann)).notifications.some(({ actor }) => actor?.domain === dan.domain));
  });
});

describe('lists', () => {
  it('are paged, and websites that are no members come last', async () => {
    const db = await stack.db();
    const eva = await society.member('eva');
    for (const other of [ann, ben, cat]) assert.equal(await put(eva, `follows/${other.domain}`), 200);
    for (const at of [1, 2]) {
      await db.prepare(`INSERT INTO feed (id, url, home_url, domain, title, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 1)`).bind(`feed-${at}`, `https://out-${at}.example/feed`, `https://out-${at}.example/`, `out-${at}.example`, at === 1 ? 'Out' : '').run();
      await db.prepare('INSERT INTO subscription (site_id, feed_id, created_at) VALUES (?1, ?2, 1)').bind(eva.siteId, `feed-${at}`).run();
    }
    const all: string[] = [];
    let cursor: string | null = null;
    for (let page = 0; page === 0 || cursor !== null; page++) {
      const got: List = await stack.anybody.json<List>(`/api/notch/sites/${eva.domain}/following?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);
      assert.equal(got.sites.length, 1);
      all.push(`${got.sites[0]!.name} ${got.sites[0]!.feed ?? ''}`.trim());
      cursor = got.nextCursor;
      if (cursor !== null) assert.match(cursor, /^[0-9]{1,15}$/);
    }
    assert.deepEqual(all, ['Cat', ben.domain, 'Ann Arbor', 'out-2.example https://out-2.example/feed', 'Out https://out-1.example/feed']);
    assert.equal((await profile(eva)).following, 5);
    assert.deepEqual(await eva.json('/api/notch/follows/out-1.example', { method: 'DELETE' }), { following: false, followers: null });
    assert.equal((await profile(eva)).following, 4);
    assert.equal((await stack.anybody.fetch(`/api/notch/sites/${eva.domain}/following?limit=0`)).status, 400);
    assert.equal((await stack.anybody.fetch(`/api/notch/sites/${eva.domain}/followers?cursor=x`)).status, 400);
  });
});

describe('a block', () => {
  let fay: Member;
  let gus: Member;
  before(async () => {
    [fay, gus] = [await society.member('fay'), await society.member('gus')];
    for (const [one, other] of [[fay, gus], [gus, fay]] as const) assert.equal(await put(one, `follows/${other.domain}`), 200);
    for (const one of [fay, gus]) assert.equal(await put(ann, `follows/${one.domain}`), 200);
  });

  it('ends what was between the two, and tells nobody', async () => {
    assert.equal(await put(fay, `blocks/${gus.domain}`), 204);
    assert.equal(await put(fay, `blocks/${gus.domain}`), 204);
    assert.deepEqual([await list(fay, 'following'), await list(gus, 'following')], [[], []]);
    assert.deepEqual([(await told(fay)).notifications, (await told(gus)).notifications.map(({ actor }) => actor?.domain)], [
      (await told(fay)).notifications.filter(({ actor }) => actor?.domain !== gus.domain), [ann.domain]]);
  });

  it('makes the one who is blocked find nothing, as for any name that is not here', async () => {
    const there = [`/api/notch/sites/${fay.domain}`, `/api/notch/sites/${fay.domain}/followers`];
    const nowhere = ['/api/notch/sites/nobody.vetka.localhost', '/api/notch/sites/nobody.vetka.localhost/followers'];
    const words = async (path: string, method = 'GET') => {
      const answer = await gus.fetch(path, { method });
      return [answer.status, await answer.text()];
    };
    for (const at of [0, 1]) assert.deepEqual(await words(there[at]!), await words(nowhere[at]!));
    for (const [what, method] of [['follows', 'PUT'], ['follows', 'DELETE'], ['blocks', 'PUT'], ['mutes', 'PUT']] as const) {
      assert.deepEqual(await words(`/api/notch/${what}/${fay.domain}`, method), await words(`/api/notch/${what}/nobody.vetka.localhost`, method), `${method} ${what}`);
    }
    assert.equal((await told(fay)).notifications.some(({ actor }) => actor?.domain === gus.domain), false);
    assert.equal((await profile(fay)).domain, fay.domain, 'a visitor sees it');
  });

  it('hides both from each other in lists and in what is new', async () => {
    assert.ok(!(await list(ann, 'following', gus)).includes(fay.domain));
    assert.ok(!(await list(ann, 'following', fay)).includes(gus.domain));
    assert.ok((await list(ann, 'following', ben)).includes(gus.domain));
    for (const [who, other] of [[fay, gus], [gus, fay]] as const) {
      const { items } = await who.json<{ items: { site: { domain: string } }[] }>('/api/feed?limit=100');
      assert.ok(!items.some(({ site }) => site.domain === other.domain));
      assert.ok(items.some(({ site }) => site.domain === who.domain));
    }
  });

  it('is for its maker to see and to take back, after which nothing comes again by itself', async () => {
    assert.deepEqual((await profile(gus, fay)).you, { following: false, followsYou: false, blocked: true, muted: false });
    assert.deepEqual(await refusal(fay.fetch(`/api/notch/follows/${gus.domain}`, { method: 'PUT' })), [409, 'blocked']);
    assert.deepEqual((await fay.json<List>('/api/notch/blocks')).sites.map(({ domain }) => domain), [gus.domain]);
    assert.deepEqual((await gus.json<List>('/api/notch/blocks')).sites, []);
    assert.equal(await take(gus, `blocks/${fay.domain}`), 204, 'of one who has no block to take back');
    assert.equal((await gus.fetch(`/api/notch/sites/${fay.domain}`)).status, 404);
    assert.equal(await take(fay, `blocks/${gus.domain}`), 204);
    assert.deepEqual((await profile(fay, gus)).you, { following: false, followsYou: false, blocked: false, muted: false });
  });

  it('wins over a follow that comes at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      await Promise.all([put(gus, `follows/${fay.domain}`), put(fay, `blocks/${gus.domain}`)]);
      assert.ok(!(await list(fay, 'followers')).includes(gus.domain));
      assert.equal(await take(fay, `blocks/${gus.domain}`), 204);
    }
  });

  it('refuses oneself', async () => {
    for (const what of ['blocks', 'mutes']) {
      assert.deepEqual(await refusal(fay.fetch(`/api/notch/${what}/${fay.domain}`, { method: 'PUT' })), [422, 'yourself']);
    }
  });
});

describe('a mute', () => {
  it('keeps somebody out of what one sees, and they cannot tell', async () => {
    const [hal, ida] = [await society.member('hal'), await society.member('ida')];
    assert.equal(await put(ida, `follows/${hal.domain}`), 200);
    assert.equal(await put(hal, `follows/${ida.domain}`), 200);
    assert.equal((await told(hal)).unread, 1);
    assert.equal(await put(hal, `mutes/${ida.domain}`), 204);
    assert.deepEqual([(await told(hal)).unread, (await told(hal)).notifications], [0, []]);
    for (const scope of ['global', 'following']) {
      const { items } = await hal.json<{ items: { site: { domain: string } }[] }>(`/api/feed?scope=${scope}&limit=100`);
      assert.ok(!items.some(({ site }) => site.domain === ida.domain), scope);
    }
    assert.deepEqual((await profile(hal, ida)).you, { following: true, followsYou: true, blocked: false, muted: false });
    assert.deepEqual((await hal.json<List>('/api/notch/mutes')).sites.map(({ domain }) => domain), [ida.domain]);
    assert.equal(await take(hal, `mutes/${ida.domain}`), 204);
    assert.equal((await told(hal)).unread, 1);
  });
});

describe('preferences', () => {
  it('are everyone and no mail until somebody says otherwise', async () => {
    assert.deepEqual(await ann.json('/api/notch/preferences'), { messagesFrom: 'everyone', digest: 'off' });
    const changed = await ann.send('PATCH', '/api/notch/preferences', { messagesFrom: 'nobody' });
    assert.deepEqual(await changed.json(), { messagesFrom: 'nobody', digest: 'off' });
    assert.equal((await ann.send('PATCH', '/api/notch/preferences', { digest: 'daily' })).status, 200);
    assert.deepEqual(await ann.json('/api/notch/preferences'), { messagesFrom: 'nobody', digest: 'daily' });
    assert.deepEqual(await ben.json('/api/notch/preferences'), { messagesFrom: 'everyone', digest: 'off' });
  });

  it('refuse what is no choice', async () => {
    assert.deepEqual(await refusal(ann.send('PATCH', '/api/notch/preferences', {})), [400, 'nothing_to_change']);
    assert.deepEqual(await refusal(ann.send('PATCH', '/api/notch/preferences', { digest: 'hourly' })), [422, 'invalid_preference']);
    assert.deepEqual(await refusal(ann.send('PATCH', '/api/notch/preferences', { messagesFrom: '' })), [422, 'invalid_preference']);
    assert.equal((await ann.send('PATCH', '/api/notch/preferences', { digest: 1 })).status, 400);
    assert.equal((await ann.fetch('/api/notch/preferences', { method: 'PATCH', headers: { 'content-type': 'text/plain' }, body: '{}' })).status, 415);
  });
});

describe('notifications', () => {
  it('are read up to where somebody has seen them, and come in pages', async () => {
    const jo = await society.member('joe');
    const others: Member[] = [];
    for (const label of ['kim', 'lea', 'max']) {
      const other = await society.member(label);
      others.push(other);
      assert.equal(await put(other, `follows/${jo.domain}`), 200);
    }
    const first = await jo.json<Notifications>('/api/notch/notifications?limit=2');
    assert.deepEqual(first.notifications.map(({ actor }) => actor?.domain), [others[2]!.domain, others[1]!.domain]);
    const second = await jo.json<Notifications>(`/api/notch/notifications?limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual([second.notifications.map(({ actor }) => actor?.domain), second.nextCursor], [[others[0]!.domain], null]);
    const read = await jo.send('POST', '/api/notch/notifications/read', { upTo: first.notifications[1]!.id });
    assert.deepEqual(await read.json(), { unread: 1 });
    assert.deepEqual((await told(jo)).notifications.map(({ read }) => read), [false, true, true]);
    assert.deepEqual(await (await jo.send('POST', '/api/notch/notifications/read', { upTo: '999999999999999' })).json(), { unread: 0 });
    for (const upTo of ['', 'x', '-1', '9'.repeat(30)]) {
      assert.deepEqual(await refusal(jo.send('POST', '/api/notch/notifications/read', { upTo })), [400, 'invalid_id'], upTo);
    }
  });

  it('of somebody else are nobody’s to read or to mark', async () => {
    const newest = (await told(ben)).notifications[0]!;
    await cat.send('POST', '/api/notch/notifications/read', { upTo: newest.id });
    assert.equal((await told(ben)).notifications[0]!.read, newest.read);
    assert.ok(!(await told(cat)).notifications.some(({ id }) => id === newest.id));
  });
});

describe('following any website', () => {
  interface Followed {
    following: boolean;
    followers: number | null;
    site: { domain: string; name: string; url: string; image: string | null };
    feed: { id: string; url: string; title: string } | null;
  }
  const rss = (): WebResponse =>
    new WebResponse('<?xml version="1.0"?><rss version="2.0"><channel><title>Out</title></channel></rss>', { headers: { 'content-type': 'application/rss+xml' } });
  const naming = (...feeds: string[]): string =>
    `<!doctype html><title>Out</title>${feeds.map((href) => `<link rel="alternate" type="application/rss+xml" href="${href}">`).join('')}`;
  const ask = (url: unknown, who: Member = joe) => who.send('POST', '/api/notch/follows', { url });
  async function follow(url: string, who: Member = joe): Promise<Followed> {
    const answer = await ask(url, who);
    assert.equal(answer.status, 200, `${url}: ${await answer.clone().text()}`);
    return (await answer.json()) as Followed;
  }
  const outside = async (who: Member = joe): Promise<List['sites']> =>
    (await stack.anybody.json<List>(`/api/notch/sites/${who.domain}/following`)).sites.filter(({ feed }) => feed !== null);
  const end = async (id: string, who: Member = joe) => await who.json(`/api/notch/subscriptions/${id}`, { method: 'DELETE' });
  const ended = { following: false, followers: null };
  let joe: Member;
  let kim: Member;
  before(async () => {
    [joe, kim] = [await society.member('joe-reads'), await society.member('kim-writes', 'Kim')];
  });

  it('follows the member whose page it is, however it is written', async () => {
    for (const [at, url] of [`${stack.siteOrigin('kim-writes')}/about?x=1#y`, kim.domain, ` ${kim.domain.toUpperCase()}/ `].entries()) {
      const { site, ...rest } = await follow(url);
      assert.deepEqual([rest, site.domain, site.name], [{ following: true, followers: 1, feed: null }, kim.domain, 'Kim'], `${at}`);
    }
    assert.equal((await told(kim)).notifications.filter(({ actor }) => actor?.domain === joe.domain).length, 1);
    assert.deepEqual(await outside(), []);
    assert.deepEqual(await refusal(ask(joe.domain)), [422, 'yourself']);
    assert.deepEqual(await refusal(ask('nobody.vetka.localhost')), [404, 'not_found']);
    assert.deepEqual(await refusal(ask(`${stack.addresses.app}/sites`)), [422, 'invalid_url']);
  });

  it('tells one who is blocked what it tells of a name that nobody has', async () => {
    assert.equal(await put(kim, `blocks/${joe.domain}`), 204);
    const words = async (url: string): Promise<[number, string]> => {
      const answer = await ask(url);
      return [answer.status, await answer.text()];
    };
    assert.deepEqual(await words(kim.domain), await words('nobody.vetka.localhost'));
    assert.equal(await take(kim, `blocks/${joe.domain}`), 204);
  });

  it('finds the feed that a page names, and twice is once', async () => {
    web.site('out.example', naming('/rss.xml#top', '/comments.xml'));
    web.put('https://out.example/rss.xml', () => rss());
    const first = await follow('out.example/some/post');
    assert.match(first.feed?.id ?? '', /^[a-z0-9]{24}$/);
    assert.deepEqual(first, {
      following: true,
      followers: null,
      site: { domain: 'out.example', name: 'out.example', url: 'https://out.example/', image: null },
      feed: { id: first.feed?.id, url: 'https://out.example/rss.xml', title: '' },
    });
    assert.deepEqual(await Promise.all([follow('https://out.example/'), follow('https://out.example/rss.xml')]), [first, first]);
    assert.deepEqual((await outside()).map(({ domain, url, feed, feedId }) => [domain, url, feed, feedId]),
      [['out.example', 'https://out.example/', 'https://out.example/rss.xml', first.feed?.id]]);
    assert.equal((await profile(joe)).following, 1);
    const [visit] = web.visitsTo('out.example');
    assert.match(visit?.headers['user-agent'] ?? '', /^VetkaBot\/1\.0 /);
    assert.equal(visit?.headers['cookie'], undefined);
  });

  it('of several readers has one feed, which is read by the schedule', async () => {
    const [mine] = await outside();
    assert.equal((await follow('out.example', kim)).feed?.id, mine?.feedId);
    const db = await stack.db();
    const { results } = await db.prepare("SELECT due_at, site_id FROM feed WHERE url = 'https://out.example/rss.xml'").all<{ due_at: number; site_id: string | null }>();
    assert.equal(results.length, 1);
    assert.equal(results[0]?.site_id, null);
    assert.ok(Math.abs((results[0]?.due_at ?? 0) - Date.now()) < 60_000);
    await stack.scheduled('openweb');
    assert.equal((await outside())[0]?.name, 'Out');
    assert.equal((await follow('out.example', kim)).feed?.title, 'Out');
  });

  it('ends by the feed, for whoever asks alone, and ending what is not there is no fault', async () => {
    const [{ feedId } = { feedId: '' }] = await outside();
    for (const _ of [1, 2]) assert.deepEqual(await end(feedId ?? ''), ended);
    assert.deepEqual(await outside(), []);
    assert.equal((await outside(kim)).length, 1);
    assert.equal((await profile(joe)).following, 0);
    assert.deepEqual(await end('a'.repeat(24)), ended);
    assert.deepEqual(await kim.json('/api/notch/follows/out.example', { method: 'DELETE' }), ended);
  });

  it('brings a feed back that was given up', async () => {
    const db = await stack.db();
    await db.prepare("UPDATE feed SET due_at = NULL WHERE url = 'https://out.example/rss.xml'").run();
    const { feed } = await follow('out.example');
    const row = await db.prepare('SELECT due_at FROM feed WHERE id = ?1').bind(feed?.id ?? '').first<{ due_at: number | null }>();
    assert.ok(row?.due_at);
    await end(feed?.id ?? '');
  });

  it('takes the address of a feed itself, and goes where a website has moved', async () => {
    web.site('direct.example', () => rss());
    assert.equal((await follow('https://direct.example/any?thing=1#x')).feed?.url, 'https://direct.example/any?thing=1');
    web.site('for-now.example', redirect('https://direct.example/other', 302));
    assert.equal((await follow('https://for-now.example/feed')).feed?.url, 'https://for-now.example/feed');
    web.site('moved.example', redirect('https://www.moved.example/', 301));
    web.site('www.moved.example', naming('feed'));
    web.put('https://www.moved.example/feed', () => rss());
    const { site, feed } = await follow('moved.example');
    assert.deepEqual([site.domain, feed?.url], ['www.moved.example', 'https://www.moved.example/feed']);
    web.site('alias.example', redirect(`${stack.siteOrigin('kim-writes')}/`, 302));
    const member = await follow('alias.example');
    assert.deepEqual([member.site.domain, member.feed], [kim.domain, null]);
    assert.equal(await take(joe, `follows/${kim.domain}`), 200);
  });

  it('names a feed after its own website, whoever else points to it', async () => {
    web.site('famous.example', () => rss());
    web.site('thief.example', naming('https://famous.example/feed'));
    const { site } = await follow('thief.example');
    assert.deepEqual([site.domain, site.url], ['famous.example', 'https://famous.example/']);
  });

  it('refuses a page without a feed, and one whose feed is none', async () => {
    web.site('plain.example', '<!doctype html><title>Plain</title><a href="/feed">feed</a>');
    web.site('broken.example', naming('/gone'));
    web.put('https://broken.example/gone', new WebResponse('', { status: 404 }));
    web.site('wrong.example', naming('/'));
    web.site('inward.example', naming('https://inside.example/feed', 'http://10.0.0.1/feed'));
    web.name('inside.example', { A: ['10.0.0.7'] });
    web.put('inside.example', () => rss());
    web.site('picture.example', () => new WebResponse(new Uint8Array([1, 2, 3]), { headers: { 'content-type': 'image/png' } }));
    for (const host of ['plain', 'broken', 'wrong', 'inward', 'picture']) {
      assert.deepEqual(await refusal(ask(`${host}.example`)), [422, 'no_feed'], host);
    }
    assert.deepEqual(web.visitsTo('inside.example'), []);
    assert.deepEqual(web.visitsTo('10.0.0.1'), []);
  });

  it('says that a website does not answer', async () => {
    web.site('unwell.example', new WebResponse('', { status: 500 }));
    web.site('round.example', redirect('/'));
    web.name('gone.example', null);
    for (const host of ['unwell', 'round', 'gone']) {
      assert.deepEqual(await refusal(ask(`${host}.example`)), [502, 'website_unreachable'], host);
    }
  });

  it('goes to public places alone', async () => {
    web.name('home.example', { A: ['192.168.0.1'] });
    web.put('home.example', () => rss());
    web.site('lure.example', redirect('http://169.254.169.254/latest'));
    for (const url of [
      'home.example', 'lure.example', '127.0.0.1', 'http://[::1]/', '2130706433', 'intranet', 'printer.local', 'ann.example:8443',
      'https://ann:secret@ann.example/', 'ftp://ann.example/', 'javascript:alert(1)', '', ' ', 'x'.repeat(3000),
    ]) {
      assert.deepEqual(await refusal(ask(url)), [422, 'invalid_url'], url.slice(0, 40));
    }
    for (const host of ['home.example', '169.254.169.254', '127.0.0.1', 'intranet']) assert.deepEqual(web.visitsTo(host), [], host);
    assert.deepEqual(await refusal(ask(7)), [400, 'malformed_json']);
  });

  it('leaves nothing behind when somebody follows too many', async () => {
    web.site('late.example', () => rss());
    const db = await stack.db();
    const { following } = await profile(kim);
    await db.prepare('UPDATE site SET following = 10000 WHERE id = ?1').bind(kim.siteId).run();
    assert.deepEqual(await refusal(ask('late.example', kim)), [409, 'too_many_follows']);
    await db.prepare('UPDATE site SET following = ?2 WHERE id = ?1').bind(kim.siteId, following).run();
    assert.equal(await db.prepare("SELECT id FROM feed WHERE domain = 'late.example'").first(), null);
  });

  it('is for those who have a site', async () => {
    const siteless = await stack.person();
    assert.deepEqual(await refusal(siteless.send('POST', '/api/notch/follows', { url: 'out.example' })), [403, 'site_needed']);
    assert.deepEqual(await refusal(siteless.fetch(`/api/notch/subscriptions/${'a'.repeat(24)}`, { method: 'DELETE' })), [403, 'site_needed']);
  });

  it('works by forms: on the page of those one follows, and on one’s own list', async () => {
    web.site('form.example', () => rss());
    const hub = await (await kim.fetch('/?feed=following')).text();
    assert.match(hub, /<form[^>]* action="\/follows"[^>]*>.*Follow a website/s);
    assert.doesNotMatch(await (await kim.fetch('/')).text(), /action="\/follows"/);
    const done = await form(kim, '/follows', { wish: 'follow', url: 'form.example' });
    assert.deepEqual([done.status, done.headers.get('location')], [303, '/?feed=following&notice=website-followed#news']);
    const [{ feedId } = { feedId: '' }] = await outside(kim);
    const own = `/sites/${kim.domain}?show=following`;
    assert.match(await (await kim.fetch(own)).text(), new RegExp(`value="${feedId}"`));
    assert.doesNotMatch(await (await joe.fetch(own)).text(), new RegExp(`value="${feedId}"`));
    const refusedPage = await form(kim, '/follows', { wish: 'follow', url: 'plain.example"<b>' });
    assert.equal(refusedPage.status, 422);
    const text = await refusedPage.text();
    assert.match(text, /id="website"[^>]*value="plain\.example&quot;&lt;b&gt;"/);
    assert.match(text, /role="alert">[A-Z][^<]+\.</);
    const over = await form(kim, '/follows', { wish: 'unfollow', id: feedId ?? '', back: own });
    assert.deepEqual([over.status, over.headers.get('location')], [303, `${own}&notice=unfollowed`]);
    assert.deepEqual(await outside(kim), []);
    assert.equal((await form(kim, '/follows', { wish: 'other', url: 'form.example' })).status, 400);
  });
});
