/** What sites write to each other: two sides of one thread, who may write, what a block hides, and what changes reach both. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { D1Database } from '@cloudflare/workers-types';
import { type Person, type RequestInit, type Response, type TestStack, startTestStack } from './harness.ts';
import { Listener } from './live-kit.ts';

type Member = Person & { label: string; domain: string; siteId: string };

interface Message {
  id: string;
  clientId: string | null;
  from: 'me' | 'them';
  body: string;
  createdAt: string;
  editedAt: string | null;
  deleted: boolean;
  readAt: string | null;
}
interface Thread {
  with: { domain: string; name: string; url: string; image: string | null };
  last: Message;
  unread: number;
  muted: boolean;
}
interface Threads {
  threads: Thread[];
  unread: number;
  nextCursor: string | null;
}
interface Messages {
  with: Thread['with'];
  messages: Message[];
  nextCursor: string | null;
  canWrite: boolean;
  why: string | null;
}

let stack: TestStack;
let db: D1Database;
before(async () => {
  stack = await startTestStack();
  db = await stack.db();
});
after(async () => await stack.close());

let labels = 0;
/** Somebody new with a site. */
const member = async (name: string): Promise<Member> => await stack.owner(`${name}-${++labels}`);
const pair = async (): Promise<[Member, Member]> => [await member('ann'), await member('ben')];

let names = 0;
const post = async (from: Member, to: { domain: string }, body: string, clientId = `m${++names}`): Promise<Response> =>
  await from.send('POST', `/api/notch/threads/${to.domain}/messages`, { body, clientId });

async function say(from: Member, to: { domain: string }, body: string, clientId?: string): Promise<Message> {
  const answer = await post(from, to, body, clientId);
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return JSON.parse(text) as Message;
}

const thread = async (who: Member, other: Member, query = ''): Promise<Messages> =>
  await who.json<Messages>(`/api/notch/threads/${other.domain}/messages${query}`);
const threads = async (who: Member, query = ''): Promise<Threads> => await who.json<Threads>(`/api/notch/threads${query}`);
const bodies = (page: Messages): string[] => page.messages.map(({ body }) => body);

async function refused(asked: Promise<Response>, status: number, code: string): Promise<void> {
  const answer = await asked;
  const body = (await answer.json()) as { code: string; message: string };
  assert.deepEqual([answer.status, body.code], [status, code], body.message);
}

const relate = async (table: 'block' | 'mute', of: Member, other: Member): Promise<void> => {
  await db.prepare(`INSERT INTO ${table} (site_id, other_id, created_at) VALUES (?1, ?2, ?3)`).bind(of.siteId, other.siteId, Date.now()).run();
};
const unrelate = async (table: 'block' | 'mute', of: Member, other: Member): Promise<void> => {
  await db.prepare(`DELETE FROM ${table} WHERE site_id = ?1 AND other_id = ?2`).bind(of.siteId, other.siteId).run();
};
const follow = async (of: Member, other: Member): Promise<void> => {
  await db.prepare('INSERT INTO follow (follower_id, followee_id, created_at) VALUES (?1, ?2, ?3)').bind(of.siteId, other.siteId, Date.now()).run();
};
const lets = async (who: Member, from: string): Promise<void> => {
  await db.prepare('UPDATE site SET messages_from = ?2 WHERE id = ?1').bind(who.siteId, from).run();
};
const notices = async (who: Member): Promise<number> => {
  const row = await db.prepare("SELECT count(*) AS n FROM notification WHERE site_id = ?1 AND kind = 'message'").bind(who.siteId).first<{ n: number }>();
  return row?.n ?? -1;
};
/** As if a message had been sent so long ago. */
const age = async (id: string, ms: number): Promise<void> => {
  await db.prepare('UPDATE message SET created_at = created_at - ?2 WHERE id = ?1').bind(id, ms).run();
};
const MINUTES = 60_000;

describe('a thread', () => {
  it('has two sides', async () => {
    const [ann, ben] = await pair();
    assert.deepEqual(bodies(await thread(ann, ben)), []);
    const first = await say(ann, ben, 'Hello Ben');
    assert.deepEqual([first.from, first.body, first.editedAt, first.deleted, first.readAt], ['me', 'Hello Ben', null, false, null]);
    await say(ben, ann, 'Hello Ann');
    const [hers, his] = [await thread(ann, ben), await thread(ben, ann)];
    assert.deepEqual(hers.messages.map(({ from, body }) => [from, body]), [['them', 'Hello Ann'], ['me', 'Hello Ben']]);
    assert.deepEqual(his.messages.map(({ from, body }) => [from, body]), [['me', 'Hello Ann'], ['them', 'Hello Ben']]);
    assert.deepEqual([hers.with.domain, hers.with.url, hers.canWrite, hers.why], [ben.domain, `${stack.siteOrigin(ben.label)}/`, true, null]);
    assert.equal(his.messages[1]?.clientId, null, 'what her page called it is hers');
    assert.equal(hers.messages[1]?.clientId, first.clientId);
  });

  it('is the same when both begin it at once', async () => {
    const [ann, ben] = await pair();
    await Promise.all([say(ann, ben, 'a'), say(ben, ann, 'b'), say(ann, ben, 'c')]);
    assert.deepEqual(bodies(await thread(ann, ben)).sort(), ['a', 'b', 'c']);
    assert.equal((await db.prepare('SELECT count(*) AS n FROM thread WHERE low_id IN (?1, ?2)').bind(ann.siteId, ben.siteId).first<{ n: number }>())?.n, 1);
  });

  it('is paged without gaps or doubles while it grows', async () => {
    const [ann, ben] = await pair();
    for (let at = 1; at <= 7; at++) await say(ann, ben, `m${at}`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Messages = await thread(ben, ann, `?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...bodies(page));
      await say(ben, ann, 'in between');
      cursor = page.nextCursor;
    } while (cursor !== null);
    assert.deepEqual(seen, ['m7', 'm6', 'm5', 'm4', 'm3', 'm2', 'm1']);
  });

  it('is listed by its newest message, with what is unread', async () => {
    const [ann, ben] = await pair();
    const cia = await member('cia');
    await say(ben, ann, 'from ben');
    await say(cia, ann, 'from cia');
    await say(ben, ann, 'from ben again');
    const listed = await threads(ann);
    assert.deepEqual(listed.threads.map((one) => [one.with.domain, one.last.body, one.unread]), [[ben.domain, 'from ben again', 2], [cia.domain, 'from cia', 1]]);
    assert.equal(listed.unread, 3);
    const page = await threads(ann, '?limit=1');
    const next = await threads(ann, `?limit=1&cursor=${page.nextCursor}`);
    assert.deepEqual([...page.threads, ...next.threads].map((one) => one.with.domain), [ben.domain, cia.domain]);
    assert.equal(next.nextCursor, null);
    assert.match(await (await ann.fetch('/')).text(), /id="unread-messages"[^>]*><span aria-hidden="true">3</);
  });

  it('belongs to nobody else', async () => {
    const [ann, ben] = await pair();
    const mallory = await member('mallory');
    const { id } = await say(ann, ben, 'between us');
    assert.deepEqual(bodies(await thread(mallory, ann)), []);
    assert.deepEqual((await threads(mallory)).threads, []);
    for (const who of [mallory, ben]) {
      await refused(who.send('PATCH', `/api/notch/messages/${id}`, { body: 'forged' }), 404, 'not_found');
      await refused(who.fetch(`/api/notch/messages/${id}`, { method: 'DELETE' }), 404, 'not_found');
    }
    await say(mallory, ann, 'so that there is a thread');
    await refused(mallory.send('POST', `/api/notch/threads/${ann.domain}/read`, { upTo: id }), 404, 'not_found');
    assert.equal((await thread(ann, ben)).messages[0]?.body, 'between us');
  });
});

describe('sending', () => {
  it('twice is sending once', async () => {
    const [ann, ben] = await pair();
    const twins = await Promise.all([say(ann, ben, 'only once', 'twin'), say(ann, ben, 'only once', 'twin'), say(ann, ben, 'only once', 'twin')]);
    assert.equal(new Set(twins.map(({ id }) => id)).size, 1);
    assert.equal((await say(ann, ben, 'other words', 'twin')).body, 'only once');
    assert.deepEqual(bodies(await thread(ben, ann)), ['only once']);
    assert.equal((await threads(ben)).unread, 1);
    const cia = await member('cia');
    await refused(post(ann, cia, 'to somebody else', 'twin'), 409, 'client_id_used');
    assert.deepEqual(bodies(await thread(cia, ann)), []);
  });

  it('takes text as text', async () => {
    const [ann, ben] = await pair();
    const typed = '  <img src=x onerror=alert(1)>\r\nhttps://evil.test/ \u202egnp.exe\u0000 & "quotes" 👩🏽‍🍳 ';
    const cleaned = '<img src=x onerror=alert(1)>\nhttps://evil.test/ gnp.exe & "quotes" 👩🏽‍🍳';
    assert.equal((await say(ann, ben, typed)).body, cleaned);
    const page = await (await ben.fetch(`/messages/${ann.domain}`)).text();
    assert.ok(page.includes('&lt;img src=x onerror=alert(1)&gt;\nhttps://evil.test/ gnp.exe'), 'the words are not on the page');
    assert.ok(!page.includes('<img src=x') && !page.includes('href="https://evil.test'), 'a message became HTML');
  });

  it('says what is wrong', async () => {
    const [ann, ben] = await pair();
    const without = Object.assign(await stack.person(), { label: '', domain: '', siteId: '' });
    for (const body of ['', ' \n ', '\u200b']) await refused(post(ann, ben, body), 400, 'empty_message');
    assert.equal((await say(ann, ben, 'ж'.repeat(4000))).body.length, 4000);
    await refused(post(ann, ben, 'ж'.repeat(4001)), 400, 'message_too_long');
    for (const clientId of ['', 'a b', 'a'.repeat(65)]) await refused(post(ann, ben, 'x', clientId), 400, 'malformed_client_id');
    await refused(post(ann, { domain: 'nobody-there.vetka.localhost' }, 'x'), 404, 'not_found');
    await refused(post(ann, ann, 'x'), 422, 'yourself');
    await refused(post(without, ann, 'x'), 403, 'site_needed');
    const form: RequestInit = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"body":"x","clientId":"y"}' };
    await refused(ann.fetch(`/api/notch/threads/${ben.domain}/messages`, form), 415, 'unsupported_media_type');
  });

  it('has a limit, and a lower one for those who never answered', async () => {
    const [ann, ben] = await pair();
    for (let at = 0; at < 20; at++) await say(ann, ben, `unanswered ${at}`);
    const answer = await post(ann, ben, 'one too many');
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
    await say(ben, ann, 'Well, hello');
    await say(ann, ben, 'Now we talk');
  });
});

describe('who may write', () => {
  it('is for whom they write to to say, until they have written themselves', async () => {
    const [ann, ben] = await pair();
    await lets(ben, 'nobody');
    await refused(post(ann, ben, 'hello?'), 403, 'messages_closed');
    assert.deepEqual([(await thread(ann, ben)).canWrite, (await thread(ann, ben)).why], [false, 'This site takes no messages.']);
    await lets(ben, 'following');
    await refused(post(ann, ben, 'hello?'), 403, 'messages_closed');
    await follow(ann, ben);
    await refused(post(ann, ben, 'I follow you'), 403, 'messages_closed');
    await follow(ben, ann);
    await say(ann, ben, 'You follow me');
    await lets(ben, 'nobody');
    await refused(post(ann, ben, 'and now?'), 403, 'messages_closed');
    await say(ben, ann, 'I write to you');
    await say(ann, ben, 'So I may answer');
    assert.equal((await thread(ann, ben)).canWrite, true);
  });
});

describe('a block', () => {
  it('is silent: its author sees what they always see, the other nothing, now and later', async () => {
    const [ann, ben] = await pair();
    await say(ben, ann, 'before');
    await relate('block', ann, ben);
    const [hers, his] = [await Listener.open(ann), await Listener.open(ben)];
    const sent = await say(ben, ann, 'can you hear me');
    assert.deepEqual([sent.from, sent.body, sent.readAt, sent.deleted], ['me', 'can you hear me', null, false]);
    await his.find(({ type, id }) => type === 'message' && id === sent.id);
    const edited = await ben.send('PATCH', `/api/notch/messages/${sent.id}`, { body: 'can you hear me now' });
    assert.equal(edited.status, 200);
    await his.find(({ type, id }) => type === 'message_changed' && id === sent.id);

    const there = await thread(ben, ann);
    assert.deepEqual([bodies(there), there.canWrite, there.why], [['can you hear me now', 'before'], true, null]);
    assert.equal((await threads(ben)).threads[0]?.last.body, 'can you hear me now');
    assert.deepEqual(bodies(await thread(ann, ben)), ['before']);
    assert.deepEqual((await threads(ann)).threads.map((one) => [one.last.body, one.unread]), [['before', 1]]);
    assert.ok(!(await (await ann.fetch(`/messages/${ben.domain}`)).text()).includes('can you hear me'));
    await refused(ann.send('POST', `/api/notch/threads/${ben.domain}/read`, { upTo: sent.id }), 404, 'not_found');
    assert.deepEqual(hers.events, [], 'her pages heard of it');

    // What she reads now, he does not hear of.
    const [before] = (await thread(ann, ben)).messages;
    await ann.send('POST', `/api/notch/threads/${ben.domain}/read`, { upTo: before!.id });
    assert.equal((await thread(ben, ann)).messages.at(-1)?.readAt, null);
    assert.equal((await threads(ann)).unread, 0);
    await refused(post(ann, ben, 'she cannot write either'), 403, 'blocked');

    await unrelate('block', ann, ben);
    assert.deepEqual(bodies(await thread(ann, ben)), ['before'], 'what was withheld stays so');
    await say(ben, ann, 'after');
    assert.deepEqual(bodies(await thread(ann, ben)), ['after', 'before']);
    await Promise.all([hers.close(), his.close()]);
  });

  it('before anything was written makes no thread for whoever blocked', async () => {
    const [ann, ben] = await pair();
    await relate('block', ann, ben);
    await say(ben, ann, 'hello');
    assert.equal((await threads(ben)).threads.length, 1);
    assert.deepEqual(await threads(ann), { threads: [], unread: 0, nextCursor: null });
    assert.equal(await notices(ann), 0);
  });

  it('looks to the blocked like silence, request for request', async () => {
    const ben = await member('ben');
    const [kind, blocking] = [await member('kind'), await member('blocking')];
    await relate('block', blocking, ben);
    const shape = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, inner: unknown) => (['id', 'createdAt', 'clientId', 'domain', 'name', 'url'].includes(key) ? typeof inner : inner)));
    const looks = async (other: Member): Promise<unknown[]> => {
      const answer = await post(ben, other, 'hello');
      const message = (await answer.json()) as Message;
      const changed = await ben.send('PATCH', `/api/notch/messages/${message.id}`, { body: 'hello!' });
      return [answer.status, shape(message), changed.status, shape({ ...((await changed.json()) as Message), editedAt: 'some time' }), shape({ ...(await thread(ben, other)), messages: [] })];
    };
    assert.deepEqual(await looks(blocking), await looks(kind));
  });
});

describe('a mute', () => {
  it('lets messages come, and counts and tells none', async () => {
    const [ann, ben] = await pair();
    await relate('mute', ann, ben);
    await say(ben, ann, 'psst');
    const listed = await threads(ann);
    assert.deepEqual([listed.unread, listed.threads[0]?.muted, listed.threads[0]?.unread], [0, true, 1]);
    assert.equal(await notices(ann), 0);
    assert.match(await (await ann.fetch('/')).text(), /id="unread-messages"[^>]*hidden/);
  });
});

describe('reading', () => {
  it('is told to whoever wrote, and takes what was told away', async () => {
    const [ann, ben] = await pair();
    const sent = [await say(ann, ben, 'one'), await say(ann, ben, 'two'), await say(ann, ben, 'three')];
    assert.equal(await notices(ben), 1, 'one notification for a thread, however many messages');
    const answer = await ben.send('POST', `/api/notch/threads/${ann.domain}/read`, { upTo: sent[1]!.id });
    assert.deepEqual(await answer.json(), { unread: 1 });
    const receipts = (await thread(ann, ben)).messages.map(({ body, readAt }) => [body, readAt !== null]);
    assert.deepEqual(receipts, [['three', false], ['two', true], ['one', true]]);
    assert.equal(await notices(ben), 0);
    // Going back marks nothing unread, and reading again moves no receipt.
    const [, first] = (await thread(ann, ben)).messages;
    await ben.send('POST', `/api/notch/threads/${ann.domain}/read`, { upTo: sent[0]!.id });
    assert.equal((await threads(ben)).unread, 1);
    await ben.send('POST', `/api/notch/threads/${ann.domain}/read`, { upTo: sent[2]!.id });
    assert.equal((await thread(ann, ben)).messages[1]?.readAt, first?.readAt);
    assert.equal((await threads(ben)).unread, 0);
    await say(ann, ben, 'four');
    assert.equal(await notices(ben), 1, 'and again for what comes after it was read');
  });
});

describe('changing one\'s mind', () => {
  it('takes a quarter of an hour at the most', async () => {
    const [ann, ben] = await pair();
    const { id } = await say(ann, ben, 'teh');
    const edited = (await (await ann.send('PATCH', `/api/notch/messages/${id}`, { body: 'the\u202e' })).json()) as Message;
    assert.deepEqual([edited.body, edited.editedAt !== null], ['the', true]);
    assert.equal((await thread(ben, ann)).messages[0]?.body, 'the');
    await refused(ann.send('PATCH', `/api/notch/messages/${id}`, { body: ' ' }), 400, 'empty_message');
    await age(id, 14.9 * MINUTES);
    assert.equal((await ann.send('PATCH', `/api/notch/messages/${id}`, { body: 'still' })).status, 200);
    await age(id, 0.2 * MINUTES);
    await refused(ann.send('PATCH', `/api/notch/messages/${id}`, { body: 'late' }), 409, 'too_late');
    await refused(ann.fetch(`/api/notch/messages/${id}`, { method: 'DELETE' }), 409, 'too_late');
    assert.deepEqual(bodies(await thread(ben, ann)), ['still']);
  });

  it('leaves no words behind, and nothing unread', async () => {
    const [ann, ben] = await pair();
    const { id } = await say(ann, ben, 'never mind these words');
    assert.equal((await ann.fetch(`/api/notch/messages/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await ann.fetch(`/api/notch/messages/${id}`, { method: 'DELETE' })).status, 204);
    await refused(ann.send('PATCH', `/api/notch/messages/${id}`, { body: 'back' }), 409, 'message_deleted');
    const [seen] = (await thread(ben, ann)).messages;
    assert.deepEqual([seen?.deleted, seen?.body], [true, '']);
    assert.deepEqual([(await threads(ben)).unread, await notices(ben)], [0, 0]);
    const row = await db.prepare('SELECT * FROM message WHERE id = ?1').bind(id).first();
    assert.ok(!JSON.stringify(row).includes('never mind'));
  });
});

describe('pages without JavaScript', () => {
  const form = (fields: Record<string, string>): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });

  it('write, answer, edit, take back and mark as read', async () => {
    const [ann, ben] = await pair();
    const found = await ann.fetch(`/messages?to=${encodeURIComponent(`https://${ben.domain}/about`)}`);
    assert.deepEqual([found.status, found.headers.get('location')], [303, `/messages/${ben.domain}`]);
    const lost = await ann.fetch('/messages?to=nobody-there.test');
    assert.equal(lost.status, 404);
    assert.match(await lost.text(), /value="nobody-there\.test"/);

    const page = await (await ann.fetch(`/messages/${ben.domain}`)).text();
    const clientId = /name="clientId" value="([a-z2-7]{24})"/.exec(page)?.[1] ?? '';
    const sent = await ann.fetch(`/messages/${ben.domain}`, form({ body: 'By post', clientId }));
    assert.deepEqual([sent.status, sent.headers.get('location')], [303, `/messages/${ben.domain}#write`]);
    await ann.fetch(`/messages/${ben.domain}`, form({ body: 'By post', clientId }));
    const [message] = (await thread(ben, ann)).messages;
    assert.deepEqual(bodies(await thread(ben, ann)), ['By post'], 'a form sent twice is one message');

    assert.match(await (await ben.fetch(`/messages/${ann.domain}`)).text(), /<noscript>[\s\S]*Mark as read/);
    await ben.fetch(`/messages/${ann.domain}/read`, form({ upTo: message!.id }));
    assert.equal((await threads(ben)).unread, 0);
    await ann.fetch(`/messages/${ben.domain}/edit`, form({ id: message!.id, body: 'By mail' }));
    assert.deepEqual(bodies(await thread(ben, ann)), ['By mail']);
    await ann.fetch(`/messages/${ben.domain}/delete`, form({ id: message!.id }));
    assert.deepEqual(bodies(await thread(ben, ann)), ['']);
  });

  it('give back what was typed when it cannot be sent', async () => {
    const [ann, ben] = await pair();
    const long = 'ж'.repeat(4001);
    const answer = await ann.fetch(`/messages/${ben.domain}`, form({ body: long, clientId: 'x' }));
    assert.equal(answer.status, 400);
    const page = await answer.text();
    assert.ok(page.includes(`>${long}</textarea>`) && page.includes('A message has at most 4,000 characters'));
  });

  it('tell somebody without a site how to get one', async () => {
    const page = await (await (await stack.person()).fetch('/messages')).text();
    assert.match(page, /Pick a name|pick a name/);
    assert.match(page, /href="\/setup"/);
  });
});

describe('live', () => {
  it('both sides hear of a message, a change and a receipt within a second, and nobody else', async () => {
    const [ann, ben] = await pair();
    const cia = await member('cia');
    const [hers, his, other] = [await Listener.open(ann), await Listener.open(ben), await Listener.open(cia)];
    const SECOND = 1000;
    const { id } = await say(ann, ben, 'live');
    await his.find((event) => event.type === 'message' && event.with === ann.domain && event.id === id, SECOND);
    await hers.find((event) => event.type === 'message' && event.with === ben.domain && event.id === id, SECOND);
    await his.find((event) => event.type === 'notification' && event.kind === 'message', SECOND);
    await ann.send('PATCH', `/api/notch/messages/${id}`, { body: 'still live' });
    await his.find((event) => event.type === 'message_changed' && event.id === id, SECOND);
    await ben.send('POST', `/api/notch/threads/${ann.domain}/read`, { upTo: id });
    await hers.find((event) => event.type === 'read' && event.with === ben.domain, SECOND);
    await his.find((event) => event.type === 'unread', SECOND);
    for (const event of [...hers.events, ...his.events]) assert.ok(!JSON.stringify(event).includes('live"'), 'words went over the wire');
    assert.deepEqual(other.events, []);
    await Promise.all([hers.close(), his.close(), other.close()]);
  });

  it('ends for a browser that signs out, and stays for the others', async () => {
    const ann = await member('ann');
    const elsewhere = await stack.person(ann.email);
    const [here, there] = [await Listener.open(ann), await Listener.open(elsewhere)];
    await elsewhere.send('POST', '/api/auth/sign-out', {});
    await there.until('the end', () => there.closed !== null);
    assert.equal(there.closed, 4401);
    assert.equal(here.closed, null);
    await here.close();
  });
});
