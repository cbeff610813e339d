/** What is new: who enters the feed and with what, and that its pages hold while everything around them moves. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { D1Database } from '@cloudflare/workers-types';
import { type TestStack, startTestStack } from './harness.ts';
import { type Member, Society } from './social-kit.ts';

interface Item {
  id: string;
  kind: string;
  site: { domain: string } | null;
  source: { title: string; url: string; domain: string };
  url: string;
  title: string;
  summary: string;
}
interface Feed {
  items: Item[];
  nextCursor: string | null;
}

let stack: TestStack;
let society: Society;
let db: D1Database;
let ann: Member;
let ben: Member;

before(async () => {
  stack = await startTestStack();
  society = await Society.of(stack);
  db = await stack.db();
  [ann, ben] = [await society.member('ann', 'Ann'), await society.member('ben')];
});
after(async () => await stack?.close());

const read = async (query = '', who: { json: Member['json'] } = stack.anybody): Promise<Feed> => await who.json<Feed>(`/api/feed?limit=100${query}`);

/** A post, as the poller of feeds writes it. */
async function post(source: { siteId?: string; feedId?: string }, guid: string, url = ''): Promise<void> {
  await db.prepare(`INSERT INTO feed_item (kind, source_id, site_id, feed_id, guid, url, title, published_at, created_at)
    VALUES ('post', ?1, ?2, ?3, ?4, ?5, ?6, 1, 1)`)
    .bind(source.siteId ?? source.feedId, source.siteId ?? null, source.feedId ?? null, guid, url, `Post ${guid}`).run();
}

async function outside(name: string, follower: Member): Promise<string> {
  const id = `feed-${name}`;
  await db.prepare('INSERT INTO feed (id, url, home_url, domain, title, created_at) VALUES (?1, ?2, ?3, ?4, ?5, 1)')
    .bind(id, `https://${name}.example/feed`, `https://${name}.example/`, `${name}.example`, `The ${name}`).run();
  await db.prepare('INSERT INTO subscription (site_id, feed_id, created_at) VALUES (?1, ?2, 1)').bind(follower.siteId, id).run();
  return id;
}

describe('the feed', () => {
  it('has new members and versions that went live, the newest first, and no name without a page', async () => {
    await stack.owner('draft');
    await society.publish(ann, 'Opening hours at the top');
    const { items } = await read();
    assert.deepEqual([items[0]!.kind, items[0]!.title], ['version', 'Opening hours at the top']);
    // A first version makes a member; which of the two is noted first does not matter.
    assert.deepEqual(items.slice(1, 3).map(({ kind, source }) => `${kind} ${source.title}`).sort(), [`member ${ben.domain}`, `version ${ben.domain}`]);
    assert.deepEqual(items.slice(3).map(({ kind, source }) => `${kind} ${source.title}`).sort(), ['member Ann', 'version Ann']);
    assert.equal(items[0]!.url, `${stack.siteOrigin('ann')}/`);
  });

  it('has no restoring, and the note that an owner writes later', async () => {
    const { snapshots } = await ann.json<{ snapshots: { id: string; live: boolean }[] }>(`/api/sites/${ann.domain}/snapshots`);
    const [now, earlier] = [snapshots.find(({ live }) => live)!, snapshots.find(({ live }) => !live)!];
    const before = (await read()).items.length;
    assert.ok((await ann.send('POST', `/api/sites/${ann.domain}/snapshots`, { snapshotId: earlier.id })).ok);
    assert.equal((await read()).items.length, before);
    assert.ok((await ann.send('PATCH', `/api/sites/${ann.domain}/snapshots/${now.id}`, { note: 'For the summer' })).ok);
    assert.equal((await read()).items.find(({ title }) => title === 'Opening hours at the top')!.summary, 'For the summer');
  });

  it('of those that one follows has their posts and versions, and those of websites that are no members', async () => {
    const cat = await society.member('cat');
    assert.deepEqual((await read('&scope=following', cat)).items, []);
    await cat.fetch(`/api/notch/follows/${ann.domain}`, { method: 'PUT' });
    const feed = await outside('garden', cat);
    await post({ siteId: ann.siteId }, 'a', 'https://ann.example/a');
    await post({ siteId: ben.siteId }, 'b', 'https://ben.example/b');
    await post({ feedId: feed }, 'c', 'https://garden.example/c');
    const { items } = await read('&scope=following', cat);
    assert.deepEqual(items.slice(0, 2).map(({ title, url, site, source }) => [title, url, site?.domain ?? null, source.title, source.url]), [
      ['Post c', 'https://garden.example/c', null, 'The garden', 'https://garden.example/'],
      ['Post a', 'https://ann.example/a', ann.domain, 'Ann', `${stack.siteOrigin('ann')}/`],
    ]);
    assert.ok(items.every(({ site }) => site === null || site.domain === ann.domain));
    const all = (await read()).items.map(({ title }) => title);
    assert.ok(all.includes('Post b') && !all.includes('Post c'), 'websites that are no members are for those who follow them');
  });

  it('shows somebody once who is followed as a member and by their feed', async () => {
    const dan = await society.member('dan');
    const feed = await outside('double', dan);
    await db.prepare('UPDATE feed SET site_id = ?1 WHERE id = ?2').bind(ben.siteId, feed).run();
    await dan.fetch(`/api/notch/follows/${ben.domain}`, { method: 'PUT' });
    await post({ siteId: ben.siteId, feedId: feed }, 'twice');
    const { items } = await read('&scope=following', dan);
    assert.equal(items.filter(({ title }) => title === 'Post twice').length, 1);
    await dan.fetch(`/api/notch/follows/${ben.domain}`, { method: 'DELETE' });
    assert.ok((await read('&scope=following', dan)).items.some(({ title }) => title === 'Post twice'), 'the feed is still followed');
    await dan.fetch(`/api/notch/blocks/${ben.domain}`, { method: 'PUT' });
    assert.ok(!(await read('&scope=following', dan)).items.some(({ title }) => title === 'Post twice'), 'by a block it is not');
  });

  it('links to the web and to nothing else', async () => {
    for (const [at, url] of ['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'mailto:a@b.example'].entries()) {
      await post({ siteId: ann.siteId }, `odd-${at}`, url);
    }
    const odd = (await read()).items.filter(({ title }) => title.startsWith('Post odd'));
    assert.deepEqual(new Set(odd.map(({ url }) => url)), new Set([`${stack.siteOrigin('ann')}/`]));
  });

  it('leaves out what is taken down or being deleted, and has it again when it is put back', async () => {
    const there = async () => (await read()).items.some(({ site }) => site?.domain === ben.domain);
    for (const column of ['taken_down_at', 'deleted_at']) {
      await db.prepare(`UPDATE site SET ${column} = 1 WHERE id = ?1`).bind(ben.siteId).run();
      assert.equal(await there(), false, column);
      await db.prepare(`UPDATE site SET ${column} = NULL WHERE id = ?1`).bind(ben.siteId).run();
      assert.equal(await there(), true, column);
    }
  });

  it('refuses a scope, a limit and a cursor that it does not know, and strangers where it is of those they follow', async () => {
    for (const query of ['scope=friends', 'scope=', 'limit=0', 'limit=101', 'cursor=x', 'cursor=-1']) {
      assert.equal((await stack.anybody.fetch(`/api/feed?${query}`)).status, 400, query);
    }
    assert.equal((await stack.anybody.fetch('/api/feed?scope=following')).status, 401);
  });
});

/** A stream of numbers that is the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

describe('the feed of somebody who follows many', () => {
  const many = async (who: Member, count: number): Promise<void> => {
    await db.prepare('UPDATE site SET following = ?2 WHERE id = ?1').bind(who.siteId, count).run();
  };

  it('is the same as of somebody who follows some, whatever is between them', async () => {
    const eva = await society.member('eva');
    const others: Member[] = [];
    for (const label of ['one', 'two', 'three', 'four', 'five']) others.push(await society.member(label));
    for (const other of others) assert.ok((await eva.fetch(`/api/notch/follows/${other.domain}`, { method: 'PUT' })).ok);
    const [muted, down, owner] = [others[1]!, others[2]!, others[3]!];
    const feeds = [await outside('meadow', eva), await outside('of-member', eva), await outside('of-followed', eva)];
    await db.prepare('UPDATE feed SET site_id = ?1 WHERE id = ?2').bind(ben.siteId, feeds[1]).run();
    await db.prepare('UPDATE feed SET site_id = ?1 WHERE id = ?2').bind(owner.siteId, feeds[2]).run();
    for (let at = 0; at < 30; at++) {
      await post({ siteId: others[at % 5]!.siteId }, `many-${at}`);
      await post({ feedId: feeds[0]! }, `meadow-${at}`);
      for (const [site, feed] of [[ben, feeds[1]!], [owner, feeds[2]!]] as const) {
        await db.prepare(`INSERT INTO feed_item (kind, source_id, site_id, feed_id, guid, url, title, published_at, created_at)
          VALUES ('post', ?1, ?1, ?2, ?3, '', ?3, 1, 1)`).bind(site.siteId, feed, `${feed}-${at}`).run();
      }
    }
    assert.ok((await eva.fetch(`/api/notch/mutes/${muted.domain}`, { method: 'PUT' })).ok);
    await db.prepare('UPDATE site SET taken_down_at = 1 WHERE id = ?1').bind(down.siteId).run();
    for (const limit of [1, 20, 100]) {
      await many(eva, 8);
      const some = await eva.json<Feed>(`/api/feed?scope=following&limit=${limit}`);
      await many(eva, 1000);
      assert.deepEqual(await eva.json<Feed>(`/api/feed?scope=following&limit=${limit}`), some, String(limit));
      assert.equal(some.items.length, limit);
      assert.equal(new Set(some.items.map(({ id }) => id)).size, limit);
      assert.ok(!some.items.some(({ site }) => site?.domain === muted.domain || site?.domain === down.domain));
    }
    await db.prepare('UPDATE site SET taken_down_at = NULL WHERE id = ?1').bind(down.siteId).run();
  });

  it('reaches behind what others did meanwhile, however much that is', async () => {
    const [fay, quiet] = [await society.member('fay'), await society.member('quiet')];
    assert.ok((await fay.fetch(`/api/notch/follows/${quiet.domain}`, { method: 'PUT' })).ok);
    await db.prepare(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
      INSERT INTO feed_item (kind, source_id, site_id, guid, published_at, created_at) SELECT 'post', ?1, ?1, 'busy-' || i, 1, 1 FROM n`).bind(ann.siteId).run();
    await many(fay, 1000);
    const { items } = await read('&scope=following', fay);
    assert.deepEqual(new Set(items.map(({ site }) => site?.domain)), new Set([quiet.domain]));
    await db.prepare("DELETE FROM feed_item WHERE guid LIKE 'busy-%'").run();
  });
});

describe('pages of the feed, read while items come and go', () => {
  // Whoever follows many is answered in another way, which is to find the same.
  for (const [name, scope, many] of [['global', 'global', false], ['following', 'following', false], ['following many', 'following', true]] as const) {
    for (const seed of [1, 2, 3]) {
      it(`show no item twice and leave none out: ${name}, ${seed}`, async () => {
        const roll = dice(seed * 7919);
        const reader = await society.member(`reader-${name.replace(' ', '-')}-${seed}`);
        const sources: { siteId?: string; feedId?: string }[] = [];
        for (let at = 0; at < 4; at++) {
          const member = await society.member(`source-${name.replace(' ', '-')}-${seed}-${at}`);
          assert.ok((await reader.fetch(`/api/notch/follows/${member.domain}`, { method: 'PUT' })).ok);
          sources.push({ siteId: member.siteId });
        }
        if (scope === 'following') sources.push({ feedId: await outside(`${name.replace(' ', '-')}-${seed}`, reader) });
        if (many) await db.prepare('UPDATE site SET following = 1000 WHERE id = ?1').bind(reader.siteId).run();
        let made = 0;
        const add = async () => await post(sources[roll(sources.length)]!, `${name}-${seed}-${made++}`);
        for (let at = 0; at < 40; at++) await add();

        const everything = async () => {
          const rows = await db.prepare('SELECT seq FROM feed_item ORDER BY seq DESC').all<{ seq: number }>();
          return new Set(rows.results.map(({ seq }) => String(seq)));
        };
        const all = async () => new Set((await read(`&scope=${scope}`, reader)).items.map(({ id }) => id));
        const [begin, exists] = [await all(), await everything()];
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const limit = 1 + roll(7);
          const path: string = `/api/feed?scope=${scope}&limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`;
          const asking = reader.json<Feed>(path);
          const moving = Array.from({ length: roll(4) }, async () => {
            if (roll(3) > 0) await add();
            else await db.prepare('DELETE FROM feed_item WHERE seq = (SELECT seq FROM feed_item WHERE guid LIKE ?1 ORDER BY seq LIMIT 1 OFFSET ?2)')
              .bind(`${name}-${seed}-%`, roll(30)).run();
          });
          const page: Feed = await asking;
          await Promise.all(moving);
          assert.ok(page.items.length <= limit);
          seen.push(...page.items.map(({ id }) => id));
          cursor = page.nextCursor;
        } while (cursor !== null);

        assert.equal(new Set(seen).size, seen.length, 'an item was there twice');
        assert.deepEqual(seen, [...seen].sort((a, b) => Number(b) - Number(a)), 'not in order');
        const left = await everything();
        const lost = [...begin].filter((id) => left.has(id) && !seen.includes(id));
        assert.deepEqual(lost, [], 'what was there all along was left out');
        assert.ok(exists.size > 0 && seen.length > 10);
      });
    }
  }
});
