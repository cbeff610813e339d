/** The table of `tests/conformance/cases.ts`, asked of the hosting worker and of Cloudflare's static-assets worker. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { groups, type Case } from '../conformance/cases.ts';
import { document, written } from '../conformance/document.ts';
import { ask, filesOf, startAssets } from '../conformance/peers.ts';
import { type TestStack, startTestStack } from './harness.ts';
import { Publishing } from './publishing.ts';

/** Asks all of a group's requests and says what is not as the table has it. */
async function failures(origin: URL, cases: Case[], expected: (one: Case) => Pick<Case, 'is' | 'has'>): Promise<string[]> {
  const found: string[] = [];
  for (const one of cases) {
    const [{ is, has }, answer] = [expected(one), await ask(origin, one)];
    if (answer.is !== is) found.push(`${one.ask}: ${answer.is}, expected ${is}`);
    for (const [name, value] of Object.entries(has ?? {})) {
      if (answer.header(name) !== value) found.push(`${one.ask}: ${name}: ${answer.header(name)}, expected ${value}`);
    }
  }
  return found;
}

describe('conformance', () => {
  let stack: TestStack;
  let publishing: Publishing;
  before(async () => {
    stack = await startTestStack();
    publishing = await Publishing.of(stack);
  });
  after(() => stack.close());

  for (const group of groups) {
    it(group.title, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vetka-conformance-'));
      const assets = await startAssets(folder, group);
      try {
        const site = await publishing.site();
        await publishing.publish(site, filesOf(group));
        const ours = await failures(new URL(stack.siteOrigin(site.label)), group.cases, (one) => one);
        const theirs = await failures(assets.url, group.cases, (one) => one.cloudflare ?? one);
        assert.deepEqual({ ours, theirs }, { ours: [], theirs: [] });
      } finally {
        await assets.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  it('says in the answer of publishing which lines were left out, and why', async () => {
    const redirects = '/old /new\n/bad http://ext.example/\n';
    const headers = '/*\n  Set-Cookie: a=b\n';
    const site = await publishing.site();
    const published = await publishing.publish(site, { 'index.html': 'x', _redirects: redirects, _headers: headers });
    assert.deepEqual((published as unknown as { warnings: unknown }).warnings, [
      { file: '_redirects', line: 2, message: 'This line was left out: where it leads has to begin with / or https.' },
      { file: '_headers', line: 2, message: 'This line was left out: this header is not the site\'s to change.' },
    ]);
  });

  it('is written down for reading', () => {
    assert.equal(written(), document(), 'renew it: node tests/conformance/document.ts --write');
  });
});
