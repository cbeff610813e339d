/** Looks before anything is changed: at the token, the account, the zones, and at whatever stands where we want to be. */
import { Api, ApiError } from './api.ts';
import { covers, hostOf, type Worker } from './config.ts';
import { fallbackHost, howToEnable, lookAtOwnDomains } from './own-domains.ts';
import { OperatorError, type Target } from './target.ts';

/** What no script can do, in the order in which an operator does it. */
export function manualSteps(target: Target): string[] {
  const zones = [...new Set([target.zone, target.sitesDomain])];
  return [
    `Add ${zones.join(' and ')} to the Cloudflare account and set the name servers it names at the registrar.`,
    'Open R2 in the dashboard once and enable it (it asks for a payment method).',
    'Open Workers in the dashboard once, which gives the account its workers.dev subdomain; schedules need it.',
    'Take the Workers Paid plan for more than a demonstration: the free one gives a request 10 ms of processor time.',
    `Make an API token: the template "Edit Cloudflare Workers" plus D1 Edit (account), Zone Read and DNS Edit (${zones.join(', ')})${target.ownDomains ? `, SSL and Certificates Edit (${target.sitesDomain})` : ''}.`,
    ...(target.ownDomains
      ? [howToEnable(target.sitesDomain), `Make a second token for the running platform, with nothing but SSL and Certificates Edit on ${target.sitesDomain}, and put it into the secrets file as CLOUDFLARE_SAAS_TOKEN.`]
      : []),
    `For sessions: order an advanced certificate for *.preview.${target.sitesDomain} (SSL/TLS, Edge Certificates); the free one ends a level above it.`,
    'Verify the sender domain at Resend and make a key there; make a key at Anthropic and run scripts/agent-setup.',
  ];
}

/** What the account has of ours, and where. */
export interface Found {
  zones: Record<string, string>;
  /** Names of secrets by worker; workers that are not there are not in it. */
  secrets: Map<string, Set<string>>;
  /** What each worker runs now. */
  versions: Map<string, string>;
  /** The last change of Durable Object classes that each worker has seen. */
  tags: Map<string, string>;
  /** Things in our way that `--take-over` may remove. */
  inTheWay: Obstacle[];
  /** Routes of ours that are not wanted any more. */
  dropped: { zone: string; id: string; words: string }[];
  notices: string[];
}

/** Something of somebody else's at a place that we want. */
export type Obstacle =
  | { kind: 'record'; zone: string; id: string; words: string }
  | { kind: 'route'; zone: string; id: string; words: string }
  | { kind: 'domain'; words: string };

interface DnsRecord {
  id: string;
  type: string;
  name: string;
  content: string;
  proxied?: boolean;
}

/** The token's account, when nobody has named one. */
export async function accountOf(api: Api, named: string | undefined): Promise<string> {
  try {
    const { status } = await api.call<{ status: string }>('GET', '/user/tokens/verify');
    if (status !== 'active') throw new OperatorError(`The API token is ${status}. Make a new one and set CLOUDFLARE_API_TOKEN.`);
  } catch (error) {
    // Tokens that an account owns, not a person, are verified elsewhere; the calls below tell whether they are good.
    if (!(error instanceof ApiError)) throw error;
    if (named === undefined || (await refused(api, `/accounts/${named}/tokens/verify`))) {
      throw new OperatorError('Cloudflare does not know this API token. Check CLOUDFLARE_API_TOKEN; for a token that an account owns, set CLOUDFLARE_ACCOUNT_ID too.');
    }
  }
  if (named !== undefined) return named;
  const accounts = await api.all<{ id: string; name: string }>('/accounts');
  const [only] = accounts;
  if (only && accounts.length === 1) return only.id;
  throw new OperatorError(
    accounts.length === 0
      ? 'The token sees no account. Set CLOUDFLARE_ACCOUNT_ID, or give the token Account Settings Read.'
      : `The token sees ${accounts.length} accounts. Set CLOUDFLARE_ACCOUNT_ID to one of: ${accounts.map(({ id, name }) => `${id} (${name})`).join(', ')}.`,
  );
}

async function refused(api: Api, path: string): Promise<boolean> {
  try {
    await api.call('GET', path);
    return false;
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}

/** Looks at everything and says all that is wrong at once. */
export async function preflight(api: Api, accountId: string, target: Target, workers: Worker[]): Promise<Found> {
  const wrong: string[] = [];
  const found: Found = { zones: {}, secrets: new Map(), versions: new Map(), tags: new Map(), inTheWay: [], dropped: [], notices: [] };
  /** Runs a look; a permission that is missing is one thing wrong among others. */
  const look = async (permission: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 10042) wrong.push('R2 is not enabled. Open R2 in the dashboard once and enable it.');
      else if (error.status === 401 || error.status === 403) wrong.push(`The token may not do this: ${permission}. Edit the token in the dashboard.`);
      else if (error.code === 7003) wrong.push(`There is no account ${accountId} for this token. Check CLOUDFLARE_ACCOUNT_ID.`);
      else throw error;
    }
  };
  const account = `/accounts/${accountId}`;
  await look('D1 Edit', async () => void (await api.call('GET', `${account}/d1/database?per_page=10`)));
  await look('Workers KV Storage Edit', async () => void (await api.call('GET', `${account}/storage/kv/namespaces?per_page=20`)));
  await look('Workers R2 Storage Edit', async () => void (await api.call('GET', `${account}/r2/buckets`)));
  await look('Workers Scripts Edit', async () => {
    if (!(await api.unless<object>([10007], 'GET', `${account}/workers/subdomain`))) {
      wrong.push('The account has no workers.dev subdomain, which schedules need. Open Workers in the dashboard once.');
    }
    for (const { config } of workers) {
      const set = await api.unless<{ name: string }[]>([10007, 10090], 'GET', `${account}/workers/scripts/${config.name}/secrets`);
      if (!set) continue;
      found.secrets.set(config.name, new Set(set.map(({ name }) => name)));
      const { deployments } = await api.call<{ deployments: { versions: { version_id: string }[] }[] }>('GET', `${account}/workers/scripts/${config.name}/deployments`);
      const running = deployments[0]?.versions[0]?.version_id;
      if (running !== undefined) found.versions.set(config.name, running);
      const { migration_tag: tag } = await api.call<{ migration_tag?: string | null }>('GET', `${account}/workers/scripts/${config.name}/settings`);
      if (tag) found.tags.set(config.name, tag);
    }
  });
  await look('Zone Read', async () => {
    for (const name of new Set([target.zone, target.sitesDomain])) {
      const [zone] = await api.all<{ id: string; status: string }>(`/zones?name=${name}&account.id=${accountId}`);
      if (!zone) wrong.push(`The zone ${name} is not in this account. Add it in the dashboard, and check that the token may see it.`);
      else if (zone.status !== 'active') wrong.push(`The zone ${name} is ${zone.status}. Set the name servers that Cloudflare named at the registrar, and wait until it is active.`);
      else found.zones[name] = zone.id;
    }
  });
  const ours = new Set(workers.map(({ config }) => config.name));
  await look('DNS Edit', () => lookAtNames(api, target, found));
  await look('SSL and Certificates Edit', async () => void wrong.push(...(await lookAtOwnDomains(api, accountId, target, found))));
  await look('Workers Routes Edit', () => lookAtRoutes(api, accountId, target, workers, ours, found));
  if (wrong.length > 0) throw new OperatorError(`This has to be set right first:\n${wrong.map((line) => `  - ${line}`).join('\n')}`);
  return found;
}

const ADDRESSES = ['A', 'AAAA', 'CNAME'];

/** A proxied address that leads nowhere: there for routes only. What we make looks like this, so it may stay. */
export const placeholder = ({ type, content, proxied }: Omit<DnsRecord, 'id' | 'name'>): boolean =>
  proxied === true && ((type === 'AAAA' && content === '100::') || (type === 'A' && content === '192.0.2.1'));

/** The names whose records we make ourselves: they lead nowhere, and are there for the routes. */
export const namesOfSites = (target: Target): string[] => [`*.${target.sitesDomain}`, ...(target.ownDomains ? [fallbackHost(target)] : [])];

async function lookAtNames(api: Api, target: Target, found: Found): Promise<void> {
  const places = [{ name: target.domain, zone: target.zone }, ...namesOfSites(target).map((name) => ({ name, zone: target.sitesDomain }))];
  for (const { name, zone } of places) {
    const id = found.zones[zone];
    if (id === undefined) continue;
    const records = await api.all<DnsRecord>(`/zones/${id}/dns_records?name=${encodeURIComponent(name)}`);
    for (const record of records.filter(({ type }) => ADDRESSES.includes(type))) {
      if (placeholder(record)) continue;
      const words = `the DNS record ${name} ${record.type} ${record.content}`;
      // wrangler puts the custom domain in the place of an address by itself, without a moment in which the name leads
      // nowhere; of a CNAME the vendor says that it cannot.
      const swapped = name === target.domain && record.type !== 'CNAME';
      found.inTheWay.push(swapped ? { kind: 'domain', words } : { kind: 'record', zone: id, id: record.id, words });
    }
  }
}

async function lookAtRoutes(api: Api, accountId: string, target: Target, workers: Worker[], ours: Set<string>, found: Found): Promise<void> {
  const production = new Set(workers.map(({ committed }) => committed.name));
  /** A second target never takes from production, whatever it is told. */
  const keep = (holder: string, what: string): void => {
    if (!target.production && production.has(holder)) throw new OperatorError(`${what} belongs to ${holder}, which is production's. A second target cannot have it, not even with --take-over.`);
  };
  for (const { config } of workers) {
    for (const { pattern, custom_domain } of config.routes) {
      if (custom_domain !== true) continue;
      const [domain] = await api.call<{ service: string }[]>('GET', `/accounts/${accountId}/workers/domains?hostname=${pattern}`);
      if (!domain || domain.service === config.name) continue;
      keep(domain.service, pattern);
      found.inTheWay.push({ kind: 'domain', words: `the custom domain ${pattern} of the worker ${domain.service}` });
    }
  }
  const patterns = workers.flatMap(({ config }) => config.routes.filter((route) => route.custom_domain !== true).map(({ pattern, zone_name }) => ({ pattern, zone: zone_name, owner: config.name })));
  for (const [zone, id] of Object.entries(found.zones)) {
    const routes = await api.call<{ id: string; pattern: string; script?: string | null }[]>('GET', `/zones/${id}/workers/routes`);
    for (const route of routes) {
      const holder = route.script ?? '';
      const want = patterns.find((one) => one.pattern === route.pattern && one.zone === zone);
      if (holder !== '' && holder === want?.owner) continue;
      const words = `the route ${route.pattern} of ${holder === '' ? 'no worker' : `the worker ${holder}`}`;
      if (!want && ours.has(holder)) found.dropped.push({ zone: id, id: route.id, words });
      else if (want || (!ours.has(holder) && covers(route.pattern, target.domain))) {
        keep(holder, route.pattern);
        found.inTheWay.push({ kind: 'route', zone: id, id: route.id, words });
      } else if (!ours.has(holder) && covers(`*.${target.sitesDomain}`, hostOf(route.pattern))) {
        found.notices.push(`${words} stays: it answers before sites in ${zone} do.`);
      }
    }
  }
}
