// What a sandbox sees. Its root is a folder of its own, writable and kept like a disk. Into it come, read-only,
// this machine's programs: /usr without /usr/local, the Node that runs the emulator with its npm, and what the
// emulator's options share. Nothing else of this machine is there: not its /etc, its homes, its other folders.
//
// The view is arranged by a script that runs in the new namespaces before anything of the sandbox does. A
// sandbox may have left any link in its root; that is why all but the first few lines run when the root has
// already been changed to it and no path can lead out.

import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.ts';

const SYSTEM = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/** Mount flags that must be repeated when a mount of that kind becomes read-only. */
const KEPT_FLAGS = new Set(['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']);
const CODE = fileURLToPath(new URL('inside/', import.meta.url)).replace(/\/$/, '');
/** Where the old root is until the view is complete. */
const OLD = '/.old';
/** Holds envd, under its own name so that nothing that looks for `node` finds and ends it. */
const ENVD = '/run/e2b/envd';
const ENVD_CODE = '/run/e2b/code';

/** The search path in a sandbox: stand-ins for what cannot be had here, then as usual. */
export const SANDBOX_PATH = `${ENVD_CODE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/** The same while a template is built: what is installed into a folder that is shared comes from there. */
export const BUILD_PATH = `${ENVD_CODE}/build-bin:${SANDBOX_PATH}`;

/**
 * Starts envd; what it starts and forgets is reaped by the shell, which is the first process in there. A shell
 * gives what it runs beside itself no input, hence the way over another file descriptor.
 */
const ENVD_COMMAND = [
  'sh', '-c', 'exec 5<&0; "$@" <&5 5<&- & exec <&- 3>&- 4>&- 5<&-; wait "$!"', 'init',
  ENVD, '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--disable-sigusr1', `${ENVD_CODE}/main.ts`,
];

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The flags of the mount that holds `path`. */
function flagsAt(path: string): string[] {
  let best = { point: '', flags: [] as string[] };
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
    const holds = path === point || path.startsWith(point.endsWith(sep) ? point : `${point}${sep}`);
    if (point !== '' && holds && point.length >= best.point.length) best = { point, flags: (fields[5] ?? '').split(',') };
  }
  return best.flags.filter((flag) => KEPT_FLAGS.has(flag));
}

function readOnly(source: string, from: string, target: string): string[] {
  return [`mount --rbind ${quote(`${from}${source}`)} ${quote(target)}`, `mount -o ${['remount', 'bind', 'ro', ...flagsAt(source)].join(',')} ${quote(target)}`];
}

/** Lines that show `source` of this machine at `target`, whatever the sandbox has there. */
function shown(source: string, target: string): string[] {
  const real = realpathSync(source);
  const place = statSync(real).isDirectory()
    ? [`folders ${quote(target)}`]
    : [`folders ${quote(dirname(target))}`, `[ -f ${quote(target)} ] && [ ! -L ${quote(target)} ] || { rm -rf ${quote(target)}; : > ${quote(target)}; }`];
  return [...place, ...readOnly(real, OLD, target)];
}

/** npm's folder, when it is not below /usr, where a sandbox finds it anyway. */
function npmFolder(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const npm = join(folder, 'npm');
    if (folder === '' || !existsSync(npm)) continue;
    const real = realpathSync(npm);
    if (real.endsWith('/bin/npm-cli.js')) return real.startsWith('/usr/') && !real.startsWith('/usr/local/') ? null : dirname(dirname(real));
  }
  return null;
}

function npm(): string[] {
  const folder = npmFolder();
  if (folder === null) return [];
  const commands = ['npm', 'npx'].map((name) => `ln -sfn ../lib/node_modules/npm/bin/${name}-cli.js /usr/local/bin/${name}`);
  return [...shown(folder, '/usr/local/lib/node_modules/npm'), ...commands];
}

/** A real folder at `path`, in place of anything else that is there. */
function folder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  rmSync(path, { force: true });
  mkdirSync(path);
}

/** Makes the links that lead to the system's programs, and lists the system folders that are none. */
function systemFolders(root: string): string[] {
  const mounted: string[] = [];
  for (const name of SYSTEM) {
    const found = lstatSync(`/${name}`, { throwIfNoEntry: false });
    const inside = join(root, name);
    if (found?.isSymbolicLink()) {
      rmSync(inside, { recursive: true, force: true });
      symlinkSync(readlinkSync(`/${name}`), inside);
    } else if (found?.isDirectory()) {
      folder(inside);
      mounted.push(name);
    }
  }
  return mounted;
}

export interface ViewOptions {
  root: string;
  machine: Machine;
  network: 'none' | 'host';
  /** More of this machine to show, read-only: path in the sandbox to path out here. */
  share: Readonly<Record<string, string>>;
}

/** The command line that starts a sandbox on `root`. */
export function viewCommand({ root, machine, network, share }: ViewOptions): string[] {
  for (const name of ['usr', OLD.slice(1)]) folder(join(root, name));
  const names = ['usr', ...systemFolders(root)];
  const people = [`user:x:${machine.id}:${machine.id}::/home/user:/bin/bash`, 'root:x:0:0::/root:/bin/bash'];
  const lines = [
    'set -e',
    // New folders belong to the sandbox, so that it can put more into them.
    `folders() { ${machine.owner === null ? '' : `setpriv --reuid=${machine.owner} --regid=${machine.owner} --clear-groups `}mkdir -p "$@"; }`,
    // File descriptors that the emulator itself was started with are no business of the sandbox.
    'for fd in /proc/self/fd/*; do fd=${fd##*/}; if [ "$fd" -gt 4 ]; then eval "exec $fd>&-"; fi; done',
    `mount --bind ${quote(root)} ${quote(root)}`,
    `cd ${quote(root)}`,
    ...names.flatMap((name) => readOnly(`/${name}`, '', name)),
    `pivot_root . ${quote(OLD.slice(1))}`,
    'cd /',
    'mkdir -p proc dev run',
    'folders .usr-local/bin .usr-local/lib/node_modules',
    'mount -t proc proc /proc',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'mount -t tmpfs -o mode=755 tmpfs /dev',
    'mkdir /dev/shm /dev/pts',
    'mount -t tmpfs -o mode=1777 tmpfs /dev/shm',
    // Terminals are a nicety: some containers do not let this be mounted.
    'mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts /dev/pts 2>/dev/null || true',
    'ln -s pts/ptmx /dev/ptmx',
    'ln -s /proc/self/fd /dev/fd',
    ...['stdin', 'stdout', 'stderr'].map((name, index) => `ln -s /proc/self/fd/${index} /dev/${name}`),
    ...DEVICES.flatMap((name) => [`: > /dev/${name}`, `mount --bind ${OLD}/dev/${name} /dev/${name}`]),
    // A private /usr/local, so that a template can install what it likes.
    'mount --bind /.usr-local /usr/local',
    ...shown(process.execPath, '/usr/local/bin/node'),
    ...npm(),
    'mkdir -p /run/e2b/code /run/e2b/pipes',
    'chmod 1777 /run/e2b/pipes',
    ...shown(process.execPath, ENVD),
    ...shown(CODE, ENVD_CODE),
    ...Object.entries(share).flatMap(([inside, outside]) => shown(outside, inside)),
    'hostname e2b.local 2>/dev/null || true',
    `printf '%s\\n' ${people.map(quote).join(' ')} > /etc/passwd`,
    `printf '%s\\n' 'user:x:${machine.id}:' 'root:x:0:' > /etc/group`,
    ...(network === 'none' ? [] : [`cat ${OLD}/etc/resolv.conf > /etc/resolv.conf 2>/dev/null || true`]),
    // Debian has one of the two in its smallest form too.
    ...(network === 'none' ? [`ip link set lo up 2>/dev/null || perl -e 'socket(S,2,2,0); ioctl(S,0x8914,pack("a16s","lo",0x49)) or die "loopback: $!"'`] : []),
    `umount -l ${OLD}`,
    `rmdir ${OLD} 2>/dev/null || true`,
    'exec "$@"',
  ];
  // A bash whose input is a socket would read the start-up files of whoever runs the emulator.
  return [...machine.enter(network), 'bash', '--norc', '--noprofile', '-c', lines.join('\n'), 'view', ...machine.drop, ...ENVD_COMMAND];
}
