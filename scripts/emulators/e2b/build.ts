// Builds a template for real: its steps run, one after the other, in a box on the template's own disk.

import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, optionalString, strings, type JsonObject } from './checks.ts';
import type { Box } from './box.ts';
import type { Boxes } from './boxes.ts';
import { copyStep } from './copy-step.ts';
import { run } from './envd-client.ts';
import { invalid } from './errors.ts';
import { newToken } from './ids.ts';
import { BASE, FRESH, type Build, type Context, type Template, type Templates } from './templates.ts';

const MAX_STEPS = 200;
const TYPES = ['RUN', 'COPY', 'ADD', 'ENV', 'ARG', 'USER', 'WORKDIR'];
const HASH = /^[A-Za-z0-9_-]{1,128}$/;

export interface Step {
  type: string;
  args: string[];
  filesHash: string | undefined;
}

export interface Recipe {
  from: { image: string } | { template: string };
  steps: Step[];
  startCmd: string | undefined;
  readyCmd: string | undefined;
}

export function checkHash(hash: string): string {
  if (!HASH.test(hash)) throw invalid('the hash may hold letters, digits, - and _ only');
  return hash;
}

export function parseRecipe(body: JsonObject): Recipe {
  const [image, template] = [optionalString(body, 'fromImage'), optionalString(body, 'fromTemplate')];
  if ((image === undefined) === (template === undefined)) throw invalid('exactly one of fromImage and fromTemplate is required');
  const raw = body['steps'] ?? [];
  if (!Array.isArray(raw) || raw.length > MAX_STEPS) throw invalid(`steps must be a list of ${MAX_STEPS} at most`);
  const steps = raw.map((step: unknown, index): Step => {
    if (!isObject(step)) throw invalid(`steps[${index}] must be an object`);
    const type = optionalString(step, 'type')?.toUpperCase() ?? '';
    if (!TYPES.includes(type)) throw invalid(`steps[${index}].type: '${type}' is none of ${TYPES.join(', ')}`);
    const hash = optionalString(step, 'filesHash');
    return { type, args: strings(step['args'] ?? [], `steps[${index}].args`), filesHash: hash === undefined ? undefined : checkHash(hash) };
  });
  return {
    from: image === undefined ? { template: template ?? '' } : { image },
    steps,
    startCmd: optionalString(body, 'startCmd'),
    readyCmd: optionalString(body, 'readyCmd'),
  };
}

/** A step that went wrong, by its number or as `base` and `finalize`. */
class StepFailed extends Error {
  readonly step: string;
  constructor(step: string, message: string) {
    super(message);
    this.step = step;
  }
}

export interface BuilderOptions {
  templates: Templates;
  boxes: Boxes;
  /** A pause before each step, in milliseconds, so that a person can watch. */
  stepMs: number;
  network: 'none' | 'host';
}

export class Builder {
  readonly #options: BuilderOptions;
  /** The box of each build that is under way, once it has one. */
  readonly #underWay = new Map<Build, Box | null>();
  readonly #done = new Set<Promise<void>>();

  constructor(options: BuilderOptions) {
    this.#options = options;
  }

  /** Starts a build and returns; other builds of the same template are given up. */
  start(template: Template, build: Build, recipe: Recipe): void {
    const { templates } = this.#options;
    for (const other of Object.values(template.builds)) if (other !== build) this.cancel(template, other);
    build.status = 'building';
    templates.save(template);
    this.#underWay.set(build, null);
    const done = this.#build(template, build, recipe).finally(() => {
      this.#underWay.delete(build);
      this.#done.delete(done);
    });
    this.#done.add(done);
  }

  cancel(template: Template, build: Build): void {
    const box = this.#underWay.get(build);
    if (box === undefined) return;
    this.#underWay.delete(build);
    this.#options.templates.finish(template, build, { reason: { message: 'the build was cancelled' } });
    void box?.kill();
  }

  async close(): Promise<void> {
    for (const [build, box] of [...this.#underWay]) {
      this.#underWay.delete(build);
      await box?.kill();
    }
    await Promise.all(this.#done);
  }

  async #build(template: Template, build: Build, recipe: Recipe): Promise<void> {
    const { templates } = this.#options;
    const disk = templates.diskOf(template, build);
    try {
      const context = await this.#steps(template, build, recipe, disk);
      if (!this.#underWay.has(build)) return;
      templates.log(build, 'info', 'Build finished');
      templates.finish(template, build, { context });
    } catch (error) {
      templates.disks.remove('templates', template.id, build.id);
      if (!this.#underWay.has(build)) return;
      const message = error instanceof Error ? error.message : String(error);
      const step = error instanceof StepFailed ? error.step : 'base';
      templates.log(build, 'error', `Build failed: ${message}`, step);
      templates.finish(template, build, { reason: { message, step } });
    }
  }

  async #steps(template: Template, build: Build, recipe: Recipe, disk: string): Promise<Context> {
    const { templates, boxes, stepMs, network } = this.#options;
    const context = await this.#base(build, recipe, disk);
    const token = newToken();
    const box = await boxes.start({ root: disk, token, secure: true, network, context: FRESH, envs: { E2B_TEMPLATE_ID: template.id }, build: true });
    try {
      if (!this.#underWay.has(build)) return context;
      this.#underWay.set(build, box);
      for (const [index, step] of recipe.steps.entries()) {
        const number = String(index + 1);
        await sleep(stepMs);
        templates.log(build, 'info', `[builder ${number}/${recipe.steps.length}] ${step.type} ${step.args.join(' ')}`, number);
        try {
          await this.#step(box, token, build, step, number, context);
        } catch (error) {
          throw new StepFailed(number, error instanceof Error ? error.message : String(error));
        }
      }
      context.startCmd = recipe.startCmd ?? context.startCmd;
      context.readyCmd = recipe.readyCmd ?? context.readyCmd;
      await sleep(stepMs);
      try {
        await boxes.startCommands(box, token, context, context.envs, (stream, text) => this.#say(build, 'finalize', stream, text));
      } catch (error) {
        throw new StepFailed('finalize', error instanceof Error ? error.message : String(error));
      }
      return context;
    } finally {
      await box.kill();
    }
  }

  /** Lays the disk that the steps work on. */
  async #base(build: Build, { from }: Recipe, disk: string): Promise<Context> {
    const { templates } = this.#options;
    const { template, build: parent } = templates.resolve('template' in from ? from.template : BASE);
    if ('template' in from) templates.log(build, 'info', `[base] FROM TEMPLATE ${from.template}`, 'base');
    else templates.log(build, 'info', `[base] FROM ${from.image}: taken as this machine's own system`, 'base');
    await templates.disks.copy(templates.diskOf(template, parent), disk);
    return structuredClone(parent.context);
  }

  async #step(box: Box, token: string, build: Build, { type, args, filesHash }: Step, number: string, context: Context): Promise<void> {
    const [first] = args;
    if (first === undefined) throw new Error(`${type} requires an argument`);
    if (type === 'RUN') {
      await this.#run(box, token, build, first, number, { ...context, user: args[1] || context.user });
    } else if (type === 'COPY' || type === 'ADD') {
      await copyStep(box, token, this.#options.templates.disks, args, filesHash, context);
    } else if (type === 'ENV' || type === 'ARG') {
      if (args.length % 2 !== 0) throw new Error(`${type} requires pairs of a name and a value`);
      for (let at = 0; at < args.length; at += 2) context.envs[args[at] ?? ''] = args[at + 1] ?? '';
    } else if (type === 'USER') {
      // Refused right here and not by the first command.
      if (first !== 'user' && first !== 'root') throw new Error(`USER ${first}: a sandbox here has the users 'user' and 'root' only`);
      context.user = first;
    } else {
      let path = '';
      const cmd = 'mkdir -p "$TARGET" && cd "$TARGET" && pwd';
      const { exitCode } = await run(box, token, { cmd, user: context.user, cwd: context.workdir || '/', envs: { TARGET: first } }, (stream, text) => {
        if (stream === 'stdout') path += text;
        else this.#say(build, number, stream, text);
      });
      if (exitCode !== 0) throw new Error(`failed to create workdir '${first}'`);
      context.workdir = path.trim();
    }
  }

  async #run(box: Box, token: string, build: Build, cmd: string, number: string, { user, workdir, envs }: Context): Promise<void> {
    let last = '';
    const { exitCode, status } = await run(box, token, { cmd, user, cwd: workdir, envs }, (stream, text) => {
      if (stream === 'stderr') last = `${last}${text}`.slice(-500);
      this.#say(build, number, stream, text);
    });
    if (exitCode === 0) return;
    throw new Error(`failed to run command '${cmd}': ${status}${last.trim() === '' ? '' : `: ${last.trim()}`}`);
  }

  #say(build: Build, step: string, stream: 'stdout' | 'stderr', text: string): void {
    for (const line of text.split('\n')) {
      if (line.trim() !== '') this.#options.templates.log(build, stream === 'stdout' ? 'info' : 'warn', `[${stream}]: ${line}`, step);
    }
  }
}
