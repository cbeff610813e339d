/** What the operator's commands have in common: where they look, how they read that, and how they end. */
import { resolve } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { OperatorError } from '../release/target.ts';
import { root } from '../stack/root.ts';

const PLACE = {
  local: { type: 'boolean', default: false },
  state: { type: 'string', default: '.state' },
  url: { type: 'string', default: 'http://vetka.localhost:8787' },
  settings: { type: 'string', default: '.deploy' },
  secrets: { type: 'string' },
  edge: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Those options, as the usage of each command has them. */
export const PLACE_USAGE = `  --local              the stack on this machine instead
  --state DIR          its state folder (.state)
  --url URL            where its app answers (http://vetka.localhost:8787)
  --settings DIR       where <target>.json and <target>.secrets.json are (.deploy)
  --secrets FILE       the secrets, when they are elsewhere
  --edge URL           connect there instead of where DNS says`;

/** An installation, or the stack on this machine. */
export interface Place {
  target: string;
  local: boolean;
  /** Folder of the local stack's state. */
  state: string;
  /** Where the local stack's app answers, without a slash at its end. */
  url: string;
  /** Folder of the targets' settings. */
  settings: string;
  secrets: string | undefined;
  edge: string | undefined;
}

/** Reads the options of a command: those above and its own. What it does not know is answered with its usage. */
export function readOptions<More extends ParseArgsOptionsConfig>(usage: string, more: More) {
  try {
    return parseArgs({ allowPositionals: true, options: { ...PLACE, ...more } });
  } catch (error) {
    throw new OperatorError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** The place that options name. Folders are from the repository's. */
export const placeOf = (target: string, given: Omit<Place, 'target' | 'secrets' | 'edge'> & { secrets?: string | undefined; edge?: string | undefined }): Place => ({
  target,
  local: given.local,
  state: resolve(root, given.state),
  url: given.url.replace(/\/$/, ''),
  settings: resolve(root, given.settings),
  secrets: given.secrets,
  edge: given.edge,
});

/** Runs a command. What the operator has to set right is said in their words, anything else with where it happened. */
export async function command(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof OperatorError ? error.message : `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`}\n`);
    process.exitCode = 1;
  }
}
