/**
 * Changing SESSION_KEY without signing anybody out. It signs sessions, and keys the hashes of codes and the names of
 * limiters. Workers take what either of two keys has made and make new things with the first of them.
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

const NOT_OVER = 'The last change is not over: the old key is still taken. End it first with rotate-keys --finish.';

const newKey = (): string => randomBytes(32).toString('base64');

/** Begins. What is written down before anything is pushed, so that one that is cut off goes on with the same key. */
export async function rotate(file: string, secrets: Secrets, push: Push, say: (line: string) => void): Promise<void> {
  const current = secrets['SESSION_KEY'];
  if (!current) throw new OperatorError(`${file} has no SESSION_KEY. It is the file that the first deployment wrote, and the key cannot be read back from Cloudflare.`);
  const pending = secrets['SESSION_KEY_NEXT'];
  if (secrets['SESSION_KEY_PREVIOUS'] && !pending) throw new OperatorError(NOT_OVER);
  const next = pending ?? newKey();
  if (!pending) writeSecrets(file, { SESSION_KEY_NEXT: next });
  await push({ SESSION_KEY_PREVIOUS: next });
  say('all workers take the new key');
  await push({ SESSION_KEY: next, SESSION_KEY_PREVIOUS: current });
  writeSecrets(file, { SESSION_KEY: next, SESSION_KEY_PREVIOUS: current, SESSION_KEY_NEXT: null });
  say('all workers use the new key, and take the old one');
}

/** Ends: the old key is worth nothing from here on. */
export async function finish(file: string, secrets: Secrets, push: Push): Promise<void> {
  if (!secrets['SESSION_KEY_PREVIOUS']) throw new OperatorError('There is no old key to drop.');
  await push({ SESSION_KEY_PREVIOUS: null });
  writeSecrets(file, { SESSION_KEY_PREVIOUS: null });
}

/** The local stack reads its secrets when it starts, all at once: one step is enough. */
export function rotateLocal(stateDir: string, end: boolean): void {
  const file = join(stateDir, 'secrets.json');
  const secrets = JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const { SESSION_KEY: current = '', SESSION_KEY_PREVIOUS: previous, ...others } = secrets;
  if (end && !previous) throw new OperatorError('There is no old key to drop.');
  if (!end && previous) throw new OperatorError(NOT_OVER);
  const changed = end ? { ...others, SESSION_KEY: current } : { ...others, SESSION_KEY: newKey(), SESSION_KEY_PREVIOUS: current };
  writeFileSync(file, JSON.stringify(changed), { mode: 0o600 });
}
