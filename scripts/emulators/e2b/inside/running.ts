// One process that a client started: its output to whoever listens, its input, its end.

import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ConnectError, type JsonObject, type MessageStream } from './connect.ts';
import { makePipes, readerOf, writerOf } from './pipes.ts';

const CHUNK = 32 * 1024;
/** What is left in the pipes after the exit is still delivered; a grandchild that holds them open is not waited for. */
const DRAIN_MS = 250;
/** Nor is one that keeps talking. */
const DRAIN_AT_MOST_MS = 2000;

/** How Go, in which the real one is written, calls signals. */
const SIGNAL_NAMES: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGINT: 'interrupt',
  SIGHUP: 'hangup',
  SIGQUIT: 'quit',
  SIGPIPE: 'broken pipe',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGILL: 'illegal instruction',
};

export interface ProcessSpec {
  cmd: string;
  args: string[];
  cwd: string;
  /** The whole environment. */
  env: Record<string, string>;
  stdin: boolean;
  /** Milliseconds after which it is killed; 0 lets it live. */
  lifetime: number;
  tag: string | undefined;
  /** As the client asked for it, for `List`. */
  config: JsonObject;
}

function endEvent(code: number | null, signal: NodeJS.Signals | null): JsonObject {
  if (signal !== null) {
    const status = `signal: ${SIGNAL_NAMES[signal] ?? signal}`;
    return { exitCode: -1, status, error: status };
  }
  const status = `exit status ${code ?? 0}`;
  return code === 0 ? { exited: true, status } : { exitCode: code, exited: true, status, error: status };
}

export class Running {
  readonly spec: ProcessSpec;
  readonly #child: ChildProcess;
  readonly #input: Socket | null;
  readonly #outputs: readonly Socket[];
  readonly #listeners = new Set<MessageStream>();
  readonly #ended = Promise.withResolvers<void>();
  /** Listeners that are behind; nothing is read from the process until they have caught up. */
  readonly #slow = new Set<MessageStream>();
  #end: JsonObject | null = null;
  #exited = false;
  /** Signalled: what it still prints is lost, as it may be in a real sandbox. */
  #deaf = false;
  #lifetime: NodeJS.Timeout | undefined;

  /** Fails when the process cannot be started at all; a command that is not there is an exit of 127. */
  static async start(spec: ProcessSpec): Promise<Running> {
    // A process group of its own. The shell only finds the command, as it does in a real sandbox.
    const [input, output, errors] = await makePipes();
    const child = spawn('/bin/sh', ['-c', 'exec "$@"', 'sh', spec.cmd, ...spec.args], {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: [spec.stdin ? input.read : 'ignore', output.write, errors.write],
    });
    for (const fd of [input.read, output.write, errors.write]) closeSync(fd);
    const failure = await new Promise<Error | null>((resolve) => {
      child.once('spawn', () => resolve(null));
      child.once('error', resolve);
    });
    if (failure !== null) {
      for (const fd of [input.write, output.read, errors.read]) closeSync(fd);
      throw new ConnectError('invalid_argument', `error starting process '${spec.cmd}': ${failure.message}`);
    }
    if (!spec.stdin) closeSync(input.write);
    return new Running(spec, child, spec.stdin ? writerOf(input.write) : null, readerOf(output.read), readerOf(errors.read));
  }

  private constructor(spec: ProcessSpec, child: ChildProcess, input: Socket | null, output: Socket, errors: Socket) {
    this.spec = spec;
    this.#child = child;
    this.#input = input;
    this.#outputs = [output, errors];
    this.#carry('stdout', output);
    this.#carry('stderr', errors);
    input?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => this.#drain(endEvent(code, signal)));
    if (spec.lifetime > 0) this.#lifetime = setTimeout(() => this.#expire(), spec.lifetime);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return !this.#exited;
  }

  /** Settles when the end was told to those who listened. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Everything from now on goes to `stream` too; of a process that is over, its end. */
  listen(stream: MessageStream): void {
    stream.send({ event: { start: { pid: this.pid } } });
    if (this.#end !== null) return this.#finish(stream, this.#end);
    this.#listeners.add(stream);
    stream.onOver(() => {
      this.#listeners.delete(stream);
      this.#caughtUp(stream);
    });
  }

  async write(data: Buffer): Promise<void> {
    const input = this.#input;
    if (input === null || !input.writable) throw new ConnectError('internal', 'error writing to stdin: stdin not enabled or closed');
    await new Promise<void>((resolve, reject) => {
      input.write(data, (error) => (error ? reject(new ConnectError('internal', `error writing to stdin: ${error.message}`)) : resolve()));
    });
  }

  closeInput(): void {
    this.#input?.end();
  }

  /** Signals the process alone. Its output is not waited for any more. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
    this.#deaf = true;
  }

  #letGo(): void {
    this.#input?.destroy();
    for (const output of this.#outputs) output.destroy();
  }

  #expire(): void {
    for (const stream of this.#listeners) stream.end(new ConnectError('deadline_exceeded', 'context deadline exceeded'));
    this.signal('SIGKILL');
  }

  #carry(name: 'stdout' | 'stderr', source: Socket): void {
    source.on('error', () => undefined);
    source.on('data', (chunk: Buffer) => {
      if (this.#deaf) return;
      for (let at = 0; at < chunk.length; at += CHUNK) {
        const data = { [name]: chunk.subarray(at, at + CHUNK).toString('base64') };
        for (const stream of this.#listeners) if (!stream.send({ event: { data } })) this.#behind(stream);
      }
    });
  }

  #behind(stream: MessageStream): void {
    if (this.#slow.has(stream)) return;
    this.#slow.add(stream);
    for (const output of this.#outputs) output.pause();
    stream.drained(() => this.#caughtUp(stream));
  }

  #caughtUp(stream: MessageStream): void {
    if (!this.#slow.delete(stream) || this.#slow.size > 0) return;
    for (const output of this.#outputs) output.resume();
  }

  #drain(end: JsonObject): void {
    this.#exited = true;
    clearTimeout(this.#lifetime);
    const until = Date.now() + DRAIN_AT_MOST_MS;
    let quiet: NodeJS.Timeout | undefined;
    const over = (): void => {
      clearTimeout(quiet);
      if (this.#end !== null) return;
      this.#end = end;
      this.#letGo();
      for (const stream of this.#listeners) this.#finish(stream, end);
      this.#ended.resolve();
    };
    const wait = (): void => {
      clearTimeout(quiet);
      // A listener that is behind gets all that was said, however long it takes.
      if (Date.now() > until && this.#slow.size === 0) return over();
      quiet = setTimeout(() => (this.#slow.size > 0 ? wait() : over()), DRAIN_MS);
    };
    let open = this.#outputs.filter((output) => !output.closed).length;
    if (open === 0 || this.#deaf) return over();
    for (const output of this.#outputs) {
      output.on('data', wait);
      output.once('close', () => {
        open -= 1;
        if (open <= 0) over();
      });
    }
    wait();
  }

  #finish(stream: MessageStream, end: JsonObject): void {
    stream.send({ event: { end } });
    stream.end();
  }
}
