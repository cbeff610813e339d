/** Leaving: asked for in earnest, called off in time, and then done, without a trace. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FormData } from 'undici';
import { stream } from './agent-kit.ts';
import { refused } from './account-kit.ts';
import { type Mail, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { scriptName } from '../../scripts/stack/stack.ts';
import { Publishing, newId, sha256 } from './publishing.ts';

const DAY = 24 * 60 * 60_000;

let stack: TestStack;
before(async () => (stack = await startTestStack()));
after(async () => await stack.close());

const DELETION = '/api/account/deletion';
const ask = (person: Person, confirm = person.email): Promise<Response> => person.send('POST', DELETION, { confirm });
const cancel = (person: Person): Promise<Response> => person.fetch(DELETION, { method: 'DELETE' });

async function due(email: string): Promise<number | null> {
  const row = await (await stack.db()).prepare('SELECT deletion_at FROM user WHERE email = ?1').bind(email).first<{ deletion_at: number | null }>();
  return row?.deletion_at ?? null;
}

async function done(email: string): Promise<string[]> {
  const rows = await (await stack.db())
    .prepare('SELECT kind FROM audit_event WHERE user_id = (SELECT id FROM user WHERE email = ?1) ORDER BY seq')
    .bind(email)
    .all<{ kind: string }>();
  return rows.results.map(({ kind }) => kind).filter((kind) => kind.startsWith('deletion'));
}

const mailsTo = async (email: string): Promise<Mail[]> => (await stack.mails()).filter(({ to, subject }) => to.includes(email) && !/code/.test(subject));

describe('asking for the deletion of an account', () => {
  it('wants its address typed', async () => {
    const ann = await stack.person();
    for (const confirm of ['', 'yes', 'x' + ann.email, 'somebody@example.test']) await refused(ask(ann, confirm), 422, 'not_confirmed');
    assert.equal(await due(ann.email), null);
    await refused(ann.send('POST', DELETION, {}), 400, 'malformed_json');
    assert.equal((await ask(ann, ` ${ann.email.toUpperCase()} `)).status, 202);
  });

  it('gives seven days, says so in a mail, ends all other sessions, and is one asking however often', async () => {
    const email = 'bea-leaves@example.test';
    const bea = await stack.person(email);
    const elsewhere = await stack.person(email);
    const before = Date.now();
    const answers = await Promise.all([ask(bea), ask(bea), ask(bea)]);
    const times = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { deletionAt: string }).deletionAt));
    assert.deepEqual(answers.map(({ status }) => status), [202, 202, 202]);
    assert.equal(new Set(times).size, 1, times.join());
    assert.equal(new Date(times[0] ?? '').getTime(), await due(email));
    const late = ((await due(email)) ?? 0) - before - 7 * DAY;
    assert.ok(late >= 0 && late < 60_000, String(late));
    assert.deepEqual(await done(email), ['deletion_asked']);
    const mails = await mailsTo(email);
    assert.equal(mails.length, 1);
    const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(times[0] ?? ''));
    assert.equal(mails[0]?.subject, `Your Vetka account will be deleted on ${day}`);
    assert.match(mails[0]?.text ?? '', new RegExp(`${stack.addresses.app}/settings`));
    assert.equal((await elsewhere.send('POST', '/api/sites', { kind: 'generated', label: 'bea' })).status, 401);
    assert.equal((await bea.send('POST', '/api/sites', { kind: 'generated', label: 'bea' })).status, 201, 'everything works as before');
  });

  it('can be called off, and asked for again', async () => {
    const cia = await stack.person();
    assert.equal((await cancel(cia)).status, 204, 'that nobody asked is as good');
    assert.equal((await ask(cia)).status, 202);
    assert.equal((await cancel(cia)).status, 204);
    assert.equal((await cancel(cia)).status, 204);
    assert.equal(await due(cia.email), null);
    assert.equal((await ask(cia)).status, 202);
    assert.deepEqual(await done(cia.email), ['deletion_asked', 'deletion_cancelled', 'deletion_asked']);
  });
});

/** Moves a request's day to the past, which is all that waiting would do. */
async function daysAreOver(email: string): Promise<void> {
  await (await stack.db()).prepare('UPDATE user SET deletion_at = ?2 WHERE email = ?1').bind(email, Date.now() - 1).run();
}

/** A day and a bit later, for what waits for that. */
async function aDayLater(): Promise<void> {
  await (await stack.db()).prepare('UPDATE blob_doomed SET doomed_at = doomed_at - ?1').bind(DAY + 1).run();
}

/** Everything that is kept anywhere, as text: every table, every key and record, every object with its name. */
async function everything(): Promise<string> {
  const db = await stack.db();
  const kept: string[] = [];
  const tables = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").all<{ name: string }>();
  for (const { name } of tables.results) {
    const rows = await db.prepare(`SELECT * FROM "${name}"`).all();
    for (const row of rows.results) kept.push(`${name}: ${JSON.stringify(row)}`);
  }
  const sessions = await stack.sessions();
  for (const { name } of (await sessions.list()).keys) kept.push(`kv ${name}: ${await sessions.get(name)}`);
  const bucket = await stack.bucket();
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor ? { cursor } : {});
    for (const { key } of page.objects) {
      const text = (await (await bucket.get(key))?.text()) ?? '';
      // What stays of a deleted site is the tombstone of its name, which keeps late writers from bringing it back: a
      // number, and a random id that leads nowhere any more.
      if (key.startsWith('live/') && /^\{"seq":\d+,"siteId":"[a-z0-9]{24}"\}$/.test(text)) continue;
      kept.push(`r2 ${key}: ${text}`);
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
  return kept.join('\n');
}

/** How many messages a conversation's own object knows, whatever the database says. */
async function said(conversationId: string): Promise<number> {
  const objects = await stack.stack.miniflare().getDurableObjectNamespace('CONVERSATION', scriptName('agent'));
  const object = objects.get(objects.idFromName(conversationId));
  const opened = await object.fetch('http://conversation.internal/open');
  return ((await opened.json()) as { messages: unknown[] }).messages.length;
}

/** Gives somebody's site a domain of its own: both records, and looks until it is there. */
async function give(who: Person & { domain: string }, hostname: string): Promise<void> {
  const path = `/api/sites/${who.domain}/domain`;
  const begun = await who.send('PUT', path, { hostname });
  const { records } = (await begun.json()) as { records: { type: string; value: string }[] };
  const value = (type: string): string => records.find((record) => record.type === type)?.value ?? '';
  stack.stack.web.tell(`_vetka.${hostname}`, { TXT: [value('TXT')] });
  stack.stack.web.tell(hostname, { CNAME: [value('CNAME')] });
  for (let tries = 0; tries < 8; tries += 1) {
    const { state } = await who.json<{ state: string }>(`${path}/check`, { method: 'POST' });
    if (state === 'active') return;
  }
  assert.fail(`${hostname} never became active`);
}

/** The domains that Cloudflare carries for us. */
const carried = (): string[] => (stack.stack.saas.cloudflare.account.zones[0]?.hostnames ?? []).map(({ hostname }) => hostname);

const traces = (kept: string, of: Record<string, string>): string[] =>
  Object.entries(of).flatMap(([what, text]) => {
    const at = kept.indexOf(text);
    return at < 0 ? [] : [`${what} in: ${kept.slice(kept.lastIndexOf('\n', at) + 1).slice(0, 160)}`];
  });

describe('an account whose days are over', () => {
  it('goes with everything, wherever that was, and its owner gets a receipt', async () => {
    const email = 'dora-goes@example.test';
    const dora = await stack.owner('dora-goes', email);
    const publishing = await Publishing.of(stack);
    const { user } = await dora.json<{ user: { id: string } }>('/api/auth/get-session');
    const body = new FormData();
    body.set('file', new File(['what dora sent along'], 'note.txt'));
    const { id: upload } = await dora.json<{ id: string }>('/api/agent/upload', { method: 'POST', body });
    await (await stream(dora, { message: 'A site for the singular Doraemonia', attachments: [upload] })).text();
    const { conversationId } = await dora.json<{ conversationId: string }>('/api/agent/session');
    const site = { id: dora.siteId, label: dora.label, token: await publishing.token(dora.siteId) };
    const shared = `shared by two ${newId()}`;
    const own = `only of dora ${newId()}`;
    const { snapshotId } = await publishing.publish(site, { 'index.html': own, 'shared.txt': shared });
    const hostname = 'doras-own-address.localhost';
    await give(dora, hostname);
    assert.ok(carried().includes(hostname));
    // Visitors of the first address stay there, so that both can be looked at.
    assert.equal((await dora.send('PATCH', `/api/sites/${dora.domain}/settings`, { canonical: 'label' })).status, 200);
    const neighbour = await publishing.site();
    await publishing.publish(neighbour, { 'index.html': `home of a neighbour ${newId()}`, 'shared.txt': shared });
    await (await stack.bucket()).put(`pictures/${user.id}/${newId()}`, 'a picture of dora');
    const report = { url: stack.siteOrigin(neighbour.label), reason: 'copyright', details: '', email };
    assert.equal((await dora.fetch('/report', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(report).toString() })).status, 303);
    const reacts = async (who: Person, label: string, body: string, exact: string): Promise<void> => {
      const wish = { url: `${stack.siteOrigin(label)}/`, signal: 'heart', body, anchor: { exact, x: 1, y: 1 } };
      assert.equal((await who.send('POST', '/api/notch/reactions', wish)).status, 201);
    };
    const host = await stack.owner('dora-visits');
    await reacts(dora, host.label, 'dora was very pleased', 'words that dora picked');
    await reacts(host, dora.label, 'a guest of hers', 'words of hers');
    await dora.fetch('/api/account/export', { method: 'POST' }).then(async (answer) => await answer.arrayBuffer());
    assert.equal((await publishing.get(dora.label)).text, own);
    const friend = await stack.owner('friend-of-dora');
    const write = async (from: Person, to: { domain: string }, body: string): Promise<void> => {
      const sent = await from.send('POST', `/api/notch/threads/${to.domain}/messages`, { body, clientId: newId() });
      assert.equal(sent.status, 201);
    };
    await write(dora, friend, 'a word of dora to her friend');
    await write(friend, dora, 'a word to dora from her friend');
    const device = await stack.person(email);
    assert.equal((await ask(dora)).status, 202);
    void device;

    await stack.scheduled('api');
    assert.equal((await publishing.get(dora.label, '/', { reload: true })).text, own, 'not before the day');
    const of = {
      'the account': user.id, 'the address': email, 'the site': dora.siteId, 'the conversation': conversationId, 'the upload': upload,
      'what was said': 'Doraemonia', 'what was sent': 'what dora sent along', 'the version': snapshotId, 'the picture': 'a picture of dora',
      'her own file': own, 'its blob': sha256(own), 'the thumbnail': `r2 thumbnails/${dora.siteId}/`,
      'what she left': 'dora was very pleased', 'where she left it': 'words that dora picked', 'what was left there': 'a guest of hers',
      'where that was': 'words of hers',
      'whom a report answers': `"email":"${email}","created_at"`, 'the domain': dora.domain, 'the domain of her own': hostname,
      'the record of that domain': `r2 hosts/${hostname}`,
      'what she wrote to others': 'a word of dora', 'what others wrote to her': 'a word to dora',
    };
    const before = await everything();
    assert.deepEqual(Object.keys(of).filter((what) => traces(before, { [what]: of[what as keyof typeof of] }).length === 0), [], 'all of it was there');
    assert.ok((await said(conversationId)) >= 2);

    await daysAreOver(email);
    await stack.scheduled('api');
    assert.equal((await dora.fetch('/api/sites', { method: 'POST' })).status, 401);
    await aDayLater();
    await stack.scheduled('deploy');

    assert.deepEqual(traces(await everything(), of), []);
    assert.equal(carried().includes(hostname), false, 'nor does Cloudflare know it');
    assert.equal(await said(conversationId), 0);
    for (const origin of [dora.label, `v--${snapshotId}`]) {
      for (const reload of [true, false]) {
        if (!reload) await new Promise((resolve) => setTimeout(resolve, 7_100));
        const answer = await publishing.get(origin, '/', { reload });
        assert.equal(answer.status, 404, origin);
        assert.ok(!answer.text.includes(own));
      }
    }
    assert.equal((await publishing.get(neighbour.label, '/shared.txt')).text, shared, 'what a neighbour holds too stays');

    const [receipt] = await mailsTo(email);
    assert.equal(receipt?.subject, 'Your Vetka account has been deleted');
    assert.equal((await mailsTo(email)).length, 2);
    await stack.scheduled('api');
    assert.equal((await mailsTo(email)).length, 2, 'one receipt');

    const again = await stack.person(email);
    const { user: anew } = await again.json<{ user: { id: string } }>('/api/auth/get-session');
    assert.notEqual(anew.id, user.id);
    assert.equal((await again.send('POST', '/api/sites', { kind: 'generated', label: dora.label })).status, 201, 'the name is free again');
  });

  it('stays when it was called off, however close; then the schedule has nothing to do', async () => {
    const eve = await stack.owner('eve-stays');
    assert.equal((await ask(eve)).status, 202);
    await daysAreOver(eve.email);
    assert.equal((await cancel(eve)).status, 204);
    await stack.scheduled('api');
    assert.equal((await eve.json<{ sites: unknown[] }>('/api/sites')).sites.length, 1);
  });

  it('is either kept whole or goes whole, when both are asked for at once', async () => {
    for (let round = 0; round < 6; round++) {
      const fay = await stack.owner(`fay-${round}`);
      assert.equal((await ask(fay)).status, 202);
      await daysAreOver(fay.email);
      const [kept] = await Promise.all([cancel(fay), stack.scheduled('api')]);
      await stack.scheduled('api');
      const row = await (await stack.db()).prepare('SELECT count(*) AS n FROM user WHERE email = ?1').bind(fay.email).first<{ n: number }>();
      const site = await (await stack.db()).prepare('SELECT count(*) AS n FROM site WHERE id = ?1').bind(fay.siteId).first<{ n: number }>();
      assert.deepEqual([row?.n, site?.n], kept.status === 204 ? [1, 1] : [0, 0], String(kept.status));
    }
  });

  it('takes nobody in while it is going, and goes on where it was cut off', async () => {
    const email = 'gil-goes@example.test';
    const gil = await stack.owner('gil-goes', email);
    assert.equal((await ask(gil)).status, 202);
    await daysAreOver(email);
    // As if the first run had been cut off right after it claimed the account.
    await (await stack.db()).prepare('UPDATE user SET deleting_at = ?2 WHERE email = ?1').bind(email, Date.now()).run();
    await refused(cancel(gil), 409, 'too_late');
    await assert.rejects(stack.person(email), /409/);
    await stack.scheduled('api');
    assert.deepEqual(traces(await everything(), { 'the site': gil.siteId }), []);
    assert.equal((await stack.person(email)).email, email);
  });
});
