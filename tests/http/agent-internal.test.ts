/** What other workers tell the conversation, and what D1 does for it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { FormData } from 'undici';
import { root } from '../../scripts/stack/root.ts';
import { scriptName } from '../../scripts/stack/stack.ts';
import { Faults, Seat, converse, session, stream } from './agent-kit.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';

let stack: TestStack;
let faults: Faults;
let ann: Person;
before(async () => {
  stack = await startTestStack({ agentStepMs: 10 });
  faults = new Faults(stack);
  ann = await stack.owner('ann');
});
after(async () => await stack.close());

async function internal(method: string, path: string, body?: object): Promise<number> {
  const worker = await stack.stack.miniflare().getWorker(scriptName('agent'));
  const response = await worker.fetch(`http://agent.internal${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  await response.text();
  return response.status;
}

describe('a version that goes live', () => {
  it('is shown to everybody who looks on, once', async () => {
    const { site } = await session(ann);
    const seat = await Seat.open(ann);
    const snapshotId = 'abcdefghijklmnopqrstuvwx';
    assert.equal(await internal('POST', `/sites/${site.id}/published`, { snapshotId, seq: 1 }), 204);
    assert.equal(await internal('POST', `/sites/${site.id}/published`, { snapshotId, seq: 1 }), 204);
    const frame = await seat.find(({ type }) => type === 'preview_updated');
    assert.deepEqual([frame.turn, frame.snapshotId, frame.url], [null, snapshotId, `${stack.siteOrigin(`v--${snapshotId}`)}/`]);
    const late = await Seat.open(ann);
    assert.equal(late.log().filter(({ type }) => type === 'preview_updated').length, 1);
    await seat.close();
    await late.close();
  });

  it('of a site that nobody has talked about is nobody\'s business', async () => {
    assert.equal(await internal('POST', `/sites/${'z'.repeat(24)}/published`, { snapshotId: 'a'.repeat(24), seq: 1 }), 204);
    assert.equal(await internal('DELETE', `/sites/${'z'.repeat(24)}/conversation`), 204);
    assert.equal(await internal('GET', '/healthz'), 200);
    assert.equal(await internal('GET', '/api/agent/session'), 404);
  });
});

describe('forgetting a conversation', () => {
  it('in the middle of a turn leaves nothing here and nothing at the agent service', async () => {
    await faults.set({ stepMs: 60 });
    const ben = await stack.owner('ben');
    const form = new FormData();
    form.set('file', new File(['hello'], 'note.txt'));
    const upload = await ben.json<{ id: string; url: string }>('/api/agent/upload', { method: 'POST', body: form });
    const { conversationId, site } = await session(ben);
    const seat = await Seat.open(ben);
    const pending = stream(ben, { message: 'A site about bees', attachments: [upload.id] });
    await seat.find(({ phase }) => phase === 'writing');
    assert.equal(await internal('DELETE', `/sites/${site.id}/conversation`), 204);
    await seat.find(({ code }) => code === 'conversation_gone');
    await (await pending).text();
    const bucket = await stack.bucket();
    for (const prefix of ['uploads', 'transcripts']) {
      assert.deepEqual((await bucket.list({ prefix: `${prefix}/${conversationId}/` })).objects, []);
    }
    assert.equal((await ben.fetch(upload.url)).status, 404);
    const again = await session(ben);
    assert.deepEqual([again.messages, again.lastSeq, again.status], [[], 0, 'idle']);
    for (let n = 0; n < 40 && (await faults.sessions(conversationId)).length > 0; n += 1) await sleep(250);
    assert.deepEqual(await faults.sessions(conversationId), []);
    await faults.clear();
    const events = await converse(ben, { message: 'A site about wasps' });
    assert.deepEqual([events.at(-1)?.data.turn, events.at(-1)?.data.outcome], [1, 'done']);
  });
});

it('no question to D1 reads a whole table', async () => {
  const db = await stack.db();
  for (const file of ['access.rs', 'managed/answers.rs']) {
    const source = readFileSync(join(root, 'workers/agent/src', file), 'utf8');
    const statements = [...source.matchAll(/const [A-Z_]+: &str =\s*"((?:[^"\\]|\\[^])*)"/g)]
      .map(([, sql = '']) => sql.replace(/\\\s*\n\s*/g, ' '))
      .filter((sql) => /^(SELECT|DELETE|UPDATE)/.test(sql));
    assert.ok(statements.length > 0, file);
    for (const sql of statements) {
      const values = Array.from({ length: new Set(sql.match(/\?\d/g)).size }, () => 'x');
      const { results } = await db.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values).all<{ detail: string }>();
      for (const { detail } of results) assert.doesNotMatch(detail, /^SCAN/, sql);
    }
  }
});
