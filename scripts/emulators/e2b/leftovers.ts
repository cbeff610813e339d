// Which processes an emulator has started, on disk: one that was ended without warning leaves them behind, and
// the next one on the same folder ends them before it does anything else.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { family, identity, signalFamily } from './processes.ts';

export class Leftovers {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  add(pid: number): void {
    for (const member of family(pid)) {
      const who = identity(member);
      if (who !== null) writeFileSync(join(this.#folder, `${pid}-${member}`), who);
    }
  }

  remove(pid: number): void {
    for (const name of readdirSync(this.#folder)) if (name.startsWith(`${pid}-`)) rmSync(join(this.#folder, name), { force: true });
  }

  /** Ends what is still there of an earlier run. */
  end(): void {
    for (const name of readdirSync(this.#folder)) {
      const pid = Number(name.split('-')[1]);
      if (identity(pid) === readFileSync(join(this.#folder, name), 'utf8')) signalFamily(pid, 'SIGKILL');
      rmSync(join(this.#folder, name), { force: true });
    }
  }
}
