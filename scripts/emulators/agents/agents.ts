// `/v1/agents`: versions, optimistic locking, and answers in which everything optional is spelled out.

import { list, metadata, metadataPatch, object, patched, text, type JsonObject } from './checks.ts';
import { conflict, invalid, notFound } from './errors.ts';
import { many, param, type Call, type Route } from './http.ts';
import { newId } from './ids.ts';
import { page } from './pages.ts';
import type { AgentRecord, Store } from './store.ts';
import { DEMO_MODEL, type Agent } from './types.ts';

const TOOLSET = 'agent_toolset_20260401';
const TOOL_NAMES = new Set(['bash', 'read', 'write', 'edit', 'glob', 'grep', 'web_fetch', 'web_search']);

/** The model asked for; it is remembered, so that asking for it again is no change, and never shown. */
function askedModel(value: unknown): string {
  if (typeof value === 'string') return text(value, 'model');
  const config = object(value, 'model');
  text(config['id'], 'model.id');
  return JSON.stringify(config);
}

function policy(value: unknown): { type: 'always_allow' | 'always_ask' | 'auto' } {
  const type = value === undefined || value === null ? 'always_allow' : object(value, 'permission_policy')['type'];
  if (type !== 'always_allow' && type !== 'always_ask' && type !== 'auto') throw invalid('permission_policy.type: unknown value.');
  return { type };
}

function tool(value: unknown, index: number): object {
  const field = `tools[${index}]`;
  const raw = object(value, field);
  if (raw['type'] === 'custom') {
    const name = text(raw['name'], `${field}.name`, { max: 128 });
    if (!/^[A-Za-z0-9_-]+$/.test(name)) throw invalid(`${field}.name: letters, digits, _ and - only.`);
    const schema = object(raw['input_schema'], `${field}.input_schema`);
    if (schema['type'] !== 'object') throw invalid(`${field}.input_schema.type: expected "object".`);
    return { type: 'custom', name, description: text(raw['description'], `${field}.description`), input_schema: schema };
  }
  const isMcp = raw['type'] === 'mcp_toolset';
  if (raw['type'] !== TOOLSET && !isMcp) throw invalid(`${field}.type: unknown tool type.`);
  const standard = raw['default_config'] ? object(raw['default_config'], `${field}.default_config`) : {};
  const configs = list(raw['configs'] ?? [], `${field}.configs`).map((entry) => {
    const config = object(entry, `${field}.configs[]`);
    const name = text(config['name'], `${field}.configs[].name`);
    if (!isMcp && !TOOL_NAMES.has(name)) throw invalid(`${field}.configs[].name: no such tool ${JSON.stringify(name)}.`);
    return { ...config, type: name, name, enabled: config['enabled'] ?? true, permission_policy: policy(config['permission_policy']) };
  });
  return {
    type: raw['type'],
    ...(isMcp ? { mcp_server_name: text(raw['mcp_server_name'], `${field}.mcp_server_name`) } : {}),
    configs,
    default_config: { enabled: standard['enabled'] ?? true, permission_policy: policy(standard['permission_policy']) },
  };
}

function optionalText(value: unknown, field: string, max: number): string | null {
  return value === null || value === undefined || value === '' ? null : text(value, field, { max });
}

/** The fields that a create and an update share, resolved; only those that the body names. */
function fields(body: JsonObject): Partial<Agent> {
  const has = (key: string) => body[key] !== undefined;
  return {
    ...(has('name') ? { name: text(body['name'], 'name', { max: 256 }) } : {}),
    ...(has('description') ? { description: optionalText(body['description'], 'description', 2048) } : {}),
    ...(has('system') ? { system: optionalText(body['system'], 'system', 100_000) } : {}),
    ...(has('tools') ? { tools: list(body['tools'] ?? [], 'tools').map(tool) as Agent['tools'] } : {}),
    ...(has('mcp_servers') ? { mcp_servers: list(body['mcp_servers'] ?? [], 'mcp_servers') as Agent['mcp_servers'] } : {}),
    ...(has('skills') ? { skills: list(body['skills'] ?? [], 'skills') as Agent['skills'] } : {}),
    ...(has('multiagent') ? { multiagent: body['multiagent'] as Agent['multiagent'] } : {}),
  };
}

/** Fields of an agent that a session may replace for itself. */
export function overridden(agent: Agent, body: JsonObject): Agent {
  if (body['model'] === null) throw invalid('agent.model: cannot be cleared.');
  const { tools, system, mcp_servers, skills } = body;
  const given = Object.entries({ tools, system, mcp_servers, skills }).filter(([, value]) => value !== undefined);
  return { ...agent, ...fields(Object.fromEntries(given)) };
}

export function latest(record: AgentRecord): Agent {
  const agent = record.versions[record.versions.length - 1];
  if (!agent) throw new Error(`agent ${record.id} has no version`);
  return agent;
}

/** The agent with that id, at that version or the latest one. */
export function findAgent(store: Store, id: string, version: unknown): Agent {
  const record = store.agents.get(id);
  if (!record) throw notFound(`Agent ${id}`);
  if (version === undefined || version === null) return latest(record);
  const found = record.versions.find((agent) => agent.version === Number(version));
  if (!found) throw notFound(`Version ${String(version)} of agent ${id}`);
  return found;
}

export function agentRoutes(store: Store): Route[] {
  const record = (call: Call): AgentRecord => {
    const found = store.agents.get(param(call, 'agent'));
    if (!found) throw notFound(`Agent ${param(call, 'agent')}`);
    return found;
  };

  async function create(call: Call): Promise<Agent> {
    const body = await call.json();
    text(body['name'], 'name', { max: 256 });
    const asked = askedModel(body['model']);
    const now = store.now();
    const agent: Agent = {
      id: newId('agent'),
      type: 'agent',
      version: 1,
      name: '',
      description: null,
      system: null,
      model: { id: DEMO_MODEL },
      tools: [],
      mcp_servers: [],
      skills: [],
      multiagent: null,
      execution_identity: { type: 'service_account' },
      ...fields(body),
      metadata: metadata(body['metadata']),
      archived_at: null,
      created_at: now,
      updated_at: now,
    };
    store.saveAgent({ id: agent.id, versions: [agent], askedModels: [asked] });
    return agent;
  }

  async function update(call: Call): Promise<Agent> {
    const found = record(call);
    const body = await call.json();
    const old = latest(found);
    const version = body['version'];
    // Checked even when nothing would change, as the vendor does.
    if (version !== undefined && version !== old.version) {
      throw conflict(`version: the agent is at version ${old.version}, the request was made for ${String(version)}.`);
    }
    if (old.archived_at) throw invalid('An archived agent cannot be changed.');
    if (body['model'] === null || body['name'] === null) throw invalid('name and model cannot be cleared.');
    const asked = body['model'] === undefined ? found.askedModels[found.askedModels.length - 1] ?? '' : askedModel(body['model']);
    const changed: Agent = {
      ...old,
      ...fields(body),
      metadata: patched(old.metadata, body['metadata'] ? metadataPatch(body['metadata']) : {}),
    };
    const sameModel = asked === found.askedModels[found.askedModels.length - 1];
    if (sameModel && JSON.stringify(changed) === JSON.stringify(old)) return old;
    const agent: Agent = { ...changed, version: old.version + 1, updated_at: store.now() };
    store.saveAgent({ ...found, versions: [...found.versions, agent], askedModels: [...found.askedModels, asked] });
    return agent;
  }

  function archive(call: Call): Agent {
    const found = record(call);
    const old = latest(found);
    const agent = { ...old, archived_at: old.archived_at ?? store.now() };
    store.saveAgent({ ...found, versions: [...found.versions.slice(0, -1), agent] });
    return agent;
  }

  function listAll(call: Call): object {
    const [from, to] = [call.query.get('created_at[gte]'), call.query.get('created_at[lte]')];
    const archived = call.query.get('include_archived') === 'true';
    const order = new Map([...store.agents.keys()].map((id, index) => [id, index]));
    const items = [...store.agents.values()]
      .map(latest)
      .filter((agent) => (archived || !agent.archived_at) && (!from || agent.created_at >= from) && (!to || agent.created_at <= to));
    const { data, next_page } = page(items, (agent) => order.get(agent.id) ?? 0, { query: call.query, order: 'desc', standard: 20, max: 100 });
    return { data, next_page };
  }

  function versions(call: Call): object {
    const { data, next_page } = page(record(call).versions, ({ version }) => version, { query: call.query, order: 'desc', standard: 20, max: 100 });
    return { data, next_page };
  }

  const get = (call: Call): Agent => findAgent(store, record(call).id, many(call.query, 'version')[0]);
  return [
    { method: 'POST', path: '/v1/agents', endpoint: 'agents.create', beta: true, handle: create },
    { method: 'GET', path: '/v1/agents', endpoint: 'agents.list', beta: true, handle: listAll },
    { method: 'GET', path: '/v1/agents/:agent', endpoint: 'agents.retrieve', beta: true, handle: get },
    { method: 'POST', path: '/v1/agents/:agent', endpoint: 'agents.update', beta: true, handle: update },
    { method: 'POST', path: '/v1/agents/:agent/archive', endpoint: 'agents.archive', beta: true, handle: archive },
    { method: 'GET', path: '/v1/agents/:agent/versions', endpoint: 'agents.versions', beta: true, handle: versions },
  ];
}
