/**
 * Measures, and prints ratios against what is measured beside it in the same run. Without arguments all of it; or the
 * parts that are named: serving, going-live, redeploying, starting, relay, replay, pages, social.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestStack } from '../tests/http/harness.ts';
import { Publishing } from '../tests/http/publishing.ts';
import { SESSION_KEY } from '../tests/http/session-token.ts';
import { goingLive } from './measure/going-live.ts';
import { pages } from './measure/pages.ts';
import { startPeers, type Peers } from './measure/peers.ts';
import { redeploying } from './measure/redeploying.ts';
import { relay, replay } from './measure/relay.ts';
import { FILES, serving } from './measure/serving.ts';
import { social } from './measure/social.ts';
import { firstRequests, modules } from './measure/starting.ts';

const PARTS = ['serving', 'going-live', 'redeploying', 'starting', 'relay', 'replay', 'pages', 'social'];
const asked = process.argv.slice(2);
const unknown = asked.find((part) => !PARTS.includes(part));
if (unknown !== undefined) {
  console.error(`There is no part “${unknown}”. Parts: ${PARTS.join(', ')}.`);
  process.exit(2);
}
const wanted = (part: string): boolean => asked.length === 0 || asked.includes(part);

// Beside no other: it takes most of a machine's memory for files.
if (wanted('social')) await social(10_000, Number(process.env['BENCH_SITES'] ?? 1_000_000));
if (asked.length === 1 && asked[0] === 'social') process.exit(0);

const folder = mkdtempSync(join(tmpdir(), 'vetka-bench-'));
const stack = await startTestStack({ agentStepMs: 20, settings: { SESSION_KEY } });
let peers: Peers | undefined;
try {
  // First, while nobody is there but those whom it brings.
  if (wanted('pages')) await pages(stack);
  if (wanted('serving')) {
    peers = await startPeers(join(folder, 'serving'), FILES);
    await serving(stack, peers);
    await peers.close();
  }
  if (wanted('going-live')) await goingLive(stack);
  if (wanted('redeploying')) await redeploying(stack, folder);
  if (wanted('relay')) await relay(stack, SESSION_KEY);
  if (wanted('replay')) await replay(stack);
  if (wanted('starting')) {
    const publishing = await Publishing.of(stack);
    const site = await publishing.site();
    await publishing.publish(site, FILES);
    let start = 0;
    await firstRequests(stack, site.label, async () => {
      await peers?.close();
      return (peers = await startPeers(join(folder, `start-${start++}`), FILES));
    });
    modules();
  }
} finally {
  await peers?.close();
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}
