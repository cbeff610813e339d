// The paths of Cloudflare's API that a deployment calls, below /client/v4, in the vendor's envelope.
//
// What is refused is what the vendor is documented, or was seen, to refuse. Where neither is known the emulator is
// the stricter of the two.

import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../agents/checks.ts';
import { Refusal, type Account, type Database, type Script, type Version } from './account.ts';
import { createDatabase, query } from './d1.ts';
import { createHostname, deleteHostname, getFallback, getHostname, listHostnames, patchHostname, putFallback, quota } from './hostnames.ts';
import { assetSession, deploy, readUpload, setSecrets, upload, uploadAssets } from './scripts.ts';
import { changeset, putDomains, putRecord, putRoutes, removeRecord, zoneById } from './zones.ts';

/** Every permission that a deployment uses; a token has some of them. */
export const permissions = ['account', 'd1', 'kv', 'r2', 'queues', 'scripts', 'zones', 'dns', 'routes', 'hostnames'] as const;
export type Permission = (typeof permissions)[number];

export interface ApiCall {
  method: string;
  path: string;
  query: URLSearchParams;
  token: string;
  body: Buffer;
  contentType: string;
}

/** The result, or with it what the envelope says about pages. */
type Result = { result: unknown; info?: JsonObject; status?: number };
type Handler = (account: Account, call: ApiCall, ...params: string[]) => unknown;

const json = ({ body }: ApiCall): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8') || '{}');
  } catch {
    throw new Refusal(400, 6003, 'The body is not JSON.');
  }
  if (isObject(value)) return value;
  throw new Refusal(400, 6003, 'The body is not an object.');
};
const list = ({ body }: ApiCall): JsonObject[] => {
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (!Array.isArray(value)) throw new Refusal(400, 6003, 'The body is not a list.');
  return value.filter(isObject);
};

/** An answer with another status than 200. */
class With {
  readonly status: number;
  readonly result: unknown;
  constructor(status: number, result: unknown) {
    this.status = status;
    this.result = result;
  }
}

class Page {
  readonly items: unknown[];
  constructor(items: unknown[]) {
    this.items = items;
  }
  cut(query: URLSearchParams): Result {
    const page = Number(query.get('page') ?? 1);
    const size = Number(query.get('per_page') ?? 20);
    const shown = this.items.slice((page - 1) * size, page * size);
    return { result: shown, info: { page, per_page: size, count: shown.length, total_count: this.items.length } };
  }
}

const database = (account: Account, key: string): Database => {
  const found = account.databases.find(({ uuid, name }) => uuid === key || name === key);
  if (!found) throw new Refusal(404, 7404, `The database ${key} could not be found.`);
  return found;
};
const shownDatabase = ({ uuid, name, location }: Database) => ({ uuid, name, version: 'production', primary_location_hint: location });
const bucket = (account: Account, name: string) => {
  if (!account.r2Enabled) throw new Refusal(403, 10042, 'Please enable R2 through the Cloudflare Dashboard.');
  const found = account.buckets.find((one) => one.name === name);
  if (!found) throw new Refusal(404, 10006, 'The specified bucket does not exist.');
  return found;
};
const shownVersion = ({ id, number, bindings, message }: Version) => ({
  id,
  number,
  metadata: { source: 'wrangler', created_on: new Date().toISOString() },
  annotations: { 'workers/message': message },
  resources: { bindings, script: { etag: id }, script_runtime: {} },
  startup_time_ms: 12,
});
const shownScript = (script: Script) => ({ id: script.name, tag: script.name, tags: script.settings['tags'] ?? null, last_deployed_from: 'wrangler', ...(script.migrationTag === null ? {} : { migration_tag: script.migrationTag }) });

const A = '/accounts/:account';
const S = `${A}/workers/scripts/:script`;
const H = '/zones/:zone/custom_hostnames';

const table: [method: string, path: string, needs: Permission | null, handler: Handler][] = [
  ['GET', '/user/tokens/verify', null, () => ({ id: 'token', status: 'active' })],
  ['GET', '/user', null, () => ({ id: 'user', email: 'operator@example.org' })],
  ['GET', '/memberships', null, (account) => new Page([{ id: 'm', account: { id: account.id, name: 'Somebody' } }])],
  ['GET', '/accounts', 'account', (account) => new Page([{ id: account.id, name: 'Somebody' }])],
  ['GET', A, 'account', (account) => ({ id: account.id, name: 'Somebody' })],

  ['GET', `${A}/d1/database`, 'd1', (account, { query }) => new Page(account.databases.filter(({ name }) => !query.get('name') || name === query.get('name')).map(shownDatabase))],
  ['POST', `${A}/d1/database`, 'd1', (account, call) => {
    const body = json(call);
    return shownDatabase(createDatabase(account, String(body['name']), body['primary_location_hint']));
  }],
  ['GET', `${A}/d1/database/:database`, 'd1', (account, _call, _a, key = '') => shownDatabase(database(account, key))],
  ['POST', `${A}/d1/database/:database/query`, 'd1', (account, call, _a, key = '') => query(database(account, key), json(call))],

  ['GET', `${A}/storage/kv/namespaces`, 'kv', (account) => new Page(account.namespaces.map((one) => ({ ...one, supports_url_encoding: true })))],
  ['POST', `${A}/storage/kv/namespaces`, 'kv', (account, call) => {
    const title = String(json(call)['title']);
    if (account.namespaces.some((one) => one.title === title)) throw new Refusal(400, 10014, 'A namespace with this account ID and title already exists.');
    const made = { id: randomUUID().replaceAll('-', ''), title };
    account.namespaces.push(made);
    return made;
  }],

  ['GET', `${A}/r2/buckets`, 'r2', (account) => {
    if (!account.r2Enabled) throw new Refusal(403, 10042, 'Please enable R2 through the Cloudflare Dashboard.');
    return { buckets: account.buckets.map(({ name }) => ({ name })) };
  }],
  ['POST', `${A}/r2/buckets`, 'r2', (account, call) => {
    const body = json(call);
    const name = String(body['name']);
    if (!account.r2Enabled) throw new Refusal(403, 10042, 'Please enable R2 through the Cloudflare Dashboard.');
    if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) throw new Refusal(400, 10005, 'The bucket name is not valid.');
    if (account.buckets.some((one) => one.name === name)) throw new Refusal(409, 10004, 'The bucket you tried to create already exists, and you own it.');
    account.buckets.push({ name, location: typeof body['locationHint'] === 'string' ? body['locationHint'] : null, lifecycle: [] });
    return { name };
  }],
  ['GET', `${A}/r2/buckets/:bucket`, 'r2', (account, _call, _a, name = '') => ({ name: bucket(account, name).name })],
  ['GET', `${A}/r2/buckets/:bucket/lifecycle`, 'r2', (account, _call, _a, name = '') => ({ rules: bucket(account, name).lifecycle })],
  ['PUT', `${A}/r2/buckets/:bucket/lifecycle`, 'r2', (account, call, _a, name = '') => {
    const rules = json(call)['rules'];
    if (!Array.isArray(rules)) throw new Refusal(400, 10040, 'The rules are not a list.');
    bucket(account, name).lifecycle = rules;
    return {};
  }],

  ['GET', `${A}/queues`, 'queues', (account) => new Page(account.queues)],
  ['POST', `${A}/queues`, 'queues', (account, call) => {
    const name = String(json(call)['queue_name']);
    if (account.queues.some(({ queue_name }) => queue_name === name)) throw new Refusal(409, 11009, `Queue name '${name}' is already taken.`);
    const made = { queue_id: randomUUID().replaceAll('-', ''), queue_name: name };
    account.queues.push(made);
    return made;
  }],

  ['GET', `${A}/workers/subdomain`, 'scripts', (account) => {
    if (!account.workersSubdomain) throw new Refusal(404, 10007, 'There is no workers.dev subdomain.');
    return { subdomain: account.workersSubdomain };
  }],
  ['GET', `${A}/workers/scripts`, 'scripts', (account) => [...account.scripts.values()].map(shownScript)],
  ['GET', `${A}/workers/services/:script`, 'scripts', (account, _call, _a, name = '') => {
    const script = account.scripts.get(name);
    if (!script) throw new Refusal(404, 10090, 'This service does not exist on your account.');
    return { id: name, default_environment: { environment: 'production', script: shownScript(script) } };
  }],
  ['GET', `${A}/workers/workers/:script`, 'scripts', (account, _call, _a, name = '') => ({ name, subdomain: { enabled: account.script(name).workersDev, previews_enabled: false } })],
  ['PUT', S, 'scripts', async (account, call, _a, name = '') => {
    const version = upload(account, name, await readUpload(call.body, call.contentType), true);
    return { ...shownScript(account.script(name)), deployment_id: version.id.replaceAll('-', ''), etag: version.id, startup_time_ms: 12 };
  }],
  ['GET', `${S}/settings`, 'scripts', (account, _call, _a, name = '') => {
    const script = account.script(name);
    return { bindings: account.live(script)?.bindings ?? [], migration_tag: script.migrationTag, ...script.settings };
  }],
  ['PATCH', `${S}/script-settings`, 'scripts', (account, call, _a, name = '') => Object.assign(account.script(name).settings, json(call))],
  ['GET', `${S}/secrets`, 'scripts', (account, _call, _a, name = '') =>
    (account.live(account.script(name))?.bindings ?? []).filter(({ type }) => type === 'secret_text').map((one) => ({ name: one.name, type: one.type }))],
  ['PATCH', `${S}/secrets-bulk`, 'scripts', (account, call, _a, name = '') => {
    const secrets = json(call)['secrets'];
    setSecrets(account, name, isObject(secrets) ? secrets : {});
    return {};
  }],
  ['GET', `${S}/versions`, 'scripts', (account, _call, _a, name = '') => ({ items: account.script(name).versions.map(shownVersion).reverse() })],
  ['GET', `${S}/versions/:version`, 'scripts', (account, _call, _a, name = '', id = '') => {
    const version = account.script(name).versions.find((one) => one.id === id);
    if (!version) throw new Refusal(404, 10086, 'There is no such version.');
    return shownVersion(version);
  }],
  ['POST', `${S}/versions`, 'scripts', async (account, call, _a, name = '') => shownVersion(upload(account, name, await readUpload(call.body, call.contentType), false))],
  ['GET', `${S}/deployments`, 'scripts', (account, _call, _a, name = '') => ({
    deployments: account.script(name).deployments.map((one) => ({
      id: one.id,
      source: one.source,
      strategy: 'percentage',
      author_email: 'operator@example.org',
      created_on: one.createdAt,
      annotations: { 'workers/message': one.message },
      versions: [{ version_id: one.versionId, percentage: 100 }],
    })).reverse(),
  })],
  ['POST', `${S}/deployments`, 'scripts', (account, call, _a, name = '') => {
    const body = json(call);
    const versions = Array.isArray(body['versions']) ? body['versions'].filter(isObject) : [];
    const [only] = versions;
    if (versions.length !== 1 || only?.['percentage'] !== 100) throw new Refusal(400, 10021, 'This emulator knows deployments of one version only.');
    const notes = body['annotations'];
    deploy(account.script(name), String(only['version_id']), isObject(notes) ? String(notes['workers/message'] ?? '') : null);
    return { id: randomUUID() };
  }],
  ['POST', `${S}/subdomain`, 'scripts', (account, call, _a, name = '') => {
    const enabled = json(call)['enabled'] === true;
    if (enabled && !account.workersSubdomain) throw new Refusal(400, 10063, 'A workers.dev subdomain is required.');
    account.script(name).workersDev = enabled;
    return { enabled, previews_enabled: false };
  }],
  ['PUT', `${S}/schedules`, 'scripts', (account, call, _a, name = '') => {
    if (!account.workersSubdomain) throw new Refusal(400, 10063, 'A workers.dev subdomain is required.');
    const crons = list(call).map(({ cron }) => String(cron));
    account.script(name).crons = crons;
    return { schedules: crons.map((cron) => ({ cron })) };
  }],
  ['PUT', `${S}/routes`, 'routes', (account, call, _a, name = '') => {
    putRoutes(account, name, list(call) as { pattern: string; zone_name?: string }[]);
    return list(call);
  }],
  ['POST', `${S}/domains/changeset`, 'routes', (account, call, _a, name = '') => changeset(account, name, list(call) as { hostname: string }[])],
  ['PUT', `${S}/domains/records`, 'routes', (account, call, _a, name = '') => putDomains(account, name, json(call))],
  ['GET', `${A}/workers/domains`, 'routes', (account, { query }) =>
    account.domains.filter(({ hostname }) => !query.get('hostname') || hostname === query.get('hostname')).map(({ id, hostname, service, zoneId }) => ({ id, hostname, service, zone_id: zoneId, environment: 'production' }))],
  ['POST', `${S}/assets-upload-session`, 'scripts', (account, call) => {
    const manifest = json(call)['manifest'];
    return assetSession(account, isObject(manifest) ? (manifest as Record<string, { hash: string; size: number }>) : {});
  }],

  ['GET', '/zones', 'zones', (account, { query }) => new Page(account.zones.filter(({ name }) => !query.get('name') || name === query.get('name')).map(({ id, name, status }) => ({ id, name, status })))],
  ['GET', '/zones/:zone/dns_records', 'dns', (account, { query }, id = '') => {
    const name = query.get('name') ?? query.get('name.exact');
    return new Page(zoneById(account, id).records.filter((one) => !name || one.name === name).map(({ readOnly, ...one }) => ({ ...one, meta: { read_only: readOnly } })));
  }],
  ['POST', '/zones/:zone/dns_records', 'dns', (account, call, id = '') => putRecord(account, zoneById(account, id), json(call))],
  ['PUT', '/zones/:zone/dns_records/:record', 'dns', (account, call, id = '', record = '') => putRecord(account, zoneById(account, id), json(call), record)],
  ['DELETE', '/zones/:zone/dns_records/:record', 'dns', (account, _call, id = '', record = '') => {
    removeRecord(zoneById(account, id), record);
    return { id: record };
  }],
  ['GET', '/zones/:zone/workers/routes', 'routes', (account, _call, id = '') => zoneById(account, id).routes],
  ['DELETE', '/zones/:zone/workers/routes/:route', 'routes', (account, _call, id = '', route = '') => {
    const zone = zoneById(account, id);
    if (!zone.routes.some((one) => one.id === route)) throw new Refusal(404, 10009, 'There is no such route.');
    zone.routes = zone.routes.filter((one) => one.id !== route);
    return { id: route };
  }],

  ['GET', `${H}/fallback_origin`, 'hostnames', (account, _call, zone = '') => getFallback(zoneById(account, zone))],
  ['PUT', `${H}/fallback_origin`, 'hostnames', (account, call, zone = '') => putFallback(zoneById(account, zone), json(call))],
  ['GET', `${H}/quota`, 'hostnames', (account, _call, zone = '') => quota(zoneById(account, zone))],
  ['GET', H, 'hostnames', async (account, { query }, zone = '') => new Page(await listHostnames(account, zoneById(account, zone), query))],
  ['POST', H, 'hostnames', (account, call, zone = '') => new With(201, createHostname(zoneById(account, zone), json(call)))],
  ['GET', `${H}/:hostname`, 'hostnames', (account, _call, zone = '', id = '') => getHostname(account, zoneById(account, zone), id)],
  ['PATCH', `${H}/:hostname`, 'hostnames', async (account, call, zone = '', id = '') => new With(202, await patchHostname(account, zoneById(account, zone), id, json(call)))],
  ['DELETE', `${H}/:hostname`, 'hostnames', (account, _call, zone = '', id = '') => deleteHostname(zoneById(account, zone), id)],
];

const compiled = table.map(([method, path, needs, handler]) => ({
  method,
  needs,
  handler,
  pattern: new RegExp(`^${path.replace(/:[a-z]+/g, '([^/]+)')}$`),
  ofAccount: path.startsWith(A),
}));

/** Answers one call. Throws a refusal. */
export async function answer(account: Account, call: ApiCall): Promise<Result> {
  // Assets come with the token of their own session.
  if (call.method === 'POST' && call.path.endsWith('/workers/assets/upload')) {
    return { result: await uploadAssets(account, call.token, call.body, call.contentType) };
  }
  const may = account.tokens.get(call.token);
  if (!may) throw call.path === '/user/tokens/verify' ? new Refusal(401, 1000, 'Invalid API Token') : new Refusal(403, 9109, 'Invalid access token');
  const matches = compiled.flatMap((route) => {
    const match = route.pattern.exec(call.path);
    return match ? [{ ...route, params: match.slice(1).map(decodeURIComponent) }] : [];
  });
  const route = matches.find(({ method }) => method === call.method);
  if (!route) throw new Refusal(matches.length > 0 ? 405 : 404, 7003, `The emulator does not know ${call.method} ${call.path}.`);
  if (route.ofAccount && route.params[0] !== account.id) throw new Refusal(404, 7003, 'Could not route to this account; perhaps its id is wrong.');
  if (route.needs && !may.has(route.needs)) throw new Refusal(403, 10000, 'Authentication error');
  const result = await route.handler(account, call, ...route.params);
  if (result instanceof With) return { result: result.result, status: result.status };
  return result instanceof Page ? result.cut(call.query) : { result };
}
