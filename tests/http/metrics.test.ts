/** What is counted: versions that are published and brought back, turns, requests and failures; and nothing of a person's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Point } from '../../scripts/stack/counter.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { Publishing, type Site } from './publishing.ts';

const points: Point[] = [];
let stack: TestStack;
let publishing: Publishing;
let ann: Person & { label: string; domain: string; siteId: string };
let site: Site;

before(async () => {
  stack = await startTestStack({ counted: (point) => void points.push(point) });
  publishing = await Publishing.of(stack);
  ann = await stack.owner('ann');
  site = { id: ann.siteId, label: ann.label, token: await publishing.token(ann.siteId) };
});
after(async () => await stack.close());

/** Waits for points of a kind by a worker, as many as there should be, and forgets all. */
async function counted(kind: string, worker: string, count: number): Promise<Point[]> {
  const found = (): Point[] => points.filter(({ blobs }) => blobs[0] === kind && blobs[1] === worker);
  for (let tries = 0; found().length < count; tries += 1) {
    assert.ok(tries < 100, `${kind} was counted ${found().length} times, not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const those = found();
  points.length = 0;
  return those;
}

/** A point without the time that it took, which must be one. */
function timeless({ indexes, blobs, doubles: [standsFor, ms = -1, ...others] }: Point): object {
  assert.ok(ms >= 0 && ms < 60_000, `${blobs.join()} took ${ms} ms`);
  return { indexes, blobs, doubles: [standsFor, ...others] };
}

describe('what the workers count', () => {
  it('says of each version how it came, how it ended and what it has', async () => {
    points.length = 0;
    const first = await publishing.publish(site, { 'index.html': 'one', 'a.txt': '12' });
    const draft = await publishing.publish(site, { 'index.html': 'draft' }, { live: false });
    await publishing.publish(site, { 'index.html': 'three' });
    const restore = async (snapshotId: string): Promise<number> => {
      const answer = await ann.send('POST', `/api/sites/${ann.domain}/snapshots`, { snapshotId });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await restore(first.snapshotId), 200);
    assert.equal(await restore(draft.snapshotId), 200);
    // What did not happen is not counted.
    assert.equal(await restore('z'.repeat(24)), 404);
    const of = (by: string, outcome: string, files: number, bytes: number): object => ({
      indexes: ['vetka-deploy'],
      blobs: ['deploy', 'vetka-deploy', by, outcome],
      doubles: [1, files, bytes],
    });
    assert.deepEqual((await counted('deploy', 'vetka-deploy', 5)).map(timeless), [
      of('agent', 'live', 2, 5),
      of('agent', 'draft', 1, 5),
      of('agent', 'live', 1, 5),
      of('manual', 'restored', 2, 5),
      of('manual', 'restored', 1, 5),
    ]);
  });

  it('says of each request which route it took and how it ended', async () => {
    points.length = 0;
    for (const path of ['/healthz', `/api/sites/${ann.domain}`, '/nothing/of/the/kind']) await (await ann.fetch(path)).arrayBuffer();
    const requests = (await counted('request', 'vetka-api', 3)).map(timeless);
    assert.deepEqual(requests.map((point) => JSON.stringify(point)), [
      ['/healthz', '2xx', 200],
      ['/api/sites/{domain}', '2xx', 200],
      ['none', '4xx', 404],
    ].map(([route, kind, status]) => JSON.stringify({ indexes: ['vetka-api'], blobs: ['request', 'vetka-api', route, kind], doubles: [1, status, 0] })));
  });

  it('says of a turn how it ended', async () => {
    points.length = 0;
    await (await ann.send('POST', '/api/agent/stream', { message: 'A site about my bakery' })).text();
    const [turn] = await counted('turn', 'vetka-agent', 1);
    assert.ok(turn);
    assert.deepEqual(timeless(turn), { indexes: ['vetka-agent'], blobs: ['turn', 'vetka-agent', 'done', ''], doubles: [1, 0, 0] });
  });

  it('says what failed, a second time for that alone', async () => {
    const bakery = await publishing.site();
    const { snapshotId } = await publishing.publish(bakery, { 'index.html': 'bread' });
    const [key = ''] = (await publishing.keys('')).filter((one) => one.includes(`manifest`) && one.includes(snapshotId));
    assert.ok(key);
    await publishing.bucket.delete(key.split(' ')[0] ?? '');
    points.length = 0;
    assert.equal((await publishing.get(bakery.label, '/', { reload: true })).status, 503);
    assert.deepEqual((await counted('error', 'vetka-hosting', 1)).map(({ indexes, blobs, doubles }) => ({ indexes, kind: blobs.slice(0, 2), doubles })), [
      { indexes: ['vetka-hosting'], kind: ['error', 'vetka-hosting'], doubles: [1, 0, 0, 0] },
    ]);
  });

  it('says nothing of a person', async () => {
    points.length = 0;
    await (await ann.fetch(`/api/sites/${ann.domain}/snapshots?secret=${ann.email}`, { headers: { 'user-agent': 'a browser of one' } })).arrayBuffer();
    await (await stack.anybody.fetch(`${stack.siteOrigin('ann')}/private/page.html`)).arrayBuffer();
    const said = JSON.stringify(await counted('request', 'vetka-api', 1));
    for (const theirs of [ann.email, ann.domain, ann.siteId, ann.network, 'a browser of one', 'private']) assert.ok(!said.includes(theirs), theirs);
  });
});
