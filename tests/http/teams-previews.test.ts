/** What a sandbox shows, on the origin of its session: who may look, what passes, and what stands there until it can. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WebSocket } from 'undici';
import { skip } from '../emulators/e2b-harness.ts';
import { Client, type Person, type Response, type TestStack, startTestStack } from './harness.ts';
import { Inside } from './sandbox-kit.ts';
import { member, type Seat, type Session, started, type Team, team } from './session-kit.ts';
import { answered } from './teams-kit.ts';

/** A program to look at. Its lines are written into a file by the project's first commands, each of which has its limit. */
const PROGRAM = [
  "import { createServer } from 'node:http'; import { createHash } from 'node:crypto';",
  'const page = "<!doctype html><html><head><title>Bakery</title></head><body><h1>Bread</h1></body></html>";',
  'const server = createServer((q, a) => { const path = new URL(q.url, "http://x").pathname;',
  'if (path === "/away") { a.writeHead(302, { location: "http://localhost:3000/there?x=1" }); a.end(); }',
  'else if (path === "/said") { let body = ""; q.on("data", (d) => body += d); q.on("end", () => { a.writeHead(201, { "content-type": "application/json" }); a.end(JSON.stringify({ method: q.method, url: q.url, headers: q.headers, body })); }); }',
  'else if (path === "/part") { a.writeHead(200, { "content-type": "text/html" }); a.end("<p>part</p>"); }',
  'else if (path === "/bare") { a.writeHead(200, { "content-type": "text/html" }); a.end("<p>bare</p>"); }',
  'else if (path === "/crash") { a.end("bye"); setTimeout(() => process.exit(1), 50); }',
  'else { a.writeHead(200, { "content-type": "text/html", "x-frame-options": "DENY", "content-security-policy": "default-src *; frame-ancestors none", "strict-transport-security": "max-age=9", "cache-control": "public, max-age=600", "set-cookie": ["a=1; Domain=vetka.localhost; Path=/", "__Host-vetka_preview=x; Secure; Path=/"] }); a.end(page); } });',
  'server.on("upgrade", (q, s) => { s.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Protocol: vite-hmr\\r\\nSec-WebSocket-Accept: " + createHash("sha1").update(q.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64") + "\\r\\n\\r\\n");',
  's.once("data", (d) => { const n = d[1] & 127; const t = Buffer.from(d.subarray(6, 6 + n).map((b, i) => b ^ d[2 + (i % 4)])); const back = Buffer.from(t + " from " + q.headers.origin); s.write(Buffer.concat([Buffer.from([129, back.length]), back])); }); });',
  'server.listen(3000, "127.0.0.1");',
];
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const COMMANDS = [...PROGRAM.map((line, at) => `printf '%s\\n' ${quoted(line)} ${at === 0 ? '>' : '>>'} /tmp/program.mjs`), 'node /tmp/program.mjs'];
const PAGE = { accept: 'text/html,*/*' };

let stack: TestStack;
let harbor: Team;
let session: Session;
let seat: Seat;
let origin: string;

before(async () => {
  if (skip) return;
  stack = await startTestStack();
  harbor = await team(stack, { project: { startupCommands: COMMANDS, previewPort: 3000 } });
  ({ session, seat } = await started(harbor.admin, harbor.projectId));
  origin = `http://${session.id}.preview.${new URL(stack.addresses.app).host}`;
});
after(async () => {
  if (skip) return;
  // Also when the beginning failed.
  (seat as Seat | undefined)?.close();
  await (stack as TestStack | undefined)?.close();
});

const mint = async (person: Person, status = 200): Promise<string> =>
  (await answered<{ url: string }>(person, status, 'POST', `/api/v1/sessions/${session.id}/preview`)).url;

/** A browser that has come in by a link of that person's. */
async function visitor(person: Person): Promise<Client> {
  const browser = new Client(origin);
  const entered = await browser.fetch(new URL(await mint(person)).href);
  assert.equal(entered.status, 303, await entered.text());
  return browser;
}

/** The cookies in a browser that a page can neither read nor have. */
const isOurs = (cookie: string): boolean => cookie.startsWith('__Host-vetka_preview=');

describe('who may look', { skip }, () => {
  it('is whoever is in the organization, by a link that works once', async () => {
    const url = new URL(await mint(harbor.admin));
    assert.equal(url.origin, origin);
    const browser = new Client(origin);
    const entered = await browser.fetch(url.href.replace('to=%2F', `to=${encodeURIComponent('/part?x=1')}`));
    assert.deepEqual([entered.status, entered.headers.get('location'), entered.headers.get('referrer-policy')], [303, `${origin}/part?x=1`, 'no-referrer']);
    const [cookie = ''] = entered.headers.getSetCookie();
    assert.match(cookie, /^__Host-vetka_preview=[A-Za-z0-9._-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/);
    assert.equal((await browser.fetch('/', { headers: PAGE })).status, 200);

    const again = await new Client(origin).fetch(url.href);
    assert.equal(again.status, 401);
    assert.match(await again.text(), /This link has been used/);
    const elsewhere = await new Client(origin).fetch(`${new URL(await mint(harbor.admin)).href}&to=//evil.test`);
    assert.equal(elsewhere.headers.get('location'), `${origin}/`);

    const other = await visitor(await member(harbor));
    assert.equal((await other.fetch('/', { headers: PAGE })).status, 200);
  });

  it('is nobody else', async () => {
    const stranger = await stack.person();
    await answered(stranger, 404, 'POST', `/api/v1/sessions/${session.id}/preview`);
    await answered(stack.anybody as Person, 401, 'POST', `/api/v1/sessions/${session.id}/preview`);
    const browser = new Client(origin);
    const page = await browser.fetch('/', { headers: PAGE });
    assert.equal(page.status, 401);
    assert.match(await page.text(), /Open this preview from its session/);
    assert.equal((await browser.fetch('/app.js')).status, 401);
    assert.equal(await browser.upgrade('/'), 401);
    browser.cookies.set('__Host-vetka_preview', 'a'.repeat(48));
    assert.equal((await browser.fetch('/', { headers: PAGE })).status, 401);

    const inside = await visitor(harbor.admin);
    const neighbour = new Client(origin.replace(session.id, 'b'.repeat(24)));
    for (const [name, value] of inside.cookies) neighbour.cookies.set(name, value);
    assert.equal((await neighbour.fetch('/', { headers: PAGE })).status, 401, 'a cookie is of one session');
    assert.equal((await inside.fetch('/said', { method: 'POST', body: 'x', headers: { origin: 'http://ann.vetka.localhost' } })).status, 403);
    assert.equal((await inside.fetch('/app.js', { headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' } })).status, 403);
    assert.equal(await inside.upgrade('/', { origin: 'http://ann.vetka.localhost' }), 403);
  });
});

describe('what passes', { skip }, () => {
  it('is a page with our script in it, in a frame of ours alone', async () => {
    const browser = await visitor(harbor.admin);
    const page = await browser.fetch('/', { headers: PAGE });
    const tag = `<script src="/__vetka/preview.js" data-app="${stack.addresses.app}"></script>`;
    const text = await page.text();
    assert.ok(text.includes(`<head>${tag}<title>`), text);
    assert.equal(page.headers.get('x-frame-options'), null);
    assert.equal(page.headers.get('strict-transport-security'), null);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.ok(policy.includes('default-src *') && policy.includes(`frame-ancestors 'self' ${stack.addresses.app}`) && !policy.includes('none'), policy);
    assert.deepEqual([page.headers.get('cache-control'), page.headers.get('x-robots-tag')], ['no-store', 'noindex']);
    assert.deepEqual(page.headers.getSetCookie(), ['a=1; Path=/']);
    assert.ok(isOurs(browser.cookieHeader()), 'ours is still ours');
    const bare = await (await browser.fetch('/bare', { headers: PAGE })).text();
    assert.equal(bare, `<p>bare</p>${tag}`);
    assert.equal(await (await browser.fetch('/part')).text(), '<p>part</p>', 'what a page fetches by itself stays as it is');
  });

  it('is what was asked, without what is ours', async () => {
    const browser = await visitor(harbor.admin);
    browser.cookies.set('app', '1');
    const answer = await browser.fetch('/said?a=b%20c', {
      method: 'PUT', body: 'a body', headers: { authorization: 'Bearer of-the-app', 'e2b-sandbox-id': 'another', 'x-forwarded-host': 'evil.test' },
    });
    assert.equal(answer.status, 201);
    const said = (await answer.json()) as { method: string; url: string; body: string; headers: Record<string, string> };
    assert.deepEqual([said.method, said.url, said.body], ['PUT', '/said?a=b%20c', 'a body']);
    assert.equal(said.headers['cookie'], 'app=1');
    assert.equal(said.headers['authorization'], 'Bearer of-the-app');
    assert.equal(said.headers['x-forwarded-host'], new URL(origin).host);
    assert.equal(said.headers['origin'], origin);
    assert.ok(!JSON.stringify(said.headers).includes('__Host-vetka') && said.headers['e2b-sandbox-id'] === undefined);
    const away = await browser.fetch('/away');
    assert.deepEqual([away.status, away.headers.get('location')], [302, `${origin}/there?x=1`]);
  });

  it('is a socket, which sees this machine where it looks who asks', async () => {
    const browser = await visitor(harbor.admin);
    const socket: WebSocket = browser.socket('/hot', {}, ['vite-hmr']);
    const heard = await new Promise<string>((resolve, reject) => {
      socket.addEventListener('open', () => socket.send('changed'));
      socket.addEventListener('message', ({ data }) => resolve(String(data)));
      socket.addEventListener('error', () => reject(new Error('the socket broke')));
    });
    assert.deepEqual([heard, socket.protocol], ['changed from http://localhost:3000', 'vite-hmr']);
    socket.close();
  });

  it('has a place of ours that the sandbox never sees', async () => {
    const browser = await visitor(harbor.admin);
    assert.equal((await browser.fetch('/__vetka/nothing')).status, 404);
    const script = await browser.fetch('/__vetka/preview.js');
    assert.ok([200, 404].includes(script.status));
    if (script.status === 200) assert.deepEqual([script.headers.get('cache-control'), script.headers.get('content-type')?.split(';')[0]], ['no-cache', 'text/javascript']);
    const state = (await (await browser.fetch('/__vetka/state')).json()) as { status: string; over: boolean };
    assert.deepEqual([state.status, state.over], ['RUNNING', false]);
  });
});

describe('what stands there otherwise', { skip }, () => {
  it('is what is being waited for, while nothing answers', async () => {
    const browser = await visitor(harbor.admin);
    await (await browser.fetch('/crash')).text();
    let page: Response;
    for (let tries = 0; ; tries++) {
      page = await browser.fetch('/', { headers: PAGE });
      if (page.status === 503 || tries > 50) break;
      await page.text();
    }
    assert.equal(page.status, 503);
    assert.deepEqual([page.headers.get('x-vetka-preview'), page.headers.get('retry-after')], ['waiting', '2']);
    const text = await page.text();
    assert.ok(/<h1 id="text" role="status">[^<]+<\/h1>/.test(text) && text.includes('/__vetka/wait.js'), text);
    assert.equal((await browser.fetch('/__vetka/wait.js')).status, 200);
    assert.equal((await browser.fetch('/', { method: 'HEAD' })).status, 503);
    const refused = await browser.fetch('/data.json');
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [503, 'preview_not_ready']);
    const inside = await Inside.of(stack, session.id);
    await inside.bash('nohup setsid node /tmp/program.mjs >/dev/null 2>&1 & sleep 2');
    assert.equal((await browser.fetch('/', { headers: PAGE })).status, 200, 'and then it is there');
  });

  it('is a word of farewell, when the session is over', async () => {
    const browser = await visitor(harbor.admin);
    await answered(harbor.admin, 200, 'POST', `/api/v1/sessions/${session.id}/discard`, { confirm: 'discard' });
    for (let tries = 0; tries < 60; tries++) {
      const page = await browser.fetch('/', { headers: PAGE });
      const text = await page.text();
      if (page.status !== 410) continue;
      assert.match(text, /This session is over/);
      assert.ok(!text.includes('wait.js'));
      return;
    }
    assert.fail('the preview went on after its session');
  });
});
