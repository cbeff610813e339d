// The forge's pages, as a person looks at them.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Octokit } from '@octokit/rest';
import { forge, type Forge } from './forge-kit.ts';

const bakery = { owner: 'ann-ash', repo: 'harbor-bakery' };
let github: Forge;
let cleo: Octokit;
before(async () => {
  github = await forge();
  cleo = await github.as('cleo-cedar', 'repo');
});
after(() => github.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function page(path: string, cookie = ''): Promise<{ status: number; html: string; headers: Headers }> {
  const response = await fetch(`${github.url}${path}`, { headers: { cookie } });
  return { status: response.status, html: await response.text(), headers: response.headers };
}

async function become(login: string, headers: Record<string, string> = {}): Promise<{ status: number; cookie: string }> {
  const response = await fetch(`${github.url}/session`, { method: 'POST', body: new URLSearchParams({ login }), redirect: 'manual', headers });
  return { status: response.status, cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

/** A pull request that changes one line of the first page. */
async function proposed(branch: string, title: string, body: string, to = 'Cardamom knots') {
  const { data: main } = await cleo.git.getRef({ ...bakery, ref: 'heads/main' });
  await cleo.git.createRef({ ...bakery, ref: `refs/heads/${branch}`, sha: main.object.sha });
  const { data: file } = await cleo.repos.getContent({ ...bakery, path: 'site/index.html', ref: branch });
  assert.ok('content' in file);
  const text = Buffer.from(file.content, 'base64').toString().replace('Cinnamon knots', to);
  await cleo.repos.createOrUpdateFileContents({ ...bakery, path: 'site/index.html', message: `Sell ${to}`, content: base64(text), sha: file.sha, branch });
  return (await cleo.pulls.create({ ...bakery, title, body, head: branch, base: 'main' })).data;
}

describe('the pages', () => {
  it('list what one may see, and no more', async () => {
    const nobody = await page('/');
    assert.match(nobody.html, /harbor-bakery/);
    assert.doesNotMatch(nobody.html, /crew-handbook/);
    const { status, cookie } = await become('ann-ash');
    assert.equal(status, 303);
    assert.match((await page('/', cookie)).html, /crew-handbook<\/a> <span class="badge">private/);
    assert.match((await page('/harbor-works/crew-handbook/blob/main/README.md', cookie)).html, /night watchman/);
    for (const path of ['/harbor-works/crew-handbook', '/harbor-works/crew-handbook/raw/main/README.md', '/harbor-works/crew-handbook/tree/main', '/harbor-works/crew-handbook/compare/main...main']) {
      for (const other of ['', (await become('cleo-cedar')).cookie, 'forge_user=constructor']) {
        const { status: refused, html } = await page(path, other);
        assert.equal(refused, 404);
        assert.doesNotMatch(html, /watchman/);
      }
    }
    assert.equal((await become('ann-ash', { origin: 'http://evil.test' })).status, 403);
    assert.equal((await become('nobody')).cookie, 'forge_user=');
  });

  it('show a repository, its files, folders and branches', async () => {
    const { html, headers } = await page('/ann-ash/harbor-bakery');
    assert.match(html, /git clone http:\/\/127\.0\.0\.1:\d+\/ann-ash\/harbor-bakery\.git/);
    assert.match(html, /href="\/ann-ash\/harbor-bakery\/tree\/main\/site">site\//);
    assert.match(String(headers.get('content-security-policy')), /default-src 'none'/);
    assert.match((await page('/ann-ash/harbor-bakery/tree/main/site')).html, /index\.html/);
    assert.match((await page('/ann-ash/harbor-bakery/blob/main/site/index.html')).html, /&lt;h1&gt;Bread, before/);
    const raw = await page('/ann-ash/harbor-bakery/raw/main/site/index.html');
    assert.match(raw.html, /<h1>Bread/);
    assert.match(String(raw.headers.get('content-type')), /text\/plain/);
    assert.match((await page('/ann-ash/tide-tables')).html, /default · protected/);
    assert.match((await page('/ann-ash.svg')).html, /^<svg/);
  });

  it('show a pull request: what it wants, its commits, its difference, and how it stands', async () => {
    const made = await proposed('feat/knots', 'Cardamom instead', 'They asked for it.\n\n- really');
    const path = new URL(made.html_url).pathname;
    assert.equal(path, `/ann-ash/harbor-bakery/pull/${made.number}`);
    let shown = await page(path);
    for (let tries = 0; shown.html.includes('being found out') && tries < 100; tries++) shown = await page(path);
    assert.match(shown.html, /<span class="badge open">open<\/span>/);
    assert.match(shown.html, /They asked for it\.\n\n- really/);
    assert.match(shown.html, /Sell Cardamom knots/);
    assert.match(shown.html, /<span class="minus">-.*Cinnamon knots.*<\/span><span class="plus">\+.*Cardamom knots/);
    assert.match(shown.html, /It can be merged\./);
    assert.match((await page(`${path}.diff`)).html, /^diff --git/);
    assert.match((await page('/ann-ash/harbor-bakery')).html, /Cardamom instead/);
    assert.match((await page('/ann-ash/harbor-bakery/compare/main...feat/knots')).html, /Sell Cardamom knots/);
    assert.match((await page(`/ann-ash/harbor-bakery/commit/${made.head.sha}`)).html, /Sell Cardamom knots/);
    await cleo.pulls.merge({ ...bakery, pull_number: made.number });
    assert.match((await page(path)).html, /<span class="badge merged">merged<\/span>[^]*Merged by cleo-cedar/);
  });

  it('take every text for a text', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const made = await proposed('evil', evil, `${evil}"'</pre>`, evil);
    const { html } = await page(new URL(made.html_url).pathname);
    assert.doesNotMatch(html, /<img/);
    assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;'));
  });

  it('say so when there is nothing', async () => {
    for (const path of ['/nobody', '/ann-ash/nothing', '/ann-ash/harbor-bakery/pull/99', '/ann-ash/harbor-bakery/pull/1e0', '/ann-ash/harbor-bakery/tree/nope', '/ann-ash/harbor-bakery/blob/main/../../x', '/ann-ash/harbor-bakery/blob/main/%2e%2e/%2e%2e/etc', '/%E0%A4%A', '/ann-ash/harbor-bakery/compare/main...--output=x', '/ann-ash/harbor-bakery/wiki', '/constructor']) {
      assert.equal((await page(path)).status, 404, path);
    }
    assert.equal((await fetch(`${github.url}/ann-ash/harbor-bakery`, { method: 'POST' })).status, 404);
  });
});
