/** Going live: bringing back a version, and a draft, of many files against one of few. */
import { fetch as undiciFetch } from 'undici';
import { loopback, type TestStack } from '../../tests/http/harness.ts';
import { Publishing, sha256, type Files, type Site } from '../../tests/http/publishing.ts';
import { median } from './load.ts';
import { table } from './table.ts';

const ROUNDS = 21;
/** Fewer: each has a draft of its own, which goes live once. */
const DRAFTS = 7;
const FEW = 10;
const MANY = 10_000;

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export async function goingLive(stack: TestStack): Promise<void> {
  const publishing = await Publishing.of(stack);
  const few = await prepare(stack, publishing, FEW);
  const many = await prepare(stack, publishing, MANY);
  await many.restore();
  await few.restore();
  table(
    ['going live, milliseconds', `${MANY} files`, `${FEW} files`, 'ratio'],
    [
      await compared('an earlier version', ROUNDS, many.restore, few.restore),
      await compared('a draft', DRAFTS, many.publishDraft, few.publishDraft),
    ],
  );
}

interface Prepared {
  /** Goes to and fro between two versions. */
  restore: () => Promise<unknown>;
  /** Takes the next draft live. */
  publishDraft: () => Promise<unknown>;
}

async function prepare(stack: TestStack, publishing: Publishing, count: number): Promise<Prepared> {
  const others = Object.fromEntries(Array.from({ length: count - 1 }, (_, at) => [`page-${at}.txt`, `page ${at}`]));
  const site = await publishing.site();
  const first = await publishing.publish(site, { 'index.html': 'one', ...others });
  const second = await publishing.publish(site, { 'index.html': 'two', ...others });
  const drafts: string[] = [];
  for (let n = 0; n < DRAFTS; n++) drafts.push(await draft(stack, site, { 'index.html': `draft ${n}`, ...others }));
  const goLive = async (snapshotId: string): Promise<void> => {
    const { status } = await publishing.restore(site, snapshotId);
    if (status !== 200) throw new Error(`going live answered ${status}`);
  };
  let turn = 0;
  return {
    restore: () => goLive((turn++ % 2 ? second : first).snapshotId),
    publishDraft: () => goLive(drafts.pop() ?? ''),
  };
}

/** Makes a version that is not live, sending only what the site lacks. */
async function draft(stack: TestStack, site: Site, files: Files): Promise<string> {
  const ask = async (method: string, path: string, body?: string): Promise<Record<string, unknown>> => {
    const response = await undiciFetch(new URL(`/api/agent/deploy/uploads${path}`, stack.addresses.app), {
      dispatcher: loopback,
      method,
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
  };
  const listed = Object.entries(files).map(([path, content]) => ({ path, sha256: sha256(content), size: Buffer.byteLength(content) }));
  const begun = await ask('POST', '', JSON.stringify({ files: listed, live: false }));
  const id = String(begun['uploadId']);
  for (const hash of begun['missing'] as string[]) {
    const content = Object.values(files).find((content) => sha256(content) === hash);
    await ask('PUT', `/${id}/blobs/${hash}`, String(content));
  }
  await ask('POST', `/${id}/commit`);
  return id;
}

/** Takes turns, so that what disturbs one disturbs the other. */
async function compared(name: string, rounds: number, a: () => Promise<unknown>, b: () => Promise<unknown>): Promise<string[]> {
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) times.push([await milliseconds(a), await milliseconds(b)]);
  const [many, few, ratio] = [times.map(([a]) => a), times.map(([, b]) => b), times.map(([a, b]) => a / b)];
  return [name, median(many).toFixed(1), median(few).toFixed(1), median(ratio).toFixed(2)];
}
