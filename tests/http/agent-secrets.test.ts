/** A canary: the deploy token that the agent gets is nowhere else. Not in a frame, an answer, a log line, a transcript, nor anywhere in what we keep. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Faults, Seat, session, stream } from './agent-kit.ts';
import { type TestStack, startTestStack } from './harness.ts';

/** All that this process and workerd beneath it write while the tests run. */
let written = '';
for (const out of [process.stdout, process.stderr]) {
  const write = out.write.bind(out) as (...args: unknown[]) => boolean;
  out.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    return write(chunk, ...rest);
  };
}

const files = (path: string): string[] =>
  readdirSync(path).flatMap((name) => {
    const inner = join(path, name);
    return statSync(inner).isDirectory() ? files(inner) : [inner];
  });

let stack: TestStack;
let faults: Faults;
before(async () => {
  stack = await startTestStack();
  faults = new Faults(stack);
});
after(async () => await stack.close());

describe('the deploy token', () => {
  it('is with the agent, good for two hours and one site, and nowhere else', async () => {
    const ann = await stack.owner('ann');
    const seat = await Seat.open(ann);
    const sse = await (await stream(ann, { message: 'A site about canaries' })).text();
    await seat.over(1);
    const begun = await session(ann);
    const [upstream] = await faults.sessions(begun.conversationId);
    const history = await faults.history(upstream!.id);
    const answer = history.find(({ type }) => type === 'user.custom_tool_result');
    const { token, deployUrl, expiresAt } = JSON.parse(answer?.content?.[0]?.text ?? '{}') as Record<string, string>;
    assert.match(token ?? '', /^vdt_[A-Za-z0-9_-]{43}$/);
    assert.equal(deployUrl, `${stack.addresses.app}/api/agent/deploy`);
    const left = Date.parse(expiresAt!) - Date.now();
    assert.ok(left > 119 * 60_000 && left <= 120 * 60_000, expiresAt);
    const rows = await (await stack.db()).prepare('SELECT site_id, token_hash FROM deploy_token').all();
    assert.deepEqual(rows.results.map(({ site_id }) => site_id), [begun.site.id]);
    assert.match(String(rows.results[0]?.['token_hash']), /^[0-9a-f]{64}$/);

    const secret = token!.slice(4);
    const bucket = await stack.bucket();
    const { objects } = await bucket.list({ prefix: `transcripts/${begun.conversationId}/` });
    assert.equal(objects.length, 1);
    const transcript = await (await bucket.get(objects[0]!.key))!.text();
    assert.ok(transcript.includes('get_deploy_credentials') && transcript.includes('[hidden]'), 'the transcript is not what it should be');
    for (const [where, text] of Object.entries({ transcript, sse, frames: seat.raw.join('\n'), session: JSON.stringify(begun), written })) {
      assert.ok(!text.includes(secret), `the token is in: ${where}`);
      assert.ok(!/vdt_[A-Za-z0-9_-]/.test(text), `a token is in: ${where}`);
    }
    for (const file of files(join(stack.stateDir, 'v3'))) {
      assert.ok(!readFileSync(file).includes(secret), `the token is in ${file}`);
    }
    assert.match(written, /"event":"published"/, 'the log of workerd was not seen at all');
  });

  it('is another one for another request, and the transcript holds every event of its turn once', async () => {
    const ben = await stack.owner('ben');
    const { conversationId } = await session(ben);
    for (const message of ['A site about birds', 'make it green']) await (await stream(ben, { message })).text();
    const [upstream] = await faults.sessions(conversationId);
    const history = await faults.history(upstream!.id);
    const tokens = history.filter(({ type }) => type === 'user.custom_tool_result').map(({ content }) => content?.[0]?.text);
    assert.equal(new Set(tokens).size, 2);
    const bucket = await stack.bucket();
    const { objects } = await bucket.list({ prefix: `transcripts/${conversationId}/` });
    const lines = (await Promise.all(objects.map(async ({ key }) => (await (await bucket.get(key))!.text()).trim().split('\n')))).flat();
    const kept = lines.map((line) => JSON.parse(line) as { id: string; processed_at: string | null }).filter(({ processed_at }) => processed_at !== null);
    assert.deepEqual(kept.map(({ id }) => id), history.map(({ id }) => id));
  });
});
