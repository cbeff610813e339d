// Running git. Its environment is built from nothing: no configuration of the person or the machine is read, no
// credential is in reach, and every setting that matters is written here.

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from './errors.ts';

/** The first git whose `merge-tree` merges without a work tree. */
const OLDEST: readonly [number, number] = [2, 38];
const TIMEOUT_MS = 20_000;
const MAX_OUTPUT = 96 * 1024 * 1024;
/** What a push may weigh. */
export const MAX_PUSH = 256 * 1024 * 1024;

export interface GitResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

export interface RunOptions {
  input?: string | Buffer;
  env?: Record<string, string>;
}

/** git refused to do what had to work; `message` is what it said. */
export class GitFailure extends Error {}

/** Git over the bare repositories of one forge. */
export class Git {
  readonly #env: Record<string, string>;

  constructor(stateDir: string) {
    const home = join(stateDir, 'home');
    mkdirSync(home, { recursive: true });
    const settings: [string, string][] = [
      // Taken in are repositories of whoever; what they say of themselves is not obeyed, so whose they are is no matter.
      ['safe.directory', '*'],
      ['core.quotePath', 'false'],
      ['core.hooksPath', join(stateDir, 'hooks')],
      ['core.logAllRefUpdates', 'false'],
      ['init.defaultBranch', 'main'],
      ['gc.auto', '0'],
      ['maintenance.auto', 'false'],
      ['transfer.advertiseSID', 'false'],
      ['receive.fsckObjects', 'true'],
      ['receive.maxInputSize', String(MAX_PUSH)],
      // Every update is asked about, one by one; see `receive-hook.ts`.
      ['receive.procReceiveRefs', 'refs'],
      ['receive.hideRefs', 'refs/pull'],
      ['receive.advertisePushOptions', 'false'],
      ['uploadpack.allowFilter', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'true'],
      ['http.receivepack', 'true'],
    ];
    const numbered = settings.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]]);
    this.#env = {
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: home,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: String(settings.length),
      ...(Object.fromEntries(numbered) as Record<string, string>),
      GIT_TERMINAL_PROMPT: '0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
    };
  }

  /** The environment of every git here, with `more`. */
  env(more: Record<string, string> = {}): Record<string, string> {
    return { ...this.#env, ...more };
  }

  /** Refuses a git that is too old, or none. */
  async check(): Promise<void> {
    const said = await this.run(null, ['version']).catch(() => null);
    const [, major, minor] = /(\d+)\.(\d+)/.exec(said?.stdout.toString() ?? '') ?? [];
    if (major === undefined) throw new Error('The forge needs git, and there is none on the PATH.');
    const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
    if (isOld) throw new Error(`The forge needs git ${OLDEST.join('.')} or newer; this is ${major}.${minor}.`);
  }

  /** Runs git in a repository and tells how it ended. Arguments that came over the wire are checked by the caller. */
  async run(repository: string | null, args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
    const place = repository === null ? [] : [`--git-dir=${repository}`];
    return await new Promise((resolve, reject) => {
      const child = execFile(
        'git',
        [...place, ...args],
        { env: this.env(options.env), encoding: 'buffer', maxBuffer: MAX_OUTPUT, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
        (error, stdout, stderr) => {
          if (error === null) return resolve({ code: 0, stdout, stderr: stderr.toString() });
          if (typeof error.code === 'number') return resolve({ code: error.code, stdout, stderr: stderr.toString() });
          // Killed, for it took too long or said too much. GitHub gives up on such a request, too.
          if (error.killed === true || String(error.code) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
            return reject(new ApiError(503, 'Sorry, this is taking too long, or is too large to show.'));
          }
          reject(error);
        },
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input ?? '');
    });
  }

  /** What git says, where a failure would be ours. */
  async bytes(repository: string | null, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
    const { code, stdout, stderr } = await this.run(repository, args, options);
    if (code !== 0) throw new GitFailure(`git ${args[0] ?? ''} failed: ${stderr.trim()}`);
    return stdout;
  }

  /** The same as text, without the last line's end. */
  async text(repository: string | null, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await this.bytes(repository, args, options)).toString('utf8').replace(/\n$/, '');
  }

  /** The same, or null when git refuses. */
  async maybe(repository: string, args: readonly string[], options: RunOptions = {}): Promise<string | null> {
    const { code, stdout } = await this.run(repository, args, options);
    return code === 0 ? stdout.toString('utf8').replace(/\n$/, '') : null;
  }
}
