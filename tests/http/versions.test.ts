/** What a person does with the versions of a site: names, notes, keeping, comparing, taking home; and who sees what of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { type Files, type Published, Publishing, type Site, newId, sha256 } from './publishing.ts';

let stack: TestStack;
let publishing: Publishing;
let folder: string;

before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
  folder = mkdtempSync(join(tmpdir(), 'vetka-versions-'));
});
after(async () => {
  await stack?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Version {
  id: string;
  name: string;
  note: string;
  pinned: boolean;
  draft: boolean;
  live: boolean;
  message: string;
  previewUrl: string;
}
interface Line { fate: string; text: string; ended: boolean }
interface FileChange {
  path: string;
  kind: string;
  sizeBefore: number | null;
  sizeAfter: number | null;
  hunks: { before: number; after: number; lines: Line[] }[] | null;
  notShown: string | null;
}
interface Changes { from: string | null; to: string; added: number; changed: number; removed: number; same: number; files: FileChange[] }

/** Somebody with a site, and what they publish to it. */
class Owner {
  readonly person: Person & { domain: string; siteId: string; label: string };
  readonly site: Site;
  constructor(person: Owner['person'], token: string) {
    this.person = person;
    this.site = { id: person.siteId, label: person.label, token };
  }
  static async of(label: string): Promise<Owner> {
    const person = await stack.owner(label);
    return new Owner(person, await publishing.token(person.siteId));
  }
  get api(): string {
    return `/api/sites/${this.person.domain}`;
  }
  async publish(files: Files, more: object = {}): Promise<Published> {
    return await publishing.publish(this.site, files, more);
  }
  async versions(): Promise<Version[]> {
    return (await this.person.json<{ snapshots: Version[] }>(`${this.api}/snapshots`)).snapshots;
  }
  async write(id: string, change: unknown): Promise<Response> {
    return await this.person.send('PATCH', `${this.api}/snapshots/${id}`, change);
  }
  async changes(id: string, query = ''): Promise<Changes> {
    return await this.person.json<Changes>(`${this.api}/snapshots/${id}/changes${query}`);
  }
}

const refusal = async (answer: Response): Promise<[number, string]> => [answer.status, ((await answer.json()) as { code: string }).code];

describe('a name, a note and keeping', () => {
  it('are written, read back, and taken away again', async () => {
    const owner = await Owner.of('names');
    const { snapshotId } = await owner.publish({ 'index.html': 'one' });
    const [first] = await owner.versions();
    assert.deepEqual([first?.name, first?.note, first?.pinned, first?.draft], ['', '', false, false]);

    const written = (await (await owner.write(snapshotId, { name: '  Before \n the fair ', note: 'With prices\n\nof 2026 ', pinned: true })).json()) as Version;
    assert.deepEqual([written.name, written.note, written.pinned, written.live], ['Before the fair', 'With prices\n\nof 2026', true, true]);
    const [again] = await owner.versions();
    assert.deepEqual([again?.name, again?.note, again?.pinned], ['Before the fair', 'With prices\n\nof 2026', true]);

    // What is not named stays as it is.
    await owner.write(snapshotId, { name: '' });
    await owner.write(snapshotId, { pinned: false });
    const [then] = await owner.versions();
    assert.deepEqual([then?.name, then?.note, then?.pinned], ['', 'With prices\n\nof 2026', false]);
  });

  it('are shown on the page without scripts, as text', async () => {
    const owner = await Owner.of('hostile-names');
    const { snapshotId } = await owner.publish({ 'index.html': 'one' });
    await owner.write(snapshotId, { name: '<img src=x onerror=alert(1)>', note: '</p><script>x</script>' });
    const page = await (await owner.person.fetch(`/sites/${owner.person.domain}/builder?tab=versions`)).text();
    assert.ok(page.includes('&lt;img src=x onerror=alert(1)&gt;') && !page.includes('<img src=x') && !page.includes('<script>x'));
    assert.ok(page.includes(`${owner.api}/snapshots/${snapshotId}/archive`), 'the download is a plain link');
    assert.ok(page.includes(`href="${owner.api}/archive"`));
  });

  it('are refused with a sentence when they are too long, unseen, or nothing at all', async () => {
    const owner = await Owner.of('refused-names');
    const { snapshotId } = await owner.publish({ 'index.html': 'one' });
    for (const change of [{ name: 'x'.repeat(61) }, { note: 'x'.repeat(501) }, { name: 'a\u202eb' }, { note: '\u200d' }]) {
      assert.deepEqual(await refusal(await owner.write(snapshotId, change)), [422, 'invalid_words']);
    }
    assert.deepEqual(await refusal(await owner.write(snapshotId, {})), [400, 'nothing_to_change']);
    assert.equal((await owner.write(snapshotId, { pinned: 'yes' })).status, 400);
    assert.equal((await owner.write(newId(), { name: 'x' })).status, 404);
    assert.equal((await owner.write('..%2f', { name: 'x' })).status, 404);
    const [version] = await owner.versions();
    assert.deepEqual([version?.name, version?.note], ['', '']);
  });

  it('are nobody else’s to write, not even on a version whose id they know', async () => {
    const [owner, other] = [await Owner.of('mine-to-name'), await Owner.of('not-mine')];
    const { snapshotId } = await owner.publish({ 'index.html': 'one' });
    assert.equal((await other.write(snapshotId, { name: 'Gotcha' })).status, 404);
    const foreign = await other.person.send('PATCH', `${owner.api}/snapshots/${snapshotId}`, { name: 'Gotcha' });
    assert.equal(foreign.status, 404);
    assert.equal((await owner.versions())[0]?.name, '');
  });

  it('keep 50 versions at most, also when two are kept at once', async () => {
    const owner = await Owner.of('many-pins');
    const { snapshotId } = await owner.publish({ 'index.html': 'one' });
    const more = await owner.publish({ 'index.html': 'two' });
    const row = publishing.db.prepare(
      `INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at, finished_at, live_at, pinned_at)
       SELECT ?1, site_id, manifest_id, 1, 3, 'success', 'agent', created_at, created_at, created_at, 1 FROM site_snapshot WHERE id = ?2`,
    );
    await publishing.db.batch(Array.from({ length: 49 }, () => row.bind(newId(), snapshotId)));
    const both = await Promise.all([snapshotId, more.snapshotId].map((id) => owner.write(id, { pinned: true })));
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    const full = both.find(({ status }) => status === 409);
    assert.deepEqual(full && (await refusal(full)), [409, 'too_many_pins']);
    // One that is kept may be kept again, and a name can always be written.
    const kept = both[0]?.status === 200 ? snapshotId : more.snapshotId;
    assert.equal((await owner.write(kept, { pinned: true })).status, 200);
    assert.equal((await owner.write(kept === snapshotId ? more.snapshotId : snapshotId, { name: 'Later' })).status, 200);
  });
});

describe('what changed', () => {
  const page = (line: string): string => `<!doctype html>\n<h1>Bakery</h1>\n<p>One</p>\n<p>${line}</p>\n<p>Three</p>\n<p>Four</p>\n<p>Five</p>\n<p>Six</p>\n`;

  it('is said file by file, and of texts line by line', async () => {
    const owner = await Owner.of('compared');
    const one = await owner.publish({ 'index.html': page('Two'), 'gone.txt': 'bye', 'style.css': 'a{}\n', 'logo.png': new Uint8Array([137, 80, 78, 71, 0]) });
    const two = await owner.publish({ 'index.html': page('2'), 'new.txt': 'hello', 'style.css': 'a{}\n', 'logo.png': new Uint8Array([137, 80, 78, 71, 0, 1]) });

    const first = await owner.changes(one.snapshotId);
    assert.deepEqual([first.from, first.added, first.changed, first.removed], [null, 4, 0, 0]);

    const changes = await owner.changes(two.snapshotId);
    assert.deepEqual([changes.from, changes.to], [one.snapshotId, two.snapshotId]);
    assert.deepEqual([changes.added, changes.changed, changes.removed, changes.same], [1, 2, 1, 1]);
    assert.deepEqual(changes.files.map(({ path, kind, sizeBefore, sizeAfter, notShown }) => [path, kind, sizeBefore, sizeAfter, notShown]), [
      ['gone.txt', 'removed', 3, null, null],
      ['index.html', 'changed', page('Two').length, page('2').length, null],
      ['logo.png', 'changed', 5, 6, 'binary'],
      ['new.txt', 'added', null, 5, null],
    ]);
    const [hunk, ...more] = changes.files[1]?.hunks ?? [];
    assert.equal(more.length, 0);
    assert.deepEqual([hunk?.before, hunk?.after], [1, 1]);
    assert.deepEqual(hunk?.lines.filter(({ fate }) => fate !== 'same'), [
      { fate: 'removed', text: '<p>Two</p>', ended: true },
      { fate: 'added', text: '<p>2</p>', ended: true },
    ]);
    assert.equal(hunk?.lines.length, 8);

    // The other way round, and against itself.
    const back = await owner.changes(one.snapshotId, `?from=${two.snapshotId}`);
    assert.deepEqual([back.added, back.changed, back.removed], [1, 2, 1]);
    const none = await owner.changes(two.snapshotId, `?from=${two.snapshotId}`);
    assert.deepEqual([none.added, none.changed, none.removed, none.same, none.files], [0, 0, 0, 4, []]);
    const one_file = await owner.changes(two.snapshotId, '?path=logo.png');
    assert.deepEqual(one_file.files.map(({ path }) => path), ['logo.png']);
    assert.equal(one_file.changed, 2);
  });

  it('skips what was never seen when it looks for the version before', async () => {
    const owner = await Owner.of('compared-drafts');
    const one = await owner.publish({ 'index.html': 'one' });
    const two = await owner.publish({ 'index.html': 'two' });
    const three = await owner.publish({ 'index.html': 'three' });
    await publishing.db.prepare('UPDATE site_snapshot SET live_at = NULL WHERE id = ?1').bind(two.snapshotId).run();
    assert.equal((await owner.changes(three.snapshotId)).from, one.snapshotId);
    assert.equal((await owner.versions()).find(({ id }) => id === two.snapshotId)?.draft, true);
  });

  it('does not read what nobody would', async () => {
    const owner = await Owner.of('compared-bounds');
    const texts = (word: string): Files => Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`t${String(at).padStart(2, '0')}.txt`, `${word} ${at}\n`]));
    await owner.publish({ 'index.html': 'x', 'large.txt': 'a\n'.repeat(140_000), 'dense.js': `${'x'.repeat(3000)}1`, ...texts('one') });
    const { snapshotId } = await owner.publish({ 'index.html': 'x', 'large.txt': 'b\n'.repeat(140_000), 'dense.js': `${'x'.repeat(3000)}2`, ...texts('two') });
    const { files } = await owner.changes(snapshotId);
    const why = (path: string) => files.find((file) => file.path === path)?.notShown;
    assert.deepEqual([why('large.txt'), why('dense.js')], ['large', 'dense']);
    assert.equal(files.filter(({ hunks }) => hunks !== null).length, 19, '20 texts are read, one of which is not shown');
    assert.equal(why('t24.txt'), 'ask');
    const [asked] = (await owner.changes(snapshotId, '?path=t24.txt')).files;
    assert.deepEqual(asked?.hunks?.[0]?.lines.map(({ text }) => text), ['one 24', 'two 24']);
  });

  it('is refused for what is not there', async () => {
    const [owner, other] = [await Owner.of('compared-not'), await Owner.of('compared-other')];
    const mine = await owner.publish({ 'index.html': 'one' });
    const theirs = await other.publish({ 'index.html': 'secret' });
    const ask = async (id: string, query = ''): Promise<number> => (await owner.person.fetch(`${owner.api}/snapshots/${id}/changes${query}`)).status;
    assert.equal(await ask(theirs.snapshotId), 404);
    assert.equal(await ask(mine.snapshotId, `?from=${theirs.snapshotId}`), 404);
    assert.equal(await ask(mine.snapshotId, '?from=x'), 404);
    assert.equal(await ask(mine.snapshotId, '?path=nothing.txt'), 404);
    assert.equal(await ask(newId()), 404);
  });
});

describe('an archive', () => {
  const names = (bytes: Uint8Array): Record<string, string> => {
    const at = join(folder, `${newId()}.zip`);
    writeFileSync(at, bytes);
    const script = 'import sys,zipfile,json,hashlib\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n'
      + 'print(json.dumps({i.filename: hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}))';
    return JSON.parse(execFileSync('python3', ['-c', script, at], { encoding: 'utf8' })) as Record<string, string>;
  };

  it('holds exactly the files of its version', async () => {
    const owner = await Owner.of('taken-home');
    const old: Files = { 'index.html': '<h1>Old</h1>', 'blog/été 1.html': 'ü', 'big.bin': new Uint8Array(3_000_000).fill(7), _redirects: '/a /b\n' };
    const one = await owner.publish(old);
    await owner.publish({ 'index.html': '<h1>New</h1>' });
    await owner.write(one.snapshotId, { name: 'Before the fair!' });

    const answer = await owner.person.fetch(`${owner.api}/snapshots/${one.snapshotId}/archive`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/zip');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="taken-home-before-the-fair-\d{4}-\d\d-\d\d-\d{4}\.zip"$/);
    const found = names(new Uint8Array(await answer.arrayBuffer()));
    assert.deepEqual(found, Object.fromEntries(Object.entries(old).map(([name, content]) => [name, sha256(content)])));

    const live = names(new Uint8Array(await (await owner.person.fetch(`${owner.api}/archive`)).arrayBuffer()));
    assert.deepEqual(live, { 'index.html': sha256('<h1>New</h1>') });
    const head = await owner.person.fetch(`${owner.api}/archive`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-type'), await head.text()], [200, 'application/zip', '']);
  });

  it('is refused where there is nothing to take', async () => {
    const [owner, other] = [await Owner.of('nothing-home'), await Owner.of('not-home')];
    assert.equal((await owner.person.fetch(`${owner.api}/archive`)).status, 404);
    const theirs = await other.publish({ 'index.html': 'secret' });
    assert.equal((await owner.person.fetch(`${owner.api}/snapshots/${theirs.snapshotId}/archive`)).status, 404);
    assert.equal((await owner.person.fetch(`${other.api}/snapshots/${theirs.snapshotId}/archive`)).status, 404);
    assert.equal((await stack.anybody.fetch(`${other.api}/archive`)).status, 401);
  });

  it('of a version that was never finished is refused', async () => {
    const owner = await Owner.of('unfinished-home');
    const { snapshotId } = await owner.publish({ 'index.html': 'one' });
    const id = newId();
    await publishing.db.prepare(
      `INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at)
       SELECT ?1, site_id, manifest_id, 1, 3, 'failed', 'agent', created_at FROM site_snapshot WHERE id = ?2`,
    ).bind(id, snapshotId).run();
    for (const what of ['archive', 'changes']) {
      assert.deepEqual(await refusal(await owner.person.fetch(`${owner.api}/snapshots/${id}/${what}`)), [409, 'version_not_finished']);
    }
    assert.deepEqual(await refusal(await owner.write(id, { pinned: true })), [409, 'version_not_finished']);
  });

  it('is limited: somebody who takes very many waits', async () => {
    const owner = await Owner.of('greedy-home');
    await owner.publish({ 'index.html': 'one' });
    const statuses: number[] = [];
    for (let n = 0; n < 25; n += 1) {
      const answer = await owner.person.fetch(`${owner.api}/archive`);
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
    assert.deepEqual([statuses.filter((status) => status === 200).length >= 20, statuses.at(-1)], [true, 429]);
  });
});

describe('the address of a version', () => {
  it('cannot be guessed, is not for search engines, and stands in nothing that visitors are sent', async () => {
    const owner = await Owner.of('unlisted');
    const one = await owner.publish({ 'index.html': '<h1>One</h1>', 'a.css': 'a{}', '404.html': 'Nothing' });
    const two = await owner.publish({ 'index.html': '<h1>Two</h1>', 'a.css': 'a{}', '404.html': 'Nothing' });
    assert.match(one.previewUrl, /\/\/v--[a-z2-7]{24}\./);
    assert.notEqual(one.snapshotId.slice(0, 6), two.snapshotId.slice(0, 6));

    for (const path of ['/', '/a.css', '/nothing', '/robots.txt']) {
      const answer = await publishing.get(`v--${one.snapshotId}`, path);
      assert.match(answer.headers.get('x-robots-tag') ?? '', /noindex/, path);
    }
    // One wrong letter is no address.
    const wrong = (one.snapshotId.startsWith('a') ? 'b' : 'a') + one.snapshotId.slice(1);
    assert.equal((await publishing.get(`v--${wrong}`)).status, 404);

    const seen: string[] = [];
    for (const path of ['/', '/a.css', '/nothing', '/robots.txt', '/sitemap.xml']) {
      const { headers, text } = await publishing.get(owner.site.label, path);
      seen.push(text, ...[...headers].flat());
    }
    for (const path of ['/', `/api/sites/check?label=${owner.site.label}`, '/robots.txt', `/api/sites/${owner.person.domain}`, `/api/sites/${owner.person.domain}/snapshots`]) {
      const answer = await stack.anybody.fetch(path);
      seen.push(await answer.text(), ...[...answer.headers].flat());
    }
    for (const { snapshotId } of [one, two]) assert.ok(!seen.some((text) => text.includes(snapshotId)), 'a version’s id stands in something public');
  });
});
