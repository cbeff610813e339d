// How this machine gives a sandbox a world of its own: Linux namespaces, through `unshare` of util-linux, which
// every Debian and Ubuntu has. Two ways lead there and look the same from inside:
//
// - as an ordinary user, in a user namespace that maps this user. A second one within it takes away the power
//   that the first one gave, so that the sandbox cannot undo its own view.
// - as root, without a user namespace; the sandbox's processes then run as a user id that nobody has.
//
// Where neither is allowed there is no sandbox at all. Running what a model wrote without walls, on a
// developer's own machine, would be worse than saying so.

import { spawn } from 'node:child_process';

/** Nobody's: above what `adduser` gives away and below the ids that systemd uses. */
const UNUSED_ID = 61_000;
/** Who a sandbox's processes are inside of a user namespace, as in a real sandbox. */
const MAPPED_ID = 1000;
const SPACES = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];
const NO_NETWORK = ['--net'];

/** The only environment that anything starts with. */
export const BARE_ENV: NodeJS.ProcessEnv = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

export interface Machine {
  /** The user id of a sandbox's processes, as they see it. */
  readonly id: number;
  /** To whom a sandbox's files must belong out here; null when that is us anyway. */
  readonly owner: number | null;
  /** A command line that runs what follows it in new namespaces, with the power to arrange them. */
  enter(network: 'none' | 'host'): string[];
  /** A command line, run in there, that runs what follows it without any power. */
  readonly drop: string[];
}

const AS_ROOT: Machine = {
  id: UNUSED_ID,
  owner: UNUSED_ID,
  enter: (network) => ['unshare', ...SPACES, ...(network === 'none' ? NO_NETWORK : [])],
  drop: ['setpriv', `--reuid=${UNUSED_ID}`, `--regid=${UNUSED_ID}`, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'],
};

const AS_USER: Machine = {
  id: MAPPED_ID,
  owner: null,
  enter: (network) => ['unshare', '--user', '--map-root-user', ...SPACES, ...(network === 'none' ? NO_NETWORK : [])],
  drop: ['unshare', '--user', `--map-user=${MAPPED_ID}`, `--map-group=${MAPPED_ID}`, 'setpriv', '--no-new-privs'],
};

/** Runs a command to its end. Answers what it complained of, or null when it succeeded. */
export async function complaint(command: readonly string[]): Promise<string | null> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: BARE_ENV, stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < 2000) words += chunk.toString('utf8');
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? null : words.trim() || `${file} ended with ${String(code ?? signal)}`));
  });
}

/** Finds out whether this machine can have sandboxes; the reason why not is for a person to read. */
export async function findMachine(): Promise<Machine | { reason: string }> {
  if (process.platform !== 'linux') return { reason: 'sandboxes need Linux namespaces, and this machine has another system' };
  const machine = process.getuid?.() === 0 ? AS_ROOT : AS_USER;
  const words = await complaint([...machine.enter('none'), 'sh', '-c', 'mount -t proc proc /proc && exec "$@"', 'sh', ...machine.drop, 'true']);
  if (words === null) return machine;
  return {
    reason:
      `this machine does not allow the Linux namespaces that a sandbox is made of (${words}). ` +
      'As an ordinary user on Ubuntu 23.10 or later: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or start this as root. ' +
      'In a container: start the container with --privileged.',
  };
}
