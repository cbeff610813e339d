// The repository, through the agent's own tools: looked through with Grep, read with Read, changed with Edit, kept with
// a commit. A tool that fails is tried in another way, at most twice; then the work says that it could not.

import { mayChange } from './allowed.ts';
import type { Plan, Step } from './hands.ts';

/** A part of a file, by its place, and what is to stand there. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** A file as it is now. */
export interface Source {
  path: string;
  content: string;
}

export type Changed = 'changed' | 'nothing' | 'failed';

/** Looking a second time and a third time is enough. */
const MOST_TRIES = 3;
const MOST_FILES = 12;
const NOT_WRITTEN_BY_HAND = /(?:^|\/)(?:node_modules|dist|build|out|vendor|coverage|\.[^/]+)\/|\.min\.|(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml)$|\.(?:test|spec|stories)\.|(?:^|\/)__tests__\//;

/** The path of a file's text kinds, for Grep. */
export const PAGES = '*.{html,htm,jsx,tsx,vue,svelte,astro,md,mdx,njk,liquid,hbs,ejs,erb,php}';
export const STYLES = '*.{css,scss,sass,less,html,htm,vue,svelte,astro}';
export const TEXTS = '*.{html,htm,jsx,tsx,js,ts,mjs,vue,svelte,astro,md,mdx,json,yml,yaml,toml,njk,liquid,hbs,ejs,erb,php,txt}';

/** The lines that Read printed, without their numbers. */
function contentOf(printed: string): string {
  const lines = printed.split('\n').map((line) => /^\s*\d+[\t→](.*)$/s.exec(line)?.[1]);
  return lines.filter((line) => line !== undefined).join('\n');
}

/** The part to be replaced, with as many lines around it as make it the only one of its kind. */
function unique(content: string, { start, end }: Splice): { from: number; to: number } {
  let [from, to] = [start, end];
  const isOnlyOne = (): boolean => {
    const part = content.slice(from, to);
    return part !== '' && content.indexOf(part) === content.lastIndexOf(part);
  };
  while (!isOnlyOne() && (from > 0 || to < content.length)) {
    from = from === 0 ? 0 : content.lastIndexOf('\n', from - 2) + 1;
    const lineEnd = content.indexOf('\n', to + 1);
    to = lineEnd < 0 ? content.length : lineEnd;
  }
  return { from, to };
}

export class Workshop {
  readonly #folder: string;
  readonly #allowed: readonly string[];
  readonly #sources = new Map<string, string>();
  readonly #changed = new Set<string>();
  #firstWords: string | undefined;
  /** Something was found where nothing may be changed. */
  outOfBounds = false;

  constructor(folder: string, allowed: readonly string[], firstWords: string) {
    this.#folder = folder.replace(/\/$/, '');
    this.#allowed = allowed;
    this.#firstWords = firstWords;
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  *#use(name: string, input: Record<string, unknown>): Plan<Step> {
    const say = this.#firstWords;
    this.#firstWords = undefined;
    return yield { name, input, ...(say === undefined ? {} : { say }) };
  }

  /** Files that hold a pattern and may be changed, by their paths from the workspace. */
  *find(pattern: string, glob: string, ignoreCase = false): Plan<string[]> {
    const found = yield* this.#use('Grep', { pattern, glob, output_mode: 'files_with_matches', ...(ignoreCase ? { '-i': true } : {}) });
    if (found.isError) return [];
    const paths = found.text
      .split('\n')
      .map((line) => (line.startsWith(`${this.#folder}/`) ? line.slice(this.#folder.length + 1) : line).replace(/^\.\//, ''))
      .filter((line) => line !== '' && !line.startsWith('/') && !/^(?:Found \d|No files found|\(|\[)/.test(line) && !NOT_WRITTEN_BY_HAND.test(line));
    const allowed = paths.filter((path) => mayChange(path, this.#allowed));
    if (allowed.length < paths.length) this.outOfBounds = true;
    return allowed.sort((a, b) => depth(a) - depth(b) || a.localeCompare(b)).slice(0, MOST_FILES);
  }

  /** A file's content, or null when it cannot be read. */
  *read(path: string): Plan<string | null> {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const read = yield* this.#use('Read', { file_path: `${this.#folder}/${path}` });
    if (read.isError) return null;
    const content = contentOf(read.text);
    this.#sources.set(path, content);
    return content;
  }

  /** Reads several files; those that cannot be read are left out. */
  *readAll(paths: readonly string[]): Plan<Source[]> {
    const sources: Source[] = [];
    for (const path of paths) {
      const content = yield* this.read(path);
      if (content !== null) sources.push({ path, content });
    }
    return sources;
  }

  /** Changes a file in the places that `where` finds in it; it is asked again after a failed try. */
  *change(path: string, where: (content: string) => readonly Splice[]): Plan<Changed> {
    let changed: Changed = 'nothing';
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const content = yield* this.read(path);
      if (content === null) return 'failed';
      const outcome = yield* this.#spliceAll(path, content, where(content));
      if (outcome !== 'failed') return changed === 'changed' ? 'changed' : outcome;
      if (this.#changed.has(path)) changed = 'changed';
      this.#sources.delete(path);
    }
    return 'failed';
  }

  /** From the end to the beginning, so that the places before stay where they are. */
  *#spliceAll(path: string, content: string, splices: readonly Splice[]): Plan<Changed> {
    let now = content;
    const wanted = splices.filter(({ start, end, text }) => now.slice(start, end) !== text).sort((a, b) => b.start - a.start);
    for (const splice of wanted) {
      const { from, to } = unique(now, splice);
      const replacement = now.slice(from, splice.start) + splice.text + now.slice(splice.end, to);
      const edit = yield* this.#use('Edit', { file_path: `${this.#folder}/${path}`, old_string: now.slice(from, to), new_string: replacement });
      if (edit.isError) return 'failed';
      // What was written is what the agent program kept of it.
      const { new_string: kept } = edit.input;
      now = now.slice(0, from) + (typeof kept === 'string' ? kept : replacement) + now.slice(to);
      this.#sources.set(path, now);
      this.#changed.add(path);
    }
    return wanted.length > 0 ? 'changed' : 'nothing';
  }

  /** Keeps what was changed as one commit. False when it could not be kept although there is a git repository. */
  *commit(message: string): Plan<boolean> {
    const files = [...this.#changed].sort().map(quoted).join(' ');
    const command = (identity: string): string => `git add -- ${files} && git ${identity}commit -q -m ${quoted(message)} -- ${files}`;
    const use = (identity: string): Plan<Step> => this.#use('Bash', { command: command(identity), description: 'Keep the change' });
    const first = yield* use('');
    if (!first.isError || /not a git repository/i.test(first.text)) return true;
    const isUnnamed = /tell me who you are|identity unknown|empty ident|auto-detect email/i.test(first.text);
    const second = yield* use(isUnnamed ? '-c user.name="Demo model" -c user.email=demo@localhost ' : '');
    return !second.isError;
  }
}

const depth = (path: string): number => path.split('/').length;

/** As one word of a shell. */
const quoted = (words: string): string => (/^[\w./@-]+$/.test(words) ? words : `'${words.replaceAll("'", "'\\''")}'`);
