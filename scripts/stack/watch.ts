/** Brings a change in Rust, TypeScript, CSS or SQL to the running stack, or says why it cannot. */
import { type FSWatcher, readdirSync, statSync, watch as watchFolder } from 'node:fs';
import { join, relative } from 'node:path';
import { buildAssets } from '../../notch/build.ts';
import { buildWorkers } from './build.ts';
import { root } from './root.ts';
import type { Stack } from './stack.ts';

export interface WatchOptions {
  stack: Stack;
  say: (line: string) => void;
  env: NodeJS.ProcessEnv;
}

const trees = ['workers', 'r2', 'notch', 'd1-migrations'];
const sources = /\.(rs|ts|css|svg|sql|toml)$/;
const inRoot = /^(Cargo\.(toml|lock)|wrangler\.toml)$/;
const made = new Set(['build', 'target', 'node_modules']);

/** Editors write a file in several steps; wait until they are done. */
const SETTLE_MS = 120;

/** Starts watching; call the result to stop. */
export function watch({ stack, say, env }: WatchOptions): () => void {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let busy = false;

  const update = async (): Promise<void> => {
    if (busy || changed.size === 0) return;
    busy = true;
    const names = [...changed];
    changed.clear();
    const started = Date.now();
    try {
      if (names.some((name) => name.startsWith('notch/'))) {
        await buildAssets({ outDir: join(root, 'build/public'), minify: true });
      }
      await buildWorkers({ say, env });
      await stack.reload();
      say(`reloaded after ${names.join(', ')} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    } catch (error) {
      say(`not reloaded: ${error instanceof Error ? error.message : String(error)}`);
    }
    busy = false;
    // What changed while we were building has not been seen yet.
    await update();
  };

  return watchSources(root, (name) => {
    changed.add(name);
    clearTimeout(timer);
    timer = setTimeout(() => void update(), SETTLE_MS);
  });
}

/**
 * Calls back with the name of each source below `base` that changes; call the result to stop. Every folder is watched by itself: Node's recursive watching
 * follows files, and loses one that an editor saves by putting another in its place.
 */
export function watchSources(base: string, changed: (name: string) => void): () => void {
  const watchers = new Map<string, FSWatcher>();

  const forget = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const follow = (folder: string): void => {
    if (watchers.has(folder)) return;
    const watcher = watchFolder(folder, (_event, file) => {
      if (file === null || made.has(file)) return;
      const path = join(folder, file);
      if (sources.test(file)) changed(relative(base, path));
      else if (isFolder(path)) follow(path);
      else forget(path);
    });
    watcher.on('error', () => forget(folder));
    watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !made.has(entry.name)) follow(join(folder, entry.name));
    }
  };

  for (const tree of trees) follow(join(base, tree));
  const top = watchFolder(base, (_event, file) => {
    if (file !== null && inRoot.test(file)) changed(file);
  });
  watchers.set(base, top);
  return () => {
    for (const watcher of watchers.values()) watcher.close();
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
