import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { Publishing, base64, newId, sha256, type Refusal, type Site } from './publishing.ts';

const MB = 1024 * 1024;

describe('publishing', () => {
  let stack: TestStack;
  let publishing: Publishing;
  before(async () => {
    stack = await startTestStack();
    publishing = await Publishing.of(stack);
  });
  after(() => stack.close());

  it('publishes what was sent, and says where it is', async () => {
    const site = await publishing.site();
    const published = await publishing.publish(site, { 'index.html': '<h1>Ann</h1>', 'a/b.css': 'a{}' });
    assert.equal(published.url, `${stack.siteOrigin(site.label)}/`);
    assert.equal(published.previewUrl, `${stack.siteOrigin(`v--${published.snapshotId}`)}/`);
    assert.equal(published.fileCount, 2);
    assert.equal(published.byteSize, 15);
    assert.equal(published.message, 'First version, with 1 page');
    assert.equal(published.live, true);
    const page = await publishing.get(site.label, '/', { reload: true });
    assert.equal(page.text, '<h1>Ann</h1>');
    const row = await publishing.db.prepare('SELECT * FROM site WHERE id = ?1').bind(site.id).first();
    assert.equal(row?.['status'], 'live');
    assert.equal(row?.['live_snapshot_id'], published.snapshotId);
    assert.equal(row?.['edge_snapshot_id'], published.snapshotId);
  });

  it('describes each version by what changed, or in the words of whoever made it', async () => {
    const site = await publishing.site();
    await publishing.publish(site, { 'index.html': '1' });
    const second = await publishing.publish(site, { 'index.html': '2', 'dog.html': '1', 'cat.html': '1' });
    assert.equal(second.message, 'Changed the home page and added 2 pages');
    const third = await publishing.publish(site, { 'index.html': '2' }, { message: '  Put the pets\n away ' });
    assert.equal(third.message, 'Put the pets away');
    const fourth = await publishing.publish(site, { 'index.html': '3' }, { message: `used ${site.token}` });
    assert.equal(fourth.message, 'Changed the home page');
  });

  it('gives every refusal of who is asking its own code, and no difference between nobody and the unknown', async () => {
    const site = await publishing.site();
    const other = await publishing.token(site.id, Date.now() - 1);
    const files = { 'index.html': 'x' };
    const cases: [string | undefined, string][] = [
      [undefined, 'token_invalid'],
      ['', 'token_invalid'],
      ['vdt_wrong', 'token_invalid'],
      [site.token.slice(0, -1), 'token_invalid'],
      [sha256(site.token), 'token_invalid'],
      [other, 'token_expired'],
    ];
    for (const [token, code] of cases) {
      const response = await publishing.send(token, files);
      assert.equal(response.status, 401);
      assert.equal(((await response.json()) as Refusal).code, code);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    }
    const basic = await publishing.post(undefined, '{}', { headers: { authorization: `Basic ${site.token}` } });
    assert.equal(basic.status, 401);
    assert.deepEqual(await publishing.keys(`manifests/${site.id}`), []);
  });

  it('lets whoever sends a lot hear the refusal, instead of cutting the line', async () => {
    const site = await publishing.site();
    const expired = await publishing.token(site.id, Date.now() - 1);
    const film = new Uint8Array(19 * MB);
    for (let n = 0; n < 3; n++) {
      const response = await publishing.send(expired, { 'index.html': 'x', 'film.mp4': film });
      assert.equal(((await response.json()) as Refusal).code, 'token_expired');
    }
  });

  it('takes the site from the token and from nothing else', async () => {
    const [mine, theirs] = [await publishing.site(), await publishing.site()];
    await publishing.publish(theirs, { 'index.html': 'theirs' });
    await publishing.publish(mine, { 'index.html': 'mine' }, { siteId: theirs.id, site: theirs.label, domain: theirs.label });
    assert.equal((await publishing.get(theirs.label, '/', { reload: true })).text, 'theirs');
  });

  describe('changes nothing when it refuses', () => {
    let site: Site;
    before(async () => {
      site = await publishing.site();
      await publishing.publish(site, { 'index.html': 'before' });
    });
    const index = { path: 'index.html', contentBase64: base64('after') };
    const refused = (name: string, status: number, code: string, body: () => string | object[], path?: string): void => {
      it(name, async () => {
        const before = await publishing.everything(site);
        const given = body();
        const sent = typeof given === 'string' ? given : JSON.stringify({ files: given });
        const response = await publishing.post(site.token, sent);
        const answer = (await response.json()) as Refusal;
        assert.deepEqual([response.status, answer.code], [status, code], answer.message);
        assert.match(answer.message, /^[A-Z“].*\.$/);
        if (path !== undefined) {
          assert.equal(answer.path, path);
          const shown = [...path].slice(0, 20).join('');
          // eslint-disable-next-line no-control-regex
          if (!/[\u0000-\u001f\u007f\u202e]/.test(path)) assert.ok(answer.message.includes(shown), answer.message);
        }
        assert.equal(await publishing.everything(site), before);
      });
    };
    const file = (path: string): object => ({ path, contentBase64: '' });

    refused('no JSON', 400, 'malformed_json', () => '{"files":');
    refused('other JSON', 400, 'malformed_json', () => '{"files":{}}');
    refused('a list', 400, 'malformed_json', () => '[]');
    refused('content missing', 400, 'malformed_json', () => [{ path: 'index.html' }]);
    refused('base64 without padding', 400, 'malformed_base64', () => [index, { path: 'a.txt', contentBase64: 'aGk' }], 'a.txt');
    refused('base64 with a line end', 400, 'malformed_base64', () => [index, { path: 'a.txt', contentBase64: 'aGk=\n' }], 'a.txt');
    refused('url-safe base64', 400, 'malformed_base64', () => [index, { path: 'a.txt', contentBase64: '-_-_' }], 'a.txt');
    refused('no file', 422, 'index_missing', () => []);
    refused('no home page', 422, 'index_missing', () => [file('about.html')], 'index.html');
    const paths = [
      '../a', 'a/../../b', '..', './a', 'a/./b', '/etc/passwd', '//x', 'a//b', 'a/', '', 'a\\b', '..\\a', 'a\0b', 'a\nb',
      'a\u007f', 'gnp.\u202eexe', '%2e%2e/a', 'a%2fb', 'a%5Cb', 'a%00', 'e\u0301.html', 'x'.repeat(513),
    ];
    for (const path of paths) refused(`the path ${JSON.stringify(path).slice(0, 40)}`, 422, 'invalid_path', () => [index, file(path)], path);
    refused('the same name twice', 422, 'duplicate_path', () => [index, file('a'), file('a')], 'a');
    refused('names that differ by case', 422, 'case_clash', () => [index, file('logo.png'), file('Logo.png')], 'Logo.png');
    refused('a file that is a folder', 422, 'file_is_folder', () => [index, file('a'), file('a/b')], 'a');
    refused('10,001 files', 422, 'too_many_files', () => [index, ...Array.from({ length: 10_000 }, (_, n) => file(`f${n}`))], 'f9999');
    refused('20 MB and a byte', 413, 'too_large', () => [index, { path: 'film.mp4', contentBase64: base64(new Uint8Array(20 * MB - 4)) }], 'film.mp4');

    it('another content type', async () => {
      const before = await publishing.everything(site);
      const body = JSON.stringify({ files: [index] });
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', '']) {
        const response = await publishing.post(site.token, body, { headers: { 'content-type': type } });
        assert.deepEqual([response.status, ((await response.json()) as Refusal).code], [415, 'unsupported_media_type'], type);
      }
      assert.equal(await publishing.everything(site), before);
    });

    it('an unknown length', async () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(Buffer.from(JSON.stringify({ files: [index] })));
          controller.close();
        },
      });
      const response = await publishing.post(site.token, body, { duplex: 'half' });
      assert.deepEqual([response.status, ((await response.json()) as Refusal).code], [411, 'length_required']);
    });

    it('a body that is too long to read, without reading it', async () => {
      const answer = await publishing.announce(site.token, 35 * MB);
      assert.deepEqual([answer.status, (JSON.parse(answer.text) as Refusal).code], [413, 'too_large']);
    });

    it('another method', async () => {
      const response = await publishing.post(site.token, JSON.stringify({}), { method: 'PUT' });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'POST');
    });

    it('and afterwards the site is what it was', async () => {
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'before');
    });
  });

  it('takes 20 MB in one request', async () => {
    const site = await publishing.site();
    const half = new Uint8Array(10 * MB - 1).map((_, at) => at * 31);
    const published = await publishing.publish(site, { 'index.html': 'x', 'a.bin': half, 'b.bin': half.toReversed() });
    assert.equal(published.byteSize, 20 * MB - 1);
    const stored = await publishing.bucket.head(`blobs/${sha256(half)}`);
    assert.equal(stored?.size, half.length);
  });

  it('answers no page of another origin', async () => {
    const response = await publishing.post(undefined, '', { method: 'OPTIONS', headers: { origin: 'https://evil.test' } });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
  });

  it('stores the same bytes once, whoever sends them', async () => {
    const content = `shared ${newId()}`;
    const [one, two] = [await publishing.site(), await publishing.site()];
    await publishing.publish(one, { 'index.html': content });
    const before = await publishing.keys('blobs/');
    await publishing.publish(two, { 'index.html': content });
    const again = await publishing.publish(one, { 'index.html': content });
    assert.deepEqual(await publishing.keys('blobs/'), before);
    // The same content again is a version again.
    assert.equal(again.message, 'Published again, nothing changed');
    assert.equal((await publishing.keys(`manifests/${one.id}/`)).length, 2);
  });

  it('lets the later start win when many are published at once', async () => {
    const site = await publishing.site();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => publishing.publish(site, { 'index.html': `version ${n}`, [`${n}.txt`]: newId() })),
    );
    const { results } = await publishing.db
      .prepare('SELECT id, status FROM site_snapshot WHERE site_id = ?1 ORDER BY seq DESC')
      .bind(site.id)
      .all<{ id: string; status: string }>();
    assert.ok(results.every((row) => row.status === 'success'));
    const latest = results[0]?.id;
    assert.equal(await publishing.live(site), latest);
    const winner = answers.findIndex((answer) => answer.snapshotId === latest);
    assert.equal(answers[winner]?.live, true);
    const page = await publishing.get(site.label, '/', { reload: true });
    assert.equal(page.text, `version ${winner}`);
  });

  it('keeps a version that was overtaken by a later start, and says that it is not live', async () => {
    const site = await publishing.site();
    const first = await publishing.publish(site, { 'index.html': 'first' });
    // Right after the next start, a restore of the first version starts and is done.
    const later = newId();
    await publishing.db
      .prepare(
        `CREATE TRIGGER overtake AFTER INSERT ON site_snapshot WHEN NEW.site_id = '${site.id}' AND NEW.status = 'building'
         BEGIN
           INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at)
           VALUES ('${later}', '${site.id}', '${first.snapshotId}', 1, 5, 'success', 'manual', 1);
           UPDATE site SET live_snapshot_id = '${later}' WHERE id = '${site.id}';
         END`,
      )
      .run();
    const overtaken = await publishing.publish(site, { 'index.html': 'overtaken' });
    await publishing.db.prepare('DROP TRIGGER overtake').run();
    assert.equal(overtaken.live, false);
    assert.equal(await publishing.live(site), later);
    assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'first');
    // It is in the list all the same, can be looked at, and can be gone back to.
    assert.equal((await publishing.get(`v--${overtaken.snapshotId}`)).text, 'overtaken');
    assert.equal((await publishing.restore(site, overtaken.snapshotId, later)).status, 200);
    assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'overtaken');
  });

  it('leaves the live version as it was when a store fails half-way, and says so kindly', async () => {
    const site = await publishing.site();
    const before = await publishing.publish(site, { 'index.html': 'before' });
    await publishing.db
      .prepare(
        `CREATE TRIGGER broken BEFORE UPDATE OF status ON site_snapshot WHEN NEW.site_id = '${site.id}' AND NEW.status = 'success'
         BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`,
      )
      .run();
    const response = await publishing.send(site.token, { 'index.html': 'after' });
    await publishing.db.prepare('DROP TRIGGER broken').run();
    assert.equal(response.status, 500);
    const answer = await response.text();
    assert.match(answer, /The site is as it was/);
    assert.doesNotMatch(answer, /disk on fire|SQLITE|D1_ERROR/);
    assert.equal(await publishing.live(site), before.snapshotId);
    const { results } = await publishing.db
      .prepare('SELECT status FROM site_snapshot WHERE site_id = ?1 ORDER BY seq')
      .bind(site.id)
      .all<{ status: string }>();
    assert.deepEqual(results.map((row) => row.status), ['success', 'failed']);
    await stack.scheduled('deploy');
    assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'before');
  });

  describe('restoring', () => {
    it('brings a version back as an entry of its own, and undoing is the same', async () => {
      const site = await publishing.site();
      const first = await publishing.publish(site, { 'index.html': 'one', 'old.css': 'a{}' });
      const second = await publishing.publish(site, { 'index.html': 'two' });
      const blobs = await publishing.keys('blobs/');
      const manifests = await publishing.keys(`manifests/${site.id}/`);

      const back = await publishing.restore(site, first.snapshotId, second.snapshotId);
      assert.equal(back.status, 200);
      const { snapshot } = back.json as { snapshot: Record<string, unknown> };
      assert.equal(snapshot['live'], true);
      assert.equal(snapshot['restoredFrom'], first.snapshotId);
      assert.equal(snapshot['message'], 'Went back to “First version, with 1 page”');
      assert.equal(snapshot['fileCount'], 2);
      assert.equal(snapshot['status'], 'success');
      assert.equal(snapshot['triggeredBy'], 'manual');
      assert.match(String(snapshot['createdAt']), /^\d{4}-\d\d-\d\dT.*Z$/);
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'one');

      const undone = await publishing.restore(site, second.snapshotId, String(snapshot['id']));
      assert.equal(undone.status, 200);
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'two');
      const redone = await publishing.restore(site, String(snapshot['id']));
      assert.equal(redone.status, 200);
      assert.equal((redone.json as { snapshot: { message: string } }).snapshot.message, 'Went back to “First version, with 1 page”');
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'one');

      // Nothing but the pointer moved.
      assert.deepEqual(await publishing.keys('blobs/'), blobs);
      assert.deepEqual(await publishing.keys(`manifests/${site.id}/`), manifests);
    });

    it('refuses what is not there, not finished, live already, or somebody else’s', async () => {
      const [mine, theirs] = [await publishing.site(), await publishing.site()];
      const version = await publishing.publish(mine, { 'index.html': 'mine' });
      const foreign = await publishing.publish(theirs, { 'index.html': 'theirs' });
      const failed = newId();
      await publishing.db
        .prepare(
          `INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at)
           VALUES (?1, ?2, ?1, 1, 1, 'failed', 'agent', 1)`,
        )
        .bind(failed, mine.id)
        .run();
      const before = await publishing.everything(mine);
      const cases: [string, string | null | undefined, number, string][] = [
        [foreign.snapshotId, undefined, 404, 'not_found'],
        [newId(), undefined, 404, 'not_found'],
        ['../../x', undefined, 404, 'not_found'],
        [failed, undefined, 409, 'version_not_finished'],
        [version.snapshotId, undefined, 409, 'already_live'],
        [version.snapshotId, newId(), 409, 'live_changed'],
        [version.snapshotId, null, 409, 'live_changed'],
      ];
      for (const [id, expected, status, code] of cases) {
        const answer = await publishing.restore(mine, id, expected);
        assert.deepEqual([answer.status, (answer.json as Refusal).code], [status, code], id);
      }
      assert.equal((await publishing.internal('POST', '/sites/nonsense/restore', { snapshotId: newId() })).status, 404);
      assert.equal(await publishing.everything(mine), before);
    });

    it('of two at once that saw the same live version, takes one', async () => {
      const site = await publishing.site();
      const first = await publishing.publish(site, { 'index.html': 'one' });
      const second = await publishing.publish(site, { 'index.html': 'two' });
      const third = await publishing.publish(site, { 'index.html': 'three' });
      const answers = await Promise.all([
        publishing.restore(site, first.snapshotId, third.snapshotId),
        publishing.restore(site, second.snapshotId, third.snapshotId),
      ]);
      assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409]);
    });
  });

  describe('the schedule', () => {
    it('tells the edge what a crash kept from it', async () => {
      const site = await publishing.site();
      const first = await publishing.publish(site, { 'index.html': 'one' });
      const record = await (await publishing.bucket.get(`live/${site.label}`))?.text();
      await publishing.publish(site, { 'index.html': 'two' });
      // As a crash between the commit and the live record leaves it.
      await publishing.bucket.put(`live/${site.label}`, record ?? '');
      await publishing.db.prepare('UPDATE site SET edge_snapshot_id = ?2 WHERE id = ?1').bind(site.id, first.snapshotId).run();
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'one');
      await stack.scheduled('deploy');
      assert.equal((await publishing.get(site.label, '/', { reload: true })).text, 'two');
      const row = await publishing.db.prepare('SELECT edge_snapshot_id AS edge FROM site WHERE id = ?1').bind(site.id).first();
      assert.equal(row?.['edge'], await publishing.live(site));
    });

    it('gives up what builds for too long, and leaves what is live and what is young', async () => {
      const site = await publishing.site();
      const published = await publishing.publish(site, { 'index.html': 'one' });
      const building = async (at: number, on = site.id): Promise<string> => {
        const id = newId();
        await publishing.db
          .prepare(
            `INSERT INTO site_snapshot (id, site_id, manifest_id, file_count, byte_size, status, triggered_by, created_at)
             VALUES (?1, ?2, ?1, 1, 1, 'building', 'agent', ?3)`,
          )
          .bind(id, on, at)
          .run();
        return id;
      };
      const status = async (id: string) =>
        (await publishing.db.prepare('SELECT status FROM site_snapshot WHERE id = ?1').bind(id).first())?.['status'];
      const empty = await publishing.site();
      const [old, young] = [await building(Date.now() - 16 * 60_000), await building(Date.now() - 14 * 60_000)];
      await building(Date.now() - 16 * 60_000, empty.id);
      await stack.scheduled('deploy');
      assert.deepEqual([await status(old), await status(young)], ['failed', 'building']);
      assert.equal(await publishing.live(site), published.snapshotId);
      const row = await publishing.db.prepare('SELECT status FROM site WHERE id = ?1').bind(empty.id).first();
      assert.equal(row?.['status'], 'error');
    });

    it('forgets tokens a day after they expired', async () => {
      const site = await publishing.site();
      const [recent, ancient] = [Date.now() - 60_000, Date.now() - 25 * 3_600_000];
      await publishing.token(site.id, ancient);
      const expired = await publishing.token(site.id, recent);
      await stack.scheduled('deploy');
      const left = await publishing.db.prepare('SELECT COUNT(*) AS n FROM deploy_token WHERE site_id = ?1').bind(site.id).first();
      assert.equal(left?.['n'], 2);
      const response = await publishing.send(expired, { 'index.html': 'x' });
      assert.equal(((await response.json()) as Refusal).code, 'token_expired');
    });
  });

  it('answers internal routes on the internal host alone', async () => {
    const site = await publishing.site();
    for (const [method, path] of [['DELETE', `/sites/${site.id}`], ['POST', `/sites/${site.id}/restore`]] as const) {
      const worker = await stack.stack.miniflare().getWorker('vetka-deploy');
      for (const host of ['vetka.localhost', 'deploy.internal.evil.test', 'ann.vetka.localhost']) {
        const response = await worker.fetch(`http://${host}${path}`, { method, headers: { host: 'deploy.internal' } });
        assert.equal(response.status, 404, host);
      }
    }
    const health = (await publishing.internal('GET', '/healthz')).json as { ok: boolean; worker: string };
    assert.deepEqual([health.ok, health.worker], [true, 'vetka-deploy']);
  });
});
