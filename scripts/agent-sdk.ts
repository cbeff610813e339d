// Fetches the Claude Agent SDK, which runs in sandboxes only: its native program weighs some 360 MB, so it is no
// dependency of the project but lies in the machine's cache, once, for whoever needs it. What is fetched is written
// down in the runner's own package.json and package-lock.json, the files that a real sandbox is built from too.

import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SDK = '@anthropic-ai/claude-agent-sdk';
const RECIPE = ['package.json', 'package-lock.json'] as const;
const INSTALL_MS = 10 * 60_000;
const run = promisify(execFile);

/** The runner's folder: what a sandbox has as `/sandbox-agent`, without the packages. */
export const runnerFolder = fileURLToPath(new URL('../workers/teams/runner/', import.meta.url));

export interface AgentSdkOptions {
  /** The folder below which everything that is fetched once lies. */
  cache?: string;
  /** The npm that fetches; a parameter for tests. */
  npm?: string;
}

/** Why the SDK is not there, for the person at the keyboard. */
export class AgentSdkMissing extends Error {}

const defaultCache = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vetka');

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

async function pinnedVersion(): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(runnerFolder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const version = dependencies[SDK];
  if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) throw new AgentSdkMissing(`The runner's package.json must name one exact version of ${SDK}.`);
  return version;
}

/** True when a folder has what the lock file says: folders are moved here whole, with the lock file they were made from. */
async function isComplete(folder: string): Promise<boolean> {
  const [wanted, have] = await Promise.all([readFile(join(runnerFolder, 'package-lock.json')), readFile(join(folder, 'package-lock.json')).catch(() => null)]);
  return have !== null && wanted.equals(have) && (await exists(join(folder, 'node_modules', SDK, 'package.json')));
}

/** The SDK's native program for this machine, which npm leaves out without a word where none is made for it. */
async function nativeProgram(folder: string): Promise<string | null> {
  const base = join(folder, 'node_modules', `${SDK}-${process.platform}-${process.arch}`);
  for (const suffix of ['', '-musl']) {
    for (const name of ['claude', 'claude.exe']) {
      if (await exists(join(base + suffix, name))) return join(base + suffix, name);
    }
  }
  return null;
}

async function install(folder: string, npm: string): Promise<void> {
  for (const name of RECIPE) await copyFile(join(runnerFolder, name), join(folder, name));
  try {
    await run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, timeout: INSTALL_MS, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new AgentSdkMissing('npm is missing: install Node 20 or newer.');
    throw new AgentSdkMissing(`npm could not fetch the Claude Agent SDK. Is the package registry reachable?\n${(stderr ?? String(error)).trim().slice(-2000)}`);
  }
  const program = await nativeProgram(folder);
  if (program === null) throw new AgentSdkMissing(`The Claude Agent SDK has no program for this machine (${process.platform}-${process.arch}).`);
  await run(program, ['--version'], { timeout: 60_000, env: { PATH: process.env['PATH'] ?? '', HOME: folder, CLAUDE_CONFIG_DIR: folder } }).catch((error: unknown) => {
    throw new AgentSdkMissing(`The Claude Agent SDK's program does not start on this machine: ${error instanceof Error ? error.message : String(error)}`);
  });
}

async function fetchSdk({ cache = defaultCache(), npm = 'npm' }: AgentSdkOptions): Promise<string> {
  const folder = join(cache, `agent-sdk-${await pinnedVersion()}`);
  if (await isComplete(folder)) return folder;
  // Built beside its place and moved there whole, so that nobody sees half of it and two may do it at once.
  const building = `${folder}.${process.pid}.building`;
  const old = `${folder}.${process.pid}.old`;
  try {
    await mkdir(building, { recursive: true });
    await install(building, npm);
    if (await isComplete(folder)) return folder;
    await rename(folder, old).catch(() => undefined);
    await rename(building, folder).catch(async (error: unknown) => {
      if (!(await isComplete(folder))) throw error;
    });
    return folder;
  } catch (error) {
    if (error instanceof AgentSdkMissing) throw error;
    throw new AgentSdkMissing(`The Claude Agent SDK could not be put into ${cache}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await Promise.all([building, old].map((path) => rm(path, { recursive: true, force: true })));
  }
}

const underWay = new Map<string, Promise<string>>();

/**
 * The folder whose `node_modules` has the Agent SDK, fetched first when it is not there.
 *
 * Throws {@link AgentSdkMissing} with a sentence for a person when it cannot be had.
 */
export function agentSdk(options: AgentSdkOptions = {}): Promise<string> {
  const cache = options.cache ?? defaultCache();
  const asked = underWay.get(cache) ?? fetchSdk(options).finally(() => underWay.delete(cache));
  underWay.set(cache, asked);
  return asked;
}

/** Makes `folder` what a sandbox has as `/sandbox-agent`: the runner, and the SDK beside it. */
export async function layRunner(folder: string, options: AgentSdkOptions = {}): Promise<string> {
  const sdk = await agentSdk(options);
  await mkdir(folder, { recursive: true });
  for (const name of ['runner.mjs', ...RECIPE]) await copyFile(join(runnerFolder, name), join(folder, name));
  const link = join(folder, 'node_modules');
  const target = join(sdk, 'node_modules');
  if ((await readlink(link).catch(() => null)) !== target) {
    await rm(link, { force: true });
    await symlink(target, link, 'dir');
  }
  return join(folder, 'runner.mjs');
}

/**
 * What the local sandboxes have as `/sandbox-agent`, path by path: the runner, laid into `folder`, and below it the SDK, which
 * is fetched by whoever asks for it first.
 */
export function sandboxAgent(folder: string): Record<string, () => Promise<string>> {
  return {
    '/sandbox-agent': async () => {
      await mkdir(join(folder, 'node_modules'), { recursive: true });
      for (const name of ['runner.mjs', ...RECIPE]) await copyFile(join(runnerFolder, name), join(folder, name));
      return folder;
    },
    '/sandbox-agent/node_modules': async () => join(await agentSdk(), 'node_modules'),
  };
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await agentSdk()}\n`);
  } catch (error) {
    process.stderr.write(`agent-sdk: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
