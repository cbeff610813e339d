/** Takes a Cloudflare account from whatever it holds to a running platform; run again, it changes what has changed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAssets } from '../notch/build.ts';
import { command } from './operate/command.ts';
import { Api } from './release/api.ts';
import { committedDomain, configure, order, readAllCommitted, type Ids, type Step, type Worker } from './release/config.ts';
import { ensureFallback, fallbackHost } from './release/own-domains.ts';
import { accountOf, manualSteps, namesOfSites, preflight, type Found } from './release/preflight.ts';
import { clearTheWay, dropRoutes, ensureNames, ensureResources, resources } from './release/resources.ts';
import { commands, rollBack } from './release/rollback.ts';
import { complaints, makeMissing, readSecrets, secretsFile, secretsFor, secretsFromEnvironment, wanted, type Secrets } from './release/secrets.ts';
import { smoke } from './release/smoke.ts';
import { OperatorError, readTarget, type Target } from './release/target.ts';
import { Wrangler } from './release/wrangler.ts';
import { buildDir, buildWorkers, workers as names } from './stack/build.ts';
import { root } from './stack/root.ts';

const USAGE = `Usage: scripts/deploy [target] [options]

  target               production, or a second one with names and domains of its own (production)
  --dry-run            build, check and say what would be done; needs no account and no network
  --take-over          remove DNS records and routes of others that stand where ours go
  --secrets FILE       JSON object of secrets (.deploy/<target>.secrets.json)
  --secret-from-env N  take the secret N from the environment; may be given again
  --settings DIR       where <target>.json is (.deploy)
  --no-rollback        leave what does not answer, and print how to bring back what ran before
  --no-build           deploy what workers/*/build and build/public hold
  --edge URL           where the smoke check connects to, instead of where DNS says
  --patience N         seconds that the edge may take to know of what was deployed (60)

CLOUDFLARE_API_TOKEN is the token; CLOUDFLARE_ACCOUNT_ID or "accountId" in <target>.json the account, when the
token sees several. README.md, "Deploying", begins with an empty account.
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        'take-over': { type: 'boolean', default: false },
        secrets: { type: 'string' },
        'secret-from-env': { type: 'string', multiple: true, default: [] },
        settings: { type: 'string', default: '.deploy' },
        'no-rollback': { type: 'boolean', default: false },
        'no-build': { type: 'boolean', default: false },
        edge: { type: 'string' },
        patience: { type: 'string', default: '60' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const patience = Number(values.patience);
    if (!(patience >= 0)) throw new OperatorError('--patience wants a number of seconds.');
    if (positionals.length > 1) throw new OperatorError('Name one target.');
    return { ...values, patience, target: positionals[0] ?? 'production' };
  } catch (error) {
    throw new OperatorError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

/** Where a target's generated configurations are. */
const folderOf = (target: Target): string => join(root, 'build/deploy', target.name);
const configPath = (target: Target, { worker }: Worker): string => join(folderOf(target), `${worker}.json`);

/** Writes the configurations, each for the folder that it lies in. */
function generate(target: Target, ids?: Ids): Worker[] {
  mkdirSync(folderOf(target), { recursive: true });
  const workers = configure(target, folderOf(target), ids);
  for (const worker of workers) writeFileSync(configPath(target, worker), `${JSON.stringify(worker.config, null, 2)}\n`);
  return workers;
}

async function build(): Promise<void> {
  await buildAssets({ outDir: join(root, 'build/public'), minify: true });
  // The compiler gets no credential: only what cargo and rustup need.
  const kept = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR', 'USER', 'CARGO_HOME', 'RUSTUP_HOME'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.includes(name)));
  await buildWorkers({ say, env });
}

/** Every worker as wrangler would bundle it; a warning is an error. */
async function rehearse(target: Target, workers: Worker[], wrangler: Wrangler): Promise<void> {
  const rehearsed = workers.map(async (worker) => {
    const args = ['deploy', '-c', configPath(target, worker), '--dry-run', '--outdir', wrangler.scratch(`dry-${worker.worker}`)];
    const { printed } = await wrangler.run(folderOf(target), args);
    say(`checked ${worker.config.name}: ${/Total Upload: (.*)/.exec(printed)?.[1] ?? 'no size'}`);
  });
  await Promise.all(rehearsed);
}

function plan(target: Target, workers: Worker[], steps: Step[]): string {
  const { databases, namespaces, buckets, queues } = resources(target, workers);
  const lines = [
    `Target ${target.name}: the app at https://${target.domain}, sites at https://*.${target.sitesDomain}`,
    '',
    'What no script can do:',
    ...manualSteps(target).map((step, at) => `  ${at + 1}. ${step}`),
    '',
    'What this one does:',
    `  resources   D1 ${databases.join(', ')}; KV ${namespaces.join(', ')}; R2 ${buckets.join(', ')}${queues.length > 0 ? `; queues ${queues.join(', ')}` : ''}`,
    `  migrations  of D1 ${databases.join(', ')}, before the workers that want them`,
    `  dns         ${namesOfSites(target).map((name) => `${name} AAAA 100:: proxied; `).join('')}${target.domain} comes with its custom domain`,
    ...(target.ownDomains ? [`  domains     people's own lead to ${fallbackHost(target)}, which becomes the fallback origin of ${target.sitesDomain}`] : []),
    ...steps.flatMap(({ kind, worker: { config } }) => [
      `  ${kind.padEnd(11)} ${config.name}`,
      ...(kind === 'stub' ? [] : [
        ...config.routes.map(({ pattern, custom_domain }) => `                ${custom_domain ? 'domain' : 'route'} ${pattern}`),
        ...(config.triggers?.crons ?? []).map((cron) => `                schedule ${cron}`),
        ...(config.secrets?.required ?? []).map((secret) => `                secret ${secret}`),
      ]),
    ]),
    `  smoke       the app, a site, publishing and conversations answer at their addresses`,
  ];
  return lines.join('\n');
}

/** What this checkout is, for the versions' message. */
function revision(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain') ? ' and changes' : ''}`;
  } catch {
    return 'no git';
  }
}

interface Deployment {
  target: Target;
  workers: Worker[];
  wrangler: Wrangler;
  secrets: Secrets;
  found: Found;
  /** What was deployed, by its name: filled in. */
  versions: Map<string, string>;
  deployed: Worker[];
}

/** Deploys every worker in order, and notes which. */
async function deployAll({ target, workers, wrangler, secrets, found, versions, deployed }: Deployment): Promise<void> {
  for (const { kind, worker } of order(workers)) {
    const { name } = worker.config;
    const given = secretsFor(worker, secrets);
    if (kind === 'stub') {
      if (found.secrets.has(name)) continue;
      await wrangler.run(folderOf(target), ['secret', 'bulk', '--name', name], JSON.stringify(given));
      say(`made a stub of ${name}`);
      continue;
    }
    const file = wrangler.scratch(`${worker.worker}.secrets.json`);
    writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
    const args = ['deploy', '-c', configPath(target, worker), '--message', revision(), ...(wanted(worker).all.length > 0 ? ['--secrets-file', file] : [])];
    // From here on it may be running, whatever wrangler says of it in the end.
    deployed.push(worker);
    const { output } = await wrangler.run(folderOf(target), args);
    const version = output.find(({ type }) => type === 'deploy')?.['version_id'];
    if (typeof version !== 'string') throw new Error(`wrangler did not say which version of ${name} it deployed`);
    versions.set(name, version);
    say(`deployed ${name}`);
  }
}

async function main(): Promise<void> {
  const asked = options();
  if (asked.help) return void process.stdout.write(USAGE);
  const settings = resolve(root, asked.settings);
  const target = readTarget(asked.target, settings, committedDomain(readAllCommitted()));
  if (!asked['no-build']) await build();
  const unbuilt = names.filter((worker) => !existsSync(join(buildDir(worker), 'index.js')));
  if (unbuilt.length > 0) throw new OperatorError(`${unbuilt.join(', ')} is not built. Leave out --no-build.`);
  let workers = generate(target);
  const steps = order(workers);
  if (asked['dry-run']) {
    const wrangler = new Wrangler();
    closing(wrangler);
    await rehearse(target, workers, wrangler);
    process.stdout.write(`${plan(target, workers, steps)}\n\nNothing was changed.\n`);
    return;
  }

  const token = process.env['CLOUDFLARE_API_TOKEN'];
  if (!token) throw new OperatorError(`CLOUDFLARE_API_TOKEN is not set. What comes before it:\n${manualSteps(target).map((step, at) => `  ${at + 1}. ${step}`).join('\n')}`);
  const api = new Api(token, process.env['CLOUDFLARE_API_BASE_URL']);
  const accountId = await accountOf(api, target.accountId ?? process.env['CLOUDFLARE_ACCOUNT_ID']);
  const wrangler = new Wrangler({ token, accountId, base: api.base });
  closing(wrangler);

  say('looking at the account');
  const found = await preflight(api, accountId, target, workers);
  const file = secretsFile(settings, target.name, asked.secrets);
  const secrets = { ...readSecrets(file), ...secretsFromEnvironment(asked['secret-from-env'], process.env) };
  const wrong = complaints(secrets, workers, found.secrets, file);
  if (wrong.length > 0) throw new OperatorError(wrong.join('\n'));
  if (found.inTheWay.length > 0 && !asked['take-over']) {
    throw new OperatorError(
      `This stands where ours would go:\n${found.inTheWay.map(({ words }) => `  - ${words}`).join('\n')}\nNothing was changed. If it may go, run this again with --take-over.`,
    );
  }
  for (const notice of found.notices) say(`note: ${notice}`);
  await rehearse(target, workers, wrangler);

  for (const name of makeMissing(secrets, workers, found.secrets, file)) say(`made a ${name} and wrote it to ${file}; keep that file`);
  const ids = { ...(await ensureResources(api, accountId, target, workers, say)), accountId, zones: found.zones };
  workers = generate(target, ids);
  const holder = workers.find(({ config }) => config.d1_databases?.some(({ migrations_dir }) => migrations_dir !== undefined));
  for (const { database_name } of holder?.config.d1_databases ?? []) {
    if (holder === undefined) break;
    await wrangler.run(folderOf(target), ['d1', 'migrations', 'apply', database_name, '--remote', '-c', configPath(target, holder)]);
    say(`migrated ${database_name}`);
  }
  await clearTheWay(api, found, say);
  // Before the routes: a route without a record is a name that does not resolve, and that is remembered for a while.
  await ensureNames(api, target, found, say);
  await ensureFallback(api, target, found, say);
  const versions = new Map<string, string>();
  const deployed: Worker[] = [];
  try {
    await deployAll({ target, workers, wrangler, secrets, found, versions, deployed });
    await dropRoutes(api, found, say);
    say('asking what was deployed');
    await smoke({ api, accountId, target, versions, edge: asked.edge, patience: asked.patience * 1000 });
  } catch (error) {
    if (deployed.length === 0) throw error;
    const why = error instanceof Error ? error.message : String(error);
    if (asked['no-rollback']) {
      const back = commands(deployed, found);
      throw new OperatorError(back.length === 0 ? why : `${why}\nWhat ran before is brought back by (the database stays as it is now migrated):\n${back.join('\n')}`);
    }
    say('it does not hold; bringing back what ran before');
    throw new OperatorError(`${why}\n${await rollBack(wrangler, folderOf(target), deployed, found, `${revision()} did not answer as it should`, say)}`);
  }
  process.stdout.write(`deployed ${JSON.stringify({ target: target.name, app: `https://${target.domain}`, sites: `https://{label}.${target.sitesDomain}`, versions: Object.fromEntries(versions) })}\n`);
}

/** Ends wrangler and removes its home, with the secrets in it, however this ends. */
function closing(wrangler: Wrangler): void {
  process.once('exit', () => wrangler.close());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}

await command('deploy', main);
