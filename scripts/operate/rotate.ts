/**
 * Changing a key that workers hold: SESSION_KEY without signing anybody out, and SECRETS_KEY without losing what it has
 * sealed. Workers take what either of two keys has made and make new things with the first of them.
 *
 * Workers do not learn of a change at the same moment. So first all are told to take the new key too, and only when all do,
 * they are told to use it, and to go on taking the old one.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSecrets, type Secrets } from '../release/secrets.ts';
import { OperatorError } from '../release/target.ts';

/** Where a step's secrets go: to every worker that takes the key. `null` takes one away. */
export type Push = (secrets: Record<string, string | null>) => Promise<void>;

/** How long what the old key has made may still come: a session's life, in days. */
export const DAYS = 7;

/** A key that can be changed. */
export interface Changeable {
  /** The secret; beside it stand the same with `_PREVIOUS` and `_NEXT`. */
  name: string;
  /** What changes it. */
  command: string;
  /** Makes the one after this. */
  after: (current: string) => string;
}

const bytes = (): string => randomBytes(32).toString('base64');

/** Signs sessions, and keys the hashes of codes and the names of limiters. */
export const SESSION_KEY: Changeable = { name: 'SESSION_KEY', command: 'rotate-keys', after: bytes };

/** Seals people's own keys and tokens. Says its version, which each of them is kept with. */
export const SECRETS_KEY: Changeable = { name: 'SECRETS_KEY', command: 'rotate-secrets', after: (current) => `${versionOf(current) + 1}:${bytes()}` };

/** The version that a key of secrets has. */
export function versionOf(key: string): number {
  const version = /^(\d+):/.exec(key)?.[1];
  if (version === undefined) throw new OperatorError('SECRETS_KEY must be a version, a colon, and base64 of 32 bytes.');
  return Number(version);
}

const notOver = ({ command }: Changeable): OperatorError => new OperatorError(`The last change is not over: the old key is still taken. End it first with ${command} --finish.`);
const nothingToDrop = (): OperatorError => new OperatorError('There is no old key to drop.');

/** Begins. What is written down before anything is pushed, so that one that is cut off goes on with the same key. */
export async function rotate(key: Changeable, file: string, secrets: Secrets, push: Push, say: (line: string) => void): Promise<void> {
  const { name } = key;
  const [PREVIOUS, NEXT] = [`${name}_PREVIOUS`, `${name}_NEXT`];
  const current = secrets[name];
  if (!current) throw new OperatorError(`${file} has no ${name}. It is the file that the first deployment wrote, and the key cannot be read back from Cloudflare.`);
  const pending = secrets[NEXT];
  if (secrets[PREVIOUS] && !pending) throw notOver(key);
  const next = pending ?? key.after(current);
  if (!pending) writeSecrets(file, { [NEXT]: next });
  await push({ [PREVIOUS]: next });
  say('all workers take the new key');
  await push({ [name]: next, [PREVIOUS]: current });
  writeSecrets(file, { [name]: next, [PREVIOUS]: current, [NEXT]: null });
  say('all workers use the new key, and take the old one');
}

/** Whether the key is changed, and the old one still taken. */
export const isChanged = ({ name }: Changeable, secrets: Secrets): boolean => secrets[`${name}_PREVIOUS`] !== undefined && secrets[`${name}_NEXT`] === undefined;

/** Ends: the old key is worth nothing from here on. */
export async function finish({ name }: Changeable, file: string, secrets: Secrets, push: Push): Promise<void> {
  const PREVIOUS = `${name}_PREVIOUS`;
  if (!secrets[PREVIOUS]) throw nothingToDrop();
  await push({ [PREVIOUS]: null });
  writeSecrets(file, { [PREVIOUS]: null });
}

/** Refuses what cannot be: ending a change that has not begun, or beginning one before the last is over. */
export function checkBegun(key: Changeable, secrets: Secrets, end: boolean): void {
  if (end && !secrets[`${key.name}_PREVIOUS`]) throw nothingToDrop();
  if (!end && secrets[`${key.name}_PREVIOUS`]) throw notOver(key);
}

/** What the local stack's state folder has. */
export const localSecrets = (stateDir: string): Secrets => JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as Secrets;

/** The local stack reads its secrets when it starts, all at once: one step is enough. */
export function rotateLocal(key: Changeable, stateDir: string, end: boolean): void {
  const secrets = localSecrets(stateDir);
  checkBegun(key, secrets, end);
  const PREVIOUS = `${key.name}_PREVIOUS`;
  const { [key.name]: current = '', [PREVIOUS]: _, ...others } = secrets;
  const changed = end ? { ...others, [key.name]: current } : { ...others, [key.name]: key.after(current), [PREVIOUS]: current };
  writeFileSync(join(stateDir, 'secrets.json'), JSON.stringify(changed), { mode: 0o600 });
}
