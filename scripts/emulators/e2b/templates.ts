// Templates and their builds: what is known of them and where their disks are. How a build is done is in
// `build.ts`.

import { isObject, type JsonObject } from './checks.ts';
import type { Disks } from './disks.ts';
import { invalid, notFound } from './errors.ts';
import { iso, newTemplateId, type Clock } from './ids.ts';

export const TEAM = 'vetka';
/** The template that is always there, as at the vendor's. */
export const BASE = 'base';
const NAME = /^[a-z0-9][a-z0-9_-]{0,126}$/;
const TAG = /^[a-z0-9][a-z0-9._-]{0,126}$/;
const DEFAULT_TAG = 'default';
const MAX_LOG_ENTRIES = 20_000;

export interface LogEntry {
  timestamp: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  step?: string;
}

/** What a sandbox takes over from the build of its template. */
export interface Context {
  envs: Record<string, string>;
  user: string;
  /** Empty means the user's home. */
  workdir: string;
  startCmd: string | undefined;
  readyCmd: string | undefined;
}

export const FRESH: Context = { envs: {}, user: 'user', workdir: '', startCmd: undefined, readyCmd: undefined };

export interface Build {
  id: string;
  status: 'waiting' | 'building' | 'ready' | 'error';
  createdAt: string;
  finishedAt: string | null;
  cpuCount: number;
  memoryMB: number;
  context: Context;
  log: LogEntry[];
  reason: { message: string; step?: string } | null;
}

export interface Template {
  id: string;
  /** Its name, without the team; null once it was given up. */
  name: string;
  public: boolean;
  createdAt: string;
  updatedAt: string;
  builds: Record<string, Build>;
  /** Tag to build; a tag points to a build from the moment it is asked for. */
  tags: Record<string, string>;
  spawnCount: number;
}

/** Reads `name`, `team/name`, `name:tag`. */
export function parseName(text: string): { name: string; tag: string | null } {
  const [path = '', tag = null, ...more] = text.toLowerCase().split(':');
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  if (more.length > 0 || parts.length > 2 || !parts.every((part) => NAME.test(part))) throw invalid(`'${text}' is no template name: use a-z, 0-9, - and _`);
  if (tag !== null) checkTag(tag);
  return { name, tag };
}

export function checkTag(tag: string): string {
  if (!TAG.test(tag)) throw invalid(`'${tag}' is no tag: use a-z, 0-9, -, _ and .`);
  return tag;
}

export class Templates {
  readonly #all = new Map<string, Template>();
  readonly disks: Disks;
  readonly #clock: Clock;

  constructor(disks: Disks, clock: Clock) {
    this.disks = disks;
    this.#clock = clock;
    for (const value of disks.readAll('templates')) {
      if (!isObject(value)) continue;
      const template = value as unknown as Template;
      for (const build of Object.values(template.builds)) {
        if (build.status === 'ready' || build.status === 'error') continue;
        Object.assign(build, { status: 'error', reason: { message: 'the emulator was restarted during the build' } });
      }
      this.#all.set(template.id, template);
    }
  }

  /** Makes the base template anew: what it holds is this machine's, as it is today. */
  addBase(makeDisk: (root: string) => void): void {
    const now = iso(this.#clock());
    const build: Build = { id: BASE, status: 'ready', createdAt: now, finishedAt: now, cpuCount: 2, memoryMB: 1024, context: { ...FRESH }, log: [], reason: null };
    const template: Template = { id: BASE, name: BASE, public: true, createdAt: now, updatedAt: now, builds: { [BASE]: build }, tags: { [DEFAULT_TAG]: BASE }, spawnCount: 0 };
    this.disks.remove('templates', BASE);
    makeDisk(this.diskOf(template, build));
    this.#all.set(BASE, template);
  }

  all(): Template[] {
    return [...this.#all.values()];
  }

  save(template: Template): void {
    template.updatedAt = iso(this.#clock());
    if (this.#all.has(template.id)) this.disks.write(template, 'templates', `${template.id}.json`);
  }

  byId(id: string): Template {
    const found = this.#all.get(id);
    if (!found) throw notFound(`template '${id}' not found`);
    return found;
  }

  byName(name: string): Template | null {
    return this.all().find((template) => template.name === name) ?? null;
  }

  /** The build that a sandbox of `reference` starts from: an id or a name, perhaps with a tag. */
  resolve(reference: string): { template: Template; build: Build } {
    const { name, tag } = parseName(reference);
    const template = this.#all.get(name) ?? this.byName(name);
    if (!template) throw notFound(`template '${reference}' not found`);
    const build = template.builds[template.tags[tag ?? DEFAULT_TAG] ?? ''];
    if (build?.status === 'ready') return { template, build };
    // A tag whose newest build is not done, or failed, still stands for the one before.
    const older = tag === null ? Object.values(template.builds).filter((other) => other.status === 'ready').at(-1) : undefined;
    if (!older) throw notFound(`template '${reference}' has no build that is ready`);
    return { template, build: older };
  }

  diskOf(template: Template, build: Build): string {
    return this.disks.path('templates', template.id, build.id, 'root');
  }

  /** A template of this name with one more build that waits to be started. */
  addBuild(name: string, tags: readonly string[], size: { cpuCount: number; memoryMB: number }, id: string): { template: Template; build: Build } {
    const now = iso(this.#clock());
    const template: Template = this.byName(name) ?? { id: newTemplateId(), name, public: false, createdAt: now, updatedAt: now, builds: {}, tags: {}, spawnCount: 0 };
    const build: Build = { id, status: 'waiting', createdAt: now, finishedAt: null, ...size, context: { ...FRESH }, log: [], reason: null };
    template.builds[id] = build;
    for (const tag of tags) template.tags[tag] = id;
    this.#all.set(template.id, template);
    this.save(template);
    return { template, build };
  }

  build(template: Template, id: string): Build {
    const build = template.builds[id];
    if (!build) throw notFound(`build '${id}' not found`);
    return build;
  }

  log(build: Build, level: LogEntry['level'], message: string, step?: string): void {
    if (build.log.length >= MAX_LOG_ENTRIES) return;
    build.log.push({ timestamp: iso(this.#clock()), level, message: message.slice(0, 4000), ...(step === undefined ? {} : { step }) });
  }

  finish(template: Template, build: Build, result: { context: Context } | { reason: { message: string; step?: string } }): void {
    build.finishedAt = iso(this.#clock());
    if ('context' in result) Object.assign(build, { status: 'ready', context: result.context });
    else Object.assign(build, { status: 'error', reason: result.reason });
    this.save(template);
  }

  delete(template: Template): void {
    this.#all.delete(template.id);
    this.disks.remove('templates', `${template.id}.json`);
    this.disks.remove('templates', template.id);
  }

  /** As the vendor lists it. */
  describe(template: Template): JsonObject {
    const builds = Object.values(template.builds);
    const newest = builds.at(-1);
    return {
      templateID: template.id,
      buildID: newest?.id ?? '',
      buildStatus: newest?.status ?? 'waiting',
      public: template.public,
      aliases: [template.name],
      names: [`${TEAM}/${template.name}`],
      cpuCount: newest?.cpuCount ?? 2,
      memoryMB: newest?.memoryMB ?? 1024,
      diskSizeMB: 5120,
      createdAt: template.createdAt,
      updatedAt: template.updatedAt,
      createdBy: null,
      lastSpawnedAt: null,
      spawnCount: template.spawnCount,
      buildCount: builds.length,
      envdVersion: '0.6.13',
    };
  }
}
