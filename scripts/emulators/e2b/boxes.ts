// Starts boxes on disks. It owns what all of them have in common: the machine, what is shared with them, what
// they may reach, and the list of their processes.

import { mkdirSync } from 'node:fs';
import { Box } from './box.ts';
import type { Disks } from './disks.ts';
import { run, type Output } from './envd-client.ts';
import { ApiError } from './errors.ts';
import { Leftovers } from './leftovers.ts';
import type { Machine } from './machine.ts';
import { makeSkeleton } from './skeleton.ts';
import type { Context } from './templates.ts';
import { BUILD_PATH, SANDBOX_PATH } from './view.ts';

const READY_MS = 60_000;
const READY_EVERY_MS = 250;

/** Path in the sandbox to path out here, or to what finds that one when it is needed. */
export type Share = Readonly<Record<string, string | (() => Promise<string>)>>;

export interface BoxesOptions {
  machine: Machine | { reason: string };
  disks: Disks;
  share: Share;
  reachable: () => readonly number[];
  /** How long the end of a process is remembered. */
  keepEndedMs: number;
}

export interface Start {
  root: string;
  token: string;
  /** Whether calls must carry the token. */
  secure: boolean;
  network: 'none' | 'host';
  context: Context;
  envs: Record<string, string>;
  /** A build works on the disk itself: what is shared does not stand in front of it. */
  build?: boolean;
}

export class Boxes {
  readonly #options: BoxesOptions;
  readonly #leftovers: Leftovers;
  readonly #running = new Set<Box>();
  readonly #starting = new Set<Promise<Box>>();
  #closed = false;

  constructor(options: BoxesOptions) {
    this.#options = options;
    this.#leftovers = new Leftovers(options.disks.path('running'));
    this.#leftovers.end();
  }

  /** Why there can be no sandbox on this machine; null when there can. */
  get unavailable(): string | null {
    return 'reason' in this.#options.machine ? this.#options.machine.reason : null;
  }

  get #machine(): Machine {
    const { machine } = this.#options;
    if ('reason' in machine) throw new ApiError(503, machine.reason, { errorCode: 'sandbox_no_compatible_node' });
    return machine;
  }

  /** A fresh disk. */
  makeDisk(root: string): void {
    mkdirSync(root, { recursive: true });
    makeSkeleton(root, this.#machine);
  }

  async start(asked: Start): Promise<Box> {
    if (this.#closed) throw new ApiError(503, 'the emulator is going down');
    const starting = this.#start(asked);
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async #start({ root, token, secure, network, context, envs, build = false }: Start): Promise<Box> {
    const { share, reachable, keepEndedMs } = this.#options;
    const box = await Box.start({
      root,
      machine: this.#machine,
      network,
      share: build ? {} : await this.#shared(),
      reachable,
      leftovers: this.#leftovers,
      setup: {
        token: secure ? token : null,
        path: build ? BUILD_PATH : SANDBOX_PATH,
        envs: { ...context.envs, ...envs, ...(build ? { E2B_SHARED: Object.keys(share).join(':') } : {}) },
        user: context.user,
        workdir: context.workdir,
        keepEndedMs,
      },
    });
    this.#running.add(box);
    void box.gone.then(() => this.#running.delete(box));
    return box;
  }

  /** Where what is shared lies; a sandbox without it would be none of those that were asked for. */
  async #shared(): Promise<Record<string, string>> {
    const found = Object.entries(this.#options.share).map(async ([inside, outside]) => [inside, typeof outside === 'string' ? outside : await outside()] as const);
    try {
      return Object.fromEntries(await Promise.all(found));
    } catch (error) {
      throw new ApiError(503, error instanceof Error ? error.message : String(error), { errorCode: 'sandbox_create_failed' });
    }
  }

  /**
   * Brings a template's start command to life and waits until its ready command agrees. The vendor does so
   * once, when the template is built, and starts sandboxes from its memory; here each sandbox does it anew.
   */
  async startCommands(box: Box, token: string, context: Context, envs: Record<string, string>, say: Output): Promise<void> {
    const { user, workdir: cwd, startCmd, readyCmd } = context;
    if (startCmd !== undefined) {
      // Outlives this call: nobody waits for its end. Its output has a reader, or it would be thrown away unread.
      const ended = run(box, token, { cmd: startCmd, user, cwd, envs }, say);
      ended.catch(() => undefined);
    }
    if (readyCmd === undefined) return;
    const until = Date.now() + READY_MS;
    for (;;) {
      const { exitCode } = await run(box, token, { cmd: readyCmd, user, cwd, envs }, say);
      if (exitCode === 0) return;
      if (Date.now() > until) throw new Error(`the ready command did not succeed within ${READY_MS / 1000} seconds: ${readyCmd}`);
      await new Promise((resolve) => setTimeout(resolve, READY_EVERY_MS));
    }
  }

  /** Ends all that run, and all that were about to. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#running].map((box) => box.kill()));
  }
}
