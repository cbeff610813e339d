// Reading what somebody dropped or chose: folders with all that is in them, single files, one archive.

import { type Chosen, type LeftOut, Leftovers, MAX_FILES, junk } from "./rules.ts";

/** More names than this are not walked through: it is no site, and the page would stand still. */
const MOST_SEEN = 3 * MAX_FILES;

export interface Picked {
  files: Chosen[];
  leftOut: LeftOut[];
}

/** Why nothing could be read, in words for the person. */
export class Unreadable extends Error {}

/** The part of a dropped entry that is used here (`FileSystemEntry`), so that tests can make some. */
export interface Entry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly name: string;
  file?: (done: (file: File) => void, failed: (error: unknown) => void) => void;
  createReader?: () => { readEntries: (done: (entries: Entry[]) => void, failed: (error: unknown) => void) => void };
}

/** What a drop holds. To be called while the event is handled: afterwards the browser has forgotten it. */
export function entriesOf(transfer: DataTransfer): Entry[] {
  return [...transfer.items].filter(({ kind }) => kind === "file").flatMap((item): Entry[] => {
    const entry = item.webkitGetAsEntry() as Entry | null;
    // What does not come from a disk, such as a picture out of another page, is a file without a place.
    const file = entry === null ? item.getAsFile() : null;
    if (entry !== null) return [entry];
    return file === null ? [] : [{ name: file.name, isFile: true, isDirectory: false, file: (done) => done(file) }];
  });
}

/** Whether somebody means this for the web, and not for a message. */
export function isSite(entries: readonly Entry[]): boolean {
  return entries.some(({ isDirectory, name }) => isDirectory || isArchive({ name }) || /\.html?$/i.test(name));
}

export function isArchive({ name }: { name: string }): boolean {
  return /\.zip$/i.test(name);
}

/** Walks through dropped folders. Junk is not walked into, so that packages and histories cost nothing. */
export async function fromEntries(entries: readonly Entry[], signal?: AbortSignal): Promise<Picked> {
  const left = new Leftovers();
  const files: Chosen[] = [];
  let seen = 0;
  const walk = async (entry: Entry, folder: string): Promise<void> => {
    signal?.throwIfAborted();
    if (++seen > MOST_SEEN) throw new Unreadable(`There are more than ${MOST_SEEN.toLocaleString("en")} files in this. A site can have 10,000.`);
    const path = folder + entry.name;
    // The name of the folder that was dropped may be anything: only what is in it is looked at.
    if ((folder !== "" || entry.isFile) && junk(entry.name) !== null) {
      left.takes(path + (entry.isDirectory ? "/x" : ""));
    } else if (entry.isDirectory) {
      for (const child of await children(entry)) await walk(child, `${path}/`);
    } else {
      files.push({ path, blob: await fileOf(entry) });
    }
  };
  for (const entry of entries) await walk(entry, "");
  return { files, leftOut: left.list };
}

/** What a field for files or folders gives. */
export function fromFiles(list: Iterable<File>): Picked {
  const left = new Leftovers();
  const files: Chosen[] = [];
  for (const file of list) {
    const path = file.webkitRelativePath || file.name;
    if (!left.takes(path)) files.push({ path, blob: file });
  }
  return { files, leftOut: left.list };
}

/** A browser gives at most 100 at a time and says with an empty list that there are no more. */
async function children(folder: Entry): Promise<Entry[]> {
  const reader = folder.createReader?.();
  if (reader === undefined) return [];
  const all: Entry[] = [];
  for (;;) {
    const some = await new Promise<Entry[]>((done, failed) => reader.readEntries(done, failed)).catch(unreadable(folder.name));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function fileOf(entry: Entry): Promise<File> {
  return await new Promise<File>((done, failed) => entry.file?.(done, failed)).catch(unreadable(entry.name));
}

function unreadable(name: string): () => never {
  return () => {
    throw new Unreadable(`“${name}” could not be read. Check that you may open it, and try again.`);
  };
}
