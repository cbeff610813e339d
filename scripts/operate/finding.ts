/** What a look at one thing came to. */
export interface Finding {
  /** `missing` is necessary; `warning` can be lived without. */
  state: 'ok' | 'warning' | 'missing';
  what: string;
  /** What to do about it; absent when all is well. */
  how?: string;
}

/** What helps where something of ours is not there. */
export const DEPLOY = 'Run scripts/deploy.';

export const ok = (what: string): Finding => ({ state: 'ok', what });
export const warning = (what: string, how: string): Finding => ({ state: 'warning', what, how });
export const missing = (what: string, how: string): Finding => ({ state: 'missing', what, how });

/** One look; what it throws is what is missing. */
export async function look(what: string, how: string, work: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await work()].flat();
  } catch (error) {
    return [missing(`${what}: ${error instanceof Error ? error.message : String(error)}`, how)];
  }
}
