/** Says what an installation, or this machine, lacks, and how to get it. Changes nothing. */
import { command, placeOf, PLACE_USAGE, readOptions } from './operate/command.ts';
import type { Finding } from './operate/finding.ts';
import { checkInstallation } from './operate/installation.ts';
import { checkMachine } from './operate/machine.ts';
import { OperatorError } from './release/target.ts';

const USAGE = `Usage: scripts/doctor [target] [options]

  target               which installation to look at (production)
${PLACE_USAGE}
  --json               print the findings as JSON

With --edge, names are not looked up and no certificate is. CLOUDFLARE_API_TOKEN is the token, as for scripts/deploy.
Exit status 1 when something necessary is missing.
`;

const MARKS: Record<Finding['state'], string> = { ok: 'ok     ', warning: 'warning', missing: 'missing' };

async function main(): Promise<void> {
  const { values: asked, positionals } = readOptions(USAGE, {});
  if (asked.help) return void process.stdout.write(USAGE);
  if (positionals.length > 1) throw new OperatorError(`Name one target.\n\n${USAGE}`);
  const place = placeOf(positionals[0] ?? 'production', asked);
  const findings = await (place.local ? checkMachine(place) : checkInstallation(place));
  if (asked.json) process.stdout.write(`${JSON.stringify(findings)}\n`);
  else {
    for (const { state, what, how } of findings) process.stdout.write(`${MARKS[state]}  ${what}${how === undefined ? '' : `\n         ${how}`}\n`);
  }
  if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
}

await command('doctor', main);
