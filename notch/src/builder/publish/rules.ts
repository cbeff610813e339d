// Which of the files that somebody chose make up the site, and whether they may be published together. The same rules as
// the server's (`r2/src/path.rs`, `r2/src/files.rs`), so that whatever is wrong is said before anything is sent; a table
// in tests/conformance holds the two together.

import { bytes as inWords, count } from "../../format.ts";

export const MAX_FILES = 10_000;
export const MAX_FILE_BYTES = 25 * 1024 * 1024;
/** 500 MB, as the server reads it: MiB. */
export const MAX_BYTES = 500 * 1024 * 1024;
const MAX_PATH_BYTES = 512;
const INDEX = "index.html";
/** How much of a file's name a sentence shows. */
const MAX_SHOWN = 120;

/** A file somebody chose, under the name that it would have on the site. */
export interface Chosen {
  path: string;
  blob: Blob;
}

/** Something that was left out, and why. */
export interface LeftOut {
  name: string;
  why: string;
}

export interface Problem {
  code: string;
  sentence: string;
}

/** Something else that could be published instead. */
export type Offer = { kind: "folder"; folder: string } | { kind: "home"; path: string };

const FOLDERS: Record<string, string> = {
  node_modules: "Packages that a site is built with. Visitors need only what was built.",
  ".git": "The history of your files.",
  ".svn": "The history of your files.",
  ".hg": "The history of your files.",
  __MACOSX: "Notes of the computer that made the archive.",
  ".vscode": "Settings of a program on your computer.",
  ".idea": "Settings of a program on your computer.",
};
const FILES: Record<string, string> = {
  ".DS_Store": "A note of your computer.",
  "Thumbs.db": "A note of your computer.",
  "desktop.ini": "A note of your computer.",
};
const SECRETS = "May hold passwords or keys, which visitors should not read.";

/** Why a file or folder of this name is no part of a site, or null. Asked for each part of a path. */
export function junk(name: string): string | null {
  if (Object.hasOwn(FOLDERS, name)) return FOLDERS[name] ?? null;
  if (Object.hasOwn(FILES, name)) return FILES[name] ?? null;
  if (name.startsWith("._")) return "A note of your computer.";
  if (name === ".env" || name.startsWith(".env.")) return SECRETS;
  return null;
}

/** Collects what is left out: each thing once, however many files are in it. */
export class Leftovers {
  #found = new Map<string, LeftOut>();

  /** Whether this path is to be left out, which is then remembered. */
  takes(path: string): boolean {
    const parts = path.split("/");
    for (const [at, part] of parts.entries()) {
      const why = junk(part);
      if (why === null) continue;
      const folder = at < parts.length - 1 || part in FOLDERS;
      const name = part.startsWith("._") ? "._…" : parts.slice(0, at + 1).join("/") + (folder ? "/" : "");
      if (!this.#found.has(name)) this.#found.set(name, { name, why });
      return true;
    }
    return false;
  }

  get list(): LeftOut[] {
    return [...this.#found.values()].sort((a, b) => a.name.localeCompare(b.name));
  }
}

/**
 * The files as they would stand on the site: names in the form that links are typed in, and without the one folder that
 * everything is in.
 */
export function arrange(files: readonly Chosen[]): Chosen[] {
  let arranged = files.map(({ path, blob }) => ({ path: path.normalize("NFC"), blob }));
  for (;;) {
    const slash = arranged[0]?.path.indexOf("/") ?? -1;
    if (slash <= 0) break;
    const top = arranged[0]?.path.slice(0, slash + 1) ?? "";
    if (!arranged.every(({ path }) => path.startsWith(top) && path.length > top.length)) break;
    arranged = arranged.map(({ path, blob }) => ({ path: path.slice(top.length), blob }));
  }
  return arranged.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** What was left out, by its name inside the folder that was chosen. */
export function withoutTop(leftOut: readonly LeftOut[], files: readonly Chosen[]): LeftOut[] {
  const top = files[0]?.path.split("/")[0] ?? "";
  const inOne = files.every(({ path }) => path.startsWith(`${top}/`));
  return leftOut.map(({ name, why }) => ({ name: inOne && name.startsWith(`${top}/`) ? name.slice(top.length + 1) : name, why }));
}

/** The first thing that is wrong with these files, or null. */
export function check(files: readonly { path: string; size: number }[]): Problem | null {
  let total = 0;
  for (const [at, { path, size }] of files.entries()) {
    if (at >= MAX_FILES) {
      return problem("too_many_files", `There are ${files.length} files, from ${quoted(path)} on too many. A site can have 10,000.`);
    }
    if (size > MAX_FILE_BYTES) return problem("file_too_large", `The file ${quoted(path)} is too large. A file can have 25 MB.`);
    const wrong = pathProblem(path);
    if (wrong !== null) return problem("invalid_path", `The file ${quoted(path)} ${wrong}.`);
    total += size;
  }
  const clash = clashes(files.map(({ path }) => path));
  if (clash !== null) return clash;
  if (!files.some(({ path }) => path === INDEX)) {
    return problem("index_missing", "There is no index.html. A site needs one at the top as its home page.");
  }
  if (total > MAX_BYTES) {
    return problem("too_large", `The files have ${inWords(total)} together. A site can have 500 MB, so make pictures and videos smaller.`);
  }
  return null;
}

/** What could be published instead, when the home page is missing. */
export function offers(paths: readonly string[]): Offer[] {
  const folders = paths.filter((path) => path.endsWith(`/${INDEX}`)).map((path) => path.slice(0, -INDEX.length));
  const outer = folders.filter((folder) => !folders.some((other) => other !== folder && folder.startsWith(other)));
  const pages = paths.filter((path) => !path.includes("/") && /\.html?$/i.test(path));
  const [page] = pages;
  return [
    ...(pages.length === 1 && page !== undefined ? [{ kind: "home", path: page } as const] : []),
    ...outer.slice(0, 3).map((folder) => ({ kind: "folder", folder }) as const),
  ];
}

/** Whether these are what a site is built from, and not the site. */
export function isSource(paths: readonly string[]): boolean {
  return paths.includes("package.json");
}

/** What an offer makes of the files. */
export function accept(files: readonly Chosen[], offer: Offer): Chosen[] {
  if (offer.kind === "folder") {
    return files
      .filter(({ path }) => path.startsWith(offer.folder))
      .map(({ path, blob }) => ({ path: path.slice(offer.folder.length), blob }));
  }
  // The page stays where it is as well: others may link to it by its name.
  const page = files.find(({ path }) => path === offer.path);
  return page === undefined ? [...files] : [...files, { path: INDEX, blob: page.blob }];
}

/** `12 files, 340 KB`. */
export function sum(files: readonly { blob: Blob }[]): string {
  return `${count(files.length, "file", "files")}, ${inWords(files.reduce((total, { blob }) => total + blob.size, 0))}`;
}

function problem(code: string, sentence: string): Problem {
  return { code, sentence };
}

// Controls, separators of lines and paragraphs, and marks that turn the direction of text.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function pathProblem(path: string): string | null {
  if (path === "") return "has an empty name";
  if (new TextEncoder().encode(path).length > MAX_PATH_BYTES) return "has a name that is too long (512 bytes at most)";
  if (CONTROL.test(path)) return "has an invisible control character in its name";
  if (path.includes("\\")) return "has a backslash in its name; use / between folders";
  if (path.startsWith("/")) return "begins with a slash; names are relative to the site";
  if (/%[0-9a-f]{2}/i.test(path)) return "has a percent-encoded character in its name; write the character itself";
  for (const part of path.split("/")) {
    if (part === "") return "has an empty part between slashes";
    if (part === "." || part === "..") return "has a part that is only dots";
  }
  if (path.normalize("NFC") !== path) return "has accents written as separate characters; write the name in Unicode NFC";
  return null;
}

/** Sorted with the slash before every other character, what is inside a folder stands right behind a file of its name. */
function clashes(paths: readonly string[]): Problem | null {
  const folded = paths
    .map((path) => ({ path, key: path.toUpperCase().toLowerCase().replaceAll("/", "\0") }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const [at, right] of folded.entries()) {
    const left = folded[at - 1];
    if (left === undefined) continue;
    if (left.key === right.key && left.path === right.path) {
      return problem("duplicate_path", `The file ${quoted(left.path)} is there twice. Send each file once.`);
    }
    if (left.key === right.key) {
      const words = `The files ${quoted(left.path)} and ${quoted(right.path)} differ only in upper and lower case. Rename one of them.`;
      return problem("case_clash", words);
    }
    if (right.key.startsWith(`${left.key}\0`)) {
      return problem("file_is_folder", `${quoted(left.path)} is a file and also the folder of ${quoted(right.path)}. Rename one of them.`);
    }
  }
  return null;
}

/** A file's name as a sentence may show it: invisible characters written out, cut when long. */
function quoted(path: string): string {
  const characters = [...path];
  const shown = characters.slice(0, MAX_SHOWN).map((c) => (CONTROL.test(c) ? `\\u{${c.codePointAt(0)?.toString(16)}}` : c));
  return `“${shown.join("")}${characters.length > MAX_SHOWN ? "…" : ""}”`;
}
