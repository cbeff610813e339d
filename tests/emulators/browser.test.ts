// The stand-in for Browser Rendering: as strict as the service, and no window to anything but this stack's sites.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type BrowserEmulator, startBrowserEmulator } from '../../scripts/emulators/browser.ts';

let browser: BrowserEmulator;
let page = '<!doctype html><h1>Hello</h1>';
const asked: string[] = [];
const site = createServer((request, response) => {
  asked.push(`${request.headers.host?.split(':')[0]}${request.url}`);
  response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/' ? page : '');
});
before(async () => {
  browser = await startBrowserEmulator();
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  await browser.close();
  site.close();
});

const port = (): number => (site.address() as AddressInfo).port;
const home = (): string => `http://ann.vetka.localhost:${port()}/`;

async function ask(body: unknown, query = '', headers: Record<string, string> = { authorization: 'Bearer x' }, at = browser): Promise<{ status: number; type: string; message: string; bytes: Buffer }> {
  const response = await fetch(`${at.api}/accounts/abc/browser-rendering/screenshot${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  const message = type === 'application/json' ? ((JSON.parse(bytes.toString()) as { errors: { message: string }[] }).errors[0]?.message ?? '') : '';
  return { status: response.status, type, message, bytes };
}

test('what the service would refuse is refused, and named', async () => {
  const url = home();
  for (const [body, message] of [
    [{}, /exactly one of url and html/],
    [{ url, html: '<p>' }, /exactly one of url and html/],
    [{ url, colour: 'red' }, /^colour: unrecognized key/],
    [{ url, viewport: { width: 1, height: 1, depth: 1 } }, /^viewport.depth: unrecognized key/],
    [{ url, viewport: { width: '1' } }, /^viewport.width: expected a number/],
    [{ url, screenshotOptions: { quality: 80 } }, /png has no quality/],
    [{ url, screenshotOptions: { type: 'gif' } }, /expected one of png, jpeg, webp/],
    [{ url, gotoOptions: { waitUntil: 'later' } }, /waitUntil: expected one of/],
    [{ url, rejectResourceTypes: ['everything'] }, /rejectResourceTypes.0/],
    [{ url, cookies: [] }, /does not play it/],
    [[], /expected an object/],
    ['{', /not JSON/],
  ] as const) {
    const answer = await ask(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(answer.message, message);
  }
  assert.equal((await ask({ url }, '', {})).status, 401);
  assert.match((await ask({ url }, '?cache=1')).message, /cache: unrecognized/);
  assert.equal((await ask({ url }, '', { authorization: 'Bearer x', 'content-type': 'text/plain' })).status, 400);
});

test('without Chromium it says so', async () => {
  const without = await startBrowserEmulator({ chromium: '/nonexistent/chromium' });
  const answer = await ask({ url: home() }, '', { authorization: 'Bearer x' }, without);
  await without.close();
  assert.equal(answer.status, 503);
  assert.match(answer.message, /no \/nonexistent\/chromium on this machine/);
});

test('the sites of this stack can be looked at, and nothing else, whatever a page asks for', async () => {
  for (const url of ['http://127.0.0.1:1/', `http://localhost:${port()}/`, 'https://example.org/', `http://vetka.localhost:${port()}/`, 'file:///etc/passwd', 'x', `http://ann.vetka.localhost.example.org/`]) {
    assert.equal((await ask({ url })).status, 422, url);
  }
  page = `<!doctype html><img src="http://127.0.0.1:${port()}/number"><img src="http://localhost:${port()}/name"><img src="http://bob.vetka.localhost:${port()}/neighbour">
    <script src="/notch.js"></script><script src="/own.js"></script>`;
  asked.length = 0;
  const answer = await ask({ url: home(), screenshotOptions: { type: 'webp', quality: 60 }, viewport: { width: 320, height: 180 }, gotoOptions: { waitUntil: 'networkidle2' }, rejectRequestPattern: ['/notch\\.js$'] });
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'image/webp');
  assert.equal(answer.bytes.toString('latin1', 8, 12), 'WEBP');
  assert.deepEqual([answer.bytes.readUIntLE(24, 3) + 1, answer.bytes.readUIntLE(27, 3) + 1], [320, 180]);
  assert.deepEqual(asked.filter((path) => !path.endsWith('/favicon.ico')).sort(), ['ann.vetka.localhost/', 'ann.vetka.localhost/own.js', 'bob.vetka.localhost/neighbour']);
});

test('one element is pictured when a selector names it, and nothing when it names none', async () => {
  page = '<!doctype html><body style="margin:0"><p style="height:900px;margin:0">far down</p><b style="display:block;width:120px;height:40px;background:#e8543a"></b>';
  const wanted = { url: home(), screenshotOptions: { type: 'webp' }, viewport: { width: 320, height: 180 } };
  const { status, bytes } = await ask({ ...wanted, selector: 'b' });
  assert.equal(status, 200);
  const [width, height] = bytes.toString('latin1', 12, 16) === 'VP8X' ? [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1] : [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  assert.deepEqual([width, height], [120, 40]);
  for (const selector of ['#nothing-like-it', '<<<']) {
    const { status, message } = await ask({ ...wanted, selector });
    assert.equal(status, 422);
    assert.match(message, /No element matches/);
  }
});
