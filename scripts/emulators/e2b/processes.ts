// Processes of this machine, as /proc tells of them: which descend from which, and which is still the same one.

import { readFileSync, readdirSync } from 'node:fs';

interface Stat {
  parent: number;
  /** When it started, in clock ticks since the machine did. */
  started: string;
  state: string;
}

function statOf(pid: number): Stat | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, so what counts comes after the last bracket.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), started: fields[19] ?? '' };
  } catch {
    return null;
  }
}

/** `pid` and all that descend from it. */
export function family(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const child = Number(name);
    const stat = Number.isInteger(child) ? statOf(child) : null;
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), child]);
  }
  const found: number[] = [];
  const next = [pid];
  for (let current = next.pop(); current !== undefined; current = next.pop()) {
    found.push(current);
    next.push(...(children.get(current) ?? []));
  }
  return found;
}

/** Says which process this is, so that another one of the same number is never taken for it. */
export function identity(pid: number): string | null {
  const stat = statOf(pid);
  if (!stat || stat.state === 'Z') return null;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${stat.started}`;
}

/** Signals one process; one that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Signals a process and all that descend from it, until none is left that was not told. */
export function signalFamily(pid: number, name: NodeJS.Signals): void {
  const told = new Set<number>();
  for (let round = 0; round < 10; round += 1) {
    const fresh = family(pid).filter((member) => !told.has(member));
    if (fresh.length === 0) return;
    for (const member of fresh) {
      told.add(member);
      signal(member, name);
    }
  }
}
