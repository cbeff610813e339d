/** The same files in the hosting worker and in Cloudflare's static-assets worker, and what either answers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import type { Case, Group } from './cases.ts';

export interface Answer {
  is: string;
  header: (name: string) => string | null;
}

/** A group's files with their bytes. */
export function filesOf(group: Group): Record<string, string> {
  return { ...Object.fromEntries(group.files.map((name) => [name, `{${name}}`])), ...group.texts };
}

/** Starts Cloudflare's worker as wrangler runs it, with a group's files. */
export async function startAssets(folder: string, group: Group): Promise<{ url: URL; close: () => Promise<void> }> {
  for (const [path, content] of Object.entries(filesOf(group))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const assets = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      name: 'assets',
      compatibilityDate: '2026-11-01',
      modules: true,
      script: 'export default {}',
      assets: { directory: folder, binding: 'ASSETS', routerConfig: { has_user_worker: false }, assetConfig: group.cloudflare },
    }),
  );
  return { url: await assets.ready, close: async () => await assets.dispose() };
}

/** Asks exactly as the table says: a client that puts addresses right would ask something else. */
export async function ask(origin: URL, { ask, headers }: Case): Promise<Answer> {
  const [method, path] = ask.startsWith('/') ? ['GET', ask] : (ask.split(' ') as [string, string]);
  return await new Promise((resolve, reject) => {
    const asking = request(
      { host: '127.0.0.1', port: origin.port, method, path, headers: { host: origin.host, 'accept-encoding': 'identity', ...headers } },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          const header = (name: string): string | null => [response.headers[name] ?? null].flat().join(', ') || null;
          const status = String(response.statusCode);
          // What follows a page's own bytes is for the tests of what is added to pages.
          const file = /^\{(.*?)\}/s.exec(body)?.[1];
          const more = header('location') ?? header('content-range') ?? file;
          resolve({ is: more === undefined ? status : `${status} ${more}`, header });
        });
      },
    );
    asking.on('error', reject);
    asking.end();
  });
}
