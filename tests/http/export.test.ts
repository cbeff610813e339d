/** Taking everything along: one archive that any program opens, with exactly what is stored, and nobody else's. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FormData } from 'undici';
import { stream } from './agent-kit.ts';
import { type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { Publishing, type Files, newId, sha256 } from './publishing.ts';

let stack: TestStack;
let publishing: Publishing;
let folder: string;

before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
  folder = mkdtempSync(join(tmpdir(), 'vetka-export-'));
});
after(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Python's reader checks every sum and takes everything out; what it says of names is what it read in the archive. */
const UNZIP = `
import sys, zipfile, json, os
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
z.extractall(sys.argv[2])
print(json.dumps([i.filename for i in z.infolist()]))
`;

interface Archive {
  names: string[];
  text: (name: string) => string;
  bytes: (name: string) => Buffer;
  json: <T>(name: string) => T;
}

let archives = 0;
function unzip(bytes: Uint8Array): Archive {
  const at = join(folder, String(++archives));
  writeFileSync(`${at}.zip`, bytes);
  const said = execFileSync('python3', ['-c', UNZIP, `${at}.zip`, at], { encoding: 'utf8', maxBuffer: 64 << 20 });
  const file = (name: string): Buffer => readFileSync(join(at, name));
  return {
    names: JSON.parse(said) as string[],
    bytes: file,
    text: (name) => file(name).toString('utf8'),
    json: <T>(name: string) => JSON.parse(file(name).toString('utf8')) as T,
  };
}

const ask = (person: Person): Promise<Response> => person.fetch('/api/account/export', { method: 'POST' });

async function take(person: Person): Promise<Archive> {
  const answer = await ask(person);
  if (answer.status !== 200) assert.fail(`${answer.status} ${await answer.text()}`);
  return unzip(new Uint8Array(await answer.arrayBuffer()));
}

async function upload(person: Person, name: string, bytes: Uint8Array | string): Promise<string> {
  const body = new FormData();
  body.set('file', new File([bytes as BlobPart], name));
  const { id } = await person.json<{ id: string }>('/api/agent/upload', { method: 'POST', body });
  return id;
}

describe('an export', () => {
  it('is an archive of everything somebody has here', async () => {
    const ann = await stack.owner('ann-export', 'ann-export@example.test');
    const notes = 'About my bakery: grüß Gott\n';
    const sent = await upload(ann, 'notes.md', notes);
    const unsent = await upload(ann, 'notes.md', 'another one of the same name');
    await (await stream(ann, { message: 'A site about my bakery', attachments: [sent] })).text();
    const bucket = await stack.bucket();
    const { user } = await ann.json<{ user: { id: string } }>('/api/auth/get-session');
    await bucket.put(`pictures/${user.id}/${newId()}`, 'a picture', { httpMetadata: { contentType: 'image/webp' } });

    const guest = await stack.owner('guest-export');
    const page = `${stack.siteOrigin(ann.label)}/`;
    for (const [who, body] of [[ann, 'A word of mine'], [guest, 'A word of a guest']] as const) {
      await who.send('POST', '/api/notch/reactions', { url: page, signal: 'heart', body, anchor: { exact: 'bakery', x: 1, y: 1 } });
    }
    const [other, away] = [await stack.owner('other-export'), await stack.owner('away-export')];
    await ann.fetch(`/api/notch/follows/${other.domain}`, { method: 'PUT' });
    await other.fetch(`/api/notch/follows/${ann.domain}`, { method: 'PUT' });
    await ann.fetch(`/api/notch/blocks/${away.domain}`, { method: 'PUT' });

    const answer = await ask(ann);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/zip');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="vetka-\d{4}-\d\d-\d\d\.zip"$/);
    const archive = unzip(new Uint8Array(await answer.arrayBuffer()));

    const account = archive.json<{ profile: { email: string; id: string }; sites: { domain: string }[]; devices: unknown[]; done: { kind: string }[] }>('account.json');
    assert.equal(account.profile.email, 'ann-export@example.test');
    assert.deepEqual(account.sites.map(({ domain }) => domain), [ann.domain]);
    assert.equal(account.devices.length, 1);
    const { others } = archive.json<{ others: Record<string, unknown> & { follows: { site: string; since: string }[]; notifications: { kind: string; by: string }[] } }>('account.json');
    assert.deepEqual([others['messagesFrom'], others['digest'], others['blocked'], others['muted'], others['followsElsewhere']], ['everyone', 'off', [away.domain], [], []]);
    assert.deepEqual(others.follows.map(({ site }) => site), [other.domain]);
    assert.match(others.follows[0]?.since ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(others.notifications.map(({ kind, by }) => [kind, by]), [['follow', other.domain], ['comment', guest.domain]]);
    const { messages } = await ann.json<{ messages: unknown[] }>('/api/agent/session');
    const said = archive.json<{ id: string; messages: unknown[] }>('conversation.json');
    assert.ok(messages.length >= 2);
    assert.deepEqual(said.messages, messages);
    assert.match(archive.text('conversation.txt'), /  You\nA site about my bakery\n\[file: notes\.md\]\n/);
    assert.equal(archive.text(`uploads/${sent}/notes.md`), notes);
    assert.equal(archive.text(`uploads/${unsent}/notes.md`), 'another one of the same name');
    assert.equal(archive.text('picture.webp'), 'a picture');
    assert.match(archive.text('README.txt'), /ann-export@example\.test/);

    const { left, received } = archive.json<{ left: { page: string; comment: string }[]; received: { author: string; comment: string }[] }>('reactions.json');
    assert.deepEqual(left.map(({ page: on, comment }) => [on, comment]), [[page, 'A word of mine']]);
    assert.deepEqual(received.map(({ author, comment }) => [author, comment]), [[guest.domain, 'A word of a guest']]);

    const { snapshots } = await ann.json<{ snapshots: { id: string; fileCount: number }[] }>(`/api/sites/${ann.domain}/snapshots`);
    assert.deepEqual(archive.json('versions.json'), snapshots);
    const files = archive.names.filter((name) => name.startsWith('site/'));
    assert.equal(files.length, snapshots[0]?.fileCount);
    for (const file of files) {
      // At the version's own address, where nothing is added to a page, and under the one name that a page has.
      const path = file.slice('site'.length).replace(/\/index\.html$/, '/').replace(/\.html$/, '');
      const served = await publishing.get(`v--${snapshots[0]?.id}`, path);
      assert.equal(served.status, 200, file);
      if (/\.(html|css|svg)$/.test(file)) assert.equal(archive.text(file), served.text, file);
    }
    assert.ok(!archive.names.includes('left-out.txt'));
    const [token] = ann.cookieHeader().split('=').slice(1);
    assert.ok(!archive.text('account.json').includes(token ?? 'no cookie'), 'a session cookie is no part of an export');
  });

  it('has what somebody wrote and was written, and nothing that was kept from them', async () => {
    const [dan, eve, fay] = [await stack.owner('dan-export'), await stack.owner('eve-export'), await stack.owner('fay-export')];
    const write = async (from: Person, to: { domain: string }, body: string): Promise<void> => {
      const sent = await from.send('POST', `/api/notch/threads/${to.domain}/messages`, { body, clientId: newId() });
      assert.equal(sent.status, 201);
    };
    await write(dan, eve, 'from dan');
    await write(eve, dan, 'from eve');
    await write(eve, fay, 'not for dan');
    await (await stack.db()).prepare('INSERT INTO block (site_id, other_id, created_at) VALUES (?1, ?2, 0)').bind(dan.siteId, fay.siteId).run();
    await write(fay, dan, 'withheld');
    const said = (archive: Archive): [string, string, string][] =>
      archive.json<{ with: string; from: string; body: string }[]>('messages.json').map(({ with: other, from, body }) => [other, from, body]);
    assert.deepEqual(said(await take(dan)), [[eve.domain, 'me', 'from dan'], [eve.domain, 'them', 'from eve']]);
    assert.ok(said(await take(fay)).some(([other, from, body]) => other === dan.domain && from === 'me' && body === 'withheld'));
  });

  it('has each of a thousand files, byte for byte, with names that stay inside its folder', async () => {
    const big = await stack.owner('big-export');
    const files: Files = { 'index.html': '<!doctype html>', 'ä b/ü (1).txt': 'ümlaut', 'C:/x.txt': 'a name that is a drive elsewhere' };
    for (let at = 0; at < 1000; at++) files[`f/${at % 10}/${at}.bin`] = Buffer.from(Array.from({ length: at % 97 }, (_, n) => (n * at) & 255));
    const site = { id: big.siteId, label: big.label, token: await publishing.token(big.siteId) };
    await publishing.publish(site, files);
    const archive = await take(big);
    for (const [name, bytes] of Object.entries(files)) {
      assert.ok(archive.bytes(`site/${name}`).equals(Buffer.from(bytes)), name);
    }
    for (const name of archive.names) assert.ok(!name.startsWith('/') && !name.split('/').includes('..') && !name.includes('\\'), name);
    assert.equal(archive.names.filter((name) => name.startsWith('site/')).length, Object.keys(files).length);
  });

  it('names what was lost while it was made, instead of breaking off', async () => {
    const cat = await stack.owner('cat-export');
    const site = { id: cat.siteId, label: cat.label, token: await publishing.token(cat.siteId) };
    await publishing.publish(site, { 'index.html': 'home of cat', 'only-here.txt': `only here ${newId()}` });
    const archive = await take(cat);
    const bytes = archive.bytes('site/only-here.txt');
    await (await stack.bucket()).delete(`blobs/${sha256(bytes)}`);
    const again = await take(cat);
    assert.match(again.text('left-out.txt'), /^site\/only-here\.txt: /);
    assert.equal(again.text('site/index.html'), 'home of cat');
  });

  it('of somebody without a site has what there is', async () => {
    const archive = await take(await stack.person());
    assert.deepEqual(archive.names, ['README.txt', 'account.json']);
  });

  it('has the teams of somebody, and the sessions that they started', async () => {
    const fay = await stack.person();
    const { id: orgId } = (await (await fay.send('POST', '/api/v1/orgs', { name: 'Harbor Works' })).json()) as { id: string };
    const db = await stack.db();
    const user = await db.prepare('SELECT user_id FROM organization_member WHERE organization_id = ?1').bind(orgId).first<{ user_id: string }>();
    const at = Date.parse('2026-11-26T10:00:00Z');
    await db.prepare("INSERT INTO project (id, organization_id, name, repository, repository_url, default_branch, preview_port, model, created_at, updated_at) VALUES ('p-of-a-test', ?1, 'Bakery', 'ann-ash/harbor-bakery', 'https://forge.test/', 'main', 3000, 'm', ?2, ?2)").bind(orgId, at).run();
    await db.prepare("INSERT INTO work_session (id, organization_id, project_id, user_id, title, branch, status, outcome, cost, started_at, ended_at) VALUES ('s-of-a-test', ?1, 'p-of-a-test', ?2, 'Warmer', 'b', 'COMPLETED', 'DISCARDED', 170000, ?3, ?3)").bind(orgId, user?.user_id, at).run();
    const { teams, sessions, secrets } = (await take(fay)).json<{ teams: { name: string; role: string }[]; sessions: unknown[]; secrets: string[] }>('teams.json');
    assert.deepEqual([teams[0]?.name, teams[0]?.role, teams.length, secrets], ['Harbor Works', 'ADMIN', 1, []]);
    assert.deepEqual(sessions, [{
      id: 's-of-a-test', team: 'Harbor Works', projectName: 'Bakery', repository: 'ann-ash/harbor-bakery', title: 'Warmer', status: 'COMPLETED', outcome: 'DISCARDED',
      prUrl: null, totalCostUsd: 0.17, startedAt: '2026-11-26T10:00:00Z', endedAt: '2026-11-26T10:00:00Z',
    }]);
  });

  it('is written down, and asked for by its owner only', async () => {
    const dan = await stack.person();
    await take(dan);
    const again = await take(dan);
    assert.equal(again.json<{ done: { kind: string }[] }>('account.json').done[0]?.kind, 'exported');
    assert.equal((await stack.anybody.fetch('/api/account/export', { method: 'POST' })).status, 401);
    assert.equal((await dan.fetch('/api/account/export', { method: 'POST', headers: { origin: 'https://evil.test' } })).status, 403);
    assert.equal((await dan.fetch('/api/account/export')).status, 405);
  });
});
