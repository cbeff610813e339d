/** Brings a change in Rust, TypeScript, CSS or SQL to the running stack, or says why it cannot. */
import { watch as watchFolder } from 'node:fs';
import { join } from 'node:path';
import { buildAssets } from '../../notch/build.ts';
import { buildWorkers } from './build.ts';
import { root } from './root.ts';
import type { Stack } from './stack.ts';

export interface WatchOptions {
  stack: Stack;
  say: (line: string) => void;
  env: NodeJS.ProcessEnv;
}

const folders = ['workers', 'r2', 'notch', 'd1-migrations', 'Cargo.toml', 'Cargo.lock', 'wrangler.toml'];
const ours = /\.(rs|ts|css|svg|sql|toml|lock)$/;
const built = /(^|\/)(build|target|node_modules)\//;

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

  const watchers = folders.map((folder) =>
    watchFolder(join(root, folder), { recursive: true }, (_event, file) => {
      const name = file === null || file === folder ? folder : join(folder, file);
      if (!ours.test(name) || built.test(name)) return;
      changed.add(name);
      clearTimeout(timer);
      timer = setTimeout(() => void update(), SETTLE_MS);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
