// A sandbox without a sandbox: the runner with the real Agent SDK in a folder of its own, a home and a configuration
// that are fresh, an environment built from nothing, and one address that it may reach, which is the emulator's.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layRunner } from '../../../scripts/agent-sdk.ts';
import type { JsonObject } from '../../../scripts/emulators/agents/checks.ts';
import type { Fault } from '../../../scripts/emulators/messages/faults.ts';
import { startMessagesEmulator } from '../../../scripts/emulators/messages/index.ts';
import { layOut } from './sites.ts';

/** A line that the runner printed. */
export interface Line extends JsonObject {
  type: string;
}

/** A turn that is over. */
export interface Turn {
  lines: Line[];
  /** The last line of type `result`. */
  result: JsonObject | undefined;
  /** What the agent said to the person. */
  said: string;
  code: number | null;
  stdout: string;
  log: string;
}

export interface Sandbox {
  workspace: string;
  config: string;
  /** Begins a turn and does not wait for it. */
  begin(job: JsonObject | string, env?: Record<string, string>): { child: ChildProcess; over: Promise<Turn> };
  turn(prompt: string, job?: JsonObject, env?: Record<string, string>): Promise<Turn>;
}

export interface Bench {
  /** A sandbox with a site in its workspace. */
  sandbox(files: Readonly<Record<string, string>>): Sandbox;
  faults(...faults: Partial<Fault>[]): Promise<void>;
  /** Connections that somebody tried to make to the world. */
  strays(): number;
  close(): Promise<void>;
}

/** The token of a session. It looks like a good key, since the emulator stands right behind the runner here. */
export const TOKEN = 'sk-ant-session-token-0123456789';
const SYSTEM = 'You change the website in the workspace. Commit changes with clear messages.';

export async function bench(): Promise<Bench> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'vetka-agent-')));
  const runner = await layRunner(join(base, 'sandbox-agent'));
  const emulator = await startMessagesEmulator({ pieceMs: 0 });
  let strays = 0;
  const world = createServer((socket: Socket) => {
    strays += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => world.listen(0, '127.0.0.1', resolve));
  const nowhere = `http://127.0.0.1:${(world.address() as AddressInfo).port}`;

  function sandbox(files: Readonly<Record<string, string>>): Sandbox {
    const place = mkdtempSync(join(base, 'box-'));
    const [workspace, config, home] = [join(place, 'workspace'), join(place, 'config'), join(place, 'home')];
    for (const folder of [workspace, home]) mkdirSync(folder);
    layOut(workspace, files);
    let turns = 0;
    const begin: Sandbox['begin'] = (job, env = {}) => {
      turns += 1;
      const log = join(place, 'logs', `turn-${turns}.jsonl`);
      const jobFile = join(place, `job-${turns}.json`);
      const whole = typeof job === 'string' ? job : JSON.stringify({ cwd: workspace, system: SYSTEM, model: 'claude-sonnet-5', maxBudgetUsd: 5, log, ...job });
      writeFileSync(jobFile, whole);
      const child = spawn(process.execPath, [runner, jobFile], {
        cwd: '/',
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          HOME: home,
          CLAUDE_CONFIG_DIR: config,
          ANTHROPIC_BASE_URL: emulator.url,
          ANTHROPIC_API_KEY: TOKEN,
          HTTP_PROXY: nowhere,
          HTTPS_PROXY: nowhere,
          NO_PROXY: '127.0.0.1',
          ...env,
        },
      });
      const chunks: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
      const over = new Promise<Turn>((resolve) => {
        child.on('close', (code) => {
          const stdout = Buffer.concat(chunks).toString('utf8');
          const lines = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
          resolve({ lines, result: lines.findLast(({ type }) => type === 'result'), said: saidIn(lines), code, stdout, log: readLog(log) });
        });
      });
      return { child, over };
    };
    return { workspace, config, begin, turn: (prompt, job = {}, env = {}) => begin({ prompt, ...job }, env).over };
  }

  return {
    sandbox,
    async faults(...faults) {
      const response = await fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body: JSON.stringify({ faults }) });
      if (!response.ok) throw new Error(await response.text());
    },
    strays: () => strays,
    async close() {
      await emulator.close();
      await new Promise((resolve) => world.close(resolve));
      rmSync(base, { recursive: true, force: true });
    },
  };
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

interface Content {
  type: string;
  text?: string;
  name?: string;
  content?: unknown;
}

const contents = (lines: readonly Line[], type: string): Content[] =>
  lines.filter((line) => line.type === type).flatMap((line) => {
    const { content } = line['message'] as { content: unknown };
    return Array.isArray(content) ? (content as Content[]) : [];
  });

const saidIn = (lines: readonly Line[]): string => contents(lines, 'assistant').flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : [])).join('\n\n');

/** Names of the tools that were called. */
export const toolsIn = ({ lines }: Turn): string[] => contents(lines, 'assistant').flatMap(({ type, name }) => (type === 'tool_use' && name !== undefined ? [name] : []));

/** What tools answered, as one text. */
export const resultsIn = ({ lines }: Turn): string => contents(lines, 'user').flatMap(({ type, content }) => (type === 'tool_result' ? [typeof content === 'string' ? content : JSON.stringify(content)] : [])).join('\n');

/** Processes whose command line or environment names a folder. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      return ['cmdline', 'environ'].some((part) => readFileSync(`/proc/${id}/${part}`, 'utf8').includes(folder));
    } catch {
      return false;
    }
  });
}
