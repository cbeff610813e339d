// The sandboxes and their lives: made, counted, paused, brought back, ended when their time is up or when they
// end themselves.

import type { Duplex } from 'node:stream';
import type { Box } from './box.ts';
import type { Boxes } from './boxes.ts';
import type { JsonObject } from './checks.ts';
import { ApiError, conflict, invalid, notFound } from './errors.ts';
import { iso, newSandboxId, newToken, type Clock } from './ids.ts';
import type { Build, Template, Templates } from './templates.ts';

export const ENVD_VERSION = '0.6.13';
const CLIENT_ID = 'emulator';
const MAX_HOURS = 24;
const SWEEP_MS = 100;
const MAX_LOG_ENTRIES = 2000;

export interface NewSandbox {
  template: string;
  timeout: number;
  metadata: Record<string, string>;
  envVars: Record<string, string>;
  autoPause: boolean;
  autoResume: boolean;
  secure: boolean;
  allowPublicTraffic: boolean;
  /** Network rules and the like: kept and shown, not enforced beyond the walls that every sandbox here has. */
  shown: JsonObject;
}

export interface Sandbox {
  readonly id: string;
  readonly asked: NewSandbox;
  readonly template: Template;
  readonly build: Build;
  readonly token: string;
  readonly trafficToken: string | null;
  readonly startedAt: number;
  endAt: number;
  state: 'running' | 'paused';
  network: JsonObject;
  readonly box: Box;
  /** What is open between clients and it. */
  readonly connections: Set<Duplex>;
  readonly log: { timestamp: string; level: string; message: string; fields: JsonObject }[];
}

export interface SandboxesOptions {
  boxes: Boxes;
  templates: Templates;
  clock: Clock;
  /** How many may be running at once. */
  limit: number;
}

export function checkTimeout(seconds: number): number {
  if (seconds <= 0) throw invalid('Timeout must be greater than 0');
  if (seconds > MAX_HOURS * 3600) throw invalid(`Timeout cannot be greater than ${MAX_HOURS} hours`);
  return seconds * 1000;
}

export class Sandboxes {
  readonly #options: SandboxesOptions;
  readonly #all = new Map<string, Sandbox>();
  #starting = 0;
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: SandboxesOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  all(): Sandbox[] {
    return [...this.#all.values()];
  }

  running(): number {
    return this.all().filter(({ state }) => state === 'running').length;
  }

  /** Accepts the old form of an id too, with the client's after a dash. */
  peek(id: string): Sandbox | null {
    return this.#all.get(id.split('-')[0] ?? '') ?? null;
  }

  find(id: string): Sandbox {
    const found = this.peek(id);
    if (!found) throw notFound(`sandbox '${id}' doesn't exist or you don't have access to it`);
    return found;
  }

  async create(asked: NewSandbox): Promise<Sandbox> {
    const { boxes, templates, clock } = this.#options;
    const time = checkTimeout(asked.timeout);
    const { template, build } = templates.resolve(asked.template);
    this.#checkLimit();
    this.#starting += 1;
    const id = newSandboxId();
    const token = newToken();
    const root = templates.disks.path('sandboxes', id, 'root');
    try {
      await templates.disks.copy(templates.diskOf(template, build), root);
      const { context } = build;
      const own = { E2B_SANDBOX: 'true', E2B_SANDBOX_ID: id, E2B_TEMPLATE_ID: template.id };
      // The sandbox's facts come first, then the template's environment, then what was asked for this one.
      const box = await boxes.start({ root, token, secure: asked.secure, network: 'none', context: { ...context, envs: { ...own, ...context.envs } }, envs: asked.envVars });
      const now = clock();
      const sandbox: Sandbox = {
        id,
        asked,
        template,
        build,
        token,
        trafficToken: asked.allowPublicTraffic ? null : newToken(),
        startedAt: now,
        endAt: now + time,
        state: 'running',
        network: {},
        box,
        connections: new Set(),
        log: [],
      };
      try {
        await boxes.startCommands(box, token, context, {}, (stream, text) => this.log(sandbox, stream === 'stdout' ? 'info' : 'warn', text.trimEnd()));
      } catch (error) {
        await box.kill();
        throw error;
      }
      this.#all.set(id, sandbox);
      void box.gone.then(() => {
        this.#forget(sandbox);
        templates.disks.remove('sandboxes', id);
      });
      template.spawnCount += 1;
      this.log(sandbox, 'info', 'Sandbox created');
      return sandbox;
    } catch (error) {
      templates.disks.remove('sandboxes', id);
      if (error instanceof ApiError) throw error;
      throw new ApiError(500, `Failed to create sandbox: ${error instanceof Error ? error.message : String(error)}`, { errorCode: 'sandbox_create_failed' });
    } finally {
      this.#starting -= 1;
    }
  }

  /** Sets the end to `seconds` from now. */
  setTimeout(sandbox: Sandbox, seconds: number): void {
    sandbox.endAt = this.#options.clock() + (seconds === 0 ? 0 : checkTimeout(seconds));
  }

  /** Moves the end to `seconds` from now unless it is later already. */
  extend(sandbox: Sandbox, seconds: number): void {
    sandbox.endAt = Math.max(sandbox.endAt, this.#options.clock() + checkTimeout(seconds));
  }

  pause(sandbox: Sandbox): void {
    if (sandbox.state === 'paused') throw conflict(`Sandbox ${sandbox.id} is already paused`);
    sandbox.state = 'paused';
    this.cut(sandbox);
    sandbox.box.pause();
    this.log(sandbox, 'info', 'Sandbox paused');
  }

  resume(sandbox: Sandbox, seconds: number): void {
    if (sandbox.state === 'running') throw conflict(`Sandbox ${sandbox.id} is already running`);
    const time = checkTimeout(seconds);
    this.#checkLimit();
    sandbox.box.resume();
    sandbox.state = 'running';
    sandbox.endAt = this.#options.clock() + time;
    this.log(sandbox, 'info', 'Sandbox resumed');
  }

  /** Breaks every connection to it, as a network does. */
  cut(sandbox: Sandbox): number {
    const count = sandbox.connections.size;
    for (const connection of sandbox.connections) connection.destroy();
    return count;
  }

  async kill(sandbox: Sandbox): Promise<void> {
    // Not to be found from this moment on, however long the rest takes.
    this.#forget(sandbox);
    await sandbox.box.kill();
  }

  log(sandbox: Sandbox, level: string, message: string): void {
    if (sandbox.log.length >= MAX_LOG_ENTRIES) sandbox.log.shift();
    sandbox.log.push({ timestamp: iso(this.#options.clock()), level, message: message.slice(0, 4000), fields: {} });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all(this.all().map((sandbox) => this.kill(sandbox)));
  }

  /** As create and connect answer it. */
  brief(sandbox: Sandbox): JsonObject {
    return {
      templateID: sandbox.template.id,
      sandboxID: sandbox.id,
      clientID: CLIENT_ID,
      envdVersion: ENVD_VERSION,
      alias: sandbox.template.name,
      ...(sandbox.asked.secure ? { envdAccessToken: sandbox.token } : {}),
      trafficAccessToken: sandbox.trafficToken,
      domain: null,
    };
  }

  /** As the list has it. */
  listed(sandbox: Sandbox): JsonObject {
    return {
      templateID: sandbox.template.id,
      sandboxID: sandbox.id,
      clientID: CLIENT_ID,
      alias: sandbox.template.name,
      startedAt: iso(sandbox.startedAt),
      endAt: iso(sandbox.endAt),
      cpuCount: sandbox.build.cpuCount,
      memoryMB: sandbox.build.memoryMB,
      diskSizeMB: 5120,
      envdVersion: ENVD_VERSION,
      state: sandbox.state,
      metadata: sandbox.asked.metadata,
      volumeMounts: [],
    };
  }

  detail(sandbox: Sandbox): JsonObject {
    const { secure, autoPause, autoResume, shown } = sandbox.asked;
    return {
      ...this.listed(sandbox),
      ...(secure ? { envdAccessToken: sandbox.token } : {}),
      domain: null,
      allowInternetAccess: shown['allow_internet_access'] ?? null,
      network: { ...(shown['network'] as JsonObject | undefined), ...sandbox.network },
      lifecycle: { autoResume, onTimeout: autoPause ? 'pause' : 'kill' },
    };
  }

  #checkLimit(): void {
    const { limit } = this.#options;
    if (this.running() + this.#starting < limit) return;
    throw new ApiError(429, `you have reached the maximum number of concurrent E2B sandboxes (${limit}). If you need more, please contact support`, {
      headers: { 'retry-after': '1' },
    });
  }

  #forget(sandbox: Sandbox): void {
    this.#all.delete(sandbox.id);
    this.cut(sandbox);
  }

  #sweep(): void {
    const now = this.#options.clock();
    for (const sandbox of this.#all.values()) {
      if (sandbox.state === 'paused' || sandbox.endAt > now) continue;
      if (sandbox.asked.autoPause) this.pause(sandbox);
      else void this.kill(sandbox);
    }
  }
}
