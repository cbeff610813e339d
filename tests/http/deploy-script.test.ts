/** The program for a shell that publishes a folder: what it sends, how it goes on, what it says. */
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { type Files, type Site, Publishing, newId } from './publishing.ts';
import { until } from './uploads-kit.ts';

let stack: TestStack;
let publishing: Publishing;
before(async () => {
  stack = await startTestStack();
  publishing = await Publishing.of(stack);
});
after(() => stack.close());

const page = async (site: Site): Promise<string> => (await publishing.get(site.label, '/', { reload: true })).text;

/** What went over the wire to the app, and a wire that can break. */
class Wire {
  puts = 0;
  sent = 0;
  /** After so many PUTs nothing goes through any more. */
  breaksAfter = Infinity;
  /** Each so many-th request is answered as by a server that is not well. */
  stumbles = 0;
  #asked = 0;
  readonly #server: Server;
  readonly url: Promise<string>;

  constructor() {
    const app = new URL(stack.addresses.app);
    this.#server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (this.sent += chunk.length));
      this.sent += `${request.method} ${request.url} HTTP/1.1\r\n${request.rawHeaders.join('  ')}`.length;
      if (request.method === 'PUT' && ++this.puts > this.breaksAfter) {
        request.socket.destroy();
        return;
      }
      if (this.stumbles > 0 && ++this.#asked % this.stumbles === 0) {
        request.resume().on('end', () => response.writeHead(503).end());
        return;
      }
      const headers = { ...request.headers, host: app.host };
      const onward = httpRequest({ host: '127.0.0.1', port: app.port, method: request.method, path: request.url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    this.url = new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/agent/deploy`));
    });
  }

  /** Counts from here on. */
  reset(): void {
    Object.assign(this, { puts: 0, sent: 0, breaksAfter: Infinity, stumbles: 0 });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the program for a shell', () => {
  let wire: Wire;
  let folder: string;
  let program: string;
  before(async () => {
    wire = new Wire();
    folder = mkdtempSync(join(tmpdir(), 'vetka deploy '));
    const answer = await stack.anybody.fetch('/api/agent/deploy.sh');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
    program = join(folder, 'deploy.sh');
    writeFileSync(program, await answer.text());
  });
  after(async () => {
    await wire.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Ran {
    code: number;
    out: string;
    err: string;
  }

  const environment = async (token: string): Promise<Record<string, string>> => ({
    PATH: process.env['PATH'] ?? '',
    VETKA_DEPLOY_URL: await wire.url,
    VETKA_DEPLOY_TOKEN: token,
  });

  async function run(token: string, ...args: string[]): Promise<Ran> {
    return await runIn(['sh'], token, ...args);
  }

  async function runIn([shell, ...mode]: readonly [string, ...string[]], token: string, ...args: string[]): Promise<Ran> {
    const env = await environment(token);
    return await new Promise((resolve) => {
      execFile(shell, [...mode, program, ...args], { env, timeout: 120_000 }, (failure, out, err) => {
        resolve({ code: failure ? Number(failure.code ?? -1) : 0, out, err });
      });
    });
  }

  function write(name: string, files: Files): string {
    const root = join(folder, name);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return root;
  }

  it('publishes a folder, whatever its files are called, and leaves out what is nobody’s business', async () => {
    const site = await publishing.site();
    const files: Files = {
      'index.html': `home ${newId()}`,
      'a b/c  d.css': 'spaces',
      ' begins with one': 'space',
      "it's \"quoted\".txt": 'quotes',
      'été/日本.html': 'unicode',
      '-rf': 'dash',
      'a[1-3]{x,y}*?.txt': 'globs',
      '100%.txt': 'percent',
      '$HOME `id`.txt': 'shell',
      'total': 'the word that wc ends with',
      'empty.bin': '',
      'nul.bin': new Uint8Array([0, 255, 10, 13]),
    };
    const root = write('odd names', { ...files, '.env': 'SECRET=1', '.git/config': 'x', 'a b/.DS_Store': 'x' });
    writeFileSync(join(folder, 'outside.txt'), 'outside');
    symlinkSync(join(folder, 'outside.txt'), join(root, 'link.txt'));
    const ran = await run(site.token, '-m', 'Said "so"\\ and\n more', root);
    assert.equal(ran.code, 0, ran.err);
    const live = await publishing.live(site);
    assert.equal(ran.out, `Published: ${stack.siteOrigin(site.label)}/\nThis version: ${stack.siteOrigin(`v--${live}`)}/\n`);
    const row = await publishing.db.prepare('SELECT message, file_count AS n FROM site_snapshot WHERE id = ?1').bind(live).first();
    assert.deepEqual(row, { message: 'Said "so"\\ and more', n: Object.keys(files).length });
    for (const [path, content] of Object.entries(files)) {
      const { status, text } = await publishing.get(site.label, `/${path.split('/').map(encodeURIComponent).join('/')}`, { redirect: 'follow' });
      assert.equal(status, 200, path);
      if (typeof content === 'string') assert.equal(text, content, path);
    }
    const draft = await run(site.token, '-d', write('odd names', { 'index.html': 'draft', '_redirects': '# all\n/a"b\n' }));
    assert.equal(draft.code, 0, draft.err);
    assert.match(draft.out, /^Warning: _redirects, line 2: This line was left out: [^\\]+\nThis version: \S+\n$/);
    assert.equal(await publishing.live(site), live);
  });

  // Whatever `sh` is on a machine. The tools beside it are the machine's own.
  for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const) {
    const lacking = spawnSync(shell[0], ['--help']).error !== undefined && `there is no ${shell[0]} here`;
    it(`does the same under ${shell.join(' ')}`, { skip: lacking }, async () => {
      const site = await publishing.site();
      const files: Files = { 'index.html': `home ${newId()}`, "it's \"a b\".txt": 'quotes', 'été/$HOME.txt': 'unicode', 'empty.bin': '' };
      const root = write(`under ${shell[0]}`, files);
      const ran = await runIn(shell, site.token, '-m', 'Said "so"\\ and\n more', root);
      assert.equal(ran.code, 0, ran.err);
      assert.match(ran.out, /^Published: \S+\nThis version: \S+\n$/);
      assert.equal(await page(site), files['index.html']);
      const row = await publishing.db.prepare('SELECT message, file_count AS n FROM site_snapshot WHERE site_id = ?1').bind(site.id).first();
      assert.deepEqual(row, { message: 'Said "so"\\ and more', n: 4 });
      for (const [path, content] of Object.entries(files)) {
        assert.equal((await publishing.get(site.label, `/${path.split('/').map(encodeURIComponent).join('/')}`, { redirect: 'follow' })).text, content, path);
      }
      const refused = await runIn(shell, 'vdt_wrong', root);
      assert.deepEqual([refused.code, refused.out], [3, '']);
    });
  }

  it('of a thousand files with one changed sends one, and at most 2 % of the bytes', async () => {
    const site = await publishing.site();
    const size = 16 * 1024;
    const text = (n: number): string => `${n} ${site.id} `.repeat(Math.ceil(size / 28)).slice(0, size);
    const files = Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`articles/2026/section-${n % 20}/a-longer-name-of-a-page-${n}.html`, text(n)]));
    const root = write('thousand', { ...files, 'index.html': text(1000) });
    wire.reset();
    const full = await run(site.token, root);
    assert.equal(full.code, 0, full.err);
    const fullBytes = wire.sent;
    assert.equal(wire.puts, 1000);
    write('thousand', { 'index.html': 'changed' });
    wire.reset();
    const start = Date.now();
    const one = await run(site.token, root);
    assert.equal(one.code, 0, one.err);
    assert.match(one.err, /1 of 1000 files to send/);
    assert.equal(wire.puts, 1);
    console.log(`full ${fullBytes} bytes, one changed ${wire.sent} bytes (${((wire.sent / fullBytes) * 100).toFixed(2)} %) in ${Date.now() - start} ms`);
    assert.ok(wire.sent <= fullBytes * 0.02);
    assert.equal(await page(site), 'changed');
  });

  it('goes on where it was killed, and over a wire that stumbles', async () => {
    const site = await publishing.site();
    const files = Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`${n}.txt`, `${n} ${site.id}`]));
    const root = write('killed', { ...files, 'index.html': `home ${site.id}` });
    wire.reset();
    const killed = spawn('sh', [program, root], { env: await environment(site.token), detached: true, stdio: 'ignore' });
    await until(() => Promise.resolve(wire.puts > 220));
    const ended = new Promise((resolve) => killed.on('exit', resolve));
    process.kill(-(killed.pid ?? 0), 'SIGKILL');
    await ended;
    assert.equal(await publishing.live(site), null);
    const before = wire.puts;
    wire.reset();
    wire.stumbles = 40;
    const again = await run(site.token, root);
    assert.equal(again.code, 0, again.err);
    assert.ok(before + wire.puts < 480, `${before} and then ${wire.puts} files were sent`);
    assert.equal(await page(site), `home ${site.id}`);
    const { results } = await publishing.db.prepare('SELECT status FROM site_snapshot WHERE site_id = ?1').bind(site.id).all();
    assert.deepEqual(results, [{ status: 'success' }]);
  });

  it('says plainly what is wrong, with an exit code for it', async () => {
    const site = await publishing.site();
    const root = write('plain', { 'index.html': 'x' });
    const cases: [Promise<Ran>, number, RegExp][] = [
      [run('vdt_wrong', root), 3, /This deploy token is not known\. Ask for new deploy credentials\./],
      [run('', root), 3, /VETKA_DEPLOY_TOKEN does not hold a deploy token\./],
      [run(await publishing.token(site.id, Date.now() - 1), root), 3, /has expired/],
      [run(site.token), 1, /Usage: /],
      [run(site.token, join(folder, 'nowhere')), 1, /There is no folder/],
      [run(site.token, write('no index', { 'about.html': 'x' })), 2, /There is no index\.html/],
      [run(site.token, write('clash', { 'index.html': 'x', 'a.png': 'x', 'A.png': 'y' })), 2, /differ only in upper and lower case/],
      [run(site.token, write('encoded', { 'index.html': 'x', 'a%2fb': 'x' })), 2, /“a%2fb” has a percent-encoded character/],
      [run(site.token, write('line', { 'index.html': 'x', 'a\nb': 'x' })), 2, /a backslash or an invisible character in it; rename it: \.\/a\?b /],
      [run(site.token, write('back', { 'index.html': 'x', 'a\\b': 'x' })), 2, /rename it: \.\/a\\b /],
      [run(site.token, '-u', 'ftp://x', root), 1, /VETKA_DEPLOY_URL/],
    ];
    for (const [ran, code, words] of cases) {
      const { code: got, out, err } = await ran;
      assert.equal(got, code, err);
      assert.match(err, words);
      assert.equal(out, '');
      assert.ok(!err.includes(site.token));
    }
    assert.equal(await publishing.live(site), null);
  });
});
