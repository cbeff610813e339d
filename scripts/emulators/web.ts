// The web in development: websites that somebody owns already, each at `http://<any-name>.localhost:<port>/` with one
// page that can be edited in the browser, and a resolver that knows what a test or a person has told it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { folderDisk, memoryDisk } from './agents/disk.ts';
import { isObject } from './agents/checks.ts';
import { close, listen } from './agents/http.ts';
import type { RunningEmulator } from './agents/index.ts';
import { editPage, examplePage, listPage } from './web-page.ts';

const MAX_BODY = 2 * 1024 * 1024;
const SITE = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.localhost$/;
const TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28 } as const;
type Type = keyof typeof TYPES;

/** What the resolver says about a name. A name that it was told nothing about does not exist. */
export type Records = Partial<Record<Type, string[]>> & {
  /** A DNS status such as 2, "the servers of that name do not answer". */
  status?: number;
};

export interface WebEmulator extends RunningEmulator {
  /** The resolver, in the JSON form of DNS over HTTPS. */
  dns: string;
  /** The address of somebody's website. */
  site(name: string): string;
  /** Puts a page there. */
  write(name: string, html: string): void;
  /** Tells the resolver about a name, or to forget it. */
  tell(name: string, records: Records | null): void;
}

interface Kept {
  port: number;
  pages: Record<string, string>;
  records: Record<string, Records>;
}

function kept(raw: unknown): Kept {
  const found = isObject(raw) ? raw : {};
  const texts = (value: unknown): Record<string, string> =>
    isObject(value) ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
  const records = isObject(found['records']) ? (found['records'] as Record<string, Records>) : {};
  return { port: typeof found['port'] === 'number' ? found['port'] : 0, pages: texts(found['pages']), records };
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('that is more than fits');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

export async function startWebEmulator(options: { port?: number; stateDir?: string } = {}): Promise<WebEmulator> {
  const disk = options.stateDir === undefined ? memoryDisk() : folderDisk(options.stateDir);
  const state = kept(disk.readAll('web')[0]);
  const keep = (): void => disk.write('web/web.json', state);

  const answer = (response: ServerResponse, status: number, type: string, body: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers });
    response.end(body);
  };
  const page = (response: ServerResponse, body: string, status = 200): void => answer(response, status, 'text/html; charset=utf-8', body);

  function resolve(response: ServerResponse, query: URLSearchParams): void {
    const name = (query.get('name') ?? '').toLowerCase().replace(/\.$/, '');
    const type = (Object.keys(TYPES) as Type[]).find((known) => known === query.get('type')) ?? 'A';
    const known = state.records[name];
    const of = (name: string, type: Type) => (state.records[name]?.[type] ?? []).map((data) => ({ name, type: TYPES[type], TTL: 60, data: type === 'TXT' ? JSON.stringify(data) : data }));
    // Whoever asks for an address is told the way to it as well.
    const alias = known?.CNAME?.[0];
    const said = alias === undefined || type === 'CNAME' ? of(name, type) : [...of(name, 'CNAME'), ...of(alias, type)];
    const status = known === undefined ? 3 : (known.status ?? 0);
    answer(response, 200, 'application/dns-json', JSON.stringify({ Status: status, Question: [{ name, type: TYPES[type] }], Answer: said }));
  }

  async function website(name: string, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const record = `_vetka.${name}.localhost`;
    if (path === '/edit' && request.method === 'POST') {
      // Another page in the same browser is not to edit this one.
      if (request.headers.origin !== `http://${request.headers.host}`) return answer(response, 403, 'text/plain', 'Edit it on its own page.\n');
      const fields = await form(request);
      state.pages[name] = fields.get('html') ?? '';
      const text = (fields.get('record') ?? '').trim();
      if (text === '') delete state.records[record];
      else state.records[record] = { TXT: [text] };
      const alias = (fields.get('alias') ?? '').trim();
      if (alias === '') delete state.records[`${name}.localhost`];
      else state.records[`${name}.localhost`] = { CNAME: [alias] };
      keep();
      return answer(response, 303, 'text/plain', '', { location: '/' });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'This page can be read, and edited at /edit.\n');
    const html = state.pages[name] ?? examplePage(name);
    if (path === '/edit') return page(response, editPage(name, html, { name: record, text: state.records[record]?.TXT?.[0] ?? '', alias: state.records[`${name}.localhost`]?.CNAME?.[0] ?? '' }));
    if (path === '/') return page(response, html);
    page(response, '<!doctype html><title>Not here</title><p>There is only the first page here, and <a href="/edit">a way to edit it</a>.', 404);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://web');
    const name = SITE.exec((request.headers.host ?? '').toLowerCase().replace(/:\d+$/, ''))?.[1];
    if (name !== undefined) return await website(name, request, response, pathname);
    if (pathname === '/dns-query') return resolve(response, searchParams);
    if (pathname === '/open') {
      const wanted = (searchParams.get('name') ?? '').toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
      return answer(response, 303, 'text/plain', '', { location: wanted === '' ? '/' : site(wanted) });
    }
    if (pathname === '/') return page(response, listPage(Object.keys(state.pages).sort().map((known) => ({ name: known, url: site(known) }))));
    answer(response, 404, 'text/plain', 'There is only / and /dns-query here, and websites at <name>.localhost.\n');
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, 'text/plain', `${String(error)}\n`));
  });
  // A website that was connected in an earlier run is to be found where it was, unless somebody else is there now.
  const url = await listen(server, options.port ?? state.port).catch(async (error: unknown) => {
    if (options.port !== undefined || state.port === 0) throw error;
    return await listen(server, 0);
  });
  state.port = Number(new URL(url).port);
  keep();
  const site = (name: string): string => `http://${name}.localhost:${state.port}/`;

  return {
    url,
    dns: `${url}/dns-query`,
    site,
    write(name, html) {
      state.pages[name] = html;
      keep();
    },
    tell(name, records) {
      if (records === null) delete state.records[name];
      else state.records[name] = records;
      keep();
    },
    close: () => close(server),
  };
}
