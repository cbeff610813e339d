// The service `process.Process`: starts processes, lists them, feeds and signals them, and lets a client that
// lost its stream listen again.

import { statSync } from 'node:fs';
import { bytes, ConnectError, number, part, text, textMap, texts, timeoutOf, type Call, type JsonObject, type Stream, type Unary } from './connect.ts';
import type { Setup } from './setup.ts';
import { homeOf, resolvePath } from './people.ts';
import { Running } from './running.ts';

const KEEPALIVE = { event: { keepalive: {} } };
const SIGNALS: ReadonlyMap<unknown, 'SIGTERM' | 'SIGKILL'> = new Map<unknown, 'SIGTERM' | 'SIGKILL'>([
  ['SIGNAL_SIGTERM', 'SIGTERM'],
  ['SIGNAL_SIGKILL', 'SIGKILL'],
  [15, 'SIGTERM'],
  [9, 'SIGKILL'],
]);

function checkFolder(cwd: string): void {
  let found;
  try {
    found = statSync(cwd);
  } catch {
    throw new ConnectError('invalid_argument', `cwd '${cwd}' does not exist`);
  }
  if (!found.isDirectory()) throw new ConnectError('invalid_argument', `cwd '${cwd}' is not a directory`);
}

export interface ProcessService {
  unary: Record<string, Unary>;
  streams: Record<string, Stream>;
}

export function processService(setup: Setup): ProcessService {
  const all = new Map<number, Running>();

  /** The process that a selector means; one that is over is still known for a while. */
  function find({ message }: Call): Running {
    const selector = part(message, 'process') ?? {};
    if (selector['tag'] !== undefined) {
      const tag = text(selector, 'tag');
      const tagged = [...all.values()].filter((running) => running.spec.tag === tag);
      const found = tagged.find((running) => running.alive) ?? tagged.at(-1);
      if (!found) throw new ConnectError('not_found', `process with tag ${tag} not found`);
      return found;
    }
    const pid = number(selector, 'pid');
    const found = all.get(pid);
    if (!found) throw new ConnectError('not_found', `process with pid ${pid} not found`);
    return found;
  }

  function alive(call: Call): Running {
    const found = find(call);
    if (!found.alive) throw new ConnectError('not_found', `process with pid ${found.pid} is over`);
    return found;
  }

  async function start(call: Call): Promise<Running> {
    const { message, request, user } = call;
    const asked = part(message, 'process') ?? {};
    if (part(message, 'pty') !== null) throw new ConnectError('unimplemented', 'this emulator has no terminals: start the process without `pty`');
    const cmd = text(asked, 'cmd');
    if (cmd === '') throw new ConnectError('invalid_argument', 'process.cmd is required');
    const [args, envs] = [texts(asked, 'args'), textMap(asked, 'envs')];
    const cwd = resolvePath(text(asked, 'cwd'), user, setup.workdir);
    checkFolder(cwd);
    const tag = message['tag'] === undefined ? undefined : text(message, 'tag');
    const running = await Running.start({
      cmd,
      args,
      cwd,
      env: { PATH: setup.path, HOME: homeOf(user), USER: user, LOGNAME: user, ...setup.envs, ...envs },
      // Old clients count on an open stdin, so that is what an absent field means.
      stdin: message['stdin'] !== false,
      lifetime: timeoutOf(request),
      tag,
      config: { cmd, args, envs, ...(asked['cwd'] === undefined ? {} : { cwd: text(asked, 'cwd') }) },
    });
    all.set(running.pid, running);
    void running.ended.then(() => {
      setTimeout(() => {
        if (all.get(running.pid) === running) all.delete(running.pid);
      }, setup.keepEndedMs);
    });
    return running;
  }

  return {
    streams: {
      async Start(call, open) {
        const running = await start(call);
        running.listen(open(KEEPALIVE));
      },
      Connect(call, open) {
        const running = find(call);
        const lifetime = timeoutOf(call.request);
        const stream = open(KEEPALIVE);
        running.listen(stream);
        if (lifetime === 0) return;
        // Here the deadline is the stream's and not the process's.
        const timer = setTimeout(() => stream.end(new ConnectError('deadline_exceeded', 'context deadline exceeded')), lifetime);
        stream.onOver(() => clearTimeout(timer));
      },
    },
    unary: {
      List: () => ({
        processes: [...all.values()]
          .filter((running) => running.alive)
          .map((running): JsonObject => ({ config: running.spec.config, pid: running.pid, ...(running.spec.tag === undefined ? {} : { tag: running.spec.tag }) })),
      }),
      async SendInput(call) {
        const running = alive(call);
        const data = bytes(part(call.message, 'input') ?? {}, 'stdin');
        if (data === null) throw new ConnectError('unimplemented', 'only stdin can be written to: this emulator has no terminals');
        await running.write(data);
        return {};
      },
      CloseStdin(call) {
        alive(call).closeInput();
        return {};
      },
      SendSignal(call) {
        const running = alive(call);
        const signal = SIGNALS.get(call.message['signal']);
        if (signal === undefined) throw new ConnectError('unimplemented', `invalid signal: ${String(call.message['signal'])}`);
        running.signal(signal);
        return {};
      },
      Update() {
        throw new ConnectError('unimplemented', 'this emulator has no terminals, so there is no size to set');
      },
    },
  };
}
