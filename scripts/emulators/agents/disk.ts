// Where the emulator keeps its state between two runs: a folder of JSON, JSON lines and bytes. With no folder
// nothing is kept. Writes are synchronous: what was answered is on disk, whatever ends the process next.

import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Disk {
  write(path: string, value: object): void;
  append(path: string, value: object): void;
  writeBytes(path: string, bytes: Uint8Array): void;
  readBytes(path: string): Uint8Array | null;
  remove(path: string): void;
  /** The parsed JSON files of a folder. */
  readAll(folder: string): unknown[];
  /** The parsed lines of a file; a last line that was cut short is dropped. */
  readLines(path: string): unknown[];
}

/** Keeps nothing but the bytes, in memory. */
export function memoryDisk(): Disk {
  const bytes = new Map<string, Uint8Array>();
  return {
    write: () => undefined,
    append: () => undefined,
    writeBytes: (path, content) => void bytes.set(path, content),
    readBytes: (path) => bytes.get(path) ?? null,
    remove: (path) => void bytes.delete(path),
    readAll: () => [],
    readLines: () => [],
  };
}

/** Keeps everything under `root`, which is made when it is missing. */
export function folderDisk(root: string): Disk {
  const at = (path: string) => {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    return full;
  };
  const replace = (path: string, content: string | Uint8Array) => {
    const full = at(path);
    writeFileSync(`${full}.new`, content);
    renameSync(`${full}.new`, full);
  };
  return {
    write: (path, value) => replace(path, JSON.stringify(value)),
    append: (path, value) => appendFileSync(at(path), `${JSON.stringify(value)}\n`),
    writeBytes: replace,
    readBytes: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path)) : null),
    remove: (path) => rmSync(join(root, path), { force: true }),
    readAll: (folder) => {
      const full = join(root, folder);
      if (!existsSync(full)) return [];
      return readdirSync(full)
        .filter((name) => name.endsWith('.json'))
        .map((name): unknown => JSON.parse(readFileSync(join(full, name), 'utf8')));
    },
    readLines: (path) => {
      const full = join(root, path);
      if (!existsSync(full)) return [];
      const content = readFileSync(full, 'utf8');
      const lines = content.split('\n');
      const cut = lines.pop();
      if (cut) writeFileSync(full, content.slice(0, content.length - cut.length));
      return lines.map((line): unknown => JSON.parse(line));
    },
  };
}
