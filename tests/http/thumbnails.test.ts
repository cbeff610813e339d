/** Pictures of what is live: taken by a real browser, of the version's own address, and gone when the site is. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { Publishing } from './publishing.ts';

let stack: TestStack;
let publishing: Publishing;
before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
});
after(async () => await stack.close());

interface Image {
  image_id: string | null;
  snapshot_id: string | null;
  tries: number;
  due_at: number | null;
}

type Owner = Person & { label: string; siteId: string; domain: string };

const row = async (site: string): Promise<Image | null> =>
  await (await stack.db()).prepare('SELECT image_id, snapshot_id, tries, due_at FROM site_image WHERE site_id = ?1').bind(site).first<Image>();
const keys = async (site: string): Promise<string[]> => (await publishing.keys(`thumbnails/${site}/`)).map((key) => key.split(' ')[0] ?? '');
const publish = async ({ siteId, label }: Owner, color: string): Promise<string> => {
  const token = await publishing.token(siteId);
  const html = `<!doctype html><title>A</title><style>body{margin:0;height:4000px;width:4000px;background:${color}}</style><h1>${label}</h1>`;
  return (await publishing.publish({ id: siteId, label, token }, { 'index.html': html })).snapshotId;
};
/** As if the pause were over. */
const due = async (site: string): Promise<void> => void (await (await stack.db()).prepare('UPDATE site_image SET due_at = 1 WHERE site_id = ?1').bind(site).run());
const image = async (owner: Owner): Promise<string> => (await owner.json<{ image: string }>(`/api/sites/${owner.domain}`)).image;
const asked = (snapshot: string): number => stack.stack.browser.asked.filter((url) => url.includes(snapshot)).length;

/** Width and height of the canvas in the header of an extended WebP, which is what Chromium writes. */
function size(webp: Buffer): [number, number] {
  assert.equal(webp.toString('latin1', 0, 4) + webp.toString('latin1', 8, 16), 'RIFFWEBPVP8X');
  return [webp.readUIntLE(24, 3) + 1, webp.readUIntLE(27, 3) + 1];
}

describe('the picture of a site', () => {
  it('is taken once of each live version, 1280 by 720, and shown to its owner', async () => {
    const ann = await stack.owner('ann');
    assert.equal(await row(ann.siteId), null, 'nothing is live, so nothing is due');
    const first = await publish(ann, 'teal');
    assert.equal(await image(ann), null);
    await stack.scheduled('api');
    const kept = await row(ann.siteId);
    assert.deepEqual([kept?.snapshot_id, kept?.tries, kept?.due_at], [first, 0, null]);
    const url = await image(ann);
    assert.equal(new URL(url).origin, stack.addresses.app);
    const answer = await stack.anybody.fetch(new URL(url).pathname);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'image/webp');
    assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=86400/);
    assert.deepEqual(size(Buffer.from(await answer.arrayBuffer())), [1280, 720]);
    for (const page of ['/', '/sites']) {
      assert.match(await (await ann.fetch(page)).text(), new RegExp(`<img src="${new URL(url).pathname}" alt="The first page of [^"]+" width="1280" height="720" loading="lazy"`));
    }
    await stack.scheduled('api');
    assert.equal(asked(first), 1, 'one picture a version');

    const second = await publish(ann, 'tomato');
    assert.equal(await image(ann), url, 'the old one stays until there is a new one');
    await stack.scheduled('api');
    assert.notEqual(await image(ann), url);
    assert.equal(asked(second), 1);
    assert.deepEqual(await keys(ann.siteId), [`thumbnails/${ann.siteId}/${(await row(ann.siteId))?.image_id}`]);
    assert.equal((await stack.anybody.fetch(new URL(url).pathname)).status, 404);
  });

  it('waits as long as it is told when too much is asked, and counts that as no failure', async () => {
    const [ben, bob] = [await stack.owner('ben'), await stack.owner('bob')];
    const snapshots = [await publish(ben, 'navy'), await publish(bob, 'navy')];
    stack.stack.browser.refuse({ status: 429, retryAfter: 600 });
    const now = Date.now();
    await stack.scheduled('api');
    const waiting = await row(ben.siteId);
    assert.equal(waiting?.tries, 0);
    assert.ok(Math.abs((waiting.due_at ?? 0) - now - 600_000) < 30_000);
    assert.deepEqual(snapshots.map(asked), [0, 0], 'nobody else is asked for in that run');
    await stack.scheduled('api');
    assert.deepEqual(snapshots.map(asked), [0, 1], 'the other one, and not yet the first');
    await due(ben.siteId);
    await stack.scheduled('api');
    assert.equal((await row(ben.siteId))?.snapshot_id, snapshots[0]);
  });

  it('is given up after a few failures, further and further apart, until something new is live', async () => {
    const cia = await stack.owner('cia');
    await publish(cia, 'gold');
    const pauses: (number | null)[] = [];
    for (let tries = 1; tries <= 5; tries++) {
      stack.stack.browser.refuse({ status: tries % 2 ? 500 : 422 });
      const before = Date.now();
      await stack.scheduled('api');
      const failed = await row(cia.siteId);
      assert.equal(failed?.tries, tries);
      pauses.push(failed.due_at === null ? null : Math.round((failed.due_at - before) / 60_000));
      if (failed.due_at !== null) await due(cia.siteId);
    }
    assert.deepEqual(pauses, [5, 10, 20, 40, null]);
    await stack.scheduled('api');
    assert.equal(await image(cia), null);
    const next = await publish(cia, 'plum');
    await stack.scheduled('api');
    assert.equal((await row(cia.siteId))?.snapshot_id, next);
  });

  it('is not kept when something else went live while it was taken', async () => {
    const dan = await stack.owner('dan');
    await publish(dan, 'olive');
    const [, newer] = await Promise.all([stack.scheduled('api'), publish(dan, 'pink')]);
    await due(dan.siteId);
    await stack.scheduled('api');
    assert.equal((await row(dan.siteId))?.snapshot_id, newer);
    assert.equal((await keys(dan.siteId)).length, 1);
  });

  it('goes with the site, and while an operator keeps the site down', async () => {
    const eve = await stack.owner('eve');
    await publish(eve, 'black');
    await stack.scheduled('api');
    const path = new URL(await image(eve)).pathname;
    const db = await stack.db();
    await db.prepare("UPDATE site SET taken_down_at = 1, taken_down_for = 'abuse' WHERE id = ?1").bind(eve.siteId).run();
    assert.equal((await stack.anybody.fetch(path)).status, 404);
    assert.equal(await image(eve), null);
    await db.prepare('UPDATE site SET taken_down_at = NULL WHERE id = ?1').bind(eve.siteId).run();
    assert.equal((await stack.anybody.fetch(path)).status, 200);
    assert.equal((await eve.fetch(`/api/sites/${eve.domain}`, { method: 'DELETE' })).status, 204);
    assert.equal((await stack.anybody.fetch(path)).status, 404);
    assert.deepEqual(await keys(eve.siteId), []);
  });

  it('is at no address that somebody makes up', async () => {
    for (const path of ['/thumbnails/a/b', `/thumbnails/${'a'.repeat(24)}/${'b'.repeat(24)}`, '/thumbnails/..%2Fblobs/x', '/thumbnails/']) {
      assert.equal((await stack.anybody.fetch(path)).status, 404, path);
    }
  });
});
