/**
 * The model test's questions, put to the real thing: many people publish, go back, delete and take names at once on
 * real workerd, D1 and R2, while others look. The model in r2/tests/model tries orders that a network never shows;
 * this one shows that the SQL and the bucket do what the model takes for granted.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { Publishing, sha256, type Published, type Site } from './publishing.ts';

const LABELS = ['race-one', 'race-two', 'race-three'];
const ROUNDS = 30;

/** A small generator of chances, so that a failure can be had again with its seed. */
function chances(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

let stack: TestStack;
let publishing: Publishing;
before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
});
after(() => stack.close());

const seed = Number(process.env['VETKA_RACE_SEED'] ?? Date.now() % 1_000_000);

it(`every look shows one version of whoever has the name (seed ${seed})`, async () => {
  const below = chances(seed);
  const now = new Map<string, Site>();
  const versions = new Map<string, Published[]>();
  /** What a page may say, by name. */
  const written = new Map<string, Set<string>>(LABELS.map((label) => [label, new Set()]));
  /** Sites that are gone: nothing of theirs may be seen by a look that began later. */
  const gone = new Set<string>();
  let looks = 0;
  let count = 0;

  const claim = async (label: string): Promise<void> => {
    const site = await publishing.site(label);
    versions.set(site.id, []);
    now.set(label, site);
  };
  const publish = async (site: Site): Promise<void> => {
    const text = `${site.id} ${++count}`;
    written.get(site.label)?.add(text);
    const response = await publishing.send(site.token, { 'index.html': text, 'own.txt': text });
    if (response.status === 201) versions.get(site.id)?.push((await response.json()) as Published);
    else assert.ok([401, 410, 503].includes(response.status), `publishing answered ${response.status}`);
  };
  const goBack = async (site: Site): Promise<void> => {
    const own = versions.get(site.id) ?? [];
    const target = own[below(own.length || 1)];
    if (!target) return;
    const answer = await publishing.restore(site, target.snapshotId);
    assert.ok([200, 404, 409].includes(answer.status), `restoring answered ${answer.status}`);
  };
  const takeOver = async (site: Site): Promise<void> => {
    const answer = await publishing.internal('DELETE', `/sites/${site.id}`);
    assert.equal(answer.status, 204);
    gone.add(site.id);
    if (now.get(site.label) === site) await claim(site.label);
  };
  const look = async (label: string): Promise<void> => {
    const goneBefore = new Set(gone);
    const answer = await publishing.get(label, '/', { reload: true });
    if (answer.status === 404) return;
    assert.equal(answer.status, 200, answer.text);
    assert.ok(written.get(label)?.has(answer.text), `${label} showed ${answer.text}`);
    assert.equal(answer.headers.get('etag'), `"${sha256(answer.text)}"`);
    assert.ok(!goneBefore.has(answer.text.split(' ')[0] ?? ''), `${label} showed a site that was gone: ${answer.text}`);
    looks++;
  };

  for (const label of LABELS) await claim(label);
  for (let round = 0; round < ROUNDS; round++) {
    const doing: Promise<void>[] = [];
    for (const label of LABELS) {
      const site = now.get(label);
      assert.ok(site);
      for (let n = 1 + below(4); n > 0; n--) doing.push(below(3) ? publish(site) : goBack(site));
      for (let n = below(4); n > 0; n--) doing.push(look(label));
      if (below(8) === 0) doing.push(takeOver(site));
    }
    if (below(4) === 0) doing.push(stack.scheduled('deploy'));
    await Promise.all(doing);
  }
  await stack.scheduled('deploy');

  for (const [label, site] of now) {
    const latest = await publishing.db
      .prepare("SELECT id, manifest_id FROM site_snapshot WHERE site_id = ?1 AND status = 'success' ORDER BY seq DESC LIMIT 1")
      .bind(site.id)
      .first<{ id: string; manifest_id: string }>();
    const row = await publishing.db
      .prepare('SELECT live_snapshot_id AS live, edge_snapshot_id AS edge FROM site WHERE id = ?1')
      .bind(site.id)
      .first();
    assert.deepEqual(row, { live: latest?.id ?? null, edge: latest?.id ?? null });
    const answer = await publishing.get(label, '/own.txt', { reload: true });
    const shown = latest ? await publishing.get(`v--${latest.manifest_id}`, '/own.txt') : undefined;
    assert.equal(answer.status, latest ? 200 : 404);
    if (latest) assert.equal(answer.text, shown?.text);
  }
  assert.ok(looks > 20 && gone.size > 3, `${looks} looks, ${gone.size} sites gone`);
  console.log(`${count} published, ${looks} looks, ${gone.size} sites gone`);
});
