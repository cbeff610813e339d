// GitHub's stand-in: OAuth, the REST endpoints and git over HTTP, on real bare repositories on this machine.
// Start reading at `http.ts` (the door of the API), then `pulls.ts` and `pull-merge.ts` (what it is for),
// `smart-http.ts` and `guard.ts` (pushes, and which are refused).

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { close, listen } from '../agents/http.ts';
import type { RunningEmulator } from '../agents/index.ts';
import { applicationRoutes } from './applications.ts';
import { commitRoutes } from './commits.ts';
import { compareRoutes } from './compare.ts';
import { contentRoutes } from './contents.ts';
import { control } from './control.ts';
import { ApiError } from './errors.ts';
import { Faults } from './faults.ts';
import type { App, Clock, Forge } from './forge.ts';
import { forkRoutes } from './forks.ts';
import { Git } from './git.ts';
import { createApi, spoiled } from './http.ts';
import { RateLimits, type Limits } from './limits.ts';
import { OAuth } from './oauth.ts';
import { Pages } from './pages.ts';
import { mergeRoutes } from './pull-merge.ts';
import { pullRoutes } from './pulls.ts';
import { refRoutes } from './refs.ts';
import { repositoryRoutes } from './repositories.ts';
import { seed } from './seed.ts';
import { SmartHttp, writeHooks } from './smart-http.ts';
import { Store } from './store.ts';
import { takeIn, type RepositorySource } from './taking-in.ts';
import { userRoutes } from './users.ts';

export type { App } from './forge.ts';
export type { RepositorySource } from './taking-in.ts';

export interface ForgeOptions {
  /** 0 picks the one of the last run, or a free one. */
  port?: number;
  /** Repositories and state are kept there. Without it they are in a temporary folder, which is gone afterwards. */
  stateDir?: string;
  /** Taken in besides the samples. */
  repositories?: readonly RepositorySource[];
  /** Registered applications. With none, any client id, secret and address to come back to will do. */
  apps?: readonly App[];
  /** Requests per hour. */
  limits?: Limits;
  clock?: Clock;
}

const API = /^\/(?:user|users|orgs|repos|applications|rate_limit)(?:\/|$)/;

export async function startForge(options: ForgeOptions = {}): Promise<RunningEmulator> {
  const { stateDir: kept, repositories = [], apps = [], limits = { authenticated: 5000, anonymous: 60 }, clock = Date.now } = options;
  const stateDir = kept ?? mkdtempSync(join(tmpdir(), 'vetka-forge-'));
  const discard = (): void => {
    if (kept === undefined) rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });
  };
  // Also when the process ends without a word.
  process.once('exit', discard);
  try {
    mkdirSync(stateDir, { recursive: true });
    const git = new Git(stateDir);
    await git.check();
    writeHooks(stateDir);
    const store = new Store(stateDir);
    const forge: Forge = { url: '', store, git, faults: new Faults(), limits: new RateLimits(limits), clock, apps, mergeability: new Map() };
    await seed(forge);
    for (const repository of repositories) await takeIn(forge, repository);
    const smart = new SmartHttp(forge, stateDir);
    const server = createServer(handler(forge, smart));
    // What was noted of it in an earlier run is to be found where it was, unless somebody else is there now.
    forge.url = await listen(server, options.port || store.state.port).catch(async (error: unknown) => {
      if (options.port || store.state.port === 0) throw error;
      return await listen(server, 0);
    });
    store.state.port = Number(new URL(forge.url).port);
    store.save();
    return {
      url: forge.url,
      async close() {
        smart.close();
        await close(server);
        process.off('exit', discard);
        discard();
      },
    };
  } catch (error) {
    process.off('exit', discard);
    discard();
    throw error;
  }
}

function handler(forge: Forge, smart: SmartHttp): (request: IncomingMessage, response: ServerResponse) => void {
  const [oauth, pages] = [new OAuth(forge), new Pages(forge)];
  const api = createApi(forge, [
    ...userRoutes(forge), ...applicationRoutes(forge), ...pullRoutes(forge), ...mergeRoutes(forge), ...refRoutes(forge),
    ...contentRoutes(forge), ...compareRoutes(forge), ...commitRoutes(forge), ...forkRoutes(forge), ...repositoryRoutes(forge),
  ]);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Not through URL: it would take `%2e%2e` for a step up.
    const [whole = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const path = whole.replace(/^\/api\/v3(?=\/|$)/, '');
    if (path === '/_emulator/hook') return await smart.answerHook(request, response);
    if (path.startsWith('/_emulator/')) return await control(forge, request, response, path);
    if (API.test(path)) return await api(request, response, path);
    if (path === '/login/oauth/authorize' && request.method === 'GET') return oauth.authorize(request, response, new URLSearchParams(query));
    if (path === '/login/oauth/callback' && request.method === 'POST') return await oauth.decide(request, response);
    if (path === '/login/oauth/access_token' && request.method === 'POST') {
      const wrong = spoiled(forge.faults.take('oauth.token'), null);
      if (wrong !== null) throw wrong;
      return await oauth.token(request, response);
    }
    if (SmartHttp.matches(path)) return await smart.handle(request, response, path, new URLSearchParams(query));
    await pages.handle(request, response, path);
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const known = error instanceof ApiError ? error : new ApiError(500, 'Server Error');
      if (known !== error) process.stderr.write(`forge: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
      request.resume();
      if (response.headersSent) return void response.destroy();
      response.writeHead(known.status, { 'content-type': 'application/json; charset=utf-8', ...known.headers });
      response.end(JSON.stringify(known.body()));
    });
  };
}
