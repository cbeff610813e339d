// One running sandbox as a machine: its processes in their own namespaces, and connections to its ports. It
// knows nothing of the vendor's API.

import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import { READY, type Change, type Setup } from './inside/setup.ts';
import { dialLoopback, PortClosed, serveTunnels, Tunnels } from './inside/tunnel.ts';
import type { Leftovers } from './leftovers.ts';
import { BARE_ENV, type Machine } from './machine.ts';
import { signalFamily } from './processes.ts';
import { viewCommand } from './view.ts';

const START_MS = 30_000;
const MAX_WORDS = 8000;
export const ENVD_PORT = 49_983;

export interface BoxOptions {
  /** The folder that is its disk. */
  root: string;
  machine: Machine;
  network: 'none' | 'host';
  share: Readonly<Record<string, string>>;
  setup: Omit<Setup, 'envdPort' | 'reachable'>;
  reachable: () => readonly number[];
  leftovers: Leftovers;
}

export class Box {
  readonly #child: ChildProcess;
  readonly #inward: Tunnels;
  readonly #options: BoxOptions;
  readonly #gone: Promise<void>;
  /** Its envd's port: on the machine's network, a free one. */
  readonly #envdPort: number;
  #paused = false;

  static async start(options: BoxOptions): Promise<Box> {
    const [file = '', ...args] = viewCommand(options);
    const child = spawn(file, args, { env: BARE_ENV, stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'], detached: true });
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (words.length < MAX_WORDS) words += chunk.toString('utf8');
    });
    const envdPort = options.network === 'host' ? await freePort() : ENVD_PORT;
    const box = new Box(child, options, envdPort);
    const first: Setup = { ...options.setup, envdPort, reachable: box.#reachable() };
    box.#tell(first);
    const ready = await Promise.race([
      new Promise<boolean>((resolve) => {
        if (child.stdout) createInterface({ input: child.stdout }).once('line', (line) => resolve(line === READY));
      }),
      box.#gone.then(() => false),
      new Promise<boolean>((resolve) => setTimeout(resolve, START_MS, false).unref()),
    ]);
    if (!ready) {
      await box.kill();
      throw new Error(`the sandbox did not start: ${words.trim() || 'it said nothing'}`);
    }
    if (child.pid !== undefined) options.leftovers.add(child.pid);
    return box;
  }

  private constructor(child: ChildProcess, options: BoxOptions, envdPort: number) {
    this.#child = child;
    this.#options = options;
    this.#envdPort = envdPort;
    const [inward, outward] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
    for (const pipe of [child.stdin, inward, outward]) pipe?.on('error', () => undefined);
    this.#inward = new Tunnels(inward);
    serveTunnels(outward, async (port) => {
      if (!this.#reachable().includes(port)) throw new PortClosed(port);
      return dialLoopback(port);
    });
    this.#gone = new Promise((resolve) => {
      const over = (): void => {
        this.#inward.close();
        if (child.pid !== undefined) options.leftovers.remove(child.pid);
        resolve();
      };
      child.once('error', over);
      child.once('exit', over);
    });
  }

  /** Settles when it is over, whoever ended it. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** A connection to a port of its loopback; fails with `PortClosed` when nothing listens there. */
  open(port: number): Promise<Duplex> {
    return this.#inward.open(port === ENVD_PORT ? this.#envdPort : port);
  }

  /** Looks again at which ports outside it may reach. */
  refresh(): void {
    if (!this.#paused) this.#tell({ reachable: this.#reachable() });
  }

  /** Stops all of its processes where they are. */
  pause(): void {
    this.#paused = true;
    if (this.#child.pid !== undefined) signalFamily(this.#child.pid, 'SIGSTOP');
  }

  resume(): void {
    this.#paused = false;
    if (this.#child.pid !== undefined) signalFamily(this.#child.pid, 'SIGCONT');
    this.refresh();
  }

  /** Ends it and everything that runs in it. */
  async kill(): Promise<void> {
    // With the first process of its namespace the kernel ends all others.
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) signalFamily(this.#child.pid, 'SIGKILL');
    await this.#gone;
  }

  #reachable(): number[] {
    // On the machine's own network everything is in reach already.
    return this.#options.network === 'host' ? [] : [...this.#options.reachable()];
  }

  #tell(line: Setup | Change): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
