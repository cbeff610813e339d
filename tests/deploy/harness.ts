// scripts/deploy as an operator runs it, as a child, against an emulated account. Nothing of this machine's
// environment reaches it but a path to find programs on.

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startCloudflareEmulator, type CloudflareEmulator } from '../../scripts/emulators/cloudflare/index.ts';
import { root } from '../../scripts/stack/root.ts';

export interface Run {
  code: number | null;
  out: string;
  err: string;
}

export interface Operator {
  cloudflare: CloudflareEmulator;
  token: string;
  /** Where the targets' settings and secrets are. */
  settings: string;
  /** Writes a target's settings. */
  target(name: string, settings: object): void;
  /** Writes a target's secrets. */
  secrets(name: string, secrets: object): void;
  /** Runs it to its end. */
  deploy(...args: string[]): Promise<Run>;
  /** Runs `scripts/doctor` or `scripts/admin` to its end. */
  run(script: 'doctor' | 'admin', ...args: string[]): Promise<Run>;
  /** Starts it, with a process group of its own. */
  start(args: string[], environment?: Record<string, string>): { child: ChildProcess; ended: Promise<Run> };
  close(): Promise<void>;
}

export const BROUGHT = { RESEND_API_KEY: 're_canary_5d1f', ANTHROPIC_API_KEY: 'sk-ant-canary-77ab' };

/** An operator with an account whose zones are active, and with the two keys that must be brought. */
export async function startOperator(zones = ['vetka.sh']): Promise<Operator> {
  const cloudflare = await startCloudflareEmulator();
  for (const zone of zones) cloudflare.account.addZone(zone);
  const token = cloudflare.token();
  const settings = mkdtempSync(join(tmpdir(), 'deploy-test-'));
  const write = (file: string, value: object) => writeFileSync(join(settings, file), JSON.stringify(value), { mode: 0o600 });
  write('production.secrets.json', BROUGHT);
  const start: Operator['start'] = (args, environment = {}) => spawned('deploy', ['--no-build', '--patience', '20', ...args], environment);
  const spawned = (script: string, args: string[], environment: Record<string, string>) => {
    const child = spawn(join(root, 'scripts', script), ['--settings', settings, '--edge', cloudflare.edge, ...args], {
      cwd: settings,
      env: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        // What a killed one leaves behind goes with the rest.
        TMPDIR: settings,
        CLOUDFLARE_API_BASE_URL: cloudflare.api,
        CLOUDFLARE_API_TOKEN: token,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const run: Run = { code: null, out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (run.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (run.err += chunk.toString()));
    const ended = new Promise<Run>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ ...run, code }));
    });
    return { child, ended };
  };
  return {
    cloudflare,
    token,
    settings,
    target: (name, value) => write(`${name}.json`, value),
    secrets: (name, value) => write(`${name}.secrets.json`, value),
    deploy: async (...args) => await start(args).ended,
    run: async (script, ...args) => await spawned(script, args, {}).ended,
    start,
    async close() {
      await cloudflare.close();
      rmSync(settings, { recursive: true, force: true });
    },
  };
}

/** It ended well. */
export const succeeded = (run: Run): void => assert.equal(run.code, 0, run.err);
/** It ended with these words, and not with a trace of where. */
export const refused = (run: Run, words: RegExp): void => {
  assert.equal(run.code, 1, run.err);
  assert.match(run.err, words);
  assert.doesNotMatch(run.err, /^\s+at /m, 'a stack trace is no way to tell an operator');
};

/** What an account holds, without what is different each time: to compare two of them. */
export function summary({ account }: CloudflareEmulator) {
  return {
    databases: account.databases.map(({ name }) => name),
    migrations: account.databases.map(({ sqlite }) => sqlite.prepare('SELECT name FROM d1_migrations ORDER BY id').all().map((row) => row['name'])),
    namespaces: account.namespaces.map(({ title }) => title),
    buckets: account.buckets.map(({ name, lifecycle }) => ({ name, lifecycle })),
    records: account.zones.flatMap(({ records }) => records.map(({ type, name, content, proxied }) => `${type} ${name} ${content} ${proxied}`)).sort(),
    routes: account.zones.flatMap(({ routes }) => routes.map(({ pattern, script }) => `${pattern} ${script}`)).sort(),
    domains: account.domains.map(({ hostname, service }) => `${hostname} ${service}`),
    scripts: [...account.scripts.values()].map((script) => ({
      name: script.name,
      crons: script.crons,
      workersDev: script.workersDev,
      classes: [...script.classes].sort(),
      bindings: (account.live(script)?.bindings ?? []).map(({ name, type }) => `${name} ${type}`).sort(),
    })).sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/** The values of a secret that workers run with. */
export const secretValues = ({ account }: CloudflareEmulator, name: string): string[] =>
  [...account.scripts.values()].flatMap((script) => (account.live(script)?.bindings ?? []).filter((one) => one.name === name).map((one) => String(one['text'])));
