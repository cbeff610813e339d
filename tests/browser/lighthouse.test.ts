/**
 * Lighthouse on every page that anybody may open: 95 or more in all four categories, as on a telephone with a slow line.
 * What this machine's stack does not have, compression and HTTP/2, makes pages slower here than at the edge.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ENOUGH, Lighthouse, type Look, type Page } from '../../scripts/measure/lighthouse.ts';
import { scores } from '../../scripts/measure/pages.ts';
import { type TestStack, startTestStack } from '../http/harness.ts';
import { publicPages } from './public-pages.ts';

let stack: TestStack;
let lighthouse: Lighthouse;
let pages: Page[];

before(async () => {
  stack = await startTestStack();
  pages = await publicPages(stack);
  lighthouse = await Lighthouse.start();
});
after(async () => {
  await lighthouse?.close();
  await stack?.close();
});

it(`gives ${ENOUGH} or more to every public page`, async () => {
  const looks: Look[] = [];
  for (const page of pages) looks.push(await lighthouse.look(page));
  scores(looks);
  const low = looks.filter((look) => Object.values(look.scores).some((score) => score < ENOUGH));
  assert.deepEqual(low.map(({ page, scores, faults }) => ({ page: page.name, scores, faults })), []);
});
