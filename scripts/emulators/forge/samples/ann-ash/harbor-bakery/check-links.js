// Every link between our pages leads to a page or a file that there is.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('site', import.meta.url));
const broken = [];
for (const page of readdirSync(root).filter((name) => name.endsWith('.html'))) {
  const html = readFileSync(join(root, page), 'utf8');
  for (const [, target] of html.matchAll(/(?:href|src)="([^"#]+)[^"]*"/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const name = target === '/' ? 'index.html' : target.replace(/^\//, '');
    if (!existsSync(join(root, name)) && !existsSync(join(root, `${name}.html`))) broken.push(`${page} links to ${target}`);
  }
}
if (broken.length > 0) {
  console.error(broken.join('\n'));
  process.exit(1);
}
console.log('All links lead somewhere.');
