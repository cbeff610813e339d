/** Links of a new version, looked up before it goes live, however it came: only where that is switched on, and never in the way when it fails. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { type Files, Publishing, type Refusal, type Site, newId, sha256 } from './publishing.ts';
import { Uploads, refused } from './uploads-kit.ts';

const DAY = 24 * 60 * 60_000;
let stack: TestStack;
let publishing: Publishing;
let uploads: Uploads;
let site: Site;
before(async () => {
  stack = await startTestStack({ settings: { SAFE_BROWSING: 'on' } });
  publishing = await Publishing.of(stack);
  uploads = new Uploads(stack);
  site = await publishing.site();
});
after(async () => await stack.close());

const page = (link: string): string => `<!doctype html><title>A</title><p>${link}</p>`;
const send = async (files: Files): Promise<{ status: number; json: Refusal & { link?: string } }> => {
  const answer = await publishing.send(site.token, files);
  return { status: answer.status, json: (await answer.json()) as Refusal & { link?: string } };
};

describe('a version with links', () => {
  it('goes live when they lead nowhere bad, and only beginnings of hashes are asked about', async () => {
    assert.equal((await send({ 'index.html': page('<a href="https://fine.example/a/b">a</a><a href="/own">b</a><a href="mailto:a@b.example">c</a>') })).status, 201);
    assert.deepEqual(stack.stack.safeBrowsing.asked, [3], 'the page, its folder, the root');
    assert.equal((await send({ 'index.html': page('<a href="https://fine.example/a/b">again</a>') })).status, 201);
    assert.deepEqual(stack.stack.safeBrowsing.asked, [3], 'what was said lately is remembered');
    assert.equal((await send({ 'index.html': page(`<a href="${stack.siteOrigin('neighbour')}">ours</a>`) })).status, 201);
    assert.deepEqual(stack.stack.safeBrowsing.asked, [3], 'our own sites are looked after otherwise');
  });

  it('is refused with the page, the link and a sentence when one leads somewhere unsafe, and leaves what is live', async () => {
    const live = await publishing.live(site);
    for (const [link, where] of [
      ['<a href="https://unsafe.example/">x</a>', 'https://unsafe.example/'],
      ['<a href="HTTPS://UNSAFE.example:8443/deep/er/?q=1#part">x</a>', 'https://unsafe.example:8443/deep/er/?q=1'],
      ['<a href="//www.unsafe.example">x</a>', 'http://www.unsafe.example/'],
      ['<form action="https://malware.example/download/x.exe"></form>', 'https://malware.example/download/x.exe'],
      ['<script src="https://malware.example/download/x.js"></script>', 'https://malware.example/download/x.js'],
      ['<iframe src="https://unsafe.example/f"></iframe>', 'https://unsafe.example/f'],
      ['<meta http-equiv="refresh" content="0;url=https://unsafe.example/">', 'https://unsafe.example/'],
      ['<a href="&#104;ttps://un%73afe.example/">x</a>', 'https://unsafe.example/'],
      ['<base href="https://unsafe.example/x/"><a href="y">x</a>', 'https://unsafe.example/x/y'],
    ] as const) {
      const { status, json } = await send({ 'index.html': page('fine'), 'sub/page.html': page(link) });
      assert.equal(status, 422, link);
      assert.deepEqual([json.code, json.path, json.link], ['unsafe_link', 'sub/page.html', where]);
      assert.match(json.message, /^sub\/page\.html leads to https?:.*, which is known to .*\. Take the link out/);
    }
    assert.equal(await publishing.live(site), live);
    const { results } = await publishing.db.prepare("SELECT status, count(*) AS n FROM site_snapshot WHERE site_id = ?1 AND status <> 'success' GROUP BY status").bind(site.id).all();
    assert.deepEqual(results, [{ status: 'failed', n: 9 }]);
    assert.equal((await send({ 'index.html': page('<a href="https://malware.example/">the root is fine</a>') })).status, 201);
  });

  it('is refused in several requests as in one, is over then, and what was sent serves the next list or is let go of', async () => {
    const site = await publishing.site();
    await uploads.upload(site, { 'index.html': page('fine') });
    const live = await publishing.live(site);
    const [bad, kept] = [page(`<a href="https://unsafe.example/">${newId()}</a>`), `kept ${newId()}`];
    const files = { 'index.html': page('still fine'), 'sub/page.html': bad, 'kept.txt': kept };
    const one = await uploads.begun(site, files);
    await uploads.putAll(site, one, files);
    const answer = await uploads.commit(site, one.uploadId);
    const refusal = (await answer.json()) as Refusal & { link?: string };
    assert.deepEqual([answer.status, refusal.code, refusal.path, refusal.link], [422, 'unsafe_link', 'sub/page.html', 'https://unsafe.example/']);
    assert.match(refusal.message, /^sub\/page\.html leads to .*\. Take the link out/);

    // It is not unfinished for a day: it failed, and says so.
    assert.deepEqual(await (await uploads.ask(site.token, 'GET', `/${one.uploadId}`)).json(), { uploadId: one.uploadId, status: 'failed', missing: [] });
    await refused(uploads.commit(site, one.uploadId), 409, 'upload_over');
    assert.equal(await publishing.live(site), live);
    assert.equal((await publishing.get(`v--${one.uploadId}`)).status, 404);

    // Without the link it needs the one page that is other, and goes live.
    const mended = { ...files, 'sub/page.html': page('no link') };
    const two = await uploads.begun(site, mended);
    assert.notEqual(two.uploadId, one.uploadId);
    assert.deepEqual(two.missing, [sha256(mended['sub/page.html'])]);
    await uploads.putAll(site, two, mended);
    assert.equal((await uploads.committed(site, two.uploadId)).live, true);

    // What only the refused one had goes, as after any failure; what others name stays.
    await publishing.db.batch([
      publishing.db.prepare('UPDATE site_snapshot SET finished_at = finished_at - ?2 WHERE id = ?1').bind(one.uploadId, DAY + 1),
      publishing.db.prepare('UPDATE site SET prune_at = 0 WHERE id = ?1').bind(site.id),
    ]);
    await stack.scheduled('deploy');
    const { results } = await publishing.db.prepare('SELECT hash FROM blob_use WHERE site_id = ?1').bind(site.id).all<{ hash: string }>();
    const held = new Set(results.map(({ hash }) => hash));
    assert.deepEqual([held.has(sha256(bad)), held.has(sha256(kept))], [false, true]);
    await publishing.db.prepare('UPDATE blob_doomed SET doomed_at = doomed_at - ?1').bind(DAY + 1).run();
    await stack.scheduled('deploy');
    const there = async (content: string): Promise<boolean> => (await publishing.bucket.head(`blobs/${sha256(content)}`)) !== null;
    assert.deepEqual([await there(bad), await there(kept)], [false, true]);
  });

  it('made a draft is looked up as well', async () => {
    const site = await publishing.site();
    const files = { 'index.html': page('<a href="https://unsafe.example/">x</a>') };
    const one = await uploads.begun(site, files, { live: false });
    await uploads.putAll(site, one, files);
    const answer = await uploads.commit(site, one.uploadId);
    assert.deepEqual([answer.status, ((await answer.json()) as Refusal).code], [422, 'unsafe_link']);
  });

  it('is judged by what counts for links, and by nothing that is not known', async () => {
    stack.stack.safeBrowsing.list('canary.example/', 'MALWARE', ['CANARY']);
    stack.stack.safeBrowsing.list('frame.example/', 'SOCIAL_ENGINEERING', ['FRAME_ONLY']);
    stack.stack.safeBrowsing.list('later.example/', 'SOMETHING_NEW');
    stack.stack.safeBrowsing.list('unwanted.example/', 'UNWANTED_SOFTWARE');
    const links = (...hosts: string[]): string => page(hosts.map((host) => `<a href="https://${host}.example/">x</a>`).join(''));
    assert.equal((await send({ 'index.html': links('canary', 'frame', 'later') })).status, 201);
    assert.match((await send({ 'index.html': links('canary', 'unwanted') })).json.message, /unwanted programs/);
  });

  it('is looked at within bounds, however many pages and links it has', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`p${at}.html`, page(Array.from({ length: 10 }, (_, link) => `<a href="https://h${at}-${link}.example/x/y">x</a>`).join(''))]));
    const before = stack.stack.safeBrowsing.asked.length;
    assert.equal((await send({ 'index.html': page('<a href="https://first.example/">x</a>'), ...many })).status, 201);
    const asked = stack.stack.safeBrowsing.asked.slice(before);
    assert.ok(asked.length <= 10 && asked.every((prefixes) => prefixes <= 200), asked.join());
  });

  it('goes live when the lists are out of reach', async () => {
    stack.stack.safeBrowsing.answer(503);
    assert.equal((await send({ 'index.html': page('<a href="https://not-asked-before.example/">x</a>') })).status, 201);
    stack.stack.safeBrowsing.answer(200);
    stack.stack.safeBrowsing.list('not-asked-before.example/', 'MALWARE');
    assert.equal((await send({ 'index.html': page('<a href="https://not-asked-before.example/">y</a>') })).status, 422, 'silence is not remembered');
  });
});
