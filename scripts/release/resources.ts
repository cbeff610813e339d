/** What the workers are bound to, made where it is missing. Asking again changes nothing. */
import { Api, ApiError } from './api.ts';
import { namespaceTitle, type Ids, type Worker } from './config.ts';
import { namesOfSites, placeholder, type Found } from './preflight.ts';
import type { Target } from './target.ts';

type Say = (line: string) => void;

/** Uploads in parts that nobody ended are dropped after a day. Nothing else in the bucket goes by its age. */
const LIFECYCLE = [{ id: 'abandoned-uploads', enabled: true, conditions: { prefix: '' }, abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: 86_400 } } }];

const unique = (names: string[]): string[] => [...new Set(names)].sort();

/** The resources that a target's workers name. */
export function resources(target: Target, workers: Worker[]): { databases: string[]; namespaces: string[]; buckets: string[]; queues: string[] } {
  return {
    databases: unique(workers.flatMap(({ config }) => (config.d1_databases ?? []).map(({ database_name }) => database_name))),
    namespaces: unique(workers.flatMap(({ config }) => (config.kv_namespaces ?? []).map(({ binding }) => namespaceTitle(target, binding)))),
    buckets: unique(workers.flatMap(({ config }) => (config.r2_buckets ?? []).map(({ bucket_name }) => bucket_name))),
    queues: unique(workers.flatMap(({ config: { queues } }) => [
      ...(queues?.producers ?? []).map(({ queue }) => queue),
      // Nobody makes the queue that what cannot be delivered goes to, if we do not.
      ...(queues?.consumers ?? []).flatMap(({ queue, dead_letter_queue }) => [queue, ...(dead_letter_queue === undefined ? [] : [dead_letter_queue])]),
    ])),
  };
}

/** Makes databases, namespaces and buckets, and returns their ids. */
export async function ensureResources(api: Api, accountId: string, target: Target, workers: Worker[], say: Say): Promise<Ids> {
  const account = `/accounts/${accountId}`;
  const wanted = resources(target, workers);
  const ids: Ids = { databases: {}, namespaces: {} };
  for (const name of wanted.databases) {
    const find = async () => (await api.all<{ uuid: string; name: string }>(`${account}/d1/database`, 10)).find((one) => one.name === name)?.uuid;
    const hint = target.location === undefined ? {} : { primary_location_hint: target.location };
    ids.databases[name] = (await find()) ?? (await create(say, `database ${name}`, [7502], async () => (await api.call<{ uuid: string }>('POST', `${account}/d1/database`, { name, ...hint })).uuid, find));
  }
  for (const title of wanted.namespaces) {
    const find = async () => (await api.all<{ id: string; title: string }>(`${account}/storage/kv/namespaces`, 100)).find((one) => one.title === title)?.id;
    ids.namespaces[title] = (await find()) ?? (await create(say, `KV namespace ${title}`, [10014], async () => (await api.call<{ id: string }>('POST', `${account}/storage/kv/namespaces`, { title })).id, find));
  }
  for (const name of wanted.buckets) {
    const find = async () => (await api.unless<{ name: string }>([10006], 'GET', `${account}/r2/buckets/${name}`))?.name;
    const hint = target.location === undefined ? {} : { locationHint: target.location };
    if ((await find()) === undefined) {
      await create(say, `bucket ${name}`, [10004], async () => (await api.call<{ name: string }>('POST', `${account}/r2/buckets`, { name, ...hint })).name, find);
    }
    const { rules = [] } = await api.call<{ rules?: { id?: string }[] }>('GET', `${account}/r2/buckets/${name}/lifecycle`);
    // The operator's own rules stay; ours are told by their ids.
    const others = rules.filter(({ id }) => !LIFECYCLE.some((rule) => rule.id === id));
    if (rules.length !== others.length + LIFECYCLE.length) {
      await api.call('PUT', `${account}/r2/buckets/${name}/lifecycle`, { rules: [...others, ...LIFECYCLE] });
      say(`set the lifecycle of bucket ${name}`);
    }
  }
  for (const name of wanted.queues) {
    const find = async () => (await api.all<{ queue_name: string }>(`${account}/queues`)).find((one) => one.queue_name === name)?.queue_name;
    if ((await find()) === undefined) await create(say, `queue ${name}`, [11009], async () => (await api.call<{ queue_name: string }>('POST', `${account}/queues`, { queue_name: name })).queue_name, find);
  }
  return ids;
}

/** Makes one thing. When it turns out to be there by now, somebody was faster, and theirs is taken. */
async function create(say: Say, what: string, exists: number[], make: () => Promise<string>, find: () => Promise<string | undefined>): Promise<string> {
  try {
    const id = await make();
    say(`made the ${what}`);
    return id;
  } catch (error) {
    const there = error instanceof ApiError && exists.includes(error.code) ? await find() : undefined;
    if (there === undefined) throw error;
    return there;
  }
}

/** Removes what the operator has said to take over. Custom domains are moved by wrangler itself. */
export async function clearTheWay(api: Api, found: Found, say: Say): Promise<void> {
  for (const obstacle of found.inTheWay) {
    if (obstacle.kind === 'record') await api.call('DELETE', `/zones/${obstacle.zone}/dns_records/${obstacle.id}`);
    if (obstacle.kind === 'route') await api.call('DELETE', `/zones/${obstacle.zone}/workers/routes/${obstacle.id}`);
    say(`${obstacle.kind === 'domain' ? 'taking over' : 'removed'} ${obstacle.words}`);
  }
}

/**
 * Removes routes of ours that are not wanted any more, once everything else is in its place. wrangler does so by itself, but
 * not for a worker that has no route left.
 */
export async function dropRoutes(api: Api, found: Found, say: Say): Promise<void> {
  for (const { zone, id, words } of found.dropped) {
    try {
      await api.call('DELETE', `/zones/${zone}/workers/routes/${id}`);
      say(`removed ${words}`);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }
}

/** The records that sites, and people's own domains, are reached by. The app's own record comes with its custom domain. */
export async function ensureNames(api: Api, target: Target, found: Found, say: Say): Promise<void> {
  const zone = found.zones[target.sitesDomain];
  if (zone === undefined) throw new Error(`the zone ${target.sitesDomain} was not looked up`);
  for (const name of namesOfSites(target)) {
    const records = await api.all<{ type: string; content: string; proxied: boolean }>(`/zones/${zone}/dns_records?name=${encodeURIComponent(name)}`);
    if (records.some(placeholder)) continue;
    await api.call('POST', `/zones/${zone}/dns_records`, { type: 'AAAA', name, content: '100::', proxied: true, ttl: 1, comment: `Sites of Vetka (${target.name}); the address leads nowhere, the route answers` });
    say(`made the DNS record ${name}`);
  }
}
