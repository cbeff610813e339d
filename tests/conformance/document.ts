/** The table for reading: what differs from Cloudflare's static-assets worker, and why. `--write` renews the document. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/stack/root.ts';
import { groups, type Case } from './cases.ts';

const path = join(root, 'docs/conformance.md');
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

const answer = (is: string, has: Case['has']): string =>
  [is, ...Object.entries(has ?? {}).map(([name, value]) => `${name}: ${value ?? 'none'}`)].map(code).join(' ');

const asked = ({ ask, headers }: Case): string =>
  [ask, ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)].map(code).join(' ');

export function document(): string {
  const all = groups.flatMap((group) => group.cases);
  const differing = all.filter((one) => one.cloudflare);
  const lines = [
    '# Serving, held against Cloudflare’s static-assets worker',
    '',
    `${all.length} requests are asked of both in one test (\`tests/http/conformance.test.ts\`). ${all.length - differing.length} answers agree; the ${differing.length} that differ are below, with the reason.`,
    'Made from `tests/conformance/cases.ts` by `node tests/conformance/document.ts --write`.',
  ];
  for (const group of groups) {
    const cases = group.cases.flatMap((one) => (one.cloudflare ? [{ ...one, cloudflare: one.cloudflare }] : []));
    if (cases.length === 0) continue;
    lines.push('', `## ${group.title}`, '', '| Request | Vetka | Cloudflare | Reason |', '|---|---|---|---|');
    for (const one of cases) {
      lines.push(
        `| ${asked(one)} | ${answer(one.is, one.has)} | ${answer(one.cloudflare.is, one.cloudflare.has)} | ${one.cloudflare.because} |`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

export const written = (): string => readFileSync(path, 'utf8');

if (process.argv.includes('--write')) writeFileSync(path, document());
