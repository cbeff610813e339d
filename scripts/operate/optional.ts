/** What an installation may do without: which of it is offered, which is half set, and how to have the rest. */
import type { Worker } from '../release/config.ts';
import { isSet, made, wanted } from '../release/secrets.ts';
import { opens, type Opens } from '../stack/secrets.ts';
import { DEPLOY, missing, ok, warning, type Finding } from './finding.ts';

/** What a worker's optional secrets say. `there` are the names that it has at Cloudflare. */
export function optional(worker: Worker, workers: Worker[], there: Set<string>): Finding[] {
  const { required, all } = wanted(worker);
  return all.filter((secret) => !required.includes(secret)).flatMap((secret) => {
    const opened = opens(secret);
    if (opened) return [offered(worker.config.name, secret, opened, there.has(secret), opened.beside === undefined || isSet(workers, opened.beside.variable))];
    return secret in made && !there.has(secret) ? [warning(`${worker.config.name} has no ${secret}`, DEPLOY)] : [];
  });
}

function offered(worker: string, secret: string, { what, how, beside }: Opens, isThere: boolean, isSet: boolean): Finding {
  const set = beside === undefined ? '' : ` Write ${beside.line} into the target's file.`;
  const put = ' Put it into the secrets file and run scripts/deploy.';
  if (isThere && isSet) return ok(`${what} is offered`);
  if (isThere) return warning(`${worker} has ${secret}, but ${beside?.name ?? ''} is not set: ${what} is not offered`, `${set.trim()} Then run scripts/deploy.`);
  // What is set by itself is on the way to people already.
  if (isSet && beside !== undefined) return missing(`${beside.name} is set, but ${worker} has no ${secret}: ${what} fails`, `${how}${put}`);
  return warning(`${worker} has no ${secret}: ${what} is not offered`, `To offer it: ${how}${set}${put}`);
}
