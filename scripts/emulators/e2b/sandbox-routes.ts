// The control plane's routes for sandboxes.

import { integer, isObject, optionalBoolean, string, stringMap, type JsonObject } from './checks.ts';
import { metrics } from './envd-client.ts';
import { invalid } from './errors.ts';
import { count, param, type Call, type Reply, type Route } from './http.ts';
import { iso } from './ids.ts';
import type { NewSandbox, Sandbox, Sandboxes } from './sandboxes.ts';

const STATES = ['running', 'paused'];
const MAX_REFRESH = 3600;
const MIN_REFRESH = 15;

function parseNew(body: JsonObject, version: 1 | 2): NewSandbox {
  const network = body['network'] ?? {};
  if (!isObject(network)) throw invalid('network must be an object');
  const autoResume = body['autoResume'] ?? {};
  if (!isObject(autoResume)) throw invalid('autoResume must be an object');
  const wakes = optionalBoolean(autoResume, 'enabled') ?? false;
  const secure = version === 2 || (optionalBoolean(body, 'secure') ?? false);
  const allowPublicTraffic = optionalBoolean(network, 'allowPublicTraffic') ?? true;
  if (!allowPublicTraffic && !secure) throw invalid('allowPublicTraffic: false needs a secured sandbox');
  if (wakes && optionalBoolean(body, 'autoPauseMemory') === false) throw invalid('autoResume cannot be combined with autoPauseMemory: false');
  return {
    template: string(body, 'templateID'),
    timeout: integer(body, 'timeout', version === 2 ? 300 : 15),
    metadata: stringMap(body, 'metadata'),
    envVars: stringMap(body, 'envVars'),
    autoPause: optionalBoolean(body, 'autoPause') ?? false,
    autoResume: wakes,
    secure,
    allowPublicTraffic,
    shown: { network, allow_internet_access: optionalBoolean(body, 'allow_internet_access') ?? null },
  };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `metadata` holds a query string, whose keys and values may be escaped once more. */
function metadataFilter(query: URLSearchParams): [string, string][] {
  return [...new URLSearchParams(query.get('metadata') ?? '')].map(([key, value]) => [unescaped(key), unescaped(value)]);
}

function matching(sandboxes: readonly Sandbox[], query: URLSearchParams): Sandbox[] {
  const states = query.getAll('state').flatMap((value) => value.split(',')).filter((state) => state !== '');
  if (states.some((state) => !STATES.includes(state))) throw invalid(`state must be one of ${STATES.join(', ')}`);
  const metadata = metadataFilter(query);
  const template = query.get('template');
  const after = query.get('startedAfter');
  return sandboxes.filter(
    (sandbox) =>
      (states.length === 0 || states.includes(sandbox.state)) &&
      metadata.every(([key, value]) => sandbox.asked.metadata[key] === value) &&
      (template === null || template === sandbox.template.id || template === sandbox.template.name) &&
      (after === null || sandbox.startedAt > Date.parse(after)),
  );
}

/** A page of the list; what points to the next one is the last id seen. */
function page(sandboxes: readonly Sandbox[], query: URLSearchParams): { items: Sandbox[]; next: string | null } {
  const back = query.get('order') !== 'asc';
  const ordered = [...sandboxes].sort((a, b) => (a.startedAt - b.startedAt || a.id.localeCompare(b.id)) * (back ? -1 : 1));
  const token = query.get('nextToken');
  let start = 0;
  if (token !== null && token !== '') {
    const [time, id = ''] = Buffer.from(token, 'base64url').toString('utf8').split(' ');
    if (!Number.isFinite(Number(time)) || id === '') throw invalid('nextToken is not one of ours');
    const seen = ordered.findIndex((sandbox) => {
      const order = (sandbox.startedAt - Number(time) || sandbox.id.localeCompare(id)) * (back ? -1 : 1);
      return order > 0;
    });
    start = seen < 0 ? ordered.length : seen;
  }
  const items = ordered.slice(start, start + count(query, 'limit', 100, 1, 100));
  const last = items.at(-1);
  const more = last !== undefined && start + items.length < ordered.length;
  return { items, next: more ? Buffer.from(`${last.startedAt} ${last.id}`).toString('base64url') : null };
}

export function sandboxRoutes(sandboxes: Sandboxes): Route[] {
  const sandboxOf = (call: Call): Sandbox => sandboxes.find(param(call, 'sandbox'));

  const create = (version: 1 | 2) => async (call: Call): Promise<Reply> => ({
    status: 201,
    body: sandboxes.brief(await sandboxes.create(parseNew(await call.json(), version))),
  });

  const connect = (version: 1 | 2) => async (call: Call): Promise<Reply> => {
    const timeout = integer(await call.json(), 'timeout', version === 2 ? 300 : undefined);
    const sandbox = sandboxOf(call);
    const paused = sandbox.state === 'paused';
    if (paused) sandboxes.resume(sandbox, timeout);
    else {
      sandboxes.extend(sandbox, timeout);
      sandbox.box.refresh();
    }
    return { status: paused ? 201 : 200, body: sandboxes.brief(sandbox) };
  };

  const list = (call: Call): Reply => {
    const { items, next } = page(matching(sandboxes.all(), call.query), call.query);
    return {
      status: 200,
      body: items.map((sandbox) => sandboxes.listed(sandbox)),
      headers: { 'x-total-running': String(sandboxes.running()), ...(next === null ? {} : { 'x-next-token': next }) },
    };
  };

  return [
    { method: 'POST', path: '/v2/sandboxes', endpoint: 'sandboxes.create', handle: create(2) },
    { method: 'POST', path: '/sandboxes', endpoint: 'sandboxes.create', handle: create(1) },
    { method: 'GET', path: '/v2/sandboxes', endpoint: 'sandboxes.list', handle: list },
    { method: 'GET', path: '/sandboxes', endpoint: 'sandboxes.list', handle: list },
    { method: 'POST', path: '/v2/sandboxes/:sandbox/connect', endpoint: 'sandboxes.connect', handle: connect(2) },
    { method: 'POST', path: '/sandboxes/:sandbox/connect', endpoint: 'sandboxes.connect', handle: connect(1) },
    { method: 'GET', path: '/sandboxes/:sandbox', endpoint: 'sandboxes.get', handle: (call) => ({ status: 200, body: sandboxes.detail(sandboxOf(call)) }) },
    {
      method: 'DELETE',
      path: '/sandboxes/:sandbox',
      endpoint: 'sandboxes.kill',
      async handle(call) {
        await sandboxes.kill(sandboxOf(call));
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/sandboxes/:sandbox/pause',
      endpoint: 'sandboxes.pause',
      async handle(call) {
        optionalBoolean(await call.json(), 'memory');
        sandboxes.pause(sandboxOf(call));
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/sandboxes/:sandbox/resume',
      endpoint: 'sandboxes.resume',
      async handle(call) {
        const timeout = integer(await call.json(), 'timeout', 15);
        const sandbox = sandboxOf(call);
        sandboxes.resume(sandbox, timeout);
        return { status: 201, body: sandboxes.brief(sandbox) };
      },
    },
    {
      method: 'POST',
      path: '/sandboxes/:sandbox/timeout',
      endpoint: 'sandboxes.timeout',
      async handle(call) {
        const timeout = integer(await call.json(), 'timeout');
        if (timeout < 0) throw invalid('Timeout must not be negative');
        sandboxes.setTimeout(sandboxOf(call), timeout);
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/sandboxes/:sandbox/refreshes',
      endpoint: 'sandboxes.refresh',
      async handle(call) {
        const duration = integer(await call.json(), 'duration', MIN_REFRESH);
        if (duration < 0 || duration > MAX_REFRESH) throw invalid(`duration must be from 0 to ${MAX_REFRESH}`);
        sandboxes.extend(sandboxOf(call), Math.max(MIN_REFRESH, duration));
        return { status: 204 };
      },
    },
    {
      method: 'PUT',
      path: '/sandboxes/:sandbox/network',
      endpoint: 'sandboxes.network',
      async handle(call) {
        sandboxOf(call).network = await call.json();
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/sandboxes/:sandbox/metrics',
      endpoint: 'sandboxes.metrics',
      async handle(call) {
        const sandbox = sandboxOf(call);
        // One sample, taken now: nothing measures while nobody asks.
        if (sandbox.state === 'paused') return { status: 200, body: [] };
        const sample = await metrics(sandbox.box, sandbox.token);
        const time = sample.ts * 1000;
        const wanted = time / 1000 >= count(call.query, 'start', 0, 0, Number.MAX_SAFE_INTEGER) && time / 1000 <= count(call.query, 'end', Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER);
        const body = {
          timestamp: iso(time),
          timestampUnix: sample.ts,
          cpuCount: sample.cpu_count,
          cpuUsedPct: sample.cpu_used_pct,
          memTotal: sample.mem_total,
          memUsed: sample.mem_used,
          memCache: sample.mem_cache,
          diskTotal: sample.disk_total,
          diskUsed: sample.disk_used,
        };
        return { status: 200, body: wanted ? [body] : [] };
      },
    },
    {
      method: 'GET',
      path: '/v2/sandboxes/:sandbox/logs',
      endpoint: 'sandboxes.logs',
      handle(call) {
        const { log } = sandboxOf(call);
        const [cursor, limit] = [count(call.query, 'cursor', 0, 0, Number.MAX_SAFE_INTEGER), count(call.query, 'limit', 1000, 0, 1000)];
        const search = call.query.get('search') ?? '';
        const back = call.query.get('direction') === 'backward';
        const found = log.filter(
          ({ timestamp, message }) => (back && cursor > 0 ? Date.parse(timestamp) <= cursor : Date.parse(timestamp) >= cursor) && message.includes(search),
        );
        return { status: 200, body: { logs: (back ? found.reverse() : found).slice(0, limit) } };
      },
    },
  ];
}
