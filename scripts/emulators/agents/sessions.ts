// `/v1/sessions` and their one thread.

import { findAgent, overridden } from './agents.ts';
import { list, metadata, metadataPatch, object, patched, text, type JsonObject } from './checks.ts';
import { accept } from './events.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import type { Faults } from './faults.ts';
import { many, param, type Call, type Route } from './http.ts';
import { newId } from './ids.ts';
import type { LiveSession } from './live.ts';
import { page } from './pages.ts';
import type { Registry } from './registry.ts';
import { mount } from './resources.ts';
import type { SessionRecord } from './store.ts';
import type { Agent, Session } from './types.ts';

function agentSnapshot(agent: Agent): Session['agent'] {
  const { id, type, version, name, description, system, model, tools, mcp_servers, skills, execution_identity } = agent;
  return { id, type, version, name, description, system, model, tools, mcp_servers, skills, multiagent: null, execution_identity };
}

function budget(value: unknown): Session['budget'] {
  if (value === undefined || value === null) return null;
  const cost = object(object(value, 'budget')['max_list_cost'], 'budget.max_list_cost');
  const amount = text(cost['amount'], 'budget.max_list_cost.amount');
  if (!/^[1-9]\d*$/.test(amount) || cost['currency'] !== 'USD') throw invalid('budget: whole cents as text, in USD.');
  return { type: 'limit', max_list_cost: { amount, currency: 'USD' } };
}

export function sessionRoutes(registry: Registry, faults: Faults): Route[] {
  const { store } = registry;
  const find = (call: Call): LiveSession => registry.find(param(call, 'session')).live;

  function agentOf(value: unknown): Session['agent'] {
    const raw: JsonObject = typeof value === 'string' ? { type: 'agent', id: value } : object(value, 'agent');
    const agent = findAgent(store, text(raw['id'], 'agent.id'), raw['version']);
    if (agent.archived_at) throw invalid('The agent is archived.');
    return agentSnapshot(raw['type'] === 'agent_with_overrides' ? overridden(agent, raw) : agent);
  }

  async function create(call: Call): Promise<Session> {
    const body = await call.json();
    const agent = agentOf(body['agent']);
    const environmentId = text(body['environment_id'], 'environment_id');
    const environment = store.environments.get(environmentId)?.environment;
    if (!environment) throw notFound(`Environment ${environmentId}`, 'environment_not_found');
    if (environment.archived_at) throw invalid('The environment is archived.', 'environment_archived');
    const first = list(body['initial_events'] ?? [], 'initial_events');
    if (first.length > 50) throw invalid('initial_events: at most 50.');
    const id = newId('sesn');
    const now = store.now();
    const resources = list(body['resources'] ?? [], 'resources').map((entry, index) => mount(store, id, entry, `resources[${index}]`));
    const record: SessionRecord = {
      session: {
        id,
        type: 'session',
        status: 'idle',
        title: body['title'] ? text(body['title'], 'title') : null,
        environment_id: environmentId,
        agent,
        resources,
        vault_ids: list(body['vault_ids'] ?? [], 'vault_ids').map((entry) => text(entry, 'vault_ids[]')),
        metadata: metadata(body['metadata']),
        budget: budget(body['budget']),
        outcome_evaluations: [],
        deployment_id: null,
        usage: {
          input_tokens: 0,
          output_tokens: 0,
          cache_read_input_tokens: 0,
          cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
          server_tool_use: { web_search_requests: 0, web_fetch_requests: 0 },
          list_cost: { amount: '0', currency: 'USD' },
          active_seconds: 0,
        },
        stats: { active_seconds: 0, duration_seconds: 0 },
        archived_at: null,
        created_at: now,
        updated_at: now,
      },
      threadId: newId('sthr'),
      order: store.nextOrder(),
      queued: [],
      activeMessage: null,
      blocked: false,
      faults: faults.takeForNewSession(),
      memory: null,
    };
    const living = registry.adopt(record);
    try {
      if (first.length > 0) accept(living, first, 'initial_events');
    } catch (error) {
      await registry.forget(id);
      throw error;
    }
    store.saveSession(record);
    return living.live.view();
  }

  async function update(call: Call): Promise<Session> {
    const live = find(call);
    const body = await call.json();
    const old = live.record.session;
    if (old.archived_at || old.status === 'terminated') throw invalid('The session is terminated.');
    if (body['vault_ids'] !== undefined) throw invalid('vault_ids cannot be changed.');
    if (body['agent'] !== undefined && old.status !== 'idle') throw invalid('agent: the session must be idle.');
    if (body['budget'] && !old.budget) throw invalid('A budget can only be given when the session is created.', 'budget_create_only');
    const changes = {
      ...(body['title'] === undefined ? {} : { title: body['title'] ? text(body['title'], 'title') : null }),
      ...(body['metadata'] ? { metadata: patched(old.metadata, metadataPatch(body['metadata'])) } : {}),
      ...(body['budget'] === undefined ? {} : { budget: budget(body['budget']) }),
      ...(body['agent'] === undefined ? {} : { agent: { ...old.agent, ...overriddenTools(old.agent, object(body['agent'], 'agent')) } }),
    };
    const changed = { ...old, ...changes };
    if (JSON.stringify(changed) !== JSON.stringify(old)) {
      live.record.session = { ...changed, updated_at: store.now() };
      live.save();
      live.append({ type: 'session.updated', ...changes });
    }
    return live.view();
  }

  function overriddenTools(agent: Session['agent'], body: JsonObject): Pick<Session['agent'], 'tools' | 'mcp_servers'> {
    const base = findAgent(store, agent.id, agent.version);
    const { tools, mcp_servers } = overridden(base, { tools: body['tools'], mcp_servers: body['mcp_servers'] });
    return { tools, mcp_servers };
  }

  function listAll(call: Call): object {
    const { query } = call;
    const statuses = many(query, 'statuses');
    const [agentId, version] = [query.get('agent_id'), query.get('agent_version')];
    const within = (time: string) =>
      (['gt', 'gte', 'lt', 'lte'] as const).every((operator) => {
        const bound = query.get(`created_at[${operator}]`);
        if (bound === null) return true;
        const difference = Date.parse(time) - Date.parse(bound);
        return operator === 'gt' ? difference > 0 : operator === 'gte' ? difference >= 0 : operator === 'lt' ? difference < 0 : difference <= 0;
      });
    const order = query.get('order') === 'asc' ? 'asc' : 'desc';
    const items = registry.all().filter(({ live: { record: { session } } }) =>
      (agentId === null || session.agent.id === agentId)
      && (version === null || session.agent.version === Number(version))
      && (query.get('include_archived') === 'true' || !session.archived_at)
      && (statuses.length === 0 || statuses.includes(session.status))
      && within(session.created_at));
    const result = page(items, ({ live }) => live.record.order, { query, order, standard: 20, max: 100 });
    return { ...result, data: result.data.map(({ live }) => live.view()) };
  }

  const refuseRunning = (live: LiveSession, what: string) => {
    const { status } = live.view();
    if (status === 'running' || status === 'rescheduling') throw invalid(`Cannot ${what} a session while running. Interrupt it first.`);
  };

  function archive(call: Call): Session {
    const { live, turns } = registry.find(param(call, 'session'));
    refuseRunning(live, 'archive');
    live.record.session = { ...live.record.session, archived_at: live.record.session.archived_at ?? store.now() };
    turns.terminate();
    live.save();
    return live.view();
  }

  async function remove(call: Call): Promise<object> {
    const live = find(call);
    refuseRunning(live, 'delete');
    live.publish({ id: newId('sevt'), type: 'session.deleted', processed_at: store.now() });
    live.dropStreams('end');
    await registry.forget(live.id);
    return { id: live.id, type: 'session_deleted' };
  }

  function thread(call: Call): object {
    const { record } = find(call);
    const asked = call.params['thread'];
    if (asked !== undefined && asked !== record.threadId) throw notFound(`Thread ${asked}`);
    const { multiagent: _, ...agent } = record.session.agent;
    const { status, stats, usage, created_at, updated_at } = record.session;
    return {
      id: record.threadId, type: 'session_thread', session_id: record.session.id, parent_thread_id: null, workflow_run_id: null,
      agent, status, stats, usage, archived_at: null, created_at, updated_at,
    };
  }

  function threads(call: Call): object {
    const only = many(call.query, 'statuses');
    const matches = only.length === 0 || only.includes(find(call).record.session.status);
    return { data: matches ? [thread(call)] : [], next_page: null };
  }

  const keepThread = (): never => {
    throw new ApiError(400, 'The primary thread lives as long as its session.');
  };
  const one = '/v1/sessions/:session';
  return [
    { method: 'POST', path: '/v1/sessions', endpoint: 'sessions.create', beta: true, handle: create },
    { method: 'GET', path: '/v1/sessions', endpoint: 'sessions.list', beta: true, handle: listAll },
    { method: 'GET', path: one, endpoint: 'sessions.retrieve', beta: true, handle: (call) => find(call).view() },
    { method: 'POST', path: one, endpoint: 'sessions.update', beta: true, handle: update },
    { method: 'DELETE', path: one, endpoint: 'sessions.delete', beta: true, handle: remove },
    { method: 'POST', path: `${one}/archive`, endpoint: 'sessions.archive', beta: true, handle: archive },
    { method: 'GET', path: `${one}/threads`, endpoint: 'threads.list', beta: true, handle: threads },
    { method: 'GET', path: `${one}/threads/:thread`, endpoint: 'threads.retrieve', beta: true, handle: thread },
    { method: 'POST', path: `${one}/threads/:thread/archive`, endpoint: 'threads.archive', beta: true, handle: keepThread },
  ];
}
