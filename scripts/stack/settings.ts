/**
 * What the workers are told on this machine: addresses of the emulators, and secrets made for this state folder.
 * A `.dev.vars` file in the repository's root wins over both, so that real keys reach the real services.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

export type Settings = Record<string, string>;

/** Secrets of a state folder, made on first use. They protect nothing but this machine's own data. */
export function stateSecrets(stateDir: string): Settings {
  const file = join(stateDir, 'secrets.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Settings) : {};
  const made = { SESSION_KEY: randomBytes(32).toString('base64'), ADMIN_KEY: randomBytes(32).toString('base64url'), SECRETS_KEY: `1:${randomBytes(32).toString('base64')}` };
  const secrets: Settings = { ...made, ...known };
  if (Object.keys(secrets).length > Object.keys(known).length) {
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  }
  return secrets;
}

/** `.dev.vars`, if there is one: lines of NAME=value, values optionally quoted. */
export function devVars(file = join(root, '.dev.vars')): Settings {
  if (!existsSync(file)) return {};
  const settings: Settings = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const match = /^\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) settings[match[1]] = match[2].replace(/^(["'])(.*)\1$/, '$2');
  }
  return settings;
}

/** What this process and its children may keep of the environment: nothing that could be a credential. */
const kept = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR', 'USER', 'CARGO_HOME', 'RUSTUP_HOME'];

/** Empties `process.env` down to the list above and returns what it was, for the compiler only. */
export function stripEnvironment(): NodeJS.ProcessEnv {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (!kept.includes(name)) delete process.env[name];
  // wrangler is a library here; it reports nothing and reads no .env of anybody's.
  process.env['WRANGLER_SEND_METRICS'] = 'false';
  process.env['CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV'] = 'false';
  return before;
}
