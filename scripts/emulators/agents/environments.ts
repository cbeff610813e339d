// `/v1/environments`: the sandbox's settings. The demo agent has no sandbox, but it keeps to the network
// allow-list of its environment, so that a list which would lock the real agent out is noticed here.

import { list, metadata, metadataPatch, object, patched, text, type JsonObject } from './checks.ts';
import { conflict, invalid, notFound } from './errors.ts';
import { param, type Call, type Route } from './http.ts';
import { newId } from './ids.ts';
import { page } from './pages.ts';
import type { Store } from './store.ts';
import type { Environment } from './types.ts';

type Config = Environment['config'];
const MANAGERS = ['apt', 'cargo', 'gem', 'go', 'npm', 'pip'] as const;

function strings(value: unknown, field: string): string[] {
  return list(value ?? [], field).map((entry) => text(entry, `${field}[]`));
}

function networking(value: unknown): Extract<Config, { type: 'cloud' }>['networking'] {
  const raw = value === undefined || value === null ? { type: 'unrestricted' } : object(value, 'config.networking');
  if (raw['type'] === 'unrestricted') return { type: 'unrestricted' };
  if (raw['type'] !== 'limited') throw invalid('config.networking.type: expected unrestricted or limited.');
  return {
    type: 'limited',
    allowed_hosts: strings(raw['allowed_hosts'], 'config.networking.allowed_hosts'),
    allow_mcp_servers: raw['allow_mcp_servers'] === true,
    allow_package_managers: raw['allow_package_managers'] === true,
  };
}

function config(value: unknown): Config {
  const raw: JsonObject = value === undefined || value === null ? { type: 'cloud' } : object(value, 'config');
  if (raw['type'] === 'self_hosted') return { type: 'self_hosted' };
  if (raw['type'] !== 'cloud') throw invalid('config.type: expected cloud or self_hosted.');
  const given = raw['packages'] ? object(raw['packages'], 'config.packages') : {};
  const of = (manager: (typeof MANAGERS)[number]) => strings(given[manager], `config.packages.${manager}`);
  const packages = { type: 'packages' as const, apt: of('apt'), cargo: of('cargo'), gem: of('gem'), go: of('go'), npm: of('npm'), pip: of('pip') };
  const network = networking(raw['networking']);
  if (network.type === 'limited' && !network.allow_package_managers && MANAGERS.some((manager) => packages[manager].length > 0)) {
    throw invalid('config.packages needs allow_package_managers under limited networking.');
  }
  return { type: 'cloud', networking: network, packages };
}

/** True when the environment lets its sandbox speak to that host. `*.name` allows every host below `name`. */
export function mayReach(environment: Environment | undefined, hostname: string): boolean {
  if (!environment || environment.config.type !== 'cloud' || environment.config.networking.type !== 'limited') return true;
  const bare = (host: string) => host.replace(/^\w+:\/\//, '').replace(/[:/].*$/, '').toLowerCase();
  return environment.config.networking.allowed_hosts.map(bare).some((host) =>
    host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
  );
}

export function environmentRoutes(store: Store): Route[] {
  const find = (call: Call): Environment => {
    const found = store.environments.get(param(call, 'environment'));
    if (!found) throw notFound(`Environment ${param(call, 'environment')}`, 'environment_not_found');
    return found.environment;
  };
  const freeName = (name: string, but: string | null): string => {
    const taken = [...store.environments.values()].some(({ environment }) => environment.name === name && environment.id !== but);
    if (taken) throw conflict(`name: an environment named ${JSON.stringify(name)} exists already.`);
    return name;
  };
  const save = (environment: Environment): Environment => {
    store.saveEnvironment({ environment });
    return environment;
  };

  async function create(call: Call): Promise<Environment> {
    const body = await call.json();
    const now = store.now();
    return save({
      id: newId('env'),
      type: 'environment',
      name: freeName(text(body['name'], 'name', { max: 256 }), null),
      description: body['description'] ? text(body['description'], 'description') : null,
      config: config(body['config']),
      metadata: metadata(body['metadata']),
      archived_at: null,
      created_at: now,
      updated_at: now,
    });
  }

  async function update(call: Call): Promise<Environment> {
    const old = find(call);
    const body = await call.json();
    if (old.archived_at) throw invalid('An archived environment cannot be changed.', 'environment_archived');
    const type = body['config'] ? object(body['config'], 'config')['type'] : old.config.type;
    if (type !== old.config.type) throw invalid('config.type cannot change.', 'invalid_config_type_change');
    const patch = body['metadata'] ? metadataPatch(body['metadata']) : {};
    for (const key of Object.keys(patch)) if (patch[key] === '') patch[key] = null;
    const changed: Environment = {
      ...old,
      ...(body['name'] ? { name: freeName(text(body['name'], 'name', { max: 256 }), old.id) } : {}),
      ...(body['description'] === undefined ? {} : { description: body['description'] ? text(body['description'], 'description') : null }),
      ...(body['config'] ? { config: config(body['config']) } : {}),
      metadata: patched(old.metadata, patch),
    };
    return JSON.stringify(changed) === JSON.stringify(old) ? old : save({ ...changed, updated_at: store.now() });
  }

  function listAll(call: Call): object {
    const archived = call.query.get('include_archived') === 'true';
    const order = new Map([...store.environments.keys()].map((id, index) => [id, index]));
    const items = [...store.environments.values()].map(({ environment }) => environment).filter((item) => archived || !item.archived_at);
    const { data, next_page } = page(items, (item) => order.get(item.id) ?? 0, { query: call.query, order: 'desc', standard: 20, max: 100 });
    return { data, next_page };
  }

  function remove(call: Call): object {
    const { id } = find(call);
    store.deleteEnvironment(id);
    return { id, type: 'environment_deleted' };
  }

  const archive = (call: Call): Environment => save({ ...find(call), archived_at: find(call).archived_at ?? store.now() });
  return [
    { method: 'POST', path: '/v1/environments', endpoint: 'environments.create', beta: true, handle: create },
    { method: 'GET', path: '/v1/environments', endpoint: 'environments.list', beta: true, handle: listAll },
    { method: 'GET', path: '/v1/environments/:environment', endpoint: 'environments.retrieve', beta: true, handle: find },
    { method: 'POST', path: '/v1/environments/:environment', endpoint: 'environments.update', beta: true, handle: update },
    { method: 'DELETE', path: '/v1/environments/:environment', endpoint: 'environments.delete', beta: true, handle: remove },
    { method: 'POST', path: '/v1/environments/:environment/archive', endpoint: 'environments.archive', beta: true, handle: archive },
  ];
}
