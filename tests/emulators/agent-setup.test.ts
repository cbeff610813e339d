// Setting up the real agent, against the emulator: created once, updated when something changed, and never over
// somebody else's change.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { setupAgent, systemPrompt } from '../../scripts/agent-setup.ts';
import { startAgentsEmulator, type RunningEmulator } from '../../scripts/emulators/agents/index.ts';
import { clientFor } from './harness.ts';

let emulator: RunningEmulator;
let client: Anthropic;
before(async () => {
  emulator = await startAgentsEmulator();
  client = clientFor(emulator.url);
});
after(() => emulator.close());

const HOSTS = { appHost: 'vetka.sh', sitesHost: 'vetka.site' };

test('created once; run again, nothing changes; a new model is a new version', async () => {
  const first = await setupAgent({ client, ...HOSTS });
  assert.equal(first.version, 1);
  assert.deepEqual(await setupAgent({ client, ...HOSTS }), first);
  const changed = await setupAgent({ client, ...HOSTS, model: 'claude-next' });
  assert.deepEqual(changed, { ...first, version: 2 });
  const agents = await client.beta.agents.list();
  assert.equal(agents.data.length, 1);
});

test('the agent has its prompt, its tools, and a sandbox that reaches only what it needs', async () => {
  const { agentId, environmentId } = await setupAgent({ client, ...HOSTS });
  const agent = await client.beta.agents.retrieve(agentId);
  assert.equal(agent.system, systemPrompt());
  assert.deepEqual(agent.metadata, { vetka: 'builder' });
  assert.deepEqual(agent.tools.map((tool) => (tool.type === 'custom' ? tool.name : tool.type)), ['agent_toolset_20260401', 'get_deploy_credentials']);
  const { config } = await client.beta.environments.retrieve(environmentId);
  assert.ok(config.type === 'cloud');
  assert.deepEqual(config.networking, {
    type: 'limited',
    allowed_hosts: ['vetka.sh', 'vetka.site', '*.vetka.site'],
    allow_mcp_servers: false,
    allow_package_managers: true,
  });
});

test('other hosts change the environment and not the agent', async () => {
  const before = await setupAgent({ client, ...HOSTS });
  const after = await setupAgent({ client, appHost: 'vetka.localhost:8787', sitesHost: 'vetka.localhost:8787' });
  assert.deepEqual(after, before);
  const { config } = await client.beta.environments.retrieve(after.environmentId);
  assert.deepEqual(config.type === 'cloud' && config.networking.type === 'limited' && config.networking.allowed_hosts, ['vetka.localhost', '*.vetka.localhost']);
});

/** A client whose agent changes under it, `times` times, right after each list. */
function raced(times: number): Anthropic {
  let left = times;
  return new Anthropic({
    baseURL: emulator.url,
    apiKey: 'k',
    fetch: async (input, init) => {
      const answer = await fetch(input, init);
      if (String(input).endsWith('/v1/agents') && (init?.method ?? 'get').toLowerCase() === 'get' && left > 0) {
        left -= 1;
        const [agent] = (await client.beta.agents.list()).data;
        await client.beta.agents.update(agent?.id ?? '', { description: `somebody was faster (${left})` });
      }
      return answer;
    },
  });
}

test('somebody was faster: it reads again and does not go back behind their version', async () => {
  const before = await setupAgent({ client, ...HOSTS });
  const after = await setupAgent({ client: raced(1), ...HOSTS });
  assert.equal(after.version, before.version + 2);
});

test('somebody is always faster: it gives up and says conflict', async () => {
  await assert.rejects(setupAgent({ client: raced(5), ...HOSTS }), Anthropic.ConflictError);
});

test('an archived agent is left alone and a new one is made', async () => {
  const before = await setupAgent({ client, ...HOSTS });
  await client.beta.agents.archive(before.agentId);
  const after = await setupAgent({ client, ...HOSTS });
  assert.notEqual(after.agentId, before.agentId);
  assert.equal(after.version, 1);
});

test('the command prints the ids as JSON, and one clear line without a key', async () => {
  const command = fileURLToPath(new URL('../../scripts/agent-setup', import.meta.url));
  const run = promisify(execFile);
  const { stdout } = await run(command, ['--app-host', 'vetka.sh'], { env: { ...process.env, ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: emulator.url } });
  assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ['agentId', 'environmentId', 'version']);
  await assert.rejects(run(command, [], { env: { PATH: process.env['PATH'] ?? '' } }), (error: unknown) => {
    assert.match((error as { stderr: string }).stderr, /^agent-setup: ANTHROPIC_API_KEY is not set\..*\n$/);
    return true;
  });
});

test('the prompt tells what the product relies on', () => {
  const prompt = systemPrompt();
  for (const words of ['get_deploy_credentials', 'deploy.sh', 'VETKA_DEPLOY_TOKEN', 'contentBase64', 'token_expired', '<vetka_context', 'site_url', 'deploy_url', 'index.html', 'message']) {
    assert.ok(prompt.includes(words), words);
  }
});
