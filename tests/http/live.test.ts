/** The live door: what happens to somebody's site reaches their open pages, nobody else's, and nobody's who has signed out. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { scriptName } from '../../scripts/stack/stack.ts';
import { type Person, type TestStack, startTestStack } from './harness.ts';
import { Listener } from './live-kit.ts';
import { Frame, cookieName } from './notch-kit.ts';

let stack: TestStack;
let ann: Person & { siteId: string };
let ben: Person & { siteId: string };
before(async () => {
  stack = await startTestStack();
  ann = await stack.owner('ann');
  ben = await stack.owner('ben');
});
after(async () => await stack.close());

/** Asks the object of a site, as the workers do. */
async function object(siteId: string, path: string, body?: string): Promise<number> {
  const lives = await stack.stack.miniflare().getDurableObjectNamespace('LIVE', scriptName('agent'));
  const answer = await lives.get(lives.idFromName(siteId)).fetch(`http://live.internal${path}`, { method: 'POST', ...(body === undefined ? {} : { body }) });
  return answer.status;
}

describe('the live door', () => {
  it('brings an event to every open page of the site, and to no other site', async () => {
    const pages = [await Listener.open(ann), await Listener.open(ann)];
    const other = await Listener.open(ben);
    assert.equal(await object(ann.siteId, '/tell', '{"type":"unread"}'), 204);
    for (const page of pages) await page.find(({ type }) => type === 'unread');
    assert.equal(await object(ben.siteId, '/tell', '{"type":"reaction","url":"https://ben.test/"}'), 204);
    await other.find(({ type }) => type === 'reaction');
    assert.deepEqual(other.events.map(({ type }) => type), ['reaction']);
    for (const page of [...pages, other]) await page.close();
  });

  it('answers pings, and hears nothing else', async () => {
    const page = await Listener.open(ann);
    page.socket.send('ping');
    await page.until('the pong', () => page.pongs === 1);
    page.socket.send('{"type":"unread"}');
    await page.until('the end', () => page.closed !== null);
    assert.equal(page.closed, 4400);
  });

  it('is for pages of the app', async () => {
    for (const origin of ['https://evil.example', stack.siteOrigin('ann'), 'null', '']) {
      assert.equal(await ann.upgrade('/api/notch/live', { origin }), 403, origin);
    }
    assert.equal(await ann.upgrade('/api/notch/live'), 101);
    assert.equal((await ann.fetch('/api/notch/live', { headers: { origin: ann.origin } })).status, 426);
  });

  it('is for people with a site', async () => {
    assert.equal(await stack.anybody.upgrade('/api/notch/live'), 401);
    assert.equal(await (await stack.person()).upgrade('/api/notch/live'), 403);
  });

  it('is shut for a session that was ended', async () => {
    const here = await Listener.open(ann);
    const elsewhere = await stack.person(ann.email);
    const there = await Listener.open(elsewhere);
    const db = await stack.db();
    const { results } = await db.prepare("SELECT s.id FROM session s JOIN user u ON u.id = s.user_id WHERE u.email = ?1 ORDER BY s.created_at DESC LIMIT 1").bind(ann.email).all<{ id: string }>();
    await db.prepare('DELETE FROM session WHERE id = ?1').bind(results[0]!.id).run();
    assert.equal(await object(ann.siteId, '/closed'), 204);
    assert.equal(await object(ann.siteId, '/tell', '{"type":"unread"}'), 204);
    await here.find(({ type }) => type === 'unread');
    await there.until('the end', () => there.closed !== null);
    assert.deepEqual([there.closed, there.events], [4401, []]);
    assert.equal(await elsewhere.upgrade('/api/notch/live'), 401, 'a token that is still believed elsewhere opens no socket');
    assert.equal(here.closed, null);
    await here.close();
  });

  it('is open to the frame where somebody agreed to be known, until they take that back', async () => {
    const frame = await new Frame(stack, stack.siteOrigin('ben')).enter(ann);
    const path = (on: string): string => `/api/notch/live?notch=${encodeURIComponent(on)}`;
    const page = await Listener.open(frame, path(frame.on));
    assert.equal(await object(ann.siteId, '/tell', '{"type":"unread"}'), 204);
    await page.find(({ type }) => type === 'unread');

    assert.equal(await ann.upgrade(path(frame.on)), 401, 'who is signed in here is not known there');
    assert.equal(await frame.upgrade('/api/notch/live'), 401, 'and who is known there is not signed in here');
    assert.equal(await frame.upgrade(path(stack.siteOrigin('ann'))), 401, 'nor known elsewhere');
    assert.equal(await frame.upgrade(path(frame.on), { origin: frame.on }), 403, 'the page around the frame is not the frame');

    const { grants } = await ann.json<{ grants: { id: string }[] }>('/api/notch/grants');
    assert.equal((await ann.fetch(`/api/notch/grants/${grants[0]!.id}`, { method: 'DELETE' })).status, 204);
    await page.until('the end', () => page.closed !== null);
    assert.equal(page.closed, 4401);
    assert.equal(await frame.upgrade(path(frame.on)), 401);
  });

  it('is open to the frame by its bearer, which is offered as a protocol and stays as it is', async () => {
    const carl = await stack.owner('carl');
    const frame = await new Frame(stack, stack.siteOrigin('ben')).bear(carl);
    const path = (on: string): string => `/api/notch/live?notch=${encodeURIComponent(on)}`;
    const offer = (bearer: string, more: Record<string, string> = {}): Record<string, string> => ({ 'sec-websocket-protocol': `vetka-notch, ${bearer}`, ...more });
    const { bearer } = frame;
    const db = await stack.db();
    await db.prepare('UPDATE notch_bearer SET made_at = made_at - 7200000').run();

    const page = new Listener(frame.socket(path(frame.on), {}, ['vetka-notch', bearer]));
    await page.until('the socket to open', () => page.socket.readyState === 1);
    assert.equal(page.socket.protocol, 'vetka-notch', 'and the bearer is not said again');
    assert.equal(await object(carl.siteId, '/tell', '{"type":"unread"}'), 204);
    await page.find(({ type }) => type === 'unread');

    assert.equal(await frame.upgrade(path(frame.on), offer(bearer)), 101, 'a socket cannot bring another one, so it stays');
    assert.equal(await frame.upgrade(path(stack.siteOrigin('ann')), offer(bearer)), 403, 'elsewhere');
    assert.equal(await frame.upgrade(path(frame.on), offer(bearer, { origin: frame.on })), 403, 'the page around the frame is not the frame');
    assert.equal(await frame.upgrade('/api/notch/live', offer(bearer)), 401, 'nor is it a session');
    assert.equal(await frame.upgrade(path(frame.on), offer(bearer, { cookie: `${cookieName(frame.on)}=x` })), 403, 'beside a cookie');
    for (const protocols of [bearer, `${bearer}, vetka-notch`, `chat, ${bearer}`, 'vetka-notch', `vetka-notch, vb_${'a'.repeat(43)}`]) {
      assert.equal(await frame.upgrade(path(frame.on), { 'sec-websocket-protocol': protocols }), 401, protocols);
    }
    assert.equal(await frame.upgrade(`${path(frame.on)}&bearer=${bearer}`), 401, 'an address says nothing of it');
    assert.equal(await frame.upgrade(path(frame.on), { authorization: `Notch ${bearer}` }), 401, 'no browser sends that with a socket');

    assert.equal((await frame.send('POST', '/api/notch/sign-out', {})).status, 204);
    await page.until('the end', () => page.closed !== null);
    assert.equal(page.closed, 4401);
    assert.equal(await frame.upgrade(path(frame.on), offer(bearer)), 401);
  });

  it('has room for many tabs, and not for any number', async () => {
    const pages: Listener[] = [];
    for (let tab = 0; tab < 30; tab++) pages.push(await Listener.open(ben));
    assert.equal(await ben.upgrade('/api/notch/live'), 429);
    await pages.pop()!.close();
    const again = await Listener.open(ben);
    await again.close();
    for (const page of pages) await page.close();
  });

  it('keeps nothing', async () => {
    const files = (of: string): string[] =>
      globSync(`v3/**/*${of}*/*.sqlite`, { cwd: stack.stateDir }).filter((path) => !path.endsWith('metadata.sqlite'));
    assert.ok(files('Limiter').length > 0, 'this is where objects keep things');
    for (const file of files('Live')) {
      const db = new DatabaseSync(join(stack.stateDir, file), { readOnly: true });
      const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map((row) => String(row['name']));
      db.close();
      assert.deepEqual(tables.filter((name) => !/^(_cf_|sqlite_)/.test(name)), [], file);
    }
  });
});
