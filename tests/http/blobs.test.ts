/** Blobs in the bucket: kept while any site holds them, gone a day after the last one let go, never in between. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { Publishing, type Site, newId, sha256 } from './publishing.ts';

const DAY = 24 * 60 * 60_000;

let stack: TestStack;
let publishing: Publishing;
before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
});
after(async () => await stack.close());

const there = async (text: string): Promise<boolean> => (await publishing.bucket.head(`blobs/${sha256(text)}`)) !== null;
const remove = async (site: Site): Promise<void> => assert.equal((await publishing.internal('DELETE', `/sites/${site.id}`)).status, 204);
const sweep = async (): Promise<void> => await stack.scheduled('deploy');
const agesBy = async (ms: number): Promise<void> => {
  await publishing.db.prepare('UPDATE blob_doomed SET doomed_at = doomed_at - ?1').bind(ms).run();
};
const doomed = async (text: string): Promise<{ deleting_at: number | null } | null> =>
  await publishing.db.prepare('SELECT deleting_at FROM blob_doomed WHERE hash = ?1').bind(sha256(text)).first();

describe('blobs', () => {
  it('go a day after their last holder, and not before', async () => {
    const [one, two] = [await publishing.site(), await publishing.site()];
    const [shared, own] = [`shared ${newId()}`, `own ${newId()}`];
    await publishing.publish(one, { 'index.html': own, 'a.txt': shared });
    await publishing.publish(two, { 'index.html': `two ${newId()}`, 'a.txt': shared });
    await remove(one);
    assert.ok(await doomed(own));
    assert.equal(await doomed(shared), null, 'another site holds it');
    await agesBy(DAY - 60_000);
    await sweep();
    assert.ok(await there(own), 'not within a day');
    await agesBy(60_000);
    await sweep();
    assert.deepEqual([await there(own), await there(shared)], [false, true]);
    assert.equal(await doomed(own), null);
    assert.equal((await publishing.get(two.label, '/a.txt')).text, shared);
  });

  it('stay when somebody takes hold of them in time', async () => {
    const [one, two] = [await publishing.site(), await publishing.site()];
    const text = `passed on ${newId()}`;
    await publishing.publish(one, { 'index.html': text });
    await remove(one);
    await agesBy(DAY + 1);
    await publishing.publish(two, { 'index.html': text });
    await sweep();
    assert.equal((await publishing.get(two.label)).text, text);
    assert.equal(await doomed(text), null);
  });

  it('on their way out make a publisher wait, and are put anew', async () => {
    const [one, two] = [await publishing.site(), await publishing.site()];
    const text = `leaving ${newId()}`;
    await publishing.publish(one, { 'index.html': text });
    await remove(one);
    // A sweep that was cut off right after it marked its blobs.
    await publishing.db.prepare('UPDATE blob_doomed SET deleting_at = ?2 WHERE hash = ?1').bind(sha256(text), Date.now()).run();
    const refused = await publishing.send(two.token, { 'index.html': text });
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '60');
    assert.equal(((await refused.json()) as { code: string }).code, 'try_again');
    assert.equal(await publishing.live(two), null);
    const waiting = publishing.send(two.token, { 'index.html': text });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await publishing.bucket.delete(`blobs/${sha256(text)}`);
    await publishing.db.prepare('DELETE FROM blob_doomed WHERE hash = ?1').bind(sha256(text)).run();
    assert.equal((await waiting).status, 201);
    assert.equal((await publishing.get(two.label)).text, text);
  });

  it('of a sweep that died are free again after a while', async () => {
    const [one, two] = [await publishing.site(), await publishing.site()];
    const text = `left by a dead sweep ${newId()}`;
    await publishing.publish(one, { 'index.html': text });
    await remove(one);
    await publishing.db.prepare('UPDATE blob_doomed SET deleting_at = ?2 WHERE hash = ?1').bind(sha256(text), Date.now() - 21 * 60_000).run();
    await sweep();
    assert.equal((await doomed(text))?.deleting_at, null);
    await publishing.publish(two, { 'index.html': text });
    await agesBy(DAY + 1);
    await sweep();
    assert.ok(await there(text));
  });

  it('of versions from before holds were written down are held first, and nothing is swept until then', async () => {
    const [old, gone] = [await publishing.site(), await publishing.site()];
    const [kept, first, lost] = [`kept ${newId()}`, `first ${newId()}`, `lost ${newId()}`];
    const { snapshotId } = await publishing.publish(old, { 'index.html': first });
    await publishing.publish(old, { 'index.html': kept });
    await publishing.restore(old, snapshotId);
    await publishing.publish(gone, { 'index.html': lost });
    await remove(gone);
    await agesBy(DAY + 1);
    await publishing.db.prepare('UPDATE site_snapshot SET blobs_recorded = 0 WHERE site_id = ?1').bind(old.id).run();
    await publishing.db.prepare('DELETE FROM blob_use WHERE site_id = ?1').bind(old.id).run();
    await publishing.db.prepare('INSERT INTO blob_doomed (hash, doomed_at) VALUES (?1, 1), (?2, 1)').bind(sha256(kept), sha256(first)).run();
    await sweep();
    await sweep();
    assert.deepEqual([await there(kept), await there(first), await there(lost)], [true, true, false]);
    assert.equal(await doomed(kept), null);
    const left = await publishing.db.prepare('SELECT count(*) AS n FROM site_snapshot WHERE blobs_recorded = 0').first<{ n: number }>();
    assert.equal(left?.n, 0);
    // A site that goes before anybody wrote down what it holds.
    await publishing.db.prepare('UPDATE site_snapshot SET blobs_recorded = 0 WHERE site_id = ?1').bind(old.id).run();
    await publishing.db.prepare('DELETE FROM blob_use WHERE site_id = ?1').bind(old.id).run();
    await remove(old);
    await agesBy(DAY + 1);
    await sweep();
    assert.deepEqual([await there(kept), await there(first)], [false, false]);
  });
});

describe('what is done with a site', () => {
  it('is written down once, with who did it', async () => {
    const ann = await stack.owner('ann-did');
    const site = { id: ann.siteId, label: ann.label, token: await publishing.token(ann.siteId) };
    const { snapshotId } = await publishing.publish(site, { 'index.html': 'one' });
    await publishing.publish(site, { 'index.html': 'two' });
    const headers = { 'user-agent': 'A browser of Ann' };
    const restored = await ann.send('POST', `/api/sites/${ann.domain}/snapshots`, { snapshotId }, { headers });
    assert.equal(restored.status, 200, await restored.text());
    assert.equal((await ann.send('POST', `/api/sites/${ann.domain}/snapshots`, { snapshotId }, { headers })).status, 409);
    assert.equal((await ann.fetch(`/api/sites/${ann.domain}`, { method: 'DELETE', headers })).status, 204);
    const { events } = await ann.json<{ events: { kind: string; subject: string; userAgent: string }[] }>('/api/account/audit');
    const about = events.filter(({ subject }) => subject === ann.domain).map(({ kind, userAgent }) => `${kind} ${userAgent}`.trim());
    assert.deepEqual(about.slice(0, 4), ['site_deleted A browser of Ann', 'rolled_back A browser of Ann', 'deployed', 'deployed']);
    assert.match(about[4] ?? '', /^site_created/);
    assert.equal(about.length, 5);
  });
});
