// Creates or updates the agent and the environment that build people's sites, with the vendor's own client.
// Running it again changes nothing when nothing changed. It owns what the agent is told (`agent-prompt/`),
// which tools it has and which hosts its sandbox may reach.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import type { AgentCreateParams, BetaManagedAgentsAgent, BetaManagedAgentsCustomToolParams } from '@anthropic-ai/sdk/resources/beta/agents';
import type { BetaCloudConfigParams, BetaEnvironment } from '@anthropic-ai/sdk/resources/beta/environments';

export const BUILDER = { vetka: 'builder' } as const;
export const DEFAULT_MODEL = 'claude-opus-5-5';
const NAME = 'Vetka site builder';

const CREDENTIALS_TOOL: BetaManagedAgentsCustomToolParams = {
  type: 'custom',
  name: 'get_deploy_credentials',
  description:
    'Returns what is needed to publish the site of this conversation, as JSON text: {"token": "…", "deployUrl": "…", "expiresAt": "…"}. '
    + 'The token works for this one site and for about two hours. Call it right before publishing, and again when publishing answers 401 with the code token_expired. '
    + 'Takes no input. Never show the token to the person and never write it into a file of the site.',
  input_schema: { type: 'object', properties: {}, required: [] },
};

/** Where the agent and its environment are, and what they may reach. */
export interface SetupOptions {
  /** Address of the service; the vendor's own when left out. */
  baseURL?: string;
  apiKey?: string;
  /** Used instead of `baseURL` and `apiKey`. */
  client?: Anthropic;
  /** Host of the app, which the agent publishes to: `vetka.sh`. */
  appHost: string;
  /** Hosts of people's sites are below this one: `vetka.sh`. */
  sitesHost: string;
  model?: string;
}

export interface SetupResult {
  agentId: string;
  environmentId: string;
  /** Grows only when something about the agent changed. */
  version: number;
}

/** What the agent is told. The same for every site; what is particular comes with each message. */
export function systemPrompt(): string {
  return readFileSync(new URL('./agent-prompt/system-prompt.md', import.meta.url), 'utf8').trim();
}

const hostname = (host: string): string => host.replace(/^\w+:\/\//, '').replace(/[:/].*$/, '');

function agentParams(model: string): AgentCreateParams & { name: string } {
  return {
    name: NAME,
    description: 'Builds and changes small websites for people who describe them in plain words.',
    model,
    system: systemPrompt(),
    tools: [{ type: 'agent_toolset_20260401' }, CREDENTIALS_TOOL],
    metadata: { ...BUILDER },
  };
}

/**
 * The sandbox reaches the app, people's sites and package managers, and nothing else. The vendor's reference
 * does not say whether a name with `*.` covers all hosts below it; where it does not, the agent can still
 * publish, and only "look at what is live now" fails, which the prompt tells it how to handle.
 */
function environmentConfig(appHost: string, sitesHost: string): BetaCloudConfigParams {
  const hosts = [...new Set([hostname(appHost), hostname(sitesHost), `*.${hostname(sitesHost)}`])];
  return {
    type: 'cloud',
    networking: { type: 'limited', allowed_hosts: hosts, allow_package_managers: true, allow_mcp_servers: false },
  };
}

async function findAgent(client: Anthropic): Promise<BetaManagedAgentsAgent | null> {
  for await (const agent of client.beta.agents.list()) {
    if (agent.metadata['vetka'] === BUILDER.vetka && !agent.archived_at) return agent;
  }
  return null;
}

async function findEnvironment(client: Anthropic): Promise<BetaEnvironment | null> {
  for await (const environment of client.beta.environments.list()) {
    if (environment.metadata['vetka'] === BUILDER.vetka && !environment.archived_at) return environment;
  }
  return null;
}

/**
 * Creates the agent or brings it up to date. The update names the version that was read; when somebody else
 * was faster (409), it reads again and tries once more. The service makes no new version when nothing differs.
 */
async function setupBuilder(client: Anthropic, model: string): Promise<BetaManagedAgentsAgent> {
  const params = agentParams(model);
  for (let attempt = 0; ; attempt += 1) {
    const found = await findAgent(client);
    if (!found) return client.beta.agents.create(params);
    try {
      // A repeated 409 cannot succeed, so the client's own retries are off for this call.
      return await client.beta.agents.update(found.id, { ...params, version: found.version }, { maxRetries: 0 });
    } catch (error) {
      if (!(error instanceof Anthropic.ConflictError) || attempt > 0) throw error;
    }
  }
}

async function setupEnvironment(client: Anthropic, appHost: string, sitesHost: string): Promise<BetaEnvironment> {
  const params = { name: NAME, config: environmentConfig(appHost, sitesHost), metadata: { ...BUILDER } };
  const found = await findEnvironment(client);
  return found ? client.beta.environments.update(found.id, params) : client.beta.environments.create(params);
}

export async function setupAgent(options: SetupOptions): Promise<SetupResult> {
  const client = options.client ?? new Anthropic({
    ...(options.baseURL === undefined ? {} : { baseURL: options.baseURL }),
    ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
  });
  const environment = await setupEnvironment(client, options.appHost, options.sitesHost);
  const agent = await setupBuilder(client, options.model ?? DEFAULT_MODEL);
  return { agentId: agent.id, environmentId: environment.id, version: agent.version };
}

const USAGE = `Creates or updates the agent that builds people's sites.

  scripts/agent-setup [--app-host vetka.sh] [--sites-host vetka.sh] [--model ${DEFAULT_MODEL}]

The key is read from ANTHROPIC_API_KEY, another address of the service from ANTHROPIC_BASE_URL.
Prints {"agentId","environmentId","version"}; put the ids into the agent worker's settings.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'app-host': { type: 'string', default: 'vetka.sh' },
      'sites-host': { type: 'string', default: 'vetka.sh' },
      model: { type: 'string', default: DEFAULT_MODEL },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (!process.env['ANTHROPIC_API_KEY']) throw new Error('ANTHROPIC_API_KEY is not set. Set it to a key of the workspace that the agent should live in.');
  const result = await setupAgent({ appHost: values['app-host'], sitesHost: values['sites-host'], model: values.model });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`agent-setup: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
