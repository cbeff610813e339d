/** Publishing in several requests: the list, what is missing, the commit. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { type Files, type Site, Publishing, newId, sha256 } from './publishing.ts';
import { type Begun, Uploads, list, refused, until } from './uploads-kit.ts';

const MB = 1024 * 1024;
const DAY = 24 * 60 * 60_000;

let stack: TestStack;
let publishing: Publishing;
let uploads: Uploads;
before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
  uploads = new Uploads(stack);
});
after(() => stack.close());

const page = async (site: Site): Promise<string> => (await publishing.get(site.label, '/', { reload: true })).text;
const isThere = async (content: string | Uint8Array): Promise<boolean> => (await publishing.bucket.head(`blobs/${sha256(content)}`)) !== null;

describe('an upload', () => {
  it('sends what is missing, and is a version when all of it is there', async () => {
    const site = await publishing.site();
    const files = { 'index.html': `<h1>${newId()}</h1>`, 'a/b c.css': `a{} /* ${newId()} */`, 'same.css': '', 'empty.txt': '' };
    const first = await uploads.begin(site, files);
    assert.equal(first.status, 201);
    const one = (await first.json()) as Begun;
    assert.deepEqual(one.missing.toSorted(), [...new Set(Object.values(files).map(sha256))].toSorted());
    assert.ok(Math.abs(Date.parse(one.expiresAt) - Date.now() - DAY) < 60_000);
    assert.equal((await publishing.get(`v--${one.uploadId}`)).status, 404, 'nobody sees what is not finished');

    // Asked again, it is the same upload; what was put is not missing any more, and putting it again is fine.
    assert.equal((await uploads.put(site, one.uploadId, files['index.html'])).status, 204);
    assert.equal((await uploads.put(site, one.uploadId, files['index.html'])).status, 204);
    const second = await uploads.begin(site, Object.fromEntries(Object.entries(files).reverse()));
    assert.equal(second.status, 200);
    const again = (await second.json()) as Begun;
    assert.equal(again.uploadId, one.uploadId);
    assert.deepEqual(again.missing.toSorted(), one.missing.filter((hash) => hash !== sha256(files['index.html'])).toSorted());
    const state = await (await uploads.ask(site.token, 'GET', `/${one.uploadId}`)).json();
    assert.deepEqual(state, { uploadId: one.uploadId, status: 'building', missing: again.missing });

    const early = await refused(uploads.commit(site, one.uploadId), 409, 'blobs_missing');
    assert.deepEqual(early.missing?.toSorted(), again.missing.toSorted());
    assert.equal(await publishing.live(site), null);
    await uploads.putAll(site, again, files);
    const published = await uploads.committed(site, one.uploadId);
    assert.deepEqual(published, {
      snapshotId: one.uploadId,
      url: `${stack.siteOrigin(site.label)}/`,
      previewUrl: `${stack.siteOrigin(`v--${one.uploadId}`)}/`,
      fileCount: 4,
      byteSize: Buffer.byteLength(Object.values(files).join('')),
      message: 'First version, with 1 page',
      live: true,
      warnings: [],
    });
    assert.equal(await page(site), files['index.html']);
    assert.equal((await publishing.get(site.label, '/a/b%20c.css')).text, files['a/b c.css']);

    const repeated = await uploads.commit(site, one.uploadId);
    assert.equal(repeated.status, 200);
    assert.deepEqual(await repeated.json(), published);
    const { events } = await publishing.db
      .prepare("SELECT count(*) AS events FROM audit_event WHERE kind = 'deployed' AND subject = ?1")
      .bind(`${site.label}.vetka.localhost`)
      .first<{ events: number }>() ?? { events: -1 };
    assert.equal(events, 1);
    assert.deepEqual(await (await uploads.ask(site.token, 'GET', `/${one.uploadId}`)).json(), { uploadId: one.uploadId, status: 'success', missing: [] });
    assert.equal((await uploads.put(site, one.uploadId, files['index.html'])).status, 204);
  });

  it('of many files with one changed needs that one, also after publishing in one request', async () => {
    const site = await publishing.site();
    const files: Files = Object.fromEntries(Array.from({ length: 149 }, (_, n) => [`page-${n}.html`, `page ${n} of ${site.id}`]));
    files['index.html'] = `home of ${site.id}`;
    await publishing.publish(site, files);
    await until(async () => (await uploads.begun(site, { ...files, 'page-7.html': 'changed' })).missing.length === 1);
    const published = await uploads.upload(site, { ...files, 'page-7.html': 'changed' }, { message: '  Changed\n a page ' });
    assert.deepEqual([published.message, published.fileCount, published.live], ['Changed a page', 150, true]);
    assert.deepEqual((await uploads.begun(site, { ...files, 'page-8.html': 'changed' })).missing, []);
  });

  it('with rules has them in its manifest, as after publishing in one request, and says what it left out', async () => {
    const [site, other] = [await publishing.site(), await publishing.site()];
    const files = { 'index.html': newId(), '_redirects': '/old /new 301\n\n/one\n', '_headers': '/*\n  X-One: 1\n' };
    const one = await uploads.begun(site, files);
    await uploads.putAll(site, one, files);
    const published = await uploads.committed(site, one.uploadId);
    assert.deepEqual(published.warnings.map(({ file, line }) => [file, line]), [['_redirects', 3]]);
    assert.match(published.warnings[0]?.message ?? '', /^This line was left out/);
    assert.deepEqual(await (await uploads.commit(site, one.uploadId)).json(), published);
    const inOne = await publishing.publish(other, files);
    assert.deepEqual(inOne.warnings, published.warnings);
    const manifest = async (of: Site, id: string): Promise<string> =>
      Buffer.from((await (await publishing.bucket.get(`manifests/${of.id}/${id}`))?.arrayBuffer()) ?? new ArrayBuffer()).toString('base64');
    assert.equal(await manifest(site, one.uploadId), await manifest(other, inOne.snapshotId));
  });

  it('keeps only bytes that are what was listed', async () => {
    const site = await publishing.site();
    const text = `right ${newId()}`;
    const { uploadId } = await uploads.begun(site, { 'index.html': text });
    const path = `/${uploadId}/blobs/${sha256(text)}`;
    const wrong = text.replace('right', 'wrong');
    await refused(uploads.ask(site.token, 'PUT', path, { body: wrong }), 422, 'hash_mismatch');
    await refused(uploads.ask(site.token, 'PUT', path, { body: `${text}!` }), 422, 'size_mismatch');
    await refused(uploads.ask(site.token, 'PUT', path, { body: new Uint8Array(9 * MB) }), 422, 'size_mismatch');
    const stream = new ReadableStream({ start: (controller) => (controller.enqueue(Buffer.from(text)), controller.close()) });
    await refused(uploads.ask(site.token, 'PUT', path, { body: stream, duplex: 'half' }), 411, 'length_required');
    assert.deepEqual([await isThere(text), await isThere(wrong)], [false, false]);
    await refused(uploads.commit(site, uploadId), 409, 'blobs_missing');
    await refused(uploads.put(site, uploadId, 'not listed'), 404, 'not_found');
    await refused(uploads.ask(site.token, 'PUT', `/${uploadId}/blobs/${sha256(text).toUpperCase()}`, { body: text }), 404, 'not_found');
    assert.equal((await uploads.put(site, uploadId, text)).status, 204);
    assert.equal((await uploads.committed(site, uploadId)).live, true);
  });

  it('takes 25 MB as they come, from several at once', async () => {
    const site = await publishing.site();
    const film = new Uint8Array(25 * MB).map((_, n) => n * 31 + (n >> 9));
    const files = { 'index.html': `film ${newId()}`, 'film.mp4': film };
    const one = await uploads.begun(site, files);
    const sent = await Promise.all([uploads.put(site, one.uploadId, film), uploads.put(site, one.uploadId, film), uploads.put(site, one.uploadId, files['index.html'])]);
    assert.ok(sent.every(({ status }) => status === 204 || status === 500), sent.map(({ status }) => status).join());
    assert.ok(await isThere(film));
    const both = await Promise.all([uploads.commit(site, one.uploadId), uploads.commit(site, one.uploadId)]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 201]);
    assert.deepEqual(await both[0]?.json(), await both[1]?.json());
  });

  it('of one site says nothing about, and takes nothing from, another', async () => {
    const [mine, theirs] = [await publishing.site(), await publishing.site()];
    const secret = `secret ${newId()}`;
    const published = await uploads.upload(theirs, { 'index.html': secret });
    // Who knows a hash does not have the bytes.
    const one = await uploads.begun(mine, { 'index.html': secret });
    assert.deepEqual(one.missing, [sha256(secret)]);
    await refused(uploads.commit(mine, one.uploadId), 409, 'blobs_missing');
    for (const id of [published.snapshotId, newId(), '../x', 'x'.repeat(300)]) {
      const path = `/${encodeURIComponent(id)}`;
      await refused(uploads.ask(mine.token, 'GET', path), 404, 'not_found');
      await refused(uploads.ask(mine.token, 'DELETE', path), 404, 'not_found');
      await refused(uploads.ask(mine.token, 'POST', `${path}/commit`), 404, 'not_found');
      await refused(uploads.ask(mine.token, 'PUT', `${path}/blobs/${sha256(secret)}`, { body: secret }), 404, 'not_found');
    }
    const expired = await publishing.token(theirs.id, Date.now() - 1);
    for (const [token, code] of [[expired, 'token_expired'], ['vdt_wrong', 'token_invalid'], ['', 'token_invalid']] as const) {
      const film = new Uint8Array(9 * MB);
      await refused(uploads.ask(token, 'POST', '', list({ 'index.html': 'x' })), 401, code);
      await refused(uploads.ask(token, 'GET', `/${published.snapshotId}`), 401, code);
      await refused(uploads.ask(token, 'PUT', `/${published.snapshotId}/blobs/${sha256(film)}`, { body: film }), 401, code);
      await refused(uploads.ask(token, 'POST', `/${published.snapshotId}/commit`), 401, code);
      await refused(uploads.ask(token, 'DELETE', `/${published.snapshotId}`), 401, code);
    }
    assert.equal(await page(theirs), secret);
  });

  it('takes its place in the order of starts; what was started later and is live stays live', async () => {
    const site = await publishing.site();
    const [early, late] = [{ 'index.html': `early ${newId()}` }, { 'index.html': `late ${newId()}` }];
    const first = await uploads.begun(site, early);
    assert.equal((await uploads.upload(site, late)).live, true);
    await uploads.putAll(site, first, early);
    const overtaken = await uploads.committed(site, first.uploadId);
    assert.equal(overtaken.live, false);
    assert.deepEqual(await (await uploads.commit(site, first.uploadId)).json(), overtaken);
    assert.equal(await page(site), late['index.html']);
    assert.equal((await publishing.get(`v--${first.uploadId}`)).text, early['index.html']);

    // Beginning again what was overtaken before it was finished is a new start.
    const third = { 'index.html': `third ${newId()}` };
    const slow = await uploads.begun(site, third);
    await uploads.putAll(site, slow, third);
    assert.equal((await publishing.publish(site, late)).live, true);
    const anew = await uploads.begin(site, third);
    assert.equal(anew.status, 201);
    const { uploadId, missing } = (await anew.json()) as Begun;
    assert.notEqual(uploadId, slow.uploadId);
    assert.deepEqual(missing, []);
    assert.equal((await uploads.committed(site, uploadId)).live, true);
    await refused(uploads.commit(site, slow.uploadId), 409, 'upload_over');
    assert.equal(await page(site), third['index.html']);
  });

  it('can be a draft, which is looked at first and brought live later', async () => {
    const site = await publishing.site();
    await publishing.publish(site, { 'index.html': 'live' });
    const text = `draft ${newId()}`;
    const draft = await uploads.upload(site, { 'index.html': text }, { live: false });
    assert.equal(draft.live, false);
    assert.equal(await page(site), 'live');
    assert.equal((await publishing.get(`v--${draft.snapshotId}`)).text, text);
    const inOne = await publishing.publish(site, { 'index.html': 'another draft' }, { live: false });
    assert.equal(inOne.live, false);
    assert.equal(await page(site), 'live');
    assert.equal((await publishing.restore(site, draft.snapshotId)).status, 200);
    assert.equal(await page(site), text);
  });

  it('that is not finished gives way when many others were begun, can be abandoned, and ends after a day', async () => {
    const site = await publishing.site();
    const texts = Array.from({ length: 6 }, (_, n) => `unfinished ${n} ${newId()}`);
    const ids: string[] = [];
    for (const text of texts) ids.push((await uploads.begun(site, { 'index.html': text })).uploadId);
    await refused(uploads.put(site, ids[0] ?? '', texts[0] ?? ''), 409, 'upload_over');
    assert.equal((await uploads.put(site, ids[1] ?? '', texts[1] ?? '')).status, 204);

    assert.equal((await uploads.ask(site.token, 'DELETE', `/${ids[2]}`)).status, 204);
    assert.equal((await uploads.ask(site.token, 'DELETE', `/${ids[2]}`)).status, 204);
    await refused(uploads.commit(site, ids[2] ?? ''), 409, 'upload_over');
    assert.equal(((await (await uploads.ask(site.token, 'GET', `/${ids[2]}`)).json()) as { status: string }).status, 'failed');

    await publishing.db.prepare('UPDATE site_snapshot SET created_at = created_at - ?2, upload_expires_at = upload_expires_at - ?2 - 1000 WHERE id = ?1').bind(ids[3] ?? '', DAY).run();
    await publishing.db.prepare('UPDATE site_snapshot SET created_at = created_at - ?2 WHERE id = ?1').bind(ids[1] ?? '', DAY / 2).run();
    await stack.scheduled('deploy');
    await refused(uploads.put(site, ids[3] ?? '', texts[3] ?? ''), 409, 'upload_over');
    assert.equal((await uploads.committed(site, ids[1] ?? '')).live, true, 'one that goes on is not given up');
    // What is begun again goes on with what was put.
    assert.equal((await uploads.ask(site.token, 'DELETE', `/${ids[1]}`)).status, 204);
    assert.equal(await page(site), texts[1]);
  });

  it('is refused before anything is written when its list is bad', async () => {
    const site = await publishing.site();
    const written = async (): Promise<unknown> => [
      (await publishing.db.prepare('SELECT id FROM site_snapshot WHERE site_id = ?1').bind(site.id).all()).results,
      (await publishing.db.prepare('SELECT hash FROM blob_use WHERE site_id = ?1').bind(site.id).all()).results,
      await publishing.keys(`manifests/${site.id}/`),
    ];
    const good = { path: 'index.html', sha256: sha256('x'), size: 1 };
    const cases: [unknown, number, string][] = [
      ['[', 400, 'malformed_json'],
      [{ files: {} }, 400, 'malformed_json'],
      [{ files: [{ ...good, size: -1 }] }, 400, 'malformed_json'],
      [{ files: [] }, 422, 'index_missing'],
      [{ files: [good, { ...good, path: '../x' }] }, 422, 'invalid_path'],
      [{ files: [good, good] }, 422, 'duplicate_path'],
      [{ files: [good, { ...good, path: 'INDEX.html' }] }, 422, 'case_clash'],
      [{ files: [good, { ...good, path: 'a', sha256: 'A'.repeat(64) }] }, 422, 'invalid_hash'],
      [{ files: [good, { ...good, path: 'a', size: 2 }] }, 422, 'size_mismatch'],
      [{ files: [good, { ...good, path: 'a', sha256: sha256('a'), size: 25 * MB + 1 }] }, 413, 'file_too_large'],
      [{ files: [good, { ...good, path: '_redirects', sha256: sha256('a'), size: 512 * 1024 + 1 }] }, 413, 'too_large'],
      [{ files: [good, ...Array.from({ length: 21 }, (_, n) => ({ path: `${n}`, sha256: sha256(`${n}`), size: 25 * MB }))] }, 413, 'too_large'],
      [{ files: [good, ...Array.from({ length: 10_000 }, (_, n) => ({ ...good, path: `${n}` }))] }, 422, 'too_many_files'],
      [' '.repeat(8 * MB + 1), 413, 'too_large'],
    ];
    for (const [body, status, code] of cases) {
      const init = { headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) };
      await refused(uploads.ask(site.token, 'POST', '', init), status, code);
    }
    await refused(uploads.ask(site.token, 'POST', '', { headers: { 'content-type': 'text/plain' }, body: '{}' }), 415, 'unsupported_media_type');
    assert.deepEqual(await written(), [[], [], []]);
    // A size that is not that of bytes which are there.
    await uploads.upload(site, { 'index.html': 'x' });
    const lie = { files: [good, { path: 'a', sha256: sha256('x'), size: 1 }].map((file) => ({ ...file, size: 2 })) };
    const refusal = await refused(uploads.ask(site.token, 'POST', '', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(lie) }), 422, 'size_mismatch');
    assert.equal(refusal.path, 'a');
  });

  it('of 10,000 files begins and goes live in one statement each', async () => {
    const site = await publishing.site();
    const files = Object.fromEntries(Array.from({ length: 9_999 }, (_, n) => [`folder-${n % 100}/page-${n}.html`, `${site.id} ${n}`]));
    const all = { ...files, 'index.html': site.id };
    const one = await uploads.begun(site, all);
    assert.equal(one.missing.length, 10_000);
    // As if each had been put.
    await publishing.db.prepare('UPDATE blob_use SET stored_at = 1 WHERE site_id = ?1').bind(site.id).run();
    assert.equal((await uploads.put(site, one.uploadId, site.id)).status, 204);
    const start = Date.now();
    assert.equal((await uploads.committed(site, one.uploadId)).fileCount, 10_000);
    console.log(`10,000 files: committed in ${Date.now() - start} ms`);
  });
});

describe('a person', () => {
  it('publishes with a token of their own, and that is written down as theirs', async () => {
    const ann = await stack.owner('ann-herself');
    const answer = await ann.send('POST', `/api/sites/${ann.domain}/publish`, {});
    assert.equal(answer.status, 201);
    const { token, uploadUrl, expiresAt } = (await answer.json()) as { token: string; uploadUrl: string; expiresAt: string };
    assert.equal(uploadUrl, uploads.at().href);
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 3_600_000) < 60_000);
    const site = { id: ann.siteId, label: ann.label, token };
    const files = { 'index.html': 'by hand' };
    const one = await uploads.begun(site, files);
    await uploads.putAll(site, one, files);
    const headers = { 'user-agent': 'A browser of Ann', 'cf-connecting-ip': '192.0.2.7' };
    const published = await uploads.ask(token, 'POST', `/${one.uploadId}/commit`, { headers });
    assert.equal(published.status, 201);
    const { snapshots } = await ann.json<{ snapshots: { id: string; triggeredBy: string }[] }>(`/api/sites/${ann.domain}/snapshots`);
    assert.deepEqual(snapshots.map(({ id, triggeredBy }) => [id, triggeredBy]), [[one.uploadId, 'manual']]);
    const { events } = await ann.json<{ events: { kind: string; userAgent: string }[] }>('/api/account/audit');
    assert.deepEqual(events.filter(({ kind }) => kind === 'deployed').map(({ userAgent }) => userAgent), ['A browser of Ann']);
  });
});
