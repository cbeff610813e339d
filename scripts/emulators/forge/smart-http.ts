// git over HTTP, by git's own `http-backend`. The forge says who may; git does the rest.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { basic, callerWith, mayWrite, sees, type Caller } from './access.ts';
import { touch, type Forge } from './forge.ts';
import { MAX_PUSH } from './git.ts';
import { refusal } from './guard.ts';
import { parseJson, readBody, spoiled } from './http.ts';
import { isRefName, isSha } from './names.ts';
import { permits } from './scopes.ts';
import { settle } from './settle.ts';
import type { Repository } from './types.ts';

const PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const SERVICES = new Set(['git-upload-pack', 'git-receive-pack']);
const PUSH_MS = 5 * 60_000;
const MAX_HEADERS = 64 * 1024;

/** Writes the hook that git runs at a push. */
export function writeHooks(stateDir: string): void {
  const hook = join(stateDir, 'hooks', 'proc-receive');
  mkdirSync(join(stateDir, 'hooks'), { recursive: true });
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  writeFileSync(hook, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(fileURLToPath(new URL('receive-hook.ts', import.meta.url)))}\n`);
  chmodSync(hook, 0o755);
}

function refuse(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache', ...headers });
  response.end(`${message}\n`);
}

/** The status and the headers that a CGI program wrote in front of its body. */
function parseHead(head: string): { status: number; headers: [string, string][] } {
  const headers = head.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]];
  });
  const status = Number.parseInt(headers.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200', 10);
  return { status, headers: headers.filter(([name]) => name.toLowerCase() !== 'status') };
}

interface Push {
  repository: Repository;
  caller: Caller;
  /** Whether a ref may change by it. */
  isAllowed: boolean;
}

export class SmartHttp {
  readonly #forge: Forge;
  readonly #stateDir: string;
  /** Pushes under way, by the key that their hook shows. */
  readonly #pushes = new Map<string, Push>();
  readonly #children = new Set<ReturnType<typeof spawn>>();

  constructor(forge: Forge, stateDir: string) {
    this.#forge = forge;
    this.#stateDir = stateDir;
  }

  static matches(path: string): boolean {
    return PATH.test(path);
  }

  async handle(request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams): Promise<void> {
    const forge = this.#forge;
    const [, owner = '', name = '', what = ''] = PATH.exec(path) ?? [];
    const isInfo = what === 'info/refs';
    const service = isInfo ? (query.get('service') ?? '') : what;
    if (!SERVICES.has(service)) return refuse(response, 403, 'Please upgrade your git client.');
    if (request.method !== (isInfo ? 'GET' : 'POST')) return refuse(response, 405, 'That is no way to ask.');
    const fault = forge.faults.take(isInfo ? 'git.info-refs' : `git.${service.slice('git-'.length)}`);
    if (fault?.delayMs) await sleep(fault.delayMs);
    const wrong = spoiled(fault, null);
    if (wrong !== null) return refuse(response, wrong.status, wrong.message, { ...wrong.headers });

    const challenge = { 'www-authenticate': 'Basic realm="GitHub"' };
    const header = request.headers.authorization;
    const caller = this.#caller(header);
    if (header !== undefined && caller === null) return refuse(response, 401, 'Invalid username or token. Password authentication is not supported for Git operations.', challenge);
    const isPush = service === 'git-receive-pack';
    const repository = forge.store.repository(decode(owner), decode(name));
    const isSeen = repository !== undefined && sees(forge, caller, repository);
    // Nobody is told whether it exists.
    if (caller === null && (isPush || !isSeen)) return refuse(response, 401, 'Authentication required.', challenge);
    if (!isSeen) return refuse(response, 404, 'Repository not found.');
    if (isPush && caller !== null) {
      const denied = `Permission to ${repository.owner}/${repository.name}.git denied to ${caller.user.login}.`;
      if (!permits(caller.scopes, 'repo', 'public_repo') || !mayWrite(forge, caller, repository)) return refuse(response, 403, denied);
      if (repository.archived) return refuse(response, 403, 'This repository was archived so it is read-only.');
    }
    await this.#run(request, response, { repository, caller, service, isInfo, isPush, lose: fault?.loseAnswer === true });
  }

  /** The hook's question, at the address that only it was given. */
  async answerHook(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseJson(await readBody(request));
    const push = this.#pushes.get(String(body['push']));
    const lines: unknown = body['updates'];
    if (push === undefined || !Array.isArray(lines)) return refuse(response, 404, 'There is no such push.');
    const answers: Record<string, unknown> = {};
    for (const line of lines) {
      const [from = '', to = '', ...rest] = String(line).split(' ');
      const ref = rest.join(' ');
      const isWellMade = isSha(from) && isSha(to) && isRefName(ref);
      const answer = isWellMade ? await refusal(this.#forge, push.repository, push.caller, { ref, from, to }) : { reason: 'funny refname', said: [] };
      push.isAllowed ||= answer === null;
      answers[ref] = answer;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers));
  }

  /** Ends what still runs. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #caller(header: string | undefined): Caller | null {
    const value = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1];
    if (value === undefined) return null;
    const { name, password } = basic(value);
    return callerWith(this.#forge, password) ?? callerWith(this.#forge, name);
  }

  async #run(request: IncomingMessage, response: ServerResponse, asked: { repository: Repository; caller: Caller | null; service: string; isInfo: boolean; isPush: boolean; lose: boolean }): Promise<void> {
    const { repository, caller, service, isInfo, isPush } = asked;
    const forge = this.#forge;
    const key = randomBytes(24).toString('hex');
    const push: Push | null = isPush && !isInfo && caller !== null ? { repository, caller, isAllowed: false } : null;
    if (push !== null) this.#pushes.set(key, push);
    const { headers } = request;
    const protocol = String(headers['git-protocol'] ?? '');
    const env = forge.git.env({
      GIT_PROJECT_ROOT: join(this.#stateDir, 'repositories'),
      GIT_HTTP_EXPORT_ALL: '1',
      GATEWAY_INTERFACE: 'CGI/1.1',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: `/${repository.id}.git/${isInfo ? 'info/refs' : service}`,
      QUERY_STRING: isInfo ? `service=${service}` : '',
      CONTENT_TYPE: String(headers['content-type'] ?? ''),
      ...(headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: String(Number(headers['content-length'])) }),
      ...(/^(?:x-)?gzip$/.test(String(headers['content-encoding'] ?? '')) ? { HTTP_CONTENT_ENCODING: 'gzip' } : {}),
      // Only what git itself sends: `version=2`, perhaps more of that kind.
      ...(/^[a-z0-9=:.-]{1,100}$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
      REMOTE_ADDR: '127.0.0.1',
      ...(caller === null ? {} : { REMOTE_USER: caller.user.login }),
      FORGE_ASK: `${forge.url}/_emulator/hook`,
      FORGE_PUSH: key,
    });
    const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#children.add(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), PUSH_MS);
    const ended = new Promise<void>((resolve) => {
      child.on('close', () => resolve());
      child.on('error', () => resolve());
    });
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_PUSH) child.kill('SIGKILL');
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => request.resume());
    // Whoever hangs up in the middle of a question needs no answer; a push that has come whole is seen through.
    response.on('close', () => {
      if (!request.complete || !isPush) child.kill('SIGKILL');
    });
    child.stderr.resume();
    const body = await this.#answer(child.stdout, response, asked.lose || push !== null);
    await ended;
    clearTimeout(timer);
    this.#children.delete(child);
    this.#pushes.delete(key);
    // What was pushed is there for whoever asks next, before the one who pushed hears that it is.
    if (push?.isAllowed === true) {
      touch(forge, repository, true);
      await settle(forge, repository, push.caller.user.login);
    }
    if (asked.lose) return void response.destroy();
    if (!response.headersSent) return refuse(response, 500, 'git failed.');
    response.end(body);
  }

  /** Passes the answer on as it comes, or holds its body back until all that follows from it is done. */
  async #answer(output: NodeJS.ReadableStream, response: ServerResponse, hold: boolean): Promise<Buffer | undefined> {
    let head = Buffer.alloc(0);
    let isBody = false;
    const held: Buffer[] = [];
    for await (const chunk of output as AsyncIterable<Buffer>) {
      if (isBody) {
        if (hold) held.push(chunk);
        else if (!response.write(chunk)) await drained(response);
        continue;
      }
      head = Buffer.concat([head, chunk]);
      const end = /\r?\n\r?\n/.exec(head.toString('latin1'));
      if (end === null) {
        if (head.length > MAX_HEADERS) return undefined;
        continue;
      }
      isBody = true;
      const { status, headers } = parseHead(head.subarray(0, end.index).toString('latin1'));
      response.writeHead(status, headers.flat());
      const rest = head.subarray(end.index + end[0].length);
      if (hold) held.push(rest);
      else response.write(rest);
    }
    return hold ? Buffer.concat(held) : undefined;
  }
}

/** Waits until the other side has read, or is gone. */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
