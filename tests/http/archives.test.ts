/** Versions of more files than one archive may hold: each is read by itself, and a request cannot ask without end. Here the bound is 3. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { refused } from './account-kit.ts';
import { type Response, type TestStack, startTestStack } from './harness.ts';
import { type Files, Publishing, newId } from './publishing.ts';

type Owner = Awaited<ReturnType<TestStack['owner']>>;

const FILES: Files = { 'index.html': '<h1>Home</h1>', 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c', 'same-as-c.txt': 'c', 'd/e.txt': 'e', 'd/f.txt': 'f' };
let stack: TestStack;
let folder: string;
let owner: Owner;
let version: string;

before(async () => {
  stack = await startTestStack({ settings: { ARCHIVE_FILES: '3' } });
  folder = mkdtempSync(join(tmpdir(), 'vetka-archives-'));
  owner = await stack.owner('many-files');
  const publishing = await Publishing.of(stack);
  const site = { id: owner.siteId, label: owner.label, token: await publishing.token(owner.siteId) };
  version = (await publishing.publish(site, FILES)).snapshotId;
});
after(async () => {
  await stack?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The names and texts in an archive, read by another program. */
async function unzip(answer: Response): Promise<Record<string, string>> {
  assert.equal(answer.status, 200);
  const at = join(folder, `${newId()}.zip`);
  writeFileSync(at, new Uint8Array(await answer.arrayBuffer()));
  const script = 'import sys,zipfile,json\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n'
    + 'print(json.dumps({i.filename: z.read(i).decode() for i in z.infolist()}))';
  return JSON.parse(execFileSync('python3', ['-c', script, at], { encoding: 'utf8' })) as Record<string, string>;
}

describe('a version of more files than one archive holds', () => {
  it('comes in parts, which together are exactly the version', async () => {
    for (const path of [`/api/sites/${owner.domain}/archive`, `/api/sites/${owner.domain}/snapshots/${version}/archive`]) {
      const parts: Record<string, string>[] = [];
      for (const part of [1, 2, 3]) {
        const answer = await owner.fetch(`${path}?part=${part}`);
        assert.match(answer.headers.get('content-disposition') ?? '', new RegExp(`^attachment; filename="many-files-\\d{4}-\\d\\d-\\d\\d-\\d{4}-part-${part}-of-3\\.zip"$`));
        parts.push(await unzip(answer));
      }
      assert.deepEqual(parts.map((part) => Object.keys(part).length), [3, 3, 1]);
      assert.deepEqual(Object.assign({}, ...parts), FILES);
    }
  });

  it('is refused as one archive before anything is sent, in a sentence that says how it can be had', async () => {
    const path = `/api/sites/${owner.domain}/archive`;
    const whole = await owner.fetch(path);
    const refusal = (await whole.json()) as { code: string; message: string; parts: number };
    assert.deepEqual([whole.status, refusal.code, refusal.parts], [413, 'too_many_files', 3]);
    assert.equal(
      refusal.message,
      'This version has 7 files, more than one archive can hold. Download it in 3 parts and unpack them into one folder: add ?part=1 to this address, then ?part=2, and so on.',
    );
    for (const part of ['0', '4', '-1', '1.5', 'x', '']) await refused(owner.fetch(`${path}?part=${part}`), 422, 'invalid_part');
  });

  it('has a link to each part on its page, and one link when it is small', async () => {
    const page = async (): Promise<string> => await (await owner.fetch(`/sites/${owner.domain}/builder?tab=versions`)).text();
    const many = await page();
    for (const part of [1, 2, 3]) {
      assert.ok(many.includes(`href="/api/sites/${owner.domain}/archive?part=${part}" download>Download the live site as zip, part ${part} of 3<`));
      assert.ok(many.includes(`/snapshots/${version}/archive?part=${part}" download>Download as zip, part ${part} of 3<`));
    }
    const publishing = await Publishing.of(stack);
    await publishing.publish({ id: owner.siteId, label: owner.label, token: await publishing.token(owner.siteId) }, { 'index.html': 'x', 'a.txt': 'a', 'b.txt': 'b' });
    assert.ok((await page()).includes(`href="/api/sites/${owner.domain}/archive" download>Download the live site as zip<`));
    assert.equal(Object.keys(await unzip(await owner.fetch(`/api/sites/${owner.domain}/archive`))).length, 3);
    assert.equal(Object.keys(await unzip(await owner.fetch(`/api/sites/${owner.domain}/archive?part=1`))).length, 3, 'the whole is its first part');
  });
});

it('everything of an account names the files that it has no room for', async () => {
  const rich = await stack.owner('rich-in-files');
  const publishing = await Publishing.of(stack);
  await publishing.publish({ id: rich.siteId, label: rich.label, token: await publishing.token(rich.siteId) }, FILES);
  const all = await unzip(await rich.fetch('/api/account/export', { method: 'POST' }));
  assert.equal(Object.keys(all).filter((name) => name.startsWith('site/')).length, 3);
  const left = (all['left-out.txt'] ?? '').trim().split('\n');
  assert.equal(left.length, 4);
  for (const line of left) assert.match(line, /^site\/\S+: there are more files than one archive can hold\.$/);
});
