// What the forge's tests share: a running forge, the vendor's own client for somebody, and git as a program of its own.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import assert from 'node:assert/strict';
import { Octokit } from '@octokit/rest';
import { startForge, type ForgeOptions } from '../../scripts/emulators/forge/index.ts';
import { temporaryFolder } from './harness.ts';

export interface Forge {
  url: string;
  close(): Promise<void>;
  /** Asks the forge's own door. */
  door(method: 'POST' | 'DELETE' | 'GET', path: string, body?: object): Promise<Record<string, unknown>>;
  token(login: string, ...scopes: string[]): Promise<string>;
  /** The vendor's own client, for one who has such a token. */
  as(login: string, ...scopes: string[]): Promise<Octokit>;
  client(token?: string): Octokit;
  /** The address of a repository for git, with a token in it. */
  remote(repository: string, token?: string): string;
}

const folders = temporaryFolder();
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export async function forge(options: ForgeOptions = {}): Promise<Forge> {
  const { url, close } = await startForge({ limits: { authenticated: 5000, anonymous: 5000 }, ...options });
  const door: Forge['door'] = async (method, path, body) => {
    const response = await fetch(`${url}/_emulator/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const said = await response.text();
    assert.equal(response.status, 200, said);
    return JSON.parse(said) as Record<string, unknown>;
  };
  const token: Forge['token'] = async (login, ...scopes) => String((await door('POST', 'tokens', { login, scopes }))['token']);
  const client = (auth?: string): Octokit => new Octokit({ baseUrl: url, log: silent, ...(auth === undefined ? {} : { auth }) });
  return {
    url, close, door, token, client,
    as: async (login, ...scopes) => client(await token(login, ...scopes)),
    remote: (repository, withToken) => `${url.replace('//', withToken === undefined ? '//' : `//x-access-token:${withToken}@`)}/${repository}.git`,
  };
}

export interface Said {
  code: number;
  out: string;
  err: string;
}

/** git with nothing of this machine's configuration. */
export class WorkTree {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(folders, 'tree-'));
  }

  async try(...args: string[]): Promise<Said> {
    const env = {
      PATH: process.env['PATH'] ?? '', HOME: this.folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C',
      GIT_AUTHOR_NAME: 'Cleo Cedar', GIT_AUTHOR_EMAIL: 'cleo@example.com', GIT_COMMITTER_NAME: 'Cleo Cedar', GIT_COMMITTER_EMAIL: 'cleo@example.com',
    };
    return await new Promise((resolve) => {
      execFile('git', args, { cwd: this.folder, env }, (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }));
    });
  }

  async git(...args: string[]): Promise<string> {
    const { code, out, err } = await this.try(...args);
    assert.equal(code, 0, `git ${args.join(' ')}: ${err}`);
    return out.trim();
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** Writes files and commits them; gives the commit. */
  async commit(message: string, files: Record<string, string>): Promise<string> {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '-m', message);
    return await this.git('rev-parse', 'HEAD');
  }

  static async clone(remote: string): Promise<WorkTree> {
    const tree = new WorkTree();
    await tree.git('clone', '--quiet', remote, '.');
    return tree;
  }
}

/** Asserts that a call of the client is refused, and gives what the forge said. */
export async function refused(call: Promise<unknown>, status: number, message?: RegExp | string): Promise<{ message: string; errors?: Record<string, unknown>[]; status?: string }> {
  const error: unknown = await call.then(() => null, (failure: unknown) => failure);
  assert.ok(error !== null, 'the call went through');
  const { status: got, response } = error as { status?: number; response?: { data: { message: string } } };
  assert.equal(got, status, JSON.stringify(response?.data ?? String(error)));
  const data = response?.data ?? { message: '' };
  if (typeof message === 'string') assert.equal(data.message, message);
  else if (message !== undefined) assert.match(data.message, message);
  return data;
}

/** Runs a program with bytes on its standard input. */
export async function pipe(command: string, args: string[], input: Buffer): Promise<Buffer> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(input);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
