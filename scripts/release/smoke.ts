/** Asks the deployed platform, as a visitor would, whether every part of it answers at its place. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from './api.ts';
import { named } from './config.ts';
import { OperatorError, type Target } from './target.ts';

export interface SmokeOptions {
  api: Api;
  accountId: string;
  target: Target;
  /** What each worker must be running, by its name. */
  versions: Map<string, string>;
  /** Connect here instead of where DNS says, as `http://127.0.0.1:8080`: for an edge that is not in DNS. */
  edge: string | undefined;
  /** How long the edge may take to know of what was deployed, in milliseconds. */
  patience: number;
}

interface Answer {
  status: number;
  body: string;
}

/** One request to a host, over TLS unless it goes to an edge by hand. */
export async function visit(method: string, host: string, path: string, edge: string | undefined): Promise<Answer> {
  const url = new URL(path, edge ?? `https://${host}`);
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const request = make(url, { method, headers: { host, 'user-agent': 'vetka-deploy', ...(method === 'GET' ? {} : { origin: `https://${host}`, 'content-length': '0' }) }, servername: host, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk.slice(0, Math.max(0, 100_000 - body.length))));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 10 seconds')));
    request.on('error', reject);
    request.end();
  });
}

interface Check {
  what: string;
  look: () => Promise<string | null>;
}

/** Rejects with what is still wrong when patience is over. */
export async function smoke(options: SmokeOptions): Promise<void> {
  const until = Date.now() + options.patience;
  let open = checks(options);
  for (;;) {
    const failed: { check: Check; why: string }[] = [];
    for (const check of open) {
      const why = await check.look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      if (why !== null) failed.push({ check, why });
    }
    if (failed.length === 0) return;
    if (Date.now() >= until) {
      throw new OperatorError(`Everything was deployed, but not all of it answers:\n${failed.map(({ check, why }) => `  - ${check.what}: ${why}`).join('\n')}`);
    }
    open = failed.map(({ check }) => check);
    await sleep(Math.min(3000, Math.max(100, options.patience / 20)));
  }
}

/** Of which workers /healthz says that another version answers than was deployed. */
function stale(body: string, target: Target, versions: Map<string, string>): string[] {
  const health = JSON.parse(body) as { version: string; workers: Record<string, { version: string }> };
  const running: Record<string, string> = { api: health.version, ...Object.fromEntries(Object.entries(health.workers).map(([worker, { version }]) => [worker, version])) };
  return Object.entries(running).flatMap(([worker, version]) => {
    const name = named(target, `vetka-${worker}`);
    const wanted = versions.get(name);
    return wanted === undefined || wanted === version ? [] : [name];
  });
}

function checks({ api, accountId, target, versions, edge }: SmokeOptions): Check[] {
  const status = (what: string, method: string, host: string, path: string, want: number, words?: RegExp): Check => ({
    what,
    look: async () => {
      const { status, body } = await visit(method, host, path, edge);
      if (status !== want) return `${method} https://${host}${path} answered ${status}, not ${want}`;
      return words && !words.test(body) ? `${method} https://${host}${path} answered something else` : null;
    },
  });
  // A name that nobody has: long enough that nobody will.
  const nobody = `smoke-${randomBytes(8).toString('hex')}.${target.sitesDomain}`;
  return [
    ...[...versions].map(([name, version]): Check => ({
      what: `${name} runs what was uploaded`,
      look: async () => {
        const { deployments } = await api.call<{ deployments: { versions: { version_id: string; percentage: number }[] }[] }>('GET', `/accounts/${accountId}/workers/scripts/${name}/deployments`);
        const running = deployments[0]?.versions ?? [];
        return running.length === 1 && running[0]?.version_id === version ? null : `another version is running`;
      },
    })),
    {
      what: 'the app and the workers behind it are up',
      look: async () => {
        const { status, body } = await visit('GET', target.domain, '/healthz', edge);
        if (status !== 200) return `GET https://${target.domain}/healthz answered ${status}: ${body.slice(0, 600)}`;
        const old = stale(body, target, versions);
        return old.length === 0 ? null : `visitors still reach an earlier version of ${old.join(', ')}`;
      },
    },
    status('the app shows its first page', 'GET', target.domain, '/', 200, /<html/i),
    status('sites are answered by the hosting worker', 'GET', nobody, '/', 404, /<html/i),
    status('publishing is answered by the deploy worker', 'POST', target.domain, '/api/agent/deploy', 401, /"code"/),
    status('mentions are answered by the openweb worker', 'GET', target.domain, '/webmention', 200, /<html/i),
    status('conversations are answered by the agent worker', 'POST', target.domain, '/api/agent/stop', 401, /"code"/),
  ];
}
