/** Having everything sealed again that an older SECRETS_KEY has sealed. Can be cut off and repeated at any point. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../release/target.ts';

/** How far one request went, as the API says it. */
export interface Part {
  version: number;
  resealed: number;
  unreadable: number;
  left: number;
  lost: number;
  next: string | null;
}

/** How far all of them went. */
export interface Resealed {
  /** Secrets that are sealed with the new key now and were not before. */
  resealed: number;
  /** Secrets that are still sealed with the old one. */
  left: number;
  /** Those of them that do not open with it. */
  unreadable: number;
  /** Secrets of a key that nobody has any more. */
  lost: number;
}

/** How often a worker is asked again that has not learned of the new key. */
const PATIENCE = 30;

/**
 * Asks for one part after another until none is left, and from the beginning again while that still changes something: a
 * worker that had not learned of the change may have sealed something with the old key meanwhile.
 */
export async function reseal(ask: (after: string) => Promise<Part>, version: number, say: (line: string) => void, waitMs = 1000): Promise<Resealed> {
  let resealed = 0;
  for (;;) {
    let [after, changed, unreadable] = ['', 0, 0];
    for (let waited = 0; ; ) {
      const part = await ask(after);
      if (part.version !== version) {
        if (++waited > PATIENCE) throw new OperatorError(`Secrets are still sealed with key ${part.version} and not with ${version}: not every worker has learned of the change. Run this again.`);
        await sleep(waitMs);
        continue;
      }
      changed += part.resealed;
      unreadable += part.unreadable;
      if (part.resealed > 0) say(`${resealed + changed} sealed again, ${part.left} left`);
      if (part.next === null) {
        resealed += changed;
        if (part.left <= unreadable || changed === 0) return { resealed, left: part.left, unreadable, lost: part.lost };
        break;
      }
      after = part.next;
    }
  }
}
