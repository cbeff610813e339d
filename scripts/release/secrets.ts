/**
 * Secrets: those we make ourselves, once, and those that the operator brings. They go to Cloudflare with each
 * worker's version, through a file that only this user can read and that is gone afterwards. Nothing prints one.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from '../stack/root.ts';
import { opens, OPTIONAL_SECRETS } from '../stack/secrets.ts';
import type { Worker } from './config.ts';
import { OperatorError } from './target.ts';

export type Secrets = Record<string, string>;

/** Secrets that nobody outside has to know, and how they are made. */
export const made: Record<string, () => string> = {
  SESSION_KEY: () => randomBytes(32).toString('base64'),
  // Seals people's keys and tokens. Its version goes up when it is changed.
  SECRETS_KEY: () => `1:${randomBytes(32).toString('base64')}`,
  // What scripts/admin shows at the door.
  ADMIN_KEY: () => randomBytes(32).toString('base64url'),
};

/** The names that a worker takes: those it cannot start without, and all. */
export function wanted({ worker, config }: Worker): { required: string[]; all: string[] } {
  const required = config.secrets?.required ?? [];
  return { required, all: [...required, ...(OPTIONAL_SECRETS[worker] ?? [])] };
}

/** Where a target's secrets are, when nobody names another file. */
export const secretsFile = (settings: string, target: string, given: string | undefined): string =>
  given === undefined ? join(settings, `${target}.secrets.json`) : resolve(root, given);

/** Reads the operator's file: one JSON object of texts. A file that others can read is refused. */
export function readSecrets(file: string): Secrets {
  if (!existsSync(file)) return {};
  if ((statSync(file).mode & 0o077) !== 0) throw new OperatorError(`${file} can be read by others. Run: chmod 600 ${file}`);
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // The parser's own message would quote the file.
    throw new OperatorError(`${file} is not JSON.`);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read) || !Object.values(read).every((value) => typeof value === 'string' && value !== '')) {
    throw new OperatorError(`${file} must hold one JSON object of texts that are not empty.`);
  }
  return read as Secrets;
}

/** Secrets by name from this process's environment, for machines that keep them there. */
export function secretsFromEnvironment(names: string[], environment: NodeJS.ProcessEnv): Secrets {
  return Object.fromEntries(names.map((name) => {
    const value = environment[name];
    if (!value) throw new OperatorError(`--secret-from-env ${name}: the environment has no ${name}.`);
    return [name, value];
  }));
}

/**
 * Makes what only we have to know and nobody has yet, and writes it down before it is sent anywhere, so that a
 * deployment that is cut off goes on with the same. `set` says which names each worker has at Cloudflare already;
 * they cannot be read back there. Returns the names that were made.
 */
export function makeMissing(secrets: Secrets, workers: Worker[], set: Map<string, Set<string>>, file: string): string[] {
  const missing = Object.keys(made).filter((name) => {
    if (secrets[name] !== undefined) return false;
    const takers = workers.filter((worker) => wanted(worker).all.includes(name));
    const have = takers.filter(({ config }) => set.get(config.name)?.has(name));
    if (have.length === takers.length) return false;
    if (have.length === 0) return true;
    throw new OperatorError(
      `${have.map(({ config }) => config.name).join(' and ')} has a ${name} that ${takers.filter((taker) => !have.includes(taker)).map(({ config }) => config.name).join(' and ')} lacks, and it must be the same. `
      + `Put back the ${file} that the first deployment wrote. Without it, write a new one there: {"${name}": "…"} (openssl rand -base64 32). Everybody is signed out then, and has to prove connected domains again.`,
    );
  });
  if (missing.length === 0) return [];
  for (const name of missing) secrets[name] = made[name]?.() ?? '';
  writeSecrets(file, Object.fromEntries(missing.map((name) => [name, secrets[name] ?? ''])));
  return missing;
}

/** Changes some secrets in the operator's file; null takes one out. */
export function writeSecrets(file: string, changed: Record<string, string | null>): void {
  const whole: Record<string, string | null> = { ...readSecrets(file), ...changed };
  for (const [name, value] of Object.entries(changed)) if (value === null) delete whole[name];
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Beside it and then in its place: a crash leaves the old file or the new one.
  const beside = `${file}.new`;
  writeFileSync(beside, `${JSON.stringify(whole, null, 2)}\n`, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}

/** Whether a variable turns something on in any worker. */
export const isSet = (workers: Worker[], variable: string): boolean => workers.some(({ config }) => !['', 'off'].includes(config.vars?.[variable] ?? ''));

/** What is amiss with the secrets, in words for the operator. Made ones are not missing. */
export function complaints(secrets: Secrets, workers: Worker[], set: Map<string, Set<string>>, file: string): string[] {
  const takers = (name: string) => workers.filter((worker) => wanted(worker).all.includes(name));
  const unknown = Object.keys(secrets).filter((name) => takers(name).length === 0);
  const lacking = workers.flatMap((worker) =>
    wanted(worker).required.filter((name) => !(name in made) && secrets[name] === undefined && !set.get(worker.config.name)?.has(name)).map((name) => `${worker.config.name} needs the secret ${name}`),
  );
  // Half of what goes together is a button that leads to an error, or a setting that does nothing.
  const halves = workers.flatMap((worker) =>
    wanted(worker).all.flatMap((name) => {
      const beside = opens(name)?.beside;
      const isHalf = beside !== undefined && isSet(workers, beside.variable) && secrets[name] === undefined && !set.get(worker.config.name)?.has(name);
      return isHalf ? [`${beside.name} is set, so ${worker.config.name} needs the secret ${name}`] : [];
    }),
  );
  return [
    ...unknown.map((name) => `No worker takes the secret ${name}.`),
    ...[...lacking, ...halves].map((line) => `${line}. Put it into ${file}, or name it with --secret-from-env.`),
  ];
}

/** What is sent with a worker's version. What is left out stays as it is at Cloudflare. */
export const secretsFor = (worker: Worker, secrets: Secrets): Secrets =>
  Object.fromEntries(wanted(worker).all.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]]])));
