/**
 * Holds the document of the API and the routers together, both ways: what is described is there and answers as
 * described, and every JSON route of the workers' own tables is described.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { root } from '../../scripts/stack/root.ts';
import { type Response, type TestStack, startTestStack } from './harness.ts';

interface Schema {
  $ref?: string;
  allOf?: Schema[];
  properties?: Record<string, { enum?: string[] }>;
}

interface Operation {
  operationId: string;
  security: Record<string, string[]>[];
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

interface Route {
  method: string;
  path: string;
  access: string;
}

const tables = JSON.parse(
  execFileSync('cargo', ['run', '--quiet', '--locked', '-p', 'vetka-domain', '--example', 'routes'], {
    cwd: root,
    encoding: 'utf8',
  }),
) as Record<string, Route[]>;

/** What the document is about: all under /api but the door for sockets, and what the open web knows us by. */
const isDescribed = ({ method, path }: Route): boolean =>
  (path.startsWith('/api/') && path !== '/api/notch/live' && !/^\/api\/v1\/auth\/(github|google)/.test(path)) ||
  ['GET /healthz', 'GET /.well-known/webfinger', 'GET /webmention', 'POST /webmention', 'GET /webmention/{id}'].includes(named(method, path)) ||
  path.startsWith('/feeds/');
const named = (method: string, path: string): string => `${method.toUpperCase()} ${path}`;

let stack: TestStack;
let document: Document;

before(async () => {
  stack = await startTestStack();
  document = await stack.anybody.json<Document>('/api/openapi.json');
});
after(async () => await stack.close());

/** An address of that shape which names nothing. */
const nowhere = (path: string): string =>
  path.replace('{domain}', 'nothing.example').replace('{provider}', 'google').replaceAll(/\{[^}]+\}/g, 'aaaaaaaaaaaaaaaaaaaaaaaa');

/** That an answer is one of those the document names for the operation. */
async function documented(operation: Operation, answer: Response): Promise<void> {
  const words = await answer.text();
  const described = operation.responses[answer.status];
  assert.ok(described, `${operation.operationId} answers ${answer.status}, which is not described: ${words}`);
  const given = answer.headers.get('content-type')?.split(';')[0];
  if (described.content === undefined) {
    assert.equal(words, '', operation.operationId);
    return;
  }
  assert.ok(given !== undefined && Object.keys(described.content).some((type) => type === given || type === '*/*'), `${given}`);
  const codes = described.content['application/json']?.schema.allOf?.flatMap((part) => part.properties?.['code']?.enum ?? []) ?? [];
  const { code } = given === 'application/json' && answer.status >= 400 ? (JSON.parse(words) as { code?: string }) : {};
  if (code !== undefined) assert.ok(codes.includes(code), `${operation.operationId} refuses with ${code}, which is not described`);
}

describe('the document of the API', () => {
  it('is OpenAPI 3.1, for every page of the web, and kept until it changes', async () => {
    const answer = await stack.anybody.fetch('/api/openapi.json', { headers: { origin: 'https://elsewhere.test' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
    assert.match(answer.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
    assert.match(((await answer.json()) as Document).openapi, /^3\.1\./);
    const etag = answer.headers.get('etag');
    assert.ok(etag);
    const again = await stack.anybody.fetch('/api/openapi.json', { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  });

  it('describes every route of the tables that is not for browsers alone, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => named(method, path)),
    );
    const routed = Object.values(tables).flat().filter(isDescribed);
    assert.deepEqual(described.sort(), routed.map(({ method, path }) => named(method, path)).sort());
  });

  it('says of each route who may call it, as the tables do', () => {
    const schemes: Record<string, string[]> = { anyone: [], signed_in: ['session'], owner: ['session'], member: ['session'], admin: ['session'], deploy_token: ['deployToken'], operator: ['operatorKey'] };
    for (const { method, path, access } of Object.values(tables).flat().filter(isDescribed)) {
      const { security } = document.paths[path]![method.toLowerCase()]!;
      assert.deepEqual(security.flatMap(Object.keys), schemes[access], named(method, path));
    }
  });

  it('is answered by the routers as it says, to nobody', async () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const answer = await stack.anybody.fetch(nowhere(path), { method: method.toUpperCase() });
        await documented(operation, answer);
        // BetterAuth's wire says what is wrong with a body before it asks who sent it.
        const first = path.startsWith('/api/auth/') && answer.status === 400;
        if (operation.security.length > 0 && !first) assert.equal(answer.status, 401, operation.operationId);
      }
    }
  });

  it('is answered by the routers as it says, to somebody who asks for what is not there', async () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const somebody = await stack.person();
        const init = { method: method.toUpperCase(), ...(method === 'get' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }) };
        await documented(operation, await somebody.fetch(nowhere(path), init));
      }
    }
  });

  it('names every method that a path has', async () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        if (method.toLowerCase() in methods || Object.values(tables).flat().some((route) => route.method === method && route.path === path)) continue;
        const answer = await stack.anybody.fetch(nowhere(path), { method });
        await answer.text();
        // On BetterAuth's wire a wrong method is no different from a wrong path.
        assert.equal(answer.status, path.startsWith('/api/auth/') ? 404 : 405, named(method, path));
      }
    }
  });
});
