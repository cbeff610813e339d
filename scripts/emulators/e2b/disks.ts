// The emulator's folder: disks of templates and sandboxes, uploads, and what a template is.

import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { complaint } from './machine.ts';

export class Disks {
  readonly root: string;
  readonly #temporary: boolean;
  /** Under way in the background. */
  readonly #removals = new Set<Promise<void>>();

  /** Without a folder everything is in a temporary one and gone in the end. */
  constructor(stateDir: string | undefined) {
    this.#temporary = stateDir === undefined;
    this.root = stateDir ?? mkdtempSync(join(tmpdir(), 'vetka-e2b-'));
    mkdirSync(this.root, { recursive: true });
    // Sandboxes do not outlive the emulator, so what is left of them is an earlier run's.
    this.remove('sandboxes');
    for (const name of readdirSync(this.root)) if (name.endsWith('.removed')) this.#clear(this.path(name));
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Copies a disk; where the file system can, its blocks are shared until one side changes them. */
  async copy(from: string, to: string): Promise<void> {
    mkdirSync(dirname(to), { recursive: true });
    const words = await complaint(['cp', '-a', '--reflink=auto', from, to]);
    if (words !== null) throw new Error(`the disk could not be copied: ${words}`);
  }

  /** Removes a folder in the background: a disk may hold very many files. */
  remove(...parts: string[]): void {
    const path = this.path(...parts);
    const doomed = join(this.root, `${randomUUID()}.removed`);
    try {
      renameSync(path, doomed);
    } catch {
      return;
    }
    this.#clear(doomed);
  }

  #clear(path: string): void {
    const removal = complaint(['rm', '-rf', path]).then(() => void this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  write(value: object, ...parts: string[]): void {
    const path = this.path(...parts);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, JSON.stringify(value));
    renameSync(`${path}.new`, path);
  }

  /** The parsed JSON files of a folder. */
  readAll(...parts: string[]): unknown[] {
    const folder = this.path(...parts);
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  }

  async close(): Promise<void> {
    await Promise.all(this.#removals);
    if (this.#temporary) await complaint(['rm', '-rf', this.root]);
  }
}
