/**
 * Builds what workerd runs: each worker's WASM, and the files for the browser.
 * A worker whose sources have not changed since its last build is left alone; the stamp beside the build says so.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

export const workers = ['hosting', 'deploy', 'agent', 'openweb', 'teams', 'api'] as const;
export type WorkerName = (typeof workers)[number];

/** Made small first: what every visitor of a cold place waits for, and what spends its time waiting for the stores. */
const small: ReadonlySet<WorkerName> = new Set(['hosting', 'deploy', 'teams', 'api']);

/** Everything beside its own folder that ends up in a worker's WASM. */
const shared = ['workers/domain', 'workers/edge', 'workers/app', 'r2', 'Cargo.toml', 'Cargo.lock', '.cargo', 'rust-toolchain.toml', 'scripts/stack/build.ts'];

/** Folders whose changes cannot reach a build. */
const ignored = new Set(['build', 'target', 'node_modules', 'examples', 'tests']);

function files(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !ignored.has(entry.name))
    .flatMap((entry) => files(join(path, entry.name)))
    .sort();
}

function fingerprint(worker: WorkerName): string {
  const hash = createHash('sha256');
  for (const path of [`workers/${worker}`, ...shared].flatMap((path) => files(join(root, path)))) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

/** Where a worker's names, bindings and routes are written. The api worker's file lies where wrangler looks by itself. */
export const configFile = (worker: WorkerName): string => join(root, worker === 'api' ? '' : `workers/${worker}`, 'wrangler.toml');

/** The folder that worker-build writes to. */
export const buildDir = (worker: WorkerName): string => join(root, 'workers', worker, 'build');

export interface BuildOptions {
  /** Where lines of progress go. */
  say: (line: string) => void;
  /** The environment for cargo; the stack's own process has been stripped of its. */
  env: NodeJS.ProcessEnv;
}

/** Builds one worker if its sources changed. Rejects with the compiler's own words. */
export async function buildWorker(worker: WorkerName, { say, env }: BuildOptions): Promise<boolean> {
  const stamp = join(buildDir(worker), '.stamp');
  const wanted = fingerprint(worker);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  const started = Date.now();
  const size = small.has(worker) ? { CARGO_PROFILE_RELEASE_OPT_LEVEL: 'z' } : {};
  await buildWasm(`workers/${worker}`, { say, env: { ...size, ...env } });
  writeFileSync(stamp, wanted);
  say(`built ${worker} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return true;
}

/** Builds the worker in a folder, whatever it is for. */
export async function buildWasm(folder: string, { env }: BuildOptions): Promise<void> {
  // scripts/setup puts these two there, in the versions that it names.
  const tools = join(root, 'target/tools');
  const wasmOpt = env['WASM_OPT_BIN'] ?? join(root, 'node_modules/.bin/wasm-opt');
  await run(join(tools, 'worker-build'), ['--release', folder], {
    ...env,
    // The compiler's error is what a person needs, not where worker-build stood when it heard of it.
    RUST_BACKTRACE: '0',
    WASM_BINDGEN_BIN: join(tools, 'wasm-bindgen'),
    WASM_OPT_BIN: wasmOpt,
    ESBUILD_BIN: join(root, 'node_modules/.bin/esbuild'),
  });
  // worker-build keeps the names of functions, which are a seventh of what a cold start would load. A panic still says its
  // file and line.
  const wasm = join(root, folder, 'build/index_bg.wasm');
  await run(wasmOpt, [wasm, '--strip-debug', '-o', wasm], env);
}

/** Builds every worker whose sources changed; names those it built. */
export async function buildWorkers(options: BuildOptions): Promise<WorkerName[]> {
  const built: WorkerName[] = [];
  // One after the other: cargo holds one lock, and two links with fat LTO at once want more memory than they save time.
  for (const worker of workers) if (await buildWorker(worker, options)) built.push(worker);
  return built;
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(compilerWords(output)))));
  });
}

/** The compiler's errors, without its progress before and worker-build's account after; all there is when there are none. */
function compilerWords(output: string): string {
  const from = output.search(/^(error|warning)(\[|:)/m);
  const to = output.search(/^Error: Compiling your crate/m);
  return (from < 0 ? output : output.slice(from, to < from ? undefined : to)).trim();
}
