/** What a public page weighs for a browser that has none of it yet, and Lighthouse's scores of it. */
import { gzipSync } from 'node:zlib';
import { fetch } from 'undici';
import { loopback, type TestStack } from '../../tests/http/harness.ts';
import { publicPages } from '../../tests/browser/public-pages.ts';
import { CATEGORIES, Lighthouse, type Look } from './lighthouse.ts';
import { table } from './table.ts';

/** The columns, by what Lighthouse calls a thing that was loaded; what is none of these counts in all. */
const KINDS = { Document: 'HTML', Stylesheet: 'CSS', Script: 'JS', Font: 'fonts', Image: 'images' } as const;

/** Prints scores, and what they are made of. */
export function scores(looks: Look[]): void {
  const milliseconds = (time: number): string => (time / 1000).toFixed(1);
  table(['Lighthouse', ...CATEGORIES, 'first paint s', 'largest s', 'blocked ms', 'shift'], looks.map(({ page, scores, metrics }) => [
    page.name,
    ...CATEGORIES.map((category) => String(scores[category])),
    milliseconds(metrics.firstPaint), milliseconds(metrics.largestPaint), metrics.blocked.toFixed(0), metrics.shift.toFixed(3),
  ]));
}

/** Measures all public pages. Bytes are gzipped where the edge would do that. */
export async function pages(stack: TestStack): Promise<void> {
  const all = await publicPages(stack);
  const lighthouse = await Lighthouse.start();
  const looks: Look[] = [];
  try {
    for (const page of all) looks.push(await lighthouse.look(page));
  } finally {
    await lighthouse.close();
  }
  const rows: string[][] = [];
  for (const { page, loaded } of looks.filter(({ page }) => page.form === undefined)) {
    const sizes = new Map<string, number>();
    let sum = 0;
    for (const { url, type } of loaded) {
      if (!url.startsWith('http')) continue;
      const bytes = await weight(url);
      sizes.set(type, (sizes.get(type) ?? 0) + bytes);
      sum += bytes;
    }
    rows.push([page.name, ...[...Object.keys(KINDS).map((type) => sizes.get(type) ?? 0), sum].map((bytes) => (bytes / 1000).toFixed(1))]);
  }
  table(['KB gz', ...Object.values(KINDS), 'in all'], rows);
  scores(looks);
}

async function weight(url: string): Promise<number> {
  const answer = await fetch(url, { dispatcher: loopback });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isText = /^text\/|javascript|json|xml/.test(answer.headers.get('content-type') ?? '');
  return isText ? gzipSync(bytes).length : bytes.length;
}
