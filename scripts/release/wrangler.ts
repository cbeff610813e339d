/** wrangler as a child that knows nothing of this machine: an environment and a home made from nothing. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from '../stack/root.ts';
import { OperatorError } from './target.ts';

/** Warnings that are known and harmless. Any other ends the deployment: wrangler warns of what should be an error. */
const allowed: RegExp[] = [
  // The newest two-week-old compatibility date may be newer than the workerd that wrangler carries.
  /The latest compatibility date supported by/,
];

export interface Access {
  token: string;
  accountId: string;
  base: string;
}

export class Wrangler {
  readonly #home = mkdtempSync(join(tmpdir(), 'vetka-deploy-'));
  readonly #access: Access | undefined;
  readonly #children = new Set<ReturnType<typeof spawn>>();
  #runs = 0;

  /** Without access it can do dry runs only. */
  constructor(access?: Access) {
    this.#access = access;
  }

  /** Runs one command and returns what it printed; rejects with that when it failed or warned. */
  async run(folder: string, args: string[], input?: string): Promise<{ printed: string; output: Record<string, unknown>[] }> {
    const outputFile = join(this.#home, `output-${(this.#runs += 1)}.ndjson`);
    const child = spawn(process.execPath, [join(root, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
      cwd: folder,
      env: this.#environment(outputFile),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    this.#children.delete(child);
    // Its messages are coloured whatever NO_COLOR says, also inside the word that tells a warning.
    printed = stripVTControlCharacters(printed);
    const what = `wrangler ${args.slice(0, args.findIndex((arg) => arg.startsWith('-'))).join(' ')}`;
    if (code !== 0) throw new OperatorError(`${what} failed:\n${this.#clean(printed)}`);
    const warned = warnings(printed).filter((warning) => !allowed.some((known) => known.test(warning)));
    if (warned.length > 0) throw new OperatorError(`${what} warned, and a warning is not let pass:\n${this.#clean(warned.join('\n'))}`);
    const output = existsSync(outputFile) ? readFileSync(outputFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : [];
    return { printed, output };
  }

  /** Ends what is still running, and empties the home. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** A path for a file that only this user can read and that `close` takes away. */
  scratch(name: string): string {
    return join(this.#home, name);
  }

  #environment(outputFile: string): NodeJS.ProcessEnv {
    const config = join(this.#home, '.config');
    mkdirSync(config, { recursive: true });
    return {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: this.#home,
      XDG_CONFIG_HOME: config,
      TMPDIR: this.#home,
      LANG: 'C.UTF-8',
      // No questions, no colours, no look for a newer wrangler, nothing reported, nobody's .env read.
      CI: '1',
      NO_COLOR: '1',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
      WRANGLER_OUTPUT_FILE_PATH: outputFile,
      ...(this.#access
        ? { CLOUDFLARE_API_TOKEN: this.#access.token, CLOUDFLARE_ACCOUNT_ID: this.#access.accountId, CLOUDFLARE_API_BASE_URL: this.#access.base }
        : {}),
    };
  }

  #clean(printed: string): string {
    const token = this.#access?.token;
    return (token ? printed.replaceAll(token, '…') : printed).trim();
  }
}

/** The warnings in what wrangler printed, each with the lines that belong to it. */
export function warnings(printed: string): string[] {
  const found: string[] = [];
  let inside = false;
  for (const line of printed.split('\n')) {
    if (/\[WARNING\]/.test(line)) {
      found.push(line);
      inside = true;
    } else if (inside && (line.trim() === '' || /^\s{2,}/.test(line))) {
      found[found.length - 1] += `\n${line}`;
    } else inside = false;
  }
  return found.map((warning) => warning.trimEnd());
}
