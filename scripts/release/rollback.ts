/** Bringing back what ran before, when what was deployed does not answer. Only code comes back: data stays as it is. */
import type { Worker } from './config.ts';
import type { Found } from './preflight.ts';
import { OperatorError } from './target.ts';
import type { Wrangler } from './wrangler.ts';

type Say = (line: string) => void;

/** Why a worker cannot be brought back; undefined when it can. */
export function obstacle({ config }: Worker, found: Found): string | undefined {
  if (!found.versions.has(config.name)) return 'nothing of it ran before';
  const tag = config.migrations?.at(-1)?.tag;
  const before = found.tags.get(config.name);
  return tag === before ? undefined : `its Durable Objects went from ${before ?? 'none'} to ${tag ?? 'none'}, and there is no way back across that`;
}

/**
 * Rolls back the workers that this run has deployed, the newest first. One that cannot be stays as it is: every deployment
 * passes through such a mixture on its way, so workers bear the version before beside them.
 * Returns what happened, in words; rejects when a worker that could be brought back was not.
 */
export async function rollBack(wrangler: Wrangler, folder: string, deployed: Worker[], found: Found, why: string, say: Say): Promise<string> {
  const back: string[] = [];
  const stays: string[] = [];
  const failed: string[] = [];
  for (const worker of [...deployed].reverse()) {
    const { name } = worker.config;
    const reason = obstacle(worker, found);
    if (reason !== undefined) {
      stays.push(`  - ${name} stays as it is now: ${reason}.`);
      continue;
    }
    try {
      await wrangler.run(folder, ['rollback', found.versions.get(name) ?? '', '--name', name, '-y', '-m', why]);
      say(`rolled back ${name}`);
      back.push(name);
    } catch (error) {
      failed.push(`  - ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const lines = [
    back.length > 0 ? `Rolled back: ${back.join(', ')}. The database stays as it is now migrated.` : 'Nothing was rolled back.',
    ...stays,
  ];
  if (failed.length > 0) throw new OperatorError([...lines, 'These could not be rolled back:', ...failed, ...commands(deployed, found)].join('\n'));
  return lines.join('\n');
}

/** The commands that do the same by hand. */
export function commands(deployed: Worker[], found: Found): string[] {
  const able = [...deployed].reverse().filter((worker) => obstacle(worker, found) === undefined);
  return able.map(({ config: { name } }) => `  npx wrangler rollback ${found.versions.get(name) ?? ''} --name ${name}`);
}
