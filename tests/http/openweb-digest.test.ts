/** The daily mail and how it ends; what has run out; and reactions that find their place in a new version. On real workerd. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Response as WebResponse } from 'miniflare';
import { World } from './openweb-kit.ts';
import { type Site, newId } from './publishing.ts';

const DAY = 24 * 60 * 60_000;
const MAIL = 'https://mail.example';
let world: World;

interface Sent {
  to: string[];
  subject: string;
  text: string;
  html: string;
  headers?: Record<string, string>;
}
const mails: Sent[] = [];
let answer = (): WebResponse => WebResponse.json({ id: 'x' });

before(async () => {
  world = await World.begin({ RESEND_BASE_URL: MAIL, RESEND_API_KEY: 're_test' });
  world.door(`${MAIL}/emails`, ({ body }) => {
    mails.push(JSON.parse(body) as Sent);
    return answer();
  });
});
after(async () => await world.close());

async function somebody(digest: 'off' | 'daily'): Promise<Site & { email: string }> {
  const site = await world.publishing.site();
  await world.db.prepare('UPDATE site SET digest = ?2 WHERE id = ?1').bind(site.id, digest).run();
  const row = await world.row<{ email: string }>('SELECT u.email FROM user u JOIN site s ON s.user_id = u.id WHERE s.id = ?1', site.id);
  return { ...site, email: row?.email ?? '' };
}
const notify = async (site: Site, text: string, at = Date.now()): Promise<void> => {
  await world.db.prepare("INSERT INTO notification (site_id, kind, actor_name, text, subject_id, created_at) VALUES (?1, 'comment', 'Bob <b>', ?2, ?3, ?4)").bind(site.id, text, newId(), at).run();
};
const to = ({ email }: { email: string }): Sent[] => mails.filter((mail) => mail.to.includes(email));
const digest = async (site: Site): Promise<string | undefined> => (await world.row<{ digest: string }>('SELECT digest FROM site WHERE id = ?1', site.id))?.digest;

describe('the daily mail', () => {
  it('is for those who asked for it, when there is something new, once a day', async () => {
    const [ann, ben, carl] = [await somebody('daily'), await somebody('off'), await somebody('daily')];
    await notify(ann, 'Well said');
    await notify(ben, 'Well said');
    await world.minute();
    assert.deepEqual([to(ann).length, to(ben).length, to(carl).length], [1, 0, 0]);
    const [mail] = to(ann);
    assert.match(mail?.text ?? '', /Bob <b> commented: “Well said”/);
    assert.doesNotMatch(mail?.html ?? '', /<b>/);
    assert.equal(mail?.headers?.['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click');
    await notify(ann, 'And another');
    await world.minute();
    assert.equal(to(ann).length, 1, 'one a day');
    await world.db.prepare('UPDATE site SET digest_sent_at = ?2 WHERE id = ?1').bind(ann.id, Date.now() - DAY - 1000).run();
    await world.db.prepare('UPDATE notification SET created_at = created_at - ?2 WHERE site_id = ?1 AND text = ?3').bind(ann.id, 2 * DAY, 'Well said').run();
    await world.minute();
    assert.equal(to(ann).length, 2);
    assert.doesNotMatch(to(ann)[1]?.text ?? '', /Well said/, 'nothing is told twice');
    await notify(carl, 'Seen already');
    await world.db.prepare('UPDATE notification SET read_at = 1 WHERE site_id = ?1').bind(carl.id).run();
    await world.db.prepare('UPDATE site SET digest_sent_at = 0 WHERE id = ?1').bind(carl.id).run();
    await world.minute();
    assert.equal(to(carl).length, 0);
  });

  it('ends with one click of a mail program, and with nothing less', async () => {
    const ann = await somebody('daily');
    await notify(ann, 'Hi');
    await world.minute();
    const url = new URL(/^<(.+)>$/.exec(to(ann)[0]?.headers?.['List-Unsubscribe'] ?? '')?.[1] ?? '');
    assert.equal(url.origin, world.app);
    const path = url.pathname + url.search;
    const click = [['List-Unsubscribe', 'One-Click']] as [string, string][];

    const asked = await world.get(path);
    assert.equal(asked.status, 200);
    assert.match(asked.text, /<form method="post"/);
    assert.equal((await world.get(path, {}, 'HEAD')).status, 200);
    assert.equal((await world.form(path, [])).status, 200);
    assert.equal((await world.form(path, [['List-Unsubscribe', 'maybe']])).status, 200);
    assert.equal(await digest(ann), 'daily', 'looking ends nothing');
    for (const broken of ['/unsubscribe', '/unsubscribe?t=x', path.slice(0, -3), path.replace('t=', 't=a')]) {
      assert.equal((await world.form(broken, click)).status, 400, broken);
      assert.equal((await world.get(broken)).status, 400, broken);
    }
    assert.equal(await digest(ann), 'daily');

    const ended = await world.form(path, click);
    assert.equal(ended.status, 200);
    assert.deepEqual([ended.headers.getSetCookie(), ended.headers.get('location')], [[], null]);
    assert.equal(await digest(ann), 'off');
    assert.equal((await world.form(path, click)).status, 200, 'as often as one likes');
    await world.db.prepare("UPDATE site SET digest = 'daily' WHERE id = ?1").bind(ann.id).run();
    const parts = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n';
    assert.equal((await world.post(path, parts, { 'content-type': 'multipart/form-data; boundary=b' })).status, 200);
    assert.equal(await digest(ann), 'off', 'in either kind of form');
    await world.db.prepare('DELETE FROM site WHERE id = ?1').bind(ann.id).run();
    assert.equal((await world.form(path, click)).status, 200, 'also when there is nothing left to end');
  });

  it('is tried again when it could not be sent, and not where nothing arrives', async () => {
    const ann = await somebody('daily');
    await notify(ann, 'Hi');
    answer = () => WebResponse.json({ name: 'daily_quota_exceeded' }, { status: 429 });
    await world.minute();
    assert.equal(to(ann).length, 1);
    answer = () => WebResponse.json({ id: 'x' });
    await world.minute();
    assert.equal(to(ann).length, 2);
    const ben = await somebody('daily');
    await notify(ben, 'Hi');
    answer = () => WebResponse.json({ name: 'validation_error' }, { status: 422 });
    await world.minute();
    assert.equal(await digest(ben), 'off');
    answer = () => WebResponse.json({ id: 'x' });
  });
});

describe('reactions', () => {
  it('find their place in a new version, and the owner hears what moved', async () => {
    const site = await world.publishing.site();
    const text = (...paragraphs: string[]): string => `<!doctype html><html><body>${paragraphs.map((p) => `<p>${p}</p>`).join('')}</body></html>`;
    const [one, two, three] = ['The first thing that I ever baked was bread.', 'Nobody should bake at night without a good lamp.', 'My oven is older than I am, and it still works.'];
    const { snapshotId } = await world.publishing.publish(site, { 'index.html': text(one, two, three) });
    await world.minute();
    const [user, page, now] = [newId(), newId(), Date.now()];
    await world.db.prepare("INSERT INTO user (id, email, created_at, updated_at) VALUES (?1, ?2, 1, 1)").bind(user, `${user}@example.test`).run();
    await world.db.prepare('INSERT INTO page (id, url, site_id, anchored_for, created_at) VALUES (?1, ?2, ?3, ?4, ?5)').bind(page, world.page(site), site.id, snapshotId, now).run();
    const whole = [one, two, three].join(' ');
    const anchors: Record<string, string> = {};
    for (const quote of [one, two, three]) {
      const [anchor, start] = [newId(), whole.indexOf(quote)];
      anchors[quote] = anchor;
      await world.db.prepare('INSERT INTO anchor (id, page_id, exact, prefix, suffix, start, x, y, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 10, 10, 1, 1)')
        .bind(anchor, page, quote, whole.slice(Math.max(0, start - 32), start), whole.slice(start + quote.length, start + quote.length + 32), start).run();
      await world.db.prepare("INSERT INTO reaction (id, anchor_id, page_id, site_id, author_user_id, signal, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 'heart', 1, 1)")
        .bind(newId(), anchor, page, site.id, user).run();
    }
    const next = await world.publishing.publish(site, { 'index.html': text('A new beginning of some length stands here now.', one, three.replace('older', 'much older')) });
    await world.minute();
    const rows = await world.rows<{ id: string; state: string; start: number; exact: string }>('SELECT id, state, start, exact FROM anchor WHERE page_id = ?1', page);
    const of = (quote: string) => rows.find(({ id }) => id === anchors[quote]);
    assert.notEqual(of(one)?.state, 'lost');
    assert.ok((of(one)?.start ?? 0) > 40, 'it is farther down now');
    assert.equal(of(two)?.state, 'lost');
    assert.equal(of(two)?.exact, two, 'the quote of what is lost is kept');
    assert.equal(of(three)?.state, 'changed');
    assert.equal(of(three)?.exact, three.replace('older', 'much older'));
    const told = await world.rows<{ text: string; page_url: string; subject_id: string }>("SELECT text, page_url, subject_id FROM notification WHERE site_id = ?1 AND kind = 'placement'", site.id);
    assert.equal(told.length, 1);
    assert.match(told[0]?.text ?? '', /lost/);
    assert.deepEqual([told[0]?.page_url, told[0]?.subject_id], [world.page(site), next.snapshotId]);
    assert.deepEqual(await world.rows('SELECT site_id FROM version_due WHERE site_id = ?1', site.id), []);
    await world.minute();
    assert.equal((await world.rows("SELECT 1 FROM notification WHERE site_id = ?1 AND kind = 'placement'", site.id)).length, 1, 'once');
  });
});

describe('what has run out', () => {
  it('goes, and nothing else does', async () => {
    const row = await world.row<{ id: string }>('SELECT id FROM user LIMIT 1');
    const grant = async (id: string, expires: number): Promise<void> => {
      await world.db.prepare("INSERT INTO notch_grant (id, user_id, origin, share, challenge, code_until, created_at, used_at, expires_at) VALUES (?1, ?2, 'https://x.example', 0, '', 0, 1, 1, ?3)").bind(id, row?.id, expires).run();
    };
    await grant('over', Date.now() - 1);
    await grant('good', Date.now() + DAY);
    for (const [hash, expires] of [['old', Date.now() - 1], ['new', Date.now() + 60_000]] as const) {
      await world.db.prepare("INSERT INTO notch_nonce (hash, grant_id, expires_at) VALUES (?1, 'good', ?2)").bind(hash, expires).run();
    }
    await world.minute();
    assert.deepEqual(await world.rows("SELECT id FROM notch_grant"), [{ id: 'good' }]);
    assert.deepEqual(await world.rows('SELECT hash FROM notch_nonce'), [{ hash: 'new' }]);
  });
});
