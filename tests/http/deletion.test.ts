/** Leaving: asked for in earnest, called off in time, and then done, without a trace. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { refused } from './account-kit.ts';
import { type Mail, type Person, type Response, type TestStack, startTestStack } from './harness.ts';

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
