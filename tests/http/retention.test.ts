/** Which versions a site keeps, what it is set to, and that both reach visitors when a write was lost on the way. */
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

const there = async (key: string): Promise<boolean> => (await publishing.bucket.head(key)) !== null;
const set = async (site: Site, change: object) => await publishing.internal('PATCH', `/sites/${site.id}/settings`, change);
const versions = async (site: Site): Promise<string[]> => {
  const rows = await publishing.db.prepare('SELECT id FROM site_snapshot WHERE site_id = ?1 ORDER BY seq').bind(site.id).all<{ id: string }>();
  return rows.results.map(({ id }) => id);
};
const ages = async (): Promise<void> => {
  await publishing.db.batch([
    publishing.db.prepare('UPDATE blob_doomed SET doomed_at = doomed_at - ?1').bind(DAY + 1),
    publishing.db.prepare('UPDATE manifest_doomed SET doomed_at = doomed_at - ?1').bind(DAY + 1),
    publishing.db.prepare("UPDATE site_snapshot SET finished_at = finished_at - ?1 WHERE status = 'failed'").bind(DAY + 1),
    publishing.db.prepare('UPDATE site SET prune_at = 0 WHERE prune_at IS NOT NULL'),
  ]);
};

describe('retention', () => {
  it('keeps the newest fifty, the live one and the pinned ones, and what any of them names', async () => {
    const site = await publishing.site();
    const text = (n: number): string => `version ${n} ${site.id}`;
    const made: string[] = [];
    for (let n = 0; n < 54; n++) made.push((await publishing.publish(site, { 'index.html': text(n), 'a.txt': `every ${site.id}` })).snapshotId);
    await publishing.db.prepare('UPDATE site_snapshot SET pinned_at = 1 WHERE id = ?1').bind(made[1]).run();
    // Restored, so that an entry that stays names the list of one that goes.
    assert.equal((await publishing.restore(site, made[0] ?? '')).status, 200);
    await stack.scheduled('deploy');
    const kept = await versions(site);
    assert.equal(kept.length, 52);
    assert.deepEqual([made[0], made[1], made[2], made[3], made[4]].map((id) => kept.includes(id ?? '')), [false, true, false, false, true]);
    await ages();
    await stack.scheduled('deploy');
    assert.deepEqual(
      await Promise.all([0, 1, 2, 3, 4].map(async (n) => await there(`blobs/${sha256(text(n))}`))),
      [true, true, false, false, true],
    );
    assert.deepEqual(
      await Promise.all(made.slice(0, 5).map(async (id) => await there(`manifests/${site.id}/${id}`))),
      [true, true, false, false, true],
    );
    assert.equal((await publishing.get(site.label)).text, text(0));
    assert.equal((await publishing.get(`v--${made[1]}`, '/a.txt')).text, `every ${site.id}`);
    assert.equal((await publishing.get(`v--${made[2]}`)).status, 404);
    // Nothing is left to look for, until something happens to its versions.
    const row = await publishing.db.prepare('SELECT prune_at FROM site WHERE id = ?1').bind(site.id).first<{ prune_at: number | null }>();
    assert.equal(row?.prune_at, null);
  });

  it('lets go of what a version that failed had taken hold of', async () => {
    const site = await publishing.site();
    await publishing.publish(site, { 'index.html': `good ${site.id}` });
    const [id, blob] = [newId(), sha256(`abandoned ${site.id}`)];
    await publishing.db.batch([
      publishing.db
        .prepare(
          `INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at, blobs_recorded)
           VALUES (?1, ?2, ?1, 1, 1, 'building', 'agent', ?3, 1)`,
        )
        .bind(id, site.id, Date.now() - 16 * 60_000),
      publishing.db.prepare('INSERT INTO blob_use (hash, site_id) VALUES (?1, ?2)').bind(blob, site.id),
    ]);
    await publishing.bucket.put(`blobs/${blob}`, `abandoned ${site.id}`);
    await stack.scheduled('deploy');
    assert.ok((await versions(site)).includes(id), 'it is listed for a day');
    await ages();
    await stack.scheduled('deploy');
    assert.ok(!(await versions(site)).includes(id));
    await ages();
    await stack.scheduled('deploy');
    assert.equal(await there(`blobs/${blob}`), false);
    assert.equal((await publishing.get(site.label)).text, `good ${site.id}`);
  });
});

describe('settings', () => {
  it('take a site down at all its addresses and put it back, and publish nothing meanwhile', async () => {
    const site = await publishing.site();
    const { snapshotId } = await publishing.publish(site, { 'index.html': 'up' });
    await publishing.publish(site, { 'index.html': 'up again' });
    assert.equal((await set(site, { takenDown: 'law', note: 'A court said so.' })).status, 204);
    assert.equal((await publishing.get(site.label, '/', { reload: true })).status, 451);
    assert.equal((await publishing.get(`v--${snapshotId}`)).status, 451);
    const refused = await publishing.send(site.token, { 'index.html': 'new' });
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [403, 'taken_down']);
    assert.equal((await publishing.restore(site, snapshotId)).status, 403);
    await set(site, { takenDown: 'abuse' });
    assert.equal((await publishing.get(site.label, '/', { reload: true })).status, 410);
    assert.equal((await set(site, { takenDown: null })).status, 204);
    assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'up again');
  });

  it('refuse what is no setting, and a site that is not there', async () => {
    const site = await publishing.site();
    for (const bad of [{ seq: 9 }, { notFound: 'sometimes' }, { takenDown: 'boredom' }, { domain: 'A.example' }]) {
      assert.equal((await set(site, bad)).status, 400, JSON.stringify(bad));
    }
    assert.equal((await publishing.internal('PATCH', `/sites/${newId()}/settings`, {})).status, 404);
    const other = await publishing.site();
    assert.equal((await set(site, { domain: `${site.label}.example` })).status, 204);
    assert.equal((await set(other, { domain: `${site.label}.example` })).status, 409);
  });

  it('and the version reach visitors by the schedule when the write of the edge’s copy was lost', async () => {
    const site = await publishing.site();
    await publishing.publish(site, { 'index.html': 'one' });
    const stale = (await (await publishing.bucket.get(`live/${site.label}`))?.text()) ?? '';
    await publishing.publish(site, { 'index.html': 'two' });
    await set(site, { notFound: 'page' });
    // As a crash right after the ledger's transaction leaves it: once with an old copy, once with none.
    for (const lose of [
      async () => void (await publishing.bucket.put(`live/${site.label}`, stale)),
      async () => await publishing.bucket.delete(`live/${site.label}`),
    ]) {
      await lose();
      await publishing.db.prepare('UPDATE site SET edge_snapshot_id = NULL, edge_settings_seq = 0 WHERE id = ?1').bind(site.id).run();
      assert.notEqual((await publishing.get(site.label, '/', { reload: true })).text, 'two');
      await stack.scheduled('deploy');
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'two');
      const record = JSON.parse((await (await publishing.bucket.get(`live/${site.label}`))?.text()) ?? '{}') as { settings?: object };
      assert.deepEqual({ ...record.settings }, { notFound: 'page', notch: true, canonical: 'domain' });
      const row = await publishing.db.prepare('SELECT edge_snapshot_id = live_snapshot_id AS same, edge_settings_seq = settings_seq AS set_ FROM site WHERE id = ?1').bind(site.id).first();
      assert.deepEqual(row, { same: 1, set_: 1 });
    }
  });
});
