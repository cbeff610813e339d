/**
 * The configuration that is deployed: each worker's committed wrangler.toml, with the target's names, domains and
 * the ids of its resources filled in. The committed files stay the only source; what is generated is never edited.
 */
import { dirname, join, relative } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { buildDir, configFile, workers, type WorkerName } from '../stack/build.ts';
import { root } from '../stack/root.ts';
import { OperatorError, within, type Target } from './target.ts';

interface RouteEntry {
  pattern: string;
  zone_name?: string;
  custom_domain?: boolean;
}

/** A wrangler configuration, as much of it as the workers use. */
export interface WorkerConfig {
  name: string;
  main: string;
  compatibility_date: string;
  routes: RouteEntry[];
  vars?: Record<string, string>;
  secrets?: { required: string[] };
  triggers?: { crons: string[] };
  assets?: { directory: string };
  d1_databases?: { binding: string; database_name: string; database_id?: string; migrations_dir?: string }[];
  r2_buckets?: { binding: string; bucket_name: string }[];
  kv_namespaces?: { binding: string; id?: string }[];
  services?: { binding: string; service: string }[];
  analytics_engine_datasets?: { binding: string; dataset: string }[];
  queues?: { producers?: { binding: string; queue: string }[]; consumers?: { queue: string; dead_letter_queue?: string }[] };
  ratelimits?: { name: string; namespace_id: string }[];
  migrations?: { tag: string; new_sqlite_classes?: string[] }[];
  durable_objects?: { bindings: { name: string; class_name: string; script_name?: string }[] };
}

/** One worker, as committed and as it is to be deployed. */
export interface Worker {
  worker: WorkerName;
  committed: WorkerConfig;
  config: WorkerConfig;
}

/** Ids that only the account knows, by the names of the resources. */
export interface Ids {
  databases: Record<string, string>;
  namespaces: Record<string, string>;
  /** Zones, by their names. */
  zones?: Record<string, string>;
  accountId?: string;
}

/**
 * What a committed file may say. A key that is not here may name something of production's that a second target
 * would then share, so it is refused until somebody has thought about it.
 */
const known = new Set([
  'name', 'main', 'compatibility_date', 'compatibility_flags', 'workers_dev', 'preview_urls', 'routes', 'build', 'vars', 'secrets', 'triggers',
  'assets', 'd1_databases', 'r2_buckets', 'kv_namespaces', 'services', 'durable_objects', 'migrations', 'observability', 'limits', 'placement',
  'version_metadata', 'analytics_engine_datasets', 'queues', 'ratelimits',
]);

export function readCommitted(worker: WorkerName): WorkerConfig {
  const { rawConfig } = experimental_readRawConfig({ config: configFile(worker) });
  return checked(rawConfig as unknown as WorkerConfig & Record<string, unknown>, relative(root, configFile(worker)));
}

/** A configuration that says nothing that we do not know how to deploy. */
export function checked(config: WorkerConfig & Record<string, unknown>, file: string): WorkerConfig {
  for (const key of Object.keys(config)) {
    if (!known.has(key)) throw new OperatorError(`${file} has "${key}", which scripts/release/config.ts does not know. Teach it there how targets keep theirs apart.`);
  }
  if (config['workers_dev'] !== false || config['preview_urls'] !== false) {
    throw new OperatorError(`${file} must set workers_dev and preview_urls to false: both are doors around the routes.`);
  }
  return { ...config, routes: config.routes ?? [] };
}

export const readAllCommitted = (): Record<WorkerName, WorkerConfig> =>
  Object.fromEntries(workers.map((worker) => [worker, readCommitted(worker)])) as Record<WorkerName, WorkerConfig>;

/** The domain in the committed files: the one that the app's worker takes as its own. */
export function committedDomain(committed: Record<WorkerName, WorkerConfig>): string {
  const own = committed.api.routes.filter((route) => route.custom_domain === true);
  const [only] = own;
  if (only === undefined || own.length > 1) throw new Error('the api worker must have exactly one custom domain');
  return only.pattern;
}

/** A resource's name at a target. */
export const named = (target: Target, name: string): string => (target.production ? name : `${name}-${target.name}`);

/** KV namespaces have no name in the files; workers that use the same binding share one. */
export const namespaceTitle = (target: Target, binding: string): string => named(target, `vetka-${binding.toLowerCase().replaceAll('_', '-')}`);

/** The configurations for a target. Without ids it is good for a dry run only. */
export function configure(target: Target, folder: string, ids?: Ids, all = readAllCommitted()): Worker[] {
  const from = committedDomain(all);
  const result = workers.map((worker) => ({ worker, committed: all[worker], config: configured(worker, all[worker], target, from, folder, ids) }));
  const unknown = Object.keys(target.vars).filter((name) => !result.some(({ committed }) => name in (committed.vars ?? {})));
  if (unknown.length > 0) throw new OperatorError(`No worker has a variable ${unknown.join(', ')}.`);
  if (!target.production) for (const { committed, config } of result) assertApart(committed, config);
  return result;
}

function configured(worker: WorkerName, committed: WorkerConfig, target: Target, from: string, folder: string, ids?: Ids): WorkerConfig {
  const { build: _ours, ...rest } = structuredClone(committed) as WorkerConfig & { build?: unknown };
  const path = (to: string): string => relative(folder, to);
  const config: WorkerConfig = { ...rest, name: named(target, committed.name), main: path(join(buildDir(worker), 'index.js')) };
  config.routes = [...committed.routes.map((route) => moved(route, target, from)), ...ownDomainRoutes(committed, target, from)];
  if (config.vars) {
    const known = ofAccount(target, ids);
    config.vars = Object.fromEntries(Object.entries(config.vars).map(([name, value]) => [name, target.vars[name] ?? known[name] ?? rehomed(value, target, from)]));
  }
  if (config.assets) config.assets = { ...config.assets, directory: path(join(dirname(configFile(worker)), config.assets.directory)) };
  for (const database of config.d1_databases ?? []) {
    database.database_name = named(target, database.database_name);
    const id = ids?.databases[database.database_name];
    if (ids && id === undefined) throw new Error(`the database ${database.database_name} has no id`);
    database.database_id = id ?? '00000000-0000-0000-0000-000000000000';
    if (database.migrations_dir !== undefined) database.migrations_dir = path(join(root, database.migrations_dir));
  }
  for (const bucket of config.r2_buckets ?? []) bucket.bucket_name = named(target, bucket.bucket_name);
  for (const namespace of config.kv_namespaces ?? []) {
    const id = ids?.namespaces[namespaceTitle(target, namespace.binding)];
    if (ids && id === undefined) throw new Error(`the namespace for ${namespace.binding} has no id`);
    namespace.id = id ?? '0'.repeat(32);
  }
  // A data set comes to be with its first point; its name may have no hyphen.
  for (const dataset of config.analytics_engine_datasets ?? []) dataset.dataset = named(target, dataset.dataset).replaceAll('-', '_');
  for (const queue of [...(config.queues?.producers ?? []), ...(config.queues?.consumers ?? [])]) queue.queue = named(target, queue.queue);
  for (const consumer of config.queues?.consumers ?? []) if (consumer.dead_letter_queue !== undefined) consumer.dead_letter_queue = named(target, consumer.dead_letter_queue);
  for (const limit of config.ratelimits ?? []) limit.namespace_id = limiter(target, limit.namespace_id);
  for (const service of config.services ?? []) service.service = named(target, service.service);
  for (const binding of config.durable_objects?.bindings ?? []) if (binding.script_name) binding.script_name = named(target, binding.script_name);
  return config;
}

/** Variables that only the account knows. */
function ofAccount(target: Target, ids: Ids | undefined): Record<string, string | undefined> {
  const zone = ids === undefined ? '0'.repeat(32) : ids.zones?.[target.sitesDomain];
  return { CLOUDFLARE_ACCOUNT_ID: ids?.accountId, ...(target.ownDomains ? { SAAS_ZONE_ID: zone } : {}) };
}

/** Takes all names of a zone that no other route takes: people's own domains among them. */
export const OWN_DOMAINS = '*/*';

/**
 * Routes that no committed file can have, since they depend on where the target puts things: what is asked of all sites is
 * asked of people's own domains, too; and a route goes before a custom domain, so where a route of sites would take the app's, the
 * app has one of its own, which is more specific.
 */
function ownDomainRoutes(committed: WorkerConfig, target: Target, from: string): RouteEntry[] {
  const ofSites = committed.routes.filter(({ pattern }) => hostOf(pattern) === `*.${from}`);
  const isTaken = target.domain === target.sitesDomain ? target.ownDomains : within(target.domain, target.sitesDomain);
  return [
    ...(target.ownDomains ? ofSites.map(({ pattern }) => ({ pattern: `*${pattern.slice(hostOf(pattern).length)}`, zone_name: target.sitesDomain })) : []),
    ...(isTaken && committed.routes.some(({ pattern, custom_domain }) => custom_domain === true && pattern === from) ? [{ pattern: `${target.domain}/*`, zone_name: target.zone }] : []),
  ];
}

/** Counters are known by a number that is one account's: a second target counts by numbers of its own. */
function limiter(target: Target, id: string): string {
  if (target.production) return id;
  const own = [...target.name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 10_000, 7);
  return String(Number(id) + 1_000_000 * (own + 1));
}

/** A pattern of the committed files at the target's domains. */
function moved(route: RouteEntry, target: Target, from: string): RouteEntry {
  const [host = '', ...rest] = route.pattern.split('/');
  const tail = rest.length > 0 ? `/${rest.join('/')}` : '';
  if (host === from) return { ...route, pattern: `${target.domain}${tail}`, zone_name: target.zone };
  // Sites, previews and the sandboxes' proxy: nothing below the app's name is the app.
  if (within(host, from)) return { ...route, pattern: `${host.slice(0, -from.length)}${target.sitesDomain}${tail}`, zone_name: target.sitesDomain };
  throw new Error(`the route ${route.pattern} is neither at ${from} nor below it`);
}

/** A text that names the committed domain, naming the target's instead: that of the sites where something stands before it. */
function rehomed(value: string, target: Target, from: string): string {
  const escaped = from.replaceAll('.', '\\.');
  return value
    .replace(new RegExp(`((?:[\\w{}*-]+\\.)+)${escaped}(?![\\w.-])`, 'g'), (_whole, below: string) => `${below}${target.sitesDomain}`)
    .replace(new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`, 'g'), target.domain);
}

/** Whatever the rules above do: nothing that a second target deploys bears a name of production's. */
function assertApart(committed: WorkerConfig, config: WorkerConfig): void {
  const names = (one: WorkerConfig): string[] => [
    one.name,
    ...one.routes.map(({ pattern }) => pattern),
    ...(one.d1_databases ?? []).map(({ database_name }) => `d1 ${database_name}`),
    ...(one.r2_buckets ?? []).map(({ bucket_name }) => `r2 ${bucket_name}`),
    ...(one.services ?? []).map(({ service }) => service),
    ...(one.analytics_engine_datasets ?? []).map(({ dataset }) => `data set ${dataset}`),
    ...[...(one.queues?.producers ?? []), ...(one.queues?.consumers ?? [])].map(({ queue }) => `queue ${queue}`),
    ...(one.ratelimits ?? []).map(({ namespace_id }) => `limiter ${namespace_id}`),
    ...(one.durable_objects?.bindings ?? []).flatMap(({ script_name }) => script_name ?? []),
  ];
  const theirs = new Set(names(committed));
  const shared = names(config).filter((name) => theirs.has(name));
  if (shared.length > 0) throw new Error(`a second target would share ${shared.join(', ')} with production`);
}

/** One step towards running workers. A stub is an empty worker that others can bind to until the real one follows. */
export type Step = { kind: 'stub' | 'deploy'; worker: Worker };

/**
 * The order in which an empty account accepts the workers: who is bound to goes before who binds. A circle of
 * service bindings is opened with a stub; the owner of a Durable Object class must really be there.
 */
export function order(all: Worker[]): Step[] {
  const steps: Step[] = [];
  const there = new Set<string>();
  const stubs = new Set<string>();
  const ours = new Set(all.map(({ config }) => config.name));
  const owners = ({ config }: Worker): string[] => (config.durable_objects?.bindings ?? []).flatMap(({ script_name }) => script_name ?? []);
  const services = ({ config }: Worker): string[] => (config.services ?? []).map(({ service }) => service);
  for (const worker of all) {
    for (const name of [...owners(worker), ...services(worker)]) {
      if (!ours.has(name)) throw new Error(`${worker.config.name} binds ${name}, which is none of our workers`);
    }
  }
  let waiting = all;
  while (waiting.length > 0) {
    const owned = (worker: Worker) => owners(worker).every((name) => name === worker.config.name || there.has(name));
    const served = (worker: Worker) => services(worker).every((name) => name === worker.config.name || there.has(name) || stubs.has(name));
    const next = waiting.find((worker) => owned(worker) && served(worker));
    if (next) {
      steps.push({ kind: 'deploy', worker: next });
      there.add(next.config.name);
      waiting = waiting.filter((worker) => worker !== next);
      continue;
    }
    const blocked = waiting.find(owned);
    if (!blocked) throw new Error(`${waiting.map(({ config }) => config.name).join(' and ')} own Durable Objects of each other: no order deploys them`);
    const missing = services(blocked).find((name) => !there.has(name) && !stubs.has(name));
    const stub = all.find(({ config }) => config.name === missing);
    if (!stub) throw new Error('unreachable: a worker that is not served misses one');
    steps.push({ kind: 'stub', worker: stub });
    stubs.add(stub.config.name);
  }
  return steps;
}

/** Host of a route's pattern, a leading `*.` included. */
export const hostOf = (pattern: string): string => pattern.split('/')[0] ?? '';

/** Whether a route of somebody else's would take requests to a host away from its custom domain. */
export function covers(pattern: string, host: string): boolean {
  const own = hostOf(pattern);
  return own === host || (own.startsWith('*.') ? host !== own.slice(2) && within(host, own.slice(2)) : own.startsWith('*') && host.endsWith(own.slice(1)));
}
